#include "app/execute.h"
#include "app/observe.h"
#include "app/verbs.h"

#include <string.h>

#define LINK_US UINT64_C(1000000)

static uint64_t now_us(const struct app *a)
{
    return a->world.now_us(a->world.host);
}

/* The kernel tells of a link up to a second after it came: a host that has just booted is not turned away. */
static bool interface_ready(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    const struct label *name = &a->alias.interface;
    struct host_interface interface;
    uint64_t until_us = now_us(a) + LINK_US;
    for (;;) {
        if (!w->interface(w->host, name, &interface, e))
            return false;
        if (interface.up && interface.carrier)
            return true;
        if (!interface.up || now_us(a) >= until_us || w->interrupted(w->host))
            return err_set(e, ERR_IFACE, "%s is %s; the routes were left alone", name->text, interface.up ? "without a link" : "down");
        w->wait(w->host, now_us(a) + LINK_US / 20);
    }
}

static bool alias_set(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    const struct alias *alias = &a->alias;
    const struct label *label = alias->present ? &alias->at.label : &alias->label;
    enum alias_act act;
    uint64_t from_us = now_us(a);
    if (!alias_decide(&a->options.alias, alias, a->placement.destination.prefix, &a->addresses, &act, e) || !interface_ready(a, e))
        return false;
    if (act != ALIAS_KEEP && !w->alias_set(w->host, label, alias->vip, a->placement.destination.prefix, e))
        return false;
    timeline_add(&a->timeline, "alias", from_us, now_us(a), "%s %s %s", ip_text(alias->vip).text,
                 act == ALIAS_KEEP ? "was on" : act == ALIAS_ADD ? "added as" : "narrowed on", label->text);
    return true;
}

/* The last look before the first write: is this host still the one, and is there still time? */
static bool may_write(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t from_us = now_us(a);
    if (!w->guard(w->host, a->write_deadline_us, e))
        return false;
    if (a->options.guard[0])
        timeline_add(&a->timeline, "guard", from_us, now_us(a), "%s: yes", a->options.guard);
    if (w->interrupted(w->host))
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end; nothing was written");
    return now_us(a) < a->write_deadline_us || err_set(e, ERR_DEADLINE, "the deadline came before the first write; nothing was written");
}

/* The next reading, after a pause that grows. False without an error: time is up, or a signal lets no pause be. */
static bool look_again(struct app *a, unsigned attempt, struct err *e)
{
    const struct world *w = &a->world;
    uint64_t wait_us = 0;
    uint64_t now = now_us(a);
    uint64_t left_us = a->deadline_us > now ? a->deadline_us - now : 0;
    if (left_us == 0 || (attempt > 0 && w->interrupted(w->host)))
        return false;
    if (attempt > 0 && !retry_wait(RETRY_LOOK, attempt - 1, left_us, w->random(w->host), &wait_us))
        return false;
    if (wait_us > 0)
        w->wait(w->host, now + wait_us);
    return observe_tables(a, a->deadline_us, false, e);
}

/*
 * Writes until there is nothing to write, looks until what was written is seen. False: nothing was written, and *e says
 * why. True: see the plan; `look` says why the last reading failed, if one did.
 */
static bool settle(struct app *a, struct err *look, struct err *e)
{
    bool first = true;
    for (unsigned looks = 0;;) {
        struct plan_tally tally = plan_count(&a->plan);
        if (tally.conflicts > 0 || (tally.to_write > 0 && now_us(a) >= a->write_deadline_us))
            return true;
        if (tally.to_write > 0) {
            if (first && !may_write(a, e))
                return false;
            execute_writes(a);
            first = false;
            continue;
        }
        if (tally.to_look == 0 && (tally.failed > 0 || plan_is_settled(&a->plan)))
            return true;
        if (!look_again(a, looks++, look))
            return true;
    }
}

/* "rtb-1 (why), rtb-2, rtb-3 (another why)": every table that is not here, as far as there is room. */
static const char *list_missing(const struct plan *p, struct buf *b)
{
    const char *last = "";
    for (size_t i = 0; i < p->count && !b->full; i++) {
        const struct plan_row *row = &p->at[i];
        if (!plan_selects(p, row) || row->says == PLAN_HERE)
            continue;
        const char *why = plan_why(row) ? plan_why(row)->text : plan_says_word(row->says);
        buf_putf(b, "%s%s", b->len > 0 ? ", " : "", row->seen.id.text);
        if (strcmp(why, last) != 0)
            buf_putf(b, " (%s)", why);
        last = why;
    }
    return buf_text(b);
}

static const struct plan_row *first_row(const struct plan *p, enum plan_next next)
{
    for (size_t i = 0; i < p->count; i++)
        if (plan_next(p, &p->at[i]) == next)
            return &p->at[i];
    return NULL;
}

static bool conflict(const struct plan *p, const struct plan_tally *tally, struct err *e)
{
    const struct plan_row *row = first_row(p, PLAN_CONFLICT);
    return err_set(e, ERR_CONFLICT, "after our write %s points to %s (%zu of %zu route tables are taken); find out which host is primary and run "
                                    "'mirrorvip acquire' there",
                   row->seen.id.text, row->seen.route.target, tally->conflicts, tally->selected);
}

static bool unverified(const struct plan *p, const struct plan_tally *tally, const struct err *look, struct err *e)
{
    const struct plan_row *row = first_row(p, PLAN_LOOK);
    if (look->kind != ERR_OK)
        return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but reading back failed: %s", tally->written, tally->selected, look->text);
    if (!row)
        return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but readings differ and the last word is missing", tally->written,
                       tally->selected);
    return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but %s still shows %s", tally->written, tally->selected,
                   row->seen.id.text, row->seen.route.present ? row->seen.route.target : "no route");
}

/* A write whose answer was lost may have been carried out, whatever an old picture shows and a later one was told. */
static bool any_lost(const struct plan *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].lost)
            return true;
    return false;
}

/* Some tables could not be brought here, or not in time. */
static bool incomplete(const struct plan *p, const struct plan_tally *tally, struct err *e)
{
    char text[LIMIT_ERR_TEXT - 128];
    struct buf b = BUF_OF(text);
    const struct plan_row *failed = first_row(p, PLAN_FAILED);
    enum err_kind kind = !failed ? ERR_DEADLINE : plan_why(failed) ? plan_why(failed)->kind : ERR_REFUSED;
    if (tally->here > 0 || tally->written > 0)
        kind = ERR_PARTIAL;
    else if (any_lost(p))
        kind = ERR_UNVERIFIED;
    return err_set(e, kind, "%zu of %zu route tables are here; not here: %s", tally->here, tally->selected, list_missing(p, &b));
}

/* What the run has come to; `look` is why the last reading failed, if it did. */
static bool verdict(const struct app *a, const struct err *look, struct buf *result, struct err *e)
{
    const struct plan *p = &a->plan;
    struct plan_tally tally = plan_count(p);
    if (tally.conflicts > 0)
        return conflict(p, &tally, e);
    if (tally.to_write > 0 || tally.failed > 0)
        return incomplete(p, &tally, e);
    if (!plan_is_settled(p))
        return unverified(p, &tally, look, e);
    buf_putf(result, "%s is here: %zu of %zu route tables send %s to %s (%zu moved, %zu were here, %zu skipped), %u ms", ip_text(a->alias.vip).text,
             tally.here, tally.selected, cidr_text(p->destination).text, p->eni.text, tally.written, tally.here - tally.written, tally.skipped,
             (unsigned)((now_us(a) - a->started_us) / 1000));
    return true;
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
    return settle(a, &look, e) && verdict(a, &look, result, e);
}
