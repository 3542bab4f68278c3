/* uri: an operator's URL, and what is told of it: the same with its port; and percent-encoding, which every text goes through. */
#include "../grammar.h"

#include "wire/uri.h"

static bool tell(struct pieces *in, struct buf *out)
{
    struct origin origin;
    struct err e = {0};
    if (!uri_origin_decode(pieces_all(in), &origin, &e))
        return refused(out, &e);
    claim(origin.given && origin.port > 0 && origin.host[0] && !origin.proxy);
    buf_puts(out, origin.tls ? "https://" : "http://");
    uri_put_host_port(out, &origin);
    return true;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Encoded, a text is of the unreserved characters and of %XX, and can be had back. */
static void check(struct slice input)
{
    static char encoded[3 * GRAMMAR_INPUT];
    struct buf b = BUF_OF(encoded);
    size_t at = 0;
    uri_put_encoded(&b, input);
    claim(!b.full);
    for (size_t i = 0; i < input.len; i++) {
        bool escaped = encoded[at] == '%';
        int c = escaped ? digit(encoded[at + 1]) << 4 | digit(encoded[at + 2]) : encoded[at];
        claim(c == (unsigned char)input.at[i]);
        claim(escaped != slice_only_alnum_or(slice_make(input.at + i, 1), "-._~"));
        at += escaped ? 3 : 1;
    }
    claim(at == b.len);
}

const struct grammar grammar_uri = {"uri", .is_own = true, tell, check};
