// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmabuf-pipeline WIDTH HEIGHT FD,FD... ELEMENT...: run a pipeline of GStreamer
 * whose video frames are in dma-bufs, which the caller has opened as these
 * descriptors.  The pixels are XRGB8888, without gaps between the lines.  Nothing
 * here depends on Xen.
 *
 * ELEMENT... describes the pipeline as for gst-launch-1.0.  Its element "dmabufs" is
 *   appsrc    For each line of the standard input, the program sends the next dma-buf
 *             down the pipeline, and prints "shown" when the sinks have taken it and
 *             no longer use the dma-buf before it.
 *   appsink   Elements before it fill the dma-bufs, if they can.  For each frame, the
 *             program prints the descriptor and the checksum of the frame, and waits
 *             for a line of the standard input before the next one.
 *
 * The end of the standard input ends the program.  Its exit status is 1 after an error
 * of the pipeline.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gst/allocators/gstdmabuf.h>
#include <gst/app/app.h>
#include <gst/video/video.h>

#include "frame.h"

#define MAX_DMABUFS	16
/* Those that the sink needs: one in use, one that waits.  Other elements add theirs. */
#define SINK_DMABUFS	2

/**
 * struct dmabufs - the dma-bufs and the element that uses them
 * @width: width of a frame in pixels
 * @height: height of a frame in pixels
 * @count: number of dma-bufs
 * @memory: the memory of each
 * @next: the dma-buf that is sent next, or that the pool gets next
 * @users: buffers of the pipeline that are in use
 * @lock: protects @users
 * @unused: wakes waiters when @users decreases
 */
struct dmabufs {
	int width;
	int height;
	unsigned int count;
	struct _GstMemory *memory[MAX_DMABUFS];
	unsigned int next;
	unsigned int users;
	GMutex lock;
	GCond unused;
};

static struct dmabufs dmabufs;

static void usage(void)
{
	fprintf(stderr, "usage: dmabuf-pipeline WIDTH HEIGHT FD,FD... ELEMENT...\n");
	exit(2);
}

/* fail - print the error of the pipeline and exit */
static void fail(GstMessage *message)
{
	GError *error = NULL;

	gst_message_parse_error(message, &error, NULL);
	fprintf(stderr, "dmabuf-pipeline: %s: %s\n", GST_OBJECT_NAME(message->src),
		error->message);
	exit(1);
}

/* on_message - end the program as soon as an element reports an error */
static GstBusSyncReply on_message(GstBus *bus, GstMessage *message, gpointer data)
{
	if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
		fail(message);
	return GST_BUS_PASS;
}

static size_t frame_size(void)
{
	return (size_t)dmabufs.width * dmabufs.height * 4;
}

/* open_dmabufs - wrap the descriptors of a list; they stay open */
static void open_dmabufs(char *list)
{
	GstAllocator *allocator = gst_dmabuf_allocator_new();
	char *fd;

	while ((fd = strsep(&list, ",")) && dmabufs.count < MAX_DMABUFS)
		dmabufs.memory[dmabufs.count++] =
			gst_dmabuf_allocator_alloc_with_flags(allocator, atoi(fd), frame_size(),
							      GST_FD_MEMORY_FLAG_DONT_CLOSE);
	gst_object_unref(allocator);
}

static void put_user(gpointer data, GstMiniObject *buffer)
{
	g_mutex_lock(&dmabufs.lock);
	dmabufs.users--;
	g_cond_signal(&dmabufs.unused);
	g_mutex_unlock(&dmabufs.lock);
}

/* new_buffer - a buffer of GStreamer with the memory, whose reference it takes over */
static GstBuffer *new_buffer(GstMemory *memory)
{
	GstBuffer *buffer = gst_buffer_new();

	gst_buffer_append_memory(buffer, memory);
	gst_buffer_add_video_meta(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_BGRx,
				  dmabufs.width, dmabufs.height);
	return buffer;
}

static GstCaps *frame_caps(void)
{
	return gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "BGRx",
				   "width", G_TYPE_INT, dmabufs.width,
				   "height", G_TYPE_INT, dmabufs.height,
				   "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
}

/* ---- The dma-bufs are the source */

/* wait_users - wait until no more than @most buffers are in use */
static void wait_users(unsigned int most)
{
	g_mutex_lock(&dmabufs.lock);
	while (dmabufs.users > most)
		g_cond_wait(&dmabufs.unused, &dmabufs.lock);
	g_mutex_unlock(&dmabufs.lock);
}

static void send_frames(GstElement *pipeline, GstElement *source)
{
	GstCaps *caps = frame_caps();
	GstBuffer *buffer;
	char line[16];

	g_object_set(source, "caps", caps, "format", GST_FORMAT_TIME, NULL);
	gst_caps_unref(caps);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	while (fgets(line, sizeof(line), stdin)) {
		buffer = new_buffer(gst_memory_ref(dmabufs.memory[dmabufs.next]));
		dmabufs.next = (dmabufs.next + 1) % dmabufs.count;
		g_mutex_lock(&dmabufs.lock);
		dmabufs.users++;
		g_mutex_unlock(&dmabufs.lock);
		gst_mini_object_weak_ref(GST_MINI_OBJECT(buffer), put_user, NULL);
		gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
		/* The state is reached when the sinks have the first frame */
		gst_element_get_state(pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
		wait_users(1);
		puts("shown");
		fflush(stdout);
	}
}

/* ---- The dma-bufs are filled */

/* A pool frees a buffer whose memory has another user: it has the only reference */
static GstFlowReturn pool_alloc(GstBufferPool *pool, GstBuffer **buffer,
				GstBufferPoolAcquireParams *params)
{
	if (dmabufs.next == dmabufs.count)
		return GST_FLOW_ERROR;
	*buffer = new_buffer(dmabufs.memory[dmabufs.next++]);
	return GST_FLOW_OK;
}

static void pool_class_init(gpointer class, gpointer data)
{
	((GstBufferPoolClass *)class)->alloc_buffer = pool_alloc;
}

/* new_pool - a pool whose buffers are the dma-bufs */
static GstBufferPool *new_pool(void)
{
	static GType type;

	if (!type)
		type = g_type_register_static_simple(GST_TYPE_BUFFER_POOL, "DmabufPool",
						     sizeof(GstBufferPoolClass), pool_class_init,
						     sizeof(GstBufferPool), NULL, 0);
	return g_object_new(type, NULL);
}

/* on_allocation - offer the dma-bufs to the elements before the sink */
static gboolean on_allocation(GstAppSink *sink, GstQuery *query, gpointer data)
{
	GstBufferPool *pool = new_pool();
	GstStructure *config = gst_buffer_pool_get_config(pool);
	GstCaps *caps;

	gst_query_parse_allocation(query, &caps, NULL);
	gst_buffer_pool_config_set_params(config, caps, frame_size(), SINK_DMABUFS,
					  dmabufs.count);
	gst_buffer_pool_set_config(pool, config);
	gst_query_add_allocation_pool(query, pool, frame_size(), SINK_DMABUFS, dmabufs.count);
	gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, NULL);
	gst_object_unref(pool);
	return TRUE;
}

/* print_frame - the descriptor that has a frame, or -1, and the checksum */
static void print_frame(GstBuffer *buffer)
{
	GstMemory *memory = gst_buffer_peek_memory(buffer, 0);
	GstMapInfo map;

	if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
		fprintf(stderr, "dmabuf-pipeline: a frame cannot be mapped\n");
		exit(1);
	}
	printf("%d %jx\n", gst_is_dmabuf_memory(memory) ? gst_dmabuf_memory_get_fd(memory) : -1,
	       (uintmax_t)frame_checksum((uint32_t *)map.data, map.size / 4));
	gst_buffer_unmap(buffer, &map);
	fflush(stdout);
}

static void receive_frames(GstElement *pipeline, GstElement *sink)
{
	GstAppSinkCallbacks callbacks = { .propose_allocation = on_allocation };
	GstSample *sample;
	char line[16];

	g_object_set(sink, "sync", FALSE, NULL);
	gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, NULL, NULL);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	while ((sample = gst_app_sink_pull_sample(GST_APP_SINK(sink)))) {
		print_frame(gst_sample_get_buffer(sample));
		if (!fgets(line, sizeof(line), stdin))
			break;
		gst_sample_unref(sample);
	}
}

int main(int argc, char **argv)
{
	GstElement *pipeline, *element;
	GError *error = NULL;

	gst_init(&argc, &argv);
	if (argc < 5)
		usage();
	dmabufs.width = atoi(argv[1]);
	dmabufs.height = atoi(argv[2]);
	open_dmabufs(argv[3]);
	pipeline = gst_parse_launchv((const char **)argv + 4, &error);
	if (error) {
		fprintf(stderr, "dmabuf-pipeline: %s\n", error->message);
		return 1;
	}
	gst_bus_set_sync_handler(gst_element_get_bus(pipeline), on_message, NULL, NULL);
	element = gst_bin_get_by_name(GST_BIN(pipeline), "dmabufs");
	if (element && GST_IS_APP_SRC(element))
		send_frames(pipeline, element);
	else if (element && GST_IS_APP_SINK(element))
		receive_frames(pipeline, element);
	else
		usage();
	gst_element_set_state(pipeline, GST_STATE_NULL);
	return 0;
}
