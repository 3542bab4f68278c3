#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MOST 20 /* of 2^64 - 1 */

struct out {
    char *at;
    size_t len;
    size_t cap;
};

/* Between `%` and the letter. */
struct spec {
    bool left;
    char pad;
    size_t width;
    size_t most; /* bytes of a string */
    bool is_long; /* `l`, `ll` and `z` alike: on both machines all of them have 64 bits */
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->cap)
        o->at[o->len] = c;
    o->len++;
}

static void put_times(struct out *o, char c, size_t count)
{
    while (count-- > 0)
        put(o, c);
}

static void put_field(struct out *o, const struct spec *s, const char *text, size_t len)
{
    size_t rest = s->width > len ? s->width - len : 0;
    put_times(o, s->pad, s->left ? 0 : rest);
    for (size_t i = 0; i < len; i++)
        put(o, text[i]);
    put_times(o, ' ', s->left ? rest : 0);
}

static void put_number(struct out *o, const struct spec *s, unsigned long value, unsigned base, bool negative)
{
    char text[DIGITS_MOST + 1];
    size_t at = sizeof text;
    do
        text[--at] = "0123456789abcdef"[value % base];
    while ((value /= base) > 0);
    if (negative)
        text[--at] = '-';
    put_field(o, s, text + at, sizeof text - at);
}

static size_t number(const char **format)
{
    size_t value = 0;
    for (; **format >= '0' && **format <= '9'; (*format)++)
        value = value * 10 + (size_t)(**format - '0');
    return value;
}

static void put_one(struct out *o, const struct spec *s, char conversion, va_list *args)
{
    long value;
    const char *text;
    switch (conversion) {
    case 'd':
        value = s->is_long ? va_arg(*args, long) : va_arg(*args, int);
        put_number(o, s, value < 0 ? -(unsigned long)value : (unsigned long)value, 10, value < 0);
        break;
    case 'u':
    case 'x':
        put_number(o, s, s->is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned), conversion == 'x' ? 16 : 10, false);
        break;
    case 'c':
        put_field(o, s, &(char){(char)va_arg(*args, int)}, 1);
        break;
    case 's':
        text = va_arg(*args, const char *);
        put_field(o, s, text, strnlen(text, s->most));
        break;
    default:
        put(o, conversion == '%' ? '%' : '?');
    }
}

static struct spec spec_of(const char **format, va_list *args)
{
    struct spec s = {.pad = ' ', .most = SIZE_MAX};
    for (; **format == '-' || **format == '0'; (*format)++) {
        s.left |= **format == '-';
        s.pad = **format == '0' ? '0' : s.pad;
    }
    s.width = number(format);
    if (**format == '.' && *++*format == '*') {
        s.most = (size_t)va_arg(*args, int);
        (*format)++;
    } else if ((*format)[-1] == '.') {
        s.most = number(format);
    }
    for (; **format == 'l' || **format == 'z'; (*format)++)
        s.is_long = true;
    return s;
}

size_t format_args(char *to, size_t cap, const char *format, va_list args)
{
    struct out o = {to, 0, cap};
    va_list left;
    va_copy(left, args);
    while (*format) {
        if (*format != '%') {
            put(&o, *format++);
            continue;
        }
        format++;
        struct spec s = spec_of(&format, &left);
        if (*format)
            put_one(&o, &s, *format++, &left);
    }
    va_end(left);
    if (cap > 0)
        to[o.len < cap ? o.len : cap - 1] = '\0';
    return o.len;
}

size_t format_text(char *to, size_t cap, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t len = format_args(to, cap, format, args);
    va_end(args);
    return len;
}
