// SPDX-License-Identifier: GPL-2.0-only

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xenctrl.h>

#include "conserve.h"

/*
 * What Xen or a worker of the kernel still gives back comes within a minute, or
 * what the environment says: where much is lost nobody wants to wait for it.
 */
static time_t patience(void)
{
	const char *seconds = getenv("PATIENCE");

	return seconds ? atoi(seconds) : 60;
}

static unsigned long count_fds(void)
{
	unsigned long n = 0;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		err(1, "/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The last line of the dma-buf core's own list counts them */
static unsigned long count_buffers(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "r");
	unsigned long n = 0;
	char line[256];

	if (!file)
		err(1, "bufinfo");
	while (fgets(line, sizeof(line), file))
		sscanf(line, "Total %lu objects", &n);
	fclose(file);
	return n;
}

/* own_pages - what the kernel knows to be this domain's memory */
static unsigned long own_pages(void)
{
	FILE *file = fopen("/sys/devices/system/xen_memory/xen_memory0/info/current_kb",
			   "r");
	unsigned long kb;

	if (!file || fscanf(file, "%lu", &kb) != 1)
		err(1, "this domain's pages");
	fclose(file);
	return kb / 4;
}

static unsigned long domain_pages(xc_interface *xc, unsigned int domid)
{
	xc_dominfo_t info;

	if (xc_domain_getinfo(xc, domid, 1, &info) != 1 || info.domid != domid)
		errx(1, "no domain %u", domid);
	return info.nr_pages;
}

/*
 * Only domain 0 is told of other domains and of Xen itself.  In a guest these
 * stay 0, and domain 0 has to look.
 */
static void take(struct conserve *now, unsigned int peer)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_physinfo_t info = { 0 };

	if (!xc)
		err(1, "Xen");
	*now = (struct conserve) { .peer = peer };
	if (!xc_physinfo(xc, &info)) {
		now->xen_free = info.free_pages;
		now->pages[0] = domain_pages(xc, 0);
		now->pages[1] = domain_pages(xc, peer);
	} else if (errno == EPERM) {
		now->pages[0] = own_pages();
	} else {
		err(1, "Xen's free memory");
	}
	xc_interface_close(xc);
	now->fds = count_fds();
	now->buffers = count_buffers();
}

/**
 * conserve_begin - remember what there is
 * @before: filled in
 * @peer: the other domain whose memory counts
 */
void conserve_begin(struct conserve *before, unsigned int peer)
{
	take(before, peer);
}

static bool same(const char *what, unsigned long before, unsigned long now,
		 char *text, size_t size)
{
	if (before != now)
		snprintf(text, size, "%s: %lu, now %lu", what, before, now);
	return before == now;
}

static bool all_same(const struct conserve *a, const struct conserve *b,
		     char *text, size_t size)
{
	return same("Xen's free pages", a->xen_free, b->xen_free, text, size) &&
	       same("this domain's pages", a->pages[0], b->pages[0], text, size) &&
	       same("the peer's pages", a->pages[1], b->pages[1], text, size) &&
	       same("file descriptors", a->fds, b->fds, text, size) &&
	       same("dma-bufs", a->buffers, b->buffers, text, size);
}

/**
 * conserve_end - compare with what there is now
 * @before: what conserve_begin() remembered
 *
 * Waits for what is given back late.
 *
 * Return: NULL if all is as before, or what is not, until the next call.
 */
const char *conserve_end(const struct conserve *before)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };
	time_t end = time(NULL) + patience();
	static char text[64];
	struct conserve now;

	do {
		take(&now, before->peer);
		if (all_same(before, &now, text, sizeof(text)))
			return NULL;
		nanosleep(&nap, NULL);
	} while (time(NULL) < end);

	return text;
}

/**
 * slabs_read - count what there is
 * @slabs: filled in
 */
void slabs_read(struct slabs *slabs)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[256];

	if (!file)
		err(1, "slabinfo");
	slabs->count = 0;
	while (slabs->count < 400 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %lu", slabs->name[slabs->count],
			   &slabs->active[slabs->count]) == 2)
			slabs->count++;
	fclose(file);
}

/**
 * slabs_grown - whether a cache has handed out many more objects
 * @before: what slabs_read() counted
 * @now: and counted again
 * @by: how many are many
 *
 * Return: NULL, or the name of such a cache.
 */
const char *slabs_grown(const struct slabs *before, const struct slabs *now,
			unsigned long by)
{
	unsigned int i, j;

	for (i = 0; i < now->count; i++)
		for (j = 0; j < before->count; j++)
			if (!strcmp(now->name[i], before->name[j]) &&
			    now->active[i] >= before->active[j] + by)
				return now->name[i];
	return NULL;
}
