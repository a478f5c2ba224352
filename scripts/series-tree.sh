# SPDX-License-Identifier: GPL-2.0
# Functions for the scripts that build kernels of the series that are mailed.  Such a
# script includes env.sh and builds.sh before this file, and sets
#   tree      the kernel tree, which only this script uses
#   kconfig   the folder of the lab's configurations
#   out       the folder of the series

# make_tree SERIES...: make the tree, of hard links to the unmodified one.  In a tree that
# is there, undo what an interrupted run left of these series.
make_tree()
{
	if [ ! -d "$tree" ] || [ "$tree" -ot "$src/id" ]; then
		rm -rf "$tree"
		mkdir "$tree"
		# Not the folders of builds
		(cd "$src/mainline" && ls -A | grep -v '^O-' | xargs cp -al -t "$tree")
		touch "$tree"
	fi
	for series; do
		rm -f "$tree/.index-$series.lock"
		[ ! -e "$tree/.index-$series" ] || go "$series" base
	done
}

# go SERIES COMMIT: make the files of a series those of a commit.  git removes a file before
# it writes it, so that the hard links to the unmodified tree are not changed.
go()
{
	GIT_INDEX_FILE=$tree/.index-$1 git --git-dir="$out/$1.git/.git" --work-tree="$tree" \
		checkout -q -f "$2"
}

# configure KIND [OPTION...]: configure with the lab's options, the drivers of the series
# as modules or built in
configure()
{
	kind=$1
	shift
	[ "$karch" = arm64 ] && fragment=arm64 || fragment=x86_64
	{
		cat "$kconfig/common.config" "$kconfig/$fragment.config" "$kconfig/mainline.config" \
			"$kconfig/linux-$KERNEL_VERSION.config"
		printf 'CONFIG_%s\n' XEN_GNTDEV="$kind" DRM_XEN_FRONTEND="$kind" DRM=y "$@"
	} > "$tree/$obj/all.config"
	kmake KCONFIG_ALLCONFIG=all.config allnoconfig > /dev/null 2>&1
}

# install_kernel NAME ARCH [MODULES]: build the kernel, and the modules of a folder, and
# put them where the lab finds them as KERNEL=NAME
install_kernel()
{
	into=$kernels/$1-$2
	case $karch in
	x86) image=arch/x86/boot/bzImage ;;
	arm64) image=arch/arm64/boot/Image ;;
	esac
	kmake -j"$(nproc)" "${image##*/}" modules > "$tree/$obj/log" 2>&1 || {
		tail "$tree/$obj/log"
		return 1
	}
	rm -rf "$into"
	mkdir -p "$into"
	kmake INSTALL_MOD_STRIP=1 INSTALL_MOD_PATH="$into/modules" modules_install
	if [ "${3-}" ]; then
		# A copy, because kbuild writes the objects beside the sources
		rm -rf "$tree/$obj/more"
		cp -a "$3" "$tree/$obj/more"
		kmake M="$tree/$obj/more" modules
		kmake M="$tree/$obj/more" INSTALL_MOD_STRIP=1 INSTALL_MOD_PATH="$into/modules" \
			modules_install
	fi
	rm -f "$into"/modules/lib/modules/*/build
	cp "$tree/$obj/$image" "$into/image"
}
