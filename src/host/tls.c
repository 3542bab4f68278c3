#include "host/tls.h"

#include "base/stamp.h"
#include "host/random.h"

static const uint16_t suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

static void profile(br_ssl_engine_context *engine)
{
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, suites, sizeof suites / sizeof *suites);
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
    br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(engine, &br_tls12_sha384_prf);
    br_ssl_engine_set_default_aes_gcm(engine);
    br_ssl_engine_set_default_chapol(engine);
    br_ssl_engine_set_default_ecdsa(engine); /* and the curves of the key exchange */
    br_ssl_engine_set_default_rsavrfy(engine);
    br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION);
}

static bool seed(br_ssl_engine_context *engine, struct err *e)
{
    unsigned char bytes[32];
    if (!random_bytes(bytes, sizeof bytes, e))
        return false;
    br_ssl_engine_inject_entropy(engine, bytes, sizeof bytes);
    wipe(bytes, sizeof bytes);
    return true;
}

bool tls_start(struct tls *t, const struct trust *trust, const char *server_name, const struct tls_session *session, int64_t utc_s,
               struct err *e)
{
    br_ssl_engine_context *engine = &t->client.eng;
    /* BearSSL takes "no name" for "do not check the name". */
    if (!server_name || !server_name[0])
        return err_set(e, ERR_BUG, "a TLS connection without a server name");
    br_ssl_client_zero(&t->client);
    profile(engine);
    verifier_start(&t->verifier, trust, utc_s);
    br_ssl_engine_set_x509(engine, &t->verifier.vtable);
    br_ssl_engine_set_buffers_bidi(engine, t->received, sizeof t->received, t->to_send, sizeof t->to_send);
    if (!seed(engine, e))
        return false;
    t->offers = session->parameters.session_id_len > 0;
    br_ssl_engine_set_session_parameters(engine, &session->parameters);
    return br_ssl_client_reset(&t->client, server_name, t->offers) ||
           err_set(e, ERR_BUG, "the TLS engine does not start: error %d", br_ssl_engine_last_error(engine));
}

void tls_received(struct tls *t, const unsigned char *record, size_t len)
{
    size_t end = (size_t)(record - t->received) + len;
    t->reached = end > t->reached ? end : t->reached;
    br_ssl_engine_recvrec_ack(&t->client.eng, len);
}

void tls_wipe(struct tls *t)
{
    wipe(t->received, t->reached);
    wipe(t->to_send, sizeof t->to_send);
    wipe(t, offsetof(struct tls, received));
}

bool tls_check(const struct tls *t, const char *peer, struct err *e)
{
    bool resumed = t->offers && t->verifier.certificates == 0;
    return resumed || verifier_check(&t->verifier, peer, e);
}

void tls_keep(const struct tls *t, struct tls_session *session)
{
    br_ssl_engine_get_session_parameters(&t->client.eng, &session->parameters);
}

static const struct {
    int error;
    const char *words;
} words[] = {
    {BR_ERR_UNSUPPORTED_VERSION, "the server is too old; it must offer TLS 1.2"},
    {BR_ERR_BAD_VERSION, "the server changed the version of TLS on the way"},
    {BR_ERR_BAD_CIPHER_SUITE, "the server chose a cipher suite that was not offered"},
    {BR_ERR_BAD_MAC, "a record was altered on the way"},
    {BR_ERR_BAD_LENGTH, "a record has a length that none may have"},
    {BR_ERR_BAD_FINISHED, "the handshake was altered on the way"},
    {BR_ERR_BAD_SIGNATURE, "the server could not prove that the certificate is its own"},
    {BR_ERR_WRONG_KEY_USAGE, "the certificate's key may not be used to sign, as a server must"},
    {BR_ERR_X509_BAD_SERVER_NAME, "the certificate is for another name"},
    {BR_ERR_X509_NOT_TRUSTED, "the certificate was issued by nobody that is trusted; an inspecting proxy needs --ca-bundle"},
    {BR_ERR_X509_BAD_SIGNATURE, "a certificate's signature is wrong"},
    {BR_ERR_X509_WEAK_PUBLIC_KEY, "a certificate's key is shorter than 2048 bits"},
    {BR_ERR_X509_LIMIT_EXCEEDED, "a certificate's key is larger than 4096 bits"},
    {BR_ERR_X509_DN_MISMATCH, "the server's certificates do not come in order, each issued by the next"},
    {BR_ERR_X509_NOT_CA, "a certificate was issued by one that may not issue any"},
    {BR_ERR_X509_FORBIDDEN_KEY_USAGE, "a certificate's key may not be used for this"},
    {BR_ERR_X509_CRITICAL_EXTENSION, "a certificate demands something that is not understood"},
    {BR_ERR_X509_UNSUPPORTED, "a certificate's signature algorithm is too old, or unknown"},
};

/* Those of RFC 5246 and RFC 6066 that a server may send in a handshake; version, the one with a cure, is not among them. */
static const struct {
    int alert;
    const char *name;
} alerts[] = {
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

#define HANDSHAKE_FAILURE 40
#define PROTOCOL_VERSION 70

static const char *name_of(int alert)
{
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (alerts[i].alert == alert)
            return alerts[i].name;
    return "unknown";
}

/* The peer's last word. */
static bool refused(const char *peer, int alert, struct err *e)
{
    if (alert == PROTOCOL_VERSION)
        return err_set(e, ERR_TLS,
                       "%s: the server offers only versions newer than TLS 1.2 (alert 70, protocol_version); it must offer TLS 1.2", peer);
    return err_set(e, ERR_TLS, "%s: the server refused the connection with TLS alert %d, %s%s", peer, alert, name_of(alert),
                   alert == HANDSHAKE_FAILURE ? "; it must offer TLS 1.2 with ECDHE and AES-GCM or ChaCha20-Poly1305" : "");
}

static const char *words_of(int error)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].error == error)
            return words[i].words;
    if (error > BR_ERR_X509_OK)
        return "a certificate is malformed";
    return "what the server said is malformed, or out of turn; check for a proxy in between";
}

bool tls_explain(const struct tls *t, const char *peer, int64_t utc_s, struct err *e)
{
    int error = br_ssl_engine_last_error(&t->client.eng);
    if (error == BR_ERR_X509_EXPIRED)
        return err_set(e, ERR_TLS, "%s: the certificate is not valid at this host's time, %s; check this host's clock", peer,
                       stamp_make(utc_s).text);
    /* BearSSL says the same of a record that is none. */
    if (error == BR_ERR_UNSUPPORTED_VERSION && t->client.eng.version_in == 0)
        return err_set(e, ERR_TLS, "%s: what answers does not speak TLS; check --endpoint-url, and for a proxy in between", peer);
    if (error >= BR_ERR_RECV_FATAL_ALERT)
        return refused(peer, error - BR_ERR_RECV_FATAL_ALERT, e);
    return err_set(e, ERR_TLS, "%s: %s (BearSSL error %d)", peer, words_of(error), error);
}
