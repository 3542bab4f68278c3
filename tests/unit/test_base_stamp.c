/* stamp: seconds to AWS's text and an HTTP date to seconds, each by the calendar and by its limits. */
#include "support.h"

#include "base/stamp.h"

#include <time.h>

#define DAY INT64_C(86400)
#define LAST INT64_C(253402300799)

/* --- stamp_make */

struct made {
    const char *name;
    int64_t utc_s;
    const char *text;
};

static const struct made made[] = {
    {"make: SigV4's own example", 1440938160, "20150830T123600Z"},
    {"make: the epoch", 0, "19700101T000000Z"},
    {"make: before the epoch is the epoch", -1, "19700101T000000Z"},
    {"make: the least integer is the epoch", INT64_MIN, "19700101T000000Z"},
    {"make: the last second of a day", 86399, "19700101T235959Z"},
    {"make: the first of the next", 86400, "19700102T000000Z"},
    {"make: 28 February of a common year", 1677542400, "20230228T000000Z"},
    {"make: and the day after", 1677628800, "20230301T000000Z"},
    {"make: leap day", 1709164800, "20240229T000000Z"},
    {"make: leap day of a century divisible by 400", 951782400, "20000229T000000Z"},
    {"make: no leap day in 2100", 4107542400, "21000301T000000Z"},
    {"make: the last day of a leap year", 1735603200, "20241231T000000Z"},
    {"make: beyond 31 bits", 2147483648, "20380119T031408Z"},
    {"make: beyond 32 bits", 4294967296, "21060207T062816Z"},
    {"make: the last second of 9999", LAST, "99991231T235959Z"},
    {"make: after 9999 is its last second", LAST + 1, "99991231T235959Z"},
    {"make: the greatest integer is its last second", INT64_MAX, "99991231T235959Z"},
};

static void test_made(void **state)
{
    const struct made *row = *state;
    assert_string_equal(stamp_make(row->utc_s).text, row->text);
}

/* The same in the extended format, with the time of day where it is said to be. */
static void test_text(void **state)
{
    (void)state;
    assert_string_equal(stamp_text(1440938160).text, "2015-08-30T12:36:00Z");
    assert_string_equal(stamp_text(1440938160).text + STAMP_TIME, "12:36:00Z");
    assert_string_equal(stamp_text(-1).text, "1970-01-01T00:00:00Z");
    assert_string_equal(stamp_text(INT64_MAX).text, "9999-12-31T23:59:59Z");
}

/* Both directions against the machine's own calendar: every day of the years that the program may see, then some. */
static void agrees_with_gmtime_and_back(void **state)
{
    (void)state;
    for (int64_t day = 0; day * DAY < LAST; day += day < 60000 ? 1 : 977) {
        int64_t at = day * DAY + day * 7919 % DAY;
        time_t t = (time_t)at;
        struct tm tm;
        char iso[32], imf[40];
        int64_t decoded = 0;
        assert_non_null(gmtime_r(&t, &tm));
        (void)strftime(iso, sizeof iso, "%Y%m%dT%H%M%SZ", &tm);
        (void)strftime(imf, sizeof imf, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_string_equal(stamp_make(at).text, iso);
        assert_true(stamp_date_decode(slice_of(imf), &decoded));
        assert_int_equal(decoded, at);
    }
}

/* --- stamp_date_decode: RFC 9110, section 5.6.7 */

struct date {
    const char *name;
    struct slice text;
    bool good;
    int64_t utc_s;
};

static const struct date dates[] = {
    {"5.6.7: the RFC's example", LIT("Sun, 06 Nov 1994 08:49:37 GMT"), true, 784111777},
    {"the week day is not compared", LIT("Mon, 06 Nov 1994 08:49:37 GMT"), true, 784111777},
    {"the first second", LIT("Thu, 01 Jan 1970 00:00:00 GMT"), true, 0},
    {"the last second", LIT("Fri, 31 Dec 9999 23:59:59 GMT"), true, LAST},
    {"the second before the first", LIT("Wed, 31 Dec 1969 23:59:59 GMT"), false, 0},
    {"5.6.7: a leap second is the first of the next day", LIT("Sat, 31 Dec 2016 23:59:60 GMT"), true, 1483228800},
    {"no second 61", LIT("Sun, 06 Nov 1994 08:49:61 GMT"), false, 0},
    {"no minute 60", LIT("Sun, 06 Nov 1994 08:60:37 GMT"), false, 0},
    {"no hour 24", LIT("Sun, 06 Nov 1994 24:00:00 GMT"), false, 0},
    {"no day 0", LIT("Sun, 00 Nov 1994 08:49:37 GMT"), false, 0},
    {"no day 32", LIT("Sun, 32 Jan 1994 08:49:37 GMT"), false, 0},
    {"no 31 November", LIT("Sun, 31 Nov 1994 08:49:37 GMT"), false, 0},
    {"no 29 February in a common year", LIT("Tue, 29 Feb 2023 00:00:00 GMT"), false, 0},
    {"no 29 February in 2100", LIT("Mon, 29 Feb 2100 00:00:00 GMT"), false, 0},
    {"29 February in 2000", LIT("Tue, 29 Feb 2000 00:00:00 GMT"), true, 951782400},
    {"5.6.7: month names are case-sensitive", LIT("Sun, 06 nov 1994 08:49:37 GMT"), false, 0},
    {"a month that straddles two names", LIT("Sun, 06 anF 1994 08:49:37 GMT"), false, 0},
    {"5.6.7: GMT and nothing else", LIT("Sun, 06 Nov 1994 08:49:37 UTC"), false, 0},
    {"a day of one digit", LIT("Sun, 6 Nov 1994 08:49:37 GMT"), false, 0},
    {"a day with a blank", LIT("Sun,  6 Nov 1994 08:49:37 GMT"), false, 0},
    {"a sign in a number", LIT("Sun, 06 Nov 1994 +8:49:37 GMT"), false, 0},
    {"no comma", LIT("Sun  06 Nov 1994 08:49:37 GMT"), false, 0},
    {"a byte too many", LIT("Sun, 06 Nov 1994 08:49:37 GMT "), false, 0},
    {"a byte too few", LIT("Sun, 06 Nov 1994 08:49:37 GM"), false, 0},
    {"empty", LIT(""), false, 0},
    {"a NUL in the year", LIT("Sun, 06 Nov 19\0""4 08:49:37 GMT"), false, 0},
    {"5.6.7: the obsolete RFC 850 form", LIT("Sunday, 06-Nov-94 08:49:37 GMT"), false, 0},
    {"5.6.7: the obsolete asctime form", LIT("Sun Nov  6 08:49:37 1994"), false, 0},
};

static void test_date(void **state)
{
    const struct date *row = *state;
    struct slice text = slice_dup(row->text);
    int64_t utc_s = 4711;
    assert_int_equal(stamp_date_decode(text, &utc_s), row->good);
    assert_int_equal(utc_s, row->good ? row->utc_s : 4711);
    slice_free(text);
}

/* --- stamp_text_decode: what is written is read, with a fraction or without */

static const struct date texts[] = {
    {"the first second", LIT("1970-01-01T00:00:00Z"), true, 0},
    {"the last second", LIT("9999-12-31T23:59:59Z"), true, LAST},
    {"a fraction is dropped", LIT("1994-11-06T08:49:37.999Z"), true, 784111777},
    {"a leap second is the first of the next day", LIT("2016-12-31T23:59:60Z"), true, 1483228800},
    {"29 February in 2000", LIT("2000-02-29T00:00:00Z"), true, 951782400},
    {"no 29 February in 2100", LIT("2100-02-29T00:00:00Z"), false, 0},
    {"no month 0", LIT("1994-00-06T08:49:37Z"), false, 0},
    {"no month 13", LIT("1994-13-06T08:49:37Z"), false, 0},
    {"no day 0", LIT("1994-11-00T08:49:37Z"), false, 0},
    {"the second before the first", LIT("1969-12-31T23:59:59Z"), false, 0},
    {"no day 32", LIT("1994-01-32T08:49:37Z"), false, 0},
    {"no hour 24", LIT("1994-11-06T24:00:00Z"), false, 0},
    {"a letter in the year", LIT("19x4-11-06T08:49:37Z"), false, 0},
    {"a letter in the day", LIT("1994-11-0xT08:49:37Z"), false, 0},
    {"no zone", LIT("1994-11-06T08:49:37"), false, 0},
    {"another zone", LIT("1994-11-06T08:49:37+01:00"), false, 0},
    {"a fraction without a digit", LIT("1994-11-06T08:49:37.Z"), false, 0},
    {"a fraction that is none", LIT("1994-11-06T08:49:37.9xZ"), false, 0},
    {"a byte in place of the dot", LIT("1994-11-06T08:49:37,9Z"), false, 0},
    {"a blank for the T", LIT("1994-11-06 08:49:37Z"), false, 0},
    {"cut", LIT("1994-11-06T08:49:3Z"), false, 0},
    {"a word", LIT("tomorrow"), false, 0},
    {"empty", LIT(""), false, 0},
};

static void test_decoded_text(void **state)
{
    const struct date *row = *state;
    struct slice text = slice_dup(row->text);
    int64_t utc_s = 4711;
    assert_int_equal(stamp_text_decode(text, &utc_s), row->good);
    assert_int_equal(utc_s, row->good ? row->utc_s : 4711);
    slice_free(text);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_made, made);
    SUITE_TEST(&suite, test_text);
    SUITE_TEST(&suite, agrees_with_gmtime_and_back);
    SUITE_ROWS(&suite, test_date, dates);
    SUITE_ROWS(&suite, test_decoded_text, texts);
    return suite_run(&suite, "base/stamp");
}
