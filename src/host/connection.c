#include "host/connection.h"

#include "host/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define NEXT_ADDRESS_US UINT64_C(250000) /* when there is another one */
#define LAST_ADDRESS_US UINT64_C(3000000)
#define STEPS_OF_A_TURN 16 /* each a record, or what came at once: so much the others, and a signal, wait for */
#define TAKEN_AT_ONCE 32768 /* bytes: two records of the greatest size, or more of what servers usually send */
#define LONG_REPLY 65536 /* bytes: what is longer comes in pieces of PIECE, or what of one has come in PIECE_US */
#define PIECE 131072
#define PIECE_US UINT64_C(1000)

void connection_close(struct connection *c)
{
    if (c->state == CONNECTION_CLOSED)
        return;
    (void)close(c->fd);
    c->state = CONNECTION_CLOSED;
    c->exchange = NULL;
    wipe(c->room->request_text, c->request.len);
    if (c->peer->origin.tls)
        tls_wipe(&c->room->tls);
}

/* The exchange has ended with this connection; what it carried is wiped before it is used again. */
static void exchange_end(struct connection *c, enum exchange_end end)
{
    c->exchange->end = end;
    c->exchange = NULL;
    c->state = CONNECTION_IDLE;
    c->kept = true;
    c->served |= c->left;
    wipe(c->room->request_text, c->request.len);
}

void connection_fail(struct connection *c, const struct err *e)
{
    if (c->exchange) {
        c->peer->fickle |= c->kept && c->received == 0;
        c->exchange->err = *e;
        exchange_end(c, c->left ? EXCHANGE_LOST : EXCHANGE_UNSENT);
    } else if (c->state == CONNECTION_SECURING && c->room->tls.offers) {
        c->peer->forgetful = true;
    } else if (c->state != CONNECTION_IDLE) {
        c->peer->refused = *e;
    }
    connection_close(c);
}

static bool socket_connect(struct connection *c)
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

static bool no_connection(const struct connection *c, int cause, struct err *e)
{
    const struct origin *to = origin_hop(&c->peer->origin);
    return err_set(e, ERR_NETWORK, "cannot connect to %s%s, port %u: %s", c->peer->origin.proxy ? "the proxy " : "", to->host, to->port,
                   strerror(cause));
}

/* Tries the peer's addresses from where the connection stands; false when there is none left. */
static bool connection_try(struct connection *c, struct err *e)
{
    size_t count = c->peer->addresses.count;
    while (c->tried < count) {
        c->address = (c->peer->good + c->tried++) % count;
        if (socket_connect(c)) {
            c->state = CONNECTION_CONNECTING;
            c->limit_us = clock_now_us() + (c->tried < count ? NEXT_ADDRESS_US : LAST_ADDRESS_US);
            return true;
        }
        err_clear(e);
        (void)no_connection(c, errno, e);
    }
    return false;
}

/* Of the first connection alone. */
static void note(uint64_t *at_us)
{
    if (*at_us == 0)
        *at_us = clock_now_us();
}

void connection_open(struct connection *c, struct peer *peer)
{
    struct err e = {0};
    c->peer = peer;
    c->exchange = NULL;
    c->kept = c->served = c->gathers = false;
    c->received = 0;
    c->tried = 0;
    note(&peer->spent.began_us);
    if (!connection_try(c, &e))
        peer->refused = e;
}

void connection_next(struct connection *c, int cause)
{
    struct err e = {0};
    (void)no_connection(c, cause, &e);
    (void)close(c->fd);
    c->state = CONNECTION_CLOSED;
    if (!connection_try(c, &e))
        c->peer->refused = e;
}

static void secure(struct connection *c)
{
    static const struct tls_session none;
    struct err e = {0};
    note(&c->peer->spent.connected_us);
    c->utc_s = clock_utc_s();
    c->state = CONNECTION_SECURING;
    if (!tls_start(&c->room->tls, c->peer->trust, c->peer->origin.host, c->peer->forgetful ? &none : &c->peer->session, c->utc_s, &e))
        connection_fail(c, &e);
}

static void open_tunnel(struct connection *c)
{
    c->request = BUF_OF(c->room->request_text);
    c->sent = 0;
    c->state = CONNECTION_TUNNELLING;
    tunnel_start(&c->room->tunnel, &c->peer->origin, &c->request);
}

static void connected(struct connection *c)
{
    int cause = 0;
    socklen_t len = sizeof cause;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &cause, &len) != 0 || cause != 0) {
        connection_next(c, cause);
        return;
    }
    c->peer->good = c->address;
    c->state = CONNECTION_IDLE;
    if (c->peer->origin.proxy)
        open_tunnel(c);
    else if (c->peer->origin.tls)
        secure(c);
}

void connection_begin(struct connection *c, struct exchange *x)
{
    c->request = BUF_OF(c->room->request_text);
    c->exchange = x;
    c->left = false;
    c->sent = 0;
    c->received = 0;
    c->state = CONNECTION_BUSY;
    if (!x->put(x, &c->request, &x->err))
        exchange_end(c, EXCHANGE_UNSENT);
}

/* Bytes of the peer's. False: the connection is of no more use, and is closed. */
static bool deliver(struct connection *c, struct slice bytes)
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
        connection_fail(c, &e);
        return false;
    }
}

static void peer_closed(struct connection *c, const char *how)
{
    struct err e = {0};
    if (c->state == CONNECTION_TUNNELLING)
        (void)err_set(&e, ERR_NETWORK, "%s: the proxy ended the connection (%s) before there was one to the host", c->peer->name, how);
    else if (c->state == CONNECTION_SECURING)
        (void)err_set(&e, ERR_NETWORK, "%s ended the connection in the TLS handshake (%s)", c->peer->name, how);
    else
        (void)err_set(&e, ERR_NETWORK, "%s ended the connection (%s) after %zu bytes of its reply", c->peer->name, how, c->received);
    connection_fail(c, &e);
}

/* Bytes moved: > 0; nothing to be had now: 0; the connection has failed and is closed: -1. */
static ssize_t moved(struct connection *c, ssize_t count)
{
    if (count > 0)
        return count;
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    peer_closed(c, count == 0 ? "closed" : strerror(errno));
    return -1;
}

static ssize_t socket_send(struct connection *c, const void *bytes, size_t len)
{
    ssize_t count = moved(c, send(c->fd, bytes, len, MSG_NOSIGNAL));
    c->left |= count > 0;
    return count;
}

static ssize_t socket_receive(struct connection *c, void *bytes, size_t len)
{
    return moved(c, recv(c->fd, bytes, len, 0));
}

/* ---- without TLS ---- */

static bool plain_send(struct connection *c)
{
    ssize_t count = socket_send(c, c->room->request_text + c->sent, c->request.len - c->sent);
    if (count > 0)
        c->sent += (size_t)count;
    return count > 0;
}

static bool plain_receive(struct connection *c)
{
    char bytes[4096];
    ssize_t count = socket_receive(c, bytes, sizeof bytes);
    bool more = count > 0 && deliver(c, slice_make(bytes, (size_t)count));
    wipe(bytes, sizeof bytes);
    return more;
}

static bool plain_step(struct connection *c)
{
    bool moving = c->state == CONNECTION_BUSY && c->sent < c->request.len && plain_send(c);
    return c->state != CONNECTION_CLOSED && (plain_receive(c) || moving);
}

/* ---- with a proxy ---- */

static void take_from_proxy(struct connection *c, struct slice bytes)
{
    struct err e = {0};
    enum tunnel_take what = tunnel_take(&c->room->tunnel, c->peer->name, bytes, &c->peer->final, &e);
    if (what == TUNNEL_MORE)
        return;
    wipe(c->room->request_text, c->request.len);
    if (what == TUNNEL_OPEN)
        secure(c);
    else
        connection_fail(c, &e);
}

static bool proxied_step(struct connection *c)
{
    char bytes[4096];
    if (c->sent < c->request.len)
        return plain_send(c);
    ssize_t count = socket_receive(c, bytes, sizeof bytes);
    if (count > 0)
        take_from_proxy(c, slice_make(bytes, (size_t)count));
    return count > 0 && c->state != CONNECTION_CLOSED;
}

/* ---- with TLS ---- */

static bool tls_send_record(struct connection *c)
{
    size_t len;
    unsigned char *record = br_ssl_engine_sendrec_buf(&c->room->tls.client.eng, &len);
    ssize_t count = socket_send(c, record, len);
    c->looked |= count > 0;
    if (count > 0)
        br_ssl_engine_sendrec_ack(&c->room->tls.client.eng, (size_t)count);
    return count > 0;
}

/* No more than that, as in the handshake the engine does not take what comes until it has sent what it has. */
static bool tls_receive_record(struct connection *c)
{
    size_t len;
    unsigned char *record = br_ssl_engine_recvrec_buf(&c->room->tls.client.eng, &len);
    ssize_t count = socket_receive(c, record, len);
    if (count > 0)
        tls_received(&c->room->tls, record, (size_t)count);
    return count > 0;
}

static bool tls_deliver(struct connection *c)
{
    size_t len;
    unsigned char *data = br_ssl_engine_recvapp_buf(&c->room->tls.client.eng, &len);
    if (!deliver(c, slice_make((const char *)data, len)))
        return false;
    br_ssl_engine_recvapp_ack(&c->room->tls.client.eng, len);
    return true;
}

/* Sending before receiving, as in tls_step(). False: the engine has ended, or the peer does not take what it is told. */
static bool tls_take(struct connection *c, struct slice *bytes)
{
    size_t cap;
    unsigned state = br_ssl_engine_current_state(&c->room->tls.client.eng);
    if (state & BR_SSL_SENDREC)
        return tls_send_record(c);
    if (state & BR_SSL_RECVAPP)
        return tls_deliver(c);
    if (!(state & BR_SSL_RECVREC))
        return false;
    unsigned char *record = br_ssl_engine_recvrec_buf(&c->room->tls.client.eng, &cap);
    size_t len = bytes->len < cap ? bytes->len : cap;
    memcpy(record, bytes->at, len);
    tls_received(&c->room->tls, record, len);
    *bytes = slice_make(bytes->at + len, bytes->len - len);
    return true;
}

static void fail_unheard(struct connection *c)
{
    struct err e = {0};
    (void)err_set(&e, ERR_NETWORK, "%s goes on sending, and does not take what it is answered", c->peer->name);
    connection_fail(c, &e);
}

/*
 * Many records, since a call costs more than the bytes of one do; but no more in a turn in which one had to be answered, as each of
 * them may have to be, and what is left poll tells. Behind a reply there is nothing that anybody has asked for.
 */
static bool tls_receive_records(struct connection *c)
{
    static char bytes[TAKEN_AT_ONCE];
    ssize_t count = socket_receive(c, bytes, sizeof bytes);
    struct slice left = slice_make(bytes, count > 0 ? (size_t)count : 0);
    while (left.len > 0 && c->state == CONNECTION_BUSY && tls_take(c, &left))
        continue;
    if (left.len > 0 && c->state == CONNECTION_IDLE)
        connection_close(c);
    if (left.len > 0 && c->state == CONNECTION_BUSY && br_ssl_engine_current_state(&c->room->tls.client.eng) != BR_SSL_CLOSED)
        fail_unheard(c);
    c->looked |= count < (ssize_t)sizeof bytes;
    return count > 0;
}

static bool tls_push_request(struct connection *c)
{
    size_t cap;
    size_t left = c->request.len - c->sent;
    unsigned char *to = br_ssl_engine_sendapp_buf(&c->room->tls.client.eng, &cap);
    size_t len = left < cap ? left : cap;
    memcpy(to, c->room->request_text + c->sent, len);
    br_ssl_engine_sendapp_ack(&c->room->tls.client.eng, len);
    br_ssl_engine_flush(&c->room->tls.client.eng, 0);
    c->sent += len;
    return true;
}

static void tls_closed(struct connection *c)
{
    struct err e = {0};
    if (br_ssl_engine_last_error(&c->room->tls.client.eng) == BR_ERR_OK) {
        peer_closed(c, "closed");
        return;
    }
    (void)tls_explain(&c->room->tls, c->peer->name, c->utc_s, &e);
    connection_fail(c, &e);
}

static void secured(struct connection *c)
{
    struct err e = {0};
    note(&c->peer->spent.secured_us);
    if (!tls_check(&c->room->tls, c->peer->name, &e)) {
        connection_fail(c, &e);
        return;
    }
    tls_keep(&c->room->tls, &c->peer->session);
    c->state = CONNECTION_IDLE;
}

/* One thing that the engine is ready for, sending before receiving, so that nothing is held back. True when something moved. */
static bool tls_step(struct connection *c)
{
    unsigned state = br_ssl_engine_current_state(&c->room->tls.client.eng);
    if (state & BR_SSL_CLOSED) {
        tls_closed(c);
        return false;
    }
    if (c->state == CONNECTION_SECURING && (state & BR_SSL_SENDAPP)) {
        secured(c);
        return false;
    }
    if ((state & BR_SSL_SENDREC) && tls_send_record(c))
        return true;
    if (c->state == CONNECTION_CLOSED)
        return false;
    if (state & BR_SSL_RECVAPP)
        return tls_deliver(c);
    if ((state & BR_SSL_SENDAPP) && c->state == CONNECTION_BUSY && c->sent < c->request.len)
        return tls_push_request(c);
    if (!(state & BR_SSL_RECVREC) || c->looked)
        return false;
    return c->state == CONNECTION_BUSY ? tls_receive_records(c) : tls_receive_record(c);
}

/* ---- both ---- */

static bool is_moving(const struct connection *c)
{
    return c->state == CONNECTION_TUNNELLING || c->state == CONNECTION_SECURING || c->state == CONNECTION_BUSY;
}

static bool step(struct connection *c)
{
    if (c->state == CONNECTION_TUNNELLING)
        return proxied_step(c);
    return c->peer->origin.tls ? tls_step(c) : plain_step(c);
}

/*
 * From how many bytes on poll tells of it. A run of long replies, taken as they come, costs two thirds more of the CPU's time. One
 * that has ceased to come is waited for as any other.
 */
static void gather(struct connection *c, bool comes)
{
    bool gathers = comes && c->state == CONNECTION_BUSY && c->received > LONG_REPLY;
    int bytes = gathers ? PIECE : 1;
    if (gathers != c->gathers && c->state != CONNECTION_CLOSED)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
    c->gathers = gathers;
    if (gathers)
        c->limit_us = clock_now_us() + PIECE_US;
}

/* The turn ends, for the signals to be asked: a peer may send for ever what brings nothing forward. */
void connection_pump(struct connection *c, uint64_t deadline_us)
{
    if (c->state == CONNECTION_CONNECTING)
        connected(c);
    unsigned steps = 0;
    size_t before = c->received;
    c->looked = false;
    while (is_moving(c) && steps < STEPS_OF_A_TURN && clock_now_us() < deadline_us && step(c))
        steps++;
    c->more = steps == STEPS_OF_A_TURN;
    gather(c, c->received > before);
}

/* A fresh one is not asked: it would be replaced without end. Its exchange is told what became of it, and repeated after a pause. */
bool connection_is_usable(const struct connection *c)
{
    char byte;
    if (!c->kept)
        return true;
    if (c->peer->fickle && c->served)
        return false;
    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

short connection_events(const struct connection *c)
{
    if (c->state == CONNECTION_CONNECTING)
        return POLLOUT;
    if (c->state == CONNECTION_TUNNELLING)
        return c->sent < c->request.len ? POLLOUT : POLLIN;
    if (!c->peer->origin.tls)
        return c->sent < c->request.len ? POLLIN | POLLOUT : POLLIN;
    unsigned state = br_ssl_engine_current_state(&c->room->tls.client.eng);
    return (short)((state & BR_SSL_RECVREC ? POLLIN : 0) | (state & BR_SSL_SENDREC ? POLLOUT : 0));
}
