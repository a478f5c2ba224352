// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages without memory, for grants to be mapped on.
 *
 * Where a domain has no unused guest-physical addresses, such a page is one
 * that the balloon driver gave to Xen, at a price above that of mapping a
 * grant; and a page that comes back gets its memory again at once.  So a
 * frame's worth of pages is kept for the next buffer, and given back when
 * memory is short.
 */

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>

#include "pages.h"

/* 32 MiB, or a frame of 3840x2160 pixels of 32 bits */
#define PAGES_KEEP	8192U

static struct gnttab_page_cache kept;
/* Whoever keeps more has seen how many there are. */
static DEFINE_MUTEX(kept_lock);
static struct shrinker *pages_shrinker;

/* Pages that the shrinker queued and the work has not given back yet. */
static atomic_long_t pages_asked;

/**
 * gntdev_pages_cached - how many pages wait for the next buffer
 *
 * Return: the number, which others may change meanwhile.
 */
unsigned int gntdev_pages_cached(void)
{
	return READ_ONCE(kept.num_pages);
}

/*
 * The shrinker cannot give pages back itself: that takes the balloon driver's
 * mutex, whose holder may be the one that waits for memory.  So
 *
 * - scan_objects queues what it is asked for and returns 0, because nothing is
 *   free yet.  Not %SHRINK_STOP: that would end the pass after the first 128
 *   pages, and more can be queued.
 * - count_objects does not offer again what is queued, until it is given back.
 *   Then it no longer counts as kept either.
 *
 * Memory comes back only where a page was ballooned out, and when the balloon
 * driver has got it from Xen.
 */
static void pages_give_back(struct work_struct *work)
{
	unsigned long asked = atomic_long_read(&pages_asked);
	unsigned int have = gntdev_pages_cached();

	gnttab_page_cache_shrink(&kept, have - min_t(unsigned long, asked, have));
	atomic_long_sub(asked, &pages_asked);
}

static DECLARE_WORK(pages_work, pages_give_back);

static unsigned long pages_count(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	unsigned long asked = atomic_long_read(&pages_asked);
	unsigned long have = gntdev_pages_cached();

	return have > asked ? have - asked : SHRINK_EMPTY;
}

static unsigned long pages_scan(struct shrinker *shrinker,
				struct shrink_control *sc)
{
	atomic_long_add(sc->nr_to_scan, &pages_asked);
	schedule_work(&pages_work);
	return 0;
}

/**
 * gntdev_pages_init - before any other function of this file
 *
 * Return: 0 or -ENOMEM.
 */
int gntdev_pages_init(void)
{
	gnttab_page_cache_init(&kept);

	pages_shrinker = shrinker_alloc(0, "xen-gntdev-dmabuf");
	if (!pages_shrinker)
		return -ENOMEM;

	pages_shrinker->count_objects = pages_count;
	pages_shrinker->scan_objects = pages_scan;
	shrinker_register(pages_shrinker);
	return 0;
}

/**
 * gntdev_pages_exit - give all back, when no page is in use
 */
void gntdev_pages_exit(void)
{
	shrinker_free(pages_shrinker);
	cancel_work_sync(&pages_work);
	gnttab_page_cache_shrink(&kept, 0);
}

/**
 * gntdev_pages_alloc - get pages
 * @count: how many
 * @pages: filled in
 *
 * May sleep.
 *
 * Return: 0, or -ENOMEM and there are none.
 */
int gntdev_pages_alloc(unsigned int count, struct page **pages)
{
	unsigned int i, n = min(count, gntdev_pages_cached());

	/* Others may be faster; then this is one that was not kept */
	for (i = 0; i < n; i++)
		if (gnttab_page_cache_get(&kept, &pages[i]))
			goto err_put;

	if (i == count || !gnttab_alloc_pages(count - i, pages + i))
		return 0;

err_put:
	gntdev_pages_free(i, pages);
	return -ENOMEM;
}

/**
 * gntdev_pages_free - give pages back
 * @count: how many
 * @pages: what gntdev_pages_alloc() filled in; nothing is mapped on them
 *
 * May sleep.
 */
void gntdev_pages_free(unsigned int count, struct page **pages)
{
	unsigned int n;

	mutex_lock(&kept_lock);
	n = min(count, PAGES_KEEP - gntdev_pages_cached());
	gnttab_page_cache_put(&kept, pages, n);
	mutex_unlock(&kept_lock);

	if (n < count)
		gnttab_free_pages(count - n, pages + n);
}
