#include "core/plan.h"

#include <string.h>

const char *plan_says_word(enum plan_says says)
{
    static const char *const words[] = {
#define X(name, word) word,
        PLAN_SAYS(X)
#undef X
    };
    return words[says];
}

void plan_start(struct plan *p, const struct vpc_id *vpc, const struct eni_id *eni, struct cidr destination, bool create_missing)
{
    p->vpc = *vpc;
    p->eni = *eni;
    p->destination = destination;
    p->create_missing = create_missing;
    p->allowed_owners = (struct plan_owners){.limited = false};
    p->readings = 0;
    p->seen_stale = false;
    p->good_readings = 0;
    p->count = 0;
}

void plan_allow_owners(struct plan *p, const struct plan_owners *allowed)
{
    p->allowed_owners = *allowed;
}

static struct plan_row *row_of(struct plan *p, const struct table_id *id)
{
    for (size_t i = 0; i < p->count; i++)
        if (table_id_eq(&p->at[i].seen.id, id))
            return &p->at[i];
    return NULL;
}

static struct plan_row *row_add(struct plan *p, const struct table_id *id)
{
    struct plan_row *row = &p->at[p->count++];
    memset(row, 0, sizeof *row);
    row->seen.id = *id;
    row->says = PLAN_GONE; /* until a reading shows it */
    return row;
}

void plan_name(struct plan *p, const struct table_id *id)
{
    if (!row_of(p, id))
        row_add(p, id)->named = true;
}

static enum plan_says says_of(const struct plan *p, const struct ec2_table *table)
{
    if (table->edge)
        return PLAN_EDGE;
    if (table->ambiguous)
        return PLAN_AMBIGUOUS;
    if (!table->route.present)
        return table->propagated.present ? PLAN_PROPAGATED : PLAN_NOWHERE;
    if (!table->route.alive)
        return PLAN_BLACKHOLE;
    return eni_id_eq(&table->route.eni, &p->eni) ? PLAN_HERE : PLAN_ELSEWHERE;
}

/* A target that is neither ours nor the one that we found: whoever set it came after us, or is long gone. */
static bool is_foreign(const struct plan *p, const struct plan_row *row)
{
    const struct ec2_route *route = &row->seen.route;
    return route->present && !eni_id_eq(&route->eni, &p->eni) && strcmp(route->target, row->before) != 0;
}

static bool has_tried(const struct plan_row *row)
{
    return row->written || row->lost || row->undone || row->wants_replace;
}

static void row_see(struct plan *p, struct plan_row *row, const struct ec2_table *table)
{
    enum plan_says says = says_of(p, table);
    bool same = says_of(p, &row->seen) == says && strcmp(row->seen.route.target, table->route.target) == 0;
    row->alike = same ? row->alike + 1 : 1;
    row->seen = *table;
    row->says = says;
    row->gone = false;
    row->unknown = false;
    row->had_route |= table->route.present || table->propagated.present;
    row->was_here |= row->says == PLAN_HERE;
    row->written |= row->lost && row->says == PLAN_HERE; /* the answer was lost, the write was not */
    row->contested |= has_tried(row) && is_foreign(p, row);
}

static bool named_row_check(const struct plan *p, const struct plan_row *row, struct err *e)
{
    const char *id = row->seen.id.text;
    if (row->gone)
        return err_set(e, ERR_REFUSED, "route table %s does not exist in this account and region; correct --route-table", id);
    if (!vpc_id_eq(&row->seen.vpc, &p->vpc))
        return err_set(e, ERR_REFUSED, "route table %s belongs to %s, this host to %s; correct --route-table", id, row->seen.vpc.text,
                       p->vpc.text);
    return !row->seen.edge ||
           err_set(e, ERR_REFUSED, "route table %s is a gateway's, which takes no such route; correct --route-table", id);
}

static bool named_check(const struct plan *p, struct err *e)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].named && !named_row_check(p, &p->at[i], e))
            return false;
    return true;
}

/* Until the reading shows them; and what the one before it lacked, it shows anew. */
static void all_gone(struct plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->at[i].gone)
            p->at[i].alike = 0;
        p->at[i].gone = true;
        p->at[i].says = PLAN_GONE;
    }
}

/* A named table that the first reading lacks was named wrongly; one that vanishes later is a failure of its own row. */
bool plan_see(struct plan *p, const struct ec2_tables *tables, struct err *e)
{
    all_gone(p);
    for (size_t i = 0; i < tables->count; i++) {
        struct plan_row *row = row_of(p, &tables->at[i].id);
        if (!row && p->count == LIMIT_TABLES)
            return err_set(e, ERR_REFUSED, "more than %d route tables, with those that came and went", LIMIT_TABLES);
        if (!row)
            row = row_add(p, &tables->at[i].id);
        row_see(p, row, &tables->at[i]);
    }
    if (p->readings++ == 0 && !named_check(p, e))
        return false;
    struct plan_tally tally = plan_count(p);
    p->seen_stale |= tally.to_look > 0;
    p->good_readings = plan_is_done(&tally) ? p->good_readings + 1 : 0;
    return true;
}

bool plan_selects(const struct plan *p, const struct plan_row *row)
{
    return !row->seen.edge && (row->had_route || row->named || p->create_missing);
}

static bool is_named(const struct plan_owners *owners, const struct eni_id *eni)
{
    for (size_t i = 0; i < owners->count; i++)
        if (eni_id_eq(&owners->at[i], eni))
            return true;
    return false;
}

/* A route that AWS knows of and no reading has shown is anybody's. */
static bool may_take(const struct plan *p, const struct plan_row *row, bool has_route)
{
    const struct ec2_route *route = &row->seen.route;
    if (!p->allowed_owners.limited)
        return true;
    if (!has_route)
        return p->allowed_owners.nobody && !row->seen.propagated.present;
    return route->present && (eni_id_eq(&route->eni, &p->eni) || is_named(&p->allowed_owners, &route->eni));
}

static enum plan_next write_next(const struct plan *p, const struct plan_row *row)
{
    bool has_route = row->wants_replace || (row->seen.route.present && !row->wants_create);
    if (row->writes == PLAN_WRITES_MOST)
        return PLAN_FAILED;
    return !may_take(p, row, has_route) ? PLAN_KEEP : has_route ? PLAN_REPLACE : PLAN_CREATE;
}

enum plan_next plan_next(const struct plan *p, const struct plan_row *row)
{
    if (!plan_selects(p, row) || row->says == PLAN_HERE)
        return PLAN_NOTHING;
    if (row->failed || row->gone || row->says == PLAN_AMBIGUOUS)
        return PLAN_FAILED;
    if (row->unknown)
        return PLAN_LOOK;
    if (has_tried(row) && is_foreign(p, row))
        return row->alike >= 2 ? PLAN_CONFLICT : PLAN_LOOK;
    /* Here in one reading, another's in the next: an old picture or a new owner, and in neither case ours to fight. */
    bool taken = row->contested || (row->was_here && row->seen.route.present);
    return row->written || taken ? PLAN_LOOK : write_next(p, row);
}

static bool is_in_doubt(const struct plan *p, const struct plan_row *row, enum plan_next next)
{
    return next == PLAN_LOOK && has_tried(row) && is_foreign(p, row);
}

struct plan_tally plan_count(const struct plan *p)
{
    struct plan_tally tally = {0};
    for (size_t i = 0; i < p->count; i++) {
        const struct plan_row *row = &p->at[i];
        enum plan_next next = plan_next(p, row);
        bool selected = plan_selects(p, row);
        tally.selected += selected;
        tally.skipped += !selected;
        tally.here += selected && row->says == PLAN_HERE;
        tally.written += selected && row->written;
        tally.to_write += next == PLAN_REPLACE || next == PLAN_CREATE;
        tally.to_look += next == PLAN_LOOK;
        tally.in_doubt += is_in_doubt(p, row, next);
        tally.conflicts += next == PLAN_CONFLICT || next == PLAN_KEEP;
        tally.failed += next == PLAN_FAILED;
    }
    return tally;
}

bool plan_is_done(const struct plan_tally *tally)
{
    return tally->selected == tally->here;
}

/* Here, but not by a write that AWS has confirmed: it may be so no longer. */
static bool any_unconfirmed(const struct plan *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (plan_selects(p, &p->at[i]) && !p->at[i].confirmed)
            return true;
    return false;
}

bool plan_is_settled(const struct plan *p)
{
    return p->good_readings >= (p->seen_stale || any_unconfirmed(p) ? 2 : 1);
}

enum plan_place plan_place(const struct plan *p)
{
    size_t selected = 0, here = 0, elsewhere = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (!plan_selects(p, &p->at[i]))
            continue;
        selected++;
        here += p->at[i].says == PLAN_HERE;
        elsewhere += p->at[i].says == PLAN_ELSEWHERE;
    }
    if (selected == 0)
        return PLAN_PLACE_UNKNOWN;
    return here == selected ? PLAN_PLACE_HERE : elsewhere == selected ? PLAN_PLACE_ELSEWHERE : PLAN_PLACE_UNKNOWN;
}

void plan_writing(struct plan_row *row)
{
    row->writes++;
    /* What was seen after a lost write may be an old picture itself: then the one before that write stays. */
    if (!row->lost && row->seen.route.present)
        memcpy(row->before, row->seen.route.target, sizeof row->before);
}

void plan_lost(struct plan *p, struct plan_row *row, const struct err *why)
{
    row->lost = true;
    row->unknown = true;
    p->why[row - p->at] = *why;
}

void plan_put_off(struct plan *p, struct plan_row *row, const struct err *why)
{
    row->writes--;
    row->undone = true;
    p->why[row - p->at] = *why;
}

void plan_undone(struct plan *p, struct plan_row *row, const struct err *why)
{
    plan_put_off(p, row, why);
    row->unknown = true;
}

void plan_failed(struct plan *p, struct plan_row *row, const struct err *why)
{
    row->failed = true;
    p->why[row - p->at] = *why;
}

void plan_answered(struct plan_row *row, enum query_answer answer)
{
    row->written |= answer == QUERY_DONE;
    row->confirmed |= answer == QUERY_DONE;
    row->unknown = answer == QUERY_DONE || answer == QUERY_ROUTE_EXISTS;
    row->wants_create = answer == QUERY_NO_ROUTE;
    row->wants_replace = answer == QUERY_ROUTE_EXISTS;
}

const struct err *plan_why(const struct plan *p, const struct plan_row *row)
{
    return row->failed || ((row->lost || row->undone) && !row->written) ? &p->why[row - p->at] : NULL;
}

const char *plan_owner_of(const struct plan_row *row)
{
    const struct ec2_table *seen = &row->seen;
    const struct ec2_route *route = seen->route.present && !row->wants_create ? &seen->route : &seen->propagated;
    return route->present ? route->target : PLAN_NOBODY;
}

const char *plan_owner(const struct plan *p)
{
    const char *owner = NULL;
    for (size_t i = 0; i < p->count; i++) {
        if (!plan_selects(p, &p->at[i]))
            continue;
        const char *target = plan_owner_of(&p->at[i]);
        if (owner && strcmp(owner, target) != 0)
            return PLAN_SEVERAL;
        owner = target;
    }
    return owner ? owner : PLAN_NOBODY;
}
