/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol, as Xen has it, with what its header leaves to others.
 */

#ifndef DISPL_BACKEND_PROTOCOL_H
#define DISPL_BACKEND_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define XEN_PAGE_SIZE	4096

/* Larger pictures make no sense */
#define MAX_PIXELS	16384

#include <xen/io/displif.h>

/* For the macros of rings: the guest runs on other processors of the machine */
#undef xen_mb
#undef xen_rmb
#undef xen_wmb
#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#endif /* DISPL_BACKEND_PROTOCOL_H */
