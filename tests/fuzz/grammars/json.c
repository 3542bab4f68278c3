/* json: documents, and what is told of one: the same without white space, and with no more escapes than must be. */
#include "../grammar.h"

#include "wire/json.h"

static char scratch[GRAMMAR_TOLD];

static void put_string(struct buf *out, struct slice text)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == '"' || text.at[i] == '\\')
            buf_putf(out, "\\u%04x", text.at[i]);
        else
            buf_putc(out, text.at[i]);
    buf_putc(out, '"');
}

/* Where a token stands: which bracket closes what is open, and whether a comma goes before it. */
struct place {
    unsigned depth;
    char closes[LIMIT_JSON_DEPTH + 1];
    bool comma;
};

static void put_token(struct buf *out, struct place *p, enum json_kind kind, struct slice text)
{
    buf_puts(out, p->comma && kind != JSON_CLOSE ? "," : "");
    p->comma = kind != JSON_OBJECT && kind != JSON_ARRAY && kind != JSON_KEY;
    switch (kind) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        claim(p->depth < LIMIT_JSON_DEPTH);
        p->closes[p->depth++] = kind == JSON_OBJECT ? '}' : ']';
        buf_putc(out, kind == JSON_OBJECT ? '{' : '[');
        break;
    case JSON_CLOSE:
        claim(p->depth > 0);
        buf_putc(out, p->closes[--p->depth]);
        break;
    case JSON_KEY:
        claim(p->depth > 0 && p->closes[p->depth - 1] == '}');
        put_string(out, text);
        buf_putc(out, ':');
        break;
    case JSON_STRING:
        put_string(out, text);
        break;
    default:
        buf_put(out, text);
    }
}

static bool tell(struct pieces *in, struct buf *out)
{
    struct json j;
    struct place place = {0};
    enum json_kind kind;
    struct slice text;
    struct err e = {0};
    json_start(&j, pieces_all(in), BUF_OF(scratch));
    while (json_next(&j, &kind, &text, &e)) {
        claim(e.kind == ERR_OK);
        if (kind == JSON_END) {
            claim(place.depth == 0 && text.len == 0);
            return true;
        }
        put_token(out, &place, kind, text);
    }
    return refused(out, &e);
}

/* A buffer that is too small for a string is no more than that: refused, and nothing beyond it written. */
static void check(struct slice input)
{
    struct buf small = {malloc(3), 0, 3, false};
    struct json j;
    enum json_kind kind;
    struct slice text;
    struct err e = {0};
    json_start(&j, input, small);
    while (json_next(&j, &kind, &text, &e) && kind != JSON_END)
        claim((kind != JSON_KEY && kind != JSON_STRING) || text.len <= 3);
    free(small.at);
}

const struct grammar grammar_json = {"json", .is_own = true, tell, check};
