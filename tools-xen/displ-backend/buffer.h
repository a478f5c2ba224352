/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Display buffers and framebuffers of a guest's display device.
 */

#ifndef DISPL_BACKEND_BUFFER_H
#define DISPL_BACKEND_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"
#include "xfer.h"

/* The response to a request follows later */
#define RESPOND_LATER	1

struct buffer_table;

/**
 * struct buffer_ops - callbacks of the user of a buffer table
 * @released: called when a buffer has been released and freed.  @req is the
 *	request of buffer_destroy(), which the callback responds to, or NULL.
 *	May free the table.
 * @revoked: called before that for a buffer that the guest has not destroyed: root has
 *	revoked it, see gntdmabuf(1).  @cookie is the guest's number of the buffer.
 * @hide_fb: called before a framebuffer (an id of the card) is removed; no
 *	screen may show it afterwards
 */
struct buffer_ops {
	void (*released)(struct buffer_table *table,
			 const struct xendispl_req *req);
	void (*revoked)(struct buffer_table *table, uint64_t cookie);
	void (*hide_fb)(struct buffer_table *table, uint32_t fb);
};

/**
 * struct buffer_table - all buffers and framebuffers of a display device
 * @ops: callbacks of the user of the table
 * @domain: the guest
 * @card: card for new buffers
 * @be_alloc: whether the guest may ask for memory of the backend
 * @buffers: display buffers, also those that are being released
 * @fbs: framebuffers
 * @frames: number of frames shown
 * @copied: number of bytes copied for them
 * @modes: number of changes of the mode
 *
 * The user of the table sets all members up to @be_alloc and resets the
 * counters.
 */
struct buffer_table {
	const struct buffer_ops *ops;
	struct domain *domain;
	struct card *card;
	bool be_alloc;
	struct buffer *buffers;
	struct fb *fbs;
	uint64_t frames;
	uint64_t copied;
	uint64_t modes;
};

/**
 * struct buffer - a display buffer: memory that the guest draws into
 * @xfer: the buffer for the transfer of frames
 * @table: table of the buffer
 * @cookie: number that the guest has given to the buffer
 * @releasing: whether the buffer is being released; the guest cannot use it
 * @respond: whether @request waits for the release
 * @request: request to respond to after the release
 * @next: next buffer of the table
 */
struct buffer {
	struct xfer_buffer xfer;
	struct buffer_table *table;
	uint64_t cookie;
	bool releasing;
	bool respond;
	struct xendispl_req request;
	struct buffer *next;
};

/**
 * struct fb - a framebuffer: an image in a buffer
 * @xfer: the framebuffer for the transfer of frames; its @buffer is the
 *	buffer's
 * @table: table of the framebuffer
 * @cookie: number that the guest has given to the framebuffer
 * @next: next framebuffer of the table
 */
struct fb {
	struct xfer_fb xfer;
	struct buffer_table *table;
	uint64_t cookie;
	struct fb *next;
};

int buffer_create(struct buffer_table *table,
		  const struct xendispl_dbuf_create_req *op);
struct buffer *buffer_find(struct buffer_table *table, uint64_t cookie);
int buffer_destroy(struct buffer *buffer, const struct xendispl_req *req);
void buffers_release_all(struct buffer_table *table);
void buffers_revoke(struct buffer_table *table);
unsigned int buffers_count(const struct buffer_table *table);
bool buffers_hold_grants(const struct buffer_table *table);
int fb_attach(struct buffer_table *table,
	      const struct xendispl_fb_attach_req *op);
struct fb *fb_find(struct buffer_table *table, uint64_t cookie);
int fb_detach(struct buffer_table *table, uint64_t cookie);
bool fb_draw(struct fb *fb, const struct scanout *part, uint32_t *line);

#endif /* DISPL_BACKEND_BUFFER_H */
