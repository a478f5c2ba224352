// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of buf.c and buf-tree.c.
 *
 * A wait with a timeout of 0 returns -ETIMEDOUT if the buffer exists, and
 * -ENOENT if no existing buffer has the id or the descriptor number.
 */

#include <kunit/test.h>

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/sched/task.h>

#include "buf.h"

#define FD	5

static void unregister_action(void *buf)
{
	gntdev_buf_unregister(buf);
}

/* register_buf - register a buffer; KUnit unregisters it after the case */
static struct gntdev_buf *register_buf(struct kunit *test, u64 file_id)
{
	const struct gntdev_buf_info info = {
		.import = true,
		.file_id = file_id,
		.domid = 1,
		.count = 2,
		.flags = 4,
		.data_ofs = 3,
	};
	struct gntdev_buf *buf = gntdev_buf_register(&info);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unregister_action, buf));
	return buf;
}

static void unregister_buf(struct kunit *test, struct gntdev_buf *buf)
{
	kunit_release_action(test, unregister_action, buf);
}

/* register_with_fd - register a buffer with a descriptor number */
static struct gntdev_buf *register_with_fd(struct kunit *test, u64 file_id,
					   u32 fd)
{
	struct gntdev_buf *buf = register_buf(test, file_id);

	gntdev_buf_set_fd(buf, fd);
	return buf;
}

static void ids_are_not_0_and_all_different(struct kunit *test)
{
	u64 ids[32];
	unsigned int i, j;

	/* Buffers and open files share the sequence of ids */
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = i % 2 ? gntdev_buf_new_id() :
				 gntdev_buf_id(register_buf(test, 0));

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		KUNIT_EXPECT_NE(test, ids[i], 0);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, ids[i], ids[j]);
	}
}

static void id_finds_a_buffer_until_it_is_unregistered(struct kunit *test)
{
	struct gntdev_buf *buf = register_buf(test, gntdev_buf_new_id());
	u64 id = gntdev_buf_id(buf);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_id(id, 0));
	unregister_buf(test, buf);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(id, 0));
}

static void unknown_id_finds_no_buffer(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();

	register_buf(test, file_id);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(file_id, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(0, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(U64_MAX, 0));
}

static void descriptor_number_finds_a_buffer_until_it_is_unregistered(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_buf(test, file_id);

	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(file_id, FD, 0));
	gntdev_buf_set_fd(buf, FD);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(file_id, FD, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(file_id, FD + 1, 0));
	unregister_buf(test, buf);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(file_id, FD, 0));
}

static void descriptor_number_minus_1_finds_no_buffer(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();

	register_buf(test, file_id);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(file_id, -1, 0));
}

static void reused_descriptor_number_finds_the_latest_buffer(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *first = register_with_fd(test, file_id, FD);
	struct gntdev_buf *latest = register_with_fd(test, file_id, FD);
	u64 first_id = gntdev_buf_id(first);

	unregister_buf(test, latest);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(file_id, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_id(first_id, 0));
}

static void former_buffer_of_a_number_is_unregistered_alone(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *first = register_with_fd(test, file_id, FD);

	register_with_fd(test, file_id, FD);
	unregister_buf(test, first);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(file_id, FD, 0));
}

static void same_number_of_another_file_finds_another_buffer(struct kunit *test)
{
	u64 one = gntdev_buf_new_id(), other = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_with_fd(test, one, FD);

	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(other, FD, 0));
	register_with_fd(test, other, FD);
	unregister_buf(test, buf);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(one, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(other, FD, 0));
}

static void wait_ends_at_its_timeout(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_with_fd(test, file_id, FD);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(file_id, FD, 1));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			gntdev_buf_wait_id(gntdev_buf_id(buf), 1));
}

/**
 * struct found - buffers of one open gntdev file
 * @n: number of buffers
 * @info: the first of them
 */
struct found {
	unsigned int n;
	struct gntdev_buf_info info[2];
};

/* find_all - find all existing buffers of this file */
static struct found find_all(u64 file_id)
{
	struct gntdev_buf_info info = { 0 };
	struct found found = { 0 };

	while (gntdev_buf_next(info.id, &info)) {
		if (info.file_id != file_id)
			continue;
		if (found.n < ARRAY_SIZE(found.info))
			found.info[found.n] = info;
		found.n++;
	}

	return found;
}

static void live_buffers_are_found_in_the_order_of_their_ids(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *first = register_buf(test, file_id);
	struct gntdev_buf *second = register_buf(test, file_id);
	struct found found = find_all(file_id);

	KUNIT_ASSERT_EQ(test, found.n, 2);
	KUNIT_EXPECT_EQ(test, found.info[0].id, gntdev_buf_id(first));
	KUNIT_EXPECT_EQ(test, found.info[1].id, gntdev_buf_id(second));

	unregister_buf(test, first);
	found = find_all(file_id);
	KUNIT_ASSERT_EQ(test, found.n, 1);
	KUNIT_EXPECT_EQ(test, found.info[0].id, gntdev_buf_id(second));
}

static void info_is_what_was_registered(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct found found;

	register_buf(test, file_id);
	found = find_all(file_id);
	KUNIT_ASSERT_EQ(test, found.n, 1);
	KUNIT_EXPECT_TRUE(test, found.info[0].import);
	KUNIT_EXPECT_EQ(test, found.info[0].domid, 1);
	KUNIT_EXPECT_EQ(test, found.info[0].count, 2);
	KUNIT_EXPECT_EQ(test, found.info[0].data_ofs, 3);
	KUNIT_EXPECT_EQ(test, found.info[0].flags, 4);
	KUNIT_EXPECT_EQ(test, found.info[0].tgid, current->tgid);
	KUNIT_EXPECT_STREQ(test, found.info[0].comm, current->comm);
	KUNIT_EXPECT_EQ(test, GNTDEV_BUF_LIVE, found.info[0].state);
}

static void expect_exists_with_state(struct kunit *test, u64 file_id,
				     enum gntdev_buf_state state, u32 left)
{
	struct found found = find_all(file_id);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(file_id, FD, 0));
	KUNIT_ASSERT_EQ(test, found.n, 1);
	KUNIT_EXPECT_EQ(test, state, found.info[0].state);
	KUNIT_EXPECT_EQ(test, left, found.info[0].left);
}

static void releasing_and_stuck_buffers_exist(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_with_fd(test, file_id, FD);

	gntdev_buf_set_releasing(buf, 2);
	expect_exists_with_state(test, file_id, GNTDEV_BUF_RELEASING, 2);
	gntdev_buf_set_releasing(buf, 1);
	expect_exists_with_state(test, file_id, GNTDEV_BUF_RELEASING, 1);
	gntdev_buf_set_stuck(buf);
	expect_exists_with_state(test, file_id, GNTDEV_BUF_STUCK, 1);
}

static void time_of_a_release_is_that_of_its_begin(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_with_fd(test, file_id, FD);
	ktime_t before = ktime_get(), begin;

	gntdev_buf_set_releasing(buf, 2);
	begin = find_all(file_id).info[0].releasing;
	KUNIT_EXPECT_GE(test, begin, before);
	while (ktime_get() == begin)
		cpu_relax();
	gntdev_buf_set_releasing(buf, 1);
	KUNIT_EXPECT_EQ(test, begin, find_all(file_id).info[0].releasing);
}

/*
 * Every second buffer belongs to the same open file.  Each of the others belongs to
 * a file of its own, all with the same descriptor number.  The case compares each
 * look-up with what a search through all buffers would find.  It unregisters the
 * buffers with odd indexes first.
 */
static void each_of_many_buffers_is_found(struct kunit *test)
{
	enum { MANY = 3000 };
	struct gntdev_buf_info info = { 0 };
	u64 one = gntdev_buf_new_id();
	struct gntdev_buf **bufs;
	unsigned int i, n = 0;
	u64 *file_ids;

	bufs = kunit_kcalloc(test, MANY, sizeof(*bufs), GFP_KERNEL);
	file_ids = kunit_kcalloc(test, MANY, sizeof(*file_ids), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bufs);
	KUNIT_ASSERT_NOT_NULL(test, file_ids);

	/* 7 and MANY have no common factor: the numbers are unique, and unordered */
	for (i = 0; i < MANY; i++) {
		file_ids[i] = i % 2 ? gntdev_buf_new_id() : one;
		bufs[i] = register_with_fd(test, file_ids[i], i % 2 ? FD : i * 7 % MANY);
	}

	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_id(gntdev_buf_id(bufs[i]), 0));
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_fd(file_ids[i], i % 2 ? FD : i * 7 % MANY, 0));
	}
	while (gntdev_buf_next_in_file(one, info.id, &info)) {
		KUNIT_ASSERT_LT(test, n, MANY);
		KUNIT_EXPECT_EQ(test, info.id, gntdev_buf_id(bufs[n]));
		n += 2;
	}
	KUNIT_EXPECT_EQ(test, n, MANY);

	for (i = 1; i < MANY; i += 2) {
		u64 id = gntdev_buf_id(bufs[i]);

		unregister_buf(test, bufs[i]);
		KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(id, 0));
		KUNIT_EXPECT_EQ(test, -ENOENT,
				gntdev_buf_wait_fd(file_ids[i], FD, 0));
		KUNIT_EXPECT_FALSE(test, gntdev_buf_next_in_file(file_ids[i], 0, &info));
	}
	for (i = 0; i < MANY; i += 2)
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_fd(one, i * 7 % MANY, 0));
}

static void files_do_not_list_each_others_buffers(struct kunit *test)
{
	u64 one = gntdev_buf_new_id(), other = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_buf(test, one);
	struct gntdev_buf_info info;

	register_buf(test, other);
	KUNIT_ASSERT_TRUE(test, gntdev_buf_next_in_file(one, 0, &info));
	KUNIT_EXPECT_EQ(test, info.id, gntdev_buf_id(buf));
	KUNIT_EXPECT_FALSE(test, gntdev_buf_next_in_file(one, info.id, &info));
}

static void buffer_has_one_descriptor_number_at_a_time(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf *buf = register_with_fd(test, file_id, FD);

	gntdev_buf_set_fd(buf, FD + 1);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(file_id, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(file_id, FD + 1, 0));
}

/* slept_on_32_bits - jiffies that a kernel with 32-bit longs sleeps in total */
static u64 slept_on_32_bits(struct kunit *test, u32 timeout_ms, unsigned int hz)
{
	u64 left = gntdev_buf_timeout_jiffies(timeout_ms, hz), sum = 0;
	unsigned int i;
	long now;

	for (i = 0; left && i < 4; i++) {
		now = gntdev_buf_sleep_jiffies(left, S32_MAX - 1);
		KUNIT_EXPECT_GT(test, now, 0);
		KUNIT_EXPECT_LT(test, now, S32_MAX);
		left -= now;
		sum += now;
	}
	KUNIT_EXPECT_EQ(test, left, 0);
	return sum;
}

static void timeouts_are_right_with_32_bits_and_any_hz(struct kunit *test)
{
	static const unsigned int hzs[] = { 24, 100, 250, 300, 500, 1000, 1200 };
	static const u32 timeouts[] = { 1, 3, 999, 1000, S32_MAX, U32_MAX - 1, U32_MAX };
	unsigned int i, j;
	u64 exact, slept;

	for (i = 0; i < ARRAY_SIZE(hzs); i++) {
		for (j = 0; j < ARRAY_SIZE(timeouts); j++) {
			exact = div_u64((u64)timeouts[j] * hzs[i], MSEC_PER_SEC);
			slept = slept_on_32_bits(test, timeouts[j], hzs[i]);
			KUNIT_EXPECT_GT(test, slept, exact);
			KUNIT_EXPECT_LE(test, slept, exact + 2);
		}
	}
}

static int wait_for_id(void *id)
{
	return gntdev_buf_wait_id(*(u64 *)id, U32_MAX);
}

/* A task that the freezer cannot freeze makes every suspend fail */
static void waiter_can_be_frozen_and_killed_and_wakes_at_the_release(struct kunit *test)
{
	struct gntdev_buf *buf = register_buf(test, 0);
	u64 id = gntdev_buf_id(buf);
	struct task_struct *task;
	unsigned int i, state = 0;

	task = kthread_create(wait_for_id, &id, "buf_kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wake_up_process(task);

	/* Ten seconds: only a task that never sleeps takes so long */
	for (i = 0; i < 10000 && state != (TASK_KILLABLE | TASK_FREEZABLE); i++) {
		fsleep(1000);
		state = READ_ONCE(task->__state);
	}
	KUNIT_EXPECT_EQ(test, state, TASK_KILLABLE | TASK_FREEZABLE);

	unregister_buf(test, buf);
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(task));
	put_task_struct(task);
}

static void stats_count_live_buffers_and_their_pages(struct kunit *test)
{
	const struct gntdev_buf_info info = { .count = 5 };
	struct gntdev_buf_stats before = gntdev_buf_get_stats(), stats;
	struct gntdev_buf *export = gntdev_buf_register(&info);
	struct gntdev_buf *import;

	KUNIT_ASSERT_NOT_NULL(test, export);
	import = register_buf(test, 0);
	stats = gntdev_buf_get_stats();
	KUNIT_EXPECT_EQ(test, stats.exports, before.exports + 1);
	KUNIT_EXPECT_EQ(test, stats.pages_mapped, before.pages_mapped + 5);
	KUNIT_EXPECT_EQ(test, stats.pages_granted, before.pages_granted + 2);

	gntdev_buf_unregister(export);
	unregister_buf(test, import);
	stats = gntdev_buf_get_stats();
	KUNIT_EXPECT_EQ(test, stats.exports, before.exports);
	KUNIT_EXPECT_EQ(test, stats.pages_mapped, before.pages_mapped);
	KUNIT_EXPECT_EQ(test, stats.pages_granted, before.pages_granted);
}

/* Programs can export during the test: then the totals grow by more. */
static void stats_count_registered_and_released_buffers(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_buf_stats before, live, after;
	struct gntdev_buf *buf;

	before = gntdev_buf_get_stats();
	buf = register_buf(test, file_id);
	live = gntdev_buf_get_stats();
	unregister_buf(test, buf);
	after = gntdev_buf_get_stats();

	KUNIT_EXPECT_GT(test, live.registered, before.registered);
	KUNIT_EXPECT_GT(test, after.released, live.released);
}

static struct kunit_case buf_cases[] = {
	KUNIT_CASE(ids_are_not_0_and_all_different),
	KUNIT_CASE(id_finds_a_buffer_until_it_is_unregistered),
	KUNIT_CASE(unknown_id_finds_no_buffer),
	KUNIT_CASE(descriptor_number_finds_a_buffer_until_it_is_unregistered),
	KUNIT_CASE(descriptor_number_minus_1_finds_no_buffer),
	KUNIT_CASE(reused_descriptor_number_finds_the_latest_buffer),
	KUNIT_CASE(former_buffer_of_a_number_is_unregistered_alone),
	KUNIT_CASE(same_number_of_another_file_finds_another_buffer),
	KUNIT_CASE(wait_ends_at_its_timeout),
	KUNIT_CASE(live_buffers_are_found_in_the_order_of_their_ids),
	KUNIT_CASE(info_is_what_was_registered),
	KUNIT_CASE(releasing_and_stuck_buffers_exist),
	KUNIT_CASE(time_of_a_release_is_that_of_its_begin),
	KUNIT_CASE(files_do_not_list_each_others_buffers),
	KUNIT_CASE(buffer_has_one_descriptor_number_at_a_time),
	KUNIT_CASE(each_of_many_buffers_is_found),
	KUNIT_CASE(timeouts_are_right_with_32_bits_and_any_hz),
	KUNIT_CASE(waiter_can_be_frozen_and_killed_and_wakes_at_the_release),
	KUNIT_CASE(stats_count_live_buffers_and_their_pages),
	KUNIT_CASE(stats_count_registered_and_released_buffers),
	{}
};

static struct kunit_suite buf_suite = {
	.name = "gntdev_dmabuf_buf",
	.test_cases = buf_cases,
};

kunit_test_suite(buf_suite);
