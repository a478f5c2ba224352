// SPDX-License-Identifier: GPL-2.0-only
/*
 * The helper process.  It keeps the rights that the backend drops (--user), opens
 * /dev/xen/gntdev and /dev/xen/evtchn for each guest's device, restricts both
 * files to the guest's domain, and sends them to the backend.  It has one socket,
 * and no other file of the backend: neither a card nor xenstore.  The kernel
 * closes the backend's end of the socket when the backend ends or dies, and the
 * helper then ends.  xen.c calls this file.
 */

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/xen.h>

#include "helper.h"
#include "loop.h"

/**
 * struct request - message to the helper process
 * @domid: domain that the files are restricted to
 * @max_pages: largest number of pages of the exports and imports of the gntdev
 *	file, not 0
 *
 * The answer is an int, 0 or a negative error number, and after success the
 * descriptors of a struct helper_files.
 */
struct request {
	uint32_t domid;
	uint32_t max_pages;
};

/* Space for the descriptors of a message */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(struct helper_files))];
};

static pid_t helper;
static int helper_socket;
static struct fd_watch helper_watch;

/* ---- In the helper process */

/* Before Linux has IOCTL_GNTDEV_RESTRICT (ENOTTY), the file is not restricted */
static bool restrict_files(xengnttab_handle *gnttab, xenevtchn_handle *evtchn,
			   const struct request *request)
{
	return gnttab && evtchn &&
	       !xenevtchn_restrict(evtchn, request->domid) &&
	       (!xengnttab_restrict(gnttab, request->domid,
				    request->max_pages) || errno == ENOTTY);
}

/* send_answer - send @status and, if it is 0, @files */
static bool send_answer(int status, const struct helper_files *files)
{
	struct iovec data = { .iov_base = &status, .iov_len = sizeof(status) };
	union control control = {
		.header.cmsg_level = SOL_SOCKET,
		.header.cmsg_type = SCM_RIGHTS,
		.header.cmsg_len = CMSG_LEN(sizeof(*files)),
	};
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (!status) {
		memcpy(CMSG_DATA(&control.header), files, sizeof(*files));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	return sendmsg(helper_socket, &message, MSG_NOSIGNAL) == sizeof(status);
}

static bool answer(const struct request *request, xentoollog_logger *logger)
{
	xengnttab_handle *gnttab = xengnttab_open(logger, 0);
	xenevtchn_handle *evtchn = xenevtchn_open(logger, 0);
	struct helper_files files;
	int status = 0;
	bool sent;

	if (!restrict_files(gnttab, evtchn, request)) {
		status = -errno;
	} else {
		files.gntdev = xengnttab_fd(gnttab);
		files.evtchn = xenevtchn_fd(evtchn);
	}
	sent = send_answer(status, &files);
	xenevtchn_close(evtchn);
	xengnttab_close(gnttab);
	return sent;
}

/* Serve valid requests; end at the end of the backend or an invalid request */
static void serve(xentoollog_logger *logger)
{
	struct request request;

	while (recv(helper_socket, &request, sizeof(request), MSG_TRUNC) ==
	       sizeof(request) && request.domid < DOMID_FIRST_RESERVED &&
	       request.max_pages && answer(&request, logger))
		;
}

/* ---- In the backend */

/* The helper only writes answers, which helper_open() reads */
static void helper_ended(struct fd_watch *watch)
{
	errx(1, "the helper process has ended");
}

/**
 * helper_start - start the helper process
 * @logger: for the libraries of Xen
 *
 * The program has one thread and its rights.  The signals that the program handles
 * stay blocked in the helper: it ends later than the backend.  If it ends before, the
 * program ends.
 * Ends the program on failure.
 */
void helper_start(xentoollog_logger *logger)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		err(1, "socketpair");
	helper = fork();
	if (helper < 0)
		err(1, "fork");
	if (helper) {
		close(ends[1]);
		helper_socket = ends[0];
		if (loop_add_fd(&helper_watch, helper_socket, helper_ended))
			err(1, "helper process");
		return;
	}
	/* Keep standard output and standard error, close all others */
	helper_socket = STDIN_FILENO;
	if (dup2(ends[1], helper_socket) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, 0))
		err(1, "helper process");
	prctl(PR_SET_NAME, "displ-helper");
	serve(logger);
	_exit(0);
}

/** helper_stop - stop the helper process and wait for its end */
void helper_stop(void)
{
	loop_remove_fd(&helper_watch);
	close(helper_socket);
	waitpid(helper, NULL, 0);
}

/**
 * helper_open - open the devices of Xen for a domain
 * @domid: number of the domain
 * @max_pages: largest number of pages that all exports and imports of the gntdev
 *	file have together, not 0
 * @files: set on success; the caller closes the descriptors
 *
 * Linux does not restrict an event channel file to domain 0.
 *
 * Return: 0; -EINVAL if @domid is 0 or not the number of a domain; -EMFILE if no
 * descriptor is left; or another negative error number of opening the devices.
 * Ends the program if the helper process has ended.
 */
int helper_open(uint32_t domid, uint32_t max_pages, struct helper_files *files)
{
	struct request request = { .domid = domid, .max_pages = max_pages };
	int status = 0;
	struct iovec data = { .iov_base = &status, .iov_len = sizeof(status) };
	union control control;
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	if (domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (send(helper_socket, &request, sizeof(request), MSG_NOSIGNAL) < 0 ||
	    recvmsg(helper_socket, &message, MSG_CMSG_CLOEXEC) != sizeof(status))
		errx(1, "the helper process has ended");
	if (status)
		return status;
	/* The kernel passes as many descriptors as the backend can have */
	if (message.msg_flags & MSG_CTRUNC) {
		if (message.msg_controllen)
			close(*(int *)CMSG_DATA(&control.header));
		return -EMFILE;
	}
	memcpy(files, CMSG_DATA(&control.header), sizeof(*files));
	return 0;
}
