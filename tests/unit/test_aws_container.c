/* container: which servers are asked for keys, and what is sent to them. */
#include "support.h"

#include "aws/container.h"

struct row {
    const char *name;
    bool full;
    struct input input;
    const char *expected; /* scheme, host, port, path; of what is refused, a part of why */
    bool refused;
};

static const struct row rows[] = {
    {"a path", false, INPUT("/v2/credentials/0123?x=%41"), "http 169.254.170.2:80 /v2/credentials/0123?x=%41", false},
    {"nothing but a slash", false, INPUT("/"), "http 169.254.170.2:80 /", false},
    {"the first and the last byte of a path", false, INPUT("/!~"), "http 169.254.170.2:80 /!~", false},
    {"a path that is the longest", false, LONG_INPUT("/", "x", 1023, ""), NULL, false},
    {"a path that is too long", false, LONG_INPUT("/", "x", 1024, ""), "is no path", true},
    {"no slash", false, INPUT("v2/credentials"), "'v2/credentials' is no path", true},
    {"a host smuggled in", false, INPUT("@evil.example/"), "is no path", true},
    {"a blank", false, INPUT("/a b"), "is no path", true},
    {"a line end", false, INPUT("/a\r\nX: y"), "is no path", true},
    {"NUL", false, INPUT("/a\0b"), "is no path", true},
    {"DEL", false, INPUT("/a\x7f"), "is no path", true},
    {"above ASCII", false, INPUT("/\xc3\xa9"), "is no path", true},
    {"a fragment", false, INPUT("/a#b"), "is no path", true},
    {"nothing but a fragment", false, INPUT("/#"), "is no path", true},
    {"this host", true, INPUT("http://127.0.0.1:8080/creds"), "http 127.0.0.1:8080 /creds", false},
    {"all of this host", true, INPUT("http://127.255.0.9/creds"), "http 127.255.0.9:80 /creds", false},
    {"this host's name", true, INPUT("http://localhost/creds"), "http localhost:80 /creds", false},
    {"this host over IPv6", true, INPUT("http://[::1]:81/creds"), "http ::1:81 /creds", false},
    {"ECS", true, INPUT("http://169.254.170.2/a?b=c/d"), "http 169.254.170.2:80 /a?b=c/d", false},
    {"EKS", true, INPUT("http://169.254.170.23/v1/credentials"), "http 169.254.170.23:80 /v1/credentials", false},
    {"EKS over IPv6", true, INPUT("http://[fd00:ec2::23]/v1/credentials"), "http fd00:ec2::23:80 /v1/credentials", false},
    {"anywhere with TLS", true, INPUT("https://creds.example:8443/a"), "https creds.example:8443 /a", false},
    {"no path", true, INPUT("http://localhost"), "http localhost:80 /", false},
    {"anywhere without TLS", true, INPUT("http://creds.example/a"), "without TLS from creds.example", true},
    {"a neighbour", true, INPUT("http://169.254.170.3/a"), "without TLS from 169.254.170.3", true},
    {"the metadata service", true, INPUT("http://169.254.169.254/latest"), "without TLS from 169.254.169.254", true},
    {"a name that begins so", true, INPUT("http://localhost.example/a"), "without TLS", true},
    {"an address that begins so", true, INPUT("http://127.0.0.1.example/a"), "without TLS", true},
    {"a user", true, INPUT("http://127.0.0.1@creds.example/a"), "is no SCHEME", true},
    {"another scheme", true, INPUT("file:///etc/passwd"), "is no URL", true},
    {"no scheme", true, INPUT("//localhost/a"), "is no URL", true},
    {"no host", true, INPUT("http:///a"), "is no SCHEME", true},
    {"a path with a line end", true, INPUT("http://localhost/a\nb"), "is no path", true},
};

static void test_row(void **state)
{
    const struct row *row = *state;
    struct container c;
    struct err e = {0};
    char text[LIMIT_CONTAINER_PATH + 300];
    struct buf b = BUF_OF(text);
    struct slice input = input_make(&row->input);
    bool ok = row->full ? container_make_full(input, &c, &e) : container_make_relative(input, &c, &e);
    if (row->refused) {
        assert_refused(ok, &e, ERR_IDENTITY, row->expected);
        assert_true(err_says_cure(&e));
    } else {
        assert_accepted(ok, &e);
        assert_true(c.origin.given);
        buf_putf(&b, "%s %s:%u %s", c.origin.tls ? "https" : "http", c.origin.host, c.origin.port, c.path);
        if (row->expected)
            assert_string_equal(buf_text(&b), row->expected);
    }
    slice_free(input);
}

static void test_request(void **state)
{
    static const struct {
        struct bearer bearer;
        const char *header;
    } requests[] = {{{""}, ""}, {{"x"}, "Authorization: x\r\n"}, {{"Bearer abc"}, "Authorization: Bearer abc\r\n"}};
    struct container c;
    struct err e = {0};
    (void)state;
    assert_true(container_make_full(S("http://[::1]:81/a?b"), &c, &e));
    for (size_t i = 0; i < COUNT(requests); i++) {
        char text[512], expected[512];
        struct buf b = BUF_OF(text), wanted = BUF_OF(expected);
        container_put_get(&b, &c, &requests[i].bearer);
        buf_putf(&wanted, "GET /a?b HTTP/1.1\r\nHost: [::1]:81\r\nAccept: application/json\r\n%s\r\n", requests[i].header);
        assert_string_equal(buf_text(&b), buf_text(&wanted));
    }
}

/* Blanks and line ends around a token are no part of it. */
static void test_a_bearer(void **state)
{
    static const struct {
        struct slice text;
        const char *bearer;
    } taken[] = {{LIT("\n Bearer abc \r\n"), "Bearer abc"}, {LIT("\tx"), "x"}, {LIT("!~"), "!~"}};
    (void)state;
    for (size_t i = 0; i < COUNT(taken); i++) {
        struct bearer bearer;
        struct err e = {0};
        assert_accepted(bearer_make(taken[i].text, &bearer, &e), &e);
        assert_string_equal(bearer.reveal, taken[i].bearer);
    }
}

/* What a header could be made to hold beyond the token is refused, and none of it is shown. */
static void test_bearers(void **state)
{
    static const struct input refused[] = {
        INPUT(""), INPUT(" \n"), INPUT("SECRET\r\nX: y"), INPUT("SECRET\x01"), INPUT("\x01SECRET"), INPUT("SECRET\x7f"), INPUT("SECRET\xc3\xa9"), INPUT("SECRET\0"), LONG_INPUT("SECRET", "x", LIMIT_BEARER - 5, ""),
    };
    static const struct input longest = LONG_INPUT(" ", "x", LIMIT_BEARER, "\n");
    struct bearer bearer;
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct err e = {0};
        struct slice input = input_make(&refused[i]);
        assert_refused(bearer_make(input, &bearer, &e), &e, ERR_IDENTITY, "no token of one line");
        assert_null(strstr(e.text, "SECRET"));
        slice_free(input);
    }
    struct err e = {0};
    struct slice input = input_make(&longest);
    assert_accepted(bearer_make(input, &bearer, &e), &e);
    assert_int_equal(strlen(bearer.reveal), LIMIT_BEARER);
    slice_free(input);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_row, rows);
    SUITE_TEST(&suite, test_request);
    SUITE_TEST(&suite, test_a_bearer);
    SUITE_TEST(&suite, test_bearers);
    return suite_run(&suite, "aws/container");
}
