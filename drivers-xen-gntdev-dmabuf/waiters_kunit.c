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

#include "waiters.h"

#define FD	5

static void end_life(void *life)
{
	gntdev_life_end(life);
}

/* begin - the life of a buffer; the test's end is its end at the latest */
static struct gntdev_life *begin(struct kunit *test, u64 context)
{
	const struct gntdev_life_about about = {
		.import = true,
		.context = context,
		.domid = 1,
		.count = 2,
		.flags = 4,
		.data_ofs = 3,
	};
	struct gntdev_life *life = gntdev_life_begin(&about);

	KUNIT_ASSERT_NOT_NULL(test, life);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_life, life));
	return life;
}

static void end(struct kunit *test, struct gntdev_life *life)
{
	kunit_release_action(test, end_life, life);
}

/* named - the life of a buffer that a descriptor names */
static struct gntdev_life *named(struct kunit *test, u64 context, u32 fd)
{
	struct gntdev_life *life = begin(test, context);

	gntdev_life_name(life, fd);
	return life;
}

static void ids_are_not_0_and_all_different(struct kunit *test)
{
	u64 ids[32];
	unsigned int i, j;

	/* Of buffers and of open files */
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = i % 2 ? gntdev_life_next_id() :
				 gntdev_life_id(begin(test, 0));

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		KUNIT_EXPECT_NE(test, ids[i], 0);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, ids[i], ids[j]);
	}
}

static void id_names_a_buffer_until_its_end(struct kunit *test)
{
	struct gntdev_life *life = begin(test, gntdev_life_next_id());
	u64 id = gntdev_life_id(life);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_id(id, 0));
	end(test, life);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_id(id, 0));
}

static void id_that_is_no_buffers_names_none(struct kunit *test)
{
	u64 context = gntdev_life_next_id();

	begin(test, context);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_id(context, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_id(0, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_id(U64_MAX, 0));
}

static void descriptor_names_a_buffer_from_naming_to_end(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct gntdev_life *life = begin(test, context);

	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(context, FD, 0));
	gntdev_life_name(life, FD);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_fd(context, FD, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(context, FD + 1, 0));
	end(test, life);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(context, FD, 0));
}

static void descriptor_minus_1_names_no_buffer(struct kunit *test)
{
	u64 context = gntdev_life_next_id();

	begin(test, context);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(context, -1, 0));
}

static void number_used_again_names_the_latest_buffer(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct gntdev_life *first = named(test, context, FD);
	struct gntdev_life *latest = named(test, context, FD);
	u64 first_id = gntdev_life_id(first);

	end(test, latest);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(context, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_id(first_id, 0));
}

static void former_buffer_of_a_number_ends_alone(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct gntdev_life *first = named(test, context, FD);

	named(test, context, FD);
	end(test, first);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_fd(context, FD, 0));
}

static void same_number_of_another_file_names_another_buffer(struct kunit *test)
{
	u64 one = gntdev_life_next_id(), other = gntdev_life_next_id();
	struct gntdev_life *life = named(test, one, FD);

	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(other, FD, 0));
	named(test, other, FD);
	end(test, life);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(one, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_fd(other, FD, 0));
}

static void wait_ends_when_its_time_is_over(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct gntdev_life *life = named(test, context, FD);

	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_fd(context, FD, 1));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			gntdev_life_wait_id(gntdev_life_id(life), 1));
}

/**
 * struct told - what was told of the buffers of one open file
 * @context: whose
 * @n: how many
 * @about: the first of them
 */
struct told {
	u64 context;
	unsigned int n;
	struct gntdev_life_about about[2];
};

static void take_down(void *data, const struct gntdev_life_about *about)
{
	struct told *told = data;

	if (about->context != told->context)
		return;
	if (told->n < ARRAY_SIZE(told->about))
		told->about[told->n] = *about;
	told->n++;
}

static struct told tell(u64 context)
{
	struct told told = { .context = context };

	gntdev_life_tell(take_down, &told);
	return told;
}

static void living_buffers_are_told_of_in_their_order(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct gntdev_life *first = begin(test, context);
	struct gntdev_life *second = begin(test, context);
	struct told told = tell(context);

	KUNIT_ASSERT_EQ(test, told.n, 2);
	KUNIT_EXPECT_EQ(test, told.about[0].id, gntdev_life_id(first));
	KUNIT_EXPECT_EQ(test, told.about[1].id, gntdev_life_id(second));

	end(test, first);
	told = tell(context);
	KUNIT_ASSERT_EQ(test, told.n, 1);
	KUNIT_EXPECT_EQ(test, told.about[0].id, gntdev_life_id(second));
}

static void what_is_told_is_what_was_said(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct told told;

	begin(test, context);
	told = tell(context);
	KUNIT_ASSERT_EQ(test, told.n, 1);
	KUNIT_EXPECT_TRUE(test, told.about[0].import);
	KUNIT_EXPECT_EQ(test, told.about[0].domid, 1);
	KUNIT_EXPECT_EQ(test, told.about[0].count, 2);
	KUNIT_EXPECT_EQ(test, told.about[0].data_ofs, 3);
	KUNIT_EXPECT_EQ(test, told.about[0].flags, 4);
	KUNIT_EXPECT_EQ(test, told.about[0].tgid, current->tgid);
	KUNIT_EXPECT_STREQ(test, told.about[0].comm, current->comm);
	KUNIT_EXPECT_EQ(test, GNTDEV_LIFE_LIVE, told.about[0].state);
}

static void buffer_that_does_not_end_stays_alive(struct kunit *test)
{
	static const enum gntdev_life_state states[] = {
		GNTDEV_LIFE_RELEASING,
		GNTDEV_LIFE_STUCK,
	};
	u64 context = gntdev_life_next_id();
	struct gntdev_life *life = named(test, context, FD);
	struct told told;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		gntdev_life_turn(life, states[i]);
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_life_wait_fd(context, FD, 0));
		told = tell(context);
		KUNIT_ASSERT_EQ(test, told.n, 1);
		KUNIT_EXPECT_EQ(test, states[i], told.about[0].state);
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
	struct gntdev_life_about about = { 0 };
	u64 one = gntdev_life_next_id();
	struct gntdev_life **lives;
	unsigned int i, n = 0;
	u64 *contexts;

	lives = kunit_kcalloc(test, MANY, sizeof(*lives), GFP_KERNEL);
	contexts = kunit_kcalloc(test, MANY, sizeof(*contexts), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, lives);
	KUNIT_ASSERT_NOT_NULL(test, contexts);

	/* Numbers do not come in order: 7 and MANY have no common factor */
	for (i = 0; i < MANY; i++) {
		contexts[i] = i % 2 ? gntdev_life_next_id() : one;
		lives[i] = named(test, contexts[i], i % 2 ? FD : i * 7 % MANY);
	}

	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_life_wait_id(gntdev_life_id(lives[i]), 0));
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_life_wait_fd(contexts[i], i % 2 ? FD : i * 7 % MANY, 0));
	}
	while (gntdev_life_next_of(one, about.id, &about)) {
		KUNIT_ASSERT_LT(test, n, MANY);
		KUNIT_EXPECT_EQ(test, about.id, gntdev_life_id(lives[n]));
		n += 2;
	}
	KUNIT_EXPECT_EQ(test, n, MANY);

	for (i = 1; i < MANY; i += 2) {
		u64 id = gntdev_life_id(lives[i]);

		end(test, lives[i]);
		KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_id(id, 0));
		KUNIT_EXPECT_EQ(test, -ENOENT,
				gntdev_life_wait_fd(contexts[i], FD, 0));
		KUNIT_EXPECT_FALSE(test, gntdev_life_next_of(contexts[i], 0, &about));
	}
	for (i = 0; i < MANY; i += 2)
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
				gntdev_life_wait_fd(one, i * 7 % MANY, 0));
}

static void files_do_not_list_each_others_buffers(struct kunit *test)
{
	u64 one = gntdev_life_next_id(), other = gntdev_life_next_id();
	struct gntdev_life *life = begin(test, one);
	struct gntdev_life_about about;

	begin(test, other);
	KUNIT_ASSERT_TRUE(test, gntdev_life_next_of(one, 0, &about));
	KUNIT_EXPECT_EQ(test, about.id, gntdev_life_id(life));
	KUNIT_EXPECT_FALSE(test, gntdev_life_next_of(one, about.id, &about));
}

static void buffer_has_one_name_at_a_time(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct gntdev_life *life = named(test, context, FD);

	gntdev_life_name(life, FD + 1);
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_life_wait_fd(context, FD, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, gntdev_life_wait_fd(context, FD + 1, 0));
}

/* What a kernel with longs of 32 bits sleeps for a timeout, in all */
static u64 slept_on_32_bits(struct kunit *test, u32 timeout_ms, unsigned int hz)
{
	u64 left = gntdev_life_jiffies(timeout_ms, hz), sum = 0;
	unsigned int i;
	long now;

	for (i = 0; left && i < 4; i++) {
		now = gntdev_life_sleep_jiffies(left, S32_MAX - 1);
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
	return gntdev_life_wait_id(*(u64 *)id, U32_MAX);
}

/* A task that the freezer cannot freeze keeps every suspend from succeeding */
static void waiter_can_be_frozen_and_killed_and_wakes_at_the_end(struct kunit *test)
{
	struct gntdev_life *life = begin(test, 0);
	u64 id = gntdev_life_id(life);
	struct task_struct *task;
	unsigned int i, state = 0;

	task = kthread_create(wait_for_id, &id, "waiters_kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wake_up_process(task);

	/* As long as a slow machine takes, unless the state never comes */
	for (i = 0; i < 10000 && state != (TASK_KILLABLE | TASK_FREEZABLE); i++) {
		fsleep(1000);
		state = READ_ONCE(task->__state);
	}
	KUNIT_EXPECT_EQ(test, state, TASK_KILLABLE | TASK_FREEZABLE);

	end(test, life);
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(task));
	put_task_struct(task);
}

static void living_buffers_are_summed_up(struct kunit *test)
{
	const struct gntdev_life_about about = { .count = 5 };
	struct gntdev_life_sums before = gntdev_life_get_sums(), sums;
	struct gntdev_life *export = gntdev_life_begin(&about);
	struct gntdev_life *import;

	KUNIT_ASSERT_NOT_NULL(test, export);
	import = begin(test, 0);
	sums = gntdev_life_get_sums();
	KUNIT_EXPECT_EQ(test, sums.exports, before.exports + 1);
	KUNIT_EXPECT_EQ(test, sums.pages_mapped, before.pages_mapped + 5);
	KUNIT_EXPECT_EQ(test, sums.pages_granted, before.pages_granted + 2);

	gntdev_life_end(export);
	end(test, import);
	sums = gntdev_life_get_sums();
	KUNIT_EXPECT_EQ(test, sums.exports, before.exports);
	KUNIT_EXPECT_EQ(test, sums.pages_mapped, before.pages_mapped);
	KUNIT_EXPECT_EQ(test, sums.pages_granted, before.pages_granted);
}

/* Programs may export while this runs: then the sums grow by more. */
static void every_beginning_and_end_is_counted(struct kunit *test)
{
	u64 context = gntdev_life_next_id();
	struct told told = { .context = context };
	struct gntdev_life_sums before, alive, after;
	struct gntdev_life *life;

	before = gntdev_life_tell(take_down, &told);
	life = begin(test, context);
	alive = gntdev_life_tell(take_down, &told);
	end(test, life);
	after = gntdev_life_tell(take_down, &told);

	KUNIT_EXPECT_GT(test, alive.begun, before.begun);
	KUNIT_EXPECT_GT(test, after.ended, alive.ended);
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
