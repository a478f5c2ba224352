/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways that a frame has from a guest to a card.
 */

#ifndef DISPL_BACKEND_WAY_H
#define DISPL_BACKEND_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

/**
 * struct way - one of them
 * @name: as --mode has it
 * @ours: whose memory it is: ours, granted to the guest, or the guest's
 * @create: get at a buffer, the first page of whose directory the guest has
 *	granted by that reference; 0 or a negative error number
 * @destroy: let go of it; true if that is all, false if @released will tell
 * @attach: make a framebuffer of the card's; 0 or a negative error number
 * @detach: and let go of it
 * @draw: bring to the card what the guest has drawn, if it does not see it; how
 *	many bytes were copied
 */
struct way {
	const char *name;
	bool ours;
	int (*create)(struct buffer *buffer, uint32_t directory);
	bool (*destroy)(struct buffer *buffer);
	int (*attach)(struct fb *fb);
	void (*detach)(struct fb *fb);
	uint64_t (*draw)(struct fb *fb);
};

extern const struct way copy_way, export_way, import_way;

void ways_open(const char *mode);
uint32_t ways_max_pages(void);
int ways_create(struct buffer *buffer, bool ours, uint32_t directory);
int way_open(struct buffer *buffer);
void way_close(struct buffer *buffer);
int way_attach(struct fb *fb);
void way_detach(struct fb *fb);
int way_add_fb(struct fb *fb, uint32_t handle, uint32_t pitch, uint32_t offset);

#endif /* DISPL_BACKEND_WAY_H */
