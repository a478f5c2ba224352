// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dma-buf that is imported several times, and one that devices still use when it
 * is imported: each test is a promise.  Runs in domain 0 against the mapper in a
 * guest, see import.h, with the modules odd_buffer and vgem.
 */

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "odd.h"
#include "threads.h"

#define THREADS	6

static const struct odd_buffer_segment segments[] = {
	{ .length = 3 * PAGE }, { .length = PAGE },
};

#define COUNT	4

/* import_odd - one more import, with flags */
static int import_odd(int gntdev, const struct odd *odd, uint32_t flags,
		      uint32_t *refs, uint64_t *id)
{
	struct gntdev_dmabuf_import op = {
		.refs = (uintptr_t)refs,
		.count = COUNT,
		.domid = peer_domid(),
		.flags = flags,
		.fd = odd->fd,
	};
	int ret = import_buffer(gntdev, &op);

	*id = op.id;
	return ret;
}

/* maps_as - the guest maps the pages for writing or only for reading, or not */
static const char *maps_as(struct ask *mapper, const uint32_t *refs, int readonly)
{
	const char *wrong = NULL;
	struct mapping mapping;

	mapping_begin(&mapping, mapper, refs, COUNT);
	if (!mapping_map(&mapping, false)) {
		mapping_unmap(&mapping);
		if (readonly)
			wrong = "the guest writes what is read-only";
	} else if (!readonly) {
		wrong = "the guest cannot write";
	} else if (mapping_map(&mapping, true)) {
		wrong = "the guest cannot read";
	} else {
		mapping_unmap(&mapping);
	}
	mapping_end(&mapping);
	return wrong;
}

/* ---- Imported several times */

TEST_F_TIMEOUT(import, a_repeated_import_shares_one_attachment_and_one_mapping, LIMIT)
{
	static const uint32_t flags[] = { GNTDEV_DMABUF_IMPORT_READONLY, 0,
					  GNTDEV_DMABUF_IMPORT_READONLY };
	/* In each order of release: the first, the middle and the last one first */
	static const unsigned int orders[][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 1, 0 } };
	uint32_t refs[3][COUNT];
	uint64_t ids[3];
	struct odd odd;
	unsigned int i, k;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	for (k = 0; k < ARRAY_SIZE(orders); k++) {
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(0, import_odd(self->gntdev, &odd, flags[i],
						refs[i], &ids[i]));
			EXPECT_EQ(1, odd_state(&odd).attached);
			EXPECT_EQ(1, odd_state(&odd).mapped);
			EXPECT_EQ(k + 1, odd_state(&odd).attaches);
			EXPECT_EQ(k + 1, odd_state(&odd).maps);
		}
		for (i = 0; i < 3; i++)
			EXPECT_EQ(NULL, maps_as(&self->mapper, refs[i], flags[i]));
		EXPECT_EQ(NULL, exchange(&self->mapper, COUNT, refs[1], odd.memory));

		for (i = 0; i < 3; i++) {
			EXPECT_TRUE(odd_in_use(&odd));
			EXPECT_EQ(0, release_id(self->gntdev, ids[orders[k][i]]));
			EXPECT_EQ(ENOENT, wait_id(self->gntdev, ids[orders[k][i]], 0));
		}
		EXPECT_FALSE(odd_in_use(&odd));
	}
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, the_last_import_that_the_guest_maps_holds_the_buffer, LIMIT)
{
	uint32_t refs[2][COUNT];
	struct mapping mapping;
	struct odd odd;
	uint64_t ids[2];
	unsigned int i;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, import_odd(self->gntdev, &odd, 0, refs[i], &ids[i]));
	odd_let_go(&odd);
	mapping_begin(&mapping, &self->mapper, refs[0], COUNT);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, release_id(self->gntdev, ids[i]));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, ids[1], 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, ids[0], 20));
	EXPECT_EQ(1, odd_state(&odd).alive);
	EXPECT_EQ(1, odd_state(&odd).mapped);
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	EXPECT_TRUE(is_gone(self->gntdev, ids[0]));
	EXPECT_EQ(0, odd_state(&odd).alive);
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, an_exporter_that_refuses_writing_is_imported_read_only, LIMIT)
{
	struct odd_buffer_make make = {
		.size = COUNT * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
		.write_error = EACCES,
	};
	uint32_t refs[2][COUNT], none[COUNT];
	uint64_t ids[2], id;
	struct odd odd;
	unsigned int i;

	ASSERT_EQ(0, odd_make(&odd, &make));
	EXPECT_EQ(EACCES, import_odd(self->gntdev, &odd, 0, none, &id));
	EXPECT_FALSE(odd_in_use(&odd));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, import_odd(self->gntdev, &odd,
					GNTDEV_DMABUF_IMPORT_READONLY, refs[i],
					&ids[i]));
		EXPECT_EQ(EACCES, import_odd(self->gntdev, &odd, 0, none, &id));
		EXPECT_EQ(1, odd_state(&odd).mapped);
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(NULL, maps_as(&self->mapper, refs[i], true));
		EXPECT_EQ(0, release_id(self->gntdev, ids[i]));
	}
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, a_heap_buffer_is_imported_twice, LIMIT)
{
	struct source source;
	uint32_t refs[2][COUNT];
	uint64_t ids[2];
	unsigned int i;

	/* The debug kernel's log shows if the DMA API finds a mapping too many */
	ASSERT_EQ(0, source_heap(&source, "system", COUNT));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, import_source(self->gntdev, &source, refs[i], &ids[i]));
	EXPECT_EQ(1, source_attached(&source));
	ASSERT_EQ(0, release_id(self->gntdev, ids[0]));
	EXPECT_EQ(1, source_attached(&source));
	EXPECT_EQ(NULL, exchange(&self->mapper, COUNT, refs[1], source.map));
	ASSERT_EQ(0, release_id(self->gntdev, ids[1]));
	EXPECT_EQ(0, source_attached(&source));
	source_close(&source);
}

/**
 * struct importer - a thread that imports
 * @thread: which
 * @gntdev: where
 * @odd: what
 * @flags: how; with OLD by the oldest request
 * @rounds: how often, each but the last one released at once
 * @result: 0 or the error number, -1 before
 * @id: of the import
 * @refs: its references
 */
struct importer {
	pthread_t thread;
	int gntdev;
	const struct odd *odd;
	uint32_t flags;
	unsigned int rounds;
	int result;
	uint64_t id;
	uint32_t refs[COUNT];
};

#define OLD	0x80000000U

static void *importer_main(void *data)
{
	struct importer *importer = data;
	int ret;

	if (importer->flags & OLD) {
		importer->result = import_refs(importer->gntdev, importer->odd->fd,
					       COUNT, peer_domid(), importer->refs);
		return NULL;
	}
	do {
		ret = import_odd(importer->gntdev, importer->odd, importer->flags,
				 importer->refs, &importer->id);
		if (!ret && importer->rounds)
			ret = release_id(importer->gntdev, importer->id);
	} while (!ret && importer->rounds && --importer->rounds);
	importer->result = ret;
	return NULL;
}

static bool importer_start(struct importer *importer, int gntdev,
			   const struct odd *odd, uint32_t flags, unsigned int rounds)
{
	*importer = (struct importer) {
		.gntdev = gntdev,
		.odd = odd,
		.flags = flags,
		.rounds = rounds,
		.result = -1,
		.refs = { [COUNT - 1] = -1 },
	};
	return !pthread_create(&importer->thread, NULL, importer_main, importer);
}

static void wait_until_waited(const struct odd *odd)
{
	while (!odd_state(odd).waited)
		sched_yield();
}

TEST_F_TIMEOUT(import, concurrent_first_imports_share_one_attachment, LIMIT)
{
	struct importer importers[THREADS];
	struct odd odd;
	int i;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	/* The first one sleeps in the middle of mapping, all others for it */
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, ODD_BUFFER_MOVES));
	for (i = 0; i < THREADS; i++)
		ASSERT_TRUE(importer_start(&importers[i], self->gntdev, &odd, 0, 0));
	wait_until_waited(&odd);
	while (!others_sleep())
		sched_yield();
	EXPECT_EQ(1, odd_state(&odd).attaches);
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(importers[i].thread, NULL));
		EXPECT_EQ(0, importers[i].result);
	}
	EXPECT_EQ(1, odd_state(&odd).attaches);
	EXPECT_EQ(1, odd_state(&odd).maps);
	for (i = 0; i < THREADS; i++) {
		EXPECT_TRUE(odd_in_use(&odd));
		EXPECT_EQ(0, release_id(self->gntdev, importers[i].id));
	}
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, threads_import_and_release_one_buffer_over_and_over, LIMIT)
{
	struct importer importers[THREADS];
	unsigned int attached = 0, mapped = 0;
	struct odd_buffer_state state;
	struct odd odd;
	int i, running;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	for (i = 0; i < THREADS; i++)
		ASSERT_TRUE(importer_start(&importers[i], self->gntdev, &odd, 0,
					   rounds(300)));
	do {
		state = odd_state(&odd);
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
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
}

/* ---- What devices have begun before */

TEST_F_TIMEOUT(import, nothing_is_granted_before_devices_have_finished, LIMIT)
{
	struct importer importer;
	unsigned long granted;
	struct odd odd;
	int usage, dynamic;

	for (dynamic = 0; dynamic < 2; dynamic++) {
		struct odd_buffer_make make = {
			.size = COUNT * PAGE,
			.segments = (uintptr_t)segments,
			.count = ARRAY_SIZE(segments),
			.dynamic = dynamic,
		};

		ASSERT_EQ(0, odd_make(&odd, &make));
		for (usage = ODD_BUFFER_MOVES; usage <= ODD_BUFFER_READS; usage++) {
			granted = file_number(DEBUG_DIR "counters", "pages_granted ");
			ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, usage));
			ASSERT_TRUE(importer_start(&importer, self->gntdev, &odd, 0, 0));
			wait_until_waited(&odd);
			while (!others_sleep())
				sched_yield();
			EXPECT_EQ(-1, importer.result);
			EXPECT_EQ(granted, file_number(DEBUG_DIR "counters",
						       "pages_granted "));
			ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));
			ASSERT_EQ(0, pthread_join(importer.thread, NULL));
			ASSERT_EQ(0, importer.result);
			EXPECT_EQ(0, release_id(self->gntdev, importer.id));
			EXPECT_FALSE(odd_in_use(&odd));
		}
		odd_close(&odd);
	}
}

TEST_F_TIMEOUT(import, a_repeated_import_waits_for_devices_as_well, LIMIT)
{
	struct importer importer;
	uint32_t refs[COUNT];
	struct odd odd;
	uint64_t id;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	ASSERT_EQ(0, import_odd(self->gntdev, &odd, 0, refs, &id));
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, ODD_BUFFER_WRITES));
	ASSERT_TRUE(importer_start(&importer, self->gntdev, &odd, 0, 0));
	wait_until_waited(&odd);
	/* Meanwhile the first one can be released */
	EXPECT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, id, 0));
	EXPECT_EQ(-1, importer.result);
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));
	ASSERT_EQ(0, pthread_join(importer.thread, NULL));
	ASSERT_EQ(0, importer.result);
	EXPECT_EQ(0, release_id(self->gntdev, importer.id));
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, a_read_only_import_waits_for_writers_alone, LIMIT)
{
	struct importer importer;
	uint32_t refs[COUNT];
	struct odd odd;
	uint64_t id;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, ODD_BUFFER_READS));
	ASSERT_EQ(0, import_odd(self->gntdev, &odd, GNTDEV_DMABUF_IMPORT_READONLY,
				refs, &id));
	EXPECT_EQ(0, odd_state(&odd).waited);
	EXPECT_EQ(0, release_id(self->gntdev, id));
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));

	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, ODD_BUFFER_WRITES));
	ASSERT_TRUE(importer_start(&importer, self->gntdev, &odd,
				   GNTDEV_DMABUF_IMPORT_READONLY, 0));
	wait_until_waited(&odd);
	ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));
	ASSERT_EQ(0, pthread_join(importer.thread, NULL));
	ASSERT_EQ(0, importer.result);
	EXPECT_EQ(0, release_id(self->gntdev, importer.id));
	odd_close(&odd);
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
	struct odd odd;
	int usage;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	for (usage = ODD_BUFFER_MOVES; usage <= ODD_BUFFER_READS; usage++) {
		signals = 0;
		ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, usage));
		ASSERT_TRUE(importer_start(&importer, self->gntdev, &odd, OLD, 0));
		wait_until_waited(&odd);
		ASSERT_EQ(0, pthread_kill(importer.thread, SIGUSR1));
		while (!others_sleep())
			sched_yield();
		EXPECT_EQ(-1, importer.result);
		ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));
		ASSERT_EQ(0, pthread_join(importer.thread, NULL));
		EXPECT_EQ(1, signals);
		EXPECT_EQ(0, importer.result);
		EXPECT_EQ(0, import_release(self->gntdev, odd.fd));
		EXPECT_FALSE(odd_in_use(&odd));
	}
	odd_close(&odd);
}

TEST_F_TIMEOUT(import, an_importer_that_waits_for_a_device_can_be_killed, LIMIT)
{
	uint32_t refs[COUNT];
	struct odd odd;
	uint64_t id;
	pid_t child;
	int usage;

	ASSERT_EQ(0, odd_segments(&odd, COUNT * PAGE, ARRAY_SIZE(segments), segments));
	for (usage = ODD_BUFFER_MOVES; usage <= ODD_BUFFER_READS; usage++) {
		ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_FENCE, usage));
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			_exit(import_odd(self->gntdev, &odd, 0, refs, &id));
		wait_until_waited(&odd);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		EXPECT_FALSE(odd_in_use(&odd));
		EXPECT_EQ(0, listed(self->gntdev));
		ASSERT_EQ(0, ioctl(odd.file, ODD_BUFFER_SIGNAL, 0));
	}
	odd_close(&odd);
}
