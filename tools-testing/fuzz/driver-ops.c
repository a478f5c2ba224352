// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of other drivers on buffers: PRIME imports, and the test modules
 * edu_dma, whose device has a DMA engine, and vmap_look.
 */

#include <fcntl.h>
#include <unistd.h>

#include <xf86drm.h>

#include "edu.h"
#include "fuzz.h"
#include "kms.h"
#include "look.h"

/**
 * struct card - a file of a DRM card, and GEM handles of buffers
 * @driver: name of the driver
 * @fd: the file, which has the handles; 0 if it was not opened yet
 * @handles: handles, or 0
 */
struct card {
	const char *driver;
	int fd;
	uint32_t handles[3];
};

/*
 * A child uses the handles of its parent's file, too.  These operations and edu take
 * exports only: DMA_API_DEBUG warns if two devices, or a device and an import, map a
 * buffer of a dma-heap.
 */
static int op_prime(struct worker *w)
{
	static __thread struct card cards[] = { { .driver = "vgem" }, { .driver = "vkms" } };
	struct card *card = &RNG_PICK(&w->rng, cards);
	uint32_t *handle = &RNG_PICK(&w->rng, card->handles);
	struct obj buffer;

	if (!card->fd)
		card->fd = kms_card(card->driver);
	if (card->fd < 0)
		return OP_MISSING;
	if (*handle) {
		drmCloseBufferHandle(card->fd, *handle);
		*handle = 0;
	}
	if (!peek(w, EXPORT, &buffer))
		return OP_NONE;
	note(w, buffer.fd, card->fd, 0);
	return drmPrimeFDToHandle(card->fd, buffer.fd, handle) ? errno : 0;
}

static int op_edu(struct worker *w)
{
	uint32_t direction = rng_below(&w->rng, 16);
	struct obj buffer;
	int fd, ret;

	if (!peek(w, EXPORT, &buffer))
		return OP_NONE;
	fd = edu_open(rng_below(&w->rng, 2));
	if (fd < 0)
		return errno == ENOENT ? OP_MISSING : errno;
	note(w, buffer.fd, direction, 0);
	ret = edu_attach(fd, buffer.fd, direction, NULL);
	if (ret)
		close(fd);
	else
		put(w, DEVICE, fd, -1, buffer.pages, 0);
	return ret;
}

/* The device takes 100 ms for each of two copies, and others wait for it meanwhile: seldom */
static int op_edu_transfer(struct worker *w)
{
	static __thread uint8_t data[256];
	struct obj device;
	off_t at;

	if (!peek(w, DEVICE, &device) || !device.pages)
		return OP_NONE;
	at = rng_below(&w->rng, device.pages * PAGE);
	note(w, device.fd, at, 0);
	if (rng_percent(&w->rng, 50))
		return pread(device.fd, data, sizeof(data), at) < 0 ? errno : 0;
	return pwrite(device.fd, data, sizeof(data), at) < 0 ? errno : 0;
}

/* A kernel mapping that is there for a moment, or as long as the file */
static int op_look(struct worker *w)
{
	struct obj buffer;
	int look, ret;

	if (!peek_buffer(w, &buffer))
		return OP_NONE;
	note(w, buffer.fd, 0, 0);
	if (rng_percent(&w->rng, 50))
		return map_in_kernel(buffer.fd);
	look = look_open();
	if (look < 0)
		return errno == ENOENT ? OP_MISSING : errno;
	ret = ioctl(look, VMAP_LOOK_KEEP, (long)buffer.fd) ? errno : 0;
	if (ret)
		close(look);
	else
		put(w, DEVICE, look, -1, 0, 0);
	return ret;
}

static int op_close_device(struct worker *w)
{
	return end_object(w, DEVICE);
}

const struct op driver_ops[] = {
	{ "prime",		20, op_prime },
	{ "edu",		15, op_edu },
	{ "edu-transfer",	 1, op_edu_transfer },
	{ "look",		10, op_look },
	{ "close-device",	30, op_close_device },
	{ }
};
