// SPDX-License-Identifier: GPL-2.0-only
/*
 * inventory DOMID: print the number of free pages of Xen, of pages of domain 0
 * and of the guest DOMID, and of dma-bufs in domain 0.  Tests compare this line
 * before and after an operation that must leak nothing.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "../selftests/xen/conserve.h"

int main(int argc, char **argv)
{
	struct conserve now;

	if (argc != 2)
		errx(2, "usage: inventory DOMID");
	conserve_begin(&now, atoi(argv[1]));
	printf("free %lu, domain 0 %lu, guest %lu, dma-bufs %lu\n", now.xen_free,
	       now.pages[0], now.pages[1], now.buffers);
	return 0;
}
