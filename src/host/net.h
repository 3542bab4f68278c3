/*
 * net: exchanges over kept-alive connections to a few peers, in one poll loop.
 *
 * Layer: host.
 * A peer's connections are opened as exchanges need them, or are expected to, LIMIT_CONNECTIONS at most in all, and kept for
 * the next call; while one peer is asked those of the others come about. Peers are kept to the end: NET_PEERS of them.
 * Memory: one object of fixed size, some 40 kB a connection, of which only what was used is ever touched.
 */
#ifndef HOST_NET_H
#define HOST_NET_H

#include "base/error.h"
#include "base/limits.h"
#include "base/world.h"
#include "host/connection.h"
#include "host/trust.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_PEERS 4 /* the metadata service, a container's credential server, STS and EC2 */

struct net {
    const struct trust *trust;
    const struct peer *last; /* that was asked */
    size_t peer_count;
    struct peer peers[NET_PEERS];
    struct connection connections[LIMIT_CONNECTIONS];
    struct connection_room rooms[LIMIT_CONNECTIONS];
};

/* In an object of zeros. */
void net_start(struct net *n, const struct trust *trust);
/* See struct world. */
void net_expect(struct net *n, const struct origin *origin, size_t count);
bool net_resolve(struct net *n, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e);
void net_exchange(struct net *n, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us,
                  bool interruptible);
/* Closes all connections and overwrites what they held. */
void net_forget(struct net *n);
/* And ends what was begun. */
void net_end(struct net *n);

#endif
