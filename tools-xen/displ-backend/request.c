// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the display protocol: check each request, execute it and respond.
 * connector.c receives the requests and calls request_handle() as a callback.
 * buffer.c executes the requests for buffers and framebuffers, show.c those that
 * show a framebuffer.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "edid.h"
#include "request.h"
#include "show.h"

static struct fb *find_fb(const struct connector *connector, uint64_t cookie)
{
	struct fb *fb = fb_find(connector->buffers, cookie);

	if (!fb)
		refuse(-ENOENT, "no framebuffer %#llx",
		       (unsigned long long)cookie);
	return fb;
}

/* get_scanout - part of a framebuffer at x and y, of the connector's size */
static int get_scanout(const struct connector *connector, const struct fb *fb,
		       uint32_t x, uint32_t y, struct scanout *scanout)
{
	if ((uint64_t)x + connector->width > fb->xfer.width ||
	    (uint64_t)y + connector->height > fb->xfer.height)
		return refuse(-EINVAL, "%ux%u at %u,%u is not within the framebuffer of %ux%u",
			      connector->width, connector->height, x, y,
			      fb->xfer.width, fb->xfer.height);
	*scanout = (struct scanout) {
		.fb = fb->xfer.id,
		.format = fb->xfer.format,
		.pitch = fb->xfer.card_pitch,
		.x = x,
		.y = y,
		.width = connector->width,
		.height = connector->height,
	};
	return 0;
}

/*
 * The mode is the resolution of the connector.  x and y of the request are the
 * position of the screen in the framebuffer.  Width and height of the request
 * are those of the framebuffer, which may be larger than the screen.  Linux's
 * frontend uses the request in this way.  A request with all members 0 turns
 * the view off.
 */
static int set_config(struct connector *connector,
		      const struct xendispl_req *req)
{
	const struct xendispl_set_config_req *op = &req->op.set_config;
	struct scanout scanout;
	struct fb *fb;
	int ret;

	if (!op->fb_cookie && !op->x && !op->y && !op->width && !op->height &&
	    !op->bpp) {
		view_off(&connector->view);
		return 0;
	}
	fb = find_fb(connector, op->fb_cookie);
	if (!fb)
		return -ENOENT;
	if (op->width < connector->width || op->width > fb->xfer.width ||
	    op->height < connector->height || op->height > fb->xfer.height ||
	    op->bpp != fb->xfer.bytes * 8)
		return refuse(-EINVAL, "%ux%u with %u bits, but the connector has %ux%u and the framebuffer %ux%u with %u bits",
			      op->width, op->height, op->bpp, connector->width,
			      connector->height, fb->xfer.width,
			      fb->xfer.height, fb->xfer.bytes * 8);
	ret = get_scanout(connector, fb, op->x, op->y, &scanout);
	if (ret)
		return ret;
	show_fb(connector, req, fb, &scanout);
	return RESPOND_LATER;
}

static int page_flip(struct connector *connector,
		     const struct xendispl_req *req)
{
	const struct xendispl_page_flip_req *op = &req->op.pg_flip;
	struct fb *fb = find_fb(connector, op->fb_cookie);
	struct scanout scanout;
	int ret;

	if (!fb)
		return -ENOENT;
	ret = get_scanout(connector, fb, connector->view.scanout.x,
			  connector->view.scanout.y, &scanout);
	if (ret)
		return ret;
	if (!connector->view.on)
		return refuse(-EINVAL, "the connector is off");
	if (connector->view.pending)
		return refuse(-EBUSY, "the last flip is pending");
	connector->fb_cookie = op->fb_cookie;
	show_fb(connector, req, fb, &scanout);
	return RESPOND_LATER;
}

/* get_edid - write the EDID; return its size in bytes or an error */
static int get_edid(struct connector *connector,
		    const struct xendispl_get_edid_req *op)
{
	struct domain *domain = connector->buffers->domain;
	uint32_t ref;
	uint8_t *page;
	int ret;

	/*
	 * The EDID is optional.  Without it the frontend takes the resolution
	 * from xenstore.
	 */
	if (connector->version < 2)
		return refuse(-EOPNOTSUPP, "the guest has chosen version 1");
	if (connector->width > EDID_MAX || connector->height > EDID_MAX)
		return refuse(-EOPNOTSUPP, "an EDID cannot name %ux%u",
			      connector->width, connector->height);
	if (op->buffer_sz < XENDISPL_EDID_MAX_SIZE)
		return refuse(-EINVAL, "the buffer has %u bytes, an EDID needs %u",
			      op->buffer_sz, XENDISPL_EDID_MAX_SIZE);
	ret = directory_read(domain, op->gref_directory, 1, &ref);
	if (ret)
		return ret;
	page = page_map(domain, ref);
	if (!page)
		return refuse_step(-errno, "page for the EDID");
	edid_write(page, connector->width, connector->height);
	page_unmap(domain, page);
	return EDID_SIZE;
}

/* create_buffer - create a buffer, and log the mode of transfer if it changes */
static int create_buffer(struct connector *connector,
			 const struct xendispl_dbuf_create_req *op)
{
	struct stats *stats = connector->stats;
	int ret = buffer_create(connector->buffers, op);
	const struct xfer_buffer *xfer;

	if (ret)
		return ret;
	xfer = &connector->buffers->buffers->xfer;
	if (xfer->ops == stats->mode)
		return 0;
	stats->mode = xfer->ops;
	if (xfer->unsupported)
		log_limited(&stats->limit, LOG_NOTICE,
			    "%s: mode %s, because %s failed: %s",
			    stats->limit.name, xfer->ops->name,
			    xfer->unsupported, strerror(-xfer->error));
	else
		log_limited(&stats->limit, LOG_NOTICE,
			    "%s: mode %s, the first that was tried",
			    stats->limit.name, xfer->ops->name);
	return 0;
}

/* Requests for the whole device are allowed on its first connector only */
static int handle_device_request(struct connector *connector,
				 const struct xendispl_req *req)
{
	const uint64_t cookie = req->op.dbuf_destroy.dbuf_cookie;
	struct buffer_table *buffers = connector->buffers;
	struct buffer *buffer;

	if (connector->index)
		return refuse(-EINVAL, "only the first connector has this request");
	switch (req->operation) {
	case XENDISPL_OP_DBUF_CREATE:
		return create_buffer(connector, &req->op.dbuf_create);
	case XENDISPL_OP_DBUF_DESTROY:
		buffer = buffer_find(buffers, cookie);
		if (buffer)
			return buffer_destroy(buffer, req);
		return refuse(-ENOENT, "no buffer %#llx",
			      (unsigned long long)cookie);
	case XENDISPL_OP_FB_ATTACH:
		return fb_attach(buffers, &req->op.fb_attach);
	default:
		if (find_fb(connector, req->op.fb_detach.fb_cookie))
			return fb_detach(buffers, req->op.fb_detach.fb_cookie);
		return -ENOENT;
	}
}

/**
 * request_delay - delay a request that takes long, if the guest had too many of them
 * @connector: connector with the request
 * @req: the request, in memory that the guest cannot write to
 * @work: work item that reads the request again, not queued
 *
 * Return: whether @work is delayed.
 */
bool request_delay(const struct connector *connector, const struct xendispl_req *req,
		   struct work *work)
{
	return (req->operation == XENDISPL_OP_DBUF_CREATE ||
		req->operation == XENDISPL_OP_FB_ATTACH) &&
	       budget_delay(connector->buffers->domain->budget, work);
}

/**
 * request_handle - execute a request and respond
 * @connector: connector that received the request
 * @req: the request, in memory that the guest cannot write to
 *
 * The response to DBUF_DESTROY waits until the buffer is released, so that a
 * guest with a response has its pages back; see buffer_destroy().  The responses
 * to SET_CONFIG and PG_FLIP are those of show.c.
 */
void request_handle(struct connector *connector,
		    const struct xendispl_req *req)
{
	uint32_t edid_size = 0;
	int ret;

	/* No reason of a change that no request waited for */
	refusal(0);
	switch (req->operation) {
	case XENDISPL_OP_DBUF_CREATE:
	case XENDISPL_OP_DBUF_DESTROY:
	case XENDISPL_OP_FB_ATTACH:
	case XENDISPL_OP_FB_DETACH:
		ret = handle_device_request(connector, req);
		break;
	case XENDISPL_OP_SET_CONFIG:
		ret = set_config(connector, req);
		break;
	case XENDISPL_OP_PG_FLIP:
		ret = page_flip(connector, req);
		break;
	case XENDISPL_OP_GET_EDID:
		ret = get_edid(connector, &req->op.get_edid);
		if (ret > 0) {
			edid_size = ret;
			ret = 0;
		}
		break;
	default:
		ret = refuse(-EOPNOTSUPP, "operation %u is not defined",
			     req->operation);
	}
	if (ret != RESPOND_LATER)
		connector_respond(connector, req, ret, edid_size);
}
