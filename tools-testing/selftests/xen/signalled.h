/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mmap() that a signal reaches.  On x86 PV the first mapping of gntdev in a process
 * makes the kernel lock all its mappings, which a signal interrupts.  With many
 * mappings that takes long.
 */

#ifndef SELFTESTS_XEN_SIGNALLED_H
#define SELFTESTS_XEN_SIGNALLED_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

/* Pages with alternating rights: as many mappings of a process */
#define SIGNALLED_PAGES	1000

static void signalled_ignore(int number)
{
}

/* signalled_begin - make many mappings; MAP_FAILED if that fails */
static uint8_t *signalled_begin(void)
{
	uint8_t *pages = mmap(NULL, SIGNALLED_PAGES * PEER_PAGE, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (pages == MAP_FAILED)
		return MAP_FAILED;
	for (i = 0; i < SIGNALLED_PAGES; i += 2)
		if (mprotect(pages + i * PEER_PAGE, PEER_PAGE, PROT_NONE))
			return MAP_FAILED;
	return pages;
}

static int signalled_end(uint8_t *pages)
{
	return munmap(pages, SIGNALLED_PAGES * PEER_PAGE);
}

/*
 * signalled_map - map a file in a new process, which a signal reaches after @us
 *
 * Return: 0, the errno of mmap(), or -1.
 */
static int signalled_map(int fd, size_t size, off_t offset, unsigned int us)
{
	struct itimerval timer = { .it_value.tv_usec = us };
	pid_t child = fork();
	int status;

	if (!child) {
		signal(SIGALRM, signalled_ignore);
		setitimer(ITIMER_REAL, &timer, NULL);
		_exit(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   offset) == MAP_FAILED ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

#endif /* SELFTESTS_XEN_SIGNALLED_H */
