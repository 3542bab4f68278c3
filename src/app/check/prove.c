#include "app/check/prove.h"

#include "app/policy/allow.h"
#include "app/check/checks.h"

/* The rows that are asked about, call by call, and what came of it. */
struct proof {
    size_t count;
    const struct plan_row *row[PROVE_MOST];
    size_t permitted;
    size_t unknown;
    const struct call *silent; /* one of these */
};

/* The selected tables; where they are too many, those from some table on. */
static void choose(const struct app *a, const struct plan *p, size_t selected, struct proof *proof)
{
    size_t from = selected > PROVE_MOST ? a->world.random(a->world.host) % p->count : 0;
    for (size_t i = 0; i < p->count && proof->count < PROVE_MOST; i++) {
        const struct plan_row *row = &p->at[(from + i) % p->count];
        if (plan_selects(p, row))
            proof->row[proof->count++] = row;
    }
}

static enum ec2_write write_of(const struct plan_row *row)
{
    return row->seen.route.present ? EC2_REPLACE_ROUTE : EC2_CREATE_ROUTE;
}

static void start(struct app *a, const struct vip *v, size_t i, enum ec2_write write, const struct table_id *table)
{
    struct buf body = BUF_OF(a->bodies[i]);
    ec2_put_dry_run(&body, write, table, v->placement.destination, &v->eni);
    ec2_reply_start_write(&a->replies[i], write);
    call_start(&a->calls[i], &a->replies[i].query, buf_slice(&body), true); /* as a write: in one attempt */
}

static bool is_answered(const struct call *call)
{
    return call->end == CALL_ANSWERED && call->answer != QUERY_DONE;
}

/* Asks, and counts. */
static void ask(struct app *a, struct proof *proof)
{
    calls_run(&a->world, &a->api, a->calls, proof->count, a->write_deadline_us, true);
    for (size_t i = 0; i < proof->count; i++) {
        const struct call *call = &a->calls[i];
        if (!is_answered(call)) {
            proof->silent = call;
            proof->unknown++;
        } else if (ec2_reply_permits(&a->replies[i]))
            proof->permitted++;
    }
}

/* What AWS says; where it is a lack of permission, with the command that gives it. */
static void refused(const struct app *a, const struct plan_row *row, const struct call *call, struct findings *f)
{
    char resource[48];
    struct buf b = BUF_OF(resource);
    struct err why = call->exchange.err;
    buf_putf(&b, "route-table/%s", row->seen.id.text);
    if (call->http.status == 403)
        (void)allow_advise(a, call->reply->action, buf_text(&b), &why);
    (void)err_prefix(&why, "%s", row->seen.id.text);
    (void)findings_fail(f, "permission", &why);
}

/* What was not answered is told once, as all of it has one cause. */
static void unanswered(const struct proof *proof, struct findings *f)
{
    const struct call *call = proof->silent;
    struct err why = call->exchange.err;
    if (call->end == CALL_ANSWERED)
        (void)err_set(&why, ERR_NETWORK, "%s: what answers knows no dry run", call->reply->action);
    (void)err_prefix(&why, "nobody knows of %zu of %zu route tables", proof->unknown, proof->count);
    (void)findings_fail(f, "permission", &why);
}

/* --- What a failover needs. False: dry runs are not answered as such. */

static bool prove_failover(struct app *a, const struct vip *v, struct proof *proof, struct findings *f)
{
    size_t selected = plan_count(&v->plan).selected;
    choose(a, &v->plan, selected, proof);
    for (size_t i = 0; i < proof->count; i++)
        start(a, v, i, write_of(proof->row[i]), &proof->row[i]->seen.id);
    ask(a, proof);
    for (size_t i = 0; i < proof->count; i++)
        if (is_answered(&a->calls[i]) && !ec2_reply_permits(&a->replies[i]))
            refused(a, proof->row[i], &a->calls[i], f);
    if (proof->silent)
        unanswered(proof, f);
    if (proof->permitted > 0)
        findings_add(f, FINDING_OK, "permission", "by dry runs, the writes of a failover are permitted on %zu of %zu route tables",
                     proof->permitted, proof->count);
    if (proof->count < selected)
        findings_add(f, FINDING_OK, "permission", "%zu more route tables were not asked about this time", selected - proof->count);
    return !proof->silent;
}

/* --- What else there is to need */

static void prove_deletion(struct app *a, const struct vip *v, struct proof *proof, struct findings *f)
{
    proof->permitted = 0;
    for (size_t i = 0; i < proof->count; i++)
        start(a, v, i, EC2_DELETE_ROUTE, &proof->row[i]->seen.id);
    ask(a, proof);
    findings_add(f, FINDING_OK, "permission",
                 "DeleteRoute, which nothing needs but release --route, is permitted on %zu of %zu route tables",
                 proof->permitted, proof->count);
}

static void prove_fix(struct app *a, const struct vip *v, struct findings *f)
{
    struct buf body = BUF_OF(a->bodies[0]);
    ec2_put_no_check_dry_run(&body, &v->eni);
    ec2_reply_start_no_check(&a->replies[0]);
    bool permitted = is_answered(check_ask(a, &body, true)) && ec2_reply_permits(&a->replies[0]);
    findings_add(f, FINDING_OK, "permission", "ModifyNetworkInterfaceAttribute, which nothing needs but check --fix, is %spermitted",
                 permitted ? "" : "not ");
}

void prove_writes(struct app *a, const struct vip *v, struct findings *f)
{
    struct proof proof = {0};
    if (!prove_failover(a, v, &proof, f))
        return;
    prove_deletion(a, v, &proof, f);
    prove_fix(a, v, f);
}
