/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture and main() of programs that test restrictions of gntdev files: a
 * gntdev file without a restriction, a buffer to import, and granter and mapper
 * in the guest PEER.  After each test it checks that nothing is left behind.
 * Each program includes this file once.
 */

#ifndef SELFTESTS_XEN_RESTRICT_H
#define SELFTESTS_XEN_RESTRICT_H

#include "harness.h"
#include "mapping.h"
#include "peer.h"
#include "sources.h"

/* Pages of the buffer to import */
#define PAGES	16

/* The largest number of a domain; no such domain exists */
#define OTHER_DOMID	0x7fef

/* A reference beyond the end of every grant table */
#define NO_REF	0x7fffffff

FIXTURE(file)
{
	struct ask mapper;
	struct peer *peer;
	unsigned int domid;
	struct conserve before;
	struct source source;
	uint32_t refs[PAGES];
	int gntdev;
};

static inline int open_gntdev(void)
{
	return open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
}

FIXTURE_SETUP(file)
{
	self->domid = peer_domid();
	ask_open(&self->mapper, MAPPER_FOLDER, self->domid);
	ask(&self->mapper, "die");
	self->peer = peer_open(self->domid);
	conserve_begin(&self->before, self->domid);

	self->gntdev = open_gntdev();
	ASSERT_LE(0, self->gntdev);
	ASSERT_EQ(0, source_pages(&self->source, PAGES));
}

FIXTURE_TEARDOWN(file)
{
	const char *lost;

	close(self->gntdev);
	source_close(&self->source);
	ask(&self->mapper, "die");
	lost = conserve_end(&self->before);
	EXPECT_EQ(NULL, lost)
		TH_LOG("not conserved: %s", lost);
	peer_close(self->peer);
	ask_close(&self->mapper);
}

/* export_pages - export the first pages of the frame by the newest request */
static inline int export_pages(int gntdev, const struct peer *peer,
			       unsigned int count, int *fd)
{
	struct gntdev_dmabuf_export op = buffer_op(peer, count);
	int ret = export_buffer(gntdev, &op);

	*fd = op.fd;
	return ret;
}

/* exports_now - the result of an export that is released at once */
static inline int exports_now(int gntdev, const struct peer *peer,
			      unsigned int count)
{
	int fd, ret = export_pages(gntdev, peer, count, &fd);

	if (!ret)
		close(fd);
	return ret;
}

/* import_op - the newest import request, for the guest PEER */
static inline struct gntdev_dmabuf_import import_op(const struct source *source,
						    const uint32_t *refs)
{
	return (struct gntdev_dmabuf_import) {
		.refs = (uintptr_t)refs,
		.count = source->pages,
		.domid = peer_domid(),
		.fd = source->fd,
	};
}

/* imports_now - the result of an import that is released at once */
static inline int imports_now(int gntdev, const struct source *source)
{
	uint32_t refs[PAGES];
	struct gntdev_dmabuf_import op = import_op(source, refs);
	int ret = import_buffer(gntdev, &op);

	return ret ?: release_id(gntdev, op.id);
}

/* grow - let the tables of both domains grow, see one_processor() */
static void grow(void)
{
	int gntdev = open_gntdev(), fds[2], i;
	struct peer *peer = peer_open(peer_domid());
	struct mapping mapping;
	struct source source;
	struct ask mapper;
	uint32_t refs[PAGES], *map;

	for (i = 0; i < 2; i++) {
		if (export_pages(gntdev, peer, peer->count, &fds[i]))
			ksft_exit_fail_msg("the frame cannot be exported\n");
		map = map_all(peer_size(peer), fds[i]);
		if (map != MAP_FAILED)
			munmap(map, peer_size(peer));
	}
	close(fds[0]);
	close(fds[1]);

	ask_open(&mapper, MAPPER_FOLDER, peer_domid());
	if (source_pages(&source, PAGES) ||
	    import_refs(gntdev, source.fd, PAGES, peer_domid(), refs))
		ksft_exit_fail_msg("no buffer can be imported\n");
	mapping_begin(&mapping, &mapper, refs, PAGES);
	if (!mapping_map(&mapping, false))
		mapping_unmap(&mapping);
	mapping_end(&mapping);
	source_close(&source);
	close(gntdev);
	peer_close(peer);
	ask_close(&mapper);
}

int main(int argc, char **argv)
{
	one_processor();
	grow();

	return test_harness_run(argc, argv);
}

#endif /* SELFTESTS_XEN_RESTRICT_H */
