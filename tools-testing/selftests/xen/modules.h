/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unloading kernel modules.
 */

#ifndef SELFTESTS_XEN_MODULES_H
#define SELFTESTS_XEN_MODULES_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* module_unload - unload a module; 0 or the error number, EWOULDBLOCK if used */
static inline int module_unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? errno : 0;
}

#endif /* SELFTESTS_XEN_MODULES_H */
