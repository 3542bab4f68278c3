#include "app/verdict.h"

#include <string.h>

/* "rtb-1 (why), rtb-2, rtb-3 (another why)": every table that is not here, as far as there is room; and what the first says to do. */
static const char *list_missing(const struct plan *p, struct buf *b, struct slice *cure)
{
    const char *last = "";
    for (size_t i = 0; i < p->count && !b->full; i++) {
        const struct plan_row *row = &p->at[i];
        if (!plan_selects(p, row) || row->says == PLAN_HERE)
            continue;
        const char *why = plan_why(p, row) ? plan_why(p, row)->text : plan_says_word(row->says);
        buf_putf(b, "%s%s", b->len > 0 ? ", " : "", row->seen.id.text);
        struct slice says = slice_of(why), cause = slice_cut(&says, ';');
        *cure = cure->len > 0 ? *cure : slice_trim(says);
        if (strcmp(why, last) != 0)
            buf_putf(b, " (%.*s)", (int)cause.len, cause.at);
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

static bool kept(const struct plan_tally *tally, const struct plan_row *row, struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "%s belongs to %s, whom --only-if-owner does not name (%zu of %zu route tables may not be taken, %zu were written); "
                   "look with 'mirrorvip status' who has it, and find out why",
                   row->seen.id.text, plan_owner_of(row), tally->conflicts, tally->selected, tally->written);
}

static bool conflict(const struct plan *p, const struct plan_tally *tally, struct err *e)
{
    const struct plan_row *row = first_row(p, PLAN_CONFLICT);
    if (!row)
        return kept(tally, first_row(p, PLAN_KEEP), e);
    return err_set(e, ERR_CONFLICT,
                   "while this run was at work another owner came: %s points to %s (%zu of %zu route tables are taken); "
                   "find out which host is primary and run 'mirrorvip acquire' there",
                   row->seen.id.text, row->seen.route.target, tally->conflicts, tally->selected);
}

static bool unverified(const struct plan *p, const struct plan_tally *tally, const struct err *stop, struct err *e)
{
    const struct plan_row *row = first_row(p, PLAN_LOOK);
    if (stop->kind != ERR_OK)
        return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but reading back failed: %s", tally->written,
                       tally->selected, stop->text);
    if (!row)
        return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but readings differ and the last word is missing",
                       tally->written, tally->selected);
    if (row->contested)
        return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but %s has shown another owner, and no two readings agree",
                       tally->written, tally->selected, row->seen.id.text);
    if (row->writes == 0) /* nor was one tried: else it would be contested, or undone */
        return err_set(e, ERR_UNVERIFIED,
                       "%s was here in one reading and at %s in a later one, so nothing was written to it; look with 'mirrorvip status' "
                       "who has it, and run it again where it is to be",
                       row->seen.id.text, row->seen.route.target);
    return err_set(e, ERR_UNVERIFIED, "%zu of %zu route tables were written, but %s still shows %s", tally->written, tally->selected,
                   row->seen.id.text, row->seen.route.present ? row->seen.route.target : "no route");
}

/* A write whose answer was lost may have been carried out, whatever an old picture shows and a later one was told. */
static bool may_have_moved(const struct plan *p, const struct plan_tally *tally)
{
    bool lost = false;
    for (size_t i = 0; i < p->count; i++)
        lost |= p->at[i].lost;
    return lost || tally->written > 0;
}

/* A write that is known not to have been carried out, and that no reading has made up for before time was up. */
static bool any_undone(const struct plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct plan_row *row = &p->at[i];
        if (plan_next(p, row) == PLAN_LOOK && row->undone && !row->written && !row->lost)
            return true;
    }
    return false;
}

/* What stopped the first table that is not here; a table that only lacks time is stopped by the deadline. */
static enum err_kind first_kind(const struct plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct plan_row *row = &p->at[i];
        if (plan_next(p, row) == PLAN_NOTHING)
            continue;
        if (plan_why(p, row))
            return plan_why(p, row)->kind;
        if (plan_next(p, row) == PLAN_FAILED)
            return ERR_REFUSED;
    }
    return ERR_DEADLINE;
}

/* Some tables could not be brought here, or not in time, or not any more. */
static bool incomplete(const struct plan *p, const struct plan_tally *tally, const struct err *stop, struct err *e)
{
    struct slice said = slice_of(stop->text);
    struct slice why = slice_cut(&said, ';'), cure = {"", 0};
    bool forbidden = stop->kind == ERR_NOTPRIMARY;
    char text[LIMIT_ERR_TEXT - 128];
    struct buf b = BUF_OF(text);
    enum err_kind kind = first_kind(p);
    if (tally->here > 0 || tally->written > 0)
        kind = ERR_PARTIAL;
    else if (may_have_moved(p, tally))
        kind = ERR_UNVERIFIED;
    (void)err_set(e, kind, "%zu of %zu route tables are here, not here: %s", tally->here, tally->selected, list_missing(p, &b, &cure));
    if (forbidden) {
        cure = slice_of("run it on the primary");
        (void)err_prefix(e, "%.*s", (int)why.len, why.at);
    }
    if (cure.len > 0)
        (void)err_advise(e, "%.*s", (int)cure.len, cure.at);
    return false;
}

static bool success(const struct app *a, const struct vip *v, const struct plan_tally *tally, struct buf *result)
{
    uint64_t spent_us = app_now_us(a) - a->started_us;
    buf_putf(result, "%s is here: %zu of %zu route tables send %s to %s (%zu moved, %zu were here, %zu skipped), %u ms",
             ip_text(v->alias.vip).text, tally->here, tally->selected, cidr_text(v->plan.destination).text, v->eni.text, tally->written,
             tally->here - tally->written, tally->skipped, (unsigned)(spent_us / 1000));
    return true;
}

bool verdict_make(const struct app *a, const struct vip *v, struct buf *result, struct err *e)
{
    const struct plan *p = &v->plan;
    const struct err *stop = &v->stop;
    struct plan_tally tally = plan_count(p);
    if (tally.conflicts > 0)
        return conflict(p, &tally, e);
    if (plan_is_settled(p) && tally.selected > 0)
        return success(a, v, &tally, result);
    if (stop->kind != ERR_OK && !may_have_moved(p, &tally)) {
        *e = *stop;
        return err_prefix(e, "nothing was written");
    }
    if (tally.to_write > 0 || tally.failed > 0 || any_undone(p))
        return incomplete(p, &tally, stop, e);
    return unverified(p, &tally, stop, e);
}
