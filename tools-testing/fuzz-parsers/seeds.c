// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the first inputs of the harnesses: sessions of guests, by seeds-guest.c, and lines
 * that users and the kernel write for the others.
 *   seeds FOLDER
 * Each input is a file FOLDER/HARNESS/NAME.
 */

#include <err.h>
#include <stdio.h>
#include <sys/stat.h>

#include "seeds.h"

FILE *seed_file;

/**
 * seed_begin - begin an input
 * @folder: folder of all inputs
 * @harness: the harness
 * @name: name of the input
 */
void seed_begin(const char *folder, const char *harness, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, harness);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, harness, name);
	seed_file = fopen(path, "w");
	if (!seed_file)
		err(1, "%s", path);
}

/** seed_end - end the input */
void seed_end(void)
{
	if (fclose(seed_file))
		err(1, "close");
}

/* Parts of the kernel's lines */
#define BUFFER	" id 1 domid 2 pages 4 offset 0 flags r-e-- state "
#define DEBUGFS	" age_ms 12 file 3 pid 1 comm "

static const struct {
	const char *harness, *name, *text;
} texts[] = {
	{ "options", "all", "s7/0=stub:Virtual-1\nsguest/id1=stub:Virtual-2\ndguest\nm64M\n"
	  "nguest\nv/vm/00000000-0000-0000-0000-000000000007\ni\niid1\n" },
	{ "options", "exclusive", "x\nid\niVirtual-2\niVirtual-1\np12\n" },
	{ "options", "gone", "s7/0=stub:Virtual-1\ng\np0\ni\niVirtual-1\n" },
	{ "numbers", "size", "64K" },
	{ "numbers", "hexadecimal", "0x1f" },
	{ "numbers", "leading-zero", "010" },
	{ "numbers", "dimensions", "800x600@30" },
	/* All names are asked for, offered, taken, dropped, withdrawn; 1: the peer reads */
	{ "taker", "reads", "1H0~0N0~~P0~0N0~~K0~\"P0~0H0~0O0A0P000J0A0L0~0P0~0N0~~P000" },
	{ "taker", "never-reads", "0H0~0P0~0K0A\"P0~0H0A0O0A0P000J0A0L0A0P0~0I0~0P000" },
	/* The peer domain writes its node 16002 times */
	{ "taker", "node-written", "1\3730~~P0\2000" },
	/* The pages of a buffer are unmapped that another process has open, too */
	{ "taker", "forked",
	  "1H0\2000P0\2000K0\200\"P0\2000H0\2000L0\2000P0\2000J0\2000\372000P0\2000" },
	/* A buffer is offered, taken, released, offered again, withdrawn while it is taken */
	{ "offerer", "session", "2B00E00L00G00L00H00L00C00G00L00D00L00H00L00F00L00E00" },
	/* A program ends before the one that offers has noticed it */
	{ "offerer", "early", "2B00E00G00F00L00E00" },
	{ "offerer", "no-evtchn", "3" },
	{ "offerer", "no-port", "4" },
	{ "offerer", "no-gntalloc", "5" },
	{ "offerer", "no-grant", "6" },
	{ "taker", "killed-server", "\375" },
	{ "taker", "no-memory", "\376" },
	{ "edid", "800x600", "\x1f\x03\x57\x02" },
	/* 800x500 with a mode of 1024x768 and one of 800x600 */
	{ "places", "scaled", "\x03\x1f\x03\xf3\x01\xff\x03\xff\x02\x1f\x03\x57\x02" },
	{ "places", "middle", "\x02\x1f\x03\xf3\x01\xff\x03\xff\x02\x1f\x03\x57\x02" },
	/* The first connector can use two CRTCs, the second one of them */
	{ "outputs", "few", "\x0b" },
	/* A monitor is exchanged; a connector is gone, and comes back; the card is gone */
	{ "outputs", "changes", "\03322701070007063706070" },
	/* A window shows two frames by linux-dmabuf, turns black and disappears */
	{ "windows", "shown",
	  "0000100~200@400@:010:050:030:040210@410@:050:030:040:0006000:030:040800070008~~~" },
	/* The socket has no room when the connection of such a window ends */
	{ "windows", "full", "0000100~200@400@:010:050:030600081 07000:03081~081~081~0" },
	/* The library ends the connection, before such a window is shown */
	{ "windows", "failed", "0000100~200@9020400@" },
	/* The compositor removes linux-dmabuf, and adds it again */
	{ "windows", "removed", ";1000000100~200@400@:0107000;110000070007000" },
	/* The compositor reads nothing for 12 seconds */
	{ "windows", "unread",
	  "0000100~200@400@81~081~081~081~081~081~081~081~081~081~081~081~08000" },
	{ "list", "debugfs", "\003export" BUFFER "live" DEBUGFS "a \"b\\\n"
	  "import" BUFFER "releasing mapped 2 releasing_ms 100" DEBUGFS "x\n"
	  "\ffile 3 pages 472 domid 2 max_pages 600\n" },
	{ "list", "name", "\003export" BUFFER "live" DEBUGFS "a contiguous one\n" },
	{ "list", "fdinfo", "\002pos: 0\n"
	  "dmabuf-file: pages 4 domid 2 max_pages 9\n"
	  "dmabuf: export" BUFFER "live contiguous\n"
	  "\fname\n" },
	{ "list", "text", " dmabuf: export" BUFFER "live contiguous\n"
	  "\fname\n" },
};

int main(int argc, char **argv)
{
	const char *folder = argv[argc - 1];
	unsigned int i;

	if (argc != 2)
		errx(1, "usage: seeds FOLDER");
	seed_guests(folder);
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		seed_begin(folder, texts[i].harness, texts[i].name);
		fputs(texts[i].text, seed_file);
		seed_end();
	}
	return 0;
}
