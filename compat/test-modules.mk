# SPDX-License-Identifier: GPL-2.0-only
# scripts/kernel appends this to the makefile of the test modules.

# For make bench
obj-m += grant_floor.o
# Interfaces of newer kernels
ccflags-y += -include $(src)/compat/compat.h -idirafter $(src)/compat
# Mainline does not have the functions that this module calls
ifeq ($(wildcard $(srctree)/include/xen/dmabuf.h),)
obj-m := $(filter-out api_calls.o,$(obj-m))
endif
# Mainline does not have the source that dma_area.c includes: this folder has a copy
ifeq ($(wildcard $(srctree)/include/xen/balloon-dma.h),)
CFLAGS_dma_area.o += -I$(src) -include $(src)/compat/balloon-account.h
endif
