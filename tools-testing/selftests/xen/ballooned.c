// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of domain 0: its size, and counts of domain 0 and of Xen.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "ballooned.h"
#include "conserve.h"
#include "files.h"

#define MEMORY	"/sys/devices/system/xen_memory/xen_memory0/"
#define INFO	MEMORY "info/"

/**
 * ballooned_counted - whether the kernel counts the pages of DMA areas
 *
 * Return: false for a kernel without DMA areas, such as mainline.
 */
bool ballooned_counted(void)
{
	return !access(INFO "dma_kb", R_OK);
}

/**
 * ballooned_reserved - whether Xen reserves the pages that are ballooned out
 *
 * The guest frames of an arm64 domain 0 are the machine frames.  Such a domain
 * cannot use other pages.  Therefore Xen reserves for it the pages that it
 * balloons out.
 *
 * Return: true for such a domain.
 */
bool ballooned_reserved(void)
{
#ifdef __aarch64__
	return true;
#else
	return false;
#endif
}

/**
 * ballooned_read - read the counts
 * @now: filled in
 */
void ballooned_read(struct ballooned *now)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_physinfo_t physinfo = { 0 };

	if (!xc || xc_physinfo(xc, &physinfo))
		err(1, "cannot read the memory counts of Xen");
	*now = (struct ballooned) {
		.xen_free = physinfo.free_pages,
		.pages = domain_pages(xc, 0),
		.current = file_number(INFO "current_kb", "") / 4,
		.dma = ballooned_counted() ? file_number(INFO "dma_kb", "") / 4 : 0,
	};
	xc_interface_close(xc);
}

/*
 * ballooned_same - compare counts
 *
 * @tables: pages of IOMMU page tables that Xen may have freed as well
 */
static bool ballooned_same(struct ballooned now, const struct ballooned *want,
			   unsigned int tables)
{
	if (now.xen_free > want->xen_free &&
	    now.xen_free <= want->xen_free + tables)
		now.xen_free = want->xen_free;
	return !memcmp(&now, want, sizeof(now));
}

/**
 * ballooned_is - check that @count pages are ballooned out
 * @before: counts of ballooned_read() before any page was ballooned out
 * @count: number of pages
 *
 * Waits up to BALLOONED_PATIENCE seconds for counts that change late.  In a PVH
 * domain 0 Xen may free IOMMU page tables as well.
 *
 * Return: NULL, or a description of the counts, valid until the next call.
 */
const char *ballooned_is(const struct ballooned *before, unsigned int count)
{
	unsigned long freed = ballooned_reserved() ? 0 : count;
	const struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };
	time_t end = time(NULL) + BALLOONED_PATIENCE;
	static char text[256];
	struct ballooned now, want = {
		.xen_free = before->xen_free + freed,
		.pages = before->pages - freed,
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

/**
 * ballooned_size - size of this domain
 *
 * Return: the size in KiB, in the balloon driver's count.
 */
unsigned long ballooned_size(void)
{
	return file_number(INFO "current_kb", "");
}

/**
 * ballooned_resize - set the size of this domain, and wait until it is reached
 * @kb: the size in KiB
 *
 * Return: false if it is not reached within a minute.
 */
bool ballooned_resize(unsigned long kb)
{
	const struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	time_t end = time(NULL) + 60;
	char text[16];

	snprintf(text, sizeof(text), "%lu", kb);
	if (file_write(MEMORY "target_kb", text))
		return false;
	while (ballooned_size() != kb) {
		if (time(NULL) > end)
			return false;
		nanosleep(&nap, NULL);
	}
	return true;
}
