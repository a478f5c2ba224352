/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's display protocol (xen/io/displif.h), with the definitions that the
 * header expects from its user.
 */

#ifndef DISPL_BACKEND_PROTOCOL_H
#define DISPL_BACKEND_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define XEN_PAGE_SIZE	4096

/* Largest width and height that the backend accepts, in pixels */
#define MAX_PIXELS	16384

#include <xen/io/displif.h>

/* Barriers for the ring macros: the peer domain runs on other CPUs of the machine */
#undef xen_mb
#undef xen_rmb
#undef xen_wmb
#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#endif /* DISPL_BACKEND_PROTOCOL_H */
