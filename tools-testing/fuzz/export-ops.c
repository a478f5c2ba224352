// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on gntdev files and on exported buffers.
 */

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fuzz.h"

static int op_open(struct worker *w)
{
	int fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno;
	put(w, GNTDEV, fd, -1, 0, 0);
	return 0;
}

static int op_close(struct worker *w)
{
	return end_object(w, GNTDEV);
}

static int op_query(struct worker *w)
{
	struct gntdev_dmabuf_query op;
	struct obj file;

	if (!peek(w, GNTDEV, &file))
		return OP_NONE;
	note(w, file.fd, 0, 0);
	return call(file.fd, IOCTL_GNTDEV_DMABUF_QUERY, &op);
}

/* Restrict a file of its own: few others would have room for exports */
static int op_restrict(struct worker *w)
{
	uint32_t pages = rng_below(&w->rng, 200);
	struct obj file;
	int ret;

	if (rng_percent(&w->rng, 20)) {
		if (!peek(w, GNTDEV, &file))
			return OP_NONE;
		/* A limit that the file's buffers exceed, or do not */
		pages += 100;
	} else {
		file.fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
		if (file.fd < 0)
			return errno;
		put(w, GNTDEV, file.fd, -1, 0, 0);
	}
	note(w, file.fd, pages, 0);
	ret = restrict_file(file.fd, domain(w), pages);
	return ret;
}

static int op_eventfd(struct worker *w)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return errno;
	put(w, EVENTFD, fd, -1, 0, 0);
	return 0;
}

static int op_read_eventfd(struct worker *w)
{
	struct obj obj;
	uint64_t value;

	if (!peek(w, EVENTFD, &obj))
		return OP_NONE;
	return read(obj.fd, &value, sizeof(value)) < 0 ? errno : 0;
}

/**
 * struct offer - a buffer that the peer offered, and a file to export it
 * @file: the file
 * @count: number of pages
 * @directory: reference of its directory; 0 for a part of the buffer
 * @refs: references of its pages
 */
struct offer {
	struct obj file;
	uint32_t count;
	uint32_t directory;
	uint32_t refs[BOARD_REFS];
};

static bool offer(struct worker *w, struct offer *offer)
{
	const struct board_offer *from = &RNG_PICK(&w->rng, w->board->offers);

	if (!peek(w, GNTDEV, &offer->file))
		return false;
	memcpy(offer->refs, from->refs, sizeof(offer->refs));
	offer->directory = from->directory;
	offer->count = from->count;
	if (!offer->count || offer->count > BOARD_LARGE)
		return false;
	if (offer->count > BOARD_REFS || rng_percent(&w->rng, 70)) {
		offer->count = 1 + rng_below(&w->rng, offer->count > BOARD_REFS ?
					     BOARD_REFS : offer->count);
		offer->directory = 0;
	}
	/* The same page twice, another buffer's page, a reserved reference, ... */
	if (rng_percent(&w->rng, 3))
		RNG_PICK(&w->rng, offer->refs) = RNG_PICK(&w->rng, offer->refs);
	if (rng_percent(&w->rng, 1))
		RNG_PICK(&w->rng, offer->refs) = rng_below(&w->rng, 4096);
	note(w, offer->file.fd, offer->count, offer->refs[0]);
	return true;
}

/* On x86 PV the contiguous flags do not cost more */
static uint32_t contiguous(struct worker *w)
{
	static const uint32_t flags[] = {
		GNTDEV_DMA_FLAG_WC, GNTDEV_DMA_FLAG_COHERENT,
		GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT,
	};

	return rng_percent(&w->rng, 10) ? RNG_PICK(&w->rng, flags) : 0;
}

static uint32_t data_ofs(struct worker *w)
{
	return rng_percent(&w->rng, 20) ? rng_below(&w->rng, 4200) : 0;
}

static int op_export_refs(struct worker *w)
{
	struct offer from;
	int ret, fd;

	if (!offer(w, &from))
		return OP_NONE;
	ret = export_refs(from.file.fd, contiguous(w), from.count, domain(w), from.refs,
			  &fd);
	if (!ret)
		put(w, EXPORT, fd, from.file.fd, from.count, 0);
	return ret;
}

static int op_export_refs_v2(struct worker *w)
{
	struct offer from;
	int ret, fd;

	if (!offer(w, &from))
		return OP_NONE;
	ret = export_refs_v2(from.file.fd, contiguous(w), from.count, data_ofs(w),
			     domain(w), from.refs, &fd);
	if (!ret)
		put(w, EXPORT, fd, from.file.fd, from.count, 0);
	return ret;
}

static int do_export(struct worker *w, struct offer *from, uint32_t flags)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)from->refs,
		.count = from->count,
		.domid = domain(w),
		.flags = flags | contiguous(w),
		.data_ofs = data_ofs(w),
		.fd = -1,
	};
	struct obj event;
	int ret;

	if (rng_percent(&w->rng, 30))
		op.flags |= GNTDEV_DMABUF_EXPORT_READONLY;
	if (rng_percent(&w->rng, 30) && peek(w, EVENTFD, &event)) {
		op.flags |= GNTDEV_DMABUF_EXPORT_EVENTFD;
		op.eventfd = event.fd;
	}
	ret = export_buffer(from->file.fd, &op);
	if (!ret) {
		put(w, EXPORT, op.fd, from->file.fd, from->count, op.id);
		remember_id(w, op.id);
	}
	return ret;
}

static int op_export(struct worker *w)
{
	struct offer from;

	return offer(w, &from) ? do_export(w, &from, 0) : OP_NONE;
}

static int op_export_directory(struct worker *w)
{
	struct offer from;
	unsigned int try;

	for (try = 0; try < 4; try++)
		if (offer(w, &from) && from.directory) {
			from.refs[0] = from.directory;
			return do_export(w, &from, GNTDEV_DMABUF_EXPORT_DIRECTORY);
		}
	return OP_NONE;
}

/* The buffer with two directory pages */
static int op_export_large(struct worker *w)
{
	const struct board_offer *large = &w->board->offers[0];
	struct offer from = { .count = large->count, .refs = { large->directory } };

	if (!peek(w, GNTDEV, &from.file) || from.count > BOARD_LARGE)
		return OP_NONE;
	note(w, from.file.fd, from.count, from.refs[0]);
	return do_export(w, &from, GNTDEV_DMABUF_EXPORT_DIRECTORY);
}

static int op_revoke(struct worker *w)
{
	unsigned int try;
	struct obj obj;

	/* Mostly buffers that have a descriptor.  0 is an id that no buffer has. */
	for (try = 0; try < 3; try++) {
		if (!peek(w, rng_percent(&w->rng, 90) ? EXPORT : GONE, &obj))
			return OP_NONE;
		if (obj.id)
			break;
	}
	if (rng_percent(&w->rng, 5))
		obj.id = RNG_PICK(&w->rng, w->fuzz->shared->ids);
	note(w, obj.through, obj.fd, obj.id);
	return revoke_id(obj.through, obj.id);
}

/* wait_for - wait by number or by id, through the file of the export or another */
static int wait_for(struct worker *w, const struct obj *obj, uint32_t ms)
{
	note(w, obj->through, obj->fd, ms);
	if (!obj->id || rng_percent(&w->rng, 30))
		return wait_released(obj->through, obj->fd, ms);
	return wait_id(obj->through, obj->id, ms);
}

/* export_alone - export a buffer that no other thread can hold */
static bool export_alone(struct worker *w, struct obj *obj)
{
	struct gntdev_dmabuf_export op = { .domid = w->fuzz->peer, .fd = -1 };
	struct offer from;

	if (!offer(w, &from))
		return false;
	op.refs = (uintptr_t)from.refs;
	op.count = from.count;
	if (export_buffer(from.file.fd, &op))
		return false;
	*obj = (struct obj) {
		.kind = EXPORT,
		.fd = op.fd,
		.through = from.file.fd,
		.pages = from.count,
		.id = op.id,
	};
	remember_id(w, op.id);
	return true;
}

/*
 * Another thread closes the descriptor meanwhile.  Two of three buffers have no other user, so
 * the wait ends, however slow the machine is.
 */
static int op_wait_for_close(struct worker *w)
{
	bool alone = rng_percent(&w->rng, 67);
	struct obj obj;

	if (!(alone ? export_alone(w, &obj) : take(w, EXPORT, &obj)))
		return OP_NONE;
	model_drop_later(w->model, &w->rng, &obj);
	/* A kernel with a sanitizer needs more than 10 ms for it */
	return wait_for(w, &obj, alone ? 1000 : 30);
}

static int op_wait(struct worker *w)
{
	struct obj obj, file;
	uint64_t id;

	if (!peek(w, rng_percent(&w->rng, 50) ? EXPORT : GONE, &obj))
		return OP_NONE;
	if (rng_percent(&w->rng, 20) && peek(w, GNTDEV, &file)) {
		id = RNG_PICK(&w->rng, w->fuzz->shared->ids);
		note(w, file.fd, -1, id);
		return wait_id(file.fd, id, 1);
	}
	return wait_for(w, &obj, rng_below(&w->rng, 3));
}

const struct op export_ops[] = {
	{ "open",		20, op_open },
	{ "close",		15, op_close },
	{ "query",		60, op_query },
	{ "restrict",		 5, op_restrict },
	{ "eventfd",		10, op_eventfd },
	{ "read-eventfd",	20, op_read_eventfd },
	{ "export-refs",	50, op_export_refs },
	{ "export-refs-v2",	50, op_export_refs_v2 },
	{ "export",		90, op_export },
	{ "export-dir",		40, op_export_directory },
	{ "export-large",	 1, op_export_large },
	{ "revoke",		30, op_revoke },
	{ "wait-for-close",	60, op_wait_for_close },
	{ "wait",		30, op_wait },
	{ }
};
