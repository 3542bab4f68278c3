#include "app/execute.h"
#include "app/hold.h"
#include "app/observe.h"
#include "app/reach.h"
#include "app/verdict.h"
#include "app/verbs.h"
#include "core/pace.h"

/* The last look before the first write: is this host still the one, and is there still time? */
static bool may_write(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t from_us = app_now_us(a);
    int said;
    if (!w->guard(w->host, a->write_deadline_us, &said, e))
        return false;
    if (a->options.guard[0])
        timeline_add(&a->timeline, "guard", from_us, app_now_us(a), "%s: yes", a->options.guard);
    if (w->interrupted(w->host))
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end before anything was written");
    return app_now_us(a) < a->write_deadline_us || err_set(e, ERR_DEADLINE, "the deadline came before the first write");
}

static void write_some(struct app *a, struct pace *pace)
{
    uint64_t at_us = app_now_us(a);
    pace_wrote(pace, execute_writes(a, pace_most(pace, at_us)), at_us);
}

/* How long to wait for the next reading; false: there is not so much time left. */
static bool pause_for(struct app *a, struct pace *pace, const struct plan_tally *tally, uint64_t left_us, uint64_t *wait_us)
{
    const struct world *w = &a->world;
    bool more_writes = tally->to_write > 0 || pace->undone != RETRY_NEVER;
    if (!plan_is_done(tally))
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
 * why. True: see the plan; `look` says why the last reading failed, if one did.
 */
static bool settle(struct app *a, struct err *look, struct err *e)
{
    struct pace pace;
    bool first = true;
    pace_start(&pace);
    for (;;) {
        struct plan_tally tally = plan_count(&a->plan);
        if (tally.conflicts > 0 || (tally.to_write > 0 && app_now_us(a) >= a->write_deadline_us))
            return true;
        if (tally.to_write > 0 && !pace_must_pause(&pace)) {
            if (first && !may_write(a, e))
                return false;
            write_some(a, &pace);
            first = false;
            continue;
        }
        if (tally.to_write + tally.to_look == 0 && (tally.failed > 0 || plan_is_settled(&a->plan)))
            return true;
        if (!look_again(a, &pace, &tally, look))
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
    struct err look = {0};
    if (!observe_host(a, e) || !observe_identity(a, e))
        return false;
    if (!dry && !hold_up(a, e))
        return false;
    if (!reach_api(a, e) || !observe_tables(a, a->write_deadline_us, true, e) || !observe_any_selected(a, e))
        return false;
    if (dry)
        return dry_run(a, result, e);
    return settle(a, &look, e) && verdict_make(a, &look, result, e);
}
