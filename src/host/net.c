#include "host/net.h"

#include "host/clock.h"
#include "host/process.h"
#include "host/random.h"
#include "host/wait.h"
#include "wire/uri.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* One call of net_exchange(): the exchanges before `next` have a connection or have ended. */
struct run {
    struct net *net;
    struct exchange **set;
    size_t count;
    size_t next;
    struct connection_run each;
};

void net_start(struct net *n, const struct trust *trust)
{
    n->trust = trust;
    n->last = &n->peers[0];
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        n->connections[i].state = CONNECTION_CLOSED;
}

/* ---- peers ---- */

static bool is_peer(const struct peer *peer, const struct origin *origin)
{
    return strcmp(peer->origin.host, origin->host) == 0 && peer->origin.port == origin->port && peer->origin.tls == origin->tls &&
           peer->origin.proxy == origin->proxy;
}

static struct peer *peer_of(struct net *n, const struct origin *origin)
{
    for (size_t i = 0; i < NET_PEERS; i++)
        if (is_peer(&n->peers[i], origin))
            return &n->peers[i];
    return NULL;
}

static void peer_name(struct peer *peer)
{
    struct buf b = BUF_OF(peer->name);
    buf_puts(&b, peer->origin.host);
    if (peer->origin.proxy) {
        buf_puts(&b, " (through the proxy ");
        uri_put_host_port(&b, &peer->origin.proxy->origin);
        buf_putc(&b, ')');
    }
    (void)buf_text(&b);
}

bool net_resolve(struct net *n, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e)
{
    struct peer *peer = peer_of(n, origin);
    struct origin none = {.host = ""};
    *unresolved = false;
    if (peer)
        return true;
    peer = peer_of(n, &none);
    if (!peer)
        return err_set(e, ERR_BUG, "more than %d peers", NET_PEERS);
    if (!resolve(origin_hop(origin), deadline_us, &peer->addresses, unresolved, e))
        return origin->proxy ? err_prefix(e, "the proxy") : false;
    if (origin->tls && !random_await(deadline_us, e))
        return false;
    peer->origin = *origin;
    peer_name(peer);
    peer->good = 0;
    return true;
}

/* ---- the loop ---- */

static bool is_ours(const struct run *r, const struct connection *c)
{
    return c->state != CONNECTION_CLOSED && c->peer == r->each.peer;
}

static bool is_coming(const struct connection *c)
{
    return c->state == CONNECTION_CONNECTING || c->state == CONNECTION_TUNNELLING || c->state == CONNECTION_SECURING;
}

/* Gives waiting exchanges to idle connections, and begins at once: the first packet need not wait for a poll. */
static void assign(struct run *r)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct connection *c = &r->net->connections[i];
        while (is_ours(r, c) && c->state == CONNECTION_IDLE && r->next < r->count) {
            if (!connection_is_usable(c)) {
                connection_close(c);
                break;
            }
            connection_begin(c, r->set[r->next++]);
            connection_pump(c, &r->each);
        }
    }
}

/* Opens as many connections as there are exchanges that no connection is there or on its way for. */
static void open_more(struct run *r)
{
    size_t waiting = r->count - r->next;
    size_t coming = 0;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        coming += is_ours(r, &r->net->connections[i]) && is_coming(&r->net->connections[i]);
    for (size_t i = 0; i < LIMIT_CONNECTIONS && coming < waiting && r->each.refused.kind == ERR_OK; i++)
        if (r->net->connections[i].state == CONNECTION_CLOSED) {
            connection_open(&r->net->connections[i], &r->each);
            coming++;
        }
}

/* The connections that have something to wait for, and until when at most. */
struct waiting {
    size_t count;
    uint64_t until_us;
    struct pollfd polled[LIMIT_CONNECTIONS];
    struct connection *connections[LIMIT_CONNECTIONS];
};

static void waiting_for(struct run *r, struct waiting *w)
{
    w->count = 0;
    w->until_us = r->each.deadline_us;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct connection *c = &r->net->connections[i];
        if (!is_ours(r, c) || c->state == CONNECTION_IDLE)
            continue;
        if (c->state == CONNECTION_CONNECTING && c->limit_us < w->until_us)
            w->until_us = c->limit_us;
        w->polled[w->count] = (struct pollfd){.fd = c->fd, .events = connection_events(c)};
        w->connections[w->count++] = c;
    }
}

static void serve(struct run *r, const struct waiting *w)
{
    uint64_t now_us = clock_now_us();
    for (size_t i = 0; i < w->count; i++) {
        struct connection *c = w->connections[i];
        if (w->polled[i].revents != 0)
            connection_pump(c, &r->each);
        else if (c->state == CONNECTION_CONNECTING && c->limit_us <= now_us)
            connection_next(c, &r->each, ETIMEDOUT);
    }
}

/* Of a reply that has begun to come, how far it came: a path that lets no large packet through is known by that. */
static struct err why_ended(const struct connection *c, const struct err *e)
{
    struct err own = {0};
    if (e->kind != ERR_DEADLINE || c->state != CONNECTION_BUSY || c->received == 0)
        return *e;
    (void)err_set(&own, e->kind, "the reply of %s stopped after %zu bytes", c->peer->origin.host, c->received);
    return own;
}

/* Ends everything that has not ended. */
static void give_up(struct run *r, const struct err *e)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct connection *c = &r->net->connections[i];
        struct err own = why_ended(c, e);
        if (is_ours(r, c) && c->state != CONNECTION_IDLE)
            connection_fail(c, &r->each, &own);
    }
    for (; r->next < r->count; r->next++) {
        r->set[r->next]->end = EXCHANGE_UNSENT;
        r->set[r->next]->err = *e;
        r->set[r->next]->final = r->each.final;
    }
}

/* Why the run cannot go on. */
static struct err why_over(const struct run *r)
{
    struct err e = {0};
    if (r->each.interruptible && process_interrupted())
        (void)err_set(&e, ERR_INTERRUPTED, "a signal asked to end");
    else
        (void)err_set(&e, ERR_DEADLINE, "no answer from %s in the time there was", r->each.peer->name);
    return e;
}

/* What is idle now may have been so for long. */
static void keep(const struct run *r)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        r->net->connections[i].kept |= r->net->connections[i].state == CONNECTION_IDLE;
}

/* Connections that came too late to be of use are kept: the next call may use them. */
static bool is_done(const struct run *r)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        if (is_ours(r, &r->net->connections[i]) && r->net->connections[i].state == CONNECTION_BUSY)
            return false;
    return r->next == r->count;
}

static void run(struct run *r)
{
    keep(r);
    while (!connection_is_over(&r->each)) {
        struct waiting w;
        assign(r);
        if (is_done(r))
            return;
        open_more(r);
        waiting_for(r, &w);
        if (w.count == 0) {
            give_up(r, &r->each.refused);
            return;
        }
        /* Once more: a signal that came in while bytes moved does not end the wait. */
        if (!connection_is_over(&r->each) && wait_ready(w.polled, w.count, w.until_us) >= 0)
            serve(r, &w);
    }
    struct err e = why_over(r);
    give_up(r, &e);
}

static void end_all(struct exchange **set, size_t count, const struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        set[i]->end = EXCHANGE_UNSENT;
        set[i]->err = *e;
    }
}

void net_exchange(struct net *n, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us,
                  bool interruptible)
{
    struct err e = {0};
    bool unresolved;
    if (!net_resolve(n, origin, deadline_us, &unresolved, &e)) {
        end_all(set, count, &e);
        return;
    }
    struct run r = {.net = n, .set = set, .count = count};
    r.each = (struct connection_run){
        .peer = peer_of(n, origin),
        .trust = n->trust,
        .deadline_us = deadline_us,
        .interruptible = interruptible,
    };
    n->last = r.each.peer;
    run(&r);
}

void net_end(struct net *n)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        connection_close(&n->connections[i]);
    for (size_t i = 0; i < NET_PEERS; i++)
        wipe(&n->peers[i].session, sizeof n->peers[i].session);
}
