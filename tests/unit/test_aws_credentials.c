/* credentials: what is taken, what is refused, and that no refusal shows a secret. Faults, rows 69 to 71. */
#include "aws/credentials.h"
#include "made.h"
#include "stack.h"

#include <stdlib.h>

#define ID "ASIAEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDGV1+/=="

/* Neither the secrets nor any piece of them long enough to be of use. */
static void assert_keeps_secrets(const struct err *e)
{
    assert_null(strstr(e->text, "wJal"));
    assert_null(strstr(e->text, "IQoJ"));
}

static void assert_untouched(const struct credentials *c)
{
    static const struct credentials zero;
    assert_memory_equal(c, &zero, sizeof zero);
}

static void test_make(void **state)
{
    static const struct {
        struct slice id, secret, token;
        const char *refusal; /* NULL when all is well */
    } rows[] = {
#define S(literal) {literal, sizeof(literal) - 1}
        {S(ID), S(SECRET), S(TOKEN), NULL},
        {S(ID), S(SECRET), S(""), NULL},
        {S("AKIA_1"), S(SECRET), S(""), NULL},
        {S(ID), S("!wJal~"), S("~"), NULL},
        {S(""), S(SECRET), S(TOKEN), "access key id is empty"},
        {S(ID), S(""), S(TOKEN), "secret access key is empty"},
        {S(ID "\r\n"), S(SECRET), S(TOKEN), "access key id holds"},
        {S("ASIA/EXAMPLE"), S(SECRET), S(TOKEN), "access key id is not"},
        {S("ASIA,EXAMPLE"), S(SECRET), S(TOKEN), "access key id is not"},
        {S(ID), S(SECRET "\r\nX: y"), S(TOKEN), "secret access key holds"},
        {S(ID), S(SECRET "\n"), S(TOKEN), "secret access key holds"},
        {S(ID), S(SECRET "\0"), S(TOKEN), "secret access key holds"},
        {S(ID), S(SECRET "\xC3\xBC"), S(TOKEN), "secret access key holds"},
        {S(ID), S("wJal rXU"), S(TOKEN), "secret access key holds"},
        {S(ID), S("\x7FwJal"), S(TOKEN), "secret access key holds"},
        {S(ID), S(SECRET), S(TOKEN "\r"), "session token holds"},
        {S(ID), S(SECRET), S("IQoJ\x7F"), "session token holds"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct credentials c = {0};
        struct err e = {0};
        bool ok = credentials_make(rows[i].id, rows[i].secret, rows[i].token, &c, &e);
        if (rows[i].refusal) {
            assert_failed(ok, &e, ERR_IDENTITY, rows[i].refusal);
            assert_keeps_secrets(&e);
            assert_untouched(&c);
            continue;
        }
        assert_went_well(ok, &e);
        assert_true(slice_is(rows[i].id, c.access_key));
        assert_true(slice_is(rows[i].secret, c.secret_key.reveal));
        assert_true(slice_is(rows[i].token, c.session_token.reveal));
        assert_int_equal(c.expires_s, 0);
    }
}

/* Each part at its limit, and one byte longer. */
static void test_lengths(void **state)
{
    static const size_t limits[3] = {LIMIT_ACCESS_KEY, LIMIT_SECRET_KEY, LIMIT_SESSION_TOKEN};
    static char text[LIMIT_SESSION_TOKEN + 1];
    (void)state;
    memset(text, 'x', sizeof text);
    for (int part = 0; part < 3; part++)
        for (size_t extra = 0; extra < 2; extra++) {
            struct slice parts[3] = {slice_of(ID), slice_of(SECRET), slice_of(TOKEN)};
            struct credentials c = {0};
            struct err e = {0};
            char refusal[32];
            (void)snprintf(refusal, sizeof refusal, "longer than %zu bytes", limits[part]);
            parts[part] = slice_make(text, limits[part] + extra);
            bool ok = credentials_make(parts[0], parts[1], parts[2], &c, &e);
            if (extra == 0)
                assert_went_well(ok, &e);
            else
                assert_failed(ok, &e, ERR_IDENTITY, refusal);
        }
}

#define PARTS "\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"" TOKEN "\""

static void test_decode(void **state)
{
    static const char *const good[] = {
        /* As the metadata service writes it. */
        "{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"2024-01-01T00:00:00Z\",\n  \"Type\" : \"AWS-HMAC\",\n"
        "  \"AccessKeyId\" : \"" ID "\",\n  \"SecretAccessKey\" : \"" SECRET "\",\n  \"Token\" : \"" TOKEN "\",\n"
        "  \"Expiration\" : \"2024-01-01T06:00:00Z\"\n}",
        /* As a container's credential server does: no Code. */
        "{\"RoleArn\":\"arn:aws:iam::1:role/x\"," PARTS ",\"Expiration\":\"2024-01-01T06:00:00Z\"}",
        /* Another order, escapes in a key and in a value. */
        "{\"Token\":\"IQoJb3JpZ2luX2VjEXAMPLE\\/\\u002f////////wEaDGV1+/==\",\"\\u0053ecretAccessKey\":\"" SECRET
        "\",\"AccessKeyId\":\"" ID "\"}",
        /* Members of the same names at another depth are others, and so is what is in an array. */
        "{\"More\":{\"Code\":\"Failed\",\"Token\":\"x\",\"Deep\":[{\"Token\":1}]}," PARTS "}",
        "{" PARTS ",\"List\":[\"Token\",\"x\",[],{\"SecretAccessKey\":null}]}",
        "{\"Empty\":{}," PARTS ",\"None\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct credentials c = {0};
        struct err e = {0};
        assert_went_well(credentials_decode(slice_of(good[i]), &c, &e), &e);
        assert_string_equal(c.access_key, ID);
        assert_string_equal(c.secret_key.reveal, SECRET);
        assert_string_equal(c.session_token.reveal, TOKEN);
    }
}

/* It is told, and nothing is refused for it. */
static void test_decode_expiration(void **state)
{
    static const struct {
        const char *member;
        int64_t expires_s;
    } rows[] = {
        {"\"Expiration\":\"2024-01-01T06:00:00Z\",", 1704088800}, {"\"Expiration\":\"1999-01-01T00:00:00Z\",", 915148800},
        {"\"Expiration\":\"tomorrow\",", 0}, {"\"Expiration\":12,", 0}, {"\"Expiration\":{\"Token\":\"x\"},", 0}, {"", 0},
        {"\"More\":{\"Expiration\":\"2024-01-01T06:00:00Z\"},", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char json[512];
        struct buf b = BUF_OF(json);
        struct credentials c = {.expires_s = 4711};
        struct err e = {0};
        buf_putf(&b, "{%s" PARTS "}", rows[i].member);
        assert_went_well(credentials_decode(buf_slice(&b), &c, &e), &e);
        assert_int_equal(c.expires_s, rows[i].expires_s);
    }
}

static void test_decode_refuses(void **state)
{
    static const struct {
        const char *json;
        const char *refusal;
    } rows[] = {
        {"{\"Code\":\"Failed\"," PARTS "}", "Code 'Failed'"},
        {"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no\"}", "Code 'AssumeRoleUnauthorizedAccess'"},
        {"{\"Code\":\"\\u001b[31mred\"," PARTS "}", "Code '?[31mred'"},
        {"{\"Code\":\"\"," PARTS "}", "Code ''"},
        {"{\"Code\":null," PARTS "}", "no string"},
        {"{\"Code\":\"Success\",\"Code\":\"Success\"," PARTS "}", "twice"},
        {"{\"Code\":\"Success\",\"Code\":\"Failed\"," PARTS "}", "twice"},
        {"{" PARTS ",\"SecretAccessKey\":\"" SECRET "\"}", "twice"},
        {"{" PARTS ",\"\\u0053ecretAccessKey\":\"other\"}", "twice"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\"}", "no session token"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"\"}", "no session token"},
        {"{\"AccessKeyId\":\"" ID "\",\"Token\":\"" TOKEN "\"}", "secret access key is empty"},
        {"{\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"" TOKEN "\"}", "access key id is empty"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":12345,\"Token\":\"" TOKEN "\"}", "no string"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":[\"" SECRET "\"],\"Token\":\"" TOKEN "\"}", "no string"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":{\"a\":\"" SECRET "\"},\"Token\":\"" TOKEN "\"}", "no string"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"wJal\\r\\nX\",\"Token\":\"" TOKEN "\"}", "secret access key holds"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"wJal\\u0000X\",\"Token\":\"" TOKEN "\"}", "secret access key holds"},
        {"{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"IQoJ\\u00fc\"}", "session token holds"},
        {"{\"secretaccesskey\":\"" SECRET "\",\"AccessKeyId\":\"" ID "\",\"Token\":\"" TOKEN "\"}", "secret access key is empty"},
        {"[{" PARTS "}]", "not a JSON object"},
        {"\"" SECRET "\"", "not a JSON object"},
        {"", "not the JSON expected"},
        {"{" PARTS, "not the JSON expected"},
        {"{" PARTS "}{", "not the JSON expected"},
        {"<html>" SECRET "</html>", "not the JSON expected"},
        {"{" PARTS ",}", "not the JSON expected"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct credentials c = {0};
        struct err e = {0};
        assert_failed(credentials_decode(slice_of(rows[i].json), &c, &e), &e, ERR_IDENTITY, rows[i].refusal);
        assert_keeps_secrets(&e);
        assert_untouched(&c);
    }
}

/* A token at the limit is taken; one byte more, and one of 100 KB, are refused and not shown. */
static void test_decode_long_token(void **state)
{
    static const struct {
        size_t len;
        bool good;
    } rows[] = {{LIMIT_SESSION_TOKEN, true}, {LIMIT_SESSION_TOKEN + 1, false}, {LIMIT_SESSION_TOKEN + 2, false}, {100 * 1024, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static char json[101 * 1024];
        struct buf b = BUF_OF(json);
        struct credentials c = {0};
        struct err e = {0};
        buf_puts(&b, "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"");
        for (size_t at = 0; at < rows[i].len; at++)
            buf_putc(&b, 't');
        buf_puts(&b, "\"}");
        assert_false(b.full);
        bool ok = credentials_decode(buf_slice(&b), &c, &e);
        if (rows[i].good)
            assert_went_well(ok, &e);
        else
            assert_failed(ok, &e, ERR_IDENTITY, "long");
        assert_int_equal(strlen(c.session_token.reveal), rows[i].good ? rows[i].len : 0);
        assert_null(strstr(e.text, "ttt"));
    }
}

/* Cut at every byte: never credentials. In memory of exactly that size, so that a byte read too many is seen. */
static void test_decode_cut(void **state)
{
    static const char json[] = "{\"Code\":\"Success\"," PARTS ",\"More\":{\"a\":[1,\"\\u0041\"]}}";
    (void)state;
    for (size_t len = 0; len < sizeof json - 1; len++) {
        char *cut = malloc(len + 1);
        struct credentials c = {0};
        struct err e = {0};
        memcpy(cut + 1, json, len);
        assert_failed(credentials_decode(slice_make(cut + 1, len), &c, &e), &e, ERR_IDENTITY, "");
        assert_untouched(&c);
        free(cut);
    }
}

static struct credentials decoded;

static void decode(void)
{
    struct err e = {0};
    (void)credentials_decode(slice_of("{" PARTS "}"), &decoded, &e);
}

/* No copy but the caller's. */
static void test_nothing_is_left(void **state)
{
    (void)state;
    stack_run(decode);
    assert_string_equal(decoded.secret_key.reveal, SECRET);
    assert_false(stack_holds(SECRET, strlen(SECRET)));
    assert_false(stack_holds(TOKEN, strlen(TOKEN)));
}

static void test_wipe(void **state)
{
    static const struct credentials zero;
    struct credentials c = {0};
    struct err e = {0};
    (void)state;
    credentials_wipe(&c);
    assert_memory_equal(&c, &zero, sizeof zero);
    assert_true(credentials_decode(slice_of("{" PARTS ",\"Expiration\":\"2026-11-25T00:00:00Z\"}"), &c, &e));
    assert_int_not_equal(c.expires_s, 0);
    credentials_wipe(&c);
    assert_memory_equal(&c, &zero, sizeof zero);
    assert_true(credentials_make(slice_of("A"), slice_of(SECRET), slice_of(""), &c, &e));
    credentials_wipe(&c);
    assert_memory_equal(&c, &zero, sizeof zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),           cmocka_unit_test(test_lengths),           cmocka_unit_test(test_decode),
        cmocka_unit_test(test_decode_expiration), cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_decode_long_token), cmocka_unit_test(test_decode_cut),
        cmocka_unit_test(test_nothing_is_left), cmocka_unit_test(test_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
