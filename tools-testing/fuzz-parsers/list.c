// SPDX-License-Identifier: GPL-2.0-only
/*
 * gntdmabuf list, with the input in the place of the kernel's files: debugfs, or fdinfo and
 * the name of a process, which the process chooses.  The first byte says which of them, and
 * whether JSON is printed; the first \f separates two files.  Printed JSON is valid, and no
 * name of a process makes a buffer contiguous.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "../../tools-xen/gntdmabuf/buffers.h"
#include "../../tools-xen/gntdmabuf/gntdmabuf.h"
#include "ends.h"

/* The files: buffers or fdinfo; files of debugfs or comm */
static const char *files[2];
static size_t sizes[2];
static bool debugfs;
static void *allocated;

/* ---- What the command calls */

FILE *stub_fopen(const char *path, const char *mode)
{
	unsigned int which;

	if (!strncmp(path, DEBUG_DIR, strlen(DEBUG_DIR)) != debugfs) {
		errno = ENOENT;
		return NULL;
	}
	which = !strcmp(path, DEBUG_DIR "files") || strstr(path, "comm");
	/* fmemopen() refuses a size of 0 */
	return fmemopen((void *)files[which], sizes[which] ?: 1, "r");
}

static unsigned int position;

/* A process with one descriptor */
DIR *stub_opendir(const char *path)
{
	position = strcmp(path, "/proc") ? 2 : 0;
	return (DIR *)&position;
}

struct dirent *stub_readdir(DIR *dir)
{
	static const char * const names[] = { "self", "1", ".", "3" };
	static struct dirent entry;

	/* The descriptor is read between two entries of /proc */
	if (position == sizeof(names) / sizeof(*names))
		return NULL;
	snprintf(entry.d_name, sizeof(entry.d_name), "%s", names[position++]);
	return &entry;
}

int stub_closedir(DIR *dir)
{
	return 0;
}

/* The command never frees its list */
void *stub_realloc(void *memory, size_t size)
{
	allocated = realloc(memory, size);
	return allocated;
}

void show_help(const struct command *command)
{
}

void events_init(void)
{
}

bool events_wait_interval(int ms)
{
	return false;
}

/* ---- One input */

/* contiguous_lines - number of lines that say so before the name of the process */
static size_t contiguous_lines(void)
{
	FILE *file = fmemopen((void *)files[0], sizes[0] ?: 1, "r");
	char line[512];
	size_t count = 0;

	while (fgets(line, sizeof(line), file)) {
		const char *word = strstr(line, " contiguous"), *name = strstr(line, " comm ");

		count += word && (!name || word < name);
	}
	fclose(file);
	return count;
}

static void check_json(const char *text)
{
	struct json_object *object = json_tokener_parse(text), *member;
	size_t count = 0, i;

	if (!object || !json_object_is_type(object, json_type_array))
		abort();
	for (i = 0; i < json_object_array_length(object); i++) {
		json_object_object_get_ex(json_object_array_get_idx(object, i), "contiguous",
					  &member);
		count += json_object_get_boolean(member);
	}
	if (count > contiguous_lines())
		abort();
	json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[5] = "list", option[7] = "--json";
	char *argv[3] = { name, option }, *text = NULL, *copy;
	FILE *before = stdout;
	const char *second;
	size_t length;
	bool json;

	if (!size)
		return 0;
	debugfs = data[0] & 1;
	json = data[0] & 2;
	copy = calloc(1, size + 1);
	memcpy(copy, data + 1, size - 1);
	second = memchr(copy, '\f', size - 1);
	files[0] = copy;
	sizes[0] = second ? second - copy : size - 1;
	files[1] = second ? second + 1 : copy + size - 1;
	sizes[1] = size - 1 - sizes[0] - !!second;

	stdout = open_memstream(&text, &length);
	optind = 0;
	if (!ends())
		list_command.run(1 + json, argv);
	fclose(stdout);
	stdout = before;
	if (json)
		check_json(text);
	free(text);
	free(copy);
	free(allocated);
	allocated = NULL;
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	/* warnx() */
	stderr = fopen("/dev/null", "w");
	return 0;
}
