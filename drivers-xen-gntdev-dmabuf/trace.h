/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events.  Each event has the id of a buffer.
 */

#undef TRACE_SYSTEM
#define TRACE_SYSTEM gntdev_dmabuf

#if !defined(_XEN_GNTDEV_DMABUF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XEN_GNTDEV_DMABUF_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(gntdev_dmabuf_begin,
	TP_PROTO(u64 id, u32 domid, u32 count, int ret),
	TP_ARGS(id, domid, count, ret),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, domid)
		__field(u32, count)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->domid = domid;
		__entry->count = count;
		__entry->ret = ret;
	),
	TP_printk("id=%llu domid=%u pages=%u ret=%d", __entry->id,
		  __entry->domid, __entry->count, __entry->ret)
);

DEFINE_EVENT(gntdev_dmabuf_begin, gntdev_dmabuf_map,
	TP_PROTO(u64 id, u32 domid, u32 count, int ret),
	TP_ARGS(id, domid, count, ret)
);

DEFINE_EVENT(gntdev_dmabuf_begin, gntdev_dmabuf_grant,
	TP_PROTO(u64 id, u32 domid, u32 count, int ret),
	TP_ARGS(id, domid, count, ret)
);

TRACE_EVENT(gntdev_dmabuf_unmap,
	TP_PROTO(u64 id, int ret),
	TP_ARGS(id, ret),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->ret = ret;
	),
	TP_printk("id=%llu ret=%d", __entry->id, __entry->ret)
);

TRACE_EVENT(gntdev_dmabuf_end,
	TP_PROTO(u64 id, u32 left),
	TP_ARGS(id, left),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, left)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->left = left;
	),
	TP_printk("id=%llu left=%u", __entry->id, __entry->left)
);

TRACE_EVENT(gntdev_dmabuf_wait,
	TP_PROTO(u64 id, u32 timeout_ms, int ret),
	TP_ARGS(id, timeout_ms, ret),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, timeout_ms)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->timeout_ms = timeout_ms;
		__entry->ret = ret;
	),
	TP_printk("id=%llu timeout_ms=%u ret=%d", __entry->id,
		  __entry->timeout_ms, __entry->ret)
);

#endif /* _XEN_GNTDEV_DMABUF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../../drivers/xen/gntdev-dmabuf
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
