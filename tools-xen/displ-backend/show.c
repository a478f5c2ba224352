// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that show a framebuffer.  They take several turns of the loop, so that
 * no guest waits for the copy or the mode of another one:
 *
 *   1. SET_CONFIG waits for the end of the last flip, and until the guest may
 *      change the mode again.
 *   2. Each turn copies a part of the frame, if the mode of transfer copies.
 *   3. The card begins the change.  The response to PG_FLIP is sent now, that to
 *      SET_CONFIG when the screen shows the frame (connector.c).
 *
 * The connector takes no other request meanwhile.  request.c checks the requests
 * and calls this file; connector.c cancels them.
 */

#include <errno.h>

#include "log.h"
#include "show.h"

/*
 * is_flip - whether SET_CONFIG shows another framebuffer and changes nothing else
 *
 * A card may need a change of the mode for another pixel format, pitch or position.
 */
static bool is_flip(const struct connector *connector)
{
	const struct scanout *new = &connector->job.scanout;
	const struct scanout *old = &connector->view.scanout;

	return view_is_shown(&connector->view) && new->format == old->format &&
	       new->pitch == old->pitch && new->x == old->x && new->y == old->y;
}

/* may_begin - whether SET_CONFIG need not wait; it is continued otherwise */
static bool may_begin(struct connector *connector)
{
	struct buffer_table *buffers = connector->buffers;
	struct view *view = &connector->view;
	struct job *job = &connector->job;

	/* connector.c queues the work at the end of the flip */
	if (view->pending)
		return false;
	if (job->reserved || is_flip(connector))
		return true;
	job->reserved = true;
	buffers->modes++;
	budget_pay(buffers->domain->budget, BUDGET_MODE, 1);
	return !budget_delay(buffers->domain->budget, &job->work);
}

static void step(struct work *work)
{
	struct connector *connector =
		container_of(work, struct connector, job.work);
	struct job *job = &connector->job;
	bool config = job->req.operation == XENDISPL_OP_SET_CONFIG;
	int ret;

	/* No reason of a change that no request waited for */
	refusal(0);
	if (config && !may_begin(connector))
		return;
	if (!fb_draw(job->fb, &job->scanout, &job->line)) {
		loop_queue_work(work);
		return;
	}
	/* The view may call back before view_on() returns */
	job->shown = config;
	ret = config ? view_on(&connector->view, &job->scanout) :
		       view_flip(&connector->view, &job->scanout);
	if (ret || !config)
		connector_finish(connector, refuse_step(ret, "the card"));
}

/**
 * show_fb - show a framebuffer and respond, now or later
 * @connector: connector that received the request
 * @req: the request, a valid SET_CONFIG or PG_FLIP
 * @fb: the framebuffer
 * @scanout: the part to show
 */
void show_fb(struct connector *connector, const struct xendispl_req *req,
	     struct fb *fb, const struct scanout *scanout)
{
	connector->job = (struct job) {
		.work.queue = budget_queue(connector->buffers->domain->budget),
		.work.func = step,
		.req = *req,
		.fb = fb,
		.scanout = *scanout,
	};
	step(&connector->job.work);
}
