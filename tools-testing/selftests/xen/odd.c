// SPDX-License-Identifier: GPL-2.0-only
/*
 * Imports of dma-bufs that real exporters seldom make, what of them is granted
 * and what is refused: each test is a promise.  Runs in domain 0 against the
 * mapper in a guest, see import.h, with the modules odd_buffer and vgem.
 */

#define LARGEST	1024

#include "odd.h"

/*
 * granted - import a buffer, let the guest see and write all of it, and release
 *
 * @first: of the memory's pages, the first that is granted
 * @count: how many are
 * @data_ofs: where the data begins in the first of them
 *
 * NULL, or what is wrong
 */
static const char *granted(FIXTURE_DATA(import) * self, struct odd *odd,
			   unsigned int first, unsigned int count,
			   unsigned int data_ofs)
{
	struct gntdev_dmabuf_import op;
	uint32_t refs[LARGEST];
	const char *wrong;

	if (odd_import(self->gntdev, odd, count, refs, &op))
		return strerror(errno);
	wrong = exchange(&self->mapper, count, refs, odd_part(odd, first));
	if (op.data_ofs != data_ofs)
		wrong = "the data begins elsewhere";
	if (release_id(self->gntdev, op.id))
		wrong = "it cannot be released";
	if (!is_gone(self->gntdev, op.id) || odd_in_use(odd))
		wrong = "the exporter did not get it back";
	return wrong;
}

#define EXPECT_GRANTED(odd, first, count, data_ofs)			\
do {									\
	const char *wrong = granted(self, odd, first, count, data_ofs);	\
									\
	EXPECT_EQ(NULL, wrong)						\
		TH_LOG("%s", wrong);					\
} while (0)

/* refused - the error number, or -1 if anything is left of it */
static int refused(FIXTURE_DATA(import) * self, struct odd *odd, unsigned int count)
{
	uint32_t refs[LARGEST + 1];
	struct gntdev_dmabuf_import op;
	int ret;

	memset(refs, 0xa5, sizeof(refs));
	ret = odd_import(self->gntdev, odd, count, refs, &op);
	if (odd_in_use(odd) || listed(self->gntdev) || op.id ||
	    refs[0] != 0xa5a5a5a5)
		return -1;
	return ret;
}

/* refused_segments - the same for a buffer of @count pages, made and closed */
static int refused_segments(FIXTURE_DATA(import) * self, unsigned int count,
			    unsigned int segment_count,
			    const struct odd_buffer_segment *segments)
{
	struct odd odd;
	int ret;

	ret = odd_segments(&odd, count * PAGE, segment_count, segments);
	if (ret)
		return -ret;
	ret = refused(self, &odd, count);
	odd_close(&odd);
	return ret;
}

/* ---- What is granted */

TEST_F_TIMEOUT(import, segments_may_have_any_number_of_pages, LIMIT)
{
	static const struct odd_buffer_segment segments[] = {
		{ .length = 1 * PAGE }, { .length = 3 * PAGE },
		{ .length = 64 * PAGE }, { .length = 256 * PAGE },
		{ .length = 1 * PAGE },
	};
	struct odd odd;

	ASSERT_EQ(0, odd_segments(&odd, 325 * PAGE, ARRAY_SIZE(segments),
				  segments));
	EXPECT_GRANTED(&odd, 0, 325, 0);
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, there_may_be_many_segments, LIMIT)
{
	struct odd_buffer_segment segments[LARGEST];
	struct odd odd;
	int i;

	for (i = 0; i < LARGEST; i++)
		segments[i] = (struct odd_buffer_segment){ .length = PAGE };
	ASSERT_EQ(0, odd_segments(&odd, LARGEST * PAGE, LARGEST, segments));
	EXPECT_GRANTED(&odd, 0, LARGEST, 0);
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, the_data_may_begin_inside_a_page, LIMIT)
{
	static const struct odd_buffer_segment segments[] = {
		{ .offset = 1000, .length = 2 * PAGE - 1000 },
		{ .length = PAGE },
	};
	struct odd odd;

	ASSERT_EQ(0, odd_segments(&odd, 3 * PAGE - 1000, ARRAY_SIZE(segments),
				  segments));
	EXPECT_GRANTED(&odd, 0, 3, 1000);
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, pages_before_the_data_are_not_granted, LIMIT)
{
	static const struct odd_buffer_segment segment = {
		.offset = 2 * PAGE + 904, .length = 2 * PAGE,
	};
	struct odd odd;

	ASSERT_EQ(0, odd_segments(&odd, segment.length, 1, &segment));
	EXPECT_EQ(EINVAL, refused(self, &odd, 5));
	EXPECT_GRANTED(&odd, 2, 3, 904);
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, the_data_may_end_inside_a_page, LIMIT)
{
	static const struct odd_buffer_segment segments[] = {
		{ .length = 2 * PAGE }, { .length = 100 },
	};
	struct odd odd;

	ASSERT_EQ(0, odd_segments(&odd, 2 * PAGE + 100, ARRAY_SIZE(segments),
				  segments));
	EXPECT_GRANTED(&odd, 0, 3, 0);
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, less_than_a_page_may_lie_in_one_or_two, LIMIT)
{
	static const struct odd_buffer_segment in_one = {
		.offset = 100, .length = 8,
	}, in_two = {
		.offset = PAGE - 4, .length = 8,
	};
	struct odd odd;

	ASSERT_EQ(0, odd_segments(&odd, 8, 1, &in_one));
	EXPECT_GRANTED(&odd, 0, 1, 100);
	odd_close(&odd);
	ASSERT_EQ(0, odd_segments(&odd, 8, 1, &in_two));
	EXPECT_GRANTED(&odd, 0, 2, PAGE - 4);
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, what_is_beyond_the_size_is_not_granted, LIMIT)
{
	/* The end of the first one is inside a page, but the end of all as well */
	static const struct odd_buffer_segment segments[] = {
		{ .offset = 8, .length = 3 * PAGE },
		{ .offset = 100, .length = PAGE },
	};
	/* The size, and the number of pages then */
	static const unsigned int sizes[][2] = {
		{ 1, 1 }, { PAGE - 8, 1 }, { PAGE - 7, 2 }, { 2 * PAGE, 3 },
		{ 3 * PAGE - 8, 3 }, { 3 * PAGE, 4 },
	};
	struct odd odd;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, odd_segments(&odd, sizes[i][0],
					  ARRAY_SIZE(segments), segments));
		EXPECT_EQ(EINVAL, refused(self, &odd, sizes[i][1] - 1));
		EXPECT_EQ(EINVAL, refused(self, &odd, sizes[i][1] + 1));
		EXPECT_GRANTED(&odd, 0, sizes[i][1], 8);
		odd_close(&odd);
	}
}

TEST_F_TIMEOUT(import, a_size_beyond_the_segments_means_nothing, LIMIT)
{
	static const struct odd_buffer_segment segments[] = {
		{ .length = PAGE }, { .length = 2 * PAGE },
	};
	static const uint64_t sizes[] = {
		3 * PAGE + 1, 10 * PAGE, 1ULL << 40, INT64_MAX,
	};
	struct odd odd;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, odd_segments(&odd, sizes[i], ARRAY_SIZE(segments),
					  segments));
		EXPECT_EQ(EINVAL, refused(self, &odd, 4));
		EXPECT_EQ(EINVAL, refused(self, &odd, 10));
		EXPECT_GRANTED(&odd, 0, 3, 0);
		odd_close(&odd);
	}
}

TEST_F_TIMEOUT(import, who_does_not_ask_for_an_offset_gets_no_buffer_with_one, LIMIT)
{
	static const struct odd_buffer_segment segment = {
		.offset = 64, .length = PAGE,
	};
	uint32_t refs[2], data_ofs;
	struct odd odd;

	ASSERT_EQ(0, odd_segments(&odd, PAGE, 1, &segment));
	EXPECT_EQ(EINVAL, import_refs(self->gntdev, odd.fd, 2, peer_domid(), refs));
	EXPECT_FALSE(odd_in_use(&odd));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, odd.fd));
	ASSERT_EQ(0, import_refs_v2(self->gntdev, odd.fd, 2, peer_domid(), refs,
				    &data_ofs));
	EXPECT_EQ(64, data_ofs);
	EXPECT_EQ(NULL, exchange(&self->mapper, 2, refs, odd.memory));
	EXPECT_EQ(0, import_release(self->gntdev, odd.fd));
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
}

/* ---- What is refused */

TEST_F_TIMEOUT(import, a_wrong_number_of_pages_is_refused, LIMIT)
{
	static const struct odd_buffer_segment segment = { .length = 8 * PAGE };
	static const unsigned int counts[] = { 0, 1, 7, 9, LARGEST };
	struct odd odd;
	int i;

	ASSERT_EQ(0, odd_segments(&odd, segment.length, 1, &segment));
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		EXPECT_EQ(EINVAL, refused(self, &odd, counts[i]));
	odd_close(&odd);

	/* One that has none */
	ASSERT_EQ(0, odd_segments(&odd, 0, 1, &segment));
	EXPECT_EQ(EINVAL, refused(self, &odd, 0));
	EXPECT_EQ(EINVAL, refused(self, &odd, 1));
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, pages_that_the_data_does_not_fill_are_refused, LIMIT)
{
	static const struct odd_buffer_segment begins[] = {
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

TEST_F_TIMEOUT(import, one_page_of_a_device_among_others_is_refused, LIMIT)
{
	static const struct odd_buffer_segment segments[] = {
		{ .length = 2 * PAGE },
		{ .length = PAGE, .memory = ODD_BUFFER_DEVICE },
		{ .length = PAGE },
	};
	int ret = refused_segments(self, 4, 3, segments);

	if (ret == -ENODEV)
		SKIP(return, "this domain has no ZONE_DEVICE");
	EXPECT_EQ(EOPNOTSUPP, ret);
}

/* refused_address - the same for memory without pages at an address */
static int refused_address(FIXTURE_DATA(import) * self, uint64_t address)
{
	static const struct odd_buffer_segment segments[] = {
		{ .length = PAGE }, { .length = 2 * PAGE },
	};
	struct odd_buffer_make op = {
		.size = 3 * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
		.address = address,
	};
	struct odd odd;
	int ret;

	if (odd_make(&odd, &op))
		return -1;
	ret = refused(self, &odd, 3);
	odd_close(&odd);
	return ret;
}

TEST_F_TIMEOUT(import, addresses_beyond_all_memory_are_refused, LIMIT)
{
	static const uint64_t addresses[] = {
		1ULL << 39, 1ULL << 47, 1ULL << 52, 1ULL << 63, -3 * (uint64_t)PAGE,
		/* This one goes round */
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

	/* What QEMU has on every machine, and of x86 the VGA's old window */
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

	if (access("/sys/firmware/acpi", F_OK))
		return;
	for (i = 0; i < 2; i++)
		EXPECT_EQ(EOPNOTSUPP, refused_address(self, i ? 0xb8000 : 0xa0000));
}

TEST_F_TIMEOUT(import, what_an_exporter_fails_with_is_passed_on, LIMIT)
{
	static const struct odd_buffer_segment segment = { .length = PAGE };
	static const int errors[] = {
		EIO, ENXIO, EACCES, EBUSY, ENODEV, EINVAL, ENOSPC, ENOTTY, EPERM,
	};
	struct odd odd;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		for (k = 0; k < 4; k++) {
			struct odd_buffer_make op = {
				.size = PAGE,
				.segments = (uintptr_t)&segment,
				.count = 1,
				.dynamic = k > 1,
				.attach_error = k == 0 ? errors[i] : 0,
				.map_error = k == 1 || k == 2 ? errors[i] : 0,
				.pin_error = k == 3 ? errors[i] : 0,
			};

			ASSERT_EQ(0, odd_make(&odd, &op));
			EXPECT_EQ(errors[i], refused(self, &odd, 1));
			odd_close(&odd);
		}
}

/* ---- How long it stays with the exporter */

TEST_F_TIMEOUT(import, the_exporter_keeps_it_until_the_guest_lets_go, LIMIT)
{
	static const struct odd_buffer_segment segments[] = {
		{ .length = 64 * PAGE }, { .length = PAGE },
	};
	struct odd_buffer_make make = {
		.size = 65 * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
	};
	struct gntdev_dmabuf_import op;
	struct odd_buffer_state state;
	struct mapping mapping;
	uint32_t refs[65];
	struct odd odd;

	for (make.dynamic = 0; make.dynamic < 2; make.dynamic++) {
		ASSERT_EQ(0, odd_make(&odd, &make));
		pattern_fill(odd.memory, 0, 65, 3);
		ASSERT_EQ(0, odd_import(self->gntdev, &odd, 65, refs, &op));
		odd_let_go(&odd);
		mapping_begin(&mapping, &self->mapper, refs, 65);
		ASSERT_EQ(0, mapping_map(&mapping, false));
		EXPECT_EQ(0, release_id(self->gntdev, op.id));
		mapping_unmap_chunk(&mapping, 0);

		/* The last of 65 pages is still with the guest */
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
		state = odd_state(&odd);
		EXPECT_EQ(1, state.alive);
		EXPECT_EQ(1, state.attached);
		EXPECT_EQ(make.dynamic, state.pinned);
		EXPECT_EQ(1, state.mapped);
		EXPECT_EQ(0, mapping_wrong(&mapping, 3));

		mapping_unmap(&mapping);
		mapping_end(&mapping);
		EXPECT_TRUE(is_gone(self->gntdev, op.id));
		EXPECT_FALSE(odd_in_use(&odd));
		/* The import's was the last reference */
		EXPECT_EQ(0, odd_state(&odd).alive);
		odd_close(&odd);
	}
}

TEST_F_TIMEOUT(import, the_exporters_module_stays_until_the_guest_lets_go, LIMIT)
{
	static const struct odd_buffer_segment segment = { .length = PAGE };
	struct gntdev_dmabuf_import op;
	struct mapping mapping;
	struct odd odd;
	uint32_t ref;

	ASSERT_EQ(0, odd_segments(&odd, PAGE, 1, &segment));
	ASSERT_EQ(0, odd_import(self->gntdev, &odd, 1, &ref, &op));
	odd_close(&odd);
	EXPECT_EQ(EWOULDBLOCK, module_unload("odd_buffer"));
	mapping_begin(&mapping, &self->mapper, &ref, 1);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
	EXPECT_EQ(EWOULDBLOCK, module_unload("odd_buffer"));
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	while (module_unload("odd_buffer"))
		sched_yield();
	ASSERT_EQ(0, system("modprobe odd_buffer"));
}
