#include "app/show/look.h"

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

size_t look_size(size_t count)
{
    return offsetof(struct look, vips) + count * sizeof(struct look_vip);
}

void look_copy(struct look *to, const struct look *from)
{
    memcpy(to, from, look_size(from->count));
}

static void add_vip(struct look *look, const struct vip *from)
{
    struct look_vip *v = &look->vips[look->count++];
    memset(v, 0, offsetof(struct look_vip, at));
    memcpy(v->section, from->want->name, sizeof v->section);
    v->eni = from->eni;
    v->vpc = from->selection.vpc;
    locate(v, &from->alias);
    if (from->want->alias.has_vip)
        v->vip = from->want->alias.vip;
    v->overlay = from->placement.overlay;
    read_plan(v, &from->plan);
}

static void find_host(struct look *look)
{
    bool same = look->count > 0;
    for (size_t i = 1; i < look->count; i++)
        same &= eni_id_eq(&look->vips[i].eni, &look->vips[0].eni);
    if (!same)
        return;
    look->eni = look->vips[0].eni;
    look->vpc = look->vips[0].vpc;
}

/* VIPs have the same places in each look; none is there before this host's addresses are known. */
static bool any_is_located(const struct app *a)
{
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].alias.interface.text[0])
            return true;
    return false;
}

void look_make(struct look *look, const struct app *a, int64_t utc_s, const struct buf *result, const struct err *e)
{
    struct buf steps = BUF_OF(look->steps);
    memset(look, 0, offsetof(struct look, vips));
    look->e = *e;
    (void)slice_copy(buf_slice(result), look->result, sizeof look->result);
    look->utc_s = utc_s;
    if (a->started_us == 0)
        return;
    look->spent_us = app_now_us(a) - a->started_us;
    report_put_steps(&steps, a);
    (void)buf_text(&steps);
    look->region = a->region;
    for (size_t i = 0; any_is_located(a) && i < a->vip_count; i++)
        add_vip(look, &a->vips[i]);
    find_host(look);
}

void look_fail(struct look *look, int64_t utc_s, const struct err *why)
{
    memset(look, 0, offsetof(struct look, vips));
    look->utc_s = utc_s;
    look->e = *why;
}

#define END_TEXT(text) ((text)[sizeof(text) - 1] = '\0')

static bool vip_take(struct look_vip *v)
{
    bool sound = v->count <= LIMIT_TABLES;
    END_TEXT(v->section);
    END_TEXT(v->eni.text);
    END_TEXT(v->vpc.text);
    END_TEXT(v->interface.text);
    END_TEXT(v->label.text);
    END_TEXT(v->owner);
    for (size_t i = 0; sound && i < v->count; i++) {
        struct look_table *table = &v->at[i];
        END_TEXT(table->id.text);
        END_TEXT(table->name);
        END_TEXT(table->target);
        sound = (unsigned)table->says <= PLAN_GONE;
    }
    return sound;
}

bool look_take(struct look *look, size_t vip_count, struct err *e)
{
    bool sound = (unsigned)look->e.kind <= ERR_BUG && look->count <= vip_count;
    END_TEXT(look->e.text);
    END_TEXT(look->result);
    END_TEXT(look->steps);
    END_TEXT(look->eni.text);
    END_TEXT(look->vpc.text);
    END_TEXT(look->region.text);
    for (size_t i = 0; sound && i < look->count; i++)
        sound = vip_take(&look->vips[i]);
    return sound || err_set(e, ERR_BUG, "a round has left a report that none can be");
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
