#include "host/verifier.h"

#define EPOCH_DAYS 719528 /* from 0000-01-01 to 1970-01-01, as BearSSL counts */
#define DAY_S 86400
#define RSA_BYTES_LEAST 256 /* 2048 bits */

/* ---- the chain's bytes, on their way to BearSSL's engine ---- */

static struct verifier *of(const br_x509_class **context)
{
    return (struct verifier *)(void *)context;
}

static void start_chain(const br_x509_class **context, const char *server_name)
{
    struct verifier *v = of(context);
    v->certificates = 0;
    purpose_start(&v->purpose);
    v->chain.vtable->start_chain(&v->chain.vtable, server_name);
}

static void start_certificate(const br_x509_class **context, uint32_t length)
{
    struct verifier *v = of(context);
    v->certificates++;
    v->chain.vtable->start_cert(&v->chain.vtable, length);
}

static void append(const br_x509_class **context, const unsigned char *bytes, size_t len)
{
    struct verifier *v = of(context);
    if (v->certificates == 1)
        purpose_take(&v->purpose, slice_make((const char *)bytes, len));
    v->chain.vtable->append(&v->chain.vtable, bytes, len);
}

static void end_certificate(const br_x509_class **context)
{
    struct verifier *v = of(context);
    v->chain.vtable->end_cert(&v->chain.vtable);
}

static unsigned end_chain(const br_x509_class **context)
{
    struct verifier *v = of(context);
    return v->chain.vtable->end_chain(&v->chain.vtable);
}

static const br_x509_pkey *key(const br_x509_class *const *context, unsigned *usages)
{
    const struct verifier *v = (const struct verifier *)(const void *)context;
    return v->chain.vtable->get_pkey(&v->chain.vtable, usages);
}

static const br_x509_class class = {
    .context_size = sizeof(struct verifier),
    .start_chain = start_chain,
    .start_cert = start_certificate,
    .append = append,
    .end_cert = end_certificate,
    .end_chain = end_chain,
    .get_pkey = key,
};

/* ---- */

static void chain_start(br_x509_minimal_context *chain, const struct trust *trust, int64_t utc_s)
{
    br_x509_minimal_init(chain, &br_sha256_vtable, trust->anchors, trust->count);
    br_x509_minimal_set_rsa(chain, br_rsa_pkcs1_vrfy_get_default());
    br_x509_minimal_set_ecdsa(chain, br_ec_get_default(), br_ecdsa_vrfy_asn1_get_default());
    br_x509_minimal_set_hash(chain, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_hash(chain, br_sha384_ID, &br_sha384_vtable);
    br_x509_minimal_set_hash(chain, br_sha512_ID, &br_sha512_vtable);
    br_x509_minimal_set_minrsa(chain, RSA_BYTES_LEAST);
    br_x509_minimal_set_time(chain, (uint32_t)(EPOCH_DAYS + utc_s / DAY_S), (uint32_t)(utc_s % DAY_S));
}

static void gather_alternative(struct verifier *v)
{
    static const unsigned char dns_name[] = {0, 2}; /* BearSSL's code for the DNS names of subjectAltName */
    v->alternative = (br_name_element){.oid = dns_name, .buf = v->alternative_text, .len = sizeof v->alternative_text};
    br_x509_minimal_set_name_elements(&v->chain, &v->alternative, 1);
}

void verifier_start(struct verifier *v, const struct trust *trust, int64_t utc_s)
{
    v->vtable = &class;
    v->certificates = 0;
    chain_start(&v->chain, trust, utc_s);
    gather_alternative(v);
}

bool verifier_check(const struct verifier *v, const char *peer, struct err *e)
{
    /* Negative: there is one, which the buffer cannot hold. */
    if (v->alternative.status == 0)
        return err_set(e, ERR_TLS, "%s: the certificate is for another name: it has no subjectAltName", peer);
    return purpose_serves(&v->purpose) ||
           err_set(e, ERR_TLS, "%s: the certificate is not for a server: its extendedKeyUsage is without serverAuth", peer);
}
