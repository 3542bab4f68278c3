/* uri: percent-encoding, byte for byte (RFC 3986, 2.3), and the one kind of URL that an operator may give. */
#include "support.h"

#include "wire/uri.h"

#include <stdio.h>

/* --- Encoding */

static void every_byte_is_itself_or_two_digits(void **state)
{
    (void)state;
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (unsigned i = 0; i < 256; i++) {
        char c = (char)i;
        char expected[4], text[8];
        struct buf e = BUF_OF(expected), b = BUF_OF(text);
        if (memchr(unreserved, c, sizeof unreserved - 1))
            buf_putc(&e, c);
        else
            e.len = (size_t)snprintf(e.at, e.cap, "%%%02X", i);
        struct slice one = slice_dup(slice_make(&c, 1));
        uri_put_encoded(&b, one);
        assert_slice(buf_slice(&b), buf_slice(&e));
        slice_free(one);
    }
}

static void a_text_is_encoded_byte_by_byte(void **state)
{
    (void)state;
    char text[64];
    struct buf b = BUF_OF(text);
    uri_put_encoded(&b, S("10.0.0.7/32&Action=X \xc3\xa9+\0"));
    assert_slice(buf_slice(&b), S("10.0.0.7%2F32%26Action%3DX%20%C3%A9%2B%00"));
    assert_false(b.full);
}

static void an_encoded_text_too_long_for_its_buffer_says_so(void **state)
{
    (void)state;
    char text[5];
    struct buf b = BUF_OF(text);
    uri_put_encoded(&b, S("ab/"));
    assert_false(b.full);
    b.len = 0;
    uri_put_encoded(&b, S("abc/"));
    assert_true(b.full);
}

/* --- Origins: what a URL means, and how the Host header names it */

struct url {
    const char *name;
    struct input url;
    struct origin origin;
    const char *authority;
};

#define HTTP(host_, port_) {.host = (host_), .port = (port_), .tls = false, .given = true}
#define HTTPS(host_, port_) {.host = (host_), .port = (port_), .tls = true, .given = true}
#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"

static const struct url goods[] = {
    {"https and its port", INPUT("https://ec2.us-east-1.amazonaws.com"), HTTPS("ec2.us-east-1.amazonaws.com", 443),
     "ec2.us-east-1.amazonaws.com"},
    {"http and its port", INPUT("http://127.0.0.1"), HTTP("127.0.0.1", 80), "127.0.0.1"},
    {"a slash last", INPUT("https://host/"), HTTPS("host", 443), "host"},
    {"a port", INPUT("https://host:8443"), HTTPS("host", 8443), "host:8443"},
    {"a port and a slash", INPUT("https://host:8443/"), HTTPS("host", 8443), "host:8443"},
    {"the scheme's own port is not named", INPUT("https://host:443"), HTTPS("host", 443), "host"},
    {"another scheme's is", INPUT("http://host:443"), HTTP("host", 443), "host:443"},
    {"and the other way round", INPUT("https://host:80"), HTTPS("host", 80), "host:80"},
    {"the least port", INPUT("http://host:1"), HTTP("host", 1), "host:1"},
    {"the greatest port", INPUT("http://host:65535"), HTTP("host", 65535), "host:65535"},
    {"the host in lower case", INPUT("https://EC2.Example"), HTTPS("ec2.example", 443), "ec2.example"},
    {"a host of 253 bytes", INPUT("http://" X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx"),
     HTTP(X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx", 80), X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx"},
    {"RFC 3986, 3.2.2: an IPv6 address", INPUT("http://[fd00:ec2::254]"), HTTP("fd00:ec2::254", 80), "[fd00:ec2::254]"},
    {"RFC 3986, 3.2.2: with port and slash", INPUT("https://[::1]:8443/"), HTTPS("::1", 8443), "[::1]:8443"},
    {"RFC 3986, 3.2.2: with an IPv4 address in it", INPUT("http://[::FFFF:10.0.0.1]"), HTTP("::FFFF:10.0.0.1", 80),
     "[::FFFF:10.0.0.1]"},
    {"RFC 3986, 3.2.2: of 45 bytes", INPUT("http://[1111:2222:3333:4444:5555:6666:255.255.255.255]"),
     HTTP("1111:2222:3333:4444:5555:6666:255.255.255.255", 80), "[1111:2222:3333:4444:5555:6666:255.255.255.255]"},
};

static void test_good(void **state)
{
    const struct url *row = *state;
    struct slice url = input_make(&row->url);
    struct origin origin;
    struct err e = {0};
    char text[300], whole[300];
    struct buf b = BUF_OF(text), both = BUF_OF(whole);
    memset(&origin, '#', sizeof origin);
    assert_accepted(uri_origin_decode(url, &origin, &e), &e);
    assert_string_equal(origin.host, row->origin.host);
    assert_int_equal(origin.port, row->origin.port);
    assert_int_equal(origin.tls, row->origin.tls);
    assert_true(origin.given);
    uri_put_authority(&b, &origin);
    assert_slice(buf_slice(&b), slice_of(row->authority));
    b.len = 0;
    uri_put_host_port(&b, &origin);
    buf_putf(&both, strchr(row->origin.host, ':') ? "[%s]:%u" : "%s:%u", row->origin.host, row->origin.port);
    assert_slice(buf_slice(&b), buf_slice(&both));
    slice_free(url);
}

struct refusal {
    const char *name;
    struct input url;
};

static const struct refusal no_schemes[] = {
    {"no scheme: empty", INPUT("")},
    {"no scheme: a host", INPUT("host")},
    {"no scheme: a blank first", INPUT(" http://host")},
    {"no scheme: one slash", INPUT("http:/host")},
    {"no scheme: no slash", INPUT("https:host")},
    {"no scheme: another", INPUT("ftp://host")},
    {"no scheme: a file", INPUT("file:///etc/passwd")},
    {"no scheme: upper case", INPUT("HTTP://host")},
};

static const struct refusal no_origins[] = {
    {"no host", INPUT("https://")},
    {"no host but a slash", INPUT("https:///")},
    {"no host but a port", INPUT("https://:443")},
    {"RFC 3986, 3.2.1: a user", INPUT("https://user@host")},
    {"RFC 3986, 3.2.1: a user and a password", INPUT("https://user:secret@host")},
    {"RFC 3986, 3.3: a path", INPUT("https://host/path")},
    {"RFC 3986, 3.3: two slashes", INPUT("https://host//")},
    {"RFC 3986, 3.4: a query", INPUT("https://host?x")},
    {"RFC 3986, 3.4: a query after the slash", INPUT("https://host/?x")},
    {"RFC 3986, 3.5: a fragment", INPUT("https://host#x")},
    {"a backslash", INPUT("https://host\\")},
    {"a percent escape", INPUT("https://ho%73t")},
    {"a blank after", INPUT("https://host ")},
    {"CR LF", INPUT("https://host\r\nX: y")},
    {"NUL in the host", INPUT("https://ho\0st")},
    {"NUL after the port", INPUT("https://host:80\0")},
    {"a host of 254 bytes", INPUT("http://" X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxxx")},
    {"port: none after the colon", INPUT("https://host:")},
    {"port: 0", INPUT("https://host:0")},
    {"port: 65536", INPUT("https://host:65536")},
    {"port: 2^32 + 443", INPUT("https://host:4294967739")},
    {"port: a sign", INPUT("https://host:+443")},
    {"port: letters", INPUT("https://host:https")},
    {"port: two", INPUT("https://host:1:2")},
    {"IPv6 without brackets", INPUT("http://fd00::1")},
    {"RFC 3986, 3.2.2: no closing bracket", INPUT("http://[fd00::1")},
    {"RFC 3986, 3.2.2: no opening bracket", INPUT("http://fd00::1]")},
    {"RFC 3986, 3.2.2: empty brackets", INPUT("http://[]")},
    {"RFC 3986, 3.2.2: a name in brackets", INPUT("http://[host]")},
    {"RFC 3986, 3.2.2: 'g' first", INPUT("http://[g::1]")},
    {"RFC 3986, 3.2.2: 'g' last", INPUT("http://[::g]")},
    {"RFC 3986, 3.2.2: an IPv4 address in brackets", INPUT("http://[127.0.0.1]")},
    {"RFC 3986, 3.2.2: bytes after the bracket", INPUT("http://[::1]x")},
    {"RFC 3986, 3.2.2: a bracket twice", INPUT("http://[::1]]")},
    {"RFC 3986, 3.2.2: no port after the bracket's colon", INPUT("http://[::1]:")},
    {"RFC 3986, 3.2.2: 46 bytes", INPUT("http://[1111:2222:3333:4444:5555:6666:255.255.255.2555]")},
    {"RFC 6874: a zone", INPUT("http://[fe80::1%25eth0]")},
    {"NUL in brackets", INPUT("http://[::1\0]")},
};

static void refuse(const struct refusal *row, const char *part)
{
    struct slice url = input_make(&row->url);
    struct origin origin, untouched;
    struct err e = {0};
    memset(&origin, '#', sizeof origin);
    memset(&untouched, '#', sizeof untouched);
    assert_refused(uri_origin_decode(url, &origin, &e), &e, ERR_USAGE, part);
    assert_memory_equal(&origin, &untouched, sizeof origin);
    slice_free(url);
}

static void test_no_scheme(void **state)
{
    refuse(*state, "it must begin with https:// or http://");
}

static void test_no_origin(void **state)
{
    refuse(*state, "is no SCHEME://HOST[:PORT] without path");
}

/* An error shows the URL only as printable text. */
static void a_refused_url_is_shown_printable(void **state)
{
    (void)state;
    struct origin origin;
    struct err e = {0};
    assert_refused(uri_origin_decode(S("https://\x1b[2J"), &origin, &e), &e, ERR_USAGE, "'https://?[2J'");
}

static void a_refused_url_does_not_show_its_password(void **state)
{
    struct origin origin;
    struct err e = {0};
    (void)state;
    assert_refused(uri_origin_decode(S("https://user:pass@ec2.example"), &origin, &e), &e, ERR_USAGE, "'@ec2.example' is no");
    e = (struct err){0};
    assert_refused(uri_origin_decode(S("user:pass@ec2.example"), &origin, &e), &e, ERR_USAGE, "'@ec2.example' is no");
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, every_byte_is_itself_or_two_digits);
    SUITE_TEST(&suite, a_text_is_encoded_byte_by_byte);
    SUITE_TEST(&suite, an_encoded_text_too_long_for_its_buffer_says_so);
    SUITE_ROWS(&suite, test_good, goods);
    SUITE_ROWS(&suite, test_no_scheme, no_schemes);
    SUITE_ROWS(&suite, test_no_origin, no_origins);
    SUITE_TEST(&suite, a_refused_url_is_shown_printable);
    SUITE_TEST(&suite, a_refused_url_does_not_show_its_password);
    return suite_run(&suite, "wire/uri");
}
