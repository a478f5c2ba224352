// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command list: print all existing buffers, or all changes of them.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffers.h"
#include "gntdmabuf.h"
#include "json.h"

/* Milliseconds between two reads of --watch */
#define INTERVAL	1000

/* seconds - print a time to a text, which is returned */
static const char *seconds(long long ms, char *text, size_t size)
{
	snprintf(text, size, "%lld.%lld s", ms / 1000, ms / 100 % 10);
	return text;
}

/* print_line - print a buffer as a line of the table; event is NULL or a word */
static void print_line(const struct buffer *buffer, const char *event)
{
	const struct file_state *state = &buffer->file_state;
	char time[32];

	if (event)
		printf("%-8s  ", event);
	printf("%12llu  %-6s  %6u  %7u  %6u  %-5s  %-9s  %10s  %s (%d%s)",
	       buffer->id, buffer->kind, buffer->domid, buffer->pages,
	       buffer->offset, buffer->flags, buffer->state,
	       buffer->age_ms < 0 ? "-" : seconds(buffer->age_ms, time, sizeof(time)),
	       buffer->comm, buffer->pid, buffer->exited ? ", gone" : "");
	if (buffer->contiguous)
		printf(" contiguous");
	if (buffer->releasing_ms >= 0)
		printf("; released %s ago, domain maps %u pages",
		       seconds(buffer->releasing_ms, time, sizeof(time)),
		       buffer->mapped);
	if (state->restricted && state->max_pages)
		printf("; file restricted to domain %u, has %u of %u pages",
		       state->domid, state->pages, state->max_pages);
	else if (state->restricted)
		printf("; file restricted to domain %u, has %u pages", state->domid,
		       state->pages);
	printf("\n");
}

static void print_header(bool with_event)
{
	printf("%s          ID  KIND    DOMAIN    PAGES  OFFSET  FLAGS  STATE             AGE  HOLDER\n",
	       with_event ? "EVENT     " : "");
}

/* new_restriction - what the gntdev file may have */
static struct json_object *new_restriction(const struct file_state *state)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "domain", json_object_new_int64(state->domid));
	json_object_object_add(object, "pages", json_object_new_int64(state->pages));
	if (state->max_pages)
		json_object_object_add(object, "max_pages",
				       json_object_new_int64(state->max_pages));
	return object;
}

/* new_object - a buffer in JSON; event is NULL or a word */
static struct json_object *new_object(const struct buffer *buffer, const char *event)
{
	static const char * const flags[] = {
		"read-only", "directory", "eventfd", "wc", "coherent",
	};
	struct json_object *object = json_object_new_object();
	uint32_t bits = 0;
	unsigned int i;

	for (i = 0; buffer->flags[i]; i++)
		bits |= (buffer->flags[i] != '-') << i;
	if (event)
		json_object_object_add(object, "event", json_object_new_string(event));
	json_object_object_add(object, "id", json_object_new_uint64(buffer->id));
	json_object_object_add(object, "kind", json_object_new_string(buffer->kind));
	json_object_object_add(object, "domain", json_object_new_int64(buffer->domid));
	json_object_object_add(object, "pages", json_object_new_int64(buffer->pages));
	json_object_object_add(object, "offset", json_object_new_int64(buffer->offset));
	json_object_object_add(object, "flags",
			       json_names(bits, flags, sizeof(flags) / sizeof(*flags)));
	json_object_object_add(object, "state", json_object_new_string(buffer->state));
	json_object_object_add(object, "contiguous",
			       json_object_new_boolean(buffer->contiguous));
	if (buffer->age_ms >= 0)
		json_object_object_add(object, "age_ms",
				       json_object_new_int64(buffer->age_ms));
	json_object_object_add(object, "pid", json_object_new_int64(buffer->pid));
	json_object_object_add(object, "process", json_object_new_string(buffer->comm));
	json_object_object_add(object, "exited", json_object_new_boolean(buffer->exited));
	if (buffer->releasing_ms >= 0) {
		json_object_object_add(object, "releasing_ms",
				       json_object_new_int64(buffer->releasing_ms));
		json_object_object_add(object, "mapped_pages",
				       json_object_new_int64(buffer->mapped));
	}
	if (buffer->file_state.restricted)
		json_object_object_add(object, "restriction",
				       new_restriction(&buffer->file_state));
	return object;
}

static void print_event(const struct buffer *buffer, const char *event, bool json)
{
	if (json)
		json_print(new_object(buffer, event));
	else
		print_line(buffer, event);
}

static void print_list(const struct buffer_list *list, bool json)
{
	struct json_object *array;
	size_t i;

	if (json) {
		array = json_object_new_array();
		for (i = 0; i < list->count; i++)
			json_object_array_add(array, new_object(&list->buffers[i], NULL));
		json_print(array);
		return;
	}
	print_header(false);
	for (i = 0; i < list->count; i++)
		print_line(&list->buffers[i], NULL);
}

/*
 * is_changed - whether a person must see the buffer again; its age does not count, and
 * neither does the exit of its process: it can come between two steps of one reading,
 * while the buffer is released
 */
static bool is_changed(const struct buffer *buffer, const struct buffer *before)
{
	return strcmp(buffer->state, before->state) || buffer->mapped != before->mapped;
}

static void print_changes(const struct buffer_list *list,
			  const struct buffer_list *before, bool json)
{
	const struct buffer *buffer, *old;
	size_t i;

	for (i = 0; i < before->count; i++)
		if (!buffer_find(list, before->buffers[i].id))
			print_event(&before->buffers[i], "released", json);
	for (i = 0; i < list->count; i++) {
		buffer = &list->buffers[i];
		old = buffer_find(before, buffer->id);
		if (!old)
			print_event(buffer, "new", json);
		else if (is_changed(buffer, old))
			print_event(buffer, "changed", json);
	}
}

/* watch - print changes until a signal comes or no program reads the output */
static void watch(struct buffer_list *list, uint32_t interval, bool json)
{
	struct buffer_list before;
	size_t i;

	if (!json)
		print_header(true);
	for (i = 0; i < list->count; i++)
		print_event(&list->buffers[i], "present", json);
	while (events_wait_interval(interval)) {
		before = *list;
		buffers_read(list);
		print_changes(list, &before, json);
		free(before.buffers);
	}
}

static int run_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", optional_argument, NULL, 'w' },
		OPTION_HELP, OPTION_END
	};
	struct buffer_list list;
	uint32_t interval = 0;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'w':
			interval = INTERVAL;
			if (optarg)
				interval = parse_number(optarg, INT32_MAX, "--watch");
			if (!interval)
				errx(1, "--watch=0 would take all time of a processor");
			break;
		case 'h':
			show_help(&list_command);
			return 0;
		default:
			return 1;
		}
	}
	if (optind < argc)
		errx(1, "list takes no argument '%s'", argv[optind]);

	if (interval)
		events_init();
	if (!buffers_read(&list))
		warnx(BUFFERS ": %s: buffers that outlive their gntdev file are not listed",
		      strerror(errno));
	if (interval)
		watch(&list, interval, json);
	else
		print_list(&list, json);
	return 0;
}

const struct command list_command = {
	.name = "list",
	.run = run_list,
	.arguments = "[--json] [--watch[=MILLISECONDS]]",
	.help = "List all buffers: domain, pages, flags, age, process, restriction.\n"
		"      --json           print an array of objects\n"
		"      --watch[=MILLISECONDS]  print each buffer that is new, changed or\n"
		"                       released, until a signal comes; the list is read every\n"
		"                       MILLISECONDS (1000)\n",
};
