/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that depend on the seed only.
 */

#ifndef FUZZ_RNG_H
#define FUZZ_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* rng_mix - splitmix64's output function */
static inline uint64_t rng_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static inline uint64_t rng_next(struct rng *rng)
{
	rng->state += 0x9e3779b97f4a7c15;
	return rng_mix(rng->state);
}

/* rng_begin - the sequence of a seed and of the number of a user of that seed */
static inline void rng_begin(struct rng *rng, uint64_t seed, uint64_t user)
{
	rng->state = rng_mix(seed) ^ rng_mix(~user);
}

/* rng_below - a number below @n, or 0 */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (rng_next(rng) >> 32) * n >> 32;
}

static inline bool rng_percent(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* RNG_PICK - an element of an array */
#define RNG_PICK(rng, array) \
	((array)[rng_below(rng, sizeof(array) / sizeof((array)[0]))])

#endif /* FUZZ_RNG_H */
