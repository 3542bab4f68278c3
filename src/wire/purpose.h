/*
 * purpose: whether a certificate may serve as a TLS server's, by its extended key usage (RFC 5280, section 4.2.1.12).
 *
 * Layer: wire, pure.
 * Trust: a certificate is untrusted. The reader is total: it accepts any bytes in pieces of any size and keeps none of
 * them. It looks at nothing else: that the certificate is well-formed, and whose it is, is for others to find.
 * Limits: elements of less than 16 MB, with one-byte tags, in the definite form, as DER has it.
 */
#ifndef WIRE_PURPOSE_H
#define WIRE_PURPOSE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define PURPOSE_DEPTH 7 /* elements that are opened one within the other, from the certificate down to the list of purposes */

struct purpose {
    uint32_t at;                 /* bytes so far */
    uint32_t end[PURPOSE_DEPTH]; /* of the elements that are open */
    uint8_t depth;
    uint8_t part; /* what of an element comes next */
    uint8_t tag;
    uint8_t length_bytes; /* of the length, still to come */
    uint8_t oid_len;
    uint8_t oid[9];   /* of the object identifier that is read now; one that fills it is none of ours */
    uint32_t length;  /* of the element; then what is left of it */
    bool signed_part; /* has been opened: what comes after it the issuer has not signed */
    bool is_usage;    /* the extension is the one */
    bool listed;      /* there is a list of purposes */
    bool serves;      /* and a server's, or any, is in it */
    bool bad;
};

void purpose_start(struct purpose *p);
void purpose_take(struct purpose *p, struct slice bytes);
/* Of a whole certificate: true when it names no purposes, or a server's (serverAuth), or any. */
bool purpose_serves(const struct purpose *p);

#endif
