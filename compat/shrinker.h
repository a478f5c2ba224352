/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shrinkers that the kernel allocates, as since 6.7.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_SHRINKER_H
#define _XEN_GNTDEV_DMABUF_COMPAT_SHRINKER_H

#include <linux/shrinker.h>
#include <linux/slab.h>

static inline struct shrinker *shrinker_alloc(unsigned int flags, const char *name)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker) {
		shrinker->flags = flags;
		shrinker->seeks = DEFAULT_SEEKS;
	}
	return shrinker;
}

/* If registering fails, the shrinker is never called; freeing it is harmless. */
static inline void shrinker_register(struct shrinker *shrinker)
{
	if (register_shrinker(shrinker, "%s", KBUILD_MODNAME))
		pr_warn("cannot register the shrinker\n");
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_SHRINKER_H */
