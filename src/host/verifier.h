/*
 * verifier: whether a chain of certificates leads to a trusted root, and its first one is the server's. BearSSL's X.509
 * engine does it; what that leaves out is mended here.
 *
 * Layer: host.
 * Specification: RFC 5280 for the chain, RFC 9525 for the name. Signatures with SHA-256 and up, RSA keys of 2048 to 4096
 * bits, curves P-256, P-384 and P-521. What is taken and what refused: tests/faults/test_chains.py.
 * Mended: a certificate without subjectAltName is refused (BearSSL takes its common name), and one whose extended key usage
 * is for no server (BearSSL does not look at it).
 * Deviations that stay: no revocation. Name constraints are refused where they are critical, as RFC 5280 has them, and
 * passed over where they are not; a critical extended key usage is refused, an issuer's passed over. An address is looked
 * for among the DNS names. An RSA key's length is counted in bytes, so that 2041 bits pass for 2048. The chain must come in
 * order, each certificate issued by the next: nothing is sorted, nothing fetched, and what comes after the one that a root
 * has issued is not looked at.
 */
#ifndef HOST_VERIFIER_H
#define HOST_VERIFIER_H

#include "base/error.h"
#include "host/trust.h"
#include "wire/purpose.h"

#include <bearssl.h>
#include <stdbool.h>
#include <stdint.h>

struct verifier {
    const br_x509_class *vtable; /* first: what BearSSL knows it by */
    br_x509_minimal_context chain;
    br_name_element alternative; /* the certificate's first DNS name */
    char alternative_text[256];
    struct purpose purpose;
    unsigned certificates; /* so far */
};

void verifier_start(struct verifier *v, const struct trust *trust, int64_t utc_s);
/*
 * To be asked when BearSSL has found the chain good, and the name that of its first certificate, before anything is sent.
 * TLS, with `peer` as what people call the server.
 */
bool verifier_check(const struct verifier *v, const char *peer, struct err *e);

#endif
