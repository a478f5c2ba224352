/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations for all files of gntdmabuf.  Each command has a file of its own,
 * which main.c calls; all other files serve the commands.  Every error ends the
 * program with status 1 and one line, which says what the user can do.
 */

#ifndef GNTDMABUF_H
#define GNTDMABUF_H

#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <xengnttab.h>

#include "pixels.h"

/* Size of the page that a grant reference names, on every architecture */
#define XEN_PAGE	4096UL

/**
 * struct command - a command of gntdmabuf
 * @name: the first argument of gntdmabuf
 * @run: runs the command; returns the exit status
 * @arguments: the arguments of the command, for the usage line
 * @help: what the command does, and its options
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *help;
};

/* The commands, each in the file of its name */
extern const struct command query_command;
extern const struct command export_command;
extern const struct command import_command;
extern const struct command wait_command;
extern const struct command revoke_command;
extern const struct command list_command;
extern const struct command bench_command;
extern const struct command offer_command;
extern const struct command take_command;

/* Options of every command */
#define OPTION_HELP	{ "help", no_argument, NULL, 'h' }
#define OPTION_END	{ NULL, 0, NULL, 0 }

/* help.c */
void show_help(const struct command *command);

/* parse.c */
uint64_t parse_number(const char *text, uint64_t max, const char *what);
uint32_t parse_domid(const char *text);
uint64_t parse_size(const char *text, const char *what);
const char *parse_dimensions(const char *text, uint32_t *width,
			     uint32_t *height);

struct xentoollog_logger;

/* gntdev.c */
struct xentoollog_logger *gntdev_logger(void);
xengnttab_handle *gntdev_open(struct xengnttab_dmabuf_info *info);
xengnttab_handle *gntdev_fdopen(int fd);

/* fdinfo.c */
void fdinfo_each(void (*fn)(FILE *fdinfo, int pid, int fd));

/* events.c */
void events_init(void);
void events_exit(void);
void events_watch(int fd, bool (*readable)(void *data), void *data);
void events_wait_stdin(void);
bool events_wait_eventfd(int eventfd);
void events_wait_output(int fd);
int events_create_eventfd(void);
bool events_wait_interval(int ms);
int events_wait_process(pid_t pid);
bool events_wait_fds(struct pollfd *fds, unsigned int count);

/**
 * struct export_request - the pages of another domain to export
 * @domid: the granting domain
 * @flags: XENGNTTAB_DMABUF_*
 * @count: number of pages
 * @refs: @count grant references, or the one of the page directory
 * @data_ofs: offset of the data in the first page, in bytes
 * @has_domid: the option -d was given
 */
struct export_request {
	uint32_t domid;
	uint32_t flags;
	uint32_t count;
	uint32_t *refs;
	uint32_t data_ofs;
	bool has_domid;
};

/* Options of the commands that export */
#define EXPORT_OPTIONS \
	{ "domain", required_argument, NULL, 'd' }, \
	{ "directory", required_argument, NULL, 'D' }, \
	{ "count", required_argument, NULL, 'n' }, \
	{ "read-only", no_argument, NULL, 'r' }, \
	{ "wc", no_argument, NULL, 'w' }, \
	{ "coherent", no_argument, NULL, 'c' }, \
	{ "offset", required_argument, NULL, 'O' }
#define EXPORT_LETTERS	"d:D:n:"
#define EXPORT_ARGUMENTS	"-d DOMID [OPTION...] REF...|-D REF -n COUNT"
#define EXPORT_HELP \
	"  -d, --domain DOMID   the granting domain\n" \
	"  -D, --directory REF  the reference of the first page of a page directory\n" \
	"  -n, --count COUNT    number of pages that the page directory names\n" \
	"      --read-only      map the pages read-only\n" \
	"      --wc, --coherent make the buffer contiguous, as memory of the DMA API\n" \
	"      --offset BYTES   offset of the data in the first page\n"

/* export-request.c */
void export_request_option(struct export_request *request, int option);
void export_request_refs(struct export_request *request, int argc, char **argv);
void export_request_run(const struct export_request *request,
			xengnttab_handle *xgt,
			const struct xengnttab_dmabuf_info *info, int eventfd,
			int *fd, uint64_t *id);

/* export-error.c */
_Noreturn void export_error(const struct export_request *request,
			    xengnttab_handle *xgt,
			    const struct xengnttab_dmabuf_info *info, int error);

/**
 * struct buffer_map - a buffer that this program reads
 * @fd: the dma-buf
 * @bytes: the mapping, read-only
 * @size: of all pages, in bytes
 */
struct buffer_map {
	int fd;
	const uint8_t *bytes;
	size_t size;
};

/* buffer-map.c */
void buffer_sync(int fd, uint64_t flags);
void buffer_map(struct buffer_map *map, int fd);
void buffer_unmap(struct buffer_map *map);

/* raw.c */
void raw_write(const char *file, const uint8_t *bytes, size_t size);

/**
 * struct picture - a picture to write
 * @pixels: the pixels
 * @file: the PNG file, NULL for none
 */
struct picture {
	struct pixels pixels;
	const char *file;
};

/* png.c */
void picture_option(struct picture *picture, const char *text,
		    const char *file);
void picture_pitch(struct picture *picture);
void picture_write(struct picture *picture, const uint8_t *bytes, size_t size);

/* command.c */
char **command_split(int *argc, char **argv);
int command_run(char **command, int fd, uint64_t id);

/**
 * struct alloc_request - the buffer that an argument describes
 * @alloc: allocates it, returns the dma-buf; NULL for an inherited descriptor
 * @fd: the inherited descriptor
 * @name: name or path of the card, or name of the heap
 * @size: in bytes; a card can allocate more
 * @width: of a dumb buffer, in pixels
 * @height: of a dumb buffer, in pixels
 */
struct alloc_request {
	int (*alloc)(const struct alloc_request *request);
	int fd;
	char *name;
	uint64_t size;
	uint32_t width;
	uint32_t height;
};

/* alloc.c */
void alloc_parse(struct alloc_request *request, const char *text);
uint64_t alloc_pages(uint64_t size);
_Noreturn void alloc_too_large(unsigned long long pages, uint32_t limit);
int alloc_run(const struct alloc_request *request, uint32_t max_pages);

#endif /* GNTDMABUF_H */
