/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that show a framebuffer, SET_CONFIG and PG_FLIP.
 */

#ifndef DISPL_BACKEND_SHOW_H
#define DISPL_BACKEND_SHOW_H

#include "connector.h"

void show_fb(struct connector *connector, const struct xendispl_req *req,
	     struct fb *fb, const struct scanout *scanout);

#endif /* DISPL_BACKEND_SHOW_H */
