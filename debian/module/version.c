// SPDX-License-Identifier: GPL-2.0-only
/*
 * The version of the package.  DKMS of Debian 12 does not replace a module of the
 * same version, and without this file both modules had none.
 */

#include <linux/module.h>

MODULE_VERSION("@VERSION@");
