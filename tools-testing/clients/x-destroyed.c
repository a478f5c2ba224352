// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's X server shows an exported buffer of a guest that is destroyed.  Runs in
 * domain 0, with granter in the guest PEER.
 */

#include <signal.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "release.h"
#include "server.h"

#define FRAME	5

/* xl - run the command of xl with a domain; whether it succeeds */
static bool xl(const char *command, unsigned int domid)
{
	struct program program;

	return !program_run(&program, "xl %s %u", command, domid);
}

static bool gone(unsigned int domid)
{
	unsigned int i;

	for (i = 0; i < RELEASE_MS / 200 && xl("list", domid); i++)
		usleep(200 * 1000);
	return !xl("list", domid);
}

FIXTURE(guest)
{
	struct peer *peer;
	struct server server;
	int gntdev;
};

FIXTURE_SETUP(guest)
{
	self->peer = peer_open(peer_domid());
	self->gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->gntdev);
	ASSERT_TRUE(server_begin(&self->server, self->peer));
}

FIXTURE_TEARDOWN(guest)
{
	server_end(&self->server, SIGTERM);
	close(self->gntdev);
}

TEST_F_TIMEOUT(guest, a_destroyed_guest_is_gone_when_the_server_has_detached_its_frame, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	unsigned int domid = self->peer->domid;
	xcb_shm_seg_t seg;

	peer_ask(self->peer, "draw", FRAME);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, server_attach(self->server.x, op.fd, false, &seg));
	close(op.fd);

	EXPECT_TRUE(xl("destroy", domid));
	EXPECT_EQ(0, server_put(&self->server, self->peer, seg));
	EXPECT_EQ(0, server_wrong_pixels(&self->server, self->peer, FRAME));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
	EXPECT_TRUE(xl("list", domid));

	xcb_shm_detach(self->server.x, seg);
	EXPECT_TRUE(server_lives(&self->server));
	EXPECT_TRUE(wait_release(self->gntdev, op.id));
	EXPECT_TRUE(gone(domid));
}

TEST_HARNESS_MAIN
