/*
 * connection: one connection to a peer, with TLS or without, and the exchange that it carries.
 *
 * Layer: host.
 * Through a proxy it is a tunnel first: CONNECT, then TLS with the peer itself, end to end; the proxy sees no more than names.
 * It never waits: connection_pump() moves what can be moved, and connection_events() says what to wait for. Of several
 * addresses of a peer one that does not answer within 250 ms is passed over for the next. An exchange is given one
 * attempt: repeating it is for the caller of the whole, who knows whether that is safe. A handshake that was to resume a session
 * and fails is no failure yet: the next one is a whole one.
 * A connection that fails hands the cause to its exchange if it has one, else to its peer, and is closed. What an exchange
 * or a connection held is overwritten when it ends.
 */
#ifndef HOST_CONNECTION_H
#define HOST_CONNECTION_H

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/world.h"
#include "host/child.h"
#include "host/resolve.h"
#include "host/tls.h"
#include "host/trust.h"
#include "host/tunnel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
    struct origin origin;
    char name[600];       /* for errors: the host, and the proxy if there is one */
    const struct trust *trust;
    size_t expected;      /* exchanges at once */
    struct child lookup;  /* of its addresses, where that has begun */
    struct address_list addresses; /* its own, or those of its proxy; none: not resolved yet */
    size_t good;        /* the address to begin with */
    struct err refused; /* why no connection came about, the last time, until that has been told */
    bool final;         /* and that another attempt would end the same */
    struct world_spent spent; /* by its first connection */
    struct tls_session session; /* of its latest handshake */
    bool forgetful; /* has not finished a handshake that was to resume a session: from then on none is offered */
    bool fickle;    /* has let a kept connection end under a request: from then on none serves twice */
};

enum connection_state {
    CONNECTION_CLOSED,
    CONNECTION_CONNECTING,
    CONNECTION_TUNNELLING, /* with the proxy, until that has connected to the peer */
    CONNECTION_SECURING, /* in the TLS handshake */
    CONNECTION_IDLE,
    CONNECTION_BUSY, /* with an exchange */
};

/* What takes memory, and is touched only when it is used. */
struct connection_room {
    char request_text[LIMIT_REQUEST];
    struct tunnel tunnel;
    struct tls tls;
};

struct connection {
    enum connection_state state;
    struct peer *peer;
    int fd;
    size_t address;      /* which of the peer's it is connecting to */
    size_t tried;        /* addresses so far */
    uint64_t limit_us;   /* when to pass over this address, or to take what of a long reply has come */
    int64_t utc_s;       /* that its certificates were checked against */
    struct exchange *exchange;
    bool looked;         /* in this turn, for what has come: there was no more, or something was sent */
    bool gathers;        /* a long reply's bytes: poll tells of many at once only */
    bool more;           /* there is more to move than was moved at once */
    bool kept;           /* idle since an exchange or a run before: the peer may have gone meanwhile */
    bool left;           /* a byte of the request has left this host */
    bool served;         /* a request before */
    size_t received;     /* bytes of the reply */
    size_t sent;
    struct buf request;
    struct connection_room *room; /* its own */
};

/* Begins to connect a closed one. It stays closed, and the peer is told why, if there is no address left to try. */
void connection_open(struct connection *c, struct peer *peer);
/* The address that it is connecting to did not work, because of that errno: the next one, or as above. */
void connection_next(struct connection *c, int cause);
/* Whether an idle one can still be used: a kept one on which the peer has said something unasked, or has gone, cannot. */
bool connection_is_usable(const struct connection *c);
/* Gives an idle one an exchange. One whose request cannot be written ends at once, and the connection stays idle. */
void connection_begin(struct connection *c, struct exchange *x);
/*
 * Moves bytes until nothing moves, or it is another's turn: `more` then says so, or poll. A turn takes some tens of milliseconds
 * at most, whatever comes; the signals are for the caller to ask between turns. Nothing moves after the deadline: a host that stood
 * still may go on at any call.
 */
void connection_pump(struct connection *c, uint64_t deadline_us);
/* poll's events to wait for before the next connection_pump(), of one neither closed nor idle. */
short connection_events(const struct connection *c);
/* Closes one that failed with *e. */
void connection_fail(struct connection *c, const struct err *e);
/* Closes it, if it is not; its exchange, if any, is not told. */
void connection_close(struct connection *c);

#endif
