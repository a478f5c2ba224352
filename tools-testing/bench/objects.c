// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the kernel memory of a buffer, an attachment, a user mapping and a kernel
 * mapping while they exist, in bytes each.  The importers are the test modules edu_dma
 * and vmap_look.  main() calls bench_objects().
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../selftests/xen/edu.h"
#include "../selftests/xen/look.h"
#include "exports.h"
#include "measure.h"
#include "settle.h"
#include "usage.h"

#define PAGE	4096UL
/*
 * Number of objects of a measurement: so many that page tables that are not full do
 * not count
 */
#define OBJECTS	64U

/**
 * struct objects - the objects of a measurement
 * @bench: the guest
 * @pages: number of pages of each buffer
 * @buffers: the buffers
 * @files: open files of test modules
 * @maps: addresses of user mappings
 */
struct objects {
	const struct bench *bench;
	unsigned int pages;
	int buffers[OBJECTS];
	int files[OBJECTS];
	volatile uint8_t *maps[OBJECTS];
};

static void make_buffer(struct objects *objects, unsigned int i)
{
	objects->buffers[i] = export_pages(objects->bench, objects->pages, 0);
}

/* attach - attach the device to the first buffer, and map it for DMA */
static void attach(struct objects *objects, unsigned int i)
{
	int ret = edu_attach(objects->files[i], objects->buffers[0], EDU_BOTH_WAYS,
			     NULL);

	if (ret) {
		errno = ret;
		err(1, "attach");
	}
}

/* map_user - map a buffer, and read each page */
static void map_user(struct objects *objects, unsigned int i)
{
	size_t size = objects->pages * PAGE, at;

	objects->maps[i] = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
				objects->buffers[i], 0);
	if (objects->maps[i] == MAP_FAILED)
		err(1, "map");
	for (at = 0; at < size; at += PAGE)
		(void)objects->maps[i][at];
}

/* map_kernel - map a buffer in the kernel; a buffer has one kernel mapping */
static void map_kernel(struct objects *objects, unsigned int i)
{
	if (ioctl(objects->files[i], VMAP_LOOK_KEEP, objects->buffers[i]))
		err(1, "map in the kernel");
}

/**
 * struct kind - a kind of object
 * @name: third word of the line that is printed
 * @make: makes one object
 * @open: opens a file of the test module that makes it, or NULL
 * @buffers: number of buffers that exist before the measurement
 */
struct kind {
	const char *name;
	void (*make)(struct objects *objects, unsigned int i);
	int (*open)(void);
	unsigned int buffers;
};

static int open_edu(void)
{
	return edu_open(0);
}

static const struct kind kinds[] = {
	{ "buffer", make_buffer, NULL, 0 },
	{ "attachment", attach, open_edu, 1 },
	{ "user-mapping", map_user, NULL, OBJECTS },
	{ "kernel-mapping", map_kernel, look_open, OBJECTS },
};

/* measure - print the bytes of an object of that kind, and free all of them */
static void measure(struct objects *objects, const struct kind *kind)
{
	int64_t before, (*usage)(void) = kind->buffers ? usage_all : usage_kernel;
	unsigned int i;

	settle();
	for (i = 0; i < kind->buffers; i++)
		make_buffer(objects, i);
	for (i = 0; i < OBJECTS && kind->open; i++) {
		objects->files[i] = kind->open();
		if (objects->files[i] < 0)
			err(1, "the test module of %s", kind->name);
	}

	before = usage();
	for (i = 0; i < OBJECTS; i++)
		kind->make(objects, i);
	bench_print_each("memory", objects->pages, kind->name, usage() - before, OBJECTS);

	for (i = 0; i < OBJECTS; i++) {
		if (objects->maps[i])
			munmap((void *)objects->maps[i], objects->pages * PAGE);
		objects->maps[i] = NULL;
		if (kind->open)
			close(objects->files[i]);
	}
	for (i = 0; i < (kind->buffers ? kind->buffers : OBJECTS); i++)
		release_export(objects->bench, objects->buffers[i]);
}

/**
 * bench_objects - measure the memory of objects; not with mainline's driver
 * @bench: the guest
 * @pages: number of pages of a buffer, at most 256
 */
void bench_objects(const struct bench *bench, unsigned int pages)
{
	struct objects objects = { .bench = bench, .pages = pages };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		measure(&objects, &kinds[i]);
}
