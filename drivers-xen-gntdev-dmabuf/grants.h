/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Foreign grants mapped onto local pages; nothing of dma-bufs.
 */

#ifndef _XEN_GNTDEV_DMABUF_GRANTS_H
#define _XEN_GNTDEV_DMABUF_GRANTS_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <xen/grant_table.h>

struct gntdev_pv_range;
struct gntdev_quota;
struct gntdev_contig;

/**
 * struct gntdev_grants - grants of one domain, mapped onto as many pages
 * @domid: the domain that granted them
 * @flags: %GNTMAP_host_map, on x86 PV %GNTMAP_contains_pte, and
 *         %GNTMAP_readonly if they are mapped so
 * @count: number of pages, at least 1
 * @mapped: number of mappings: @count, or one more where the last page is
 *          mapped a second time, see gntdev_cpumap_vmap()
 * @pages: the pages, in the order of the references.  They have no memory of
 *         their own while nothing is mapped; the reference that is mapped on a
 *         page is xen_page_foreign()->gref.  Behind the last one comes one
 *         more page for the kernel mapping: the last one again, or its second
 *         mapping.
 * @contig: where @pages are from, if they follow each other; else NULL
 * @range: on x86 PV, the kernel addresses of the pages, which have no linear
 *         address there; else NULL
 * @handles: Xen's names for the mappings, %INVALID_GRANT_HANDLE for none
 * @user_maps: on x86 PV, number of user mappings
 * @quota: what user mappings are charged to; its owner's
 * @stuck: set for good when Xen refused to undo a mapping, these or another
 *         that was made of the same grants.  That is a bug.
 *
 * All but @user_maps and @stuck is constant while the object lives.
 */
struct gntdev_grants {
	domid_t domid;
	u32 flags;
	unsigned int count;
	unsigned int mapped;
	struct page **pages;
	struct gntdev_contig *contig;
	struct gntdev_pv_range *range;
	grant_handle_t *handles;
	atomic_t user_maps;
	struct gntdev_quota *quota;
	bool stuck;
};

static inline bool gntdev_grants_readonly(const struct gntdev_grants *grants)
{
	return grants->flags & GNTMAP_readonly;
}

struct gntdev_grants *gntdev_grants_map(domid_t domid, const u32 *refs,
					unsigned int count, unsigned int data_ofs,
					u32 flags);
int gntdev_grants_unmap(struct gntdev_grants *grants);
int gntdev_grants_errno(s16 status);

#endif /* _XEN_GNTDEV_DMABUF_GRANTS_H */
