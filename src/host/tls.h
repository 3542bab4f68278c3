/*
 * tls: one TLS connection as BearSSL's engine, with this program's own profile. No I/O: the owner of the socket carries
 * the records.
 *
 * Layer: host.
 * Profile: TLS 1.2 only; ECDHE with AES-GCM or ChaCha20-Poly1305; SHA-256 and up; the server's name is always checked; no
 * renegotiation. Of certificates see host/verifier.h.
 * A finished handshake leaves a session, by which the next one with the same server is shorter, if that server keeps
 * sessions (RFC 5246, section 7.3): one round trip instead of two, no certificates and no work with public keys.
 */
#ifndef HOST_TLS_H
#define HOST_TLS_H

#include "base/error.h"
#include "host/trust.h"
#include "host/verifier.h"

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_RECORD_SENT 4096 /* bytes of a record of ours: what is longer than most requests takes several */

/* It holds a secret. Without an id: there is none. */
struct tls_session {
    br_ssl_session_parameters parameters;
};

struct tls {
    br_ssl_client_context client;
    bool offers; /* a session */
    struct verifier verifier;
    size_t reached; /* of `received`, ever */
    unsigned char received[BR_SSL_BUFSIZE_INPUT];
    unsigned char to_send[TLS_RECORD_SENT];
};

/*
 * Begins a handshake with the server of that name, which must not be empty, and offers the session of one before, if there is
 * one. BUG without a source of random bytes.
 */
bool tls_start(struct tls *t, const struct trust *trust, const char *server_name, const struct tls_session *session, int64_t utc_s,
               struct err *e);
/*
 * To be asked when the handshake is done, and the name with it: TLS unless the certificate is one for a server, as it was
 * when the session began. `peer` is for the error.
 */
bool tls_check(const struct tls *t, const char *peer, struct err *e);
/* So many bytes of what the engine wants to receive are there, at `record`. */
void tls_received(struct tls *t, const unsigned char *record, size_t len);
/* Overwrites all that it held, and touches no memory that it did not. */
void tls_wipe(struct tls *t);
/* The session of a handshake that is done and good. */
void tls_keep(const struct tls *t, struct tls_session *session);
/*
 * Puts the engine's error into words, as TLS: the peer's identity, its profile, or what it sent instead of TLS. A server
 * that is too new for TLS 1.2 is known by its alert, one that is too old only if it goes on with an older version: most
 * find no cipher suite first. Always false.
 */
bool tls_explain(const struct tls *t, const char *peer, int64_t utc_s, struct err *e);

#endif
