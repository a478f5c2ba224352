/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harnesses put below the code under test, instead of Xen, xenstore and a
 * card.  The functions here are for the harness: what the guest, the toolstack and the
 * card do.  All state is of one input; the *_check() functions end the program if the
 * code under test has left something.
 */

#ifndef FUZZ_PARSERS_STUB_H
#define FUZZ_PARSERS_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"

/* The guest's domain and its device */
#define GUEST		7
#define BACKEND		"backend/vdispl/7/0"
#define FRONTEND	"/local/domain/7/device/vdispl/0"

/* Pages that the guest grants; the first has the reference FIRST_REF */
#define GUEST_PAGES	32
#define FIRST_REF	8
#define PAGE		4096

/* Remote ports that the guest has allocated, from 1 on */
#define GUEST_PORTS	32

/* stub-loop.c: faults */
void fault_set(unsigned int calls, int error);
bool fault_hit(void);

/* stub-loop.c */
void loop_idle(void);
void loop_advance(uint64_t ms);
void rate_pay(uint64_t cost);
void rate_pay_pages(uint64_t count);
void rate_reset(void);
void directory_mapped(void);
void timers_fire(void);

/* stub-store.c */
void store_set(const char *path, const char *value);
void store_remove(const char *path);
void store_remove_after_read(const char *folder);
bool store_has(const char *path);
unsigned int store_watches(void);

/* stub-xen.c */
void xen_init(void);
uint8_t *guest_page(unsigned int index);
void exports_refuse(bool refuse);
void buffers_hold(bool hold);
void buffers_fix(bool fix);
void buffers_let_go(void);
void buffer_revoke(unsigned int which);
void buffer_closed(uint32_t object);
void xen_check(void);
uint64_t buffer_size(uint32_t object);
uint32_t buffer_of_fd(int fd);
bool buffer_is_contiguous(uint32_t object);

/* stub-events.c */
void guest_notify(unsigned int port);
void events_check(void);

/* stub-card.c */
void card_init(void);
void card_need_contiguous(bool need);
void card_finish(void);
unsigned int card_shown(void);
void card_plug(unsigned int screen, bool connected);
void card_check(void);

#endif /* FUZZ_PARSERS_STUB_H */
