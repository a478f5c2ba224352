/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxendmabuf: hand dma-bufs to a program in another domain by name.
 *
 * The offering program offers a dma-buf to a domain, the taker, and gets a random
 * name of 128 bits.  A program in the taking domain takes the dma-buf and its
 * metadata by that name, uses it, and releases it.  No byte of the buffer is copied,
 * and no third domain is involved, except that xenstore has the rendez-vous.
 *
 * A buffer that was released can be offered again with the same name, for example a
 * frame of a swapchain with the next picture.  That costs three messages, and no grant
 * and no mapping.
 *
 * Each handle has one descriptor for poll().  Two threads must not use a handle at the
 * same time.  Only xendmabuf_take() waits.  Functions that return an int return 0, or
 * -1 and set errno.
 */

#ifndef XENDMABUF_H
#define XENDMABUF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xentoollog_logger;

#define XENDMABUF_NAME_SIZE	16
#define XENDMABUF_BYTES_MAX	4096

/* Let the taker map the buffer for reading only. */
#define XENDMABUF_READONLY	0x1

/**
 * struct xendmabuf_metadata - what the content of a buffer is
 * @width: in pixels, or 0
 * @height: in pixels, or 0
 * @stride: bytes from one line of the first plane to the next; @stride * @height is
 *          at most the size of the buffer
 * @format: DRM_FORMAT_* of <drm_fourcc.h>, or 0
 * @modifier: DRM_FORMAT_MOD_* of <drm_fourcc.h>
 * @bytes: anything else, for the program that takes the buffer
 * @size: number of @bytes, at most XENDMABUF_BYTES_MAX
 */
struct xendmabuf_metadata {
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t format;
	uint64_t modifier;
	const void *bytes;
	size_t size;
};

/* ---- The offering program.  One handle serves one taking program at a time. */

struct xendmabuf_offerer;
struct xendmabuf_offer;

/**
 * xendmabuf_offerer_open - begin to offer buffers to a domain
 * @logger: for errors of Xen's libraries; NULL: standard error
 * @domid: the taking domain
 *
 * Return: the handle; or NULL: ENOTTY the kernel does not import dma-bufs by
 * descriptor and flags, ENOENT or EACCES a device of Xen is missing or closed to this
 * user, ENOSPC no event channel or grant reference is free, or xenstore's quota of this
 * domain is used up, EMFILE, ENOMEM.
 */
struct xendmabuf_offerer *xendmabuf_offerer_open(struct xentoollog_logger *logger,
						 uint32_t domid);
void xendmabuf_offerer_close(struct xendmabuf_offerer *offerer);

/*
 * The descriptor to poll for POLLIN; then call xendmabuf_offerer_process(), for the reason that
 * xendmabuf_taker_fd() has
 */
int xendmabuf_offerer_fd(const struct xendmabuf_offerer *offerer);

/*
 * Answer the taker.  EPROTO: the taker breaks the protocol, and gets no answer any more:
 * close the handle.
 */
int xendmabuf_offerer_process(struct xendmabuf_offerer *offerer);

/**
 * xendmabuf_offer_new - offer a buffer
 * @offerer: the handle
 * @fd: the dma-buf, of any exporter in ordinary memory; the caller can close it
 * @flags: XENDMABUF_READONLY or 0
 * @metadata: is copied
 *
 * Return: the offer; or NULL: EINVAL @fd is not a dma-buf, or @metadata does not
 * fit it; E2BIG; EOPNOTSUPP memory of a device or of another domain; ENOSPC no
 * grant reference is free; ENOMEM.
 */
struct xendmabuf_offer *xendmabuf_offer_new(struct xendmabuf_offerer *offerer, int fd,
					    uint32_t flags,
					    const struct xendmabuf_metadata *metadata);

/* The name, XENDMABUF_NAME_SIZE bytes */
const uint8_t *xendmabuf_offer_name(const struct xendmabuf_offer *offer);

/*
 * An eventfd to which each release adds 1: the taker has released the buffer, or the
 * taking program or domain has ended.  Read it, draw, then offer the buffer again.
 */
int xendmabuf_offer_released_fd(const struct xendmabuf_offer *offer);

/*
 * Offer a buffer again, or change the metadata of one that no program has taken yet.  Wait
 * before until devices have written it: poll() the dma-buf for POLLIN.  EBUSY: it is
 * taken; EINVAL @metadata does not fit it.
 */
int xendmabuf_offer_again(struct xendmabuf_offer *offer,
			  const struct xendmabuf_metadata *metadata);

/*
 * Withdraw the offer and free it.  Return: an eventfd, to be closed by the caller, that
 * is readable when Xen has confirmed that the taking domain has no page mapped any more.
 * The taking domain can delay that without limit; until then the pages stay granted.
 * Go on to call xendmabuf_offerer_process(): a taking program that has the buffer must
 * answer first, or end.
 */
int xendmabuf_offer_withdraw(struct xendmabuf_offer *offer);

/* ---- The taking program. */

struct xendmabuf_taker;

/**
 * struct xendmabuf_buffer - a buffer that is taken
 * @fd: the dma-buf; belongs to the library
 * @pages: its size in pages of 4096 bytes; fstat() and lseek() also return the size
 * @data_ofs: offset of the first byte in the first page
 * @flags: XENDMABUF_READONLY or 0
 * @id: of the export, as gntdev's list of buffers shows it
 * @metadata: as offered; stays until the buffer is released
 */
struct xendmabuf_buffer {
	int fd;
	uint32_t pages;
	uint32_t data_ofs;
	uint32_t flags;
	uint64_t id;
	struct xendmabuf_metadata metadata;
};

/**
 * xendmabuf_taker_open - connect to the program that offers a name
 * @logger: for errors of Xen's libraries; NULL: standard error
 * @domid: the domain of that program
 * @name: a name that one of its handles offers
 * @max_pages: largest number of pages of a buffer to accept; 0: the kernel's limit
 *
 * Return: the handle, for all names of that offering handle; or NULL: ENOENT no
 * program of that domain offers the name to this domain; EBUSY another program of
 * this domain is connected to it, or was a moment ago; ENOTTY the kernel does not export page
 * directories; ENODEV or EACCES a device of Xen is missing or closed to this user;
 * ENOMEM, and other errnos of gntdev and of the event channel.
 */
struct xendmabuf_taker *xendmabuf_taker_open(struct xentoollog_logger *logger,
					     uint32_t domid, const uint8_t *name,
					     uint32_t max_pages);

/* Close the handle and all its buffers.  A mapping of a buffer stays valid. */
void xendmabuf_taker_close(struct xendmabuf_taker *taker);

/*
 * The descriptor to poll for POLLIN; then call xendmabuf_taker_process().  Also while a buffer
 * is in use: the peer domain can send messages and change xenstore at any time, and what is
 * not processed takes memory of this program.
 */
int xendmabuf_taker_fd(const struct xendmabuf_taker *taker);

/* Handle messages.  EPIPE: the offering program or its domain has ended. */
int xendmabuf_taker_process(struct xendmabuf_taker *taker);

/**
 * xendmabuf_take - take a buffer
 * @taker: the handle
 * @name: its name
 * @timeout_ms: how long to wait until it is offered; -1: without limit; 0: ask for it
 *              and return ETIMEDOUT, then repeat the call after each
 *              xendmabuf_taker_process()
 *
 * The library checks the metadata as &struct xendmabuf_metadata says, and no more.
 *
 * Return: the buffer; or NULL: ETIMEDOUT, then the request stays, and a buffer that
 * arrives later belongs to the next call; ENOENT no buffer of the handle has the name
 * any more; EBUSY this program has it already; EPIPE the offering program has ended;
 * EPROTO the offer contradicts itself or what was offered before by that name; E2BIG
 * it is larger than accepted; and the errno of the export, for example EACCES if
 * its pages are not granted.
 */
struct xendmabuf_buffer *xendmabuf_take(struct xendmabuf_taker *taker,
					const uint8_t *name, int timeout_ms);

/*
 * Release a buffer: @buffer is not valid any more.  It stays mapped in this domain, for the
 * next xendmabuf_take(); if it was revoked, that maps it anew.
 */
void xendmabuf_release(struct xendmabuf_taker *taker, struct xendmabuf_buffer *buffer);

/*
 * Release a buffer that the caller has, close its descriptor and forget it: @buffer is not
 * valid any more.  The offering program is notified when the kernel has unmapped all pages, so
 * after the last descriptor, attachment and mapping of any program, or after a revocation;
 * xendmabuf_taker_process() sends that message.
 */
void xendmabuf_drop(struct xendmabuf_taker *taker, struct xendmabuf_buffer *buffer);

/* Number of buffers that are dropped and of which that message is not sent yet */
unsigned int xendmabuf_dropped(const struct xendmabuf_taker *taker);

#ifdef __cplusplus
}
#endif

#endif /* XENDMABUF_H */
