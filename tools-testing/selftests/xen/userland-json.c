// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON of gntdmabuf, and gntdmabuf list --watch.  Each test checks one promise of
 * the manual page.  Runs in domain 0, with granter and mapper in the guest PEER and
 * the module vgem.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <json-c/json.h>

#include "harness.h"
#include "mapping.h"
#include "peer.h"
#include "program.h"

/* The keys that each buffer in the list has, before its age */
#define KEYS	"id kind domain pages offset flags state contiguous "

FIXTURE(json)
{
	struct program program;
	struct program other;
	struct peer *peer;
};

FIXTURE_SETUP(json)
{
	self->peer = peer_open(peer_domid());
}

FIXTURE_TEARDOWN(json)
{
	/* The programs have released all buffers */
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	peer_close(self->peer);
}

/* keys - the keys of an object, in order, with a blank after each */
static const char *keys(struct json_object *object)
{
	static char text[512];

	*text = 0;
	json_object_object_foreach(object, key, value) {
		(void)value;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", key);
	}
	return text;
}

/* text - the value of a key as JSON; an empty text if there is none */
static const char *text(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) : "";
}

static uint64_t number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(json_object_object_get(object, key));
}

static bool is_true(struct json_object *object, const char *key)
{
	return !strcmp(text(object, key), "true");
}

TEST_F_TIMEOUT(json, query_has_the_features_and_limits, LIMIT)
{
	struct json_object *query;

	ASSERT_EQ(0, program_run(&self->program, "gntdmabuf query --json"));
	EXPECT_EQ(1, text_lines(self->program.output));
	query = json_tokener_parse(self->program.output);
	ASSERT_NE(NULL, query);
	EXPECT_STREQ("max_pages page_size export import contiguous restrict revoke ",
		     keys(query));
	EXPECT_EQ(page_limit(), number(query, "max_pages"));
	EXPECT_EQ(4096, number(query, "page_size"));
	EXPECT_STREQ("[\"wc\",\"coherent\",\"read-only\",\"directory\"]",
		     text(query, "export"));
	EXPECT_STREQ("[\"read-only\"]", text(query, "import"));
	EXPECT_EQ(!domain_is("PV"), is_true(query, "contiguous"));
	EXPECT_TRUE(is_true(query, "restrict"));
	EXPECT_TRUE(is_true(query, "revoke"));
	json_object_put(query);
}

/* listed - the object of the only buffer in the list, or NULL */
static struct json_object *listed(struct program *program)
{
	struct json_object *list, *object = NULL;

	program_run(program, "gntdmabuf list --json");
	list = json_tokener_parse(program->output);
	if (json_object_is_type(list, json_type_array) && json_object_array_length(list) == 1)
		object = json_object_get(json_object_array_get_idx(list, 0));
	json_object_put(list);
	return object;
}

TEST_F_TIMEOUT(json, the_list_has_the_documented_keys, LIMIT)
{
	struct peer *peer = self->peer;
	struct json_object *object;
	unsigned long long id = 0;

	ASSERT_EQ(0, program_run(&self->other, "gntdmabuf list --json"));
	EXPECT_STREQ("[]\n", self->other.output);
	program_begin(&self->program, "gntdmabuf export -d %u --read-only --offset 8 %u",
		      peer->domid, peer->refs[0]);
	ASSERT_EQ(1, sscanf(program_line(&self->program), "id %llu", &id));
	object = listed(&self->other);
	ASSERT_NE(NULL, object) TH_LOG("%s", self->other.output);
	EXPECT_STREQ(KEYS "age_ms pid process exited ", keys(object));
	EXPECT_EQ(id, number(object, "id"));
	EXPECT_STREQ("\"export\"", text(object, "kind"));
	EXPECT_EQ(peer->domid, number(object, "domain"));
	EXPECT_EQ(1, number(object, "pages"));
	EXPECT_EQ(8, number(object, "offset"));
	EXPECT_STREQ("[\"read-only\",\"eventfd\"]", text(object, "flags"));
	EXPECT_STREQ("\"live\"", text(object, "state"));
	EXPECT_STREQ("false", text(object, "contiguous"));
	EXPECT_EQ(self->program.pid, number(object, "pid"));
	EXPECT_STREQ("\"gntdmabuf\"", text(object, "process"));
	EXPECT_STREQ("false", text(object, "exited"));
	json_object_put(object);

	/* Without debugfs the age is missing */
	ASSERT_EQ(0, umount("/sys/kernel/debug"));
	object = listed(&self->other);
	EXPECT_EQ(0, mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL));
	ASSERT_NE(NULL, object) TH_LOG("%s", self->other.output);
	EXPECT_STREQ(KEYS "pid process exited ", keys(object));
	EXPECT_EQ(1, text_lines(self->other.errors));
	json_object_put(object);
	EXPECT_EQ(0, program_end(&self->program));
}

TEST_F_TIMEOUT(json, the_list_shows_to_what_a_file_is_restricted, LIMIT)
{
	int fd, gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	struct peer *peer = self->peer;
	struct json_object *object;
	char want[64];

	ASSERT_LE(0, gntdev);
	ASSERT_EQ(0, restrict_file(gntdev, peer->domid, 100));
	ASSERT_EQ(0, export_refs(gntdev, 0, 2, peer->domid, peer->refs, &fd));
	object = listed(&self->other);
	ASSERT_NE(NULL, object) TH_LOG("%s", self->other.output);
	snprintf(want, sizeof(want), "{\"domain\":%u,\"pages\":2,\"max_pages\":100}",
		 peer->domid);
	EXPECT_STREQ(want, text(object, "restriction"));
	json_object_put(object);
	close(fd);
	close(gntdev);
}

TEST_F_TIMEOUT(json, a_name_that_is_no_text_is_valid_json, LIMIT)
{
	struct peer *peer = self->peer;
	struct json_object *object;
	char before[16];
	int fd, gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, prctl(PR_GET_NAME, before));
	ASSERT_EQ(0, prctl(PR_SET_NAME, "a\"b\\\377\001c"));
	ASSERT_EQ(0, export_refs(gntdev, 0, 1, peer->domid, peer->refs, &fd));
	EXPECT_EQ(0, prctl(PR_SET_NAME, before));
	object = listed(&self->other);
	ASSERT_NE(NULL, object) TH_LOG("%s", self->other.output);
	EXPECT_STREQ("\"a\\\"b\\\\??c\"", text(object, "process"));
	json_object_put(object);
	close(fd);
	close(gntdev);
}

/* is_event - whether a line of --watch --json is this event of this buffer */
static bool is_event(const char *line, const char *event, uint64_t id)
{
	struct json_object *object = json_tokener_parse(line);
	struct json_object *value = json_object_object_get(object, "event");
	const char *got = json_object_get_string(value);
	bool ret = got && !strcmp(got, event) && number(object, "id") == id;

	json_object_put(object);
	return ret;
}

/* is_released - whether the release comes next, or behind changes that lead to it */
static bool is_released(struct program *watch, uint64_t id)
{
	while (is_event(program_line(watch), "changed", id))
		;
	return is_event(watch->output, "released", id);
}

TEST_F_TIMEOUT(json, watch_prints_what_is_new_changed_and_released, LIMIT)
{
	struct peer *peer = self->peer;
	struct mapping mapping;
	struct ask mapper;
	unsigned long long first = 0, second = 0;
	uint32_t ref;

	ask_open(&mapper, MAPPER_FOLDER, peer->domid);
	ask(&mapper, "die");
	program_begin(&self->program, "gntdmabuf import -d %u dumb:vgem:1024x1",
		      peer->domid);
	ASSERT_EQ(1, sscanf(program_line(&self->program), "id %llu", &first));
	ASSERT_EQ(1, sscanf(program_line(&self->program), "refs %" SCNu32, &ref));
	mapping_begin(&mapping, &mapper, &ref, 1);
	ASSERT_EQ(0, mapping_map(&mapping, false));

	program_begin(&self->other, "gntdmabuf list --watch=10 --json");
	EXPECT_TRUE(is_event(program_line(&self->other), "present", first))
		TH_LOG("%s", self->other.output);
	kill(self->program.pid, SIGTERM);
	EXPECT_TRUE(is_event(program_line(&self->other), "changed", first))
		TH_LOG("%s", self->other.output);
	EXPECT_NE(NULL, strstr(self->other.output, "\"state\":\"releasing\""));
	EXPECT_NE(NULL, strstr(self->other.output, "\"mapped_pages\":1"));
	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(&self->other, first))
		TH_LOG("%s", self->other.output);
	EXPECT_EQ(0, program_end(&self->program));

	program_begin(&self->program, "gntdmabuf export -d %u %u", peer->domid,
		      peer->refs[0]);
	ASSERT_EQ(1, sscanf(program_line(&self->program), "id %llu", &second));
	EXPECT_TRUE(is_event(program_line(&self->other), "new", second))
		TH_LOG("%s", self->other.output);
	EXPECT_EQ(0, program_end(&self->program));
	EXPECT_TRUE(is_released(&self->other, second))
		TH_LOG("%s", self->other.output);
	kill(self->other.pid, SIGINT);
	EXPECT_EQ(0, program_end(&self->other));
	EXPECT_STREQ("", self->other.errors);
	mapping_end(&mapping);
	ask_close(&mapper);
}

TEST_F_TIMEOUT(json, watch_ends_with_its_reader_and_with_a_signal, LIMIT)
{
	struct peer *peer = self->peer;

	program_begin(&self->other, "gntdmabuf list --watch=10");
	EXPECT_TRUE(text_begins(program_line(&self->other), "EVENT  "));
	program_begin(&self->program, "gntdmabuf export -d %u %u", peer->domid,
		      peer->refs[0]);
	EXPECT_TRUE(text_begins(program_line(&self->other), "new  "))
		TH_LOG("%s", self->other.output);
	kill(self->other.pid, SIGINT);
	EXPECT_EQ(0, program_end(&self->other));
	EXPECT_STREQ("", self->other.errors);

	/* No change comes, so that the program would not write to the closed pipe */
	program_begin(&self->other, "gntdmabuf list --watch=10");
	program_line(&self->other);
	EXPECT_TRUE(text_begins(program_line(&self->other), "present  "));
	close(self->other.out);
	self->other.out = -1;
	EXPECT_EQ(0, program_end(&self->other));
	EXPECT_EQ(0, program_end(&self->program));
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
