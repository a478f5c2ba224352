// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restriction of a gntdev file to one domain.  Each test checks one promise.
 * Runs in domain 0, with granter and mapper in a guest: see restrict.h.
 */

#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "grant-map.h"
#include "restrict.h"

#define GNTCOPY_SOURCE_GREF	1
#define GNTCOPY_DEST_GREF	2
#define FIRST_RESERVED_DOMID	0x7ff0

/*
 * copy_word - let Xen copy a word from or to the second page of the frame
 *
 * The first segment of the request copies from the domain PEER, so that a check
 * of the first segment alone is noticed.
 */
static int copy_word(int gntdev, const struct peer *peer, unsigned int domid,
		     uint16_t direction, uint32_t *word)
{
	static uint32_t unused;
	struct gntdev_grant_copy_segment segments[2] = {
		{
			.source.foreign = {
				.ref = peer->refs[0],
				.domid = peer->domid,
			},
			.dest.virt = &unused,
			.len = sizeof(unused),
			.flags = GNTCOPY_SOURCE_GREF,
		}, {
			.len = sizeof(*word),
			.flags = direction,
		},
	};
	struct ioctl_gntdev_grant_copy op = { 2, segments };
	int ret;

	if (direction == GNTCOPY_SOURCE_GREF) {
		segments[1].source.foreign.ref = peer->refs[1];
		segments[1].source.foreign.domid = domid;
		segments[1].dest.virt = word;
	} else {
		segments[1].source.virt = word;
		segments[1].dest.foreign.ref = peer->refs[1];
		segments[1].dest.foreign.domid = domid;
	}
	ret = call(gntdev, IOCTL_GNTDEV_GRANT_COPY, &op);
	return ret ?: -segments[1].status;
}

/* ---- Another domain is refused.  Without the restriction these would work. */

TEST_F_TIMEOUT(file, no_pages_of_another_domain_are_exported, LIMIT)
{
	struct peer *peer = self->peer;
	int fd;

	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, 2, self->domid, peer->refs,
				      &fd));
	EXPECT_EQ(EACCES, export_refs_v2(self->gntdev, 0, 2, 8, self->domid,
					 peer->refs, &fd));
	EXPECT_EQ(EACCES, export_pages(self->gntdev, peer, 2, &fd));
}

TEST_F_TIMEOUT(file, no_directory_of_another_domain_is_read, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);

	op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	op.refs = (uintptr_t)&self->peer->directory;
	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, export_buffer(self->gntdev, &op));
}

TEST_F_TIMEOUT(file, nothing_is_imported_for_another_domain, LIMIT)
{
	struct gntdev_dmabuf_import op = import_op(&self->source, self->refs);
	uint32_t ofs;

	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, import_refs(self->gntdev, self->source.fd, PAGES,
				      self->domid, self->refs));
	EXPECT_EQ(EACCES, import_refs_v2(self->gntdev, self->source.fd, PAGES,
					 self->domid, self->refs, &ofs));
	EXPECT_EQ(EACCES, import_buffer(self->gntdev, &op));
	EXPECT_EQ(0, source_attached(&self->source));
}

TEST_F_TIMEOUT(file, no_grant_of_another_domain_is_mapped, LIMIT)
{
	uint64_t index;
	int other = open_gntdev();

	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, map_request(self->gntdev, self->peer, OTHER_DOMID, &index));
	/* The second grant of a request is checked as well */
	ASSERT_EQ(0, restrict_file(other, self->domid, 0));
	EXPECT_EQ(EACCES, map_request(other, self->peer, OTHER_DOMID, &index));
	close(other);
}

TEST_F_TIMEOUT(file, grants_that_were_requested_before_are_not_mapped, LIMIT)
{
	uint64_t index;
	void *map;

	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->domid, &index));
	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	map = map_index(self->gntdev, index);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
}

TEST_F_TIMEOUT(file, nothing_is_copied_from_another_domain, LIMIT)
{
	uint32_t word = 0x5a5a5a5a;
	int other = open_gntdev();

	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, copy_word(self->gntdev, self->peer, self->domid,
				    GNTCOPY_SOURCE_GREF, &word));
	ASSERT_EQ(0, restrict_file(other, self->domid, 0));
	EXPECT_EQ(EACCES, copy_word(other, self->peer, OTHER_DOMID,
				    GNTCOPY_SOURCE_GREF, &word));
	EXPECT_EQ(0x5a5a5a5a, word);
	close(other);
}

TEST_F_TIMEOUT(file, nothing_is_copied_to_another_domain, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 1);
	uint32_t word = 0x5a5a5a5a;
	int other = open_gntdev();

	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, copy_word(self->gntdev, self->peer, self->domid,
				    GNTCOPY_DEST_GREF, &word));
	EXPECT_EQ(sum, peer_ask(self->peer, "sum", 0));
	ASSERT_EQ(0, restrict_file(other, self->domid, 0));
	EXPECT_EQ(EACCES, copy_word(other, self->peer, OTHER_DOMID,
				    GNTCOPY_DEST_GREF, &word));
	close(other);
}

/* ---- What stays possible */

TEST_F_TIMEOUT(file, requests_that_name_the_domain_work, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	uint32_t ofs, word, *map;
	uint64_t index;
	int fd;

	peer_ask(self->peer, "draw", 2);
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 0));
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 2, self->domid, self->peer->refs,
				 &fd));
	map = map_all(2 * PEER_PAGE, fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, copy_word(self->gntdev, self->peer, self->domid,
			       GNTCOPY_SOURCE_GREF, &word));
	EXPECT_EQ(map[1024], word);
	word = 0x5a5a5a5a;
	EXPECT_EQ(0, copy_word(self->gntdev, self->peer, self->domid,
			       GNTCOPY_DEST_GREF, &word));
	EXPECT_EQ(0x5a5a5a5a, map[1024]);
	EXPECT_EQ(0, munmap(map, 2 * PEER_PAGE));
	EXPECT_EQ(0, close(fd));

	EXPECT_EQ(0, export_refs_v2(self->gntdev, 0, 2, 8, self->domid,
				    self->peer->refs, &fd));
	EXPECT_EQ(0, close(fd));
	op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	op.refs = (uintptr_t)&self->peer->directory;
	EXPECT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, close(op.fd));

	EXPECT_EQ(0, import_refs(self->gntdev, self->source.fd, PAGES, self->domid,
				 self->refs));
	EXPECT_EQ(0, import_refs_v2(self->gntdev, self->source.fd, PAGES,
				    self->domid, self->refs, &ofs));
	EXPECT_EQ(0, imports_now(self->gntdev, &self->source));

	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->domid, &index));
	map = map_index(self->gntdev, index);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0x5a5a5a5a, map[1024]);
	EXPECT_EQ(0, munmap(map, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
}

TEST_F_TIMEOUT(file, buffers_and_mappings_made_before_stay, LIMIT)
{
	struct gntdev_dmabuf_import import = import_op(&self->source, self->refs);
	struct gntdev_dmabuf_export export = buffer_op(self->peer, 2);
	uint64_t index, sum = peer_ask(self->peer, "draw", 3);
	uint32_t *buffer, *grants;

	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->domid, &index));
	grants = map_index(self->gntdev, index);
	ASSERT_NE(MAP_FAILED, grants);
	ASSERT_EQ(0, export_buffer(self->gntdev, &export));
	ASSERT_EQ(0, import_buffer(self->gntdev, &import));

	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	/* A mapping of a dma-buf does not name a domain */
	buffer = map_all(2 * PEER_PAGE, export.fd);
	ASSERT_NE(MAP_FAILED, buffer);
	EXPECT_EQ(0, memcmp(buffer, grants, 2 * PEER_PAGE));
	EXPECT_EQ(sum, peer_ask(self->peer, "sum", 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, export.id, 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, import.id, 0));
	EXPECT_EQ(0, release_id(self->gntdev, import.id));
	EXPECT_EQ(0, munmap(buffer, 2 * PEER_PAGE));
	EXPECT_EQ(0, close(export.fd));
	EXPECT_EQ(0, munmap(grants, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
}

TEST_F_TIMEOUT(file, another_file_is_not_restricted, LIMIT)
{
	int other = open_gntdev();

	ASSERT_EQ(0, restrict_file(other, OTHER_DOMID, 1));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 2));
	close(other);
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 2));
}

TEST_F_TIMEOUT(file, a_restricted_file_waits_for_any_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	int other = open_gntdev();

	ASSERT_EQ(0, export_buffer(other, &op));
	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	close(other);
}

/* ---- The restriction itself */

TEST_F_TIMEOUT(file, a_restriction_cannot_be_undone_or_moved, LIMIT)
{
	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, restrict_file(self->gntdev, self->domid, 0));
	EXPECT_EQ(EACCES, restrict_file(self->gntdev, self->domid, 1));
	EXPECT_EQ(EACCES, restrict_file(self->gntdev, 0, 0));
	EXPECT_EQ(EACCES, exports_now(self->gntdev, self->peer, 1));
	/* The same restriction again changes nothing */
	EXPECT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, exports_now(self->gntdev, self->peer, 1));
}

TEST_F_TIMEOUT(file, a_duplicate_descriptor_is_restricted, LIMIT)
{
	int copy = dup(self->gntdev);

	ASSERT_LE(0, copy);
	ASSERT_EQ(0, restrict_file(copy, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, exports_now(self->gntdev, self->peer, 1));
	EXPECT_EQ(0, close(copy));
	EXPECT_EQ(EACCES, exports_now(self->gntdev, self->peer, 1));
	copy = dup(self->gntdev);
	EXPECT_EQ(EACCES, exports_now(copy, self->peer, 1));
	EXPECT_EQ(0, close(copy));
}

/* in_child - the result of @function in a child process */
static int in_child(int (*function)(int fd, const struct peer *peer), int fd,
		    const struct peer *peer)
{
	pid_t child = fork();
	int status = -1;

	if (!child)
		_exit(function(fd, peer));
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int child_exports(int gntdev, const struct peer *peer)
{
	return exports_now(gntdev, peer, 1);
}

static int child_restricts(int gntdev, const struct peer *peer)
{
	return restrict_file(gntdev, OTHER_DOMID, 0);
}

TEST_F_TIMEOUT(file, a_child_process_inherits_the_restriction, LIMIT)
{
	ASSERT_EQ(0, in_child(child_exports, self->gntdev, self->peer));
	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	EXPECT_EQ(EACCES, in_child(child_exports, self->gntdev, self->peer));
}

TEST_F_TIMEOUT(file, a_child_process_restricts_the_file_of_its_parent, LIMIT)
{
	ASSERT_EQ(0, in_child(child_restricts, self->gntdev, self->peer));
	EXPECT_EQ(EACCES, exports_now(self->gntdev, self->peer, 1));
}

/* send_fd - send a descriptor through a socket; false on errors */
static bool send_fd(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char buffer[CMSG_SPACE(sizeof(fd))];
	} control = {
		.header = {
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(fd)),
		},
	};
	struct iovec byte = { "", 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1;
}

/* receive_exports - receive a gntdev file and export with it */
static int receive_exports(int socket, const struct peer *peer)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int gntdev;

	if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return 255;
	memcpy(&gntdev, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(gntdev));
	return exports_now(gntdev, peer, 1);
}

TEST_F_TIMEOUT(file, a_file_that_another_process_received_is_restricted, LIMIT)
{
	int sockets[2], other = open_gntdev();

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	ASSERT_TRUE(send_fd(sockets[0], other));
	EXPECT_EQ(0, in_child(receive_exports, sockets[1], self->peer));
	ASSERT_TRUE(send_fd(sockets[0], self->gntdev));
	EXPECT_EQ(EACCES, in_child(receive_exports, sockets[1], self->peer));
	close(sockets[0]);
	close(sockets[1]);
	close(other);
}

/* ---- The request */

TEST_F_TIMEOUT(file, query_reports_the_request, LIMIT)
{
	struct gntdev_dmabuf_query op = { 0 };

	ASSERT_EQ(0, call(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, &op));
	EXPECT_EQ(GNTDEV_DMABUF_FEATURE_RESTRICT,
		  op.features & GNTDEV_DMABUF_FEATURE_RESTRICT);
}

TEST_F_TIMEOUT(file, numbers_that_are_no_domains_are_refused, LIMIT)
{
	static const uint32_t domids[] = {
		FIRST_RESERVED_DOMID, 0x7fff, 0x8000, 0xffff, 0x10000, UINT32_MAX,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(domids); i++)
		EXPECT_EQ(ESRCH, restrict_file(self->gntdev, domids[i], 0))
			TH_LOG("domain %u", domids[i]);
	/* A refused request restricts nothing */
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 1));
}

TEST_F_TIMEOUT(file, other_sizes_and_bad_addresses_are_refused, LIMIT)
{
	struct {
		struct gntdev_restrict op;
		uint32_t more[2];
	} longer = { .op.domid = self->domid, .more[1] = 1 };

	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_RESTRICT, NULL));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_RESTRICT, (void *)1));
	EXPECT_EQ(EINVAL, sized(self->gntdev, IOCTL_GNTDEV_RESTRICT, 4, &longer));
	EXPECT_EQ(E2BIG, sized(self->gntdev, IOCTL_GNTDEV_RESTRICT, sizeof(longer),
			       &longer));
	/* None of these has restricted the file */
	EXPECT_EQ(0, restrict_file(self->gntdev, OTHER_DOMID, 0));
	longer.op.domid = OTHER_DOMID;
	longer.more[1] = 0;
	EXPECT_EQ(0, sized(self->gntdev, IOCTL_GNTDEV_RESTRICT, sizeof(longer),
			   &longer));
}
