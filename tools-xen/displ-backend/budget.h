/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that each guest may use in this domain, its queue of work, and the rate
 * of what takes long.
 */

#ifndef DISPL_BACKEND_BUDGET_H
#define DISPL_BACKEND_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct budget;

/**
 * enum budget_cost - work that a guest pays for
 * @BUDGET_MODE: a change of the mode
 * @BUDGET_CONNECTION: a connection of a device
 * @BUDGET_PAGE: a page of a buffer that is mapped or allocated
 */
enum budget_cost {
	BUDGET_MODE,
	BUDGET_CONNECTION,
	BUDGET_PAGE,
};

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
void budget_pay(struct budget *budget, enum budget_cost cost, uint32_t count);
bool budget_delay(const struct budget *budget, struct work *work);

#endif /* DISPL_BACKEND_BUDGET_H */
