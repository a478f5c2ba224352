// SPDX-License-Identifier: GPL-2.0-only
/*
 * granter WIDTH HEIGHT [DOMID]: a guest that other domains' tests export from.
 * Allocates a frame of XRGB8888 pixels in pages that the domain DOMID (0) may
 * map, draws frame 0, tells xenstore where their references are, and draws,
 * grants and revokes on request.  See peer.h.
 */

#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "granted.h"
#include "peer.h"
#include "serve.h"

/**
 * struct buffer - granted pages, and behind them those of their directory
 * @granted: all of them
 * @directory: reference of the directory's first page
 */
struct buffer {
	struct granted granted;
	uint32_t directory;
};

static unsigned int width, height, domid;
static struct buffer frame, spare;

/* grant - pages that the other domain may read, and write unless readonly */
static bool grant(struct buffer *buffer, unsigned int count, bool readonly)
{
	buffer->directory = granted_listed(&buffer->granted, domid, count, readonly);
	return buffer->directory;
}

static void revoke_spare(void)
{
	if (spare.granted.count)
		granted_end(&spare.granted);
}

/* spare_grant - pages beside the frame: their directory, or 0 */
static uint32_t spare_grant(unsigned int count, bool readonly)
{
	unsigned int i;

	revoke_spare();
	if (!grant(&spare, count, readonly))
		return 0;
	for (i = 0; i < count; i++)
		spare.granted.pages[i * (PEER_PAGE / 4)] = peer_spare_word(i);
	return spare.directory;
}

/* directory_next - let the spare directory's last page name a next page */
static void directory_next(uint32_t ref)
{
	spare.granted.pages[(spare.granted.count - 1) * (PEER_PAGE / 4)] = ref;
}

/* spare_sum - of pages beside the frame, as of pixels */
static uint64_t spare_sum(unsigned int first, unsigned int count)
{
	if (first + count > spare.granted.count)
		return 0;
	return frame_checksum(spare.granted.pages + first * (PEER_PAGE / 4),
			      count * (PEER_PAGE / 4));
}

static uint64_t answer(const struct serve_request *request)
{
	unsigned long argument = request->arguments[0];
	const char *verb = request->verb;

	if (!strcmp(verb, "alloc"))
		return spare_grant(argument, false);
	if (!strcmp(verb, "alloc-ro"))
		return spare_grant(argument, true);
	if (!strcmp(verb, "sum-spare"))
		return spare_sum(argument, request->arguments[1]);
	if (!strcmp(verb, "next"))
		directory_next(argument);
	if (!strcmp(verb, "free"))
		revoke_spare();
	if (!strcmp(verb, "draw"))
		frame_draw(frame.granted.pages, argument, width, height);
	if (!strcmp(verb, "draw") || !strcmp(verb, "sum"))
		return frame_checksum(frame.granted.pages, (size_t)width * height);
	return 0;
}

int main(int argc, char **argv)
{
	struct serve serve;

	if (argc != 3 && argc != 4)
		errx(2, "usage: granter WIDTH HEIGHT [DOMID]");
	width = atoi(argv[1]);
	height = atoi(argv[2]);
	domid = argc == 4 ? atoi(argv[3]) : 0;

	if (!grant(&frame, (width * height * 4UL + PEER_PAGE - 1) / PEER_PAGE,
		   false))
		err(1, "grant a frame of %ux%u", width, height);
	frame_draw(frame.granted.pages, 0, width, height);

	serve_open(&serve, PEER_FOLDER, domid);
	serve_publish(&serve, "width", "%u", width);
	serve_publish(&serve, "height", "%u", height);
	serve_publish(&serve, "directory", "%u", frame.directory);
	serve_requests(&serve, answer);
}
