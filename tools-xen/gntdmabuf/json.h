/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Print JSON.  gntdmabuf.1 documents the keys: they must not change.
 */

#ifndef GNTDMABUF_JSON_H
#define GNTDMABUF_JSON_H

#include <stdint.h>

#include <json-c/json.h>

/* json.c */
struct json_object *json_names(uint32_t bits, const char * const *names,
			       unsigned int count);
void json_print(struct json_object *object);

#endif /* GNTDMABUF_JSON_H */
