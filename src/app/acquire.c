#include "app/execute.h"
#include "app/front/notice.h"
#include "app/hold.h"
#include "app/observe.h"
#include "app/reach.h"
#include "app/verdict.h"
#include "app/verbs.h"
#include "core/pace.h"

/* A guard's yes is good for so long: throttled writes go on for many seconds, in which the role may change. */
#define YES_US UINT64_C(500000)

/* How far the writes of a run, for all its VIPs, have come. */
struct progress {
    struct pace pace;
    bool begun;      /* something was sent, so that no signal ends the run any more */
    uint64_t yes_us; /* when the guard last said yes */
    bool over;       /* nothing more may be written */
    struct err no;   /* for this reason; OK: the time is up */
};

static bool ask_guard(struct app *a, struct progress *at)
{
    const struct world *w = &a->world;
    uint64_t from_us = app_now_us(a);
    int said;
    if (!w->guard(w->host, a->write_deadline_us, !at->begun, &said, &at->no))
        return false;
    at->yes_us = app_now_us(a);
    if (a->options.guard[0])
        timeline_add(&a->timeline, "guard", from_us, at->yes_us, "%s: yes", a->options.guard);
    return true;
}

/* The last look before the first write: is this host still the one, and is there still time? */
static bool may_begin(struct app *a, struct progress *at)
{
    const struct world *w = &a->world;
    if (!ask_guard(a, at))
        return err_prefix(&at->no, "nothing was written");
    if (w->interrupted(w->host))
        return err_set(&at->no, ERR_INTERRUPTED, "a signal asked to end before anything was written");
    return app_now_us(a) < a->write_deadline_us || err_set(&at->no, ERR_DEADLINE, "the deadline came before the first write");
}

static bool may_write(struct app *a, struct progress *at)
{
    if (!at->begun)
        return may_begin(a, at) && notice_holds(a, &at->no);
    return (app_now_us(a) - at->yes_us < YES_US || (ask_guard(a, at) && app_now_us(a) < a->write_deadline_us)) && notice_holds(a, &at->no);
}

/* Nothing more can be done for it: what has been done is its end. */
static bool conclude(struct app *a, struct vip *v, struct err *e)
{
    struct buf result = BUF_OF(v->result);
    v->over = true;
    return verdict_make(a, v, &result, e);
}

static bool may_go_on(const struct app *a, const struct vip *v)
{
    struct plan_tally tally = plan_count(&v->plan);
    if (v->stop.kind != ERR_OK || tally.conflicts > 0 || (tally.to_write > 0 && app_now_us(a) >= a->write_deadline_us))
        return false;
    return tally.to_write + tally.to_look > 0 || (tally.failed == 0 && !plan_is_settled(&v->plan));
}

/* Here, as far as it is known: it ends when all do, so that what is said of it then is no old picture. */
static bool conclude_if_over(struct app *a, struct vip *v, struct err *e)
{
    if (may_go_on(a, v) || plan_is_settled(&v->plan))
        return true;
    return conclude(a, v, e);
}

static bool any_goes_on(struct app *a)
{
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        if (may_go_on(a, v))
            return true;
    return false;
}

/* Its next reading is to confirm the latest: that it is wholly here, or that another owner has come. */
static bool is_to_confirm(const struct vip *v)
{
    struct plan_tally tally = plan_count(&v->plan);
    return plan_is_done(&tally) || tally.in_doubt > 0;
}

static bool conclude_unless_to_confirm(struct app *a, struct vip *v, struct err *e)
{
    if (is_to_confirm(v))
        return true;
    return conclude(a, v, e);
}

/* As long as another owner may have come nothing more is written. */
static size_t to_write(const struct vip *v)
{
    struct plan_tally tally = plan_count(&v->plan);
    return tally.in_doubt == 0 ? tally.to_write : 0;
}

static size_t all_to_write(struct app *a)
{
    size_t count = 0;
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        count += to_write(v);
    return count;
}

/* Who has nothing to write needs no leave. */
static void forbid_writes(struct app *a, const struct progress *at)
{
    for (struct vip *v = NULL; (v = vip_next(a, v));) {
        if (to_write(v) == 0)
            continue;
        v->stop = at->no;
        if (at->begun)
            (void)conclude(a, v, &v->e);
        else
            v->e = at->no;
        v->over = true;
    }
}

static void write_some(struct app *a, struct progress *at)
{
    at->over = at->over || !may_write(a, at);
    if (at->over) {
        forbid_writes(a, at);
        return;
    }
    uint64_t at_us = app_now_us(a), begin_by_us = a->options.guard[0] ? at->yes_us + YES_US : UINT64_MAX;
    struct pace_batch batch = execute_writes(a, pace_most(&at->pace, at_us), begin_by_us);
    if (batch.sent || batch.undone != RETRY_NEVER)
        pace_wrote(&at->pace, &batch);
    at->begun |= batch.sent;
}

/* When to read again those whose latest reading is to be confirmed: `*all` are such, and the first is due at the time returned. */
static uint64_t confirm_at(struct app *a, uint64_t at_us, uint64_t left_us, bool *all)
{
    uint64_t first_us = UINT64_MAX;
    *all = true;
    for (struct vip *v = NULL; (v = vip_next(a, v));) {
        bool waits = is_to_confirm(v);
        *all &= waits;
        v->look_us = !waits ? 0 : v->look_us > 0 ? v->look_us : at_us + pace_confirm_us(left_us);
        if (waits && v->look_us < first_us)
            first_us = v->look_us;
    }
    return first_us;
}

/* The next reading, after a pause: by the pace, of what is due then, or else when the first of them is. */
static void look_again(struct app *a, struct pace *pace, size_t to_write)
{
    const struct world *w = &a->world;
    bool all_confirm;
    uint64_t at_us = app_now_us(a), wait_us = 0;
    uint64_t left_us = a->deadline_us > at_us ? a->deadline_us - at_us : 0;
    uint64_t until_us = confirm_at(a, at_us, left_us, &all_confirm);
    if (left_us == 0) {
        vips_each(a, conclude);
        return;
    }
    if (!all_confirm && !pace_wait(pace, to_write, at_us, left_us, w->random(w->host), &wait_us)) {
        vips_each(a, conclude_unless_to_confirm);
        return;
    }
    until_us = all_confirm ? until_us : at_us + wait_us;
    if (until_us > at_us)
        w->wait(w->host, until_us, false);
    observe_look(a, a->deadline_us, false);
}

/* To the run of a later notice, which waits for the end of this one: of what was not written nothing is said. */
static void give_way(struct app *a, const struct progress *at)
{
    if (!at->begun)
        vips_fail(a, &at->no);
}

/* Writes until there is nothing to write, looks until what was written is seen. */
static void settle(struct app *a)
{
    struct progress at = {.begun = false};
    pace_start(&at.pace);
    for (;;) {
        vips_each(a, conclude_if_over);
        if (!any_goes_on(a))
            break;
        if (!notice_holds(a, &at.no)) {
            give_way(a, &at);
            break;
        }
        size_t count = all_to_write(a);
        if (count > 0 && !pace_must_pause(&at.pace))
            write_some(a, &at);
        else
            look_again(a, &at.pace, count);
    }
    vips_each(a, conclude);
}

static const char *act_word(enum plan_next next)
{
    return next == PLAN_REPLACE  ? "ReplaceRoute"
           : next == PLAN_CREATE ? "CreateRoute"
           : next == PLAN_FAILED ? "cannot be written"
           : next == PLAN_KEEP   ? "its owner's to keep"
                                 : "nothing";
}

/* The plan in words, a line for each thing to do. */
static bool dry_run(struct app *a, struct vip *v, struct err *e)
{
    const struct plan *p = &v->plan;
    struct plan_tally tally = plan_count(p);
    struct buf result = BUF_OF(v->result);
    enum alias_act act;
    if (!hold_decide(a, v, &act, e))
        return false;
    if (a->vip_count > 1)
        buf_putf(&a->out, "%s%s\n", a->out.len > 0 ? "\n" : "", v->want->name);
    if (act != ALIAS_KEEP)
        buf_putf(&a->out, "%s  add %s/%u\n", v->alias.label.text, ip_text(v->alias.vip).text, v->placement.destination.prefix);
    for (size_t i = 0; i < p->count; i++)
        buf_putf(&a->out, "%s  %s: %s\n", p->at[i].seen.id.text, plan_says_word(p->at[i].says), act_word(plan_next(p, &p->at[i])));
    if (tally.conflicts > 0)
        return verdict_make(a, v, &result, e);
    if (tally.here < tally.selected || act != ALIAS_KEEP)
        return err_set(e, ERR_DIFFERS, "dry run: %zu of %zu route tables would be written, and the alias %s; run it without --dry-run",
                       tally.to_write, tally.selected, act == ALIAS_KEEP ? "kept" : "set");
    buf_putf(&result, "dry run: nothing to do, %s is here", ip_text(v->alias.vip).text);
    return true;
}

bool acquire(struct app *a, struct err *e)
{
    bool dry = a->options.dry_run;
    if (!observe_host(a, e) || !observe_identity(a, e))
        return false;
    if (!dry)
        vips_each(a, hold_up);
    if (!reach_api(a, e))
        return false;
    observe_tables(a);
    vips_each(a, observe_any_selected);
    if (dry)
        vips_each(a, dry_run);
    else
        settle(a);
    return true;
}
