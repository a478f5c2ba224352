// SPDX-License-Identifier: MIT
/*
 * backend DOMID DIRECTORY BYTES: the part of a backend that has to do with
 * buffers, to copy from.
 *
 * A guest drew something into pages of its own, granted them to this domain,
 * and wrote their references into a page directory, as frontends of displif and
 * sndif do.  A real backend gets DIRECTORY and BYTES in a request on a ring;
 * here they are arguments.  The program
 *
 *   1. asks the kernel what it can do,
 *   2. exports the guest's pages as a dma-buf,
 *   3. reads them and prints their checksum,
 *   4. lets go, and
 *   5. waits until the guest can have its pages back.
 *
 * It prints one line for each.  Nothing is copied on the way.
 */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xengnttab.h>

/* Grants are of 4 KiB, whatever the page size of this domain */
#define GRANT_SIZE	4096

/*
 * Tell the kernel that this program begins or ends to read.  The guest writes
 * through caches; where a device or this program does not look into them, this
 * is what makes the two agree.  A signal may interrupt it.
 */
static void cpu_access(int fd, uint64_t begin_or_end)
{
	struct dma_buf_sync sync = { .flags = begin_or_end | DMA_BUF_SYNC_READ };

	while (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync))
		if (errno != EINTR && errno != EAGAIN)
			err(1, "DMA_BUF_IOCTL_SYNC");
}

/*
 * Stands for what a backend does with the buffer.  One for a display does not
 * map it: it gives the descriptor to drmPrimeFDToHandle() and has a picture that
 * the card scans out of the guest's pages.  For cameras and codecs it is
 * V4L2_MEMORY_DMABUF, for a compositor zwp_linux_dmabuf_v1.
 */
static uint64_t use(int fd, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325;	/* FNV-1a, a word at a time */
	const uint32_t *words;
	size_t i;

	/* Shared: a private mapping would be a copy, and is refused */
	words = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		err(1, "mmap");
	cpu_access(fd, DMA_BUF_SYNC_START);
	for (i = 0; i < size / sizeof(*words); i++)
		sum = (sum ^ words[i]) * 0x100000001b3;
	cpu_access(fd, DMA_BUF_SYNC_END);
	/* As long as something is mapped the buffer is in use */
	munmap((void *)words, size);
	return sum;
}

int main(int argc, char **argv)
{
	struct xengnttab_dmabuf_info info;
	struct pollfd released = { .events = POLLIN };
	uint32_t domid, directory, count, flags;
	xengnttab_handle *gnttab;
	uint64_t id, size;
	int fd;

	if (argc != 4)
		errx(1, "usage: backend DOMID DIRECTORY BYTES");
	domid = strtoul(argv[1], NULL, 0);
	directory = strtoul(argv[2], NULL, 0);
	size = strtoull(argv[3], NULL, 0);

	/* 1. One handle serves all buffers of a backend */
	gnttab = xengnttab_open(NULL, 0);
	if (!gnttab)
		err(1, "/dev/xen/gntdev");
	/* ENOTTY: the kernel's gntdev has no dma-bufs; fall back to copies */
	if (xengnttab_dmabuf_query(gnttab, &info))
		err(1, "this kernel does not export grants as dma-bufs");
	flags = XENGNTTAB_DMABUF_DIRECTORY | XENGNTTAB_DMABUF_READONLY;
	if ((info.export_flags & flags) != flags)
		errx(1, "this kernel does not export directories read-only");
	/* The size comes from the guest: never believe it */
	if (!size || size > (uint64_t)info.max_pages * GRANT_SIZE)
		errx(1, "no buffer has %" PRIu64 " bytes", size);
	count = (size + GRANT_SIZE - 1) / GRANT_SIZE;
	printf("query: %u pages at most\n", info.max_pages);

	/*
	 * 2. A device that cannot scatter and gather wants XENGNTTAB_DMABUF_WC,
	 * too.  The kernel reads the directory once, and checks it; the guest's
	 * mistakes are EACCES (a page is not granted) and EINVAL (the directory
	 * is too short, too long, or a circle), and harm nobody else.
	 */
	released.fd = eventfd(0, EFD_CLOEXEC);
	if (released.fd < 0)
		err(1, "eventfd");
	if (xengnttab_dmabuf_export(gnttab, domid, flags, count, &directory, 0,
				    released.fd, &fd, &id))
		err(1, "export %u pages of domain %u", count, domid);
	printf("export: buffer %" PRIu64 ", %u pages\n", id, count);

	/* 3. The buffer has whole pages, the data is what the guest said */
	printf("use: checksum %016" PRIx64 "\n", use(fd, size));

	/* 4. Drivers and other programs may have it still */
	close(fd);

	/*
	 * 5. The eventfd goes into the backend's main loop, next to the event
	 * channel.  When it fires each grant is unmapped: now answer the guest's
	 * request to destroy the buffer, and not before.
	 */
	if (poll(&released, 1, 5000) != 1)
		errx(1, "somebody still uses buffer %" PRIu64, id);
	printf("released: the guest can have its pages back\n");
	xengnttab_close(gnttab);
	return 0;
}
