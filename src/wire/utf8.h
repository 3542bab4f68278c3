/*
 * utf8: one code point at a time, written, read and checked (RFC 3629), and what a terminal makes of it.
 *
 * Layer: wire, pure.
 */
#ifndef WIRE_UTF8_H
#define WIRE_UTF8_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Checks bytes one after the other; zero it to begin. */
struct utf8 {
    uint8_t left; /* continuation bytes that must follow */
    uint8_t low;  /* range of the next one */
    uint8_t high;
};

/* False when the byte cannot follow those before it. A sequence is whole when `left` is 0. */
bool utf8_next(struct utf8 *u, unsigned char byte);
/* Appends a code point; false for surrogates and beyond U+10FFFF. */
bool utf8_put(struct buf *b, uint32_t code_point);

#define UTF8_REPLACEMENT 0xFFFD

/* Takes the first code point off the front of a text that is not empty; UTF8_REPLACEMENT for bytes that are no UTF-8. */
uint32_t utf8_take(struct slice *rest);
/*
 * How many columns a terminal gives it: 0 for a combining mark, 2 for a wide character of East Asia or a picture, else 1;
 * -1 where a terminal would obey it, or hide it, or turn round what stands beside it: such a one is not to be shown.
 */
int utf8_columns(uint32_t code_point);

#endif
