#include "base/stamp.h"

#include "base/format.h"

#include <string.h>

#define DAY_S 86400
#define LAST_S INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

struct civil {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;   /* 1 to 31 */
};

/* A year that begins on 1 March puts the leap day last, and makes the month lengths a straight line of 153 days in 5. */
static int64_t days_of(struct civil date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date.day - 719469;
}

static struct civil civil_of(int64_t days)
{
    /* A guess that is never too late, as no year is longer than 366 days, and 22 years early at the very end. */
    struct civil date = {1970 + days / 366, 1, 1};
    while (days_of((struct civil){date.year + 1, 1, 1}) <= days)
        date.year++;
    while (date.month < 12 && days_of((struct civil){date.year, date.month + 1, 1}) <= days)
        date.month++;
    date.day = days - days_of(date) + 1;
    return date;
}

struct stamp stamp_make(int64_t utc_s)
{
    struct stamp stamp;
    int64_t at = utc_s < 0 ? 0 : utc_s > LAST_S ? LAST_S : utc_s;
    struct civil date = civil_of(at / DAY_S);
    unsigned second = (unsigned)(at % DAY_S);
    (void)format_text(stamp.text, sizeof stamp.text, "%04u%02u%02uT%02u%02u%02uZ", (unsigned)date.year % 10000, (unsigned)date.month % 100,
                   (unsigned)date.day % 100, second / 3600 % 24, second / 60 % 60, second % 60);
    return stamp;
}

struct stamp_text stamp_text(int64_t utc_s)
{
    struct stamp_text shown;
    struct stamp stamp = stamp_make(utc_s);
    const char *s = stamp.text;
    (void)format_text(shown.text, sizeof shown.text, "%.4s-%.2s-%.5s:%.2s:%.3s", s, s + 4, s + 6, s + 11, s + 13);
    return shown;
}

static bool number_at(struct slice text, size_t at, size_t digits, uint64_t most, int64_t *value)
{
    uint64_t number;
    if (!slice_u64(slice_make(text.at + at, digits), most, &number))
        return false;
    *value = (int64_t)number;
    return true;
}

static bool month_at(struct slice text, size_t at, int64_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t i = 0; i < 12; i++)
        if (memcmp(text.at + at, names + 3 * i, 3) == 0) {
            *month = i + 1;
            return true;
        }
    return false;
}

/* The time of day, as "08:49:37". */
static bool time_at(struct slice text, size_t at, int64_t *time_s)
{
    int64_t hour, minute, second;
    if (!number_at(text, at, 2, 23, &hour) || !number_at(text, at + 3, 2, 59, &minute) || !number_at(text, at + 6, 2, 60, &second))
        return false;
    *time_s = hour * 3600 + minute * 60 + second;
    return true;
}

/* In a shape every byte but '.' stands for itself. */
static bool has_shape(struct slice text, const char *shape)
{
    if (text.len != strlen(shape))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (shape[i] != '.' && shape[i] != text.at[i])
            return false;
    return true;
}

static bool make(struct civil date, int64_t time_s, int64_t *utc_s)
{
    if (date.year < 1970 || date.month < 1 || date.day < 1)
        return false;
    int64_t days = days_of(date);
    if (civil_of(days).day != date.day)
        return false; /* 30 February would be read as a day of March */
    *utc_s = days * DAY_S + time_s;
    return true;
}

static bool is_fraction(struct slice text)
{
    for (size_t i = 1; i < text.len; i++)
        if (!ascii_is_digit(text.at[i]))
            return false;
    return text.len == 0 || (text.len > 1 && text.at[0] == '.');
}

bool stamp_text_decode(struct slice text, int64_t *utc_s)
{
    static const char shape[] = "....-..-..T..:..:..";
    const size_t second = strlen(shape);
    struct civil date;
    int64_t time_s;
    return text.len > second && text.at[text.len - 1] == 'Z' && has_shape(slice_make(text.at, second), shape) &&
           is_fraction(slice_make(text.at + second, text.len - second - 1)) && number_at(text, 0, 4, 9999, &date.year) &&
           number_at(text, 5, 2, 12, &date.month) && number_at(text, 8, 2, 31, &date.day) && time_at(text, STAMP_TIME, &time_s) &&
           make(date, time_s, utc_s);
}

bool stamp_date_decode(struct slice text, int64_t *utc_s)
{
    struct civil date;
    int64_t time_s;
    return has_shape(text, "..., .. ... .... ..:..:.. GMT") && number_at(text, 5, 2, 31, &date.day) && month_at(text, 8, &date.month) &&
           number_at(text, 12, 4, 9999, &date.year) && time_at(text, 17, &time_s) && make(date, time_s, utc_s);
}
