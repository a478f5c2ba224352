// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conservation of memory, pages, descriptors, dma-bufs and slab objects: see
 * conserve.h.
 */

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
#include "files.h"

/**
 * conserve_patience - how long to wait for resources that are freed late
 *
 * Xen and the kernel's workers free some resources late, but within a minute.
 * The environment variable PATIENCE replaces that minute, in seconds: a kernel
 * that loses much (Linux 6.12's driver does) would otherwise cost a minute a test.
 *
 * Return: the time in seconds.
 */
time_t conserve_patience(void)
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

/* The last line of the dma-buf core's list in debugfs has the number of buffers */
static unsigned long count_buffers(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "r");
	bool found = false;
	unsigned long n;
	char line[256];

	if (!file)
		err(1, "bufinfo");
	while (fgets(line, sizeof(line), file))
		found |= sscanf(line, "Total %lu objects", &n) == 1;
	fclose(file);
	if (!found)
		errx(1, "bufinfo has no number of dma-bufs");
	return n;
}

/* own_pages - pages of this domain, as its balloon driver counts them */
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

/**
 * domain_pages - count the pages that a domain has
 * @xc: handle of libxenctrl
 * @domid: the domain
 *
 * Return: the number.  Exits if there is no such domain.
 */
unsigned long domain_pages(xc_interface *xc, unsigned int domid)
{
	xc_domaininfo_t info;

	if (xc_domain_getinfolist(xc, domid, 1, &info) != 1 || info.domain != domid)
		errx(1, "no domain %u", domid);
	return info.tot_pages;
}

/*
 * Xen answers questions about itself and other domains only to domain 0.  In a
 * guest these members stay 0, and a check in domain 0 has to cover them.
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
 * conserve_begin - record the resources before a test
 * @before: filled in
 * @peer: the peer domain whose memory is counted
 */
void conserve_begin(struct conserve *before, unsigned int peer)
{
	take(before, peer);
}

/* same - compare a resource; a difference is added to @text */
static bool same(const char *what, unsigned long before, unsigned long now,
		 char *text, size_t size)
{
	size_t len = strlen(text);

	if (before != now)
		snprintf(text + len, size - len, "%s%s: %lu, now %lu", len ? "; " : "",
			 what, before, now);
	return before == now;
}

/* all_same - compare all resources; @text has the differences */
static bool all_same(const struct conserve *a, const struct conserve *b,
		     char *text, size_t size)
{
	*text = '\0';
	/* Not &&: a page that Xen lacks can be one that this domain has more */
	return same("Xen's free pages", a->xen_free, b->xen_free, text, size) &
	       same("this domain's pages", a->pages[0], b->pages[0], text, size) &
	       same("the peer's pages", a->pages[1], b->pages[1], text, size) &
	       same("file descriptors", a->fds, b->fds, text, size) &
	       same("dma-bufs", a->buffers, b->buffers, text, size);
}

/**
 * conserve_end - compare the resources with those before the test
 * @before: filled in by conserve_begin()
 *
 * Waits for resources that Xen or the kernel frees late.
 *
 * Return: NULL if all are the same; else a text that names the differences, valid
 * until the next call.
 */
const char *conserve_end(const struct conserve *before)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };
	time_t end = time(NULL) + conserve_patience();
	static char text[256];
	struct conserve now;

	do {
		take(&now, before->peer);
		if (all_same(before, &now, text, sizeof(text)))
			return NULL;
		nanosleep(&nap, NULL);
	} while (time(NULL) < end);

	return text;
}

/* Bytes that Xen keeps of what it has printed, if its command line does not say more */
#define CONSOLE		16384

/*
 * printed - let Xen print what it does for a key of its console
 *
 * Returns the text from @from on, valid until the next call.  Exits on an error.
 */
static const char *printed(xc_interface *xc, char key, const char *from)
{
	unsigned int old = CONSOLE, size = CONSOLE;
	static char text[CONSOLE + 1];
	char keys[] = { key, '\0' };
	const char *at;

	/* Clear what it printed before */
	if (xc_readconsolering(xc, text, &old, 1, 0, NULL) ||
	    xc_send_debug_keys(xc, keys) ||
	    xc_readconsolering(xc, text, &size, 0, 0, NULL))
		err(1, "the console of Xen");
	text[size] = '\0';
	at = strstr(text, from);
	if (!at)
		errx(1, "Xen prints no '%s' for the key %c", from, key);
	return at;
}

/**
 * xen_tables - pages of Xen in tables for domain 0 that grow and never shrink
 *
 * Such a table grows when a test uses more of something than any test before, which depends
 * on the moment or on the address of a page.  Xen says how many pages these tables have:
 *
 * - the maptrack table of a domain has an entry for each mapping of a grant.  Each virtual
 *   processor has pages of its own, with 256 entries (get_maptrack_handle() in
 *   xen/common/grant_table.c);
 * - on Arm the memory of domain 0 is mapped in blocks of 1 GiB and 2 MiB.  A block is split,
 *   which takes a page, when the first page of it is ballooned out, as for a contiguous
 *   buffer (p2m_split_superpage() in xen/arch/arm/mmu/p2m.c).
 *
 * Exits on an error.  Works in domain 0 only.
 *
 * Return: the number of pages.
 */
unsigned long xen_tables(void)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	unsigned long maptrack, split[2] = { 0 };

	if (!xc)
		err(1, "Xen");
	if (sscanf(printed(xc, 'g', "grant-table for remote d0 "),
		   "%*[^\n] (XEN) %*u frames (%*u max), %lu maptrack", &maptrack) != 1)
		errx(1, "the key g prints no frames");
#if defined(__aarch64__)
	if (sscanf(printed(xc, 'q', "p2m mappings for domain 0 "),
		   "%*[^\n] (XEN) 1G mappings: %*d (shattered %lu) (XEN) 2M mappings: %*d (shattered %lu)",
		   &split[0], &split[1]) != 2)
		errx(1, "the key q prints no mappings");
#endif
	xc_interface_close(xc);
	return maptrack + split[0] + split[1];
}

/**
 * slabs_unreliable - why the kernel's counts of objects do not show a leak
 *
 * The file exists in each kernel with kmemleak.  Where the kernel parameter kmemleak=off
 * disabled it, all writes but "clear" fail.  This one sets what is the default.
 *
 * Return: the reason, or NULL.
 */
const char *slabs_unreliable(void)
{
	return file_write("/sys/kernel/debug/kmemleak", "stack=on") ? NULL :
	       "kmemleak is enabled, which retains freed objects, and finds leaks itself";
}

/*
 * shrink_slabs - free the empty slabs of all caches
 *
 * Also frees the objects that KASAN retains for a while after they were freed, and
 * returns the slabs of the processors.
 */
static void shrink_slabs(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *entry;
	char path[320];

	/* Links are other names of a cache */
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
		file_write(path, "1");
	}
	if (dir)
		closedir(dir);
}

/**
 * slabs_read - count the allocated objects of all slab caches
 * @slabs: filled in
 */
void slabs_read(struct slabs *slabs)
{
	char line[256];
	FILE *file;

	shrink_slabs();
	file = fopen("/proc/slabinfo", "r");
	if (!file)
		err(1, "slabinfo");
	slabs->count = 0;
	while (slabs->count < 400 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %lu", slabs->name[slabs->count],
			   &slabs->active[slabs->count]) == 2)
			slabs->count++;
	fclose(file);
}

/* slabs_grown_now - the name of a cache that has @by objects more, or NULL */
static const char *slabs_grown_now(const struct slabs *before, unsigned long by)
{
	static struct slabs now;
	unsigned int i, j;

	slabs_read(&now);
	for (i = 0; i < now.count; i++)
		for (j = 0; j < before->count; j++)
			if (!strcmp(now.name[i], before->name[j]) &&
			    now.active[i] >= before->active[j] + by)
				return now.name[i];
	return NULL;
}

/**
 * slabs_grown - find a cache that has many more objects than before
 * @before: filled in by slabs_read() before
 * @by: number of objects that counts as many
 *
 * Waits for objects that the kernel frees late.
 *
 * Return: the name of such a cache, valid until the next call, or NULL.
 */
const char *slabs_grown(const struct slabs *before, unsigned long by)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };
	time_t end = time(NULL) + conserve_patience();
	const char *grown;

	while ((grown = slabs_grown_now(before, by)) && time(NULL) < end)
		nanosleep(&nap, NULL);
	return grown;
}
