/*
 * rounds: whole runs of a verb, one after the other, each in a process of its own.
 *
 * Layer: app.
 * Pace: the first round at once, then one every so many seconds from a moment on that is another one on each host, so that
 * hosts which start together do not ask together. What is missed is not made up for.
 */
#ifndef APP_ROUNDS_H
#define APP_ROUNDS_H

#include "base/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rounds {
    const struct world *world;
    uint64_t deadline_us; /* of each round, from its beginning on */
    uint64_t every_us;
    uint64_t from_us;
};

void rounds_start(struct rounds *r, const struct world *w, uint32_t deadline_s, uint32_t every_s);
/* A round, which fills `report`; BUG when it has not. It has a second beyond its deadline to do so. */
bool rounds_next(const struct rounds *r, void *report, size_t size, struct err *e);
/* Until the next round is due, or a signal has come. */
void rounds_wait(const struct rounds *r);

#endif
