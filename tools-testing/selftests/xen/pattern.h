/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pattern that one domain writes into pages and the other one checks.  Each
 * word depends on a seed, on the page's number in its buffer and on the word's
 * place in the page.
 */

#ifndef SELFTESTS_XEN_PATTERN_H
#define SELFTESTS_XEN_PATTERN_H

#include <stdint.h>

#define PATTERN_WORDS	1024	/* in a page */

/* Multiplication by an odd number keeps different words different */
static inline uint32_t pattern_word(uint32_t seed, unsigned int page,
				    unsigned int word)
{
	return (page * PATTERN_WORDS + word) * 0x9e3779b1u ^ seed * 0x85ebca6bu;
}

/**
 * pattern_fill - write the pattern into pages of a buffer
 * @words: the pages
 * @first: number of the first page in the buffer
 * @count: number of pages
 * @seed: selects the pattern
 */
static inline void pattern_fill(volatile uint32_t *words, unsigned int first,
				unsigned int count, uint32_t seed)
{
	unsigned int page, word;

	for (page = first; page < first + count; page++)
		for (word = 0; word < PATTERN_WORDS; word++)
			*words++ = pattern_word(seed, page, word);
}

/* pattern_wrong - number of words that differ from what pattern_fill() writes */
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
