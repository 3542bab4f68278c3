/* utf8: every code point there and back, and every sequence of RFC 3629, section 4, at its edges. */
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

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, every_code_point_is_written_and_read);
    SUITE_TEST(&suite, nothing_beyond_the_last_code_point_is_written);
    SUITE_TEST(&suite, a_buffer_without_room_says_so);
    SUITE_TEST(&suite, every_continuation_is_judged_by_the_table);
    SUITE_ROWS(&suite, test_sequence, sequences);
    return suite_run(&suite, "wire/utf8");
}
