/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xenstore.  Each function takes a folder and the name of a node in it.  A
 * folder without a leading slash is relative to the path of this domain.
 */

#ifndef DISPL_BACKEND_STORE_H
#define DISPL_BACKEND_STORE_H

#include <stdbool.h>
#include <stdint.h>

void store_open(void (*changed)(const char *path, const char *token));
void store_close(void);
char *store_read(const char *folder, const char *node);
bool store_read_number(const char *folder, const char *node, uint32_t *number);
void store_write(const char *folder, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void store_update(const char *folder, const char *node, const char *text);
void store_add(const char *folder, const char *other, const char *node, const char *text);
char **store_list(const char *folder, unsigned int *count);
void store_watch(const char *path, const char *token);
void store_unwatch(const char *path, const char *token);

#endif /* DISPL_BACKEND_STORE_H */
