// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several imports of a dma-buf, which share an attachment, and imports of a
 * dma-buf that devices still use.  Each test checks one promise.  Runs in
 * domain 0 with the modules test_exporter and vgem, and with mapper in a guest:
 * see import.h.
 */

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "test-exporter.h"
#include "threads.h"

#define THREADS	6

static const struct test_exporter_segment segments[] = {
	{ .length = 3 * PAGE }, { .length = PAGE },
};

#define COUNT	4

static int create(struct test_buf *buf)
{
	return test_buf_segments(buf, COUNT * PAGE, ARRAY_SIZE(segments),
				 segments);
}

/* import_flags - import a buffer with flags */
static int import_flags(int gntdev, const struct test_buf *buf, uint32_t flags,
			uint32_t *refs, uint64_t *id)
{
	struct gntdev_dmabuf_import op = import_op(buf->fd, COUNT, refs);
	int ret;

	op.flags = flags;
	ret = import_buffer(gntdev, &op);
	*id = op.id;
	return ret;
}

/*
 * check_readonly - check that the guest maps the pages read-only, or writable
 *
 * Return: NULL, or the error.
 */
static const char *check_readonly(struct ask *mapper, const uint32_t *refs,
				  bool readonly)
{
	const char *wrong = NULL;
	struct mapping mapping;

	mapping_begin(&mapping, mapper, refs, COUNT);
	if (!mapping_map(&mapping, false)) {
		mapping_unmap(&mapping);
		if (readonly)
			wrong = "the guest maps read-only pages for writing";
	} else if (!readonly) {
		wrong = "the guest cannot map the pages for writing";
	} else if (mapping_map(&mapping, true)) {
		wrong = "the guest cannot map the pages for reading";
	} else {
		mapping_unmap(&mapping);
	}
	mapping_end(&mapping);
	return wrong;
}

/* ---- Several imports */

TEST_F_TIMEOUT(import, a_repeated_import_shares_one_attachment_and_one_mapping, LIMIT)
{
	static const uint32_t flags[] = { GNTDEV_DMABUF_IMPORT_READONLY, 0,
					  GNTDEV_DMABUF_IMPORT_READONLY };
	/* Orders of release: the first, the middle or the last import is first */
	static const unsigned int orders[][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 1, 0 } };
	uint32_t refs[3][COUNT];
	uint64_t ids[3];
	struct test_buf buf;
	unsigned int i, k;

	ASSERT_EQ(0, create(&buf));
	for (k = 0; k < ARRAY_SIZE(orders); k++) {
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(0, import_flags(self->gntdev, &buf, flags[i],
						  refs[i], &ids[i]));
			EXPECT_EQ(1, test_buf_state(&buf).attached);
			EXPECT_EQ(1, test_buf_state(&buf).mapped);
			EXPECT_EQ(k + 1, test_buf_state(&buf).attaches);
			EXPECT_EQ(k + 1, test_buf_state(&buf).maps);
		}
		for (i = 0; i < 3; i++)
			EXPECT_EQ(NULL, check_readonly(&self->mapper, refs[i],
						       flags[i]));
		EXPECT_EQ(NULL, check_access(&self->mapper, COUNT, refs[1],
					     buf.memory));

		for (i = 0; i < 3; i++) {
			EXPECT_TRUE(test_buf_in_use(&buf));
			EXPECT_EQ(0, release_id(self->gntdev, ids[orders[k][i]]));
			EXPECT_EQ(ENOENT, wait_id(self->gntdev, ids[orders[k][i]], 0));
		}
		EXPECT_FALSE(test_buf_in_use(&buf));
	}
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, the_last_import_that_the_guest_maps_holds_the_buffer, LIMIT)
{
	uint32_t refs[2][COUNT];
	struct mapping mapping;
	struct test_buf buf;
	uint64_t ids[2];
	unsigned int i;

	ASSERT_EQ(0, create(&buf));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, import_flags(self->gntdev, &buf, 0, refs[i], &ids[i]));
	test_buf_put(&buf);
	mapping_begin(&mapping, &self->mapper, refs[0], COUNT);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, release_id(self->gntdev, ids[i]));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, ids[1], 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, ids[0], 20));
	EXPECT_EQ(1, test_buf_state(&buf).alive);
	EXPECT_EQ(1, test_buf_state(&buf).mapped);
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, ids[0]));
	EXPECT_EQ(0, test_buf_state(&buf).alive);
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, an_exporter_that_refuses_writing_is_imported_read_only, LIMIT)
{
	struct test_exporter_create op = {
		.size = COUNT * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
		.write_error = EACCES,
	};
	uint32_t refs[2][COUNT], none[COUNT];
	uint64_t ids[2], id;
	struct test_buf buf;
	unsigned int i;

	ASSERT_EQ(0, test_buf_create(&buf, &op));
	EXPECT_EQ(EACCES, import_flags(self->gntdev, &buf, 0, none, &id));
	EXPECT_FALSE(test_buf_in_use(&buf));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, import_flags(self->gntdev, &buf,
					  GNTDEV_DMABUF_IMPORT_READONLY, refs[i],
					  &ids[i]));
		EXPECT_EQ(EACCES, import_flags(self->gntdev, &buf, 0, none, &id));
		EXPECT_EQ(1, test_buf_state(&buf).mapped);
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(NULL, check_readonly(&self->mapper, refs[i], true));
		EXPECT_EQ(0, release_id(self->gntdev, ids[i]));
	}
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, a_heap_buffer_is_imported_twice, LIMIT)
{
	struct source source;
	uint32_t refs[2][COUNT];
	uint64_t ids[2];
	unsigned int i;

	/* dma-debug of the debug kernel reports a second mapping of the memory */
	ASSERT_EQ(0, source_heap(&source, "system", COUNT));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, import_source(self->gntdev, &source, refs[i], &ids[i]));
	EXPECT_EQ(1, source_attached(&source));
	ASSERT_EQ(0, release_id(self->gntdev, ids[0]));
	EXPECT_EQ(1, source_attached(&source));
	EXPECT_EQ(NULL, check_access(&self->mapper, COUNT, refs[1], source.map));
	ASSERT_EQ(0, release_id(self->gntdev, ids[1]));
	EXPECT_EQ(0, source_attached(&source));
	source_close(&source);
}

/**
 * struct importer - a thread that imports a buffer
 * @thread: the thread
 * @gntdev: the gntdev file
 * @buf: the buffer
 * @flags: flags of the import, or OLDEST_REQUEST
 * @rounds: number of imports that are released at once, or 0 for one import
 *          that is not released
 * @result: 0 or the error number, -1 while the thread runs
 * @id: id of the last import
 * @refs: references of the last import
 */
struct importer {
	pthread_t thread;
	int gntdev;
	const struct test_buf *buf;
	uint32_t flags;
	unsigned int rounds;
	int result;
	uint64_t id;
	uint32_t refs[COUNT];
};

/* Import by request 11, which has no flags */
#define OLDEST_REQUEST	0x80000000U

static void *importer_main(void *data)
{
	struct importer *importer = data;
	int ret;

	if (importer->flags & OLDEST_REQUEST) {
		importer->result = import_refs(importer->gntdev, importer->buf->fd,
					       COUNT, peer_domid(), importer->refs);
		return NULL;
	}
	do {
		ret = import_flags(importer->gntdev, importer->buf,
				   importer->flags, importer->refs,
				   &importer->id);
		if (!ret && importer->rounds)
			ret = release_id(importer->gntdev, importer->id);
	} while (!ret && importer->rounds && --importer->rounds);
	importer->result = ret;
	return NULL;
}

static bool importer_start(struct importer *importer, int gntdev,
			   const struct test_buf *buf, uint32_t flags,
			   unsigned int rounds)
{
	*importer = (struct importer) {
		.gntdev = gntdev,
		.buf = buf,
		.flags = flags,
		.rounds = rounds,
		.result = -1,
		.refs = { [COUNT - 1] = -1 },
	};
	return !pthread_create(&importer->thread, NULL, importer_main, importer);
}

static int add_fence(const struct test_buf *buf, int usage)
{
	return ioctl(buf->file, TEST_EXPORTER_ADD_FENCE, usage);
}

static int signal_fence(const struct test_buf *buf)
{
	return ioctl(buf->file, TEST_EXPORTER_SIGNAL_FENCE, 0);
}

static void wait_until_waited(const struct test_buf *buf)
{
	while (!test_buf_state(buf).waited)
		sched_yield();
}

static void wait_until_others_sleep(void)
{
	while (!others_sleep())
		sched_yield();
}

/* importer_block - add a fence and start an import, which then waits for it */
static bool importer_block(struct importer *importer, int gntdev,
			   const struct test_buf *buf, int usage,
			   uint32_t flags)
{
	if (add_fence(buf, usage) ||
	    !importer_start(importer, gntdev, buf, flags, 0))
		return false;
	wait_until_waited(buf);
	return true;
}

/* importer_finish - signal the fence; the result of the import, or -1 */
static int importer_finish(struct importer *importer)
{
	if (signal_fence(importer->buf) || pthread_join(importer->thread, NULL))
		return -1;
	return importer->result;
}

TEST_F_TIMEOUT(import, concurrent_first_imports_share_one_attachment, LIMIT)
{
	struct importer importers[THREADS];
	struct test_buf buf;
	int i;

	ASSERT_EQ(0, create(&buf));
	/* The first import sleeps while it maps, the others wait for it */
	ASSERT_EQ(0, add_fence(&buf, TEST_EXPORTER_KERNEL));
	for (i = 0; i < THREADS; i++)
		ASSERT_TRUE(importer_start(&importers[i], self->gntdev, &buf, 0, 0));
	wait_until_waited(&buf);
	wait_until_others_sleep();
	EXPECT_EQ(1, test_buf_state(&buf).attaches);
	ASSERT_EQ(0, signal_fence(&buf));
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(importers[i].thread, NULL));
		EXPECT_EQ(0, importers[i].result);
	}
	EXPECT_EQ(1, test_buf_state(&buf).attaches);
	EXPECT_EQ(1, test_buf_state(&buf).maps);
	for (i = 0; i < THREADS; i++) {
		EXPECT_TRUE(test_buf_in_use(&buf));
		EXPECT_EQ(0, release_id(self->gntdev, importers[i].id));
	}
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, threads_import_and_release_one_buffer_repeatedly, LIMIT)
{
	struct importer importers[THREADS];
	unsigned int attached = 0, mapped = 0;
	struct test_exporter_state state;
	struct test_buf buf;
	int i, running;

	ASSERT_EQ(0, create(&buf));
	for (i = 0; i < THREADS; i++)
		ASSERT_TRUE(importer_start(&importers[i], self->gntdev, &buf, 0,
					   rounds(300)));
	do {
		state = test_buf_state(&buf);
		if (state.attached > attached)
			attached = state.attached;
		if (state.mapped > mapped)
			mapped = state.mapped;
		for (running = 0, i = 0; i < THREADS; i++)
			running += *(volatile int *)&importers[i].result < 0;
	} while (running);
	EXPECT_GE(1, attached);
	EXPECT_GE(1, mapped);
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(importers[i].thread, NULL));
		EXPECT_EQ(0, importers[i].result);
	}
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
}

/* ---- Fences of devices that still use the buffer */

TEST_F_TIMEOUT(import, nothing_is_granted_before_devices_have_finished, LIMIT)
{
	struct importer importer;
	unsigned long granted;
	struct test_buf buf;
	int usage, dynamic;

	for (dynamic = 0; dynamic < 2; dynamic++) {
		struct test_exporter_create op = {
			.size = COUNT * PAGE,
			.segments = (uintptr_t)segments,
			.count = ARRAY_SIZE(segments),
			.dynamic = dynamic,
		};

		ASSERT_EQ(0, test_buf_create(&buf, &op));
		for (usage = TEST_EXPORTER_KERNEL; usage <= TEST_EXPORTER_READ;
		     usage++) {
			granted = file_number(DEBUG_DIR "counters", "pages_granted ");
			ASSERT_TRUE(importer_block(&importer, self->gntdev, &buf,
						   usage, 0));
			wait_until_others_sleep();
			EXPECT_EQ(-1, importer.result);
			EXPECT_EQ(granted, file_number(DEBUG_DIR "counters",
						       "pages_granted "));
			ASSERT_EQ(0, importer_finish(&importer));
			EXPECT_EQ(0, release_id(self->gntdev, importer.id));
			EXPECT_FALSE(test_buf_in_use(&buf));
		}
		test_buf_close(&buf);
	}
}

TEST_F_TIMEOUT(import, a_repeated_import_waits_for_devices_as_well, LIMIT)
{
	struct importer importer;
	uint32_t refs[COUNT];
	struct test_buf buf;
	uint64_t id;

	ASSERT_EQ(0, create(&buf));
	ASSERT_EQ(0, import_flags(self->gntdev, &buf, 0, refs, &id));
	ASSERT_TRUE(importer_block(&importer, self->gntdev, &buf,
				   TEST_EXPORTER_WRITE, 0));
	/* The first import can be released while the second one waits */
	EXPECT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, id, 0));
	EXPECT_EQ(-1, importer.result);
	ASSERT_EQ(0, importer_finish(&importer));
	EXPECT_EQ(0, release_id(self->gntdev, importer.id));
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, a_read_only_import_waits_for_writers_only, LIMIT)
{
	struct importer importer;
	uint32_t refs[COUNT];
	struct test_buf buf;
	uint64_t id;

	ASSERT_EQ(0, create(&buf));
	ASSERT_EQ(0, add_fence(&buf, TEST_EXPORTER_READ));
	ASSERT_EQ(0, import_flags(self->gntdev, &buf, GNTDEV_DMABUF_IMPORT_READONLY,
				  refs, &id));
	EXPECT_EQ(0, test_buf_state(&buf).waited);
	EXPECT_EQ(0, release_id(self->gntdev, id));
	ASSERT_EQ(0, signal_fence(&buf));

	ASSERT_TRUE(importer_block(&importer, self->gntdev, &buf,
				   TEST_EXPORTER_WRITE,
				   GNTDEV_DMABUF_IMPORT_READONLY));
	ASSERT_EQ(0, importer_finish(&importer));
	EXPECT_EQ(0, release_id(self->gntdev, importer.id));
	test_buf_close(&buf);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	signals++;
}

TEST_F_TIMEOUT(import, a_signal_does_not_end_the_wait_for_devices, LIMIT)
{
	/* Without SA_RESTART */
	struct sigaction action = { .sa_handler = count_signal };
	struct importer importer;
	struct test_buf buf;
	int usage;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, create(&buf));
	for (usage = TEST_EXPORTER_KERNEL; usage <= TEST_EXPORTER_READ; usage++) {
		signals = 0;
		ASSERT_TRUE(importer_block(&importer, self->gntdev, &buf, usage,
					   OLDEST_REQUEST));
		ASSERT_EQ(0, pthread_kill(importer.thread, SIGUSR1));
		wait_until_others_sleep();
		EXPECT_EQ(-1, importer.result);
		EXPECT_EQ(0, importer_finish(&importer));
		EXPECT_EQ(1, signals);
		EXPECT_EQ(0, import_release(self->gntdev, buf.fd));
		EXPECT_FALSE(test_buf_in_use(&buf));
	}
	test_buf_close(&buf);
}

TEST_F_TIMEOUT(import, an_importer_that_waits_for_a_device_can_be_killed, LIMIT)
{
	uint32_t refs[COUNT];
	struct test_buf buf;
	uint64_t id;
	pid_t child;
	int usage;

	ASSERT_EQ(0, create(&buf));
	for (usage = TEST_EXPORTER_KERNEL; usage <= TEST_EXPORTER_READ; usage++) {
		ASSERT_EQ(0, add_fence(&buf, usage));
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			_exit(import_flags(self->gntdev, &buf, 0, refs, &id));
		wait_until_waited(&buf);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		EXPECT_FALSE(test_buf_in_use(&buf));
		EXPECT_EQ(0, listed(self->gntdev));
		ASSERT_EQ(0, signal_fence(&buf));
	}
	test_buf_close(&buf);
}
