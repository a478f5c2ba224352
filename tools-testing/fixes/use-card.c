// SPDX-License-Identifier: GPL-2.0-only
/*
 * use-card WHAT [WIDTH HEIGHT] RESULT: in a guest, use the card of xen-front that `frontend'
 * has connected.  For patches/linux-fixes-drm.
 *   buffer       create a buffer
 *   framebuffer  create a buffer and a framebuffer with it
 *   import       import a buffer of one page
 *   memory       have a process request a buffer of 1 GiB, more than the guest has, so
 *                that Linux kills it
 * RESULT is the name of the errno that the last request must have, or "ok".
 * Output: a line "fault: ..." if files of the kernel are left, or more than 32 MiB.
 * Exit status: 0, or 1 if the result is another one.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <linux/dma-heap.h>

#include "../selftests/xen/files.h"

/* Tenths of a second to wait for what the kernel frees late: emulation can be slow */
#define PATIENCE	100

#define CARD	"/dev/dri/card0"
#define HEAP	"/dev/dma_heap/system"

static int card;

/* open_files - number of open files of the system, with those of the kernel */
static long open_files(void)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "r");
	long number;

	if (!file || fscanf(file, "%ld", &number) != 1)
		err(1, "file-nr");
	fclose(file);
	return number;
}

static int request(unsigned long number, void *arg)
{
	return ioctl(card, number, arg) ? errno : 0;
}

static int create_buffer(struct drm_mode_create_dumb *dumb, int width, int height)
{
	*dumb = (struct drm_mode_create_dumb){ .width = width, .height = height, .bpp = 32 };
	return request(DRM_IOCTL_MODE_CREATE_DUMB, dumb);
}

static int buffer(int width, int height)
{
	struct drm_mode_create_dumb dumb;
	struct drm_mode_destroy_dumb destroy;
	int error = create_buffer(&dumb, width, height);

	if (error)
		return error;
	destroy.handle = dumb.handle;
	return request(DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
}

static int framebuffer(void)
{
	struct drm_mode_create_dumb dumb;
	struct drm_mode_destroy_dumb destroy;
	struct drm_mode_fb_cmd2 fb = { .width = 64, .height = 64 };
	int error = create_buffer(&dumb, fb.width, fb.height);

	if (error)
		return error;
	fb.pixel_format = DRM_FORMAT_ARGB8888;
	fb.handles[0] = dumb.handle;
	fb.pitches[0] = dumb.pitch;
	error = request(DRM_IOCTL_MODE_ADDFB2, &fb);
	if (!error)
		error = request(DRM_IOCTL_MODE_RMFB, &fb.fb_id);
	destroy.handle = dumb.handle;
	if (request(DRM_IOCTL_MODE_DESTROY_DUMB, &destroy))
		err(1, "destroy");
	return error;
}

/* available_memory - in KiB */
static long available_memory(void)
{
	unsigned long number = file_number("/proc/meminfo", "MemAvailable:");

	if (number == -1UL)
		errx(1, "no MemAvailable in /proc/meminfo");
	return number;
}

static void set_oom_score(const char *score)
{
	errno = file_write("/proc/self/oom_score_adj", score);
	if (errno)
		err(1, "oom_score_adj");
}

static int memory(void)
{
	long before = available_memory(), left;
	pid_t child;
	int i;

	set_oom_score("-1000");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		set_oom_score("1000");
		_exit(buffer(16384, 16384));
	}
	waitpid(child, NULL, 0);
	for (i = 0; i < PATIENCE && (left = before - available_memory()) > 32 * 1024; i++)
		usleep(100000);
	if (left > 32 * 1024)
		printf("fault: %ld KiB are left\n", left);
	return 0;
}

static int import(void)
{
	struct dma_heap_allocation_data data = { .len = 4096, .fd_flags = O_RDWR | O_CLOEXEC };
	struct drm_prime_handle prime = { 0 };
	struct drm_gem_close gem_close = { 0 };
	int heap = open(HEAP, O_RDWR);
	int error;

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data))
		err(1, HEAP);
	close(heap);
	prime.fd = data.fd;
	error = request(DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	gem_close.handle = prime.handle;
	if (!error && request(DRM_IOCTL_GEM_CLOSE, &gem_close))
		err(1, "close");
	close(data.fd);
	return error;
}

int main(int argc, char **argv)
{
	const char *result;
	long files, left;
	int error, i;

	if (argc < 3)
		errx(2, "usage: use-card WHAT [WIDTH HEIGHT] RESULT");
	files = open_files();
	/* The node of the card comes a little later than the state of the driver */
	while ((card = open(CARD, O_RDWR | O_CLOEXEC)) < 0)
		usleep(100000);

	if (argc == 5 && !strcmp(argv[1], "buffer"))
		error = buffer(atoi(argv[2]), atoi(argv[3]));
	else if (!strcmp(argv[1], "framebuffer"))
		error = framebuffer();
	else if (!strcmp(argv[1], "import"))
		error = import();
	else if (!strcmp(argv[1], "memory"))
		error = memory();
	else
		errx(2, "no command %s", argv[1]);

	result = error ? strerrorname_np(error) : "ok";
	printf("%s: %s\n", argv[1], result);
	close(card);
	/* Files are closed a little later */
	for (i = 0; i < PATIENCE && (left = open_files() - files) > 0; i++)
		usleep(100000);
	if (left > 0)
		printf("fault: %ld files are left\n", left);
	return strcmp(result, argv[argc - 1]) != 0;
}
