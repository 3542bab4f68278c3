#include "app/execute.h"
#include "app/hold.h"
#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"
#include "core/pace.h"

/* A pause before the next attempt; false when there is no time for one. */
static bool pause_again(struct app *a, unsigned attempt)
{
    const struct world *w = &a->world;
    uint64_t wait_us;
    if (w->interrupted(w->host) || !retry_wait(RETRY_THROTTLED, attempt, app_left_us(a), w->random(w->host), &wait_us))
        return false;
    w->wait(w->host, app_now_us(a) + wait_us, true);
    return true;
}

/* Two readings: what both show is no old picture. */
static void read_twice(struct app *a)
{
    const struct world *w = &a->world;
    bool any = false;
    observe_tables(a);
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        any |= execute_may_delete(v);
    if (!any)
        return;
    w->wait(w->host, app_now_us(a) + pace_confirm_us(app_left_us(a)), true);
    observe_tables(a);
}

/* It is over for who has no routes left, or cannot lose them. */
static bool conclude(struct app *a, struct vip *v, struct err *e)
{
    (void)a;
    v->over = !v->again;
    *e = v->over ? v->stop : *e;
    return true;
}

static bool give_up(struct app *a, struct vip *v, struct err *e)
{
    (void)a;
    *e = v->stop;
    return false;
}

/*
 * Teardown: only routes that point here go, so that a release on the wrong host harms nobody; and only while they do, so
 * that each attempt stands on readings of its own.
 */
static bool delete_routes(struct app *a, struct err *e)
{
    if (!observe_identity(a, e) || !reach_api(a, e))
        return false;
    for (unsigned number = 0; vip_next(a, NULL); number++) {
        read_twice(a);
        execute_deletions(a);
        vips_each(a, conclude);
        if (vip_next(a, NULL) && !pause_again(a, number))
            vips_each(a, give_up);
    }
    return true;
}

/* As the alias is down, its label tells the VIP no more. */
static void say_incomplete(struct vip *v)
{
    (void)err_prefix(&v->e, "the alias is down, but not all routes are deleted");
    if (v->want->name[0])
        (void)err_advise(&v->e, "mend that, and run it again with --section %s", v->want->name);
    else
        (void)err_advise(&v->e, "mend that, and run it again with --vip %s/%u", ip_text(v->alias.vip).text, v->alias.prefix);
}

static void teardown(struct app *a)
{
    struct err all = {0};
    struct vip *at[LIMIT_VIPS];
    size_t count = 0;
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        at[count++] = v;
    if (!delete_routes(a, &all))
        vips_fail(a, &all);
    for (size_t i = 0; i < count; i++)
        if (at[i]->e.kind != ERR_OK)
            say_incomplete(at[i]);
}

static void put_result(const struct app *a, struct vip *v)
{
    struct buf b = BUF_OF(v->result);
    const struct alias *alias = &v->alias;
    const char *where = alias->present ? alias->at.label.text : alias->interface.text;
    buf_putf(&b, "%s %s %s", ip_text(alias->vip).text, alias->present ? "was taken off" : "was not on", *where ? where : "this host");
    if (a->options.delete_routes)
        buf_putf(&b, "; %zu route%s deleted", v->deleted, plural(v->deleted));
}

/* The alias goes first: removing it is what sealing the process forbids afterwards, and it is what was asked for. */
bool release(struct app *a, struct err *e)
{
    if (!observe_host(a, e))
        return false;
    vips_each(a, hold_down);
    if (a->options.delete_routes)
        teardown(a);
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].e.kind == ERR_OK)
            put_result(a, &a->vips[i]);
    return true;
}
