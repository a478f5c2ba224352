// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that refuses to freeze, and a child of it that prints which callback resumes it.
 * For the fixes of drivers/xen/manage.c.
 */

#include <linux/errno.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

static bool noirq;
module_param(noirq, bool, 0444);
MODULE_PARM_DESC(noirq, "refuse in freeze_noirq(), not in freeze()");

static int refuse_freeze(struct device *dev)
{
	return noirq ? 0 : -EBUSY;
}

static int refuse_freeze_noirq(struct device *dev)
{
	return noirq ? -EBUSY : 0;
}

static const struct dev_pm_ops refuse_ops = {
	.freeze = refuse_freeze,
	.freeze_noirq = refuse_freeze_noirq,
};

static int child_freeze(struct device *dev)
{
	dev_info(dev, "freeze\n");
	return 0;
}

static int child_thaw(struct device *dev)
{
	dev_info(dev, "thaw\n");
	return 0;
}

static int child_restore(struct device *dev)
{
	dev_info(dev, "restore\n");
	return 0;
}

static const struct dev_pm_ops child_ops = {
	.freeze = child_freeze,
	.thaw = child_thaw,
	.restore = child_restore,
};

static struct platform_driver refuse_driver = {
	.driver = { .name = "refuse_freeze", .pm = &refuse_ops },
};

static struct platform_driver child_driver = {
	.driver = { .name = "refuse_freeze_child", .pm = &child_ops },
};

static struct platform_driver * const drivers[] = { &refuse_driver, &child_driver };
static struct platform_device *parent, *child;

static int __init refuse_init(void)
{
	struct platform_device_info info = {
		.name = "refuse_freeze_child",
		.id = PLATFORM_DEVID_NONE,
	};
	int ret = platform_register_drivers(drivers, ARRAY_SIZE(drivers));

	if (ret)
		return ret;
	parent = platform_device_register_simple("refuse_freeze", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(parent)) {
		ret = PTR_ERR(parent);
		goto fail;
	}
	info.parent = &parent->dev;
	child = platform_device_register_full(&info);
	if (!IS_ERR(child))
		return 0;
	ret = PTR_ERR(child);
	platform_device_unregister(parent);
fail:
	platform_unregister_drivers(drivers, ARRAY_SIZE(drivers));
	return ret;
}

static void __exit refuse_exit(void)
{
	platform_device_unregister(child);
	platform_device_unregister(parent);
	platform_unregister_drivers(drivers, ARRAY_SIZE(drivers));
}

module_init(refuse_init);
module_exit(refuse_exit);

MODULE_DESCRIPTION("A device that refuses to freeze");
MODULE_LICENSE("GPL");
