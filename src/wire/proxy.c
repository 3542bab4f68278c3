#include "wire/proxy.h"

#include "wire/uri.h"

#include <string.h>

static bool no_proxy(struct err *e)
{
    return err_set(e, ERR_USAGE, "the proxy's URL is not of the form http://[USER:PASSWORD@]HOST[:PORT]; "
                                 "in user and password write %%25 for a percent sign, %%2F for a slash, %%3A for a colon");
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = memchr(digits, ascii_lower(c), 16);
    return found ? (int)(found - digits) : -1;
}

/* RFC 3986, section 2.1, to printable ASCII: other bytes have no place in a header that every proxy reads. A slash ends a user. */
static bool percent_decode(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.at[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '/') {
            return false;
        }
        if (c < ' ' || c > '~')
            return false;
        buf_putc(out, c);
    }
    return !out->full;
}

/* RFC 4648, section 4. */
static void put_base64(struct buf *b, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t bits = (uint32_t)(uint8_t)bytes.at[i] << 16;
        bits |= left > 1 ? (uint32_t)(uint8_t)bytes.at[i + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)(uint8_t)bytes.at[i + 2] : 0;
        buf_putc(b, digits[bits >> 18]);
        buf_putc(b, digits[bits >> 12 & 63]);
        buf_putc(b, left > 1 ? digits[bits >> 6 & 63] : '=');
        buf_putc(b, left > 2 ? digits[bits & 63] : '=');
    }
}

/* A user without a password has an empty one; a colon ends the user (RFC 7617, section 2), so none may be in it. */
static bool user_decode(struct slice text, struct proxy *proxy)
{
    char plain[LIMIT_PROXY_USER + 1];
    struct buf p = BUF_OF(plain);
    struct buf b = BUF_OF(proxy->reveal);
    struct slice user = slice_cut(&text, ':');
    bool ok = percent_decode(user, &p) && (p.len == 0 || !memchr(plain, ':', p.len));
    buf_putc(&p, ':');
    ok = ok && percent_decode(text, &p) && p.len <= LIMIT_PROXY_USER;
    put_base64(&b, buf_slice(&p));
    (void)buf_text(&b);
    wipe(plain, sizeof plain);
    return ok;
}

/* What stands before the last "@"; nothing where there is none. */
static struct slice cut_user(struct slice *authority)
{
    const char *at = authority->len > 0 ? memrchr(authority->at, '@', authority->len) : NULL;
    struct slice user = slice_make(authority->at, at ? (size_t)(at - authority->at) : 0);
    if (at)
        *authority = slice_make(at + 1, authority->len - user.len - 1);
    return user;
}

bool proxy_decode(struct slice url, struct proxy *proxy, struct err *e)
{
    struct proxy found = {.origin = {.port = 80, .given = true}};
    struct slice rest = url;
    if (!slice_skip(&rest, "http://") && slice_starts(rest, "https://"))
        return err_set(e, ERR_USAGE, "the proxy's URL begins with https://, but TLS with the proxy itself is not supported; "
                                     "use http://, through which requests go encrypted all the same");
    if (rest.len > 0 && rest.at[rest.len - 1] == '/')
        rest.len--;
    struct slice user = cut_user(&rest);
    bool ok = uri_authority_decode(rest, &found.origin) && (user.len == 0 || user_decode(user, &found));
    if (ok)
        *proxy = found;
    wipe(found.reveal, sizeof found.reveal);
    return ok || no_proxy(e);
}

static bool ends_with(struct slice host, struct slice name)
{
    if (name.len == 0 || name.len > host.len)
        return false;
    size_t before = host.len - name.len;
    for (size_t i = 0; i < name.len; i++)
        if (ascii_lower(name.at[i]) != host.at[before + i])
            return false;
    return before == 0 || host.at[before - 1] == '.';
}

static bool is_entry_for(struct slice entry, const struct origin *origin)
{
    uint64_t port = origin->port;
    if (slice_is(entry, "*"))
        return true;
    bool has_port = memchr(entry.at, ':', entry.len) != NULL;
    struct slice name = slice_cut(&entry, ':');
    if (has_port && !slice_u64(entry, 65535, &port))
        return false;
    if (!slice_skip(&name, "*."))
        (void)slice_skip(&name, ".");
    return port == origin->port && ends_with(slice_of(origin->host), name);
}

bool proxy_is_bypassed(struct slice list, const struct origin *origin)
{
    while (list.len > 0) {
        struct slice part = slice_cut(&list, ',');
        while (part.len > 0) {
            struct slice entry = slice_cut(&part, ' ');
            if (entry.len > 0 && is_entry_for(entry, origin))
                return true;
        }
    }
    return false;
}
