// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selection of a transfer mode: --mode allows one or all, and each buffer gets
 * the first that works.  xfer-import.c, xfer-export.c and xfer-copy.c implement
 * the modes; buffer.c calls this file, and then the operations of the buffer.
 */

#include <err.h>
#include <errno.h>
#include <string.h>

#include "log.h"
#include "xen.h"
#include "xfer.h"

#define MODES	3

/* In the order in which mode "auto" tries them */
static const struct xfer_ops *const modes[MODES] = {
	&xfer_import, &xfer_export, &xfer_copy,
};

/* The modes that are allowed, terminated by NULL */
static const struct xfer_ops *allowed[MODES + 1];
static uint32_t max_pages = 65536;

/**
 * xfer_is_mode - check the name of a mode
 * @mode: the name
 *
 * Return: whether it is a mode, or "auto".
 */
bool xfer_is_mode(const char *mode)
{
	unsigned int i;

	for (i = 0; i < MODES; i++)
		if (!strcmp(mode, modes[i]->name))
			return true;
	return !strcmp(mode, "auto");
}

/**
 * xfer_init - select the modes that the program may use
 * @mode: name of a mode, or "auto" for all that the kernel supports
 *
 * Ends the program if the kernel does not support the mode.
 */
void xfer_init(const char *mode)
{
	const struct xengnttab_dmabuf_info *info = xen_dmabuf_info();
	unsigned int i, n = 0;

	if (info)
		max_pages = info->max_pages;
	else if (!strcmp(mode, "auto"))
		log_print(LOG_NOTICE,
			  "mode copy: no kernel support for dma-bufs of grants");
	for (i = 0; i < MODES; i++) {
		if (strcmp(mode, "auto") && strcmp(mode, modes[i]->name))
			continue;
		if (info || modes[i] == &xfer_copy)
			allowed[n++] = modes[i];
		else if (strcmp(mode, "auto"))
			errx(1, "%s: no kernel support for dma-bufs of grants",
			     mode);
	}
}

/**
 * xfer_max_pages - limit of the kernel
 *
 * Return: pages that all exports and imports of a guest's device can have
 * together.
 */
uint32_t xfer_max_pages(void)
{
	return max_pages;
}

/* Charge the guest and create a buffer.  The size of an import is the card's. */
static int create(struct xfer_buffer *buffer, uint32_t directory)
{
	uint64_t bytes = (uint64_t)buffer->count * GRANT_SIZE;
	struct budget *budget = buffer->domain->budget;
	int ret;

	if (buffer->ops->be_alloc)
		ret = budget_check(budget, bytes);
	else
		ret = budget_charge(budget, bytes);
	if (ret)
		return ret;
	if (!buffer->ops->be_alloc)
		buffer->charged = bytes;
	ret = buffer->ops->create(buffer, directory);
	if (ret && !buffer->id)
		xfer_uncharge(buffer);
	return ret;
}

/**
 * xfer_uncharge - count a buffer no longer in the budget of its guest
 * @buffer: the buffer, which is released
 */
void xfer_uncharge(struct xfer_buffer *buffer)
{
	budget_uncharge(buffer->domain->budget, buffer->charged);
	buffer->charged = 0;
}

/**
 * xfer_create - make a guest's buffer accessible by the first mode that works
 * @buffer: the buffer, with card, domain, size and @released set; @ops is set
 * @be_alloc: whether the backend allocates the memory
 * @directory: grant reference of the first page of the page directory
 *
 * The next mode is tried only if kernel or card cannot do this one.
 *
 * Return: 0; -EOPNOTSUPP if no mode is allowed; -ENOSPC if the guest's memory would
 * be above its limit; or the error of the last mode that was tried.  After an error
 * @id of the buffer is not 0 if the guest may have mapped a part of it; @released is
 * called then.
 */
int xfer_create(struct xfer_buffer *buffer, bool be_alloc, uint32_t directory)
{
	int ret = -EOPNOTSUPP;
	unsigned int i;

	for (i = 0; allowed[i]; i++) {
		if (allowed[i]->be_alloc != be_alloc)
			continue;
		buffer->ops = allowed[i];
		/* Of the mode before */
		refusal(0);
		ret = refuse_step(create(buffer, directory), "mode %s",
				  allowed[i]->name);
		if (buffer->refused || !xfer_not_supported(ret))
			break;
		buffer->unsupported = allowed[i]->name;
		buffer->error = ret;
	}
	return refuse_step(ret, "no mode is allowed for be-alloc=%d", be_alloc);
}
