// SPDX-License-Identifier: GPL-2.0-only
/*
 * The installed program gntdmabuf and the example backend.  Each test checks one
 * promise.  Runs in domain 0, with granter and mapper in the guest PEER and the
 * module vgem.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "harness.h"
#include "mapping.h"
#include "pattern.h"
#include "peer.h"
#include "program.h"
#include "sources.h"

/* A reference beyond the end of every grant table */
#define NO_REF	0x7fffffffu
#define PAGES	(MAPPING_CHUNK + 2)

FIXTURE(userland)
{
	struct program program;
	struct program other;
	struct peer *peer;
	struct ask mapper;
};

FIXTURE_SETUP(userland)
{
	self->peer = peer_open(peer_domid());
	ask_open(&self->mapper, MAPPER_FOLDER, peer_domid());
	ask(&self->mapper, "die");
}

FIXTURE_TEARDOWN(userland)
{
	/* The programs have released all buffers */
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	ask_close(&self->mapper);
	peer_close(self->peer);
}

/* export_frame - start a program that exports the frame; the buffer's id */
static unsigned long long export_frame(struct program *program,
				       const struct peer *peer)
{
	unsigned long long id = 0;

	program_begin(program, "gntdmabuf export -d %u -D %u -n %u",
		      peer->domid, peer->directory, peer->count);
	sscanf(program_line(program), "id %llu fd ", &id);
	return id;
}

TEST_F_TIMEOUT(userland, query_prints_the_features_and_limits, LIMIT)
{
	const char *contiguous = domain_is("PV") ? "contiguous: no, " : "contiguous: yes, ";
	char want[64];

	ASSERT_EQ(0, program_run(&self->program, "gntdmabuf query"));
	snprintf(want, sizeof(want), "pages: %u at most, ", page_limit());
	EXPECT_TRUE(text_begins(self->program.output, want));
	EXPECT_NE(NULL, strstr(self->program.output,
			       "\nexport: --read-only --directory --wc --coherent\n"
			       "import: --read-only\n"));
	EXPECT_NE(NULL, strstr(self->program.output, contiguous))
		TH_LOG("%s", self->program.output);
	EXPECT_NE(NULL, strstr(self->program.output, "\nrestrict: yes\nrevoke: yes\n"))
		TH_LOG("%s", self->program.output);
}

/* listed - the line of the buffer in gntdmabuf's list, or NULL */
static const char *listed(struct program *program, unsigned long long id)
{
	char want[32];

	program_run(program, "gntdmabuf list");
	snprintf(want, sizeof(want), "%llu  ", id);
	return strstr(program->output, want);
}

TEST_F_TIMEOUT(userland, the_list_shows_live_buffers_and_their_holders, LIMIT)
{
	unsigned long long id = export_frame(&self->program, self->peer);
	unsigned int domid, pages, offset;
	char kind[16], state[16], who[64];
	const char *line, *end;

	ASSERT_NE(0, id);
	line = listed(&self->other, id);
	ASSERT_NE(NULL, line);
	ASSERT_EQ(5, sscanf(line, "%*u %15s %u %u %u -de-- %15s", kind, &domid,
			    &pages, &offset, state));
	EXPECT_STREQ("export", kind);
	EXPECT_EQ(self->peer->domid, domid);
	EXPECT_EQ(self->peer->count, pages);
	EXPECT_EQ(0, offset);
	EXPECT_STREQ("live", state);
	snprintf(who, sizeof(who), " s  gntdmabuf (%d)\n", self->program.pid);
	end = strchr(line, '\n') + 1;
	EXPECT_EQ(0, strncmp(end - strlen(who), who, strlen(who)))
		TH_LOG("%s", line);

	/* Without debugfs the list comes from fdinfo, which has no age */
	ASSERT_EQ(0, umount("/sys/kernel/debug"));
	line = listed(&self->other, id);
	EXPECT_EQ(0, mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL));
	ASSERT_NE(NULL, line);
	snprintf(who, sizeof(who), " -  gntdmabuf (%d)\n", self->program.pid);
	end = strchr(line, '\n') + 1;
	EXPECT_EQ(0, strncmp(end - strlen(who), who, strlen(who)))
		TH_LOG("%s", line);
	EXPECT_EQ(1, text_lines(self->other.errors));

	EXPECT_EQ(0, program_end(&self->program));
	EXPECT_EQ(NULL, listed(&self->other, id));
}

/* begin_wait - start a program that waits; after it opens gntdev it only waits */
static bool begin_wait(struct program *program, unsigned long long id)
{
	char path[64], link[64] = "";

	program_begin(program, "gntdmabuf wait %llu", id);
	snprintf(path, sizeof(path), "/proc/%d/fd/3", program->pid);
	while (program_runs(program) && strcmp(link, "/dev/xen/gntdev")) {
		memset(link, 0, sizeof(link));
		if (readlink(path, link, sizeof(link) - 1) < 0)
			usleep(1000);
	}
	usleep(300000);
	return program_runs(program);
}

TEST_F_TIMEOUT(userland, wait_ends_at_the_release, LIMIT)
{
	unsigned long long id = export_frame(&self->program, self->peer);

	ASSERT_NE(0, id);
	EXPECT_EQ(1, program_run(&self->other, "gntdmabuf wait %llu 10", id));
	EXPECT_NE(NULL, strstr(self->other.errors, "still is in use"));
	EXPECT_TRUE(begin_wait(&self->other, id));
	EXPECT_EQ(0, program_end(&self->program));
	EXPECT_STREQ("released", program_line(&self->other));
	EXPECT_EQ(0, program_end(&self->other));
	EXPECT_EQ(1, program_run(&self->other, "gntdmabuf wait %llu", id));
	EXPECT_NE(NULL, strstr(self->other.errors, "is alive"));
}

TEST_F_TIMEOUT(userland, a_signal_ends_an_export, LIMIT)
{
	ASSERT_NE(0, export_frame(&self->program, self->peer));
	kill(self->program.pid, SIGTERM);
	EXPECT_STREQ("released", program_line(&self->program));
	EXPECT_EQ(0, program_end(&self->program));
}

/* export_ignoring - start a program that exports the frame, and ignores a signal of this program */
static void export_ignoring(FIXTURE_DATA(userland) * self, int number, const char *command)
{
	signal(number, SIG_IGN);
	program_begin(&self->program, "gntdmabuf export -d %u -D %u -n %u%s",
		      self->peer->domid, self->peer->directory, self->peer->count, command);
	signal(number, SIG_DFL);
}

/* nohup starts a program so */
TEST_F_TIMEOUT(userland, an_ignored_signal_does_not_end_an_export, LIMIT)
{
	export_ignoring(self, SIGHUP, "");
	EXPECT_TRUE(text_begins(program_line(&self->program), "id "));
	kill(self->program.pid, SIGHUP);
	usleep(300000);
	EXPECT_TRUE(program_runs(&self->program));
	kill(self->program.pid, SIGTERM);
	EXPECT_STREQ("released", program_line(&self->program));
	EXPECT_EQ(0, program_end(&self->program));
}

TEST_F_TIMEOUT(userland, a_command_ends_where_its_end_was_ignored, LIMIT)
{
	export_ignoring(self, SIGCHLD, " -- sh -c exit");
	EXPECT_EQ(0, program_end(&self->program))
		TH_LOG("%s", self->program.errors);
}

/* Both signals are there when the first wait begins, and the second one begins after the release */
TEST_F_TIMEOUT(userland, a_signal_that_comes_with_the_release_is_no_error, LIMIT)
{
	ASSERT_NE(0, export_frame(&self->program, self->peer));
	kill(self->program.pid, SIGSTOP);
	kill(self->program.pid, SIGINT);
	kill(self->program.pid, SIGTERM);
	kill(self->program.pid, SIGCONT);
	EXPECT_STREQ("released", program_line(&self->program));
	EXPECT_EQ(0, program_end(&self->program))
		TH_LOG("%s", self->program.errors);
}

TEST_F_TIMEOUT(userland, a_signal_ends_an_export_whose_output_is_not_read, LIMIT)
{
	char byte;

	program_begin(&self->program, "gntdmabuf export -d %u -D %u -n %u --raw",
		      self->peer->domid, self->peer->directory, self->peer->count);
	ASSERT_EQ(1, read(self->program.out, &byte, 1));
	kill(self->program.pid, SIGTERM);
	EXPECT_EQ(-1, program_end(&self->program));
}

TEST_F_TIMEOUT(userland, a_second_signal_ends_the_wait_of_an_export, LIMIT)
{
	unsigned long long id = export_frame(&self->program, self->peer);
	int pidfd = pidfd_open(self->program.pid, 0), fd;

	ASSERT_EQ(1, sscanf(self->program.output, "id %*u fd %d ", &fd));
	fd = pidfd_getfd(pidfd, fd, 0);
	ASSERT_LE(0, fd);
	close(pidfd);
	kill(self->program.pid, SIGINT);
	usleep(300000);
	EXPECT_TRUE(program_runs(&self->program));
	kill(self->program.pid, SIGINT);
	EXPECT_EQ(1, program_end(&self->program));
	EXPECT_NE(NULL, strstr(self->program.errors, " still uses buffer "));
	EXPECT_TRUE(begin_wait(&self->other, id));
	close(fd);
	EXPECT_EQ(0, program_end(&self->other));
}

/* read_refs - parse import's output; false unless it prints @count references */
static bool read_refs(struct program *program, unsigned long long *id,
		      uint32_t *refs, unsigned int count)
{
	unsigned int i, pages = 0;
	char *at, *end;

	if (sscanf(program_line(program), "id %llu domain %*u pages %u offset 0",
		   id, &pages) != 2 || pages != count)
		return false;
	program_line(program);
	if (!text_begins(program->output, "refs "))
		return false;
	for (i = 0, at = program->output + 4; i < count; i++, at = end) {
		refs[i] = strtoul(at, &end, 10);
		if (end == at)
			return false;
	}
	return !*at;
}

TEST_F_TIMEOUT(userland, an_import_ends_when_the_guest_has_unmapped_all_pages, LIMIT)
{
	struct mapping mapping;
	struct source source;
	uint32_t refs[PAGES];
	unsigned long long id;

	/* The program inherits the descriptor; the test maps the buffer, too */
	ASSERT_EQ(0, source_pages(&source, PAGES));
	ASSERT_EQ(0, fcntl(source.fd, F_SETFD, 0));
	program_begin(&self->program, "gntdmabuf import -d %u %d", self->peer->domid,
		      source.fd);
	ASSERT_TRUE(read_refs(&self->program, &id, refs, PAGES));
	mapping_begin(&mapping, &self->mapper, refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	mapping_fill(&mapping, 7);
	EXPECT_EQ(0, pattern_wrong(source.map, 0, PAGES, 7));

	close(self->program.in);
	self->program.in = -1;
	usleep(300000);
	EXPECT_TRUE(program_runs(&self->program));
	mapping_unmap(&mapping);
	EXPECT_EQ(0, program_end(&self->program));
	EXPECT_EQ(0, mapping_try(&mapping));
	mapping_end(&mapping);
	source_close(&source);
}

TEST_F_TIMEOUT(userland, an_import_reports_that_the_guest_maps_pages_until_a_signal, LIMIT)
{
	struct mapping mapping;
	uint32_t refs[PAGES];
	unsigned long long id;
	char want[64];

	program_begin(&self->program, "gntdmabuf import -d %u dumb:vgem:1024x%u",
		      self->peer->domid, PAGES);
	ASSERT_TRUE(read_refs(&self->program, &id, refs, PAGES));
	mapping_begin(&mapping, &self->mapper, refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	kill(self->program.pid, SIGINT);
	snprintf(want, sizeof(want), "domain %u still has pages mapped",
		 self->peer->domid);
	EXPECT_STREQ(want, program_line(&self->program));
	kill(self->program.pid, SIGINT);
	EXPECT_STREQ("", program_line(&self->program));
	EXPECT_EQ(1, program_end(&self->program));
	EXPECT_EQ(1, text_lines(self->program.errors));

	/* The import stays until the guest unmaps, and another program can wait */
	EXPECT_NE(NULL, listed(&self->other, id));
	EXPECT_NE(NULL, strstr(self->other.output, "releasing"));
	snprintf(want, sizeof(want), " s ago, domain maps %u pages\n", PAGES);
	EXPECT_NE(NULL, strstr(self->other.output, "; released "));
	EXPECT_NE(NULL, strstr(self->other.output, want))
		TH_LOG("%s", self->other.output);
	EXPECT_TRUE(begin_wait(&self->other, id));
	mapping_unmap(&mapping);
	EXPECT_STREQ("released", program_line(&self->other));
	EXPECT_EQ(0, program_end(&self->other));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(userland, an_import_allocates_the_buffer_that_its_argument_describes, LIMIT)
{
	static const char * const buffers[] = {
		"dumb:vgem:1024x4", "--read-only dumb:vgem:1024x4",
		"heap:system:16384", "heap:system:16K",
	};
	struct mapping mapping;
	unsigned long long id;
	unsigned int i;
	uint32_t refs[4];
	int ret;

	for (i = 0; i < ARRAY_SIZE(buffers); i++) {
		if (strstr(buffers[i], "heap") && access("/dev/dma_heap/system", F_OK))
			continue;
		program_begin(&self->program, "gntdmabuf import -d %u %s",
			      self->peer->domid, buffers[i]);
		ASSERT_TRUE(read_refs(&self->program, &id, refs, 4))
			TH_LOG("%s: %s", buffers[i], self->program.output);
		mapping_begin(&mapping, &self->mapper, refs, 4);
		ret = mapping_map(&mapping, false);
		EXPECT_EQ(!!strstr(buffers[i], "--read-only"), !!ret);
		if (!ret)
			mapping_unmap(&mapping);
		EXPECT_EQ(0, program_end(&self->program));
		mapping_end(&mapping);
	}
}

TEST_F_TIMEOUT(userland, a_round_trip_is_measured, LIMIT)
{
	struct peer *peer = self->peer;
	double parts[4];
	unsigned int pages;

	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf bench -d %u -D %u -n %u --rounds 3",
				 peer->domid, peer->directory, peer->count));
	ASSERT_EQ(5, sscanf(self->program.output,
			    "pages %u rounds 3: export %lf us, read %lf us, release %lf us, round %lf us",
			    &pages, &parts[0], &parts[1], &parts[2], &parts[3]))
		TH_LOG("%s", self->program.output);
	EXPECT_EQ(peer->count, pages);
	EXPECT_LT(0, parts[0]);
	EXPECT_LT(0, parts[1]);
	EXPECT_LT(0, parts[2]);
	/* The printed numbers are rounded */
	EXPECT_GT(0.21, parts[3] - parts[0] - parts[1] - parts[2]);
	EXPECT_LT(-0.21, parts[3] - parts[0] - parts[1] - parts[2]);
}

/* prints_checksum - whether the example prints this checksum of so many bytes of the frame */
static bool prints_checksum(struct program *program, const struct peer *peer,
			    unsigned int bytes, uint64_t sum)
{
	char want[64];

	snprintf(want, sizeof(want), "\nuse: checksum %016" PRIx64 "\nreleased", sum);
	return !program_run(program, "backend %u %u %u", peer->domid, peer->directory, bytes) &&
	       strstr(program->output, want) && text_lines(program->output) == 4;
}

TEST_F_TIMEOUT(userland, the_example_prints_the_checksum_of_the_guest, LIMIT)
{
	struct peer *peer = self->peer;
	unsigned int pixels = peer->width * peer->height;
	uint32_t *frame = malloc(pixels * sizeof(*frame));

	ASSERT_NE(NULL, frame);
	frame_draw(frame, 11, peer->width, peer->height);
	EXPECT_TRUE(prints_checksum(&self->program, peer, pixels * 4,
				    peer_ask(peer, "draw", 11)))
		TH_LOG("%s%s", self->program.output, self->program.errors);
	/* Data that ends inside a word */
	frame[pixels - 1] &= 0xffff;
	EXPECT_TRUE(prints_checksum(&self->program, peer, pixels * 4 - 2,
				    frame_checksum(frame, pixels)))
		TH_LOG("%s%s", self->program.output, self->program.errors);
	free(frame);
	EXPECT_EQ(1, program_run(&self->program, "backend %u %u 4096", peer->domid,
				 NO_REF));
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
