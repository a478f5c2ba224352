# SPDX-License-Identifier: GPL-2.0
# Read the output of `bench' and give the figures to the other awk files, which `judge'
# and `charts' run together with this one.  A file SETTING.KERNEL.NUMBER holds the output
# of run NUMBER in SETTING with KERNEL (ours or mainline).  The figures are those of run
# 1; a further run is only compared with run 1.
#
# A setting is a platform of the lab, followed by -balloon if the kernel balloons pages
# out where it could take unpopulated memory.

# see_frame - note a size of frames, and how they are transferred
function see_frame(pages, how)
{
	sub(/-[a-z]*$/, "", how)
	if (!((pages, "frame") in seen)) {
		seen[pages, "frame"]
		frames[++nr_frames] = pages
	}
	if (!((how, "transfer") in seen)) {
		seen[how, "transfer"]
		transfers[++nr_transfers] = how
	}
}

# repeats - whether a figure must be the same in each run: alloc, free and first are
# measured once, so that a timer interrupt shows; bytes of memory have a limit of their own; the
# other figures of frames are those of some seconds, which end in the middle of a copy, or of
# the domain at rest, or depend on the pages that the guest has; flips of flip-floor differ by
# up to 3 % between boots; threads are measured by a clock, in one run
function repeats(what, how)
{
	if (what == "frame")
		return how ~ /-instructions$/ && how !~ /^vkms-(flip|answer)-/
	return what !~ /^(memory|threads)$/ && how !~ /^(alloc|free|first)$/
}

FNR == 1 {
	split(FILENAME, name, ".")
	setting = name[1]
	kernel = name[2]
	run = name[3]
	if (!(setting in seen)) {
		seen[setting]
		settings[++nr_settings] = setting
	}
}

NF == 4 && /^(export|release|floor|memory|scratch|import|take-back|scale|threads|frame) / {
	what = setting " " $2 " " $1 " " $3
	if (run == 1) {
		value[kernel, what] = $4
		figures[++nr_figures] = kernel " " what
		if ($1 == "frame")
			see_frame($2, $3)
		else if ($1 == "scale" && !(($2, "load") in seen)) {
			seen[$2, "load"]
			loads[++nr_loads] = $2
		} else if ($1 == "threads" && !(($2, "threads") in seen)) {
			seen[$2, "threads"]
			threads[++nr_threads] = $2
		} else if ($1 !~ /^(scale|threads)$/ && !(($2, "size") in seen)) {
			seen[$2, "size"]
			sizes[++nr_sizes] = $2
		}
	} else if (repeats($1, $3)) {
		compared[setting] = 1
		first = value[kernel, what]
		off = first ? (first - $4) / first : $4
		off = off < 0 ? -off : off
		if (off >= apart[setting]) {
			apart[setting] = off
			apart_in[setting] = kernel ": " $1 " " $2 " " $3 ", " first " and " $4
		}
	}
}

# The other files set `setting' and `pages' before they call these functions.  `pages' is
# a number of live buffers where the first word is scale, one of loads[], and of threads where
# it is threads, one of threads[]; neither is in sizes[].
# Frames have sizes of their own, frames[]; flips without a transfer have size 0.

function get(kernel, what) { return value[kernel, setting " " pages " " what] }

function has(kernel, what) { return (kernel, setting " " pages " " what) in value }

# bytes - memory of the driver itself, without the memory of mapped grants; that of a
# kernel that needs none is measured as 0, or below by the error of the counters
function bytes(kernel,    mapped)
{
	mapped = get(kernel, "memory mapped")
	return get(kernel, "memory exported") - (mapped > 0 ? mapped : 0)
}

# of_one_thread - the time of so many threads for the same work, relative to that of one
function of_one_thread(kernel, what,    one)
{
	one = value[kernel, setting " 1 " what]
	return one ? get(kernel, what) / one : 0
}

# unit - of the figures whose first and third words are these
function unit(what, how)
{
	if (how == "maptrack")
		return "frames of Xen"
	if (what == "memory")
		return how == "exported" || how == "mapped" ? "bytes per page" : "bytes"
	if (what == "scratch")
		return "bytes per page"
	if (what == "threads")
		return (how == "waits" ? "number" : "nanoseconds") " per buffer"
	if (what == "scale")
		return "instructions per " (how == "list" || how == "fdinfo" ? "line" : "call")
	if (what == "frame")
		return frame_unit(how)
	return "instructions per page"
}

function frame_unit(how)
{
	if (how ~ /-rest$/)
		return "instructions per second"
	if (how ~ /-(first|again|attach)$/)
		return "instructions"
	if (how ~ /-instructions$/)
		return "instructions per frame"
	return (how ~ /-copied$/ ? "bytes" : "number") " per frame"
}

# platform - of a setting
function platform(setting)
{
	sub(/-balloon$/, "", setting)
	return setting
}

# The first END of all
END {
	if (refused)
		exit 2
}
