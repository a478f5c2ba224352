// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command bench: measure the round trip of a buffer.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "gntdmabuf.h"

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

/* read_all - read each byte, as a program that copies the buffer does */
static void read_all(int fd)
{
	const uint64_t *words;
	struct buffer_map map;
	uint64_t sum = 0;
	size_t i;

	buffer_map(&map, fd);
	words = (const uint64_t *)map.bytes;
	for (i = 0; i < map.size / sizeof(*words); i++)
		sum += words[i];
	/* Keep the compiler from removing the loop, whose result is unused */
	__asm__ volatile("" :: "r" (sum));
	buffer_unmap(&map);
}

/* release - close the buffer and wait until it is released */
static void release(xengnttab_handle *xgt, int fd, uint64_t id)
{
	close(fd);
	if (xengnttab_dmabuf_wait(xgt, id, UINT32_MAX) && errno != ENOENT)
		err(1, "wait for buffer %llu", (unsigned long long)id);
}

static int run_bench(int argc, char **argv)
{
	static const struct option options[] = {
		EXPORT_OPTIONS,
		{ "rounds", required_argument, NULL, 'N' },
		OPTION_HELP, OPTION_END
	};
	uint64_t begin, exported, used, released, spent[3] = { 0 };
	struct xengnttab_dmabuf_info info;
	struct export_request request = { 0 };
	uint32_t i, rounds = 100;
	xengnttab_handle *xgt;
	uint64_t id;
	int option, fd;

	while ((option = getopt_long(argc, argv, EXPORT_LETTERS "h", options,
				     NULL)) != -1) {
		switch (option) {
		case 'N':
			rounds = parse_number(optarg, UINT32_MAX, "--rounds");
			break;
		case 'h':
			show_help(&bench_command);
			return 0;
		default:
			export_request_option(&request, option);
		}
	}
	export_request_refs(&request, argc - optind, argv + optind);
	if (!rounds)
		errx(1, "--rounds 0 measures nothing");

	xgt = gntdev_open(&info);
	for (i = 0; i < rounds; i++) {
		begin = microseconds();
		export_request_run(&request, xgt, &info, -1, &fd, &id);
		exported = microseconds();
		read_all(fd);
		used = microseconds();
		release(xgt, fd, id);
		released = microseconds();
		spent[0] += exported - begin;
		spent[1] += used - exported;
		spent[2] += released - used;
	}
	printf("pages %u rounds %u: export %.1f us, read %.1f us, release %.1f us, round %.1f us\n",
	       request.count, rounds, (double)spent[0] / rounds,
	       (double)spent[1] / rounds, (double)spent[2] / rounds,
	       (double)(spent[0] + spent[1] + spent[2]) / rounds);
	return 0;
}

const struct command bench_command = {
	.name = "bench",
	.run = run_bench,
	.arguments = EXPORT_ARGUMENTS,
	.help = "Measure a round trip: export, map and read, release.\n"
		EXPORT_HELP
		"      --rounds N       number of round trips (100)\n",
};
