/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes all free memory of Xen, so that domain 0 cannot balloon pages in.
 */

#ifndef SELFTESTS_XEN_MEM_HOG_H
#define SELFTESTS_XEN_MEM_HOG_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

/**
 * struct mem_hog - memory that is taken from Xen
 * @xc: handle of libxenctrl, or NULL while no memory is taken
 * @domid: domain that has the memory, or 0 if domain 0 is limited instead
 */
struct mem_hog {
	xc_interface *xc;
	uint32_t domid;
};

bool mem_hog_start(struct mem_hog *mem_hog);
void mem_hog_stop(struct mem_hog *mem_hog);

#endif /* SELFTESTS_XEN_MEM_HOG_H */
