// SPDX-License-Identifier: GPL-2.0-only
/*
 * hung-window PID: test what displ-backend does while a compositor hangs and a guest turns its
 * screen on and off.  Each time takes requests, which the compositor does not read: PID is that
 * of WAYLAND_DISPLAY, which the program stops.  The guest's connection must end.
 * Exit status: 0 if it does, else 1.
 */

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "../../tools-xen/displ-backend/wayland-window.c"

#include "../../tools-xen/displ-backend/wayland.h"

/* More than the backend waits, on a slow machine */
#define LIMIT_NS	60000000000ULL

static const struct scanout frame = { .fb = 1, .width = 64, .height = 48 };

static pid_t compositor;
static unsigned int changes;

static void end_stop(void)
{
	kill(compositor, SIGCONT);
}

static void lost(void)
{
	errx(1, "the first connection has ended");
}

static void card_lost(struct card *card, const char *reason)
{
	printf("# after %u changes of the screen: %s\n", changes, reason);
	if (!strstr(reason, "reads no requests"))
		errx(1, "the connection has ended for another reason");
	loop_stop();
}

static void too_late(struct work *work)
{
	errx(1, "%u changes of the screen wait for the compositor", changes);
}

static void flipped(struct screen *screen)
{
	changes++;
	if (changes % 2 ? screen->ops->off(screen) : screen->ops->on(screen, &frame))
		errx(1, "the screen cannot be changed");
}

int main(int argc, char **argv)
{
	static struct work limit = { .func = too_late };
	struct screen *screen;
	struct card *card;
	int small = 1;

	if (argc != 2)
		errx(1, "usage: hung-window PID");
	compositor = atoi(argv[1]);
	loop_init();
	wayland_open(lost, false);
	if (cards->ops->open_own(cards, 1, &card))
		errx(1, "no connection");
	/* The kernel takes as little as it can */
	if (setsockopt(card->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)))
		err(1, "socket");
	card->lost = card_lost;
	screen = card->screens;
	screen->label = "hung-window";
	screen->flipped = flipped;
	atexit(end_stop);
	if (kill(compositor, SIGSTOP))
		err(1, "process %d", compositor);
	loop_delay_work(&limit, loop_time() + LIMIT_NS);
	if (screen->ops->on(screen, &frame))
		errx(1, "cannot turn the screen on");
	loop_run();
	return 0;
}
