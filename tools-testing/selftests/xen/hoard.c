// SPDX-License-Identifier: GPL-2.0-only

#include <stddef.h>

#include "files.h"
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

/* hoard_limit - let domain 0 have what it has and no more */
static bool hoard_limit(struct hoard *hoard)
{
	xc_dominfo_t info = { 0 };

	return xc_domain_getinfo(hoard->xc, 0, 1, &info) == 1 &&
	       !xc_domain_setmaxmem(hoard->xc, 0, info.nr_pages * 4);
}

/*
 * hoard_domain - let another domain have all there is
 *
 * A PV domain without a processor: it never runs, and its memory needs no
 * addresses.
 */
static bool hoard_domain(struct hoard *hoard)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	xc_physinfo_t info = { 0 };

	if (xc_domain_create(hoard->xc, &hoard->domid, &config)) {
		hoard->domid = 0;
		return false;
	}
	if (xc_domain_setmaxmem(hoard->xc, hoard->domid, HOARD_MAX_KB))
		return false;

	hoard_take(hoard, 9);
	hoard_take(hoard, 0);
	return !xc_physinfo(hoard->xc, &info) && !info.free_pages;
}

/**
 * hoard_begin - from now on Xen has nothing to give
 * @hoard: filled in
 *
 * In a PVH domain 0 Xen has page tables for its IOMMU, and splits and joins
 * their entries as memory comes and goes.  Where there is no memory for that it
 * crashes the domain, so there is some left, but not for that domain.
 *
 * Return: whether that is so.  hoard_end() either way.
 */
bool hoard_begin(struct hoard *hoard)
{
	*hoard = (struct hoard) { .xc = xc_interface_open(NULL, NULL, 0) };
	if (!hoard->xc)
		return false;

	return domain_is("PVH") ? hoard_limit(hoard) : hoard_domain(hoard);
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

	if (hoard->domid)
		xc_domain_destroy(hoard->xc, hoard->domid);
	else
		xc_domain_setmaxmem(hoard->xc, 0, HOARD_MAX_KB);
	xc_interface_close(hoard->xc);
	hoard->xc = NULL;
}
