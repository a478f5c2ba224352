// SPDX-License-Identifier: GPL-2.0-only
/*
 * granter WIDTH HEIGHT [DOMID]: runs in a guest whose pages the tests of another
 * domain export.  Grants the domain DOMID (default 0) a frame of XRGB8888 pixels,
 * draws frame 0, and publishes the references in xenstore.  Then draws, grants
 * and revokes on request: see peer.h.
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
 * struct buffer - a granted buffer and its page directory
 * @granted: the pages of the buffer, followed by those of the directory
 * @directory: reference of the first directory page
 */
struct buffer {
	struct granted granted;
	uint32_t directory;
};

static unsigned int width, height, domid;
static struct buffer frame, spare;

/* grant - grant the domain pages, read-only if @readonly */
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

/* spare_grant - grant pages beside the frame; their directory's reference, or 0 */
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

/* directory_next - write a link into the last page of the spare directory */
static void directory_next(uint32_t ref)
{
	spare.granted.pages[(spare.granted.count - 1) * (PEER_PAGE / 4)] = ref;
}

/* spare_sum - checksum of pages beside the frame, see frame_checksum() */
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
