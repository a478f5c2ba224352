// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-peer [SEED]: runs in a guest while gntdev-fuzz runs in domain 0.  Grants
 * buffers with page directories and revokes them, overwrites directories, maps
 * pages that domain 0 grants, and dies with all of them: see board.h.
 *
 * The first process has the board.  It starts a second one, which does the rest,
 * and starts another one when that has ended.
 */

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xengnttab.h>

#include "board.h"
#include "granted.h"
#include "rng.h"
#include "serve.h"

#define MAPS	24
/* Nearly all grants that the guest can have with max_grant_frames = 32 */
#define GRANTS	16000

/**
 * struct mapped - pages of domain 0
 * @at: their address; NULL if there are none
 * @count: their number
 */
struct mapped {
	uint32_t *at;
	uint32_t count;
};

static struct granted buffers[BOARD_OFFERS];
static struct mapped maps[MAPS];
static struct board *board;
static xengnttab_handle *gnttab;
static struct rng rng;

/* offer - grant a buffer in the place of another one */
static void offer(unsigned int i)
{
	uint32_t count = i ? 1 + rng_below(&rng, BOARD_REFS) : BOARD_LARGE;
	struct board_offer *to = &board->offers[i];
	struct granted *buffer = &buffers[i];
	uint32_t directory;

	/* Domain 0 can have the pages mapped, and the references of the old buffer */
	if (buffer->count)
		granted_end(buffer);
	directory = granted_listed(buffer, 0, count, rng_percent(&rng, 10));
	if (!directory)
		return;
	memcpy(to->refs, buffer->refs,
	       (count < BOARD_REFS ? count : BOARD_REFS) * sizeof(*to->refs));
	to->directory = directory;
	to->count = count;
}

/* overwrite - write a random word to a directory, or the right one again */
static void overwrite(void)
{
	unsigned int i = rng_below(&rng, BOARD_OFFERS), at;
	struct granted *buffer = &buffers[i];
	uint32_t *page;

	if (!buffer->count)
		return;
	at = rng_below(&rng, 4);
	page = buffer->pages + (buffer->count - 1) * (PEER_PAGE / 4);
	if (rng_percent(&rng, 50))
		page[at] = at ? buffer->refs[(at - 1) % buffer->count] : 0;
	else
		page[at] = rng_percent(&rng, 50) ? RNG_PICK(&rng, board->imports) :
						   rng_next(&rng);
}

static void write_page(void)
{
	struct granted *buffer = &RNG_PICK(&rng, buffers);

	if (buffer->count)
		buffer->pages[rng_below(&rng, buffer->count * (PEER_PAGE / 4))] =
			rng_next(&rng);
}

static void unmap(struct mapped *mapped)
{
	if (mapped->at && xengnttab_unmap(gnttab, mapped->at, mapped->count))
		err(1, "unmap");
	mapped->at = NULL;
}

/* map - map pages of domain 0 in the place of others, and access them */
static void map(void)
{
	struct mapped *mapped = &RNG_PICK(&rng, maps);
	uint32_t refs[4], i;
	int prot = rng_percent(&rng, 70) ? PROT_READ | PROT_WRITE : PROT_READ;

	unmap(mapped);
	mapped->count = 1 + rng_below(&rng, rng_percent(&rng, 70) ? 1 : 4);
	for (i = 0; i < mapped->count; i++) {
		refs[i] = RNG_PICK(&rng, board->imports);
		/* Never the pages of the console and of xenstore */
		if (refs[i] < 8)
			return;
	}
	mapped->at = xengnttab_map_domain_grant_refs(gnttab, mapped->count, 0, refs, prot);
	if (!mapped->at)
		return;
	board->mapped += mapped->count;
	if (prot & PROT_WRITE)
		mapped->at[rng_below(&rng, 1024)] = rng_next(&rng);
}

static void give_up(void)
{
	unsigned int i;

	for (i = 0; i < MAPS; i++)
		unmap(&maps[i]);
	for (i = 0; i < BOARD_OFFERS; i++) {
		board->offers[i].count = 0;
		if (buffers[i].count)
			granted_end(&buffers[i]);
	}
}

static void step(void)
{
	unsigned int what = rng_below(&rng, 1000);

	board->steps++;
	/* The large buffer costs more than all else of some hundred steps */
	if (!board->offers[0].count && !rng_below(&rng, 100))
		offer(0);
	if (what < 100)
		offer(1 + rng_below(&rng, BOARD_OFFERS - 1));
	else if (what < 101)
		offer(0);
	else if (what < 300)
		overwrite();
	else if (what < 500)
		write_page();
	else if (what < 997)
		map();
	else
		_exit(0);
}

static void work(uint64_t seed)
{
	int null = open("/dev/null", O_WRONLY);
	unsigned int i;

	/* libxengnttab prints a line for each failure; the console is slow */
	dup2(null, STDERR_FILENO);
	gnttab = xengnttab_open(NULL, 0);
	if (!gnttab)
		_exit(1);
	rng_begin(&rng, seed, board->starts);
	for (i = 0; i < BOARD_OFFERS; i++)
		board->offers[i].count = 0;
	for (;;) {
		if (!board->run) {
			give_up();
			board->idle = 1;
			usleep(10000);
			continue;
		}
		board->idle = 0;
		step();
		/* Domain 0 has the same processors, and a step costs more than its operations */
		usleep(rng_below(&rng, 8000));
	}
}

int main(int argc, char **argv)
{
	struct granted page, all;
	struct serve serve;
	int status;
	pid_t pid;

	if (argc > 2)
		errx(2, "usage: fuzz-peer [SEED]");
	/* Let the grant table grow: domain 0 counts Xen's memory */
	if (!granted_begin(&all, 0, GRANTS, false))
		err(1, "grant %u pages", GRANTS);
	granted_end(&all);
	if (!granted_begin(&page, 0, 1, false))
		err(1, "grant a page");
	board = (struct board *)page.pages;
	serve_open(&serve, BOARD_FOLDER, 0);
	serve_publish(&serve, "board", "%u", page.refs[0]);
	serve_publish(&serve, "state", "ready");

	do {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			work(argc == 2 ? strtoull(argv[1], NULL, 0) : 1);
		board->starts++;
	} while (waitpid(pid, &status, 0) == pid && !status);
	errx(1, "the working process ended with status %#x", status);
}
