#include "base/text.h"

#include "base/format.h"

#include <stdarg.h>
#include <string.h>

struct slice slice_of(const char *string)
{
    return (struct slice){string, string ? strlen(string) : 0};
}

struct slice slice_make(const char *at, size_t len)
{
    return (struct slice){at, len};
}

/* Eight at a time, which musl's memcmp() does not: most of what is compared is names of a listing's elements. */
static bool is_same(const char *a, const char *b, size_t len)
{
    size_t i = 0;
    for (uint64_t of_a, of_b; len - i >= sizeof of_a; i += sizeof of_a) {
        memcpy(&of_a, a + i, sizeof of_a);
        memcpy(&of_b, b + i, sizeof of_b);
        if (of_a != of_b)
            return false;
    }
    while (i < len && a[i] == b[i])
        i++;
    return i == len;
}

bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && is_same(a.at, b.at, a.len);
}

bool slice_is(struct slice s, const char *string)
{
    size_t i = 0;
    while (i < s.len && string[i] != '\0' && s.at[i] == string[i])
        i++;
    return i == s.len && string[i] == '\0';
}

char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ascii_is_alnum(char c)
{
    char lower = ascii_lower(c);
    return ascii_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

bool slice_is_nocase(struct slice s, const char *string)
{
    if (s.len != strlen(string))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (ascii_lower(s.at[i]) != ascii_lower(string[i]))
            return false;
    return true;
}

bool slice_starts(struct slice s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && memcmp(s.at, prefix, len) == 0;
}

bool slice_skip(struct slice *s, const char *prefix)
{
    size_t len = strlen(prefix);
    if (!slice_starts(*s, prefix))
        return false;
    *s = slice_make(s->at + len, s->len - len);
    return true;
}

static bool is_among(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

struct slice slice_trim_of(struct slice s, const char *blanks)
{
    while (s.len > 0 && is_among(s.at[0], blanks)) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_among(s.at[s.len - 1], blanks))
        s.len--;
    return s;
}

struct slice slice_trim(struct slice s)
{
    return slice_trim_of(s, " \t");
}

struct slice slice_cut(struct slice *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    struct slice head = *rest;
    if (!end) {
        *rest = slice_make(rest->at + rest->len, 0);
        return head;
    }
    head.len = (size_t)(end - rest->at);
    *rest = slice_make(end + 1, rest->len - head.len - 1);
    return head;
}

bool slice_u64(struct slice s, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.at[i]))
            return false;
        uint64_t digit = (uint64_t)(s.at[i] - '0');
        if (sum > most / 10 || (sum == most / 10 && digit > most % 10))
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool slice_copy(struct slice s, char *to, size_t cap)
{
    if (s.len >= cap || (s.len > 0 && memchr(s.at, '\0', s.len)))
        return false;
    if (s.len > 0)
        memcpy(to, s.at, s.len);
    to[s.len] = '\0';
    return true;
}

bool slice_only_alnum_or(struct slice s, const char *others)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alnum(s.at[i]) && !is_among(s.at[i], others))
            return false;
    return true;
}

void buf_put(struct buf *b, struct slice s)
{
    if (b->full || s.len > b->cap - b->len) {
        b->full = true;
        return;
    }
    if (s.len > 0)
        memcpy(b->at + b->len, s.at, s.len);
    b->len += s.len;
}

void buf_puts(struct buf *b, const char *string)
{
    buf_put(b, slice_of(string));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, slice_make(&c, 1));
}

void buf_put_u64(struct buf *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_put(b, slice_make(digits + at, sizeof digits - at));
}

void buf_put_padded(struct buf *b, const char *text, size_t width)
{
    buf_puts(b, text);
    for (size_t i = strlen(text); i < width; i++)
        buf_putc(b, ' ');
}

void buf_put_hex(struct buf *b, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++) {
        buf_putc(b, digits[byte[i] >> 4]);
        buf_putc(b, digits[byte[i] & 15]);
    }
}

void buf_putf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = b->cap - b->len;
    size_t len = format_args(b->at + b->len, room, format, args);
    va_end(args);
    if (b->full || len >= room)
        b->full = true;
    else
        b->len += len;
}

struct slice buf_slice(const struct buf *b)
{
    return slice_make(b->at, b->len);
}

const char *buf_text(struct buf *b)
{
    if (b->len == b->cap) {
        b->full = true;
        b->len--;
    }
    b->at[b->len] = '\0';
    return b->at;
}

const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void wipe(void *at, size_t len)
{
    memset(at, 0, len);
    __asm__ volatile("" : : "r"(at) : "memory");
}

void wipe_text(char *text)
{
    wipe(text, strlen(text));
}
