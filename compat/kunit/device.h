/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header of this name, for kernels before 6.8, which have none: the compiler
 * looks here last (-idirafter).
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_KUNIT_DEVICE_H
#define _XEN_GNTDEV_DMABUF_COMPAT_KUNIT_DEVICE_H

#include <kunit/test.h>

#include <linux/device.h>

static inline void compat_device_unregister(void *dev)
{
	root_device_unregister(dev);
}

static inline struct device *kunit_device_register(struct kunit *test,
						   const char *name)
{
	struct device *dev = root_device_register(name);
	int ret;

	if (IS_ERR(dev))
		return dev;

	ret = kunit_add_action_or_reset(test, compat_device_unregister, dev);
	return ret ? ERR_PTR(ret) : dev;
}

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_KUNIT_DEVICE_H */
