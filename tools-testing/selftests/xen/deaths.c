// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that die at a random moment of an operation, and other events at such a moment
 * that they survive: the guest is paused, the module is to be removed, xenstored restarts.
 * After each death nothing is left.  Each test checks one promise for all operations of
 * victim.h.  Runs in domain 0, with granter in a guest: see fixture.h.  Environment:
 *   XENSTORED  program of xenstored
 *   ROUNDS     number of moments for each operation (default 2)
 *   SEED       seed of the moments (default 1)
 */

#define PROCESSORS	2

#include <xenctrl.h>
#include <xenstore.h>

#include "fixture.h"
#include "modules.h"
#include "victim.h"

/**
 * struct event - what happens while the process runs
 * @happen: let it happen to the process or to the guest; NULL, or what is wrong
 */
struct event {
	const char *(*happen)(pid_t child, unsigned int domid);
};

/* moment - one process, and one event while it runs; NULL, or what is wrong */
static const char *moment(const struct peer *peer, const struct victim_operation *operation,
			  const struct event *event)
{
	const char *wrong;
	pid_t child;

	if (!victim_start(peer, operation, &child))
		return "the process ended by itself";
	wrong = event->happen(child, peer->domid);
	if (!victim_end(child) && !wrong)
		wrong = "the process was not killed";
	return wrong;
}

/*
 * moments - let an event happen at random moments of each operation
 *
 * Return: NULL, or a text that says what is wrong.
 */
static const char *moments(struct _test_data_export *self, const struct event *event)
{
	unsigned int i, which, count = rounds(2);
	const struct victim_operation *operation;
	static char text[160];
	const char *wrong;

	victim_seed();
	close(self->fd);
	self->fd = -1;
	for (which = 0; which < ARRAY_SIZE(victim_operations); which++) {
		operation = &victim_operations[which];
		/* The first process lets tables grow that Xen never frees */
		for (i = 0; i <= count; i++) {
			const char *lost;

			conserve_begin(&self->before, self->peer->domid);
			wrong = moment(self->peer, operation, event);
			lost = conserve_end(&self->before);
			if (!wrong && i)
				wrong = lost;
			if (!wrong)
				continue;
			snprintf(text, sizeof(text), "%s, moment %u: %s",
				 operation->name, i, wrong);
			return text;
		}
	}
	return NULL;
}

#define EXPECT_NOTHING_LOST(function) do {			\
	const struct event event = { function };		\
	const char *wrong = moments(self, &event);		\
								\
	EXPECT_EQ(NULL, wrong)					\
		TH_LOG("%s", wrong);				\
} while (0)

/* The caller kills the process */
static const char *nothing(pid_t child, unsigned int domid)
{
	return NULL;
}

TEST_F_TIMEOUT(export, nothing_of_a_killed_process_is_left, 4 * LIMIT)
{
	EXPECT_NOTHING_LOST(nothing);
}

/* The OOM killer chooses the process first; the kernel reaps its memory meanwhile */
static const char *kill_for_memory(pid_t child, unsigned int domid)
{
	siginfo_t info;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", child);
	if (file_write(path, "1000") || file_write("/proc/sysrq-trigger", "f"))
		return "the OOM killer cannot be called";
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
	return NULL;
}

TEST_F_TIMEOUT(export, nothing_of_a_process_that_the_oom_killer_chose_is_left, 4 * LIMIT)
{
	EXPECT_NOTHING_LOST(kill_for_memory);
}

static const char *unload(pid_t child, unsigned int domid)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		if (module_unload("xen_gntdev") != EWOULDBLOCK)
			return "the module was removed";
		usleep(rand() % 1000);
	}
	return victim_goes_on(child) ? NULL : "the process ended by itself";
}

TEST_F_TIMEOUT(export, the_module_is_not_removed_while_a_process_uses_it, 4 * LIMIT)
{
	EXPECT_NOTHING_LOST(unload);
}

static const char *pause_guest(pid_t child, unsigned int domid)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	const char *wrong = NULL;

	if (xc_domain_pause(xc, domid))
		wrong = "the guest was not paused";
	else if (!victim_goes_on(child))
		wrong = "the process ended while the guest was paused";
	/* The process dies before or after the guest runs again */
	if (rand() % 2)
		kill(child, SIGKILL);
	xc_domain_unpause(xc, domid);
	xc_interface_close(xc);
	return wrong;
}

TEST_F_TIMEOUT(export, nothing_is_lost_while_the_guest_is_paused, 4 * LIMIT)
{
	EXPECT_NOTHING_LOST(pause_guest);
}

/* live_update - send arguments of this command to xenstored; whether it carried it out */
static bool live_update(struct xs_handle *xs, const char *arguments, size_t size)
{
	char *answer;
	bool done;

	do {
		answer = xs_control_command(xs, "live-update", (void *)arguments, size);
	} while (answer && !strcmp(answer, "BUSY"));
	done = answer && !strcmp(answer, "OK");
	if (!done)
		printf("# live-update: %s\n", answer ?: strerror(errno));
	free(answer);
	return done;
}

/*
 * xenstored starts itself anew and takes over its connections.  If it were killed, Linux
 * would not connect to another one.
 */
static const char *restart_xenstored(pid_t child, unsigned int domid)
{
	static const char start[] = "-s\0-t\00060";
	struct xs_handle *xs = xs_open(0);
	char file[128] = "-f";
	bool done;

	snprintf(file + 3, sizeof(file) - 3, "%s", getenv("XENSTORED") ?: "");
	done = live_update(xs, file, 3 + strlen(file + 3) + 1) &&
	       live_update(xs, start, sizeof(start));
	xs_close(xs);
	if (!done)
		return "xenstored did not restart";
	return victim_goes_on(child) ? NULL : "the process ended by itself";
}

TEST_F_TIMEOUT(export, nothing_is_lost_when_xenstored_restarts, 4 * LIMIT)
{
	EXPECT_NOTHING_LOST(restart_xenstored);
}
