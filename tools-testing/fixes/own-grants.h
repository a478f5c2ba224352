/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that this domain, domain 0, grants to itself, and maps of them through gntdev.
 * Not on x86 PVH, where Xen moves a page that its owner maps.  Each function ends the
 * program if it fails, except remove_map().
 */

#ifndef OWN_GRANTS_H
#define OWN_GRANTS_H

#include <stdint.h>

#define PAGE		4096UL
#define OWN_DOMAIN	0

/* What headers of xen/ need in user space */
#define __user
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;

/* The file that all reproducers use, opened by main() */
extern int gntdev;

volatile uint32_t *grant_pages(unsigned int n, uint32_t *refs);
uint32_t grant_page(void);
uint64_t add_map(unsigned int n, const uint32_t *refs);
void *map_grants(unsigned int n, uint64_t offset);
int remove_map(unsigned int n, uint64_t offset);

#endif
