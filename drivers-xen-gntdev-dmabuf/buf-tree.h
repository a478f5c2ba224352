/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Red-black trees with keys of two 64-bit numbers: of buffer records, exports and
 * quotas.
 */

#ifndef _XEN_GNTDEV_DMABUF_BUF_TREE_H
#define _XEN_GNTDEV_DMABUF_BUF_TREE_H

#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct gntdev_buf_node - a node of a tree
 * @rb: links of the tree; cleared while the node is in no tree
 * @major: first part of the key, compared first
 * @minor: second part of the key
 */
struct gntdev_buf_node {
	struct rb_node rb;
	u64 major;
	u64 minor;
};

void gntdev_buf_tree_add(struct rb_root_cached *tree, struct gntdev_buf_node *node,
			 u64 major, u64 minor);
void gntdev_buf_tree_del(struct rb_root_cached *tree, struct gntdev_buf_node *node);
struct gntdev_buf_node *gntdev_buf_tree_find(const struct rb_root_cached *tree,
					     u64 major, u64 minor);
struct gntdev_buf_node *gntdev_buf_tree_find_from(const struct rb_root_cached *tree,
						  u64 major, u64 minor);

#endif /* _XEN_GNTDEV_DMABUF_BUF_TREE_H */
