# SPDX-License-Identifier: GPL-2.0
# Functions for scripts/series-check: the tree in which it builds.  It includes env.sh
# and builds.sh before this file, and sets
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
