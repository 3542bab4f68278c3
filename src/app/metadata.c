#include "app/metadata.h"

#include <string.h>

#define ATTEMPT_US UINT64_C(1000000)
#define TOKEN_TTL_S 300 /* longer than any deadline but the longest, and a new token is fetched on 401 */

static const uint64_t waits_us[] = {250000, 500000, 1000000};

void metadata_start(struct metadata *m, const struct world *w, const struct origin *origin)
{
    memset(m, 0, sizeof *m);
    m->world = w;
    m->origin = *origin;
    m->interruptible = true;
}

static struct metadata *owner(struct exchange *exchange)
{
    return (struct metadata *)((char *)exchange - offsetof(struct metadata, exchange));
}

static bool is_token_request(const struct metadata *m)
{
    return !m->has_token;
}

static bool put(struct exchange *exchange, struct buf *request, struct err *e)
{
    struct metadata *m = owner(exchange);
    if (is_token_request(m))
        imds_put_token_request(request, &m->origin, TOKEN_TTL_S);
    else
        imds_put_get(request, &m->origin, &m->token, m->path);
    return !request->full || err_set(e, ERR_BUG, "a metadata request does not fit its buffer");
}

static enum exchange_take take(struct exchange *exchange, struct slice bytes, struct err *e)
{
    struct metadata *m = owner(exchange);
    for (;;) {
        struct slice piece;
        enum http_event event = http_next(&m->http, &bytes, &piece, e);
        if (event == HTTP_MORE)
            return EXCHANGE_MORE;
        if (event == HTTP_END)
            return m->http.keep && bytes.len == 0 ? EXCHANGE_DONE : EXCHANGE_CLOSE;
        if (event == HTTP_BODY)
            buf_put(&m->body, piece);
        if (event == HTTP_BAD)
            return EXCHANGE_BAD;
    }
}

static void note_skew(struct metadata *m)
{
    if (m->http.has_date)
        m->skew_s = m->http.date_utc_s - m->world->utc_s(m->world->host);
}

/* One attempt: true when there is an answer, of whatever status. */
static bool attempt(struct metadata *m, uint64_t deadline_us)
{
    const struct world *w = m->world;
    uint64_t limit_us = w->now_us(w->host) + ATTEMPT_US;
    struct exchange *set[] = {&m->exchange};
    m->exchange = (struct exchange){.put = put, .take = take, .end = EXCHANGE_UNSENT};
    m->body = BUF_OF(m->text);
    http_reply_start(&m->http);
    w->exchange(w->host, &m->origin, set, 1, limit_us < deadline_us ? limit_us : deadline_us, m->interruptible);
    if (m->exchange.end != EXCHANGE_WHOLE)
        return false;
    note_skew(m);
    return true;
}

/* A token that timed out while plain connections work is the sign of a hop limit of 1 seen from a container. */
static bool no_answer(const struct metadata *m, struct err *e)
{
    const struct err *cause = &m->exchange.err;
    if (cause->kind == ERR_INTERRUPTED || cause->kind == ERR_BUG)
        return err_set(e, cause->kind, "%s", cause->text);
    if (is_token_request(m) && m->exchange.end == EXCHANGE_LOST)
        return err_set(e, ERR_IDENTITY,
                       "the metadata service does not answer the request for a token (%s); "
                       "in a container raise the instance's metadata hop limit to 2",
                       cause->text);
    return err_set(e, ERR_IDENTITY,
                   "the metadata service does not answer (%s); check that it is enabled and that a firewall lets %s through", cause->text,
                   m->origin.host);
}

/* A stale token needs a new one, not another attempt with the old one. */
static bool is_passing(const struct metadata *m, bool answered)
{
    if (answered)
        return imds_status_is_passing(m->http.status) && (m->http.status != 401 || is_token_request(m));
    return m->exchange.err.kind == ERR_NETWORK || m->exchange.err.kind == ERR_DEADLINE;
}

/* Attempts until there is an answer that another attempt would not better. */
static bool ask(struct metadata *m, uint64_t deadline_us, struct err *e)
{
    const struct world *w = m->world;
    bool answered = attempt(m, deadline_us);
    for (size_t i = 0; i < sizeof waits_us / sizeof *waits_us && is_passing(m, answered); i++) {
        uint64_t next_us = w->now_us(w->host) + waits_us[i];
        if (next_us >= deadline_us || (m->interruptible && w->interrupted(w->host)))
            break;
        w->wait(w->host, next_us, m->interruptible);
        answered = attempt(m, deadline_us);
    }
    return answered || no_answer(m, e);
}

static bool fetch(struct metadata *m, const char *path, uint64_t deadline_us, struct err *e)
{
    m->path = path;
    return ask(m, deadline_us, e) &&
           (!m->body.full ||
            err_set(e, ERR_IDENTITY, "the metadata service's answer for %s is longer than %d bytes", path, LIMIT_IMDS_REPLY));
}

static bool token_fetch(struct metadata *m, uint64_t deadline_us, struct err *e)
{
    m->has_token = false;
    m->has_token = fetch(m, IMDS_TOKEN_PATH, deadline_us, e) && imds_status_check(m->http.status, IMDS_TOKEN_PATH, e) &&
                   imds_token_decode(buf_slice(&m->body), &m->token, e);
    return m->has_token;
}

bool metadata_get(struct metadata *m, const char *path, uint64_t deadline_us, struct slice *body, struct err *e)
{
    if ((!m->has_token && !token_fetch(m, deadline_us, e)) || !fetch(m, path, deadline_us, e))
        return false;
    if (m->http.status == 401 && (!token_fetch(m, deadline_us, e) || !fetch(m, path, deadline_us, e)))
        return false;
    if (!imds_status_check(m->http.status, path, e))
        return false;
    *body = buf_slice(&m->body);
    return true;
}
