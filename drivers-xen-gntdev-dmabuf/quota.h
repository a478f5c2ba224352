/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an open gntdev file may use: a domain, pages, and handles.
 */

#ifndef _XEN_GNTDEV_DMABUF_QUOTA_H
#define _XEN_GNTDEV_DMABUF_QUOTA_H

#include <linux/types.h>

struct gntdev_quota;

/**
 * struct gntdev_quota_info - information about an open gntdev file
 * @file_id: id of the file
 * @pages: number of pages of its exports and imports
 * @domid: the only domain that its requests can name, or %DOMID_INVALID
 * @max_pages: largest number of @pages, 0 for any
 * @users: at least the number of its exports and imports
 */
struct gntdev_quota_info {
	u64 file_id;
	u32 pages;
	u32 domid;
	u32 max_pages;
	u32 users;
};

struct gntdev_quota *gntdev_quota_alloc(u64 file_id);
struct gntdev_quota *gntdev_quota_get(struct gntdev_quota *quota);
void gntdev_quota_put(struct gntdev_quota *quota);

int gntdev_quota_restrict(struct gntdev_quota *quota, u32 domid, u32 max_pages);
bool gntdev_quota_allows(const struct gntdev_quota *quota, u32 domid);

bool gntdev_quota_charge(struct gntdev_quota *quota, unsigned int count);
void gntdev_quota_uncharge(struct gntdev_quota *quota, unsigned int count);
bool gntdev_quota_charge_mmap(struct gntdev_quota *quota, atomic_t *maps,
			      unsigned int count);
void gntdev_quota_uncharge_mmap(struct gntdev_quota *quota, atomic_t *maps,
				unsigned int count);

bool gntdev_quota_next(u64 after, struct gntdev_quota_info *info);

#endif /* _XEN_GNTDEV_DMABUF_QUOTA_H */
