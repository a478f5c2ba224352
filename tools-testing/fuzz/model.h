/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process has: files, buffers, mappings, ids.  Its threads share the
 * model without locks.  A thread that takes an object is the only one that ends
 * it; other threads can be using it meanwhile, which is one of the races that
 * the fuzzer wants.
 */

#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

#define PAGE		4096UL
#define SLOTS		24
/* Mappings of each kind that can have LARGE_PAGES; others have SMALL_PAGES at most */
#define LARGE_AREAS	3
#define LARGE_PAGES	2048
/*
 * Several share a page table, which stays when one of them is unmapped.  A page table costs
 * a PV domain more than a mapping of some pages.
 */
#define SMALL_PAGES	64

/**
 * enum kind - kinds of objects
 * @GNTDEV: gntdev files
 * @EXPORT: descriptors of exported buffers
 * @GONE: exported buffers whose descriptor was closed
 * @SOURCE: dma-bufs of this domain's memory
 * @IMPORT: imports
 * @GRANTS: grants of IOCTL_GNTDEV_MAP_GRANT_REF
 * @EVENTFD: eventfds
 * @FENCE: sync files
 * @DEVICE: files of drivers that hold a buffer
 * @AREA: mappings of dma-bufs
 * @GRANT_AREA: mappings of grants
 * @KINDS: number of kinds
 */
enum kind { GNTDEV, EXPORT, GONE, SOURCE, IMPORT, GRANTS, EVENTFD, FENCE, DEVICE,
	    AREA, GRANT_AREA, KINDS };

/**
 * struct obj - an object
 * @state: EMPTY, BUSY or FULL
 * @kind: its kind
 * @fd: its descriptor; of GONE and IMPORT, the number that it had
 * @through: the gntdev file that made it
 * @pages: number of its pages
 * @id: id of a buffer, index of GRANTS, or address of a mapping
 */
struct obj {
	atomic_uint state;
	enum kind kind;
	int fd;
	int through;
	uint32_t pages;
	uint64_t id;
};

enum { EMPTY, BUSY, FULL };

/**
 * struct model - the objects of a process
 * @objs: the objects of each kind
 * @drops: pipe of objects that another thread shall end
 */
struct model {
	struct obj objs[KINDS][SLOTS];
	int drops[2];
};

void model_begin(struct model *model);
bool model_peek(struct model *model, struct rng *rng, enum kind kind, struct obj *obj);
bool model_take(struct model *model, struct rng *rng, enum kind kind, struct obj *obj);
void model_put(struct model *model, struct rng *rng, enum kind kind, int fd,
	       int through, uint32_t pages, uint64_t id);
struct obj *model_reserve(struct model *model, struct rng *rng, enum kind kind,
			  uint32_t pages);
void model_drop(struct model *model, struct rng *rng, const struct obj *obj);
void model_drop_later(struct model *model, struct rng *rng, const struct obj *obj);
void model_drop_all(struct model *model, struct rng *rng);

#endif /* FUZZ_MODEL_H */
