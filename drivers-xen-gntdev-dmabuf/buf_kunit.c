// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what names a buffer, and for how long.
 *
 * Waiting with a timeout of 0 asks: -ETIMEDOUT says that the buffer is alive,
 * -ENOENT that there is none by that name.
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

static void err_unregister(void *buf)
{
	gntdev_buf_unregister(buf);
}

/* begin - the buf of a buffer; the test's end is its end at the latest */
static struct gntdev_buf *begin(struct kunit *test, u64 context)
{
	const struct gntdev_buf_info info = {
		.import = true,
		.context = context,
		.domid = 1,
		.count = 2,
		.flags = 4,
		.data_ofs = 3,
	};
	struct gntdev_buf *buf = gntdev_buf_register(&info);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, err_unregister, buf));
	return buf;
}

static void end(struct kunit *test, struct gntdev_buf *buf)
{
	kunit_release_action(test, err_unregister, buf);
}

/* named - the buf of a buffer that a descriptor names */
static struct gntdev_buf *named(struct kunit *test, u64 context, u32 fd)
{
	struct gntdev_buf *buf = begin(test, context);

	gntdev_buf_set_fd(buf, fd);
	return buf;
}

static void ids_are_not_0_and_all_different(struct kunit *test)
{
	u64 ids[32];
	unsigned int i, j;

	/* Of buffers and of open files */
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = i % 2 ? gntdev_buf_new_id() :
				 gntdev_buf_id(begin(test, 0));

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		KUNIT_EXPECT_NE(test, ids[i], 0);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, ids[i], ids[j]);
	}
}

static void id_names_a_buffer_until_its_end(struct kunit *test)
{
	struct gntdev_buf *buf = begin(test, gntdev_buf_new_id());
	u64 id = gntdev_buf_id(buf);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_id(id, 0));
	end(test, buf);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(id, 0));
}

static void id_that_is_no_buffers_names_none(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();

	begin(test, context);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(context, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(0, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(U64_MAX, 0));
}

static void descriptor_names_a_buffer_from_naming_to_end(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *buf = begin(test, context);

	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(context, FD, 0));
	gntdev_buf_set_fd(buf, FD);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(context, FD, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(context, FD + 1, 0));
	end(test, buf);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(context, FD, 0));
}

static void descriptor_minus_1_names_no_buffer(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();

	begin(test, context);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(context, -1, 0));
}

static void number_used_again_names_the_latest_buffer(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *first = named(test, context, FD);
	struct gntdev_buf *latest = named(test, context, FD);
	u64 first_id = gntdev_buf_id(first);

	end(test, latest);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(context, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_id(first_id, 0));
}

static void former_buffer_of_a_number_ends_alone(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *first = named(test, context, FD);

	named(test, context, FD);
	end(test, first);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(context, FD, 0));
}

static void same_number_of_another_file_names_another_buffer(struct kunit *test)
{
	u64 one = gntdev_buf_new_id(), other = gntdev_buf_new_id();
	struct gntdev_buf *buf = named(test, one, FD);

	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(other, FD, 0));
	named(test, other, FD);
	end(test, buf);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(one, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(other, FD, 0));
}

static void wait_ends_when_its_time_is_over(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *buf = named(test, context, FD);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(context, FD, 1));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			gntdev_buf_wait_id(gntdev_buf_id(buf), 1));
}

/**
 * struct told - what was told of the buffers of one open file
 * @context: whose
 * @n: how many
 * @info: the first of them
 */
struct told {
	u64 context;
	unsigned int n;
	struct gntdev_buf_info info[2];
};

static void take_down(void *data, const struct gntdev_buf_info *info)
{
	struct told *told = data;

	if (info->context != told->context)
		return;
	if (told->n < ARRAY_SIZE(told->info))
		told->info[told->n] = *info;
	told->n++;
}

static struct told tell(u64 context)
{
	struct told told = { .context = context };

	gntdev_buf_for_each(take_down, &told);
	return told;
}

static void living_buffers_are_told_of_in_their_order(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *first = begin(test, context);
	struct gntdev_buf *second = begin(test, context);
	struct told told = tell(context);

	KUNIT_ASSERT_EQ(test, told.n, 2);
	KUNIT_EXPECT_EQ(test, told.info[0].id, gntdev_buf_id(first));
	KUNIT_EXPECT_EQ(test, told.info[1].id, gntdev_buf_id(second));

	end(test, first);
	told = tell(context);
	KUNIT_ASSERT_EQ(test, told.n, 1);
	KUNIT_EXPECT_EQ(test, told.info[0].id, gntdev_buf_id(second));
}

static void what_is_told_is_what_was_said(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct told told;

	begin(test, context);
	told = tell(context);
	KUNIT_ASSERT_EQ(test, told.n, 1);
	KUNIT_EXPECT_TRUE(test, told.info[0].import);
	KUNIT_EXPECT_EQ(test, told.info[0].domid, 1);
	KUNIT_EXPECT_EQ(test, told.info[0].count, 2);
	KUNIT_EXPECT_EQ(test, told.info[0].data_ofs, 3);
	KUNIT_EXPECT_EQ(test, told.info[0].flags, 4);
	KUNIT_EXPECT_EQ(test, told.info[0].tgid, current->tgid);
	KUNIT_EXPECT_STREQ(test, told.info[0].comm, current->comm);
	KUNIT_EXPECT_EQ(test, GNTDEV_BUF_LIVE, told.info[0].state);
}

static void buffer_that_does_not_end_stays_alive(struct kunit *test)
{
	static const enum gntdev_buf_state states[] = {
		GNTDEV_BUF_RELEASING,
		GNTDEV_BUF_STUCK,
	};
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *buf = named(test, context, FD);
	struct told told;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		gntdev_buf_set_state(buf, states[i]);
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_fd(context, FD, 0));
		told = tell(context);
		KUNIT_ASSERT_EQ(test, told.n, 1);
		KUNIT_EXPECT_EQ(test, states[i], told.info[0].state);
	}
}

/*
 * Every second buffer belongs to the same open file, each of the others to a
 * file of its own with the same number.  Look-ups are compared with what a
 * search through all of them would find; the odd ones are released first.
 */
static void each_of_many_buffers_is_found(struct kunit *test)
{
	enum { MANY = 3000 };
	struct gntdev_buf_info info = { 0 };
	u64 one = gntdev_buf_new_id();
	struct gntdev_buf **bufs;
	unsigned int i, n = 0;
	u64 *contexts;

	bufs = kunit_kcalloc(test, MANY, sizeof(*bufs), GFP_KERNEL);
	contexts = kunit_kcalloc(test, MANY, sizeof(*contexts), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bufs);
	KUNIT_ASSERT_NOT_NULL(test, contexts);

	/* Numbers do not come in order: 7 and MANY have no common factor */
	for (i = 0; i < MANY; i++) {
		contexts[i] = i % 2 ? gntdev_buf_new_id() : one;
		bufs[i] = named(test, contexts[i], i % 2 ? FD : i * 7 % MANY);
	}

	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_id(gntdev_buf_id(bufs[i]), 0));
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_fd(contexts[i], i % 2 ? FD : i * 7 % MANY, 0));
	}
	while (gntdev_buf_next_in_file(one, info.id, &info)) {
		KUNIT_ASSERT_LT(test, n, MANY);
		KUNIT_EXPECT_EQ(test, info.id, gntdev_buf_id(bufs[n]));
		n += 2;
	}
	KUNIT_EXPECT_EQ(test, n, MANY);

	for (i = 1; i < MANY; i += 2) {
		u64 id = gntdev_buf_id(bufs[i]);

		end(test, bufs[i]);
		KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_id(id, 0));
		KUNIT_EXPECT_EQ(test, -ENOENT,
				gntdev_buf_wait_fd(contexts[i], FD, 0));
		KUNIT_EXPECT_FALSE(test, gntdev_buf_next_in_file(contexts[i], 0, &info));
	}
	for (i = 0; i < MANY; i += 2)
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_buf_wait_fd(one, i * 7 % MANY, 0));
}

static void files_do_not_list_each_others_buffers(struct kunit *test)
{
	u64 one = gntdev_buf_new_id(), other = gntdev_buf_new_id();
	struct gntdev_buf *buf = begin(test, one);
	struct gntdev_buf_info info;

	begin(test, other);
	KUNIT_ASSERT_TRUE(test, gntdev_buf_next_in_file(one, 0, &info));
	KUNIT_EXPECT_EQ(test, info.id, gntdev_buf_id(buf));
	KUNIT_EXPECT_FALSE(test, gntdev_buf_next_in_file(one, info.id, &info));
}

static void buffer_has_one_name_at_a_time(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct gntdev_buf *buf = named(test, context, FD);

	gntdev_buf_set_fd(buf, FD + 1);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_buf_wait_fd(context, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_buf_wait_fd(context, FD + 1, 0));
}

/* What a kernel with longs of 32 bits sleeps for a timeout, in all */
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

/* A task that the freezer cannot freeze keeps every suspend from succeeding */
static void waiter_can_be_frozen_and_killed_and_wakes_at_the_end(struct kunit *test)
{
	struct gntdev_buf *buf = begin(test, 0);
	u64 id = gntdev_buf_id(buf);
	struct task_struct *task;
	unsigned int i, state = 0;

	task = kthread_create(wait_for_id, &id, "buf_kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wake_up_process(task);

	/* As long as a slow machine takes, unless the state never comes */
	for (i = 0; i < 10000 && state != (TASK_KILLABLE | TASK_FREEZABLE); i++) {
		fsleep(1000);
		state = READ_ONCE(task->__state);
	}
	KUNIT_EXPECT_EQ(test, state, TASK_KILLABLE | TASK_FREEZABLE);

	end(test, buf);
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(task));
	put_task_struct(task);
}

static void living_buffers_are_summed_up(struct kunit *test)
{
	const struct gntdev_buf_info info = { .count = 5 };
	struct gntdev_buf_stats before = gntdev_buf_get_stats(), stats;
	struct gntdev_buf *export = gntdev_buf_register(&info);
	struct gntdev_buf *import;

	KUNIT_ASSERT_NOT_NULL(test, export);
	import = begin(test, 0);
	stats = gntdev_buf_get_stats();
	KUNIT_EXPECT_EQ(test, stats.exports, before.exports + 1);
	KUNIT_EXPECT_EQ(test, stats.pages_mapped, before.pages_mapped + 5);
	KUNIT_EXPECT_EQ(test, stats.pages_granted, before.pages_granted + 2);

	gntdev_buf_unregister(export);
	end(test, import);
	stats = gntdev_buf_get_stats();
	KUNIT_EXPECT_EQ(test, stats.exports, before.exports);
	KUNIT_EXPECT_EQ(test, stats.pages_mapped, before.pages_mapped);
	KUNIT_EXPECT_EQ(test, stats.pages_granted, before.pages_granted);
}

/* Programs may export while this runs: then the stats grow by more. */
static void every_beginning_and_end_is_counted(struct kunit *test)
{
	u64 context = gntdev_buf_new_id();
	struct told told = { .context = context };
	struct gntdev_buf_stats before, alive, after;
	struct gntdev_buf *buf;

	before = gntdev_buf_for_each(take_down, &told);
	buf = begin(test, context);
	alive = gntdev_buf_for_each(take_down, &told);
	end(test, buf);
	after = gntdev_buf_for_each(take_down, &told);

	KUNIT_EXPECT_GT(test, alive.registered, before.registered);
	KUNIT_EXPECT_GT(test, after.released, alive.released);
}

static struct kunit_case waiters_cases[] = {
	KUNIT_CASE(ids_are_not_0_and_all_different),
	KUNIT_CASE(id_names_a_buffer_until_its_end),
	KUNIT_CASE(id_that_is_no_buffers_names_none),
	KUNIT_CASE(descriptor_names_a_buffer_from_naming_to_end),
	KUNIT_CASE(descriptor_minus_1_names_no_buffer),
	KUNIT_CASE(number_used_again_names_the_latest_buffer),
	KUNIT_CASE(former_buffer_of_a_number_ends_alone),
	KUNIT_CASE(same_number_of_another_file_names_another_buffer),
	KUNIT_CASE(wait_ends_when_its_time_is_over),
	KUNIT_CASE(living_buffers_are_told_of_in_their_order),
	KUNIT_CASE(what_is_told_is_what_was_said),
	KUNIT_CASE(buffer_that_does_not_end_stays_alive),
	KUNIT_CASE(files_do_not_list_each_others_buffers),
	KUNIT_CASE(buffer_has_one_name_at_a_time),
	KUNIT_CASE(each_of_many_buffers_is_found),
	KUNIT_CASE(timeouts_are_right_with_32_bits_and_any_hz),
	KUNIT_CASE(waiter_can_be_frozen_and_killed_and_wakes_at_the_end),
	KUNIT_CASE(living_buffers_are_summed_up),
	KUNIT_CASE(every_beginning_and_end_is_counted),
	{}
};

static struct kunit_suite waiters_suite = {
	.name = "gntdev_dmabuf_waiters",
	.test_cases = waiters_cases,
};

kunit_test_suite(waiters_suite);
