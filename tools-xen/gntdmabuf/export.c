// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command export: make a dma-buf of granted pages and hold it.
 */

#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "gntdmabuf.h"

/* print_buffer - write the data as a picture, in hexadecimal, or both */
static void print_buffer(const struct export_request *request, int fd,
			 const struct picture *picture, bool dump)
{
	struct buffer_map map;
	const uint8_t *data;
	size_t size;

	buffer_map(&map, fd);
	data = map.bytes + request->data_ofs;
	size = map.size - request->data_ofs;
	if (picture->file)
		picture_write(picture, data, size);
	if (dump)
		hexdump(data, size);
	buffer_unmap(&map);
}

static int run_export(int argc, char **argv)
{
	static const struct option options[] = {
		EXPORT_OPTIONS,
		{ "png", required_argument, NULL, 'p' },
		{ "hexdump", no_argument, NULL, 'x' },
		OPTION_HELP, OPTION_END
	};
	struct xengnttab_dmabuf_info info;
	struct export_request request = { 0 };
	struct picture picture = { 0 };
	bool dump = false;
	xengnttab_handle *xgt;
	int option, eventfd, fd;
	uint64_t id;

	while ((option = getopt_long(argc, argv, EXPORT_LETTERS "h", options,
				     NULL)) != -1) {
		switch (option) {
		case 'p':
			/* --png has two arguments, the second is FILE */
			picture_option(&picture, optarg, argv[optind]);
			optind++;
			break;
		case 'x':
			dump = true;
			break;
		case 'h':
			show_help(&export_command);
			return 0;
		default:
			export_request_option(&request, option);
		}
	}
	export_request_refs(&request, argc - optind, argv + optind);

	xgt = gntdev_open(&info);
	events_init();
	eventfd = events_create_eventfd();
	export_request_run(&request, xgt, &info, eventfd, &fd, &id);
	printf("id %llu fd %d pid %d domain %u pages %u\n",
	       (unsigned long long)id, fd, getpid(), request.domid,
	       request.count);
	if (picture.file || dump)
		print_buffer(&request, fd, &picture, dump);

	events_wait_stdin();
	close(fd);
	if (!events_wait_eventfd(eventfd))
		errx(1, "another process or driver still uses buffer %llu: see 'gntdmabuf list', and 'gntdmabuf wait %llu'",
		     (unsigned long long)id, (unsigned long long)id);
	printf("released\n");
	return 0;
}

const struct command export_command = {
	.name = "export",
	.run = run_export,
	.arguments = EXPORT_ARGUMENTS,
	.help = "Make a dma-buf of pages that another domain granted, and hold it until\n"
		"standard input ends or a signal comes.\n"
		EXPORT_HELP
		"      --png WIDTHxHEIGHT:FORMAT FILE  write the buffer as a picture; formats are\n"
		"                       XR24, AR24, XB24, AB24, RG24, BG24, RG16, BG16\n"
		"      --hexdump        print the bytes of the buffer\n",
};
