/* utf8: every code point there and back, every sequence of RFC 3629, section 4, at its edges, and what a terminal shows of it. */
#include "support.h"

#include "wire/utf8.h"

/* The offset of the byte that is refused, or -1; `*whole` says whether a sequence is open at the end. */
static int refused_at(struct slice bytes, bool *whole)
{
    struct utf8 u = {0};
    for (size_t i = 0; i < bytes.len; i++)
        if (!utf8_next(&u, (unsigned char)bytes.at[i]))
            return (int)i;
    *whole = u.left == 0;
    return -1;
}

static size_t length_of(uint32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static uint32_t code_point_of(struct slice s)
{
    static const unsigned char first[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)s.at[0] & first[s.len];
    for (size_t i = 1; i < s.len; i++)
        c = c << 6 | ((unsigned char)s.at[i] & 0x3F);
    return c;
}

/* Each is written in its shortest form, reads as itself, and is whole with its last byte only. */
static void every_code_point_is_written_and_read(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char text[4];
        struct buf b = BUF_OF(text);
        bool whole = false;
        if (c >= 0xD800 && c <= 0xDFFF) {
            assert_false(utf8_put(&b, c));
            assert_int_equal(b.len, 0);
            continue;
        }
        assert_true(utf8_put(&b, c));
        assert_int_equal(b.len, length_of(c));
        assert_int_equal(code_point_of(buf_slice(&b)), c);
        for (size_t len = 1; len <= b.len; len++) {
            assert_int_equal(refused_at(slice_make(text, len), &whole), -1);
            assert_int_equal(whole, len == b.len);
        }
        struct slice rest = slice_dup(buf_slice(&b)), all = rest;
        assert_int_equal(utf8_take(&rest), c);
        assert_int_equal(rest.len, 0);
        slice_free(all);
    }
}

static void nothing_beyond_the_last_code_point_is_written(void **state)
{
    (void)state;
    static const uint32_t beyond[] = {0x110000, 0x1FFFFF, 0x80000041, UINT32_MAX};
    for (size_t i = 0; i < COUNT(beyond); i++) {
        char text[4];
        struct buf b = BUF_OF(text);
        assert_false(utf8_put(&b, beyond[i]));
        assert_int_equal(b.len, 0);
    }
}

/* A code point that does not fit may be there in part, and the buffer says so. */
static void a_buffer_without_room_says_so(void **state)
{
    (void)state;
    char text[2];
    struct buf b = BUF_OF(text);
    assert_true(utf8_put(&b, 0x20AC));
    assert_true(b.full);
}

/* RFC 3629, section 4: which bytes may begin a sequence of several, and which may come second. */
static const struct {
    unsigned first, last; /* of the first byte */
    unsigned low, high;   /* of the second */
} starts[] = {{0xC2, 0xDF, 0x80, 0xBF}, {0xE0, 0xE0, 0xA0, 0xBF}, {0xE1, 0xEC, 0x80, 0xBF}, {0xED, 0xED, 0x80, 0x9F},
              {0xEE, 0xEF, 0x80, 0xBF}, {0xF0, 0xF0, 0x90, 0xBF}, {0xF1, 0xF3, 0x80, 0xBF}, {0xF4, 0xF4, 0x80, 0x8F}};

static bool pair_is_good(unsigned first, unsigned second)
{
    for (size_t i = 0; i < COUNT(starts); i++)
        if (first >= starts[i].first && first <= starts[i].last)
            return second >= starts[i].low && second <= starts[i].high;
    return false;
}

/* All that can follow the first byte, and, where a third must come, all that can follow both. */
static void every_continuation_is_judged_by_the_table(void **state)
{
    (void)state;
    for (unsigned first = 0x80; first < 0x100; first++)
        for (unsigned second = 0; second < 0x100; second++) {
            struct utf8 u = {0};
            bool good = utf8_next(&u, (unsigned char)first) && utf8_next(&u, (unsigned char)second);
            assert_int_equal(good, pair_is_good(first, second));
            for (unsigned third = 0; good && u.left > 0 && third < 0x100; third++) {
                struct utf8 then = u;
                assert_int_equal(utf8_next(&then, (unsigned char)third), third >= 0x80 && third <= 0xBF);
            }
        }
}

struct sequence {
    const char *name;
    struct slice bytes;
    int at; /* of the byte refused */
};

static const struct sequence sequences[] = {
    {"RFC 3629, 4: a continuation first", LIT("\x80"), 0},
    {"RFC 3629, 4: the last continuation first", LIT("\xbf"), 0},
    {"RFC 3629, 3: overlong '/' in two bytes", LIT("\xc0\xaf"), 0},
    {"RFC 3629, 3: overlong DEL in two bytes", LIT("\xc1\xbf"), 0},
    {"RFC 3629, 4: the least of two bytes", LIT("\xc2\x80"), -1},
    {"RFC 3629, 4: the greatest of two bytes", LIT("\xdf\xbf"), -1},
    {"RFC 3629, 4: ASCII in the second byte", LIT("\xc2\x7f"), 1},
    {"RFC 3629, 4: a start in the second byte", LIT("\xc2\xc2"), 1},
    {"RFC 3629, 4: NUL in the second byte", LIT("\xc2\0"), 1},
    {"RFC 3629, 4: one continuation too many", LIT("\xc2\x80\x80"), 2},
    {"RFC 3629, 3: overlong in three bytes", LIT("\xe0\x9f\xbf"), 1},
    {"RFC 3629, 4: the least of three bytes", LIT("\xe0\xa0\x80"), -1},
    {"RFC 3629, 4: ASCII in the third byte", LIT("\xe0\xa0\x41"), 2},
    {"RFC 3629, 4: the last before the surrogates", LIT("\xed\x9f\xbf"), -1},
    {"RFC 3629, 3: the first surrogate", LIT("\xed\xa0\x80"), 1},
    {"RFC 3629, 3: the last surrogate", LIT("\xed\xbf\xbf"), 1},
    {"RFC 3629, 4: the first after the surrogates", LIT("\xee\x80\x80"), -1},
    {"RFC 3629, 4: the greatest of three bytes", LIT("\xef\xbf\xbf"), -1},
    {"RFC 3629, 3: overlong in four bytes", LIT("\xf0\x8f\xbf\xbf"), 1},
    {"RFC 3629, 4: the least of four bytes", LIT("\xf0\x90\x80\x80"), -1},
    {"RFC 3629, 4: wide again after a narrow second byte", LIT("\xf0\x90\xbf\xbf"), -1},
    {"RFC 3629, 4: U+10FFFF", LIT("\xf4\x8f\xbf\xbf"), -1},
    {"RFC 3629, 4: U+110000", LIT("\xf4\x90\x80\x80"), 1},
    {"RFC 3629, 4: F5", LIT("\xf5\x80\x80\x80"), 0},
    {"RFC 3629, 4: FE", LIT("\xfe"), 0},
    {"RFC 3629, 4: FF", LIT("\xff"), 0},
    {"RFC 3629, 4: one after the other", LIT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"), -1},
};

static void test_sequence(void **state)
{
    const struct sequence *row = *state;
    bool whole = false;
    assert_int_equal(refused_at(row->bytes, &whole), row->at);
    assert_int_equal(whole, row->at < 0);
}

/* --- Taken one after the other, whatever is there */

static const struct {
    const char *name;
    struct slice bytes;
    uint32_t taken[6];
} takes[] = {
    {"one after the other", LIT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), {'a', 0xE9, 0x20AC, 0x1F600}},
    {"NUL", LIT("\0z"), {0, 'z'}},
    {"a continuation", LIT("\x80z"), {UTF8_REPLACEMENT, 'z'}},
    {"a start without its continuation", LIT("\xe2z"), {UTF8_REPLACEMENT, 'z'}},
    {"two thirds of one", LIT("\xe2\x82z"), {UTF8_REPLACEMENT, 'z'}},
    {"cut at the end", LIT("z\xf0\x9f\x98"), {'z', UTF8_REPLACEMENT}},
    {"a surrogate, byte by byte", LIT("\xed\xa0\x80"), {UTF8_REPLACEMENT, UTF8_REPLACEMENT, UTF8_REPLACEMENT}},
    {"a byte of no sequence", LIT("\xff\xfe"), {UTF8_REPLACEMENT, UTF8_REPLACEMENT}},
};

static void test_take(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(takes); i++) {
        struct slice rest = slice_dup(takes[i].bytes), all = rest;
        size_t count = 0;
        for (; rest.len > 0; count++)
            assert_int_equal(utf8_take(&rest), takes[i].taken[count]);
        assert_int_equal(takes[i].taken[count], 0);
        slice_free(all);
    }
}

/* --- On a terminal */

static const struct {
    const char *name;
    uint32_t code_point;
    int columns;
} shown[] = {
    {"NUL", 0, -1},
    {"ESC", 0x1B, -1},
    {"a blank", ' ', 1},
    {"a tilde", '~', 1},
    {"DEL", 0x7F, -1},
    {"CSI", 0x9B, -1},
    {"a blank that does not break", 0xA0, 1},
    {"a hyphen that is not seen", 0xAD, -1},
    {"a letter", 0xE4, 1},
    {"an accent of its own", 0x301, 0},
    {"a jamo", 0x1100, 2},
    {"a joiner of width 0", 0x200D, -1},
    {"right to left", 0x202E, -1},
    {"an isolate", 0x2066, -1},
    {"the euro", 0x20AC, 1},
    {"an ideograph", 0x6F22, 2},
    {"a syllable", 0xAC00, 2},
    {"a surrogate", 0xD800, -1},
    {"a variation", 0xFE0F, 0},
    {"a byte order mark", 0xFEFF, -1},
    {"a letter of full width", 0xFF21, 2},
    {"a kana of half width", 0xFF71, 1},
    {"what stands for a bad byte", UTF8_REPLACEMENT, 1},
    {"no character", 0xFFFF, -1},
    {"a face", 0x1F600, 2},
    {"a tag", 0xE0041, -1},
    {"beyond", 0x110000, -1},
};

static void test_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(shown); i++)
        if (utf8_columns(shown[i].code_point) != shown[i].columns)
            fail_msg("%s: %d columns", shown[i].name, utf8_columns(shown[i].code_point));
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, every_code_point_is_written_and_read);
    SUITE_TEST(&suite, nothing_beyond_the_last_code_point_is_written);
    SUITE_TEST(&suite, a_buffer_without_room_says_so);
    SUITE_TEST(&suite, every_continuation_is_judged_by_the_table);
    SUITE_ROWS(&suite, test_sequence, sequences);
    SUITE_TEST(&suite, test_take);
    SUITE_TEST(&suite, test_columns);
    return suite_run(&suite, "wire/utf8");
}
