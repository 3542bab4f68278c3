/* xml: documents, and what is told of one: its elements with what the reader keeps of their text. */
#include "../grammar.h"

#include "wire/xml.h"

#include <limits.h>

static struct xml x;
static char text_bytes[GRAMMAR_TOLD];

static void put_text(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *special = strchr("&<>\r", text.at[i]);
        if (special && *special)
            buf_putf(out, "&#%d;", *special);
        else
            buf_putc(out, text.at[i]);
    }
}

static void put_tag(struct buf *out, const char *before)
{
    buf_puts(out, before);
    buf_put(out, xml_name(&x));
    buf_putc(out, '>');
}

static bool tell(struct pieces *in, struct buf *out)
{
    struct slice piece;
    struct err e = {0};
    unsigned open = 0;
    xml_start(&x, BUF_OF(text_bytes));
    while (pieces_next(in, &piece)) {
        enum xml_event event;
        while ((event = xml_next(&x, &piece, &e)) == XML_OPEN || event == XML_CLOSE) {
            open += event == XML_OPEN;
            claim(xml_depth(&x) == open && open >= 1 && open <= LIMIT_XML_DEPTH && xml_name(&x).len > 0);
            if (event == XML_CLOSE)
                put_text(out, xml_text(&x));
            put_tag(out, event == XML_OPEN ? "<" : "</");
            open -= event == XML_CLOSE;
        }
        claim((event == XML_BAD) == (e.kind != ERR_OK) && (event == XML_BAD || piece.len == 0));
        if (event == XML_BAD)
            return refused(out, &e);
    }
    claim(!xml_is_done(&x) || open == 0);
    (void)(xml_is_done(&x) || err_set(&e, ERR_NETWORK, "the document is not whole"));
    return xml_is_done(&x) || refused(out, &e);
}

static bool is_element(enum xml_event event)
{
    return event == XML_OPEN || event == XML_CLOSE;
}

static enum xml_event next_told(struct slice *in, unsigned deepest, struct err *e)
{
    enum xml_event event;
    do
        event = xml_next(&x, in, e);
    while (is_element(event) && xml_depth(&x) > deepest);
    return event;
}

/* A reader that skips, the input's length says how often, is told what the other one is, but for what it has skipped. */
static void check(struct slice input)
{
    static struct xml skipping;
    static char skipping_bytes[GRAMMAR_TOLD];
    struct slice rest = input, skipping_rest = input;
    struct err e = {0}, skipping_e = {0};
    unsigned deepest = UINT_MAX, count = 0;
    enum xml_event event;
    xml_start(&x, BUF_OF(text_bytes));
    xml_start(&skipping, BUF_OF(skipping_bytes));
    while (is_element(event = next_told(&rest, deepest, &e))) {
        claim(xml_next(&skipping, &skipping_rest, &skipping_e) == event && xml_depth(&skipping) == xml_depth(&x));
        claim(slice_eq(xml_name(&skipping), xml_name(&x)) && slice_eq(xml_text(&skipping), xml_text(&x)));
        if (event == XML_CLOSE && xml_depth(&x) == deepest)
            deepest = UINT_MAX;
        if (++count % (1 + input.len % 5) > 0)
            continue;
        deepest = xml_depth(&x) - (event == XML_CLOSE);
        xml_skip(&skipping);
    }
    claim(xml_next(&skipping, &skipping_rest, &skipping_e) == event && xml_is_done(&skipping) == xml_is_done(&x));
    claim(strcmp(skipping_e.text, e.text) == 0);
}

const struct grammar grammar_xml = {"xml", .in_pieces = true, .is_own = true, tell, check};
