// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapper [DOMID]: runs in a guest to which the tests of another domain grant
 * pages.  Maps, reads and writes pages of the domain DOMID (default 0) on
 * request, with the calls of libxengnttab that know no dma-bufs: see mapping.h.
 *
 * The first process starts a second one, which does the work, and starts
 * another one when that is told to die.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xengnttab.h>

#include "mapping.h"
#include "pattern.h"
#include "serve.h"

/**
 * struct mapped - mapped pages
 * @directory: reference of their page directory
 * @count: number of pages
 * @chunks: addresses of the parts of MAPPING_CHUNK pages; NULL if unmapped
 * @next: next in the list
 */
struct mapped {
	uint32_t directory;
	unsigned int count;
	uint32_t **chunks;
	struct mapped *next;
};

static struct mapped *all;
static xengnttab_handle *gnttab;
static unsigned int domid;

static unsigned int chunks(const struct mapped *mapped)
{
	return (mapped->count + MAPPING_CHUNK - 1) / MAPPING_CHUNK;
}

/* chunk_pages - number of pages in a chunk */
static unsigned int chunk_pages(const struct mapped *mapped, unsigned int chunk)
{
	unsigned int left = mapped->count - chunk * MAPPING_CHUNK;

	return left < MAPPING_CHUNK ? left : MAPPING_CHUNK;
}

static void unmap_chunk(struct mapped *mapped, unsigned int chunk)
{
	if (!mapped->chunks[chunk])
		return;
	if (xengnttab_unmap(gnttab, mapped->chunks[chunk],
			    chunk_pages(mapped, chunk)))
		err(1, "unmap");
	mapped->chunks[chunk] = NULL;
}

/* unmap - unmap all pages and free the list entry */
static void unmap(struct mapped **link)
{
	struct mapped *mapped = *link;
	unsigned int i;

	for (i = 0; i < chunks(mapped); i++)
		unmap_chunk(mapped, i);
	*link = mapped->next;
	free(mapped->chunks);
	free(mapped);
}

/* map - map all pages or none; 0 or the error number */
static int map(uint32_t directory, unsigned int count, int prot)
{
	uint32_t *refs = directory_read(domid, directory, count);
	struct mapped *mapped = calloc(1, sizeof(*mapped));
	uint32_t *from = refs;
	int ret = 0;
	unsigned int i, n;

	if (!mapped)
		err(1, "map");
	mapped->directory = directory;
	mapped->count = count;
	mapped->chunks = calloc(chunks(mapped), sizeof(*mapped->chunks));
	mapped->next = all;
	all = mapped;
	if (!mapped->chunks)
		err(1, "map");

	for (i = 0; i < chunks(mapped) && !ret; i++, from += n) {
		n = chunk_pages(mapped, i);
		mapped->chunks[i] = xengnttab_map_domain_grant_refs(gnttab, n,
								    domid, from,
								    prot);
		if (!mapped->chunks[i])
			ret = errno;
	}
	if (ret)
		unmap(&all);
	free(refs);
	return ret;
}

static void fill(struct mapped *mapped, uint32_t seed)
{
	unsigned int i;

	for (i = 0; i < chunks(mapped); i++)
		if (mapped->chunks[i])
			pattern_fill(mapped->chunks[i], i * MAPPING_CHUNK,
				     chunk_pages(mapped, i), seed);
}

static unsigned int check(struct mapped *mapped, uint32_t seed)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < chunks(mapped); i++)
		if (mapped->chunks[i])
			wrong += pattern_wrong(mapped->chunks[i],
					       i * MAPPING_CHUNK,
					       chunk_pages(mapped, i), seed);
	return wrong;
}

/* silence - redirect standard error to /dev/null; the former standard error */
static int silence(void)
{
	int before = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	if (before < 0 || dup2(null, STDERR_FILENO) < 0)
		err(1, "/dev/null");
	close(null);
	return before;
}

/*
 * try - number of references that can be mapped one by one
 *
 * libxengnttab prints a line for each failure.  The guest's console is slow, and
 * the test expects these failures.
 */
static unsigned int try(uint32_t directory, unsigned int count)
{
	uint32_t *refs = directory_read(domid, directory, count);
	unsigned int i, n = 0;
	int loud = silence();
	void *page;

	for (i = 0; i < count; i++) {
		page = xengnttab_map_grant_ref(gnttab, domid, refs[i], PROT_READ);
		if (!page)
			continue;
		n++;
		if (xengnttab_unmap(gnttab, page, 1))
			err(1, "unmap");
	}
	dup2(loud, STDERR_FILENO);
	close(loud);
	free(refs);
	return n;
}

static uint64_t answer(const struct serve_request *request)
{
	const char *verb = request->verb;
	uint32_t directory = request->arguments[0];
	unsigned long argument = request->arguments[1];
	struct mapped **link = &all;

	if (!strcmp(verb, "die"))
		_exit(0);
	if (!strcmp(verb, "try"))
		return try(directory, argument);
	if (!strcmp(verb, "map"))
		return map(directory, argument, PROT_READ | PROT_WRITE);
	if (!strcmp(verb, "map-ro"))
		return map(directory, argument, PROT_READ);

	while (*link && (*link)->directory != directory)
		link = &(*link)->next;
	if (!*link)
		errx(1, "%s: directory %u is not mapped", verb, directory);
	if (!strcmp(verb, "fill"))
		fill(*link, argument);
	else if (!strcmp(verb, "check"))
		return check(*link, argument);
	else if (!strcmp(verb, "unmap"))
		unmap(link);
	else if (!strcmp(verb, "unmap-chunk"))
		unmap_chunk(*link, argument);
	else
		errx(1, "unknown request: %s", verb);
	return 0;
}

static void serve(void)
{
	struct serve serve;

	gnttab = xengnttab_open(NULL, 0);
	if (!gnttab)
		err(1, "/dev/xen/gntdev");
	serve_open(&serve, MAPPER_FOLDER, domid);
	serve_requests(&serve, answer);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc > 2)
		errx(2, "usage: mapper [DOMID]");
	domid = argc == 2 ? atoi(argv[1]) : 0;

	do {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			serve();
	} while (waitpid(pid, &status, 0) == pid && !status);
	errx(1, "the working process ended with status %#x", status);
}
