// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that restrict themselves to a domain, with libxengnttab 1.3.  Each test
 * checks one promise.  Runs in domain 0, with granter in the guest PEER.
 */

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xengnttab.h>
#include <xentoolcore.h>

#include "frame.h"
#include "harness.h"
#include "peer.h"
#include "program.h"

/* No domain has this number: without a restriction an export fails with ESRCH */
#define NO_DOMAIN	0x7fef

FIXTURE(restricted)
{
	struct program program;
	struct peer *peer;
};

FIXTURE_SETUP(restricted)
{
	self->peer = peer_open(peer_domid());
}

FIXTURE_TEARDOWN(restricted)
{
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	peer_close(self->peer);
}

/* export_frame - export the frame as pages of @domid; 0 or an errno */
static int export_frame(xengnttab_handle *xgt, const struct peer *peer,
			uint32_t domid, int *fd, uint64_t *id)
{
	return xengnttab_dmabuf_export(xgt, domid, 0, peer->count, peer->refs, 0, -1,
				       fd, id) ? errno : 0;
}

/* map_page - map and unmap the first page of the frame; 0 or an errno */
static int map_page(xengnttab_handle *xgt, const struct peer *peer, uint32_t domid)
{
	void *page = xengnttab_map_grant_ref(xgt, domid, peer->refs[0], PROT_READ);

	if (!page)
		return errno;
	return xengnttab_unmap(xgt, page, 1) ? errno : 0;
}

static uint64_t frame_sum(const struct peer *peer, int fd)
{
	uint32_t *map = map_all(peer_size(peer), fd);
	uint64_t sum;

	if (map == MAP_FAILED)
		return 0;
	sum = frame_checksum(map, (size_t)peer->width * peer->height);
	munmap(map, peer_size(peer));
	return sum;
}

/*
 * in_child - run a function in a process of its own, because xentoolcore_restrict_all()
 * also closes this process's connection to xenstore; the function's result, 0 if
 * all is well
 */
static int in_child(int (*fn)(const struct peer *peer, uint64_t sum),
		    const struct peer *peer, uint64_t sum)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(fn(peer, sum));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int keeps_grants(const struct peer *peer, uint64_t sum)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	uint64_t id;
	int fd;

	if (!xgt || xentoolcore_restrict_all(peer->domid))
		return 1;
	if (export_frame(xgt, peer, peer->domid, &fd, &id))
		return 2;
	if (frame_sum(peer, fd) != sum)
		return 3;
	return map_page(xgt, peer, peer->domid) ? 4 : 0;
}

TEST_F_TIMEOUT(restricted, restrict_all_keeps_the_grants_of_the_domain, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 70);

	EXPECT_EQ(0, in_child(keeps_grants, self->peer, sum));
}

static int refuses_others(const struct peer *peer, uint64_t sum)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	uint64_t id;
	int fd;

	if (!xgt || export_frame(xgt, peer, NO_DOMAIN, &fd, &id) != ESRCH)
		return 1;
	if (xentoolcore_restrict_all(peer->domid))
		return 2;
	if (export_frame(xgt, peer, NO_DOMAIN, &fd, &id) != EACCES)
		return 3;
	if (map_page(xgt, peer, NO_DOMAIN) != EACCES)
		return 4;
	/* This error leaves the handle as it is */
	if (!xengnttab_restrict(xgt, NO_DOMAIN, 0) || errno != EACCES)
		return 5;
	return map_page(xgt, peer, peer->domid) ? 6 : 0;
}

TEST_F_TIMEOUT(restricted, restrict_all_refuses_other_domains, LIMIT)
{
	EXPECT_EQ(0, in_child(refuses_others, self->peer, 0));
}

static int reports_error(const struct peer *peer, uint64_t sum)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);

	if (!xgt || xengnttab_restrict(xgt, peer->domid, 0))
		return 1;
	if (xentoolcore_restrict_all(NO_DOMAIN) != -1 || errno != EACCES)
		return 2;
	return map_page(xgt, peer, peer->domid) ? 3 : 0;
}

TEST_F_TIMEOUT(restricted, restrict_all_fails_for_a_handle_of_another_domain, LIMIT)
{
	EXPECT_EQ(0, in_child(reports_error, self->peer, 0));
}

/* A memfd answers the request as an older gntdev does: with ENOTTY */
static int becomes_null(const struct peer *peer, uint64_t sum)
{
	int fd = memfd_create("older", MFD_CLOEXEC);
	xengnttab_handle *xgt = xengnttab_fdopen(NULL, fd, 0);
	char path[32], link[32] = "";

	if (!xgt || !xengnttab_restrict(xgt, peer->domid, 0) || errno != ENOTTY)
		return 1;
	if (xentoolcore_restrict_all(peer->domid))
		return 2;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return 3;
	return strcmp(link, "/dev/null") ? 4 : 0;
}

TEST_F_TIMEOUT(restricted, restrict_all_without_the_request_replaces_the_file, LIMIT)
{
	EXPECT_EQ(0, in_child(becomes_null, self->peer, 0));
}

TEST_F_TIMEOUT(restricted, a_handle_is_restricted_to_a_domain_and_to_pages, LIMIT)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	struct peer *peer = self->peer;
	uint32_t pages = peer->count;
	uint64_t id, other;
	int fd, second;

	ASSERT_NE(NULL, xgt);
	EXPECT_EQ(-1, xengnttab_restrict(xgt, 0x10000 + peer->domid, pages));
	EXPECT_EQ(ESRCH, errno);
	ASSERT_EQ(0, xengnttab_restrict(xgt, peer->domid, pages + 1));

	/* It can only be narrowed */
	EXPECT_EQ(-1, xengnttab_restrict(xgt, NO_DOMAIN, pages));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, xengnttab_restrict(xgt, peer->domid, pages + 2));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, xengnttab_restrict(xgt, peer->domid, pages));
	ASSERT_EQ(0, xengnttab_restrict(xgt, peer->domid, 0));
	EXPECT_EQ(-1, xengnttab_restrict(xgt, peer->domid, pages + 1));
	EXPECT_EQ(EACCES, errno);

	EXPECT_EQ(EACCES, export_frame(xgt, peer, NO_DOMAIN, &fd, &id));
	EXPECT_EQ(EACCES, map_page(xgt, peer, NO_DOMAIN));
	ASSERT_EQ(0, export_frame(xgt, peer, peer->domid, &fd, &id));
	EXPECT_EQ(-1, xengnttab_dmabuf_export(xgt, peer->domid, 0, 1, peer->refs, 0,
					      -1, &second, &other));
	EXPECT_EQ(EDQUOT, errno);
	close(fd);
	EXPECT_TRUE(!xengnttab_dmabuf_wait(xgt, id, 10000) || errno == ENOENT);
	EXPECT_EQ(0, export_frame(xgt, peer, peer->domid, &fd, &id));
	close(fd);
	EXPECT_EQ(0, xengnttab_close(xgt));
}

/* send_restricted - open gntdev, restrict the file and send it through a socket */
static int send_restricted(int to, uint32_t domid)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);

	if (!xgt || xengnttab_restrict(xgt, domid, 0))
		return 1;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(header) = xengnttab_fd(xgt);
	return sendmsg(to, &message, 0) != 1;
}

static int receive_fd(int from)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	return *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message));
}

TEST_F_TIMEOUT(restricted, a_handle_of_a_received_file_is_restricted, LIMIT)
{
	struct peer *peer = self->peer;
	uint64_t id, sum = peer_ask(peer, "draw", 71);
	int fd, status, pair[2];
	xengnttab_handle *xgt;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	pid = fork();
	if (!pid)
		_exit(send_restricted(pair[1], peer->domid));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	fd = receive_fd(pair[0]);
	ASSERT_LE(0, fd);

	EXPECT_EQ(NULL, xengnttab_fdopen(NULL, fd, 1));
	EXPECT_EQ(EINVAL, errno);
	xgt = xengnttab_fdopen(NULL, fd, 0);
	ASSERT_NE(NULL, xgt);
	EXPECT_EQ(EACCES, export_frame(xgt, peer, NO_DOMAIN, &fd, &id));
	EXPECT_EQ(EACCES, map_page(xgt, peer, NO_DOMAIN));
	EXPECT_EQ(0, map_page(xgt, peer, peer->domid));
	ASSERT_EQ(0, export_frame(xgt, peer, peer->domid, &fd, &id));
	EXPECT_EQ(sum, frame_sum(peer, fd));
	close(fd);

	/* The handle owns the descriptor */
	fd = xengnttab_fd(xgt);
	EXPECT_EQ(0, xengnttab_close(xgt));
	EXPECT_EQ(-1, fcntl(fd, F_GETFD));
	close(pair[0]);
	close(pair[1]);
}

/* list_has - whether the list has this end of the line of a buffer */
static bool list_has(struct program *program, uint64_t id, const char *end)
{
	char want[32], *line, *line_end;

	program_run(program, "gntdmabuf list");
	snprintf(want, sizeof(want), "%llu  ", (unsigned long long)id);
	line = strstr(program->output, want);
	line_end = line ? strchr(line, '\n') : NULL;
	if (!line_end)
		return false;
	*line_end = 0;
	return (size_t)(line_end - line) > strlen(end) &&
	       !strcmp(line_end - strlen(end), end);
}

TEST_F_TIMEOUT(restricted, the_list_shows_to_what_a_file_is_restricted, LIMIT)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	struct peer *peer = self->peer;
	char want[128], own[32];
	uint64_t id;
	int fd;

	ASSERT_NE(NULL, xgt);
	ASSERT_EQ(0, export_frame(xgt, peer, peer->domid, &fd, &id));
	snprintf(own, sizeof(own), " (%d)", getpid());
	EXPECT_TRUE(list_has(&self->program, id, own))
		TH_LOG("%s", self->program.output);

	ASSERT_EQ(0, xengnttab_restrict(xgt, peer->domid, 0));
	snprintf(want, sizeof(want), "%s; file restricted to domain %u, has %u pages",
		 own, peer->domid, peer->count);
	EXPECT_TRUE(list_has(&self->program, id, want))
		TH_LOG("%s", self->program.output);

	ASSERT_EQ(0, xengnttab_restrict(xgt, peer->domid, 20000));
	snprintf(want, sizeof(want),
		 "%s; file restricted to domain %u, has %u of 20000 pages", own,
		 peer->domid, peer->count);
	EXPECT_TRUE(list_has(&self->program, id, want))
		TH_LOG("%s", self->program.output);

	/* Without debugfs the list comes from fdinfo */
	ASSERT_EQ(0, umount("/sys/kernel/debug"));
	EXPECT_TRUE(list_has(&self->program, id, want))
		TH_LOG("%s", self->program.output);
	EXPECT_EQ(0, mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL));

	close(fd);
	EXPECT_EQ(0, xengnttab_close(xgt));
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
