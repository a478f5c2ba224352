/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libwayland-client for the harness windows.c: a compositor that checks each request as
 * compositors do, and sends the events that the input selects.
 */

#ifndef FUZZ_PARSERS_STUB_WAYLAND_H
#define FUZZ_PARSERS_STUB_WAYLAND_H

#include <stdbool.h>
#include <stdint.h>

#include "fail.h"

/**
 * enum compositor_event - an event for an object that can get it
 * @CONFIGURE_SIZE: of a window: its size
 * @CONFIGURE: of a window: draw
 * @CLOSE: of a window: the user closes it
 * @DONE: the end of a frame, or of all requests before
 * @RELEASE: of a buffer
 * @CREATED: of a dma-buf: it is imported
 * @FAILED: of a dma-buf: it is not
 * @PING: of a connection
 */
enum compositor_event {
	CONFIGURE_SIZE, CONFIGURE, CLOSE, DONE, RELEASE, CREATED, FAILED, PING,
	COMPOSITOR_EVENTS
};

void compositor_send(enum compositor_event event, unsigned int which, int32_t width,
		     int32_t height);
void compositor_end(unsigned int which, int error);
bool compositor_failed(int fd);
void compositor_hang(bool hang);
void compositor_remove(unsigned int which);
void compositor_restore(void);
unsigned int compositor_objects(void);

#endif /* FUZZ_PARSERS_STUB_WAYLAND_H */
