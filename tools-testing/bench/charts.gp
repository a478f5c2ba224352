# SPDX-License-Identifier: GPL-2.0
# Draw the data blocks of charts.awk, which come before this file, as SVG files in the
# present folder.

set terminal svg size 900,420 font 'sans,13' background 'white'
set datafile missing '?'
set key outside top center horizontal
set grid ytics linecolor '#dddddd'
set border 3
set tics nomirror out
set yrange [0:*]
set style fill solid 0.85 noborder
set boxwidth 0.9
set bmargin 4
set linetype 1 linecolor '#9aa0a6'
set linetype 2 linecolor '#1a73e8'
set linetype 3 linecolor '#d93025'
set linetype 4 linecolor '#188038'
set linetype 5 linecolor '#f9ab00'
set linetype 6 linecolor '#8430ce'

set style data histograms
set style histogram clustered gap 1
set ylabel 'instructions per page'

set output 'exports.svg'
set title 'Export and release of a page of 64 MiB'
plot $exports using 2:xtic(1) title 'bare hypercalls', '' using 3 title 'this driver', \
	'' using 4 title 'mainline'

set output 'imports.svg'
set title 'Import of a page, largest buffer that is imported twice'
plot $imports using 2:xtic(1) linetype 2 title 'this driver', \
	'' using 3 linetype 1 title 'this driver, imported already', \
	'' using 4 linetype 3 title 'mainline'

# Three platforms have nine labels
set terminal svg size 1100,420 font 'sans,13' background 'white'
set output 'frames.svg'
set title 'A frame that vkms shows, in domain 0 (a grant copy: only that)'
set ylabel 'instructions per frame'
set logscale y 10
set yrange [10000:*]
plot $frames using 2:xtic(1) linetype 2 title 'export', '' using 3 linetype 4 title 'import', \
	'' using 4 linetype 1 title 'copy', '' using 5 linetype 3 title 'grant copy'
unset logscale y
set yrange [0:*]
set terminal svg size 900,420 font 'sans,13' background 'white'
set ylabel 'instructions per page'

set style data linespoints
set key outside right center vertical
set logscale x 2
set xlabel 'pages of the buffer'
set xtics (1, 16, 256, 4096, 65536)
set output 'pages.svg'
set title 'Cost of a page and size of the buffer'
plot for [i = 1:words(settings)] $pages using 1:(column(2 * i)) linetype i + 1 pointtype 7 \
		title 'export, '.word(settings, i), \
	for [i = 1:words(settings)] $pages using 1:(column(2 * i + 1)) linetype i + 1 \
		pointtype 6 dashtype 2 title 'release, '.word(settings, i)

set xtics autofreq
set logscale x 10
set xlabel 'live buffers of one page'
set ylabel 'instructions per call'
set output 'scale.svg'
set title 'Cost of a call and number of live buffers'
plot for [i = 1:words(settings)] $scale using 1:(column(3 * i - 1)) linetype i + 1 \
		pointtype 7 title 'export, '.word(settings, i), \
	for [i = 1:words(settings)] $scale using 1:(column(3 * i)) linetype i + 1 \
		pointtype 6 dashtype 2 title 'release, '.word(settings, i), \
	for [i = 1:words(settings)] $scale using 1:(column(3 * i + 1)) linetype i + 1 \
		pointtype 4 dashtype 3 title 'wait by id, '.word(settings, i)

set logscale x 2
set xtics (1, 2, 4, 8)
set xrange [1:8.4]
set xlabel 'threads'
set ylabel 'relative to one thread'
set output 'threads.svg'
set title 'Time of the same work by threads, on two processors'
# gnuplot fails where no setting has threads
if (words(timed)) {
	plot for [i = 1:words(timed)] $threads using 1:(column(2 * i)) linetype i + 1 pointtype 7 \
		title 'export and release, '.word(timed, i), \
		for [i = 1:words(timed)] $threads using 1:(column(2 * i + 1)) linetype i + 1 \
		pointtype 6 dashtype 2 title 'bare hypercalls, '.word(timed, i)
}
set output
