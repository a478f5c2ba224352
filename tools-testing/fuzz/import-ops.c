// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on imports, and dma-bufs of this domain's memory for them.
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include "fuzz.h"
#include "sources.h"

#define MOST_PAGES	64

/*
 * heap_buffer - allocate a buffer of the system heap; 0 or the error number
 *
 * source_heap() also opens the heap and maps the buffer, which costs more than the buffer.
 */
static int heap_buffer(unsigned int pages, int *fd)
{
	struct dma_heap_allocation_data op = {
		.len = pages * PAGE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	static __thread int heap = -1;
	int ret;

	if (heap < 0)
		heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	if (heap < 0)
		return errno;
	ret = call(heap, DMA_HEAP_IOCTL_ALLOC, &op);
	*fd = op.fd;
	return ret;
}

static int op_source(struct worker *w)
{
	unsigned int pages = 4 + 4 * rng_below(&w->rng, rng_percent(&w->rng, 10) ? 15 : 2);
	struct source source;
	int ret, fd = -1;

	note(w, pages, 0, 0);
	switch (rng_below(&w->rng, 20)) {
	case 0:
	case 1:
		ret = source_memfd(&source, pages);
		break;
	case 2:
		/* A line of 1024 pixels is a page */
		ret = source_dumb(&source, "vgem", 1024, pages);
		break;
	case 3:
		ret = source_dumb(&source, "vkms", 1024, pages);
		break;
	default:
		ret = heap_buffer(pages, &fd);
		if (!ret)
			put(w, SOURCE, fd, -1, pages, 0);
		return ret;
	}
	if (ret)
		return ret;
	munmap(source.area, source.size);
	if (source.origin >= 0)
		close(source.origin);
	put(w, SOURCE, source.fd, -1, source.pages, 0);
	return 0;
}

static int op_close_source(struct worker *w)
{
	return end_object(w, SOURCE);
}

/**
 * struct target - a dma-buf and a file to import it
 * @file: the file
 * @buffer: the dma-buf
 * @domid: the peer domain
 * @refs: its references afterwards
 */
struct target {
	struct obj file;
	struct obj buffer;
	uint32_t domid;
	uint32_t refs[MOST_PAGES];
};

static bool target(struct worker *w, struct target *target)
{
	/* The pages of an export belong to another domain */
	enum kind kind = rng_percent(&w->rng, 95) ? SOURCE : EXPORT;

	if (!peek(w, GNTDEV, &target->file) || !peek(w, kind, &target->buffer))
		return false;
	target->domid = domain(w);
	if (rng_percent(&w->rng, 3))
		target->buffer.pages = rng_below(&w->rng, MOST_PAGES + 1);
	if (target->buffer.pages > MOST_PAGES)
		target->buffer.pages = MOST_PAGES;
	note(w, target->file.fd, target->buffer.fd, target->buffer.pages);
	return true;
}

/* imported - add an import to the model, and let the peer map some of its pages */
static int imported(struct worker *w, struct target *target, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < target->buffer.pages; i += 1 + rng_below(&w->rng, 4))
		RNG_PICK(&w->rng, w->board->imports) = target->refs[i];
	put(w, IMPORT, target->buffer.fd, target->file.fd, target->buffer.pages, id);
	return 0;
}

static int op_import_refs(struct worker *w)
{
	struct target to;

	if (!target(w, &to))
		return OP_NONE;
	return import_refs(to.file.fd, to.buffer.fd, to.buffer.pages, to.domid, to.refs) ?:
	       imported(w, &to, 0);
}

static int op_import_refs_v2(struct worker *w)
{
	struct target to;
	uint32_t ofs;

	if (!target(w, &to))
		return OP_NONE;
	return import_refs_v2(to.file.fd, to.buffer.fd, to.buffer.pages, to.domid, to.refs,
			      &ofs) ?: imported(w, &to, 0);
}

static int op_import(struct worker *w)
{
	struct gntdev_dmabuf_import op = { 0 };
	struct target to;
	struct obj event;
	int ret;

	if (!target(w, &to))
		return OP_NONE;
	op.refs = (uintptr_t)to.refs;
	op.count = to.buffer.pages;
	op.domid = to.domid;
	op.fd = to.buffer.fd;
	if (rng_percent(&w->rng, 30))
		op.flags |= GNTDEV_DMABUF_IMPORT_READONLY;
	if (rng_percent(&w->rng, 30) && peek(w, EVENTFD, &event)) {
		op.flags |= GNTDEV_DMABUF_IMPORT_EVENTFD;
		op.eventfd = event.fd;
	}
	ret = import_buffer(to.file.fd, &op);
	if (ret)
		return ret;
	remember_id(w, op.id);
	return imported(w, &to, op.id);
}

/* The numbers of the object, or now and then those of another file or buffer */
static int op_release(struct worker *w)
{
	struct obj obj, file;

	if (!take(w, IMPORT, &obj))
		return OP_NONE;
	if (rng_percent(&w->rng, 10) && peek(w, GNTDEV, &file))
		obj.through = file.fd;
	note(w, obj.through, obj.fd, obj.id);
	if (!obj.id || rng_percent(&w->rng, 30))
		return import_release(obj.through, obj.fd);
	return release_id(obj.through, obj.id);
}

/* The peer may have the pages mapped for a while */
static int op_release_and_wait(struct worker *w)
{
	struct obj obj;
	int ret;

	if (!take(w, IMPORT, &obj))
		return OP_NONE;
	note(w, obj.through, obj.fd, obj.id);
	if (!obj.id)
		return import_release(obj.through, obj.fd);
	ret = release_id(obj.through, obj.id);
	/* Most are released at once, and are no live buffers any more */
	if (!ret && wait_id(obj.through, obj.id, 5) == ETIMEDOUT)
		ret = ETIMEDOUT;
	return ret;
}

const struct op import_ops[] = {
	{ "source",		 8, op_source },
	{ "close-source",	 6, op_close_source },
	{ "import-refs",	20, op_import_refs },
	{ "import-refs-v2",	20, op_import_refs_v2 },
	{ "import",		50, op_import },
	{ "release",		50, op_release },
	{ "release-and-wait",	30, op_release_and_wait },
	{ }
};
