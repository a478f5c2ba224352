// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command export: make a dma-buf of granted pages, and hold it, write its data or
 * run a program with it.
 */

#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "gntdmabuf.h"

/**
 * struct output - what to do with the buffer
 * @picture: the picture to write; its file is NULL for none
 * @raw: write the bytes
 * @file: to this file; NULL for standard output
 * @command: run this program, which inherits the buffer; NULL for none
 */
struct output {
	struct picture picture;
	bool raw;
	const char *file;
	char **command;
};

static void check_output(struct output *output)
{
	picture_pitch(&output->picture);
	if (output->file && !output->raw)
		errx(1, "-o goes with --raw");
	if (output->raw && !output->file && isatty(STDOUT_FILENO))
		errx(1, "--raw writes no text: add -o FILE, or pipe the output to xxd or od");
	if (output->command && !*output->command)
		errx(1, "no COMMAND after --");
}

/* write_data - write the data as a picture, as bytes, or both */
static void write_data(struct output *output, const struct export_request *request,
		       int fd)
{
	struct buffer_map map;
	const uint8_t *data;
	size_t size;

	buffer_map(&map, fd);
	data = map.bytes + request->data_ofs;
	size = map.size - request->data_ofs;
	if (output->picture.file)
		picture_write(&output->picture, data, size);
	if (output->raw)
		raw_write(output->file, data, size);
	buffer_unmap(&map);
}

/* use_buffer - do what the user wants with the buffer; the exit status */
static int use_buffer(struct output *output, const struct export_request *request,
		      int fd, uint64_t id)
{
	bool writes = output->picture.file || output->raw;

	if (writes)
		write_data(output, request, fd);
	events_init();
	if (output->command)
		return command_run(output->command, fd, id);
	if (!writes)
		events_wait_stdin();
	return 0;
}

static int run_export(int argc, char **argv)
{
	static const struct option options[] = {
		EXPORT_OPTIONS,
		{ "png", required_argument, NULL, 'p' },
		{ "pitch", required_argument, NULL, 'P' },
		{ "raw", no_argument, NULL, 'R' },
		{ "output", required_argument, NULL, 'o' },
		OPTION_HELP, OPTION_END
	};
	/* getopt_long() would move the command before the references */
	struct output output = { .command = command_split(&argc, argv) };
	struct xengnttab_dmabuf_info info;
	struct export_request request = { 0 };
	int option, eventfd, fd, status;
	xengnttab_handle *xgt;
	bool quiet;
	uint64_t id;

	while ((option = getopt_long(argc, argv, EXPORT_LETTERS "o:h", options,
				     NULL)) != -1) {
		switch (option) {
		case 'p':
			/* --png has two arguments, the second is FILE */
			picture_option(&output.picture, optarg, argv[optind]);
			optind++;
			break;
		case 'P':
			output.picture.pixels.pitch =
				parse_number(optarg, UINT32_MAX, "--pitch");
			break;
		case 'R':
			output.raw = true;
			break;
		case 'o':
			output.file = optarg;
			break;
		case 'h':
			show_help(&export_command);
			return 0;
		default:
			export_request_option(&request, option);
		}
	}
	export_request_refs(&request, argc - optind, argv + optind);
	check_output(&output);

	xgt = gntdev_open(&info);
	eventfd = events_create_eventfd();
	export_request_run(&request, xgt, &info, eventfd, &fd, &id);
	/* Standard output belongs to the bytes or to the command */
	quiet = output.command || (output.raw && !output.file);
	if (!quiet)
		printf("id %llu fd %d pid %d domain %u pages %u\n",
		       (unsigned long long)id, fd, getpid(), request.domid,
		       request.count);
	status = use_buffer(&output, &request, fd, id);
	close(fd);
	if (!events_wait_eventfd(eventfd))
		errx(1, "another process or driver still uses buffer %llu: see 'gntdmabuf list', and 'gntdmabuf wait %llu'",
		     (unsigned long long)id, (unsigned long long)id);
	if (!quiet)
		printf("released\n");
	return status;
}

const struct command export_command = {
	.name = "export",
	.run = run_export,
	.arguments = EXPORT_ARGUMENTS " [-- COMMAND [ARG]...]",
	.help = "Make a dma-buf of pages that another domain granted, and hold it until\n"
		"standard input ends or a signal comes.  With --png or --raw: write its data,\n"
		"then release it.  With COMMAND: run it, and hold the buffer until it ends; the\n"
		"variable GNTDMABUF_FD is the descriptor that COMMAND inherits.\n"
		EXPORT_HELP
		"      --png WIDTHxHEIGHT:FORMAT FILE  write the buffer as a picture; formats are\n"
		"                       XR24, AR24, XB24, AB24, RG24, BG24, RG16, BG16, NV12, YUYV\n"
		"      --pitch BYTES    bytes from one line of the picture to the next\n"
		"      --raw            write the bytes of the buffer to standard output\n"
		"  -o, --output FILE    write them to FILE\n",
};
