// SPDX-License-Identifier: GPL-2.0-only
/*
 * domain-time DOMID: print how long a domain has run on processors, in
 * nanoseconds.  In a deterministic run of the lab this is the number of
 * instructions that the domain has executed.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenctrl.h>

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_domaininfo_t info;

	if (argc != 2)
		errx(2, "usage: domain-time DOMID");
	if (!xc || xc_domain_getinfolist(xc, atoi(argv[1]), 1, &info) != 1 ||
	    info.domain != atoi(argv[1]))
		errx(1, "no domain %s", argv[1]);
	printf("%llu\n", (unsigned long long)info.cpu_time);
	xc_interface_close(xc);
	return 0;
}
