// SPDX-License-Identifier: GPL-2.0-only
/*
 * Existing buffers in fdinfo and debugfs.
 *
 * The fdinfo of a gntdev file has a line for the file, if it has a quota, and one for
 * each existing buffer of the file.  The debugfs file "buffers" lists all existing
 * buffers, "files" the gntdev files that have a quota, and "counters" has totals.  buf.c
 * and quota.c copy a record under their locks; this file prints the copy without a
 * lock.  ioctl.c calls this file.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include <xen/gntdev-dmabuf.h>
#include <xen/interface/xen.h>

#include "buf.h"
#include "contig.h"
#include "pages.h"
#include "quota.h"
#include "show.h"

/* Letters of the flags of exports and imports; "-" if a flag is not set. */
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

/* Length of a line of fdinfo in bytes; few are longer */
#define SHOW_LINE	128

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
	if (info->state == GNTDEV_BUF_RELEASING)
		seq_printf(file, " mapped %u releasing_ms %lld", info->left,
			   ktime_ms_delta(ktime_get(), info->releasing));
}

static void show_quota(struct seq_file *file, const struct gntdev_quota_info *info)
{
	seq_printf(file, "pages %u", info->pages);
	if (info->domid != DOMID_INVALID)
		seq_printf(file, " domid %u max_pages %u", info->domid,
			   info->max_pages);
	seq_putc(file, '\n');
}

/**
 * gntdev_show_fdinfo - print the lines of a gntdev file and its existing buffers
 * @file: output
 * @file_id: id of the gntdev file
 *
 * Context: process context.
 */
void gntdev_show_fdinfo(struct seq_file *file, u64 file_id)
{
	struct gntdev_buf_info info = { 0 };
	struct gntdev_quota_info quota;
	char *room;

	if (gntdev_quota_next(file_id - 1, &quota) && quota.file_id == file_id) {
		/*
		 * After an overflow seq_file calls this again with a buffer of
		 * twice the size.  Print nothing before all lines have room.
		 */
		if (seq_get_buf(file, &room) / SHOW_LINE < quota.users) {
			seq_commit(file, -1);
			return;
		}
		seq_puts(file, "dmabuf-file:\t");
		show_quota(file, &quota);
	}

	while (!seq_has_overflowed(file) &&
	       gntdev_buf_next_in_file(file_id, info.id, &info)) {
		seq_puts(file, "dmabuf:\t");
		show_buffer(file, &info);
		seq_putc(file, '\n');
	}
}

/* buffers_find - the first existing buffer whose id is not below the position */
static void *buffers_find(struct seq_file *file, loff_t *pos)
{
	struct gntdev_buf_info *info = file->private;

	if (!gntdev_buf_next(*pos ? *pos - 1 : 0, info))
		return NULL;

	*pos = info->id;
	return info;
}

/* The position in the file is a buffer's id, so no lock is held between buffers. */
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
	seq_printf(file, " age_ms %lld file %llu pid %d comm %s\n",
		   ktime_ms_delta(ktime_get(), info->registered), info->file_id,
		   info->tgid, info->comm);
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

static int files_show(struct seq_file *file, void *data)
{
	struct gntdev_quota_info info = { 0 };

	while (!seq_has_overflowed(file) && gntdev_quota_next(info.file_id, &info)) {
		seq_printf(file, "file %llu ", info.file_id);
		show_quota(file, &info);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(files);

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
 * gntdev_show_init - create the files in debugfs
 *
 * Context: module initialisation, may sleep.
 */
void gntdev_show_init(void)
{
	show_dir = debugfs_create_dir("xen-gntdev-dmabuf", NULL);
	debugfs_create_file("buffers", 0400, show_dir, NULL, &buffers_fops);
	debugfs_create_file("files", 0400, show_dir, NULL, &files_fops);
	debugfs_create_file("counters", 0400, show_dir, NULL, &counters_fops);
}

/**
 * gntdev_show_exit - remove the files from debugfs
 *
 * Context: module exit, may sleep.
 */
void gntdev_show_exit(void)
{
	debugfs_remove(show_dir);
}
