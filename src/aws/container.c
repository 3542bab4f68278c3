#include "aws/container.h"

#include "wire/http.h"
#include "wire/uri.h"

#include <string.h>

static bool path_make(struct slice path, struct container *c, struct err *e)
{
    struct slice rest = path;
    bool fits = slice_skip(&rest, "/") && slice_copy(path, c->path, sizeof c->path);
    for (size_t i = 0; fits && i < rest.len; i++)
        fits = rest.at[i] > ' ' && rest.at[i] <= '~' && rest.at[i] != '#';
    return fits || err_set(e, ERR_IDENTITY, "'%s' is no path, as /v2/credentials/ID; correct it or unset it", err_printable(path).text);
}

bool container_make_relative(struct slice path, struct container *c, struct err *e)
{
    c->origin = (struct origin){.host = "169.254.170.2", .port = 80, .given = true};
    return path_make(path, c, e);
}

static bool is_loopback(const char *host)
{
    static const struct cidr loopback = {{4, {127}}, 8};
    struct ip ip;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (ip_make(slice_of(host), &ip) && cidr_has(loopback, ip));
}

static bool is_trusted(const struct origin *origin)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (slice_is_nocase(slice_of(origin->host), hosts[i]))
            return true;
    return origin->tls || is_loopback(origin->host);
}

/* Everything from the slash after the authority on; a URL without one means its root. */
static struct slice path_cut(struct slice *url)
{
    struct slice rest = *url;
    if (!slice_skip(&rest, "https://") && !slice_skip(&rest, "http://"))
        return slice_of("/");
    struct slice authority = slice_cut(&rest, '/');
    const char *end = authority.at + authority.len, *all = url->at + url->len;
    if (end == all)
        return slice_of("/");
    url->len = (size_t)(end - url->at);
    return slice_make(end, (size_t)(all - end));
}

bool container_make_full(struct slice url, struct container *c, struct err *e)
{
    struct slice base = url;
    struct slice path = path_cut(&base);
    struct err why = {0};
    if (!uri_origin_decode(base, &c->origin, &why))
        return err_set(e, ERR_IDENTITY, "%s; correct it or unset it", why.text);
    if (!is_trusted(&c->origin))
        return err_set(e, ERR_IDENTITY, "keys are not fetched without TLS from %s; "
                                        "give https://, this host, 169.254.170.2, 169.254.170.23 or fd00:ec2::23", c->origin.host);
    return path_make(path, c, e);
}

void container_put_get(struct buf *b, const struct container *c, const struct bearer *authorization)
{
    http_put_request(b, "GET", c->path, &c->origin);
    http_put_header(b, "Accept", slice_of("application/json"));
    if (authorization->reveal[0])
        http_put_header(b, "Authorization", slice_of(authorization->reveal));
    http_put_body(b, slice_make("", 0));
}
