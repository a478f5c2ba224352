// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts requests: the calls on gntdev, on dma-bufs and on their mappings.  An operation
 * makes one or more.  The linker calls these functions instead of those of the libraries
 * (--wrap in the Makefile).  Those with a variable number of parameters pass on what was in
 * the registers of the ones that are missing.
 *
 * The count is too small: it lacks read() and write(), with which the threads also talk to
 * each other, syscall(), page faults, and what a process did in the operation in which it
 * was killed.  It has a few calls on other files: close() of eventfds and pipes.
 */

#include "requests.h"

static __thread unsigned int requests;

/**
 * requests_take - get the number of calls
 *
 * Return: the number of calls of this thread since the last call of this function.
 */
unsigned int requests_take(void)
{
	unsigned int number = requests;

	requests = 0;
	return number;
}

int __wrap_close(int fd)
{
	requests++;
	return __real_close(fd);
}

int __wrap_drmCloseBufferHandle(int fd, uint32_t handle)
{
	requests++;
	return __real_drmCloseBufferHandle(fd, handle);
}

int __wrap_drmPrimeFDToHandle(int fd, int buffer, uint32_t *handle)
{
	requests++;
	return __real_drmPrimeFDToHandle(fd, buffer, handle);
}

int __wrap_fcntl(int fd, int command, long value)
{
	requests++;
	return __real_fcntl(fd, command, value);
}

int __wrap_ioctl(int fd, unsigned long request, void *op)
{
	requests++;
	return __real_ioctl(fd, request, op);
}

off_t __wrap_lseek(int fd, off_t ofs, int from)
{
	requests++;
	return __real_lseek(fd, ofs, from);
}

int __wrap_madvise(void *at, size_t size, int advice)
{
	requests++;
	return __real_madvise(at, size, advice);
}

int __wrap_mincore(void *at, size_t size, unsigned char *pages)
{
	requests++;
	return __real_mincore(at, size, pages);
}

int __wrap_mlock(const void *at, size_t size)
{
	requests++;
	return __real_mlock(at, size);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t ofs)
{
	requests++;
	return __real_mmap(at, size, prot, flags, fd, ofs);
}

int __wrap_mprotect(void *at, size_t size, int prot)
{
	requests++;
	return __real_mprotect(at, size, prot);
}

void *__wrap_mremap(void *at, size_t size, size_t new_size, int flags, void *to)
{
	requests++;
	return __real_mremap(at, size, new_size, flags, to);
}

int __wrap_msync(void *at, size_t size, int flags)
{
	requests++;
	return __real_msync(at, size, flags);
}

int __wrap_munlock(const void *at, size_t size)
{
	requests++;
	return __real_munlock(at, size);
}

int __wrap_munmap(void *at, size_t size)
{
	requests++;
	return __real_munmap(at, size);
}

int __wrap_open(const char *path, int flags, mode_t mode)
{
	requests++;
	return __real_open(path, flags, mode);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int ms)
{
	requests++;
	return __real_poll(fds, count, ms);
}

ssize_t __wrap_pread(int fd, void *data, size_t size, off_t ofs)
{
	requests++;
	return __real_pread(fd, data, size, ofs);
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t ofs)
{
	requests++;
	return __real_pwrite(fd, data, size, ofs);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	requests++;
	return __real_recvmsg(fd, message, flags);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	requests++;
	return __real_sendmsg(fd, message, flags);
}

ssize_t __wrap_vmsplice(int fd, const struct iovec *parts, size_t count,
			unsigned int flags)
{
	requests++;
	return __real_vmsplice(fd, parts, count, flags);
}
