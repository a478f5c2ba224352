/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Foreign grants mapped over local pages.
 */

#ifndef _XEN_GNTDEV_DMABUF_GRANTS_H
#define _XEN_GNTDEV_DMABUF_GRANTS_H

#include <linux/mm_types.h>
#include <xen/grant_table.h>

struct gntdev_pv_range;
struct gntdev_contig;

/**
 * struct gntdev_grants - grants of one domain, mapped over local pages
 * @domid: the granting domain
 * @flags: GNTMAP_* of the mappings: %GNTMAP_host_map, on x86 PV
 *         %GNTMAP_contains_pte, and %GNTMAP_readonly for a read-only export
 * @count: number of pages, at least 1
 * @mapped: number of mappings: @count, or @count + 1 if the last page is mapped
 *          a second time, see gntdev_cpumap_vmap()
 * @pages: the pages, in the order of the references.  They have no memory
 *         while no grant is mapped over them.  The reference that is mapped
 *         over a page is xen_page_foreign()->gref.  Entry @count is one more
 *         page for the kernel mapping: the last page again, or its second
 *         mapping.
 * @contig: the contiguous area that @pages belong to; else NULL
 * @range: on x86 PV, the range of kernel addresses that the grants are mapped
 *         at, because @pages have no linear addresses there; else NULL
 * @handles: Xen's handle of each mapping, %INVALID_GRANT_HANDLE for none
 * @stuck: whether Xen refused to unmap a grant, from the kernel's addresses or
 *         from a user mapping.  Such a refusal is a bug; @stuck stays set.
 *
 * Only @stuck changes after gntdev_grants_map().
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
	bool stuck;
};

static inline bool gntdev_grants_readonly(const struct gntdev_grants *grants)
{
	return grants->flags & GNTMAP_readonly;
}

struct gntdev_grants *gntdev_grants_map(domid_t domid, const u32 *refs,
					unsigned int count,
					unsigned int data_ofs, u32 flags);
int gntdev_grants_unmap(struct gntdev_grants *grants);
int gntdev_grants_errno(s16 status);

#endif /* _XEN_GNTDEV_DMABUF_GRANTS_H */
