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

#include "show.h"

/*
 * Changes of the mode that a guest's device can have per second, and at once.
 * No person sees more of them, and a card may need 0.1 s for each.
 */
#define MODES_PER_SECOND	10

#define NS_PER_MODE		(1000000000ULL / MODES_PER_SECOND)

/*
 * delay_mode - reserve the next change of the mode
 *
 * @modes_end of the device is the time at which all changes so far are paid for
 * at the allowed rate.  It may be up to a second ahead.
 */
static bool delay_mode(struct job *job, struct buffer_table *buffers)
{
	uint64_t now = loop_time();

	buffers->modes++;
	if (buffers->modes_end < now)
		buffers->modes_end = now;
	buffers->modes_end += NS_PER_MODE;
	if (buffers->modes_end <= now + NS_PER_MODE * MODES_PER_SECOND)
		return false;
	loop_delay_work(&job->work, buffers->modes_end -
				    NS_PER_MODE * MODES_PER_SECOND);
	return true;
}

/* may_begin - whether SET_CONFIG need not wait; it is continued otherwise */
static bool may_begin(struct connector *connector)
{
	struct view *view = &connector->view;
	struct job *job = &connector->job;

	/* connector.c queues the work at the end of the flip */
	if (view->pending)
		return false;
	if (job->reserved || view_is_shown(view))
		return true;
	job->reserved = true;
	return !delay_mode(job, connector->buffers);
}

static void step(struct work *work)
{
	struct connector *connector =
		container_of(work, struct connector, job.work);
	struct job *job = &connector->job;
	bool config = job->req.operation == XENDISPL_OP_SET_CONFIG;
	int ret;

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
		connector_finish(connector, ret);
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
		.work.queue = &connector->buffers->domain->queue,
		.work.func = step,
		.req = *req,
		.fb = fb,
		.scanout = *scanout,
	};
	step(&connector->job.work);
}
