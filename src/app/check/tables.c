#include "app/policy/allow.h"
#include "app/check/checks.h"
#include "app/observe.h"

#include <string.h>

/* Where the certificate is not trusted, all that the host trusts may do; a private authority stands there, too. */
static void advise_trust(const struct app *a, struct err *e)
{
    static const char key[] = "ca-bundle = /etc/ssl/certs/ca-certificates.crt";
    const char *path = a->options.config;
    if (e->kind != ERR_TLS || a->options.ca_bundle[0] || !strstr(e->text, "--ca-bundle"))
        return;
    if (a->options.section_count > 0) /* the end of the file is a section's */
        (void)err_advise(e, "sed -i '1i %s' %s", key, path);
    else
        (void)err_advise(e, "echo '%s' >>%s", key, path);
}

/* What one reading of the tables came to; of several VIPs, all are told of what AWS has said, one of what keeps it silent. */
static bool tell_listing(struct app *a, bool answers, struct vip *v, struct findings *f)
{
    bool listed = v->plan.readings > 0;
    check_speak_of(a, answers ? v : NULL, f);
    if (listed)
        findings_add(f, FINDING_OK, "API", "%s: its certificate is good, and it lists %zu route table%s", a->api.origin.host,
                     v->tables.count, plural(v->tables.count));
    if (!v->over)
        return true;
    if (answers && a->calls[0].http.status == 403)
        (void)allow_advise(a, "DescribeRouteTables", NULL, &v->e);
    if (!answers)
        advise_trust(a, &v->e);
    (void)findings_fail(f, listed ? "tables" : "API", &v->e);
    err_clear(&v->e);
    return answers;
}

bool check_listing(struct app *a, struct findings *f)
{
    bool asked[LIMIT_VIPS] = {false};
    bool any = false;
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        any = asked[v - a->vips] = true;
    if (!any)
        return true;
    observe_tables(a);
    const struct call *call = &a->calls[0];
    bool answers = call->end == CALL_ANSWERED;
    if (call->http.has_date)
        check_clock(call->http.date_utc_s - a->world.utc_s(a->world.host), "AWS's", f);
    for (size_t i = 0; i < a->vip_count; i++)
        if (asked[i] && !tell_listing(a, answers, &a->vips[i], f))
            return false;
    check_speak_of(a, NULL, f);
    return answers;
}

/* --- What each says of the VIP */

static bool check_table(const struct plan *p, const struct plan_row *row, struct findings *f)
{
    struct err e = {0};
    const char *id = row->seen.id.text, *says = plan_says_word(row->says), *owner = plan_owner_of(row);
    if (!plan_selects(p, row))
        findings_add(f, FINDING_OK, "table", "%s says %s, and is left alone", id, says);
    else if (row->says == PLAN_AMBIGUOUS) {
        (void)err_set(&e, ERR_REFUSED, "%s says %s: two routes to one destination; aws ec2 describe-route-tables --route-table-ids %s", id,
                      says, id);
        return findings_fail(f, "table", &e);
    } else if (row->says == PLAN_BLACKHOLE)
        findings_add(f, FINDING_WARNING, "table",
                     "%s says %s: %s is %s, until the host that should have the VIP takes it; mirrorvip acquire", id, says, owner,
                     row->seen.route.filtered ? "filtered" : "dead");
    else
        findings_add(f, FINDING_OK, "table", "%s says %s: %s%s", id, says, owner,
                     row->says == PLAN_PROPAGATED ? ", which a static route comes before" : "");
    return true;
}

void check_tables(struct app *a, struct vip *v, struct findings *f)
{
    struct err e = {0};
    for (size_t i = 0; i < v->plan.count; i++)
        (void)check_table(&v->plan, &v->plan.at[i], f);
    if (observe_any_selected(a, v, &e))
        return;
    if (v->want->existing_only)
        (void)err_advise(&e, "mirrorvip acquire --tables all");
    v->over = true;
    (void)findings_fail(f, "tables", &e);
}
