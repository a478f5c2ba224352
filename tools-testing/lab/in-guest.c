// SPDX-License-Identifier: GPL-2.0-only
/*
 * in-guest GUEST COMMAND...: from domain 0, run a command with the shell of a guest that
 * runs guest-exec.  COMMAND has at most 3 KB.  Prints its output while it runs, both
 * standard output and standard error.
 *
 * The guest runs one command at a time.  A command in the background must not inherit the
 * output: in-guest pv 'PROGRAM > /tmp/log 2>&1 &'
 *
 * Exit status: that of COMMAND; 1 also if the guest does not exist any more.
 */

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xenstore.h>

#include "guest-command.h"

static struct xs_handle *xs;
/* Path of the guest's nodes */
static char home[NODE_PATH];

/* read_node - the value of a node, or NULL; the caller frees it */
static char *read_node(const char *path, unsigned int *len)
{
	return xs_read(xs, XBT_NULL, path, len);
}

/* find_guest - set the path of the guest with this name; false if there is none */
static bool find_guest(const char *guest)
{
	bool found = false;
	unsigned int n, i;
	char **domains;

	domains = xs_directory(xs, XBT_NULL, "/local/domain", &n);
	for (i = 0; domains && i < n && !found; i++) {
		char path[NODE_PATH];
		char *name;

		name = read_node(node(path, "/local/domain/%s/name", domains[i]), NULL);
		found = name && !strcmp(name, guest);
		free(name);
		if (found)
			node(home, "/local/domain/%s", domains[i]);
	}
	free(domains);
	return found;
}

static bool guest_exists(void)
{
	char *value = read_node(home, NULL);

	free(value);
	return value;
}

/* joined - the words, with a space between two */
static char *joined(char **words)
{
	size_t size = 1;
	char **word, *text;

	for (word = words; *word; word++)
		size += strlen(*word) + 1;
	text = calloc(1, size);
	if (!text)
		err(1, "command");
	for (word = words; *word; word++) {
		if (word != words)
			strcat(text, " ");
		strcat(text, *word);
	}
	return text;
}

static void write_node(const char *path, const char *value)
{
	if (!xs_write(xs, XBT_NULL, path, value, strlen(value)))
		err(1, "write %s", path);
}

/* send_command - give the guest a command; the number of the command */
static unsigned int send_command(const char *command)
{
	char path[NODE_PATH], number[16], *last;
	unsigned int n;
	int lock;

	/* Only one process at a time takes the next number */
	mkdir("/run/lab", 0755);
	lock = open("/run/lab/in-guest", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		err(1, "/run/lab/in-guest");

	node(path, "%s/data/command", home);
	last = read_node(path, NULL);
	n = last ? strtoul(last, NULL, 10) + 1 : 1;
	free(last);
	snprintf(number, sizeof(number), "%u", n);
	write_node(node(path, "%s/data/command/%u", home, n), command);
	write_node(node(path, "%s/data/command", home), number);
	close(lock);
	return n;
}

/* print_output - print the parts of the output of command n that are new */
static void print_output(unsigned int n, unsigned int *parts)
{
	unsigned int len;
	char path[NODE_PATH];
	char *part;

	while ((part = read_node(node(path, "%s/data/output/%u/%u", home, n, *parts + 1), &len))) {
		if (len && (fwrite(part, 1, len, stdout) != len || fflush(stdout)))
			err(1, "output");
		free(part);
		xs_rm(xs, XBT_NULL, path);
		++*parts;
	}
}

/* watch - get an event when a node changes */
static void watch(const char *path)
{
	if (!xs_watch(xs, path, ""))
		err(1, "watch %s", path);
}

int main(int argc, char **argv)
{
	unsigned int n, parts = 0, events;
	char path[NODE_PATH], status_path[NODE_PATH];
	char *status, *command;
	int result;

	if (argc < 3)
		errx(2, "usage: in-guest GUEST COMMAND...");
	xs = xs_open(0);
	if (!xs)
		err(1, "xenstore");
	if (!find_guest(argv[1]))
		errx(1, "no guest %s", argv[1]);
	command = joined(argv + 2);
	n = send_command(command);
	free(command);

	node(status_path, "%s/data/status/%u", home, n);
	watch(node(path, "%s/data/output/%u", home, n));
	watch(status_path);
	watch("@releaseDomain");
	do {
		free(xs_read_watch(xs, &events));
		/* Read the status before the output: guest-exec writes it last */
		status = read_node(status_path, NULL);
		print_output(n, &parts);
		if (!status && !guest_exists())
			errx(1, "guest %s does not exist any more", argv[1]);
	} while (!status);

	xs_rm(xs, XBT_NULL, node(path, "%s/data/output/%u", home, n));
	xs_rm(xs, XBT_NULL, node(path, "%s/data/command/%u", home, n));
	xs_rm(xs, XBT_NULL, status_path);
	result = atoi(status);
	free(status);
	xs_close(xs);
	return result;
}
