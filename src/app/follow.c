#include "app/hold.h"
#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"
#include "core/pace.h"

/* Longer than a reading can be an old picture of what a run on this host has changed. */
#define OLD_US UINT64_C(60000000)

/* Whether another run is at work: then it, and not this one, knows what the alias is to be. */
static bool alone(struct app *a, struct err *e)
{
    const char *none = NULL;
    if (!a->world.lock_watch(a->world.host, &a->idle_us, &none, e))
        return false;
    a->unlocked = none != NULL;
    if (none)
        timeline_add(&a->timeline, "lock", a->started_us, a->started_us, "none: %s", none);
    return true;
}

/* Where the tables, all of them, say that the VIP is. */
static bool observe_place(struct app *a, struct err *e)
{
    if (!observe_tables(a, a->write_deadline_us, true, e))
        return false;
    a->place = plan_place(&a->plan);
    struct plan_tally tally = plan_count(&a->plan);
    return a->place != PLAN_PLACE_UNKNOWN ||
           err_set(e, ERR_DIFFERS, "%zu of %zu route tables send %s here, and the others not all to another host", tally.here,
                   tally.selected, cidr_text(a->plan.destination).text);
}

static bool observe_all(struct app *a, struct err *e)
{
    return alone(a, e) && observe_host(a, e) && observe_identity(a, e) && reach_api(a, e) && observe_place(a, e);
}

static bool agrees(const struct app *a, bool *agree, struct err *e)
{
    enum alias_act act = ALIAS_KEEP;
    if (a->place == PLAN_PLACE_ELSEWHERE) {
        *agree = !a->alias.present;
        return true;
    }
    bool ok = hold_decide(a, &act, e);
    *agree = act == ALIAS_KEEP;
    return ok;
}

/* Two old pictures in a row must not take the alias from a host that has just acquired the VIP. */
static bool may_change(const struct app *a, struct err *e)
{
    if (a->place == PLAN_PLACE_HERE)
        return true;
    if (a->unlocked)
        return err_set(e, ERR_IFACE, "without a lock nothing tells whether another run has just put it up, so it is not taken down; "
                                     "see with -v why there is none, and set it up as release/mirrorvip.tmpfiles has it");
    return a->idle_us >= OLD_US ||
           err_set(e, ERR_BUSY,
                   "a run on this host was at work %u s ago, and the readings may be older; "
                   "it is taken down when %u s have passed since",
                   (unsigned)(a->idle_us / 1000000), (unsigned)(OLD_US / 1000000));
}

/* Only a second reading that says the same makes the alias change. */
static bool confirm(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    enum plan_place first = a->place;
    uint64_t now_us = app_now_us(a);
    uint64_t left_us = a->write_deadline_us > now_us ? a->write_deadline_us - now_us : 0;
    w->wait(w->host, now_us + pace_confirm_us(left_us), true);
    if (!observe_place(a, e))
        return false;
    return a->place == first || err_set(e, ERR_DIFFERS, "two readings of the route tables differ; the next run looks again");
}

/*
 * Under the lock, for that moment only: if no other run has held it since before the first reading, and if the last one
 * is not of long ago, as after a pause of the whole host.
 */
static bool change(struct app *a, struct err *e)
{
    bool here = a->place == PLAN_PLACE_HERE;
    if ((here && !hold_ready(a, e)) || !a->world.lock_claim(a->world.host, e) || !observe_host(a, e))
        return false;
    if (app_now_us(a) >= a->write_deadline_us)
        return err_set(e, ERR_DEADLINE, "the deadline came before the alias was changed");
    return here ? hold_up(a, e) : hold_down(a, e);
}

static void put_result(const struct app *a, struct buf *b)
{
    struct plan_tally tally = plan_count(&a->plan);
    bool here = a->place == PLAN_PLACE_HERE;
    buf_putf(b, "%s is %s: all of %zu route tables send %s to %s, and the alias ", ip_text(a->alias.vip).text, here ? "here" : "elsewhere",
             tally.selected, cidr_text(a->plan.destination).text, plan_owner(&a->plan));
    if (a->alias_changed)
        buf_puts(b, here ? "was put up" : "was taken down");
    else
        buf_puts(b, here ? "is up" : "is down");
}

bool follow(struct app *a, struct buf *result, struct err *e)
{
    bool agree = false;
    if (!observe_all(a, e) || !agrees(a, &agree, e) || (!agree && (!may_change(a, e) || !confirm(a, e))))
        return err_prefix(e, "the alias stays as it is");
    if (!agree && !change(a, e))
        return false;
    put_result(a, result);
    return true;
}
