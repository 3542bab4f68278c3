#include "app/check/prove.h"

#include "app/policy/allow.h"
#include "app/check/checks.h"

#define SECOND_US UINT64_C(1000000)
#define REST_US (2 * SECOND_US) /* for what is looked at afterwards */

/* A table that one VIP selects, and no VIP before it. */
struct selected {
    const struct vip *vip;
    const struct plan_row *row;
};

/* What is asked at once, call by call, and what has come of all so far. */
struct proof {
    size_t count;
    struct selected at[PROVE_FIRST];
    struct selected last;
    size_t asked;
    size_t left;
    size_t permitted[EC2_DELETE_ROUTE + 1];
};

/* --- Which tables */

static const struct plan_row *row_of(const struct vip *v, const struct table_id *id)
{
    const struct plan *p = &v->plan;
    for (size_t i = 0; !v->over && i < p->count; i++)
        if (table_id_eq(&p->at[i].seen.id, id) && plan_selects(p, &p->at[i]))
            return &p->at[i];
    return NULL;
}

static bool is_selected_before(const struct app *a, const struct vip *v, const struct table_id *id)
{
    for (const struct vip *other = a->vips; other < v; other++)
        if (row_of(other, id))
            return true;
    return false;
}

/* The first one (`row` NULL), or the one after. */
static bool next(struct app *a, struct selected *s)
{
    for (const struct vip *v = s->row ? s->vip : vip_next(a, NULL); v; v = vip_next(a, v))
        for (size_t i = s->row && v == s->vip ? (size_t)(s->row - v->plan.at) + 1 : 0; i < v->plan.count; i++) {
            const struct plan_row *row = &v->plan.at[i];
            if (!plan_selects(&v->plan, row) || is_selected_before(a, v, &row->seen.id))
                continue;
            *s = (struct selected){v, row};
            return true;
        }
    return false;
}

/* --- What AWS says */

static bool is_answered(const struct call *call)
{
    return call->end == CALL_ANSWERED && call->answer != QUERY_DONE;
}

/* What AWS says of the route itself it says only to who may write it. */
static bool is_permitted(const struct app *a, size_t i)
{
    const struct call *call = &a->calls[i];
    return is_answered(call) &&
           (ec2_write_reply_permits(&a->written[i]) || call->answer == QUERY_NO_ROUTE || call->answer == QUERY_ROUTE_EXISTS);
}

/* Whether a failover of some VIP would write the table so, as it is now. */
static bool is_needed(struct app *a, const struct table_id *id, enum ec2_write write)
{
    for (const struct vip *v = NULL; (v = vip_next(a, v));) {
        const struct plan_row *row = row_of(v, id);
        if (row && write == (row->seen.route.present ? EC2_REPLACE_ROUTE : EC2_CREATE_ROUTE))
            return true;
    }
    return false;
}

/* What to do about a lack of permission: no policy of another account's helps. */
static void advise(const struct app *a, const struct ec2_table *table, const char *action, struct err *e)
{
    char resource[48];
    struct buf b = BUF_OF(resource);
    const struct account_id *own = &a->caller.account, *owner = &table->owner;
    buf_putf(&b, "route-table/%s", table->id.text);
    if (own->text[0] && owner->text[0] && !account_id_eq(own, owner))
        (void)err_advise(e, "name a role of its account, %s, with --assume-role, as the keys are of %s", owner->text, own->text);
    else
        (void)allow_advise(a, action, buf_text(&b), e);
}

/* What AWS says; where it is a lack of permission, with what gives it. */
static void refused(struct app *a, const struct ec2_table *table, enum ec2_write write, const struct call *call, struct findings *f)
{
    const struct table_id *id = &table->id;
    struct err why = call->exchange.err;
    if (call->http.status == 403)
        advise(a, table, call->reply->action, &why);
    if (is_needed(a, id, write)) {
        (void)err_prefix(&why, "%s", id->text);
        (void)findings_fail(f, "permission", &why);
        return;
    }
    (void)err_prefix(&why, "%s, once it has %s route", id->text, write == EC2_CREATE_ROUTE ? "no" : "a");
    findings_warn(f, "permission", &why);
}

/* What was not answered is told once, as all of it has one cause. */
static void unanswered(const struct call *call, size_t unknown, size_t count, struct findings *f)
{
    struct err why = call->exchange.err;
    if (call->end == CALL_ANSWERED)
        (void)err_set(&why, ERR_NETWORK, "%s: what answers knows no dry run", call->reply->action);
    (void)err_prefix(&why, "nobody knows of %zu of %zu route tables", unknown, count);
    (void)findings_fail(f, "permission", &why);
}

/* --- A few tables at a time */

static void start(struct app *a, const struct proof *proof, enum ec2_write write)
{
    for (size_t i = 0; i < proof->count; i++) {
        struct buf body = BUF_OF(a->bodies[i]);
        const struct vip *v = proof->at[i].vip;
        ec2_put_dry_run(&body, write, &proof->at[i].row->seen.id, v->placement.destination, &v->eni);
        ec2_write_reply_start(&a->written[i], write);
        call_start(&a->calls[i], &a->written[i].query, &body, true); /* as a write: in one attempt */
    }
}

/* False: dry runs are not answered as such. */
static bool ask(struct app *a, struct proof *proof, enum ec2_write write, struct findings *f)
{
    const struct call *silent = NULL;
    size_t unknown = 0;
    start(a, proof, write);
    calls_run(&a->world, &a->api, a->calls, proof->count, a->write_deadline_us, true);
    for (size_t i = 0; i < proof->count; i++) {
        const struct call *call = &a->calls[i];
        if (is_permitted(a, i))
            proof->permitted[write]++;
        else if (write == EC2_DELETE_ROUTE)
            continue;
        else if (is_answered(call))
            refused(a, &proof->at[i].row->seen, write, call, f);
        else {
            silent = call;
            unknown++;
        }
    }
    if (silent)
        unanswered(silent, unknown + proof->left, proof->asked + proof->left, f);
    return !silent;
}

static size_t count_after(struct app *a, struct selected s)
{
    size_t count = 0;
    while (next(a, &s))
        count++;
    return count;
}

/* False: there are none left, or there is no time for them. */
static bool choose(struct app *a, size_t most, uint64_t at_us, struct proof *proof)
{
    const struct world *w = &a->world;
    if (proof->left == 0 || (proof->asked > 0 && at_us + REST_US > a->write_deadline_us))
        return false;
    if (proof->asked > 0)
        w->wait(w->host, at_us, true);
    for (proof->count = 0; proof->count < most && next(a, &proof->last); proof->count++)
        proof->at[proof->count] = proof->last;
    proof->asked += proof->count;
    proof->left -= proof->count;
    return true;
}

/* Each by name: somebody has to ask about it. */
static void unasked(struct app *a, const struct proof *proof, struct findings *f)
{
    for (struct selected s = proof->last; next(a, &s);)
        findings_add(f, FINDING_WARNING, "permission", "%s was not asked about before the deadline came; mirrorvip check --deadline %zu",
                     s.row->seen.id.text, a->options.deadline_s + proof->left / PROVE_A_SECOND + 2);
}

bool prove_routes(struct app *a, struct findings *f)
{
    struct proof proof = {.left = count_after(a, (struct selected){NULL, NULL})};
    const size_t *permitted = proof.permitted;
    uint64_t at_us = app_now_us(a);
    bool told = true;
    for (size_t most = PROVE_FIRST; told && choose(a, most, at_us, &proof); most = PROVE_A_SECOND) {
        at_us = app_now_us(a) + SECOND_US;
        for (int write = EC2_REPLACE_ROUTE; told && write <= EC2_DELETE_ROUTE; write++)
            told = ask(a, &proof, (enum ec2_write)write, f);
    }
    if (permitted[EC2_REPLACE_ROUTE] + permitted[EC2_CREATE_ROUTE] > 0)
        findings_add(f, FINDING_OK, "permission",
                     "of %zu route table%s ReplaceRoute is permitted on %zu, CreateRoute on %zu, and DeleteRoute, which nothing needs but "
                     "release --route, on %zu: by dry runs, which tell of permission alone",
                     proof.asked, plural(proof.asked), permitted[EC2_REPLACE_ROUTE], permitted[EC2_CREATE_ROUTE],
                     permitted[EC2_DELETE_ROUTE]);
    if (told)
        unasked(a, &proof, f);
    return told;
}

void prove_fix(struct app *a, const struct vip *v, struct findings *f)
{
    struct buf body = BUF_OF(a->bodies[0]);
    ec2_put_no_check_dry_run(&body, &v->eni);
    ec2_write_reply_start_no_check(&a->written[0]);
    bool told = is_answered(check_ask(a, &a->written[0].query, &body, true));
    findings_add(f, FINDING_OK, "permission", "ModifyNetworkInterfaceAttribute of %s, which nothing needs but check --fix, is %s",
                 v->eni.text, is_permitted(a, 0) ? "permitted" : told ? "not permitted" : "not known to be permitted");
}
