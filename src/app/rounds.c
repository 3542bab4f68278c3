#include "app/rounds.h"

#define GRACE_US UINT64_C(1000000)

void rounds_start(struct rounds *r, const struct world *w, uint32_t deadline_s, uint32_t every_s)
{
    uint64_t every_us = (uint64_t)every_s * 1000000;
    uint64_t from_us = w->now_us(w->host) + every_us + every_us * (w->random(w->host) >> 16) / 65536;
    *r = (struct rounds){w, (uint64_t)deadline_s * 1000000, every_us, from_us};
}

bool rounds_next(const struct rounds *r, void *report, size_t size, struct err *e)
{
    const struct world *w = r->world;
    return w->round(w->host, report, size, w->now_us(w->host) + r->deadline_us + GRACE_US, e);
}

/* The first moment after now of those that lie `every_us` apart from `from_us` on. */
static uint64_t due(const struct rounds *r, uint64_t now_us)
{
    return now_us < r->from_us ? r->from_us : r->from_us + ((now_us - r->from_us) / r->every_us + 1) * r->every_us;
}

void rounds_wait(const struct rounds *r)
{
    const struct world *w = r->world;
    w->wait(w->host, due(r, w->now_us(w->host)), true);
}
