// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes and threads that run operations.
 */

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#include <xengnttab.h>

#include "fuzz.h"
#include "requests.h"

/* Operations of a child that a worker forks */
#define CHILD_OPS	16
#define MAX_THREADS	32

#if defined(__x86_64__)
#define PROGRAM_COUNTER(context)	((unsigned long)(context)->uc_mcontext.gregs[REG_RIP])
#else
#define PROGRAM_COUNTER(context)	((unsigned long)(context)->uc_mcontext.pc)
#endif

static __thread struct worker *self;

/* Accesses to mappings raise SIGBUS and SIGSEGV; others are faults of this program */
static void trap(int signal_number, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;

	if (self && self->trapped) {
		self->trapped = false;
		siglongjmp(self->trap, 1);
	}
	dprintf(STDOUT_FILENO, "# signal %d: address %p, %s %u, program counter %#lx\n",
		signal_number, info->si_addr, self && self->forked ? "child" : "thread",
		getpid(), PROGRAM_COUNTER(at));
	if (self)
		ring_print(self->writer.ring);
	signal(signal_number, SIG_DFL);
}

/**
 * worker_touch - access a byte of a mapping
 * @worker: the thread
 * @at: the byte
 * @write: write it, too
 *
 * Return: false if that raised a signal.
 */
bool worker_touch(struct worker *worker, volatile uint8_t *at, bool write)
{
	if (sigsetjmp(worker->trap, 0))
		return false;
	worker->trapped = true;
	if (write)
		*at = *at + 1;
	else
		(void)*at;
	worker->trapped = false;
	return true;
}

/**
 * worker_child - fork a child that runs some operations on a copy of the model
 * @worker: the thread
 *
 * Return: 0 or the error number; OP_NONE in a child.
 */
int worker_child(struct worker *worker)
{
	static __thread struct board board;
	unsigned int i;
	pid_t pid;

	if (worker->forked)
		return OP_NONE;
	/* A child does not inherit mappings of grants */
	board = *worker->board;
	pid = fork();
	if (pid < 0)
		return errno;
	if (pid)
		return 0;
	worker->forked = true;
	worker->board = &board;
	/* The thread that reads the pipe is not in this process */
	worker->model->drops[1] = -1;
	for (i = 0; i < CHILD_OPS; i++)
		ops_run(worker);
	_exit(0);
}

static void *worker_main(void *data)
{
	struct worker *worker = data;
	struct shared *shared = worker->fuzz->shared;

	self = worker;
	while (!shared->stop && (!shared->limit || shared->numbers < shared->limit))
		ops_run(worker);
	return NULL;
}

/* drop_main - end the objects that the workers want to see ended by another thread */
static void *drop_main(void *data)
{
	struct worker *worker = data;
	struct obj obj;

	while (read(worker->model->drops[0], &obj, sizeof(obj)) == sizeof(obj)) {
		/* The end meets the begin of a wait, or a thread that sleeps */
		usleep(rng_below(&worker->rng, rng_percent(&worker->rng, 50) ? 200 : 5000));
		model_drop(worker->model, &worker->rng, &obj);
		atomic_fetch_add(&worker->fuzz->shared->requests, requests_take());
	}
	return NULL;
}

static void run(struct fuzz *fuzz, unsigned int number, unsigned int round)
{
	const struct sigaction action = { .sa_sigaction = trap,
					   .sa_flags = SA_NODEFER | SA_SIGINFO };
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	static struct worker workers[MAX_THREADS + 1];
	pthread_t threads[MAX_THREADS + 1];
	static struct model model;
	struct board *board;
	unsigned int i;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* The kernel reaps the children */
	signal(SIGCHLD, SIG_IGN);
	if (!gnttab)
		err(1, "gntdev");
	board = xengnttab_map_grant_ref(gnttab, fuzz->peer, fuzz->board_ref,
					PROT_READ | PROT_WRITE);
	if (!board)
		err(1, "the guest's board");

	model_begin(&model);
	for (i = 0; i <= fuzz->threads; i++) {
		unsigned int user = number * fuzz->threads + i;

		workers[i].fuzz = fuzz;
		workers[i].model = &model;
		workers[i].board = board;
		workers[i].writer.ring = &fuzz->rings->threads[user % RING_THREADS];
		rng_begin(&workers[i].rng, fuzz->seed, (uint64_t)round << 32 | user << 1 |
						       (i == fuzz->threads));
	}
	for (i = 0; i < 4; i++) {
		fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			err(1, "gntdev");
		model_put(&model, &workers[0].rng, GNTDEV, fd, -1, 0, 0);
	}
	for (i = 0; i <= fuzz->threads; i++)
		if (pthread_create(&threads[i], NULL, i < fuzz->threads ? worker_main :
				   drop_main, &workers[i]))
			errx(1, "no thread");
	for (i = 0; i < fuzz->threads; i++)
		pthread_join(threads[i], NULL);
	close(model.drops[1]);
	pthread_join(threads[i], NULL);
	model_drop_all(&model, &workers[0].rng);
}

/**
 * worker_fork - start a process
 * @fuzz: parameters of the run
 * @number: number of the process, from 0
 * @round: number of processes that had that number before
 *
 * Return: its process id.
 */
pid_t worker_fork(struct fuzz *fuzz, unsigned int number, unsigned int round)
{
	pid_t pid;

	if (fuzz->threads > MAX_THREADS)
		errx(2, "not more than %u threads", MAX_THREADS);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	run(fuzz, number, round);
	_exit(0);
}
