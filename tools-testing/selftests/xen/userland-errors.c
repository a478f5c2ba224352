// SPDX-License-Identifier: GPL-2.0-only
/*
 * The error messages and the help of gntdmabuf and of the example backend.  Each
 * test checks one promise.  Runs in domain 0, with granter in the guest PEER.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "program.h"

/* A reference beyond the end of every grant table */
#define NO_REF	0x7fffffffu
/* Number of pages of a buffer whose directory has two pages */
#define SPARE	1030
#define PICTURE	"/tmp/userland-errors.png"

FIXTURE(userland)
{
	struct program program;
	struct peer *peer;
};

FIXTURE_SETUP(userland)
{
	self->peer = peer_open(peer_domid());
}

FIXTURE_TEARDOWN(userland)
{
	/* The programs have released all buffers */
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	peer_close(self->peer);
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
	EXPECT_NE(NULL, strstr(self->program.errors, want))
		TH_LOG("%s", self->program.errors);
	EXPECT_EQ(1, text_lines(self->program.errors));

	/* A reserved reference, and the empty places behind the end of a directory */
	EXPECT_EQ(1, program_run(&self->program, "gntdmabuf export -d %u %u 1",
				 peer->domid, peer->refs[0]));
	EXPECT_NE(NULL, strstr(self->program.errors,
			       "reference 1 is reserved by Xen"))
		TH_LOG("%s", self->program.errors);
	ASSERT_TRUE(peer_alloc(peer, 20, true, &spare));
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n 21 --read-only",
				 peer->domid, spare.directory));
	EXPECT_NE(NULL, strstr(self->program.errors,
			       "has 20 references, not 21: is -n right?"))
		TH_LOG("%s", self->program.errors);
	free(spare.refs);

	/* In the second directory page, too */
	ASSERT_TRUE(peer_alloc(peer, SPARE, true, &spare));
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE + 1));
	snprintf(want, sizeof(want), "has %u references, not %u: is -n right?", SPARE,
		 SPARE + 1);
	EXPECT_NE(NULL, strstr(self->program.errors, want))
		TH_LOG("%s", self->program.errors);
	EXPECT_EQ(1, program_run(&self->program, "gntdmabuf export -d %u -D %u -n %u",
				 peer->domid, spare.directory, SPARE));
	snprintf(want, sizeof(want),
		 "reference %u of domain %u, page 1 of %u: it was granted for reading only",
		 spare.refs[0], peer->domid, SPARE);
	EXPECT_NE(NULL, strstr(self->program.errors, want))
		TH_LOG("%s", self->program.errors);
	snprintf(want, sizeof(want), ": try --read-only (bad pages: %u)\n", SPARE);
	EXPECT_NE(NULL, strstr(self->program.errors, want))
		TH_LOG("%s", self->program.errors);
	EXPECT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE));

	/* The directory itself */
	peer_ask(peer, "next", spare.directory);
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE));
	snprintf(want, sizeof(want),
		 "the directory %u of domain %u has fewer or more pages than the 2 ",
		 spare.directory, peer->domid);
	EXPECT_NE(NULL, strstr(self->program.errors, want))
		TH_LOG("%s", self->program.errors);
	peer_free(peer, &spare);
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --read-only",
				 peer->domid, spare.directory, SPARE));
	snprintf(want, sizeof(want), "reference %u of domain %u, page 1 of the directory %u",
		 spare.directory, peer->domid, spare.directory);
	EXPECT_NE(NULL, strstr(self->program.errors, want))
		TH_LOG("%s", self->program.errors);
	free(spare.refs);
}

/* Commands and a part of their messages; %1$u is the peer, %2$u a reference */
static const struct {
	const char *command;
	const char *message;
} errors[] = {
	{ "gntdmabuf", "gntdmabuf help" },
	{ "gntdmabuf --frobnicate", "unrecognized option" },
	{ "gntdmabuf frobnicate", "no command 'frobnicate'" },
	{ "gntdmabuf help frobnicate", "no command 'frobnicate'" },
	{ "gntdmabuf help query all", "'all'" },
	{ "gntdmabuf query all", "'all'" },
	{ "gntdmabuf query --all", "unrecognized option" },
	{ "gntdmabuf list all", "'all'" },
	{ "gntdmabuf list --all", "unrecognized option" },
	{ "gntdmabuf list --watch=0", "--watch=0" },
	{ "gntdmabuf list --watch=soon", "not 'soon'" },
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
	{ "gntdmabuf export -d %1$u --png 1x1:NV21 f %2$u", "not 'NV21'" },
	{ "gntdmabuf export -d %1$u --png 3x2:NV12 f %2$u", "even width" },
	{ "gntdmabuf export -d %1$u --png 8x8:XR24 f --pitch 31 %2$u", "32 bytes" },
	{ "gntdmabuf export -d %1$u --pitch 64 %2$u", "--pitch goes with --png" },
	{ "gntdmabuf export -d %1$u -o f %2$u", "-o goes with --raw" },
	{ "gntdmabuf export -d %1$u %2$u --", "no COMMAND" },
	{ "gntdmabuf export -d %1$u -- true", "REFs" },
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
	{ "gntdmabuf import -d %1$u heap:system:2000M", "512000 pages are more than" },
	{ "gntdmabuf import -d %1$u dumb:vgem:32768x32768", "1048576 pages are more than" },
	{ "gntdmabuf import -d %1$u dumb:vkms", "dumb:CARD" },
	{ "gntdmabuf import -d %1$u dumb:nobody:8x8", "'nobody'" },
	{ "gntdmabuf import -d %1$u dumb:/dev/nobody:8x8", "/dev/nobody" },
	{ "gntdmabuf import -d %1$u dumb:/dev/null:8x8", "/dev/null" },
	{ "gntdmabuf offer -d %1$u heap:system:2000M", "512000 pages are more than" },
	{ "gntdmabuf wait", "ID" },
	{ "gntdmabuf wait 1 2 3", "ID" },
	{ "gntdmabuf wait 1", "is alive" },
	{ "gntdmabuf revoke", "ID" },
	{ "gntdmabuf revoke 1 2", "ID" },
	{ "gntdmabuf revoke buffer", "not 'buffer'" },
	{ "gntdmabuf revoke 1", "is alive" },
	{ "gntdmabuf bench -d %1$u", "REFs" },
	{ "gntdmabuf bench -d %1$u --rounds 0 %2$u", "--rounds" },
	{ "backend", "usage" },
	{ "backend guest1 %2$u 4096", "'guest1'" },
	{ "backend %1$u %2$u 4096K", "'4096K'" },
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
		EXPECT_STREQ("", program->output);
		EXPECT_EQ(1, text_lines(program->errors))
			TH_LOG("%s: %s", command, program->errors);
		EXPECT_NE(NULL, strstr(program->errors, errors[i].message))
			TH_LOG("%s: %s", command, program->errors);
	}
}

TEST_F_TIMEOUT(userland, a_picture_larger_than_the_buffer_is_refused, LIMIT)
{
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u --png 1025x1:XR24 " PICTURE " %u",
				 self->peer->domid, self->peer->refs[0]));
	EXPECT_EQ(1, text_lines(self->program.errors));
	EXPECT_EQ(-1, access(PICTURE, F_OK));
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u --png 8x1:XR24 /nowhere/f %u",
				 self->peer->domid, self->peer->refs[0]));
	EXPECT_EQ(1, text_lines(self->program.errors));
	EXPECT_NE(NULL, strstr(self->program.errors, "/nowhere/f: "));
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u --raw -o /nowhere/f %u",
				 self->peer->domid, self->peer->refs[0]));
	EXPECT_EQ(1, text_lines(self->program.errors));
	EXPECT_NE(NULL, strstr(self->program.errors, "/nowhere/f: "));
}

TEST_F_TIMEOUT(userland, a_picture_that_cannot_be_written_removes_no_file, LIMIT)
{
	EXPECT_EQ(1, program_run(&self->program,
				 "gntdmabuf export -d %u --png 8x1:XR24 /dev/full %u",
				 self->peer->domid, self->peer->refs[0]));
	EXPECT_EQ(1, text_lines(self->program.errors));
	EXPECT_NE(NULL, strstr(self->program.errors, "/dev/full: No space left"));
	EXPECT_EQ(0, access("/dev/full", F_OK));
}

/* exit_status - of a shell command with the domain and a reference of the peer */
static int exit_status(const struct peer *peer, const char *format, const char *redirection)
{
	char text[128], command[256];

	snprintf(text, sizeof(text), format, peer->domid, peer->refs[0]);
	snprintf(command, sizeof(command), "gntdmabuf %s < /dev/null 2> /dev/null %s", text,
		 redirection);
	return WEXITSTATUS(system(command));
}

TEST_F_TIMEOUT(userland, output_that_cannot_be_written_is_an_error, LIMIT)
{
	static const char * const commands[] = {
		"--version", "--help", "help", "help export", "query", "query --json", "list",
		"list --json", "list --help", "export -d %1$u %2$u", "export -d %1$u --raw %2$u",
		"import -d %1$u dumb:vgem:1024x1", "bench -d %1$u --rounds 1 %2$u",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		EXPECT_EQ(0, exit_status(self->peer, commands[i], "> /dev/null"))
			TH_LOG("%s", commands[i]);
		EXPECT_EQ(1, exit_status(self->peer, commands[i], "> /dev/full"))
			TH_LOG("%s", commands[i]);
		EXPECT_EQ(1, exit_status(self->peer, commands[i], ">&-"))
			TH_LOG("%s", commands[i]);
	}
}

TEST_F_TIMEOUT(userland, help_is_no_error, LIMIT)
{
	static const char * const commands[] = {
		"", " query", " export", " import", " wait", " revoke", " list", " bench",
		" help",
	};
	char usage[sizeof(self->program.output)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		EXPECT_EQ(0, program_run(&self->program, "gntdmabuf%s --help",
					 commands[i]));
		EXPECT_STREQ("", self->program.errors);
		snprintf(usage, sizeof(usage), "%s", self->program.output);
		EXPECT_TRUE(text_begins(usage, "usage: gntdmabuf "));
		EXPECT_NE(NULL, strstr(usage, commands[i]));

		/* The command help prints the same */
		EXPECT_EQ(0, program_run(&self->program, "gntdmabuf help%s", commands[i]));
		EXPECT_STREQ("", self->program.errors);
		EXPECT_STREQ(usage, self->program.output);
	}
}

TEST_F_TIMEOUT(userland, the_version_is_printed, LIMIT)
{
	EXPECT_EQ(0, program_run(&self->program, "gntdmabuf --version"));
	EXPECT_STREQ("", self->program.errors);
	EXPECT_TRUE(text_begins(self->program.output, "gntdmabuf "));
	EXPECT_TRUE(isdigit(self->program.output[10]));
	EXPECT_EQ(1, text_lines(self->program.output));
}

/* With a limit that allows it, the available memory decides */
TEST_F_TIMEOUT(userland, an_import_beyond_the_available_memory_allocates_nothing, LIMIT)
{
	const char *limit = "/sys/module/xen_gntdev/parameters/limit";
	unsigned long available = file_number("/proc/meminfo", "MemAvailable:") >> 10;
	const char * const buffers[] = { "heap:system:%luM", "dumb:vgem:16384x%lu" };
	/* A line of the dumb buffer has 64 KiB */
	const unsigned long sizes[] = { available * 2, available * 2 * 16 };
	char before[24], buffer[64];
	unsigned int i;

	snprintf(before, sizeof(before), "%u", page_limit());
	ASSERT_EQ(0, file_write(limit, "4000000"));
	for (i = 0; i < ARRAY_SIZE(buffers); i++) {
		snprintf(buffer, sizeof(buffer), buffers[i], sizes[i]);
		EXPECT_EQ(1, program_run(&self->program, "gntdmabuf import -d %u %s",
					 self->peer->domid, buffer));
		EXPECT_NE(NULL, strstr(self->program.errors,
				       "are more than the available memory of "))
			TH_LOG("%s: %s", buffer, self->program.errors);
		EXPECT_EQ(1, text_lines(self->program.errors));
	}
	EXPECT_EQ(0, file_write(limit, before));
}

/*
 * Xen counts 127 writable and 128 read-only mappings of a page.  x86 PV maps a page
 * once more for each mmap().
 */
TEST_F_TIMEOUT(userland, a_page_named_too_often_is_an_error_with_its_reference, LIMIT)
{
	static const struct {
		unsigned int times;
		const char *option;
		bool exported;
		bool read_on_pv;
	} cases[] = {
		{ 60, "", true, true },
		{ 60, " --read-only", true, true },
		{ 100, "", true, true },
		{ 100, " --read-only", true, false },
		{ 140, "", false, false },
		{ 140, " --read-only", false, false },
	};
	const char *export = "gntdmabuf export -d %u%s --raw -o /dev/null%s";
	char refs[4096], want[64];
	unsigned int i, n;
	bool works;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (n = 0, *refs = 0; n < cases[i].times; n++)
			snprintf(refs + strlen(refs), sizeof(refs) - strlen(refs), " %u",
				 self->peer->refs[0]);
		works = cases[i].exported && (!domain_is("PV") || cases[i].read_on_pv);
		EXPECT_EQ(!works, program_run(&self->program, export, self->peer->domid,
					      cases[i].option, refs))
			TH_LOG("%u%s: %s", cases[i].times, cases[i].option,
			       self->program.errors);
		EXPECT_EQ(!works, text_lines(self->program.errors));
		EXPECT_EQ(cases[i].exported, text_begins(self->program.output, "id "));
		snprintf(want, sizeof(want), "reference %u is named", self->peer->refs[0]);
		EXPECT_EQ(!cases[i].exported, !!strstr(self->program.errors, want))
			TH_LOG("%s", self->program.errors);
	}
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
