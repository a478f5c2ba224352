// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refuses to save, migrate or hibernate a domain that holds exported buffers.
 *
 * An exported buffer is memory of another domain.  Xen's mapping of it belongs
 * to this domain as it is now: the domain that is made of the saved image, or
 * this machine after it was switched off, has no such mapping.  An importer
 * would read and write other memory, or none.  So the device of source.c gets a
 * driver here, and cannot be frozen while an exported buffer lives.  do_suspend()
 * of drivers/xen/manage.c and hibernation freeze all devices, and both end there
 * without harm.
 *
 * Suspend to RAM is allowed: it suspends devices and does not freeze them, and
 * Xen keeps its mappings.  Imported buffers are this domain's own memory and
 * need nothing here: after a restore the grant table is a new one, in which
 * import.c finds no grant in use.
 *
 * This file has no lock.  A driver in the kernel must not export between the
 * freeze and the thaw of its own device; programs are frozen by then.
 */

#include <linux/platform_device.h>
#include <linux/pm.h>

#include "source.h"
#include "suspend.h"
#include "buf.h"

static int suspend_freeze(struct device *dev)
{
	u64 exports = gntdev_buf_get_stats().exports;

	if (!exports)
		return 0;

	dev_warn_ratelimited(dev, "not frozen: %llu exported buffers are memory of other domains\n",
			     exports);
	return -EBUSY;
}

static const struct dev_pm_ops suspend_ops = {
	.freeze = suspend_freeze,
};

static struct platform_driver suspend_driver = {
	.driver = {
		.name = GNTDEV_SOURCE_NAME,
		.pm = &suspend_ops,
		/* Without its driver the device could be frozen */
		.suppress_bind_attrs = true,
	},
};

/**
 * gntdev_suspend_init - refuse from now on to freeze while buffers are exported
 *
 * Context: process context, may sleep.
 * Return: 0, or what registering a driver fails with.
 */
int gntdev_suspend_init(void)
{
	return platform_driver_register(&suspend_driver);
}

/**
 * gntdev_suspend_exit - when no exported buffer is left
 *
 * Context: process context, may sleep.
 */
void gntdev_suspend_exit(void)
{
	platform_driver_unregister(&suspend_driver);
}
