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
