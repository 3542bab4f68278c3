/* container: the URL of a container's credential server, and what is told of it: the same with its port and path. */
#include "../grammar.h"

#include "aws/container.h"
#include "wire/uri.h"

static bool tell(struct pieces *in, struct buf *out)
{
    struct container c;
    struct err e = {0};
    if (!container_make_full(pieces_all(in), &c, &e))
        return refused(out, &e);
    buf_puts(out, c.origin.tls ? "https://" : "http://");
    uri_put_host_port(out, &c.origin);
    buf_puts(out, c.path);
    return true;
}

/* A path goes into a request as it is: it begins with a slash and no byte of it ends a line or a word. */
static void check(struct slice input)
{
    struct container c;
    struct err e = {0};
    if (!container_make_relative(input, &c, &e))
        return;
    claim(c.path[0] == '/' && strlen(c.path) == input.len);
    for (const char *at = c.path; *at; at++)
        claim(*at > ' ' && *at <= '~');
}

const struct grammar grammar_container = {"container", .is_own = true, tell, check};
