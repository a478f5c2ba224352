// SPDX-License-Identifier: GPL-2.0-only
/*
 * Red-black trees with keys of two 64-bit numbers: of buffer records, exports and
 * quotas.
 *
 * Adding a node needs no memory and cannot fail.  On 32-bit kernels the index of
 * an xarray is shorter than an id; these keys are not.
 *
 * Ids ascend, so most new keys are greater than all others.  An rb_root_cached
 * knows its leftmost node.  Therefore greater keys are on the left, and such a
 * node is added without a walk from the root.
 *
 * buf.c, export.c, ioctl-import.c and quota.c call this file, and hold their locks
 * during each call.
 */

#include <linux/rbtree.h>

#include "buf-tree.h"

static struct gntdev_buf_node *node_of(struct rb_node *rb)
{
	return rb_entry(rb, struct gntdev_buf_node, rb);
}

/* node_less - whether the key of a node is less than this one */
static bool node_less(const struct gntdev_buf_node *node, u64 major, u64 minor)
{
	if (node->major != major)
		return node->major < major;
	return node->minor < minor;
}

/**
 * gntdev_buf_tree_add - add a node to a tree
 * @tree: the tree, which has no node with this key
 * @node: the node, which is in no tree
 * @major: first part of the key
 * @minor: second part of the key
 *
 * Context: the caller's lock protects @tree.
 */
void gntdev_buf_tree_add(struct rb_root_cached *tree, struct gntdev_buf_node *node,
			 u64 major, u64 minor)
{
	struct rb_node **link = &tree->rb_root.rb_node, *parent = NULL;
	struct rb_node *greatest = rb_first_cached(tree);
	bool append = !greatest || node_less(node_of(greatest), major, minor);

	node->major = major;
	node->minor = minor;
	if (append && greatest) {
		parent = greatest;
		link = &parent->rb_left;
	}
	while (*link) {
		parent = *link;
		if (node_less(node_of(parent), major, minor))
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&node->rb, parent, link);
	rb_insert_color_cached(&node->rb, tree, append);
}

/**
 * gntdev_buf_tree_del - remove a node from a tree
 * @tree: the tree
 * @node: a node of @tree, or a node that is in no tree
 *
 * Context: the caller's lock protects @tree.
 */
void gntdev_buf_tree_del(struct rb_root_cached *tree, struct gntdev_buf_node *node)
{
	if (RB_EMPTY_NODE(&node->rb))
		return;
	rb_erase_cached(&node->rb, tree);
	RB_CLEAR_NODE(&node->rb);
}

/**
 * gntdev_buf_tree_find_from - find the first node with this key or a greater one
 * @tree: the tree
 * @major: first part of the key
 * @minor: second part of the key
 *
 * Context: the caller's lock protects @tree.
 * Return: the node, or NULL.
 */
struct gntdev_buf_node *gntdev_buf_tree_find_from(const struct rb_root_cached *tree,
						  u64 major, u64 minor)
{
	struct rb_node *rb = tree->rb_root.rb_node, *from = NULL;

	while (rb) {
		if (node_less(node_of(rb), major, minor)) {
			rb = rb->rb_left;
		} else {
			from = rb;
			rb = rb->rb_right;
		}
	}

	return from ? node_of(from) : NULL;
}

/**
 * gntdev_buf_tree_find - find the node with this key
 * @tree: the tree
 * @major: first part of the key
 * @minor: second part of the key
 *
 * Context: the caller's lock protects @tree.
 * Return: the node, or NULL.
 */
struct gntdev_buf_node *gntdev_buf_tree_find(const struct rb_root_cached *tree,
					     u64 major, u64 minor)
{
	struct rb_node *rb = tree->rb_root.rb_node;

	while (rb) {
		struct gntdev_buf_node *node = node_of(rb);

		if (node->major == major && node->minor == minor)
			return node;
		rb = node_less(node, major, minor) ? rb->rb_left : rb->rb_right;
	}

	return NULL;
}
