/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Foreign grants mapped onto local pages; nothing of dma-bufs.
 */

#ifndef _XEN_GNTDEV_DMABUF_GRANTS_H
#define _XEN_GNTDEV_DMABUF_GRANTS_H

#include <linux/mm_types.h>
#include <xen/grant_table.h>

struct gntdev_run;

/**
 * struct gntdev_grants - grants of one domain, mapped onto as many pages
 * @domid: the domain that granted them
 * @flags: %GNTMAP_host_map, and %GNTMAP_readonly if they are mapped so
 * @count: number of pages, at least 1
 * @pages: where they are mapped, in the order of the references.  The pages
 *         have no memory of their own while nothing is mapped; the kernel
 *         reaches each through its linear address, and the reference that is
 *         mapped there is xen_page_foreign()->gref.  Behind the last one
 *         comes the last one again: see gntdev_cpumap_vmap().
 * @run: where @pages are from, if they follow each other; else NULL
 * @handles: Xen's names for the mappings, %INVALID_GRANT_HANDLE for none
 * @stuck: set for good when Xen refused to undo a mapping, these or another
 *         that was made of the same grants.  That is a bug.
 *
 * All the rest is constant while the object lives.
 */
struct gntdev_grants {
	domid_t domid;
	u32 flags;
	unsigned int count;
	struct page **pages;
	struct gntdev_run *run;
	grant_handle_t *handles;
	bool stuck;
};

static inline bool gntdev_grants_readonly(const struct gntdev_grants *grants)
{
	return grants->flags & GNTMAP_readonly;
}

struct gntdev_grants *gntdev_grants_map(domid_t domid, const u32 *refs,
					unsigned int count, u32 flags);
int gntdev_grants_unmap(struct gntdev_grants *grants);
int gntdev_grants_errno(s16 status);

#endif /* _XEN_GNTDEV_DMABUF_GRANTS_H */
