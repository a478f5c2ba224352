/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refusal to suspend a domain that has exports.
 */

#ifndef _XEN_GNTDEV_DMABUF_SUSPEND_H
#define _XEN_GNTDEV_DMABUF_SUSPEND_H

#ifdef CONFIG_HIBERNATE_CALLBACKS
int gntdev_suspend_init(void);
void gntdev_suspend_exit(void);
#else
static inline int gntdev_suspend_init(void)
{
	return 0;
}

static inline void gntdev_suspend_exit(void)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_SUSPEND_H */
