// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that copies all memory for devices.  Each test checks one promise.  Runs in
 * domain 0 whose kernel has the parameter swiotlb=16384,force, with granter in a guest
 * and the module edu_dma: see fixture.h.
 *
 * With another kernel the tests skip, or fail if the environment variable BOUNCE is set.
 */

#include "edu.h"
#include "fixture.h"
#include "sources.h"

static bool bounces(void)
{
	return *file_line("/proc/cmdline", ",force");
}

/* is_skipped - whether the kernel does not copy, and need not */
static bool is_skipped(void)
{
	return !bounces() && !getenv("BOUNCE");
}

#define REASON	"the kernel runs without swiotlb=16384,force"

/* On x86 PV no buffer is contiguous, and the flags have no effect */
TEST_F_TIMEOUT(export, bounce_buffers_for_all_devices_exclude_contiguous_buffers, LIMIT)
{
	static const uint32_t kinds[] = { GNTDEV_DMA_FLAG_WC, GNTDEV_DMA_FLAG_COHERENT };
	struct peer *peer = self->peer;
	unsigned int i;
	int fd, ret;

	if (is_skipped())
		SKIP(return, REASON);
	ASSERT_TRUE(bounces());
	EXPECT_EQ(0, query_features(self->gntdev) & GNTDEV_DMABUF_FEATURE_CONTIGUOUS);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ret = export_refs(self->gntdev, kinds[i], peer->count, peer->domid,
				  peer->refs, &fd);
		EXPECT_EQ(domain_is("PV") ? 0 : ENOMEM, ret);
		if (!ret)
			EXPECT_EQ(0, close(fd));
	}
}

TEST_F_TIMEOUT(export, no_device_gets_a_copy_of_an_export, LIMIT)
{
	int edu;

	if (is_skipped())
		SKIP(return, REASON);
	ASSERT_TRUE(bounces());
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	EXPECT_EQ(EOPNOTSUPP, edu_attach(edu, self->fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_EQ(EOPNOTSUPP, edu_attach(edu, self->fd, EDU_DMA_FROM_DEVICE, NULL));
	EXPECT_EQ(0, close(edu));
}

/* On x86 PV the import looks up the memory that a bounce buffer is for */
TEST_F_TIMEOUT(export, no_copy_of_a_buffer_is_granted, LIMIT)
{
	static int (*const make[])(struct source *source, unsigned int pages) = {
		source_pages, source_memfd,
	};
	struct gntdev_dmabuf_import op;
	struct source source;
	uint32_t refs[4];
	unsigned int i;

	if (is_skipped())
		SKIP(return, REASON);
	ASSERT_TRUE(bounces());
	for (i = 0; i < ARRAY_SIZE(make); i++) {
		ASSERT_EQ(0, make[i](&source, ARRAY_SIZE(refs)));
		op = (struct gntdev_dmabuf_import) {
			.refs = (uintptr_t)refs,
			.count = source.pages,
			.domid = self->peer->domid,
			.fd = source.fd,
		};
		if (domain_is("PV")) {
			ASSERT_EQ(0, import_buffer(self->gntdev, &op));
			EXPECT_EQ(0, release_id(self->gntdev, op.id));
		} else {
			EXPECT_EQ(EOPNOTSUPP, import_buffer(self->gntdev, &op));
		}
		EXPECT_EQ(0, source_attached(&source));
		source_close(&source);
	}
}
