// SPDX-License-Identifier: GPL-2.0-only
/*
 * An importer that keeps the first page of a dma-buf when it has detached: the page of
 * the file descriptor that is written to the parameter fd, until another number is
 * written.  For the fix of the release of an export.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static struct platform_device *device;
static struct page *held;

static int hold(int fd)
{
	struct dma_buf *buf = dma_buf_get(fd);
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	int ret = 0;

	if (IS_ERR(buf))
		return PTR_ERR(buf);
	attach = dma_buf_attach(buf, &device->dev);
	if (IS_ERR(attach)) {
		ret = PTR_ERR(attach);
		goto put;
	}
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto detach;
	}
	held = sg_page(sgt->sgl);
	get_page(held);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
detach:
	dma_buf_detach(buf, attach);
put:
	dma_buf_put(buf);
	return ret;
}

static int set_fd(const char *text, const struct kernel_param *param)
{
	int fd, ret = kstrtoint(text, 0, &fd);

	if (ret || !device)
		return ret ?: -ENODEV;
	if (held)
		put_page(held);
	held = NULL;
	return fd < 0 ? 0 : hold(fd);
}

static const struct kernel_param_ops fd_ops = { .set = set_fd };

module_param_cb(fd, &fd_ops, NULL, 0200);
MODULE_PARM_DESC(fd, "descriptor of the dma-buf, or -1");

static int __init hold_init(void)
{
	device = platform_device_register_simple("hold_page", PLATFORM_DEVID_NONE, NULL, 0);
	return PTR_ERR_OR_ZERO(device);
}

static void __exit hold_exit(void)
{
	if (held)
		put_page(held);
	platform_device_unregister(device);
}

module_init(hold_init);
module_exit(hold_exit);

MODULE_DESCRIPTION("An importer of dma-bufs that keeps a page");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_LICENSE("GPL");
