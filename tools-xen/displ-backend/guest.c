// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of guests, from xenstore.  The toolstack writes them, and the guest cannot
 * change them.  device.c reads the names; policy.c compares them with options.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guest.h"
#include "store.h"

/**
 * guest_read - read the names of a guest
 * @guest: filled in
 * @domid: number of the domain
 *
 * The domain of the backend may not be allowed to read them, if it is not domain 0.
 */
void guest_read(struct guest *guest, uint32_t domid)
{
	char folder[40], number[20], *name, *vm;

	snprintf(folder, sizeof(folder), "/local/domain/%u", domid);
	snprintf(number, sizeof(number), "domain %u", domid);
	name = store_read(folder, "name");
	vm = store_read(folder, "vm");
	*guest = (struct guest) { .domid = domid };
	snprintf(guest->name, sizeof(guest->name), "%s", name ?: number);
	if (vm && !strncmp(vm, "/vm/", 4))
		snprintf(guest->uuid, sizeof(guest->uuid), "%s", vm + 4);
	free(name);
	free(vm);
}

/**
 * guest_matches - check whether a text names a guest
 * @guest: the guest
 * @text: a domain ID, a name or a UUID
 *
 * Return: whether it does.  A text of digits is a domain ID only.
 */
bool guest_matches(const struct guest *guest, const char *text)
{
	if (text[strspn(text, "0123456789")])
		return !strcmp(text, guest->name) ||
		       !strcasecmp(text, guest->uuid);
	return strtoul(text, NULL, 10) == guest->domid;
}
