// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which screens card.c of displ-backend finds, while connectors come and go, monitors are
 * exchanged, and guests use screens.  The first byte of the input says which CRTCs each of the
 * first two connectors can use; then two bytes for each action.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "../../tools-xen/displ-backend/card.c"

#include "ends.h"
#include "fail.h"

#define CRTCS		3
#define CONNECTORS	6
/* What bits the CRTCs of a connector have */
#define ALL_CRTCS	((1 << CRTCS) - 1)

/* @mode: width of the first mode, 0 if nothing is connected */
static struct {
	bool listed;
	unsigned int possible;
	uint16_t mode;
} connectors[CONNECTORS];

/* Whether the card is gone, as when it is unplugged */
static bool unplugged;

/* What the code under test has told about each connector, 0 if that it is disconnected */
static uint16_t told[CONNECTORS];

const struct memory_ops memory_kms;

/* ---- libdrm: connector n has the number n + 1, CRTC n the number n + 1 */

static drmModeRes *new_resources(void)
{
	drmModeRes *res = calloc(1, sizeof(*res));
	int i;

	res->crtcs = calloc(CRTCS, sizeof(*res->crtcs));
	res->connectors = calloc(CONNECTORS, sizeof(*res->connectors));
	for (i = 0; i < CRTCS; i++)
		res->crtcs[res->count_crtcs++] = i + 1;
	for (i = 0; i < CONNECTORS; i++)
		if (connectors[i].listed)
			res->connectors[res->count_connectors++] = i + 1;
	return res;
}

drmModeRes *drmModeGetResources(int fd)
{
	return unplugged ? NULL : new_resources();
}

void drmModeFreeResources(drmModeRes *res)
{
	if (!res)
		return;
	free(res->crtcs);
	free(res->connectors);
	free(res);
}

drmModeConnector *drmModeGetConnector(int fd, uint32_t id)
{
	drmModeConnector *connector = calloc(1, sizeof(*connector));
	uint16_t mode = connectors[id - 1].mode;

	connector->connector_id = id;
	connector->connection = mode ? DRM_MODE_CONNECTED : DRM_MODE_DISCONNECTED;
	connector->modes = calloc(1, sizeof(*connector->modes));
	connector->modes->hdisplay = mode;
	connector->count_modes = !!mode;
	return connector;
}

drmModeConnector *drmModeGetConnectorCurrent(int fd, uint32_t id)
{
	return drmModeGetConnector(fd, id);
}

void drmModeFreeConnector(drmModeConnector *connector)
{
	free(connector->modes);
	free(connector);
}

uint32_t drmModeConnectorGetPossibleCrtcs(int fd, const drmModeConnector *connector)
{
	return connectors[connector->connector_id - 1].possible;
}

int drmSetClientCap(int fd, uint64_t capability, uint64_t value)
{
	return 0;
}

int drmIsMaster(int fd)
{
	return 1;
}

drmVersionPtr drmGetVersion(int fd)
{
	drmVersionPtr version = calloc(1, sizeof(*version));

	version->name = "stub";
	return version;
}

void drmFreeVersion(drmVersionPtr version)
{
	free(version);
}

int drmHandleEvent(int fd, drmEventContextPtr context)
{
	return 0;
}

/* ---- screen.c and loop.c */

void screen_get_name(int fd, uint32_t connector, char *name, size_t size)
{
	snprintf(name, size, "DP-%u", connector);
}

struct screen *screen_create(struct card *card, uint32_t connector, uint32_t crtc,
			     unsigned int crtc_index)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	screen->card = card;
	screen->connector = connector;
	screen->crtc = crtc;
	return screen;
}

int loop_add_fd(struct fd_watch *watch, int fd, void (*readable)(struct fd_watch *watch))
{
	return 0;
}

void loop_remove_fd(struct fd_watch *watch)
{
}

/* ---- What must be true after each scan */

/* now - the mode of a connector, 0 if the card lists it not, or nothing is connected */
static uint16_t now(unsigned int i)
{
	return !unplugged && connectors[i].listed ? connectors[i].mode : 0;
}

static void changed(struct screen *screen)
{
	unsigned int i = screen->connector - 1;
	uint16_t mode = screen->connected ? now(i) : 0;

	if (mode == told[i])
		fail("%s is %u as before", screen->name, mode);
	told[i] = mode;
}

/* has_crtc - whether a CRTC that a connector can use is left for it */
static bool has_crtc(unsigned int i)
{
	const struct screen *screen;
	unsigned int crtc;

	for (crtc = 0; crtc < CRTCS; crtc++) {
		if (!(connectors[i].possible & 1u << crtc))
			continue;
		for (screen = cards->screens; screen; screen = screen->next)
			if (screen->crtc == crtc + 1 &&
			    (screen->users || connectors[screen->connector - 1].listed))
				break;
		if (!screen)
			return true;
	}
	return false;
}

static void check_connector(unsigned int i)
{
	const struct screen *screen = find_screen(cards, i + 1);
	const struct screen *other;

	if (!screen) {
		if (now(i) && has_crtc(i))
			fail("DP-%u has no screen", i + 1);
		return;
	}
	if (screen->connected != !!now(i))
		fail("%s: connected %u", screen->name, screen->connected);
	if (screen->connected && told[i] != now(i))
		fail("%s: another monitor is not noticed", screen->name);
	if (!(connectors[i].possible & 1u << (screen->crtc - 1)))
		fail("%s cannot use CRTC %u", screen->name, screen->crtc);
	for (other = screen->next; other; other = other->next)
		if (other->crtc == screen->crtc || other->connector == screen->connector)
			fail("%s and %s have the same CRTC or connector", screen->name,
			     other->name);
}

static void check(void)
{
	unsigned int i;

	for (i = 0; i < CONNECTORS; i++)
		check_connector(i);
}

/* must_fit - whether the first two connectors, both connected, can each have a CRTC */
static bool must_fit(void)
{
	unsigned int a = connectors[0].possible, b = connectors[1].possible;

	/* Not if both can use the same one only */
	return a && b && (a != b || a & (a - 1));
}

/* ---- The input */

static void act(uint8_t action, uint8_t value)
{
	unsigned int i = action / 8 % CONNECTORS;
	struct screen *screen = find_screen(cards, i + 1);

	switch (action % 8) {
	case 0:
		/* A connector gets a number that no other one has */
		if (!connectors[i].listed && !screen)
			connectors[i].possible = value & ALL_CRTCS;
		connectors[i].listed = true;
		break;
	case 1:
		connectors[i].listed = false;
		break;
	case 2:
	case 3:
		connectors[i].mode = value % 4;
		break;
	case 4:
		if (screen && screen->connected)
			screen->users++;
		break;
	case 5:
		if (screen && screen->users)
			screen->users--;
		break;
	case 6:
		unplugged = value % 4 == 3;
		break;
	default:
		card_scan(cards, changed);
		check();
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	log_init(false);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd;
	unsigned int i;

	if (!size)
		return 0;
	unplugged = false;
	for (i = 0; i < CONNECTORS; i++) {
		connectors[i].listed = i < 2;
		connectors[i].possible = i < 2 ? data[0] >> i * CRTCS & ALL_CRTCS : 0;
		connectors[i].mode = i < 2;
	}
	fd = eventfd(0, EFD_CLOEXEC);
	/* The program ends if no connector can be used */
	if (ends()) {
		close(fd);
		return 0;
	}
	card_open_fd(fd);
	for (i = 0; i < CONNECTORS; i++)
		told[i] = cards->screens && find_screen(cards, i + 1) ? now(i) : 0;
	if (must_fit() && !(told[0] && told[1]))
		fail("a connector has no screen, but both could have one");
	check();
	for (data++, size--; size >= 2; data += 2, size -= 2)
		act(data[0], data[1]);
	card_scan(cards, changed);
	check();
	card_close_all();
	return 0;
}
