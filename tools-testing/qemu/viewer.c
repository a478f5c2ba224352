// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of QEMU's D-Bus display, and of its machine protocol (QMP).
 *
 *   qemu-viewer SOCKET COMMAND
 *       Send one QMP command, in JSON, to the Unix socket.  Prints the answer.
 *       Exit status 0 unless it is an error.
 *   qemu-viewer SOCKET --watch
 *       Connect with the D-Bus display through QMP, without a bus, and receive
 *       the frames of the first console until standard input ends.  Each
 *       dma-buf is mapped when it comes for the first time, and stays mapped.
 *       Lines of standard input:
 *         picture FILE  write what the screen shows as a PPM file, from the
 *                       mapping
 *         release       unmap and close all dma-bufs
 *         delay MS      from now on, answer UpdateDMABUF after that time
 *       Output:
 *         map INODE NAME    a new dma-buf, and the name of its exporter
 *         counts MAPS UPDATES COPIES  after each command: messages with a
 *                       dma-buf, messages without data, messages with pixels
 *
 * One thread.  It is built with QEMU, for the libraries of that root.
 */

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "ppm.h"

/* More dma-bufs than a guest with page flips has */
#define MAX_BUFFERS	64

/**
 * struct buffer - a dma-buf that QEMU has sent
 * @inode: its inode number, which no other dma-buf has meanwhile
 * @fd: the file descriptor
 * @pixels: the mapping
 * @size: bytes of the mapping
 */
struct buffer {
	ino_t inode;
	int fd;
	void *pixels;
	size_t size;
};

static struct buffer buffers[MAX_BUFFERS];
static unsigned int buffer_count;
/* What the screen shows: offset and stride in bytes, size in pixels */
static const struct buffer *shown;
static guint32 offset, width, height, stride;
static unsigned int maps, updates, copies;
/* Milliseconds that this client reads a frame of a display with OpenGL */
static unsigned int delay;

static const char xml[] =
	"<node>"
	"<interface name='org.qemu.Display1.Listener'>"
	"<method name='Scanout'><arg type='u'/><arg type='u'/><arg type='u'/>"
	"<arg type='u'/><arg type='ay'/></method>"
	"<method name='Update'><arg type='i'/><arg type='i'/><arg type='i'/>"
	"<arg type='i'/><arg type='u'/><arg type='u'/><arg type='ay'/></method>"
	"<method name='ScanoutDMABUF'><arg type='h'/><arg type='u'/><arg type='u'/>"
	"<arg type='u'/><arg type='u'/><arg type='t'/><arg type='b'/></method>"
	"<method name='UpdateDMABUF'><arg type='i'/><arg type='i'/><arg type='i'/>"
	"<arg type='i'/></method>"
	"<method name='Disable'/>"
	"<method name='MouseSet'><arg type='i'/><arg type='i'/><arg type='i'/></method>"
	"<method name='CursorDefine'><arg type='i'/><arg type='i'/><arg type='i'/>"
	"<arg type='i'/><arg type='ay'/></method>"
	"<property name='Interfaces' type='as' access='read'/>"
	"</interface>"
	"<interface name='org.qemu.Display1.Listener.Unix.Map'>"
	"<method name='ScanoutMap'><arg type='h'/><arg type='u'/><arg type='u'/>"
	"<arg type='u'/><arg type='u'/><arg type='u'/></method>"
	"<method name='UpdateMap'><arg type='i'/><arg type='i'/><arg type='i'/>"
	"<arg type='i'/></method>"
	"</interface>"
	"</node>";

/* ---- QMP */

static int qmp_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(2, "%s: the path is too long", path);
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (void *)&address, sizeof(address)))
		err(1, "%s", path);
	return fd;
}

/* qmp_read - read one line; the caller frees it */
static char *qmp_read(int fd)
{
	GString *line = g_string_new(NULL);
	char c;

	while (read(fd, &c, 1) == 1 && c != '\n')
		g_string_append_c(line, c);
	return g_string_free(line, FALSE);
}

/* qmp_send - send a command, with a file if @pass >= 0; whether it succeeded */
static bool qmp_send(int fd, const char *command, int pass, bool print)
{
	struct iovec data = { (void *)command, strlen(command) };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *header;
	char *line;
	bool done, good;

	if (pass >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &pass, sizeof(int));
	}
	if (sendmsg(fd, &message, 0) != (ssize_t)data.iov_len)
		err(1, "QMP");
	do {
		line = qmp_read(fd);
		if (!*line)
			errx(1, "QMP: QEMU has closed the connection");
		good = strstr(line, "\"return\"");
		done = good || strstr(line, "\"error\"");
		if (done && (print || !good))
			puts(line);
		free(line);
	} while (!done);
	return good;
}

static int qmp_open(const char *path)
{
	int fd = qmp_connect(path);

	free(qmp_read(fd));
	if (!qmp_send(fd, "{\"execute\":\"qmp_capabilities\"}\n", -1, false))
		errx(1, "QMP: no capabilities");
	return fd;
}

/* ---- Frames */

static void print_counts(void)
{
	printf("counts %u %u %u\n", maps, updates, copies);
	fflush(stdout);
}

/* exporter - name of the exporter of a dma-buf */
static const char *exporter(int fd)
{
	static char name[64];
	char path[40], line[128];
	FILE *info;

	strcpy(name, "?");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "exp_name: %63s", name) == 1)
			break;
	if (info)
		fclose(info);
	return name;
}

static void release_buffers(void)
{
	while (buffer_count) {
		struct buffer *buffer = &buffers[--buffer_count];

		munmap(buffer->pixels, buffer->size);
		close(buffer->fd);
	}
	shown = NULL;
}

/* find_buffer - a buffer that came before, or a new one; takes the file */
static const struct buffer *find_buffer(int fd)
{
	struct buffer *buffer;
	struct stat status;

	if (fstat(fd, &status))
		err(1, "dma-buf");
	for (buffer = buffers; buffer < buffers + buffer_count; buffer++)
		if (buffer->inode == status.st_ino) {
			close(fd);
			return buffer;
		}
	if (buffer_count == MAX_BUFFERS)
		errx(1, "more than %u dma-bufs", MAX_BUFFERS);
	buffer->inode = status.st_ino;
	buffer->fd = fd;
	buffer->size = lseek(fd, 0, SEEK_END);
	buffer->pixels = mmap(NULL, buffer->size, PROT_READ, MAP_SHARED, fd, 0);
	if (buffer->pixels == MAP_FAILED)
		err(1, "map a dma-buf");
	buffer_count++;
	printf("map %llu %s\n", (unsigned long long)buffer->inode, exporter(fd));
	fflush(stdout);
	return buffer;
}

static void write_picture(const char *path)
{
	FILE *to = fopen(path, "we");

	if (!to)
		err(1, "%s", path);
	if (shown && ppm_write(to, (char *)shown->pixels + offset, stride, width, height))
		err(1, "%s", path);
	fclose(to);
}

/* show - show the dma-buf of a message */
static void show(GDBusMethodInvocation *call, gint32 handle)
{
	GDBusMessage *message = g_dbus_method_invocation_get_message(call);
	GUnixFDList *fds = g_dbus_message_get_unix_fd_list(message);
	int fd = fds ? g_unix_fd_list_get(fds, handle, NULL) : -1;

	if (fd < 0)
		errx(1, "a scanout without a file descriptor");
	maps++;
	shown = find_buffer(fd);
}

static void scanout_map(GVariant *parameters, GDBusMethodInvocation *call)
{
	gint32 handle;

	g_variant_get(parameters, "(huuuuu)", &handle, &offset, &width, &height,
		      &stride, NULL);
	show(call, handle);
}

/* scanout_dmabuf - a display with OpenGL sends this; the format is not checked */
static void scanout_dmabuf(GVariant *parameters, GDBusMethodInvocation *call)
{
	gint32 handle;

	g_variant_get(parameters, "(huuuutb)", &handle, &width, &height, &stride,
		      NULL, NULL, NULL);
	offset = 0;
	show(call, handle);
}

static gboolean answer_now(void *call)
{
	g_dbus_method_invocation_return_value(call, NULL);
	return FALSE;
}

static void call_method(GDBusConnection *connection, const char *sender,
			const char *path, const char *interface,
			const char *method, GVariant *parameters,
			GDBusMethodInvocation *call, void *data)
{
	if (!strcmp(method, "ScanoutMap"))
		scanout_map(parameters, call);
	else if (!strcmp(method, "ScanoutDMABUF"))
		scanout_dmabuf(parameters, call);
	else if (!strcmp(method, "UpdateMap") || !strcmp(method, "UpdateDMABUF"))
		updates++;
	else if (!strcmp(method, "Scanout") || !strcmp(method, "Update"))
		copies++;
	if (delay && !strcmp(method, "UpdateDMABUF"))
		g_timeout_add(delay, answer_now, call);
	else
		answer_now(call);
}

static GVariant *get_property(GDBusConnection *connection, const char *sender,
			      const char *path, const char *interface,
			      const char *name, GError **error, void *data)
{
	static const char *const interfaces[] = {
		"org.qemu.Display1.Listener.Unix.Map", NULL
	};

	return g_variant_new_strv(interfaces, -1);
}

/* ---- Connections */

static void check(GError *error, const char *what)
{
	if (error)
		errx(1, "%s: %s", what, error->message);
}

static void make_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		err(1, "socketpair");
}

static GDBusConnection *open_bus(int fd, GDBusConnectionFlags flags)
{
	GError *error = NULL;
	GSocket *socket = g_socket_new_from_fd(fd, &error);
	GDBusConnection *bus;

	check(error, "socket");
	bus = g_dbus_connection_new_sync(G_IO_STREAM(g_socket_connection_factory_create_connection(socket)),
					 NULL, flags | G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
					 NULL, NULL, &error);
	check(error, "D-Bus");
	return bus;
}

/* listen_to - let QEMU call the interfaces of this program */
static void listen_to(GDBusConnection *qemu)
{
	static const GDBusInterfaceVTable table = {
		.method_call = call_method, .get_property = get_property,
	};
	GUnixFDList *fds = g_unix_fd_list_new();
	GDBusConnection *bus;
	GError *error = NULL;
	GDBusNodeInfo *node;
	unsigned int i;
	int pair[2];

	make_pair(pair);
	g_unix_fd_list_append(fds, pair[1], &error);
	check(error, "descriptor");
	close(pair[1]);
	g_dbus_connection_call_with_unix_fd_list_sync(qemu, NULL,
		"/org/qemu/Display1/Console_0", "org.qemu.Display1.Console",
		"RegisterListener", g_variant_new("(h)", 0), NULL,
		G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, NULL, &error);
	check(error, "RegisterListener");
	bus = open_bus(pair[0], G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING);
	node = g_dbus_node_info_new_for_xml(xml, &error);
	check(error, "interfaces");
	for (i = 0; node->interfaces[i]; i++) {
		g_dbus_connection_register_object(bus, "/org/qemu/Display1/Listener",
						  node->interfaces[i], &table, NULL,
						  NULL, &error);
		check(error, "object");
	}
	g_dbus_connection_start_message_processing(bus);
}

static gboolean take_line(GIOChannel *input, GIOCondition condition, void *data)
{
	char *line = NULL;

	if (g_io_channel_read_line(input, &line, NULL, NULL, NULL) !=
	    G_IO_STATUS_NORMAL)
		exit(0);
	g_strchomp(line);
	if (g_str_has_prefix(line, "picture "))
		write_picture(line + strlen("picture "));
	else if (!strcmp(line, "release"))
		release_buffers();
	else if (g_str_has_prefix(line, "delay "))
		delay = atoi(line + strlen("delay "));
	else
		errx(2, "unknown command: %s", line);
	g_free(line);
	print_counts();
	return TRUE;
}

static void watch(int qmp)
{
	int pair[2];

	make_pair(pair);
	if (!qmp_send(qmp, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"viewer\"}}\n",
		      pair[1], false) ||
	    !qmp_send(qmp, "{\"execute\":\"add_client\",\"arguments\":{\"protocol\":\"@dbus-display\",\"fdname\":\"viewer\"}}\n",
		      -1, false))
		errx(1, "QEMU has no D-Bus display");
	close(pair[1]);
	/* QMP has one client at a time: let others use it */
	close(qmp);
	listen_to(open_bus(pair[0], G_DBUS_CONNECTION_FLAGS_NONE));
	print_counts();
	g_io_add_watch(g_io_channel_unix_new(0), G_IO_IN | G_IO_HUP, take_line, NULL);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
}

int main(int argc, char **argv)
{
	char *command;
	int qmp;

	if (argc != 3)
		errx(2, "usage: qemu-viewer SOCKET COMMAND|--watch");
	qmp = qmp_open(argv[1]);
	if (!strcmp(argv[2], "--watch")) {
		watch(qmp);
		return 0;
	}
	command = g_strconcat(argv[2], "\n", NULL);
	return !qmp_send(qmp, command, -1, true);
}
