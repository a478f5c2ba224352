// SPDX-License-Identifier: GPL-2.0-only

#include <stddef.h>

#include "hoard.h"

/* More than the lab's machines have */
#define HOARD_MAX_KB	1000000000UL

/* hoard_take - as many pieces of a size as there are */
static void hoard_take(struct hoard *hoard, unsigned int order)
{
	while (xc_domain_increase_reservation(hoard->xc, hoard->domid, 1024,
					      order, 0, NULL) > 0)
		;
}

/**
 * hoard_begin - take all memory
 * @hoard: filled in
 *
 * A PV domain without a processor: it never runs, and its memory needs no
 * addresses.
 *
 * Return: whether Xen has nothing more to give.  hoard_end() either way.
 */
bool hoard_begin(struct hoard *hoard)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	xc_physinfo_t info = { 0 };

	*hoard = (struct hoard) { .xc = xc_interface_open(NULL, NULL, 0) };
	if (!hoard->xc)
		return false;
	if (xc_domain_create(hoard->xc, &hoard->domid, &config)) {
		xc_interface_close(hoard->xc);
		hoard->xc = NULL;
		return false;
	}
	if (xc_domain_setmaxmem(hoard->xc, hoard->domid, HOARD_MAX_KB))
		return false;

	hoard_take(hoard, 9);
	hoard_take(hoard, 0);
	return !xc_physinfo(hoard->xc, &info) && !info.free_pages;
}

/**
 * hoard_end - give it back
 * @hoard: may be empty
 *
 * Xen may need a moment longer for it.
 */
void hoard_end(struct hoard *hoard)
{
	if (!hoard->xc)
		return;

	xc_domain_destroy(hoard->xc, hoard->domid);
	xc_interface_close(hoard->xc);
	hoard->xc = NULL;
}
