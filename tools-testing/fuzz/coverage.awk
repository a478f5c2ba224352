# SPDX-License-Identifier: GPL-2.0-only
# awk -f coverage.awk -v unreached=FILE reasons GROUP.PLATFORM/DOMAIN/lines...: join the output of
# gcov from several runs.  Prints how many lines of each file ran, in the fuzzer and in all
# runs, and the lines that did not run and that `reasons' does not explain.  FILE has all
# lines that did not run.  Exit status: 1 if there are lines without a reason.
#
# A line of `reasons' is FILE, FUNCTION, and why lines of that function do not run.

# percent PART ALL
function percent(part, all) { return sprintf("%5.1f %%", all ? 100 * part / all : 0) }

# function_of TEXT: the name of the function that begins in this line, or nothing
function function_of(text)
{
	if (text !~ /^[a-zA-Z_][^;={}]*\(/ || text ~ /;$/)
		return ""
	match(text, /[a-zA-Z_0-9]+\(/)
	return substr(text, RSTART, RLENGTH - 1)
}

# gap: record the lines from begin to end of file and function, which did not run
function gap(	name, line)
{
	if (!begin)
		return
	name = file " " inside
	line = file ":" begin (end > begin ? "-" end : "") ": " inside "(): " first
	if (name in reasons) {
		explained = explained line "\n    " reasons[name] "\n"
		met[name] = 1
	} else
		missing = missing line "\n"
	begin = 0
}

ARGIND_FILE != FILENAME {
	ARGIND_FILE = FILENAME
	number++
	fuzz = FILENAME ~ /\/fuzz\.[^\/]*\/dom0\/+lines$/
}
number == 1 {
	if (/^[^#]/) {
		name = $1 " " $2
		$1 = $2 = ""
		sub(/^ */, "")
		reasons[name] = $0
	}
	next
}

# COUNT:LINE:TEXT; line 0 has information about the file
/^ *[^:]*: *0:Source:/ {
	file = $0
	sub(/.*:Source:/, "", file)
	ours = file ~ /drivers\/xen\/(gntdev-dmabuf\/[^\/]*|balloon-dma)\.c$/
	sub(/.*\//, "", file)
	if (ours && !(file in last))
		files[++nr_files] = file
	if (ours)
		last[file] += 0
	next
}
ours {
	count = $0
	sub(/:.*/, "", count)
	gsub(/[ *]/, "", count)
	text = substr($0, index($0, ":") + 1)
	line = text + 0
	sub(/^ *[0-9]*:/, "", text)
	if (!line)
		next
	texts[file, line] = text
	if (line > last[file])
		last[file] = line
	if (count ~ /^[#=]/)
		code[file, line] = 1
	else if (count ~ /^[0-9]/) {
		code[file, line] = ran[file, line] = 1
		if (fuzz)
			fuzzed[file, line] = 1
	}
}

END {
	printf "%-20s %6s %9s %9s\n", "file", "lines", "fuzzer", "all"
	for (i = 1; i <= nr_files; i++) {
		file = files[i]
		lines = by_fuzzer = by_all = begin = 0
		inside = ""
		for (line = 1; line <= last[file]; line++) {
			text = texts[file, line]
			if (function_of(text)) {
				gap()
				inside = function_of(text)
			}
			if (!((file, line) in code))
				continue
			lines++
			by_fuzzer += (file, line) in fuzzed
			by_all += (file, line) in ran
			if ((file, line) in ran) {
				gap()
				continue
			}
			if (!begin) {
				begin = line
				first = text
				sub(/^[ \t]*/, "", first)
			}
			end = line
		}
		gap()
		printf "%-20s %6d %9s %9s\n", file, lines, percent(by_fuzzer, lines),
			percent(by_all, lines)
		all_lines += lines
		all_fuzzer += by_fuzzer
		all_all += by_all
	}
	printf "%-20s %6d %9s %9s\n", "all", all_lines, percent(all_fuzzer, all_lines),
		percent(all_all, all_lines)
	for (name in reasons)
		if (!(name in met))
			stale = stale "reached, or no such function: " name "\n"
	printf "%s", missing stale
	printf "%s%s", missing, explained > unreached
	exit missing != ""
}
