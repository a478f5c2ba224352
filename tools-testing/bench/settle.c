// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring the kernel into the same state before each measurement: the driver's
 * page cache is empty, the balloon driver has nothing left to do.  The measuring
 * files call these functions.
 */

#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settle.h"

/* Files of the balloon driver */
#define BALLOON	"/sys/devices/system/xen_memory/xen_memory0/"

/**
 * read_number - read a number from a file
 * @path: the file
 * @word: the beginning of the line, in front of the number; "" for any line
 *
 * Return: the number, 0 if the file or the line does not exist.
 */
unsigned long read_number(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	unsigned long number = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			number = strtoul(line + strlen(word), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

/**
 * write_number - write a number to a file, or end the program
 * @path: the file
 * @number: the number
 */
void write_number(const char *path, unsigned long number)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lu\n", number) < 0 || fclose(file))
		err(1, "%s", path);
}

/**
 * wait_idle - wait until the kernel has finished the work of a release
 *
 * After a release the balloon driver populates the pages again in the
 * background.  A program that shows frames sleeps between two frames, so that
 * work is not part of a measurement.  It is finished when the number of
 * ballooned pages no longer changes.
 */
void wait_idle(void)
{
	unsigned long last, kb = read_number(BALLOON "info/low_kb", "");

	do {
		last = kb;
		usleep(100000);
		kb = read_number(BALLOON "info/low_kb", "");
	} while (kb != last);
}

/**
 * settle - empty the page cache of the driver and balloon all pages in
 *
 * A driver with a page cache counts the cached pages in debugfs.  The balloon
 * driver stops where pages came back while others were in use; a target with a
 * new value starts it again.
 */
void settle(void)
{
	unsigned long target = read_number(BALLOON "target_kb", "");

	write_number("/proc/sys/vm/drop_caches", 2);
	while (read_number("/sys/kernel/debug/xen-gntdev-dmabuf/counters",
			   "pages_cached "))
		sched_yield();
	write_number(BALLOON "target_kb", target - 4);
	wait_idle();
	write_number(BALLOON "target_kb", target);
	wait_idle();
}
