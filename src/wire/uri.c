#include "wire/uri.h"

#include <string.h>

void uri_put_encoded(struct buf *b, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (slice_only_alnum_or(slice_make(text.at + i, 1), "-._~")) {
            buf_putc(b, (char)c);
        } else {
            buf_putc(b, '%');
            buf_putc(b, digits[c >> 4]);
            buf_putc(b, digits[c & 15]);
        }
    }
}

static uint16_t default_port(bool tls)
{
    return tls ? 443 : 80;
}

static bool port_decode(struct slice text, uint16_t *port)
{
    uint64_t number;
    if (!slice_u64(text, 65535, &number) || number == 0)
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool is_ipv6(struct slice text)
{
    struct ip ip;
    return ip_make(text, &ip) && ip_is_v6(ip);
}

bool uri_address_decode(struct slice text, char address[LIMIT_ADDRESS_TEXT])
{
    struct ip ip;
    if (!ip_make(text, &ip))
        return false;
    return slice_copy(text, address, LIMIT_ADDRESS_TEXT);
}

static bool bracketed_host_decode(struct slice *rest, struct origin *origin)
{
    if (!memchr(rest->at, ']', rest->len))
        return false;
    struct slice host = slice_cut(rest, ']');
    if (!is_ipv6(host))
        return false;
    return slice_copy(host, origin->host, LIMIT_ADDRESS_TEXT);
}

bool uri_authority_decode(struct slice rest, struct origin *origin)
{
    if (slice_skip(&rest, "[")) {
        if (!bracketed_host_decode(&rest, origin))
            return false;
        return rest.len == 0 || (slice_skip(&rest, ":") && port_decode(rest, &origin->port));
    }
    bool has_port = rest.len > 0 && memchr(rest.at, ':', rest.len);
    return host_name_make(slice_cut(&rest, ':'), origin->host) && (!has_port || port_decode(rest, &origin->port));
}

/* A user and a password, which have no place in it, are not shown either. */
static struct printable shown(struct slice url)
{
    const char *at = url.len > 0 ? memrchr(url.at, '@', url.len) : NULL;
    return err_printable(at ? slice_make(at, url.len - (size_t)(at - url.at)) : url);
}

bool uri_origin_decode(struct slice url, struct origin *origin, struct err *e)
{
    struct slice rest = url;
    struct origin found = {.given = true, .tls = slice_skip(&rest, "https://")};
    if (!found.tls && !slice_skip(&rest, "http://"))
        return err_set(e, ERR_USAGE, "'%s' is no URL: it must begin with https:// or http://", shown(url).text);
    found.port = default_port(found.tls);
    if (rest.len > 0 && rest.at[rest.len - 1] == '/')
        rest.len--;
    if (!uri_authority_decode(rest, &found))
        return err_set(e, ERR_USAGE, "'%s' is no SCHEME://HOST[:PORT] without path", shown(url).text);
    *origin = found;
    return true;
}

static void put_host(struct buf *b, const char *host)
{
    bool bracketed = strchr(host, ':') != NULL;
    buf_puts(b, bracketed ? "[" : "");
    buf_puts(b, host);
    buf_puts(b, bracketed ? "]" : "");
}

void uri_put_host_port(struct buf *b, const struct origin *origin)
{
    put_host(b, origin->host);
    buf_putc(b, ':');
    buf_put_u64(b, origin->port);
}

void uri_put_authority(struct buf *b, const struct origin *origin)
{
    if (origin->port == default_port(origin->tls))
        put_host(b, origin->host);
    else
        uri_put_host_port(b, origin);
}
