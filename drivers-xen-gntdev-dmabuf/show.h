/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Existing buffers in fdinfo and debugfs.
 */

#ifndef _XEN_GNTDEV_DMABUF_SHOW_H
#define _XEN_GNTDEV_DMABUF_SHOW_H

#include <linux/types.h>

struct seq_file;

void gntdev_show_init(void);
void gntdev_show_exit(void);
void gntdev_show_fdinfo(struct seq_file *file, u64 file_id);

#endif /* _XEN_GNTDEV_DMABUF_SHOW_H */
