// SPDX-License-Identifier: GPL-2.0-only
/*
 * frame-cost PID SECONDS: print how many nanoseconds domain 0 runs on processors in so
 * many seconds.  In a deterministic run of the lab this is the number of instructions
 * that it executes.  The process PID, displ-backend, gets a SIGUSR1 at the beginning and
 * at the end, so that its log has its counters of both; none if PID is 0.
 *
 * A shell that reads the time of the domain by two commands would measure the start of the
 * commands as well: some million instructions.
 */

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

/* Nanoseconds in which displ-backend prints its counters */
#define PRINT_NS	20000000

static xc_interface *xc;

static void sleep_for(double seconds)
{
	struct timespec time = { .tv_sec = seconds };

	time.tv_nsec = (seconds - time.tv_sec) * 1e9;
	nanosleep(&time, NULL);
}

/* sample - time of domain 0, after the process, if not 0, has printed its counters */
static uint64_t sample(pid_t pid)
{
	xc_domaininfo_t info;

	if (pid && kill(pid, SIGUSR1))
		err(1, "process %d", pid);
	sleep_for(PRINT_NS / 1e9);
	if (xc_domain_getinfolist(xc, 0, 1, &info) != 1 || info.domain)
		errx(1, "no domain 0");
	return info.cpu_time;
}

int main(int argc, char **argv)
{
	uint64_t begin;
	pid_t pid;

	if (argc != 3)
		errx(2, "usage: frame-cost PID SECONDS");
	xc = xc_interface_open(NULL, NULL, 0);
	if (!xc)
		err(1, "hypervisor");
	pid = atoi(argv[1]);
	begin = sample(pid);
	sleep_for(atof(argv[2]));
	printf("%llu\n", (unsigned long long)(sample(pid) - begin));
	xc_interface_close(xc);
	return 0;
}
