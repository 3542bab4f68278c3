/* text: slices read nothing past their end, buffers write nothing past theirs and remember what did not fit. */
#include "support.h"

#include <stdio.h>

/* --- Comparing */

struct compared {
    const char *name;
    struct slice slice;
    const char *string;
    bool eq;
    bool nocase;
    bool starts;
};

static const struct compared compared[] = {
    {"equal", LIT("Date"), "Date", true, true, true},
    {"equal but for case", LIT("dAtE"), "Date", false, true, false},
    {"one byte shorter", LIT("Dat"), "Date", false, false, false},
    {"one byte longer", LIT("Dates"), "Date", false, false, true},
    {"a NUL after it is a difference", LIT("Date\0"), "Date", false, false, true},
    {"a NUL inside it is a difference", LIT("D\0te"), "Date", false, false, false},
    {"longer than a word", LIT("destinationCidrBlock"), "destinationCidrBlock", true, true, true},
    {"as long as two words", LIT("transitGatewayId"), "transitGatewayId", true, true, true},
    {"the first word differs", LIT("DestinationCidrBlock"), "destinationCidrBlock", false, true, false},
    {"the last word differs", LIT("transitGatewayIn"), "transitGatewayId", false, false, false},
    {"what is left after words differs", LIT("destinationCidrBlocK"), "destinationCidrBlock", false, true, false},
    {"both empty", LIT(""), "", true, true, true},
    {"empty against something", LIT(""), "x", false, false, false},
    {"something against empty", LIT("x"), "", false, false, true},
    {"'@' and '`' are one bit apart and no letters", LIT("@"), "`", false, false, false},
    {"'[' and '{' are one bit apart and no letters", LIT("["), "{", false, false, false},
};

static void test_compared(void **state)
{
    const struct compared *row = *state;
    struct slice s = slice_dup(row->slice);
    assert_int_equal(slice_is(s, row->string), row->eq);
    assert_int_equal(slice_eq(s, slice_of(row->string)), row->eq);
    assert_int_equal(slice_is_nocase(s, row->string), row->nocase);
    assert_int_equal(slice_starts(s, row->string), row->starts);
    struct slice rest = s;
    assert_int_equal(slice_skip(&rest, row->string), row->starts);
    assert_int_equal(rest.len, s.len - (row->starts ? strlen(row->string) : 0));
    assert_ptr_equal(rest.at + rest.len, s.at + s.len);
    slice_free(s);
}

static void no_string_is_the_empty_slice(void **state)
{
    (void)state;
    struct slice none = slice_of(NULL);
    struct slice rest = none;
    char copy[4] = "abc";
    uint64_t number = 7;
    assert_int_equal(none.len, 0);
    assert_true(slice_eq(none, S("")));
    assert_true(slice_is(none, ""));
    assert_true(slice_only_alnum_or(none, ""));
    assert_int_equal(slice_trim(none).len, 0);
    assert_int_equal(slice_cut(&rest, ',').len, 0);
    assert_false(slice_u64(none, 9, &number));
    assert_true(slice_copy(none, copy, sizeof copy));
    assert_string_equal(copy, "");
}

/* --- Letters and digits of ASCII, whatever the locale: every byte against its definition */

static void letters_and_digits_are_those_of_ascii(void **state)
{
    (void)state;
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
    static const char digits[] = "0123456789";
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        const char *capital = memchr(upper, c, 26);
        bool digit = memchr(digits, c, 10) != NULL;
        bool letter = capital || memchr(lower, c, 26);
        struct slice one = slice_dup(slice_make(&c, 1));
        assert_int_equal(ascii_is_digit(c), digit);
        assert_int_equal(ascii_is_alnum(c), digit || letter);
        assert_int_equal(ascii_lower(c), capital ? lower[capital - upper] : c);
        assert_int_equal(slice_only_alnum_or(one, "-_"), digit || letter || c == '-' || c == '_');
        slice_free(one);
    }
}

static void every_byte_must_be_alnum_or_named(void **state)
{
    (void)state;
    assert_true(slice_only_alnum_or(S("aZ0-_"), "-_"));
    assert_false(slice_only_alnum_or(S("aZ0-/"), "-_"));
    assert_false(slice_only_alnum_or(S("/aZ0-"), "-_"));
}

/* --- Cutting */

struct trimmed {
    const char *name;
    struct slice from;
    struct slice to;
    const char *blanks; /* or NULL */
};

static const struct trimmed trimmed[] = {
    {"trim: nothing to do", LIT("a b"), LIT("a b"), NULL},
    {"trim: blanks and tabs at both ends", LIT(" \ta\t "), LIT("a"), NULL},
    {"trim: blanks only", LIT(" \t "), LIT(""), NULL},
    {"trim: empty", LIT(""), LIT(""), NULL},
    {"trim: CR, LF, VT and NUL stay", LIT("\r\n\v\0"), LIT("\r\n\v\0"), NULL},
    {"trim: all that was named, and no NUL", LIT("\r \0 \r"), LIT("\0"), " \r"},
};

static void test_trimmed(void **state)
{
    const struct trimmed *row = *state;
    struct slice from = slice_dup(row->from);
    assert_slice(row->blanks ? slice_trim_of(from, row->blanks) : slice_trim(from), row->to);
    slice_free(from);
}

struct cut {
    const char *name;
    struct slice from;
    struct slice head;
    struct slice rest;
};

static const struct cut cuts[] = {
    {"cut: at the first of two", LIT("a,b,c"), LIT("a"), LIT("b,c")},
    {"cut: no separator takes all", LIT("abc"), LIT("abc"), LIT("")},
    {"cut: separator first", LIT(",a"), LIT(""), LIT("a")},
    {"cut: separator last", LIT("a,"), LIT("a"), LIT("")},
    {"cut: separator alone", LIT(","), LIT(""), LIT("")},
    {"cut: empty", LIT(""), LIT(""), LIT("")},
};

static void test_cut(void **state)
{
    const struct cut *row = *state;
    struct slice from = slice_dup(row->from);
    struct slice rest = from;
    assert_slice(slice_cut(&rest, ','), row->head);
    assert_slice(rest, row->rest);
    slice_free(from);
}

/* --- Numbers */

struct number {
    const char *name;
    struct slice text;
    uint64_t most;
    bool good;
    uint64_t value;
};

static const struct number numbers[] = {
    {"u64: zero", LIT("0"), 9, true, 0},
    {"u64: at the most", LIT("255"), 255, true, 255},
    {"u64: one below the most", LIT("254"), 255, true, 254},
    {"u64: one above the most, in its last digit", LIT("256"), 255, false, 0},
    {"u64: above the most, in an earlier digit", LIT("260"), 255, false, 0},
    {"u64: a digit more than the most", LIT("1000"), 255, false, 0},
    {"u64: the most is zero", LIT("1"), 0, false, 0},
    {"u64: leading zeros", LIT("007"), 9, true, 7},
    {"u64: 2^64 - 1", LIT("18446744073709551615"), UINT64_MAX, true, UINT64_MAX},
    {"u64: 2^64", LIT("18446744073709551616"), UINT64_MAX, false, 0},
    {"u64: 99 digits", LIT("999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"),
     UINT64_MAX, false, 0},
    {"u64: empty", LIT(""), 9, false, 0},
    {"u64: plus", LIT("+5"), 9, false, 0},
    {"u64: minus", LIT("-1"), 9, false, 0},
    {"u64: hexadecimal", LIT("0x10"), 99, false, 0},
    {"u64: blank before", LIT(" 5"), 9, false, 0},
    {"u64: blank after", LIT("5 "), 9, false, 0},
    {"u64: NUL after", LIT("5\0"), 9, false, 0},
    {"u64: byte before '0'", LIT("/"), 99, false, 0},
    {"u64: byte after '9'", LIT(":"), 99, false, 0},
};

static void test_number(void **state)
{
    const struct number *row = *state;
    struct slice text = slice_dup(row->text);
    uint64_t value = 4711;
    assert_int_equal(slice_u64(text, row->most, &value), row->good);
    assert_int_equal(value, row->good ? row->value : 4711);
    slice_free(text);
}

/* --- Copying into an array of four bytes */

struct copied {
    const char *name;
    struct slice from;
    bool good;
};

static const struct copied copied[] = {
    {"copy: fits, with room to spare", LIT("ab"), true},
    {"copy: fits with its NUL", LIT("abc"), true},
    {"copy: no room for the NUL", LIT("abcd"), false},
    {"copy: empty", LIT(""), true},
    {"copy: one byte", LIT("a"), true},
    {"copy: a NUL alone", LIT("\0"), false},
    {"copy: a NUL inside", LIT("a\0c"), false},
    {"copy: a NUL at the end", LIT("ab\0"), false},
};

static void test_copied(void **state)
{
    const struct copied *row = *state;
    struct slice from = slice_dup(row->from);
    char to[4] = {'z', 'z', 'z', 'z'};
    assert_int_equal(slice_copy(from, to, sizeof to), row->good);
    if (row->good)
        assert_slice(slice_of(to), row->from);
    else
        assert_memory_equal(to, "zzzz", 4);
    slice_free(from);
}

/* --- Buffers of four bytes: what each way of appending leaves. Guard bytes around them must survive. */

static void put_slice(struct buf *b) { buf_put(b, S("\0z")); }
static void put_nothing(struct buf *b) { buf_put(b, slice_of(NULL)); }
static void put_string(struct buf *b) { buf_puts(b, "xy"); }
static void put_char(struct buf *b) { buf_putc(b, 'x'); }
static void put_zero(struct buf *b) { buf_put_u64(b, 0); }
static void put_number(struct buf *b) { buf_put_u64(b, 1234); }
static void put_hex(struct buf *b) { buf_put_hex(b, "\x0f\xa0", 2); }
static void put_format(struct buf *b) { buf_putf(b, "%d%s", 1, "2"); }
static void put_no_format(struct buf *b) { buf_putf(b, "%s", ""); }

struct appended {
    const char *name;
    size_t before; /* bytes there already */
    void (*put)(struct buf *b);
    struct slice after; /* what was appended */
    bool full;
};

static const struct appended appended[] = {
    {"put: bytes, NUL too", 0, put_slice, LIT("\0z"), false},
    {"put: to the last byte", 2, put_slice, LIT("\0z"), false},
    {"put: one byte too many changes nothing", 3, put_slice, LIT(""), true},
    {"put: nothing fits even where nothing is left", 4, put_nothing, LIT(""), false},
    {"puts: to the last byte", 2, put_string, LIT("xy"), false},
    {"puts: too long", 3, put_string, LIT(""), true},
    {"putc: the last byte", 3, put_char, LIT("x"), false},
    {"putc: one too many", 4, put_char, LIT(""), true},
    {"put_u64: zero is a digit", 0, put_zero, LIT("0"), false},
    {"put_u64: to the last byte", 0, put_number, LIT("1234"), false},
    {"put_u64: too long", 1, put_number, LIT(""), true},
    {"put_hex: two digits a byte, lower case", 0, put_hex, LIT("0fa0"), false},
    {"put_hex: what fits is a prefix", 1, put_hex, LIT("0fa"), true},
    {"putf: fits with its NUL", 1, put_format, LIT("12"), false},
    {"putf: nothing", 1, put_no_format, LIT(""), false},
    {"putf: keeps the byte of the NUL", 2, put_format, LIT(""), true},
    {"putf: into a buffer without room", 4, put_format, LIT(""), true},
};

struct guarded {
    char before[4];
    char text[4];
    char after[4];
};

static void test_appended(void **state)
{
    const struct appended *row = *state;
    struct guarded mem;
    memset(&mem, '#', sizeof mem);
    struct buf b = BUF_OF(mem.text);
    assert_int_equal(b.cap, 4);
    for (size_t i = 0; i < row->before; i++)
        buf_putc(&b, '.');
    row->put(&b);
    assert_slice(slice_make(mem.text + row->before, b.len - row->before), row->after);
    assert_int_equal(b.full, row->full);
    assert_slice(buf_slice(&b), slice_make(mem.text, b.len));
    assert_memory_equal(mem.before, "####", 4);
    assert_memory_equal(mem.after, "####", 4);
}

/* Else a message could lack a piece in its middle and look whole. */
static void a_full_buffer_takes_nothing_more(void **state)
{
    (void)state;
    char text[16];
    struct buf b = BUF_OF(text);
    buf_puts(&b, "ab");
    buf_puts(&b, "more than there is room for");
    for (size_t i = 0; i < COUNT(appended); i++)
        appended[i].put(&b);
    assert_true(b.full);
    assert_slice(buf_slice(&b), S("ab"));
}

static void text_of_a_buffer_with_room_ends_in_NUL(void **state)
{
    (void)state;
    char text[4] = "zzz";
    struct buf b = BUF_OF(text);
    buf_puts(&b, "abc");
    assert_string_equal(buf_text(&b), "abc");
    assert_false(b.full);
    assert_ptr_equal(b.at, text);
}

static void text_of_a_buffer_without_room_loses_its_last_byte_and_says_so(void **state)
{
    (void)state;
    char text[4];
    struct buf b = BUF_OF(text);
    buf_puts(&b, "abcd");
    assert_false(b.full);
    assert_string_equal(buf_text(&b), "abc");
    assert_true(b.full);
}

static void numbers_are_written_as_printf_does(void **state)
{
    (void)state;
    static const uint64_t values[] = {9, 10, 4294967295, 4294967296, 9999999999999999999u, UINT64_MAX};
    for (size_t i = 0; i < COUNT(values); i++) {
        char expected[24], text[24];
        struct buf b = BUF_OF(text);
        (void)snprintf(expected, sizeof expected, "%ju", (uintmax_t)values[i]);
        buf_put_u64(&b, values[i]);
        assert_string_equal(buf_text(&b), expected);
    }
}

static void wiped_memory_is_zero_and_its_neighbours_are_not(void **state)
{
    (void)state;
    struct guarded mem;
    memset(&mem, '#', sizeof mem);
    wipe(mem.text, sizeof mem.text);
    assert_memory_equal(mem.text, "\0\0\0\0", 4);
    assert_memory_equal(mem.before, "####", 4);
    assert_memory_equal(mem.after, "####", 4);
}

static void a_wiped_text_is_zero_as_far_as_it_goes(void **state)
{
    (void)state;
    char text[] = "secret\0rest";
    wipe_text(text);
    assert_memory_equal(text, "\0\0\0\0\0\0\0rest", sizeof text);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_compared, compared);
    SUITE_TEST(&suite, no_string_is_the_empty_slice);
    SUITE_TEST(&suite, letters_and_digits_are_those_of_ascii);
    SUITE_TEST(&suite, every_byte_must_be_alnum_or_named);
    SUITE_ROWS(&suite, test_trimmed, trimmed);
    SUITE_ROWS(&suite, test_cut, cuts);
    SUITE_ROWS(&suite, test_number, numbers);
    SUITE_ROWS(&suite, test_copied, copied);
    SUITE_ROWS(&suite, test_appended, appended);
    SUITE_TEST(&suite, a_full_buffer_takes_nothing_more);
    SUITE_TEST(&suite, text_of_a_buffer_with_room_ends_in_NUL);
    SUITE_TEST(&suite, text_of_a_buffer_without_room_loses_its_last_byte_and_says_so);
    SUITE_TEST(&suite, numbers_are_written_as_printf_does);
    SUITE_TEST(&suite, wiped_memory_is_zero_and_its_neighbours_are_not);
    SUITE_TEST(&suite, a_wiped_text_is_zero_as_far_as_it_goes);
    return suite_run(&suite, "base/text");
}
