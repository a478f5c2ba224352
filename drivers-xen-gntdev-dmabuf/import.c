// SPDX-License-Identifier: GPL-2.0-only
/*
 * Imported buffers: the pages of a dma-buf granted to another domain.
 *
 * This file grants the pages to the peer domain and ends the grants.  It leaves
 * attaching the dma-buf and checking its pages to source.c, and waiting for the
 * release to buf.c.
 *
 * A grant cannot be ended while the peer domain maps it, and Xen sends no event
 * when the peer domain unmaps it.  The exporter must not get its buffer back
 * before the last grant has ended: it would free pages that the peer domain
 * can still access.  So gntdev_import_release() does not wait: a work tries
 * again, with growing intervals.
 *
 * This file has no lock.  Until gntdev_import_release() the caller owns the
 * import, afterwards the work does.
 *
 * Callers: the import ioctls and api.c; ioctl.c for init and exit.
 */

#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/gntdev-dmabuf.h>
#include <xen/page.h>

#include "buf.h"
#include "import.h"
#include "quota.h"
#include "request.h"
#include "trace.h"

/* References in one allocation, during which the grant table holds a lock */
#define IMPORT_BATCH	256U

/* Intervals of the work in jiffies; the grant table also retries each second */
#define IMPORT_DELAY_FIRST	1
#define IMPORT_DELAY_MAX	HZ

static struct workqueue_struct *import_queue;

/**
 * gntdev_import_init - allocate the workqueue of released imports
 *
 * Must precede any other function of this file.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there is no memory for the workqueue.
 */
int gntdev_import_init(void)
{
	/* Freezable: do not return buffers to an exporter that is suspended */
	import_queue = alloc_workqueue("xen-gntdev-dmabuf",
				       WQ_UNBOUND | WQ_FREEZABLE, 0);
	return import_queue ? 0 : -ENOMEM;
}

/**
 * gntdev_import_exit - destroy the workqueue
 *
 * No import is left.  This waits for the work that finished the last one.
 *
 * Context: process context, sleeps.
 */
void gntdev_import_exit(void)
{
	destroy_workqueue(import_queue);
}

/* import_end_grants - end grants that are not mapped; true if none is left */
static bool import_end_grants(struct gntdev_import *import)
{
	unsigned int i, left = 0;

	for (i = 0; i < import->nr_refs; i++) {
		if (!gnttab_try_end_foreign_access(import->refs[i]))
			import->refs[left++] = import->refs[i];
		if (i % IMPORT_BATCH == 0)
			cond_resched();
	}

	import->nr_refs = left;
	trace_gntdev_dmabuf_end(gntdev_buf_id(import->buf), left);
	return !left;
}

static void import_uncharge(struct gntdev_import *import)
{
	if (import->quota)
		gntdev_quota_uncharge(import->quota, import->count);
}

static void import_free(struct gntdev_import *import)
{
	gntdev_quota_put(import->quota);
	kvfree(import->refs);
	kfree(import);
}

/* import_finish - give the buffer back to the exporter when no grant is left */
static void import_finish(struct gntdev_import *import)
{
	gntdev_source_put(import->source);
	import_uncharge(import);
	gntdev_buf_unregister(import->buf);
	import_free(import);
	module_put(THIS_MODULE);
}

static void import_retry(struct work_struct *work)
{
	struct gntdev_import *import;

	import = container_of(to_delayed_work(work), struct gntdev_import,
			      retry);
	if (import_end_grants(import)) {
		import_finish(import);
		return;
	}

	gntdev_buf_set_releasing(import->buf, import->nr_refs);
	import->delay = min_t(unsigned long, 2 * import->delay,
			      IMPORT_DELAY_MAX);
	queue_delayed_work(import_queue, &import->retry, import->delay);
}

/**
 * gntdev_import_release - end the grants of an import
 * @import: an import that gntdev_import_create() returned; the caller must not
 *          use it afterwards
 *
 * Does not wait for the peer domain.  From now on the peer domain cannot map
 * pages that it has not mapped.  When it has unmapped all others, the exporter
 * gets its buffer back and the buffer record is unregistered.
 *
 * Context: process context, may sleep.
 */
void gntdev_import_release(struct gntdev_import *import)
{
	if (import_end_grants(import)) {
		import_finish(import);
		return;
	}

	gntdev_buf_set_releasing(import->buf, import->nr_refs);
	queue_delayed_work(import_queue, &import->retry, import->delay);
}

/**
 * struct import_grant - state while the pages of a buffer are granted
 * @refs: entry for the next reference
 * @domid: the peer domain
 * @readonly: whether the peer domain must not write to the pages
 * @left: number of pages that no reference is allocated for yet
 * @ready: number of references that are allocated and not used yet
 * @head: head of the list of these references
 */
struct import_grant {
	grant_ref_t *refs;
	domid_t domid;
	bool readonly;
	unsigned int left;
	unsigned int ready;
	grant_ref_t head;
};

/* import_alloc_refs - allocate the next batch of references */
static int import_alloc_refs(struct import_grant *grant)
{
	unsigned int n = min(grant->left, IMPORT_BATCH);
	int ret;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();

	ret = gnttab_alloc_grant_references(n, &grant->head);
	if (ret)
		return ret;

	grant->ready = n;
	grant->left -= n;
	return 0;
}

/* import_grant_pages - grant contiguous pages */
static int import_grant_pages(struct import_grant *grant, unsigned long pfn,
			      u64 count)
{
	grant_ref_t ref;
	int ret;

	for (; count; count--, pfn++) {
		if (!grant->ready) {
			ret = import_alloc_refs(grant);
			if (ret)
				return ret;
		}

		ref = gnttab_claim_grant_reference(&grant->head);
		grant->ready--;
		gnttab_grant_foreign_access_ref(ref, grant->domid,
						pfn_to_gfn(pfn),
						grant->readonly);
		*grant->refs++ = ref;
	}

	return 0;
}

/* import_grant - grant all pages; after an error @import has those granted */
static int import_grant(struct gntdev_import *import,
			const struct gntdev_request *request)
{
	struct import_grant grant = {
		.refs = import->refs,
		.domid = request->domid,
		.readonly = request->flags & GNTDEV_DMABUF_IMPORT_READONLY,
		.left = request->count,
	};
	u64 n, left = request->count;
	struct scatterlist *sg;
	unsigned long pfn;
	unsigned int i;
	int ret = 0;

	for_each_sgtable_dma_sg(import->source->sgt, sg, i) {
		n = gntdev_source_segment_pages(sg, left, &pfn);
		ret = import_grant_pages(&grant, pfn, n);
		if (ret)
			break;
		left -= n;
	}

	/* No reference is left over: only import_alloc_refs() can fail */
	import->nr_refs = grant.refs - import->refs;
	return ret;
}

/* import_alloc - allocate an import without grants, charged to the quota */
static struct gntdev_import *import_alloc(const struct gntdev_request *request)
{
	struct gntdev_import *import;

	import = kzalloc_obj(*import);
	if (!import)
		return ERR_PTR(-ENOMEM);

	import->count = request->count;
	import->refs = kvmalloc_array(import->count, sizeof(*import->refs),
				      GFP_KERNEL);
	if (!import->refs) {
		kfree(import);
		return ERR_PTR(-ENOMEM);
	}

	if (request->quota)
		import->quota = gntdev_quota_get(request->quota);
	if (import->quota && !gntdev_quota_charge(import->quota, import->count)) {
		import_free(import);
		return ERR_PTR(-EDQUOT);
	}

	INIT_DELAYED_WORK(&import->retry, import_retry);
	import->delay = IMPORT_DELAY_FIRST;
	return import;
}

/*
 * import_get_source - get the source and check its number of pages
 *
 * The peer domain cannot wait for fences.  So wait here until devices have
 * finished the accesses that they began before the import.
 */
static int import_get_source(struct gntdev_import *import,
			     const struct gntdev_request *request,
			     struct dma_buf *dmabuf)
{
	bool readonly = request->flags & GNTDEV_DMABUF_IMPORT_READONLY;
	struct gntdev_source *source;
	int ret;

	source = gntdev_source_get(dmabuf, readonly);
	if (IS_ERR(source))
		return PTR_ERR(source);

	if (source->count != request->count)
		ret = -EINVAL;
	else
		ret = gntdev_source_wait(dmabuf, readonly);
	if (ret) {
		gntdev_source_put(source);
		return ret;
	}

	import->source = source;
	return 0;
}

/**
 * gntdev_import_create - grant the pages of a dma-buf to a domain
 * @request: the peer domain, number of pages and flags; the caller has checked
 *           it
 * @dmabuf: the dma-buf; the import takes a reference
 *
 * Waits until devices have finished the accesses that they have begun, then
 * grants all pages or none.
 *
 * Context: process context, sleeps.  The caller holds no lock, because the task
 * can be frozen.
 * Return: the import, to be released with gntdev_import_release(), or ERR_PTR:
 * -EINVAL if the dma-buf has another number of pages; -EOPNOTSUPP if a page
 * cannot be granted; -EDQUOT if the gntdev file would have more pages than it may;
 * -ENOSPC if there are not enough grant references; -ENOMEM if there is no memory;
 * -EINTR after a fatal signal; or the exporter's error.
 */
struct gntdev_import *gntdev_import_create(const struct gntdev_request *request,
					   struct dma_buf *dmabuf)
{
	struct gntdev_buf_info info = {
		.import = true,
		.file_id = request->file_id,
		.domid = request->domid,
		.count = request->count,
		.flags = request->flags,
	};
	struct gntdev_import *import;
	int ret;

	import = import_alloc(request);
	if (IS_ERR(import))
		return import;

	ret = import_get_source(import, request, dmabuf);
	if (ret)
		goto err_uncharge;

	ret = -ENOMEM;
	info.data_ofs = import->source->data_ofs;
	import->buf = gntdev_buf_register(&info);
	if (!import->buf)
		goto err_put;

	__module_get(THIS_MODULE);
	ret = import_grant(import, request);
	trace_gntdev_dmabuf_grant(gntdev_buf_id(import->buf), request->domid,
				  request->count, ret);
	if (ret) {
		/* The peer domain may have guessed and mapped a reference */
		gntdev_import_release(import);
		return ERR_PTR(ret);
	}

	return import;

err_put:
	gntdev_source_put(import->source);
err_uncharge:
	import_uncharge(import);
	import_free(import);
	return ERR_PTR(ret);
}
