#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"
#include "core/pace.h"

static bool judge(struct app *a, struct vip *v, struct err *e)
{
    struct plan_tally tally = plan_count(&v->plan);
    struct buf result = BUF_OF(v->result);
    (void)a;
    if (!v->alias.present || tally.selected == 0 || !plan_is_done(&tally))
        return err_set(e, ERR_DIFFERS, "%zu of %zu route tables send %s here, and the alias is %s", tally.here, tally.selected,
                       cidr_text(v->placement.destination).text, v->alias.present ? "up" : "missing");
    buf_putf(&result, "%s is here: %zu of %zu route tables send %s to %s", ip_text(v->alias.vip).text, tally.here, tally.selected,
             cidr_text(v->placement.destination).text, v->eni.text);
    return true;
}

bool status(struct app *a, struct err *e)
{
    if (!observe_host(a, e) || !observe_identity(a, e) || !reach_api(a, e))
        return false;
    observe_tables(a);
    vips_each(a, judge);
    return true;
}

void status_again(struct app *a, struct vip *v)
{
    const struct world *w = &a->world;
    w->wait(w->host, app_now_us(a) + pace_confirm_us(app_left_us(a)), true);
    err_clear(&v->e);
    v->over = false;
    observe_tables(a);
    vips_each(a, judge);
}
