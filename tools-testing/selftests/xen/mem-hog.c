// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes all free memory of Xen, so that domain 0 cannot balloon pages in.
 */

#include <stddef.h>

#include "conserve.h"
#include "files.h"
#include "mem-hog.h"

/* Xen before 4.22 chooses an id if it gets any that is reserved */
#ifndef DOMID_ANY
#define DOMID_ANY	0x7FF5
#endif

/* More memory than the machine of a test has */
#define MEM_HOG_MAX_KB	1000000000UL

/* mem_hog_take - take all free chunks of 2^@order pages */
static void mem_hog_take(struct mem_hog *mem_hog, unsigned int order)
{
	while (xc_domain_increase_reservation(mem_hog->xc, mem_hog->domid, 1024,
					      order, 0, NULL) > 0)
		;
}

/* mem_hog_limit_dom0 - limit domain 0 to the memory that it has now */
static bool mem_hog_limit_dom0(struct mem_hog *mem_hog)
{
	return !xc_domain_setmaxmem(mem_hog->xc, 0, domain_pages(mem_hog->xc, 0) * 4);
}

/*
 * mem_hog_create_domain - create a domain that gets all free memory
 *
 * It is a PV domain without a started vCPU: it never runs, and its memory does
 * not need guest frame numbers.
 */
static bool mem_hog_create_domain(struct mem_hog *mem_hog)
{
	struct xen_domctl_createdomain config = {
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	xc_physinfo_t info = { 0 };

	mem_hog->domid = DOMID_ANY;
	if (xc_domain_create(mem_hog->xc, &mem_hog->domid, &config)) {
		mem_hog->domid = 0;
		return false;
	}
	if (xc_domain_setmaxmem(mem_hog->xc, mem_hog->domid, MEM_HOG_MAX_KB))
		return false;

	mem_hog_take(mem_hog, 9);
	mem_hog_take(mem_hog, 0);
	return !xc_physinfo(mem_hog->xc, &info) && !info.free_pages;
}

/**
 * mem_hog_start - leave no free memory for domain 0
 * @mem_hog: filled in
 *
 * Xen splits and joins IOMMU page table entries of a PVH domain 0 when its
 * memory changes, and crashes the domain if it has no memory for the tables.
 * Therefore a PVH domain 0 is limited to its present memory instead.  Xen logs each
 * attempt to get more: "Over-allocation for d0".
 *
 * Return: true on success.  The caller calls mem_hog_stop() in any case.
 */
bool mem_hog_start(struct mem_hog *mem_hog)
{
	*mem_hog = (struct mem_hog) { .xc = xc_interface_open(NULL, NULL, 0) };
	if (!mem_hog->xc)
		return false;

	return domain_is("PVH") ? mem_hog_limit_dom0(mem_hog) :
				  mem_hog_create_domain(mem_hog);
}

/**
 * mem_hog_stop - free the memory
 * @mem_hog: filled in by mem_hog_start(), or zero
 *
 * Xen may free the memory after this function returns.
 */
void mem_hog_stop(struct mem_hog *mem_hog)
{
	if (!mem_hog->xc)
		return;

	if (mem_hog->domid)
		xc_domain_destroy(mem_hog->xc, mem_hog->domid);
	else
		xc_domain_setmaxmem(mem_hog->xc, 0, MEM_HOG_MAX_KB);
	xc_interface_close(mem_hog->xc);
	mem_hog->xc = NULL;
}
