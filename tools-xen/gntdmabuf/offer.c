// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command offer: offer a dma-buf to a program in another domain, by name.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xendmabuf.h>

#include "gntdmabuf.h"

/**
 * struct offer_request - a buffer to offer
 * @domid: the taking domain
 * @has_domid: the option -d was given
 * @flags: XENDMABUF_READONLY or 0
 * @withdrawn: the offer is withdrawn
 * @from: the argument BUFFER
 * @input: file to write into the buffer; NULL for none
 * @metadata: what the content is
 */
struct offer_request {
	uint32_t domid;
	bool has_domid;
	uint32_t flags;
	bool withdrawn;
	const char *from;
	const char *input;
	struct xendmabuf_metadata metadata;
};

/* The handle, for close_offerer() */
static struct xendmabuf_offerer *offerer;

/* parse_format - parse WIDTHxHEIGHT:FORMAT; a format is its fourcc */
static void parse_format(struct xendmabuf_metadata *metadata, const char *text)
{
	const char *rest = parse_dimensions(text, &metadata->width, &metadata->height);
	unsigned int i;

	if (!rest || strlen(rest) != 5 || *rest != ':')
		errx(1, "--format takes WIDTHxHEIGHT:FORMAT, as in 1920x1080:XR24, not '%s'",
		     text);
	metadata->format = 0;
	for (i = 0; i < 4; i++)
		metadata->format |= (uint32_t)(uint8_t)rest[1 + i] << 8 * i;
}

/* set_stride - without --pitch the lines of a format that this program knows are packed */
static void set_stride(struct xendmabuf_metadata *metadata)
{
	struct pixels pixels = {
		.width = metadata->width,
		.format = pixels_find_fourcc(metadata->format),
	};

	if (metadata->stride || !metadata->format)
		return;
	if (!pixels.format)
		errx(1, "no bytes of a line of %.4s given: add --pitch",
		     (const char *)&metadata->format);
	metadata->stride = pixels_pitch(&pixels);
}

/* write_input - write a file into the beginning of the buffer */
static void write_input(const struct offer_request *request, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END), done = 0;
	int input = open(request->input, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;
	char *map;

	if (input < 0)
		err(1, "%s", request->input);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "%s cannot be written", request->from);
	buffer_sync(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
	while (n && done < size) {
		n = read(input, map + done, size - done);
		if (n < 0 && errno != EINTR)
			err(1, "%s", request->input);
		done += n > 0 ? n : 0;
	}
	buffer_sync(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
	if (read(input, &n, 1) == 1)
		errx(1, "%s is larger than the %lld bytes of %s", request->input,
		     (long long)size, request->from);
	munmap(map, size);
	close(input);
}

/* close_offerer - withdraw the offer and remove its nodes, however this program ends */
static void close_offerer(void)
{
	if (offerer)
		xendmabuf_offerer_close(offerer);
}

static void open_offerer(const struct offer_request *request)
{
	offerer = xendmabuf_offerer_open(gntdev_logger(), request->domid);
	if (offerer)
		return;
	if (errno == EACCES || errno == EPERM)
		errx(1, "a device in /dev/xen: permission denied: try it as root");
	if (errno == ENOENT)
		errx(1, "a device in /dev/xen is missing: does 'modprobe -a xen-evtchn xen-gntdev xen-gntalloc' help?");
	if (errno == ENOSPC)
		errx(1, "no event channel or grant reference is free, or xenstore lets this domain have no more nodes");
	err(1, "no connection for domain %u", request->domid);
}

static struct xendmabuf_offer *make_offer(const struct offer_request *request, int fd)
{
	struct xendmabuf_offer *offer;

	offer = xendmabuf_offer_new(offerer, fd, request->flags, &request->metadata);
	if (offer)
		return offer;
	switch (errno) {
	case EINVAL:
		errx(1, "%s is not a dma-buf, or smaller than %u lines of %u bytes",
		     request->from, request->metadata.height, request->metadata.stride);
	case ENOSPC:
		errx(1, "too few grant references are free: give this domain more with gnttab_max_frames (Xen) or max_grant_frames (xl.cfg), or xen-gntalloc a larger limit");
	case EOPNOTSUPP:
		errx(1, "%s: memory of a device or of another domain cannot be granted",
		     request->from);
	default:
		err(1, "offer of %s", request->from);
	}
}

static void print_name(const struct offer_request *request,
		       const struct xendmabuf_offer *offer)
{
	const uint8_t *name = xendmabuf_offer_name(offer);
	unsigned int i;

	printf("name ");
	for (i = 0; i < XENDMABUF_NAME_SIZE; i++)
		printf("%02x", name[i]);
	printf(" domain %u\n", request->domid);
}

/* answer - answer the taker; false if the connection has failed */
static bool answer(void *data)
{
	const struct offer_request *request = data;

	if (!xendmabuf_offerer_process(offerer))
		return true;
	/* Of a buffer that was withdrawn Xen says when it is unmapped */
	if (!request->withdrawn)
		err(1, "the program in domain %u", request->domid);
	return false;
}

/* serve - offer the buffer again and again until standard input ends or a signal comes */
static void serve(const struct offer_request *request, struct xendmabuf_offer *offer)
{
	struct pollfd fds[] = {
		{ 0 },
		{ .fd = xendmabuf_offer_released_fd(offer), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	eventfd_t releases;
	char text[4096];

	while (events_wait_fds(fds, 3)) {
		if (fds[2].revents && read(STDIN_FILENO, text, sizeof(text)) <= 0)
			return;
		if (eventfd_read(xendmabuf_offer_released_fd(offer), &releases))
			continue;
		printf("released\n");
		if (xendmabuf_offer_again(offer, &request->metadata))
			err(1, "%s", request->from);
	}
}

/* withdraw - withdraw the offer and wait until the taking domain has unmapped it */
static void withdraw(struct offer_request *request, struct xendmabuf_offer *offer)
{
	request->withdrawn = true;
	if (!events_wait_eventfd(xendmabuf_offer_withdraw(offer)))
		errx(1, "domain %u has not unmapped the buffer: see 'gntdmabuf list'",
		     request->domid);
	printf("withdrawn\n");
}

static void run(struct offer_request *request, int fd)
{
	struct xendmabuf_offer *offer;

	if (request->input)
		write_input(request, fd);
	atexit(close_offerer);
	open_offerer(request);
	offer = make_offer(request, fd);
	events_init();
	events_watch(xendmabuf_offerer_fd(offerer), answer, request);
	print_name(request, offer);
	serve(request, offer);
	withdraw(request, offer);
}

static int run_offer(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "read-only", no_argument, NULL, 'r' },
		{ "input", required_argument, NULL, 'i' },
		{ "format", required_argument, NULL, 'f' },
		{ "pitch", required_argument, NULL, 'P' },
		{ "text", required_argument, NULL, 't' },
		OPTION_HELP, OPTION_END
	};
	struct offer_request request = { 0 };
	struct alloc_request buffer = { 0 };
	struct xengnttab_dmabuf_info info;
	int option;

	while ((option = getopt_long(argc, argv, "d:i:h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			request.domid = parse_domid(optarg);
			request.has_domid = true;
			break;
		case 'r':
			request.flags = XENDMABUF_READONLY;
			break;
		case 'i':
			request.input = optarg;
			break;
		case 'f':
			parse_format(&request.metadata, optarg);
			break;
		case 'P':
			request.metadata.stride = parse_number(optarg, UINT32_MAX,
							       "--pitch");
			break;
		case 't':
			request.metadata.bytes = optarg;
			request.metadata.size = strlen(optarg);
			break;
		case 'h':
			show_help(&offer_command);
			return 0;
		default:
			return 1;
		}
	}
	if (!request.has_domid)
		errx(1, "no taking domain given: add -d DOMID, see 'xl list'");
	if (request.metadata.size > XENDMABUF_BYTES_MAX)
		errx(1, "--text has %zu bytes, the limit is %u", request.metadata.size,
		     XENDMABUF_BYTES_MAX);
	if (argc - optind != 1)
		errx(1, "which buffer? Give one FD, dumb:CARD:WIDTHxHEIGHT or heap:NAME:SIZE");
	set_stride(&request.metadata);
	request.from = argv[optind];
	alloc_parse(&buffer, request.from);
	gntdev_open(&info);
	run(&request, alloc_run(&buffer, info.max_pages));
	return 0;
}

const struct command offer_command = {
	.name = "offer",
	.run = run_offer,
	.arguments = "-d DOMID [OPTION...] BUFFER",
	.help = "Offer a dma-buf to a program in another domain by name, which 'gntdmabuf take'\n"
		"there takes.  Print the name, and a line for each release; then offer it again.\n"
		"When standard input ends or a signal comes, withdraw it and wait until the domain\n"
		"has unmapped all pages; another signal ends this wait.\n"
		"  -d, --domain DOMID   the taking domain\n"
		"      --read-only      let the domain map the pages for reading only\n"
		"  -i, --input FILE     write the bytes of FILE into the buffer before\n"
		"      --format WIDTHxHEIGHT:FORMAT\n"
		"                       the content is a picture; FORMAT is a fourcc of DRM\n"
		"      --pitch BYTES    bytes from one line of the picture to the next\n"
		"      --text TEXT      text for the program that takes the buffer\n"
		"BUFFER is as in 'gntdmabuf help import'.\n",
};
