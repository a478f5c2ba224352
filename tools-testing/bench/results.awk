# SPDX-License-Identifier: GPL-2.0
# Write the figures of figures.awk and the results of targets.awk to the file `json', and
# end with the exit status: 0 if no target is missed without an explanation.

function quoted(string)
{
	gsub(/[\\"]/, "\\\\&", string)
	return "\"" string "\""
}

function figure_json(key,    word)
{
	split(key, word, " ")
	return sprintf("{\"platform\": %s, \"setting\": %s, \"kernel\": %s, " \
		"\"what\": %s, \"how\": %s, \"count\": %d, \"unit\": %s, \"value\": %s}",
		quoted(platform(word[2])), quoted(word[2]), quoted(word[1]), quoted(word[4]),
		quoted(word[5]), word[3], quoted(unit(word[4], word[5])),
		value[word[1], word[2] " " word[3] " " word[4] " " word[5]])
}

function target_json(setting, target,    result)
{
	result = results[setting, target]
	return sprintf("{\"platform\": %s, \"setting\": %s, \"target\": %s, \"text\": %s, " \
		"\"unit\": %s, \"limit\": %s, \"figure\": %s, \"at\": %s, \"met\": %s, " \
		"\"explained\": %s}",
		quoted(platform(setting)), quoted(setting), quoted(target), quoted(text[target]),
		quoted(target_unit[target]), limit[target],
		(setting, target) in most ? sprintf("%.4f", most[setting, target]) : "null",
		quoted(where[setting, target]), result == "met" ? "true" : "false",
		result == "explained" ? quoted(explained[setting, target]) : "null")
}

# element - write an element of a list; comma is empty before the first one
function element(text)
{
	printf "%s\n%s", comma, text > json
	comma = ","
}

END {
	printf "{\n\"figures\": [" > json
	comma = ""
	for (i = 1; i <= nr_figures; i++)
		element(figure_json(figures[i]))
	printf "\n],\n\"targets\": [" > json
	comma = ""
	for (s = 1; s <= nr_settings; s++)
		for (t = 1; t <= nr_targets; t++)
			if ((settings[s], targets[t]) in results)
				element(target_json(settings[s], targets[t]))
	printf "\n]\n}\n" > json
	exit (count["missed"] || !count["met"])
}
