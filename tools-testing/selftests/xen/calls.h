/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of <xen/gntdev-dmabuf.h> as functions.  Each returns 0 or the
 * error number.
 */

#ifndef SELFTESTS_XEN_CALLS_H
#define SELFTESTS_XEN_CALLS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/dma-buf.h>
#include <xen/gntdev-dmabuf.h>

/* Xen reserves the references below this (GNTTAB_NR_RESERVED_ENTRIES) */
#define RESERVED_REFS	8

static inline int call(int fd, unsigned long request, void *op)
{
	return ioctl(fd, request, op) ? errno : 0;
}

/* sized - a request whose number names another structure size, in bytes */
static inline int sized(int fd, unsigned long number, size_t size, void *op)
{
	return call(fd, (number & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
		    size << _IOC_SIZESHIFT, op);
}

/*
 * call_refs - a request whose structure ends with an array of references
 * @head: the structure, of which @refs_ofs bytes precede the array; the kernel's
 *        changes are copied back
 * @in: references to pass, or NULL
 * @out: references to return if the request succeeds, or NULL
 */
static inline int call_refs(int fd, unsigned long request, void *head,
			    size_t refs_ofs, const uint32_t *in, uint32_t *out,
			    uint32_t count)
{
	size_t size = count * sizeof(*in);
	/* The structures have room for one reference even if there is none */
	uint8_t *op = calloc(1, refs_ofs + size + sizeof(*in));
	int ret;

	if (!op)
		return ENOMEM;
	memcpy(op, head, refs_ofs);
	if (in)
		memcpy(op + refs_ofs, in, size);
	ret = call(fd, request, op);
	memcpy(head, op, refs_ofs);
	if (out && !ret)
		memcpy(out, op + refs_ofs, size);
	free(op);
	return ret;
}

/* Request 9 */
static inline int export_refs(int gntdev, uint32_t flags, uint32_t count,
			      uint32_t domid, const uint32_t *refs, int *fd)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op = {
		.flags = flags,
		.count = count,
		.fd = -1,
		.domid = domid,
	};
	int ret = call_refs(gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, &op,
			    offsetof(typeof(op), refs), refs, NULL, count);

	*fd = op.fd;
	return ret;
}

/* Request 13 */
static inline int export_refs_v2(int gntdev, uint32_t flags, uint32_t count,
				 uint32_t data_ofs, uint32_t domid,
				 const uint32_t *refs, int *fd)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs_v2 op = {
		.flags = flags,
		.count = count,
		.data_ofs = data_ofs,
		.fd = -1,
		.domid = domid,
	};
	int ret = call_refs(gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2, &op,
			    offsetof(typeof(op), refs), refs, NULL, count);

	*fd = op.fd;
	return ret;
}

/* Request 16; op->fd and op->id do not change if it fails */
static inline int export_buffer(int gntdev, struct gntdev_dmabuf_export *op)
{
	return call(gntdev, IOCTL_GNTDEV_DMABUF_EXPORT, op);
}

/* Request 10 */
static inline int wait_released(int gntdev, int fd, uint32_t ms)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op = {
		.fd = fd,
		.wait_to_ms = ms,
	};

	return call(gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &op);
}

/* Request 18 */
static inline int wait_id(int gntdev, uint64_t id, uint32_t ms)
{
	struct gntdev_dmabuf_wait op = {
		.id = id,
		.timeout_ms = ms,
	};

	return call(gntdev, IOCTL_GNTDEV_DMABUF_WAIT, &op);
}

/* Request 11 */
static inline int import_refs(int gntdev, int fd, uint32_t count,
			      uint32_t domid, uint32_t *refs)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs op = {
		.fd = fd,
		.count = count,
		.domid = domid,
		.reserved = -1,
	};

	return call_refs(gntdev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, &op,
			 offsetof(typeof(op), refs), NULL, refs, count);
}

/* Request 14 */
static inline int import_refs_v2(int gntdev, int fd, uint32_t count,
				 uint32_t domid, uint32_t *refs,
				 uint32_t *data_ofs)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs_v2 op = {
		.fd = fd,
		.count = count,
		.domid = domid,
		.reserved = -1,
		.data_ofs = -1,
	};
	int ret = call_refs(gntdev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2, &op,
			    offsetof(typeof(op), refs), NULL, refs, count);

	*data_ofs = op.data_ofs;
	return ret;
}

/* Request 17; op->id does not change if it fails */
static inline int import_buffer(int gntdev, struct gntdev_dmabuf_import *op)
{
	return call(gntdev, IOCTL_GNTDEV_DMABUF_IMPORT, op);
}

/* Request 12 */
static inline int import_release(int gntdev, int fd)
{
	struct ioctl_gntdev_dmabuf_imp_release op = {
		.fd = fd,
		.reserved = -1,
	};

	return call(gntdev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &op);
}

/* Request 19 */
static inline int release_id(int gntdev, uint64_t id)
{
	struct gntdev_dmabuf_release op = { .id = id };

	return call(gntdev, IOCTL_GNTDEV_DMABUF_RELEASE, &op);
}

/* Request 20 */
static inline int restrict_file(int gntdev, uint32_t domid, uint32_t max_pages)
{
	struct gntdev_restrict op = {
		.domid = domid,
		.max_pages = max_pages,
	};

	return call(gntdev, IOCTL_GNTDEV_RESTRICT, &op);
}

/* Request 21 */
static inline int revoke_id(int gntdev, uint64_t id)
{
	struct gntdev_dmabuf_revoke op = { .id = id };

	return call(gntdev, IOCTL_GNTDEV_DMABUF_REVOKE, &op);
}

/* Request 15: GNTDEV_DMABUF_FEATURE_*, 0 if the kernel does not have the request */
static inline uint32_t query_features(int gntdev)
{
	struct gntdev_dmabuf_query op = { 0 };

	return call(gntdev, IOCTL_GNTDEV_DMABUF_QUERY, &op) ? 0 : op.features;
}

static inline int sync_cpu(int fd, uint64_t flags)
{
	struct dma_buf_sync op = { .flags = flags };

	return call(fd, DMA_BUF_IOCTL_SYNC, &op);
}

#endif /* SELFTESTS_XEN_CALLS_H */
