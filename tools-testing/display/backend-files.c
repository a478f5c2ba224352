// SPDX-License-Identifier: GPL-2.0-only
/*
 * backend-files PID DOMID REF DOMID REF...: check the files of Xen's devices that
 * the process PID has open, a display backend.  REF is a grant reference that the
 * guest DOMID has granted to this domain.
 *
 * The program takes the open files of the process by pidfd_getfd(), so it needs
 * root.  Each gntdev file must be restricted to one of the guests and to a number
 * of pages, and must export and map the grant of that guest only.  Each event
 * channel file must be restricted to one of the guests.
 *
 * Exit status: 0 if each file is, and if there is one of each kind for each guest.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>

#define MAX_GUESTS	2

/**
 * struct guest - a guest with a display
 * @domid: domain
 * @ref: grant reference of a page that it grants to this domain
 * @gntdevs: number of gntdev files for this guest
 * @evtchns: number of event channel files for this guest
 */
struct guest {
	unsigned int domid;
	uint32_t ref;
	unsigned int gntdevs;
	unsigned int evtchns;
};

/* Does not print the errors that the program expects */
static struct xentoollog_logger *quiet;
static struct guest guests[MAX_GUESTS];
static unsigned int count;
static bool failed;

/* expect - print what was expected if it did not happen */
static void expect(bool happened, int fd, unsigned int domid, const char *what)
{
	if (happened)
		return;
	printf("# file %d, domain %u: not so: %s\n", fd, domid, what);
	failed = true;
}

/* export_error - export a page, release it; 0 or the error number */
static int export_error(xengnttab_handle *gnttab, const struct guest *guest)
{
	uint64_t id;
	int fd;

	if (xengnttab_dmabuf_export(gnttab, guest->domid, 0, 1, &guest->ref, 0,
				    -1, &fd, &id))
		return errno;
	close(fd);
	return 0;
}

/* map_error - map a page, unmap it; 0 or the error number */
static int map_error(xengnttab_handle *gnttab, const struct guest *guest)
{
	void *page = xengnttab_map_grant_ref(gnttab, guest->domid, guest->ref,
					     PROT_READ);

	if (!page)
		return errno;
	xengnttab_unmap(gnttab, page, 1);
	return 0;
}

/* fdinfo_restriction - domain that a file is restricted to, or -1 */
static int fdinfo_restriction(int fd)
{
	unsigned int domid, max_pages;
	char path[40], line[256];
	int found = -1;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "dmabuf-file: pages %*u domid %u max_pages %u",
			   &domid, &max_pages) == 2 && max_pages)
			found = domid;
	if (info)
		fclose(info);
	return found;
}

static void check_gntdev(int number, int fd)
{
	xengnttab_handle *gnttab = xengnttab_fdopen(quiet, fd, 0);
	int domid = fdinfo_restriction(fd);
	struct guest *guest;
	bool own, any = false;

	for (guest = guests; guest < guests + count; guest++) {
		own = (int)guest->domid == domid;
		any |= own;
		guest->gntdevs += own;
		expect(export_error(gnttab, guest) == (own ? 0 : EACCES),
		       number, guest->domid, "only its own grants are exported");
		expect(map_error(gnttab, guest) == (own ? 0 : EACCES),
		       number, guest->domid, "only its own grants are mapped");
	}
	expect(any, number, domid, "gntdev is restricted to a guest");
	xengnttab_close(gnttab);
}

/* Event channel files that are restricted to no guest of the command line */
static unsigned int locks;

/*
 * fdinfo does not show the restriction of an event channel file.  Port 0 is
 * invalid: the error for it shows whether the kernel has passed it to Xen.
 */
static void check_evtchn(int number, int fd)
{
	xenevtchn_handle *evtchn = xenevtchn_fdopen(quiet, fd, 0);
	unsigned int own = 0;
	struct guest *guest;

	for (guest = guests; guest < guests + count; guest++)
		if (xenevtchn_bind_interdomain(evtchn, guest->domid, 0) < 0 &&
		    errno != EACCES) {
			own++;
			guest->evtchns++;
		}
	/* One file is for locks between backends, and is restricted to no guest */
	expect(own == 1 || !locks++, number, -1, "evtchn is restricted to a guest");
	expect(own <= 1, number, -1, "evtchn is restricted to one guest");
	expect(xenevtchn_bind_unbound_port(evtchn, guests->domid) < 0 &&
	       errno == EACCES, number, -1, "evtchn allocates no port");
	xenevtchn_close(evtchn);
}

int main(int argc, char **argv)
{
	char path[300], target[100];
	int pidfd, fd, i;
	struct dirent *entry;
	ssize_t length;
	DIR *dir;

	if (argc < 4 || argc > 2 + 2 * MAX_GUESTS || argc % 2)
		errx(2, "usage: backend-files PID DOMID REF [DOMID REF]");
	for (i = 2; i < argc; i += 2)
		guests[count++] = (struct guest) {
			.domid = atoi(argv[i]),
			.ref = atoi(argv[i + 1]),
		};
	quiet = (struct xentoollog_logger *)
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	pidfd = syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	snprintf(path, sizeof(path), "/proc/%s/fd", argv[1]);
	dir = opendir(path);
	if (pidfd < 0 || !dir)
		err(1, "process %s", argv[1]);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%s", argv[1],
			 entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		if (strncmp(target, "/dev/xen/", strlen("/dev/xen/")))
			continue;
		fd = syscall(SYS_pidfd_getfd, pidfd, atoi(entry->d_name), 0);
		if (fd < 0)
			err(1, "%s", path);
		if (!strcmp(target, "/dev/xen/gntdev"))
			check_gntdev(atoi(entry->d_name), fd);
		else if (!strcmp(target, "/dev/xen/evtchn"))
			check_evtchn(atoi(entry->d_name), fd);
		else
			close(fd);
	}
	for (i = 0; i < (int)count; i++) {
		expect(guests[i].gntdevs, -1, guests[i].domid, "a gntdev file is there");
		expect(guests[i].evtchns, -1, guests[i].domid, "an evtchn file is there");
	}
	return failed;
}
