// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API: export, import, wait, release and revoke for other drivers.
 *
 * include/xen/dmabuf.h declares it.  This file checks the caller's structures and
 * calls the same functions as the ioctls.  It owns no lock.
 */

#include <linux/dma-buf.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/string.h>

#include <xen/dmabuf.h>

#include "api.h"
#include "buf.h"
#include "directory.h"
#include "export.h"
#include "import.h"
#include "request.h"

/* Drivers wait with xen_dmabuf_wait() instead of an eventfd. */
#define API_EXPORT	(GNTDEV_REQUEST_EXPORT & ~GNTDEV_DMABUF_EXPORT_EVENTFD)
#define API_IMPORT	(GNTDEV_REQUEST_IMPORT & ~GNTDEV_DMABUF_IMPORT_EVENTFD)

/*
 * False until gntdev is initialised.  A built-in driver can call the API before
 * that, on a machine without Xen, or after the initialisation failed.  A module
 * cannot, because it depends on this one.
 */
static bool api_ready;

/**
 * gntdev_api_ready - whether other drivers can convert buffers
 *
 * Context: any.
 * Return: false before gntdev is initialised, or if that failed.
 */
bool gntdev_api_ready(void)
{
	/* Pairs with the store in gntdev_api_set_ready() */
	return smp_load_acquire(&api_ready);
}

/**
 * gntdev_api_set_ready - allow or forbid other drivers to convert buffers
 * @ready: true after the last step of gntdev's initialisation that can fail,
 *         false when no buffer exists
 *
 * Calls that are running are not affected.
 *
 * Context: any.
 */
void gntdev_api_set_ready(bool ready)
{
	/* Pairs with the load in gntdev_api_ready() */
	smp_store_release(&api_ready, ready);
}

/**
 * xen_dmabuf_export - make a dma-buf of pages that another domain granted
 * @export: the request; @export->id is set
 *
 * Maps all references or none.
 *
 * Context: process context, may sleep: up to 33 s per page while the granting
 * domain's page is paged out.
 * Return: the dma-buf, with one reference, or ERR_PTR: -EINVAL, -E2BIG, -ESRCH,
 * -EACCES, -ENOSPC, -ENOMEM, -ENFILE as %IOCTL_GNTDEV_DMABUF_EXPORT; -EINTR if a
 * fatal signal is pending; -ENODEV if gntdev is not initialised.
 */
struct dma_buf *xen_dmabuf_export(struct xen_dmabuf_export *export)
{
	const struct gntdev_request request = {
		.flags = export->flags,
		.domid = export->domid,
		.count = export->count,
		.data_ofs = export->data_ofs,
	};
	const u32 *refs = export->refs;
	u32 *directory = NULL;
	struct gntdev_buf *buf;
	struct dma_buf *dmabuf;
	int ret;

	if (!gntdev_api_ready())
		return ERR_PTR(-ENODEV);

	ret = gntdev_request_check_limit(&request, API_EXPORT);
	if (ret)
		return ERR_PTR(ret);

	if (export->flags & GNTDEV_DMABUF_EXPORT_DIRECTORY) {
		directory = gntdev_directory_read(export->domid, refs[0],
						  export->count);
		if (IS_ERR(directory))
			return ERR_CAST(directory);
		refs = directory;
	} else {
		ret = gntdev_request_check_refs(refs, export->count);
		if (ret)
			return ERR_PTR(ret);
	}

	dmabuf = gntdev_export_create(&request, refs, &buf);
	kvfree(directory);
	if (!IS_ERR(dmabuf))
		export->id = gntdev_buf_id(buf);

	return dmabuf;
}
EXPORT_SYMBOL_GPL(xen_dmabuf_export);

/**
 * xen_dmabuf_import - grant the pages of a dma-buf to another domain
 * @import: the request; @import->refs, @import->data_ofs and @import->id are
 *          filled in
 *
 * Grants all pages or none.
 *
 * Context: process context, may sleep.  The caller holds no lock, because the
 * freezer can freeze the task while it waits for the fences of the buffer.
 * Return: the import, to be released with xen_dmabuf_release(), or ERR_PTR:
 * -EINVAL, -E2BIG, -ESRCH, -ENOSPC, -ENOMEM, -EOPNOTSUPP as
 * %IOCTL_GNTDEV_DMABUF_IMPORT; -EINTR if a fatal signal is pending; -ENODEV if
 * gntdev is not initialised; or the errno of the exporter.
 */
struct gntdev_import *xen_dmabuf_import(struct xen_dmabuf_import *import)
{
	const struct gntdev_request request = {
		.flags = import->flags,
		.domid = import->domid,
		.count = import->count,
	};
	struct gntdev_import *imported;
	int ret;

	if (!gntdev_api_ready())
		return ERR_PTR(-ENODEV);

	ret = gntdev_request_check_limit(&request, API_IMPORT);
	if (ret)
		return ERR_PTR(ret);

	imported = gntdev_import_create(&request, import->dmabuf);
	if (IS_ERR(imported))
		return imported;

	memcpy(import->refs, imported->refs, array_size(imported->nr_refs,
							sizeof(*import->refs)));
	import->data_ofs = imported->source->data_ofs;
	import->id = gntdev_buf_id(imported->buf);
	return imported;
}
EXPORT_SYMBOL_GPL(xen_dmabuf_import);

/**
 * xen_dmabuf_release - release an import
 * @import: from xen_dmabuf_import(); the caller must not use it afterwards
 *
 * Does not wait for the peer domain.  The peer domain can no longer map pages that
 * it has not mapped.  The dma-buf stays attached until the peer domain has
 * unmapped the others; xen_dmabuf_wait() waits for that.
 *
 * Context: process context, may sleep.  The caller does not hold the dma-buf's
 * reservation lock.
 */
void xen_dmabuf_release(struct gntdev_import *import)
{
	gntdev_import_release(import);
}
EXPORT_SYMBOL_GPL(xen_dmabuf_release);

/**
 * xen_dmabuf_wait - wait until a buffer is released
 * @id: id of an exported or imported buffer
 * @timeout_ms: timeout in milliseconds; 0 returns at once
 *
 * A driver that holds the last reference to an exported buffer calls
 * xen_dmabuf_put_and_wait() instead.  In a system call dma_buf_put() defers the
 * release to the return to user space, which this function would wait for in
 * vain.
 *
 * Only a fatal signal ends the wait early.  The freezer can freeze the task for a
 * suspend; after the thaw it waits for the rest of the time.
 *
 * Context: process context, may sleep.  The caller holds no lock, because the
 * freezer can freeze the task.
 * Return: 0 if the buffer was released during the call; -ENOENT if no existing buffer
 * has @id; -ETIMEDOUT; -EINTR after a fatal signal; -ENODEV if gntdev is not
 * initialised.
 */
int xen_dmabuf_wait(u64 id, u32 timeout_ms)
{
	if (!gntdev_api_ready())
		return -ENODEV;

	return gntdev_buf_wait_id(id, timeout_ms);
}
EXPORT_SYMBOL_GPL(xen_dmabuf_wait);

/**
 * xen_dmabuf_put_and_wait - put an exported buffer and wait for its release
 * @dmabuf: from xen_dmabuf_export(); the function puts the caller's reference
 *          even if it fails
 * @id: id of the buffer
 * @timeout_ms: timeout in milliseconds; 0 puts the reference and returns at once
 *
 * The function releases the buffer itself if this was the last reference;
 * dma_buf_put() would defer that to the return to user space.  It waits for other
 * references: descriptors, mappings, drivers.  A driver whose own objects hold
 * references (GEM objects do) puts those first.  A file that the same system call
 * closes, such as a DRM file with a GEM handle, keeps its reference until the
 * system call ends; then this function times out.
 *
 * Context: process context, in a system call or a kernel thread; may sleep; only a
 * fatal signal ends the wait early.  The caller has detached its own attachments.
 * It holds neither the dma-buf's reservation lock, nor mmap_lock, nor another lock
 * under which a file cannot be released.
 * Return: 0 if the buffer was released; -ENOENT if no existing buffer had @id when the
 * function was called; -ETIMEDOUT; -EINTR after a fatal signal; -ENODEV if gntdev
 * is not initialised.
 */
int xen_dmabuf_put_and_wait(struct dma_buf *dmabuf, u64 id, u32 timeout_ms)
{
	int ret = xen_dmabuf_wait(id, 0);

	__fput_sync(dmabuf->file);
	if (ret != -ETIMEDOUT)
		return ret;

	ret = xen_dmabuf_wait(id, timeout_ms);
	/* The buffer existed before the put, and ids are never reused */
	return ret == -ENOENT ? 0 : ret;
}
EXPORT_SYMBOL_GPL(xen_dmabuf_put_and_wait);

/**
 * xen_dmabuf_revoke - take the memory of an exported buffer away from its users
 * @dmabuf: from xen_dmabuf_export(); the caller keeps its reference
 *
 * When the function has returned 0 the granting domain has its pages back, and
 * waits have ended.  Attachments and mappings stay valid as objects without
 * memory.
 *
 * Context: process context, sleeps; only a fatal signal ends the wait for importers
 * early.  The caller holds neither the dma-buf's reservation lock nor mmap_lock.
 * Return: 0, also if the buffer has been revoked before; -EBUSY, with nothing
 * changed, if an importer that is not dynamic has mapped the buffer, or a driver uses
 * a kernel mapping; -EINTR after a fatal signal, with the revocation begun: the
 * caller can repeat it; -EIO if Xen refused to unmap a grant; -EINVAL if @dmabuf is
 * not an export; -ENODEV if gntdev is not initialised.
 */
int xen_dmabuf_revoke(struct dma_buf *dmabuf)
{
	if (!gntdev_api_ready())
		return -ENODEV;
	if (!gntdev_is_export(dmabuf))
		return -EINVAL;

	return gntdev_export_revoke(dmabuf);
}
EXPORT_SYMBOL_GPL(xen_dmabuf_revoke);
