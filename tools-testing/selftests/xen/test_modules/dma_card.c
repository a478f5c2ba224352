// SPDX-License-Identifier: GPL-2.0-only
/*
 * A display driver without hardware, for a display controller that cannot
 * scatter-gather: such a controller gets only the DMA address of a framebuffer.
 * As real drivers of such controllers, this one uses the DMA helpers of GEM.
 *
 * The module parameter "sum" is the checksum of the displayed framebuffer, read
 * at its DMA address.  The checksum is that of frame.h.  The module parameter
 * "segments" is the number of entries of its scatter table.
 */

#include <linux/dma-direct.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_edid.h>
#include <drm/drm_fb_dma_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_atomic_helper.h>
#include <drm/drm_gem_dma_helper.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_simple_kms_helper.h>

#define CARD_WIDTH	640
#define CARD_HEIGHT	480

static unsigned long long sum;
module_param(sum, ullong, 0444);
MODULE_PARM_DESC(sum, "checksum of the displayed framebuffer");

static unsigned int segments;
module_param(segments, uint, 0444);
MODULE_PARM_DESC(segments, "scatter table entries of the displayed framebuffer");

struct card {
	struct drm_device drm;
	struct drm_simple_display_pipe pipe;
	struct drm_connector connector;
};

static void card_scan_out(struct drm_simple_display_pipe *pipe)
{
	struct drm_plane_state *state = pipe->plane.state;
	struct drm_framebuffer *fb = state->fb;
	struct device *dev = fb->dev->dev;
	unsigned int x, y;
	const u32 *line;
	dma_addr_t addr;
	phys_addr_t phys;
	u64 seen = 0xcbf29ce484222325ULL;

	addr = drm_fb_dma_get_gem_addr(fb, state, 0);
	for (y = 0; y < CARD_HEIGHT; y++) {
		phys = dma_to_phys(dev, addr + (size_t)y * fb->pitches[0]);
		line = phys_to_virt(phys);
		for (x = 0; x < CARD_WIDTH; x++)
			seen = (seen ^ line[x]) * 0x100000001b3ULL;
	}
	sum = seen;
	segments = drm_fb_dma_get_gem_obj(fb, 0)->sgt->nents;
}

static void card_enable(struct drm_simple_display_pipe *pipe,
			struct drm_crtc_state *crtc_state,
			struct drm_plane_state *plane_state)
{
	card_scan_out(pipe);
}

static void card_update(struct drm_simple_display_pipe *pipe,
			struct drm_plane_state *old)
{
	if (pipe->plane.state->fb)
		card_scan_out(pipe);
}

static const struct drm_simple_display_pipe_funcs card_pipe_funcs = {
	.enable = card_enable,
	.update = card_update,
};

static int card_get_modes(struct drm_connector *connector)
{
	return drm_add_modes_noedid(connector, CARD_WIDTH, CARD_HEIGHT);
}

static const struct drm_connector_helper_funcs card_connector_helper_funcs = {
	.get_modes = card_get_modes,
};

static const struct drm_connector_funcs card_connector_funcs = {
	.fill_modes = drm_helper_probe_single_connector_modes,
	.destroy = drm_connector_cleanup,
	.reset = drm_atomic_helper_connector_reset,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

static const struct drm_mode_config_funcs card_mode_config_funcs = {
	.fb_create = drm_gem_fb_create_with_dirty,
	.atomic_check = drm_atomic_helper_check,
	.atomic_commit = drm_atomic_helper_commit,
};

DEFINE_DRM_GEM_DMA_FOPS(card_fops);

/* Fields that only older kernels have, see compat.h */
#ifndef COMPAT_DRM_DRIVER
#define COMPAT_DRM_DRIVER
#endif

static const struct drm_driver card_driver = {
	.driver_features = DRIVER_GEM | DRIVER_MODESET | DRIVER_ATOMIC,
	.fops = &card_fops,
	DRM_GEM_DMA_DRIVER_OPS,
	.name = "dma_card",
	.desc = "Display that needs contiguous memory",
	COMPAT_DRM_DRIVER
	.major = 1,
};

static void card_shutdown(void *data)
{
	drm_dev_unplug(data);
	drm_atomic_helper_shutdown(data);
}

static int card_probe(struct platform_device *pdev)
{
	static const u32 formats[] = { DRM_FORMAT_XRGB8888 };
	struct drm_device *drm;
	struct card *card;
	int ret;

	card = devm_drm_dev_alloc(&pdev->dev, &card_driver, struct card, drm);
	if (IS_ERR(card))
		return PTR_ERR(card);

	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	drm = &card->drm;
	ret = drmm_mode_config_init(drm);
	if (ret)
		return ret;

	drm->mode_config.max_width = CARD_WIDTH;
	drm->mode_config.max_height = CARD_HEIGHT;
	drm->mode_config.funcs = &card_mode_config_funcs;
	drm_connector_helper_add(&card->connector, &card_connector_helper_funcs);
	ret = drm_connector_init(drm, &card->connector, &card_connector_funcs,
				 DRM_MODE_CONNECTOR_VIRTUAL);
	if (ret)
		return ret;

	ret = drm_simple_display_pipe_init(drm, &card->pipe, &card_pipe_funcs,
					   formats, ARRAY_SIZE(formats), NULL,
					   &card->connector);
	if (ret)
		return ret;

	drm_mode_config_reset(drm);
	ret = drm_dev_register(drm, 0);
	if (ret)
		return ret;

	return devm_add_action_or_reset(&pdev->dev, card_shutdown, drm);
}

static struct platform_driver card_platform_driver = {
	.probe = card_probe,
	.driver.name = "dma_card",
};

static struct platform_device *card_device;

static int __init card_init(void)
{
	const struct platform_device_info info = {
		.name = "dma_card",
		.dma_mask = DMA_BIT_MASK(64),
	};
	int ret;

	ret = platform_driver_register(&card_platform_driver);
	if (ret)
		return ret;

	card_device = platform_device_register_full(&info);
	if (IS_ERR(card_device)) {
		platform_driver_unregister(&card_platform_driver);
		return PTR_ERR(card_device);
	}

	return 0;
}

static void __exit card_exit(void)
{
	platform_device_unregister(card_device);
	platform_driver_unregister(&card_platform_driver);
}

module_init(card_init);
module_exit(card_exit);

MODULE_DESCRIPTION("Display that needs contiguous memory");
MODULE_LICENSE("GPL");
