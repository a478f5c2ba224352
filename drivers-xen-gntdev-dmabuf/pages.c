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
 * once.  So this file caches the pages of up to one frame for the next buffer,
 * and a shrinker frees them when memory is short.
 *
 * Locks: pages_cache_lock serializes additions to the cache, so that the cache
 * does not exceed PAGES_CACHE_MAX.  The cache has a lock of its own for its
 * list.
 *
 * Callers: grants.c, and ioctl.c for init and exit; show.c reads the number of
 * cached pages.
 */

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>

#include "pages.h"

/* Pages: 32 MiB, or one frame of 3840x2160 pixels of 32 bits */
#define PAGES_CACHE_MAX	8192U

static struct gnttab_page_cache pages_cache;
static DEFINE_MUTEX(pages_cache_lock);
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
	/* Racy: the cache changes the number under its own lock, unmarked */
	return data_race(READ_ONCE(pages_cache.num_pages));
}

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
	unsigned int cached = gntdev_pages_cached();

	gnttab_page_cache_shrink(&pages_cache, cached -
				 min_t(unsigned long, queued, cached));
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
 * gntdev_pages_init - initialise the page cache and register its shrinker
 *
 * Must precede any other function of this file.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there is no memory for the shrinker.
 */
int gntdev_pages_init(void)
{
	gnttab_page_cache_init(&pages_cache);

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
	gnttab_page_cache_shrink(&pages_cache, 0);
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
	unsigned int i, n = min(count, gntdev_pages_cached());

	/* If another task emptied the cache, this allocates a new page */
	for (i = 0; i < n; i++)
		if (gnttab_page_cache_get(&pages_cache, &pages[i]))
			goto err_put;

	if (i == count || !gnttab_alloc_pages(count - i, pages + i))
		return 0;

err_put:
	gntdev_pages_free(i, pages);
	return -ENOMEM;
}

/**
 * gntdev_pages_free - free pages or put them into the cache
 * @count: number of pages
 * @pages: pages that gntdev_pages_alloc() returned, with no grant mapped over
 *         them
 *
 * Context: process context, may sleep.
 */
void gntdev_pages_free(unsigned int count, struct page **pages)
{
	unsigned int n;

	mutex_lock(&pages_cache_lock);
	n = min(count, PAGES_CACHE_MAX - gntdev_pages_cached());
	gnttab_page_cache_put(&pages_cache, pages, n);
	mutex_unlock(&pages_cache_lock);

	if (n < count)
		gnttab_free_pages(count - n, pages + n);
}
