// SPDX-License-Identifier: GPL-2.0-only
/*
 * compat-test DOMID REF: the requests of a 32-bit program on a 64-bit kernel.
 * REF is a page that the domain DOMID grants to this domain.  Each test checks
 * one promise.  Built with the kernel's nolibc, because the lab's domains have no
 * 32-bit C library.
 */

#include <stdio.h>
#include <errno.h>
#include <stdbool.h>

#include <asm/ioctl.h>
#include <linux/fcntl.h>

/* <xen/gntdev.h> leaves them to the program */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#define __user
#include <xen/gntdev.h>

#include "../kselftest.h"

static int gntdev;

/* call - 0 or the error number */
static int call(unsigned long request, void *op)
{
	return ioctl(gntdev, request, op) ? errno : 0;
}

static int wait_id(uint64_t id)
{
	struct gntdev_dmabuf_wait op = { .id = id };

	return call(IOCTL_GNTDEV_DMABUF_WAIT, &op);
}

static int wait_fd(int fd)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op = { .fd = fd };

	return call(IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &op);
}

/* revokes - whether a buffer can be revoked */
static bool revokes(struct gntdev_dmabuf_export *export)
{
	struct gntdev_dmabuf_revoke op;
	bool well;

	if (call(IOCTL_GNTDEV_DMABUF_EXPORT, export))
		return false;
	op.id = export->id;
	well = !call(IOCTL_GNTDEV_DMABUF_REVOKE, &op) && wait_id(export->id) == ENOENT;
	return !close(export->fd) && well;
}

/* restricts - whether the file can be restricted to a domain, and to no other one */
static bool restricts(uint32_t domid)
{
	struct gntdev_restrict op = { .domid = domid, .max_pages = 1 };
	struct gntdev_restrict other = { .domid = domid + 1 };

	return !call(IOCTL_GNTDEV_RESTRICT, &op) &&
	       call(IOCTL_GNTDEV_RESTRICT, &other) == EACCES;
}

/* works - whether a buffer can be mapped, is alive, and is released by close() */
static bool works(int fd)
{
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	bool well = map != MAP_FAILED && wait_fd(fd) == ETIMEDOUT;

	if (map != MAP_FAILED)
		well = !munmap(map, 4096) && well;
	return !close(fd) && wait_fd(fd) == ENOENT && well;
}

/* copies - whether Xen copies a granted page to memory of this program */
static bool copies(domid_t domid, grant_ref_t ref)
{
	/* Two pages of the program get parts of the granted page */
	static _Alignas(4096) uint8_t memory[8192];
	struct ioctl_gntdev_dmabuf_exp_from_refs export = { .count = 1 };
	struct gntdev_grant_copy_segment segment;
	struct ioctl_gntdev_grant_copy copy = { 1, &segment };
	bool same = false;
	uint8_t *map;

	/* A 64-bit kernel must not use the 4 bytes after the pointer */
	memset(&segment, 0xff, sizeof(segment));
	segment.source.foreign.ref = ref;
	segment.source.foreign.offset = 0;
	segment.source.foreign.domid = domid;
	segment.dest.virt = memory + 2048;
	segment.len = 4096;
	segment.flags = 1; /* GNTCOPY_source_gref */
	if (call(IOCTL_GNTDEV_GRANT_COPY, &copy) || segment.status)
		return false;

	export.domid = domid;
	export.refs[0] = ref;
	if (call(IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, &export))
		return false;
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, export.fd, 0);
	if (map != MAP_FAILED) {
		same = !memcmp(map, memory + 2048, 4096);
		munmap(map, 4096);
	}
	close(export.fd);
	return same;
}

int main(int argc, char **argv)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs_v2 v2 = { .count = 1 };
	struct ioctl_gntdev_dmabuf_exp_from_refs v1 = { .count = 1 };
	struct gntdev_dmabuf_export export = { .count = 1 };
	struct gntdev_dmabuf_query query = { 0 };
	uint32_t ref;

	ksft_print_header();
	ksft_set_plan(8);
	if (argc != 3 || sizeof(void *) != 4)
		ksft_exit_fail_msg("usage: compat-test DOMID REF, 32 bits\n");
	ref = atoi(argv[2]);
	v1.domid = atoi(argv[1]);
	v1.refs[0] = ref;
	v2.domid = v1.domid;
	v2.refs[0] = ref;
	v2.data_ofs = 64;
	export.domid = v1.domid;
	export.refs = (uintptr_t)&ref;

	gntdev = open("/dev/xen/gntdev", O_RDWR);
	if (gntdev < 0)
		ksft_exit_fail_msg("no /dev/xen/gntdev: errno %d\n", errno);

	ksft_test_result(!call(IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, &v1) &&
			 works(v1.fd), "32 bits: EXP_FROM_REFS\n");
	ksft_test_result(!call(IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2, &v2) &&
			 works(v2.fd), "32 bits: EXP_FROM_REFS_V2\n");
	ksft_test_result(!call(IOCTL_GNTDEV_DMABUF_EXPORT, &export) &&
			 wait_id(export.id) == ETIMEDOUT &&
			 works(export.fd) &&
			 wait_id(export.id) == ENOENT, "32 bits: EXPORT and WAIT\n");
	ksft_test_result(!call(IOCTL_GNTDEV_DMABUF_QUERY, &query) &&
			 query.max_pages, "32 bits: QUERY\n");
	ksft_test_result(revokes(&export), "32 bits: REVOKE\n");
	export.refs = 0x100000000ULL | (uintptr_t)&ref;
	ksft_test_result(call(IOCTL_GNTDEV_DMABUF_EXPORT, &export) == EFAULT,
			 "32 bits: an address of 33 bits is a fault\n");
	ksft_test_result(copies(v1.domid, ref), "32 bits: GRANT_COPY\n");
	/* The last test: the file is restricted */
	ksft_test_result(restricts(export.domid), "32 bits: RESTRICT\n");
	ksft_finished();
}
