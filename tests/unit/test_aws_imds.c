/* imds: requests to the byte, statuses in words, and values that are refused. Faults, rows 72, 73, 75 and 76. */
#include "aws/imds.h"
#include "made.h"

static void test_requests(void **state)
{
    (void)state;
    char text[512];
    struct origin origin = imds_origin(false);
    struct imds_token token = {"AQAEAExample=="};

    struct buf b = BUF_OF(text);
    imds_put_token_request(&b, &origin, 300);
    assert_string_equal(buf_text(&b), "PUT /latest/api/token HTTP/1.1\r\nHost: 169.254.169.254\r\n"
                                      "X-aws-ec2-metadata-token-ttl-seconds: 300\r\nContent-Length: 0\r\n\r\n");

    b = (struct buf)BUF_OF(text);
    imds_put_get(&b, &origin, &token, "/latest/meta-data/placement/region");
    assert_string_equal(buf_text(&b), "GET /latest/meta-data/placement/region HTTP/1.1\r\nHost: 169.254.169.254\r\n"
                                      "X-aws-ec2-metadata-token: AQAEAExample==\r\n\r\n");
}

static void test_origin(void **state)
{
    (void)state;
    struct origin origin = imds_origin(false);
    assert_string_equal(origin.host, "169.254.169.254");
    assert_int_equal(origin.port, 80);
    assert_false(origin.tls);
    assert_true(origin.given); /* link-local is meant here */
    origin = imds_origin(true);
    assert_string_equal(origin.host, "fd00:ec2::254");
    assert_int_equal(origin.port, 80);
    assert_false(origin.tls);
    assert_true(origin.given);
}

static void test_token(void **state)
{
    static const struct {
        struct slice body;
        const char *refusal;
    } rows[] = {
#define S(literal) {literal, sizeof(literal) - 1}
        {S("AQAEAExample=="), NULL},
        {S("~!"), NULL},
        {S(""), "empty token"},
        {S("AQAEA\r\nX-Evil: 1"), "no token"},
        {S("AQAEA\n"), "no token"},
        {S("AQ AEA"), "no token"},
        {S(" AQ"), "no token"},
        {S("AQ\0AEA"), "no token"},
        {S("AQ\x7F"), "no token"},
        {S("AQ\xFF"), "no token"},
        {S("<html>AQAEA at a portal</html>"), "no token"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct imds_token token = {""};
        struct err e = {0};
        bool ok = imds_token_decode(rows[i].body, &token, &e);
        if (!rows[i].refusal) {
            assert_went_well(ok, &e);
            assert_true(slice_is(rows[i].body, token.reveal));
            continue;
        }
        assert_failed(ok, &e, ERR_IDENTITY, rows[i].refusal);
        assert_null(strstr(e.text, "AQ"));
        assert_string_equal(token.reveal, "");
    }
}

static void test_token_length(void **state)
{
    (void)state;
    char text[LIMIT_IMDS_TOKEN + 1];
    memset(text, 'Q', sizeof text);
    struct imds_token token = {""};
    struct err e = {0};
    assert_went_well(imds_token_decode(slice_make(text, LIMIT_IMDS_TOKEN), &token, &e), &e);
    assert_int_equal(strlen(token.reveal), LIMIT_IMDS_TOKEN);
    assert_failed(imds_token_decode(slice_make(text, LIMIT_IMDS_TOKEN + 1), &token, &e), &e, ERR_IDENTITY, "more than 1024");
    assert_null(strstr(e.text, "QQQ"));
}

static void test_status(void **state)
{
    static const struct {
        unsigned status;
        const char *path;
        const char *refusal;
    } rows[] = {
        {200, "/latest/meta-data/mac", NULL},
        {201, "/latest/meta-data/mac", "status 201"},
        {302, "/latest/meta-data/mac", "status 302"},
        {400, IMDS_TOKEN_PATH, "/latest/api/token with status 400"},
        {401, IMDS_TOKEN_PATH, "status 401"},
        {403, IMDS_TOKEN_PATH, "enable IMDSv2"},
        {404, IMDS_ROLES_PATH, "attach an instance profile"},
        {404, IMDS_ROLES_PATH "vip", "attach an instance profile"},
        {404, "/latest/meta-data/mac", "/latest/meta-data/mac with status 404"},
        {429, "/latest/meta-data/mac", "status 429"},
        {500, "/latest/meta-data/mac", "status 500"},
        {503, "/latest/meta-data/mac", "status 503"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e = {0};
        bool ok = imds_status_check(rows[i].status, rows[i].path, &e);
        if (rows[i].refusal)
            assert_failed(ok, &e, ERR_IDENTITY, rows[i].refusal);
        else
            assert_went_well(ok, &e);
    }
}

static void test_role(void **state)
{
    static const struct {
        const char *body;
        const char *role; /* NULL when refused */
    } rows[] = {
        {"mirror-vip", "mirror-vip"},
        {"a+b=c,d.e@f_g-h", "a+b=c,d.e@f_g-h"},
        {"first\nsecond", "first"},
        {"first\r\nsecond\r\n", "first"},
        {"first\n../second", "first"},
        {"", NULL},
        {"\nsecond", NULL},
        {"../latest/user-data", NULL},
        {"a/b", NULL},
        {"a b", NULL},
        {"a%2e%2e", NULL},
        {"a\tb", NULL},
        {"a\rb", NULL},
        {"role?x=1", NULL},
        {"<html>", NULL},
        {"\x1b[2Jrole", NULL},
        /* 64 is the longest, 65 is none */
        {"0123456789012345678901234567890123456789012345678901234567890123", "0123456789012345678901234567890123456789012345678901234567890123"},
        {"01234567890123456789012345678901234567890123456789012345678901234", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct role_name role = {""};
        struct err e = {0};
        bool ok = imds_role_decode(slice_of(rows[i].body), &role, &e);
        if (rows[i].role) {
            assert_went_well(ok, &e);
            assert_string_equal(role.text, rows[i].role);
            continue;
        }
        assert_failed(ok, &e, ERR_IDENTITY, rows[i].body[0] ? "which no role can be called" : "no IAM role is attached");
        assert_null(strchr(e.text, '\x1b'));
        assert_string_equal(role.text, "");
    }
}

static void test_cidrs(void **state)
{
    static const struct {
        const char *body;
        size_t count; /* 0 when refused */
        const char *last;
        bool ipv6;
    } rows[] = {
        {"10.109.0.0/16", 1, "10.109.0.0/16", false},
        {"10.109.0.0/16\n", 1, "10.109.0.0/16", false},
        {"10.109.0.0/16\n100.64.0.0/16", 2, "100.64.0.0/16", false},
        {"10.109.0.0/16\r\n100.64.0.0/16\r\n", 2, "100.64.0.0/16", false},
        {"", 0, NULL, false},
        {"10.109.0.0", 0, NULL, false},
        {"10.109.0.0/33", 0, NULL, false},
        {"10.109.0.0/16\n\n", 0, NULL, false},
        {"10.109.0.0/16\nfd00::/56", 0, NULL, false},
        {"10.109.0.0/16 ", 0, NULL, false},
        {"<html>", 0, NULL, false},
        {"fd00::/56", 0, NULL, false},
        {"2001:db8:6d00::/56", 1, "2001:db8:6d00::/56", true},
        {"2001:db8:6d00::/56\nfd12:3456:7890:ab00::/56\n", 2, "fd12:3456:7890:ab00::/56", true},
        {"2001:db8:6d00::/56\n10.109.0.0/16", 0, NULL, true},
        {"", 0, NULL, true},
        {"2001:db8:6d00::/129", 0, NULL, true},
        {"<html>", 0, NULL, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vpc_cidrs cidrs = {.count = 77};
        struct err e = {0};
        bool ok = imds_cidrs_decode(slice_of(rows[i].body), rows[i].ipv6, &cidrs, &e);
        if (rows[i].count == 0) {
            assert_failed(ok, &e, ERR_IDENTITY, "CIDR block");
            assert_int_equal(cidrs.count, 77);
            continue;
        }
        assert_went_well(ok, &e);
        assert_int_equal(cidrs.count, rows[i].count);
        assert_string_equal(cidr_text(cidrs.at[cidrs.count - 1]).text, rows[i].last);
    }
}

static void test_cidrs_limit(void **state)
{
    (void)state;
    char text[LIMIT_VPC_CIDRS * 16];
    struct buf b = BUF_OF(text);
    struct vpc_cidrs cidrs;
    struct err e = {0};
    for (unsigned i = 0; i < LIMIT_VPC_CIDRS; i++)
        buf_putf(&b, "10.%u.0.0/16\n", i);
    assert_went_well(imds_cidrs_decode(buf_slice(&b), false, &cidrs, &e), &e);
    assert_int_equal(cidrs.count, LIMIT_VPC_CIDRS);
    buf_puts(&b, "11.0.0.0/8");
    assert_failed(imds_cidrs_decode(buf_slice(&b), false, &cidrs, &e), &e, ERR_IDENTITY, "more than 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_origin), cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_length), cmocka_unit_test(test_status), cmocka_unit_test(test_role),
        cmocka_unit_test(test_cidrs), cmocka_unit_test(test_cidrs_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
