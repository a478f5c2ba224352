// SPDX-License-Identifier: MIT
/*
 * backend DOMID DIRECTORY BYTES: an example of a backend that uses a guest's
 * buffer with zero copies.  Copy the code into your backend.
 *
 * The frontend in the guest wrote data into its own pages, granted the pages to
 * this domain, and wrote the grant references into a page directory, as the
 * protocols displif and sndif define.  DIRECTORY is the grant reference of the
 * page directory, BYTES the size of the data.  A real backend receives both in
 * a request on a ring; here they are arguments.  The program
 *
 *   1. queries the features and limits of the kernel,
 *   2. exports the guest's pages as a dma-buf,
 *   3. reads the buffer and computes a checksum,
 *   4. closes the dma-buf, and
 *   5. waits until the buffer is released: the guest can reuse its pages.
 *
 * It prints a line for the steps 1, 2, 3 and 5.
 */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xengnttab.h>

/* A grant reference names 4 KiB, whatever the page size of this domain is */
#define GRANT_SIZE	4096

/*
 * Begin or end a read by the CPU.  The kernel maintains the caches here, if the
 * buffer needs that.  A signal can interrupt the request: repeat it.
 */
static void sync_for_read(int fd, uint64_t start_or_end)
{
	struct dma_buf_sync sync = { .flags = start_or_end | DMA_BUF_SYNC_READ };

	while (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync))
		if (errno != EINTR && errno != EAGAIN)
			err(1, "DMA_BUF_IOCTL_SYNC");
}

/*
 * Use the buffer.  The example maps it and computes a checksum.  Replace this
 * function with your use of the descriptor:
 *
 *   display        drmPrimeFDToHandle(): the card scans out the guest's pages
 *   camera, codec  V4L2_MEMORY_DMABUF
 *   compositor     zwp_linux_dmabuf_v1
 */
static uint64_t use_buffer(int fd, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325;	/* FNV-1a, a word at a time */
	uint32_t word;
	uint8_t *bytes;
	size_t i;

	/* The exporter refuses MAP_PRIVATE, which would be a copy */
	bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		err(1, "mmap");
	sync_for_read(fd, DMA_BUF_SYNC_START);
	for (i = 0; i < size; i += sizeof(word)) {
		word = 0;
		memcpy(&word, bytes + i, size - i < sizeof(word) ? size - i : sizeof(word));
		sum = (sum ^ word) * 0x100000001b3;
	}
	sync_for_read(fd, DMA_BUF_SYNC_END);
	/* A mapping keeps the buffer in use */
	munmap(bytes, size);
	return sum;
}

/* The number of an argument, which is at most max */
static uint64_t number(const char *text, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value > max)
		errx(1, "'%s' is no number up to %" PRIu64, text, max);
	return value;
}

int main(int argc, char **argv)
{
	struct xengnttab_dmabuf_info info;
	struct pollfd released = { .events = POLLIN };
	uint32_t domid, directory, count, flags;
	xengnttab_handle *gnttab;
	uint64_t id, size;
	int fd, ready;

	if (argc != 4)
		errx(1, "usage: backend DOMID DIRECTORY BYTES");
	domid = number(argv[1], UINT32_MAX);
	directory = number(argv[2], UINT32_MAX);
	size = number(argv[3], UINT64_MAX);

	/* 1. Open one handle for all buffers of the backend */
	gnttab = xengnttab_open(NULL, 0);
	if (!gnttab)
		err(1, "/dev/xen/gntdev");
	/* ENOTTY: this gntdev has no dma-bufs; a real backend then copies */
	if (xengnttab_dmabuf_query(gnttab, &info))
		err(1, "this kernel does not export grants as dma-bufs");
	flags = XENGNTTAB_DMABUF_DIRECTORY | XENGNTTAB_DMABUF_READONLY;
	if ((info.export_flags & flags) != flags)
		errx(1, "this kernel does not export directories read-only");
	/* The size comes from the guest: check it */
	if (!size || size > (uint64_t)info.max_pages * GRANT_SIZE)
		errx(1, "no buffer has %" PRIu64 " bytes", size);
	count = (size + GRANT_SIZE - 1) / GRANT_SIZE;
	printf("query: %u pages at most\n", info.max_pages);

	/*
	 * 2. Export.  Add XENGNTTAB_DMABUF_WC if the device cannot scatter and
	 * gather.  The kernel reads the page directory once and checks it.
	 * Errors of the guest are EACCES (a page is not granted) and EINVAL (the
	 * directory is too short, too long, or a loop); only this export fails.
	 * ENOSPC: Xen has no handle left for a mapping, until another buffer is
	 * released; ENOMEM: this domain has no memory left.
	 */
	released.fd = eventfd(0, EFD_CLOEXEC);
	if (released.fd < 0)
		err(1, "eventfd");
	if (xengnttab_dmabuf_export(gnttab, domid, flags, count, &directory, 0,
				    released.fd, &fd, &id))
		err(1, "export %u pages of domain %u", count, domid);
	printf("export: buffer %" PRIu64 ", %u pages\n", id, count);

	/* 3. The buffer has whole pages; the data ends at the guest's size */
	printf("use: checksum %016" PRIx64 "\n", use_buffer(fd, size));

	/* 4. Drivers and other programs can still hold the buffer */
	close(fd);

	/*
	 * 5. A real backend polls the eventfd in its main loop, next to the event
	 * channel.  The kernel signals it after each grant is unmapped.  Only then
	 * answer the guest's request to destroy the buffer.
	 */
	do
		ready = poll(&released, 1, 5000);
	while (ready < 0 && errno == EINTR);
	if (ready != 1)
		errx(1, "buffer %" PRIu64 " is still in use", id);
	close(released.fd);
	printf("released: the guest can reuse its pages\n");
	xengnttab_close(gnttab);
	return 0;
}
