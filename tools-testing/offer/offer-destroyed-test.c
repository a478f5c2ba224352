// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxendmabuf when the peer domain is destroyed.  Runs in a guest; the program offers runs
 * in another one, PEER, which domain 0 destroys when this guest has the node data/destroy.
 */

#include <xenstore.h>

#include "offering.h"

TEST_F_TIMEOUT(offer, a_destroyed_domain_ends_what_it_offers_and_takes, LIMIT)
{
	uint64_t waited = offer_new(self, 4, 2);
	struct xendmabuf_buffer *held, *other = take(self, waited);
	uint32_t *words = take_mapped(self, offer_new(self, 4, 2), &held);
	struct offering offering;

	ASSERT_NE(NULL, other);
	ASSERT_NE(NULL, words);
	ASSERT_EQ(0, offering_begin(self, &offering));
	ask(&self->ask, "send %u %lu 0", MESSAGE_TAKE, offering.low);
	ASSERT_EQ(0, offering_taken(&offering));
	/* Not offered again: the next take waits */
	xendmabuf_release(self->taker, other);
	ASSERT_EQ(NULL, xendmabuf_take(self->taker, take_name(self, waited), 0));
	ASSERT_EQ(ETIMEDOUT, errno);

	self->destroyed = true;
	ASSERT_TRUE(xs_write(self->ask.xs, XBT_NULL, "data/destroy", "", 0));
	EXPECT_EQ(NULL, take(self, waited));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, pattern_wrong(words, 0, 4, 2));
	munmap(words, 4 * XEN_PAGE);
	/* It has released what it had, and has unmapped it */
	EXPECT_EQ(0, serve_until(offering.offerer, offering.offer));
	EXPECT_EQ(0, offering_withdraw(&offering));
	offering_end(&offering);
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
