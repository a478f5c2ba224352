// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen of living buffers from outside: a line for each in the
 * fdinfo of the gntdev file that made it, and all in debugfs.  Each buffer is
 * copied under the lock of buf.c and printed without it.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include <xen/gntdev-dmabuf.h>

#include "pages.h"
#include "contig.h"
#include "show.h"
#include "buf.h"

/* Each flag of an export or import; - where it is not set. */
static const struct {
	u32 flag;
	char letter;
} show_flags[] = {
	{ GNTDEV_DMABUF_EXPORT_READONLY, 'r' },
	{ GNTDEV_DMABUF_EXPORT_DIRECTORY, 'd' },
	{ GNTDEV_DMABUF_EXPORT_EVENTFD, 'e' },
	{ GNTDEV_DMA_FLAG_WC, 'w' },
	{ GNTDEV_DMA_FLAG_COHERENT, 'c' },
};

static const char *const show_states[] = {
	[GNTDEV_BUF_LIVE] = "live",
	[GNTDEV_BUF_RELEASING] = "releasing",
	[GNTDEV_BUF_STUCK] = "stuck",
};

static void show_buffer(struct seq_file *file,
			const struct gntdev_buf_info *info)
{
	unsigned int i;

	seq_printf(file, "%s id %llu domid %u pages %u offset %u flags ",
		   info->import ? "import" : "export", info->id, info->domid,
		   info->count, info->data_ofs);
	for (i = 0; i < ARRAY_SIZE(show_flags); i++)
		seq_putc(file, info->flags & show_flags[i].flag ?
			 show_flags[i].letter : '-');
	seq_printf(file, " state %s%s", show_states[info->state],
		   !info->import && gntdev_contig_wanted(info->flags) ?
		   " contiguous" : "");
}

/**
 * gntdev_show_context - a line for each buffer of an open gntdev file
 * @file: where to write
 * @context: the id of the gntdev file
 *
 * Context: process context.
 */
void gntdev_show_context(struct seq_file *file, u64 context)
{
	struct gntdev_buf_info info = { 0 };

	/* After an overflow everything is printed again, to a larger buffer */
	while (!seq_has_overflowed(file) &&
	       gntdev_buf_next_in_file(context, info.id, &info)) {
		seq_puts(file, "dmabuf:\t");
		show_buffer(file, &info);
		seq_putc(file, '\n');
	}
}

/* buffers_find - the first living buffer whose id is not below the position */
static void *buffers_find(struct seq_file *file, loff_t *pos)
{
	struct gntdev_buf_info *info = file->private;

	if (!gntdev_buf_next(*pos ? *pos - 1 : 0, info))
		return NULL;

	*pos = info->id;
	return info;
}

/* A position in the file is the id of a buffer, so no lock is held between two. */
static void *buffers_start(struct seq_file *file, loff_t *pos)
{
	return buffers_find(file, pos);
}

static void *buffers_next(struct seq_file *file, void *buffer, loff_t *pos)
{
	++*pos;
	return buffers_find(file, pos);
}

static void buffers_stop(struct seq_file *file, void *buffer)
{
}

static int buffers_show(struct seq_file *file, void *buffer)
{
	const struct gntdev_buf_info *info = buffer;

	show_buffer(file, info);
	seq_printf(file, " age_ms %lld pid %d comm %s\n",
		   ktime_ms_delta(ktime_get(), info->registered), info->tgid,
		   info->comm);
	return 0;
}

static const struct seq_operations buffers_ops = {
	.start = buffers_start,
	.next = buffers_next,
	.stop = buffers_stop,
	.show = buffers_show,
};

static int buffers_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &buffers_ops,
				sizeof(struct gntdev_buf_info));
}

static const struct file_operations buffers_fops = {
	.owner = THIS_MODULE,
	.open = buffers_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static int counters_show(struct seq_file *file, void *data)
{
	struct gntdev_buf_stats stats = gntdev_buf_get_stats();

	seq_printf(file, "registered %llu\nreleased %llu\n", stats.registered, stats.released);
	seq_printf(file, "pages_mapped %llu\npages_granted %llu\npages_cached %u\n",
		   stats.pages_mapped, stats.pages_granted, gntdev_pages_cached());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static struct dentry *show_dir;

/**
 * gntdev_show_init - make the files in debugfs
 */
void gntdev_show_init(void)
{
	show_dir = debugfs_create_dir("xen-gntdev-dmabuf", NULL);
	debugfs_create_file("buffers", 0400, show_dir, NULL, &buffers_fops);
	debugfs_create_file("counters", 0400, show_dir, NULL, &counters_fops);
}

/**
 * gntdev_show_exit - remove them
 */
void gntdev_show_exit(void)
{
	debugfs_remove(show_dir);
}
