/*
 * trust: whose certificates are believed: Amazon's built-in roots, or those of a file in PEM.
 *
 * Layer: host. Memory is fixed: LIMIT of anchors and bytes in the .c; nothing is freed.
 */
#ifndef HOST_TRUST_H
#define HOST_TRUST_H

#include "base/error.h"

#include <bearssl.h>
#include <stddef.h>

struct trust {
    const br_x509_trust_anchor *anchors;
    size_t count;
};

/* `path` empty: the built-in roots. Certificates whose key no handshake of ours can use are passed over; none left is USAGE. */
bool trust_open(struct trust *t, const char *path, struct err *e);

#endif
