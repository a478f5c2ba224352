// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command take: take a dma-buf that a program in another domain offers, and hold it,
 * write its data or run a program with it.
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xendmabuf.h>

#include "gntdmabuf.h"

/**
 * struct take_request - the buffer to take, and what to do with it
 * @domid: the offering domain
 * @has_domid: the option -d was given
 * @name: name of the buffer
 * @picture: file for a picture; NULL for none
 * @raw: write the bytes
 * @file: to this file; NULL for standard output
 * @command: run this program, which inherits the buffer; NULL for none
 */
struct take_request {
	uint32_t domid;
	bool has_domid;
	uint8_t name[XENDMABUF_NAME_SIZE];
	const char *picture;
	bool raw;
	const char *file;
	char **command;
};

static void parse_name(uint8_t *name, const char *text)
{
	char byte[3] = "";
	unsigned int i;

	for (i = 0; i < 2 * XENDMABUF_NAME_SIZE && isxdigit((unsigned char)text[i]); i++) {
		byte[i % 2] = text[i];
		name[i / 2] = strtoul(byte, NULL, 16);
	}
	if (i < 2 * XENDMABUF_NAME_SIZE || text[i])
		errx(1, "NAME has %u hexadecimal digits, as 'gntdmabuf offer' prints them, not '%s'",
		     2 * XENDMABUF_NAME_SIZE, text);
}

/* take_error - print why nothing could be taken, and end the program */
static _Noreturn void take_error(const struct take_request *request, int error)
{
	switch (error) {
	case ENOENT:
		errx(1, "no program in domain %u offers this name to this domain",
		     request->domid);
	case ENODEV:
		errx(1, "a device of Xen is missing: is this a Xen domain, and does 'modprobe -a xen-evtchn xen-gntdev' help?");
	case EPIPE:
		errx(1, "the program in domain %u that offered the buffer has ended",
		     request->domid);
	case EPROTO:
		errx(1, "the offer of domain %u contradicts itself", request->domid);
	case E2BIG:
		errx(1, "the buffer has, as domain %u says, more pages than this kernel exports: if you expect a buffer of that size, write a larger limit to /sys/module/xen_gntdev/parameters/limit",
		     request->domid);
	case ENOTTY:
	case EOPNOTSUPP:
		errx(1, "the loaded xen-gntdev lacks these requests: reboot after the installation of xen-gntdev-dmabuf-dkms, see 'dkms status', or build the kernel with CONFIG_XEN_GNTDEV_DMABUF of the gntdev-dmabuf series");
	case EACCES:
		errx(1, "domain %u did not grant the pages of the buffer, or this user may not open /dev/xen: try it as root",
		     request->domid);
	default:
		errx(1, "the buffer of domain %u: %s", request->domid, strerror(error));
	}
}

/* open_taker - connect; waits while another program of this domain is connected */
static struct xendmabuf_taker *open_taker(const struct take_request *request)
{
	const struct timespec interval = { .tv_nsec = 100000000 };
	struct xendmabuf_taker *taker;
	bool warned = false;

	while (!(taker = xendmabuf_taker_open(gntdev_logger(), request->domid,
					      request->name, 0))) {
		if (errno != EBUSY)
			take_error(request, errno);
		if (!warned)
			warnx("waiting: another program of this domain takes buffers of that program, or domain %u lets no program connect",
			      request->domid);
		warned = true;
		nanosleep(&interval, NULL);
	}
	return taker;
}

/* print - describe the buffer in a line */
static void print(const struct xendmabuf_buffer *buffer)
{
	const struct xendmabuf_metadata *metadata = &buffer->metadata;
	const char *text = metadata->bytes;
	char format[5] = "none";
	size_t i;

	/* The metadata is of the peer domain: print no control characters */
	for (i = 0; metadata->format && i < 4; i++) {
		format[i] = metadata->format >> 8 * i;
		if (!isprint((unsigned char)format[i]))
			format[i] = '?';
	}
	printf("id %llu pages %u offset %u %s %ux%u format %s stride %u modifier %llu text ",
	       (unsigned long long)buffer->id, buffer->pages, buffer->data_ofs,
	       buffer->flags & XENDMABUF_READONLY ? "read-only" : "writable",
	       metadata->width, metadata->height, format, metadata->stride,
	       (unsigned long long)metadata->modifier);
	for (i = 0; i < metadata->size; i++)
		putchar(isprint((unsigned char)text[i]) ? text[i] : '?');
	putchar('\n');
}

/* set_picture - let the metadata describe the picture */
static void set_picture(struct picture *picture, const struct take_request *request,
			const struct xendmabuf_metadata *metadata)
{
	picture->file = request->picture;
	picture->pixels.width = metadata->width;
	picture->pixels.height = metadata->height;
	picture->pixels.pitch = metadata->stride;
	picture->pixels.format = pixels_find_fourcc(metadata->format);
	if (!picture->pixels.format || metadata->modifier)
		errx(1, "the content of the buffer is no picture that --png can write");
	if (!metadata->width || metadata->width > UINT16_MAX || !metadata->height ||
	    metadata->height > UINT16_MAX ||
	    (!pixels_has_channels(&picture->pixels) && metadata->width % 2))
		errx(1, "--png writes no picture of %ux%u, the size that domain %u says",
		     metadata->width, metadata->height, request->domid);
	if (metadata->stride < pixels_pitch(&picture->pixels))
		errx(1, "a line has %u bytes, as domain %u says, but its %u pixels need %u",
		     metadata->stride, request->domid, metadata->width,
		     pixels_pitch(&picture->pixels));
}

static void write_data(const struct take_request *request,
		       const struct xendmabuf_buffer *buffer)
{
	struct picture picture = { 0 };
	struct buffer_map map;
	const uint8_t *data;
	size_t size;

	if (request->picture)
		set_picture(&picture, request, &buffer->metadata);
	buffer_map(&map, buffer->fd);
	data = map.bytes + buffer->data_ofs;
	size = map.size - buffer->data_ofs;
	if (request->picture)
		picture_write(&picture, data, size);
	if (request->raw)
		raw_write(request->file, data, size);
	buffer_unmap(&map);
}

/* use - do what the user wants with the buffer; the exit status */
static int use(const struct take_request *request, const struct xendmabuf_buffer *buffer)
{
	if (request->picture || request->raw)
		write_data(request, buffer);
	events_init();
	if (request->command)
		return command_run(request->command, buffer->fd, buffer->id);
	if (!request->raw || request->file)
		print(buffer);
	if (!request->picture && !request->raw)
		events_wait_stdin();
	return 0;
}

/* process - the offering domain has sent something, or has changed xenstore */
static bool process(void *taker)
{
	return !xendmabuf_taker_process(taker);
}

/* release - release the buffer when no other program uses it any more */
static void release(struct xendmabuf_taker *taker, struct xendmabuf_buffer *buffer)
{
	struct pollfd fds[] = {
		{ 0 }, { .fd = xendmabuf_taker_fd(taker), .events = POLLIN },
	};

	events_watch(-1, NULL, NULL);
	xendmabuf_drop(taker, buffer);
	/* If the offering program has ended, none waits for the release */
	while (xendmabuf_dropped(taker) && !xendmabuf_taker_process(taker) &&
	       xendmabuf_dropped(taker))
		if (!events_wait_fds(fds, 2))
			break;
	xendmabuf_taker_close(taker);
}

static void check(const struct take_request *request)
{
	if (!request->has_domid)
		errx(1, "no offering domain given: add -d DOMID, see 'xl list'");
	if (request->file && !request->raw)
		errx(1, "-o goes with --raw");
	if (request->raw && !request->file && isatty(STDOUT_FILENO))
		errx(1, "--raw writes no text: add -o FILE, or pipe the output to xxd or od");
	if (request->command && !*request->command)
		errx(1, "no COMMAND after --");
}

static int run_take(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "png", required_argument, NULL, 'p' },
		{ "raw", no_argument, NULL, 'R' },
		{ "output", required_argument, NULL, 'o' },
		OPTION_HELP, OPTION_END
	};
	struct take_request request = { .command = command_split(&argc, argv) };
	struct xendmabuf_buffer *buffer;
	struct xendmabuf_taker *taker;
	int option, status;

	while ((option = getopt_long(argc, argv, "d:o:h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			request.domid = parse_domid(optarg);
			request.has_domid = true;
			break;
		case 'p':
			request.picture = optarg;
			break;
		case 'R':
			request.raw = true;
			break;
		case 'o':
			request.file = optarg;
			break;
		case 'h':
			show_help(&take_command);
			return 0;
		default:
			return 1;
		}
	}
	check(&request);
	if (argc - optind != 1)
		errx(1, "which buffer? Give the NAME that 'gntdmabuf offer' printed in domain %u",
		     request.domid);
	parse_name(request.name, argv[optind]);
	taker = open_taker(&request);
	buffer = xendmabuf_take(taker, request.name, -1);
	if (!buffer)
		take_error(&request, errno);
	events_watch(xendmabuf_taker_fd(taker), process, taker);
	status = use(&request, buffer);
	release(taker, buffer);
	return status;
}

const struct command take_command = {
	.name = "take",
	.run = run_take,
	.arguments = "-d DOMID [OPTION...] NAME [-- COMMAND [ARG]...]",
	.help = "Take a dma-buf that a program in another domain offers by name.  Then do what the\n"
		"options say; without an option print what the buffer is, and hold it until standard\n"
		"input ends or a signal comes.  Release it when no program uses it any more.\n"
		"  -d, --domain DOMID   the offering domain\n"
		"      --png FILE       write the data as a picture, as the offer describes it\n"
		"      --raw            write the bytes of the buffer to standard output\n"
		"  -o, --output FILE    write them to FILE\n"
		"COMMAND inherits the buffer: GNTDMABUF_FD is its descriptor, GNTDMABUF_ID its id.\n",
};
