// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen of living buffers from outside: a line for each in the
 * fdinfo of the gntdev file that made it, and all in debugfs.
 */

#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include <xen/gntdev-dmabuf.h>

#include "pages.h"
#include "run.h"
#include "show.h"
#include "waiters.h"

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
	[GNTDEV_LIFE_LIVE] = "live",
	[GNTDEV_LIFE_RELEASING] = "releasing",
	[GNTDEV_LIFE_STUCK] = "stuck",
};

static void show_buffer(struct seq_file *file,
			const struct gntdev_life_about *about)
{
	unsigned int i;

	seq_printf(file, "%s id %llu domid %u pages %u offset %u flags ",
		   about->import ? "import" : "export", about->id, about->domid,
		   about->count, about->data_ofs);
	for (i = 0; i < ARRAY_SIZE(show_flags); i++)
		seq_putc(file, about->flags & show_flags[i].flag ?
			 show_flags[i].letter : '-');
	seq_printf(file, " state %s%s", show_states[about->state],
		   !about->import && gntdev_run_wanted(about->flags) ?
		   " contiguous" : "");
}

/**
 * struct show_context - what gntdev_show_context() looks for
 * @file: where to write
 * @context: whose buffers
 */
struct show_context {
	struct seq_file *file;
	u64 context;
};

static void show_if_of_context(void *data, const struct gntdev_life_about *about)
{
	struct show_context *show = data;

	if (about->context != show->context)
		return;

	seq_puts(show->file, "dmabuf:\t");
	show_buffer(show->file, about);
	seq_putc(show->file, '\n');
}

/**
 * gntdev_show_context - a line for each buffer of an open gntdev file
 * @file: where to write
 * @context: the id of the gntdev file
 */
void gntdev_show_context(struct seq_file *file, u64 context)
{
	struct show_context show = { .file = file, .context = context };

	gntdev_life_tell(show_if_of_context, &show);
}

static void show_one_of_all(void *data, const struct gntdev_life_about *about)
{
	struct seq_file *file = data;

	show_buffer(file, about);
	seq_printf(file, " age_ms %lld pid %d comm %s\n",
		   ktime_ms_delta(ktime_get(), about->begun), about->tgid,
		   about->comm);
}

static int buffers_show(struct seq_file *file, void *data)
{
	gntdev_life_tell(show_one_of_all, file);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buffers);

/**
 * struct show_pages - pages of all buffers
 * @mapped: of those that are exported
 * @granted: of those that are imported
 */
struct show_pages {
	u64 mapped;
	u64 granted;
};

static void count_pages(void *data, const struct gntdev_life_about *about)
{
	struct show_pages *pages = data;

	*(about->import ? &pages->granted : &pages->mapped) += about->count;
}

static int counters_show(struct seq_file *file, void *data)
{
	struct show_pages pages = { 0 };
	struct gntdev_life_sums sums;

	sums = gntdev_life_tell(count_pages, &pages);
	seq_printf(file, "begun %llu\nended %llu\n", sums.begun, sums.ended);
	seq_printf(file, "pages_mapped %llu\npages_granted %llu\npages_kept %u\n",
		   pages.mapped, pages.granted, gntdev_pages_kept());
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
