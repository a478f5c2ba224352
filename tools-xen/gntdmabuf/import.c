// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command import: grant the pages of a dma-buf and hold them.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gntdmabuf.h"

/**
 * struct import_request - a buffer to grant to another domain
 * @domid: the peer domain
 * @flags: XENGNTTAB_DMABUF_READONLY or 0
 * @count: number of pages
 * @refs: the grant references, one for each page
 * @data_ofs: offset of the data in the first page, in bytes
 * @id: id of the import
 */
struct import_request {
	uint32_t domid;
	uint32_t flags;
	uint32_t count;
	uint32_t *refs;
	uint32_t data_ofs;
	uint64_t id;
};

/* import_error - print why an import failed, and end the program */
static _Noreturn void
import_error(const struct import_request *request, const char *from,
	     const struct xengnttab_dmabuf_info *info, int error)
{
	switch (error) {
	case ESRCH:
		errx(1, "%u is not a valid peer domain: see 'xl list'", request->domid);
	case E2BIG:
		alloc_too_large(request->count, info->max_pages);
	case EOPNOTSUPP:
		errx(1, "%s: memory of a device or of another domain cannot be granted: take a buffer in ordinary memory, for example heap:system:SIZE",
		     from);
	case ENOSPC:
		errx(1, "fewer than %u grant references are free: give this domain more with gnttab_max_frames (Xen) or max_grant_frames (xl.cfg)",
		     request->count);
	case ENOMEM:
		errx(1, "no memory to grant %u pages: give this domain more memory with 'xl mem-set'",
		     request->count);
	case EINVAL:
		if (request->flags & ~info->import_flags)
			errx(1, "this kernel lacks one of the options: see 'gntdmabuf query'");
	}
	errx(1, "import of %s, %u pages: %s", from, request->count,
	     strerror(error));
}

static void import_pages(struct import_request *request, xengnttab_handle *xgt,
			 const struct xengnttab_dmabuf_info *info,
			 const char *from, int fd, int eventfd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	int tries;

	/* Data that begins inside a page can end in one page more */
	request->count = alloc_pages(size);
	for (tries = 0; tries < 2; tries++, request->count++) {
		free(request->refs);
		request->refs = calloc(request->count, sizeof(*request->refs));
		if (!request->refs)
			err(1, "%u references", request->count);
		if (!xengnttab_dmabuf_import(xgt, request->domid,
					     request->flags, fd,
					     request->count, request->refs,
					     eventfd, &request->data_ofs,
					     &request->id))
			return;
		if (errno != EINVAL)
			import_error(request, from, info, errno);
	}
	if (request->flags & ~info->import_flags)
		import_error(request, from, info, EINVAL);
	errx(1, "descriptor %s is not a dma-buf", from);
}

static void print(const struct import_request *request)
{
	uint32_t i;

	printf("id %llu domain %u pages %u offset %u\nrefs",
	       (unsigned long long)request->id, request->domid,
	       request->count, request->data_ofs);
	for (i = 0; i < request->count; i++)
		printf(" %u", request->refs[i]);
	printf("\n");
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* release - release the import and wait until the peer has unmapped it */
static void release(const struct import_request *request, xengnttab_handle *xgt,
		    int eventfd)
{
	unsigned long long id = request->id;
	double begin = seconds();

	if (xengnttab_dmabuf_release(xgt, id))
		err(1, "release of buffer %llu", id);
	if (xengnttab_dmabuf_wait(xgt, id, 0) && errno == ETIMEDOUT)
		printf("domain %u still has pages mapped\n", request->domid);
	if (!events_wait_eventfd(eventfd))
		errx(1, "domain %u has not unmapped buffer %llu: see 'gntdmabuf list', and 'gntdmabuf wait %llu'",
		     request->domid, id, id);
	printf("released after %.1f s\n", seconds() - begin);
}

static int run_import(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "read-only", no_argument, NULL, 'r' },
		OPTION_HELP, OPTION_END
	};
	struct xengnttab_dmabuf_info info;
	struct import_request request = { 0 };
	struct alloc_request buffer = { 0 };
	bool has_domid = false;
	xengnttab_handle *xgt;
	int option, eventfd, fd;
	const char *from;

	while ((option = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			request.domid = parse_domid(optarg);
			has_domid = true;
			break;
		case 'r':
			request.flags |= XENGNTTAB_DMABUF_READONLY;
			break;
		case 'h':
			show_help(&import_command);
			return 0;
		default:
			return 1;
		}
	}
	if (!has_domid)
		errx(1, "no peer domain given: add -d DOMID, see 'xl list'");
	if (argc - optind != 1)
		errx(1, "which buffer? Give one FD, dumb:CARD:WIDTHxHEIGHT or heap:NAME:SIZE");

	from = argv[optind];
	alloc_parse(&buffer, from);
	xgt = gntdev_open(&info);
	fd = alloc_run(&buffer, info.max_pages);
	events_init();
	eventfd = events_create_eventfd();
	import_pages(&request, xgt, &info, from, fd, eventfd);
	print(&request);
	events_wait_stdin();
	release(&request, xgt, eventfd);
	return 0;
}

const struct command import_command = {
	.name = "import",
	.run = run_import,
	.arguments = "-d DOMID [--read-only] BUFFER",
	.help = "Grant the pages of a dma-buf to another domain, print their references,\n"
		"and hold them until standard input ends or a signal comes.  Then wait\n"
		"until the domain has unmapped all pages; another signal ends this wait.\n"
		"  -d, --domain DOMID   the peer domain, which may map the pages\n"
		"      --read-only      grant the pages for reading only\n"
		"BUFFER is\n"
		"  FD                        an open descriptor\n"
		"  dumb:CARD:WIDTHxHEIGHT    a new buffer of a display driver with 32 bits per\n"
		"                            pixel; CARD is the driver's name or a path\n"
		"  heap:NAME:SIZE            a new buffer of a dma-heap; SIZE may end in K, M, G\n",
};
