// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card with two screens, instead of libdrm, the files card.c, screen.c and hotplug.c, and
 * those of Wayland; and the locks between backends.  The card checks what KMS would: that
 * framebuffers are within their memory, and scanouts within their framebuffers.  A change
 * of a screen ends when the input says so.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../../tools-xen/displ-backend/card.h"
#include "../../tools-xen/displ-backend/lock.h"
#include "stub.h"

#define SCREENS		2
#define HANDLES		256
#define FBS		256
/* Bytes: larger dumb buffers fail */
#define MAX_DUMB	(4 << 20)

/* @object: an export, or 0 for a dumb buffer; @users: framebuffers and the handle itself */
struct handle {
	uint64_t size, offset;
	uint32_t object, users;
};

/* @closed: only the screens that show it have it, see CLOSEFB */
struct framebuffer {
	uint32_t handle, width, height, pitch;
	bool closed;
};

struct card *cards;

static const struct card_ops card_ops;
static const struct screen_ops screen_ops;
static struct card card = { .ops = &card_ops, .memory = &memory_kms, .name = "stub" };
static struct screen screens[SCREENS];
/* Handle n is entry n - 1; likewise for framebuffers */
static struct handle handles[HANDLES];
static struct framebuffer fbs[FBS];
static uint64_t next_offset;
static unsigned int shown;
/* The framebuffer that each screen shows after the last change, and before it until its end */
static uint32_t shows[SCREENS], showed[SCREENS];
static bool need_contiguous;

void card_init(void)
{
	unsigned int i;

	card.fd = memfd_create("card", MFD_CLOEXEC);
	if (card.fd < 0 || ftruncate(card.fd, 1LL << 40))
		abort();
	for (i = SCREENS; i--;) {
		screens[i] = (struct screen) {
			.ops = &screen_ops, .card = &card, .name = "Virtual-1", .connected = true,
			.next = card.screens,
		};
		screens[i].name[8] += i;
		card.screens = &screens[i];
	}
	cards = &card;
}

/* is_shown - whether a screen has a framebuffer */
static bool is_shown(uint32_t fb)
{
	unsigned int i;

	for (i = 0; i < SCREENS; i++)
		if (shows[i] == fb || showed[i] == fb)
			return true;
	return false;
}

static void put_handle(uint32_t number);

/* put_fb - free a framebuffer that is closed, unless a screen shows it */
static void put_fb(uint32_t fb)
{
	if (!fb || !fbs[fb - 1].closed || is_shown(fb))
		return;
	put_handle(fbs[fb - 1].handle);
	fbs[fb - 1].handle = 0;
}

/** card_finish - the changes of all screens end */
void card_finish(void)
{
	uint32_t before;
	unsigned int i;

	for (i = 0; i < SCREENS; i++)
		if (screens[i].busy) {
			screens[i].busy = false;
			shown += !!shows[i];
			before = showed[i];
			showed[i] = 0;
			put_fb(before);
			screens[i].flipped(&screens[i]);
		}
}

/** card_shown - number of frames that the screens have shown, since the last call */
unsigned int card_shown(void)
{
	unsigned int n = shown;

	shown = 0;
	return n;
}

/** card_plug - connect or disconnect a screen; the harness reports it */
void card_plug(unsigned int screen, bool connected)
{
	screens[screen % SCREENS].connected = connected;
}

/** card_need_contiguous - whether the card takes only contiguous memory */
void card_need_contiguous(bool need)
{
	need_contiguous = need;
}

/** card_check - fail if anything is left */
void card_check(void)
{
	unsigned int i;

	for (i = 0; i < SCREENS; i++)
		if (screens[i].users)
			fail("screen %u has %u users", i, screens[i].users);
	for (i = 0; i < HANDLES; i++)
		if (handles[i].users)
			fail("handle %u of %llu bytes is left", i + 1,
			     (unsigned long long)handles[i].size);
	for (i = 0; i < FBS; i++)
		if (fbs[i].handle)
			fail("framebuffer %u is left%s", i + 1,
			     is_shown(i + 1) ? ", a screen shows it" : "");
	/* The memory of the dumb buffers, which is zeros then */
	if (next_offset && (ftruncate(card.fd, 0) || ftruncate(card.fd, 1LL << 40)))
		abort();
	next_offset = 0;
}

/* ---- Memory */

static struct handle *find_handle(uint32_t handle)
{
	if (!handle || handle > HANDLES || !handles[handle - 1].users)
		fail("there is no handle %u", handle);
	return &handles[handle - 1];
}

static void put_handle(uint32_t number)
{
	struct handle *handle = find_handle(number);

	if (--handle->users)
		return;
	if (handle->object)
		buffer_closed(handle->object);
}

static uint32_t new_handle(uint64_t size, uint32_t object)
{
	uint32_t i;

	for (i = 0; i < HANDLES && handles[i].users; i++)
		;
	if (i == HANDLES)
		fail("more than %u handles", HANDLES);
	handles[i] = (struct handle) {
		.size = size, .offset = next_offset, .object = object, .users = 1,
	};
	if (!object)
		next_offset += size;
	return i + 1;
}

int drmPrimeFDToHandle(int fd, int prime_fd, uint32_t *handle)
{
	uint32_t object = buffer_of_fd(prime_fd);

	if (!object)
		fail("descriptor %d is no export", prime_fd);
	errno = EINVAL;
	if ((need_contiguous && !buffer_is_contiguous(object)) || fault_hit())
		return -1;
	*handle = new_handle(buffer_size(object), object);
	return 0;
}

int drmPrimeHandleToFD(int fd, uint32_t handle, uint32_t flags, int *prime_fd)
{
	find_handle(handle);
	if (fault_hit())
		return -1;
	*prime_fd = dup(fd);
	return 0;
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	put_handle(handle);
	return 0;
}

int drmModeCreateDumbBuffer(int fd, uint32_t width, uint32_t height, uint32_t bpp,
			    uint32_t flags, uint32_t *handle, uint32_t *pitch, uint64_t *size)
{
	uint64_t line = (((uint64_t)width * bpp + 7) / 8 + 63) / 64 * 64;

	if (!line || !height)
		return -EINVAL;
	if (line * height > MAX_DUMB)
		return -ENOMEM;
	if (fault_hit())
		return -errno;
	*pitch = line;
	*size = (line * height + PAGE - 1) / PAGE * PAGE;
	*handle = new_handle(*size, 0);
	rate_pay_pages(*size / PAGE);
	return 0;
}

int drmModeDestroyDumbBuffer(int fd, uint32_t handle)
{
	put_handle(handle);
	return 0;
}

int drmModeMapDumbBuffer(int fd, uint32_t handle, uint64_t *offset)
{
	*offset = find_handle(handle)->offset;
	return fault_hit() ? -errno : 0;
}

/* ---- Framebuffers */

int drmModeAddFB2(int fd, uint32_t width, uint32_t height, uint32_t pixel_format,
		  const uint32_t bo_handles[4], const uint32_t pitches[4],
		  const uint32_t offsets[4], uint32_t *buf_id, uint32_t flags)
{
	struct handle *handle = find_handle(bo_handles[0]);
	uint32_t i;

	if ((uint64_t)pitches[0] * height + offsets[0] > handle->size)
		fail("a framebuffer of %u bytes a line, %u lines, at %u in %llu bytes",
		     pitches[0], height, offsets[0], (unsigned long long)handle->size);
	if (fault_hit())
		return -errno;
	for (i = 0; i < FBS && fbs[i].handle; i++)
		;
	if (i == FBS)
		fail("more than %u framebuffers", FBS);
	handle->users++;
	fbs[i] = (struct framebuffer) {
		.handle = bo_handles[0], .width = width, .height = height, .pitch = pitches[0],
	};
	*buf_id = i + 1;
	return 0;
}

static void close_fb(uint32_t fb)
{
	if (!fb || fb > FBS || !fbs[fb - 1].handle || fbs[fb - 1].closed)
		fail("framebuffer %u is removed, which does not exist", fb);
	fbs[fb - 1].closed = true;
	put_fb(fb);
}

/* As the kernel, turn the screens off that show it */
int drmModeRmFB(int fd, uint32_t buffer_id)
{
	unsigned int i;

	for (i = 0; i < SCREENS; i++) {
		if (shows[i] == buffer_id)
			shows[i] = 0;
		if (showed[i] == buffer_id)
			showed[i] = 0;
	}
	close_fb(buffer_id);
	return 0;
}

/* CLOSEFB: the screens that show it go on; older kernels do not have it */
int drmIoctl(int fd, unsigned long request, void *arg)
{
	if (fault_hit())
		return -1;
	close_fb(*(uint32_t *)arg);
	return 0;
}

int drmIsMaster(int fd)
{
	return !fault_hit();
}

/* ---- Screens */

static const struct framebuffer *find_fb(const struct scanout *scanout)
{
	const struct framebuffer *fb;

	if (!scanout->fb || scanout->fb > FBS || !fbs[scanout->fb - 1].handle ||
	    fbs[scanout->fb - 1].closed)
		fail("a screen shows framebuffer %u, which does not exist", scanout->fb);
	fb = &fbs[scanout->fb - 1];
	if ((uint64_t)scanout->x + scanout->width > fb->width ||
	    (uint64_t)scanout->y + scanout->height > fb->height)
		fail("%ux%u at %u,%u is not within %ux%u", scanout->width, scanout->height,
		     scanout->x, scanout->y, fb->width, fb->height);
	return fb;
}

static int begin(struct screen *screen, const struct scanout *scanout)
{
	if (scanout)
		find_fb(scanout);
	if (screen->busy)
		return -EBUSY;
	if (fault_hit())
		return -errno;
	screen->busy = true;
	showed[screen - screens] = shows[screen - screens];
	shows[screen - screens] = scanout ? scanout->fb : 0;
	return 0;
}

static int test(struct screen *screen, const struct scanout *scanout)
{
	return fault_hit() ? -errno : 0;
}

static int on(struct screen *screen, const struct scanout *scanout)
{
	return begin(screen, scanout);
}

/* As some drivers, refuse another pitch; and a screen that RMFB has turned off */
static int flip(struct screen *screen, const struct scanout *scanout)
{
	uint32_t before = shows[screen - screens];

	if (!screen->busy && (!before || find_fb(scanout)->pitch != fbs[before - 1].pitch))
		return -EINVAL;
	return begin(screen, scanout);
}

static int off(struct screen *screen)
{
	if (!screen->busy && !shows[screen - screens])
		return 0;
	return begin(screen, NULL);
}

static void off_sync(struct screen *screen)
{
}

static int check(struct screen *screen)
{
	return fault_hit() ? -EACCES : 0;
}

static const struct screen_ops screen_ops = {
	.test = test,
	.on = on,
	.flip = flip,
	.off = off,
	.off_sync = off_sync,
	.check = check,
};

bool card_has_output(const struct card *of, const char *name)
{
	return !strcmp(name, "Virtual-9");
}

/* ---- Locks */

bool lock_domain(uint32_t domid)
{
	return true;
}

void unlock_domain(uint32_t domid)
{
}
