# SPDX-License-Identifier: GPL-2.0
# Sourced by the scripts, after they set $top, the repository's folder.

# Downloads, ccache, kernels and root trees that were made before.  Everything
# works when this is empty, only slower.
CACHE=${GNTDMABUF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xen-dmabuf}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# platform_arch PLATFORM: the architecture of a platform of the lab
platform_arch()
(
	lab=$top/tools-testing/lab
	[ -f "$lab/platforms/$1" ] || die "no platform $1, only:" $(ls "$lab/platforms")
	. "$lab/platforms/$1"
	echo "$arch"
)
