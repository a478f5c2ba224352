// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations with the requests that gntdev had before the conversion.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* <xen/gntdev.h> leaves them to the program */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#ifndef __user
#define __user
#endif
#include <xen/gntdev.h>

#define MOST_GRANTS	8
/* What an object of GRANTS has as its descriptor once it was mapped: it can be no second time */
#define USED		(-2)

/* One of the peer's references */
static uint32_t some_ref(struct worker *w)
{
	const struct board_offer *from = &RNG_PICK(&w->rng, w->board->offers);

	return rng_percent(&w->rng, 97) ? RNG_PICK(&w->rng, from->refs) :
	       8 + rng_below(&w->rng, 8192);
}

static int op_map(struct worker *w)
{
	struct {
		struct ioctl_gntdev_map_grant_ref head;
		struct ioctl_gntdev_grant_ref more[MOST_GRANTS];
	} op = { .head.count = 1 + rng_below(&w->rng, 4) };
	struct obj file;
	uint32_t i;
	int ret;

	if (!peek(w, GNTDEV, &file))
		return OP_NONE;
	for (i = 0; i < op.head.count; i++) {
		struct ioctl_gntdev_grant_ref *to = i ? &op.more[i - 1] : &op.head.refs[0];

		to->domid = domain(w);
		to->ref = some_ref(w);
	}
	note(w, file.fd, op.head.count, op.head.refs[0].ref);
	ret = call(file.fd, IOCTL_GNTDEV_MAP_GRANT_REF, &op);
	if (!ret)
		put(w, GRANTS, -1, file.fd, op.head.count, op.head.index);
	return ret;
}

static int op_unmap(struct worker *w)
{
	struct ioctl_gntdev_unmap_grant_ref op = { 0 };
	struct obj obj;

	if (!take(w, GRANTS, &obj))
		return OP_NONE;
	op.index = obj.id;
	op.count = obj.pages;
	note(w, obj.through, op.index, op.count);
	return call(obj.through, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
}

/* take_unused - take grants that are not mapped, if some are found soon */
static bool take_unused(struct worker *w, struct obj *grants)
{
	unsigned int try;

	for (try = 0; try < 4; try++) {
		if (!take(w, GRANTS, grants))
			return false;
		if (grants->fd != USED)
			return true;
		put(w, GRANTS, USED, grants->through, grants->pages, grants->id);
	}
	return false;
}

/* Now and then grants that other threads map or unmap meanwhile, or that are mapped */
static int op_mmap_grants(struct worker *w)
{
	bool alone = rng_percent(&w->rng, 80);
	struct obj grants, *area;
	int ret = 0;
	void *at;

	if (!(alone ? take_unused(w, &grants) : peek(w, GRANTS, &grants)))
		return OP_NONE;
	area = model_reserve(w->model, &w->rng, GRANT_AREA, grants.pages);
	if (area) {
		note(w, grants.through, grants.id, grants.pages);
		at = mmap((void *)(uintptr_t)area->id, grants.pages * PAGE,
			  rng_percent(&w->rng, 70) ? PROT_READ | PROT_WRITE : PROT_READ,
			  MAP_SHARED | MAP_FIXED, grants.through, grants.id);
		if (at == MAP_FAILED)
			ret = errno;
		area->fd = -1;
		area->through = grants.through;
		area->pages = grants.pages;
		atomic_store(&area->state, ret ? EMPTY : FULL);
	}
	if (alone)
		put(w, GRANTS, area ? USED : grants.fd, grants.through, grants.pages,
		    grants.id);
	return area ? ret : OP_NONE;
}

static int op_get_offset(struct worker *w)
{
	struct ioctl_gntdev_get_offset_for_vaddr op = { 0 };
	struct obj area;

	if (!peek(w, GRANT_AREA, &area))
		return OP_NONE;
	op.vaddr = area.id + (rng_percent(&w->rng, 80) ? 0 : PAGE);
	note(w, area.through, op.vaddr, op.vaddr >> 32);
	return call(area.through, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op);
}

static int notify(struct worker *w, uint32_t action)
{
	struct ioctl_gntdev_unmap_notify op = {
		.action = action,
		.event_channel_port = 4000 + rng_below(&w->rng, 200),
	};
	struct obj grants;

	if (!peek(w, GRANTS, &grants))
		return OP_NONE;
	op.index = grants.id + rng_below(&w->rng, grants.pages * PAGE);
	note(w, grants.through, op.index, op.action);
	return call(grants.through, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op);
}

/* Clear a byte, do nothing, or what is mostly refused: no channel has such a number */
static int op_notify(struct worker *w)
{
	return notify(w, rng_below(&w->rng, rng_percent(&w->rng, 60) ? 2 : 8));
}

/* Copy between a page of the peer and local memory, in either direction */
static int op_copy(struct worker *w)
{
	static __thread uint8_t local[2 * 4096];
	struct gntdev_grant_copy_segment segment = {
		.len = 1 + rng_below(&w->rng, 4096),
	};
	struct ioctl_gntdev_grant_copy op = { .count = 1, .segments = &segment };
	bool to_peer = rng_percent(&w->rng, 50);
	struct obj file, area;
	void *virt = local;
	int ret;

	if (!peek(w, GNTDEV, &file))
		return OP_NONE;
	if (rng_percent(&w->rng, 20) && peek(w, AREA, &area))
		virt = (void *)(uintptr_t)area.id;
	if (to_peer) {
		segment.source.virt = virt;
		segment.dest.foreign.ref = some_ref(w);
		segment.dest.foreign.domid = domain(w);
		segment.flags = 1 << 1;		/* GNTCOPY_dest_gref */
	} else {
		segment.source.foreign.ref = some_ref(w);
		segment.source.foreign.domid = domain(w);
		segment.dest.virt = virt;
		segment.flags = 1 << 0;		/* GNTCOPY_source_gref */
	}
	note(w, file.fd, to_peer, segment.len);
	ret = call(file.fd, IOCTL_GNTDEV_GRANT_COPY, &op);
	/* Xen refused this segment */
	return ret ?: segment.status ? EREMOTEIO : 0;
}

/* Pin pages of a mapping: the kernel uses them longer than the mapping */
static int op_pin_grants(struct worker *w)
{
	static __thread int pipes[2];
	struct obj area;
	struct iovec part;
	int ret;

	if (!pipes[1] && pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
		return errno;
	if (!peek(w, GRANT_AREA, &area))
		return OP_NONE;
	note(w, area.pages, area.id, area.id >> 32);
	part = (struct iovec){ (void *)(uintptr_t)area.id, 512 };
	if (vmsplice(pipes[1], &part, 1, SPLICE_F_NONBLOCK) >= 0)
		return 0;
	ret = errno;
	/* It is full: unpin what it has */
	if (ret == EAGAIN) {
		close(pipes[0]);
		close(pipes[1]);
		pipes[1] = 0;
	}
	return ret;
}

const struct op base_ops[] = {
	{ "map",		40, op_map },
	{ "unmap",		20, op_unmap },
	{ "mmap-grants",	25, op_mmap_grants },
	{ "get-offset",		10, op_get_offset },
	{ "notify",		10, op_notify },
	{ "copy",		20, op_copy },
	{ "pin-grants",		10, op_pin_grants },
	{ }
};
