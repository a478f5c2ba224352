// SPDX-License-Identifier: GPL-2.0-only
/*
 * remove-card open|request: in a guest, remove the display of xen-front that `frontend' has
 * connected while this program uses its card.  For patches/linux-fixes-drm.
 *   open     close the card after the removal
 *   request  have requests for buffers wait for the backend, which does not answer.  The
 *            threads that wait get the processor last, so that they continue after the
 *            driver has removed the display.  The guest has one processor.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>

#define CARD	"/dev/dri/card0"
#define UNBIND	"/sys/bus/xen/drivers/vdispl/unbind"
#define DEVICE	"vdispl-0"

/* One waits for the backend and the others for the first */
#define REQUESTS	4

static int card;
static atomic_bool removed;

static void set_policy(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		err(1, "sched_setscheduler");
}

/* request - request a buffer until that fails with another error than the time limit */
static void *request(void *arg)
{
	int *error = arg;

	set_policy(SCHED_IDLE, 0);
	do {
		struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };

		*error = ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) ? errno : 0;
	} while (!*error || *error == ETIMEDOUT);
	return NULL;
}

/* busy - use the processor as long as no thread of a higher priority needs it */
static void *busy(void *arg)
{
	while (!removed)
		continue;
	return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	if (pthread_create(thread, NULL, run, arg))
		errx(1, "no thread");
}

static void remove_display(void)
{
	int fd = open(UNBIND, O_WRONLY);

	if (fd < 0 || write(fd, DEVICE, strlen(DEVICE)) < 0)
		err(1, UNBIND);
	close(fd);
}

int main(int argc, char **argv)
{
	bool with_requests = argc == 2 && !strcmp(argv[1], "request");
	int errors[REQUESTS] = { 0 };
	pthread_t threads[REQUESTS], busy_thread;
	int i;

	if (argc != 2 || (!with_requests && strcmp(argv[1], "open")))
		errx(2, "usage: remove-card open|request");

	while ((card = open(CARD, O_RDWR)) < 0)
		usleep(100000);
	if (with_requests) {
		for (i = 0; i < REQUESTS; i++)
			start(&threads[i], request, &errors[i]);
		/* Until one waits for the backend */
		usleep(500000);
		start(&busy_thread, busy, NULL);
		set_policy(SCHED_FIFO, 1);
	}

	/* The driver waits a second for the backend before it removes the card */
	remove_display();
	removed = true;
	if (with_requests) {
		for (i = 0; i < REQUESTS; i++) {
			pthread_join(threads[i], NULL);
			printf("request: %s\n", strerror(errors[i]));
		}
		pthread_join(busy_thread, NULL);
	}
	close(card);
	return 0;
}
