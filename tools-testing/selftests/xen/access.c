// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses by CPUs that do not know of the buffer: reads of all memory of the kernel.
 * Each test checks one promise.  Runs in domain 0 with the module vmap_look, and with
 * granter in a guest: see fixture.h.
 */

#include <elf.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "look.h"

/* ---- /proc/kcore: all memory of the kernel as a core file */

/* core_offset - where the core file has the memory at an address, or 0 */
static uint64_t core_offset(int core, uint64_t address)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;
	unsigned int i;

	if (pread(core, &head, sizeof(head), 0) != sizeof(head))
		return 0;
	for (i = 0; i < head.e_phnum; i++) {
		if (pread(core, &part, sizeof(part), head.e_phoff + i * sizeof(part)) !=
		    sizeof(part))
			return 0;
		if (part.p_type == PT_LOAD && address >= part.p_vaddr &&
		    address - part.p_vaddr < part.p_memsz)
			return part.p_offset + address - part.p_vaddr;
	}
	return 0;
}

/*
 * read_core - read the kernel mapping of a buffer; 0 or the number of the failed step
 *
 * Linux on x86 PV has no page for a frame of the guest, and reads zeroes.
 */
static int read_core(uint64_t address, size_t size, int fd)
{
	int core = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint32_t *map = map_all(size, fd), *copy = calloc(1, size);
	uint64_t offset;
	size_t at;

	if (core < 0 || map == MAP_FAILED || !copy)
		return 1;
	offset = core_offset(core, address);
	if (!offset)
		return 2;
	memset(copy, 0xff, size);
	if (pread(core, copy, size, offset) != size)
		return 3;
	for (at = 0; at < size / 4; at++)
		if (copy[at] != (domain_is("PV") ? 0 : map[at]))
			return 4;
	return 0;
}

TEST_F_TIMEOUT(export, a_dump_of_the_kernels_memory_ends, LIMIT)
{
	struct vmap_look op = { .fd = self->fd };
	int i, status = -1, look = look_open();
	pid_t child;

	ASSERT_LE(0, look);
	peer_ask(self->peer, "draw", 45);
	ASSERT_EQ(0, call(look, VMAP_LOOK, &op));
	close(look);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* So that this program ends if the kernel does not return */
		on_processor(1);
		_exit(read_core(op.address, self->size, self->fd));
	}
	for (i = 0; i < 600 && !waitpid(child, &status, WNOHANG); i++)
		usleep(100 * 1000);
	EXPECT_EQ(0, status)
		TH_LOG("status 0x%x", status);
}
