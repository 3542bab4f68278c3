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
static bool take_place(struct app *a, struct vip *v, struct err *e)
{
    struct plan_tally tally = plan_count(&v->plan);
    (void)a;
    v->place = plan_place(&v->plan);
    return v->place != PLAN_PLACE_UNKNOWN ||
           err_set(e, ERR_DIFFERS, "%zu of %zu route tables send %s here, and the others not all to another host", tally.here,
                   tally.selected, cidr_text(v->plan.destination).text);
}

static void put_result(struct vip *v)
{
    struct buf b = BUF_OF(v->result);
    struct plan_tally tally = plan_count(&v->plan);
    bool here = v->place == PLAN_PLACE_HERE;
    buf_putf(&b, "%s is %s: all of %zu route tables send %s to %s, and the alias ", ip_text(v->alias.vip).text, here ? "here" : "elsewhere",
             tally.selected, cidr_text(v->plan.destination).text, plan_owner(&v->plan));
    buf_putf(&b, "%s %s", v->alias_changed ? "was" : "is", v->alias_changed ? (here ? "put up" : "taken down") : here ? "up" : "down");
}

/* It is over for a VIP whose alias is as it is to be. */
static bool compare(struct app *a, struct vip *v, struct err *e)
{
    enum alias_act act = ALIAS_KEEP;
    bool here = v->place == PLAN_PLACE_HERE;
    if (here && !hold_decide(a, v, &act, e))
        return false;
    v->over = here ? act == ALIAS_KEEP : !v->alias.present;
    if (v->over)
        put_result(v);
    return true;
}

/* Two old pictures in a row must not take the alias from a host that has just acquired the VIP. */
static bool may_change(struct app *a, struct vip *v, struct err *e)
{
    if (v->place == PLAN_PLACE_HERE)
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

static bool is_same_place(struct app *a, struct vip *v, struct err *e)
{
    enum plan_place first = v->place;
    return take_place(a, v, e) &&
           (v->place == first || err_set(e, ERR_DIFFERS, "two readings of the route tables differ; the next run looks again"));
}

/* Only a second reading that says the same makes an alias change. */
static void confirm(struct app *a)
{
    const struct world *w = &a->world;
    w->wait(w->host, app_now_us(a) + pace_confirm_us(app_left_us(a)), true);
    observe_tables(a);
    vips_each(a, is_same_place);
}

/* Which aliases are to change is known afterwards: it is over for the other VIPs. */
static bool look(struct app *a, struct err *e)
{
    if (!alone(a, e) || !observe_host(a, e) || !observe_identity(a, e) || !reach_api(a, e))
        return false;
    observe_tables(a);
    vips_each(a, take_place);
    vips_each(a, compare);
    vips_each(a, may_change);
    if (vip_next(a, NULL))
        confirm(a);
    return true;
}

static bool is_ready(struct app *a, struct vip *v, struct err *e)
{
    return v->place != PLAN_PLACE_HERE || hold_ready(a, v, e);
}

static bool change_one(struct app *a, struct vip *v, struct err *e)
{
    if (app_now_us(a) >= a->write_deadline_us)
        return err_set(e, ERR_DEADLINE, "the deadline came before the alias was changed");
    if (v->place == PLAN_PLACE_HERE ? !hold_up(a, v, e) : !hold_down(a, v, e))
        return false;
    put_result(v);
    return true;
}

/*
 * Under the lock, for that moment only: if no other run has held it since before the first reading, and if the last one
 * is not of long ago, as after a pause of the whole host.
 */
static bool change(struct app *a, struct err *e)
{
    vips_each(a, is_ready);
    if (!vip_next(a, NULL))
        return true;
    if (!a->world.lock_claim(a->world.host, e) || !observe_host(a, e))
        return false;
    vips_each(a, change_one);
    return true;
}

bool follow(struct app *a, struct err *e)
{
    static const char stays[] = "the alias stays as it is";
    bool ok = look(a, e);
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].e.kind != ERR_OK)
            (void)err_prefix(&a->vips[i].e, "%s", stays);
    return ok ? change(a, e) : err_prefix(e, "%s", stays);
}
