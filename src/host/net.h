/*
 * net: exchanges over kept-alive connections to two peers, in one poll loop.
 *
 * Layer: host.
 * A peer's connections are opened as exchanges need them, LIMIT_CONNECTIONS at most in all, and kept for the next call.
 * Of several addresses of a name one that does not answer within 250 ms is passed over for the next. An exchange is
 * given one connection and one attempt; repeating it is for the caller, who knows whether that is safe.
 * Memory: one object of fixed size, some 45 kB a connection, of which only used ones are ever touched.
 */
#ifndef HOST_NET_H
#define HOST_NET_H

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/world.h"
#include "host/resolve.h"
#include "host/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_PEERS 2 /* the metadata service and the API */

struct net_peer {
    struct origin origin; /* an empty host: not in use */
    struct address_list addresses;
    size_t good; /* the address to begin with */
};

enum net_state {
    NET_CLOSED,
    NET_CONNECTING,
    NET_SECURING, /* in the TLS handshake */
    NET_IDLE,
    NET_BUSY, /* with an exchange */
};

struct net_connection {
    enum net_state state;
    struct net_peer *peer;
    int fd;
    size_t address;      /* which of the peer's it is connecting to */
    size_t tried;        /* addresses so far */
    uint64_t limit_us;   /* when to pass over this address */
    uint64_t started_us; /* of the state, for the timeline */
    int64_t utc_s;       /* that its certificates were checked against */
    struct exchange *exchange;
    bool kept;           /* idle since an exchange or a call before: the peer may have gone meanwhile */
    bool left;           /* a byte of the request has left this host */
    size_t received;     /* bytes of the reply */
    size_t sent;
    struct buf request;
    char request_text[LIMIT_REQUEST];
    struct tls tls;
};

struct net {
    const struct trust *trust;
    struct world_spent spent;
    struct net_peer peers[NET_PEERS];
    struct net_connection connections[LIMIT_CONNECTIONS];
};

void net_start(struct net *n, const struct trust *trust);
/* See struct world. */
bool net_resolve(struct net *n, const struct origin *origin, uint64_t deadline_us, struct err *e);
void net_exchange(struct net *n, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us, bool interruptible);
/* Closes all connections and overwrites what they held. */
void net_end(struct net *n);

#endif
