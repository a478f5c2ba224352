// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks between backends of the same domain: two of them would answer the same
 * guest.  The locks are on the device of event channels, which each backend uses
 * anyway, so they need no file of their own, work in any sandbox that lets the
 * backend run, and end with the process.  device.c locks each domain that it
 * serves.
 *
 * Byte N of the device is the lock of domain N.  The byte after those of all
 * domains is shared by backends that serve some domains (--domain), and is
 * excluded by one that serves all.
 *
 * The file is restricted to the last domain number, which Xen gives to no domain
 * before all others were used: the backend can do nothing else with it.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xenevtchn.h>

#include "lock.h"

#define DEVICE	"/dev/xen/evtchn"
#define COMMON	DOMID_FIRST_RESERVED

static int lock_fd;
static bool lock_all;

static int set_lock(short type, uint32_t byte)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	return fcntl(lock_fd, F_OFD_SETLK, &lock);
}

/**
 * lock_backend - exclude other backends
 * @all: whether this backend serves all domains
 *
 * Ends the program if another backend runs, unless both serve some domains only.
 */
void lock_backend(bool all)
{
	xenevtchn_handle *evtchn = xenevtchn_open(NULL, 0);

	if (!evtchn || xenevtchn_restrict(evtchn, DOMID_FIRST_RESERVED - 1))
		err(1, DEVICE);
	lock_all = all;
	lock_fd = xenevtchn_fd(evtchn);
	if (!set_lock(all ? F_WRLCK : F_RDLCK, COMMON))
		return;
	if (errno != EAGAIN && errno != EACCES)
		err(1, "lock of " DEVICE);
	errx(1, "another displ-backend serves guests; see --domain");
}

/**
 * lock_domain - lock a domain for this backend
 * @domid: number of the domain
 *
 * Return: whether no other backend serves the domain.
 */
bool lock_domain(uint32_t domid)
{
	return lock_all || !set_lock(F_WRLCK, domid);
}

/**
 * unlock_domain - let another backend serve a domain
 * @domid: number of the domain
 */
void unlock_domain(uint32_t domid)
{
	if (!lock_all)
		set_lock(F_UNLCK, domid);
}
