#include "app/fetch.h"

#define ATTEMPT_US UINT64_C(1000000)

static const uint64_t waits_us[] = {250000, 500000, 1000000};

void fetch_start(struct fetch *f, const struct world *w, const struct origin *origin)
{
    f->world = w;
    f->origin = origin;
    f->interruptible = true;
    f->skew_s = 0;
    f->passing_401 = false;
}

void fetch_forget(struct fetch *f)
{
    wipe(f->text, f->body.len);
    f->body = BUF_OF(f->text);
}

static struct fetch *owner(struct exchange *exchange)
{
    return (struct fetch *)((char *)exchange - offsetof(struct fetch, exchange));
}

static bool put(struct exchange *exchange, struct buf *request, struct err *e)
{
    const struct fetch *f = owner(exchange);
    f->put(f, request);
    return !request->full || err_set(e, ERR_BUG, "a request does not fit its buffer of %d bytes", LIMIT_REQUEST);
}

static enum exchange_take take(struct exchange *exchange, struct slice bytes, struct err *e)
{
    struct fetch *f = owner(exchange);
    for (;;) {
        struct slice piece;
        enum http_event event = http_next(&f->http, &bytes, &piece, e);
        if (event == HTTP_MORE)
            return EXCHANGE_MORE;
        if (event == HTTP_END)
            return f->http.keep && bytes.len == 0 ? EXCHANGE_DONE : EXCHANGE_CLOSE;
        if (event == HTTP_BODY)
            buf_put(&f->body, piece);
        if (event == HTTP_BAD)
            return EXCHANGE_BAD;
    }
}

static void note_skew(struct fetch *f)
{
    if (f->http.has_date)
        f->skew_s = f->http.date_utc_s - f->world->utc_s(f->world->host);
}

/* One attempt: true when there is an answer, of whatever status. */
static bool attempt(struct fetch *f, uint64_t deadline_us)
{
    const struct world *w = f->world;
    uint64_t limit_us = w->now_us(w->host) + ATTEMPT_US;
    struct exchange *set[] = {&f->exchange};
    f->exchange = (struct exchange){.put = put, .take = take, .end = EXCHANGE_UNSENT};
    fetch_forget(f);
    http_reply_start(&f->http);
    w->exchange(w->host, f->origin, set, 1, limit_us < deadline_us ? limit_us : deadline_us, f->interruptible);
    if (f->exchange.end != EXCHANGE_WHOLE)
        return false;
    note_skew(f);
    return true;
}

static bool is_passing(const struct fetch *f, bool answered)
{
    if (answered)
        return f->http.status >= 500 || (f->http.status == 401 && f->passing_401);
    return f->exchange.err.kind == ERR_NETWORK || f->exchange.err.kind == ERR_DEADLINE;
}

bool fetch_run(struct fetch *f, uint64_t deadline_us)
{
    const struct world *w = f->world;
    bool answered = attempt(f, deadline_us);
    for (size_t i = 0; i < sizeof waits_us / sizeof *waits_us && is_passing(f, answered); i++) {
        uint64_t next_us = w->now_us(w->host) + waits_us[i];
        if (next_us >= deadline_us || (f->interruptible && w->interrupted(w->host)))
            break;
        w->wait(w->host, next_us, f->interruptible);
        answered = attempt(f, deadline_us);
    }
    return answered;
}
