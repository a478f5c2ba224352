/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * __fput_sync() for any process: a worker, which is a kernel thread, calls it.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_FPUT_H
#define _XEN_GNTDEV_DMABUF_COMPAT_FPUT_H

#include <linux/file.h>
#include <linux/workqueue.h>

struct compat_fput {
	struct work_struct work;
	struct file *file;
};

static __maybe_unused void compat_fput_work(struct work_struct *work)
{
	__fput_sync(container_of(work, struct compat_fput, work)->file);
}

static __maybe_unused void compat_fput_sync(struct file *file)
{
	struct compat_fput put = { .file = file };

	INIT_WORK_ONSTACK(&put.work, compat_fput_work);
	queue_work(system_unbound_wq, &put.work);
	flush_work(&put.work);
	destroy_work_on_stack(&put.work);
}

#define __fput_sync	compat_fput_sync

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_FPUT_H */
