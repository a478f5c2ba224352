/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two domains write into pages and look for: a word that depends on a
 * seed, on the number of the page in its buffer and on the place in the page.
 */

#ifndef SELFTESTS_XEN_PATTERN_H
#define SELFTESTS_XEN_PATTERN_H

#include <stdint.h>

#define PATTERN_WORDS	1024	/* in a page */

/* Multiplying by an odd number never makes two numbers the same */
static inline uint32_t pattern_word(uint32_t seed, unsigned int page,
				    unsigned int word)
{
	return (page * PATTERN_WORDS + word) * 0x9e3779b1u ^ seed * 0x85ebca6bu;
}

/**
 * pattern_fill - write pages of a buffer
 * @words: where they are
 * @first: number of the first
 * @count: how many
 * @seed: one pattern of many
 */
static inline void pattern_fill(volatile uint32_t *words, unsigned int first,
				unsigned int count, uint32_t seed)
{
	unsigned int page, word;

	for (page = first; page < first + count; page++)
		for (word = 0; word < PATTERN_WORDS; word++)
			*words++ = pattern_word(seed, page, word);
}

/* pattern_wrong - number of words in such pages that are not as written */
static inline unsigned int pattern_wrong(const volatile uint32_t *words,
					 unsigned int first, unsigned int count,
					 uint32_t seed)
{
	unsigned int page, word, wrong = 0;

	for (page = first; page < first + count; page++)
		for (word = 0; word < PATTERN_WORDS; word++)
			wrong += *words++ != pattern_word(seed, page, word);
	return wrong;
}

#endif /* SELFTESTS_XEN_PATTERN_H */
