#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"

#include <string.h>

#define GAP 2               /* between columns */
#define ID_WIDTH (21 + GAP) /* "rtb-" or "eni-" and 17 digits */

static size_t widest_name(const struct plan *p)
{
    size_t widest = strlen("NAME");
    for (size_t i = 0; i < p->count; i++) {
        size_t length = strlen(p->at[i].seen.name);
        widest = length > widest ? length : widest;
    }
    return widest;
}

static const char *target_of(const struct plan_row *row)
{
    const struct ec2_route *route = row->seen.route.present ? &row->seen.route : &row->seen.propagated;
    return route->present ? route->target : "-";
}

static void put_tables(const struct plan *p, struct buf *b)
{
    size_t width = widest_name(p);
    buf_put_padded(b, "ROUTE TABLE", ID_WIDTH);
    buf_put_padded(b, "NAME", width + GAP);
    buf_put_padded(b, "TARGET", ID_WIDTH);
    buf_puts(b, "SAYS\n");
    for (size_t i = 0; i < p->count; i++) {
        const struct plan_row *row = &p->at[i];
        buf_put_padded(b, row->seen.id.text, ID_WIDTH);
        buf_put_padded(b, row->seen.name[0] ? row->seen.name : "-", width + GAP);
        buf_put_padded(b, target_of(row), ID_WIDTH);
        buf_puts(b, plan_says_word(row->says));
        buf_puts(b, plan_selects(p, row) ? "\n" : " (skipped)\n");
    }
}

static void put_head(const struct app *a, struct buf *b)
{
    const struct alias *alias = &a->alias;
    buf_putf(b, "vip          %s, %s %s\n", ip_text(alias->vip).text, alias->present ? "on" : "not on",
             alias->present ? alias->at.label.text : alias->interface.text);
    buf_putf(b, "destination  %s, %s\n", cidr_text(a->placement.destination).text, a->placement.overlay ? "overlay" : "spare subnet");
    buf_putf(b, "this host    %s in %s, %s\n", a->eni.text, a->selection.vpc.text, a->region.text);
    buf_putf(b, "owner        %s%s\n\n", plan_owner(&a->plan), strcmp(plan_owner(&a->plan), a->eni.text) == 0 ? " (this host)" : "");
}

bool status(struct app *a, struct buf *result, struct err *e)
{
    if (!observe_host(a, e) || !observe_identity(a, e) || !reach_api(a, e) || !observe_tables(a, a->write_deadline_us, true, e))
        return false;
    struct plan_tally tally = plan_count(&a->plan);
    put_head(a, &a->out);
    put_tables(&a->plan, &a->out);
    if (!a->alias.present || tally.selected == 0 || !plan_is_done(&tally))
        return err_set(e, ERR_DIFFERS, "%zu of %zu route tables send %s here, and the alias is %s", tally.here, tally.selected,
                       cidr_text(a->placement.destination).text, a->alias.present ? "up" : "missing");
    buf_putf(result, "%s is here: %zu of %zu route tables send %s to %s", ip_text(a->alias.vip).text, tally.here, tally.selected,
             cidr_text(a->placement.destination).text, a->eni.text);
    return true;
}
