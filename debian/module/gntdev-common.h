/* SPDX-License-Identifier: GPL-2.0-only */
/* The shared files include this file; Kbuild selects the release's. */
#include <gntdev-common.h>
