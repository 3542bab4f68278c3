#include "host/net.h"

#include "host/clock.h"
#include "host/process.h"
#include "host/random.h"
#include "host/wait.h"
#include "wire/uri.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* An answer that takes longer leaves time in which further connections cost nothing. */
#define AHEAD_US UINT64_C(3000)

/* One call of net_exchange(): the exchanges before `next` have a connection or have ended. */
struct run {
    struct net *net;
    struct peer *peer;
    struct exchange **set;
    size_t count;
    size_t next;
    uint64_t ahead_us; /* from when on connections are opened that no exchange of this call needs */
    uint64_t deadline_us;
    bool interruptible;
};

void net_start(struct net *n, const struct trust *trust)
{
    n->trust = trust;
    n->last = &n->peers[0];
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        n->connections[i] = (struct connection){.state = CONNECTION_CLOSED, .room = &n->rooms[i]};
}

/* ---- peers ---- */

static bool is_peer(const struct peer *peer, const struct origin *origin)
{
    return strcmp(peer->origin.host, origin->host) == 0 && peer->origin.port == origin->port && peer->origin.tls == origin->tls &&
           peer->origin.proxy == origin->proxy;
}

static struct peer *peer_of(struct net *n, const struct origin *origin)
{
    for (size_t i = 0; i < n->peer_count; i++)
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

/* NULL: there are too many. */
static struct peer *peer_for(struct net *n, const struct origin *origin)
{
    struct peer *peer = peer_of(n, origin);
    if (peer || n->peer_count == NET_PEERS)
        return peer;
    peer = &n->peers[n->peer_count++];
    peer->origin = *origin;
    peer->trust = n->trust;
    peer_name(peer);
    return peer;
}

/* A closed one; else one of another peer is closed, which has no exchange while this one is asked. NULL: all are the peer's. */
static struct connection *connection_for(struct net *n, const struct peer *peer)
{
    struct connection *other = NULL;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct connection *c = &n->connections[i];
        if (c->state == CONNECTION_CLOSED)
            return c;
        if (c->peer != peer)
            other = c;
    }
    if (other)
        connection_close(other);
    return other;
}

void net_expect(struct net *n, const struct origin *origin, size_t count)
{
    struct peer *peer = peer_for(n, origin);
    if (!peer)
        return;
    peer->expected = count;
    if (peer->addresses.count == 0 && peer->lookup.pid == 0)
        resolve_begin(origin_hop(&peer->origin), &peer->lookup);
}

bool net_resolve(struct net *n, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e)
{
    struct peer *peer = peer_for(n, origin);
    struct address_list list;
    *unresolved = false;
    if (!peer)
        return err_set(e, ERR_BUG, "more than %d peers", NET_PEERS);
    if (peer->addresses.count > 0)
        return true;
    if (!resolve(origin_hop(origin), &peer->lookup, deadline_us, &list, unresolved, e))
        return origin->proxy ? err_prefix(e, "the proxy") : false;
    if (origin->tls && !random_await(deadline_us, e))
        return false;
    peer->addresses = list;
    struct connection *c = peer->expected > 0 ? connection_for(n, peer) : NULL;
    if (c)
        connection_open(c, peer);
    return true;
}

/* ---- the loop ---- */

static bool is_ours(const struct run *r, const struct connection *c)
{
    return c->state != CONNECTION_CLOSED && c->peer == r->peer;
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
            connection_pump(c, r->deadline_us);
            r->ahead_us = clock_now_us() + AHEAD_US;
        }
    }
}

/* Of the peer's connections, those that are there and those that are on their way. */
static void count_ours(const struct run *r, size_t *there, size_t *coming)
{
    *there = *coming = 0;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        const struct connection *c = &r->net->connections[i];
        if (is_ours(r, c))
            ++*(is_coming(c) ? coming : there);
    }
}

/*
 * How many more connections are of use: one for each exchange that none is there or on its way for; and those that are
 * expected, when the first one has come about, so that they can resume its session, and its answer takes time. A proxy is
 * asked for none of these.
 */
static size_t lacking(const struct run *r, uint64_t now_us)
{
    size_t there, coming;
    count_ours(r, &there, &coming);
    size_t waiting = r->count - r->next;
    bool ahead = waiting == 0 && there > 0 && now_us >= r->ahead_us && !r->peer->origin.proxy;
    size_t wanted = ahead && r->peer->expected > there ? r->peer->expected - there : waiting;
    return wanted > coming ? wanted - coming : 0;
}

static void open_more(struct run *r, uint64_t now_us)
{
    for (size_t count = lacking(r, now_us); count > 0 && r->peer->refused.kind == ERR_OK; count--) {
        struct connection *c = connection_for(r->net, r->peer);
        if (!c)
            return;
        connection_open(c, r->peer);
    }
}

/* The connections that have something to wait for, and until when at most. */
struct waiting {
    size_t count;
    uint64_t until_us;
    struct pollfd polled[LIMIT_CONNECTIONS];
    struct connection *connections[LIMIT_CONNECTIONS];
};

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

/* Those of other peers are moved as well: they were opened for what comes later. */
static void waiting_for(struct run *r, struct waiting *w, uint64_t now_us)
{
    w->count = 0;
    w->until_us = r->deadline_us;
    if (r->ahead_us > now_us)
        w->until_us = earlier(w->until_us, r->ahead_us);
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct connection *c = &r->net->connections[i];
        if (c->state == CONNECTION_CLOSED || c->state == CONNECTION_IDLE)
            continue;
        if (c->state == CONNECTION_CONNECTING || c->gathers)
            w->until_us = earlier(w->until_us, c->limit_us);
        if (c->more)
            w->until_us = 0;
        w->polled[w->count] = (struct pollfd){.fd = c->fd, .events = connection_events(c)};
        w->connections[w->count++] = c;
    }
}

static void serve(const struct run *r, const struct waiting *w)
{
    uint64_t now_us = clock_now_us();
    for (size_t i = 0; i < w->count; i++) {
        struct connection *c = w->connections[i];
        if (w->polled[i].revents != 0 || c->more || c->gathers)
            connection_pump(c, r->deadline_us);
        else if (c->state == CONNECTION_CONNECTING && c->limit_us <= now_us)
            connection_next(c, ETIMEDOUT);
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
            connection_fail(c, &own);
    }
    for (; r->next < r->count; r->next++) {
        r->set[r->next]->end = EXCHANGE_UNSENT;
        r->set[r->next]->err = *e;
        r->set[r->next]->final = r->peer->final;
    }
}

/* Why the run cannot go on. */
static struct err why_over(const struct run *r)
{
    struct err e = {0};
    if (r->interruptible && process_interrupted())
        (void)err_set(&e, ERR_INTERRUPTED, "a signal asked to end");
    else
        (void)err_set(&e, ERR_DEADLINE, "no answer from %s in the time there was", r->peer->name);
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

/* Nothing is on its way for those that wait, nor will be. */
static bool is_in_vain(const struct run *r)
{
    size_t there, coming;
    count_ours(r, &there, &coming);
    return there + coming == 0;
}

/* Once so, it stays so. */
static bool is_over(const struct run *r)
{
    return (r->interruptible && process_interrupted()) || clock_now_us() >= r->deadline_us;
}

static void run(struct run *r)
{
    keep(r);
    while (!is_over(r)) {
        struct waiting w;
        uint64_t now_us = clock_now_us();
        assign(r);
        if (is_done(r))
            return;
        open_more(r, now_us);
        if (is_in_vain(r)) {
            give_up(r, &r->peer->refused);
            return;
        }
        waiting_for(r, &w, now_us);
        if (wait_ready(w.polled, w.count, w.until_us) >= 0)
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
    struct run r = {
        .net = n,
        .peer = peer_of(n, origin),
        .set = set,
        .count = count,
        .ahead_us = UINT64_MAX,
        .deadline_us = deadline_us,
        .interruptible = interruptible,
    };
    n->last = r.peer;
    run(&r);
    err_clear(&r.peer->refused);
    r.peer->final = false;
}

void net_forget(struct net *n)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        connection_close(&n->connections[i]);
    for (size_t i = 0; i < n->peer_count; i++)
        wipe(&n->peers[i].session, sizeof n->peers[i].session);
}

void net_end(struct net *n)
{
    net_forget(n);
    for (size_t i = 0; i < n->peer_count; i++)
        child_end(&n->peers[i].lookup);
}
