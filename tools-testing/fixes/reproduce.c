// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reproducers of the faults of gntdev that patches/linux-fixes-xen fixes.  Each function is
 * one: it returns whether it has seen the fault.  All but export_of() use pages that this
 * domain grants to itself, so they need no guest; not on x86 PVH, where Xen moves a page
 * that its owner maps.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own-grants.h"
#include "reproduce-maps.h"
#include <linux/dma-heap.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

/* export_ref - export one page; returns the descriptor, -1 if it fails */
static int export_ref(uint32_t domid, uint32_t ref)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op = {
		.count = 1,
		.domid = domid,
		.refs = { ref },
	};

	return ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, &op) ? -1 : (int)op.fd;
}

static int wait_released(int fd, unsigned int ms)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op = { .fd = fd, .wait_to_ms = ms };

	return ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &op) ? errno : 0;
}

/* must_export - export one page, or end the program */
static int must_export(uint32_t ref)
{
	int fd = export_ref(OWN_DOMAIN, ref);

	if (fd < 0)
		err(2, "export");
	return fd;
}

/* heap_alloc - allocate a dma-buf of the system heap or, if @cma, of another */
static int heap_alloc(bool cma, unsigned int pages)
{
	struct dma_heap_allocation_data op = {
		.len = pages * PAGE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	DIR *heaps = opendir("/dev/dma_heap");
	struct dirent *entry;
	int heap = -1;

	while (heaps && heap < 0 && (entry = readdir(heaps)))
		if (entry->d_name[0] != '.' && !strcmp(entry->d_name, "system") != cma)
			heap = openat(dirfd(heaps), entry->d_name, O_RDWR | O_CLOEXEC);
	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &op))
		err(2, "allocation of %u pages of a heap", pages);
	closedir(heaps);
	close(heap);
	return op.fd;
}

/* import - grant the pages of a dma-buf to this domain; @ref is the first reference */
static int import(int fd, unsigned int pages, uint32_t *ref)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs *op = calloc(1, sizeof(*op) + 4 * pages);
	int ret;

	if (!op)
		err(2, "memory");
	op->fd = fd;
	op->count = pages;
	op->domid = OWN_DOMAIN;
	ret = ioctl(gntdev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, op) ? errno : 0;
	*ref = op->refs[0];
	free(op);
	return ret;
}

/* ---- 0001: a deadlock of MAP_GRANT_REF and mmap() */

#define LOCK_ROUNDS	1000U

static volatile unsigned int *rounds;

static void *mmap_rounds(void *unused)
{
	/* No map has this index, so this fails */
	for (;;)
		mmap(NULL, PAGE, PROT_READ, MAP_SHARED, gntdev, 1UL << 30);
	return NULL;
}

static void map_grant_rounds(void)
{
	struct ioctl_gntdev_map_grant_ref *op, content = { .count = 1, .refs = { { 0, 8 } } };
	int file = open("/tmp/op", O_RDWR | O_CREAT, 0600);
	pthread_t thread;

	if (file < 0 || write(file, &content, sizeof(content)) != sizeof(content) ||
	    pthread_create(&thread, NULL, mmap_rounds, NULL))
		err(2, "preparation");
	while (*rounds < LOCK_ROUNDS) {
		struct ioctl_gntdev_unmap_grant_ref unmap = { .count = 1 };

		/* The first write to this mapping takes the mmap lock */
		op = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
		if (op == MAP_FAILED || ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, op))
			err(2, "MAP_GRANT_REF");
		unmap.index = op->index;
		ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
		munmap(op, PAGE);
		++*rounds;
	}
	_exit(0);
}

/* The processes that hang are left: nothing can end them */
static bool lock(void)
{
	unsigned int before, idle = 0;
	pid_t child;

	rounds = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (!child)
		map_grant_rounds();
	for (before = 0; !waitpid(child, NULL, WNOHANG); before = *rounds) {
		sleep(1);
		idle = *rounds == before ? idle + 1 : 0;
		if (idle == 30)
			break;
	}
	printf("%u rounds\n", *rounds);
	return *rounds < LOCK_ROUNDS;
}

/* ---- 0004: one waiter of several wakes */

static void *wait_10s(void *fd)
{
	return (void *)(intptr_t)wait_released((intptr_t)fd, 10000);
}

static bool waiters(void)
{
	int fd = must_export(grant_page()), i, late = 0;
	pthread_t thread[3];
	void *ret;

	for (i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, wait_10s, (void *)(intptr_t)fd);
	/* A thread that waits later finds no dma-buf, which is no fault */
	sleep(2);
	close(fd);
	for (i = 0; i < 3; i++) {
		pthread_join(thread[i], &ret);
		late += (intptr_t)ret == ETIMEDOUT;
	}
	printf("%d of 3 waits timed out\n", late);
	return late;
}

/* ---- 0006: a release is signalled while the grants are mapped */

/* hold_page - let the module hold_page keep a page of a dma-buf, or with -1 none */
static void hold_page(int fd)
{
	int file = open("/sys/module/hold_page/parameters/fd", O_WRONLY | O_CLOEXEC);

	if (file < 0 || dprintf(file, "%d", fd) < 0)
		err(2, "module hold_page");
	close(file);
}

static bool release(void)
{
	int fd = must_export(grant_page()), held, after;

	hold_page(fd);
	close(fd);
	held = wait_released(fd, 500);
	hold_page(-1);
	after = wait_released(fd, 10000);
	printf("wait while the page is mapped: %s; after: %s\n", strerror(held),
	       strerror(after));
	return held != ETIMEDOUT || (after && after != ENOENT);
}

/* ---- 0007: UNMAP_GRANT_REF frees the map of an export */

static bool unmap(void)
{
	int fd = must_export(grant_page()), ret = remove_map(1, 0);

	if (ret) {
		printf("UNMAP_GRANT_REF: %s\n", strerror(ret));
		return false;
	}
	puts("fault: UNMAP_GRANT_REF unmapped an export; Linux stops at close()");
	fflush(stdout);
	close(fd);
	return true;
}

/* ---- 0008: a failed export leaves a descriptor */

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static bool descriptor(void)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *op =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int before, after, ret;

	op->count = 1;
	op->domid = OWN_DOMAIN;
	op->refs[0] = grant_page();
	mprotect(op, PAGE, PROT_READ);
	before = count_descriptors();
	ret = ioctl(gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, op) ? errno : 0;
	after = count_descriptors();
	printf("export: %s; %d descriptors more\n", strerror(ret), after - before);
	return ret == EFAULT && after != before;
}

/* ---- 0009: the exporter reuses an imported page that the peer domain maps */

static bool hold(void)
{
	struct ioctl_gntdev_dmabuf_imp_release release = { 0 };
	volatile uint32_t *map, *data;
	int fd = heap_alloc(true, 1), i;
	uint32_t ref;

	data = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED || import(fd, 1, &ref))
		err(2, "import");
	*data = 0x12345678;
	munmap((void *)data, PAGE);
	map = map_grants(1, add_map(1, &ref));
	if (*map != 0x12345678)
		errx(2, "the grant maps another page");
	release.fd = fd;
	if (ioctl(gntdev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &release))
		err(2, "IMP_RELEASE");
	close(fd);
	/* The heap clears the pages of new buffers */
	for (i = 0; i < 64 && *map == 0x12345678; i++)
		heap_alloc(true, 1);
	printf("the peer domain sees %#x\n", *map);
	return *map != 0x12345678;
}

/* ---- 0010: the number of references is truncated to 16 bits */

static bool truncated(void)
{
	unsigned int i, pages, count = 0;
	uint32_t ref;
	int fd, ret;

	for (i = 0; i < 3; i++) {
		fd = heap_alloc(false, 65536);
		printf("import of 65536 pages: %s\n", strerror(import(fd, 65536, &ref)));
		close(fd);
	}
	/* Linux with the fault stops when the table is full */
	fflush(stdout);
	for (pages = 1024; pages; pages /= 32)
		while (!(ret = import(heap_alloc(false, pages), pages, &ref)))
			count += pages;
	printf("%u references, then %s\n", count, strerror(ret));
	return ret != ENOSPC;
}

/* ---- 0003: exports fail on x86.  argv: the domain, a reference that it granted */

static bool export_of(char **argv)
{
	int fd = export_ref(atoi(argv[0]), atoi(argv[1]));

	printf("export: %s\n", fd < 0 ? strerror(errno) : "Success");
	return fd < 0;
}

/* ---- 0018: Xen has no memory for a larger grant table: run by take-memory */

/* As many pages as the largest grant table has references */
#define MOST_REFS	32768U

static bool grow(void)
{
	int file = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	int limit = open("/sys/module/xen_gntalloc/parameters/limit", O_WRONLY | O_CLOEXEC);
	unsigned int count;

	if (file < 0 || limit < 0 || dprintf(limit, "%u", MOST_REFS) < 0)
		err(2, "gntalloc");
	for (count = 0; count < MOST_REFS; count++) {
		struct ioctl_gntalloc_alloc_gref op = { .domid = OWN_DOMAIN, .count = 1 };

		if (ioctl(file, IOCTL_GNTALLOC_ALLOC_GREF, &op))
			break;
	}
	/* Linux with the fault has stopped */
	printf("%u references, then %s\n", count, strerror(errno));
	return count == MOST_REFS;
}

/* ---- 0011: ioctls of 32-bit programs, by reproduce32 */

static bool program32(void)
{
	uint32_t ref;
	volatile uint32_t *data = grant_pages(1, &ref);
	char arg[16];
	int status;

	*data = 0x12345678;
	snprintf(arg, sizeof(arg), "%u", ref);
	fflush(stdout);
	if (!fork()) {
		execlp("reproduce32", "reproduce32", arg, NULL);
		_exit(2);
	}
	wait(&status);
	return status;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(void);
	} faults[] = {
		{ "lock", lock }, { "waiters", waiters }, { "release", release },
		{ "unmap", unmap }, { "descriptor", descriptor }, { "hold", hold },
		{ "truncated", truncated }, { "program32", program32 }, { "walk", walk },
		{ "tree", tree },
		{ "clear", clear }, { "splice", splice_pages }, { "parts", splice_parts },
		{ "signal", map_signal }, { "grow", grow }, { "protect", protect }, { NULL }
	};
	bool fault;
	int i;

	gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (gntdev < 0)
		err(2, "/dev/xen/gntdev");
	for (i = 0; faults[i].name; i++)
		if (argc == 2 && !strcmp(argv[1], faults[i].name)) {
			fault = faults[i].run();
			goto end;
		}
	if (argc != 4 || strcmp(argv[1], "export"))
		errx(2, "usage: reproduce NAME | reproduce export DOMAIN REFERENCE");
	fault = export_of(argv + 2);
end:
	puts(fault ? "fault" : "no fault");
	return fault;
}
