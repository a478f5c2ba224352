// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command list: print all live buffers.
 */

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gntdmabuf.h"

#define DEBUG_DIR	"/sys/kernel/debug/xen-gntdev-dmabuf/"
#define BUFFERS		DEBUG_DIR "buffers"
#define FILES		DEBUG_DIR "files"

/**
 * struct file_state - what an open gntdev file has and may have
 * @restricted: the file is restricted; otherwise @domid and @max_pages are 0
 * @domid: the only domain that requests through the file can name
 * @pages: number of pages of all buffers of the file
 * @max_pages: largest number of them, 0 for no limit
 */
struct file_state {
	bool restricted;
	unsigned int domid;
	unsigned int pages;
	unsigned int max_pages;
};

/**
 * struct buffer - a line of the kernel's list
 * @kind: export or import
 * @id: id of the buffer
 * @domid: the granting domain of an export, the peer domain of an import
 * @pages: number of pages
 * @offset: offset of the data in the first page, in bytes
 * @flags: for each flag its letter, or - if it is not set
 * @state: live, releasing or stuck
 * @contiguous: the bus addresses of the buffer are contiguous
 * @mapped: number of pages that the peer domain still maps after the release
 * @releasing_ms: time since the release in milliseconds, -1 if there was none
 * @age_ms: age in milliseconds, -1 if it is unknown
 * @file: the kernel's number of the gntdev file, 0 if it is unknown
 * @file_state: state of that file
 * @pid: the process that made the buffer
 * @comm: name of that process
 */
struct buffer {
	char kind[8];
	unsigned long long id;
	unsigned int domid;
	unsigned int pages;
	unsigned int offset;
	char flags[16];
	char state[16];
	bool contiguous;
	unsigned int mapped;
	long long releasing_ms;
	long long age_ms;
	unsigned long long file;
	struct file_state file_state;
	int pid;
	char comm[32];
};

static struct buffer *buffers;
static size_t buffer_count;

static bool is_listed(unsigned long long id)
{
	size_t i;

	for (i = 0; i < buffer_count; i++)
		if (buffers[i].id == id)
			return true;
	return false;
}

/* read_state - parse the kernel's line about a gntdev file */
static void read_state(const char *line, struct file_state *state)
{
	state->restricted = sscanf(line, " pages %u domid %u max_pages %u",
				   &state->pages, &state->domid,
				   &state->max_pages) == 3;
}

/* add_line - add a line of the kernel; pid and comm are used if it has none */
static void add_line(const char *line, const struct file_state *state, int pid,
		     const char *comm)
{
	struct buffer *more, buffer = {
		.releasing_ms = -1, .age_ms = -1, .file_state = *state, .pid = pid,
	};
	const char *rest;

	snprintf(buffer.comm, sizeof(buffer.comm), "%s", comm);
	if (sscanf(line, "%7s id %llu domid %u pages %u offset %u flags %15s state %15s",
		   buffer.kind, &buffer.id, &buffer.domid, &buffer.pages,
		   &buffer.offset, buffer.flags, buffer.state) != 7)
		return;
	/* Processes that share a gntdev file show the same lines */
	if (is_listed(buffer.id))
		return;
	buffer.contiguous = strstr(line, " contiguous");
	rest = strstr(line, " mapped ");
	if (rest)
		sscanf(rest, " mapped %u releasing_ms %lld", &buffer.mapped,
		       &buffer.releasing_ms);
	rest = strstr(line, " age_ms ");
	if (rest)
		sscanf(rest, " age_ms %lld file %llu pid %d comm %31[^\n]",
		       &buffer.age_ms, &buffer.file, &buffer.pid, buffer.comm);

	more = realloc(buffers, (buffer_count + 1) * sizeof(*buffers));
	if (!more)
		err(1, "list");
	buffers = more;
	buffers[buffer_count++] = buffer;
}

static void read_files(void)
{
	FILE *file = fopen(FILES, "re");
	struct file_state state;
	unsigned long long number;
	char line[128];
	size_t i;
	int n;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "file %llu%n", &number, &n) != 1)
			continue;
		read_state(line + n, &state);
		for (i = 0; i < buffer_count; i++)
			if (buffers[i].file == number)
				buffers[i].file_state = state;
	}
	if (file)
		fclose(file);
}

static bool read_debugfs(void)
{
	static const struct file_state unknown;
	FILE *file = fopen(BUFFERS, "re");
	char line[512];

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		add_line(line, &unknown, 0, "");
	fclose(file);
	read_files();
	return true;
}

static void read_comm(int pid, char *comm, size_t size)
{
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(comm, size, file))
		*comm = 0;
	comm[strcspn(comm, "\n")] = 0;
	if (file)
		fclose(file);
}

static void read_fdinfo(FILE *fdinfo, int pid, int fd)
{
	struct file_state state = { 0 };
	char line[512], comm[32];

	while (fgets(line, sizeof(line), fdinfo)) {
		if (!strncmp(line, "dmabuf-file:", 12))
			read_state(line + 12, &state);
		if (strncmp(line, "dmabuf:", 7))
			continue;
		read_comm(pid, comm, sizeof(comm));
		add_line(line + 7, &state, pid, comm);
	}
}

/* seconds - print a time to a text, which is returned */
static const char *seconds(long long ms, char *text, size_t size)
{
	snprintf(text, size, "%lld.%lld s", ms / 1000, ms / 100 % 10);
	return text;
}

static void print(const struct buffer *buffer)
{
	const struct file_state *state = &buffer->file_state;
	bool exited = kill(buffer->pid, 0) && errno == ESRCH;
	char time[32];

	printf("%12llu  %-6s  %6u  %7u  %6u  %-5s  %-9s  %10s  %s (%d%s)",
	       buffer->id, buffer->kind, buffer->domid, buffer->pages,
	       buffer->offset, buffer->flags, buffer->state,
	       buffer->age_ms < 0 ? "-" : seconds(buffer->age_ms, time, sizeof(time)),
	       buffer->comm, buffer->pid, exited ? ", gone" : "");
	if (buffer->contiguous)
		printf(" contiguous");
	if (buffer->releasing_ms >= 0)
		printf("; released %s ago, domain maps %u pages",
		       seconds(buffer->releasing_ms, time, sizeof(time)),
		       buffer->mapped);
	if (state->restricted && state->max_pages)
		printf("; file restricted to domain %u, has %u of %u pages",
		       state->domid, state->pages, state->max_pages);
	else if (state->restricted)
		printf("; file restricted to domain %u, has %u pages", state->domid,
		       state->pages);
	printf("\n");
}

static int run_list(int argc, char **argv)
{
	static const struct option options[] = { OPTION_HELP, OPTION_END };
	size_t i;

	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case 'h':
		show_help(&list_command);
		return 0;
	case '?':
		return 1;
	}
	if (optind < argc)
		errx(1, "list takes no argument '%s'", argv[optind]);

	if (!read_debugfs()) {
		warnx(BUFFERS ": %s: buffers that outlive their gntdev file are not listed",
		      strerror(errno));
		fdinfo_each(read_fdinfo);
	}
	printf("          ID  KIND    DOMAIN    PAGES  OFFSET  FLAGS  STATE             AGE  HOLDER\n");
	for (i = 0; i < buffer_count; i++)
		print(&buffers[i]);
	return 0;
}

const struct command list_command = {
	.name = "list",
	.run = run_list,
	.arguments = "",
	.help = "List all live buffers: domain, pages, flags, age, process, restriction.\n",
};
