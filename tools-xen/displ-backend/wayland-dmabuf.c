// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of linux-dmabuf: the compositor imports a dma-buf, as a rule for its GPU.  This
 * file reads which layouts it takes, and asks it to import a dma-buf.  The compositor
 * answers with a buffer, or that it cannot.  wayland-memory.c calls this file.
 */

#include <err.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include "linux-dmabuf-v1.h"
#include "wayland-ops.h"

/**
 * struct layout - a pixel format that the compositor takes
 * @format: the pixel format, a DRM fourcc
 * @modifier: DRM_FORMAT_MOD_LINEAR; or DRM_FORMAT_MOD_INVALID, with which the driver
 *	assumes the layout, linear for memory that is not its own
 */
struct layout {
	uint32_t format;
	uint64_t modifier;
};

/**
 * struct dmabuf_request - a dma-buf that the compositor was asked to import
 * @params: the request
 * @wayland: the connection
 * @done: called when the compositor has answered; NULL if the framebuffer is gone
 * @data: of the function that waits
 * @next: next request of the connection
 */
struct dmabuf_request {
	struct zwp_linux_buffer_params_v1 *params;
	struct wayland *wayland;
	void (*done)(void *data, struct wl_buffer *buffer);
	void *data;
	struct dmabuf_request *next;
};

/* ---- The interface */

/* Each pixel format comes with its modifiers, too */
static void dmabuf_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format)
{
}

static void dmabuf_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format,
			    uint32_t high, uint32_t low)
{
	uint64_t modifier = (uint64_t)high << 32 | low;
	struct wayland *wayland = data;
	struct layout *new;

	if (modifier != DRM_FORMAT_MOD_LINEAR && modifier != DRM_FORMAT_MOD_INVALID)
		return;
	new = wl_array_add(&wayland->layouts, sizeof(*new));
	if (!new)
		err(1, NULL);
	*new = (struct layout) { .format = format, .modifier = modifier };
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = dmabuf_format,
	.modifier = dmabuf_modifier,
};

/**
 * wayland_read_layouts - let the next events fill in the layouts of a connection
 * @wayland: the first connection, with linux-dmabuf
 */
void wayland_read_layouts(struct wayland *wayland)
{
	zwp_linux_dmabuf_v1_add_listener(wayland->dmabuf, &dmabuf_listener, wayland);
}

/* find_layout - linear rather than assumed; NULL if the compositor takes neither */
static const struct layout *find_layout(const struct wayland *wayland, uint32_t format)
{
	const struct layout *layout, *found = NULL;

	/* The compositor may have removed what it had for the first connection */
	if (!wayland->dmabuf)
		return NULL;
	wl_array_for_each(layout, &wayland->first->layouts)
		if (layout->format == format &&
		    (!found || layout->modifier == DRM_FORMAT_MOD_LINEAR))
			found = layout;
	return found;
}

/* ---- Requests */

static void free_request(struct dmabuf_request *request)
{
	struct dmabuf_request **at;

	for (at = &request->wayland->imports; *at != request; at = &(*at)->next)
		;
	*at = request->next;
	zwp_linux_buffer_params_v1_destroy(request->params);
	free(request);
}

static void answer(struct dmabuf_request *request, struct wl_buffer *buffer)
{
	struct wayland *wayland = request->wayland;

	if (request->done)
		request->done(request->data, buffer);
	else if (buffer)
		wl_buffer_destroy(buffer);
	free_request(request);
	wayland->answered(wayland);
}

static void params_created(void *data, struct zwp_linux_buffer_params_v1 *params,
			   struct wl_buffer *buffer)
{
	answer(data, buffer);
}

static void params_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	answer(data, NULL);
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = params_created,
	.failed = params_failed,
};

/**
 * wayland_import_dmabuf - ask the compositor to import a dma-buf
 * @wayland: the connection
 * @fd: the dma-buf, which the caller may close
 * @image: the image in the dma-buf, with a pixel format that has no alpha
 * @done: called when the compositor has answered, with the buffer, or NULL if it cannot
 *	import the dma-buf; @answered of the connection follows
 * @data: for @done
 *
 * Return: the request; or NULL if the compositor does not offer to import such an image,
 * or there is no memory.
 */
struct dmabuf_request *
wayland_import_dmabuf(struct wayland *wayland, int fd, const struct image *image,
		      void (*done)(void *data, struct wl_buffer *buffer), void *data)
{
	const struct layout *layout = find_layout(wayland, image->format);
	struct dmabuf_request *request;

	if (!layout)
		return NULL;
	request = malloc(sizeof(*request));
	if (!request)
		return NULL;
	*request = (struct dmabuf_request) {
		.params = zwp_linux_dmabuf_v1_create_params(wayland->dmabuf),
		.wayland = wayland,
		.done = done,
		.data = data,
		.next = wayland->imports,
	};
	wayland->imports = request;
	zwp_linux_buffer_params_v1_add_listener(request->params, &params_listener, request);
	zwp_linux_buffer_params_v1_add(request->params, fd, 0, image->offset, image->pitch,
				       layout->modifier >> 32, layout->modifier);
	zwp_linux_buffer_params_v1_create(request->params, image->width, image->height,
					  image->format, 0);
	return request;
}

/**
 * wayland_ignore_dmabuf - wait no longer for the answer to a request
 * @request: the request
 *
 * The compositor creates the buffer all the same, which is destroyed then.
 */
void wayland_ignore_dmabuf(struct dmabuf_request *request)
{
	request->done = NULL;
}

/**
 * wayland_forget_dmabufs - free all requests; no framebuffer waits for them
 * @wayland: the connection, which ends
 */
void wayland_forget_dmabufs(struct wayland *wayland)
{
	while (wayland->imports)
		free_request(wayland->imports);
}
