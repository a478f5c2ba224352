// SPDX-License-Identifier: GPL-2.0-only
/*
 * gntdev-fuzz: run random operations on gntdev, on dma-bufs and on mappings, in
 * several processes and threads, while a guest that runs fuzz-peer revokes, maps
 * and dies.  The environment variable PEER is the guest's domain number.
 *
 * The first quarter of a run lets tables grow that never shrink.  What the rest
 * leaves is compared with what was there before.
 */

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xengnttab.h>

#include "conserve.h"
#include "files.h"
#include "fuzz.h"
#include "grow.h"
#include "report.h"
#include "serve.h"

#define MAX_PROCESSES	64
/* Seconds.  Only a process that hangs takes so long to end. */
#define PATIENCE	300
/* Milliseconds between two looks at the processes */
#define TICK		20
/* Milliseconds between two kills, on average: a process costs more than most operations */
#define KILL		3000

/**
 * struct process - a process that runs operations
 * @pid: its process id; 0 if it has ended
 * @starts: number of processes that were started in its place
 * @killed: it was killed
 */
struct process {
	pid_t pid;
	unsigned int starts;
	bool killed;
};

static struct fuzz fuzz = { .threads = 3, .processes = 4 };
static struct process processes[MAX_PROCESSES];
static struct board *board;
static unsigned int tests, failures, deaths, kills;
static bool gently;

static void result(bool ok, const char *format, const char *detail)
{
	char name[128];

	snprintf(name, sizeof(name), format, detail ? detail : "");
	printf("%sok %u %s\n", ok ? "" : "not ", ++tests, name);
	failures += !ok;
	fflush(stdout);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* print_rings - print the last operations of the threads of a process */
static void print_rings(unsigned int process)
{
	unsigned int i;

	for (i = 0; i < fuzz.threads; i++) {
		printf("# process %u, thread %u:\n", process, i);
		ring_print(&fuzz.rings->threads[(process * fuzz.threads + i) %
						RING_THREADS]);
	}
	fflush(stdout);
}

/* reap - look after processes that ended; false if there is no process any more */
static bool reap(void)
{
	unsigned int i;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < fuzz.processes && processes[i].pid != pid; i++)
			;
		/* Else a child of a process that was killed */
		if (i < fuzz.processes)
			processes[i].pid = 0;
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			continue;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
		    (i == fuzz.processes || processes[i].killed))
			continue;
		deaths++;
		printf("# a process died: status %#x\n", status);
		if (i < fuzz.processes)
			print_rings(i);
	}
	return !pid;
}

/* print_stacks - print where the threads of a process that hangs are in the kernel */
static void print_stacks(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "for t in /proc/%d/task/*; do echo \"# $t\"; sed 's/^/# /' $t/stack $t/wchan; done",
		 pid);
	fflush(stdout);
	if (system(command))
		printf("# no stacks\n");
}

/* finish - let all processes end; those that do not hang */
static void finish(void)
{
	double until = seconds() + PATIENCE;
	unsigned int i;

	fuzz.shared->stop = true;
	while (reap() && seconds() < until)
		usleep(TICK * 1000);
	for (i = 0; i < fuzz.processes; i++)
		if (processes[i].pid) {
			deaths++;
			printf("# process %u hangs\n", i);
			print_rings(i);
			print_stacks(processes[i].pid);
			processes[i].killed = true;
			kill(processes[i].pid, SIGKILL);
		}
	until = seconds() + PATIENCE;
	while (reap() && seconds() < until)
		usleep(TICK * 1000);
}

/* close_sockets - close the descriptors that are in the sockets */
static void close_sockets(void)
{
	close(fuzz.sockets[0]);
	close(fuzz.sockets[1]);
}

/* next_kill - when to kill a process again */
static double next_kill(struct rng *rng)
{
	return seconds() + rng_below(rng, 2 * KILL) / 1000.0;
}

/* phase - run operations for a time, or a number of them, and kill processes */
static void phase(double length, unsigned long ops, struct rng *rng)
{
	double until = seconds() + length, kill_at = next_kill(rng);
	unsigned int i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fuzz.sockets))
		err(1, "sockets");
	fuzz.shared->stop = false;
	fuzz.shared->limit = ops ? fuzz.shared->numbers + ops : 0;
	while (ops ? fuzz.shared->numbers < fuzz.shared->limit : seconds() < until) {
		board->run = 1;
		for (i = 0; i < fuzz.processes; i++) {
			if (processes[i].pid)
				continue;
			processes[i].killed = false;
			processes[i].pid = worker_fork(&fuzz, i, processes[i].starts++);
		}
		usleep(TICK * 1000);
		/* A tick takes longer on a busy machine */
		if (!gently && seconds() >= kill_at) {
			kill_at = next_kill(rng);
			i = rng_below(rng, fuzz.processes);
			if (processes[i].pid) {
				processes[i].killed = true;
				kill(processes[i].pid, SIGKILL);
				kills++;
			}
		}
		reap();
	}
	finish();
	close_sockets();
	/* The guest gives up what it has.  It can have overwritten its own answer. */
	for (i = 0; i < PATIENCE * 1000 / TICK && !(i > 5 && board->idle); i++) {
		board->run = 0;
		usleep(TICK * 1000);
	}
}

/* used_seconds - processor time between two measurements, in the kernel or in user space */
static double used_seconds(const struct rusage used[2], bool kernel)
{
	const struct timeval *from = kernel ? &used[0].ru_stime : &used[0].ru_utime;
	const struct timeval *to = kernel ? &used[1].ru_stime : &used[1].ru_utime;

	return to->tv_sec - from->tv_sec + (to->tv_usec - from->tv_usec) / 1e6;
}

static struct board *board_open(unsigned int peer)
{
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	struct board *page = NULL;
	struct ask ask;

	ask_open(&ask, BOARD_FOLDER, peer);
	fuzz.board_ref = ask_number(&ask, "board");
	ask_close(&ask);
	if (gnttab)
		page = xengnttab_map_grant_ref(gnttab, peer, fuzz.board_ref,
					       PROT_READ | PROT_WRITE);
	if (!page)
		err(1, "the board of domain %u", peer);
	return page;
}

static void usage(void)
{
	errx(2, "usage: PEER=DOMID gntdev-fuzz [--seed N] [--seconds S | --ops N] [--threads T]\n"
	     "\t[--processes P] [--only OPERATION,...] [--without OPERATION,...]\n"
	     "\t[--ring FILE] [--gently] [--times]");
}

/**
 * struct choice - what the command line says
 * @seconds: length of the run
 * @ops: its number of operations, or 0
 * @only: see ops_begin()
 * @without: see ops_begin()
 * @ring: see rings_open()
 */
struct choice {
	double seconds;
	unsigned long ops;
	const char *only;
	const char *without;
	const char *ring;
};

static void choose(struct choice *choice, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 'S' },
		{ "ops", required_argument, NULL, 'n' },
		{ "threads", required_argument, NULL, 't' },
		{ "processes", required_argument, NULL, 'p' },
		{ "only", required_argument, NULL, 'o' },
		{ "without", required_argument, NULL, 'w' },
		{ "ring", required_argument, NULL, 'r' },
		/* Kill no process: with one of one thread, runs are alike */
		{ "gently", no_argument, NULL, 'g' },
		{ "times", no_argument, NULL, 'T' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 's')
			fuzz.seed = strtoull(optarg, NULL, 0);
		else if (option == 'S')
			choice->seconds = atof(optarg);
		else if (option == 'n')
			choice->ops = strtoul(optarg, NULL, 0);
		else if (option == 't')
			fuzz.threads = atoi(optarg);
		else if (option == 'p')
			fuzz.processes = atoi(optarg);
		else if (option == 'o')
			choice->only = optarg;
		else if (option == 'w')
			choice->without = optarg;
		else if (option == 'r')
			choice->ring = optarg;
		else if (option == 'g')
			gently = true;
		else if (option == 'T')
			fuzz.times = true;
		else
			usage();
	}
	if (optind != argc || !fuzz.threads || !fuzz.processes ||
	    fuzz.processes > MAX_PROCESSES)
		usage();
}

int main(int argc, char **argv)
{
	struct choice choice = { .seconds = 30 };
	unsigned long done, requests, starts, buffers, tables;
	const char *peer = getenv("PEER"), *lost, *text, *skip;
	static struct slabs slabs;
	struct conserve before;
	struct rusage used[2];
	struct rng rng;
	char line[256];
	double begin;

	fuzz.seed = time(NULL);
	choose(&choice, argc, argv);
	if (!peer)
		usage();

	ops_begin(choice.only, choice.without);
	fuzz.peer = atoi(peer);
	fuzz.shared = mmap(NULL, sizeof(*fuzz.shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fuzz.shared == MAP_FAILED)
		err(1, "memory");
	fuzz.rings = rings_open(choice.ring);
	snprintf(line, sizeof(line),
		 "gntdev-fuzz: seed %" PRIu64 ", %u processes, %u threads", fuzz.seed,
		 fuzz.processes, fuzz.threads);
	rings_head(fuzz.rings, "%s\n", line);
	printf("TAP version 13\n1..6\n# %s\n", line);
	fflush(stdout);
	/* A log of the kernel is there even after a panic */
	file_write("/dev/kmsg", line);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	board = board_open(fuzz.peer);
	rng_begin(&rng, fuzz.seed, -1);

	conserve_begin(&before, fuzz.peer);
	buffers = before.buffers;
	grow_tables(fuzz.peer, board);
	phase(choice.seconds / 4, choice.ops / 4, &rng);
	/* The kernel frees some late */
	do
		conserve_begin(&before, fuzz.peer);
	while (before.buffers > buffers && !usleep(TICK * 1000));
	tables = xen_tables();
	slabs_read(&slabs);
	memset(fuzz.shared->counts, 0, sizeof(fuzz.shared->counts));
	memset(fuzz.shared->lasted, 0, sizeof(fuzz.shared->lasted));
	memset(fuzz.shared->spent, 0, sizeof(fuzz.shared->spent));
	getrusage(RUSAGE_CHILDREN, &used[0]);
	starts = board->starts;
	requests = fuzz.shared->requests;
	begin = seconds();
	phase(choice.seconds * 3 / 4, choice.ops - choice.ops / 4, &rng);
	begin = seconds() - begin;
	getrusage(RUSAGE_CHILDREN, &used[1]);
	starts = board->starts - starts;
	requests = fuzz.shared->requests - requests;
	tables = xen_tables() - tables;
	before.xen_free -= tables;
	lost = conserve_end(&before);

	done = report_table(fuzz.shared);
	report_speed(done, requests, begin);
	printf("# %u processes killed\n", kills);
	if (fuzz.times)
		report_times(fuzz.shared);
	printf("# the processes used a processor for %.1f s, %.1f s of it in the kernel\n",
	       used_seconds(used, true) + used_seconds(used, false), used_seconds(used, true));
	printf("# the guest: %lu starts, %u steps, %u pages mapped\n", starts, board->steps,
	       board->mapped);
	if (tables)
		printf("# tables of Xen grew by %lu pages\n", tables);
	result(!deaths, "no process died or hung%s", NULL);
	text = report_strange(fuzz.shared);
	result(!text, "each error is one of user space %s", text);
	text = report_shallow(fuzz.shared);
	result(!text, "waits and releases succeed %s", text);
	result(choice.only || (starts && board->steps && board->mapped),
	       "the guest revoked, mapped and died%s", NULL);
	result(!lost, "nothing is lost %s", lost);
	skip = slabs_unreliable();
	text = skip ? NULL : slabs_grown(&slabs, 2000);
	result(!text, skip ? "no slab cache grew # SKIP %s" : "no slab cache grew %s",
	       skip ?: text);
	return !!failures;
}
