// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first inputs of the harness guest.c: sessions of guests, most of which keep the
 * protocol.  seeds.c calls this.
 */

#include "seeds-session.h"

/* Largest height of a picture, see MAX_PIXELS of displ-backend */
#define MAX_HEIGHT	16384

/* session - all requests; the response to DBUF_DESTROY waits for others with @held */
static void session(unsigned int connectors, unsigned int flags, bool held)
{
	unsigned int i;

	connect(connectors, flags ? "1" : "0");
	directory();
	request(0, create(flags));
	request(0, attach(FB));
	request(0, attach(FB + 1));
	for (i = 0; i < connectors; i++) {
		request(i, show(FB));
		put(FLIP);
		request(i, flip(FB + 1));
		put(FLIP);
		request(i, edid());
	}
	put(STATS);
	if (held) {
		put(HOLD);
		put(1);
	}
	request(0, detach(FB));
	request(0, off());
	request(0, destroy());
	if (held) {
		put(HOLD);
		put(0);
	}
	disconnect();
}

/* revoked - root revokes the buffer that is shown; the guest goes on with another one */
static void revoked(void)
{
	unsigned int i;

	connect(1, "0");
	directory();
	for (i = 0; i < 2; i++) {
		request(0, create(0));
		request(0, attach(FB));
		request(0, attach(FB + 1));
		request(0, show(FB));
		put(FLIP);
		if (!i) {
			put(REVOKE);
			put(0);
		}
		request(0, flip(FB + 1));
		put(FLIP);
	}
	request(0, off());
	request(0, destroy());
	disconnect();
}

/* dark - the card cannot show a picture that it has accepted; more often than is logged */
static void dark(void)
{
	unsigned int i;

	connect(1, "0");
	directory();
	request(0, create(0));
	request(0, attach(FB));
	for (i = 0; i < 12; i++) {
		put(FAULT);
		put(2);
		put(0);
		request(0, show(FB));
		put(TIME);
		put(1000 >> 8);
		put(1000 & 0xff);
	}
}

static void plug(unsigned int screen, bool connected)
{
	put(PLUG);
	put(screen);
	put(connected);
	put(RUN);
}

/* Indexes of errors, see guest.c */
#define FAULT_EINVAL	0
#define FAULT_EACCES	4

/* fault - the next call of a library or of the kernel fails */
static void fault(unsigned int error)
{
	put(FAULT);
	put(1);
	put(error);
}

/* exchanged - another monitor is connected, which cannot show the picture */
static void exchanged(void)
{
	connect(1, "0");
	show_picture();
	plug(0, false);
	fault(FAULT_EINVAL);
	plug(0, true);
	request(0, detach(FB));
	request(0, destroy());
	disconnect();
}

/* stays_on - the card does not turn the screen off at once */
static void stays_on(void)
{
	connect(1, "0");
	show_picture();
	fault(FAULT_EINVAL);
	request(0, off());
	request(0, detach(FB));
	request(0, destroy());
	disconnect();
}

/* lost - another program becomes the DRM master before the screen can be turned off */
static void lost(void)
{
	connect(1, "0");
	directory();
	request(0, create(0));
	request(0, attach(FB));
	request(0, attach(FB + 1));
	request(0, show(FB));
	put(FLIP);
	request(0, flip(FB + 1));
	request(0, off());
	request(0, destroy());
	fault(FAULT_EACCES);
	put(FLIP);
	disconnect();
}

/* set_size - the size of the pictures of the sessions that follow */
static void set_size(unsigned int new_width, unsigned int new_height)
{
	width = new_width;
	height = new_height;
}

/* longer - the lines of the second framebuffer are longer, so it needs the mode again */
static void longer(void)
{
	struct xendispl_req req;

	connect(1, "0");
	show_picture();
	set_size(32, 8);
	req = create(0);
	req.op.dbuf_create.dbuf_cookie = DBUF + 1;
	request(0, req);
	req = attach(FB + 1);
	req.op.fb_attach.dbuf_cookie = DBUF + 1;
	request(0, req);
	request(0, show(FB + 1));
	set_size(16, 8);
	put(FLIP);
	disconnect();
}

/* waits - the guest waits for a screen, while one is reported again and again */
static void waits(void)
{
	unsigned int i;

	plug(0, false);
	plug(1, false);
	offer(1, "0");
	for (i = 0; i < 20; i++)
		plug(0, false);
	plug(0, true);
	state(XenbusStateConnected);
	show_picture();
	disconnect();
}

static void toolstack(unsigned int step)
{
	put(TOOLSTACK);
	put(step);
	put(RUN);
}

/* begin_guest - an input, with the first byte of actions.h */
static void begin_guest(const char *folder, const char *name, unsigned int kernel)
{
	seed_begin(folder, "guest", name);
	put(kernel);
}

/* seed_modes - sessions with each mode of transfer */
static void seed_modes(const char *folder)
{
	static const char * const names[] = { "export", "copy", "import" };
	unsigned int i;
	char name[40];

	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "%s-%u", names[i % 3], i / 3 + 1);
		begin_guest(folder, name, i % 3 == 1);
		session(i / 3 + 1, i % 3 == 2 ? XENDISPL_DBUF_FLG_REQ_ALLOC : 0, i / 3);
		seed_end();
	}
	begin_guest(folder, "contiguous-1", 2);
	session(1, 0, true);
	seed_end();
	begin_guest(folder, "twice", 0);
	session(1, 0, false);
	session(2, 0, true);
	seed_end();
}

/* seed_costs - what takes time or memory of the backend */
static void seed_costs(const char *folder)
{
	unsigned int i;

	begin_guest(folder, "reconnects", 0);
	for (i = 0; i < 15; i++) {
		connect(1, "0");
		disconnect();
	}
	seed_end();
	begin_guest(folder, "large", 0);
	connect_large("0");
	for (i = 0; i < 4; i++) {
		request(0, create_large());
		request(0, destroy());
	}
	seed_end();
	/* The card refuses each export once, so each takes twice the time */
	begin_guest(folder, "large-contiguous", 2);
	connect_large("0");
	for (i = 0; i < 8; i++) {
		request(0, create_large());
		request(0, destroy());
		put(TIME);
		put(500 >> 8);
		put(500 & 0xff);
	}
	seed_end();
	begin_guest(folder, "narrow", 0);
	connect_large("1");
	directory();
	for (i = 0; i < 40; i++)
		request(0, create_narrow(i));
	seed_end();
	/* Connections take nearly a second, and the copies of a narrow picture the rest */
	begin_guest(folder, "attaches", 1);
	connect_large("0");
	for (i = 0; i < 8; i++) {
		disconnect();
		reconnect();
	}
	set_size(1, MAX_HEIGHT);
	directory();
	request(0, create(0));
	for (i = 0; i < 24; i++)
		request(0, attach(FB + i));
	seed_end();
	set_size(16, 8);
	/* Two turns copy a frame */
	begin_guest(folder, "slices", 1);
	resolution = "512x300";
	set_size(512, 300);
	session(1, 0, false);
	seed_end();
	resolution = "16x8";
	set_size(16, 8);
}

/* seed_ends - mistakes, and sessions that the toolstack, root or the card ends */
static void seed_ends(const char *folder)
{
	/* The backend must not try again before the guest has changed something */
	begin_guest(folder, "wrong", 0);
	state(XenbusStateInitialising);
	set("0/resolution", "no number");
	state(XenbusStateInitialised);
	seed_end();
	begin_guest(folder, "toolstack", 1);
	connect(1, "0");
	show_picture();
	toolstack(2);
	toolstack(3);
	toolstack(5);
	toolstack(0);
	toolstack(1);
	seed_end();
	/* The device is removed when the backend has found it */
	begin_guest(folder, "removed", 0);
	toolstack(1);
	put(TOOLSTACK);
	put(4);
	toolstack(0);
	seed_end();
	begin_guest(folder, "revoked-1", 0);
	revoked();
	seed_end();
	/* The device is removed while the guest has mapped a buffer of the backend */
	begin_guest(folder, "mapped", 0);
	connect(1, "1");
	request(0, create(XENDISPL_DBUF_FLG_REQ_ALLOC));
	put(HOLD);
	put(1);
	toolstack(1);
	seed_end();
	begin_guest(folder, "dark", 0);
	dark();
	seed_end();
}

/* seed_screens - screens that come, go and fail; the card's buffers can be revoked, or not */
static void seed_screens(const char *folder)
{
	static const struct {
		const char *name;
		void (*session)(void);
	} list[] = {
		{ "waits", waits }, { "exchanged", exchanged }, { "stays-on", stays_on },
		{ "lost", lost }, { "longer", longer },
	};
	unsigned int i, j;
	char name[40];

	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		for (j = 0; j < 2; j++) {
			snprintf(name, sizeof(name), "%s-%u", list[i].name, j + 1);
			begin_guest(folder, name, j * 4);
			list[i].session();
			seed_end();
		}
}

/**
 * seed_guests - write the inputs of the harness guest.c
 * @folder: folder of all inputs
 */
void seed_guests(const char *folder)
{
	seed_modes(folder);
	seed_costs(folder);
	seed_ends(folder);
	seed_screens(folder);
}
