/* proxy: a proxy's URL, and what is told of it: the same with its port; user and password as a header has them are out of it. */
#include "../grammar.h"

#include "wire/proxy.h"
#include "wire/uri.h"

static const struct origin api = {.host = "ec2.eu-central-1.amazonaws.com", .port = 443, .tls = true};

static bool tell(struct pieces *in, struct buf *out)
{
    struct proxy proxy;
    struct err e = {0};
    if (!proxy_decode(pieces_all(in), &proxy, &e))
        return refused(out, &e);
    claim(proxy.origin.port > 0 && memchr(proxy.reveal, '\0', sizeof proxy.reveal) && strlen(proxy.reveal) % 4 == 0);
    buf_puts(out, "http://");
    uri_put_host_port(out, &proxy.origin);
    return true;
}

/* An entry that is there excepts the host from the proxy, whatever stands beside it. */
static void check(struct slice input)
{
    static char list[GRAMMAR_INPUT + 64];
    struct buf b = BUF_OF(list);
    bool is_in = proxy_is_bypassed(input, &api);
    buf_put(&b, input);
    buf_puts(&b, ",.amazonaws.com");
    claim(proxy_is_bypassed(buf_slice(&b), &api));
    b.len = 0;
    buf_puts(&b, "other.example, ");
    buf_put(&b, input);
    claim(proxy_is_bypassed(buf_slice(&b), &api) == is_in);
}

const struct grammar grammar_proxy = {"proxy", .is_own = true, tell, check};
