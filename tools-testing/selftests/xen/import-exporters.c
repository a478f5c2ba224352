// SPDX-License-Identifier: GPL-2.0-only
/*
 * Imports of dma-bufs that real exporters seldom make: the granted pages, the
 * refused buffers, and the release to the exporter.  Each test checks one
 * promise.  Runs in domain 0 with the modules test_exporter and vgem, and with
 * mapper in a guest: see import.h.
 */

#define LARGEST	1024

#include "modules.h"
#include "test-exporter.h"

/*
 * import_and_check - import a buffer, check the guest's access, and release it
 *
 * @first: the first page of the memory that is granted, from 0
 * @count: number of granted pages
 * @data_ofs: offset of the data in the first granted page
 *
 * Return: NULL, or the error.
 */
static const char *import_and_check(FIXTURE_DATA(import) * self,
				    struct test_buf *buf, unsigned int first,
				    unsigned int count, unsigned int data_ofs)
{
	struct gntdev_dmabuf_import op;
	uint32_t refs[LARGEST];
	const char *wrong;

	if (test_buf_import(self->gntdev, buf, count, refs, &op))
		return strerror(errno);
	wrong = check_access(&self->mapper, count, refs, test_buf_page(buf, first));
	if (op.data_ofs != data_ofs)
		wrong = "the request returns another data offset";
	if (release_id(self->gntdev, op.id))
		wrong = "the buffer cannot be released";
	if (!is_released(self->gntdev, op.id) || test_buf_in_use(buf))
		wrong = "the exporter's buffer is still attached";
	return wrong;
}

#define EXPECT_GRANTED(buf, first, count, data_ofs)			\
do {									\
	const char *wrong = import_and_check(self, buf, first, count,	\
					     data_ofs);			\
									\
	EXPECT_EQ(NULL, wrong)						\
		TH_LOG("%s", wrong);					\
} while (0)

/* refused - error number of an import, or -1 if it leaves something behind */
static int refused(FIXTURE_DATA(import) * self, struct test_buf *buf,
		   unsigned int count)
{
	uint32_t refs[LARGEST + 1];
	struct gntdev_dmabuf_import op;
	int ret;

	memset(refs, 0xa5, sizeof(refs));
	ret = test_buf_import(self->gntdev, buf, count, refs, &op);
	if (test_buf_in_use(buf) || listed(self->gntdev) || op.id ||
	    refs[0] != 0xa5a5a5a5)
		return -1;
	return ret;
}

/* refused_segments - the same for a buffer of @count pages of such segments */
static int refused_segments(FIXTURE_DATA(import) * self, unsigned int count,
			    unsigned int segment_count,
			    const struct test_exporter_segment *segments)
{
	struct test_buf buf;
	int ret;

	ret = test_buf_segments(&buf, count * PAGE, segment_count, segments);
	if (ret)
		return -ret;
	ret = refused(self, &buf, count);
	test_buf_close(&buf);
	return ret;
}

/* ---- Granted pages */

TEST_F_TIMEOUT(import, segments_may_have_any_number_of_pages, LIMIT)
{
	static const struct test_exporter_segment segments[] = {
		{ .length = 1 * PAGE }, { .length = 3 * PAGE },
		{ .length = 64 * PAGE }, { .length = 256 * PAGE },
		{ .length = 1 * PAGE },
	};
	struct test_buf buf;

	ASSERT_EQ(0, test_buf_segments(&buf, 325 * PAGE, ARRAY_SIZE(segments),
				       segments));
	EXPECT_GRANTED(&buf, 0, 325, 0);
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, there_may_be_many_segments, LIMIT)
{
	struct test_exporter_segment segments[LARGEST];
	struct test_buf buf;
	int i;

	for (i = 0; i < LARGEST; i++)
		segments[i] = (struct test_exporter_segment){ .length = PAGE };
	ASSERT_EQ(0, test_buf_segments(&buf, LARGEST * PAGE, LARGEST, segments));
	EXPECT_GRANTED(&buf, 0, LARGEST, 0);
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, the_data_may_begin_inside_a_page, LIMIT)
{
	static const struct test_exporter_segment segments[] = {
		{ .offset = 1000, .length = 2 * PAGE - 1000 },
		{ .length = PAGE },
	};
	struct test_buf buf;

	ASSERT_EQ(0, test_buf_segments(&buf, 3 * PAGE - 1000, ARRAY_SIZE(segments),
				       segments));
	EXPECT_GRANTED(&buf, 0, 3, 1000);
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, pages_before_the_data_are_not_granted, LIMIT)
{
	static const struct test_exporter_segment segment = {
		.offset = 2 * PAGE + 904, .length = 2 * PAGE,
	};
	struct test_buf buf;

	ASSERT_EQ(0, test_buf_segments(&buf, segment.length, 1, &segment));
	EXPECT_EQ(EINVAL, refused(self, &buf, 5));
	EXPECT_GRANTED(&buf, 2, 3, 904);
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, the_data_may_end_inside_a_page, LIMIT)
{
	static const struct test_exporter_segment segments[] = {
		{ .length = 2 * PAGE }, { .length = 100 },
	};
	struct test_buf buf;

	ASSERT_EQ(0, test_buf_segments(&buf, 2 * PAGE + 100, ARRAY_SIZE(segments),
				       segments));
	EXPECT_GRANTED(&buf, 0, 3, 0);
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, less_than_a_page_may_be_in_one_page_or_two, LIMIT)
{
	static const struct test_exporter_segment in_one = {
		.offset = 100, .length = 8,
	}, in_two = {
		.offset = PAGE - 4, .length = 8,
	};
	struct test_buf buf;

	ASSERT_EQ(0, test_buf_segments(&buf, 8, 1, &in_one));
	EXPECT_GRANTED(&buf, 0, 1, 100);
	test_buf_close(&buf);
	ASSERT_EQ(0, test_buf_segments(&buf, 8, 1, &in_two));
	EXPECT_GRANTED(&buf, 0, 2, PAGE - 4);
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, pages_beyond_the_size_are_not_granted, LIMIT)
{
	/* A segment may end inside a page only if the data ends there as well */
	static const struct test_exporter_segment segments[] = {
		{ .offset = 8, .length = 3 * PAGE },
		{ .offset = 100, .length = PAGE },
	};
	/* A size in bytes, and the number of its pages */
	static const unsigned int sizes[][2] = {
		{ 1, 1 }, { PAGE - 8, 1 }, { PAGE - 7, 2 }, { 2 * PAGE, 3 },
		{ 3 * PAGE - 8, 3 }, { 3 * PAGE, 4 },
	};
	struct test_buf buf;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, test_buf_segments(&buf, sizes[i][0],
					       ARRAY_SIZE(segments), segments));
		EXPECT_EQ(EINVAL, refused(self, &buf, sizes[i][1] - 1));
		EXPECT_EQ(EINVAL, refused(self, &buf, sizes[i][1] + 1));
		EXPECT_GRANTED(&buf, 0, sizes[i][1], 8);
		test_buf_close(&buf);
	}
}

TEST_F_TIMEOUT(import, a_size_beyond_the_segments_is_ignored, LIMIT)
{
	static const struct test_exporter_segment segments[] = {
		{ .length = PAGE }, { .length = 2 * PAGE },
	};
	static const uint64_t sizes[] = {
		3 * PAGE + 1, 10 * PAGE, 1ULL << 40, INT64_MAX,
	};
	struct test_buf buf;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, test_buf_segments(&buf, sizes[i], ARRAY_SIZE(segments),
					       segments));
		EXPECT_EQ(EINVAL, refused(self, &buf, 4));
		EXPECT_EQ(EINVAL, refused(self, &buf, 10));
		EXPECT_GRANTED(&buf, 0, 3, 0);
		test_buf_close(&buf);
	}
}

TEST_F_TIMEOUT(import, a_request_without_data_offset_refuses_a_buffer_with_one, LIMIT)
{
	static const struct test_exporter_segment segment = {
		.offset = 64, .length = PAGE,
	};
	uint32_t refs[2], data_ofs;
	struct test_buf buf;

	ASSERT_EQ(0, test_buf_segments(&buf, PAGE, 1, &segment));
	EXPECT_EQ(EINVAL, import_refs(self->gntdev, buf.fd, 2, peer_domid(), refs));
	EXPECT_FALSE(test_buf_in_use(&buf));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, buf.fd));
	ASSERT_EQ(0, import_refs_v2(self->gntdev, buf.fd, 2, peer_domid(), refs,
				    &data_ofs));
	EXPECT_EQ(64, data_ofs);
	EXPECT_EQ(NULL, check_access(&self->mapper, 2, refs, buf.memory));
	EXPECT_EQ(0, import_release(self->gntdev, buf.fd));
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
}

/* ---- Refused buffers */

TEST_F_TIMEOUT(import, a_wrong_number_of_pages_is_refused, LIMIT)
{
	static const struct test_exporter_segment segment = { .length = 8 * PAGE };
	static const unsigned int counts[] = { 0, 1, 7, 9, LARGEST };
	struct test_buf buf;
	int i;

	ASSERT_EQ(0, test_buf_segments(&buf, segment.length, 1, &segment));
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		EXPECT_EQ(EINVAL, refused(self, &buf, counts[i]));
	test_buf_close(&buf);

	/* A dma-buf of size 0 */
	ASSERT_EQ(0, test_buf_segments(&buf, 0, 1, &segment));
	EXPECT_EQ(EINVAL, refused(self, &buf, 0));
	EXPECT_EQ(EINVAL, refused(self, &buf, 1));
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, pages_that_the_data_does_not_fill_are_refused, LIMIT)
{
	static const struct test_exporter_segment begins[] = {
		{ .length = PAGE }, { .offset = 4, .length = PAGE - 4 },
		{ .length = PAGE },
	}, ends[] = {
		{ .length = PAGE }, { .length = PAGE - 4 }, { .length = PAGE },
	}, first_ends[] = {
		{ .length = PAGE + 4 }, { .length = PAGE },
	}, together_a_page[] = {
		{ .length = 1000 }, { .offset = 1000, .length = PAGE - 1000 },
	}, last_begins[] = {
		{ .length = PAGE }, { .offset = 4, .length = 8 },
	};

	EXPECT_EQ(EOPNOTSUPP, refused_segments(self, 3, 3, begins));
	EXPECT_EQ(EOPNOTSUPP, refused_segments(self, 3, 3, ends));
	EXPECT_EQ(EOPNOTSUPP, refused_segments(self, 3, 2, first_ends));
	EXPECT_EQ(EOPNOTSUPP, refused_segments(self, 2, 2, together_a_page));
	EXPECT_EQ(EOPNOTSUPP, refused_segments(self, 2, 2, last_begins));
}

TEST_F_TIMEOUT(import, a_page_of_a_device_among_others_is_refused, LIMIT)
{
	static const struct test_exporter_segment segments[] = {
		{ .length = 2 * PAGE },
		{ .length = PAGE, .memory = TEST_EXPORTER_DEVICE },
		{ .length = PAGE },
	};
	int ret = refused_segments(self, 4, 3, segments);

	if (ret == -ENODEV)
		SKIP(return, "this domain has no ZONE_DEVICE");
	EXPECT_EQ(EOPNOTSUPP, ret);
}

/* refused_address - the same for a buffer without pages at a DMA address */
static int refused_address(FIXTURE_DATA(import) * self, uint64_t address)
{
	static const struct test_exporter_segment segments[] = {
		{ .length = PAGE }, { .length = 2 * PAGE },
	};
	struct test_exporter_create op = {
		.size = 3 * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
		.address = address,
	};
	struct test_buf buf;
	int ret;

	if (test_buf_create(&buf, &op))
		return -1;
	ret = refused(self, &buf, 3);
	test_buf_close(&buf);
	return ret;
}

TEST_F_TIMEOUT(import, addresses_beyond_all_memory_are_refused, LIMIT)
{
	static const uint64_t addresses[] = {
		1ULL << 39, 1ULL << 47, 1ULL << 52, 1ULL << 63, -3 * (uint64_t)PAGE,
		/* The addresses of this buffer wrap around to 0 */
		-1 * (uint64_t)PAGE,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		EXPECT_EQ(EOPNOTSUPP, refused_address(self, addresses[i]))
			TH_LOG("address %llx", (unsigned long long)addresses[i]);
}

TEST_F_TIMEOUT(import, memory_of_pci_devices_is_refused, LIMIT)
{
	unsigned long long begin, end, flags;
	unsigned int n = 0;
	char line[128];
	FILE *file;
	int i;

	/* Memory regions (IORESOURCE_MEM) of the machine's PCI devices */
	file = popen("cat /sys/bus/pci/devices/*/resource", "r");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %llx %llx", &begin, &end, &flags) != 3 ||
		    !(flags & 0x200) || end - begin < 3 * PAGE - 1)
			continue;
		n++;
		EXPECT_EQ(EOPNOTSUPP, refused_address(self, begin))
			TH_LOG("address %llx", begin);
	}
	pclose(file);
	EXPECT_LT(0, n);

	/* The VGA memory window of x86 */
	if (access("/sys/firmware/acpi", F_OK))
		return;
	for (i = 0; i < 2; i++)
		EXPECT_EQ(EOPNOTSUPP, refused_address(self, i ? 0xb8000 : 0xa0000));
}

TEST_F_TIMEOUT(import, errors_of_the_exporter_are_passed_on, LIMIT)
{
	static const struct test_exporter_segment segment = { .length = PAGE };
	static const int errors[] = {
		EIO, ENXIO, EACCES, ENODATA, ENODEV, EINVAL, ENOSPC, ENOTTY, EPERM,
	};
	struct test_buf buf;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		for (k = 0; k < 4; k++) {
			struct test_exporter_create op = {
				.size = PAGE,
				.segments = (uintptr_t)&segment,
				.count = 1,
				.dynamic = k > 1,
				.attach_error = k == 0 ? errors[i] : 0,
				.map_error = k == 1 || k == 2 ? errors[i] : 0,
				.pin_error = k == 3 ? errors[i] : 0,
			};

			ASSERT_EQ(0, test_buf_create(&buf, &op));
			EXPECT_EQ(errors[i], refused(self, &buf, 1));
			test_buf_close(&buf);
		}
}

/* ---- Release to the exporter */

TEST_F_TIMEOUT(import, the_buffer_stays_pinned_until_the_guest_unmaps_it, LIMIT)
{
	static const struct test_exporter_segment segments[] = {
		{ .length = 64 * PAGE }, { .length = PAGE },
	};
	struct test_exporter_create make = {
		.size = 65 * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
	};
	struct gntdev_dmabuf_import op;
	struct test_exporter_state state;
	struct mapping mapping;
	uint32_t refs[65];
	struct test_buf buf;

	for (make.dynamic = 0; make.dynamic < 2; make.dynamic++) {
		ASSERT_EQ(0, test_buf_create(&buf, &make));
		pattern_fill(buf.memory, 0, 65, 3);
		ASSERT_EQ(0, test_buf_import(self->gntdev, &buf, 65, refs, &op));
		test_buf_put(&buf);
		mapping_begin(&mapping, &self->mapper, refs, 65);
		ASSERT_EQ(0, mapping_map(&mapping, false));
		EXPECT_EQ(0, release_id(self->gntdev, op.id));
		mapping_unmap_chunk(&mapping, 0);

		/* The guest still maps the last of the 65 pages */
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
		state = test_buf_state(&buf);
		EXPECT_EQ(1, state.alive);
		EXPECT_EQ(1, state.attached);
		EXPECT_EQ(make.dynamic, state.pinned);
		EXPECT_EQ(1, state.mapped);
		EXPECT_EQ(0, mapping_wrong(&mapping, 3));

		mapping_unmap(&mapping);
		mapping_end(&mapping);
		EXPECT_TRUE(is_released(self->gntdev, op.id));
		EXPECT_FALSE(test_buf_in_use(&buf));
		/* The import had the last reference to the dma-buf */
		EXPECT_EQ(0, test_buf_state(&buf).alive);
		test_buf_close(&buf);
	}
}

TEST_F_TIMEOUT(import, the_exporters_module_stays_until_the_guest_unmaps_it, LIMIT)
{
	static const struct test_exporter_segment segment = { .length = PAGE };
	struct gntdev_dmabuf_import op;
	struct mapping mapping;
	struct test_buf buf;
	uint32_t ref;

	ASSERT_EQ(0, test_buf_segments(&buf, PAGE, 1, &segment));
	ASSERT_EQ(0, test_buf_import(self->gntdev, &buf, 1, &ref, &op));
	test_buf_close(&buf);
	EXPECT_EQ(EWOULDBLOCK, module_unload("test_exporter"));
	mapping_begin(&mapping, &self->mapper, &ref, 1);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
	EXPECT_EQ(EWOULDBLOCK, module_unload("test_exporter"));
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	while (module_unload("test_exporter"))
		sched_yield();
	ASSERT_EQ(0, system("modprobe test_exporter"));
}
