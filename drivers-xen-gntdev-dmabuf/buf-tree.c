// SPDX-License-Identifier: GPL-2.0-only
/*
 * Red-black trees of buffer records, with a key of two 64-bit numbers.
 *
 * Adding a node needs no memory and cannot fail.  On 32-bit kernels the index of
 * an xarray is shorter than an id; these keys are not.  buf.c, export.c and quota.c
 * call this file, and hold their locks during each call.
 */

#include <linux/rbtree.h>

#include "buf-tree.h"

/* node_cmp - negative, 0 or positive: the key of a node less, equal, greater */
static int node_cmp(const struct gntdev_buf_node *node, u64 context, u64 number)
{
	if (node->context != context)
		return node->context < context ? -1 : 1;
	if (node->number != number)
		return node->number < number ? -1 : 1;
	return 0;
}

/**
 * gntdev_buf_tree_add - add a node to a tree
 * @tree: the tree, which has no node with this key
 * @node: the node, which is in no tree
 * @context: first part of the key
 * @number: second part of the key
 *
 * Context: the caller's lock protects @tree.
 */
void gntdev_buf_tree_add(struct rb_root *tree, struct gntdev_buf_node *node,
			 u64 context, u64 number)
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	node->context = context;
	node->number = number;
	while (*link) {
		parent = *link;
		if (node_cmp(rb_entry(parent, struct gntdev_buf_node, rb),
			     context, number) < 0)
			link = &parent->rb_right;
		else
			link = &parent->rb_left;
	}
	rb_link_node(&node->rb, parent, link);
	rb_insert_color(&node->rb, tree);
}

/**
 * gntdev_buf_tree_del - remove a node from a tree
 * @tree: the tree
 * @node: a node of @tree, or a node that is in no tree
 *
 * Context: the caller's lock protects @tree.
 */
void gntdev_buf_tree_del(struct rb_root *tree, struct gntdev_buf_node *node)
{
	if (RB_EMPTY_NODE(&node->rb))
		return;
	rb_erase(&node->rb, tree);
	RB_CLEAR_NODE(&node->rb);
}

/**
 * gntdev_buf_tree_find_from - find the first node with this key or a greater one
 * @tree: the tree
 * @context: first part of the key
 * @number: second part of the key
 *
 * Context: the caller's lock protects @tree.
 * Return: the node, or NULL.
 */
struct gntdev_buf_node *gntdev_buf_tree_find_from(const struct rb_root *tree,
						  u64 context, u64 number)
{
	struct gntdev_buf_node *node, *from = NULL;
	struct rb_node *rb = tree->rb_node;

	while (rb) {
		node = rb_entry(rb, struct gntdev_buf_node, rb);
		if (node_cmp(node, context, number) < 0) {
			rb = rb->rb_right;
		} else {
			from = node;
			rb = rb->rb_left;
		}
	}

	return from;
}

/**
 * gntdev_buf_tree_find - find the node with this key
 * @tree: the tree
 * @context: first part of the key
 * @number: second part of the key
 *
 * Context: the caller's lock protects @tree.
 * Return: the node, or NULL.
 */
struct gntdev_buf_node *gntdev_buf_tree_find(const struct rb_root *tree,
					     u64 context, u64 number)
{
	struct gntdev_buf_node *node;

	node = gntdev_buf_tree_find_from(tree, context, number);
	return node && !node_cmp(node, context, number) ? node : NULL;
}
