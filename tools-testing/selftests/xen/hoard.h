/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain that takes all memory that Xen has to give.
 */

#ifndef SELFTESTS_XEN_HOARD_H
#define SELFTESTS_XEN_HOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

/**
 * struct hoard - the domain; empty where there is none
 * @xc: Xen, or NULL
 * @domid: its number
 */
struct hoard {
	xc_interface *xc;
	uint32_t domid;
};

bool hoard_begin(struct hoard *hoard);
void hoard_end(struct hoard *hoard);

#endif /* SELFTESTS_XEN_HOARD_H */
