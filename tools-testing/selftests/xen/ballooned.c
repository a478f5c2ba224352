// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "files.h"
#include "ballooned.h"

#define INFO	"/sys/devices/system/xen_memory/xen_memory0/info/"

/**
 * ballooned_counted - whether the kernel knows of what a module gives to Xen
 *
 * Return: false for one that has no such functions itself.
 */
bool ballooned_counted(void)
{
	return !access(INFO "dma_kb", R_OK);
}

/**
 * ballooned_kept - whether nobody else gets what this domain lends
 *
 * An arm64 domain 0 has its memory at the addresses where the machine has it.
 * Xen keeps free for it what it gives, because it could not get other memory.
 *
 * Return: true for such a domain.
 */
bool ballooned_kept(void)
{
#ifdef __aarch64__
	return true;
#else
	return false;
#endif
}

/**
 * ballooned_read - see who has memory
 * @now: filled in
 */
void ballooned_read(struct ballooned *now)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_physinfo_t physinfo = { 0 };
	xc_dominfo_t dominfo = { 0 };

	if (!xc || xc_physinfo(xc, &physinfo) ||
	    xc_domain_getinfo(xc, 0, 1, &dominfo) != 1)
		err(1, "Xen does not tell");
	xc_interface_close(xc);
	*now = (struct ballooned) {
		.xen_free = physinfo.free_pages,
		.pages = dominfo.nr_pages,
		.current = file_number(INFO "current_kb", "") / 4,
		.dma = ballooned_counted() ? file_number(INFO "dma_kb", "") / 4 : 0,
	};
}

/* ballooned_same - of a PVH domain Xen may also free IOMMU page tables: up to @tables */
static bool ballooned_same(struct ballooned now, const struct ballooned *want,
		      unsigned int tables)
{
	if (now.xen_free > want->xen_free &&
	    now.xen_free <= want->xen_free + tables)
		now.xen_free = want->xen_free;
	return !memcmp(&now, want, sizeof(now));
}

/**
 * ballooned_is - whether Xen has so many pages of this domain
 * @before: what ballooned_read() saw when there was none
 * @count: how many
 *
 * Waits for what changes late.
 *
 * Return: NULL, or who has other pages than that, until the next call.
 */
const char *ballooned_is(const struct ballooned *before, unsigned int count)
{
	unsigned long kept = ballooned_kept() ? 0 : count;
	const struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };
	time_t end = time(NULL) + BALLOONED_PATIENCE;
	static char text[256];
	struct ballooned now, want = {
		.xen_free = before->xen_free + kept,
		.pages = before->pages - kept,
		.current = before->current - (ballooned_counted() ? count : 0),
		.dma = before->dma + (ballooned_counted() ? count : 0),
	};

	do {
		ballooned_read(&now);
		if (ballooned_same(now, &want, domain_is("PVH") ? count / 512 : 0))
			return NULL;
		nanosleep(&nap, NULL);
	} while (time(NULL) < end);

	snprintf(text, sizeof(text),
		 "not %u pages: Xen %+ld, domain 0 %+ld, current %+ld, dma %+ld",
		 count,
		 (long)(now.xen_free - before->xen_free),
		 (long)(now.pages - before->pages),
		 (long)(now.current - before->current),
		 (long)(now.dma - before->dma));
	return text;
}
