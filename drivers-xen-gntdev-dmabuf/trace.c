// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defines the trace events that trace.h declares.
 *
 * Callers: each file that includes trace.h.
 */

#define CREATE_TRACE_POINTS
#include "trace.h"
