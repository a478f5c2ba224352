# SPDX-License-Identifier: GPL-2.0
# Functions for the scripts that build folders of a kernel tree without the kernel.
# Such a script includes env.sh before this file, and sets
#   tree   the kernel tree
#   ours   an extended regular expression: paths of files that may have no warning
export CCACHE_DIR="${CCACHE_DIR:-$CACHE/ccache}" CCACHE_NOHASHDIR=1
failed=0

fail()
{
	echo "$*"
	failed=1
}

# set_arch ARCH [NAME]: set the architecture and the build folder of kmake, which is
# O-NAME (default ARCH-builds).  All configurations of an architecture share a folder,
# so that make builds the rest of the kernel only once.
set_arch()
{
	case $1 in
	x86_*) karch=x86 cross='' ;;
	arm64) karch=arm64 cross=aarch64-linux-gnu- ;;
	arm) karch=arm cross=arm-linux-gnueabi- ;;
	*) die "no architecture $1" ;;
	esac
	obj=O-${2:-$1-builds}
	mkdir -p "$tree/$obj"
}

# kmake ARGUMENT...: make in the tree.  With W=1 it runs Python for each object; python3 may
# be a script of a version manager, which takes longer than the compiler.
kmake()
{
	make -s -C "$tree" O="$obj" ARCH="$karch" CROSS_COMPILE="$cross" \
		CC="ccache ${cross}gcc" PYTHON3=/usr/bin/python3 KBUILD_BUILD_TIMESTAMP=@0 \
		KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab "$@"
}

# missing: print functions of drivers/xen that our objects need and that are not
# built
missing()
{
	cd "$tree/$obj/drivers/xen"
	find . -name '*.o' -exec "${cross}nm" --defined-only {} + 2>/dev/null |
		awk 'NF == 3 { print $3 }' | sort -u > ../../defined
	find . \( -path '*gntdev*.o' -o -name 'balloon-dma*.o' \) \
		-exec "${cross}nm" -u {} + |
		awk '$1 == "U" { print $2 }' | sort -u > ../../undefined
	comm -23 ../../undefined ../../defined | grep -E "^gntdev_|^($(paste -sd '|' ../../exported))$" || :
}

# build NAME [FOLDER...]: build drivers/xen/ and these folders with the present
# configuration; NAME is for messages.  Objects of the previous configuration are
# removed, because missing() would read them, unless $keep is set.
build()
{
	name=$1
	shift
	log=$tree/$obj/lint-$name.log
	[ "${keep-}" ] || find "$tree/$obj/drivers/xen" -name '*.o' -delete 2>/dev/null || :
	sed -n 's/^EXPORT_SYMBOL\(_GPL\)\?(\(.*\));$/\2/p' "$tree"/drivers/xen/*.c |
		sort -u > "$tree/$obj/exported"
	if ! kmake -j"$(nproc)" W=1 drivers/xen/ "$@" > "$log" 2>&1; then
		grep -A 5 -E '(error|Error)' "$log" | head -n 40 || :
		fail "$name: does not build, see $log"
		return
	fi
	! grep -A 5 -E "$ours.*(warning|error):" "$log" || fail "$name: warnings, see $log"
	lost=$(missing)
	[ ! "$lost" ] || fail "$name: functions missing in this configuration:" $lost
}
