# SPDX-License-Identifier: GPL-2.0
# Compare the figures of figures.awk with the targets, and print a table of what is met
# and what is missed.  Variables: bench, the folder of this file; top, that of the
# repository.
#
# The file `targets' has the targets.  A target may be missed if a page of documentation
# explains it: the file `explained' names setting, target, the largest figure that the
# explanation covers, page and section.  A larger figure fails.

# take_words - remove the first N words of a line, which are in word[] afterwards
function take_words(line, n,    i)
{
	for (i = 1; i <= n; i++) {
		word[i] = line
		sub(/[ \t].*/, "", word[i])
		sub(/^[^ \t]+[ \t]+/, "", line)
	}
	return line
}

# refuse - end with a message; the tables are not printed either
function refuse(message)
{
	print "judge: " message > "/dev/stderr"
	refused = 1
	exit 2
}

function read_targets(file,    line)
{
	while ((getline line < file) > 0) {
		if (line ~ /^#/)
			continue
		line = take_words(line, 3)
		targets[++nr_targets] = word[1]
		limit[word[1]] = word[2] + 0
		target_unit[word[1]] = word[3]
		text[word[1]] = line
	}
	close(file)
	if (!nr_targets)
		refuse("no targets in " file)
}

# has_section - whether a page has a line with that title, underlined
function has_section(page, title,    line, last, found)
{
	while ((getline line < page) > 0) {
		if (last == title && line ~ /^[=~-][=~-][=~-]/)
			found = 1
		last = line
	}
	close(page)
	return found
}

function read_explained(file,    line, title)
{
	while ((getline line < file) > 0) {
		if (line ~ /^#/)
			continue
		title = take_words(line, 4)
		if (!(word[2] in limit))
			refuse(file ": there is no target " word[2])
		if (!has_section(top "/" word[4], title))
			refuse(file ": " word[4] " has no section \"" title "\"")
		covered[word[1], word[2]] = word[3] + 0
		explained[word[1], word[2]] = word[4] ", \"" title "\""
	}
	close(file)
}

BEGIN {
	read_targets(bench "/targets")
	read_explained(bench "/explained")
}

# figure - note a figure of a target; the largest is compared
function figure(target, cost, at)
{
	if (!((setting, target) in most) || cost > most[setting, target]) {
		most[setting, target] = cost
		where[setting, target] = at
	}
}

# relative - note a cost of ours relative to another one, if both exist
function relative(target, what, kernel, other)
{
	if (has("ours", what) && has(kernel, other) && get(kernel, other) > 0)
		figure(target, get("ours", what) / get(kernel, other), what ", " pages " pages")
}

function with_mainline(target, what) { relative(target, what, "mainline", what) }

# spread - note the largest cost of ours relative to the smallest one, among counts that
# are at least FROM
function spread(target, what, counts, n, from, noun,    i, least)
{
	for (i = 1; i <= n; i++) {
		pages = counts[i]
		if (pages >= from && has("ours", what) && (!least || get("ours", what) < least))
			least = get("ours", what)
	}
	for (i = 1; i <= n; i++) {
		pages = counts[i]
		if (pages >= from && has("ours", what))
			figure(target, get("ours", what) / least, what ", " pages " " noun)
	}
}

# absolute - note a cost of ours, without a relation
function absolute(target, what)
{
	if (has("ours", what))
		figure(target, get("ours", what), pages " pages")
}

# find_frames - figures of frames that vkms shows without a copy in a mode of transfer
function find_frames(mode,    i, what)
{
	what = "frame vkms-" mode "-instructions"
	for (i = 1; i <= nr_frames; i++) {
		pages = frames[i]
		absolute("frame-" mode, what)
		# 1920x1080 and 3840x2160
		if (pages == 2025 || pages == 8100)
			relative("frame-" mode "-" pages, what, "ours",
				 "frame vkms-copy-instructions")
	}
	spread("frame-" mode "-flat", what, frames, nr_frames, 1, "pages")
}

# compare_with_floor - figures of frames relative to that of their system calls alone,
# which is the same for each size
function compare_with_floor(    i, floor, what)
{
	pages = 0
	floor = get("ours", "frame vkms-answer-instructions")
	what = "frame vkms-export-instructions"
	for (i = 1; floor && i <= nr_frames; i++) {
		pages = frames[i]
		if (has("ours", what))
			figure("frame-floor", get("ours", what) / floor, pages " pages")
	}
}

function find_figures(    i, large)
{
	for (i = 1; i <= nr_sizes; i++) {
		pages = sizes[i]
		with_mainline("mainline", "export repeated")
		with_mainline("mainline", "release repeated")
		if (pages < 256)
			continue
		# 32 MiB, the pages without memory that the driver caches for ever
		large = pages > 8192 ? "large" : "floor"
		relative("export-" large, "export repeated", "ours", "floor map")
		relative("release-" large, "release repeated", "ours", "floor unmap")
		if (has("ours", "memory exported"))
			figure("page-bytes", bytes("ours"), pages " pages")
		# Below, what does not depend on the size is more than what does
		if (pages >= 4096) {
			absolute("scratch-bytes", "scratch export")
			absolute("scratch-bytes", "scratch import-large")
			absolute("scratch-bytes", "scratch import-small")
		}
		absolute("import-single", "import small")
		absolute("take-back-single", "take-back small")
		relative("import-again", "import large-again", "ours", "import large")
		relative("import-again", "import small-again", "ours", "import small")
		with_mainline("mainline-first", "export first")
		with_mainline("mainline-first", "release first")
		with_mainline("mainline-contiguous", "export contiguous")
		with_mainline("mainline-contiguous", "release contiguous")
		with_mainline("mainline-import", "import large")
		with_mainline("mainline-import", "take-back large")
		with_mainline("mainline-import", "take-back small")
		with_mainline("mainline-single", "import small")
		relative("mainline-again", "import large-again", "mainline", "import large")
		relative("mainline-again", "import small-again", "mainline", "import small")
	}
	spread("size-flat", "export repeated", sizes, nr_sizes, 256, "pages")
	spread("size-flat", "release repeated", sizes, nr_sizes, 256, "pages")
	spread("call-flat", "scale export", loads, nr_loads, 1, "buffers")
	spread("call-flat", "scale release", loads, nr_loads, 1, "buffers")
	spread("call-flat", "scale take-back", loads, nr_loads, 1, "buffers")
	spread("call-flat", "scale wait-fd", loads, nr_loads, 1, "buffers")
	spread("call-flat", "scale wait-id", loads, nr_loads, 1, "buffers")
	spread("line-flat", "scale list", loads, nr_loads, 1, "buffers")
	spread("line-flat", "scale fdinfo", loads, nr_loads, 1, "buffers")
	find_frames("export")
	compare_with_floor()
	find_frames("import")
	if (setting in compared)
		figure("repeat", apart[setting] * 100, apart_in[setting])
}

# needed - whether a target without a figure is missed: not if mainline's driver or a
# second run was not measured, nor what `run' does not measure there
function needed(target)
{
	if (target ~ /^frame-import/)
		return setting == "arm64"
	if (target ~ /^(frame-export|frame-floor|scratch)/)
		return setting !~ /-balloon$/
	return target !~ /^mainline/ && target != "repeat"
}

# judge - met, explained, missed, or "" for a target that does not concern the setting
function judge(target)
{
	if (!((setting, target) in most))
		return needed(target) ? "missed" : ""
	if (most[setting, target] <= limit[target])
		return "met"
	if ((setting, target) in covered && most[setting, target] <= covered[setting, target])
		return "explained"
	return "missed"
}

function target_row(target,    result)
{
	result = judge(target)
	if (result == "")
		return
	results[setting, target] = result
	count[result]++
	printf "%-6s %-14s %10s %5s %-12s  %s", result == "met" ? "met" : "missed", setting,
		(setting, target) in most ? sprintf("%.3f", most[setting, target]) : "none",
		limit[target], target_unit[target], text[target]
	if (where[setting, target] != "")
		printf " (%s)", where[setting, target]
	print ""
	if (result == "explained")
		printf "%52s see %s\n", "", explained[setting, target]
	else if (result == "missed" && (setting, target) in covered && (setting, target) in most)
		printf "%52s more than the %s that %s explains\n", "",
			covered[setting, target], explained[setting, target]
}

END {
	printf "\n# Targets\n"
	printf "#%-5s %-14s %10s %5s %-12s  %s\n", "", "setting", "figure", "limit", "unit", "target"
	for (s = 1; s <= nr_settings; s++) {
		setting = settings[s]
		find_figures()
		for (t = 1; t <= nr_targets; t++)
			target_row(targets[t])
	}
	printf "# %d met, %d missed and explained, %d missed\n",
		count["met"], count["explained"], count["missed"]
}
