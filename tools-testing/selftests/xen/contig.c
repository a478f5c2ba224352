// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports of contiguous buffers.  On x86 PV the same requests export buffers
 * that are not contiguous.  Each test checks one promise.  Runs in domain 0 with
 * the modules edu_dma, vmap_look, dma_card and vivid (two capture devices, of
 * which the second needs contiguous memory), and with granter in a guest: see
 * fixture.h.
 */

/* More frames than the DMA API has contiguous memory for */
#define BUFFERS		16
#define BUFFERS_FLAGS	GNTDEV_DMA_FLAG_WC

#include <xf86drm.h>

#include "edu.h"
#include "fixture.h"
#include "mem-hog.h"
#include "kms.h"
#include "look.h"
#include "syncs.h"
#include "touch.h"
#include "video.h"

static const uint32_t kinds[] = {
	GNTDEV_DMA_FLAG_WC, GNTDEV_DMA_FLAG_COHERENT
};

/* export_with - export the guest's frame, by the newest request if needed */
static int export_with(int gntdev, struct peer *peer, uint32_t flags,
		       uint32_t data_ofs, struct gntdev_dmabuf_export *op)
{
	if (!data_ofs && !(flags & GNTDEV_DMABUF_EXPORT_READONLY))
		return export_refs(gntdev, flags, peer->count, peer->domid,
				   peer->refs, &op->fd);

	*op = (struct gntdev_dmabuf_export) {
		.refs = (uintptr_t)peer->refs,
		.count = peer->count,
		.domid = peer->domid,
		.flags = flags,
		.data_ofs = data_ofs,
		.fd = -1,
	};
	return export_buffer(gntdev, op);
}

TEST_F_TIMEOUT(export, every_domain_but_pv_has_contiguous_buffers, LIMIT)
{
	EXPECT_EQ(domain_is("PV") ? 0 : GNTDEV_DMABUF_FEATURE_CONTIGUOUS,
		  query_features(self->gntdev) & GNTDEV_DMABUF_FEATURE_CONTIGUOUS);
}

TEST_F_TIMEOUT(export, every_request_accepts_both_contiguous_flags, LIMIT)
{
	struct peer *peer = self->peer;
	struct gntdev_dmabuf_export op;
	unsigned int i, k;
	uint32_t *map;
	uint64_t sum;
	int fd[3];

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ASSERT_EQ(0, export_refs(self->gntdev, kinds[i], peer->count,
					 peer->domid, peer->refs, &fd[0]));
		ASSERT_EQ(0, export_refs_v2(self->gntdev, kinds[i], peer->count,
					    0, peer->domid, peer->refs, &fd[1]));
		op = (struct gntdev_dmabuf_export) {
			.refs = (uintptr_t)peer->refs,
			.count = peer->count,
			.domid = peer->domid,
			.flags = kinds[i],
		};
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		fd[2] = op.fd;
		sum = peer_ask(peer, "draw", 60 + i);
		for (k = 0; k < ARRAY_SIZE(fd); k++) {
			map = map_all(self->size, fd[k]);
			ASSERT_NE(MAP_FAILED, map);
			EXPECT_EQ(sum, frame_checksum(map, self->pixels));
			EXPECT_EQ(0, munmap(map, self->size));
			EXPECT_EQ(0, close(fd[k]));
		}
	}
}

TEST_F_TIMEOUT(export, fdinfo_says_whether_a_buffer_is_contiguous, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	struct gntdev_dmabuf_export op;
	char path[64], want[128];
	unsigned int i;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ASSERT_EQ(0, export_with(other, self->peer, kinds[i], 0, &op));
		snprintf(want, sizeof(want),
			 "pages %u offset 0 flags ---%s state live%s\n",
			 self->peer->count, i ? "-c" : "w-",
			 domain_is("PV") ? "" : " contiguous");
		EXPECT_NE(NULL, strstr(file_line(path, "dmabuf:"), want))
			TH_LOG("%s", file_line(path, "dmabuf:"));
		EXPECT_EQ(0, close(op.fd));
	}

	EXPECT_EQ(0, close(other));

	/* The fixture's buffer is exported without these flags */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->gntdev);
	EXPECT_EQ(NULL, strstr(file_line(path, "dmabuf:"), "contiguous"));
}

/* ---- CPU access */

TEST_F_TIMEOUT(export, a_contiguous_buffer_is_mapped_like_others, LIMIT)
{
	size_t first = self->peer->count * 7 / 8, n = 7;
	struct gntdev_dmabuf_export op;
	uint32_t *map, *part;
	int status;
	pid_t child;

	ASSERT_EQ(0, export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC, 0,
				 &op));
	map = map_all(self->size, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	frame_draw(map, 62, self->peer->width, self->peer->height);
	EXPECT_EQ(frame_checksum(map, self->pixels),
		  peer_ask(self->peer, "sum", 0));

	part = mmap(NULL, n * 4096, PROT_READ, MAP_SHARED, op.fd, first * 4096);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(0, memcmp(part, map + first * 1024, n * 4096));
	EXPECT_EQ(0, munmap(part, n * 4096));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, op.fd,
				   self->size - 4096));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, op.fd, 0));
	EXPECT_EQ(EINVAL, errno);

	/* The mapping holds the buffer after the close, also in a child */
	EXPECT_EQ(0, close(op.fd));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(0);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, op.fd, 0));
	EXPECT_EQ(frame_pixel(62, 0, 0, self->peer->width, self->peer->height),
		  map[0]);
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, op.fd, 0));
}

TEST_F_TIMEOUT(export, a_mapping_has_the_page_protection_of_the_dma_api, LIMIT)
{
	int look = look_open();
	struct gntdev_dmabuf_export op;
	bool combined = false;
	unsigned int i;
	uint32_t *map;

#ifdef __aarch64__
	/* The DMA API assumes devices that do not snoop caches */
	combined = true;
#endif
	ASSERT_LE(0, look);
	if (domain_is("PV"))
		SKIP(goto out, "Xen sets the page table entries of PV domains");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ASSERT_EQ(0, export_with(self->gntdev, self->peer, kinds[i], 0,
					 &op));
		map = map_all(self->size, op.fd);
		ASSERT_NE(MAP_FAILED, map);
		/* Outside of PV domains an access makes the page table entry */
		EXPECT_EQ(0, touch_all(map, self->size));
		EXPECT_EQ(combined, ioctl(look, VMAP_LOOK_COMBINED, map));
		EXPECT_EQ(combined, ioctl(look, VMAP_LOOK_COMBINED,
					  (uint8_t *)map + self->size - 4096));
		EXPECT_EQ(0, munmap(map, self->size));
		EXPECT_EQ(0, close(op.fd));
	}
	/* Mappings of other buffers are cached */
	map = map_all(self->size, self->fd);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 0;
	EXPECT_EQ(0, ioctl(look, VMAP_LOOK_COMBINED, map));
	EXPECT_EQ(0, munmap(map, self->size));
out:
	close(look);
}

TEST_F_TIMEOUT(export, a_read_only_contiguous_buffer_cannot_be_written, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint64_t sum;
	uint32_t *map;

	ASSERT_EQ(0, export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC |
				 GNTDEV_DMABUF_EXPORT_READONLY, 0, &op));
	EXPECT_EQ(MAP_FAILED, map_all(self->size, op.fd));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, self->size, PROT_READ, MAP_SHARED, op.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, self->size, PROT_READ | PROT_WRITE));
	sum = peer_ask(self->peer, "draw", 63);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(0, close(op.fd));
}

/* Reads a word of each page, and the last word of the buffer's size */
TEST_F_TIMEOUT(export, the_kernel_maps_a_contiguous_buffer, LIMIT)
{
	static const uint32_t offsets[] = { 0, 1000 };
	int look = look_open();
	unsigned int i, k, wrong, count = self->peer->count;
	uint32_t *words = calloc(count, sizeof(*words));
	uint32_t *map = map_all(self->size, self->fd);
	struct gntdev_dmabuf_export op;

	ASSERT_LE(0, look);
	ASSERT_NE(NULL, words);
	ASSERT_NE(MAP_FAILED, map);
	peer_ask(self->peer, "draw", 64);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		struct vmap_look at = {
			.count = count,
			.stride = PEER_PAGE,
			.words = (uintptr_t)words,
		};

		ASSERT_EQ(0, export_with(self->gntdev, self->peer,
					 GNTDEV_DMA_FLAG_WC, offsets[i], &op));
		at.fd = op.fd;
		EXPECT_EQ(0, call(look, VMAP_LOOK, &at));
		for (k = wrong = 0; k < count; k++)
			wrong += words[k] != map[k * 1024 + offsets[i] / 4];
		EXPECT_EQ(0, wrong);
		/* The linear mapping is used if its caching is the right one */
		if (domain_is("PVH"))
			EXPECT_EQ(!!offsets[i], at.vmapped);

		at.count = 2;
		at.stride = self->size - 4;
		EXPECT_EQ(0, call(look, VMAP_LOOK, &at));
		EXPECT_EQ(0, close(op.fd));
	}
	EXPECT_EQ(0, munmap(map, self->size));
	free(words);
	close(look);
}

TEST_F_TIMEOUT(export, cpu_access_syncs_the_caches_of_a_contiguous_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op;
	int n, want = !domain_is("PV");

	/* Linux has these trace events since 6.12 */
	if (access(SYNCS_ENABLE, F_OK))
		SKIP(return, "this kernel does not trace the DMA API");

	ASSERT_EQ(0, export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC, 0,
				 &op));
	ASSERT_EQ(0, file_write(SYNCS_ENABLE, "1"));
	n = syncs(op.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW,
		  "dma_sync_single_for_device: xen!gntdev ");
	EXPECT_TRUE(n == want || (!n && sync_skipped()));
	n = syncs(op.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW,
		  "dma_sync_single_for_cpu: xen!gntdev ");
	EXPECT_TRUE(n == want || (!n && sync_skipped()));
	EXPECT_EQ(0, file_write(SYNCS_ENABLE, "0"));
	EXPECT_EQ(0, close(op.fd));
}

/* ---- Device access */

TEST_F_TIMEOUT(export, a_device_reads_a_contiguous_buffer, LIMIT)
{
	struct edu_dma_attach table;
	struct gntdev_dmabuf_export op;
	int edu = edu_open(0);
	uint32_t word, *map;
	size_t at;

	if (edu < 0)
		SKIP(return, "this domain has no edu device");
	ASSERT_EQ(0, export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC, 0,
				 &op));
	map = map_all(self->size, self->fd);
	ASSERT_NE(MAP_FAILED, map);
	peer_ask(self->peer, "draw", 65);
	ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DMA_TO_DEVICE, &table));
	EXPECT_EQ(self->size, table.length);
	/* On arm64, as on PV, DMA addresses are the guest's scattered frames */
	if (domain_is("PVH"))
		EXPECT_EQ(1, table.segments);
	for (at = 0; at < self->size; at += self->size / 8) {
		EXPECT_TRUE(edu_get(edu, &word, sizeof(word), at));
		EXPECT_EQ(map[at / 4], word);
	}
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(0, close(edu));
}

/* screen_checksum - checksum of the part of frame @n that the screen shows */
static uint64_t screen_checksum(const struct kms *kms, const struct peer *peer,
				unsigned int n)
{
	uint64_t sum = 0xcbf29ce484222325ULL;
	unsigned int x, y;

	for (y = 0; y < kms->height; y++)
		for (x = 0; x < kms->width; x++)
			sum = (sum ^ frame_pixel(n, x, y, peer->width,
						 peer->height)) *
			      0x100000001b3ULL;
	return sum;
}

/* card_parameter - a module parameter of dma_card, about the shown frame */
static uint64_t card_parameter(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/dma_card/parameters/%s", name);
	return strtoull(file_line(path, ""), NULL, 10);
}

TEST_F_TIMEOUT(export, a_screen_that_needs_contiguous_memory_shows_frames, LIMIT)
{
	struct gntdev_dmabuf_export op;
	unsigned int i, n;
	uint32_t handle;
	struct kms kms;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ASSERT_EQ(0, export_with(self->gntdev, self->peer, kinds[i], 0,
					 &op));
		kms_open(&kms, "dma_card");
		if (domain_is("PV")) {
			EXPECT_NE(0, drmPrimeFDToHandle(kms.card, op.fd, &handle));
			EXPECT_EQ(EINVAL, errno);
			close(kms.card);
		} else {
			peer_ask(self->peer, "draw", 66);
			kms_show(&kms, op.fd, self->peer->width * 4);
			EXPECT_EQ(1, card_parameter("segments"));
			EXPECT_EQ(screen_checksum(&kms, self->peer, 66),
				  card_parameter("sum"));
			for (n = 67; n < 69; n++) {
				peer_ask(self->peer, "draw", n);
				kms_update(&kms);
				EXPECT_EQ(screen_checksum(&kms, self->peer, n),
					  card_parameter("sum"));
			}
			kms_close(&kms);
		}
		EXPECT_EQ(0, close(op.fd));
	}
}

TEST_F_TIMEOUT(export, a_camera_that_needs_contiguous_memory_fills_a_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op;
	int video = video_webcam("platform:vivid-001");
	uint64_t drawn;

	ASSERT_LE(0, video);
	ASSERT_EQ(0, export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC, 0,
				 &op));
	if (domain_is("PV")) {
		EXPECT_EQ(EFAULT, video_queue(video, op.fd));
	} else {
		drawn = peer_ask(self->peer, "draw", 69);
		ASSERT_EQ(0, video_queue(video, op.fd));
		ASSERT_EQ(0, video_stream(video, true));
		EXPECT_EQ(640 * 360 * 4, video_dequeue(video));
		EXPECT_NE(drawn, peer_ask(self->peer, "sum", 0));
		EXPECT_EQ(0, video_stream(video, false));
	}
	EXPECT_EQ(0, close(video));
	EXPECT_EQ(0, close(op.fd));
}

/* ---- Errors and memory */

TEST_F_TIMEOUT(export, a_bad_reference_undoes_a_contiguous_export, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t good;

	good = self->peer->refs[self->peer->count / 2];
	self->peer->refs[self->peer->count / 2] = NO_REF;
	EXPECT_EQ(EACCES, export_with(self->gntdev, self->peer,
				      GNTDEV_DMA_FLAG_WC, 0, &op));
	self->peer->refs[self->peer->count / 2] = good;
}

TEST_F_TIMEOUT(export, contiguous_buffers_beyond_the_memory_are_refused, LIMIT)
{
	struct gntdev_dmabuf_export op[BUFFERS];
	unsigned int n;
	int ret = 0;

	if (domain_is("PV"))
		SKIP(return, "buffers are not contiguous");
	if (self->peer->count <= 1024)
		SKIP(return, "a frame of 4 MiB does not need CMA");
	for (n = 0; n < BUFFERS; n++) {
		ret = export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC, 0,
				  &op[n]);
		if (ret)
			break;
	}
	EXPECT_EQ(ENOMEM, ret);
	EXPECT_LT(0, n);
	while (n)
		EXPECT_EQ(0, close(op[--n].fd));

	/* The memory is free again */
	ASSERT_EQ(0, export_with(self->gntdev, self->peer, GNTDEV_DMA_FLAG_WC, 0,
				 &op[0]));
	EXPECT_EQ(0, close(op[0].fd));
}

/* KiB of DMA areas that are ballooned out */
#define DMA_KB	"/sys/devices/system/xen_memory/xen_memory0/info/dma_kb"

/* PVH only: on arm64 Xen reserves the memory that domain 0 balloons out */
TEST_F_TIMEOUT(export, a_release_does_not_wait_for_memory, LIMIT)
{
	struct gntdev_dmabuf_export op[2];
	struct mem_hog mem_hog = { 0 };
	unsigned int i;

	/* Only domain 0 can read Xen's free memory and limit domains */
	if (!domain_is("PVH") || !self->before.xen_free)
		SKIP(return, "not a PVH domain 0");
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, export_with(self->gntdev, self->peer, kinds[i], 0,
					 &op[i]));
	EXPECT_EQ(8 * self->peer->count, file_number(DMA_KB, ""));
	EXPECT_TRUE(mem_hog_start(&mem_hog));

	/*
	 * The release does not wait until the memory is ballooned in: domain 0
	 * gets only pages that Xen freed since mem_hog_start().
	 */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, close(op[i].fd));
		EXPECT_EQ(ENOENT, wait_released(self->gntdev, op[i].fd, 0));
	}
	EXPECT_LT(7 * self->peer->count, file_number(DMA_KB, ""));
	EXPECT_NE(0, peer_ask(self->peer, "draw", 70));

	/* The fixture checks that no memory is lost */
	mem_hog_stop(&mem_hog);
}

TEST_F_TIMEOUT(export, repeated_contiguous_exports_lose_nothing, LIMIT)
{
	struct gntdev_dmabuf_export op;
	unsigned int i;
	uint32_t *map;

	for (i = 0; i < rounds(20); i++) {
		ASSERT_EQ(0, export_with(self->gntdev, self->peer, kinds[i % 2],
					 0, &op));
		map = map_all(self->size, op.fd);
		ASSERT_NE(MAP_FAILED, map);
		map[self->pixels - 1] = i;
		EXPECT_EQ(0, munmap(map, self->size));
		ASSERT_EQ(0, close(op.fd));
	}
}
