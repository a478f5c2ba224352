// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command list: print all live buffers.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gntdmabuf.h"

#define BUFFERS	"/sys/kernel/debug/xen-gntdev-dmabuf/buffers"

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
 * @age_ms: age in milliseconds, -1 if it is unknown
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
	long long age_ms;
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

/* add_line - add a line of the kernel; pid and comm are used if it has none */
static void add_line(const char *line, int pid, const char *comm)
{
	struct buffer *more, buffer = { .age_ms = -1, .pid = pid };
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
	rest = strstr(line, " age_ms ");
	if (rest)
		sscanf(rest, " age_ms %lld pid %d comm %31[^\n]", &buffer.age_ms,
		       &buffer.pid, buffer.comm);

	more = realloc(buffers, (buffer_count + 1) * sizeof(*buffers));
	if (!more)
		err(1, "list");
	buffers = more;
	buffers[buffer_count++] = buffer;
}

static bool read_debugfs(void)
{
	FILE *file = fopen(BUFFERS, "re");
	char line[512];

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		add_line(line, 0, "");
	fclose(file);
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

static void read_fdinfo(const char *path, int pid)
{
	char line[512], comm[32];
	FILE *file = fopen(path, "re");

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "dmabuf:", 7))
			continue;
		read_comm(pid, comm, sizeof(comm));
		add_line(line + 7, pid, comm);
	}
	fclose(file);
}

/* read_proc - without debugfs, read the fdinfo of all open gntdev files */
static void read_proc(void)
{
	struct dirent *process, *entry;
	DIR *proc = opendir("/proc"), *files;
	char path[512];

	if (!proc)
		err(1, "/proc");
	while ((process = readdir(proc))) {
		int pid = atoi(process->d_name);

		snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
		files = pid ? opendir(path) : NULL;
		if (!files)
			continue;
		while ((entry = readdir(files))) {
			snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid,
				 entry->d_name);
			if (*entry->d_name != '.')
				read_fdinfo(path, pid);
		}
		closedir(files);
	}
	closedir(proc);
}

static void print(const struct buffer *buffer)
{
	bool exited = kill(buffer->pid, 0) && errno == ESRCH;
	char age[32] = "-";

	if (buffer->age_ms >= 0)
		snprintf(age, sizeof(age), "%lld.%01lld s", buffer->age_ms / 1000,
			 buffer->age_ms / 100 % 10);
	printf("%12llu  %-6s  %6u  %7u  %6u  %-5s  %-9s  %10s  %s (%d%s)%s\n",
	       buffer->id, buffer->kind, buffer->domid, buffer->pages,
	       buffer->offset, buffer->flags, buffer->state, age, buffer->comm,
	       buffer->pid, exited ? ", gone" : "",
	       buffer->contiguous ? " contiguous" : "");
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
		read_proc();
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
	.help = "List all live buffers: domain, pages, flags, age, process.\n",
};
