/*
 * proxy: the URL of an HTTP proxy, and the list of what is reached without one.
 *
 * Layer: wire, pure.
 * Specification: there is none. What curl, Python (so boto3) and Go agree on is kept; where they do not, the rule that
 * fits the name of an API.
 * Trust: a proxy's URL may hold a password, so no error shows any part of it.
 */
#ifndef WIRE_PROXY_H
#define WIRE_PROXY_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>

/*
 * "[http://][USER[:PASSWORD]@]HOST[:PORT][/]", the port 80 unless named; user and password percent-encoded, and of no more
 * than LIMIT_PROXY_USER bytes. USAGE: a proxy that is spoken to by TLS or SOCKS is none that this program can use.
 */
bool proxy_decode(struct slice url, struct proxy *proxy, struct err *e);

/*
 * Whether a list like NO_PROXY's has the origin in it. Entries stand between commas or blanks: "*" is everything; a name is
 * itself and all below it, also with "." or "*." before it; ":PORT" after it is that port alone. An address is an origin
 * named so. A block of addresses is none, for names are not resolved here, and an API is known by its name.
 */
bool proxy_is_bypassed(struct slice list, const struct origin *origin);

#endif
