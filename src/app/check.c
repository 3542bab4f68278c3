#include "app/hold.h"
#include "app/keys.h"
#include "app/observe.h"
#include "app/prove.h"
#include "app/reach.h"
#include "app/verbs.h"
#include "core/findings.h"

/* It is over for the VIP, for this reason. */
static bool is_over(const struct app *a, struct err *e)
{
    *e = a->vips[0].e;
    return a->vips[0].over;
}

/* --- This host */

static void check_alias(const struct app *a, struct findings *f)
{
    const struct world *w = &a->world;
    const struct alias *alias = &a->vips[0].alias;
    struct host_rights rights;
    enum alias_act act;
    struct err e = {0};
    w->rights(w->host, &rights);
    if (!hold_decide(a, &a->vips[0], &act, &e))
        (void)findings_fail(f, "alias", &e);
    else if (alias->present && alias->at.speaks)
        findings_add(f, FINDING_WARNING, "alias",
                     "%s is on %s, but this host may speak from it, and the answers go to whoever has the VIP; "
                     "ip addr change %s/%u dev %s preferred_lft 0",
                     ip_text(alias->vip).text, alias->interface.text, ip_text(alias->vip).text, alias->at.prefix, alias->interface.text);
    else if (alias->present)
        findings_add(f, FINDING_OK, "alias", "%s is on %s", ip_text(alias->vip).text, alias->at.label.text);
    else if (rights.may_change_addresses)
        findings_add(f, FINDING_OK, "alias", "%s is not up, and would be added on %s", ip_text(alias->vip).text, alias->label.text);
    else {
        (void)err_set(&e, ERR_IFACE,
                      "%s is not up, and this process has no CAP_NET_ADMIN to add it on %s; setcap cap_net_admin+ep on the binary, "
                      "or set up the alias beforehand",
                      ip_text(alias->vip).text, alias->label.text);
        (void)findings_fail(f, "alias", &e);
    }
}

static bool check_interface(const struct app *a, struct findings *f)
{
    const struct world *w = &a->world;
    const char *name = a->vips[0].alias.interface.text;
    struct host_interface interface;
    struct err e = {0};
    if (!w->interface(w->host, &a->vips[0].alias.interface, &interface, &e))
        return findings_fail(f, "interface", &e);
    if (!interface.up)
        (void)err_set(&e, ERR_IFACE, "%s is down; ip link set %s up", name, name);
    else if (!interface.carrier)
        (void)err_set(&e, ERR_IFACE, "%s is without a link; ip link show %s", name, name);
    if (e.kind != ERR_OK)
        (void)findings_fail(f, "interface", &e);
    else
        findings_add(f, FINDING_OK, "interface", "%s is up and has a link", name);
    return true;
}

static bool check_host(struct app *a, struct findings *f)
{
    struct err e = {0};
    if (!observe_host(a, &e) || is_over(a, &e))
        return findings_fail(f, "alias", &e);
    check_alias(a, f);
    return check_interface(a, f);
}

/* --- Who it is */

static void check_clock(struct findings *f, int64_t skew_s, const char *whose)
{
    long long off_s = skew_s < 0 ? -skew_s : skew_s;
    bool bad = off_s > SKEW_S;
    findings_add(f, bad ? FINDING_WARNING : FINDING_OK, "clock", "this host's is %lld s %s %s%s", off_s, skew_s < 0 ? "ahead of" : "behind",
                 whose, bad ? "; chronyc makestep" : "");
}

static bool check_sources(struct app *a, struct findings *f)
{
    struct err e = {0};
    return keys_find(a, &e) || findings_fail(f, "credentials", &e);
}

static bool check_identity(struct app *a, struct instance_id *instance, struct findings *f)
{
    struct err e = {0};
    if (!observe_self(a, &e) || is_over(a, &e) || !observe_instance(a, instance, &e))
        return findings_fail(f, "identity", &e);
    findings_add(f, FINDING_OK, "identity", "%s, the one that has the MAC of %s, %s, on %s in %s, %s", a->vips[0].eni.text, a->vips[0].alias.interface.text,
                 a->vips[0].mac.text, instance->text, a->vips[0].selection.vpc.text, a->region.text);
    check_clock(f, a->metadata.fetch.skew_s, "the metadata service's");
    return true;
}

static bool check_placement(struct app *a, struct findings *f)
{
    struct err e = {0};
    if (!observe_placement(a, &a->vips[0], &e))
        return findings_fail(f, "placement", &e);
    findings_add(f, FINDING_OK, "placement", "%s is %s %s", ip_text(a->vips[0].alias.vip).text,
                 a->vips[0].placement.overlay ? "outside every CIDR of the VPC, so the route's destination is the VIP alone:"
                                      : "inside the VPC, so the route's destination must be a whole subnet of it:",
                 cidr_text(a->vips[0].placement.destination).text);
    return true;
}

/* --- The API */

static bool check_credentials(struct app *a, struct findings *f)
{
    struct err e = {0};
    const char *source = chain_source_word(a->chain.source);
    if (!reach_api(a, &e))
        return findings_fail(f, e.kind == ERR_IDENTITY ? "credentials" : "API", &e);
    if (a->chain.role_count > 0)
        findings_add(f, FINDING_OK, "credentials", "%s of %s, assumed with %s of the %s", a->api.credentials.access_key,
                     a->chain.roles[a->chain.role_count - 1].arn.text, a->sts.credentials.access_key, source);
    else
        findings_add(f, FINDING_OK, "credentials", "%s of the %s", a->api.credentials.access_key, source);
    return true;
}

/* `*answers`: the API was reached, whatever it said. */
static bool check_listing(struct app *a, bool *answers, struct findings *f)
{
    struct err e = {0};
    const struct call *call = &a->calls[0];
    observe_tables(a);
    bool ok = !is_over(a, &e);
    bool listed = a->vips[0].plan.readings > 0;
    *answers = call->end == CALL_ANSWERED;
    if (call->http.has_date)
        check_clock(f, call->http.date_utc_s - a->world.utc_s(a->world.host), "AWS's");
    if (listed)
        findings_add(f, FINDING_OK, "API", "%s: its certificate is good, and it lists %zu route tables", a->api.origin.host,
                     a->vips[0].tables.count);
    return ok || findings_fail(f, listed ? "tables" : "API", &e);
}

static void check_table(const struct plan *p, const struct plan_row *row, struct findings *f)
{
    struct err e = {0};
    const char *id = row->seen.id.text, *says = plan_says_word(row->says);
    if (!plan_selects(p, row))
        findings_add(f, FINDING_OK, "table", "%s says %s, and is left alone", id, says);
    else if (row->says == PLAN_AMBIGUOUS) {
        (void)err_set(&e, ERR_REFUSED, "%s says %s: two routes to one destination; aws ec2 describe-route-tables --route-table-ids %s", id,
                      says, id);
        (void)findings_fail(f, "table", &e);
    } else if (row->says == PLAN_BLACKHOLE)
        findings_add(f, FINDING_WARNING, "table", "%s says %s: %s is dead; mirrorvip acquire, on the host that should have the VIP", id,
                     says, plan_owner_of(row));
    else
        findings_add(f, FINDING_OK, "table", "%s says %s: %s", id, says, plan_owner_of(row));
}

static bool check_tables(struct app *a, struct findings *f)
{
    struct err e = {0};
    for (size_t i = 0; i < a->vips[0].plan.count; i++)
        check_table(&a->vips[0].plan, &a->vips[0].plan.at[i], f);
    return observe_any_selected(a, &a->vips[0], &e) || findings_fail(f, "tables", &e);
}

/* One more thing that AWS is asked. */
static const struct call *ask(struct app *a, struct buf *body)
{
    struct call *call = &a->calls[0];
    call_start(call, &a->replies[0].query, buf_slice(body), false);
    calls_run(&a->world, &a->api, call, 1, a->write_deadline_us, true);
    return call;
}

/*
 * What only a check asks may be forbidden, or be another account's that knows nothing of it: a failover needs it no more
 * than the permission.
 */
static void unknown(const struct app *a, const struct call *call, const char *about, struct findings *f)
{
    struct slice said = slice_of(call->exchange.err.text);
    struct slice happened = slice_cut(&said, ';');
    bool unasked = call->end == CALL_ANSWERED && (call->http.status == 403 || a->chain.role_count > 0);
    if (unasked)
        findings_add(f, FINDING_WARNING, about, "nobody knows: %.*s; allow ec2:%s", (int)happened.len, happened.at, call->reply->action);
    else
        (void)findings_fail(f, about, &call->exchange.err);
}

static bool is_done(const struct call *call)
{
    return call->end == CALL_ANSWERED && call->answer == QUERY_DONE;
}

static void judge_subnet(struct cidr destination, bool is_subnet, struct findings *f)
{
    struct err e = {0};
    const struct cidr_text text = cidr_text(destination);
    if (is_subnet) {
        findings_add(f, FINDING_OK, "subnet", "%s is a whole subnet of the VPC", text.text);
        return;
    }
    (void)err_set(&e, ERR_USAGE, "%s is inside the VPC, but no subnet of it is just that; give --vip ADDRESS/PREFIX of a spare subnet, "
                                 "or choose a VIP outside every CIDR of the VPC", text.text);
    (void)findings_fail(f, "subnet", &e);
}

static void check_subnet(struct app *a, struct findings *f)
{
    bool is_subnet = false;
    struct buf body = BUF_OF(a->bodies[0]);
    if (!placement_can_be_subnet(a->vips[0].placement.destination)) {
        judge_subnet(a->vips[0].placement.destination, false, f);
        return;
    }
    ec2_put_describe_subnet(&body, &a->vips[0].selection.vpc, a->vips[0].placement.destination);
    ec2_reply_start_subnet(&a->replies[0], a->vips[0].placement.destination, &is_subnet);
    const struct call *call = ask(a, &body);
    if (is_done(call))
        judge_subnet(a->vips[0].placement.destination, is_subnet, f);
    else
        unknown(a, call, "subnet", f);
}

/* Of an interface that AWS knows: is it this host's, and does it let the VIP's packets pass? */
static void judge_interface(const struct app *a, const struct instance_id *instance, const struct ec2_interface *seen, struct findings *f)
{
    struct err e = {0};
    const char *eni = a->vips[0].eni.text;
    if (!instance_id_eq(&seen->instance, instance))
        (void)err_set(&e, ERR_REFUSED,
                      "%s is attached to %s, and not to this host, %s; aws ec2 describe-network-interfaces --network-interface-ids %s", eni,
                      seen->instance.text[0] ? seen->instance.text : "nothing", instance->text, eni);
    else if (seen->source_dest_check)
        (void)err_set(&e, ERR_REFUSED,
                      "the check of %s is on, so that AWS drops what is sent to the VIP; "
                      "aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check",
                      eni, eni);
    if (e.kind != ERR_OK)
        (void)findings_fail(f, "source/dest", &e);
    else
        findings_add(f, FINDING_OK, "source/dest", "the check of %s is off", eni);
}

static void check_source_dest(struct app *a, const struct instance_id *instance, struct findings *f)
{
    struct ec2_interface seen;
    struct buf body = BUF_OF(a->bodies[0]);
    ec2_put_describe_interface(&body, &a->vips[0].eni);
    ec2_reply_start_interface(&a->replies[0], &a->vips[0].eni, &seen);
    const struct call *call = ask(a, &body);
    if (is_done(call))
        judge_interface(a, instance, &seen, f);
    else
        unknown(a, call, "source/dest", f);
}

/* --- The whole: what does not depend on a failure is looked at all the same */

static void check_api(struct app *a, const struct instance_id *instance, bool placed, struct findings *f)
{
    bool answers = true;
    if (placed && check_listing(a, &answers, f) && check_tables(a, f))
        prove_writes(a, f);
    if (placed && answers && !a->vips[0].placement.overlay)
        check_subnet(a, f);
    if (answers)
        check_source_dest(a, instance, f);
}

bool check(struct app *a, struct buf *result, struct err *e)
{
    struct findings f;
    struct instance_id instance;
    findings_start(&f, &a->out, false);
    if (check_host(a, &f) && check_sources(a, &f) && check_identity(a, &instance, &f)) {
        bool placed = check_placement(a, &f);
        if (check_credentials(a, &f))
            check_api(a, &instance, placed, &f);
    }
    if (!findings_end(&f, e))
        return false;
    buf_putf(result, "nothing was found that keeps %s from coming here, with %zu warning%s", ip_text(a->vips[0].alias.vip).text,
             f.count[FINDING_WARNING], f.count[FINDING_WARNING] == 1 ? "" : "s");
    return true;
}
