// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count the requests by which this program grants, maps or copies pages: the calls of
 * ioctl() to gntdev and gntalloc.  The functions of Xen's libraries call this ioctl()
 * instead of that of the C library.
 */

#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "requests.h"

/* The type of the requests of both devices */
#define GRANT_TYPE	'G'

static uint64_t count;

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (_IOC_TYPE(request) == GRANT_TYPE)
		__atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
	return syscall(SYS_ioctl, fd, request, argument);
}

/* grant_requests - the number of those requests since the program began */
uint64_t grant_requests(void)
{
	return __atomic_load_n(&count, __ATOMIC_SEQ_CST);
}
