/*
 * xml: every vector goes in whole, byte by byte and cut at each offset, and must leave the same trace. Each names its clause of
 * XML 1.0, fifth edition; "subset" is what the header refuses though XML has it. Faults, rows 56 to 67.
 */
#include "mutate.h"

#include "wire/xml.h"

#include <limits.h>
#include <stdio.h>

static char reader_text[LIMIT_XML_TEXT];

/* After which of the events told the reader skips what the innermost element holds, 0: after none; and whether this file leaves out by hand. */
static struct {
    size_t after;
    bool by_hand;
    size_t events;
    unsigned deepest; /* that is told */
} skipping;

/*
 * The trace of a document: its events, then how it ended.
 *   <a <b b'text'> a> DONE      opened and closed, text in quotes where there is some
 *   <a MORE                     well-formed so far
 *   <a BAD why                  refused
 */
static void reader_start(void *state)
{
    memset(state, 0x5a, sizeof(struct xml)); /* xml_start() is to leave nothing of this that matters */
    xml_start(state, BUF_OF(reader_text));
    skipping.events = 0;
    skipping.deepest = UINT_MAX;
}

static void skip_from(struct xml *x, bool closed)
{
    if (++skipping.events != skipping.after)
        return;
    if (skipping.by_hand)
        skipping.deepest = xml_depth(x) - closed;
    else
        xml_skip(x);
}

static void tell_open(const struct xml *x, struct buf *trace)
{
    buf_putc(trace, '<');
    buf_put(trace, xml_name(x));
    buf_putc(trace, ' ');
}

static void tell_close(const struct xml *x, struct buf *trace)
{
    struct slice text = xml_text(x);
    buf_put(trace, xml_name(x));
    if (text.len > 0) {
        buf_putc(trace, '\'');
        buf_put(trace, text);
        buf_putc(trace, '\'');
    }
    buf_puts(trace, "> ");
}

static bool reader_take(void *state, struct slice piece, struct buf *trace)
{
    struct xml *x = state;
    struct slice in = piece;
    struct err e = {0};
    for (;;) {
        enum xml_event event = xml_next(x, &in, &e);
        assert_ptr_equal(in.at + in.len, piece.at + piece.len);
        switch (event) {
        case XML_MORE:
            assert_int_equal(in.len, 0);
            return true;
        case XML_OPEN:
        case XML_CLOSE:
            assert_in_range(xml_depth(x), 1, LIMIT_XML_DEPTH);
            if (xml_depth(x) > skipping.deepest)
                break;
            if (event == XML_CLOSE && xml_depth(x) == skipping.deepest)
                skipping.deepest = UINT_MAX;
            (event == XML_OPEN ? tell_open : tell_close)(x, trace);
            skip_from(x, event == XML_CLOSE);
            break;
        default:
            assert_int_equal(event, XML_BAD);
            assert_refused(false, &e, ERR_NETWORK, "not the XML expected: ");
            buf_putf(trace, "BAD %s", strchr(e.text, ':') + 2);
            return false;
        }
        assert_int_equal(e.kind, ERR_OK);
    }
}

static void reader_end(void *state, struct buf *trace)
{
    buf_puts(trace, xml_is_done(state) ? "DONE" : "MORE");
}

static struct xml reader_state;
static const struct split_reader reader = {&reader_state, reader_start, reader_take, reader_end};

struct document {
    const char *name;
    const char *trace;
    struct input input;
};

/* Wherever what an element holds is skipped: the trace is as ever, but for that. */
static void check_skipping(struct slice input)
{
    char trace[SPLIT_TRACE];
    skipping.after = 0;
    do {
        skipping.after++;
        skipping.by_hand = true;
        split_trace(&reader, input, 1, 1, trace);
        skipping.by_hand = false;
        split_assert(&reader, input, input.len, 1, trace);
        split_assert(&reader, input, 1, 1, trace);
    } while (skipping.events >= skipping.after);
    skipping.after = 0;
}

/* What is inside the root and far from the end of what there is of it is read many bytes at once: it means what it means byte by byte. */
static void check_far_from_its_end(struct slice input)
{
    char far[4096], trace[SPLIT_TRACE];
    struct buf b = {far, 0, input.len < 2048 ? input.len + 256 : 2048, false};
    buf_puts(&b, "<far>");
    buf_put(&b, input);
    buf_puts(&b, "</far>");
    while (!b.full)
        buf_putc(&b, ' ');
    split_trace(&reader, buf_slice(&b), 1, 1, trace);
    split_assert(&reader, buf_slice(&b), b.len, 1, trace);
    check_skipping(buf_slice(&b));
}

static void any_byte_far_from_its_end(void **state)
{
    char name[] = "<a_>t</a_>", text[] = "<a>t_t</a>", end[] = "<a>t_/a></a>", slash[] = "<a>t<_a></a>";
    (void)state;
    for (int c = 0; c <= UINT8_MAX; c++) {
        name[2] = name[8] = text[4] = end[4] = slash[5] = (char)c;
        check_far_from_its_end(S(name));
        check_far_from_its_end(S(text));
        check_far_from_its_end(S(end));
        check_far_from_its_end(S(slash));
    }
}

static void test_document(void **state)
{
    const struct document *row = *state;
    struct slice input = input_make(&row->input);
    split_check(&reader, input, row->trace);
    check_skipping(input);
    check_far_from_its_end(input);
    slice_free(input);
}

/* --- Complete documents */

#define NAME47 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"
#define NAME48 NAME47 "v"

static const struct document goods[] = {
    {"2.1: one element", "<a a> DONE", INPUT("<a></a>")},
    {"2.1: an empty one", "<a a> DONE", INPUT("<a/>")},
    {"2.1: one in another, both have text", "<a <b b'x'> a'y'> DONE", INPUT("<a>w<b>x</b>y</a>")},
    {"2.1: text before a child is not its parent's", "<a <b b> a> DONE", INPUT("<a>w<b/></a>")},
    {"2.1: nor that before an earlier one its child's", "<a <b b> a'y'> DONE", INPUT("<a>w<b></b>y</a>")},
    {"2.1: two children of one name", "<a <b b'1'> <b b'2'> a> DONE", INPUT("<a><b>1</b><b>2</b></a>")},
    {"2.1: a child of its parent's name", "<a <a a'1'> a> DONE", INPUT("<a><a>1</a></a>")},
    {"2.1: white space around the root", "<a a> DONE", INPUT(" \t\r\n<a/>\r\n\t ")},
    {"2.3: every kind of byte in a name", "<aZ_-.09 aZ_-.09> DONE", INPUT("<aZ_-.09/>")},
    {"2.3: names differ by case", "<a <A A> a> DONE", INPUT("<a><A></A></a>")},
    {"2.3: an underscore first", "<_ _> DONE", INPUT("<_/>")},
    {"2.4: text of every printable byte but '<' and '&'", "<a a' !\"#$%'()*+,-./:;=>?@[\\]^_`{|}~\x7f'> DONE",
     INPUT("<a> !\"#$%'()*+,-./:;=>?@[\\]^_`{|}~\x7f</a>")},
    {"2.4: brackets before an element and a '>' after it", "<a <b b'1'> a'>'> DONE", INPUT("<a>]]<b>1</b>></a>")},
    {"2.4: ']]' and ']>' are text", "<a a']] ]> ]'> DONE", INPUT("<a>]] ]> ]</a>")},
    {"2.4: ']]&gt;' is text", "<a a']]>'> DONE", INPUT("<a>]]&gt;</a>")},
    {"2.4: ']]' ends with its element", "<a <b b']]'> a'>'> DONE", INPUT("<a><b>]]</b>></a>")},
    {"2.4: ']]' before a child ends with it", "<a <b b> a'>'> DONE", INPUT("<a>]]<b/>></a>")},
    {"2.4: and is none of the child's", "<a <b b'>'> a> DONE", INPUT("<a>]]<b>></b></a>")},
    {"2.4: ']]' before a reference ends with it", "<a a']]&>'> DONE", INPUT("<a>]]&amp;></a>")},
    {"2.4: tags and references are no brackets", "<a <b b']>'> a']>&]>'> DONE", INPUT("<a><b>]></b>]>&amp;]></a>")},
    {"2.8: an XML declaration", "<a a> DONE", INPUT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>")},
    {"2.8: one with a tab, and no white space after it", "<a a> DONE", INPUT("<?xml\tversion='1.0'?><a/>")},
    {"2.8: what it says is passed over, as the bytes are UTF-8 or refused", "<a a> DONE",
     INPUT("<?xml version=\"1.1\" encoding='UTF-16' standalone=\"yes\" ?><a/>")},
    {"2.8: white space after it, of any kind", "<a a> DONE", INPUT("<?xml version='1.0'?> \t\r\n<a/>")},
    {"2.11: CR LF is LF", "<a a'x\ny'> DONE", INPUT("<a>x\r\ny</a>")},
    {"2.11: CR is LF", "<a a'x\ny'> DONE", INPUT("<a>x\ry</a>")},
    {"2.11: LF CR is two", "<a a'\n\n'> DONE", INPUT("<a>\n\r</a>")},
    {"2.11: CR CR LF LF is three", "<a a'\n\n\n'> DONE", INPUT("<a>\r\r\n\n</a>")},
    {"2.11: a reference to LF after CR is its own", "<a a'\n\n'> DONE", INPUT("<a>\r&#10;</a>")},
    {"2.11: a reference to CR stays CR", "<a a'\r\n'> DONE", INPUT("<a>&#13;\n</a>")},
    {"2.11: a reference parts CR and LF", "<a a'\n&\n'> DONE", INPUT("<a>\r&amp;\n</a>")},
    {"2.11: CR before a child, LF in it", "<a <b b'\n'> a> DONE", INPUT("<a>\r<b>\n</b></a>")},
    {"2.11: CR at the end of a child, LF after it", "<a <b b'\n'> a'\n'> DONE", INPUT("<a><b>\r</b>\n</a>")},
    {"2.11: CR LF CR LF is two", "<a a'\n\n'> DONE", INPUT("<a>\r\n\r\n</a>")},
    {"2.11: CR LF before an end tag, LF after it", "<a <b b'\n'> a'\n'> DONE", INPUT("<a><b>\r\n</b>\n</a>")},
    {"2.3: a name that begins with xml", "<xmla xmla> DONE", INPUT("<xmla/>")},
    {"2.10: xml:space changes nothing", "<a a' x '> DONE", INPUT("<a xml:space='preserve'> x </a>")},
    {"2.12: xml:lang is an attribute", "<a a> DONE", INPUT("<a xml:lang='en'/>")},
    {"3: a grandchild, then a child", "<a <b <c c> b> <d d> a> DONE", INPUT("<a><b><c/></b><d/></a>")},
    {"3: an empty element and one without content are the same", "<a <b b> <b b> a> DONE", INPUT("<a><b/><b></b></a>")},
    {"3.1: names of which one begins with the other", "<a <ab ab> a> DONE", INPUT("<a><ab></ab></a>")},
    {"3.1: white space in a start tag", "<a a> DONE", INPUT("<a \t\r\n></a>")},
    {"3.1: white space in an end tag", "<a a> DONE", INPUT("<a></a \t\r\n>")},
    {"3.1: white space before '/>'", "<a a> DONE", INPUT("<a />")},
    {"3.1: attributes are passed over", "<a a> DONE", INPUT("<a b=\"1\" c='2'/>")},
    {"3.1: white space around '='", "<a a> DONE", INPUT("<a b \t=\r\n'1'></a>")},
    {"3.1: an empty value, quotes in quotes, '>' and ']]>' in a value", "<a a> DONE", INPUT("<a b='' c=\"'\" d='\"' e='>]]>'></a>")},
    {"3.1: a name with every kind of byte, a value with every line's end", "<a a> DONE", INPUT("<a _Z-.09='\t\n\r\n\r'/>")},
    {"3.1: names that differ by case", "<a a> DONE", INPUT("<a b='' B=''/>")},
    {"3.1: names that differ in their last byte", "<a a> DONE", INPUT("<a xa='' xb='' xaa=''/>")},
    {"3.1: the same attribute in another element", "<a <b b> a> DONE", INPUT("<a x='1'><b x='1'/></a>")},
    {"3.1: a value of a megabyte (fault 57)", "<a a> DONE", LONG_INPUT("<a b='", "x", 1 << 20, "'/>")},
    {"4.1: the five named entities", "<a a'&<>\"''> DONE", INPUT("<a>&amp;&lt;&gt;&quot;&apos;</a>")},
    {"4.1: what a reference gives is text", "<a a'<b>&amp;'> DONE", INPUT("<a>&#60;b>&#x26;amp;</a>")},
    {"4.1: references in a value are checked", "<a a> DONE", INPUT("<a b='&lt;&#65;&#x41;'/>")},
    {"4.1: references side by side", "<a a'<&>'> DONE", INPUT("<a>&lt;&amp;&gt;</a>")},
    {"4.1: a reference to white space is text", "<a a' \t'> DONE", INPUT("<a>&#32;&#x9;</a>")},
    {"4.1: a reference to a bracket ends none", "<a a']]>'> DONE", INPUT("<a>]&#93;></a>")},
    {"4.1: beyond the first plane", "<a a'\xf0\x90\x80\x80'> DONE", INPUT("<a>&#65536;</a>")},
    {"4.1: decimal and hexadecimal", "<a a'AJj'> DONE", INPUT("<a>&#65;&#x4A;&#x6a;</a>")},
    {"4.1: leading zeros", "<a a'A'> DONE", INPUT("<a>&#0000000065;</a>")},
    {"4.1: as long as we keep", "<a a'A'> DONE", INPUT("<a>&#00000000065;</a>")},
    {"2.2: the white space that is a character", "<a a'\t\n\r'> DONE", INPUT("<a>&#9;&#10;&#13;</a>")},
    {"2.2: the last before the surrogates", "<a a'\xed\x9f\xbf'> DONE", INPUT("<a>&#xD7FF;</a>")},
    {"2.2: the first after them", "<a a'\xee\x80\x80'> DONE", INPUT("<a>&#xE000;</a>")},
    {"2.2: U+FFFD", "<a a'\xef\xbf\xbd\xef\xbf\xbd'> DONE", INPUT("<a>&#xFFFD;\xef\xbf\xbd</a>")},
    {"2.2: U+10FFFF", "<a a'\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf'> DONE", INPUT("<a>&#x10FFFF;\xf4\x8f\xbf\xbf</a>")},
    {"2.2: U+1FFFE has bytes of U+FFFE in it", "<a a'\xf0\x9f\xbf\xbe'> DONE", INPUT("<a>\xf0\x9f\xbf\xbe</a>")},
    {"2.2: EF BF BD twice, then BE of another", "<a a'\xef\xbf\xbd\xc2\xbe'> DONE", INPUT("<a>\xef\xbf\xbd\xc2\xbe</a>")},
    {"2.2: two, three and four bytes of UTF-8 in text and value", "<a a'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'> DONE",
     INPUT("<a b='\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'>\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80</a>")},
    {"Namespaces, 7: a prefix is dropped (fault 62)", "<a a> DONE", INPUT("<p:a xmlns:p='http://x/'></p:a>")},
    {"Namespaces, 7: not resolved: a prefix that nothing declares", "<a a> DONE", INPUT("<p:a/>")},
    {"Namespaces, 7: nor one that is declared anew", "<a <b b> a> DONE", INPUT("<p:a xmlns:p='x'><p:b xmlns:p='y'/></p:a>")},
    {"Namespaces, 7: a prefix is its own element's", "<a <b b> <c c'1'> a> DONE", INPUT("<a><p:b/><c>1</c></a>")},
    {"Namespaces, 7: two prefixes of one name", "<a <a a> a> DONE", INPUT("<p:a><q:a/></p:a>")},
    {"Namespaces, 7: on children too", "<a <b b'1'> a> DONE", INPUT("<a><q:b>1</q:b></a>")},

    {"LIMIT_XML_DEPTH: at it (fault 57)",
     "<a <a <a <a <a <a <a <a <a <a <a <a <a <a <a <a a> a> a> a> a> a> a> a> a> a> a> a> a> a> a> a> DONE",
     INPUT("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>")},
    {"LIMIT_XML_NAME: at it", "<" NAME48 " " NAME48 "> DONE", INPUT("<" NAME48 "></" NAME48 ">")},
    {"LIMIT_XML_NAME: of an attribute at it", "<a a> DONE", INPUT("<a " NAME48 "=''/>")},
    {"LIMIT_XML_NAME: of two attributes at it", "<a a> DONE", INPUT("<a A" NAME47 "='' B" NAME47 "=''/>")},
    {"LIMIT_XML_ATTRIBUTES: at it", "<a a> DONE", INPUT("<a a='' b='' c='' d='' e='' f='' g='' h=''/>")},
    {"LIMIT_XML_ATTRIBUTES: each element anew", "<a <b b> a> DONE",
     INPUT("<a a='' b='' c='' d='' e=''><b a='' b='' c='' d='' e=''/></a>")},
};

/* XML 1.0, 2.1, fault 58: a document is complete with its root's end and not a byte before. */
static void test_good_prefixes(void **state)
{
    const struct document *row = *state;
    struct slice input = input_make(&row->input);
    size_t whole = input.len;
    while (input.at[whole - 1] != '>')
        whole--;
    for (size_t len = whole > 100000 && !is_whole() ? whole - 10 : whole > 3000 ? whole - 100 : 0; len <= whole; len++) {
        char trace[SPLIT_TRACE];
        split_trace(&reader, slice_make(input.at, len), len, 1, trace);
        assert_string_equal(trace + strlen(trace) - 4, len < whole ? "MORE" : "DONE");
    }
    slice_free(input);
}

static void test_good_damaged(void **state)
{
    const struct document *row = *state;
    struct slice input = input_make(&row->input);
    if (input.len < 500)
        split_check_damaged(&reader, input);
    slice_free(input);
}

/* --- Documents that never end */

static const struct document mores[] = {
    {"2.1: nothing", "MORE", INPUT("")},
    {"2.1: white space only", "MORE", INPUT(" \r\n")},
    {"2.8: a declaration only", "MORE", INPUT("<?xml version='1.0'?>")},
    {"3: a root that does not end", "<a MORE", INPUT("<a>")},
    {"3: a child that does not end", "<a <b MORE", INPUT("<a><b></")},
    {"3.1: a value that does not end", "MORE", INPUT("<a b='")},
    {"3.1: a tag that does not end", "MORE", INPUT("<a b='c'")},
    {"3.1: an empty tag that does not end", "MORE", INPUT("<a/")},
    {"2.2: a character that does not end", "<a MORE", INPUT("<a>\xe2\x82")},
    {"4.1: a reference without ';'", "<a MORE", INPUT("<a>&lt</a>")},
};

/* --- Refusals */

#define BAD_BYTE "BAD a byte that no XML in UTF-8 holds"
#define BAD_START "BAD it does not begin with an element"
#define BAD_MARKUP "BAD a DTD, comment, CDATA section or processing instruction"
#define BAD_NO_NAME "BAD a tag without a name"
#define BAD_NAME "BAD a tag's name holds a byte that it may not"
#define BAD_PREFIX "BAD a name with more than one colon"
#define BAD_LOCAL "BAD a prefix without a name"
#define BAD_CLOSE "BAD a closing tag of another name"
#define BAD_CLOSE_END "BAD a closing tag does not end"
#define BAD_AFTER "BAD something follows the root element"
#define BAD_ATTRIBUTE "BAD an attribute without a name, or no blank before it"
#define BAD_VALUE "BAD an attribute without a value"
#define BAD_QUOTES "BAD an attribute's value without quotes"
#define BAD_CHAR "BAD a reference to no character"
#define BAD_REFERENCE "BAD a reference that is too long"
#define BAD_DECLARATION "BAD an XML declaration that does not end"
#define BAD_PI "BAD a processing instruction"

static const struct document bads[] = {
    {"2.1: text before the root", BAD_START, INPUT("x<a/>")},
    {"2.1: text before the root, after white space", BAD_START, INPUT("\nx<a/>")},
    {"2.1: text after the root (fault 59)", "<a a> " BAD_AFTER, INPUT("<a/>x")},
    {"2.1: two roots (fault 59)", "<a a> " BAD_AFTER, INPUT("<a/><a/>")},
    {"2.1: a reference after the root", "<a a> " BAD_AFTER, INPUT("<a></a>&#32;")},
    {"2.1: an end tag first", BAD_NO_NAME, INPUT("</a>")},
    {"2.1: a reference before the root", BAD_START, INPUT("&#60;a/>")},
    {"2.1: text between declaration and root", BAD_START, INPUT("<?xml version='1.0'?>x<a/>")},
    {"2.1: an end tag after the root", "<a a> " BAD_AFTER, INPUT("<a/></a>")},
    {"2.1: JSON", BAD_START, INPUT("{\"a\":1}")},

    {"2.8: a DTD (fault 56)", BAD_MARKUP, INPUT("<!DOCTYPE a><a/>")},
    {"2.8: a DTD of a page", BAD_MARKUP, INPUT("<!DOCTYPE html><html></html>")},
    {"4.2.1: an internal entity (fault 56)", BAD_MARKUP, INPUT("<!DOCTYPE a [<!ENTITY b \"cc\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>")},
    {"4.2.2: an external entity (fault 56)", BAD_MARKUP, INPUT("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>")},
    {"2.8: a DTD inside the root", "<a " BAD_MARKUP, INPUT("<a><!DOCTYPE b></a>")},
    {"2.5, subset: a comment", "<a " BAD_MARKUP, INPUT("<a><!-- x --></a>")},
    {"2.5, subset: a comment in an id (fault 59)", "<a " BAD_MARKUP, INPUT("<a>rtb-<!-- x -->1</a>")},
    {"2.5, subset: a comment before the root", BAD_MARKUP, INPUT("<!-- x --><a/>")},
    {"2.5, subset: a comment after the root", "<a a> " BAD_AFTER, INPUT("<a/><!-- x -->")},
    {"2.6, subset: a processing instruction (fault 59)", "<a " BAD_MARKUP, INPUT("<a><?x y?></a>")},
    {"2.6, subset: one at the very start", BAD_START, INPUT("<?php ?><a/>")},
    {"2.6, subset: one whose name begins with xml", BAD_PI, INPUT("<?xml-stylesheet href='x'?><a/>")},
    {"2.6, subset: one after the root", "<a a> " BAD_AFTER, INPUT("<a/><?x?>")},
    {"2.6, subset: one in another's place", "<a a> " BAD_AFTER, INPUT("<a/><?xml version='1.0'?>")},
    {"2.7, subset: a CDATA section as an id (fault 59)", "<a <b " BAD_MARKUP, INPUT("<a><b><![CDATA[rtb-1]]></b></a>")},
    {"2.7: a CDATA section before the root", BAD_MARKUP, INPUT("<![CDATA[x]]><a/>")},
    {"3.2: the declaration of an element", "<a " BAD_MARKUP, INPUT("<a><!ELEMENT b EMPTY></a>")},
    {"3.4: a conditional section", "<a " BAD_MARKUP, INPUT("<a><![INCLUDE[<b/>]]></a>")},
    {"2.7, subset: a CDATA section (fault 59)", "<a " BAD_MARKUP, INPUT("<a><![CDATA[x]]></a>")},
    {"2.8: an XML declaration after white space", BAD_MARKUP, INPUT(" <?xml version='1.0'?><a/>")},
    {"2.8: an XML declaration twice", BAD_MARKUP, INPUT("<?xml version='1.0'?><?xml version='1.0'?><a/>")},
    {"2.8: one in upper case", BAD_START, INPUT("<?XML version='1.0'?><a/>")},
    {"2.8: one without a version", BAD_PI, INPUT("<?xml?><a/>")},
    {"2.8: one that ends with '>' only", BAD_DECLARATION, INPUT("<?xml version='1.0'><a/>")},
    {"2.8: one that ends with '?' only", BAD_DECLARATION, INPUT("<?xml version='1.0'? ><a/>")},
    {"2.8: one with a tag in it", BAD_DECLARATION, INPUT("<?xml <a/>?>")},

    {"2.2: NUL (fault 59)", "<a " BAD_BYTE, INPUT("<a>\0</a>")},
    {"2.2: NUL at the start", BAD_BYTE, INPUT("\0<a/>")},
    {"2.2: NUL in a name", BAD_BYTE, INPUT("<a\0/>")},
    {"2.2: NUL after the root", "<a a> " BAD_BYTE, INPUT("<a/>\0")},
    {"2.2: a control byte in a value", BAD_BYTE, INPUT("<a b='\x01'/>")},
    {"2.2: the last control byte", "<a " BAD_BYTE, INPUT("<a>\x1f</a>")},
    {"2.2: an escape in text", "<a " BAD_BYTE, INPUT("<a>\x1b[31m</a>")},
    {"2.2: U+FFFE", "<a " BAD_BYTE, INPUT("<a>\xef\xbf\xbe</a>")},
    {"2.2: U+FFFF in a value", BAD_BYTE, INPUT("<a b='\xef\xbf\xbf'/>")},
    {"RFC 3629, 3: a byte that starts nothing (fault 59)", "<a " BAD_BYTE, INPUT("<a>\x80</a>")},
    {"RFC 3629, 3: a sequence cut by a tag", "<a " BAD_BYTE, INPUT("<a>\xe2\x82</a>")},
    {"RFC 3629, 3: an overlong '<'", "<a " BAD_BYTE, INPUT("<a>\xc0\xbc</a>")},
    {"RFC 3629, 3: a surrogate", "<a " BAD_BYTE, INPUT("<a>\xed\xa0\x80</a>")},
    {"RFC 3629, 3: beyond U+10FFFF", "<a " BAD_BYTE, INPUT("<a>\xf4\x90\x80\x80</a>")},
    {"RFC 3629, 3: Latin-1 in a declaration", BAD_BYTE, INPUT("<?xml version='\xe9'?><a/>")},
    {"4.3.3, subset: a byte order mark (fault 59)", BAD_START, INPUT("\xef\xbb\xbf<a/>")},
    {"4.3.3: UTF-16, low byte first (fault 59)", BAD_BYTE, INPUT("\xff\xfe<\0a\0/\0>\0")},
    {"4.3.3: UTF-16, high byte first (fault 59)", BAD_BYTE, INPUT("\xfe\xff\0<\0a\0/\0>")},
    {"4.3.3: UTF-16 without a mark", BAD_BYTE, INPUT("<\0a\0/\0>\0")},

    {"2.3: a digit first", BAD_NO_NAME, INPUT("<1a/>")},
    {"2.3: a hyphen first", BAD_NO_NAME, INPUT("<-a/>")},
    {"2.3, subset: a name outside ASCII", BAD_NO_NAME, INPUT("<\xc3\xa9/>")},
    {"2.3, subset: a name that leaves ASCII", BAD_NAME, INPUT("<a\xc3\xa9/>")},
    {"2.3: a full stop first", BAD_NO_NAME, INPUT("<.a/>")},
    {"2.3: a bracket in a name", BAD_NAME, INPUT("<a[/>")},
    {"3.1: a quote in a tag", BAD_NAME, INPUT("<a\"b\"/>")},
    {"3.1: '=' after the name", BAD_NAME, INPUT("<a='b'/>")},
    {"3.1: two slashes", "BAD '/' inside a tag", INPUT("<a//>")},
    {"3.1: a blank before the name", BAD_NO_NAME, INPUT("< a/>")},
    {"3.1: no name", BAD_NO_NAME, INPUT("<>x</>")},
    {"3.1: '<' in a tag", BAD_NAME, INPUT("<a<b/>")},
    {"3.1: '&' in a tag", BAD_NAME, INPUT("<a&amp;/>")},
    {"3.1: '/' inside a tag", "BAD '/' inside a tag", INPUT("<a/ >")},
    {"3.1: '/' inside a tag, after an attribute", "BAD '/' inside a tag", INPUT("<a b=''/c=''>")},
    {"Namespaces, 7: a colon first", BAD_NO_NAME, INPUT("<:a/>")},
    {"Namespaces, 7: a colon last", BAD_LOCAL, INPUT("<a:/>")},
    {"Namespaces, 7: two colons", BAD_PREFIX, INPUT("<a:b:c/>")},
    {"Namespaces, 7: a digit after the colon", BAD_LOCAL, INPUT("<a:1/>")},

    {"3, element type match: another name (fault 59)", "<a " BAD_CLOSE, INPUT("<a></b>")},
    {"3, element type match: another case", "<a " BAD_CLOSE, INPUT("<a></A>")},
    {"3, element type match: a shorter name", "<ab " BAD_CLOSE, INPUT("<ab></a>")},
    {"3, element type match: a longer name", "<a " BAD_CLOSE, INPUT("<a></ab>")},
    {"3, element type match: crossed tags", "<a <b " BAD_CLOSE, INPUT("<a><b></a></b>")},
    {"3, element type match: the same local name", "<a " BAD_CLOSE, INPUT("<p:a></q:a>")},
    {"3, element type match: the prefix only at the start", "<a " BAD_CLOSE, INPUT("<p:a></a>")},
    {"3.1: no name at the end", "<a " BAD_CLOSE, INPUT("<a></>")},
    {"3.1: a blank before the name at the end", "<a " BAD_CLOSE, INPUT("<a></ a>")},
    {"3.1: an attribute at the end", "<a " BAD_CLOSE_END, INPUT("<a></a b=''>")},
    {"3.1: '/' at the end", "<a " BAD_CLOSE_END, INPUT("<a></a/>")},
    {"3.1: '<' at the end", "<a " BAD_CLOSE_END, INPUT("<a></a<")},

    {"3.1: an attribute without a value", BAD_VALUE, INPUT("<a b c=''/>")},
    {"3.1: an attribute without '='", "BAD an attribute's name holds a byte that it may not", INPUT("<a b/>")},
    {"3.1: a value without quotes", BAD_QUOTES, INPUT("<a b=c/>")},
    {"3.1: no value", BAD_QUOTES, INPUT("<a b=/>")},
    {"3.1: a value with two kinds of quotes", BAD_ATTRIBUTE, INPUT("<a b='c\"'d'/>")},
    {"3.1: two '='", BAD_QUOTES, INPUT("<a b=='c'/>")},
    {"3.1: a reference for a value", BAD_QUOTES, INPUT("<a b=&quot;c&quot;/>")},
    {"3.1: a comma between attributes", BAD_ATTRIBUTE, INPUT("<a b='1', c='2'/>")},
    {"3.1: no blank between attributes", BAD_ATTRIBUTE, INPUT("<a b='1'c='2'/>")},
    {"3.1: a name that is none", BAD_ATTRIBUTE, INPUT("<a 1='1'/>")},
    {"3.1: a value alone", BAD_ATTRIBUTE, INPUT("<a ='1'/>")},
    {"3.1, unique attributes", "BAD an attribute twice", INPUT("<a b='1' b='1'/>")},
    {"3.1, unique attributes: not side by side", "BAD an attribute twice", INPUT("<a b='1' c='2' b ='3'/>")},
    {"3.1, unique attributes: not the first", "BAD an attribute twice", INPUT("<a b='1' c='2' c='3'/>")},
    {"3.1, no '<' in a value", "BAD '<' in an attribute's value", INPUT("<a b='<'/>")},
    {"2.4: ']]>' in text", "<a BAD ']]>' in text", INPUT("<a>]]></a>")},
    {"2.4: ']]]>' in text", "<a BAD ']]>' in text", INPUT("<a>x]]]></a>")},

    {"4.1: an unknown entity (fault 60)", "<a " BAD_CHAR, INPUT("<a>&foo;</a>")},
    {"4.1: names of entities are case-sensitive", "<a " BAD_CHAR, INPUT("<a>&AMP;</a>")},
    {"4.1: an entity of HTML", "<a " BAD_CHAR, INPUT("<a>&nbsp;</a>")},
    {"4.1: a blank before ';'", "<a " BAD_CHAR, INPUT("<a>&lt ;</a>")},
    {"4.1: an unknown entity in a value", BAD_CHAR, INPUT("<a b='&foo;'/>")},
    {"4.1: no name", "<a " BAD_CHAR, INPUT("<a>&;</a>")},
    {"4.1: '&' alone", "<a " BAD_REFERENCE, INPUT("<a>R & D and more text</a>")},
    {"4.1: one byte longer than we keep", "<a " BAD_REFERENCE, INPUT("<a>&#000000000065;</a>")},
    {"4.1: a reference of a megabyte", "<a " BAD_REFERENCE, LONG_INPUT("<a>&#", "0", 1 << 20, "65;</a>")},
    {"4.1: '&&'", "<a " BAD_CHAR, INPUT("<a>&&amp;</a>")},
    {"4.1: a reference with a tag in it", "<a " BAD_CHAR, INPUT("<a>&<b/>;</a>")},
    {"4.1: '#' alone with a name", "<a " BAD_CHAR, INPUT("<a>&#lt;</a>")},
    {"4.1: a parameter entity is text, a reference to one is none", "<a " BAD_CHAR, INPUT("<a>%x;&%x;</a>")},
    {"4.1: no digit", "<a " BAD_CHAR, INPUT("<a>&#;</a>")},
    {"4.1: no hexadecimal digit", "<a " BAD_CHAR, INPUT("<a>&#x;</a>")},
    {"4.1: a hexadecimal digit in a decimal", "<a " BAD_CHAR, INPUT("<a>&#6A;</a>")},
    {"4.1: 'g'", "<a " BAD_CHAR, INPUT("<a>&#x6g;</a>")},
    {"4.1: 'X'", "<a " BAD_CHAR, INPUT("<a>&#X41;</a>")},
    {"4.1: a sign", "<a " BAD_CHAR, INPUT("<a>&#-65;</a>")},
    {"4.1: a blank", "<a " BAD_CHAR, INPUT("<a>&# 65;</a>")},
    {"4.1, legal character: 0 (fault 60)", "<a " BAD_CHAR, INPUT("<a>&#0;</a>")},
    {"4.1, legal character: 8", "<a " BAD_CHAR, INPUT("<a>&#8;</a>")},
    {"4.1, legal character: 11", "<a " BAD_CHAR, INPUT("<a>&#11;</a>")},
    {"4.1, legal character: 31", "<a " BAD_CHAR, INPUT("<a>&#31;</a>")},
    {"4.1, legal character: 0 in a value", BAD_CHAR, INPUT("<a b='&#0;'/>")},
    {"4.1, legal character: the first surrogate (fault 60)", "<a " BAD_CHAR, INPUT("<a>&#xD800;</a>")},
    {"4.1, legal character: the last surrogate", "<a " BAD_CHAR, INPUT("<a>&#xDFFF;</a>")},
    {"4.1, legal character: a pair of surrogates", "<a " BAD_CHAR, INPUT("<a>&#xD83D;&#xDE00;</a>")},
    {"4.1, legal character: U+FFFE", "<a " BAD_CHAR, INPUT("<a>&#xFFFE;</a>")},
    {"4.1, legal character: U+FFFF", "<a " BAD_CHAR, INPUT("<a>&#65535;</a>")},
    {"4.1, legal character: U+110000 (fault 60)", "<a " BAD_CHAR, INPUT("<a>&#x110000;</a>")},
    {"4.1, legal character: eleven digits (fault 60)", "<a " BAD_CHAR, INPUT("<a>&#99999999999;</a>")},
    {"4.1, legal character: 2^32 + 65", "<a " BAD_CHAR, INPUT("<a>&#4294967361;</a>")},
    {"4.1, legal character: 2^32 + 65, hexadecimal", "<a " BAD_CHAR, INPUT("<a>&#x100000041;</a>")},

    {"LIMIT_XML_DEPTH: one above (fault 57)", "<a <a <a <a <a <a <a <a <a <a <a <a <a <a <a <a BAD nested too deeply",
     LONG_INPUT("", "<a>", LIMIT_XML_DEPTH + 1, "")},
    {"LIMIT_XML_DEPTH: 100,000 (fault 57)", "<a <a <a <a <a <a <a <a <a <a <a <a <a <a <a <a BAD nested too deeply",
     LONG_INPUT("", "<a>", 100000, "")},
    {"LIMIT_XML_NAME: one above", "BAD an element's name is too long", INPUT("<" NAME48 "w/>")},
    {"LIMIT_XML_NAME: a megabyte", "BAD an element's name is too long", LONG_INPUT("<", "a", 1 << 20, "/>")},
    {"LIMIT_XML_NAME: of an attribute one above", "BAD an attribute's name is too long", INPUT("<a " NAME48 "w=''/>")},
    {"LIMIT_XML_ATTRIBUTES: one above", "BAD too many attributes", INPUT("<a a='' b='' c='' d='' e='' f='' g='' h='' i=''/>")},
};

/* --- Text at its limit: what is kept is a prefix, and of this element only */

struct text {
    const char *name;
    size_t bytes;
};

static const struct text texts[] = {
    {"LIMIT_XML_TEXT: one below", LIMIT_XML_TEXT - 1},
    {"LIMIT_XML_TEXT: at it", LIMIT_XML_TEXT},
    {"LIMIT_XML_TEXT: one above", LIMIT_XML_TEXT + 1},
    {"LIMIT_XML_TEXT: a megabyte", 1 << 20},
};

static void test_text(void **state)
{
    const struct text *row = *state;
    static char trace[SPLIT_TRACE];
    struct input in = LONG_INPUT("<a><b>", "x", row->bytes, "</b><c>y</c></a>");
    struct slice input = input_make(&in);
    struct buf b = BUF_OF(trace);
    buf_puts(&b, "<a <b b'");
    for (size_t i = 0; i < row->bytes && i < LIMIT_XML_TEXT; i++)
        buf_putc(&b, 'x');
    buf_puts(&b, "'> <c c'y'> a> DONE");
    split_check(&reader, input, buf_text(&b));
    slice_free(input);
}

/* What is decoded byte by byte is dropped there too. */
static void test_references_beyond_the_limit(void **state)
{
    static char trace[SPLIT_TRACE];
    struct input in = LONG_INPUT("<a>", "x", LIMIT_XML_TEXT - 1, "&#xE4;\r\n&amp;</a>");
    struct slice input = input_make(&in);
    struct buf b = BUF_OF(trace);
    (void)state;
    buf_puts(&b, "<a a'");
    for (size_t i = 0; i < LIMIT_XML_TEXT - 1; i++)
        buf_putc(&b, 'x');
    buf_puts(&b, "\xC3'> DONE");
    split_check(&reader, input, buf_text(&b));
    slice_free(input);
}

static void text_beyond_its_place_is_dropped(void **state)
{
    (void)state;
    static const char document[] = "<a><b>0123456789</b><c>01234567</c></a>"
        "                                                                                                                                ";
    static struct xml x;
    char eight[9] = "........";
    struct err e = {0};
    struct slice in = S(document);
    xml_start(&x, (struct buf){eight, 0, 8, false});
    for (unsigned closed = 0; closed < 2;) {
        if (xml_next(&x, &in, &e) != XML_CLOSE)
            continue;
        assert_string_equal(eight, "01234567");
        assert_int_equal(xml_text(&x).len, 8);
        closed++;
    }
}

/* --- Size is no matter: documents far larger than any memory we keep (fault 57) */

static void take(struct xml *x, struct slice in, enum xml_event expected)
{
    struct err e = {0};
    enum xml_event event, last = XML_MORE;
    while ((event = xml_next(x, &in, &e)) != XML_MORE && event != XML_BAD)
        last = event;
    assert_int_equal(event, XML_MORE);
    assert_int_equal(last, expected);
}

static void a_million_siblings(void **state)
{
    (void)state;
    static struct xml x;
    xml_start(&x, BUF_OF(reader_text));
    take(&x, S("<a>"), XML_OPEN);
    for (size_t i = 0; i < 1000000; i++)
        take(&x, S("<b>1</b>"), XML_CLOSE);
    take(&x, S("</a>"), XML_CLOSE);
    assert_true(xml_is_done(&x));
}

static void an_element_of_eight_megabytes(void **state)
{
    (void)state;
    static struct xml x;
    static char megabyte[1 << 20];
    memset(megabyte, 'x', sizeof megabyte);
    xml_start(&x, BUF_OF(reader_text));
    take(&x, S("<a>"), XML_OPEN);
    for (size_t i = 0; i < 8; i++)
        take(&x, slice_make(megabyte, sizeof megabyte), XML_MORE);
    take(&x, S("</a>"), XML_CLOSE);
    assert_true(xml_is_done(&x));
}

/* --- Depth counts the element that the event is about */

static void depth_counts_the_element_of_the_event(void **state)
{
    (void)state;
    static const struct {
        enum xml_event event;
        unsigned depth;
    } expected[] = {{XML_OPEN, 1}, {XML_OPEN, 2}, {XML_CLOSE, 2}, {XML_OPEN, 2}, {XML_OPEN, 3}, {XML_CLOSE, 3}, {XML_CLOSE, 2}, {XML_CLOSE, 1}};
    static struct xml x;
    struct err e = {0};
    struct slice in = S("<a><b/><c><d></d></c></a>");
    xml_start(&x, BUF_OF(reader_text));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(xml_next(&x, &in, &e), expected[i].event);
        assert_int_equal(xml_depth(&x), expected[i].depth);
    }
    assert_int_equal(xml_next(&x, &in, &e), XML_MORE);
    assert_int_equal(xml_depth(&x), 0);
}

/* --- A reply of AWS, as it comes */

static const char reply[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<DescribeRouteTablesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n"
    "    <routeTableSet>\n"
    "        <item>\n"
    "            <routeTableId>rtb-0123456789abcdef0</routeTableId>\n"
    "            <routeSet><item><destinationCidrBlock>10.0.0.7/32</destinationCidrBlock><state>active</state></item></routeSet>\n"
    "            <propagatingVgwSet/>\n"
    "        </item>\n"
    "    </routeTableSet>\n"
    "</DescribeRouteTablesResponse>\n";

static const struct document replies[] = {
    {"fault 58: a listing of route tables",
     "<DescribeRouteTablesResponse <routeTableSet <item <routeTableId routeTableId'rtb-0123456789abcdef0'> "
     "<routeSet <item <destinationCidrBlock destinationCidrBlock'10.0.0.7/32'> <state state'active'> item> routeSet> "
     "<propagatingVgwSet propagatingVgwSet> item'\n        '> routeTableSet'\n    '> DescribeRouteTablesResponse'\n'> DONE",
     {{reply, sizeof reply - 1}, {NULL, 0}, 0, {NULL, 0}}},
};

/* --- Inputs made of those above */

static void changed_inputs(void **state)
{
    (void)state;
    static struct mutate m;
    mutate_start(&m);
    MUTATE_ROWS(&m, goods);
    MUTATE_ROWS(&m, mores);
    MUTATE_ROWS(&m, bads);
    MUTATE_ROWS(&m, replies);
    mutate_check(&m, &reader);
    mutate_end(&m);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_document, goods);
    SUITE_ROWS(&suite, test_good_prefixes, goods);
    SUITE_ROWS(&suite, test_good_damaged, goods);
    SUITE_ROWS(&suite, test_document, mores);
    SUITE_ROWS(&suite, test_document, bads);
    SUITE_ROWS(&suite, test_document, replies);
    SUITE_ROWS(&suite, test_good_prefixes, replies);
    SUITE_ROWS(&suite, test_text, texts);
    SUITE_TEST(&suite, test_references_beyond_the_limit);
    SUITE_TEST(&suite, any_byte_far_from_its_end);
    SUITE_TEST(&suite, text_beyond_its_place_is_dropped);
    SUITE_TEST(&suite, a_million_siblings);
    SUITE_TEST(&suite, an_element_of_eight_megabytes);
    SUITE_TEST(&suite, depth_counts_the_element_of_the_event);
    SUITE_TEST(&suite, changed_inputs);
    return suite_run(&suite, "wire/xml");
}
