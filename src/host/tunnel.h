/*
 * tunnel: the way through an HTTP proxy to the peer itself. No I/O: the owner of the socket carries the bytes.
 *
 * Layer: host.
 * Specification: RFC 9110, section 9.3.6 (CONNECT).
 * Trust: the proxy is told the peer's name and port, and the user and password that are meant for it, no more; what it says is
 * checked as any reply is. Whoever opened the tunnel goes on with TLS, and so proves the peer himself.
 */
#ifndef HOST_TUNNEL_H
#define HOST_TUNNEL_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"
#include "wire/http.h"

#include <stdbool.h>

struct tunnel {
    struct http_reply reply;
};

enum tunnel_take {
    TUNNEL_MORE,   /* the reply goes on */
    TUNNEL_OPEN,   /* what follows on the connection is the peer's */
    TUNNEL_CLOSED, /* the proxy does not connect; *e says why */
};

/* Puts the request for a way to `peer` through its proxy. */
void tunnel_start(struct tunnel *t, const struct origin *peer, struct buf *request);
/* Bytes of the proxy's. CLOSED is NETWORK, with `peer` as what people call it, and `*final` when another attempt would end the same. */
enum tunnel_take tunnel_take(struct tunnel *t, const char *peer, struct slice bytes, bool *final, struct err *e);

#endif
