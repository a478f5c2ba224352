/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that tests run as people do.
 */

#ifndef SELFTESTS_XEN_PROGRAM_H
#define SELFTESTS_XEN_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/* Words of a command line */
#define PROGRAM_WORDS	160

/**
 * struct program - a program that runs, or has run
 * @pid: process id
 * @in: its standard input
 * @out: its standard output
 * @err: file with its standard error
 * @status: its exit status; -1 if a signal killed it
 * @output: the last line of @out, or after program_run() all of it
 * @errors: all of @err, after the program has ended
 */
struct program {
	pid_t pid;
	int in;
	int out;
	int err;
	int status;
	char output[65536];
	char errors[4096];
};

void program_begin(struct program *program, const char *format, ...);
const char *program_line(struct program *program);
bool program_runs(struct program *program);
int program_end(struct program *program);
int program_run(struct program *program, const char *format, ...);
bool text_begins(const char *text, const char *with);
unsigned int text_lines(const char *text);

#endif /* SELFTESTS_XEN_PROGRAM_H */
