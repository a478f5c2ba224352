/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that each guest may use in this domain, its queue of work, and the rate
 * of its changes of modes.
 */

#ifndef DISPL_BACKEND_BUDGET_H
#define DISPL_BACKEND_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct budget;

void budget_set_max(const char *size);
struct budget *budget_get(uint32_t domid);
void budget_put(struct budget *budget);
void budget_add_screen(struct budget *budget, uint32_t width, uint32_t height);
void budget_remove_screen(struct budget *budget, uint32_t width,
			  uint32_t height);
int budget_check(const struct budget *budget, uint64_t bytes);
int budget_charge(struct budget *budget, uint64_t bytes);
void budget_uncharge(struct budget *budget, uint64_t bytes);
uint64_t budget_used(const struct budget *budget);
struct work_queue *budget_queue(struct budget *budget);
bool budget_delay_mode(struct budget *budget, struct work *work);

#endif /* DISPL_BACKEND_BUDGET_H */
