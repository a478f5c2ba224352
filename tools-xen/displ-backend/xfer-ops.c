// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the transfer modes share: the eventfd and the timer of a buffer, dumb
 * buffers, and framebuffers on the card.  Only the xfer-*.c files call this file.
 */

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "xfer-ops.h"

/*
 * Time after which a release is late, in seconds.  A guest unmaps a buffer before
 * it asks the backend to destroy it.
 */
#define RELEASE_LATE	5

/* Most cards begin each line of a dumb buffer at a multiple of this, in bytes */
#define DUMB_ALIGN	64

static void event_readable(struct fd_watch *watch)
{
	struct xfer_buffer *buffer =
		container_of(watch, struct xfer_buffer, event);

	xfer_close_event(buffer);
	buffer->released(buffer);
}

/**
 * xfer_not_supported - check whether another way may work
 * @error: 0 or a negative error number of creating a buffer
 *
 * Return: whether the card or the kernel cannot do it.  Other errors are the
 * guest's, for example pages that it has granted for reading only.
 */
bool xfer_not_supported(int error)
{
	return error == -EOPNOTSUPP || error == -EINVAL;
}

/**
 * xfer_open_event - create the eventfd that the kernel signals on release
 * @buffer: the buffer; its @event is filled in
 *
 * When the kernel signals the eventfd, the loop closes it and calls @released
 * of the buffer.
 *
 * Return: 0 or a negative error number.
 */
int xfer_open_event(struct xfer_buffer *buffer)
{
	int ret, fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	ret = loop_add_fd(&buffer->event, fd, event_readable);
	if (ret)
		close(fd);
	return ret;
}

static void close_timer(struct xfer_buffer *buffer)
{
	if (!buffer->timer.readable)
		return;
	loop_remove_fd(&buffer->timer);
	close(buffer->timer.fd);
	buffer->timer.readable = NULL;
}

/**
 * xfer_close_event - close the eventfd and the timer of a buffer
 * @buffer: buffer of xfer_open_event()
 */
void xfer_close_event(struct xfer_buffer *buffer)
{
	close_timer(buffer);
	loop_remove_fd(&buffer->event);
	close(buffer->event.fd);
}

static void timer_readable(struct fd_watch *watch)
{
	struct xfer_buffer *buffer =
		container_of(watch, struct xfer_buffer, timer);

	close_timer(buffer);
	domain_log_late_release(buffer->domain, buffer->id, RELEASE_LATE);
}

/**
 * xfer_start_timer - log it if the release of an import takes long
 * @buffer: buffer of xfer_open_event() whose release has begun
 *
 * Without a descriptor for the timer nothing is logged.
 */
void xfer_start_timer(struct xfer_buffer *buffer)
{
	struct itimerspec time = { .it_value.tv_sec = RELEASE_LATE };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0)
		return;
	timerfd_settime(fd, 0, &time, NULL);
	if (loop_add_fd(&buffer->timer, fd, timer_readable)) {
		buffer->timer.readable = NULL;
		close(fd);
	}
}

/**
 * xfer_create_dumb - create a dumb buffer, for which the guest pays and is charged
 * @buffer: buffer with the card and the guest
 * @width: width in pixels
 * @height: height in pixels
 * @bpp: bits per pixel
 * @dumb: filled in; the caller destroys the buffer and uncharges its size
 *
 * The card decides about padding, so the size is known when the buffer exists.
 * A buffer that would be above the limit with usual padding is not created.
 *
 * Return: 0; -ENOSPC if the guest's memory would be above its limit; or a
 * negative error number of the card.
 */
int xfer_create_dumb(const struct xfer_buffer *buffer, uint32_t width,
		     uint32_t height, uint32_t bpp, struct dumb_buffer *dumb)
{
	uint64_t pitch = (min_pitch(width, bpp) + DUMB_ALIGN - 1) /
			 DUMB_ALIGN * DUMB_ALIGN;
	struct budget *budget = buffer->domain->budget;
	struct card *card = buffer->card;
	int ret;

	ret = budget_check(budget, pitch * height);
	if (ret)
		return ret;
	ret = card->memory->create_dumb(card, width, height, bpp, dumb);
	if (ret)
		return ret;
	budget_pay(budget, BUDGET_PAGE, dumb->size / GRANT_SIZE);
	ret = budget_charge(budget, dumb->size);
	if (ret)
		card->memory->destroy_dumb(card, dumb->handle);
	return ret;
}

/**
 * xfer_add_fb - create a framebuffer on the card
 * @fb: the framebuffer; its @id and @card_pitch are set
 * @handle: handle of its memory
 * @pitch: bytes from one line to the next
 * @offset: offset of the first line in bytes
 *
 * Return: 0 or a negative error number of the card.
 */
int xfer_add_fb(struct xfer_fb *fb, uint32_t handle, uint32_t pitch,
		uint32_t offset)
{
	struct card *card = fb->buffer->card;
	const struct image image = {
		.handle = handle,
		.offset = offset,
		.pitch = pitch,
		.width = fb->width,
		.height = fb->height,
		.format = fb->format,
	};

	fb->card_pitch = pitch;
	return card->memory->add_fb(card, &image, &fb->id);
}

/**
 * xfer_attach - create a framebuffer over memory that guest and card share
 * @fb: the framebuffer; its @id and @card_pitch are set
 *
 * Return: 0 or a negative error number of the card.
 */
int xfer_attach(struct xfer_fb *fb)
{
	struct xfer_buffer *buffer = fb->buffer;

	return xfer_add_fb(fb, buffer->handle, fb->pitch, buffer->offset);
}

/**
 * xfer_detach - remove a framebuffer from the card
 * @fb: framebuffer of xfer_add_fb() or xfer_attach(); a screen may still show it
 */
void xfer_detach(struct xfer_fb *fb)
{
	struct card *card = fb->buffer->card;

	card->memory->remove_fb(card, fb->id);
}
