// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects of a process: see model.h.
 */

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model.h"

/* copy - copy an object, without the state */
static void copy(struct obj *to, const struct obj *from)
{
	to->kind = from->kind;
	to->fd = from->fd;
	to->through = from->through;
	to->pages = from->pages;
	to->id = from->id;
}

/* area_pages - pages that the addresses of a mapping have room for */
static uint32_t area_pages(enum kind kind, unsigned int slot)
{
	return kind == AREA && slot < LARGE_AREAS ? LARGE_PAGES : SMALL_PAGES;
}

static bool change(struct obj *obj, unsigned int from, unsigned int to)
{
	return atomic_compare_exchange_strong(&obj->state, &from, to);
}

/**
 * model_begin - make an empty model
 * @model: filled in
 *
 * Ends the program on an error.
 */
void model_begin(struct model *model)
{
	const size_t pages = LARGE_AREAS * LARGE_PAGES + 2 * SLOTS * SMALL_PAGES;
	unsigned int kind, i;
	uint8_t *at;

	memset(model, 0, sizeof(*model));
	/* A mapping is never in the place of memory that the program uses */
	at = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		  -1, 0);
	if (at == MAP_FAILED || pipe2(model->drops, O_CLOEXEC))
		err(1, "model");
	for (kind = 0; kind < KINDS; kind++)
		for (i = 0; i < SLOTS; i++) {
			model->objs[kind][i].kind = kind;
			if (kind < AREA)
				continue;
			model->objs[kind][i].id = (uintptr_t)at;
			at += area_pages(kind, i) * PAGE;
		}
}

/**
 * model_peek - choose an object, which other threads can end at any time
 * @model: the model
 * @rng: random numbers
 * @kind: the kind
 * @obj: filled in
 *
 * Return: false if there is none.
 */
bool model_peek(struct model *model, struct rng *rng, enum kind kind, struct obj *obj)
{
	unsigned int i, first = rng_below(rng, SLOTS);

	for (i = 0; i < SLOTS; i++) {
		struct obj *slot = &model->objs[kind][(first + i) % SLOTS];

		if (atomic_load(&slot->state) == FULL) {
			copy(obj, slot);
			return true;
		}
	}
	return false;
}

/* model_take - as model_peek(), and remove the object from the model */
bool model_take(struct model *model, struct rng *rng, enum kind kind, struct obj *obj)
{
	unsigned int i, first = rng_below(rng, SLOTS);

	for (i = 0; i < SLOTS; i++) {
		struct obj *slot = &model->objs[kind][(first + i) % SLOTS];

		if (change(slot, FULL, BUSY)) {
			copy(obj, slot);
			/* model_drop() has yet to unmap it */
			if (kind < AREA)
				atomic_store(&slot->state, EMPTY);
			return true;
		}
	}
	return false;
}

/**
 * model_reserve - reserve a place of an object
 * @model: the model
 * @rng: random numbers
 * @kind: its kind
 * @pages: number of pages that it must have room for, of a mapping
 *
 * For AREA or GRANT_AREA the caller maps memory at &obj.id and makes &obj.state FULL, or
 * EMPTY.
 *
 * Return: the place, BUSY, or NULL if all are used.
 */
struct obj *model_reserve(struct model *model, struct rng *rng, enum kind kind,
			  uint32_t pages)
{
	unsigned int i, at, first = rng_below(rng, SLOTS);

	for (i = 0; i < SLOTS; i++) {
		at = (first + i) % SLOTS;
		if (pages <= area_pages(kind, at) &&
		    change(&model->objs[kind][at], EMPTY, BUSY))
			return &model->objs[kind][at];
	}
	return NULL;
}

/**
 * model_put - add an object; if there is no room, end another one
 * @model: the model
 * @rng: random numbers
 * @kind: its kind, not one of mappings
 * @fd: see struct obj
 * @through: see struct obj
 * @pages: see struct obj
 * @id: see struct obj
 */
void model_put(struct model *model, struct rng *rng, enum kind kind, int fd,
	       int through, uint32_t pages, uint64_t id)
{
	struct obj *slot = model_reserve(model, rng, kind, 0), old;
	const struct obj new = { .kind = kind, .fd = fd, .through = through,
				 .pages = pages, .id = id };

	if (!slot && model_take(model, rng, kind, &old)) {
		model_drop(model, rng, &old);
		slot = model_reserve(model, rng, kind, 0);
	}
	if (!slot) {
		model_drop(model, rng, &new);
		return;
	}
	copy(slot, &new);
	atomic_store(&slot->state, FULL);
}

/**
 * model_drop - end an object that was taken: close or unmap it
 * @model: the model
 * @rng: random numbers
 * @obj: the object
 */
void model_drop(struct model *model, struct rng *rng, const struct obj *obj)
{
	unsigned int i;

	if (obj->kind >= AREA) {
		for (i = 0; model->objs[obj->kind][i].id != obj->id; i++)
			;
		mmap((void *)(uintptr_t)obj->id, area_pages(obj->kind, i) * PAGE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
		atomic_store(&model->objs[obj->kind][i].state, EMPTY);
		return;
	}
	if (obj->kind == GONE || obj->kind == IMPORT || obj->kind == GRANTS)
		return;
	close(obj->fd);
	if (obj->kind == EXPORT)
		model_put(model, rng, GONE, obj->fd, obj->through, obj->pages, obj->id);
}

/* model_drop_later - let another thread, drop_main(), end an object */
void model_drop_later(struct model *model, struct rng *rng, const struct obj *obj)
{
	if (write(model->drops[1], obj, sizeof(*obj)) != sizeof(*obj))
		model_drop(model, rng, obj);
}

void model_drop_all(struct model *model, struct rng *rng)
{
	struct obj obj;
	int kind;

	for (kind = KINDS - 1; kind >= 0; kind--)
		while (model_take(model, rng, kind, &obj))
			model_drop(model, rng, &obj);
}
