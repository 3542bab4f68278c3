/* sigv4: eight requests that botocore signed, byte for byte; the clock, the buffer, the secrets. */
#include "aws/sigv4.h"
#include "made.h"
#include "sigv4_vectors.h"
#include "stack.h"

#include <bearssl.h>

static struct origin origin_of(const char *host)
{
    struct origin origin = {.port = 443, .tls = true};
    assert_true(slice_copy(slice_of(host), origin.host, sizeof origin.host));
    return origin;
}

static struct credentials keys(const char *secret, const char *token)
{
    struct credentials c;
    struct err e = {0};
    assert_went_well(credentials_make(slice_of(VECTOR_ACCESS_KEY), slice_of(secret), slice_of(token), &c, &e), &e);
    return c;
}

/* The whole request that a vector stands for. */
static const char *expected(size_t i, char *at, size_t cap)
{
    const char *token = sigv4_vectors[i].token;
    int length = snprintf(at, cap,
                          "POST / HTTP/1.1\r\n"
                          "Host: %s\r\n"
                          "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                          "Accept-Encoding: identity\r\n"
                          "User-Agent: mirrorvip\r\n"
                          "X-Amz-Date: " VECTOR_STAMP "\r\n"
                          "%s%s%s"
                          "Authorization: %s\r\n"
                          "Content-Length: %zu\r\n"
                          "\r\n"
                          "%s",
                          sigv4_vectors[i].host, token[0] ? "X-Amz-Security-Token: " : "", token, token[0] ? "\r\n" : "",
                          sigv4_vectors[i].authorization, strlen(sigv4_vectors[i].body), sigv4_vectors[i].body);
    assert_in_range(length, 1, cap - 1);
    return at;
}

static void put_vector(size_t i, struct buf *b)
{
    struct origin origin = origin_of(sigv4_vectors[i].host);
    struct sigv4_scope scope = {sigv4_vectors[i].region, sigv4_vectors[i].service};
    struct credentials c = keys(VECTOR_SECRET_KEY, sigv4_vectors[i].token);
    sigv4_put_post(b, &origin, scope, &c, VECTOR_UTC_S, slice_of(sigv4_vectors[i].body));
}

static void test_unsigned(void **state)
{
    struct origin origin = origin_of("sts.example");
    char got[512];
    struct buf b = BUF_OF(got);
    (void)state;
    sigv4_put_unsigned_post(&b, &origin, slice_of("a=b"));
    assert_string_equal(buf_text(&b), "POST / HTTP/1.1\r\nHost: sts.example\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                                      "Accept-Encoding: identity\r\nUser-Agent: mirrorvip\r\nContent-Length: 3\r\n\r\na=b");
}

static void test_vectors(void **state)
{
    (void)state;
    assert_int_equal(COUNT(sigv4_vectors), 8);
    for (size_t i = 0; i < COUNT(sigv4_vectors); i++) {
        char wanted[4096], got[4096];
        struct buf b = BUF_OF(got);
        put_vector(i, &b);
        assert_false(b.full);
        assert_string_equal(buf_text(&b), expected(i, wanted, sizeof wanted));
    }
}

/* Every size from nothing to exactly enough: full, unless it is enough; AddressSanitizer watches the end of the buffer. */
static void test_buffer_too_small(void **state)
{
    (void)state;
    char wanted[4096];
    size_t whole = strlen(expected(4, wanted, sizeof wanted));
    for (size_t cap = 0; cap <= whole; cap++) {
        char *at = test_malloc(cap + (cap == 0));
        struct buf b = {at, 0, cap, false};
        put_vector(4, &b);
        assert_int_equal(b.full, cap < whole);
        test_free(at);
    }
}

/* The day of the scope is the day of the stamp, on both sides of midnight. */
static void test_day_boundary(void **state)
{
    static const struct {
        int64_t utc_s;
        const char *stamp;
        const char *scope;
    } rows[] = {
        {INT64_C(1440979199), "X-Amz-Date: 20150830T235959Z\r\n", "/20150830/eu-central-1/ec2/aws4_request,"},
        {INT64_C(1440979200), "X-Amz-Date: 20150831T000000Z\r\n", "/20150831/eu-central-1/ec2/aws4_request,"},
        {INT64_C(1456703999), "X-Amz-Date: 20160228T235959Z\r\n", "/20160228/eu-central-1/ec2/aws4_request,"},
        {INT64_C(1456704000), "X-Amz-Date: 20160229T000000Z\r\n", "/20160229/eu-central-1/ec2/aws4_request,"},
        {INT64_C(1483228799), "X-Amz-Date: 20161231T235959Z\r\n", "/20161231/eu-central-1/ec2/aws4_request,"},
        {INT64_C(2147483648), "X-Amz-Date: 20380119T031408Z\r\n", "/20380119/eu-central-1/ec2/aws4_request,"},
        {INT64_C(-1), "X-Amz-Date: 19700101T000000Z\r\n", "/19700101/eu-central-1/ec2/aws4_request,"},
    };
    (void)state;
    struct origin origin = origin_of(sigv4_vectors[0].host);
    struct credentials c = keys(VECTOR_SECRET_KEY, "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[4096];
        struct buf b = BUF_OF(got);
        sigv4_put_post(&b, &origin, (struct sigv4_scope){"eu-central-1", "ec2"}, &c, rows[i].utc_s, slice_of("Action=X"));
        assert_non_null(strstr(buf_text(&b), rows[i].stamp));
        assert_non_null(strstr(buf_text(&b), rows[i].scope));
    }
}

static struct slice signature_in(const struct buf *b)
{
    struct slice all = buf_slice(b);
    const char *mark = memmem(all.at, all.len, "Signature=", 10);
    assert_non_null(mark);
    return slice_make(mark + 10, 64);
}

/* What is signed changes the signature; a port that is not the scheme's own is part of the host. */
static void test_what_is_signed(void **state)
{
    (void)state;
    enum { PLAIN, PORT, BODY, SECRET, TOKEN, REGION, SERVICE, SECOND, VARIANTS };
    char got[VARIANTS][4096];
    struct buf b[VARIANTS];
    for (int i = 0; i < VARIANTS; i++) {
        struct origin origin = origin_of("localhost");
        struct credentials c = keys(i == SECRET ? "othersecret" : VECTOR_SECRET_KEY, i == TOKEN ? "t" : "");
        struct sigv4_scope scope = {i == REGION ? "eu-west-1" : "eu-central-1", i == SERVICE ? "sts" : "ec2"};
        origin.port = i == PORT ? 8443 : 443;
        b[i] = (struct buf)BUF_OF(got[i]);
        sigv4_put_post(&b[i], &origin, scope, &c, VECTOR_UTC_S + (i == SECOND), slice_of(i == BODY ? "Action=Y" : "Action=X"));
        for (int j = 0; j < i; j++)
            assert_false(slice_eq(signature_in(&b[i]), signature_in(&b[j])));
    }
    assert_non_null(strstr(buf_text(&b[PORT]), "Host: localhost:8443\r\n"));
    assert_non_null(strstr(buf_text(&b[TOKEN]), "X-Amz-Security-Token: t\r\n"));
}

/* The longest keys that credentials_make() lets through are signed whole, and the secret itself is never sent. */
static void test_longest_keys(void **state)
{
    (void)state;
    char secret[LIMIT_SECRET_KEY + 1] = "", token[LIMIT_SESSION_TOKEN + 1] = "", request[LIMIT_REQUEST], signatures[3][64];
    struct origin origin = origin_of("ec2.eu-central-1.amazonaws.com");
    memset(secret, 's', LIMIT_SECRET_KEY);
    memset(token, 't', LIMIT_SESSION_TOKEN);
    for (int i = 0; i < 3; i++) {
        token[LIMIT_SESSION_TOKEN - 1] = i == 1 ? 'u' : 't'; /* the last bytes count too */
        secret[LIMIT_SECRET_KEY - 1] = i == 2 ? 'u' : 's';
        struct credentials c = keys(secret, token);
        struct buf b = BUF_OF(request);
        sigv4_put_post(&b, &origin, (struct sigv4_scope){"eu-central-1", "ec2"}, &c, VECTOR_UTC_S, slice_of("Action=X"));
        assert_false(b.full);
        assert_non_null(strstr(buf_text(&b), token));
        assert_null(strstr(buf_text(&b), secret));
        memcpy(signatures[i], signature_in(&b).at, sizeof signatures[i]);
    }
    assert_memory_not_equal(signatures[0], signatures[1], sizeof signatures[0]);
    assert_memory_not_equal(signatures[0], signatures[2], sizeof signatures[0]);
}

static struct credentials session;

static void sign(void)
{
    static char request[4096];
    struct buf b = BUF_OF(request);
    struct origin origin = {.host = "localhost", .port = 443};
    sigv4_put_post(&b, &origin, (struct sigv4_scope){"eu-central-1", "ec2"}, &session, VECTOR_UTC_S, slice_of("Action=X"));
}

/* What an HMAC with this key begins and ends with; the digest of the data becomes the next key. */
static void assert_key_is_gone(struct slice *key, const char *data)
{
    static unsigned char digest[br_sha256_SIZE];
    br_hmac_key_context keyed;
    br_hmac_context hash;
    br_hmac_key_init(&keyed, &br_sha256_vtable, key->at, key->len);
    assert_false(stack_holds(key->at, key->len));
    assert_false(stack_holds(keyed.ksi, sizeof digest));
    assert_false(stack_holds(keyed.kso, sizeof digest));
    br_hmac_init(&hash, &keyed, 0);
    br_hmac_update(&hash, data, strlen(data));
    (void)br_hmac_out(&hash, digest);
    *key = slice_make((const char *)digest, sizeof digest);
}

/* Neither the secret, nor the token, nor a key that is made of the secret and good for the day. */
static void test_nothing_is_left(void **state)
{
    static const char *const data[] = {"20150830", "eu-central-1", "ec2", "aws4_request", ""};
    struct slice key = slice_of("AWS4" VECTOR_SECRET_KEY);
    (void)state;
    session = keys(VECTOR_SECRET_KEY, "SESSIONTOKEN");
    stack_run(sign);
    assert_false(stack_holds(VECTOR_SECRET_KEY, strlen(VECTOR_SECRET_KEY)));
    assert_false(stack_holds("SESSIONTOKEN", 12));
    for (size_t i = 0; i < COUNT(data); i++)
        assert_key_is_gone(&key, data[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),        cmocka_unit_test(test_buffer_too_small), cmocka_unit_test(test_day_boundary),
        cmocka_unit_test(test_what_is_signed), cmocka_unit_test(test_longest_keys),     cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
