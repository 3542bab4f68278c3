#include "wire/json.h"

#include "wire/utf8.h"

#include <string.h>

/* What the grammar allows next. */
enum {
    VALUE,          /* a value: at the start, after a colon, after a comma in an array */
    FIRST_ELEMENT,  /* a value or ']' */
    FIRST_KEY,      /* a key or '}' */
    KEY,            /* a key: after a comma in an object */
    AFTER_VALUE,    /* ',' or the closing bracket, or the end */
};

void json_start(struct json *j, struct slice document, struct buf scratch)
{
    *j = (struct json){.rest = document, .scratch = scratch, .state = VALUE};
}

static bool bad(struct err *e, const char *what)
{
    return err_set(e, ERR_IDENTITY, "not the JSON expected: %s", what);
}

static void skip(struct json *j, size_t count)
{
    j->rest.at += count;
    j->rest.len -= count;
}

static char peek(const struct json *j)
{
    return j->rest.len > 0 ? j->rest.at[0] : '\0';
}

static void skip_white(struct json *j)
{
    while (j->rest.len > 0 && memchr(" \t\r\n", j->rest.at[0], 4))
        skip(j, 1);
}

static bool hex4(struct json *j, uint32_t *value)
{
    uint32_t sum = 0;
    if (j->rest.len < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        char c = ascii_lower(j->rest.at[i]);
        if (ascii_is_digit(c))
            sum = sum << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            sum = sum << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    skip(j, 4);
    *value = sum;
    return true;
}

/* RFC 8259, section 7: beyond U+FFFF a pair of surrogates, high then low. */
static bool unicode_escape(struct json *j)
{
    uint32_t high, low;
    if (!hex4(j, &high))
        return false;
    if (high < 0xD800 || high > 0xDBFF)
        return utf8_put(&j->scratch, high);
    if (!slice_starts(j->rest, "\\u"))
        return false;
    skip(j, 2);
    if (!hex4(j, &low) || low < 0xDC00 || low > 0xDFFF)
        return false;
    return utf8_put(&j->scratch, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
}

static bool escape(struct json *j)
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    char c = peek(j);
    skip(j, j->rest.len > 0 ? 1 : 0);
    if (c == 'u')
        return unicode_escape(j);
    const char *found = c ? strchr(escapes, c) : NULL;
    if (!found)
        return false;
    buf_putc(&j->scratch, meanings[found - escapes]);
    return true;
}

/* The opening quote is next. */
static bool string(struct json *j, struct slice *text, struct err *e)
{
    struct utf8 utf8 = {0};
    j->scratch.len = 0;
    j->scratch.full = false;
    skip(j, 1);
    while (j->rest.len > 0) {
        char c = j->rest.at[0];
        skip(j, 1);
        if (!utf8_next(&utf8, (unsigned char)c) || (unsigned char)c < 0x20)
            return bad(e, "a string holds a byte that it may not");
        if (c == '"') {
            if (j->scratch.full)
                return bad(e, "a string is too long");
            *text = buf_slice(&j->scratch);
            return true;
        }
        if (c != '\\')
            buf_putc(&j->scratch, c);
        else if (!escape(j))
            return bad(e, "a bad escape in a string");
    }
    return bad(e, "a string does not end");
}

static size_t digits(struct slice s, size_t at)
{
    size_t count = 0;
    while (at + count < s.len && ascii_is_digit(s.at[at + count]))
        count++;
    return count;
}

static bool at_any(struct slice s, size_t at, const char *any)
{
    return at < s.len && s.at[at] != '\0' && strchr(any, s.at[at]);
}

/* RFC 8259, section 6. Length of the number at the front, 0 for none. */
static size_t number_length(struct slice s)
{
    size_t at = at_any(s, 0, "-") ? 1 : 0;
    size_t whole = digits(s, at);
    if (whole == 0 || (whole > 1 && s.at[at] == '0'))
        return 0;
    at += whole;
    if (at_any(s, at, ".")) {
        size_t fraction = digits(s, at + 1);
        if (fraction == 0)
            return 0;
        at += 1 + fraction;
    }
    if (at_any(s, at, "eE")) {
        size_t sign = at_any(s, at + 1, "+-") ? 1 : 0;
        size_t exponent = digits(s, at + 1 + sign);
        if (exponent == 0)
            return 0;
        at += 1 + sign + exponent;
    }
    return at;
}

static bool scalar(struct json *j, enum json_kind *kind, struct slice *text, struct err *e)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t length = number_length(j->rest);
    *kind = JSON_NUMBER;
    for (size_t i = 0; length == 0 && i < sizeof words / sizeof *words; i++)
        if (slice_starts(j->rest, words[i])) {
            *kind = JSON_WORD;
            length = strlen(words[i]);
        }
    if (length == 0)
        return bad(e, "no value where one must be");
    *text = slice_make(j->rest.at, length);
    skip(j, length);
    return true;
}

static bool open(struct json *j, char bracket, enum json_kind *kind, struct err *e)
{
    if (j->depth == LIMIT_JSON_DEPTH)
        return bad(e, "nested too deeply");
    j->open[j->depth++] = bracket;
    j->state = bracket == '{' ? FIRST_KEY : FIRST_ELEMENT;
    *kind = bracket == '{' ? JSON_OBJECT : JSON_ARRAY;
    skip(j, 1);
    return true;
}

static bool close(struct json *j, enum json_kind *kind)
{
    j->depth--;
    j->state = AFTER_VALUE;
    *kind = JSON_CLOSE;
    skip(j, 1);
    return true;
}

static bool value(struct json *j, enum json_kind *kind, struct slice *text, struct err *e)
{
    char c = peek(j);
    if (c == '{' || c == '[')
        return open(j, c, kind, e);
    j->state = AFTER_VALUE;
    if (c == '"') {
        *kind = JSON_STRING;
        return string(j, text, e);
    }
    return scalar(j, kind, text, e);
}

static bool key(struct json *j, enum json_kind *kind, struct slice *text, struct err *e)
{
    struct slice name;
    if (peek(j) != '"')
        return bad(e, "no key where one must be");
    if (!string(j, &name, e))
        return false;
    skip_white(j);
    if (peek(j) != ':')
        return bad(e, "no colon after a key");
    skip(j, 1);
    j->state = VALUE;
    *kind = JSON_KEY;
    *text = name;
    return true;
}

/* Of something that is open. */
static bool is_in_object(const struct json *j)
{
    return j->open[j->depth - 1] == '{';
}

/* Takes the comma, if that is what follows; then `state` says what must come after it. */
static bool comma(struct json *j)
{
    if (j->depth == 0 || peek(j) != ',')
        return false;
    skip(j, 1);
    skip_white(j);
    j->state = is_in_object(j) ? KEY : VALUE;
    return true;
}

bool json_next(struct json *j, enum json_kind *kind, struct slice *text, struct err *e)
{
    *text = slice_make("", 0);
    skip_white(j);
    if (j->state == AFTER_VALUE && !comma(j)) {
        if (j->depth == 0) {
            *kind = JSON_END;
            return j->rest.len == 0 || bad(e, "something follows the document");
        }
        return peek(j) == (is_in_object(j) ? '}' : ']') ? close(j, kind) : bad(e, "no comma and no closing bracket");
    }
    if ((j->state == FIRST_KEY && peek(j) == '}') || (j->state == FIRST_ELEMENT && peek(j) == ']'))
        return close(j, kind);
    return j->state == KEY || j->state == FIRST_KEY ? key(j, kind, text, e) : value(j, kind, text, e);
}
