// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <xentoollog.h>

#include "gntdmabuf.h"

/* What the library would say of a failure, why.c says for people */
static void keep_quiet(struct xentoollog_logger *logger, xentoollog_level level,
		       int error, const char *context, const char *format,
		       va_list arguments)
{
}

static void show_nothing(struct xentoollog_logger *logger, const char *context,
			 const char *doing, int percent, unsigned long done,
			 unsigned long total)
{
}

static void nothing_to_free(struct xentoollog_logger *logger)
{
}

static struct xentoollog_logger quiet = {
	.vmessage = keep_quiet,
	.progress = show_nothing,
	.destroy = nothing_to_free,
};

/**
 * gntdev_open - open gntdev, which must know dma-bufs
 * @info: filled in with what it can do
 *
 * Return: the open gntdev, until the program ends.
 */
xengnttab_handle *gntdev_open(struct xengnttab_dmabuf_info *info)
{
	xengnttab_handle *xgt = xengnttab_open(&quiet, 0);

	if (!xgt && (errno == EACCES || errno == EPERM))
		errx(1, "/dev/xen/gntdev: not permitted: try it as root");
	if (!xgt)
		errx(1, "/dev/xen/gntdev: %s: is this a Xen domain, and does 'modprobe xen-gntdev' help?",
		     strerror(errno));
	if (!xengnttab_dmabuf_query(xgt, info))
		return xgt;
	if (errno == ENOTTY || errno == EOPNOTSUPP)
		errx(1, "this kernel's gntdev does not know these requests: build it with CONFIG_XEN_GNTDEV_DMABUF of the gntdev-dmabuf series");
	err(1, "/dev/xen/gntdev does not tell what it can do");
}
