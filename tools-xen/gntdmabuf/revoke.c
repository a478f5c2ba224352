// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command revoke: take an exported buffer back that others still hold.
 *
 * The kernel revokes a buffer through the open gntdev file that exported it.  This
 * file finds a process that has that file open, copies its descriptor, and sends the
 * request through the copy.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "gntdmabuf.h"

#define BUFINFO	"/sys/kernel/debug/dma_buf/bufinfo"

/* The buffer to revoke */
static unsigned long long buffer_id;
static unsigned int buffer_pages;

/* A copy of the descriptor that exported it, or -1 */
static int gntdev = -1;

static int copy_descriptor(int pid, int fd)
{
	int pidfd = pidfd_open(pid, 0), copy;

	/* The process can have ended, or have closed the descriptor, meanwhile */
	if (pidfd < 0)
		return -1;
	copy = pidfd_getfd(pidfd, fd, 0);
	if (copy < 0 && errno == EPERM)
		errx(1, "process %d exported buffer %llu: permission denied: try it as root",
		     pid, buffer_id);
	close(pidfd);
	return copy;
}

static void find_buffer(FILE *fdinfo, int pid, int fd)
{
	unsigned long long id;
	unsigned int pages;
	char line[512], kind[8];

	while (gntdev < 0 && fgets(line, sizeof(line), fdinfo)) {
		if (sscanf(line, "dmabuf: %7s id %llu domid %*u pages %u", kind, &id,
			   &pages) != 3 || id != buffer_id)
			continue;
		if (strcmp(kind, "export"))
			errx(1, "buffer %llu is an import: only process %d, which imported it, can release it",
			     buffer_id, pid);
		buffer_pages = pages;
		gntdev = copy_descriptor(pid, fd);
	}
}

static _Noreturn void not_found(xengnttab_handle *xgt)
{
	if (!xengnttab_dmabuf_wait(xgt, buffer_id, 0) || errno != ETIMEDOUT)
		errx(1, "no buffer %llu is alive: it was released before, or never existed",
		     buffer_id);
	if (geteuid())
		errx(1, "no process of this user exported buffer %llu: try it as root",
		     buffer_id);
	errx(1, "no process has the gntdev file of buffer %llu open any more, so it cannot be revoked",
	     buffer_id);
}

/*
 * attached_devices - the devices that are attached to exports of this size
 *
 * The kernel's list of dma-bufs has no ids: buffers of the same size cannot be told
 * apart.
 */
static void attached_devices(char *names, size_t size)
{
	enum { OTHER_BUFFER, FENCES, DEVICES } part = OTHER_BUFFER;
	FILE *file = fopen(BUFINFO, "re");
	char line[256], word[64];
	size_t bytes;

	*names = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%zu %*x %*x %*u %63s %*u", &bytes, word) == 2)
			part = bytes == buffer_pages * XEN_PAGE &&
			       !strcmp(word, "xen_gntdev") ? FENCES : OTHER_BUFFER;
		else if (part == FENCES && !strcmp(line, "\tAttached Devices:\n"))
			part = DEVICES;
		else if (part == DEVICES && sscanf(line, "\t%63s", word) == 1 &&
			 *line == '\t' && !strstr(names, word))
			snprintf(names + strlen(names), size - strlen(names), "%s%s",
				 *names ? ", " : "", word);
	}
	if (file)
		fclose(file);
}

static int run_revoke(int argc, char **argv)
{
	static const struct option options[] = { OPTION_HELP, OPTION_END };
	struct xengnttab_dmabuf_info info;
	xengnttab_handle *xgt;
	char names[512];

	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case 'h':
		show_help(&revoke_command);
		return 0;
	case '?':
		return 1;
	}
	if (argc - optind != 1)
		errx(1, "no buffer given: add one ID, see 'gntdmabuf list'");
	buffer_id = parse_number(argv[optind], UINT64_MAX, "ID");

	xgt = gntdev_open(&info);
	if (!(info.features & XENGNTTAB_DMABUF_FEATURE_REVOKE))
		errx(1, "the gntdev of this kernel cannot revoke buffers");
	fdinfo_each(find_buffer);
	if (gntdev < 0)
		not_found(xgt);

	if (!xengnttab_dmabuf_revoke(gntdev_fdopen(gntdev), buffer_id)) {
		printf("revoked\n");
		return 0;
	}
	if (errno == ENOENT)
		not_found(xgt);
	if (errno != EBUSY)
		err(1, "revoke buffer %llu", buffer_id);
	attached_devices(names, sizeof(names));
	if (!*names)
		errx(1, "buffer %llu is in use by a driver that cannot be notified",
		     buffer_id);
	errx(1, "buffer %llu is in use by a driver that cannot be notified; attached to exports of its size: %s",
	     buffer_id, names);
}

const struct command revoke_command = {
	.name = "revoke",
	.run = run_revoke,
	.arguments = "ID",
	.help = "Revoke an exported buffer: unmap its grants while others still hold it.\n",
};
