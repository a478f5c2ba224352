// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the kernel's list of buffers: that of debugfs, or the fdinfo of all
 * open gntdev files.  The command list calls this.
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffers.h"
#include "gntdmabuf.h"

#define FILES	DEBUG_DIR "files"

/* The list that is being read; fdinfo_each() passes no argument to read_fdinfo() */
static struct buffer_list *list;

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
	const char *rest, *name;

	snprintf(buffer.comm, sizeof(buffer.comm), "%s", comm);
	if (sscanf(line, "%7s id %llu domid %u pages %u offset %u flags %15s state %15s",
		   buffer.kind, &buffer.id, &buffer.domid, &buffer.pages,
		   &buffer.offset, buffer.flags, buffer.state) != 7)
		return;
	/* Processes that share a gntdev file show the same lines */
	if (buffer_find(list, buffer.id))
		return;
	/* The name of the process is last, and can be any text */
	rest = strstr(line, " contiguous");
	name = strstr(line, " comm ");
	buffer.contiguous = rest && (!name || rest < name);
	rest = strstr(line, " mapped ");
	if (rest)
		sscanf(rest, " mapped %u releasing_ms %lld", &buffer.mapped,
		       &buffer.releasing_ms);
	rest = strstr(line, " age_ms ");
	if (rest)
		sscanf(rest, " age_ms %lld file %llu pid %d comm %31[^\n]",
		       &buffer.age_ms, &buffer.file, &buffer.pid, buffer.comm);

	/* A process can choose any bytes as its name, JSON has text only */
	for (comm = buffer.comm; *comm; comm++)
		if (!isprint((unsigned char)*comm))
			buffer.comm[comm - buffer.comm] = '?';

	more = realloc(list->buffers, (list->count + 1) * sizeof(*more));
	if (!more)
		err(1, "list");
	list->buffers = more;
	list->buffers[list->count++] = buffer;
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
		for (i = 0; i < list->count; i++)
			if (list->buffers[i].file == number)
				list->buffers[i].file_state = state;
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

/**
 * buffer_find - find a buffer in a list
 * @from: the list
 * @id: id of the buffer
 *
 * Return: the buffer, or NULL.
 */
const struct buffer *buffer_find(const struct buffer_list *from,
				 unsigned long long id)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (from->buffers[i].id == id)
			return &from->buffers[i];
	return NULL;
}

/**
 * buffers_read - read the list of existing buffers
 * @into: filled in
 *
 * Return: false if debugfs cannot be read, errno says why; then the list lacks
 * buffers that outlive their gntdev file.
 */
bool buffers_read(struct buffer_list *into)
{
	struct buffer *buffer;
	int error = 0;
	size_t i;

	*into = (struct buffer_list) { 0 };
	list = into;
	if (!read_debugfs()) {
		error = errno;
		fdinfo_each(read_fdinfo);
	}
	for (i = 0; i < into->count; i++) {
		buffer = &into->buffers[i];
		buffer->exited = kill(buffer->pid, 0) && errno == ESRCH;
	}
	errno = error;
	return !error;
}
