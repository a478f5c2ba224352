# SPDX-License-Identifier: GPL-2.0
# Print the figures of figures.awk as tables: instructions and bytes per page.

function number(kernel, what)
{
	return has(kernel, what) ? sprintf("%.0f", get(kernel, what)) : "-"
}

function ratio(what, floor)
{
	if (!has("ours", what) || !get("ours", floor))
		return "-"
	return sprintf("%.2f", get("ours", what) / get("ours", floor))
}

function export_row()
{
	printf "%-14s %5d %6s %6s |%6s %6s %5s |%6s %6s %5s |%6s %6s |%6s %6s |%5s %5s\n",
		setting, pages, number("ours", "floor map"), number("ours", "floor unmap"),
		number("ours", "export first"), number("ours", "export repeated"),
		ratio("export repeated", "floor map"),
		number("ours", "release first"), number("ours", "release repeated"),
		ratio("release repeated", "floor unmap"),
		number("mainline", "export first"), number("mainline", "export repeated"),
		number("mainline", "release first"), number("mainline", "release repeated"),
		has("ours", "memory exported") ? sprintf("%.1f", bytes("ours")) : "-",
		has("mainline", "memory exported") ? sprintf("%.1f", bytes("mainline")) : "-"
}

# part - instructions of ours that are in WHAT but not in LESS
function part(what, less)
{
	if (!has("ours", what) || !has("ours", less))
		return "-"
	return sprintf("%.0f", get("ours", what) - get("ours", less))
}

function parts_row()
{
	printf "%-14s %5d |%7s %7s %7s |%7s %7s %7s\n", setting, pages,
		number("ours", "floor map"), part("floor map_refs", "floor map"),
		part("export repeated", "floor map_refs"), number("ours", "floor unmap"),
		part("floor unmap_refs", "floor unmap"),
		part("release repeated", "floor unmap_refs")
}

function contiguous_row()
{
	printf "%-14s %5d |%7s %7s |%7s %7s\n", setting, pages,
		number("ours", "export contiguous"), number("mainline", "export contiguous"),
		number("ours", "release contiguous"), number("mainline", "release contiguous")
}

# import_row - a line about imports; again: "" or "-again"
function import_row(again,    large, small)
{
	large = " large" again
	small = " small" again
	printf "%-14s %5d |%7s %7s |%7s %7s |%7s %7s |%7s %7s\n", setting, pages,
		number("ours", "import" large), number("mainline", "import" large),
		number("ours", "take-back" large), number("mainline", "take-back" large),
		number("ours", "import" small), number("mainline", "import" small),
		number("ours", "take-back" small), number("mainline", "take-back" small)
}

function objects_row()
{
	printf "%-14s %5d %10s %10s %10s %10s\n", setting, pages,
		number("ours", "memory buffer"), number("ours", "memory attachment"),
		number("ours", "memory user-mapping"), number("ours", "memory kernel-mapping")
}

# tenths - a figure with one digit behind the point
function tenths(kernel, what) { return has(kernel, what) ? sprintf("%.1f", get(kernel, what)) : "-" }

function hundredths(kernel, what)
{
	return has(kernel, what) ? sprintf("%.2f", get(kernel, what)) : "-"
}

function scratch_row()
{
	printf "%-14s %5d |%7s %7s %7s |%7s %7s |%7s %7s\n", setting, pages,
		tenths("ours", "scratch export-first"), tenths("ours", "scratch export"),
		tenths("mainline", "scratch export"),
		tenths("ours", "scratch import-large"), tenths("mainline", "scratch import-large"),
		tenths("ours", "scratch import-small"), tenths("mainline", "scratch import-small")
}

# times - a time of threads, relative to that of one thread
function times(kernel, what)
{
	return has(kernel, what) ? sprintf("%.2f", of_one_thread(kernel, what)) : "-"
}

function threads_row()
{
	printf "%-14s %5d |%9s %6s %6s %6s |%6s %6s\n", setting, pages,
		number("ours", "threads export"), times("ours", "threads export"),
		times("mainline", "threads export"), times("ours", "threads floor"),
		hundredths("ours", "threads waits"), hundredths("mainline", "threads waits")
}

function scale_row()
{
	printf "%-14s %5d %10s %10s %10s %10s %10s %10s %10s\n", setting, pages,
		number("ours", "scale export"), number("ours", "scale release"),
		number("ours", "scale take-back"),
		number("ours", "scale wait-fd"), number("ours", "scale wait-id"),
		number("ours", "scale list"), number("ours", "scale fdinfo")
}

# plain - a figure without zeros behind the point
function plain(kernel, what) { return has(kernel, what) ? get(kernel, what) + 0 "" : "-" }

function frame_row(transfer)
{
	printf "%-14s %5d %-14s %10s %6s %8s %6s %10s\n", setting, pages, transfer,
		number("ours", "frame " transfer "-instructions"), plain("ours", "frame " transfer "-calls"),
		plain("ours", "frame " transfer "-requests"), plain("ours", "frame " transfer "-wakes"),
		number("ours", "frame " transfer "-copied")
}

function start_row(transfer)
{
	printf "%-14s %5d %-14s %10s %10s %10s\n", setting, pages, transfer,
		number("ours", "frame " transfer "-first"), number("ours", "frame " transfer "-again"),
		number("ours", "frame " transfer "-attach")
}

# transfer_rows - lines of the table NAME, one for each transfer of frames
function transfer_rows(name,    w)
{
	for (w = 1; w <= nr_transfers; w++)
		if (name == "frames" && has("ours", "frame " transfers[w] "-instructions"))
			frame_row(transfers[w])
		else if (name == "starts" && has("ours", "frame " transfers[w] "-first"))
			start_row(transfers[w])
}

# row - the line of the table NAME for this setting and number of pages
function row(name)
{
	if (name == "exports" && has("ours", "export repeated"))
		export_row()
	if (name == "parts" && has("ours", "floor map"))
		parts_row()
	if (name == "contiguous" && has("ours", "export contiguous"))
		contiguous_row()
	if (name == "imports" && has("ours", "import large"))
		import_row("")
	if (name == "again" && has("ours", "import large-again"))
		import_row("-again")
	if (name == "objects" && has("ours", "memory buffer"))
		objects_row()
	if (name == "scratch" && has("ours", "scratch export"))
		scratch_row()
	if (name == "threads" && has("ours", "threads export"))
		threads_row()
	if (name == "scale" && has("ours", "scale export"))
		scale_row()
	transfer_rows(name)
}

# rows - the lines of the table NAME
function rows(name, counts, n,    s, i)
{
	for (s = 1; s <= nr_settings; s++) {
		setting = settings[s]
		for (i = 1; i <= n; i++) {
			pages = counts[i]
			row(name)
		}
	}
}

END {
	printf "# Instructions per page (rep.: repeated, without the first time), bytes per page\n"
	printf "#%-13s %5s %13s |%13s %5s |%13s %5s |%13s |%13s |%11s\n",
		"", "", "floor", "export", "of", "release", "of",
		"mainline exp.", "mainline rel.", "bytes"
	printf "#%-13s %5s %6s %6s |%6s %6s %5s |%6s %6s %5s |%6s %6s |%6s %6s |%5s %5s\n",
		"setting", "pages", "map", "unmap", "first", "rep.", "floor",
		"first", "rep.", "floor", "first", "rep.", "first", "rep.",
		"ours", "main"
	rows("exports", sizes, nr_sizes)
	printf "\n# Instructions per page of an export and of a release: the hypercalls, the rest of\n"
	printf "# gnttab_map_refs() and gnttab_unmap_refs(), the driver\n"
	printf "#%-13s %5s |%7s %7s %7s |%7s %7s %7s\n", "setting", "pages",
		"map", "refs", "driver", "unmap", "refs", "driver"
	rows("parts", sizes, nr_sizes)
	printf "\n# Instructions per page of contiguous buffers\n"
	printf "#%-13s %5s |%15s |%15s\n", "", "", "export", "release"
	printf "#%-13s %5s |%7s %7s |%7s %7s\n", "setting", "pages",
		"ours", "main", "ours", "main"
	rows("contiguous", sizes, nr_sizes)
	printf "\n# Instructions per page of imports; the guest does not map the pages\n"
	printf "#%-13s %5s |%15s |%15s |%15s |%15s\n", "", "",
		"import, large", "release", "import, small", "release"
	printf "#%-13s %5s |%7s %7s |%7s %7s |%7s %7s |%7s %7s\n", "setting", "pages",
		"ours", "main", "ours", "main", "ours", "main", "ours", "main"
	rows("imports", sizes, nr_sizes)
	printf "\n# Instructions per page of imports of a buffer that is imported already\n"
	rows("again", sizes, nr_sizes)
	printf "\n# Bytes of kernel memory of each buffer, attachment and mapping, by pages of a buffer\n"
	printf "#%-13s %5s %10s %10s %10s %10s\n", "setting", "pages", "buffer", "attachment",
		"user map", "kernel map"
	rows("objects", sizes, nr_sizes)
	printf "\n# Bytes per page that a call needs only while it runs: the first export and a repeated\n"
	printf "# one, the import of a buffer in large segments and of single pages\n"
	printf "#%-13s %5s |%7s %7s %7s |%15s |%15s\n", "", "", "export", "", "", "import, large",
		"import, small"
	printf "#%-13s %5s |%7s %7s %7s |%7s %7s |%7s %7s\n", "setting", "pages", "first",
		"rep.", "main", "ours", "main", "ours", "main"
	rows("scratch", sizes, nr_sizes)
	printf "\n# Instructions per call while so many buffers of one page are live, and per line\n"
	printf "#%-13s %5s %10s %10s %10s %10s %10s %10s %10s\n", "setting", "bufs", "export",
		"release", "take-back", "wait, fd", "wait, id", "list, line", "fdinfo"
	rows("scale", loads, nr_loads)
	printf "\n# Threads that export and release buffers of 256 pages by files of their own, on two\n"
	printf "# processors: nanoseconds for a buffer; the time for the same buffers relative to that of\n"
	printf "# one thread, by this driver, by mainline\47s and by the bare hypercalls; and how often the\n"
	printf "# driver waited for a lock, per buffer.  The times depend on what else the machine does.\n"
	printf "#%-13s %5s |%9s %6s %6s %6s |%6s %6s\n", "", "thr-", "time", "ratio", "", "",
		"waits", ""
	printf "#%-13s %5s |%9s %6s %6s %6s |%6s %6s\n", "setting", "eads", "ours", "ours", "main",
		"floor", "ours", "main"
	rows("threads", threads, nr_threads)
	printf "\n# A frame: instructions of domain 0; system calls of displ-backend, those that change\n"
	printf "# event channels or grants, how often it is woken up, and bytes copied.  vkms-flip is\n"
	printf "# a flip without a guest; vkms-answer has the system calls of displ-backend and no more.\n"
	printf "#%-13s %5s %-14s %10s %6s %8s %6s %10s\n", "setting", "pages", "transfer",
		"domain 0", "calls", "of Xen", "wakes", "copied"
	rows("frames", frames, nr_frames)
	printf "\n# Instructions, of both domains, from the first request for a buffer to its first\n"
	printf "# frame; with pages that were used before; and of a buffer that exists\n"
	printf "#%-13s %5s %-14s %10s %10s %10s\n", "setting", "pages", "transfer", "first", "again",
		"attach"
	rows("starts", frames, nr_frames)
}
