/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A time in which Xen has no memory to give to domain 0.
 */

#ifndef SELFTESTS_XEN_HOARD_H
#define SELFTESTS_XEN_HOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

/**
 * struct hoard - such a time; empty where it is none
 * @xc: Xen, or NULL
 * @domid: the domain that has all of it, or 0
 */
struct hoard {
	xc_interface *xc;
	uint32_t domid;
};

bool hoard_begin(struct hoard *hoard);
void hoard_end(struct hoard *hoard);

#endif /* SELFTESTS_XEN_HOARD_H */
