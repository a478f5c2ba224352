// SPDX-License-Identifier: GPL-2.0-only

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

/* read_all - each byte of it, as who copies the buffer would */
static void read_all(int fd)
{
	const uint64_t *words;
	struct look look;
	uint64_t sum = 0;
	size_t i;

	look_begin(&look, fd);
	words = (const uint64_t *)look.bytes;
	for (i = 0; i < look.size / sizeof(*words); i++)
		sum += words[i];
	/* The compiler must not see that nobody wants to know */
	__asm__ volatile("" :: "r" (sum));
	look_end(&look);
}

static void release(xengnttab_handle *xgt, int fd, uint64_t id)
{
	close(fd);
	if (xengnttab_dmabuf_wait(xgt, id, UINT32_MAX) && errno != ENOENT)
		err(1, "wait for buffer %llu", (unsigned long long)id);
}

int run_bench(int argc, char **argv)
{
	static const struct option options[] = {
		GRANTED_OPTIONS,
		{ "rounds", required_argument, NULL, 'N' },
		OPTION_HELP, OPTION_END
	};
	uint64_t begin, exported, used, released, spent[3] = { 0 };
	struct xengnttab_dmabuf_info info;
	struct granted granted = { 0 };
	uint32_t i, rounds = 100;
	xengnttab_handle *xgt;
	uint64_t id;
	int option, fd;

	while ((option = getopt_long(argc, argv, GRANTED_LETTERS "h", options,
				     NULL)) != -1) {
		switch (option) {
		case 'N':
			rounds = number(optarg, UINT32_MAX, "--rounds");
			break;
		case 'h':
			show_help("bench");
			return 0;
		default:
			granted_option(&granted, option);
		}
	}
	granted_references(&granted, argc - optind, argv + optind);
	if (!rounds)
		errx(1, "--rounds 0 measures nothing");

	xgt = gntdev_open(&info);
	for (i = 0; i < rounds; i++) {
		begin = microseconds();
		granted_export(&granted, xgt, &info, -1, &fd, &id);
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
	       granted.count, rounds, (double)spent[0] / rounds,
	       (double)spent[1] / rounds, (double)spent[2] / rounds,
	       (double)(spent[0] + spent[1] + spent[2]) / rounds);
	return 0;
}
