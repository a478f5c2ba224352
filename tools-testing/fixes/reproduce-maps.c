// SPDX-License-Identifier: GPL-2.0-only
/* Reproducers of the faults of mmap() and munmap() of gntdev, see reproduce.c. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own-grants.h"
#include "reproduce-maps.h"
#include <xen/evtchn.h>
#include <xen/gntdev.h>

/* ---- 0012: a walk of page tables for each grant.  With -icount 1 ns is 1 instruction. */

#define WALK_PAGES	512U
/* Without the walk mmap() takes 2179 instructions for each page, and the walk about 600 */
#define WALK_LIMIT	2480U

/* map_cost - nanoseconds for each page of an mmap(), which are printed */
static unsigned int map_cost(void)
{
	uint32_t refs[WALK_PAGES];
	unsigned int i, ns, least = UINT_MAX;
	struct timespec begin, end;
	uint64_t offset;
	void *map;

	grant_pages(WALK_PAGES, refs);
	for (i = 0; i < 4; i++) {
		offset = add_map(WALK_PAGES, refs);
		clock_gettime(CLOCK_MONOTONIC, &begin);
		map = map_grants(WALK_PAGES, offset);
		clock_gettime(CLOCK_MONOTONIC, &end);
		munmap(map, WALK_PAGES * PAGE);
		remove_map(WALK_PAGES, offset);
		ns = ((end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec) /
			WALK_PAGES;
		least = ns < least ? ns : least;
	}
	printf("%u ns for each page\n", least);
	return least;
}

bool walk(void)
{
	return map_cost() > WALK_LIMIT;
}

/* ---- 0019: a node of a tree for each grant.  With -icount 1 ns is 1 instruction. */

/* Without the nodes mmap() takes 2955 instructions for each page, and with them 3366 */
#define TREE_LIMIT	3168U

bool tree(void)
{
	return map_cost() > TREE_LIMIT;
}

/* ---- 0014: a byte of a page that is mapped read-only is cleared */

bool clear(void)
{
	uint32_t ref = grant_page();
	struct ioctl_gntdev_unmap_notify op = { .action = UNMAP_NOTIFY_CLEAR_BYTE };
	void *map;

	op.index = add_map(1, &ref);
	if (ioctl(gntdev, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op))
		err(2, "SET_UNMAP_NOTIFY");
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, gntdev, op.index);
	if (map == MAP_FAILED) {
		printf("mmap: %s\n", strerror(errno));
		return false;
	}
	puts("fault: a read-only mapping will be cleared; Linux stops at munmap()");
	fflush(stdout);
	munmap(map, PAGE);
	return true;
}

/* ---- 0015: munmap() in a PV domain while the kernel uses the pages */

/* An event channel of this domain to itself */
struct channel {
	int file;
	uint32_t port[2];
};

static struct channel open_channel(void)
{
	struct ioctl_evtchn_bind_unbound_port unbound = { .remote_domain = OWN_DOMAIN };
	struct ioctl_evtchn_bind_interdomain other = { .remote_domain = OWN_DOMAIN };
	struct channel c = { .file = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC) };

	c.port[0] = ioctl(c.file, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &unbound);
	other.remote_port = c.port[0];
	c.port[1] = ioctl(c.file, IOCTL_EVTCHN_BIND_INTERDOMAIN, &other);
	if (c.file < 0 || (int)c.port[0] < 0 || (int)c.port[1] < 0)
		err(2, "event channel");
	return c;
}

/* munmap_spliced - unmap two pages, @step pages each time, while a pipe refers to them */
static void munmap_spliced(unsigned int step)
{
	struct channel channel = open_channel();
	struct ioctl_gntdev_unmap_notify notify = {
		.action = UNMAP_NOTIFY_SEND_EVENT,
		.event_channel_port = channel.port[0],
	};
	uint32_t refs[2], words[2], port;
	struct iovec iov[2];
	int pipes[2], i;
	char *map;

	grant_pages(2, refs);
	notify.index = add_map(2, refs);
	map = map_grants(2, notify.index);
	if (ioctl(gntdev, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &notify))
		err(2, "SET_UNMAP_NOTIFY");
	remove_map(2, notify.index);
	for (i = 0; i < 2; i++)
		iov[i] = (struct iovec) { map + i * PAGE, 4 };
	if (pipe(pipes) || vmsplice(pipes[1], iov, 2, 0) != 8)
		err(2, "vmsplice");
	for (i = 0; i < 2; i += step)
		munmap(map + i * PAGE, step * PAGE);
	puts("unmapped");
	fflush(stdout);
	if (read(pipes[0], words, 8) != 8)
		err(2, "pipe");
	/* gntdev sends the event when it has unmapped the grants and removes the map */
	if (read(channel.file, &port, 4) != 4 || port != channel.port[1])
		err(2, "event");
	puts("gntdev has removed the map");
}

bool splice_pages(void)
{
	munmap_spliced(2);
	/* Linux with the fault warns */
	return false;
}

bool splice_parts(void)
{
	munmap_spliced(1);
	/* Linux with the fault stops */
	return false;
}

/* ---- 0016: a signal fails mmap() in a PV domain, and the grants cannot be mapped again */

/* Pages with alternating rights: as many mappings of a process, all of which mmap() locks */
#define SIGNAL_PAGES	1000U

static void ignore(int number)
{
}

/* map_at_signal - map a page in a new process, which a signal reaches after @us; the errno */
static int map_at_signal(uint64_t offset, unsigned int us)
{
	struct itimerval timer = { .it_value.tv_usec = us };
	int status;

	fflush(stdout);
	if (!fork()) {
		signal(SIGALRM, ignore);
		setitimer(ITIMER_REAL, &timer, NULL);
		if (mmap(NULL, PAGE, PROT_READ, MAP_SHARED, gntdev, offset) != MAP_FAILED)
			_exit(0);
		printf("mmap() when a signal comes: %s\n", strerror(errno));
		if (mmap(NULL, PAGE, PROT_READ, MAP_SHARED, gntdev, offset) == MAP_FAILED)
			printf("the second mmap(): %s\n", strerror(errno));
		fflush(stdout);
		_exit(1);
	}
	wait(&status);
	return status;
}

bool map_signal(void)
{
	uint32_t ref = grant_page();
	bool fault = false;
	unsigned int i, us;
	uint64_t offset;
	char *pages;

	pages = mmap(NULL, SIGNAL_PAGES * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < SIGNAL_PAGES; i += 2)
		if (mprotect(pages + i * PAGE, PAGE, PROT_NONE))
			err(2, "mprotect");
	for (us = 50; us < 5000 && !fault; us += us / 4) {
		offset = add_map(1, &ref);
		fault = map_at_signal(offset, us);
		if (remove_map(1, offset))
			err(2, "UNMAP_GRANT_REF");
	}
	return fault;
}

/* ---- 0020: mprotect() allows writing to what is mapped read-only */

bool protect(void)
{
	uint32_t ref = grant_page();
	volatile uint32_t *map;
	pid_t child;
	int ret;

	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, gntdev, add_map(1, &ref));
	if (map == MAP_FAILED)
		err(2, "mmap");
	ret = mprotect((void *)map, PAGE, PROT_READ | PROT_WRITE);
	printf("mprotect: %s\n", strerror(ret ? errno : 0));
	if (ret)
		return false;
	fflush(stdout);
	child = fork();
	if (!child) {
		*map = 1;
		_exit(0);
	}
	sleep(5);
	if (waitpid(child, NULL, WNOHANG))
		return true;
	puts("the write does not end");
	kill(child, SIGKILL);
	sleep(5);
	if (!waitpid(child, NULL, WNOHANG))
		puts("the program cannot be killed");
	return true;
}
