/*
 * stamp: points in time as AWS writes them, from and to seconds since 1970-01-01 UTC.
 *
 * Layer: base, pure. Years 1970 to 9999, proleptic Gregorian calendar, no time zone; a leap second counts as the first
 * second of the next minute.
 */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* ISO 8601 basic format: "20150830T123600Z"; the first eight bytes are the day of the credential scope. */
struct stamp {
    char text[17];
};

/* Seconds outside 1970 to 9999 are clamped to its ends. */
struct stamp stamp_make(int64_t utc_s);
/* ISO 8601 extended format, "2015-08-30T12:36:00Z"; the time of day begins at STAMP_TIME. */
#define STAMP_TIME 11
struct stamp_text {
    char text[21];
};
struct stamp_text stamp_text(int64_t utc_s);
/* The same from its text; a fraction of the second is dropped. */
bool stamp_text_decode(struct slice text, int64_t *utc_s);
/* An IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7); the week day is not compared. */
bool stamp_date_decode(struct slice text, int64_t *utc_s);

#endif
