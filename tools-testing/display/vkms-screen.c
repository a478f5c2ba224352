// SPDX-License-Identifier: GPL-2.0-only
/*
 * vkms-screen FIFO COMMAND...: a screen that can be photographed where there is
 * none.  What vkms composes nobody sees but its writeback connector, which it
 * drives alone or not at all.  So this program is vkms's master and runs the
 * COMMAND with a lease on that connector, the CRTC and the primary plane, as file
 * descriptor 3.  For COMMAND it is a screen as others are.
 *
 * For each line written to the FIFO, the name of a file, it takes a
 * photograph: it lets one of the pictures be written back.  That is a commit
 * of the same CRTC, and while it lasts, about a frame, COMMAND's own have to
 * wait.  The file is a PPM when it appears; it is empty if the screen is dark.
 * vkms may still compose the picture when it has told COMMAND that it shows
 * another: where COMMAND then draws into the first, the photograph has both.
 *
 * Ends with COMMAND and with its status; a SIGTERM is passed on to that.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../selftests/xen/kms.h"
#include "ppm.h"

/* The lease, in COMMAND */
#define LEASE_FD	3
/* Composing a large picture takes long under emulation */
#define PATIENCE_MS	5000
/* The longest line */
#define LINE		4096

/**
 * struct photo - a buffer that a picture is written back to
 * @width: in pixels
 * @height: in pixels
 * @pitch: from line to line, in bytes
 * @size: in bytes
 * @handle: on the card
 * @fb: the same as a framebuffer
 */
struct photo {
	unsigned int width;
	unsigned int height;
	uint32_t pitch;
	uint64_t size;
	uint32_t handle;
	uint32_t fb;
};

static int card;
static uint32_t crtc, plane, connector;
/* Properties of the connector */
static uint32_t connector_fb, connector_fence;

/* ---- The card */

/* property - number of an object's property, and its value; 0 if it has none */
static uint32_t property(uint32_t object, uint32_t type, const char *name,
			 uint64_t *value)
{
	drmModeObjectProperties *all;
	drmModePropertyRes *one;
	uint32_t id = 0;
	int i;

	all = drmModeObjectGetProperties(card, object, type);
	for (i = 0; all && i < all->count_props && !id; i++) {
		one = drmModeGetProperty(card, all->props[i]);
		if (one && !strcmp(one->name, name)) {
			id = one->prop_id;
			if (value)
				*value = all->prop_values[i];
		}
		drmModeFreeProperty(one);
	}
	drmModeFreeObjectProperties(all);
	return id;
}

static void find_connector(const drmModeRes *res)
{
	drmModeConnector *found;
	int i;

	for (i = 0; i < res->count_connectors && !connector; i++) {
		found = drmModeGetConnector(card, res->connectors[i]);
		if (found && found->connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			connector = found->connector_id;
		drmModeFreeConnector(found);
	}
	if (!connector)
		errx(1, "vkms was loaded without enable_writeback");
	connector_fb = property(connector, DRM_MODE_OBJECT_CONNECTOR,
				"WRITEBACK_FB_ID", NULL);
	connector_fence = property(connector, DRM_MODE_OBJECT_CONNECTOR,
				   "WRITEBACK_OUT_FENCE_PTR", NULL);
	if (!connector_fb || !connector_fence)
		errx(1, "vkms's writeback connector lacks properties");
}

static void find_plane(void)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(card);
	uint64_t type;
	int i;

	for (i = 0; planes && i < planes->count_planes && !plane; i++)
		if (property(planes->planes[i], DRM_MODE_OBJECT_PLANE, "type",
			     &type) && type == DRM_PLANE_TYPE_PRIMARY)
			plane = planes->planes[i];
	drmModeFreePlaneResources(planes);
	if (!plane)
		errx(1, "vkms has no primary plane");
}

/* see_writeback - only who says that it knows such connectors is told of them */
static void see_writeback(int fd)
{
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) ||
	    drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1))
		err(1, "vkms cannot write back");
}

static void open_card(void)
{
	drmModeRes *res;

	card = kms_card("vkms");
	if (card < 0)
		errx(1, "no card of driver vkms");
	if (drmSetMaster(card))
		err(1, "vkms has another master");
	see_writeback(card);
	res = drmModeGetResources(card);
	if (!res || !res->count_crtcs)
		err(1, "vkms cannot set modes");
	crtc = res->crtcs[0];
	find_connector(res);
	find_plane();
	drmModeFreeResources(res);
}

/* ---- Photographs */

/* shoot - let the next picture be written back, and wait until it is */
static int shoot(const struct photo *photo)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	struct pollfd written = { .fd = -1, .events = POLLIN };
	int ret;

	drmModeAtomicAddProperty(request, connector, connector_fb, photo->fb);
	drmModeAtomicAddProperty(request, connector, connector_fence,
				 (uintptr_t)&written.fd);
	ret = drmModeAtomicCommit(card, request, 0, NULL);
	drmModeAtomicFree(request);
	if (ret)
		return -1;
	ret = poll(&written, 1, PATIENCE_MS);
	close(written.fd);
	if (!ret)
		errno = ETIMEDOUT;
	return ret == 1 ? 0 : -1;
}

static int photo_begin(struct photo *photo)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
	drmModeCrtc *state = drmModeGetCrtc(card, crtc);

	*photo = (struct photo) { 0 };
	if (state && state->mode_valid) {
		photo->width = state->mode.hdisplay;
		photo->height = state->mode.vdisplay;
	}
	drmModeFreeCrtc(state);
	if (!photo->width) {
		errno = ENODATA;
		return -1;
	}

	if (drmModeCreateDumbBuffer(card, photo->width, photo->height, 32, 0,
				    &photo->handle, &photo->pitch, &photo->size))
		return -1;
	handles[0] = photo->handle;
	pitches[0] = photo->pitch;
	return drmModeAddFB2(card, photo->width, photo->height,
			     DRM_FORMAT_XRGB8888, handles, pitches, offsets,
			     &photo->fb, 0);
}

static void photo_end(const struct photo *photo)
{
	if (photo->fb)
		drmModeRmFB(card, photo->fb);
	if (photo->handle)
		drmModeDestroyDumbBuffer(card, photo->handle);
}

static int photo_write(const struct photo *photo, FILE *to)
{
	uint64_t offset;
	void *map;
	int ret;

	if (drmModeMapDumbBuffer(card, photo->handle, &offset))
		return -1;
	map = mmap(NULL, photo->size, PROT_READ, MAP_SHARED, card, offset);
	if (map == MAP_FAILED)
		return -1;
	/* It was all zero, and vkms writes X, too */
	errno = EIO;
	ret = *((uint8_t *)map + photo->pitch * (photo->height - 1UL) + 3) ?
	      ppm_write(to, map, photo->pitch, photo->width, photo->height) : -1;
	munmap(map, photo->size);
	return ret;
}

static int photo_take(FILE *to)
{
	struct photo photo;
	int ret;

	ret = photo_begin(&photo);
	if (!ret)
		ret = shoot(&photo);
	if (!ret)
		ret = photo_write(&photo, to);
	photo_end(&photo);
	return ret;
}

static void photograph(const char *name)
{
	char new[LINE + 4];
	FILE *to;

	snprintf(new, sizeof(new), "%s.new", name);
	to = fopen(new, "we");
	if (!to) {
		warn("%s", new);
		return;
	}
	if (photo_take(to)) {
		warn("%s", name);
		if (ftruncate(fileno(to), 0))
			warn("%s", new);
	}
	if (fclose(to) || rename(new, name))
		warn("%s", name);
}

/* ---- COMMAND */

static pid_t run(char **command, const sigset_t *signals)
{
	const uint32_t objects[] = { crtc, connector, plane };
	uint32_t lessee;
	int lease;
	pid_t pid;

	lease = drmModeCreateLease(card, objects, 3, O_CLOEXEC, &lessee);
	if (lease < 0)
		errx(1, "lease: %s", strerror(-lease));
	see_writeback(lease);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		/* The copy is inherited, and what was that number is not missed */
		if (lease == LEASE_FD ? fcntl(lease, F_SETFD, 0) :
					dup2(lease, LEASE_FD) < 0)
			err(1, "lease");
		sigprocmask(SIG_UNBLOCK, signals, NULL);
		execvp(*command, command);
		err(127, "%s", *command);
	}
	/* It ends with COMMAND */
	close(lease);
	return pid;
}

static int open_fifo(const char *path)
{
	int fd;

	if (mkfifo(path, 0600) && errno != EEXIST)
		err(1, "%s", path);
	/* For writing, too: so it has no end when others close it */
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* read_names - take a photograph for each whole line */
static void read_names(int fifo)
{
	static char text[LINE];
	static size_t length;
	char *end;
	ssize_t n;

	n = read(fifo, text + length, sizeof(text) - 1 - length);
	if (n <= 0)
		return;
	length += n;
	text[length] = '\0';
	while ((end = strchr(text, '\n'))) {
		*end++ = '\0';
		photograph(text);
		length -= end - text;
		memmove(text, end, length + 1);
	}
	if (length == sizeof(text) - 1)
		length = 0;
}

/* ended - whether COMMAND has, with what status */
static bool ended(int signals, pid_t pid, int *status)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo != SIGCHLD) {
		kill(pid, info.ssi_signo);
		return false;
	}
	return waitpid(pid, status, WNOHANG) == pid;
}

int main(int argc, char **argv)
{
	struct pollfd events[2] = {
		{ .events = POLLIN },
		{ .events = POLLIN },
	};
	sigset_t signals;
	int status = 0;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: vkms-screen FIFO COMMAND...");
	open_card();
	events[0].fd = open_fifo(argv[1]);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	events[1].fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (events[1].fd < 0)
		err(1, "signalfd");

	pid = run(argv + 2, &signals);
	for (;;) {
		if (poll(events, 2, -1) < 0)
			err(1, "poll");
		if (events[1].revents && ended(events[1].fd, pid, &status))
			break;
		if (events[0].revents)
			read_names(events[0].fd);
	}
	unlink(argv[1]);
	close(card);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
