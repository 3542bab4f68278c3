#include "app/execute.h"
#include "app/observe.h"
#include "app/verdict.h"
#include "app/verbs.h"

#define LINK_US UINT64_C(1000000)
#define PAUSE_US UINT64_C(1000000) /* at the most, between writes that AWS has throttled */
#define WRITES_PER_S 5             /* what AWS's bucket for ReplaceRoute and CreateRoute is refilled with */

/* The kernel tells of a link up to a second after it came: a host that has just booted is not turned away. */
static bool interface_ready(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    const struct label *name = &a->alias.interface;
    struct host_interface interface;
    uint64_t until_us = app_now_us(a) + LINK_US < a->write_deadline_us ? app_now_us(a) + LINK_US : a->write_deadline_us;
    for (;;) {
        if (!w->interface(w->host, name, &interface, e))
            return false;
        if (interface.up && interface.carrier)
            return true;
        if (!interface.up || app_now_us(a) >= until_us || w->interrupted(w->host))
            return err_set(e, ERR_IFACE, "%s is %s, and the routes were left alone", name->text, interface.up ? "without a link" : "down");
        w->wait(w->host, app_now_us(a) + LINK_US / 20, true);
    }
}

static bool alias_set(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    const struct alias *alias = &a->alias;
    const struct label *label = alias->present ? &alias->at.label : &alias->label;
    enum alias_act act;
    uint64_t from_us = app_now_us(a);
    if (!alias_decide(&a->options.alias, alias, a->placement.destination.prefix, &a->addresses, &act, e) || !interface_ready(a, e))
        return false;
    if (act != ALIAS_KEEP && !w->alias_set(w->host, label, alias->vip, a->placement.destination.prefix, e))
        return false;
    timeline_add(&a->timeline, "alias", from_us, app_now_us(a), "%s %s %s", ip_text(alias->vip).text,
                 act == ALIAS_KEEP ? "was on" : act == ALIAS_ADD ? "added as" : "narrowed on", label->text);
    return true;
}

/* The last look before the first write: is this host still the one, and is there still time? */
static bool may_write(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t from_us = app_now_us(a);
    if (!w->guard(w->host, a->write_deadline_us, e))
        return false;
    if (a->options.guard[0])
        timeline_add(&a->timeline, "guard", from_us, app_now_us(a), "%s: yes", a->options.guard);
    if (w->interrupted(w->host))
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end before anything was written");
    return app_now_us(a) < a->write_deadline_us || err_set(e, ERR_DEADLINE, "the deadline came before the first write");
}

/* How the writes go. */
struct pace {
    unsigned looks;           /* since the last writes */
    enum retry_reason undone; /* why some of the last writes were not carried out; RETRY_NEVER: all were */
    unsigned undone_rounds;
    bool slow;                /* AWS has asked to slow down in this run */
    bool paused;              /* there was a pause and a look since the last writes */
    uint64_t wrote_us;        /* when the last writes began */
};

/* AWS refills its bucket with five writes a second: what was earned since the last ones, and one to find out. */
static size_t most_writes(const struct pace *pace, uint64_t at_us)
{
    return pace->slow ? 1 + (size_t)((at_us - pace->wrote_us) * WRITES_PER_S / 1000000) : LIMIT_TABLES;
}

static void write_some(struct app *a, struct pace *pace)
{
    uint64_t at_us = app_now_us(a);
    pace->undone = execute_writes(a, most_writes(pace, at_us));
    pace->undone_rounds = pace->undone == RETRY_NEVER ? 0 : pace->undone_rounds + 1;
    pace->slow |= pace->undone == RETRY_THROTTLED;
    pace->paused = false;
    pace->wrote_us = at_us;
    pace->looks = 0;
}

/* More writes need a pause and a look first: what was not carried out may have become another host's meanwhile. */
static bool must_pause(const struct pace *pace)
{
    return (pace->undone != RETRY_NEVER || pace->slow) && !pace->paused;
}

/* How long until the next look: none for the first one after a write, then pauses that grow; another before more writes. */
static bool pause_for(struct app *a, struct pace *pace, bool more_writes, uint64_t left_us, uint64_t *wait_us)
{
    uint32_t random = a->world.random(a->world.host);
    *wait_us = 0;
    if (more_writes && must_pause(pace)) {
        pace->paused = true;
        *wait_us = PAUSE_US / 2 + (PAUSE_US / 2 * random >> 32);
        return pace->slow ? *wait_us < left_us : retry_wait(pace->undone, pace->undone_rounds, left_us, random, wait_us);
    }
    return pace->looks++ == 0 || retry_wait(RETRY_LOOK, pace->looks - 2, left_us, random, wait_us);
}

/* The next reading, after a pause. False without an error: time is up. */
static bool look_again(struct app *a, struct pace *pace, bool more_writes, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t wait_us;
    uint64_t at_us = app_now_us(a);
    uint64_t left_us = a->deadline_us > at_us ? a->deadline_us - at_us : 0;
    if (left_us == 0 || !pause_for(a, pace, more_writes, left_us, &wait_us))
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
    struct pace pace = {.undone = RETRY_NEVER};
    bool first = true;
    for (;;) {
        struct plan_tally tally = plan_count(&a->plan);
        if (tally.conflicts > 0 || (tally.to_write > 0 && app_now_us(a) >= a->write_deadline_us))
            return true;
        if (tally.to_write > 0 && !must_pause(&pace)) {
            if (first && !may_write(a, e))
                return false;
            write_some(a, &pace);
            first = false;
            continue;
        }
        if (tally.to_write + tally.to_look == 0 && (tally.failed > 0 || plan_is_settled(&a->plan)))
            return true;
        if (!look_again(a, &pace, tally.to_write > 0 || pace.undone != RETRY_NEVER, look))
            return true;
    }
}

static bool selects_any(const struct app *a, struct err *e)
{
    struct plan_tally tally = plan_count(&a->plan);
    if (tally.selected > 0)
        return true;
    return err_set(e, ERR_REFUSED, "none of the %zu route tables of %s is to carry %s (%zu skipped); %s", a->plan.count, a->selection.vpc.text,
                   cidr_text(a->placement.destination).text, tally.skipped,
                   a->options.existing_only ? "use --tables all, or name one with --route-table" : "name one with --route-table");
}

static const char *act_word(enum plan_next next)
{
    return next == PLAN_REPLACE ? "ReplaceRoute" : next == PLAN_CREATE ? "CreateRoute" : next == PLAN_FAILED ? "cannot be written" : "nothing";
}

/* The plan in words, a line for each thing to do. */
static bool dry_run(struct app *a, struct buf *result, struct err *e)
{
    const struct plan *p = &a->plan;
    struct plan_tally tally = plan_count(p);
    enum alias_act act;
    if (!alias_decide(&a->options.alias, &a->alias, a->placement.destination.prefix, &a->addresses, &act, e))
        return false;
    if (act != ALIAS_KEEP)
        buf_putf(&a->out, "%s  add %s/%u\n", a->alias.label.text, ip_text(a->alias.vip).text, a->placement.destination.prefix);
    for (size_t i = 0; i < p->count; i++)
        buf_putf(&a->out, "%s  %s: %s\n", p->at[i].seen.id.text, plan_says_word(p->at[i].says), act_word(plan_next(p, &p->at[i])));
    if (tally.here < tally.selected || act != ALIAS_KEEP)
        return err_set(e, ERR_DIFFERS, "dry run: %zu of %zu route tables would be written, and the alias %s; run it without --dry-run", tally.to_write,
                       tally.selected, act == ALIAS_KEEP ? "kept" : "set");
    buf_putf(result, "dry run: nothing to do, %s is here", ip_text(a->alias.vip).text);
    return true;
}

bool acquire(struct app *a, struct buf *result, struct err *e)
{
    const struct world *w = &a->world;
    bool dry = a->options.dry_run;
    struct err look = {0};
    if (!dry && !w->lock(w->host, e))
        return false;
    if (!observe_host(a, e) || !observe_identity(a, e))
        return false;
    if (!dry && !alias_set(a, e))
        return false;
    if (!observe_credentials(a, e) || !observe_tables(a, a->write_deadline_us, true, e) || !selects_any(a, e))
        return false;
    if (dry)
        return dry_run(a, result, e);
    return settle(a, &look, e) && verdict_make(a, &look, result, e);
}
