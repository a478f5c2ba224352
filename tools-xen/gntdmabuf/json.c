// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print JSON.  The commands query and list call this.
 */

#include <err.h>
#include <stdio.h>

#include "json.h"

/**
 * json_names - make an array of the names whose bit is set
 * @bits: the bits
 * @names: the name of each bit
 * @count: number of names
 *
 * Return: the array.
 */
struct json_object *json_names(uint32_t bits, const char * const *names,
			       unsigned int count)
{
	struct json_object *array = json_object_new_array();
	unsigned int i;

	for (i = 0; i < count; i++)
		if (bits >> i & 1)
			json_object_array_add(array, json_object_new_string(names[i]));
	return array;
}

/**
 * json_print - print an object in a line of its own, and free it
 * @object: the object
 */
void json_print(struct json_object *object)
{
	printf("%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	if (fflush(stdout))
		err(1, "standard output");
	json_object_put(object);
}
