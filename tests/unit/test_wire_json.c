/*
 * json: the grammar of RFC 8259, clause by clause: `goods` must be accepted, `bads` must be refused, and `choices` are what
 * the RFC leaves to a reader, with what this one does. A document is in memory as a whole, so there is nothing to split; its
 * prefixes are refused. Faults, row 68.
 */
#include "mutate.h"

#include "wire/json.h"

#include <stdio.h>

#define SCRATCH 32

/* A document's trace: { } [ ] as they are, key:  'string'  number or word  and END or BAD why. */
static bool tell(struct buf *trace, enum json_kind kind, struct slice text)
{
    static const char *const before[] = {"{", "[", "close", "", "'", "", "", "END"};
    static const char *const after[] = {" ", " ", " ", ": ", "' ", " ", " ", ""};
    buf_puts(trace, before[kind]);
    buf_put(trace, text);
    buf_puts(trace, after[kind]);
    return kind != JSON_END;
}

/* The scratch memory is a block of its own, so that the sanitizer watches its end. */
static void trace_of(struct slice document, char *trace, size_t cap)
{
    struct slice scratch = slice_dup(slice_make("0123456789abcdef0123456789abcdef", SCRATCH));
    struct buf out = {trace, 0, cap, false};
    struct json j;
    enum json_kind kind;
    struct slice text;
    struct err e = {0};
    bool more = true;
    json_start(&j, document, (struct buf){(char *)(uintptr_t)scratch.at, 0, SCRATCH, false});
    while (more) {
        if (!json_next(&j, &kind, &text, &e)) {
            assert_int_equal(text.len, 0);
            assert_refused(false, &e, ERR_IDENTITY, "not the JSON expected: ");
            buf_putf(&out, "BAD %s", strchr(e.text, ':') + 2);
            break;
        }
        assert_int_equal(e.kind, ERR_OK);
        more = tell(&out, kind, text);
    }
    assert_non_null(buf_text(&out));
    assert_false(out.full);
    slice_free(scratch);
}

struct document {
    const char *name;
    const char *trace;
    struct input input;
};

static void test_document(void **state)
{
    const struct document *row = *state;
    struct slice input = input_make(&row->input);
    char trace[1024];
    trace_of(input, trace, sizeof trace);
    assert_string_equal(trace, row->trace);
    slice_free(input);
}

/* --- Accepted. The trace of a document without its END, as every one has it. */

#define D16 "[[[[[[[[[[[[[[[["
#define U16 "]]]]]]]]]]]]]]]]"
#define OPEN16 "[ [ [ [ [ [ [ [ [ [ [ [ [ [ [ [ "
#define CLOSE16 "close close close close close close close close close close close close close close close close "
#define S31 "0123456789012345678901234567890"

static const struct document goods[] = {
    {"2: white space of four kinds around each token", "{ a: [ 1 2 close close END", INPUT(" \t\r\n{ \"a\" : [ 1 , 2 ] } \t\r\n")},
    {"2: no white space", "{ a: [ 1 2 close close END", INPUT("{\"a\":[1,2]}")},
    {"2: a string alone", "'a' END", INPUT("\"a\"")},
    {"2: a number alone", "0 END", INPUT("0")},
    {"2: a word alone", "null END", INPUT("null ")},
    {"3: the three words", "[ true false null close END", INPUT("[true,false,null]")},
    {"4: an empty object", "{ close END", INPUT("{ }")},
    {"4: members in their order", "{ b: 1 a: 2 close END", INPUT("{\"b\":1,\"a\":2}")},
    {"4: white space around colon and comma only", "{ a: 1 b: 2 close END", INPUT("{\"a\"\n:\n1\n,\n\"b\"\n:\n2}")},
    {"4: a value of each kind", "{ a: { close b: [ close c: 's' d: 1 e: true close END",
     INPUT("{\"a\":{},\"b\":[],\"c\":\"s\",\"d\":1,\"e\":true}")},
    {"4: a key like a word, a number, a bracket", "{ null: 1 1: 2 {: 3 close END", INPUT("{\"null\":1,\"1\":2,\"{\":3}")},
    {"4: an empty key", "{ : 1 close END", INPUT("{\"\":1}")},
    {"4, 7: an escape in a key is decoded (fault 69)", "{ Secret: 1 close END", INPUT("{\"\\u0053ecret\":1}")},
    {"4: objects in objects", "{ a: { b: { close close c: 1 close END", INPUT("{\"a\":{\"b\":{}},\"c\":1}")},
    {"5: an empty array", "[ close END", INPUT("[]")},
    {"5: values of all kinds", "[ { close [ close 's' 1 null close END", INPUT("[{},[],\"s\",1,null]")},
    {"5, 4: a comma means another thing in each", "[ { a: [ 1 close b: 2 close 3 close END", INPUT("[{\"a\":[1],\"b\":2},3]")},
    {"5: arrays side by side", "[ [ close [ [ close close close END", INPUT("[[],[[]]]")},
    {"5: words that touch brackets", "[ [ null close { a: false close close END", INPUT("[[null],{\"a\":false}]")},
    {"6: zero in all its forms", "[ 0 0.0 0e0 0E-0 -0.0e+0 close END", INPUT("[0,0.0,0e0,0E-0,-0.0e+0]")},
    {"6: zeros where they may stand", "[ 10 100.001 1e007 close END", INPUT("[10,100.001,1e007]")},
    {"6: negative ones", "[ -1 -10 -1.5 -1e1 close END", INPUT("[-1,-10,-1.5,-1e1]")},
    {"6: white space ends one", "1.5 END", INPUT("1.5 \n")},
    {"6: zero and minus zero", "[ 0 -0 close END", INPUT("[0,-0]")},
    {"6: all parts of a number", "[ -12.034E+05 1e1 1E-1 0.5 close END", INPUT("[-12.034E+05,1e1,1E-1,0.5]")},
    {"7: an empty string", "'' END", INPUT("\"\"")},
    {"7: every printable byte", "' !#$%&'()*+,-./:;<=>?@' END", INPUT("\" !#$%&'()*+,-./:;<=>?@\"")},
    {"7: brackets, letters, DEL", "'[]^_`{|}~\x7f' END", INPUT("\"[]^_`{|}~\x7f\"")},
    {"7: the eight escapes", "'\"\\/\b\f\n\r\t' END", INPUT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")},
    {"7: four hexadecimal digits in both cases", "'\xc3\xa9\xea\xaf\x8d' END", INPUT("\"\\u00E9\\uabCD\"")},
    {"7: the least and the greatest of one, two and three bytes", "'\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80' END",
     INPUT("\"\\u0001\\u007F\\u0080\\u07fF\\u0800\"")},
    {"7: escaped characters that need not be", "'a/ z' END", INPUT("\"\\u0061\\u002f\\u0020z\"")},
    {"7: backslashes by twos and threes", "[ '\\\\' '\\\"' close END", INPUT("[\"\\\\\\\\\",\"\\\\\\\"\"]")},
    {"7: two pairs side by side", "'\xf0\x9f\x98\x80\xf0\x9f\x98\x81' END", INPUT("\"\\uD83D\\uDE00\\ud83d\\ude01\"")},
    {"7: brackets, commas and colons in one", "[ ']},:[{' close END", INPUT("[\"]},:[{\"]")},
    {"7: a comment in one is text", "'/*x*///' END", INPUT("\"/*x*///\"")},
    {"7: an escaped quote does not end it", "'a\"b' END", INPUT("\"a\\\"b\"")},
    {"7: nor does an escaped backslash before the end", "'a\\' END", INPUT("\"a\\\\\"")},
    {"7: the first pair of surrogates", "'\xf0\x90\x80\x80' END", INPUT("\"\\uD800\\uDC00\"")},
    {"7: the last pair", "'\xf4\x8f\xbf\xbf' END", INPUT("\"\\udbff\\udfff\"")},
    {"7: what is next to the surrogates", "'\xed\x9f\xbf\xee\x80\x80' END", INPUT("\"\\uD7FF\\uE000\"")},
    {"8.1: UTF-8 of two, three and four bytes", "'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80' END", INPUT("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"")},
    {"8.1: the edges of UTF-8", "'\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf' END",
     INPUT("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"")},
    {"scratch: one below", "'" S31 "' END", INPUT("\"" S31 "\"")},
    {"scratch: at it, for each string anew", "[ '" S31 "x' '" S31 "y' close END", INPUT("[\"" S31 "x\",\"" S31 "y\"]")},
    {"scratch: at it with an escape", "'" S31 "\n' END", INPUT("\"" S31 "\\n\"")},
    {"LIMIT_JSON_DEPTH: at it", OPEN16 CLOSE16 "END", INPUT(D16 U16)},
    {"LIMIT_JSON_DEPTH: of open ones only", OPEN16 "close { " CLOSE16 "END", INPUT(D16 "],{}]]]]]]]]]]]]]]]")},
    {"2: credentials as the metadata service writes them", "{ Code: 'Success' Expiration: '2030-01-01T00:00:00Z' close END",
     INPUT("{\n  \"Code\" : \"Success\",\n  \"Expiration\" : \"2030-01-01T00:00:00Z\"\n}")},
};

/* --- What the RFC leaves to the reader. What is refused for the same reason stands among `bads`, under the clause. */

static const struct document choices[] = {
    {"4: duplicate keys are for the caller to see (fault 69)", "{ a: 1 a: 2 close END", INPUT("{\"a\":1,\"a\":2}")},
    {"4: so are keys that only an escape tells apart", "{ a: 1 a: 2 close END", INPUT("{\"a\":1,\"\\u0061\":2}")},
    {"6: a number too large for anything is not judged", "123456789012345678901234567890e999 END",
     INPUT("123456789012345678901234567890e999")},
    {"6: nor one too small", "-1e-9999999999 END", INPUT("-1e-9999999999")},
    {"6: nor one with more digits than a double has", "0.1234567890123456789012345678901 END", INPUT("0.1234567890123456789012345678901")},
    {"7: U+FFFF is a character", "'\xef\xbf\xbf' END", INPUT("\"\\uFFFF\"")},
    {"7: so is U+FFFE, escaped or not", "'\xef\xbf\xbe\xef\xbf\xbe' END", INPUT("\"\\uFFFE\xef\xbf\xbe\"")},
    {"7: so are U+FDD0 and U+10FFFF", "'\xef\xb7\x90\xf4\x8f\xbf\xbf' END", INPUT("\"\\uFDD0\\uDBFF\\uDFFF\"")},
    {"8.2: a surrogate alone is refused", "[ BAD a bad escape in a string", INPUT("[\"\\uDFAA\"]")},
    {"8.2: so is one before its like", "[ BAD a bad escape in a string", INPUT("[\"\\uD888\\uD888\"]")},
    {"8.2: so is a pair in the wrong order", "[ BAD a bad escape in a string", INPUT("[\"\\uDd1e\\uD834\"]")},
    {"8.1: a byte order mark is refused", "BAD no value where one must be", INPUT("\xef\xbb\xbf[]")},
    {"8.1: one inside a string is a character", "'\xef\xbb\xbf' END", INPUT("\"\xef\xbb\xbf\"")},
    {"9: nesting beyond LIMIT_JSON_DEPTH is refused", OPEN16 "BAD nested too deeply", INPUT(D16 "[" U16 "]")},
    {"9: a string beyond the room for it is refused", "BAD a string is too long", INPUT("\"" S31 "0123456789\"")},
};

/* A document that ends before its last bracket or quote is refused; what a number says may be complete at any digit. */
static void test_good_prefixes(void **state)
{
    const struct document *row = *state;
    struct slice input = input_make(&row->input);
    size_t whole = input.len;
    while (!strchr("}]\"", input.at[whole - 1]) && whole > 1)
        whole--;
    for (size_t len = 0; len < whole; len++) {
        char trace[1024];
        struct slice prefix = slice_dup(slice_make(input.at, len));
        trace_of(prefix, trace, sizeof trace);
        assert_non_null(strstr(trace, "BAD "));
        slice_free(prefix);
    }
    slice_free(input);
}

/* --- Refused */

#define BAD_VALUE "BAD no value where one must be"
#define BAD_COMMA "BAD no comma and no closing bracket"
#define BAD_KEY "BAD no key where one must be"
#define BAD_COLON "BAD no colon after a key"
#define BAD_AFTER "BAD something follows the document"
#define BAD_BYTE "BAD a string holds a byte that it may not"
#define BAD_ESCAPE "BAD a bad escape in a string"
#define BAD_END "BAD a string does not end"
#define BAD_LONG "BAD a string is too long"
#define BAD_DEPTH "BAD nested too deeply"

static const struct document bads[] = {
    {"2: nothing", BAD_VALUE, INPUT("")},
    {"2: white space only", BAD_VALUE, INPUT(" \n")},
    {"2: two values", "1 " BAD_AFTER, INPUT("1 2")},
    {"2: a comma after the document", "{ close " BAD_AFTER, INPUT("{},")},
    {"2: a bracket too many", "[ close " BAD_AFTER, INPUT("[]]")},
    {"2: NUL after the document", "{ close " BAD_AFTER, INPUT("{}\0")},
    {"2: a form feed is no white space", BAD_VALUE, INPUT("\f1")},
    {"2: nor is a no-break space", "[ " BAD_VALUE, INPUT("[\xc2\xa0]")},
    {"2: a comment", "{ " BAD_KEY, INPUT("{/**/}")},
    {"2: a comment after the document", "{ close " BAD_AFTER, INPUT("{}//")},
    {"2: HTML", BAD_VALUE, INPUT("<html></html>")},
    {"8.1: a byte order mark", BAD_VALUE, INPUT("\xef\xbb\xbf{}")},
    {"8.1: UTF-16", BAD_VALUE, INPUT("\xff\xfe{\0}\0")},
    {"8.1: UTF-16 without a mark", "{ " BAD_KEY, INPUT("{\0}\0")},
    {"3: upper case", BAD_VALUE, INPUT("True")},
    {"3: a word cut short", BAD_VALUE, INPUT("tru")},
    {"3: a word with more behind it", "true " BAD_AFTER, INPUT("truer")},
    {"3: a word of another language", BAD_VALUE, INPUT("undefined")},
    {"3: NUL", BAD_VALUE, INPUT("\0")},

    {"2: a comma alone", BAD_VALUE, INPUT(",")},
    {"2: a colon alone", BAD_VALUE, INPUT(":")},
    {"2: a document and a key", "[ close " BAD_AFTER, INPUT("[]\"a\"")},
    {"2: a vertical tab is no white space", "[ " BAD_VALUE, INPUT("[\x0b]")},
    {"2: nor is a byte order mark between tokens", "[ " BAD_VALUE, INPUT("[\xef\xbb\xbf]")},
    {"2: nor are U+2028 and U+2060", "[ 1 " BAD_COMMA, INPUT("[1\xe2\x80\xa8\xe2\x81\xa0]")},
    {"2: a '#' behind it", "{ close " BAD_AFTER, INPUT("{}#")},
    {"3: words cut in an array", "[ " BAD_VALUE, INPUT("[nul]")},
    {"3: words without a comma between", "[ true " BAD_COMMA, INPUT("[true false]")},
    {"3: None of another language", BAD_VALUE, INPUT("None")},
    {"4: a comma last", "{ a: 1 " BAD_KEY, INPUT("{\"a\":1,}")},
    {"4: a comma first", "{ " BAD_KEY, INPUT("{,\"a\":1}")},
    {"4: two commas", "{ a: 1 " BAD_KEY, INPUT("{\"a\":1,,\"b\":2}")},
    {"4: no comma", "{ a: 1 " BAD_COMMA, INPUT("{\"a\":1 \"b\":2}")},
    {"4: no colon", "{ " BAD_COLON, INPUT("{\"a\" 1}")},
    {"4: a comma for the colon", "{ " BAD_COLON, INPUT("{\"a\",1}")},
    {"4: two colons", "{ a: " BAD_VALUE, INPUT("{\"a\"::1}")},
    {"4: no value", "{ a: " BAD_VALUE, INPUT("{\"a\":}")},
    {"4: no key", "{ " BAD_KEY, INPUT("{:1}")},
    {"4: a number for a key", "{ " BAD_KEY, INPUT("{1:1}")},
    {"4: a key without quotes", "{ " BAD_KEY, INPUT("{a:1}")},
    {"4: a key in single quotes", "{ " BAD_KEY, INPUT("{'a':1}")},
    {"4: the other bracket", "{ a: 1 " BAD_COMMA, INPUT("{\"a\":1]")},
    {"4: the other bracket at once", "{ " BAD_KEY, INPUT("{]")},
    {"4: a colon in an array", "[ 'a' " BAD_COMMA, INPUT("[\"a\":1]")},
    {"4: a word for a key", "{ " BAD_KEY, INPUT("{null:1}")},
    {"4: an object for a key", "{ " BAD_KEY, INPUT("{{}:1}")},
    {"4: two values", "{ a: 1 " BAD_COMMA, INPUT("{\"a\":1 2}")},
    {"4: a key alone", "{ " BAD_COLON, INPUT("{\"a\"}")},
    {"4: a semicolon", "{ a: 1 " BAD_COMMA, INPUT("{\"a\":1;\"b\":2}")},
    {"4: an equals sign", "{ " BAD_COLON, INPUT("{\"a\"=1}")},
    {"5: a comma last", "[ 1 " BAD_VALUE, INPUT("[1,]")},
    {"5: a comma first", "[ " BAD_VALUE, INPUT("[,1]")},
    {"5: two commas", "[ 1 " BAD_VALUE, INPUT("[1,,2]")},
    {"5: no comma", "[ 1 " BAD_COMMA, INPUT("[1 2]")},
    {"5: no comma between arrays", "[ [ close " BAD_COMMA, INPUT("[[][]]")},
    {"5: a semicolon", "[ 1 " BAD_COMMA, INPUT("[1;2]")},
    {"5: the other bracket", "[ 1 " BAD_COMMA, INPUT("[1}")},
    {"5: the other bracket at once", "[ " BAD_VALUE, INPUT("[}")},
    {"5: a bracket first", BAD_VALUE, INPUT("]")},

    {"6: a leading zero", BAD_VALUE, INPUT("01")},
    {"6: a leading zero after minus", BAD_VALUE, INPUT("-01")},
    {"6: two zeros", BAD_VALUE, INPUT("00")},
    {"6: two zeros and a fraction", BAD_VALUE, INPUT("-00.0")},
    {"6: plus", BAD_VALUE, INPUT("+1")},
    {"6: minus alone", BAD_VALUE, INPUT("-")},
    {"6: two minus", BAD_VALUE, INPUT("--1")},
    {"6: a blank after minus", BAD_VALUE, INPUT("- 1")},
    {"6: no digit before the point", BAD_VALUE, INPUT(".5")},
    {"6: no digit after the point", BAD_VALUE, INPUT("1.")},
    {"6: an exponent after the point", BAD_VALUE, INPUT("1.e1")},
    {"6: an underscore", "1 " BAD_AFTER, INPUT("1_000")},
    {"6: a comma for the point", "[ 1 2 3 4 " BAD_COMMA, INPUT("[1,2,3,4 5]")},
    {"6: a blank inside", "[ 1 " BAD_COMMA, INPUT("[1 000]")},
    {"6: minus behind it", "1 " BAD_AFTER, INPUT("1-")},
    {"6: a plus in an array", "[ " BAD_VALUE, INPUT("[+1]")},
    {"6: digits that are none of ASCII", BAD_VALUE, INPUT("\xef\xbc\x91")},
    {"6: two exponents", "1e1 " BAD_AFTER, INPUT("1e1e1")},
    {"6: two points", "1.2 " BAD_AFTER, INPUT("1.2.3")},
    {"6: no exponent", BAD_VALUE, INPUT("1e")},
    {"6: a sign for the exponent", BAD_VALUE, INPUT("1e+")},
    {"6: two signs", BAD_VALUE, INPUT("1e+-1")},
    {"6: a fraction of an exponent", "1e1 " BAD_AFTER, INPUT("1e1.5")},
    {"6: hexadecimal", "0 " BAD_AFTER, INPUT("0x1")},
    {"6: a letter behind it", "1 " BAD_AFTER, INPUT("1a")},
    {"6: NUL behind it", "1 " BAD_AFTER, INPUT("1\0")},
    {"6: NaN", BAD_VALUE, INPUT("NaN")},
    {"6: Infinity", BAD_VALUE, INPUT("-Infinity")},

    {"7: no end", BAD_END, INPUT("\"a")},
    {"7: a quote alone", BAD_END, INPUT("\"")},
    {"7: an end that is escaped", BAD_END, INPUT("\"a\\\"")},
    {"7: single quotes", BAD_VALUE, INPUT("'a'")},
    {"7: NUL (fault 71)", BAD_BYTE, INPUT("\"\0\"")},
    {"7: LF (fault 71)", BAD_BYTE, INPUT("\"a\nb\"")},
    {"7: CR (fault 71)", BAD_BYTE, INPUT("\"a\rb\"")},
    {"7: a tab", BAD_BYTE, INPUT("\"\t\"")},
    {"7: the last control byte", BAD_BYTE, INPUT("\"\x1f\"")},
    {"7: a control byte in a key", "{ " BAD_BYTE, INPUT("{\"\n\":1}")},
    {"7: an unknown escape", BAD_ESCAPE, INPUT("\"\\x41\"")},
    {"7: an octal escape", BAD_ESCAPE, INPUT("\"\\101\"")},
    {"7: an escape in upper case", BAD_ESCAPE, INPUT("\"\\N\"")},
    {"7: 'U'", BAD_ESCAPE, INPUT("\"\\U0041\"")},
    {"7: a single quote", BAD_ESCAPE, INPUT("\"\\'\"")},
    {"7: an escaped NUL", BAD_ESCAPE, INPUT("\"\\\0\"")},
    {"7: an escaped LF", BAD_ESCAPE, INPUT("\"\\\n\"")},
    {"7: a backslash last", BAD_ESCAPE, INPUT("\"\\")},
    {"7: three digits", BAD_ESCAPE, INPUT("\"\\u004\"")},
    {"7: digits that end with the document", BAD_ESCAPE, INPUT("\"\\u004")},
    {"7: four digits that end with the document", BAD_END, INPUT("\"\\u0041")},
    {"7: 'g' for a digit", BAD_ESCAPE, INPUT("\"\\u004g\"")},
    {"7: a blank for a digit", BAD_ESCAPE, INPUT("\"\\u 041\"")},
    {"7: a high surrogate alone", BAD_ESCAPE, INPUT("\"\\uD800\"")},
    {"7: one before a letter", BAD_ESCAPE, INPUT("\"\\uD800abcdef\"")},
    {"7: one before another escape", BAD_ESCAPE, INPUT("\"\\uD800\\n\"")},
    {"7: one before another character", BAD_ESCAPE, INPUT("\"\\uD800\\u0041\"")},
    {"7: two high ones", BAD_ESCAPE, INPUT("\"\\uD800\\uDBFF\"")},
    {"7: one before what is after the low ones", BAD_ESCAPE, INPUT("\"\\uD800\\uE000\"")},
    {"7: a bad escape in a key", "{ " BAD_ESCAPE, INPUT("{\"\\q\":1}")},
    {"7: braces", BAD_ESCAPE, INPUT("\"\\u{41}\"")},
    {"7: a sign for a digit", BAD_ESCAPE, INPUT("\"\\u+041\"")},
    {"7: half of a pair", BAD_ESCAPE, INPUT("\"\\uD800\\uDC\"")},
    {"7: the first low one alone", BAD_ESCAPE, INPUT("\"\\uDC00\"")},
    {"7: the last low one alone", BAD_ESCAPE, INPUT("\"\\uDFFF\"")},
    {"7: two low ones", BAD_ESCAPE, INPUT("\"\\uDC00\\uDC00\"")},
    {"8.1: a byte that starts nothing", BAD_BYTE, INPUT("\"\xff\"")},
    {"8.1: Latin-1", BAD_BYTE, INPUT("\"\xe9\"")},
    {"8.1: an overlong form", BAD_BYTE, INPUT("\"\xc0\xa2\"")},
    {"8.1: an overlong form of three bytes", BAD_BYTE, INPUT("\"\xe0\x9f\xbf\"")},
    {"8.1: one of four", BAD_BYTE, INPUT("\"\xf0\x8f\xbf\xbf\"")},
    {"8.1: beyond U+10FFFF", BAD_BYTE, INPUT("\"\xf4\x90\x80\x80\"")},
    {"8.1: a form of five bytes", BAD_BYTE, INPUT("\"\xf8\x88\x80\x80\x80\"")},
    {"8.1: a surrogate", BAD_BYTE, INPUT("\"\xed\xa0\x80\"")},
    {"8.1: a sequence cut by an escape", BAD_BYTE, INPUT("\"\xc3\\n\"")},
    {"8.1: a sequence cut by the end", BAD_BYTE, INPUT("\"\xe2\x82\"")},
    {"8.1: a bad byte in a key", "{ " BAD_BYTE, INPUT("{\"\x80\":1}")},

    {"scratch: one above", BAD_LONG, INPUT("\"" S31 "xy\"")},
    {"scratch: one above with an escape of two bytes", BAD_LONG, INPUT("\"" S31 "\\u00e9\"")},
    {"scratch: a key one above", "{ " BAD_LONG, INPUT("{\"" S31 "xy\":1}")},
    {"scratch: 100 KB (fault 71)", BAD_LONG, LONG_INPUT("\"", "x", 102400, "\"")},
    {"LIMIT_JSON_DEPTH: one above", OPEN16 BAD_DEPTH, INPUT(D16 "[]" U16)},
    {"LIMIT_JSON_DEPTH: one above, an object", OPEN16 BAD_DEPTH, INPUT(D16 "{}" U16)},
    {"LIMIT_JSON_DEPTH: 100,000", OPEN16 BAD_DEPTH, LONG_INPUT("", "[", 100000, "")},
    {"LIMIT_JSON_DEPTH: 50,000 objects in arrays", "[ { : [ { : [ { : [ { : [ { : [ { : [ { : [ { : " BAD_DEPTH,
     LONG_INPUT("", "[{\"\":", 50000, "")},
};

/* RFC 8259, section 7: a NUL may be escaped. It is a byte of the text, so that no prefix of it is taken for all. */
static void an_escaped_nul_is_a_byte(void **state)
{
    (void)state;
    char scratch[8];
    struct json j;
    enum json_kind kind;
    struct slice text;
    struct err e = {0};
    json_start(&j, S("\"a\\u0000b\""), BUF_OF(scratch));
    assert_accepted(json_next(&j, &kind, &text, &e), &e);
    assert_int_equal(kind, JSON_STRING);
    assert_slice(text, S("a\0b"));
}

static void no_document_is_refused(void **state)
{
    (void)state;
    char trace[64];
    trace_of(slice_of(NULL), trace, sizeof trace);
    assert_string_equal(trace, BAD_VALUE);
}

/* --- Documents made of those above */

static void changed_documents(void **state)
{
    (void)state;
    static struct mutate m;
    mutate_start(&m);
    MUTATE_ROWS(&m, goods);
    MUTATE_ROWS(&m, choices);
    MUTATE_ROWS(&m, bads);
    for (size_t i = 0; i < mutate_count(); i++) {
        char trace[SPLIT_TRACE];
        struct slice document = slice_dup(mutate_next(&m));
        trace_of(document, trace, sizeof trace);
        slice_free(document);
    }
    mutate_end(&m);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_document, goods);
    SUITE_ROWS(&suite, test_document, choices);
    SUITE_ROWS(&suite, test_good_prefixes, goods);
    SUITE_ROWS(&suite, test_document, bads);
    SUITE_TEST(&suite, an_escaped_nul_is_a_byte);
    SUITE_TEST(&suite, no_document_is_refused);
    SUITE_TEST(&suite, changed_documents);
    return suite_run(&suite, "wire/json");
}
