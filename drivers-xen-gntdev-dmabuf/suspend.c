// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refuses to save, migrate or hibernate a domain that has exports.
 *
 * An exported buffer is memory of another domain, which Xen maps for this domain.
 * A domain that is restored from an image, or booted after hibernation, does not
 * have that mapping: importers would access other memory, or none.  Therefore
 * this file binds a driver to the device of source.c, whose freeze callback fails
 * while an export exists.  do_suspend() (drivers/xen/manage.c) and hibernation
 * freeze all devices, and resume them when a device refuses.  do_suspend() resumes
 * the frontends correctly only with the fix "xen/manage: resume devices as cancelled
 * if a device refuses to freeze": without it they connect to their backends again.
 *
 * Suspend to RAM is allowed: it does not freeze devices, and Xen keeps the
 * mappings.  Imported buffers are memory of this domain and need nothing here:
 * after a restore the grant table is new, and import.c finds no grant in use.
 *
 * ioctl.c calls this file.  It owns no lock.  Programs are frozen before devices;
 * a driver must not export between the freeze and the thaw of its own device.
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
 * gntdev_suspend_init - register the driver that refuses to freeze
 *
 * Context: module initialisation, may sleep.
 * Return: 0, or the errno of registering a driver.
 */
int gntdev_suspend_init(void)
{
	return platform_driver_register(&suspend_driver);
}

/**
 * gntdev_suspend_exit - unregister the driver
 *
 * Context: module exit, may sleep; no export exists.
 */
void gntdev_suspend_exit(void)
{
	platform_driver_unregister(&suspend_driver);
}
