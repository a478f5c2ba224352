# SPDX-License-Identifier: GPL-2.0
# Variables and functions for the scripts.  A script sets $top, the folder of
# the repository, before it includes this file.

# Cache of downloads, compiler output, kernels and root trees.  It may be
# removed at any time; the scripts fill it again.
CACHE=${GNTDMABUF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xen-dmabuf}

# die MESSAGE: print the message and exit with status 1
die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# platform_arch PLATFORM: print the architecture of a platform of the lab
platform_arch()
(
	lab=$top/tools-testing/lab
	[ -f "$lab/platforms/$1" ] || die "no platform $1, only:" $(ls "$lab/platforms")
	. "$lab/platforms/$1"
	echo "$arch"
)
