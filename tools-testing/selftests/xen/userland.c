// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people install: gntdmabuf, and the example that they copy from.  Each
 * test is a promise.  Runs in domain 0 against the granter and the mapper in
 * the guest PEER, with the module vkms.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <png.h>

#include "frame.h"
#include "harness.h"
#include "mapping.h"
#include "pattern.h"
#include "peer.h"
#include "program.h"
#include "sources.h"

/* A reference that is in nobody's table */
#define NO_REF	0x7fffffffu
/* Of a buffer whose directory has two pages */
#define SPARE	1030
#define PICTURE	"/tmp/userland.png"
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
	/* The programs have let go of all */
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	ask_close(&self->mapper);
	peer_close(self->peer);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* picture - the pixels of a PNG, XRGB8888 with X 0; NULL if it is of another size */
static uint32_t *picture(unsigned int width, unsigned int height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));
	size_t i;

	if (!pixels || !png_image_begin_read_from_file(&image, PICTURE) ||
	    image.width != width || image.height != height)
		return NULL;
	image.format = PNG_FORMAT_BGRA;
	if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
		return NULL;
	for (i = 0; i < (size_t)width * height; i++)
		pixels[i] &= 0xffffff;
	unlink(PICTURE);
	return pixels;
}

/* export_frame - hold the frame; its id */
static unsigned long long export_frame(struct program *program,
				       const struct peer *peer)
{
	unsigned long long id = 0;

	program_begin(program, "gntdmabuf export -d %u -D %u -n %u",
		      peer->domid, peer->directory, peer->count);
	sscanf(program_line(program), "id %llu fd ", &id);
	return id;
}

TEST_F_TIMEOUT(userland, query_tells_what_there_is, LIMIT)
{
	const char *run = domain_is("PV") ? "contiguous: no, " : "contiguous: yes, ";
	char want[64];

	ASSERT_EQ(0, program_run(&self->program, "gntdmabuf query"));
	snprintf(want, sizeof(want), "pages: %u at most, ", page_limit());
	EXPECT_TRUE(begins(self->program.said, want));
	EXPECT_NE(NULL, strstr(self->program.said,
			       "\nexport: --read-only --directory --wc --coherent\n"
			       "import: --read-only\n"));
	EXPECT_NE(NULL, strstr(self->program.said, run))
		TH_LOG("%s", self->program.said);
}

TEST_F_TIMEOUT(userland, a_frame_exported_by_its_directory_is_the_picture_drawn, LIMIT)
{
	struct peer *peer = self->peer;
	uint64_t sum = peer_ask(peer, "draw", 3);
	uint32_t *pixels;

	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --png %ux%u:XR24 " PICTURE,
				 peer->domid, peer->directory, peer->count,
				 peer->width, peer->height))
		TH_LOG("%s", self->program.complained);
	EXPECT_NE(NULL, strstr(self->program.said, "\nreleased\n"));
	pixels = picture(peer->width, peer->height);
	ASSERT_NE(NULL, pixels);
	EXPECT_EQ(sum, frame_checksum(pixels, (size_t)peer->width * peer->height));
	free(pixels);
}

/* The first pages of the frame, by their references; nobody drew what that shows */
TEST_F_TIMEOUT(userland, formats_are_what_their_names_say, LIMIT)
{
	struct peer *peer = self->peer;
	const char *command = "gntdmabuf export -d %u --png %ux2:%s " PICTURE " %u %u";
	unsigned int i;
	uint32_t *pixels;

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program, command, peer->domid, 1024, "XB24",
				 peer->refs[0], peer->refs[1]));
	pixels = picture(1024, 2);
	ASSERT_NE(NULL, pixels);
	for (i = 0; i < 2048; i++) {
		uint32_t drawn = frame_pixel(0, i % peer->width, i / peer->width,
					     peer->width, peer->height);

		ASSERT_EQ((drawn & 0xff) << 16 | (drawn & 0xff00) | drawn >> 16,
			  pixels[i]);
	}
	free(pixels);

	ASSERT_EQ(0, program_run(&self->program, command, peer->domid, 2048, "RG16",
				 peer->refs[0], peer->refs[1]));
	pixels = picture(2048, 2);
	ASSERT_NE(NULL, pixels);
	for (i = 0; i < 4096; i++) {
		uint32_t word = frame_pixel(0, i / 2 % peer->width, i / 2 / peer->width,
					    peer->width, peer->height);
		unsigned int half = i & 1 ? word >> 16 : word & 0xffff;
		unsigned int red = (half >> 11) * 255 / 31.0 + 0.5;
		unsigned int green = (half >> 5 & 63) * 255 / 63.0 + 0.5;
		unsigned int blue = (half & 31) * 255 / 31.0 + 0.5;

		ASSERT_EQ(red << 16 | green << 8 | blue, pixels[i]);
	}
	free(pixels);
}

TEST_F_TIMEOUT(userland, the_dump_begins_at_the_offset, LIMIT)
{
	struct peer *peer = self->peer;
	uint32_t pixel = frame_pixel(0, 1021 % peer->width, 1021 / peer->width,
				     peer->width, peer->height);
	char want[64];

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u --offset 4084 --hexdump %u",
				 peer->domid, peer->refs[0]));
	snprintf(want, sizeof(want), "\n00000000  %02x %02x %02x 00 ", pixel & 0xff,
		 pixel >> 8 & 0xff, pixel >> 16);
	EXPECT_NE(NULL, strstr(self->program.said, want))
		TH_LOG("no '%s' in %s", want, self->program.said);
	EXPECT_NE(NULL, strstr(self->program.said, "\n0000000c\n"));
}

TEST_F_TIMEOUT(userland, a_bad_reference_is_named, LIMIT)
{
	struct peer *peer = self->peer;
	struct peer_buffer spare;
	char want[128];

	EXPECT_EQ(1, program_run(&self->program, "gntdmabuf export -d %u %u %u %u",
				 peer->domid, peer->refs[0], NO_REF, peer->refs[1]));
	snprintf(want, sizeof(want),
		 "reference %u of domain %u, page 2 of 3: it was not granted",
		 NO_REF, peer->domid);
	EXPECT_NE(NULL, strstr(self->program.complained, want))
		TH_LOG("%s", self->program.complained);
	EXPECT_EQ(1, lines(self->program.complained));

	/* One that is Xen's own, and those behind the end of a directory are */
	EXPECT_EQ(1, program_run(&self->program, "gntdmabuf export -d %u %u 1",
				 peer->domid, peer->refs[0]));
	EXPECT_NE(NULL, strstr(self->program.complained,
			       "reference 1 is reserved by Xen"))
		TH_LOG("%s", self->program.complained);
	ASSERT_TRUE(peer_alloc(peer, 20, true, &spare));
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n 21 --read-only",
				 peer->domid, spare.directory));
	EXPECT_NE(NULL, strstr(self->program.complained,
			       "has 20 references, not 21: is -n right?"))
		TH_LOG("%s", self->program.complained);
	free(spare.refs);

	/* In the second page of a directory, too */
	ASSERT_TRUE(peer_alloc(peer, SPARE, true, &spare));
	EXPECT_EQ(1, program_run(&self->program, "gntdmabuf export -d %u -D %u -n %u",
				 peer->domid, spare.directory, SPARE));
	snprintf(want, sizeof(want),
		 "reference %u of domain %u, page 1 of %u: it was granted for reading only",
		 spare.refs[0], peer->domid, SPARE);
	EXPECT_NE(NULL, strstr(self->program.complained, want))
		TH_LOG("%s", self->program.complained);
	snprintf(want, sizeof(want), ": try --read-only (bad pages: %u)\n", SPARE);
	EXPECT_NE(NULL, strstr(self->program.complained, want))
		TH_LOG("%s", self->program.complained);
	EXPECT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE));

	/* And the directory itself */
	peer_ask(peer, "next", spare.directory);
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE));
	snprintf(want, sizeof(want),
		 "the directory %u of domain %u has fewer or more pages than the 2 ",
		 spare.directory, peer->domid);
	EXPECT_NE(NULL, strstr(self->program.complained, want))
		TH_LOG("%s", self->program.complained);
	peer_free(peer, &spare);
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE));
	snprintf(want, sizeof(want), "reference %u of domain %u, page 1 of the directory %u",
		 spare.directory, peer->domid, spare.directory);
	EXPECT_NE(NULL, strstr(self->program.complained, want))
		TH_LOG("%s", self->program.complained);
	free(spare.refs);
}

/* listed - the line of the list that begins with an id, NULL if there is none */
static const char *listed(struct program *program, unsigned long long id)
{
	char want[32];

	program_run(program, "gntdmabuf list");
	snprintf(want, sizeof(want), "%llu  ", id);
	return strstr(program->said, want);
}

TEST_F_TIMEOUT(userland, the_list_shows_what_lives_and_who_has_it, LIMIT)
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

	/* Without debugfs processes are asked, and nobody knows the age */
	ASSERT_EQ(0, umount("/sys/kernel/debug"));
	line = listed(&self->other, id);
	EXPECT_EQ(0, mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL));
	ASSERT_NE(NULL, line);
	snprintf(who, sizeof(who), " -  gntdmabuf (%d)\n", self->program.pid);
	end = strchr(line, '\n') + 1;
	EXPECT_EQ(0, strncmp(end - strlen(who), who, strlen(who)))
		TH_LOG("%s", line);
	EXPECT_EQ(1, lines(self->other.complained));

	EXPECT_EQ(0, program_end(&self->program));
	EXPECT_EQ(NULL, listed(&self->other, id));
}

/* begin_wait - it does nothing else once it has opened gntdev */
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

TEST_F_TIMEOUT(userland, wait_ends_with_the_buffer, LIMIT)
{
	unsigned long long id = export_frame(&self->program, self->peer);

	ASSERT_NE(0, id);
	EXPECT_EQ(1, program_run(&self->other, "gntdmabuf wait %llu 10", id));
	EXPECT_NE(NULL, strstr(self->other.complained, "still is in use"));
	EXPECT_TRUE(begin_wait(&self->other, id));
	EXPECT_EQ(0, program_end(&self->program));
	EXPECT_STREQ("released", program_line(&self->other));
	EXPECT_EQ(0, program_end(&self->other));
	EXPECT_EQ(1, program_run(&self->other, "gntdmabuf wait %llu", id));
	EXPECT_NE(NULL, strstr(self->other.complained, "is alive"));
}

TEST_F_TIMEOUT(userland, a_signal_ends_an_export, LIMIT)
{
	ASSERT_NE(0, export_frame(&self->program, self->peer));
	kill(self->program.pid, SIGTERM);
	EXPECT_STREQ("released", program_line(&self->program));
	EXPECT_EQ(0, program_end(&self->program));
}

/* read_refs - what import prints; false if it does not print so many */
static bool read_refs(struct program *program, unsigned long long *id,
		      uint32_t *refs, unsigned int count)
{
	unsigned int i, pages = 0;
	char *at, *end;

	if (sscanf(program_line(program), "id %llu domain %*u pages %u offset 0",
		   id, &pages) != 2 || pages != count)
		return false;
	program_line(program);
	if (!begins(program->said, "refs "))
		return false;
	for (i = 0, at = program->said + 4; i < count; i++, at = end) {
		refs[i] = strtoul(at, &end, 10);
		if (end == at)
			return false;
	}
	return !*at;
}

TEST_F_TIMEOUT(userland, an_import_grants_and_ends_when_the_guest_lets_go, LIMIT)
{
	struct mapping mapping;
	struct source source;
	uint32_t refs[PAGES];
	unsigned long long id;

	/* One that the program inherits, of which the test sees what is in it */
	ASSERT_EQ(0, source_heap(&source, "system", PAGES));
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

TEST_F_TIMEOUT(userland, an_import_says_that_the_guest_holds_it_and_a_signal_ends_that, LIMIT)
{
	struct mapping mapping;
	uint32_t refs[PAGES];
	unsigned long long id;
	char want[64];

	program_begin(&self->program, "gntdmabuf import -d %u heap:system:%luK",
		      self->peer->domid, PAGES * PEER_PAGE / 1024);
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
	EXPECT_EQ(1, lines(self->program.complained));

	/* Then it lives on, and anybody can wait for it */
	EXPECT_NE(NULL, listed(&self->other, id));
	EXPECT_NE(NULL, strstr(self->other.said, "releasing"));
	EXPECT_TRUE(begin_wait(&self->other, id));
	mapping_unmap(&mapping);
	EXPECT_STREQ("released", program_line(&self->other));
	EXPECT_EQ(0, program_end(&self->other));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(userland, an_import_makes_the_buffer_that_it_is_told, LIMIT)
{
	static const char * const buffers[] = {
		"dumb:vkms:1024x4", "--read-only dumb:vkms:1024x4",
		"heap:system:16384", "heap:system:16K",
	};
	struct mapping mapping;
	unsigned long long id;
	unsigned int i;
	uint32_t refs[4];
	int ret;

	for (i = 0; i < ARRAY_SIZE(buffers); i++) {
		program_begin(&self->program, "gntdmabuf import -d %u %s",
			      self->peer->domid, buffers[i]);
		ASSERT_TRUE(read_refs(&self->program, &id, refs, 4))
			TH_LOG("%s: %s", buffers[i], self->program.said);
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
	ASSERT_EQ(5, sscanf(self->program.said,
			    "pages %u rounds 3: export %lf us, read %lf us, release %lf us, round %lf us",
			    &pages, &parts[0], &parts[1], &parts[2], &parts[3]))
		TH_LOG("%s", self->program.said);
	EXPECT_EQ(peer->count, pages);
	EXPECT_LT(0, parts[0]);
	EXPECT_LT(0, parts[1]);
	EXPECT_LT(0, parts[2]);
	/* They are rounded */
	EXPECT_GT(0.21, parts[3] - parts[0] - parts[1] - parts[2]);
	EXPECT_LT(-0.21, parts[3] - parts[0] - parts[1] - parts[2]);
}

/* Each with a word that its message has; %1$u is the peer, %2$u a reference */
static const struct {
	const char *command;
	const char *says;
} errors[] = {
	{ "gntdmabuf", "--help" },
	{ "gntdmabuf frobnicate", "no command 'frobnicate'" },
	{ "gntdmabuf query all", "'all'" },
	{ "gntdmabuf query --all", "unrecognized option" },
	{ "gntdmabuf list all", "'all'" },
	{ "gntdmabuf list --all", "unrecognized option" },
	{ "gntdmabuf export %2$u", "-d DOMID" },
	{ "gntdmabuf export -d", "requires an argument" },
	{ "gntdmabuf export -d guest %2$u", "not 'guest'" },
	{ "gntdmabuf export -d %1$u", "REFs" },
	{ "gntdmabuf export -d %1$u -1", "invalid option" },
	{ "gntdmabuf export -d %1$u 5000000000", "not '5000000000'" },
	{ "gntdmabuf export -d %1$u -n 1 %2$u", "-n goes with -D" },
	{ "gntdmabuf export -d %1$u -D %2$u", "-n COUNT" },
	{ "gntdmabuf export -d %1$u -D %2$u -n 1 %2$u", "one too many" },
	{ "gntdmabuf export -d %1$u --wc --coherent %2$u", "exclude" },
	{ "gntdmabuf export -d %1$u --offset 4096 %2$u", "--offset" },
	{ "gntdmabuf export -d 32000 %2$u", "no domain 32000" },
	{ "gntdmabuf export -d %1$u -D %2$u -n 4000000", "limit" },
	{ "gntdmabuf export -d %1$u --png 1x1 f %2$u", "WIDTHxHEIGHT:FORMAT" },
	{ "gntdmabuf export -d %1$u --png 1x1:NV12 f %2$u", "not 'NV12'" },
	{ "gntdmabuf export -d %1$u %2$u --png 1x1:XR24", "FILE" },
	{ "gntdmabuf import heap:system:4K", "-d DOMID" },
	{ "gntdmabuf import -d %1$u", "which buffer" },
	{ "gntdmabuf import -d %1$u 0 1", "which buffer" },
	{ "gntdmabuf import -d %1$u 0", "not a dma-buf" },
	{ "gntdmabuf import -d %1$u 99", "not open" },
	{ "gntdmabuf import -d %1$u 3", "not open" },
	{ "gntdmabuf import -d %1$u screen", "'screen'" },
	{ "gntdmabuf import -d 32752 heap:system:4K", "DOMID" },
	{ "gntdmabuf import -d %1$u heap:system", "heap:NAME:SIZE" },
	{ "gntdmabuf import -d %1$u heap:system:4T", "not '4T'" },
	{ "gntdmabuf import -d %1$u heap:nobody:4K", "heap nobody" },
	{ "gntdmabuf import -d %1$u dumb:vkms", "dumb:CARD" },
	{ "gntdmabuf import -d %1$u dumb:nobody:8x8", "'nobody'" },
	{ "gntdmabuf import -d %1$u dumb:/dev/nobody:8x8", "/dev/nobody" },
	{ "gntdmabuf import -d %1$u dumb:/dev/null:8x8", "/dev/null" },
	{ "gntdmabuf wait", "ID" },
	{ "gntdmabuf wait 1 2 3", "ID" },
	{ "gntdmabuf wait 1", "is alive" },
	{ "gntdmabuf bench -d %1$u", "REFs" },
	{ "gntdmabuf bench -d %1$u --rounds 0 %2$u", "--rounds" },
	{ "backend", "usage" },
	{ "backend %1$u %2$u 0", "no buffer has 0 bytes" },
	{ "backend %1$u %2$u 99999999999999999", "no buffer has" },
};

TEST_F_TIMEOUT(userland, every_error_is_one_line_and_status_1, LIMIT)
{
	struct program *program = &self->program;
	unsigned int i;
	char command[256];

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		snprintf(command, sizeof(command), errors[i].command,
			 self->peer->domid, self->peer->refs[0]);
		EXPECT_EQ(1, program_run(program, "%s", command))
			TH_LOG("%s", command);
		EXPECT_STREQ("", program->said);
		EXPECT_EQ(1, lines(program->complained))
			TH_LOG("%s: %s", command, program->complained);
		EXPECT_NE(NULL, strstr(program->complained, errors[i].says))
			TH_LOG("%s: %s", command, program->complained);
	}
}

TEST_F_TIMEOUT(userland, a_picture_larger_than_the_buffer_is_refused, LIMIT)
{
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u --png 1025x1:XR24 " PICTURE " %u",
				 self->peer->domid, self->peer->refs[0]));
	EXPECT_EQ(1, lines(self->program.complained));
	EXPECT_EQ(-1, access(PICTURE, F_OK));
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u --png 8x1:XR24 /nowhere/f %u",
				 self->peer->domid, self->peer->refs[0]));
	EXPECT_EQ(1, lines(self->program.complained));
	EXPECT_NE(NULL, strstr(self->program.complained, "/nowhere/f: "));
}

TEST_F_TIMEOUT(userland, help_is_no_error, LIMIT)
{
	static const char * const commands[] = {
		"", "query ", "export ", "import ", "wait ", "list ", "bench ",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		EXPECT_EQ(0, program_run(&self->program, "gntdmabuf %s--help",
					 commands[i]));
		EXPECT_STREQ("", self->program.complained);
		EXPECT_TRUE(begins(self->program.said, "usage: gntdmabuf "));
	}
}

TEST_F_TIMEOUT(userland, the_example_prints_the_checksum_of_the_guest, LIMIT)
{
	struct peer *peer = self->peer;
	uint64_t sum = peer_ask(peer, "draw", 11);
	char want[64];

	ASSERT_EQ(0, program_run(&self->program, "backend %u %u %u", peer->domid,
				 peer->directory, peer->width * peer->height * 4))
		TH_LOG("%s", self->program.complained);
	snprintf(want, sizeof(want), "\nuse: checksum %016" PRIx64 "\nreleased", sum);
	EXPECT_NE(NULL, strstr(self->program.said, want))
		TH_LOG("%s", self->program.said);
	EXPECT_EQ(4, lines(self->program.said));
	EXPECT_EQ(1, program_run(&self->program, "backend %u %u 4096", peer->domid,
				 NO_REF));
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
