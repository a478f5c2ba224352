// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "gntdmabuf.h"

/**
 * granted_option - one of GRANTED_OPTIONS
 * @granted: filled in
 * @option: what getopt_long() returned; the argument is in optarg
 */
void granted_option(struct granted *granted, int option)
{
	switch (option) {
	case 'd':
		granted->domid = number(optarg, 0x7fef, "DOMID");
		granted->has_domid = true;
		break;
	case 'D':
		free(granted->refs);
		granted->refs = malloc(sizeof(*granted->refs));
		if (!granted->refs)
			err(1, "directory");
		*granted->refs = number(optarg, UINT32_MAX, "DIRREF");
		granted->flags |= XENGNTTAB_DMABUF_DIRECTORY;
		break;
	case 'n':
		granted->count = number(optarg, UINT32_MAX, "COUNT");
		break;
	case 'r':
		granted->flags |= XENGNTTAB_DMABUF_READONLY;
		break;
	case 'w':
		granted->flags |= XENGNTTAB_DMABUF_WC;
		break;
	case 'c':
		granted->flags |= XENGNTTAB_DMABUF_COHERENT;
		break;
	case 'o':
		granted->data_ofs = number(optarg, XEN_PAGE - 1, "--offset");
		break;
	default:
		/* getopt_long() has said what is wrong */
		exit(1);
	}
}

/**
 * granted_references - what follows the options
 * @granted: filled in, and checked as a whole
 * @argc: number of arguments that follow them
 * @argv: those
 */
void granted_references(struct granted *granted, int argc, char **argv)
{
	const uint32_t both = XENGNTTAB_DMABUF_WC | XENGNTTAB_DMABUF_COHERENT;
	bool directory = granted->flags & XENGNTTAB_DMABUF_DIRECTORY;
	int i;

	if (!granted->has_domid)
		errx(1, "whose pages? Give the domain with -d DOMID, see 'xl list'");
	if ((granted->flags & both) == both)
		errx(1, "--wc and --coherent exclude each other");
	if (directory && argc)
		errx(1, "REF '%s' is one too many: the directory names the pages",
		     argv[0]);
	if (directory && !granted->count)
		errx(1, "how many pages does the directory name? Give them with -n COUNT");
	if (directory)
		return;
	if (granted->count)
		errx(1, "-n goes with -D: without it there are as many pages as REFs");
	if (!argc)
		errx(1, "which pages? Give their REFs, or with -D DIRREF a directory of them");

	granted->count = argc;
	granted->refs = calloc(argc, sizeof(*granted->refs));
	if (!granted->refs)
		err(1, "%d references", argc);
	for (i = 0; i < argc; i++)
		granted->refs[i] = number(argv[i], UINT32_MAX, "REF");
}

/**
 * granted_export - make a dma-buf of the pages
 * @granted: which
 * @xgt: the open gntdev
 * @info: what it can do
 * @eventfd: gets a 1 when the buffer is released, or -1
 * @fd: filled in, the dma-buf
 * @id: filled in, its name
 */
void granted_export(struct granted *granted, xengnttab_handle *xgt,
		    const struct xengnttab_dmabuf_info *info, int eventfd,
		    int *fd, uint64_t *id)
{
	if (xengnttab_dmabuf_export(xgt, granted->domid, granted->flags,
				    granted->count, granted->refs,
				    granted->data_ofs, eventfd, fd, id))
		why_not_exported(granted, xgt, info, errno);
}
