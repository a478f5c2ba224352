// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-import.so: a library for LD_PRELOAD, with which a compositor offers linux-dmabuf and
 * fails to import each dma-buf, as one whose driver cannot use the memory.
 * display-wayland loads it.
 */

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

/* The target of the extension EGL_EXT_image_dma_buf_import */
#define LINUX_DMA_BUF	0x3270

typedef void *(*create_image_func)(void *display, void *context, unsigned int target,
				   void *buffer, const int32_t *attributes);

static create_image_func create_any_image;

static void *create_image(void *display, void *context, unsigned int target, void *buffer,
			  const int32_t *attributes)
{
	if (target == LINUX_DMA_BUF)
		return NULL;
	return create_any_image(display, context, target, buffer, attributes);
}

/* In the place of libEGL's function */
void *eglGetProcAddress(const char *name)
{
	static void *(*get_address)(const char *name);

	if (!get_address)
		get_address = dlsym(dlopen("libEGL.so.1", RTLD_NOW), __func__);
	if (strcmp(name, "eglCreateImageKHR"))
		return get_address(name);
	create_any_image = get_address(name);
	return create_image;
}
