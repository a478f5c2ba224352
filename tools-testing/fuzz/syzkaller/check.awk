# SPDX-License-Identifier: GPL-2.0-only
# awk -f check.awk dev_xen_gntdev.txt HEADER...: print a C program that does not compile
# if the description differs from the headers.  It compares
# - the offset and size of each field, and the size of each structure of the headers,
# - the structure of each request, and whether each flag exists,
# and refuses a request, a structure or a flag of the headers that the description lacks.
# tools-testing/Makefile compiles the program when it builds gntdev-fuzz.
#
# syzkaller lays out structures as C does.  The array at the end of a request has one
# element in the headers, and at least one in the description.

function fault(text) { printf "#error \"%s\"\n", text }

# argument TYPE N: argument N of "name[argument, ...]", or the last one if N is 0
function argument(type, n,	parts, depth, i, c, count, at)
{
	count = 1
	at = index(type, "[") + 1
	for (i = at; i < length(type); i++) {
		c = substr(type, i, 1)
		depth += (c == "[") - (c == "]")
		if (c == "," && !depth) {
			parts[count++] = substr(type, at, i - at)
			at = i + 1
		}
	}
	parts[count] = substr(type, at, i - at)
	n = n ? n : count
	sub(/^ */, "", parts[n])
	return parts[n]
}

# measure TYPE: set size and align
function measure(type,	name, base)
{
	name = type
	sub(/\[.*/, "", name)
	if (name in alias)
		measure(alias[name])
	else if (name in sizes) {
		size = sizes[name]
		align = aligns[name]
	} else if (name in resources)
		measure(resources[name])
	else if (name == "fd" || name ~ /^fd_/)
		size = align = 4
	else if (name ~ /^int(8|16|32|64)$/)
		size = align = substr(name, 4) / 8
	else if (name == "ptr64" || name == "vma64")
		size = align = 8
	else if (name == "const" || name == "flags" || name == "len")
		measure(argument(type, 0))
	else if (name == "array") {
		base = argument(type, 2)
		if (base !~ /^1:/)
			fault("an array that does not begin at 1: " type)
		measure(argument(type, 1))
	} else
		fault("unknown type " type)
}

function round_up(n, to) { return int((n + to - 1) / to) * to }

# ---- The headers

FNR == 1 { file++ }
file > 1 && /^struct [a-z_0-9]+ \{/ { wanted[$2] = 1 }
file > 1 && /^#define (IOCTL_GNTDEV|UNMAP_NOTIFY|GNTDEV_DMA_FLAG|GNTDEV_DMABUF_(EX|IM)PORT)_/ {
	constants[$2] = 1
}
file > 1 { next }

# ---- The description

{
	words = $0
	gsub(/[^A-Z0-9_a-z]+/, " ", words)
	n = split(words, list, " ")
	for (i = 1; i <= n; i++)
		used[list[i]] = 1
}
/^#/ { next }
/^resource / {
	split($2, part, "[^a-z_0-9]+")
	resources[part[1]] = part[2]
}
/^[a-z_]+ = / {
	for (i = 1; i <= n; i++)
		if (list[i] ~ /^[A-Z]/)
			values[list[i]] = 1
}
/^type / { alias[$2] = $3 }
/^ioctl\$/ {
	match($0, /const\[[A-Z0-9_]+\]/)
	request = substr($0, RSTART + 6, RLENGTH - 7)
	match($0, /ptr\[[a-z]+, [a-z_0-9]+\]/)
	type = substr($0, RSTART, RLENGTH)
	requests[request] = argument(type, 2)
}
/^[a-z_0-9]+ (\{|\[)$/ {
	name = $1
	union = $2 == "["
	end = most = 0
	next
}
name && /^\t/ {
	split(substr($0, 2), part, /\t+/)
	measure(part[2])
	at = union ? 0 : round_up(end, align)
	fields[name] = fields[name] " " part[1] ":" at ":" size
	end = union && end > size ? end : at + size
	most = align > most ? align : most
	next
}
name && /^(\]|\})/ {
	sizes[name] = round_up(end, most)
	aligns[name] = most
	name = ""
}

END {
	print "#include <stddef.h>\n#include <stdint.h>\n#include <linux/ioctl.h>"
	print "typedef uint32_t grant_ref_t;\ntypedef uint16_t domid_t;\n#define __user"
	print "#include <xen/gntdev.h>\n#include <xen/gntdev-dmabuf.h>"
	for (name in wanted) {
		if (!(name in sizes)) {
			fault("not described: struct " name)
			continue
		}
		printf "_Static_assert(sizeof(struct %s) == %d, \"%s\");\n", name, sizes[name], name
		n = split(fields[name], list, " ")
		for (i = 1; i <= n; i++) {
			split(list[i], part, ":")
			printf "_Static_assert(offsetof(struct %s, %s) == %d && " \
				"sizeof(((struct %s *)0)->%s) == %d, \"%s.%s\");\n",
				name, part[1], part[2], name, part[1], part[3], name, part[1]
		}
	}
	for (request in requests)
		printf "_Static_assert(_IOC_SIZE(%s) == sizeof(struct %s), \"%s\");\n",
			request, requests[request], request
	for (name in values)
		printf "_Static_assert((%s) != 0, \"%s\");\n", name, name
	for (name in constants)
		if (!(name in used))
			fault("not described: " name)
}
