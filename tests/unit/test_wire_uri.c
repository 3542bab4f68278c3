/*
 * uri: percent-encoding, byte for byte, and the one kind of URL that an operator may give: by the clauses of RFC 3986, of which
 * it takes a part; what has no clause names the limit that it is about. The forms of an IPv6 address are base/value's.
 */
#include "support.h"

#include "wire/uri.h"

#include <stdio.h>

/* --- Encoding: all but the unreserved characters of 2.3, with the digits of 2.1 in upper case */

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
    {"3.2.3: https without a port", INPUT("https://ec2.us-east-1.amazonaws.com"), HTTPS("ec2.us-east-1.amazonaws.com", 443),
     "ec2.us-east-1.amazonaws.com"},
    {"3.2.3: http without a port", INPUT("http://127.0.0.1"), HTTP("127.0.0.1", 80), "127.0.0.1"},
    {"3.2.3: a port", INPUT("https://host:8443"), HTTPS("host", 8443), "host:8443"},
    {"3.2.3: zeros before it", INPUT("https://host:008443"), HTTPS("host", 8443), "host:8443"},
    {"3.2.3: the scheme's own, which is not named", INPUT("https://host:443"), HTTPS("host", 443), "host"},
    {"3.2.3: another scheme's, which is", INPUT("http://host:443"), HTTP("host", 443), "host:443"},
    {"3.2.3: and the other way round", INPUT("https://host:80"), HTTPS("host", 80), "host:80"},
    {"limit: the least port", INPUT("http://host:1"), HTTP("host", 1), "host:1"},
    {"limit: the greatest port", INPUT("http://host:65535"), HTTP("host", 65535), "host:65535"},
    {"3.3: the path of a slash alone", INPUT("https://host/"), HTTPS("host", 443), "host"},
    {"3.3: after a port", INPUT("https://host:8443/"), HTTPS("host", 8443), "host:8443"},
    {"6.2.2.1: the host in lower case", INPUT("https://EC2.Example"), HTTPS("ec2.example", 443), "ec2.example"},
    {"limit: a host of 253 bytes", INPUT("http://" X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx"),
     HTTP(X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx", 80), X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx"},
    {"3.2.2: a name with a hyphen and digits", INPUT("https://1-a.2"), HTTPS("1-a.2", 443), "1-a.2"},
    {"3.2.2: four numbers that are no address are a name", INPUT("http://256.0.0.01"), HTTP("256.0.0.01", 80), "256.0.0.01"},
    {"3.2.2: IPv6, '::' between", INPUT("http://[fd00:ec2::254]"), HTTP("fd00:ec2::254", 80), "[fd00:ec2::254]"},
    {"3.2.2: IPv6, '::' alone", INPUT("http://[::]"), HTTP("::", 80), "[::]"},
    {"3.2.2: IPv6, port and slash", INPUT("https://[::1]:8443/"), HTTPS("::1", 8443), "[::1]:8443"},
    {"3.2.2: IPv6 with IPv4 in it", INPUT("http://[::FFFF:10.0.0.1]"), HTTP("::FFFF:10.0.0.1", 80), "[::FFFF:10.0.0.1]"},
    {"limit: IPv6 of 45 bytes", INPUT("http://[1111:2222:3333:4444:5555:6666:255.255.255.255]"),
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
    {"3: nothing at all", INPUT("")},
    {"3: no scheme", INPUT("host")},
    {"3: no colon after the scheme", INPUT("https//host")},
    {"3: one slash", INPUT("http:/host")},
    {"3: no slash", INPUT("https:host")},
    {"3.1: empty", INPUT("://host")},
    {"3.1: a blank first", INPUT(" http://host")},
    {"3.1: longer", INPUT("httpss://host")},
    {"3.1: another", INPUT("ftp://host")},
    {"3.1: another, with a path", INPUT("file:///etc/passwd")},
    {"3.1: upper case, which is not taken here", INPUT("HTTP://host")},
    {"4.2: a relative reference", INPUT("//host")},
};

static const struct refusal no_origins[] = {
    {"3.2: no authority", INPUT("https://")},
    {"3.2: no authority before the slash", INPUT("https:///")},
    {"3.2.2: no host before the port", INPUT("https://:443")},
    {"3.2.1: a user", INPUT("https://user@host")},
    {"3.2.1: an empty user", INPUT("https://@host")},
    {"3.2.1: a user and a password", INPUT("https://user:secret@host")},
    {"3.2.1: a user before an address", INPUT("https://user@[::1]")},
    {"3.3: a path", INPUT("https://host/path")},
    {"3.3: two slashes", INPUT("https://host//")},
    {"3.3: a path after a port", INPUT("https://host:443/path")},
    {"3.4: a query", INPUT("https://host?x")},
    {"3.4: a query after the slash", INPUT("https://host/?x")},
    {"3.4: an empty query", INPUT("https://host/?")},
    {"3.5: a fragment", INPUT("https://host#x")},
    {"3.5: an empty fragment", INPUT("https://host/#")},
    {"2.1: a percent escape, which no DNS name has", INPUT("https://ho%73t")},
    {"2.2: a reserved character, which no DNS name has", INPUT("https://ho!st")},
    {"2.3: an unreserved one, which no DNS name has", INPUT("https://ho~st")},
    {"2: a backslash", INPUT("https://host\\")},
    {"2: a blank after", INPUT("https://host ")},
    {"2: CR LF", INPUT("https://host\r\nX: y")},
    {"2: a byte beyond ASCII", INPUT("https://h\xc3\xb6st")},
    {"2: NUL in the host", INPUT("https://ho\0st")},
    {"2: NUL after the port", INPUT("https://host:80\0")},
    {"2: NUL in brackets", INPUT("http://[::1\0]")},
    {"limit: a host of 254 bytes", INPUT("http://" X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxxx")},
    {"3.2.3: nothing after the colon, which is not taken here", INPUT("https://host:")},
    {"3.2.3: a sign", INPUT("https://host:+443")},
    {"3.2.3: letters", INPUT("https://host:https")},
    {"3.2.3: two", INPUT("https://host:1:2")},
    {"limit: port 0", INPUT("https://host:0")},
    {"limit: port 65536", INPUT("https://host:65536")},
    {"limit: port 2^32 + 443", INPUT("https://host:4294967739")},
    {"limit: port 65536 of an address", INPUT("https://[::1]:65536")},
    {"3.2.2: IPv6 without brackets", INPUT("http://fd00::1")},
    {"3.2.2: no closing bracket", INPUT("http://[fd00::1")},
    {"3.2.2: no opening bracket", INPUT("http://fd00::1]")},
    {"3.2.2: brackets in a name", INPUT("http://ho[st]")},
    {"3.2.2: empty brackets", INPUT("http://[]")},
    {"3.2.2: a name in brackets", INPUT("http://[host]")},
    {"3.2.2: an IPv4 address in brackets", INPUT("http://[127.0.0.1]")},
    {"3.2.2: an address of a version to come", INPUT("http://[v1.::1]")},
    {"3.2.2: bytes after the bracket", INPUT("http://[::1]x")},
    {"3.2.2: a bracket twice", INPUT("http://[::1]]")},
    {"3.2.2: a bracket twice, first", INPUT("http://[[::1]")},
    {"3.2.2: no port after the bracket's colon", INPUT("http://[::1]:")},
    {"3.2.2: IPv6, 'g' first", INPUT("http://[g::1]")},
    {"3.2.2: IPv6, 'g' last", INPUT("http://[::g]")},
    {"limit: IPv6 of 46 bytes", INPUT("http://[1111:2222:3333:4444:5555:6666:255.255.255.2555]")},
    {"RFC 6874: a zone", INPUT("http://[fe80::1%25eth0]")},
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
