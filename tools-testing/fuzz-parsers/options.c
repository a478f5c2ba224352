// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options --screen, --domain and --max-memory of displ-backend, the names of a guest,
 * and the choice of screens that follows.  The input has lines, whose first character says
 * what the rest is, see do_line().
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools-xen/displ-backend/policy.c"

#include "../../tools-xen/displ-backend/budget.h"
#include "ends.h"
#include "stub.h"

#define CONNECTORS	4

static struct guest guest;
static char *ids[CONNECTORS];
static unsigned int count;

static void name_second(const char *name)
{
	struct screen *screen = cards->screens->next;

	snprintf(screen->name, sizeof(screen->name), "%s", name);
}

static void do_line(char *line)
{
	switch (*line) {
	case 's':
		policy_add_screen(line + 1);
		break;
	case 'd':
		policy_add_domain(line + 1);
		break;
	case 'x':
		policy_set_exclusive();
		break;
	case 'm':
		budget_set_max(line + 1);
		break;
	case 'n':
		store_set("/local/domain/7/name", line + 1);
		break;
	case 'v':
		store_set("/local/domain/7/vm", line + 1);
		break;
	case 'i':
		if (count < CONNECTORS)
			ids[count++] = line + 1;
		break;
	case 'p':
		card_plug(line[1], line[1] & 2);
		break;
	case 'g':
		/* The kernel has given the name of a connector that is gone to another one */
		name_second(cards->screens->name);
		break;
	}
}

static unsigned int users(void)
{
	struct screen *screen;
	unsigned int n = 0;

	for (screen = cards->screens; screen; screen = screen->next)
		n += screen->users;
	return n;
}

/* is_denied - whether a refusal denies that a screen is connected, but one of its name is */
static bool is_denied(const char *reason)
{
	struct screen *screen;
	char text[80];

	for (screen = cards->screens; screen; screen = screen->next) {
		snprintf(text, sizeof(text), "screen %s:%s is not connected", cards->name,
			 screen->name);
		if (screen->connected && !strcmp(reason, text))
			return true;
	}
	return false;
}

static void choose(void)
{
	struct screen *screens[CONNECTORS + 1] = { NULL };
	unsigned int i;
	int ret;

	guest_read(&guest, GUEST);
	policy_serves(&guest);
	policy_update();
	if (!count)
		return;
	ret = policy_choose(&guest, ids, count, screens);
	for (i = 0; i < count && !ret; i++)
		if (!screens[i] || !screens[i]->connected || screens[i]->card != cards)
			fail("connector %u has no screen", i);
	if (ret && is_denied(refusal(ret)))
		fail("a connected screen is not found");
	if (screens[CONNECTORS] || users())
		fail("%u users are left", users());
}

static void forget(void)
{
	struct rule *rule;
	struct served *one;

	while (rules) {
		rule = rules;
		rules = rule->next;
		free(rule);
	}
	while (served) {
		one = served;
		served = one->next;
		free(one);
	}
	exclusive = false;
	count = 0;
	memset(ids, 0, sizeof(ids));
	store_remove("/local/domain/7");
	name_second("Virtual-2");
	card_plug(0, true);
	card_plug(1, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = strndup((const char *)data, size), *rest = copy, *line;

	if (!ends()) {
		while ((line = strsep(&rest, "\n")))
			do_line(line);
		choose();
	}
	forget();
	free(copy);
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	card_init();
	return 0;
}
