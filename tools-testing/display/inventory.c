// SPDX-License-Identifier: GPL-2.0-only
/*
 * inventory DOMID: what there is and must be the same later: Xen's free pages,
 * those of domain 0 and of the guest, living dma-bufs.  A line, to be compared.
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
