/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ways to change a screen of KMS.  Only screen.c calls the operations.
 */

#ifndef DISPL_BACKEND_SCREEN_OPS_H
#define DISPL_BACKEND_SCREEN_OPS_H

#include "screen.h"

/**
 * struct kms_ops - changes of a screen of KMS, by atomic commits or without
 * @init: find what the operations need; returns false if something is missing.
 *	@crtc_index is the index of the CRTC in the resources of the card.
 * @test: check whether @on would succeed; the screen does not change
 * @on: begin to set the mode and show the part
 * @flip: begin to show another part of the same size in the same place
 * @off: begin to turn the screen off; no change is begun if it is off already
 * @off_sync: turn the screen off, and wait until it is; a change may be pending
 *
 * At the end of a change that was begun, @busy of the screen is cleared and @flipped
 * is called.  @test to @off_sync return 0 or a negative error number; @on to @off
 * return -EBUSY while a change is pending.
 */
struct kms_ops {
	bool (*init)(struct screen *screen, unsigned int crtc_index);
	int (*test)(struct screen *screen, const struct scanout *scanout,
		    const struct placement *place);
	int (*on)(struct screen *screen, const struct scanout *scanout,
		  const struct placement *place);
	int (*flip)(struct screen *screen, const struct scanout *scanout,
		    const struct placement *place);
	int (*off)(struct screen *screen);
	int (*off_sync)(struct screen *screen);
};

extern const struct kms_ops screen_atomic, screen_legacy;

#endif /* DISPL_BACKEND_SCREEN_OPS_H */
