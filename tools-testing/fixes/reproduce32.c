// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps and copies the page of a grant reference of this domain, as a program of 32 bits.
 * argv: the reference.  Exit status: 0 if both show what `reproduce program32' wrote.
 */

/* What gntdev.h needs in user space */
#define __user
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#include <xen/gntdev.h>

int main(int argc, char **argv)
{
	static _Alignas(4096) uint32_t memory[2048];
	struct ioctl_gntdev_map_grant_ref map = { .count = 1 };
	struct gntdev_grant_copy_segment segment;
	struct ioctl_gntdev_grant_copy copy = { 1, &segment };
	int gntdev = open("/dev/xen/gntdev", O_RDWR);
	uint32_t *page;

	if (argc != 2 || sizeof(void *) != 4 || gntdev < 0)
		return 2;
	map.refs[0].ref = atoi(argv[1]);
	if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &map)) {
		perror("32 bits: MAP_GRANT_REF");
		return 1;
	}
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, gntdev, map.index);
	if (page == MAP_FAILED || *page != 0x12345678)
		return 1;

	/* A 64-bit kernel must not use the 4 bytes after the pointer */
	memset(&segment, 0xff, sizeof(segment));
	segment.source.foreign.ref = map.refs[0].ref;
	segment.source.foreign.offset = 0;
	segment.source.foreign.domid = 0;
	segment.dest.virt = memory + 512;
	segment.len = 4096;
	segment.flags = 1; /* GNTCOPY_source_gref */
	if (ioctl(gntdev, IOCTL_GNTDEV_GRANT_COPY, &copy)) {
		perror("32 bits: GRANT_COPY");
		return 1;
	}
	return segment.status || memory[512] != 0x12345678;
}
