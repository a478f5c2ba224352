/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that tests run as people do.
 */

#ifndef SELFTESTS_XEN_PROGRAM_H
#define SELFTESTS_XEN_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/* Words of a command line */
#define PROGRAM_WORDS	64

/**
 * struct program - one that runs, or has run
 * @pid: of the process
 * @in: its standard input
 * @out: its standard output
 * @err: what it said on standard error
 * @status: its exit status; -1 if it died
 * @said: the last line of @out, or after program_run() all of it
 * @complained: all of @err, when it has ended
 */
struct program {
	pid_t pid;
	int in;
	int out;
	int err;
	int status;
	char said[65536];
	char complained[4096];
};

void program_begin(struct program *program, const char *format, ...);
const char *program_line(struct program *program);
bool program_runs(struct program *program);
int program_end(struct program *program);
int program_run(struct program *program, const char *format, ...);

#endif /* SELFTESTS_XEN_PROGRAM_H */
