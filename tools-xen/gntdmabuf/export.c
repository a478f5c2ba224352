// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "gntdmabuf.h"

static void show(const struct granted *granted, int fd,
		 const struct picture *picture, bool hexdump)
{
	const uint8_t *data;
	struct look look;
	size_t size;

	look_begin(&look, fd);
	data = look.bytes + granted->data_ofs;
	size = look.size - granted->data_ofs;
	if (picture->file)
		picture_write(picture, data, size);
	if (hexdump)
		look_hexdump(data, size);
	look_end(&look);
}

int run_export(int argc, char **argv)
{
	static const struct option options[] = {
		GRANTED_OPTIONS,
		{ "png", required_argument, NULL, 'p' },
		{ "hexdump", no_argument, NULL, 'x' },
		OPTION_HELP, OPTION_END
	};
	struct xengnttab_dmabuf_info info;
	struct granted granted = { 0 };
	struct picture picture = { 0 };
	bool hexdump = false;
	xengnttab_handle *xgt;
	int option, eventfd, fd;
	uint64_t id;

	while ((option = getopt_long(argc, argv, GRANTED_LETTERS "h", options,
				     NULL)) != -1) {
		switch (option) {
		case 'p':
			/* The one option that takes two arguments */
			picture_option(&picture, optarg, argv[optind]);
			optind++;
			break;
		case 'x':
			hexdump = true;
			break;
		case 'h':
			show_help("export");
			return 0;
		default:
			granted_option(&granted, option);
		}
	}
	granted_references(&granted, argc - optind, argv + optind);

	xgt = gntdev_open(&info);
	hold_begin();
	eventfd = hold_eventfd();
	granted_export(&granted, xgt, &info, eventfd, &fd, &id);
	printf("id %llu fd %d pid %d domain %u pages %u\n",
	       (unsigned long long)id, fd, getpid(), granted.domid,
	       granted.count);
	if (picture.file || hexdump)
		show(&granted, fd, &picture, hexdump);

	hold_until_end();
	close(fd);
	if (!hold_until_event(eventfd))
		errx(1, "somebody else still uses buffer %llu: see 'gntdmabuf list', and 'gntdmabuf wait %llu'",
		     (unsigned long long)id, (unsigned long long)id);
	printf("released\n");
	return 0;
}
