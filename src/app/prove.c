#include "app/prove.h"

#include "aws/endpoint.h"

static enum ec2_write write_of(const struct plan_row *row)
{
    return row->seen.route.present ? EC2_REPLACE_ROUTE : EC2_CREATE_ROUTE;
}

/* The selected tables; where they are too many, those from some table on. */
static size_t choose(const struct app *a, size_t selected, const struct plan_row **chosen)
{
    const struct plan *p = &a->vips[0].plan;
    size_t from = selected > PROVE_MOST ? a->world.random(a->world.host) % p->count : 0;
    size_t count = 0;
    for (size_t i = 0; i < p->count && count < PROVE_MOST; i++) {
        const struct plan_row *row = &p->at[(from + i) % p->count];
        if (plan_selects(p, row))
            chosen[count++] = row;
    }
    return count;
}

static void start(struct app *a, size_t i, const struct plan_row *row)
{
    struct buf body = BUF_OF(a->bodies[i]);
    ec2_put_dry_run(&body, write_of(row), &row->seen.id, a->vips[0].placement.destination, &a->vips[0].eni);
    ec2_reply_start_write(&a->replies[i], write_of(row));
    call_start(&a->calls[i], &a->replies[i].query, buf_slice(&body), true); /* as a write: in one attempt */
}

static bool is_answered(const struct call *call)
{
    return call->end == CALL_ANSWERED && call->answer != QUERY_DONE;
}

/* What AWS says; where it is a lack of permission, with the statement that gives it. */
static void refused(const struct app *a, const struct plan_row *row, const struct call *call, struct findings *f)
{
    const char *id = row->seen.id.text;
    struct err why = {0};
    struct slice said = slice_of(call->exchange.err.text);
    struct slice happened = slice_cut(&said, ';');
    if (call->http.status == 403)
        (void)err_set(&why, ERR_REFUSED,
                      "%.*s; allow it: {\"Effect\": \"Allow\", \"Action\": \"ec2:%s\", \"Resource\": \"arn:%s:ec2:%s:*:route-table/%s\"}",
                      (int)happened.len, happened.at, call->reply->action, endpoint_partition(&a->region), a->region.text, id);
    else
        why = call->exchange.err;
    (void)err_prefix(&why, "%s", id);
    (void)findings_fail(f, "permission", &why);
}

/* What was not answered is told once, as all of it has one cause. */
static void unanswered(const struct call *call, size_t count, size_t asked, struct findings *f)
{
    struct err why = call->exchange.err;
    if (call->end == CALL_ANSWERED)
        (void)err_set(&why, ERR_NETWORK, "%s: what answers knows no dry run", call->reply->action);
    (void)err_prefix(&why, "nobody knows of %zu of %zu route tables", count, asked);
    (void)findings_fail(f, "permission", &why);
}

void prove_writes(struct app *a, struct findings *f)
{
    const struct plan_row *chosen[PROVE_MOST];
    size_t selected = plan_count(&a->vips[0].plan).selected;
    size_t asked = choose(a, selected, chosen);
    size_t permitted = 0, unknown = 0;
    const struct call *silent = NULL;
    for (size_t i = 0; i < asked; i++)
        start(a, i, chosen[i]);
    calls_run(&a->world, &a->api, a->calls, asked, a->write_deadline_us, true);
    for (size_t i = 0; i < asked; i++) {
        const struct call *call = &a->calls[i];
        if (!is_answered(call)) {
            silent = call;
            unknown++;
        } else if (ec2_reply_permits(&a->replies[i]))
            permitted++;
        else
            refused(a, chosen[i], call, f);
    }
    if (silent)
        unanswered(silent, unknown, asked, f);
    if (permitted > 0)
        findings_add(f, FINDING_OK, "permission", "by dry runs, the writes of a failover are permitted on %zu of %zu route tables",
                     permitted, asked);
    if (asked < selected)
        findings_add(f, FINDING_OK, "permission", "%zu more route tables were not asked about this time", selected - asked);
}
