// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on user mappings of buffers and grants, and accesses to them by the
 * program, by the kernel and by child processes.
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

/* peek_area - most often a mapping of a dma-buf */
static bool peek_area(struct worker *w, struct obj *area)
{
	return peek(w, rng_percent(&w->rng, 80) ? AREA : GRANT_AREA, area);
}

static void *address(const struct obj *area)
{
	return (void *)(uintptr_t)area->id;
}

static int op_mmap(struct worker *w)
{
	static const int prots[] = {
		PROT_READ, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_NONE, PROT_WRITE, PROT_READ | PROT_EXEC,
	};
	struct obj buffer, *area;
	uint32_t first = 0, pages;
	int ret = 0, flags;
	void *at;

	if (!peek_buffer(w, &buffer))
		return OP_NONE;
	if (rng_percent(&w->rng, 20))
		first = rng_below(&w->rng, buffer.pages);
	pages = buffer.pages - first;
	if (rng_percent(&w->rng, 20))
		pages = 1 + rng_below(&w->rng, pages + 1);
	/* On x86 PV each page is mapped at once: all of a large buffer seldom */
	if (pages > SMALL_PAGES && rng_percent(&w->rng, 90))
		pages = 1 + rng_below(&w->rng, SMALL_PAGES);
	area = model_reserve(w->model, &w->rng, AREA, pages);
	if (!area)
		return OP_NONE;
	area->pages = pages;
	area->fd = buffer.fd;
	area->through = buffer.through;
	flags = rng_percent(&w->rng, 95) ? MAP_SHARED : MAP_PRIVATE;
	if (rng_percent(&w->rng, 20))
		flags |= MAP_POPULATE;
	note(w, buffer.fd, area->pages, flags);
	at = mmap(address(area), area->pages * PAGE, RNG_PICK(&w->rng, prots),
		  flags | MAP_FIXED, buffer.fd, first * PAGE);
	if (at == MAP_FAILED)
		ret = errno;
	atomic_store(&area->state, ret ? EMPTY : FULL);
	return ret;
}

static int op_munmap(struct worker *w)
{
	struct obj area;

	if (!take(w, rng_percent(&w->rng, 80) ? AREA : GRANT_AREA, &area))
		return OP_NONE;
	note(w, area.pages, area.id, area.id >> 32);
	if (rng_percent(&w->rng, 30))
		model_drop_later(w->model, &w->rng, &area);
	else
		model_drop(w->model, &w->rng, &area);
	return 0;
}

/* part - some pages of an area; the first byte */
static uint8_t *part(struct worker *w, const struct obj *area, size_t *size)
{
	uint32_t first = rng_percent(&w->rng, 50) ? 0 : rng_below(&w->rng, area->pages);
	uint32_t pages = 1 + rng_below(&w->rng, area->pages - first);

	*size = pages * PAGE;
	note(w, pages, area->id + first * PAGE, area->id >> 32);
	return (uint8_t *)(uintptr_t)area->id + first * PAGE;
}

/* reserve - unmap a part of an area, whose addresses stay reserved; 0 or an errno */
static int reserve(uint8_t *at, size_t size)
{
	return mmap(at, size, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
	       MAP_FAILED ? errno : 0;
}

/* model_drop() unmaps the rest */
static int op_munmap_part(struct worker *w)
{
	struct obj area;
	uint8_t *at;
	size_t size;

	if (!peek_area(w, &area))
		return OP_NONE;
	at = part(w, &area, &size);
	return reserve(at, size);
}

static int op_mremap(struct worker *w)
{
	struct obj area, *to;
	uint8_t *at;
	size_t size;
	int ret;

	if (!peek_area(w, &area))
		return OP_NONE;
	at = part(w, &area, &size);
	to = model_reserve(w->model, &w->rng, area.kind, size / PAGE);
	if (!to)
		return OP_NONE;
	if (rng_percent(&w->rng, 30)) {
		/* Shrinking to what it is, or growing, without a move */
		ret = mremap(at, size, size + PAGE * rng_below(&w->rng, 2), 0) ==
		      MAP_FAILED ? errno : 0;
		atomic_store(&to->state, EMPTY);
		return ret;
	}
	to->fd = area.fd;
	to->through = area.through;
	to->pages = size / PAGE;
	ret = mremap(at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, address(to)) ==
	      MAP_FAILED ? errno : 0;
	/* A part that failed can have been moved */
	atomic_store(&to->state, FULL);
	if (!ret)
		reserve(at, size);
	return ret;
}

static int op_mprotect(struct worker *w)
{
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
	};
	struct obj area;
	uint8_t *at;
	size_t size;

	if (!peek_area(w, &area))
		return OP_NONE;
	at = part(w, &area, &size);
	return mprotect(at, size, RNG_PICK(&w->rng, prots)) ? errno : 0;
}

/* Not MADV_DOFORK for grants: gntdev says that they are not for children */
static int op_madvise(struct worker *w)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_DONTNEED, MADV_WILLNEED, MADV_RANDOM, MADV_COLD,
		MADV_PAGEOUT, MADV_FREE, MADV_POPULATE_READ, MADV_POPULATE_WRITE,
		MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_REMOVE,
		MADV_HUGEPAGE, MADV_MERGEABLE, MADV_DODUMP,
	};
	int what = RNG_PICK(&w->rng, advice);
	struct obj area;
	uint8_t *at;
	size_t size;

	if (!peek_area(w, &area) || (what == MADV_DOFORK && area.kind == GRANT_AREA))
		return OP_NONE;
	at = part(w, &area, &size);
	return madvise(at, size, what) ? errno : 0;
}

static int touch(struct worker *w, bool write)
{
	struct obj area;
	uint32_t i;

	if (!peek_area(w, &area))
		return OP_NONE;
	note(w, area.pages, area.id, area.id >> 32);
	for (i = 0; i < area.pages; i += 1 + rng_below(&w->rng, 8))
		if (!worker_touch(w, (uint8_t *)address(&area) + i * PAGE +
				  rng_below(&w->rng, PAGE), write))
			return EFAULT;
	return 0;
}

static int op_read(struct worker *w)
{
	return touch(w, false);
}

static int op_write(struct worker *w)
{
	return touch(w, true);
}

/* The kernel accesses the pages as those of user space, or pins them: pin-grants */
static int op_kernel_access(struct worker *w)
{
	static __thread int memory = -1, pipes[2];
	struct obj area;
	struct iovec part;
	uint32_t word;
	long ret;

	if (memory < 0) {
		memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
		if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
			return errno;
	}
	if (!peek(w, AREA, &area))
		return OP_NONE;
	note(w, area.pages, area.id, area.id >> 32);
	part = (struct iovec){ address(&area), 512 };
	switch (rng_below(&w->rng, 9)) {
	case 0:
		ret = pread(memory, &word, sizeof(word), area.id);
		break;
	case 1:
		ret = pwrite(memory, &word, sizeof(word), area.id);
		break;
	case 2:
		ret = write(pipes[1], address(&area), 512);
		break;
	case 3:
		ret = read(pipes[0], address(&area), 512);
		break;
	case 4:
		ret = vmsplice(pipes[1], &part, 1, SPLICE_F_NONBLOCK);
		break;
	case 5:
		ret = mlock(address(&area), PAGE);
		munlock(address(&area), PAGE);
		break;
	case 6:
		ret = msync(address(&area), area.pages * PAGE, MS_SYNC);
		break;
	case 7:
		ret = mincore(address(&area), PAGE, (unsigned char *)&word);
		break;
	default:
		/* FUTEX_WAKE of a shared futex looks up the page */
		ret = syscall(SYS_futex, address(&area), 1, 1, NULL, NULL, 0);
		break;
	}
	return ret < 0 ? errno : 0;
}

static int op_fork(struct worker *w)
{
	return worker_child(w);
}

const struct op memory_ops[] = {
	{ "mmap",		70, op_mmap },
	{ "munmap",		50, op_munmap },
	{ "munmap-part",	10, op_munmap_part },
	{ "mremap",		10, op_mremap },
	{ "mprotect",		30, op_mprotect },
	{ "madvise",		30, op_madvise },
	{ "read",		80, op_read },
	{ "write",		60, op_write },
	{ "kernel-access",	40, op_kernel_access },
	{ "fork",		 1, op_fork },
	{ }
};
