/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contiguous areas: local pages with contiguous addresses, for grants to be
 * mapped over.
 */

#ifndef _XEN_GNTDEV_DMABUF_CONTIG_H
#define _XEN_GNTDEV_DMABUF_CONTIG_H

#include <linux/pgtable.h>
#include <linux/types.h>

struct device;
struct gntdev_contig;
struct page;

void gntdev_contig_init(struct device *dev);
bool gntdev_contig_wanted(u32 flags);
bool gntdev_contig_possible(void);
struct gntdev_contig *gntdev_contig_alloc(unsigned int count, u32 flags,
					  struct page **pages);
void gntdev_contig_free(struct gntdev_contig *contig, unsigned int count,
			struct page **pages);
void *gntdev_contig_vaddr(const struct gntdev_contig *contig);
pgprot_t gntdev_contig_pgprot(const struct gntdev_contig *contig, pgprot_t prot);
void gntdev_contig_begin_cpu_access(struct gntdev_contig *contig);
void gntdev_contig_end_cpu_access(struct gntdev_contig *contig);

#endif /* _XEN_GNTDEV_DMABUF_CONTIG_H */
