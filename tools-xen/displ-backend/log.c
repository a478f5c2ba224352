// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages on standard error, the limit of those that a guest can cause, and the
 * reason why the last request was refused.  Errors that end the program use err(3)
 * directly.  All layers call this file.
 */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

/* A display device can cause so many lines at once, and one more after each LOG_SECONDS */
#define LOG_BURST	10
#define LOG_SECONDS	10

static bool verbose, journal;
static char reason[256];

/* is_journal - whether standard error is the journal, see systemd.exec(5) */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat info;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &info) && info.st_dev == device &&
	       info.st_ino == inode;
}

/**
 * log_init - prepare the output, before any other file of the program prints
 * @print_verbose: whether log_verbose() prints
 */
void log_init(bool print_verbose)
{
	verbose = print_verbose;
	journal = is_journal();
	/* err(3) begins its lines with this name: give them a priority, too */
	if (journal)
		program_invocation_short_name = "<3>displ-backend";
}

/* can_write - whether a line can be written now, or never: no guest waits for a reader */
static bool can_write(void)
{
	struct pollfd error = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&error, 1, 0);
}

static void print(int priority, const char *format, va_list args)
{
	char prefix[4] = "", lost[80] = "", text[512], *c;
	static unsigned int count;

	if (!can_write()) {
		count++;
		return;
	}
	vsnprintf(text, sizeof(text), format, args);
	/* A guest must not control the terminal, nor write lines of its own */
	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	if (journal)
		snprintf(prefix, sizeof(prefix), "<%d>", priority & 7);
	if (count)
		snprintf(lost, sizeof(lost), "%sdispl-backend: %u lines were lost\n", prefix,
			 count);
	count = 0;
	/* At once: there may be room for one write only */
	fprintf(stderr, "%s%sdispl-backend: %s\n", lost, prefix, text);
}

/**
 * log_print - print a line on standard error
 * @priority: of syslog(3); printed for the journal only
 * @format: as for printf(3), without the newline
 */
void log_print(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(priority, format, args);
	va_end(args);
}

/**
 * log_verbose - print a line if --verbose was given
 * @format: as for printf(3), without the newline
 */
void log_verbose(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	print(LOG_INFO, format, args);
	va_end(args);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* take_line - count a line, unless the limit is reached */
static bool take_line(struct log_limit *limit)
{
	time_t now = seconds();

	for (; limit->lines && now - limit->since >= LOG_SECONDS; limit->lines--)
		limit->since += LOG_SECONDS;
	if (limit->lines == LOG_BURST)
		return false;
	if (!limit->lines++)
		limit->since = now;
	return true;
}

/**
 * log_suppressed - print how many lines were suppressed, if any
 * @limit: limit of a guest's device
 */
void log_suppressed(struct log_limit *limit)
{
	if (limit->suppressed)
		log_print(LOG_WARNING, "%s: %u more lines were suppressed",
			  limit->name, limit->suppressed);
	limit->suppressed = 0;
}

/**
 * log_limited - print a line that a guest can cause
 * @limit: limit of the guest's device
 * @priority: of syslog(3)
 * @format: as for printf(3), without the newline
 */
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
{
	va_list args;

	if (!take_line(limit)) {
		limit->suppressed++;
		return;
	}
	log_suppressed(limit);
	va_start(args, format);
	print(priority, format, args);
	va_end(args);
}

/**
 * refuse - set the reason why a request of a guest is refused
 * @error: negative error number of the response
 * @format: as for printf(3)
 *
 * Return: @error.
 */
int refuse(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	return error;
}

/**
 * refuse_step - name the step that has failed, unless the reason is known
 * @error: 0 or a negative error number of the response
 * @format: as for printf(3): the step.  The text of the error follows.
 *
 * Return: @error.
 */
int refuse_step(int error, const char *format, ...)
{
	size_t length;
	va_list args;

	if (!error || *reason)
		return error;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	length = strlen(reason);
	snprintf(reason + length, sizeof(reason) - length, ": %s",
		 strerror(-error));
	return error;
}

/**
 * refusal - take the reason that refuse() has set since the last call
 * @error: negative error number of the response, or 0
 *
 * Return: the reason, or the text of the error number if there is none; valid until
 * the next call of refuse() or this function.  "" if @error is 0.
 */
const char *refusal(int error)
{
	static char taken[sizeof(reason)];

	/* For each frame: strerror() costs more than a system call */
	if (!error) {
		*reason = '\0';
		return "";
	}
	if (!*reason)
		return strerror(-error);
	memcpy(taken, reason, sizeof(taken));
	*reason = '\0';
	return taken;
}
