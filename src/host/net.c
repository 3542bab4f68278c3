#include "host/net.h"

#include "host/clock.h"
#include "host/process.h"
#include "host/wait.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define NEXT_ADDRESS_US UINT64_C(250000) /* when there is another one */
#define LAST_ADDRESS_US UINT64_C(3000000)

/* One call of net_exchange(): the exchanges before `next` have a connection or have ended. */
struct run {
    struct net *net;
    struct net_peer *peer;
    struct exchange **set;
    size_t count;
    size_t next;
    uint64_t deadline_us;
    bool interruptible;
    struct err refused; /* why no connection came about, the last time */
};

void net_start(struct net *n, const struct trust *trust)
{
    n->trust = trust;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        n->connections[i].state = NET_CLOSED;
}

/* ---- peers ---- */

static bool is_peer(const struct net_peer *peer, const struct origin *origin)
{
    return strcmp(peer->origin.host, origin->host) == 0 && peer->origin.port == origin->port && peer->origin.tls == origin->tls;
}

static struct net_peer *peer_of(struct net *n, const struct origin *origin)
{
    for (size_t i = 0; i < NET_PEERS; i++)
        if (is_peer(&n->peers[i], origin))
            return &n->peers[i];
    return NULL;
}

bool net_resolve(struct net *n, const struct origin *origin, uint64_t deadline_us, struct err *e)
{
    struct net_peer *peer = peer_of(n, origin);
    struct origin none = {.host = ""};
    if (peer)
        return true;
    peer = peer_of(n, &none);
    if (!peer)
        return err_set(e, ERR_BUG, "more than %d peers", NET_PEERS);
    if (!resolve(origin, deadline_us, &peer->addresses, e))
        return false;
    peer->origin = *origin;
    peer->good = 0;
    return true;
}

/* ---- one connection ---- */

static void connection_close(struct net_connection *c)
{
    if (c->state == NET_CLOSED)
        return;
    (void)close(c->fd);
    c->state = NET_CLOSED;
    c->exchange = NULL;
    wipe(c->request_text, sizeof c->request_text);
    if (c->peer->origin.tls)
        wipe(&c->tls, sizeof c->tls);
}

/* The exchange has ended with this connection; what it carried is wiped before it is used again. */
static void exchange_end(struct net_connection *c, enum exchange_end end)
{
    c->exchange->end = end;
    c->exchange = NULL;
    c->state = NET_IDLE;
    c->kept = true;
    wipe(c->request_text, c->request.len);
}

/* Closes a connection that failed with *e, and hands the cause to the exchange it had, or to the run. */
static void connection_fail(struct run *r, struct net_connection *c, const struct err *e)
{
    if (c->exchange) {
        c->exchange->err = *e;
        exchange_end(c, c->left ? EXCHANGE_LOST : EXCHANGE_UNSENT);
    } else if (c->state != NET_IDLE) {
        r->refused = *e;
    }
    connection_close(c);
}

static bool socket_connect(struct net_connection *c)
{
    const struct address *to = &c->peer->addresses.at[c->address];
    int one = 1;
    c->fd = socket(to->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return false;
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, (const struct sockaddr *)&to->socket, to->len) == 0 || errno == EINPROGRESS || errno == EINTR)
        return true;
    int cause = errno;
    (void)close(c->fd);
    errno = cause;
    return false;
}

static bool no_connection(const struct net_connection *c, int cause, struct err *e)
{
    return err_set(e, ERR_NETWORK, "cannot connect to %s, port %u: %s", c->peer->origin.host, c->peer->origin.port, strerror(cause));
}

/* Tries the peer's addresses from where the connection stands; false when there is none left. */
static bool connection_try(struct net_connection *c, struct err *e)
{
    size_t count = c->peer->addresses.count;
    while (c->tried < count) {
        c->address = (c->peer->good + c->tried++) % count;
        if (socket_connect(c)) {
            c->state = NET_CONNECTING;
            c->limit_us = clock_now_us() + (c->tried < count ? NEXT_ADDRESS_US : LAST_ADDRESS_US);
            return true;
        }
        err_clear(e);
        (void)no_connection(c, errno, e);
    }
    return false;
}

static void connection_open(struct run *r, struct net_connection *c)
{
    struct err e = {0};
    c->peer = r->peer;
    c->exchange = NULL;
    c->kept = false;
    c->received = 0;
    c->tried = 0;
    c->started_us = clock_now_us();
    if (!connection_try(c, &e))
        r->refused = e;
}

/* This address did not work: the next one, or none. */
static void connection_next(struct run *r, struct net_connection *c, int cause)
{
    struct err e = {0};
    (void)no_connection(c, cause, &e);
    (void)close(c->fd);
    c->state = NET_CLOSED;
    if (!connection_try(c, &e))
        r->refused = e;
}

static void note(uint64_t *spent_us, const struct net_connection *c)
{
    if (*spent_us == 0)
        *spent_us = clock_now_us() - c->started_us;
}

static void connected(struct run *r, struct net_connection *c)
{
    struct err e = {0};
    int cause = 0;
    socklen_t len = sizeof cause;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &cause, &len) != 0 || cause != 0) {
        connection_next(r, c, cause);
        return;
    }
    c->peer->good = c->address;
    c->state = NET_IDLE;
    if (!c->peer->origin.tls)
        return;
    note(&r->net->spent.connect_us, c);
    c->started_us = clock_now_us();
    c->utc_s = clock_utc_s();
    c->state = NET_SECURING;
    if (!tls_start(&c->tls, r->net->trust, c->peer->origin.host, c->utc_s, &e))
        connection_fail(r, c, &e);
}

/* Writes the request into the connection's buffer. One that cannot be written ends its exchange, not the connection. */
static void exchange_begin(struct net_connection *c, struct exchange *x)
{
    c->request = BUF_OF(c->request_text);
    c->exchange = x;
    c->left = false;
    c->sent = 0;
    c->received = 0;
    c->state = NET_BUSY;
    if (!x->put(x, &c->request, &x->err))
        exchange_end(c, EXCHANGE_UNSENT);
}

/* Bytes of the peer's. False: the connection is of no more use, and is closed. */
static bool deliver(struct run *r, struct net_connection *c, struct slice bytes)
{
    struct err e = {0};
    if (!c->exchange) {
        connection_close(c);
        return false;
    }
    struct exchange *x = c->exchange;
    bool whole_request = c->sent == c->request.len;
    c->received += bytes.len;
    switch (x->take(x, bytes, &e)) {
    case EXCHANGE_MORE:
        return true;
    case EXCHANGE_DONE:
        exchange_end(c, EXCHANGE_WHOLE);
        if (whole_request)
            return true;
        connection_close(c);
        return false;
    case EXCHANGE_CLOSE:
        exchange_end(c, EXCHANGE_WHOLE);
        connection_close(c);
        return false;
    default:
        connection_fail(r, c, &e);
        return false;
    }
}

static void peer_closed(struct run *r, struct net_connection *c, const char *how)
{
    struct err e = {0};
    if (c->state == NET_SECURING)
        (void)err_set(&e, ERR_NETWORK, "%s ended the connection in the TLS handshake (%s)", c->peer->origin.host, how);
    else
        (void)err_set(&e, ERR_NETWORK, "%s ended the connection (%s) after %zu bytes of its reply", c->peer->origin.host, how, c->received);
    connection_fail(r, c, &e);
}

/* Bytes moved: > 0; nothing to be had now: 0; the connection has failed and is closed: -1. */
static ssize_t moved(struct run *r, struct net_connection *c, ssize_t count)
{
    if (count > 0)
        return count;
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    peer_closed(r, c, count == 0 ? "closed" : strerror(errno));
    return -1;
}

static ssize_t socket_send(struct run *r, struct net_connection *c, const void *bytes, size_t len)
{
    ssize_t count = moved(r, c, send(c->fd, bytes, len, MSG_NOSIGNAL));
    c->left |= count > 0;
    return count;
}

static ssize_t socket_receive(struct run *r, struct net_connection *c, void *bytes, size_t len)
{
    return moved(r, c, recv(c->fd, bytes, len, 0));
}

/* ---- plain connections ---- */

static bool plain_send(struct run *r, struct net_connection *c)
{
    ssize_t count = socket_send(r, c, c->request_text + c->sent, c->request.len - c->sent);
    if (count > 0)
        c->sent += (size_t)count;
    return count > 0;
}

static bool plain_receive(struct run *r, struct net_connection *c)
{
    char bytes[4096];
    ssize_t count = socket_receive(r, c, bytes, sizeof bytes);
    bool more = count > 0 && deliver(r, c, slice_make(bytes, (size_t)count));
    wipe(bytes, sizeof bytes);
    return more;
}

static bool plain_step(struct run *r, struct net_connection *c)
{
    bool moving = c->state == NET_BUSY && c->sent < c->request.len && plain_send(r, c);
    return c->state != NET_CLOSED && (plain_receive(r, c) || moving);
}

/* ---- TLS connections ---- */

static bool tls_send_record(struct run *r, struct net_connection *c)
{
    size_t len;
    unsigned char *record = br_ssl_engine_sendrec_buf(&c->tls.client.eng, &len);
    ssize_t count = socket_send(r, c, record, len);
    if (count > 0)
        br_ssl_engine_sendrec_ack(&c->tls.client.eng, (size_t)count);
    return count > 0;
}

static bool tls_receive_record(struct run *r, struct net_connection *c)
{
    size_t len;
    unsigned char *record = br_ssl_engine_recvrec_buf(&c->tls.client.eng, &len);
    ssize_t count = socket_receive(r, c, record, len);
    if (count > 0)
        br_ssl_engine_recvrec_ack(&c->tls.client.eng, (size_t)count);
    return count > 0;
}

static bool tls_deliver(struct run *r, struct net_connection *c)
{
    size_t len;
    unsigned char *data = br_ssl_engine_recvapp_buf(&c->tls.client.eng, &len);
    if (!deliver(r, c, slice_make((const char *)data, len)))
        return false;
    br_ssl_engine_recvapp_ack(&c->tls.client.eng, len);
    return true;
}

static bool tls_push_request(struct net_connection *c)
{
    size_t room;
    size_t left = c->request.len - c->sent;
    unsigned char *to = br_ssl_engine_sendapp_buf(&c->tls.client.eng, &room);
    size_t len = left < room ? left : room;
    memcpy(to, c->request_text + c->sent, len);
    br_ssl_engine_sendapp_ack(&c->tls.client.eng, len);
    br_ssl_engine_flush(&c->tls.client.eng, 0);
    c->sent += len;
    return true;
}

static void tls_closed(struct run *r, struct net_connection *c)
{
    struct err e = {0};
    if (br_ssl_engine_last_error(&c->tls.client.eng) == BR_ERR_OK) {
        peer_closed(r, c, "closed");
        return;
    }
    (void)tls_explain(&c->tls, c->peer->origin.host, c->utc_s, &e);
    connection_fail(r, c, &e);
}

static void secured(struct run *r, struct net_connection *c)
{
    struct err e = {0};
    note(&r->net->spent.tls_us, c);
    c->state = NET_IDLE;
    if (tls_check(&c->tls, c->peer->origin.host, &e))
        return;
    r->refused = e;
    connection_close(c);
}

/* One thing that the engine is ready for, sending before receiving, so that nothing is held back. True when something moved. */
static bool tls_step(struct run *r, struct net_connection *c)
{
    unsigned state = br_ssl_engine_current_state(&c->tls.client.eng);
    if (state & BR_SSL_CLOSED) {
        tls_closed(r, c);
        return false;
    }
    if (c->state == NET_SECURING && (state & BR_SSL_SENDAPP)) {
        secured(r, c);
        return false;
    }
    if ((state & BR_SSL_SENDREC) && tls_send_record(r, c))
        return true;
    if (c->state == NET_CLOSED)
        return false;
    if (state & BR_SSL_RECVAPP)
        return tls_deliver(r, c);
    if ((state & BR_SSL_SENDAPP) && c->state == NET_BUSY && c->sent < c->request.len)
        return tls_push_request(c);
    return (state & BR_SSL_RECVREC) && tls_receive_record(r, c);
}

/* ---- the loop ---- */

static bool is_ours(const struct run *r, const struct net_connection *c)
{
    return c->state != NET_CLOSED && c->peer == r->peer;
}

static bool is_coming(const struct net_connection *c)
{
    return c->state == NET_CONNECTING || c->state == NET_SECURING;
}

/* Once so, it stays so. */
static bool is_over(const struct run *r)
{
    return (r->interruptible && process_interrupted()) || clock_now_us() >= r->deadline_us;
}

/* Moves bytes until nothing moves. Asked at each step: a peer may send for ever what brings nothing forward. */
static void pump(struct run *r, struct net_connection *c)
{
    if (c->state == NET_CONNECTING)
        connected(r, c);
    while ((c->state == NET_SECURING || c->state == NET_BUSY) && !is_over(r) && (c->peer->origin.tls ? tls_step(r, c) : plain_step(r, c)))
        ;
}

/*
 * A kept connection on which the peer has said something unasked, or has gone, is no connection any more. A fresh one is
 * not asked: it would be replaced without end. Its exchange is told what became of it, and repeated after a pause.
 */
static bool is_usable(const struct net_connection *c)
{
    char byte;
    if (!c->kept)
        return true;
    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Gives waiting exchanges to idle connections, and begins at once: the first packet need not wait for a poll. */
static void assign(struct run *r)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct net_connection *c = &r->net->connections[i];
        while (is_ours(r, c) && c->state == NET_IDLE && r->next < r->count) {
            if (!is_usable(c)) {
                connection_close(c);
                break;
            }
            exchange_begin(c, r->set[r->next++]);
            pump(r, c);
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
    for (size_t i = 0; i < LIMIT_CONNECTIONS && coming < waiting && r->refused.kind == ERR_OK; i++)
        if (r->net->connections[i].state == NET_CLOSED) {
            connection_open(r, &r->net->connections[i]);
            coming++;
        }
}

static short wanted_events(struct net_connection *c)
{
    if (c->state == NET_CONNECTING)
        return POLLOUT;
    if (!c->peer->origin.tls)
        return c->sent < c->request.len ? POLLIN | POLLOUT : POLLIN;
    unsigned state = br_ssl_engine_current_state(&c->tls.client.eng);
    return (short)((state & BR_SSL_RECVREC ? POLLIN : 0) | (state & BR_SSL_SENDREC ? POLLOUT : 0));
}

/* The connections that have something to wait for, and until when at most. */
struct waiting {
    size_t count;
    uint64_t until_us;
    struct pollfd polled[LIMIT_CONNECTIONS];
    struct net_connection *connections[LIMIT_CONNECTIONS];
};

static void waiting_for(struct run *r, struct waiting *w)
{
    w->count = 0;
    w->until_us = r->deadline_us;
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct net_connection *c = &r->net->connections[i];
        if (!is_ours(r, c) || c->state == NET_IDLE)
            continue;
        if (c->state == NET_CONNECTING && c->limit_us < w->until_us)
            w->until_us = c->limit_us;
        w->polled[w->count] = (struct pollfd){.fd = c->fd, .events = wanted_events(c)};
        w->connections[w->count++] = c;
    }
}

static void serve(struct run *r, const struct waiting *w)
{
    uint64_t now_us = clock_now_us();
    for (size_t i = 0; i < w->count; i++) {
        struct net_connection *c = w->connections[i];
        if (w->polled[i].revents != 0)
            pump(r, c);
        else if (c->state == NET_CONNECTING && c->limit_us <= now_us)
            connection_next(r, c, ETIMEDOUT);
    }
}

/* Ends everything that has not ended. */
static void give_up(struct run *r, const struct err *e)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct net_connection *c = &r->net->connections[i];
        if (is_ours(r, c) && c->state != NET_IDLE)
            connection_fail(r, c, e);
    }
    for (; r->next < r->count; r->next++) {
        r->set[r->next]->end = EXCHANGE_UNSENT;
        r->set[r->next]->err = *e;
    }
}

/* Why the run cannot go on. */
static struct err why_over(const struct run *r)
{
    struct err e = {0};
    if (r->interruptible && process_interrupted())
        (void)err_set(&e, ERR_INTERRUPTED, "a signal asked to end");
    else
        (void)err_set(&e, ERR_DEADLINE, "no answer from %s in the time there was", r->peer->origin.host);
    return e;
}

/* What is idle now may have been so for long. */
static void keep(const struct run *r)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        r->net->connections[i].kept |= r->net->connections[i].state == NET_IDLE;
}

/* Connections that came too late to be of use are kept: the next call may use them. */
static bool is_done(const struct run *r)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        if (is_ours(r, &r->net->connections[i]) && r->net->connections[i].state == NET_BUSY)
            return false;
    return r->next == r->count;
}

static void run(struct run *r)
{
    keep(r);
    while (!is_over(r)) {
        struct waiting w;
        assign(r);
        if (is_done(r))
            return;
        open_more(r);
        waiting_for(r, &w);
        if (w.count == 0) {
            give_up(r, &r->refused);
            return;
        }
        /* Once more: a signal that came in while bytes moved does not end the wait. */
        if (!is_over(r) && wait_ready(w.polled, w.count, w.until_us) >= 0)
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

void net_exchange(struct net *n, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us, bool interruptible)
{
    struct err e = {0};
    if (!net_resolve(n, origin, deadline_us, &e)) {
        end_all(set, count, &e);
        return;
    }
    struct run r = {.net = n, .peer = peer_of(n, origin), .set = set, .count = count, .deadline_us = deadline_us, .interruptible = interruptible};
    run(&r);
}

void net_end(struct net *n)
{
    for (size_t i = 0; i < LIMIT_CONNECTIONS; i++)
        connection_close(&n->connections[i]);
}
