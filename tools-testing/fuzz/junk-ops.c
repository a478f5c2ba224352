// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests with random arguments, most of them wrong.
 */

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* Words of the largest structure, and some more */
#define WORDS	24

/* word - a value that a field of a request can have */
static uint32_t word(struct worker *w)
{
	static const uint32_t values[] = {
		0, 0, 0, 1, 2, 4, 7, 8, 16, 4095, 4096, 65536, 0x7fffffff, 0x80000000, -1,
	};
	struct obj obj;

	switch (rng_below(&w->rng, 8)) {
	case 0:
		return peek(w, rng_below(&w->rng, AREA), &obj) ? obj.fd : 0;
	case 1:
		return w->fuzz->peer;
	case 2:
		return RNG_PICK(&w->rng, w->fuzz->shared->ids);
	case 3:
		return RNG_PICK(&w->rng, RNG_PICK(&w->rng, w->board->offers).refs);
	case 4:
		return 1 + rng_below(&w->rng, 4);
	default:
		return RNG_PICK(&w->rng, values);
	}
}

/* pointer - an address that is no good place for a structure */
static void *pointer(struct worker *w)
{
	static const uintptr_t bad[] = {
		0, 1, 4096, 0x7ffffffff000, 0x800000000000, 0xffff800000000000, -1, -64,
	};
	struct obj area;

	/* What a mapping has there, the guest can change meanwhile */
	if (rng_percent(&w->rng, 50) && peek(w, AREA, &area))
		return (void *)(uintptr_t)(area.id + area.pages * PAGE -
					   8 * rng_below(&w->rng, 64));
	return (void *)RNG_PICK(&w->rng, bad);
}

/*
 * Numbers, sizes and directions of requests: those that exist, and some more.
 * A request that waits gets a short timeout, and none writes to memory that the
 * program uses.
 */
static int op_junk(struct worker *w)
{
	/* Long enough for each of @op.words as an array of references */
	static __thread struct { uint32_t words[WORDS], out[2048]; } op;
	uint32_t nr = rng_below(&w->rng, 20) ? 9 + rng_below(&w->rng, 14) :
					       rng_below(&w->rng, 32);
	static const uint32_t sizes[] = {
		0, 4, 8, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 4096, 16383,
	};
	static const uint16_t usual[] = {
		[9] = 20, [10] = 8, [11] = 20, [12] = 8, [13] = 24, [14] = 24, [15] = 24,
		[16] = 40, [17] = 40, [18] = 16, [19] = 8, [20] = 8, [21] = 8, [22] = 8,
	};
	uint32_t size = rng_percent(&w->rng, 70) && nr >= 9 && nr <= 22 ? usual[nr] :
			RNG_PICK(&w->rng, sizes);
	uint32_t dir = nr >= 15 ? _IOC_READ | _IOC_WRITE : _IOC_NONE;
	struct obj file;
	uint32_t i;
	void *at = &op;

	if (!peek(w, GNTDEV, &file))
		return OP_NONE;
	/* These have addresses in user space, or belong to no file: base-ops.c */
	if (nr == 0 || nr == 8)
		at = pointer(w);
	for (i = 0; i < WORDS; i++)
		op.words[i] = word(w);
	if (rng_percent(&w->rng, 10))
		dir = rng_below(&w->rng, 4);
	if (nr == 10)
		op.words[1] &= 1;
	if (nr == 18)
		op.words[2] &= 1;
	/* The array of references */
	if (nr == 16 || nr == 17) {
		uint64_t refs = rng_percent(&w->rng, 50) ? (uintptr_t)op.out :
				(uintptr_t)pointer(w);

		memcpy(op.words, &refs, sizeof(refs));
		op.words[2] = rng_percent(&w->rng, 50) ? word(w) & 7 : word(w);
		if (refs == (uintptr_t)op.out && op.words[2] > 2048)
			op.words[2] = 2048;
	}
	/* Not so many that the kernel writes beyond op */
	if (nr == 11 || nr == 14)
		op.words[1] %= 2000;
	if (rng_percent(&w->rng, 10) && nr != 7 && nr != 10 && nr != 18)
		at = pointer(w);
	note(w, nr, size, (uintptr_t)at);
	return call(file.fd, _IOC(dir, 'G', nr, size), at);
}

const struct op junk_ops[] = {
	{ "junk",		100, op_junk },
	{ }
};
