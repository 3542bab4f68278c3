/* proxy: what a proxy's URL means, with its password in Base64 (RFC 4648, RFC 7617), and what goes by it. Fault, row 150. */
#include "support.h"

#include "wire/proxy.h"

struct url {
    const char *name;
    struct input url;
    const char *expected; /* host, port, user and password */
};

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct url goods[] = {
    {"a host", INPUT("http://p.example"), "p.example 80 "},
    {"a port and a slash", INPUT("http://p.example:3128/"), "p.example 3128 "},
    {"no scheme", INPUT("p.example:3128"), "p.example 3128 "},
    {"no scheme, no port", INPUT("P.Example/"), "p.example 80 "},
    {"an address", INPUT("http://10.0.0.1:8080"), "10.0.0.1 8080 "},
    {"an IPv6 address", INPUT("http://[fd00::1]:8080"), "fd00::1 8080 "},
    {"4648, 4: a user of 1 byte and no password", INPUT("http://u@p.example"), "p.example 80 dTo="},
    {"4648, 4: 3 bytes", INPUT("http://u:p@p.example"), "p.example 80 dTpw"},
    {"4648, 4: 4 bytes", INPUT("http://u:pw@p.example"), "p.example 80 dTpwdw=="},
    {"4648, 4: 5 bytes", INPUT("http://us:pw@p.example"), "p.example 80 dXM6cHc="},
    {"4648, 4: the last digits", INPUT("http://~:~~~~o%3F%3F@p.example"), "p.example 80 fjp+fn5+bz8/"},
    {"no user, a password", INPUT("http://:p@p.example"), "p.example 80 OnA="},
    {"neither", INPUT("http://:@p.example"), "p.example 80 Og=="},
    {"percent-encoded", INPUT("http://u%40x:p%3a%25%2F@p.example:1"), "p.example 1 dUB4OnA6JS8="},
    {"7617, 2: a colon in the password", INPUT("http://u:p:p@p.example"), "p.example 80 dTpwOnA="},
    {"an @ in the password", INPUT("http://u:p@p@p.example"), "p.example 80 dTpwQHA="},
    {"no scheme, a user", INPUT("u:p@p.example:81/"), "p.example 81 dTpw"},
    {"256 bytes", INPUT("http://" X64 X64 X64 X64 "@p.example"), NULL},
    {"255 bytes and the colon", INPUT("http://" X64 X64 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@p.example"),
     "p.example 80 eHh4"},
    {"empty", INPUT(""), NULL},
    {"a scheme alone", INPUT("http://"), NULL},
    {"a slash alone", INPUT("/"), NULL},
    {"a user alone", INPUT("http://u:p@"), NULL},
    {"an empty host", INPUT("http://u:p@:80"), NULL},
    {"a path", INPUT("http://p.example/x"), NULL},
    {"two slashes", INPUT("http://p.example//"), NULL},
    {"a slash in the password", INPUT("http://u:p/p@p.example"), NULL},
    {"another scheme", INPUT("socks5://p.example"), NULL},
    {"another scheme and a user", INPUT("socks5://u:p@p.example:1080"), NULL},
    {"port 0", INPUT("http://p.example:0"), NULL},
    {"port 65536", INPUT("http://p.example:65536"), NULL},
    {"an incomplete escape", INPUT("http://u:p%4@p.example"), NULL},
    {"an escape that is none", INPUT("http://u:p%4g@p.example"), NULL},
    {"7617, 2: a colon in the user", INPUT("http://u%3Au:p@p.example"), NULL},
    {"CR LF", INPUT("http://u:p%0d%0aX@p.example"), NULL},
    {"NUL", INPUT("http://u:p%00@p.example"), NULL},
    {"DEL", INPUT("http://u:p%7f@p.example"), NULL},
    {"an escape that is none in the user", INPUT("http://u%zz:p@p.example"), NULL},
    {"a byte that is not ASCII", INPUT("http://u:p%e9@p.example"), NULL},
    {"a byte that is not ASCII, plain", INPUT("http://u:p\xe9@p.example"), NULL},
    {"a blank", INPUT("http://p.example "), NULL},
};

static void test_url(void **state)
{
    const struct url *row = *state;
    struct slice url = input_make(&row->url);
    struct proxy proxy = {.origin = {.port = 7}};
    struct err e = {0};
    char text[512];
    struct buf b = BUF_OF(text);
    bool ok = proxy_decode(url, &proxy, &e);
    slice_free(url);
    if (!row->expected) {
        assert_refused(ok, &e, ERR_USAGE, "the proxy's URL is not of the form http://[USER:PASSWORD@]HOST[:PORT]; ");
        assert_int_equal(proxy.origin.port, 7);
        assert_string_equal(proxy.reveal, "");
        return;
    }
    assert_accepted(ok, &e);
    assert_true(proxy.origin.given && !proxy.origin.tls && !proxy.origin.proxy);
    buf_putf(&b, "%s %u %s", proxy.origin.host, proxy.origin.port, proxy.reveal);
    bool longest = strlen(proxy.reveal) > 100;
    assert_memory_equal(buf_text(&b), row->expected, strlen(row->expected) + !longest);
    if (longest)
        assert_int_equal(strlen(proxy.reveal), 344);
}

/* An error names no part of what it refuses. */
static void what_is_refused_is_not_shown(void **state)
{
    static const char *const urls[] = {"https://u:SECRET@p.example", "ftp://u:SECRET@p.example", "http://u:SECRET%@p.example", "http://u:p@SECRET/x"};
    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct proxy proxy = {0};
        struct err e = {0};
        assert_refused(proxy_decode(slice_of(urls[i]), &proxy, &e), &e, ERR_USAGE, "the proxy's URL ");
        assert_null(strstr(e.text, "SECRET"));
    }
}

/* --- What goes by it */

struct exception {
    const char *name;
    struct input list;
    bool bypassed; /* by ec2.eu-central-1.amazonaws.com, port 443 */
};

static const struct exception exceptions[] = {
    {"none", INPUT(""), false},
    {"commas and blanks", INPUT(" ,, , "), false},
    {"everything", INPUT("*"), true},
    {"everything among others", INPUT("a.example, *"), true},
    {"itself", INPUT("ec2.eu-central-1.amazonaws.com"), true},
    {"itself in capitals", INPUT("EC2.EU-Central-1.AmazonAWS.com"), true},
    {"a domain", INPUT("amazonaws.com"), true},
    {"a domain with a dot", INPUT(".amazonaws.com"), true},
    {"a domain with a star", INPUT("*.amazonaws.com"), true},
    {"a top-level domain", INPUT("com"), true},
    {"itself with a dot", INPUT(".ec2.eu-central-1.amazonaws.com"), true},
    {"after a comma", INPUT("a.example,amazonaws.com"), true},
    {"after a blank", INPUT("a.example amazonaws.com"), true},
    {"before others", INPUT("amazonaws.com,a.example"), true},
    {"with its port", INPUT("amazonaws.com:443"), true},
    {"with another port", INPUT("amazonaws.com:80"), false},
    {"with no port", INPUT("amazonaws.com:"), false},
    {"with a port that is none", INPUT("amazonaws.com:https"), false},
    {"a part of a label", INPUT("mazonaws.com"), false},
    {"a sub-domain of it", INPUT("x.ec2.eu-central-1.amazonaws.com"), false},
    {"its first label", INPUT("ec2"), false},
    {"another", INPUT("sts.eu-central-1.amazonaws.com"), false},
    {"longer", INPUT("amazonaws.com.cn"), false},
    {"a dot alone", INPUT("."), false},
    {"a star and a dot", INPUT("*."), false},
    {"two stars", INPUT("**"), false},
    {"a port alone", INPUT(":443"), false},
    {"a block of addresses", INPUT("0.0.0.0/0,::/0"), false},
    {"bytes", INPUT("\0\xff"), false},
};

static void test_exception(void **state)
{
    const struct exception *row = *state;
    struct origin origin = {.host = "ec2.eu-central-1.amazonaws.com", .port = 443, .tls = true};
    struct slice list = input_make(&row->list);
    assert_int_equal(proxy_is_bypassed(list, &origin), row->bypassed);
    slice_free(list);
}

static void an_address_goes_by_under_its_own_name(void **state)
{
    struct origin origin = {.host = "10.0.0.1", .port = 8443, .tls = true};
    (void)state;
    assert_true(proxy_is_bypassed(S("10.0.0.1"), &origin));
    assert_true(proxy_is_bypassed(S("10.0.0.1:8443"), &origin));
    assert_false(proxy_is_bypassed(S("10.0.0.11"), &origin));
    assert_false(proxy_is_bypassed(S("10.0.0.1:443"), &origin));
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_url, goods);
    SUITE_TEST(&suite, what_is_refused_is_not_shown);
    SUITE_ROWS(&suite, test_exception, exceptions);
    SUITE_TEST(&suite, an_address_goes_by_under_its_own_name);
    return suite_run(&suite, "wire/proxy");
}
