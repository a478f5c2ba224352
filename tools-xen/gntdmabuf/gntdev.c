// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open gntdev for the commands.
 */

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <xentoollog.h>

#include "gntdmabuf.h"

/* The library's messages are dropped: this program prints better ones */
static void drop_message(struct xentoollog_logger *logger,
			 xentoollog_level level, int error,
			 const char *context, const char *format,
			 va_list arguments)
{
}

static void drop_progress(struct xentoollog_logger *logger, const char *context,
			  const char *doing, int percent, unsigned long done,
			  unsigned long total)
{
}

static void destroy(struct xentoollog_logger *logger)
{
}

static struct xentoollog_logger quiet = {
	.vmessage = drop_message,
	.progress = drop_progress,
	.destroy = destroy,
};

/**
 * gntdev_logger - the logger for all libraries of Xen
 *
 * Return: a logger that prints nothing.
 */
struct xentoollog_logger *gntdev_logger(void)
{
	return &quiet;
}

/**
 * gntdev_open - open gntdev and query its features
 * @info: filled in with the features and limits
 *
 * Return: the open gntdev, which stays open until the program ends.
 */
xengnttab_handle *gntdev_open(struct xengnttab_dmabuf_info *info)
{
	xengnttab_handle *xgt = xengnttab_open(&quiet, 0);

	if (!xgt && (errno == EACCES || errno == EPERM))
		errx(1, "/dev/xen/gntdev: permission denied: try it as root");
	if (!xgt)
		errx(1, "/dev/xen/gntdev: %s: is this a Xen domain, and does 'modprobe xen-gntdev' help?",
		     strerror(errno));
	if (!xengnttab_dmabuf_query(xgt, info))
		return xgt;
	if (errno == ENOTTY || errno == EOPNOTSUPP)
		errx(1, "the loaded xen-gntdev lacks these requests: reboot after the installation of xen-gntdev-dmabuf-dkms, see 'dkms status', or build the kernel with CONFIG_XEN_GNTDEV_DMABUF of the gntdev-dmabuf series");
	err(1, "/dev/xen/gntdev: query");
}

/**
 * gntdev_fdopen - make a handle of a descriptor of gntdev
 * @fd: the descriptor
 *
 * Return: the handle, which stays open until the program ends.
 */
xengnttab_handle *gntdev_fdopen(int fd)
{
	xengnttab_handle *xgt = xengnttab_fdopen(&quiet, fd, 0);

	if (!xgt)
		err(1, "/dev/xen/gntdev");
	return xgt;
}
