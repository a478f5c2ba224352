// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gntdmabuf.h"

/**
 * struct imported - what is granted to another domain
 * @domid: the domain
 * @flags: XENGNTTAB_DMABUF_READONLY or 0
 * @count: number of pages
 * @refs: a reference for each
 * @data_ofs: where the data begins in the first page
 * @id: its name
 */
struct imported {
	uint32_t domid;
	uint32_t flags;
	uint32_t count;
	uint32_t *refs;
	uint32_t data_ofs;
	uint64_t id;
};

static _Noreturn void
why_not_imported(const struct imported *imported, const char *from,
		 const struct xengnttab_dmabuf_info *info, int error)
{
	switch (error) {
	case ESRCH:
		errx(1, "%u cannot be a domain: see 'xl list'", imported->domid);
	case E2BIG:
		errx(1, "%u pages are more than the limit of %u: write a larger one to /sys/module/xen_gntdev/parameters/limit",
		     imported->count, info->max_pages);
	case EOPNOTSUPP:
		errx(1, "%s: memory of a device, or of another domain, cannot be granted: take a buffer in ordinary memory, as heap:system:SIZE",
		     from);
	case ENOSPC:
		errx(1, "no %u grant references are left: give this domain more with gnttab_max_frames (Xen) or max_grant_frames (xl.cfg)",
		     imported->count);
	case ENOMEM:
		errx(1, "no memory to grant %u pages: give this domain more with 'xl mem-set'",
		     imported->count);
	case EINVAL:
		if (imported->flags & ~info->import_flags)
			errx(1, "this kernel does not import in this way: see 'gntdmabuf query'");
	}
	errx(1, "import of %s, %u pages: %s", from, imported->count,
	     strerror(error));
}

static void import_pages(struct imported *imported, xengnttab_handle *xgt,
			 const struct xengnttab_dmabuf_info *info,
			 const char *from, int fd, int eventfd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	int tries;

	if (size <= 0)
		errx(1, "descriptor %s is not a dma-buf", from);

	/* If the data begins inside a page it may end in one more */
	imported->count = (size + XEN_PAGE - 1) / XEN_PAGE;
	for (tries = 0; tries < 2; tries++, imported->count++) {
		free(imported->refs);
		imported->refs = calloc(imported->count, sizeof(*imported->refs));
		if (!imported->refs)
			err(1, "%u references", imported->count);
		if (!xengnttab_dmabuf_import(xgt, imported->domid,
					     imported->flags, fd,
					     imported->count, imported->refs,
					     eventfd, &imported->data_ofs,
					     &imported->id))
			return;
		if (errno != EINVAL)
			why_not_imported(imported, from, info, errno);
	}
	if (imported->flags & ~info->import_flags)
		why_not_imported(imported, from, info, EINVAL);
	errx(1, "descriptor %s is not a dma-buf", from);
}

static void print(const struct imported *imported)
{
	uint32_t i;

	printf("id %llu domain %u pages %u offset %u\nrefs",
	       (unsigned long long)imported->id, imported->domid,
	       imported->count, imported->data_ofs);
	for (i = 0; i < imported->count; i++)
		printf(" %u", imported->refs[i]);
	printf("\n");
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* give_back - take the pages back, when the other domain has let go */
static void give_back(const struct imported *imported, xengnttab_handle *xgt,
		      int eventfd)
{
	unsigned long long id = imported->id;
	double begin = seconds();

	if (xengnttab_dmabuf_release(xgt, id))
		err(1, "release of buffer %llu", id);
	if (xengnttab_dmabuf_wait(xgt, id, 0) && errno == ETIMEDOUT)
		printf("domain %u still has pages mapped\n", imported->domid);
	if (!hold_until_event(eventfd))
		errx(1, "domain %u did not let go of buffer %llu: see 'gntdmabuf list', and 'gntdmabuf wait %llu'",
		     imported->domid, id, id);
	printf("released after %.1f s\n", seconds() - begin);
}

int run_import(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "read-only", no_argument, NULL, 'r' },
		OPTION_HELP, OPTION_END
	};
	struct xengnttab_dmabuf_info info;
	struct imported imported = { 0 };
	bool has_domid = false;
	xengnttab_handle *xgt;
	int option, eventfd, fd;
	const char *from;

	while ((option = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			imported.domid = number(optarg, 0x7fef, "DOMID");
			has_domid = true;
			break;
		case 'r':
			imported.flags |= XENGNTTAB_DMABUF_READONLY;
			break;
		case 'h':
			show_help("import");
			return 0;
		default:
			return 1;
		}
	}
	if (!has_domid)
		errx(1, "who may map the pages? Give the domain with -d DOMID, see 'xl list'");
	if (argc - optind != 1)
		errx(1, "which buffer? One FD, dumb:CARD:WIDTHxHEIGHT or heap:NAME:SIZE");

	/* First of all: what is opened from here on was not inherited */
	from = argv[optind];
	fd = alloc_buffer(from);
	xgt = gntdev_open(&info);
	hold_begin();
	eventfd = hold_eventfd();
	import_pages(&imported, xgt, &info, from, fd, eventfd);
	print(&imported);
	hold_until_end();
	give_back(&imported, xgt, eventfd);
	return 0;
}
