/*
 * utf8: one code point at a time, written and checked (RFC 3629).
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

#endif
