#include "wire/xml.h"

#include <string.h>

enum {
    START,           /* before anything */
    DECLARATION,     /* inside "<?xml", up to '?' */
    DECLARATION_END, /* the '>' after it */
    BEFORE_ROOT,     /* white space, then '<' */
    OPENED,          /* after '<' */
    NAME,            /* of a start tag */
    TAG,             /* white space inside a start tag */
    ATTRIBUTE,       /* its name */
    EQUALS,          /* white space, '=' */
    QUOTE,           /* white space, '"' or '\'' */
    ATTRIBUTE_VALUE,
    AFTER_ATTRIBUTE, /* white space or the end of the tag must follow */
    EMPTY_END,       /* the '>' after '/' */
    CONTENT,
    CLOSE_NAME,
    CLOSE_END,       /* white space, '>' */
    REFERENCE,       /* after '&' in content */
    VALUE_REFERENCE, /* after '&' in an attribute's value */
    AFTER_ROOT,      /* white space only */
};

void xml_start(struct xml *x, struct buf text)
{
    memset(x, 0, offsetof(struct xml, names));
    x->text = text;
    x->text.len = 0;
    x->told = LIMIT_XML_DEPTH;
}

void xml_skip(struct xml *x)
{
    x->told = (uint8_t)(x->depth - x->ended);
}

bool xml_is_done(const struct xml *x)
{
    return x->state == AFTER_ROOT;
}

struct slice xml_name(const struct xml *x)
{
    unsigned at = x->depth - 1u;
    return slice_make(x->names[at] + x->prefix_len[at], (size_t)(x->name_len[at] - x->prefix_len[at]));
}

struct slice xml_text(const struct xml *x)
{
    return slice_make(x->text.at, x->text.len);
}

unsigned xml_depth(const struct xml *x)
{
    return x->depth;
}

static bool bad(struct err *e, const char *what)
{
    return err_set(e, ERR_NETWORK, "not the XML expected: %s", what);
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What an ASCII byte may be: part of a name, except its colon, its beginning, and text that stands for nothing but itself. */
enum { IN_NAME = 1, BEGINS_NAME = 2, IS_TEXT = 4 };
static const uint8_t kinds[256] = {
    ['\n'] = IS_TEXT, [' ' ... '%'] = IS_TEXT, ['\'' ... ','] = IS_TEXT, ['-' ... '.'] = IN_NAME | IS_TEXT, ['/'] = IS_TEXT,
    ['0' ... '9'] = IN_NAME | IS_TEXT, [':' ... ';'] = IS_TEXT, ['='] = IS_TEXT, ['?' ... '@'] = IS_TEXT,
    ['A' ... 'Z'] = IN_NAME | BEGINS_NAME | IS_TEXT, ['[' ... '\\'] = IS_TEXT, ['^'] = IS_TEXT,
    ['_'] = IN_NAME | BEGINS_NAME | IS_TEXT, ['`'] = IS_TEXT, ['a' ... 'z'] = IN_NAME | BEGINS_NAME | IS_TEXT, ['{' ... '~'] = IS_TEXT,
};

static bool is_a(char c, uint8_t kind)
{
    return kinds[(unsigned char)c] & kind;
}

static bool is_name_start(char c)
{
    return is_a(c, BEGINS_NAME);
}

static bool is_name_char(char c)
{
    return is_a(c, IN_NAME) || c == ':';
}

/* XML 1.0, production 2, less what UTF-8 itself rules out and U+FFFE and U+FFFF, which a reference may not name. */
static bool is_char(uint32_t c)
{
    return c == 9 || c == 10 || c == 13 || (c >= 32 && c != 0xFFFE && c != 0xFFFF);
}

static void text_byte(struct xml *x, char c)
{
    if (x->text.len < x->text.cap)
        x->text.at[x->text.len++] = c;
}

static bool name_begin(struct xml *x, char c, struct err *e)
{
    if (x->depth == LIMIT_XML_DEPTH)
        return bad(e, "nested too deeply");
    if (!is_name_start(c))
        return bad(e, c == '!' || c == '?' ? "a DTD, comment, CDATA section or processing instruction" : "a tag without a name");
    x->names[x->depth][0] = c;
    x->name_len[x->depth] = 1;
    x->prefix_len[x->depth] = 0;
    x->depth++;
    x->attributes = 0;
    x->state = NAME;
    x->text.len = 0;
    return true;
}

static bool name_byte(struct xml *x, char c, struct err *e)
{
    uint8_t *len = &x->name_len[x->depth - 1], *prefix_len = &x->prefix_len[x->depth - 1];
    if (*len == LIMIT_XML_NAME)
        return bad(e, "an element's name is too long");
    x->names[x->depth - 1][(*len)++] = c;
    if (c != ':')
        return true;
    bool first = *prefix_len == 0;
    *prefix_len = *len;
    return first || bad(e, "a name with more than one colon");
}

/* A prefix is followed by a name (Namespaces in XML 1.0, production 7). */
static bool is_qname(struct slice local)
{
    return local.len > 0 && is_name_start(local.at[0]);
}

/* The end of a start tag: '>' or "/>". An event in both cases; the end of an empty element is the event after it. */
static bool tag_end(struct xml *x, bool empty, enum xml_event *event)
{
    x->whole = empty;
    x->state = CONTENT;
    x->brackets = 0;
    *event = XML_OPEN;
    return true;
}

static bool in_name(struct xml *x, char c, enum xml_event *event, struct err *e)
{
    if (is_name_char(c))
        return name_byte(x, c, e);
    if (!is_qname(xml_name(x)))
        return bad(e, "a prefix without a name");
    if (is_white(c)) {
        x->state = TAG;
        return true;
    }
    if (c == '/') {
        x->state = EMPTY_END;
        return true;
    }
    return c == '>' ? tag_end(x, false, event) : bad(e, "a tag's name holds a byte that it may not");
}

/* FNV-1a: two names of one hash count as one, which refuses too much rather than too little. */
static uint32_t hash_step(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 16777619u;
}

static bool in_tag(struct xml *x, char c, enum xml_event *event, struct err *e)
{
    if (is_white(c)) {
        x->state = TAG;
        return true;
    }
    if (c == '>')
        return tag_end(x, false, event);
    if (c == '/') {
        x->state = EMPTY_END;
        return true;
    }
    if (x->state == AFTER_ATTRIBUTE || !is_name_start(c))
        return bad(e, "an attribute without a name, or no blank before it");
    if (x->attributes == LIMIT_XML_ATTRIBUTES)
        return bad(e, "too many attributes");
    x->attribute_names[x->attributes] = hash_step(2166136261u, c);
    x->matched = 1;
    x->state = ATTRIBUTE;
    return true;
}

static bool attribute_named(struct xml *x, struct err *e)
{
    for (uint8_t i = 0; i < x->attributes; i++)
        if (x->attribute_names[i] == x->attribute_names[x->attributes])
            return bad(e, "an attribute twice");
    x->attributes++;
    return true;
}

static bool in_attribute(struct xml *x, char c, struct err *e)
{
    if (is_name_char(c)) {
        x->attribute_names[x->attributes] = hash_step(x->attribute_names[x->attributes], c);
        return ++x->matched <= LIMIT_XML_NAME || bad(e, "an attribute's name is too long");
    }
    if (c != '=' && !is_white(c))
        return bad(e, "an attribute's name holds a byte that it may not");
    x->state = c == '=' ? QUOTE : EQUALS;
    return attribute_named(x, e);
}

static bool in_equals(struct xml *x, char c, struct err *e)
{
    if (c == '=')
        x->state = QUOTE;
    return c == '=' || is_white(c) || bad(e, "an attribute without a value");
}

static bool in_quote(struct xml *x, char c, struct err *e)
{
    if (is_white(c))
        return true;
    x->quote = c;
    x->state = ATTRIBUTE_VALUE;
    return c == '"' || c == '\'' || bad(e, "an attribute's value without quotes");
}

static bool in_attribute_value(struct xml *x, char c, struct err *e)
{
    if (c == x->quote)
        x->state = AFTER_ATTRIBUTE;
    else if (c == '&') {
        x->reference_len = 0;
        x->state = VALUE_REFERENCE;
    }
    return c != '<' || bad(e, "'<' in an attribute's value");
}

static bool digit_of(char c, uint32_t base, uint32_t *digit)
{
    char lower = ascii_lower(c);
    if (ascii_is_digit(c))
        *digit = (uint32_t)(c - '0');
    else if (lower >= 'a' && lower <= 'f')
        *digit = (uint32_t)(lower - 'a' + 10);
    else
        return false;
    return *digit < base;
}

/* "#65" or "#x41". The array keeps eleven digits at most, so the sum cannot wrap. */
static bool numeric_reference(struct slice text, uint32_t *c)
{
    bool hex = text.len > 1 && text.at[1] == 'x';
    size_t first = hex ? 2 : 1;
    uint64_t sum = 0;
    uint32_t digit;
    if (text.len == first)
        return false;
    for (size_t i = first; i < text.len; i++) {
        if (!digit_of(text.at[i], hex ? 16 : 10, &digit))
            return false;
        sum = sum * (hex ? 16 : 10) + digit;
    }
    *c = sum > 0x10FFFF ? 0x110000 : (uint32_t)sum;
    return is_char(*c);
}

static bool named_reference(struct slice text, uint32_t *c)
{
    static const struct {
        const char *name;
        char meaning;
    } names[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(text, names[i].name)) {
            *c = (uint32_t)names[i].meaning;
            return true;
        }
    return false;
}

static bool in_reference(struct xml *x, char c, struct err *e)
{
    struct slice text = slice_make(x->reference, x->reference_len);
    char utf8[4];
    struct buf b = BUF_OF(utf8);
    uint32_t code = 0;
    if (c != ';') {
        if (x->reference_len == sizeof x->reference)
            return bad(e, "a reference that is too long");
        x->reference[x->reference_len++] = c;
        return true;
    }
    bool numeric = slice_starts(text, "#");
    if (!(numeric ? numeric_reference(text, &code) : named_reference(text, &code)) || !utf8_put(&b, code))
        return bad(e, "a reference to no character");
    if (x->state == REFERENCE)
        for (size_t i = 0; i < b.len; i++)
            text_byte(x, utf8[i]);
    x->state = x->state == REFERENCE ? CONTENT : ATTRIBUTE_VALUE;
    return true;
}

/* XML 1.0, section 2.11: CR and CR LF are read as LF. A LF after no CR is text_run()'s. */
static void content_byte(struct xml *x, char c)
{
    if (c == '\r')
        text_byte(x, '\n');
    else if (c != '\n')
        text_byte(x, c);
    x->after_cr = c == '\r';
}

static bool in_content(struct xml *x, char c, struct err *e)
{
    if (c == '<') {
        x->after_cr = false;
        x->state = OPENED;
        return true;
    }
    if (c == '&') {
        x->after_cr = false;
        x->brackets = 0;
        x->reference_len = 0;
        x->state = REFERENCE;
        return true;
    }
    if (c == '>' && x->brackets >= 2)
        return bad(e, "']]>' in text");
    x->brackets = c == ']' ? (x->brackets < 2 ? (uint8_t)(x->brackets + 1) : 2) : 0;
    content_byte(x, c);
    return true;
}

static bool in_opened(struct xml *x, char c, struct err *e)
{
    if (c == '/' && x->depth > 0) {
        x->matched = 0;
        x->state = CLOSE_NAME;
        return true;
    }
    return name_begin(x, c, e);
}

static bool close_end(struct xml *x, char c, enum xml_event *event, struct err *e)
{
    if (is_white(c)) {
        x->state = CLOSE_END;
        return true;
    }
    *event = XML_CLOSE;
    return c == '>' || bad(e, "a closing tag does not end");
}

static bool in_close_name(struct xml *x, char c, enum xml_event *event, struct err *e)
{
    uint8_t len = x->name_len[x->depth - 1];
    if (x->matched < len)
        return c == x->names[x->depth - 1][x->matched++] || bad(e, "a closing tag of another name");
    return is_name_char(c) ? bad(e, "a closing tag of another name") : close_end(x, c, event, e);
}

/* "<?xml" and a blank, or the root's '<'. The declaration's inside is not looked at: UTF-8 is what we accept anyway. */
static bool in_start(struct xml *x, char c, struct err *e)
{
    static const char prolog[] = "<?xml";
    if (x->matched == 5) {
        x->state = DECLARATION;
        return is_white(c) || bad(e, "a processing instruction");
    }
    if (x->matched == 1 && c != '?')
        return name_begin(x, c, e);
    if (x->matched == 0 && is_white(c)) {
        x->state = BEFORE_ROOT;
        return true;
    }
    return c == prolog[x->matched++] || bad(e, "it does not begin with an element");
}

static bool in_declaration(struct xml *x, char c, struct err *e)
{
    if (x->state == DECLARATION) {
        x->state = c == '?' ? DECLARATION_END : DECLARATION;
        return (c != '<' && c != '>') || bad(e, "an XML declaration that does not end");
    }
    x->state = BEFORE_ROOT;
    return c == '>' || bad(e, "an XML declaration that does not end");
}

static bool in_between(struct xml *x, char c, struct err *e)
{
    if (c == '<' && x->state == BEFORE_ROOT)
        x->state = OPENED;
    else if (!is_white(c))
        return bad(e, x->state == BEFORE_ROOT ? "it does not begin with an element" : "something follows the root element");
    return true;
}

static bool step(struct xml *x, char c, enum xml_event *event, struct err *e)
{
    switch (x->state) {
    case START:
        return in_start(x, c, e);
    case DECLARATION:
    case DECLARATION_END:
        return in_declaration(x, c, e);
    case BEFORE_ROOT:
    case AFTER_ROOT:
        return in_between(x, c, e);
    case OPENED:
        return in_opened(x, c, e);
    case NAME:
        return in_name(x, c, event, e);
    case TAG:
    case AFTER_ATTRIBUTE:
        return in_tag(x, c, event, e);
    case ATTRIBUTE:
        return in_attribute(x, c, e);
    case EQUALS:
        return in_equals(x, c, e);
    case QUOTE:
        return in_quote(x, c, e);
    case ATTRIBUTE_VALUE:
        return in_attribute_value(x, c, e);
    case EMPTY_END:
        return c == '>' ? tag_end(x, true, event) : bad(e, "'/' inside a tag");
    case CONTENT:
        return in_content(x, c, e);
    case CLOSE_NAME:
        return in_close_name(x, c, event, e);
    case CLOSE_END:
        return close_end(x, c, event, e);
    default:
        return in_reference(x, c, e);
    }
}

/* UTF-8 of characters that XML allows; U+FFFE and U+FFFF are EF BF BE and EF BF BF. */
static bool is_xml_byte(struct xml *x, unsigned char c)
{
    if (x->utf8.left == 0 && c >= ' ' && c < 0x7F)
        return true;
    bool forbidden = x->noncharacter == 2 && c >= 0xBE;
    x->noncharacter = c == 0xEF ? 1 : x->noncharacter == 1 && c == 0xBF ? 2 : 0;
    return !forbidden && utf8_next(&x->utf8, c) && is_char(c);
}

/* The event before was the end of an element: only now may its name and text go. */
static void leave(struct xml *x)
{
    x->depth--;
    x->text.len = 0;
    x->brackets = 0;
    x->state = x->depth == 0 ? AFTER_ROOT : CONTENT;
}

static enum xml_event next_byte(struct xml *x, char c, struct err *e)
{
    enum xml_event event = XML_MORE;
    if (!is_xml_byte(x, (unsigned char)c)) {
        (void)bad(e, "a byte that no XML in UTF-8 holds");
        return XML_BAD;
    }
    return step(x, c, &event, e) ? event : XML_BAD;
}

/* --- What most of a listing is: taken at once where it is all there, and else byte by byte. Each gives the bytes taken. */

static size_t text_run(struct xml *x, struct slice in)
{
    size_t room = x->text.cap - x->text.len, n = 0;
    while (n < in.len && is_a(in.at[n], IS_TEXT))
        n++;
    size_t kept = n < room ? n : room;
    memcpy(x->text.at + x->text.len, in.at, kept);
    x->text.len += kept;
    x->brackets = n > 0 ? 0 : x->brackets;
    return n;
}

/* "</name>" of the element that is open. */
static size_t close_tag(struct xml *x, struct slice in, enum xml_event *event)
{
    size_t len = x->name_len[x->depth - 1];
    if (in.len < len + 3 || in.at[1] != '/' || in.at[len + 2] != '>' || memcmp(in.at + 2, x->names[x->depth - 1], len) != 0)
        return 0;
    *event = XML_CLOSE;
    return len + 3;
}

/*
 * The names and texts of a listing are shorter than WINDOW, nearly all of them: they are measured without a loop, whose five
 * instructions for each byte would be half of what all of its reading costs.
 */
#define WINDOW 32
typedef signed char lanes __attribute__((vector_size(16)));
_Static_assert(WINDOW == 2 * sizeof(lanes) && WINDOW < LIMIT_XML_NAME, "two of them, and a name's place has room for both");

static lanes lanes_at(const char *at)
{
    lanes v;
    memcpy(&v, at, sizeof v);
    return v;
}

/* A bit for each byte, the first one's the lowest. The bytes are 0 or -1. */
static uint32_t bits_of(lanes v)
{
#ifdef __SSE2__
    return (uint32_t)__builtin_ia32_pmovmskb128((char __attribute__((vector_size(16))))v);
#else
    uint64_t words[2], each = UINT64_C(0x0101010101010101), gathered = UINT64_C(0x0102040810204080);
    memcpy(words, &v, sizeof words);
    return (uint32_t)((words[0] & each) * gathered >> 56 | (words[1] & each) * gathered >> 56 << 8);
#endif
}

/* Where the first byte is that is -1: WINDOW, if there is none. */
static size_t first_of(lanes low, lanes high)
{
    return (size_t)__builtin_ctzll(UINT64_C(1) << WINDOW | (uint64_t)bits_of(high) << 16 | bits_of(low));
}

/* Letters and digits alone: what else a name may hold is rare, and is left to single steps. */
static lanes not_name(lanes v)
{
    lanes lower = v | 0x20;
    return ((lower < 'a') | (lower > 'z')) & ((v < '0') | (v > '9'));
}

/* Bytes above 0x7F are below 0 here. Line ends are rare, too. A '>' means something only behind "]]". */
static lanes not_text(lanes v)
{
    return (v < ' ') | (v == '<') | (v == '&') | (v == ']');
}

/* How many of WINDOW bytes are part of a name, */
static size_t name_length(const char *at)
{
    return first_of(not_name(lanes_at(at)), not_name(lanes_at(at + 16)));
}

/* stand for nothing but themselves in text, */
static size_t text_length(const char *at)
{
    return first_of(not_text(lanes_at(at)), not_text(lanes_at(at + 16)));
}

/* or are the same in both. */
static size_t same_length(const char *a, const char *b)
{
    return first_of(lanes_at(a) != lanes_at(b), lanes_at(a + 16) != lanes_at(b + 16));
}

/* "<name>", or where all of it is there, and short, "<name>text</name>". Three windows and the brackets between them are looked at. */
static size_t element(struct xml *x, struct slice in, enum xml_event *event)
{
    if (in.len < 4 * WINDOW || x->depth == LIMIT_XML_DEPTH)
        return 0;
    const char *name = in.at + 1;
    size_t len = name_length(name);
    if (name[len] != '>' || !is_name_start(name[0]))
        return 0;
    const char *text = name + len + 1;
    size_t text_len = text_length(text);
    const char *end = text + text_len;
    size_t all = 2 * len + text_len + sizeof "<></>" - 1;
    bool whole = x->text.cap >= WINDOW && end[0] == '<' && end[1] == '/' && same_length(name, end + 2) > len;
    x->text.len = 0;
    x->brackets = 0;
    if (whole && x->depth >= x->told)
        return all;
    memcpy(x->names[x->depth], name, WINDOW);
    x->name_len[x->depth] = (uint8_t)len;
    x->prefix_len[x->depth] = 0;
    x->depth++;
    x->whole = whole;
    *event = XML_OPEN;
    if (!whole)
        return len + 2;
    memcpy(x->text.at, text, WINDOW);
    x->text.len = text_len;
    return all;
}

static size_t run(struct xml *x, struct slice in, enum xml_event *event)
{
    if (x->state != CONTENT || x->after_cr || x->utf8.left > 0)
        return 0;
    if (in.at[0] != '<')
        return text_run(x, in);
    size_t n = close_tag(x, in, event);
    return n > 0 ? n : element(x, in, event);
}

static enum xml_event next_event(struct xml *x, struct slice *in, struct err *e)
{
    enum xml_event event = XML_MORE;
    if (x->ended)
        leave(x);
    if (x->whole) {
        x->whole = false;
        event = XML_CLOSE;
    }
    while (event == XML_MORE && in->len > 0) {
        size_t n = run(x, *in, &event);
        if (n == 0)
            event = next_byte(x, in->at[n++], e);
        in->at += n;
        in->len -= n;
    }
    x->ended = event == XML_CLOSE;
    return event;
}

enum xml_event xml_next(struct xml *x, struct slice *in, struct err *e)
{
    enum xml_event event;
    do
        event = next_event(x, in, e);
    while ((event == XML_OPEN || event == XML_CLOSE) && x->depth > x->told);
    if (event == XML_CLOSE && x->depth == x->told)
        x->told = LIMIT_XML_DEPTH;
    return event;
}
