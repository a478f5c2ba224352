// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of the dma-buf core, and of descriptors that processes share.
 */

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "fuzz.h"

/* Exports only: DMA_API_DEBUG warns of the direction with which udmabuf does it */
static int op_sync(struct worker *w)
{
	static const uint64_t flags[] = {
		DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW, 0, 64,
	};
	uint64_t flag = RNG_PICK(&w->rng, flags);
	struct obj buffer;

	if (rng_percent(&w->rng, 50))
		flag |= DMA_BUF_SYNC_END;
	if (!peek(w, EXPORT, &buffer))
		return OP_NONE;
	note(w, buffer.fd, flag, 0);
	return sync_cpu(buffer.fd, flag);
}

static int op_export_fence(struct worker *w)
{
	struct dma_buf_export_sync_file op = {
		.flags = rng_below(&w->rng, 4),
		.fd = -1,
	};
	struct obj buffer;
	int ret;

	if (!peek_buffer(w, &buffer))
		return OP_NONE;
	note(w, buffer.fd, op.flags, 0);
	ret = call(buffer.fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &op);
	if (!ret)
		put(w, FENCE, op.fd, -1, 0, 0);
	return ret;
}

static int op_import_fence(struct worker *w)
{
	struct dma_buf_import_sync_file op = { .flags = rng_below(&w->rng, 4) };
	struct obj buffer, fence;

	if (!peek_buffer(w, &buffer) || !peek(w, FENCE, &fence))
		return OP_NONE;
	op.fd = fence.fd;
	note(w, buffer.fd, op.flags, op.fd);
	return call(buffer.fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &op);
}

static int op_close_fence(struct worker *w)
{
	return end_object(w, FENCE);
}

static int op_name(struct worker *w)
{
	struct obj buffer;

	if (!peek_buffer(w, &buffer))
		return OP_NONE;
	note(w, buffer.fd, 0, 0);
	return call(buffer.fd, DMA_BUF_SET_NAME, rng_percent(&w->rng, 90) ? "fuzz" : NULL);
}

static int op_close_export(struct worker *w)
{
	return end_object(w, EXPORT);
}

static int op_dup(struct worker *w)
{
	struct obj obj;
	int fd;

	if (rng_percent(&w->rng, 20) ? !peek(w, GNTDEV, &obj) : !peek_buffer(w, &obj))
		return OP_NONE;
	note(w, obj.fd, 0, 0);
	fd = fcntl(obj.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	put(w, obj.kind, fd, obj.through, obj.pages, obj.id);
	return 0;
}

static int op_file(struct worker *w)
{
	struct obj buffer;
	struct pollfd poll_fd = { .events = POLLIN | POLLOUT };
	char text[512];
	int fd, ret;

	if (!peek_buffer(w, &buffer))
		return OP_NONE;
	note(w, buffer.fd, 0, 0);
	switch (rng_below(&w->rng, 5)) {
	case 0:
		return lseek(buffer.fd, 0, SEEK_END) < 0 ? errno : 0;
	case 1:
		poll_fd.fd = buffer.fd;
		return poll(&poll_fd, 1, 0) < 0 ? errno : 0;
	case 2:
		return pread(buffer.fd, text, sizeof(text), 0) < 0 ? errno : 0;
	case 3:
		/* It has a line for each buffer of the file */
		if (!peek(w, GNTDEV, &buffer))
			return OP_NONE;
		break;
	}

	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", buffer.fd);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 || read(fd, text, sizeof(text)) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Read what the driver shows of all buffers */
static int op_debugfs(struct worker *w)
{
	static const char * const names[] = {
		DEBUG_DIR "buffers", DEBUG_DIR "files", DEBUG_DIR "counters",
		"/sys/kernel/debug/dma_buf/bufinfo",
	};
	static __thread char text[4096];
	const char *name = RNG_PICK(&w->rng, names);
	int fd = open(name, O_RDONLY | O_CLOEXEC), i, ret = 0;

	if (fd < 0)
		return errno;
	for (i = 0; i < 16 && !ret; i++) {
		ssize_t n = read(fd, text, sizeof(text));

		if (n < 0)
			ret = errno;
		if (n <= 0)
			break;
	}
	close(fd);
	return ret;
}

/**
 * struct message - a descriptor for another process
 * @iov: @obj
 * @head: head of the message
 * @obj: the object that it belongs to
 * @space: for the descriptor
 */
struct message {
	struct iovec iov;
	struct msghdr head;
	struct obj obj;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space;
};

static void message_begin(struct message *message)
{
	memset(message, 0, sizeof(*message));
	message->iov = (struct iovec){ &message->obj, sizeof(message->obj) };
	message->head.msg_iov = &message->iov;
	message->head.msg_iovlen = 1;
	message->head.msg_control = message->space.bytes;
	message->head.msg_controllen = sizeof(message->space.bytes);
}

static int op_send(struct worker *w)
{
	struct message message;
	struct cmsghdr *control;

	message_begin(&message);
	if (rng_percent(&w->rng, 20) ? !peek(w, GNTDEV, &message.obj) :
				       !peek_buffer(w, &message.obj))
		return OP_NONE;
	note(w, message.obj.fd, message.obj.kind, 0);
	control = CMSG_FIRSTHDR(&message.head);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(control), &message.obj.fd, sizeof(int));
	return sendmsg(w->fuzz->sockets[0], &message.head, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ?
	       errno : 0;
}

static int op_receive(struct worker *w)
{
	struct message message;
	struct cmsghdr *control;
	struct obj file;
	int fd;

	message_begin(&message);
	if (recvmsg(w->fuzz->sockets[1], &message.head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return errno;
	control = CMSG_FIRSTHDR(&message.head);
	if (!control || control->cmsg_type != SCM_RIGHTS)
		return OP_NONE;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	/* This process has none of the sender's files */
	if (!peek(w, GNTDEV, &file))
		file.fd = -1;
	put(w, message.obj.kind, fd, file.fd, message.obj.pages, message.obj.id);
	return 0;
}

const struct op dmabuf_ops[] = {
	{ "sync",		60, op_sync },
	{ "export-fence",	10, op_export_fence },
	{ "import-fence",	10, op_import_fence },
	{ "close-fence",	10, op_close_fence },
	{ "name",		 5, op_name },
	{ "close-export",	60, op_close_export },
	{ "dup",		15, op_dup },
	{ "file",		20, op_file },
	{ "debugfs",		 1, op_debugfs },
	{ "send",		20, op_send },
	{ "receive",		30, op_receive },
	{ }
};
