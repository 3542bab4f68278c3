#include "app/execute.h"

#include "base/format.h"

/* The rows that the calls in flight belong to. */
struct batch {
    size_t count;
    struct vip *vips[LIMIT_TABLES];
    struct plan_row *rows[LIMIT_TABLES];
};

static void batch_add(struct app *a, struct batch *batch, struct vip *v, struct plan_row *row, enum ec2_write write)
{
    struct buf body = BUF_OF(a->bodies[batch->count]);
    ec2_put_write(&body, write, &row->seen.id, v->placement.destination, &v->eni);
    ec2_write_reply_start(&a->written[batch->count], write);
    call_start(&a->calls[batch->count], &a->written[batch->count].query, &body, true);
    batch->vips[batch->count] = v;
    batch->rows[batch->count++] = row;
}

static void batch_run(struct app *a, const struct batch *batch, bool interruptible)
{
    calls_run(&a->world, &a->api, a->calls, batch->count, a->write_deadline_us, interruptible);
}

static bool any_sent(const struct app *a, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (a->calls[i].sent_us > 0)
            return true;
    return false;
}

/* No route where one was to be replaced, or one where it was to be created: the plan knows what comes next. */
static void row_take(struct plan *p, struct plan_row *row, const struct call *call, bool sent)
{
    if (call->end == CALL_LOST)
        plan_lost(p, row, &call->exchange.err);
    else if (call->late && !sent)
        plan_put_off(p, row, &call->exchange.err); /* the connection that came too late is for the write, not for a look */
    else if (call->end == CALL_FAILED && call->again)
        plan_undone(p, row, &call->exchange.err);
    else if (call->end == CALL_FAILED || call->answer == QUERY_REFUSED)
        plan_failed(p, row, &call->exchange.err);
    else
        plan_answered(row, call->answer);
}

/* Throttling weighs more than a connection that did not come about: it asks for a longer pause. */
static void rows_take(const struct app *a, const struct batch *batch, struct pace_batch *end)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct call *call = &a->calls[i];
        row_take(&batch->vips[i]->plan, batch->rows[i], call, end->sent);
        end->spent += call->end != CALL_FAILED;
        end->left += call->end == CALL_FAILED && call->again;
        if (call->end == CALL_FAILED && call->again && !call->late && end->undone != RETRY_THROTTLED)
            end->undone = call->exchange.err.kind == ERR_THROTTLED ? RETRY_THROTTLED : RETRY_CONNECT;
    }
}

#define PARTS 8 /* of a step in its chart */

static void add_part(struct app *a, const struct batch *batch, size_t first, size_t count)
{
    char more[32] = "";
    uint64_t from_us = UINT64_MAX, to_us = 0;
    for (size_t i = first; i < first + count; i++) {
        const struct call *call = &a->calls[i];
        from_us = call->sent_us > 0 && call->sent_us < from_us ? call->sent_us : from_us;
        to_us = call->ended_us > to_us ? call->ended_us : to_us;
    }
    if (count > 1)
        (void)format_text(more, sizeof more, " +%zu", count - 1);
    if (from_us < to_us)
        timeline_add_part(&a->timeline, from_us, to_us, "%s%s", batch->rows[first]->seen.id.text, more);
}

/* Where the time of each write went, or of each few of them where there are many. */
static void add_parts(struct app *a, const struct batch *batch)
{
    size_t each = (batch->count + PARTS - 1) / PARTS;
    for (size_t first = 0; first < batch->count; first += each)
        add_part(a, batch, first, batch->count - first < each ? batch->count - first : each);
}

/* None as long as another owner may have come. */
static void add_writes(struct app *a, struct batch *batch, struct vip *v, size_t most)
{
    if (plan_count(&v->plan).in_doubt > 0)
        return;
    for (size_t i = 0; i < v->plan.count && batch->count < most; i++) {
        struct plan_row *row = &v->plan.at[i];
        enum plan_next next = plan_next(&v->plan, row);
        if (next != PLAN_REPLACE && next != PLAN_CREATE)
            continue;
        batch_add(a, batch, v, row, next == PLAN_REPLACE ? EC2_REPLACE_ROUTE : EC2_CREATE_ROUTE);
        plan_writing(row);
    }
}

static size_t count_written(struct app *a)
{
    size_t written = 0;
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        written += plan_count(&v->plan).written;
    return written;
}

struct pace_batch execute_writes(struct app *a, size_t most, uint64_t begin_by_us)
{
    struct batch batch = {0};
    struct pace_batch end = {.began_us = app_now_us(a), .undone = RETRY_NEVER};
    size_t before = count_written(a);
    a->metadata.fetch.interruptible = false; /* nor does a signal end a renewal of the keys that these writes need */
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        add_writes(a, &batch, v, most < LIMIT_TABLES ? most : LIMIT_TABLES);
    for (size_t i = 0; i < batch.count; i++)
        a->calls[i].begin_by_us = begin_by_us;
    batch_run(a, &batch, false);
    end.sent = any_sent(a, &batch);
    rows_take(a, &batch, &end);
    end.ended_us = app_now_us(a);
    timeline_add(&a->timeline, "write", end.began_us, end.ended_us, "%zu of %zu written%s", count_written(a) - before, batch.count,
                 end.undone == RETRY_THROTTLED ? ", then throttled" : "");
    add_parts(a, &batch);
    return end;
}

static bool is_ours(const struct vip *v, const struct plan_row *row)
{
    bool dead = row->says == PLAN_BLACKHOLE && eni_id_eq(&row->seen.route.eni, &v->eni);
    return row->says == PLAN_HERE || dead;
}

bool execute_may_delete(const struct vip *v)
{
    for (size_t i = 0; i < v->plan.count; i++)
        if (is_ours(v, &v->plan.at[i]))
            return true;
    return false;
}

/* Whether the call has left the table without our route; `again` when a look and another attempt may still do so. */
static bool is_deleted(const struct call *call, bool *again)
{
    *again |= call->again || call->end == CALL_LOST;
    return call->end == CALL_ANSWERED && (call->answer == QUERY_DONE || call->answer == QUERY_NO_ROUTE);
}

/* Those of one VIP. What cannot be deleted yet leaves another attempt to do. */
static void add_deletions(struct app *a, struct batch *batch, struct vip *v)
{
    v->again = false;
    for (size_t i = 0; i < v->plan.count; i++) {
        struct plan_row *row = &v->plan.at[i];
        if (!is_ours(v, row))
            continue;
        if (row->alike >= 2 && batch->count < LIMIT_TABLES) {
            batch_add(a, batch, v, row, EC2_DELETE_ROUTE);
            continue;
        }
        v->again = true;
        (void)err_set(&v->stop, ERR_UNVERIFIED, "%s points here, but %s", row->seen.id.text,
                      row->alike < 2 ? "has not been seen to in two readings" : "others were to be deleted first");
    }
}

static void deletion_take(struct vip *v, const struct plan_row *row, const struct call *call)
{
    bool done = is_deleted(call, &v->again);
    v->deleted += done;
    if (done || v->stop.kind != ERR_OK)
        return;
    v->stop = call->exchange.err;
    (void)err_prefix(&v->stop, "%s", row->seen.id.text);
}

void execute_deletions(struct app *a)
{
    struct batch batch = {0};
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        add_deletions(a, &batch, v);
    batch_run(a, &batch, true);
    for (size_t i = 0; i < batch.count; i++)
        deletion_take(batch.vips[i], batch.rows[i], &a->calls[i]);
}
