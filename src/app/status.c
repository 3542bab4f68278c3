#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"

bool status(struct app *a, struct buf *result, struct err *e)
{
    if (!observe_host(a, e) || !observe_identity(a, e) || !reach_api(a, e) || !observe_tables(a, a->write_deadline_us, true, e))
        return false;
    struct plan_tally tally = plan_count(&a->plan);
    if (!a->alias.present || tally.selected == 0 || !plan_is_done(&tally))
        return err_set(e, ERR_DIFFERS, "%zu of %zu route tables send %s here, and the alias is %s", tally.here, tally.selected,
                       cidr_text(a->placement.destination).text, a->alias.present ? "up" : "missing");
    buf_putf(result, "%s is here: %zu of %zu route tables send %s to %s", ip_text(a->alias.vip).text, tally.here, tally.selected,
             cidr_text(a->placement.destination).text, a->eni.text);
    return true;
}
