// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxendmabuf when one of the programs is killed.  Runs in a guest; the program offers
 * runs in another one, PEER.
 */

#include <signal.h>
#include <sys/wait.h>

#include "offer.h"

/* Until where a program that takes gets before it is killed */
enum step {
	STEP_CONNECTED,
	STEP_ASKED,
	STEP_TAKEN,
	STEP_MAPPED,
	STEP_RELEASED,
	STEP_DROPPED,
	STEP_COUNT,
};

/* go_to - be a program that takes, until this step */
static void go_to(FIXTURE_DATA(offer) * self, enum step step, uint64_t low)
{
	struct xendmabuf_buffer *buffer;

	self->taker = taker_open_after(self);
	if (!self->taker)
		_exit(1);
	if (step == STEP_CONNECTED)
		return;
	if (step == STEP_ASKED) {
		xendmabuf_take(self->taker, take_name(self, low), 0);
		return;
	}
	buffer = take(self, low);
	if (!buffer)
		_exit(2);
	if (step == STEP_TAKEN)
		return;
	if (map_all(4 * XEN_PAGE, buffer->fd) == MAP_FAILED)
		_exit(3);
	if (step == STEP_RELEASED)
		xendmabuf_release(self->taker, buffer);
	if (step == STEP_DROPPED)
		xendmabuf_drop(self->taker, buffer);
}

/* kill_at - start a program that takes, and kill it at this step; how it ended */
static int kill_at(FIXTURE_DATA(offer) * self, enum step step, uint64_t low)
{
	int pipes[2], status;
	char byte = 0;
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (!pid) {
		go_to(self, step, low);
		write(pipes[1], &byte, 1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	read(pipes[0], &byte, 1);
	close(pipes[0]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

TEST_F_TIMEOUT(offer, a_killed_taker_has_released_its_buffers, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);
	enum step step;

	xendmabuf_taker_close(self->taker);
	self->taker = NULL;
	for (step = 0; step < STEP_COUNT; step++) {
		ASSERT_EQ(SIGKILL, kill_at(self, step, low));
		ASSERT_TRUE(is_released(self));
		/* The offer of a program that only asked may be under way or not */
		if (step == STEP_TAKEN || step == STEP_MAPPED || step == STEP_RELEASED ||
		    step == STEP_DROPPED)
			ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
		ask(&self->ask, "again %lu 2", low);
		go_to(self, STEP_CONNECTED, low);
		if (step == STEP_ASKED)
			ask(&self->ask, "again %lu 2", low);
		ASSERT_NE(NULL, take(self, low));
		xendmabuf_taker_close(self->taker);
		self->taker = NULL;
		ASSERT_LE(1, ask(&self->ask, "released %lu", low));
		ask(&self->ask, "again %lu 2", low);
	}
	ask(&self->ask, "withdraw %lu", low);
	ASSERT_EQ(1, ask(&self->ask, "unmapped"));
}

/* The offering program handles its messages only after the taking program has ended */
TEST_F_TIMEOUT(offer, a_taker_that_ends_unseen_keeps_no_other_from_taking, LIMIT)
{
	uint64_t low;

	xendmabuf_taker_close(self->taker);
	self->taker = NULL;
	ask(&self->ask, "close");
	self->high = ask(&self->ask, "open");
	low = offer_new(self, 4, 2);
	ask(&self->ask, "pause");
	ASSERT_EQ(SIGKILL, kill_at(self, STEP_ASKED, low));
	ask(&self->ask, "resume");
	go_to(self, STEP_CONNECTED, low);
	ASSERT_NE(NULL, take(self, low));
}

/* open_again - connect to a new handle of the other guest */
static void open_again(struct __test_metadata *_metadata, FIXTURE_DATA(offer) * self)
{
	xendmabuf_taker_close(self->taker);
	self->high = ask(&self->ask, "open");
	self->taker = taker_open(self);
	ASSERT_NE(NULL, self->taker);
	ASSERT_NE(NULL, take(self, offer_new(self, 4, 2)));
}

/* Before a buffer is taken, at about the time of a take, and after it */
TEST_F_TIMEOUT(offer, a_killed_offering_program_ends_the_connection_at_each_step, LIMIT)
{
	enum step step;

	for (step = STEP_CONNECTED; step <= STEP_TAKEN; step++) {
		uint64_t low = offer_new(self, 4, 2);

		xendmabuf_taker_close(self->taker);
		go_to(self, step, low);
		ask(&self->ask, "die");
		/* The offer may have come */
		take(self, low);
		ASSERT_EQ(NULL, take(self, ~low));
		ASSERT_EQ(EPIPE, errno);
		open_again(_metadata, self);
	}
}

TEST_F_TIMEOUT(offer, a_killed_offering_program_ends_a_take, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);
	struct xendmabuf_buffer *buffer = take(self, low);

	ASSERT_NE(NULL, buffer);
	/* Not offered again: the next take waits */
	xendmabuf_release(self->taker, buffer);
	ASSERT_EQ(NULL, xendmabuf_take(self->taker, take_name(self, low), 0));
	ASSERT_EQ(ETIMEDOUT, errno);
	ask(&self->ask, "die");
	ASSERT_EQ(NULL, take(self, low));
	ASSERT_EQ(EPIPE, errno);
	ASSERT_EQ(NULL, taker_open(self));
	open_again(_metadata, self);
}

TEST_F_TIMEOUT(offer, a_buffer_of_a_killed_program_stays_readable, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);
	struct xendmabuf_buffer *buffer;
	uint32_t *words = take_mapped(self, low, &buffer);

	ASSERT_NE(NULL, words);
	ask(&self->ask, "die");
	ASSERT_EQ(0, pattern_wrong(words, 0, 4, 2));
	ASSERT_EQ(NULL, take(self, ~low));
	ASSERT_EQ(EPIPE, errno);
	xendmabuf_release(self->taker, buffer);
	ASSERT_EQ(0, pattern_wrong(words, 0, 4, 2));
	munmap(words, 4 * XEN_PAGE);
	open_again(_metadata, self);
}

TEST_F_TIMEOUT(offer, a_program_killed_after_a_withdrawal_leaves_nothing, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);
	struct xendmabuf_buffer *buffer = take(self, low);

	ASSERT_NE(NULL, buffer);
	ask(&self->ask, "withdraw %lu", low);
	ask(&self->ask, "die");
	ASSERT_EQ(0, wrong_words(buffer, 2));
	open_again(_metadata, self);
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
