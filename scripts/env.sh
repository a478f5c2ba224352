# SPDX-License-Identifier: GPL-2.0
# Variables and functions for the scripts.  A script sets $top, the folder of
# the repository, before it includes this file.

# die MESSAGE: print the message and exit with status 1
die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# Steps that can take minutes print every 30 s that they are at work, except those that
# such a step calls
case ${0##*/} in
kernel | programs | xen-tools | root | fetch | deb | lint-builds | stock | series-check | \
	qemu | fixes-kernel)
	[ "${PROGRESS-}" ] || exec "$top/scripts/progress" "$0" "$@" ;;
esac

# Where packages come from that this machine has no lists of
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# make and the kernel's build take a blank for the end of a name
case $top in *[[:space:]]*) die "the path of the repository has a blank: $top" ;; esac

# Cache of downloads, compiler output, kernels and root trees.  It may be
# removed at any time; the scripts fill it again.
CACHE=${GNTDMABUF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xen-dmabuf}
case $CACHE in
/*[[:space:]]*) die "the path of the cache has a blank: $CACHE" ;;
/*) ;;
# Scripts change their folder
*) die "the path of the cache must begin with /: $CACHE" ;;
esac

# kernel_release TREE: print the release of a kernel tree, as 6.12
kernel_release()
{
	sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p' "$1/Makefile" 2>/dev/null | paste -sd .
}

# KERNEL_VERSION is the release of the kernel that is built.  Sources and kernels
# of the default are in build/src and build/kernel, others beside them.  Our files
# are written for the newest tested release; others need compat/.
default_release=6.12 newest_release=7.3
if [ ! "${KERNEL_VERSION-}" ] && [ "${KERNEL_SRC-}" ]; then
	KERNEL_VERSION=$(kernel_release "$KERNEL_SRC")
fi
: "${KERNEL_VERSION:=$default_release}"
suffix=
[ "$KERNEL_VERSION" = $default_release ] || suffix=-$KERNEL_VERSION
src=$top/build/src$suffix
kernels=$top/build/kernel$suffix

# SUITE is the release of Debian whose packages the domains run: Xen, its toolstack
# and libraries.  Programs for the default are in build/user and build/xen-tools,
# others beside them.
known_suites='bookworm trixie'
default_suite=trixie
: "${SUITE:=$default_suite}"
case " $known_suites " in
*" $SUITE "*) ;;
*) die "no suite $SUITE, only: $known_suites" ;;
esac
user=$top/build/user xen_tools=$top/build/xen-tools
[ "$SUITE" = $default_suite ] || user=$user-$SUITE xen_tools=$xen_tools-$SUITE

# kernel_kind PLATFORM KERNEL [DEBUG]: print which kernel of that name DEBUG chooses for domain
# 0 of a platform: nothing for the release kernel, or the end of its name, debug, kasan or
# kcsan
kernel_kind()
(
	lab=$top/tools-testing/lab
	debug_kernel=debug
	. "$lab/platforms/$1"
	# Other kernels exist with our driver only
	[ "$2" = ours ] || debug_kernel=debug
	case ${3:-0} in
	0) ;;
	kcsan) echo kcsan ;;
	*) echo $debug_kernel ;;
	esac
)

# platform_arch PLATFORM: print the architecture of a platform of the lab
platform_arch()
(
	lab=$top/tools-testing/lab
	[ -f "$lab/platforms/$1" ] || die "no platform $1, only:" $(ls "$lab/platforms")
	. "$lab/platforms/$1"
	echo "$arch"
)
