/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of requests of a thread.  The linker calls __wrap_NAME() of requests.c instead of
 * NAME(), and NAME() instead of __real_NAME().
 */

#ifndef FUZZ_REQUESTS_H
#define FUZZ_REQUESTS_H

#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

unsigned int requests_take(void);

int __real_close(int fd);
int __real_drmCloseBufferHandle(int fd, uint32_t handle);
int __real_drmPrimeFDToHandle(int fd, int buffer, uint32_t *handle);
int __real_fcntl(int fd, int command, long value);
int __real_ioctl(int fd, unsigned long request, void *op);
off_t __real_lseek(int fd, off_t ofs, int from);
int __real_madvise(void *at, size_t size, int advice);
int __real_mincore(void *at, size_t size, unsigned char *pages);
int __real_mlock(const void *at, size_t size);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t ofs);
int __real_mprotect(void *at, size_t size, int prot);
void *__real_mremap(void *at, size_t size, size_t new_size, int flags, void *to);
int __real_msync(void *at, size_t size, int flags);
int __real_munlock(const void *at, size_t size);
int __real_munmap(void *at, size_t size);
int __real_open(const char *path, int flags, mode_t mode);
int __real_poll(struct pollfd *fds, nfds_t count, int ms);
ssize_t __real_pread(int fd, void *data, size_t size, off_t ofs);
ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t ofs);
ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __real_vmsplice(int fd, const struct iovec *parts, size_t count,
			unsigned int flags);

#endif /* FUZZ_REQUESTS_H */
