// SPDX-License-Identifier: GPL-2.0-only
/*
 * Screens that are connected and disconnected while the program runs.  The kernel
 * sends an event for each card whose connectors have changed, by netlink.  This
 * file owns that socket, and reads the connectors of all cards after an event.
 * device.c handles the changes.
 */

#include <err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "card.h"
#include "hotplug.h"

/* Group of the kernel's events; udev's own events have another */
#define KERNEL_EVENTS	1

static struct fd_watch events;
static struct work scan;
static void (*screen_changed)(struct screen *screen);

static void scan_cards(struct work *work)
{
	struct card *card;

	for (card = cards; card; card = card->next)
		if (card->ops->scan)
			card->ops->scan(card, screen_changed);
}

/* Queue one scan for any number of events */
static void event_readable(struct fd_watch *watch)
{
	static const char subsystem[] = "SUBSYSTEM=drm";
	char text[4096];
	ssize_t length = recv(watch->fd, text, sizeof(text), MSG_DONTWAIT);

	/* An error means that events were lost */
	if (length < 0 || memmem(text, length, subsystem, sizeof(subsystem)))
		loop_queue_work(&scan);
}

/**
 * hotplug_init - begin to watch the connectors of all cards
 * @changed: called for each screen that is new, connected or disconnected, or has
 *	another monitor
 *
 * Ends the program on failure.
 */
void hotplug_init(void (*changed)(struct screen *screen))
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = KERNEL_EVENTS,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			NETLINK_KOBJECT_UEVENT);

	screen_changed = changed;
	scan.func = scan_cards;
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    loop_add_fd(&events, fd, event_readable))
		err(1, "events of the kernel");
}

/** hotplug_exit - stop watching */
void hotplug_exit(void)
{
	loop_cancel_work(&scan);
	loop_remove_fd(&events);
	close(events.fd);
}
