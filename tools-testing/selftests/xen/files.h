/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing the kernel's files in sysfs, procfs, debugfs and tracefs.
 */

#ifndef SELFTESTS_XEN_FILES_H
#define SELFTESTS_XEN_FILES_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEBUG_DIR	"/sys/kernel/debug/xen-gntdev-dmabuf/"
#define TRACE_DIR	"/sys/kernel/tracing/"

/* file_line - the first line that contains @text, or an empty string */
static inline const char *file_line(const char *path, const char *text)
{
	static char line[512];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, text)) {
			fclose(file);
			return line;
		}
	if (file)
		fclose(file);
	return "";
}

/* file_number - the number after @text, or -1 */
static inline unsigned long file_number(const char *path, const char *text)
{
	const char *at = strstr(file_line(path, text), text);

	return at ? strtoul(at + strlen(text), NULL, 10) : -1UL;
}

/* file_lines - number of lines that contain @text, or -1 */
static inline int file_lines(const char *path, const char *text)
{
	FILE *file = fopen(path, "r");
	char line[512];
	int n = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		n += !!strstr(line, text);
	fclose(file);
	return n;
}

/* file_write - write a text to an existing file; 0 or the error number */
static inline int file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	int ret = 0;

	if (!file)
		return errno;
	if (fputs(text, file) < 0 || fflush(file))
		ret = errno;
	fclose(file);
	return ret;
}

/* domain_is - whether this domain is of type @kind: PV, PVH or HVM */
static inline bool domain_is(const char *kind)
{
	const char *line = file_line("/sys/hypervisor/guest_type", "");
	size_t n = strlen(kind);

	return !strncmp(line, kind, n) && line[n] == '\n';
}

#endif /* SELFTESTS_XEN_FILES_H */
