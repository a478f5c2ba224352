// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the functions of <xen/dmabuf.h> for programs, as front and back ends in
 * the kernel do, and holds the imports that they return.  api_calls.h describes
 * the requests.
 */

#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <xen/dmabuf.h>

#include "api_calls.h"

/**
 * struct api_imported - an import that is not released yet
 * @imported: the import
 * @id: its id
 * @node: node in the list of the importing file, or of the module
 */
struct api_imported {
	struct gntdev_import *imported;
	u64 id;
	struct list_head node;
};

/**
 * struct api_file - an open file
 * @imports: list of &struct api_imported that the close of the file releases
 */
struct api_file {
	struct list_head imports;
};

/* List of struct api_imported that the unloading of the module releases */
static LIST_HEAD(api_module_imports);
/* Protects api_module_imports and the lists of all files */
static DEFINE_MUTEX(api_lock);

static void api_release_all(struct list_head *imports)
{
	struct api_imported *import, *next;

	list_for_each_entry_safe(import, next, imports, node) {
		xen_dmabuf_release(import->imported);
		kfree(import);
	}
}

static int api_export(struct api_calls_export __user *user)
{
	struct xen_dmabuf_export export;
	struct api_calls_export op;
	struct dma_buf *dmabuf;
	u32 *refs;
	int ret;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;
	if (op.elements > API_CALLS_MAX_REFS)
		return -EINVAL;

	refs = vmemdup_array_user(u64_to_user_ptr(op.refs), op.elements,
				  sizeof(*refs));
	if (IS_ERR(refs))
		return PTR_ERR(refs);

	export = (struct xen_dmabuf_export) {
		.refs = refs,
		.count = op.count,
		.domid = op.domid,
		.flags = op.flags,
		.data_ofs = op.data_ofs,
	};
	dmabuf = xen_dmabuf_export(&export);
	kvfree(refs);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	op.id = export.id;
	op.fd = get_unused_fd_flags(O_CLOEXEC);
	ret = min(op.fd, 0);
	if (ret)
		goto err_put;

	if (copy_to_user(user, &op, sizeof(op))) {
		ret = -EFAULT;
		goto err_put_fd;
	}

	fd_install(op.fd, dmabuf->file);
	return 0;

err_put_fd:
	put_unused_fd(op.fd);
err_put:
	dma_buf_put(dmabuf);
	return ret;
}

/* api_import_refs - import a dma-buf and fill in the results of @op */
static int api_import_refs(struct api_imported *import, u32 *refs,
			   struct api_calls_import *op)
{
	struct xen_dmabuf_import args = {
		.dmabuf = dma_buf_get(op->fd),
		.refs = refs,
		.count = op->count,
		.domid = op->domid,
		.flags = op->flags,
	};

	if (IS_ERR(args.dmabuf))
		return PTR_ERR(args.dmabuf);

	import->imported = xen_dmabuf_import(&args);
	dma_buf_put(args.dmabuf);
	if (IS_ERR(import->imported))
		return PTR_ERR(import->imported);

	import->id = args.id;
	op->id = args.id;
	op->data_ofs = args.data_ofs;
	return 0;
}

static int api_import(struct api_file *af, struct api_calls_import __user *user)
{
	struct api_imported *import;
	struct api_calls_import op;
	u32 *refs;
	int ret;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;
	if (op.elements > API_CALLS_MAX_REFS)
		return -EINVAL;

	ret = -ENOMEM;
	refs = kvcalloc(op.elements, sizeof(*refs), GFP_KERNEL);
	import = kzalloc_obj(*import);
	if (!refs || !import)
		goto err_free;

	ret = api_import_refs(import, refs, &op);
	if (ret)
		goto err_free;

	if (copy_to_user(u64_to_user_ptr(op.refs), refs,
			 op.elements * sizeof(*refs)) ||
	    copy_to_user(user, &op, sizeof(op))) {
		ret = -EFAULT;
		goto err_release;
	}

	mutex_lock(&api_lock);
	list_add(&import->node,
		 op.until_unload ? &api_module_imports : &af->imports);
	mutex_unlock(&api_lock);
	kvfree(refs);
	return 0;

err_release:
	xen_dmabuf_release(import->imported);
err_free:
	kvfree(refs);
	kfree(import);
	return ret;
}

static int api_release(struct api_file *af, u64 __user *user)
{
	struct api_imported *import;
	LIST_HEAD(found);
	u64 id;

	if (get_user(id, user))
		return -EFAULT;

	mutex_lock(&api_lock);
	list_for_each_entry(import, &af->imports, node)
		if (import->id == id) {
			list_move(&import->node, &found);
			break;
		}
	mutex_unlock(&api_lock);

	if (list_empty(&found))
		return -ENOENT;

	api_release_all(&found);
	return 0;
}

static int api_wait(struct api_calls_wait __user *user)
{
	struct api_calls_wait op;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;

	return xen_dmabuf_wait(op.id, op.timeout_ms);
}

/**
 * struct api_put - a call of xen_dmabuf_put_and_wait()
 * @work: work item that makes the call in a kernel thread
 * @dmabuf: first argument of the call
 * @id: second argument of the call
 * @timeout_ms: third argument of the call
 * @ret: result of the call
 */
struct api_put {
	struct work_struct work;
	struct dma_buf *dmabuf;
	u64 id;
	u32 timeout_ms;
	int ret;
};

static void api_put_call(struct work_struct *work)
{
	struct api_put *put = container_of(work, struct api_put, work);

	put->ret = xen_dmabuf_put_and_wait(put->dmabuf, put->id, put->timeout_ms);
}

static int api_put(struct api_calls_put __user *user)
{
	struct api_calls_put op;
	struct api_put put;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;

	put = (struct api_put) {
		.dmabuf = dma_buf_get(op.fd),
		.id = op.id,
		.timeout_ms = op.timeout_ms,
	};
	if (IS_ERR(put.dmabuf))
		return PTR_ERR(put.dmabuf);

	close_fd(op.fd);
	INIT_WORK_ONSTACK(&put.work, api_put_call);
	if (op.thread) {
		queue_work(system_dfl_wq, &put.work);
		flush_work(&put.work);
	} else {
		api_put_call(&put.work);
	}
	destroy_work_on_stack(&put.work);
	return put.ret;
}

static int api_revoke(int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	int ret;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	ret = xen_dmabuf_revoke(dmabuf);
	dma_buf_put(dmabuf);
	return ret;
}

static long api_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case API_CALLS_EXPORT:
		return api_export(user);
	case API_CALLS_IMPORT:
		return api_import(file->private_data, user);
	case API_CALLS_WAIT:
		return api_wait(user);
	case API_CALLS_RELEASE:
		return api_release(file->private_data, user);
	case API_CALLS_PUT:
		return api_put(user);
	case API_CALLS_REVOKE:
		return api_revoke(arg);
	default:
		return -ENOTTY;
	}
}

static int api_open(struct inode *inode, struct file *file)
{
	struct api_file *af = kzalloc(sizeof(*af), GFP_KERNEL);

	if (!af)
		return -ENOMEM;

	INIT_LIST_HEAD(&af->imports);
	file->private_data = af;
	return 0;
}

static int api_close(struct inode *inode, struct file *file)
{
	struct api_file *af = file->private_data;

	api_release_all(&af->imports);
	kfree(af);
	return 0;
}

static const struct file_operations api_fops = {
	.owner = THIS_MODULE,
	.open = api_open,
	.release = api_close,
	.unlocked_ioctl = api_ioctl,
};

static struct miscdevice api_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "api_calls",
	.fops = &api_fops,
};

static int __init api_init(void)
{
	return misc_register(&api_device);
}
module_init(api_init);

/* The peer domain may map a released buffer long after the unloading */
static void __exit api_exit(void)
{
	misc_deregister(&api_device);
	api_release_all(&api_module_imports);
}
module_exit(api_exit);

MODULE_DESCRIPTION("Calls the functions of <xen/dmabuf.h> for test programs");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
