/*
 * uri: percent-encoding for request bodies, and the one kind of URL that an operator may give.
 *
 * Layer: wire, pure.
 */
#ifndef WIRE_URI_H
#define WIRE_URI_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

/* RFC 3986, section 2.3: every byte but letters, digits and -._~ becomes %XX with upper-case digits. */
void uri_put_encoded(struct buf *b, struct slice text);

/*
 * An origin from "SCHEME://HOST[:PORT][/]": scheme http or https, host a DNS name, an IPv4 address or an IPv6 address
 * in brackets; no user, path, query or fragment. The origin is marked as given. USAGE otherwise.
 */
bool uri_origin_decode(struct slice url, struct origin *origin, struct err *e);

/* The part after "SCHEME://", to its end; the port stays as it is where none is named. */
bool uri_authority_decode(struct slice authority, struct origin *origin);

/* An address of either family: its own text, without brackets. False when it is none. */
bool uri_address_decode(struct slice text, char address[LIMIT_ADDRESS_TEXT]);

/* "HOST" or "HOST:PORT" when the port is not the scheme's own, as the Host header has it; IPv6 in brackets. */
void uri_put_authority(struct buf *b, const struct origin *origin);
/* "HOST:PORT", always. */
void uri_put_host_port(struct buf *b, const struct origin *origin);

#endif
