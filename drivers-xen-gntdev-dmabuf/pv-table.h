/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine addresses of page table entries, on x86 PV.
 *
 * Xen maps a grant with %GNTMAP_contains_pte onto a page table entry, which a
 * map operation names by its machine address.  A range of pv-range.c and a user
 * mapping of pv-user.c have the machine addresses of their page tables in an
 * array, in the order of addresses.  A page table covers %PMD_SIZE bytes.
 */

#ifndef _XEN_GNTDEV_DMABUF_PV_TABLE_H
#define _XEN_GNTDEV_DMABUF_PV_TABLE_H

#include <linux/pgtable.h>
#include <linux/types.h>

#include <xen/page.h>

/**
 * gntdev_pv_table_index - index of a page table in the array of a range
 * @start: first address of the range
 * @addr: an address of the range
 *
 * Context: any.
 * Return: the index of the page table that has the entry of @addr.
 */
static inline unsigned int gntdev_pv_table_index(unsigned long start,
						 unsigned long addr)
{
	return (addr >> PMD_SHIFT) - (start >> PMD_SHIFT);
}

/**
 * gntdev_pv_table_maddr - machine address of a page table
 * @pte: kernel address of one of its entries
 *
 * Context: any.
 * Return: the machine address of the page table.
 */
static inline phys_addr_t gntdev_pv_table_maddr(pte_t *pte)
{
	return arbitrary_virt_to_machine(pte).maddr & PAGE_MASK;
}

/**
 * gntdev_pv_pte_maddr - machine address of a page table entry
 * @tables: machine addresses of the page tables of a range
 * @start: first address of the range
 * @addr: an address of the range
 *
 * Context: any.
 * Return: the machine address of the entry of @addr.
 */
static inline phys_addr_t gntdev_pv_pte_maddr(const phys_addr_t *tables,
					      unsigned long start,
					      unsigned long addr)
{
	return tables[gntdev_pv_table_index(start, addr)] +
	       pte_index(addr) * sizeof(pte_t);
}

#endif /* _XEN_GNTDEV_DMABUF_PV_TABLE_H */
