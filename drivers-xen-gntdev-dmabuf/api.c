// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conversions for other drivers, see include/xen/dmabuf.h.
 */

#include <linux/dma-buf.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/string.h>

#include <xen/dmabuf.h>

#include "api.h"
#include "directory.h"
#include "export.h"
#include "import.h"
#include "request.h"
#include "buf.h"

/* No eventfd: drivers wait with xen_dmabuf_wait(). */
#define API_EXPORT	(GNTDEV_REQUEST_EXPORT & ~GNTDEV_DMABUF_EXPORT_EVENTFD)
#define API_IMPORT	(GNTDEV_REQUEST_IMPORT & ~GNTDEV_DMABUF_IMPORT_EVENTFD)

/*
 * Built-in drivers may call before gntdev is initialised, on a machine without
 * Xen, or after the initialisation failed.  Modules cannot: they depend on
 * this one.
 */
static bool api_ready;

/**
 * gntdev_api_ready - whether other drivers can convert buffers
 *
 * Context: Any.
 * Return: false before gntdev is initialised and after that failed.
 */
bool gntdev_api_ready(void)
{
	/* The caller sees what was initialised before gntdev_api_set_ready() */
	return smp_load_acquire(&api_ready);
}

/**
 * gntdev_api_set_ready - allow or forbid other drivers to convert buffers
 * @ready: true when nothing of gntdev's initialisation can fail any more,
 *         false when no buffer is left
 *
 * Calls that began earlier go on.
 *
 * Context: Any.
 */
void gntdev_api_set_ready(bool ready)
{
	/* Pairs with that in gntdev_api_ready() */
	smp_store_release(&api_ready, ready);
}

/**
 * xen_dmabuf_export - make a dma-buf of another domain's pages
 * @export: which; its @id is set
 *
 * Maps all references or none.
 *
 * Context: Process context.  Sleeps for up to half a minute per page if the
 * granting domain's page is paged out.
 * Return: the dma-buf, with one reference, or ERR_PTR: -EINVAL, -E2BIG, -ESRCH,
 * -EACCES, -ENOSPC, -ENOMEM, -EOPNOTSUPP as %IOCTL_GNTDEV_DMABUF_EXPORT, -EINTR
 * if a fatal signal came, -ENODEV if this domain has no gntdev (yet).
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

	ret = gntdev_request_check_here(&request, API_EXPORT);
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
 * xen_dmabuf_import - let another domain map a dma-buf
 * @import: which and who; its @refs, @data_ofs and @id are filled in
 *
 * Grants all pages or none.
 *
 * Context: Process context.  Sleeps; no lock may be held, because the task may
 * be frozen while it waits for devices that use the buffer.
 * Return: the import, until xen_dmabuf_release(), or ERR_PTR: -EINVAL, -E2BIG,
 * -ESRCH, -ENOSPC, -ENOMEM, -EOPNOTSUPP as %IOCTL_GNTDEV_DMABUF_IMPORT, -EINTR
 * if a fatal signal came, -ENODEV if this domain has no gntdev (yet), and what
 * the exporter fails with.
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

	ret = gntdev_request_check_here(&request, API_IMPORT);
	if (ret)
		return ERR_PTR(ret);

	imported = gntdev_import_create(&request, import->dmabuf);
	if (IS_ERR(imported))
		return imported;

	memcpy(import->refs, imported->refs, array_size(imported->held,
							sizeof(*import->refs)));
	import->data_ofs = imported->source->data_ofs;
	import->id = gntdev_buf_id(imported->buf);
	return imported;
}
EXPORT_SYMBOL_GPL(xen_dmabuf_import);

/**
 * xen_dmabuf_release - take an imported buffer back
 * @import: what xen_dmabuf_import() returned, no longer the caller's
 *
 * Does not wait for the other domain.  What that has not mapped it cannot map
 * any more; the dma-buf stays as it is until the rest is unmapped, for which
 * xen_dmabuf_wait() waits.
 *
 * Context: Process context.  Sleeps.  The caller must not hold the dma-buf's
 * reservation lock.
 */
void xen_dmabuf_release(struct gntdev_import *import)
{
	gntdev_import_release(import);
}
EXPORT_SYMBOL_GPL(xen_dmabuf_release);

/**
 * xen_dmabuf_wait - wait until a buffer is released
 * @id: of an exported or imported buffer
 * @timeout_ms: how long to wait in milliseconds, 0 only asks
 *
 * A driver that holds the last reference to an exported buffer calls
 * xen_dmabuf_put_and_wait() instead: in a system call dma_buf_put() leaves the
 * release to the return to user space, which cannot come while this waits.
 *
 * Only a fatal signal ends the wait early.  A task that waits can be frozen for
 * a suspend; afterwards it waits for the time that is left.
 *
 * Context: process context, may sleep; no lock may be held, because the task
 * may be frozen.
 * Return: 0 if the buffer was released during the call, -ENOENT if none by that
 * id is alive, -ETIMEDOUT, -EINTR, -ENODEV if this domain has no gntdev (yet).
 */
int xen_dmabuf_wait(u64 id, u32 timeout_ms)
{
	if (!gntdev_api_ready())
		return -ENODEV;

	return gntdev_buf_wait_id(id, timeout_ms);
}
EXPORT_SYMBOL_GPL(xen_dmabuf_wait);

/**
 * xen_dmabuf_put_and_wait - put an exported buffer and wait until it is released
 * @dmabuf: what xen_dmabuf_export() returned; the caller's reference to it goes,
 *          whatever is returned
 * @id: its id
 * @timeout_ms: how long to wait in milliseconds, 0 only puts and asks
 *
 * If this was the last reference, the buffer is released here, not when the
 * task returns to user space as with dma_buf_put().  As long as others have a
 * reference, be it a descriptor, a mapping or a driver's, the call waits for
 * them.  A driver whose own objects hold references, as GEM objects do, puts
 * those first.  A reference of a file that the same system call closes, such as
 * a DRM file with a GEM handle, is there until the call is over: then this
 * times out.
 *
 * Context: Process context, in a system call or a kernel thread.  Sleeps; only
 * a fatal signal ends the wait early.  The caller has detached its own
 * attachments, and holds neither the dma-buf's reservation lock, nor mmap_lock,
 * nor any other lock under which a file cannot be released.
 * Return: 0 if the buffer was released, -ENOENT if @id was not alive when the
 * function was called, -ETIMEDOUT, -EINTR, -ENODEV if this domain has no gntdev
 * (yet).
 */
int xen_dmabuf_put_and_wait(struct dma_buf *dmabuf, u64 id, u32 timeout_ms)
{
	int ret = xen_dmabuf_wait(id, 0);

	__fput_sync(dmabuf->file);
	if (ret != -ETIMEDOUT)
		return ret;

	ret = xen_dmabuf_wait(id, timeout_ms);
	/* It was alive before the put, and ids are never reused */
	return ret == -ENOENT ? 0 : ret;
}
EXPORT_SYMBOL_GPL(xen_dmabuf_put_and_wait);
