#include "aws/sigv4.h"

#include "base/stamp.h"
#include "wire/http.h"
#include "wire/uri.h"

#include <bearssl.h>

#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

struct digest {
    unsigned char bytes[br_sha256_SIZE];
};

static struct digest sha256(struct slice data)
{
    struct digest digest;
    br_sha256_context hash;
    br_sha256_init(&hash);
    br_sha256_update(&hash, data.at, data.len);
    br_sha256_out(&hash, digest.bytes);
    return digest;
}

/* The key may be what the digest holds. */
static void hmac(struct digest *digest, const void *key, size_t key_len, struct slice data)
{
    br_hmac_key_context keyed;
    br_hmac_context hash;
    br_hmac_key_init(&keyed, &br_sha256_vtable, key, key_len);
    br_hmac_init(&hash, &keyed, 0);
    br_hmac_update(&hash, data.at, data.len);
    (void)br_hmac_out(&hash, digest->bytes);
    wipe(&keyed, sizeof keyed);
    wipe(&hash, sizeof hash);
}

/*
 * HMAC over HMAC: the secret, the day, the region, the service, the word "aws4_request". It is made where it is wiped
 * afterwards: a value that is handed on leaves copies behind.
 */
static void signing_key(struct digest *key, const struct secret_key *secret, struct slice day, struct sigv4_scope scope)
{
    char first[sizeof "AWS4" + sizeof secret->reveal];
    struct buf b = BUF_OF(first);
    buf_puts(&b, "AWS4");
    buf_puts(&b, secret->reveal);
    hmac(key, b.at, b.len, day);
    hmac(key, key->bytes, sizeof key->bytes, slice_of(scope.region));
    hmac(key, key->bytes, sizeof key->bytes, slice_of(scope.service));
    hmac(key, key->bytes, sizeof key->bytes, slice_of("aws4_request"));
    wipe(first, sizeof first);
}

static bool has_token(const struct credentials *c)
{
    return c->session_token.reveal[0] != '\0';
}

static const char *signed_names(const struct credentials *c)
{
    return has_token(c) ? "content-type;host;x-amz-date;x-amz-security-token" : "content-type;host;x-amz-date";
}

static struct digest canonical_hash(const struct origin *origin, const struct credentials *c, const struct stamp *stamp,
                                    struct slice body)
{
    char text[LIMIT_REQUEST]; /* it is shorter than the request itself */
    struct buf b = BUF_OF(text);
    struct digest body_hash = sha256(body);
    buf_puts(&b, "POST\n/\n\ncontent-type:" CONTENT_TYPE "\nhost:");
    uri_put_authority(&b, origin);
    buf_puts(&b, "\nx-amz-date:");
    buf_puts(&b, stamp->text);
    if (has_token(c)) {
        buf_puts(&b, "\nx-amz-security-token:");
        buf_puts(&b, c->session_token.reveal);
    }
    buf_puts(&b, "\n\n");
    buf_puts(&b, signed_names(c));
    buf_putc(&b, '\n');
    buf_put_hex(&b, body_hash.bytes, sizeof body_hash.bytes);
    struct digest hash = sha256(buf_slice(&b));
    wipe(text, sizeof text);
    return hash;
}

static void put_scope(struct buf *b, struct slice day, struct sigv4_scope scope)
{
    buf_put(b, day);
    buf_putc(b, '/');
    buf_puts(b, scope.region);
    buf_putc(b, '/');
    buf_puts(b, scope.service);
    buf_puts(b, "/aws4_request");
}

static struct digest signature(const struct secret_key *secret, struct sigv4_scope scope, const struct stamp *stamp,
                               struct digest canonical)
{
    char text[256];
    struct buf b = BUF_OF(text);
    struct slice day = slice_make(stamp->text, 8);
    buf_puts(&b, "AWS4-HMAC-SHA256\n");
    buf_puts(&b, stamp->text);
    buf_putc(&b, '\n');
    put_scope(&b, day, scope);
    buf_putc(&b, '\n');
    buf_put_hex(&b, canonical.bytes, sizeof canonical.bytes);
    struct digest key, made;
    signing_key(&key, secret, day, scope);
    hmac(&made, key.bytes, sizeof key.bytes, buf_slice(&b));
    wipe(&key, sizeof key);
    return made;
}

static void put_head(struct buf *b, const struct origin *origin)
{
    http_put_request(b, "POST", "/", origin);
    http_put_header(b, "Content-Type", slice_of(CONTENT_TYPE));
    http_put_header(b, "Accept-Encoding", slice_of("identity"));
    http_put_header(b, "User-Agent", slice_of("mirrorvip"));
}

void sigv4_put_unsigned_post(struct buf *b, const struct origin *origin, struct slice body)
{
    put_head(b, origin);
    http_put_body(b, body);
}

void sigv4_put_post(struct buf *b, const struct origin *origin, struct sigv4_scope scope, const struct credentials *c,
                    int64_t utc_s, struct slice body)
{
    struct stamp stamp = stamp_make(utc_s);
    struct digest canonical = canonical_hash(origin, c, &stamp, body);
    struct digest made = signature(&c->secret_key, scope, &stamp, canonical);
    put_head(b, origin);
    http_put_header(b, "X-Amz-Date", slice_of(stamp.text));
    if (has_token(c))
        http_put_header(b, "X-Amz-Security-Token", slice_of(c->session_token.reveal));
    buf_puts(b, "Authorization: AWS4-HMAC-SHA256 Credential=");
    buf_puts(b, c->access_key);
    buf_putc(b, '/');
    put_scope(b, slice_make(stamp.text, 8), scope);
    buf_puts(b, ", SignedHeaders=");
    buf_puts(b, signed_names(c));
    buf_puts(b, ", Signature=");
    buf_put_hex(b, made.bytes, sizeof made.bytes);
    buf_puts(b, "\r\n");
    http_put_body(b, body);
}
