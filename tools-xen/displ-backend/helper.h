/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A helper process that opens the devices of Xen for the backend, which has not
 * the right to open them.
 */

#ifndef DISPL_BACKEND_HELPER_H
#define DISPL_BACKEND_HELPER_H

#include <stdint.h>

#include <xentoollog.h>

/**
 * struct helper_files - open files that are restricted to a domain
 * @gntdev: descriptor of /dev/xen/gntdev
 * @evtchn: descriptor of /dev/xen/evtchn
 */
struct helper_files {
	int gntdev;
	int evtchn;
};

void helper_start(xentoollog_logger *logger);
void helper_stop(void);
int helper_open(uint32_t domid, uint32_t max_pages, struct helper_files *files);

#endif /* DISPL_BACKEND_HELPER_H */
