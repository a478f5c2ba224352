// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the kernel API before gntdev is initialised.
 */

#include <kunit/test.h>

#include <linux/err.h>

#include <xen/dmabuf.h>
#include <xen/gntdev-dmabuf.h>

#include "api.h"

/* The array of references is NULL: the function must not read it. */
static void export_before_init_finds_no_device(struct kunit *test)
{
	struct xen_dmabuf_export export = { .domid = 1, .count = 1 };

	KUNIT_EXPECT_EQ(test, -ENODEV, PTR_ERR(xen_dmabuf_export(&export)));
	export.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	KUNIT_EXPECT_EQ(test, -ENODEV, PTR_ERR(xen_dmabuf_export(&export)));
}

/* The dma-buf is NULL: the function must not read it. */
static void import_before_init_finds_no_device(struct kunit *test)
{
	struct xen_dmabuf_import import = { .domid = 1, .count = 1 };

	KUNIT_EXPECT_EQ(test, -ENODEV, PTR_ERR(xen_dmabuf_import(&import)));
}

static void wait_before_init_finds_no_device(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -ENODEV, xen_dmabuf_wait(1, 0));
	KUNIT_EXPECT_EQ(test, -ENODEV, xen_dmabuf_wait(1, U32_MAX));
}

static void wait_after_init_finds_no_such_buffer(struct kunit *test)
{
	gntdev_api_set_ready(true);
	KUNIT_EXPECT_TRUE(test, gntdev_api_ready());
	KUNIT_EXPECT_EQ(test, -ENOENT, xen_dmabuf_wait(1, 0));
}

/* KUnit runs while the module is loaded, before another driver can use it. */
static int api_init(struct kunit *test)
{
	test->priv = (void *)(unsigned long)gntdev_api_ready();
	gntdev_api_set_ready(false);
	return 0;
}

static void api_exit(struct kunit *test)
{
	gntdev_api_set_ready(test->priv);
}

static struct kunit_case api_cases[] = {
	KUNIT_CASE(export_before_init_finds_no_device),
	KUNIT_CASE(import_before_init_finds_no_device),
	KUNIT_CASE(wait_before_init_finds_no_device),
	KUNIT_CASE(wait_after_init_finds_no_such_buffer),
	{}
};

static struct kunit_suite api_suite = {
	.name = "gntdev_dmabuf_api",
	.init = api_init,
	.exit = api_exit,
	.test_cases = api_cases,
};

kunit_test_suite(api_suite);
