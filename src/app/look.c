#include "app/look.h"

#include "app/report.h"

#include <string.h>

static void table_make(struct look_table *table, const struct plan *p, const struct plan_row *row)
{
    const struct ec2_route *route = row->seen.route.present ? &row->seen.route : &row->seen.propagated;
    table->id = row->seen.id;
    memcpy(table->name, row->seen.name, sizeof table->name);
    memcpy(table->target, route->present ? route->target : "", route->present ? sizeof table->target : 1);
    table->says = row->says;
    table->selected = plan_selects(p, row);
}

static void locate(struct look_vip *v, const struct alias *alias)
{
    v->vip = alias->vip;
    v->interface = alias->interface;
    v->label = alias->present ? alias->at.label : alias->label;
    v->alias_up = alias->present;
}

static void read_plan(struct look_vip *v, const struct plan *p)
{
    v->placed = p->vpc.text[0] != '\0';
    v->destination = p->destination;
    v->read = p->readings > 0;
    if (!v->read)
        return;
    v->tally = plan_count(p);
    (void)slice_copy(slice_of(plan_owner(p)), v->owner, sizeof v->owner);
    v->count = p->count;
    for (size_t i = 0; i < p->count; i++)
        table_make(&v->at[i], p, &p->at[i]);
}

void look_make(struct look *look, const struct app *a, int64_t utc_s, const struct buf *result, const struct err *e)
{
    struct buf steps = BUF_OF(look->steps);
    struct look_vip *v = &look->vips[0];
    memset(look, 0, sizeof *look);
    look->e = *e;
    (void)slice_copy(buf_slice(result), look->result, sizeof look->result);
    look->utc_s = utc_s;
    if (a->started_us == 0)
        return;
    look->spent_us = app_now_us(a) - a->started_us;
    report_put_steps(&steps, a);
    (void)buf_text(&steps);
    look->eni = a->eni;
    look->vpc = a->selection.vpc;
    look->region = a->region;
    if (!a->alias.interface.text[0])
        return;
    look->count = 1;
    locate(v, &a->alias);
    v->overlay = a->placement.overlay;
    read_plan(v, &a->plan);
}

void look_fail(struct look *look, int64_t utc_s, const struct err *why)
{
    memset(look, 0, sizeof *look);
    look->utc_s = utc_s;
    look->e = *why;
}

bool look_knows(const struct look *look)
{
    return look->e.kind == ERR_OK || look->e.kind == ERR_DIFFERS;
}

bool look_is_here(const struct look_vip *v)
{
    return v->alias_up && v->read && v->tally.selected > 0 && plan_is_done(&v->tally);
}

const char *look_skipped(const struct look_table *table)
{
    return table->selected ? NULL : table->says == PLAN_EDGE ? "a gateway's own" : "no route";
}
