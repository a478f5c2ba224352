// SPDX-License-Identifier: GPL-2.0-only
/*
 * vkms-screen FIFO COMMAND...: run COMMAND with a screen of vkms, and capture
 * that screen.  vkms has no output but its writeback connector, and the CRTC
 * drives either that connector or another.  So this program is the master of
 * vkms, and leases the writeback connector, the CRTC and the primary plane to
 * COMMAND, as file descriptor 3.  COMMAND uses the lease like any other screen.
 *
 * Each line written to the FIFO is the name of a file.  The program writes the
 * next picture of the screen to that file, in format PPM; the file is complete
 * when it appears, and empty if the screen is dark.  The capture is a commit of
 * the same CRTC: commits of COMMAND wait meanwhile, for about a frame.  vkms
 * may still read a buffer after the event that COMMAND has flipped to another
 * one; if COMMAND draws into it at once, the capture has parts of both frames.
 *
 * The line drop-master ends the mastership of the card, which also suspends the
 * lease; set-master restores both.  The line revoke-lease ends the lease.  The line
 * other-picture shows a black picture, as a program does that is the master for a moment.
 *
 * The program passes SIGTERM on to COMMAND, ends when COMMAND ends, and exits
 * with its status.
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

/* File descriptor of the lease in COMMAND */
#define LEASE_FD	3
/*
 * Time limit of a capture; an emulated machine needs seconds for a large
 * picture
 */
#define WRITE_BACK_MS	5000
/* Maximum length of a line */
#define MAX_LINE		4096

/**
 * struct capture - a dumb buffer to which vkms writes a picture
 * @width: width in pixels
 * @height: height in pixels
 * @pitch: bytes from line to line
 * @size: size in bytes
 * @handle: handle of the buffer
 * @fb: ID of its framebuffer
 */
struct capture {
	unsigned int width;
	unsigned int height;
	uint32_t pitch;
	uint64_t size;
	uint32_t handle;
	uint32_t fb;
};

static int card;
static uint32_t crtc, plane, connector;
/* ID of the lease */
static uint32_t lessee;
/* IDs of properties of the connector */
static uint32_t connector_fb, connector_fence;

/* ---- The card */

/*
 * property - find a property of an object: its ID, 0 if there is none, and its
 * value
 */
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

/*
 * enable_writeback - DRM hides writeback connectors from clients without this
 */
static void enable_writeback(int fd)
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
	enable_writeback(card);
	res = drmModeGetResources(card);
	if (!res || !res->count_crtcs)
		err(1, "vkms cannot set modes");
	crtc = res->crtcs[0];
	find_connector(res);
	find_plane();
	drmModeFreeResources(res);
}

/* ---- Captures */

/*
 * write_back - let vkms write the next picture to the buffer, wait until it is
 * done
 */
static int write_back(const struct capture *capture)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	struct pollfd written = { .fd = -1, .events = POLLIN };
	int ret;

	drmModeAtomicAddProperty(request, connector, connector_fb, capture->fb);
	drmModeAtomicAddProperty(request, connector, connector_fence,
				 (uintptr_t)&written.fd);
	ret = drmModeAtomicCommit(card, request, 0, NULL);
	drmModeAtomicFree(request);
	if (ret)
		return -1;
	ret = poll(&written, 1, WRITE_BACK_MS);
	close(written.fd);
	if (!ret)
		errno = ETIMEDOUT;
	return ret == 1 ? 0 : -1;
}

static int capture_init(struct capture *capture)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
	drmModeCrtc *state = drmModeGetCrtc(card, crtc);

	*capture = (struct capture) { 0 };
	if (state && state->mode_valid) {
		capture->width = state->mode.hdisplay;
		capture->height = state->mode.vdisplay;
	}
	drmModeFreeCrtc(state);
	if (!capture->width) {
		errno = ENODATA;
		return -1;
	}

	if (drmModeCreateDumbBuffer(card, capture->width, capture->height, 32,
				    0, &capture->handle, &capture->pitch,
				    &capture->size))
		return -1;
	handles[0] = capture->handle;
	pitches[0] = capture->pitch;
	return drmModeAddFB2(card, capture->width, capture->height,
			     DRM_FORMAT_XRGB8888, handles, pitches, offsets,
			     &capture->fb, 0);
}

static void capture_exit(const struct capture *capture)
{
	if (capture->fb)
		drmModeRmFB(card, capture->fb);
	if (capture->handle)
		drmModeDestroyDumbBuffer(card, capture->handle);
}

static int capture_write(const struct capture *capture, FILE *to)
{
	uint64_t offset;
	void *map;
	int ret;

	if (drmModeMapDumbBuffer(card, capture->handle, &offset))
		return -1;
	map = mmap(NULL, capture->size, PROT_READ, MAP_SHARED, card, offset);
	if (map == MAP_FAILED)
		return -1;
	/*
	 * The buffer was zero, and vkms also writes the unused byte of each
	 * pixel
	 */
	errno = EIO;
	ret = -1;
	if (*((uint8_t *)map + capture->pitch * (capture->height - 1UL) + 3))
		ret = ppm_write(to, map, capture->pitch, capture->width,
				capture->height);
	munmap(map, capture->size);
	return ret;
}

static int capture_screen(FILE *to)
{
	struct capture capture;
	int ret;

	ret = capture_init(&capture);
	if (!ret)
		ret = write_back(&capture);
	if (!ret)
		ret = capture_write(&capture, to);
	capture_exit(&capture);
	return ret;
}

static void capture_to_file(const char *name)
{
	char new[MAX_LINE + 4];
	FILE *to;

	snprintf(new, sizeof(new), "%s.new", name);
	to = fopen(new, "we");
	if (!to) {
		warn("%s", new);
		return;
	}
	if (capture_screen(to)) {
		warn("%s", name);
		if (ftruncate(fileno(to), 0))
			warn("%s", new);
	}
	if (fclose(to) || rename(new, name))
		warn("%s", name);
}

/* show_other - show a black picture instead of that of COMMAND, until the end of this program */
static void show_other(void)
{
	uint32_t plane_fb = property(plane, DRM_MODE_OBJECT_PLANE, "FB_ID", NULL);
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	struct capture other;

	if (capture_init(&other) ||
	    drmModeAtomicAddProperty(request, plane, plane_fb, other.fb) < 0 ||
	    drmModeAtomicCommit(card, request, 0, NULL))
		warn("another picture");
	drmModeAtomicFree(request);
}

/* ---- COMMAND */

static pid_t start_command(char **command, const sigset_t *signals)
{
	const uint32_t objects[] = { crtc, connector, plane };
	int lease;
	pid_t pid;

	lease = drmModeCreateLease(card, objects, 3, O_CLOEXEC, &lessee);
	if (lease < 0)
		errx(1, "lease: %s", strerror(-lease));
	enable_writeback(lease);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		/*
		 * Replaces a file that has this number; without close-on-exec
		 */
		if (lease == LEASE_FD ? fcntl(lease, F_SETFD, 0) :
					dup2(lease, LEASE_FD) < 0)
			err(1, "lease");
		sigprocmask(SIG_UNBLOCK, signals, NULL);
		execvp(*command, command);
		err(127, "%s", *command);
	}
	/* COMMAND has the only descriptor now: the lease ends with it */
	close(lease);
	return pid;
}

static int open_fifo(const char *path)
{
	int fd;

	if (mkfifo(path, 0600) && errno != EEXIST)
		err(1, "%s", path);
	/*
	 * Also for writing, so that there is no end of file when writers close
	 * it
	 */
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* read_names - read from the FIFO, execute each complete line */
static void read_names(int fifo)
{
	static char text[MAX_LINE];
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
		if (!strcmp(text, "drop-master"))
			drmDropMaster(card);
		else if (!strcmp(text, "set-master"))
			drmSetMaster(card);
		else if (!strcmp(text, "revoke-lease"))
			drmModeRevokeLease(card, lessee);
		else if (!strcmp(text, "other-picture"))
			show_other();
		else
			capture_to_file(text);
		length -= end - text;
		memmove(text, end, length + 1);
	}
	if (length == sizeof(text) - 1)
		length = 0;
}

/* has_ended - handle a signal; returns whether COMMAND ended, and its status */
static bool has_ended(int signals, pid_t pid, int *status)
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

	pid = start_command(argv + 2, &signals);
	for (;;) {
		if (poll(events, 2, -1) < 0)
			err(1, "poll");
		if (events[1].revents && has_ended(events[1].fd, pid, &status))
			break;
		if (events[0].revents)
			read_names(events[0].fd);
	}
	unlink(argv[1]);
	close(card);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
