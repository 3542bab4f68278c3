#include "app/call.h"

#include "aws/sigv4.h"

void call_start(struct call *c, struct query_reply *reply, const struct buf *body, bool writes)
{
    c->reply = reply;
    c->body = buf_slice(body);
    c->cut = body->full;
    c->writes = writes;
    c->begin_by_us = UINT64_MAX;
    c->end = CALL_PENDING;
    c->again = false;
    c->attempts = 0;
    c->due_us = 0;
}

static bool put(struct exchange *exchange, struct buf *request, struct err *e)
{
    struct call *c = (struct call *)exchange;
    uint64_t now_us = c->world->now_us(c->world->host);
    int64_t utc_s = c->world->utc_s(c->world->host) + c->api->skew->s;
    c->late = now_us > c->begin_by_us;
    if (c->late)
        return err_set(e, ERR_NETWORK, "no connection to the API was free in time");
    c->corrections = c->api->corrections;
    c->sent_us = now_us;
    struct sigv4_scope scope = {c->api->region.text, c->api->service};
    if (c->api->credentials.access_key[0])
        sigv4_put_post(request, &c->api->origin, scope, &c->api->credentials, utc_s, c->body);
    else
        sigv4_put_unsigned_post(request, &c->api->origin, c->body);
    return !(c->cut || request->full) || err_set(e, ERR_BUG, "a request does not fit its buffer of %d bytes", LIMIT_REQUEST);
}

/* A 200 that is no XML comes from somebody else: a portal, a proxy, a web server under that name. */
static bool body_take(struct call *c, struct slice body, struct err *e)
{
    if (c->http.status == 200 && !c->http.xml)
        return err_set(e, ERR_NETWORK, "what answers is not the API: its content is no XML");
    return query_take(c->reply, c->http.status, body, e);
}

static enum exchange_take take(struct exchange *exchange, struct slice bytes, struct err *e)
{
    struct call *c = (struct call *)exchange;
    for (;;) {
        struct slice body;
        enum http_event event = http_next(&c->http, &bytes, &body, e);
        if (event == HTTP_MORE)
            return EXCHANGE_MORE;
        if (event == HTTP_END) {
            c->ended_us = c->world->now_us(c->world->host);
            return c->http.keep && bytes.len == 0 ? EXCHANGE_DONE : EXCHANGE_CLOSE;
        }
        if (event == HTTP_BAD || !body_take(c, body, e)) {
            c->malformed = true;
            return EXCHANGE_BAD;
        }
    }
}

/* Nothing of a reply that was cut stays. */
static void attempt_start(struct call *c)
{
    c->exchange = (struct exchange){.put = put, .take = take, .end = EXCHANGE_UNSENT};
    c->malformed = c->late = false;
    c->sent_us = c->ended_us = 0;
    http_reply_start(&c->http);
    query_restart(c->reply);
}

static void end(struct call *c, enum call_end how)
{
    c->end = how;
}

/* Another attempt of a reading, unless the deadline forbids it; a write ends here. The last cause is left standing. */
static void again(struct call *c, enum retry_reason reason, uint64_t deadline_us)
{
    const struct world *w = c->world;
    uint64_t now_us = w->now_us(w->host);
    uint64_t wait_us;
    uint64_t left_us = deadline_us > now_us ? deadline_us - now_us : 0;
    c->again = reason != RETRY_NEVER;
    if (!c->writes && retry_wait(reason, c->attempts - 1, left_us, w->random(w->host), &wait_us))
        c->due_us = now_us + wait_us;
    else
        end(c, CALL_FAILED);
}

static void judge_unsent(struct call *c, uint64_t deadline_us)
{
    again(c, c->exchange.err.kind == ERR_NETWORK && !c->exchange.final ? RETRY_CONNECT : RETRY_NEVER, deadline_us);
}

/* A reply that cannot be understood will not be understood the next time either. */
static void judge_lost(struct call *c, uint64_t deadline_us)
{
    if (c->writes)
        end(c, CALL_LOST);
    else
        again(c, c->malformed || c->exchange.err.kind != ERR_NETWORK ? RETRY_NEVER : RETRY_CONNECT, deadline_us);
}

/* The time is wrong when the clocks differ by more than what was corrected already; else the keys are. */
static bool correct(struct call *c, struct err *e)
{
    struct api *api = c->api;
    int64_t skew_s = c->http.has_date ? c->http.date_utc_s - c->world->utc_s(c->world->host) : api->skew->s;
    int64_t error_s = skew_s - api->skew->s;
    bool is_clock = error_s > SKEW_S || error_s < -SKEW_S;
    if (is_clock && !api->skew->corrected) {
        *api->skew = (struct skew){skew_s, true};
        return true;
    }
    if (!api->renew || api->keys_renewed)
        return false;
    api->keys_renewed = true;
    return api->renew(api->context, e);
}

/* Calls that were in flight together fail together: for one that was signed before the last correction it has been made. */
static void judge_unauthentic(struct call *c)
{
    struct err ignored = {0};
    bool stale = c->corrections < c->api->corrections;
    if (!stale && correct(c, &ignored))
        c->api->corrections++;
    c->again = c->corrections < c->api->corrections;
    if (c->again && !c->writes)
        c->due_us = 0;
    else
        end(c, CALL_FAILED);
}

static void judge_answer(struct call *c, uint64_t deadline_us)
{
    (void)query_explain(c->reply, c->http.status, c->answer, &c->exchange.err);
    switch (c->answer) {
    case QUERY_THROTTLED:
        again(c, RETRY_THROTTLED, deadline_us);
        return;
    case QUERY_UNAUTHENTIC:
        judge_unauthentic(c);
        return;
    case QUERY_PASSING:
        if (c->writes)
            end(c, CALL_LOST);
        else
            again(c, RETRY_FAILURE, deadline_us);
        return;
    default:
        end(c, CALL_ANSWERED);
    }
}

static void judge_whole(struct call *c, uint64_t deadline_us)
{
    bool redirect = c->http.status >= 300 && c->http.status < 400;
    if (redirect)
        (void)err_set(&c->exchange.err, ERR_NETWORK, "unexpected redirect (HTTP %u), which is not followed", c->http.status);
    if (redirect || !query_end(c->reply, c->http.status, &c->answer, &c->exchange.err))
        end(c, c->writes ? CALL_LOST : CALL_FAILED);
    else if (c->answer == QUERY_DONE)
        end(c, CALL_ANSWERED);
    else
        judge_answer(c, deadline_us);
}

/* An attempt has half of the time that is left, so that one that hangs leaves time for another on a new connection. */
static uint64_t attempt_deadline(uint64_t now_us, uint64_t deadline_us)
{
    return deadline_us > now_us ? now_us + (deadline_us - now_us) / 2 : deadline_us;
}

static void judge(struct call *c, uint64_t deadline_us, const struct err *before)
{
    struct err *e = &c->exchange.err;
    bool in_vain = e->kind == ERR_DEADLINE;
    c->attempts++;
    c->ended_us = c->ended_us > 0 ? c->ended_us : c->world->now_us(c->world->host);
    /* The attempt's time was up, but not the call's. */
    if (in_vain && c->world->now_us(c->world->host) < deadline_us)
        e->kind = ERR_NETWORK;
    if (c->exchange.end == EXCHANGE_WHOLE)
        judge_whole(c, deadline_us);
    else if (c->exchange.end == EXCHANGE_LOST)
        judge_lost(c, deadline_us);
    else
        judge_unsent(c, deadline_us);
    /* What came of the attempt before tells more than that this one had too little time. */
    if (in_vain && before->kind != ERR_OK)
        *e = *before;
}

/* When the earliest pending call is due; UINT64_MAX when none is pending. */
static uint64_t earliest(const struct call *calls, size_t count)
{
    uint64_t due_us = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (calls[i].end == CALL_PENDING && calls[i].due_us < due_us)
            due_us = calls[i].due_us;
    return due_us;
}

/* One attempt of every call that is due; after a signal all are, for the world to end them and say why. `before`: why there is another. */
static void attempt(const struct world *w, struct api *api, struct call *calls, size_t count, uint64_t deadline_us, bool interruptible,
                    struct err *before)
{
    struct exchange *set[LIMIT_TABLES];
    size_t due = 0;
    uint64_t now_us = w->now_us(w->host);
    bool all = interruptible && w->interrupted(w->host);
    for (size_t i = 0; i < count; i++) {
        if (calls[i].end != CALL_PENDING || (calls[i].due_us > now_us && !all))
            continue;
        calls[i].world = w;
        calls[i].api = api;
        attempt_start(&calls[i]);
        set[due++] = &calls[i].exchange;
    }
    w->exchange(w->host, &api->origin, set, due, attempt_deadline(now_us, deadline_us), interruptible);
    for (size_t i = 0; i < due; i++)
        judge((struct call *)set[i], deadline_us, before);
    for (size_t i = 0; i < due; i++)
        if (((struct call *)set[i])->end == CALL_PENDING)
            *before = set[i]->err;
}

void calls_run(const struct world *w, struct api *api, struct call *calls, size_t count, uint64_t deadline_us, bool interruptible)
{
    struct err before = {0};
    for (;;) {
        uint64_t due_us = earliest(calls, count);
        if (due_us == UINT64_MAX)
            return;
        if (due_us > w->now_us(w->host))
            w->wait(w->host, due_us, interruptible);
        attempt(w, api, calls, count, deadline_us, interruptible, &before);
    }
}
