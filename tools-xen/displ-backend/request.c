// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdlib.h>

#include "buffer.h"
#include "device.h"
#include "edid.h"
#include "request.h"

/* fb_picture - of a framebuffer, what a connector can show from a place on */
static int fb_picture(const struct connector *connector, const struct fb *fb,
		      uint32_t x, uint32_t y, struct picture *picture)
{
	if ((uint64_t)x + connector->width > fb->width ||
	    (uint64_t)y + connector->height > fb->height)
		return -EINVAL;
	*picture = (struct picture) {
		.fb = fb->id,
		.x = x,
		.y = y,
		.width = connector->width,
		.height = connector->height,
	};
	return 0;
}

/*
 * The mode is the connector's resolution, and x and y are where in the
 * framebuffer the screen begins: so frontends use them.  Width and height are
 * the framebuffer's there, which may be larger than the screen.
 */
static int set_config(struct connector *connector,
		      const struct xendispl_set_config_req *op)
{
	struct picture picture;
	struct fb *fb;
	int ret;

	if (!op->fb_cookie && !op->x && !op->y && !op->width && !op->height && !op->bpp) {
		head_off(&connector->head);
		return 0;
	}
	fb = fb_find(connector->device, op->fb_cookie);
	if (!fb)
		return -ENOENT;
	if (op->width < connector->width || op->width > fb->width ||
	    op->height < connector->height || op->height > fb->height ||
	    op->bpp != fb->bytes * 8)
		return -EINVAL;
	ret = fb_picture(connector, fb, op->x, op->y, &picture);
	if (ret)
		return ret;
	fb_draw(fb);
	return head_on(&connector->head, &picture);
}

static int page_flip(struct connector *connector,
		     const struct xendispl_page_flip_req *op)
{
	struct fb *fb = fb_find(connector->device, op->fb_cookie);
	struct picture picture;
	int ret;

	if (!fb)
		return -ENOENT;
	ret = fb_picture(connector, fb, connector->head.picture.x,
			 connector->head.picture.y, &picture);
	if (ret)
		return ret;
	if (!connector->head.on)
		return -EINVAL;
	if (connector->head.pending)
		return -EBUSY;
	fb_draw(fb);
	ret = head_flip(&connector->head, &picture);
	if (ret)
		return ret;
	connector->showing = op->fb_cookie;
	return 0;
}

/* get_edid - the size of what was written, or an error */
static int get_edid(struct connector *connector,
		    const struct xendispl_get_edid_req *op)
{
	uint32_t ref, domid = connector->device->domid;
	uint8_t *page;
	int ret;

	/* It may be left out: then the resolution in xenstore tells */
	if (connector->device->version < 2 || connector->width > EDID_MAX ||
	    connector->height > EDID_MAX)
		return -EOPNOTSUPP;
	if (op->buffer_sz < XENDISPL_EDID_MAX_SIZE)
		return -EINVAL;
	ret = directory_read(domid, op->gref_directory, 1, &ref);
	if (ret)
		return ret;
	page = page_map(domid, ref);
	if (!page)
		return -errno;
	edid_write(page, connector->width, connector->height);
	page_unmap(page);
	return EDID_SIZE;
}

/* Those that are for the whole device come by its first connector */
static int for_device(struct connector *connector, const struct xendispl_req *req)
{
	struct device *device = connector->device;
	struct buffer *buffer;

	if (connector->index)
		return -EINVAL;
	switch (req->operation) {
	case XENDISPL_OP_DBUF_CREATE:
		return buffer_create(device, &req->op.dbuf_create);
	case XENDISPL_OP_DBUF_DESTROY:
		buffer = buffer_find(device, req->op.dbuf_destroy.dbuf_cookie);
		return buffer ? buffer_destroy(buffer, req) : -ENOENT;
	case XENDISPL_OP_FB_ATTACH:
		return fb_attach(device, &req->op.fb_attach);
	default:
		return fb_detach(device, req->op.fb_detach.fb_cookie);
	}
}

/**
 * request_serve - do what a guest asks
 * @connector: that it asks by
 * @req: what it asks; nobody else can write to it
 *
 * Responds, but for buffers that are to be destroyed: there the response waits
 * until Xen has confirmed that the guest can have its pages back.
 */
void request_serve(struct connector *connector, const struct xendispl_req *req)
{
	uint32_t edid_size = 0;
	int ret;

	switch (req->operation) {
	case XENDISPL_OP_DBUF_CREATE:
	case XENDISPL_OP_DBUF_DESTROY:
	case XENDISPL_OP_FB_ATTACH:
	case XENDISPL_OP_FB_DETACH:
		ret = for_device(connector, req);
		break;
	case XENDISPL_OP_SET_CONFIG:
		ret = set_config(connector, &req->op.set_config);
		break;
	case XENDISPL_OP_PG_FLIP:
		ret = page_flip(connector, &req->op.pg_flip);
		break;
	case XENDISPL_OP_GET_EDID:
		ret = get_edid(connector, &req->op.get_edid);
		if (ret > 0) {
			edid_size = ret;
			ret = 0;
		}
		break;
	default:
		ret = -EOPNOTSUPP;
	}
	if (ret != BUFFER_ANSWERS)
		connector_respond(connector, req, ret, edid_size);
}
