/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces of the newest kernel for older ones.  The compiler reads this file
 * before each of our files (-include).  The driver itself has no version test,
 * and the mailed series has no part of this folder.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_H
#define _XEN_GNTDEV_DMABUF_COMPAT_H

#include <linux/module.h>
#include <linux/version.h>

/* Before 6.2 the dma-buf core takes no reservation lock for the exporter. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#include "dma-buf.h"
#else
/* For export.c of 6.1 in a module for a release that was not tested */
#define compat_replace_ops(dmabuf, new_ops)	WRITE_ONCE((dmabuf)->ops, new_ops)
#endif

/* Before 6.5 KUnit has no actions. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0) && defined(CONFIG_KUNIT)
#include "kunit.h"
#endif

/* Before 6.6 the kernel does not count the elements of arrays. */
#ifndef __counted_by
#define __counted_by(member)
#endif

/* Before 6.3 drivers write to the flags of an area. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#include <linux/mm.h>
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* Before 6.6 only kernel threads may call this. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include "fput.h"
#endif

/* Before 6.7 a driver allocates its shrinker. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#include "shrinker.h"
#endif

/* Before 7.0 the caller gives the size.  Some stable kernels have these, too. */
#include <linux/slab.h>
#ifndef kzalloc_obj
#define kmalloc_obj(object)	kmalloc(sizeof(object), GFP_KERNEL)
#define kzalloc_obj(object)	kzalloc(sizeof(object), GFP_KERNEL)
#endif

/* Before 6.8 the caller says what to add to the counter. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#include <linux/eventfd.h>
#define eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#endif

/* For the test modules */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#include "test-modules.h"
#endif

/* The name of a namespace became a string in 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns)	MODULE_INFO(import_ns, ns)
#endif

/* Before 6.14 a driver without a date warns when its version is asked for. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define COMPAT_DRM_DRIVER	.date = "20260101",
#endif

/* Before 6.17 the workqueues of the system have other names. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#include <linux/workqueue.h>
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#include "dma-map-ops.h"
#endif

/* Before 7.1 no importer promises to unmap a buffer that is revoked. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#include "revoke.h"
#endif

/* Before 7.3 this was a member of struct device, and not on each architecture. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
#include <linux/device.h>
static inline void dev_set_dma_coherent(struct device *dev)
{
#ifdef CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE
	dev->dma_coherent = true;
#endif
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_H */
