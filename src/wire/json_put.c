#include "wire/json_put.h"

#include "wire/utf8.h"

#include <string.h>

void json_put_start(struct json_put *j, struct buf *out, unsigned indent)
{
    *j = (struct json_put){.out = out, .indent = indent, .empty = true};
}

static void put_u16(struct buf *b, uint32_t unit)
{
    const unsigned char bytes[] = {(unsigned char)(unit >> 8), (unsigned char)unit};
    buf_puts(b, "\\u");
    buf_put_hex(b, bytes, sizeof bytes);
}

static void put_escaped(struct buf *b, uint32_t c)
{
    static const char meanings[] = "\"\\\b\f\n\r\t";
    static const char escapes[] = "\"\\bfnrt";
    const char *found = c > 0 && c < 0x80 ? strchr(meanings, (int)c) : NULL;
    if (found) {
        buf_putc(b, '\\');
        buf_putc(b, escapes[found - meanings]);
    } else if (c < 0x10000) {
        put_u16(b, c);
    } else {
        put_u16(b, 0xD800 + ((c - 0x10000) >> 10));
        put_u16(b, 0xDC00 + (c & 0x3FF));
    }
}

static void put_quoted(struct buf *b, struct slice text)
{
    buf_putc(b, '"');
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (c == '"' || c == '\\' || utf8_columns(c) < 0)
            put_escaped(b, c);
        else
            (void)utf8_put(b, c);
    }
    buf_putc(b, '"');
}

static void put_line(struct json_put *j)
{
    if (j->indent == 0)
        return;
    buf_putc(j->out, '\n');
    for (unsigned i = 0; i < j->indent * j->depth; i++)
        buf_putc(j->out, ' ');
}

/* All that stands before a value. */
static void put_place(struct json_put *j, const char *key)
{
    bool in_object = j->depth > 0 && j->closes[j->depth - 1] == '}';
    if (in_object != (key != NULL) || (j->depth == 0 && !j->empty))
        j->out->full = true;
    if (j->depth > 0 && !j->empty)
        buf_putc(j->out, ',');
    if (j->depth > 0)
        put_line(j);
    if (key) {
        put_quoted(j->out, slice_of(key));
        buf_puts(j->out, j->indent > 0 ? ": " : ":");
    }
    j->empty = false;
}

static void put_open(struct json_put *j, const char *key, const char brackets[2])
{
    put_place(j, key);
    buf_putc(j->out, brackets[0]);
    if (j->depth == LIMIT_JSON_DEPTH) {
        j->out->full = true;
        return;
    }
    j->closes[j->depth++] = brackets[1];
    j->empty = true;
}

void json_put_object(struct json_put *j, const char *key)
{
    put_open(j, key, "{}");
}

void json_put_array(struct json_put *j, const char *key)
{
    put_open(j, key, "[]");
}

void json_put_close(struct json_put *j)
{
    if (j->depth == 0) {
        j->out->full = true;
        return;
    }
    char bracket = j->closes[--j->depth];
    if (!j->empty)
        put_line(j);
    buf_putc(j->out, bracket);
    j->empty = false;
}

void json_put_string(struct json_put *j, const char *key, struct slice text)
{
    put_place(j, key);
    put_quoted(j->out, text);
}

void json_put_number(struct json_put *j, const char *key, int64_t number)
{
    put_place(j, key);
    if (number < 0)
        buf_putc(j->out, '-');
    buf_put_u64(j->out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void json_put_bool(struct json_put *j, const char *key, bool is)
{
    put_place(j, key);
    buf_puts(j->out, is ? "true" : "false");
}

void json_put_null(struct json_put *j, const char *key)
{
    put_place(j, key);
    buf_puts(j->out, "null");
}

void json_put_text(struct json_put *j, const char *key, const char *text)
{
    if (text && text[0])
        json_put_string(j, key, slice_of(text));
    else
        json_put_null(j, key);
}

void json_put_end(struct json_put *j)
{
    while (j->depth > 0)
        json_put_close(j);
    buf_putc(j->out, '\n');
}
