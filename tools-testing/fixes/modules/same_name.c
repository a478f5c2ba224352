// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a device of the class drm the name card1, so that the DRM device that would get it
 * cannot be registered.  Needs the device card0, for example of vgem.  For the fix of
 * xen-front's failed probe.
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>

#include <drm/drm_file.h>

static struct device *device;

static int __init same_init(void)
{
	struct file *file = filp_open("/dev/dri/card0", O_RDWR, 0);
	struct drm_file *drm_file;

	if (IS_ERR(file))
		return PTR_ERR(file);
	drm_file = file->private_data;
	device = device_create(drm_file->minor->kdev->class, NULL, MKDEV(0, 0), NULL, "card1");
	filp_close(file, NULL);
	return PTR_ERR_OR_ZERO(device);
}

static void __exit same_exit(void)
{
	device_unregister(device);
}

module_init(same_init);
module_exit(same_exit);

MODULE_DESCRIPTION("Takes the name card1 of the class drm");
MODULE_LICENSE("GPL");
