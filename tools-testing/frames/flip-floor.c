// SPDX-License-Identifier: GPL-2.0-only
/*
 * flip-floor hold | flip | answer DOMID PORT: for domain 0: show frames on vkms by the
 * system calls that a frame needs and no other, until a SIGTERM.  Its cost is the least
 * that a frame of displ-backend can cost.
 *
 *   hold     show one framebuffer
 *   flip     flip to another framebuffer and back: a frame is a commit and its event
 *   answer   the same for a guest: a frame begins with an event of the guest by its port,
 *            and the guest gets an event after the commit and one after the flip.  These
 *            are the system calls of displ-backend.  flip-peer is the guest.
 *
 * A SIGUSR1 prints the number of frames as displ-backend does, for frame-cost.
 *
 * Both framebuffers have the same buffer: vkms maps the buffer of each commit, but not one
 * that is mapped.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xenevtchn.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../selftests/xen/kms.h"

static struct kms kms;
static uint32_t fbs[2];
static uint32_t plane, plane_fb;
static volatile sig_atomic_t frames;

static void print_frames(int number)
{
	char line[80];
	int length;

	length = snprintf(line, sizeof(line), "floor: %d frames, 0 bytes copied, no guest\n",
			  (int)frames);
	if (write(STDOUT_FILENO, line, length) != length)
		_exit(1);
}

/* find_property - id of a property of a plane, and its value; 0 if there is none */
static uint32_t find_property(uint32_t object, const char *name, uint64_t *value)
{
	drmModeObjectProperties *list =
		drmModeObjectGetProperties(kms.card, object, DRM_MODE_OBJECT_PLANE);
	drmModePropertyRes *property;
	uint32_t i, id = 0;

	for (i = 0; list && !id && i < list->count_props; i++) {
		property = drmModeGetProperty(kms.card, list->props[i]);
		if (property && !strcmp(property->name, name)) {
			id = property->prop_id;
			*value = list->prop_values[i];
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(list);
	return id;
}

/* find_plane - find the plane that shows the first framebuffer */
static void find_plane(void)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(kms.card);
	uint64_t fb;
	uint32_t i;

	for (i = 0; planes && i < planes->count_planes && !plane; i++) {
		plane_fb = find_property(planes->planes[i], "FB_ID", &fb);
		if (plane_fb && fb == fbs[0])
			plane = planes->planes[i];
	}
	if (!plane)
		errx(1, "no plane has the framebuffer");
	drmModeFreePlaneResources(planes);
}

static void show_first(void)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
	uint64_t size;
	int dmabuf;

	kms_open(&kms, "vkms");
	if (drmSetClientCap(kms.card, DRM_CLIENT_CAP_ATOMIC, 1) ||
	    drmModeCreateDumbBuffer(kms.card, kms.width, kms.height, 32, 0, &handles[0],
				    &pitches[0], &size) ||
	    drmPrimeHandleToFD(kms.card, handles[0], DRM_RDWR, &dmabuf))
		err(1, "buffer of %ux%u", kms.width, kms.height);
	kms_show(&kms, dmabuf, pitches[0]);
	fbs[0] = kms.fb;
	if (drmModeAddFB2(kms.card, kms.width, kms.height, DRM_FORMAT_XRGB8888, handles,
			  pitches, offsets, &fbs[1], 0))
		err(1, "second framebuffer");
	find_plane();
}

/* begin_flip - begin to show the other framebuffer */
static void begin_flip(void)
{
	const uint64_t fb = fbs[!(frames & 1)];
	const uint32_t count = 1;
	struct drm_mode_atomic request = {
		.flags = DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT,
		.count_objs = 1,
		.objs_ptr = (uintptr_t)&plane,
		.count_props_ptr = (uintptr_t)&count,
		.props_ptr = (uintptr_t)&plane_fb,
		.prop_values_ptr = (uintptr_t)&fb,
	};

	if (drmIoctl(kms.card, DRM_IOCTL_MODE_ATOMIC, &request))
		err(1, "commit");
}

/* end_flip - wait until the screen shows the framebuffer */
static void end_flip(void)
{
	struct drm_event_vblank event;

	if (read(kms.card, &event, sizeof(event)) != sizeof(event))
		err(1, "event of the card");
	frames++;
}

/* ---- With a guest */

static int epoll;

static void wait_for_file(int file)
{
	struct epoll_event event;
	int n;

	do
		n = epoll_wait(epoll, &event, 1, -1);
	while (n < 0 && errno == EINTR);
	if (n != 1 || event.data.fd != file)
		err(1, "not the file that is expected");
}

static void add_file(int file)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = file };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event))
		err(1, "epoll");
}

static void take_event(xenevtchn_handle *evtchn, int port)
{
	wait_for_file(xenevtchn_fd(evtchn));
	if (xenevtchn_pending(evtchn) != port || xenevtchn_unmask(evtchn, port))
		err(1, "event of the guest");
}

static void answer(uint32_t domid, uint32_t remote_port)
{
	xenevtchn_handle *evtchn = xenevtchn_open(NULL, 0);
	int port;

	if (!evtchn)
		err(1, "/dev/xen/evtchn");
	port = xenevtchn_bind_interdomain(evtchn, domid, remote_port);
	epoll = epoll_create1(0);
	if (port < 0 || epoll < 0)
		err(1, "port %u of domain %u", remote_port, domid);
	add_file(xenevtchn_fd(evtchn));
	add_file(kms.card);
	/* Xen sends one when the port is bound, in case the guest has sent one before */
	take_event(evtchn, port);
	xenevtchn_notify(evtchn, port);
	for (;;) {
		take_event(evtchn, port);
		begin_flip();
		xenevtchn_notify(evtchn, port);
		wait_for_file(kms.card);
		end_flip();
		xenevtchn_notify(evtchn, port);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = print_frames, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &action, NULL);
	if (argc == 2 && !strcmp(argv[1], "hold")) {
		show_first();
		for (;;)
			pause();
	} else if (argc == 2 && !strcmp(argv[1], "flip")) {
		show_first();
		for (;;) {
			begin_flip();
			end_flip();
		}
	} else if (argc == 4 && !strcmp(argv[1], "answer")) {
		show_first();
		answer(atoi(argv[2]), atoi(argv[3]));
	}
	errx(2, "usage: flip-floor hold | flip | answer DOMID PORT");
}
