/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Actions after a KUnit case, as since 6.5.  Only the KUnit tests use them.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_KUNIT_H
#define _XEN_GNTDEV_DMABUF_COMPAT_KUNIT_H

#include <kunit/test.h>

struct compat_kunit_action {
	void (*func)(void *ctx);
	void *ctx;
};

static __maybe_unused void compat_kunit_run(struct kunit_resource *res)
{
	struct compat_kunit_action *action = res->data;

	action->func(action->ctx);
	kfree(action);
}

static __maybe_unused bool compat_kunit_match(struct kunit *test,
					      struct kunit_resource *res,
					      void *data)
{
	return res->free == compat_kunit_run &&
	       !memcmp(res->data, data, sizeof(struct compat_kunit_action));
}

static __maybe_unused int
kunit_add_action_or_reset(struct kunit *test, void (*func)(void *ctx), void *ctx)
{
	struct compat_kunit_action *action = kmalloc(sizeof(*action), GFP_KERNEL);

	if (action) {
		action->func = func;
		action->ctx = ctx;
		if (kunit_alloc_resource(test, NULL, compat_kunit_run, GFP_KERNEL,
					 action))
			return 0;
		kfree(action);
	}
	func(ctx);
	return -ENOMEM;
}

static __maybe_unused void
kunit_release_action(struct kunit *test, void (*func)(void *ctx), void *ctx)
{
	struct compat_kunit_action action = { func, ctx };

	kunit_destroy_resource(test, compat_kunit_match, &action);
}

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_KUNIT_H */
