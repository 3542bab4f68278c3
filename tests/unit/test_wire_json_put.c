/*
 * json_put: what is written is JSON, as wire/json's own reader has it, and says what was put; and what would be no JSON is
 * never left in a buffer that looks whole.
 */
#include "support.h"

#include "wire/json.h"
#include "wire/json_put.h"
#include "wire/utf8.h"

#include <stdio.h>

static char text[1 << 20];
static char scratch[1 << 16];

static struct buf whole_text(void)
{
    return (struct buf){text, 0, sizeof text, false};
}

/* A document's trace: { } [ ] as they are, key: 'string' number or word. */
static void read_back(struct slice document, struct buf *trace)
{
    static const char *const before[] = {"{ ", "[ ", "close ", "", "'", "", "", ""};
    static const char *const after[] = {"", "", "", ": ", "' ", " ", " ", ""};
    struct json j;
    enum json_kind kind;
    struct slice token;
    struct err e = {0};
    json_start(&j, document, BUF_OF(scratch));
    do {
        if (!json_next(&j, &kind, &token, &e))
            fail_msg("%s in\n%.*s", e.text, (int)document.len, document.at);
        buf_puts(trace, before[kind]);
        buf_put(trace, token);
        buf_puts(trace, after[kind]);
    } while (kind != JSON_END);
}

/* --- What it looks like */

static void put_sample(struct json_put *j)
{
    json_put_object(j, NULL);
    json_put_string(j, "s", S("a\"b"));
    json_put_number(j, "n", -1);
    json_put_array(j, "list");
    json_put_bool(j, NULL, true);
    json_put_array(j, NULL);
    json_put_close(j);
    json_put_object(j, NULL);
    json_put_close(j);
    json_put_close(j);
    json_put_text(j, "none", "");
    json_put_text(j, "nothing", NULL);
    json_put_text(j, "some", "x");
    json_put_end(j);
}

static void test_on_one_line(void **state)
{
    struct buf out = whole_text();
    struct json_put j;
    (void)state;
    json_put_start(&j, &out, 0);
    put_sample(&j);
    assert_string_equal(buf_text(&out), "{\"s\":\"a\\\"b\",\"n\":-1,\"list\":[true,[],{}],\"none\":null,\"nothing\":null,\"some\":\"x\"}\n");
    assert_false(out.full);
}

static void test_on_lines(void **state)
{
    struct buf out = whole_text();
    struct json_put j;
    (void)state;
    json_put_start(&j, &out, 2);
    put_sample(&j);
    assert_string_equal(buf_text(&out), "{\n"
                                        "  \"s\": \"a\\\"b\",\n"
                                        "  \"n\": -1,\n"
                                        "  \"list\": [\n"
                                        "    true,\n"
                                        "    [],\n"
                                        "    {}\n"
                                        "  ],\n"
                                        "  \"none\": null,\n"
                                        "  \"nothing\": null,\n"
                                        "  \"some\": \"x\"\n"
                                        "}\n");
}

static void test_a_document_of_one_value(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    static const char *const shown[] = {"0\n", "1\n", "-1\n", "9223372036854775807\n", "-9223372036854775808\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct buf out = whole_text();
        struct json_put j;
        json_put_start(&j, &out, 2);
        json_put_number(&j, NULL, numbers[i]);
        json_put_end(&j);
        assert_string_equal(buf_text(&out), shown[i]);
    }
}

/* RFC 8259, section 7, and beyond it what a terminal would obey. */
static const struct {
    const char *name;
    struct slice given;
    const char *written;
} strings[] = {
    {"what has an escape of its own", LIT("\"\\\b\f\n\r\t/"), "\\\"\\\\\\b\\f\\n\\r\\t/"},
    {"NUL and ESC", LIT("\0\x1b["), "\\u0000\\u001b["},
    {"DEL", LIT("\x7f"), "\\u007f"},
    {"CSI in one byte", LIT("\xc2\x9b"), "\\u009b"},
    {"what turns the text round", LIT("\xe2\x80\xae"), "\\u202e"},
    {"what is a line's end to JavaScript", LIT("\xe2\x80\xa8"), "\\u2028"},
    {"beyond the first plane, a pair of surrogates", LIT("\xf3\xa0\x80\x81"), "\\udb40\\udc01"},
    {"letters stay", LIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"no UTF-8", LIT("a\xffz\xc3("), "a\xef\xbf\xbdz\xef\xbf\xbd("},
    {"a surrogate in UTF-8", LIT("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"cut in a character", LIT("\xf0\x9f\x98"), "\xef\xbf\xbd"},
};

static void test_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        char expected[64];
        struct buf out = whole_text();
        struct json_put j;
        struct slice given = slice_dup(strings[i].given);
        json_put_start(&j, &out, 0);
        json_put_string(&j, NULL, given);
        slice_free(given);
        (void)snprintf(expected, sizeof expected, "\"%s\"", strings[i].written);
        assert_string_equal(buf_text(&out), expected);
    }
}

/* --- What it means */

/* Every code point there is reads back as itself, key or value. */
static void test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t first = 0; first <= 0x10FFFF; first += 4096) {
        static char given_text[4 * 4096], trace_text[4 * 4096 + 8];
        struct buf given = BUF_OF(given_text), out = whole_text(), trace = BUF_OF(trace_text);
        struct json_put j;
        for (uint32_t c = first; c < first + 4096; c++)
            (void)utf8_put(&given, c);
        json_put_start(&j, &out, 0);
        json_put_string(&j, NULL, buf_slice(&given));
        assert_false(out.full);
        read_back(buf_slice(&out), &trace);
        assert_slice(slice_make(trace_text + 1, trace.len - 3), buf_slice(&given));
    }
}

static uint32_t seed;

static uint32_t chance(uint32_t most)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % most;
}

static void put_scalar(struct json_put *j, const char *key, struct buf *trace)
{
    static const char *const words[] = {"", "a", "\"\\\n", "\xc3\xa4"};
    uint32_t which = chance(4);
    int64_t number = (int64_t)chance(1000) - 500;
    switch (chance(4)) {
    case 0:
        json_put_string(j, key, slice_of(words[which]));
        buf_putf(trace, "'%s' ", words[which]);
        return;
    case 1:
        json_put_number(j, key, number);
        buf_putf(trace, "%d ", (int)number);
        return;
    case 2:
        json_put_bool(j, key, which == 0);
        buf_puts(trace, which == 0 ? "true " : "false ");
        return;
    default:
        json_put_null(j, key);
        buf_puts(trace, "null ");
    }
}

static void put_any(struct json_put *j, const char *key, struct buf *trace)
{
    bool object = chance(2) == 0;
    if (j->depth > 0 && (j->depth == LIMIT_JSON_DEPTH || chance(3) > 0)) {
        put_scalar(j, key, trace);
        return;
    }
    if (object)
        json_put_object(j, key);
    else
        json_put_array(j, key);
    buf_puts(trace, object ? "{ " : "[ ");
    for (uint32_t left = chance(5); left > 0; left--) {
        buf_puts(trace, object ? "k\n: " : "");
        put_any(j, object ? "k\n" : NULL, trace);
    }
    json_put_close(j);
    buf_puts(trace, "close ");
}

static void test_whatever_is_put_is_read(void **state)
{
    (void)state;
    for (seed = 0; seed < 20000; seed++) {
        static char put[1 << 16], got[1 << 16];
        struct buf out = whole_text(), put_trace = BUF_OF(put), got_trace = BUF_OF(got);
        struct json_put j;
        uint32_t again = seed;
        json_put_start(&j, &out, chance(3));
        put_any(&j, NULL, &put_trace);
        json_put_end(&j);
        read_back(buf_slice(&out), &got_trace);
        assert_false(out.full || put_trace.full || got_trace.full);
        assert_slice(buf_slice(&got_trace), buf_slice(&put_trace));
        seed = again;
    }
}

/* --- What would be no JSON */

static void two_values(struct json_put *j)
{
    json_put_null(j, NULL);
    json_put_null(j, NULL);
}

static void a_key_in_an_array(struct json_put *j)
{
    json_put_array(j, NULL);
    json_put_null(j, "k");
}

static void a_key_at_the_top(struct json_put *j)
{
    json_put_object(j, "k");
}

static void no_key_in_an_object(struct json_put *j)
{
    json_put_object(j, NULL);
    json_put_array(j, NULL);
}

static void one_close_too_many(struct json_put *j)
{
    json_put_object(j, NULL);
    json_put_close(j);
    json_put_close(j);
}

static void one_level_too_many(struct json_put *j)
{
    for (unsigned i = 0; i <= LIMIT_JSON_DEPTH; i++)
        json_put_array(j, NULL);
}

static void test_no_json(void **state)
{
    static void (*const rows[])(struct json_put *j) = {two_values, a_key_in_an_array, a_key_at_the_top, no_key_in_an_object, one_close_too_many,
                                                      one_level_too_many};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = whole_text();
        struct json_put j;
        json_put_start(&j, &out, 2);
        rows[i](&j);
        json_put_end(&j);
        if (!out.full)
            fail_msg("row %zu left %.*s", i, (int)out.len, out.at);
    }
}

/* As deep as may be, and never one byte beyond a buffer of any size. */
static void test_no_room(void **state)
{
    struct buf out = whole_text();
    struct json_put j;
    (void)state;
    json_put_start(&j, &out, 1);
    for (unsigned i = 0; i < LIMIT_JSON_DEPTH; i++)
        json_put_array(&j, NULL);
    json_put_string(&j, NULL, S("\x1b\xf0\x9f\x98\x80"));
    json_put_end(&j);
    assert_false(out.full);
    for (size_t cap = 0; cap <= out.len; cap++) {
        struct slice room = slice_dup(slice_make(text, cap));
        struct buf small = {(char *)(uintptr_t)room.at, 0, cap, false};
        json_put_start(&j, &small, 1);
        for (unsigned i = 0; i < LIMIT_JSON_DEPTH; i++)
            json_put_array(&j, NULL);
        json_put_string(&j, NULL, S("\x1b\xf0\x9f\x98\x80"));
        json_put_end(&j);
        assert_int_equal(small.full, cap < out.len);
        slice_free(room);
    }
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_on_one_line);
    SUITE_TEST(&suite, test_on_lines);
    SUITE_TEST(&suite, test_a_document_of_one_value);
    SUITE_TEST(&suite, test_strings);
    SUITE_TEST(&suite, test_every_code_point);
    SUITE_TEST(&suite, test_whatever_is_put_is_read);
    SUITE_TEST(&suite, test_no_json);
    SUITE_TEST(&suite, test_no_room);
    return suite_run(&suite, "wire/json_put");
}
