# SPDX-License-Identifier: GPL-2.0
# Print the figures of figures.awk as the data blocks that charts.gp draws.  A figure that
# does not exist is "?".

function datum(kernel, what) { return has(kernel, what) ? get(kernel, what) : "?" }

# bar - the same without "?": a bar of height 0, which is not seen
function bar(kernel, what) { return has(kernel, what) ? get(kernel, what) : 0 }

# sum - of a figure of exports and one of releases
function sum(kernel, one, two)
{
	return bar(kernel, one) + bar(kernel, two)
}

# largest - set `pages' to the largest size that has a figure of ours
function largest(what,    i, most)
{
	for (i = 1; i <= nr_sizes; i++) {
		pages = sizes[i]
		if (has("ours", what) && pages > most)
			most = pages
	}
	pages = most
	return most
}

# block - for each of the counts a line with these figures of ours in each setting
function block(name, counts, n, list,    what, m, i, j, s, line)
{
	m = split(list, what, ",")
	print "$" name " << EOD"
	for (i = 1; i <= n; i++) {
		line = pages = counts[i]
		for (s = 1; s <= nr_settings; s++) {
			setting = settings[s]
			for (j = 1; j <= m; j++)
				line = line " " datum("ours", what[j])
		}
		print line
	}
	print "EOD"
}

END {
	print "$exports << EOD"
	for (s = 1; s <= nr_settings; s++) {
		setting = settings[s]
		# Mainline does not export the buffers whose memory is not measured
		if (largest("memory exported"))
			print "\"" setting "\"", sum("ours", "floor map", "floor unmap"),
				sum("ours", "export repeated", "release repeated"),
				sum("mainline", "export repeated", "release repeated")
	}
	print "EOD\n$imports << EOD"
	for (s = 1; s <= nr_settings; s++) {
		setting = settings[s]
		for (i = 1; i <= 2; i++) {
			how = i == 1 ? "large" : "small"
			if (largest("import " how "-again"))
				print "\"" setting "\\n" how "\"", bar("ours", "import " how),
					bar("ours", "import " how "-again"),
					bar("mainline", "import " how)
		}
	}
	print "EOD"
	# 1 is below the axis: gnuplot warns of a column without data
	print "$frames << EOD"
	for (s = 1; s <= nr_settings; s++) {
		setting = settings[s]
		for (i = 1; i <= nr_frames; i++) {
			pages = frames[i]
			if (has("ours", "frame vkms-export-instructions"))
				print "\"" setting "\\n" pages " pages\"",
					datum("ours", "frame vkms-export-instructions"),
					bar("ours", "frame vkms-import-instructions") + 1,
					bar("ours", "frame vkms-copy-instructions") + 1,
					bar("ours", "frame grant-copy-instructions") + 1
		}
	}
	print "EOD"
	block("pages", sizes, nr_sizes, "export repeated,release repeated")
	block("scale", loads, nr_loads, "scale export,scale release,scale wait-id")
	# Not all settings have threads: gnuplot warns of a column without data
	print "$threads << EOD"
	for (i = 1; i <= nr_threads; i++) {
		line = pages = threads[i]
		for (s = 1; s <= nr_settings; s++) {
			setting = settings[s]
			if (!has("ours", "threads export"))
				continue
			if (i == 1)
				timed = timed setting " "
			line = line " " of_one_thread("ours", "threads export") \
				" " of_one_thread("ours", "threads floor")
		}
		print line
	}
	print "EOD"
	printf "timed = \"%s\"\n", timed
	printf "settings = \""
	for (s = 1; s <= nr_settings; s++)
		printf "%s ", settings[s]
	print "\""
}
