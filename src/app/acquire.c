#include "app/execute.h"
#include "app/hold.h"
#include "app/observe.h"
#include "app/reach.h"
#include "app/verdict.h"
#include "app/verbs.h"
#include "core/pace.h"

/* A guard's yes is good for so long: throttled writes go on for many seconds, in which the role may change. */
#define YES_US UINT64_C(500000)

/* How far the writes of a run have come. */
struct progress {
    struct pace pace;
    bool begun;      /* something was sent, so that no signal ends the run any more */
    uint64_t yes_us; /* when the guard last said yes */
};

static bool ask_guard(struct app *a, struct progress *at, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t from_us = app_now_us(a);
    int said;
    if (!w->guard(w->host, a->write_deadline_us, !at->begun, &said, e))
        return false;
    at->yes_us = app_now_us(a);
    if (a->options.guard[0])
        timeline_add(&a->timeline, "guard", from_us, at->yes_us, "%s: yes", a->options.guard);
    return true;
}

/* The last look before the first write: is this host still the one, and is there still time? */
static bool may_begin(struct app *a, struct progress *at, struct err *e)
{
    const struct world *w = &a->world;
    if (!ask_guard(a, at, e))
        return err_prefix(e, "nothing was written");
    if (w->interrupted(w->host))
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end before anything was written");
    return app_now_us(a) < a->write_deadline_us || err_set(e, ERR_DEADLINE, "the deadline came before the first write");
}

/* False without an error: time is up. */
static bool may_go_on(struct app *a, struct progress *at, struct err *e)
{
    return app_now_us(a) - at->yes_us < YES_US || (ask_guard(a, at, e) && app_now_us(a) < a->write_deadline_us);
}

static void write_some(struct app *a, struct progress *at)
{
    uint64_t at_us = app_now_us(a);
    pace_wrote(&at->pace, execute_writes(a, pace_most(&at->pace, at_us)), at_us);
    at->begun = true;
}

/* How long to wait for the next reading; false: there is not so much time left. */
static bool pause_for(struct app *a, struct pace *pace, const struct plan_tally *tally, uint64_t left_us, uint64_t *wait_us)
{
    const struct world *w = &a->world;
    bool more_writes = tally->to_write > 0 || pace->undone != RETRY_NEVER;
    if (!plan_is_done(tally) && tally->in_doubt == 0)
        return pace_wait(pace, more_writes, left_us, w->random(w->host), wait_us);
    *wait_us = pace_confirm_us(left_us);
    return true;
}

/* The next reading, after a pause. False without an error: time is up. */
static bool look_again(struct app *a, struct pace *pace, const struct plan_tally *tally, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t wait_us;
    uint64_t at_us = app_now_us(a);
    uint64_t left_us = a->deadline_us > at_us ? a->deadline_us - at_us : 0;
    if (left_us == 0 || !pause_for(a, pace, tally, left_us, &wait_us))
        return false;
    if (wait_us > 0)
        w->wait(w->host, at_us + wait_us, false);
    return observe_tables(a, a->deadline_us, false, e);
}

/*
 * Writes until there is nothing to write, looks until what was written is seen. False: nothing was written, and *e says
 * why. True: see the plan; `stop` says why the last reading failed or the guard stopped it, if that is so. As long as another
 * owner may have come nothing more is written.
 */
static bool settle(struct app *a, struct err *stop, struct err *e)
{
    struct progress at = {.begun = false};
    pace_start(&at.pace);
    for (;;) {
        struct plan_tally tally = plan_count(&a->plan);
        if (tally.conflicts > 0 || (tally.to_write > 0 && app_now_us(a) >= a->write_deadline_us))
            return true;
        if (tally.to_write > 0 && tally.in_doubt == 0 && !pace_must_pause(&at.pace)) {
            if (!at.begun && !may_begin(a, &at, e))
                return false;
            if (!may_go_on(a, &at, stop))
                return true;
            write_some(a, &at);
            continue;
        }
        if (tally.to_write + tally.to_look == 0 && (tally.failed > 0 || plan_is_settled(&a->plan)))
            return true;
        if (!look_again(a, &at.pace, &tally, stop))
            return true;
    }
}

static const char *act_word(enum plan_next next)
{
    return next == PLAN_REPLACE ? "ReplaceRoute" : next == PLAN_CREATE ? "CreateRoute" : next == PLAN_FAILED ? "cannot be written"
                                  : next == PLAN_KEEP   ? "its owner's to keep"
                                                        : "nothing";
}

/* The plan in words, a line for each thing to do. */
static bool dry_run(struct app *a, struct buf *result, struct err *e)
{
    const struct plan *p = &a->plan;
    struct plan_tally tally = plan_count(p);
    enum alias_act act;
    if (!hold_decide(a, &act, e))
        return false;
    if (act != ALIAS_KEEP)
        buf_putf(&a->out, "%s  add %s/%u\n", a->alias.label.text, ip_text(a->alias.vip).text, a->placement.destination.prefix);
    for (size_t i = 0; i < p->count; i++)
        buf_putf(&a->out, "%s  %s: %s\n", p->at[i].seen.id.text, plan_says_word(p->at[i].says), act_word(plan_next(p, &p->at[i])));
    if (tally.conflicts > 0)
        return verdict_make(a, &(struct err){0}, result, e);
    if (tally.here < tally.selected || act != ALIAS_KEEP)
        return err_set(e, ERR_DIFFERS, "dry run: %zu of %zu route tables would be written, and the alias %s; run it without --dry-run",
                       tally.to_write, tally.selected, act == ALIAS_KEEP ? "kept" : "set");
    buf_putf(result, "dry run: nothing to do, %s is here", ip_text(a->alias.vip).text);
    return true;
}

bool acquire(struct app *a, struct buf *result, struct err *e)
{
    bool dry = a->options.dry_run;
    struct err stop = {0};
    if (!observe_host(a, e) || !observe_identity(a, e))
        return false;
    if (!dry && !hold_up(a, e))
        return false;
    if (!reach_api(a, e) || !observe_tables(a, a->write_deadline_us, true, e) || !observe_any_selected(a, e))
        return false;
    if (dry)
        return dry_run(a, result, e);
    return settle(a, &stop, e) && verdict_make(a, &stop, result, e);
}
