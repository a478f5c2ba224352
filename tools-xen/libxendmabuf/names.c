// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table of what has a name.  offerer.c and taker.c call this.
 */

#include <string.h>

#include "names.h"

static struct named **list_of(const struct names *names, const uint8_t *name)
{
	return (struct named **)&names->lists[name[XENDMABUF_NAME_SIZE - 1]];
}

/**
 * names_find - find a name
 * @names: the table
 * @name: the name
 *
 * Return: what has the name, or NULL.
 */
struct named *names_find(const struct names *names, const uint8_t *name)
{
	struct named *named = *list_of(names, name);

	while (named && memcmp(named->name, name, sizeof(named->name)))
		named = named->next;
	return named;
}

/**
 * names_add - add a name
 * @names: the table
 * @named: has a name that is not in the table
 */
void names_add(struct names *names, struct named *named)
{
	struct named **list = list_of(names, named->name);

	named->next = *list;
	*list = named;
}

/**
 * names_remove - remove a name
 * @names: the table
 * @named: is in the table
 */
void names_remove(struct names *names, struct named *named)
{
	struct named **link = list_of(names, named->name);

	while (*link != named)
		link = &(*link)->next;
	*link = named->next;
}

/**
 * names_first - any member, for a loop that removes all
 * @names: the table
 *
 * Return: a member, or NULL if the table is empty.
 */
struct named *names_first(const struct names *names)
{
	unsigned int i;

	for (i = 0; i < NAMES_LISTS; i++)
		if (names->lists[i])
			return names->lists[i];
	return NULL;
}
