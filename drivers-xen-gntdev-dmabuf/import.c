// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dma-buf's pages granted to a domain, and taken back.
 *
 * A grant that the other domain has mapped cannot be ended, and nobody tells
 * when it is unmapped.  Until the last one is, the exporter does not get its
 * buffer back: its pages would be allocated anew under the other domain's eyes.
 * So who releases a buffer does not wait, and a worker looks again, ever less
 * often.
 */

#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <xen/gntdev-dmabuf.h>
#include <xen/page.h>

#include "import.h"
#include "request.h"
#include "trace.h"
#include "buf.h"

/* References allocated at a time, which the grant table does under a lock. */
#define IMPORT_BATCH	256U

/* The worker looks after a jiffy, and in the end once a second, as Xen's own. */
#define IMPORT_DELAY_FIRST	1
#define IMPORT_DELAY_MOST	HZ

static struct workqueue_struct *import_queue;

/**
 * gntdev_import_init - before any other function of this file
 *
 * Return: 0 or -ENOMEM.
 */
int gntdev_import_init(void)
{
	/* The exporter gets nothing back while its device is suspended */
	import_queue = alloc_workqueue("xen-gntdev-dmabuf",
				       WQ_UNBOUND | WQ_FREEZABLE, 0);
	return import_queue ? 0 : -ENOMEM;
}

/**
 * gntdev_import_exit - when no import is left
 *
 * The worker that ended the last one may still be on its way out.
 */
void gntdev_import_exit(void)
{
	destroy_workqueue(import_queue);
}

/* import_revoke - whether nothing is left that the other domain maps */
static bool import_revoke(struct gntdev_import *import)
{
	unsigned int i, held = 0;

	for (i = 0; i < import->held; i++) {
		if (!gnttab_try_end_foreign_access(import->refs[i]))
			import->refs[held++] = import->refs[i];
		if (i % IMPORT_BATCH == 0)
			cond_resched();
	}

	import->held = held;
	trace_gntdev_dmabuf_end(gntdev_buf_id(import->buf), held);
	return !held;
}

static void import_free(struct gntdev_import *import)
{
	kvfree(import->refs);
	kfree(import);
}

/* import_finish - the exporter's buffer is its own again */
static void import_finish(struct gntdev_import *import)
{
	gntdev_source_put(import->source);
	gntdev_buf_unregister(import->buf);
	import_free(import);
	module_put(THIS_MODULE);
}

static void import_retry(struct work_struct *work)
{
	struct gntdev_import *import;

	import = container_of(to_delayed_work(work), struct gntdev_import, retry);
	if (import_revoke(import)) {
		import_finish(import);
		return;
	}

	import->delay = min_t(unsigned long, 2 * import->delay,
			      IMPORT_DELAY_MOST);
	queue_delayed_work(import_queue, &import->retry, import->delay);
}

/**
 * gntdev_import_release - take the buffer back
 * @import: what gntdev_import_create() returned, no longer the caller's
 *
 * Does not wait for the other domain.  What that has not mapped it cannot map
 * any more; when it has unmapped the rest, the buffer's buf ends.  May sleep.
 */
void gntdev_import_release(struct gntdev_import *import)
{
	gntdev_buf_set_state(import->buf, GNTDEV_BUF_RELEASING);
	if (import_revoke(import))
		import_finish(import);
	else
		queue_delayed_work(import_queue, &import->retry, import->delay);
}

/**
 * struct import_grant - granting, page after page
 * @refs: where the next reference goes
 * @domid: who may map the pages
 * @readonly: whether for reading only
 * @left: pages for which no reference is allocated yet
 * @ready: references that are allocated
 * @head: of the list of those
 */
struct import_grant {
	grant_ref_t *refs;
	domid_t domid;
	bool readonly;
	unsigned int left;
	unsigned int ready;
	grant_ref_t head;
};

/* import_prepare - allocate the next references */
static int import_prepare(struct import_grant *grant)
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

/* import_grant_pages - grant pages that follow each other */
static int import_grant_pages(struct import_grant *grant, unsigned long pfn,
			    u64 count)
{
	grant_ref_t ref;
	int ret;

	for (; count; count--, pfn++) {
		if (!grant->ready) {
			ret = import_prepare(grant);
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

/* import_grant - grant all pages; what was granted before an error is held */
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

	/* None is left over: only allocating the next ones can fail */
	import->held = grant.refs - import->refs;
	return ret;
}

static struct gntdev_import *import_alloc(unsigned int count)
{
	struct gntdev_import *import;

	import = kzalloc(sizeof(*import), GFP_KERNEL);
	if (!import)
		return NULL;

	import->refs = kvmalloc_array(count, sizeof(*import->refs), GFP_KERNEL);
	if (!import->refs) {
		kfree(import);
		return NULL;
	}

	INIT_DELAYED_WORK(&import->retry, import_retry);
	import->delay = IMPORT_DELAY_FIRST;
	return import;
}

/*
 * import_open - get the source, if it is what the request says and can be granted
 *
 * The other domain cannot wait for fences, so this does: devices have finished
 * what they began before the import.
 */
static int import_open(struct gntdev_import *import,
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
 * gntdev_import_create - grant the pages of a dma-buf
 * @request: to whom, how many and how; checked
 * @dmabuf: the buffer, of which a reference is taken
 *
 * All pages are granted or none, after the devices have finished what they were
 * doing with the buffer.
 *
 * Context: process context, sleeps; no lock may be held, because the task may be
 * frozen.
 *
 * Return: the import, until gntdev_import_release(), or ERR_PTR: -EINVAL if
 * the buffer has another number of pages, -EOPNOTSUPP if they cannot be
 * granted, -ENOSPC if there are not enough references, -ENOMEM, -EINTR if a
 * fatal signal came, and what the exporter fails with.
 */
struct gntdev_import *gntdev_import_create(const struct gntdev_request *request,
					   struct dma_buf *dmabuf)
{
	struct gntdev_buf_info info = {
		.import = true,
		.context = request->context,
		.domid = request->domid,
		.count = request->count,
		.flags = request->flags,
	};
	struct gntdev_import *import;
	int ret;

	import = import_alloc(request->count);
	if (!import)
		return ERR_PTR(-ENOMEM);

	ret = import_open(import, request, dmabuf);
	if (ret)
		goto err_free;

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
		/* The other domain may have tried what it was not told yet */
		gntdev_import_release(import);
		return ERR_PTR(ret);
	}

	return import;

err_put:
	gntdev_source_put(import->source);
err_free:
	import_free(import);
	return ERR_PTR(ret);
}
