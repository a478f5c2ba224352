// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parse the options of an export and export the pages.  The commands export and
 * bench call this.
 */

#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "gntdmabuf.h"

/**
 * export_request_option - parse one of EXPORT_OPTIONS
 * @request: the option is stored here
 * @option: return value of getopt_long(); the argument is in optarg
 */
void export_request_option(struct export_request *request, int option)
{
	switch (option) {
	case 'd':
		request->domid = parse_domid(optarg);
		request->has_domid = true;
		break;
	case 'D':
		free(request->refs);
		request->refs = malloc(sizeof(*request->refs));
		if (!request->refs)
			err(1, "page directory");
		*request->refs = parse_number(optarg, UINT32_MAX, "-D REF");
		request->flags |= XENGNTTAB_DMABUF_DIRECTORY;
		break;
	case 'n':
		request->count = parse_number(optarg, UINT32_MAX, "COUNT");
		break;
	case 'r':
		request->flags |= XENGNTTAB_DMABUF_READONLY;
		break;
	case 'w':
		request->flags |= XENGNTTAB_DMABUF_WC;
		break;
	case 'c':
		request->flags |= XENGNTTAB_DMABUF_COHERENT;
		break;
	case 'O':
		request->data_ofs = parse_number(optarg, XEN_PAGE - 1, "--offset");
		break;
	default:
		/* getopt_long() has printed the error */
		exit(1);
	}
}

/**
 * export_request_refs - parse the arguments behind the options
 * @request: the references are stored here; all of it is checked
 * @argc: number of arguments behind the options
 * @argv: the arguments behind the options
 */
void export_request_refs(struct export_request *request, int argc, char **argv)
{
	const uint32_t both = XENGNTTAB_DMABUF_WC | XENGNTTAB_DMABUF_COHERENT;
	bool directory = request->flags & XENGNTTAB_DMABUF_DIRECTORY;
	int i;

	if (!request->has_domid)
		errx(1, "no granting domain given: add -d DOMID, see 'xl list'");
	if ((request->flags & both) == both)
		errx(1, "--wc and --coherent exclude each other");
	if (directory && argc)
		errx(1, "REF '%s' is one too many: the page directory names all pages",
		     argv[0]);
	if (directory && !request->count)
		errx(1, "no number of pages given: add -n COUNT, the number of pages that the page directory names");
	if (directory)
		return;
	if (request->count)
		errx(1, "-n goes with -D: without -D the number of REFs is the number of pages");
	if (!argc)
		errx(1, "no pages given: add their REFs, or -D REF, the reference of a page directory");

	request->count = argc;
	request->refs = calloc(argc, sizeof(*request->refs));
	if (!request->refs)
		err(1, "%d references", argc);
	for (i = 0; i < argc; i++)
		request->refs[i] = parse_number(argv[i], UINT32_MAX, "REF");
}

/**
 * export_request_run - export the pages, or end the program with the reason
 * @request: the pages
 * @xgt: the open gntdev
 * @info: features and limits of the open gntdev
 * @eventfd: signalled when the buffer is released; -1 for none
 * @fd: filled in with the descriptor of the dma-buf
 * @id: filled in with the id of the buffer
 */
void export_request_run(const struct export_request *request,
			xengnttab_handle *xgt,
			const struct xengnttab_dmabuf_info *info, int eventfd,
			int *fd, uint64_t *id)
{
	if (xengnttab_dmabuf_export(xgt, request->domid, request->flags,
				    request->count, request->refs,
				    request->data_ofs, eventfd, fd, id))
		export_error(request, xgt, info, errno);
}
