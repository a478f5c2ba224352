// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

/* begin - start a program with this standard input and output */
static void begin(struct program *program, int in, int out, const char *format,
		  va_list arguments)
{
	char text[8192], *rest = text, *words[PROGRAM_WORDS + 1];
	int n = 0;

	vsnprintf(text, sizeof(text), format, arguments);
	while (n < PROGRAM_WORDS && (words[n] = strsep(&rest, " ")))
		n++;
	words[n] = NULL;

	program->err = memfd_create("err", MFD_CLOEXEC);
	if (program->err < 0)
		err(1, "standard error of a program");
	program->pid = fork();
	if (program->pid < 0)
		err(1, "fork");
	if (program->pid)
		return;
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(program->err, STDERR_FILENO) < 0)
		_exit(126);
	execvp(words[0], words);
	_exit(127);
}

static void read_all(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n > 0 ? n : 0] = 0;
	close(fd);
}

static int reap(struct program *program)
{
	int status;

	if (waitpid(program->pid, &status, 0) != program->pid)
		err(1, "wait for a program");
	program->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_all(program->err, program->errors, sizeof(program->errors));
	return program->status;
}

/**
 * program_begin - start a program with pipes for standard input and output
 * @program: filled in
 * @format: command line, as for printf(); single blanks separate words
 */
void program_begin(struct program *program, const char *format, ...)
{
	int in[2], out[2];
	va_list arguments;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err(1, "pipes of a program");
	va_start(arguments, format);
	begin(program, in[0], out[1], format, arguments);
	va_end(arguments);
	close(in[0]);
	close(out[1]);
	program->in = in[1];
	program->out = out[0];
}

/**
 * program_line - read the next line of the program's output
 * @program: filled in by program_begin()
 *
 * Return: the line without its end; empty at the end of the output.
 */
const char *program_line(struct program *program)
{
	size_t n = 0;

	while (n < sizeof(program->output) - 1 &&
	       read(program->out, program->output + n, 1) == 1 &&
	       program->output[n] != '\n')
		n++;
	program->output[n] = 0;
	return program->output;
}

/**
 * program_runs - whether the program still runs
 * @program: filled in by program_begin()
 */
bool program_runs(struct program *program)
{
	siginfo_t info = { 0 };

	waitid(P_PID, program->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return !info.si_pid;
}

/**
 * program_end - close the program's standard input and wait for its end
 * @program: filled in by program_begin()
 *
 * Return: its exit status.
 */
int program_end(struct program *program)
{
	if (program->in >= 0)
		close(program->in);
	program->in = -1;
	reap(program);
	close(program->out);
	return program->status;
}

/**
 * program_run - run a program to its end, with an empty standard input
 * @program: filled in
 * @format: command line, as for printf(); single blanks separate words
 *
 * Return: its exit status.
 */
int program_run(struct program *program, const char *format, ...)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = memfd_create("out", MFD_CLOEXEC);
	va_list arguments;

	if (null < 0 || out < 0)
		err(1, "files of a program");
	va_start(arguments, format);
	begin(program, null, out, format, arguments);
	va_end(arguments);
	close(null);
	reap(program);
	read_all(out, program->output, sizeof(program->output));
	return program->status;
}

/**
 * text_begins - whether a text begins with another
 * @text: the text
 * @with: the other
 */
bool text_begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/**
 * text_lines - number of complete lines of a text
 * @text: the text
 *
 * Return: the number.
 */
unsigned int text_lines(const char *text)
{
	unsigned int n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}
