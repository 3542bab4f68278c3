#include "wire/utf8.h"

static bool sequence(struct utf8 *u, uint8_t left, uint8_t low, uint8_t high)
{
    *u = (struct utf8){left, low, high};
    return true;
}

/* RFC 3629, section 4: the range of the second byte rules out overlong forms, surrogates and what is beyond U+10FFFF. */
static bool first_byte(struct utf8 *u, unsigned char byte)
{
    if (byte < 0x80)
        return true;
    if (byte >= 0xC2 && byte <= 0xDF)
        return sequence(u, 1, 0x80, 0xBF);
    if (byte >= 0xE0 && byte <= 0xEF)
        return sequence(u, 2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);
    if (byte >= 0xF0 && byte <= 0xF4)
        return sequence(u, 3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
    return false;
}

bool utf8_next(struct utf8 *u, unsigned char byte)
{
    if (u->left == 0)
        return first_byte(u, byte);
    if (byte < u->low || byte > u->high)
        return false;
    return sequence(u, (uint8_t)(u->left - 1), 0x80, 0xBF);
}

bool utf8_put(struct buf *b, uint32_t c)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return false;
    if (c < 0x80) {
        buf_putc(b, (char)c);
    } else if (c < 0x800) {
        buf_putc(b, (char)(0xC0 | c >> 6));
        buf_putc(b, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_putc(b, (char)(0xE0 | c >> 12));
        buf_putc(b, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_putc(b, (char)(0x80 | (c & 0x3F)));
    } else {
        buf_putc(b, (char)(0xF0 | c >> 18));
        buf_putc(b, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_putc(b, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_putc(b, (char)(0x80 | (c & 0x3F)));
    }
    return true;
}
