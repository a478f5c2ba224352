// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local pages without memory, for grants to be mapped over.
 *
 * This file allocates and frees the pages and caches free ones.  It leaves
 * mapping to grants.c and contiguous pages to contig.c.
 *
 * A domain without unused guest-physical addresses takes such a page from the
 * balloon driver, which balloons out a page of memory for it.  That costs more
 * than mapping a grant, and the balloon driver populates a freed page again at
 * once.  So this file caches freed pages for the next buffer.  It caches all freed
 * pages for five to ten seconds, and 8192 of them until memory is short: then a
 * shrinker frees them.
 *
 * A gnttab_page_cache returns one page at a time, under a lock, which costs an
 * export 42 to 50 instructions a page.  From this cache a buffer takes all its
 * pages at once.
 *
 * Locks: pages_lock protects the list of cached pages and the counts of them.
 * The balloon driver is not called under it.
 *
 * Callers: grants.c, and ioctl.c for init and exit; show.c reads the number of
 * cached pages.
 */

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>

#include "pages.h"

/* Pages: 32 MiB, or one frame of 3840x2160 pixels of 32 bits */
#define PAGES_CACHE_FRAME	8192U

/* Jiffies without need after which pages beyond one frame are freed */
#define PAGES_IDLE		(5 * HZ)

/* Pages that are freed at once */
#define PAGES_BATCH		32

/* Linked by zone_device_data, as in a gnttab_page_cache */
static struct page *pages_cache;
static unsigned int pages_cached;
/* Smallest value of pages_cached since pages_trim() */
static unsigned int pages_unneeded;
static DEFINE_MUTEX(pages_lock); /* the three above */
static struct shrinker *pages_shrinker;

/* Pages that the shrinker has queued and the work has not yet freed */
static atomic_long_t pages_to_shrink;

/**
 * gntdev_pages_cached - number of cached pages
 *
 * All callers accept a number that is out of date.
 *
 * Context: any.
 * Return: the number of pages; other tasks can change it at any time.
 */
unsigned int gntdev_pages_cached(void)
{
	return READ_ONCE(pages_cached);
}

/* pages_take - take up to @count pages from the cache; returns their number */
static unsigned int pages_take(unsigned int count, struct page **pages)
{
	unsigned int n;

	mutex_lock(&pages_lock);
	for (n = 0; n < count && pages_cache; n++) {
		pages[n] = pages_cache;
		pages_cache = pages[n]->zone_device_data;
	}
	WRITE_ONCE(pages_cached, pages_cached - n);
	pages_unneeded = min(pages_unneeded, pages_cached);
	mutex_unlock(&pages_lock);

	return n;
}

/* pages_drop - free up to @count cached pages */
static void pages_drop(unsigned long count)
{
	struct page *pages[PAGES_BATCH];
	unsigned int n;

	for (; count; count -= n) {
		n = pages_take(min_t(unsigned long, count, PAGES_BATCH), pages);
		if (!n)
			return;
		gnttab_free_pages(n, pages);
	}
}

/* pages_trim - free the pages beyond one frame that were not needed since the last call */
static void pages_trim(struct work_struct *work)
{
	unsigned int n;

	mutex_lock(&pages_lock);
	n = pages_unneeded;
	pages_unneeded = pages_cached;
	mutex_unlock(&pages_lock);

	if (n > PAGES_CACHE_FRAME)
		pages_drop(n - PAGES_CACHE_FRAME);
	if (gntdev_pages_cached() > PAGES_CACHE_FRAME)
		schedule_delayed_work(to_delayed_work(work), PAGES_IDLE);
}

static DECLARE_DELAYED_WORK(pages_trim_work, pages_trim);

/*
 * The shrinker must not free pages itself: the balloon driver's mutex is needed
 * for that, and the holder of that mutex may be the task that reclaims memory.
 * Therefore
 *
 * - scan_objects queues the requested number for a work and returns 0, because
 *   no page is free yet.  It does not return %SHRINK_STOP, which would end the
 *   pass after the first 128 pages.
 * - count_objects does not count queued pages until they are freed; they have
 *   then left the cache.
 *
 * Freeing a page gains memory only if the page was ballooned out, and only
 * after the balloon driver got memory for it from Xen.
 */
static void pages_shrink(struct work_struct *work)
{
	unsigned long queued = atomic_long_read(&pages_to_shrink);

	pages_drop(queued);
	atomic_long_sub(queued, &pages_to_shrink);
}

static DECLARE_WORK(pages_shrink_work, pages_shrink);

static unsigned long pages_count(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	unsigned long queued = atomic_long_read(&pages_to_shrink);
	unsigned long cached = gntdev_pages_cached();

	return cached > queued ? cached - queued : SHRINK_EMPTY;
}

static unsigned long pages_scan(struct shrinker *shrinker,
				struct shrink_control *sc)
{
	atomic_long_add(sc->nr_to_scan, &pages_to_shrink);
	schedule_work(&pages_shrink_work);
	return 0;
}

/**
 * gntdev_pages_init - register the shrinker of the cached pages
 *
 * Must precede any other function of this file.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there is no memory for the shrinker.
 */
int gntdev_pages_init(void)
{
	pages_shrinker = shrinker_alloc(0, "xen-gntdev-dmabuf");
	if (!pages_shrinker)
		return -ENOMEM;

	pages_shrinker->count_objects = pages_count;
	pages_shrinker->scan_objects = pages_scan;
	shrinker_register(pages_shrinker);
	return 0;
}

/**
 * gntdev_pages_exit - unregister the shrinker and free all cached pages
 *
 * The caller has freed all pages that it allocated.
 *
 * Context: process context, may sleep.
 */
void gntdev_pages_exit(void)
{
	shrinker_free(pages_shrinker);
	cancel_work_sync(&pages_shrink_work);
	cancel_delayed_work_sync(&pages_trim_work);
	pages_drop(ULONG_MAX);
}

/**
 * gntdev_pages_alloc - allocate pages without memory
 * @count: number of pages, at least 1
 * @pages: array of @count entries, filled in
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there are not enough pages; then none is allocated.
 */
int gntdev_pages_alloc(unsigned int count, struct page **pages)
{
	unsigned int n = pages_take(count, pages);

	if (n == count || !gnttab_alloc_pages(count - n, pages + n))
		return 0;

	gntdev_pages_free(n, pages);
	return -ENOMEM;
}

/**
 * gntdev_pages_free - put pages into the cache
 * @count: number of pages
 * @pages: pages that gntdev_pages_alloc() returned, with no grant mapped over
 *         them
 *
 * Context: process context, may sleep.
 */
void gntdev_pages_free(unsigned int count, struct page **pages)
{
	unsigned int i;

	mutex_lock(&pages_lock);
	/* Backwards, so that the next buffer takes them in the same order */
	for (i = count; i--;) {
		pages[i]->zone_device_data = pages_cache;
		pages_cache = pages[i];
	}
	WRITE_ONCE(pages_cached, pages_cached + count);
	if (pages_cached > PAGES_CACHE_FRAME)
		schedule_delayed_work(&pages_trim_work, PAGES_IDLE);
	mutex_unlock(&pages_lock);
}
