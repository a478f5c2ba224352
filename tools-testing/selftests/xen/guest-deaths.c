// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that are destroyed, crash, reboot, or are saved and restored, at a random moment of
 * an operation of domain 0 with their pages.  Each test checks one promise for all operations
 * of victim.h.  Runs in domain 0, and starts the guests, which run granter.  Environment:
 *   GUEST      name of the guest and of its configuration in /lab/guests; it runs
 *   ROUNDS     number of guests for each operation (default 1)
 *   SEED       seed of the moments (default 1)
 *   OPERATION  name of the only operation (default: all)
 */

#include <stdarg.h>
#include <time.h>
#include <xenctrl.h>
#include <xen/sched.h>

#include "victim.h"

/**
 * struct event - what happens to the guest while the process runs
 * @happen: let it happen; whether it worked
 */
struct event {
	bool (*happen)(unsigned int domid);
};

/* run - whether a command of the shell succeeds */
static bool run(const char *format, ...)
{
	char command[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (!system(command))
		return true;
	printf("# failed: %s\n", command);
	return false;
}

static const char *guest_name(void)
{
	return getenv("GUEST") ?: "pv";
}

/* guest_domid - number of the guest with this name, or 0 */
static unsigned int guest_domid(void)
{
	unsigned int domid = 0;
	char command[64];
	FILE *pipe;

	snprintf(command, sizeof(command), "xl domid %s 2> /dev/null", guest_name());
	pipe = popen(command, "r");
	if (pipe && fscanf(pipe, "%u", &domid) != 1)
		domid = 0;
	pclose(pipe);
	return domid;
}

static bool guest_destroy(unsigned int domid)
{
	return run("xl destroy %u", domid);
}

/* wait_gone - wait until Xen has freed the last page of a domain; false if it does not */
static bool wait_gone(unsigned int domid)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	time_t end = time(NULL) + LIMIT / 2;
	xc_domaininfo_t info;
	bool gone;

	do {
		usleep(10000);
		gone = xc_domain_getinfolist(xc, domid, 1, &info) != 1 || info.domain != domid;
	} while (!gone && time(NULL) < end);
	xc_interface_close(xc);
	return gone;
}

/* guest_start - start the guest, and wait until its pages are granted */
static struct peer *guest_start(void)
{
	if (!run("xl create -q /lab/guests/%s 'on_reboot=\"restart\"'", guest_name()))
		return NULL;
	return peer_open(guest_domid());
}

/*
 * table_grew - whether Xen has one page less than before, and all else is the same
 *
 * The guest is gone, so Xen has freed its last page, and domain 0 has all of its own.
 */
static bool table_grew(const struct conserve *before)
{
	struct conserve now;

	conserve_begin(&now, 0);
	return now.xen_free + 1 == before->xen_free && now.pages[0] == before->pages[0] &&
	       now.fds == before->fds && now.buffers == before->buffers;
}

/*
 * moment - one guest, one process, and one event
 * @lost: what is lost afterwards, or NULL
 * @grew: whether that can be a table of Xen
 *
 * Return: NULL, or a text that says what else is wrong.
 */
static const char *moment(const struct victim_operation *operation, const struct event *event,
			  const char **lost, bool *grew)
{
	unsigned long tables = xen_tables();
	const char *wrong = NULL;
	struct conserve before;
	struct peer *peer;
	unsigned int domid;
	pid_t child;

	conserve_begin(&before, 0);
	peer = guest_start();
	if (!peer)
		return "the guest did not start";
	domid = peer->domid;
	if (!victim_start(peer, operation, &child))
		wrong = "the process ended by itself";
	else if (!event->happen(domid))
		wrong = "the guest did not end";
	else if (!victim_goes_on(child))
		wrong = "the process ended with the guest";
	if (!victim_end(child) && !wrong)
		wrong = "the process was not killed";
	peer_close(peer);
	if (wrong)
		return wrong;
	if (!wait_gone(domid))
		return "the guest is not gone after the process";
	tables = xen_tables() - tables;
	if (tables)
		printf("# %s: tables of Xen grew by %lu pages\n", operation->name, tables);
	before.xen_free -= tables;
	*lost = conserve_end(&before);
	*grew = *lost && table_grew(&before);
	return NULL;
}

/* grow - let the tables grow that Xen never frees, in all operations */
static bool grow(void)
{
	struct peer *peer = guest_start();
	unsigned int which;
	bool well = peer;
	pid_t child;

	for (which = 0; well && which < ARRAY_SIZE(victim_operations); which++) {
		well = victim_start(peer, &victim_operations[which], &child) &&
		       victim_goes_on(child);
		well = victim_end(child) && well;
	}
	if (!peer)
		return false;
	well = guest_destroy(peer->domid) && wait_gone(peer->domid) && well;
	peer_close(peer);
	return well;
}

FIXTURE(guest)
{
};

FIXTURE_SETUP(guest)
{
	unsigned int domid = guest_domid();

	victim_seed();
	if (domid)
		ASSERT_TRUE(guest_destroy(domid) && wait_gone(domid));
	ASSERT_TRUE(grow());
}

FIXTURE_TEARDOWN(guest)
{
}

/* wanted - whether the tests have this operation */
static bool wanted(const struct victim_operation *operation)
{
	const char *name = getenv("OPERATION");

	return !name || !strcmp(name, operation->name);
}

/*
 * moments - let an event happen to a guest at random moments of each operation
 *
 * A table of Xen that it never frees, and that xen_tables() does not count, can grow by a
 * page once.  What each guest costs, costs the next guest a page, too.
 *
 * Return: NULL, or a text that says what is wrong.
 */
static const char *moments(const struct event *event)
{
	unsigned int i, which, count = rounds(1);
	bool grew, grown = false;
	static char text[320];
	const char *wrong, *lost;

	/* With the first event Xen's tables grow, too */
	wrong = moment(&victim_operations[0], event, &lost, &grew);
	if (wrong)
		return wrong;
	for (which = 0; which < ARRAY_SIZE(victim_operations); which++) {
		for (i = 0; i < count && wanted(&victim_operations[which]);) {
			wrong = moment(&victim_operations[which], event, &lost, &grew) ?: lost;
			if (!wrong) {
				i++;
				continue;
			}
			snprintf(text, sizeof(text), "%s, guest %u: %s",
				 victim_operations[which].name, i, wrong);
			if (wrong != lost || !grew || grown)
				return text;
			grown = true;
			printf("# repeated: %s\n", text);
		}
	}
	return NULL;
}

#define EXPECT_NOTHING_LOST(function) do {			\
	const struct event event = { function };		\
	const char *wrong = moments(&event);			\
								\
	EXPECT_EQ(NULL, wrong)					\
		TH_LOG("%s", wrong);				\
} while (0)

TEST_F_TIMEOUT(guest, nothing_of_a_destroyed_guest_is_left, 20 * LIMIT)
{
	EXPECT_NOTHING_LOST(guest_destroy);
}

/* xl destroys a guest that has crashed */
static bool crash(unsigned int domid)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int ret = xc_domain_shutdown(xc, domid, SHUTDOWN_crash);

	xc_interface_close(xc);
	while (!ret && guest_domid())
		usleep(10000);
	return !ret;
}

TEST_F_TIMEOUT(guest, nothing_of_a_crashed_guest_is_left, 20 * LIMIT)
{
	EXPECT_NOTHING_LOST(crash);
}

/* power_off - let a guest power itself off; whether it did, because it works */
static bool power_off(unsigned int domid)
{
	return domid &&
	       run("xenstore-write /local/domain/%u/data/lab/request poweroff", domid) &&
	       wait_gone(domid);
}

/* xl destroys a guest that reboots, and starts another one of the same configuration */
static bool reboot(unsigned int domid)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int ret = xc_domain_shutdown(xc, domid, SHUTDOWN_reboot);
	unsigned int again = domid;

	xc_interface_close(xc);
	while (!ret && (!again || again == domid)) {
		usleep(10000);
		again = guest_domid();
	}
	if (!ret)
		peer_close(peer_open(again));
	return !ret && power_off(again);
}

TEST_F_TIMEOUT(guest, nothing_of_a_rebooted_guest_is_left, 20 * LIMIT)
{
	EXPECT_NOTHING_LOST(reboot);
}

/* xl destroys the saved guest, and makes another one of the image */
static bool save_and_restore(unsigned int domid)
{
	return run("xl save %u /tmp/image > /tmp/save 2>&1", domid) &&
	       run("xl restore /tmp/image > /tmp/restore 2>&1") &&
	       run("rm /tmp/image") && power_off(guest_domid());
}

TEST_F_TIMEOUT(guest, nothing_of_a_saved_guest_is_left, 20 * LIMIT)
{
	EXPECT_NOTHING_LOST(save_and_restore);
}

TEST_HARNESS_MAIN
