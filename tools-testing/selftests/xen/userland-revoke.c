// SPDX-License-Identifier: GPL-2.0-only
/*
 * Take buffers back that others hold: libxengnttab 1.3 and gntdmabuf revoke.  Each
 * test checks one promise.  Runs in domain 0 with the module vgem, and with granter
 * and mapper in the guest PEER.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <xengnttab.h>
#include <xf86drm.h>

#include "frame.h"
#include "harness.h"
#include "kms.h"
#include "peer.h"
#include "program.h"

FIXTURE(revoke)
{
	struct program program;
	struct program other;
	xengnttab_handle *xgt;
	struct peer *peer;
};

FIXTURE_SETUP(revoke)
{
	self->peer = peer_open(peer_domid());
	self->xgt = xengnttab_open(NULL, 0);
	ASSERT_NE(NULL, self->xgt);
}

FIXTURE_TEARDOWN(revoke)
{
	EXPECT_EQ(0, xengnttab_close(self->xgt));
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	peer_close(self->peer);
}

static int export_frame(xengnttab_handle *xgt, const struct peer *peer, int eventfd,
			int *fd, uint64_t *id)
{
	return xengnttab_dmabuf_export(xgt, peer->domid, 0, peer->count, peer->refs, 0,
				       eventfd, fd, id);
}

TEST_F_TIMEOUT(revoke, the_library_takes_a_mapped_buffer_back, LIMIT)
{
	int fd, eventfd_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct peer *peer = self->peer;
	uint64_t id, count, sum = peer_ask(peer, "draw", 80);
	uint32_t *map;

	ASSERT_EQ(0, export_frame(self->xgt, peer, eventfd_fd, &fd, &id));
	map = map_all(peer_size(peer), fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(sum, frame_checksum(map, (size_t)peer->width * peer->height));

	ASSERT_EQ(0, xengnttab_dmabuf_revoke(self->xgt, id));
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	ASSERT_EQ(sizeof(count), read(eventfd_fd, &count, sizeof(count)));
	EXPECT_EQ(1, count);
	EXPECT_EQ(-1, xengnttab_dmabuf_wait(self->xgt, id, 0));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, xengnttab_dmabuf_revoke(self->xgt, id));
	EXPECT_EQ(ENOENT, errno);

	/* The kernel gets an error where this program would get SIGBUS */
	EXPECT_EQ(-1, write(eventfd_fd, map, sizeof(count)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(MAP_FAILED, map_all(peer_size(peer), fd));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, munmap(map, peer_size(peer)));
	EXPECT_EQ(0, close(fd));
	close(eventfd_fd);
}

TEST_F_TIMEOUT(revoke, the_library_takes_back_the_exports_of_the_handle_only, LIMIT)
{
	xengnttab_handle *other = xengnttab_open(NULL, 0);
	uint64_t id;
	int fd;

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, export_frame(other, self->peer, -1, &fd, &id));
	EXPECT_EQ(-1, xengnttab_dmabuf_revoke(self->xgt, id));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, xengnttab_dmabuf_wait(self->xgt, id, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_EQ(0, xengnttab_dmabuf_revoke(other, id));
	close(fd);
	EXPECT_EQ(0, xengnttab_close(other));
}

/*
 * vgem_maps - whether vgem maps a buffer as long as it has a handle of it: it does in
 * Linux 6.1 and 6.12, and in 7.3 it does not
 */
static bool vgem_maps(void)
{
	struct utsname name;

	return !uname(&name) && atoi(name.release) < 7;
}

TEST_F_TIMEOUT(revoke, the_library_fails_with_ebusy_while_a_device_has_the_buffer, LIMIT)
{
	struct peer *peer = self->peer;
	uint64_t id, sum = peer_ask(peer, "draw", 81);
	int fd, card = kms_card("vgem");
	uint32_t handle, *map;

	if (!vgem_maps())
		SKIP(return, "vgem of this kernel does not map the buffer");
	ASSERT_LE(0, card);
	ASSERT_EQ(0, export_frame(self->xgt, peer, -1, &fd, &id));
	ASSERT_EQ(0, drmPrimeFDToHandle(card, fd, &handle));
	EXPECT_EQ(-1, xengnttab_dmabuf_revoke(self->xgt, id));
	EXPECT_EQ(EBUSY, errno);

	/* Nothing has changed */
	map = map_all(peer_size(peer), fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(sum, frame_checksum(map, (size_t)peer->width * peer->height));
	EXPECT_EQ(0, munmap(map, peer_size(peer)));

	EXPECT_EQ(0, drmCloseBufferHandle(card, handle));
	EXPECT_EQ(0, xengnttab_dmabuf_revoke(self->xgt, id));
	close(fd);
	close(card);
}

/*
 * begin_export - start a program that exports the frame; the buffer's id, and a copy
 * of the program's descriptor of the buffer
 */
static unsigned long long begin_export(struct program *program,
				       const struct peer *peer, int *copy)
{
	unsigned long long id = 0;
	int fd = -1, pidfd;

	program_begin(program, "gntdmabuf export -d %u -D %u -n %u", peer->domid,
		      peer->directory, peer->count);
	sscanf(program_line(program), "id %llu fd %d ", &id, &fd);
	pidfd = pidfd_open(program->pid, 0);
	*copy = pidfd_getfd(pidfd, fd, 0);
	close(pidfd);
	return *copy < 0 ? 0 : id;
}

TEST_F_TIMEOUT(revoke, the_command_takes_the_buffer_of_another_program_back, LIMIT)
{
	struct program *other = &self->other;
	unsigned long long id;
	char want[64];
	int fd;

	id = begin_export(&self->program, self->peer, &fd);
	ASSERT_NE(0, id);
	EXPECT_EQ(0, program_run(other, "gntdmabuf revoke %llu", id));
	EXPECT_STREQ("revoked\n", other->output);
	EXPECT_STREQ("", other->errors);

	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	EXPECT_EQ(1, program_run(other, "gntdmabuf revoke %llu", id));
	snprintf(want, sizeof(want), "no buffer %llu is alive", id);
	EXPECT_NE(NULL, strstr(other->errors, want))
		TH_LOG("%s", other->errors);

	/* The program does not notice */
	EXPECT_TRUE(program_runs(&self->program));
	EXPECT_EQ(MAP_FAILED, map_all(peer_size(self->peer), fd));
	EXPECT_EQ(ENODEV, errno);
	close(fd);
	EXPECT_EQ(0, program_end(&self->program));
}

TEST_F_TIMEOUT(revoke, the_command_names_the_device_that_uses_the_buffer, LIMIT)
{
	struct program *other = &self->other;
	int fd, card = kms_card("vgem");
	unsigned long long id;
	uint32_t handle;

	if (!vgem_maps())
		SKIP(return, "vgem of this kernel does not map the buffer");
	ASSERT_LE(0, card);
	id = begin_export(&self->program, self->peer, &fd);
	ASSERT_NE(0, id);
	ASSERT_EQ(0, drmPrimeFDToHandle(card, fd, &handle));
	EXPECT_EQ(1, program_run(other, "gntdmabuf revoke %llu", id));
	EXPECT_STREQ("", other->output);
	EXPECT_EQ(1, text_lines(other->errors));
	EXPECT_NE(NULL, strstr(other->errors, "attached to exports of its size: vgem\n"))
		TH_LOG("%s", other->errors);

	EXPECT_EQ(0, drmCloseBufferHandle(card, handle));
	EXPECT_EQ(0, program_run(other, "gntdmabuf revoke %llu", id))
		TH_LOG("%s", other->errors);
	close(fd);
	close(card);
	EXPECT_EQ(0, program_end(&self->program));
}

TEST_F_TIMEOUT(revoke, the_command_needs_the_open_file_that_exported_the_buffer, LIMIT)
{
	struct program *other = &self->other;
	unsigned long long id;
	int fd;

	id = begin_export(&self->program, self->peer, &fd);
	ASSERT_NE(0, id);
	kill(self->program.pid, SIGKILL);
	EXPECT_EQ(-1, program_end(&self->program));
	EXPECT_EQ(1, program_run(other, "gntdmabuf revoke %llu", id));
	EXPECT_EQ(1, text_lines(other->errors));
	EXPECT_NE(NULL, strstr(other->errors, "no process has the gntdev file"))
		TH_LOG("%s", other->errors);
	EXPECT_EQ(ETIMEDOUT, xengnttab_dmabuf_wait(self->xgt, id, 0) ? errno : 0);
	close(fd);
	EXPECT_TRUE(!xengnttab_dmabuf_wait(self->xgt, id, 10000) || errno == ENOENT);
}

TEST_F_TIMEOUT(revoke, the_command_refuses_an_import, LIMIT)
{
	struct program *other = &self->other;
	unsigned long long id = 0;

	program_begin(&self->program, "gntdmabuf import -d %u dumb:vgem:1024x4",
		      self->peer->domid);
	sscanf(program_line(&self->program), "id %llu ", &id);
	ASSERT_NE(0, id);
	EXPECT_EQ(1, program_run(other, "gntdmabuf revoke %llu", id));
	EXPECT_EQ(1, text_lines(other->errors));
	EXPECT_NE(NULL, strstr(other->errors, "is an import"))
		TH_LOG("%s", other->errors);
	EXPECT_EQ(0, program_end(&self->program));
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
