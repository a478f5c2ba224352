/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gntdmabuf: what its commands share.  Whatever goes wrong ends the program
 * with one line that says what to do about it and status 1.
 */

#ifndef GNTDMABUF_H
#define GNTDMABUF_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xengnttab.h>

#define XEN_PAGE	4096UL

/* A command's options beside --help, which main.c has an answer to */
#define OPTION_HELP	{ "help", no_argument, NULL, 'h' }
#define OPTION_END	{ NULL, 0, NULL, 0 }

/* main.c */
void show_help(const char *command);

/* number.c */
uint64_t number(const char *text, uint64_t most, const char *what);
uint64_t number_of_bytes(const char *text, const char *what);
const char *number_pair(const char *text, uint32_t *width, uint32_t *height);

/* gntdev.c */
xengnttab_handle *gntdev_open(struct xengnttab_dmabuf_info *info);

/* hold.c */
void hold_begin(void);
void hold_until_end(void);
bool hold_until_event(int eventfd);
int hold_eventfd(void);

/**
 * struct granted - the pages of another domain that are to be a buffer
 * @domid: the domain
 * @flags: XENGNTTAB_DMABUF_*
 * @count: number of pages
 * @refs: a reference for each, or that of their directory
 * @data_ofs: where the data begins in the first page
 * @has_domid: -d was given
 */
struct granted {
	uint32_t domid;
	uint32_t flags;
	uint32_t count;
	uint32_t *refs;
	uint32_t data_ofs;
	bool has_domid;
};

#define GRANTED_OPTIONS \
	{ "domain", required_argument, NULL, 'd' }, \
	{ "directory", required_argument, NULL, 'D' }, \
	{ "count", required_argument, NULL, 'n' }, \
	{ "read-only", no_argument, NULL, 'r' }, \
	{ "wc", no_argument, NULL, 'w' }, \
	{ "coherent", no_argument, NULL, 'c' }, \
	{ "offset", required_argument, NULL, 'o' }
#define GRANTED_LETTERS	"d:D:n:"

/* granted.c */
void granted_option(struct granted *granted, int option);
void granted_references(struct granted *granted, int argc, char **argv);
void granted_export(struct granted *granted, xengnttab_handle *xgt,
		    const struct xengnttab_dmabuf_info *info, int eventfd,
		    int *fd, uint64_t *id);

/* why.c */
_Noreturn void why_not_exported(const struct granted *granted,
				xengnttab_handle *xgt,
				const struct xengnttab_dmabuf_info *info,
				int error);

/* look.c */
/**
 * struct look - a buffer that a program reads
 * @fd: the dma-buf
 * @bytes: where it is mapped
 * @size: of all pages
 */
struct look {
	int fd;
	const uint8_t *bytes;
	size_t size;
};

void look_begin(struct look *look, int fd);
void look_end(struct look *look);
void look_hexdump(const uint8_t *bytes, size_t size);

/* png.c */
/**
 * struct picture - what to make of a buffer's bytes
 * @width: in pixels
 * @height: in pixels
 * @format: of the pixels
 * @file: where the PNG goes
 */
struct picture {
	uint32_t width;
	uint32_t height;
	const struct pixel_format *format;
	const char *file;
};

void picture_option(struct picture *picture, const char *text, const char *file);
void picture_write(const struct picture *picture, const uint8_t *bytes,
		   size_t size);

/* alloc.c */
int alloc_buffer(const char *from);

int run_query(int argc, char **argv);
int run_export(int argc, char **argv);
int run_import(int argc, char **argv);
int run_wait(int argc, char **argv);
int run_list(int argc, char **argv);
int run_bench(int argc, char **argv);

#endif /* GNTDMABUF_H */
