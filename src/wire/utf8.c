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

uint32_t utf8_take(struct slice *rest)
{
    struct utf8 u = {0};
    uint32_t c = 0;
    size_t len = 0;
    do {
        unsigned char byte = len < rest->len ? (unsigned char)rest->at[len] : 0;
        if (len == rest->len || !utf8_next(&u, byte)) {
            len = len > 0 ? len : 1;
            c = UTF8_REPLACEMENT;
            break;
        }
        c = len > 0 ? c << 6 | (byte & 0x3F) : u.left > 0 ? byte & (0x3Fu >> u.left) : byte;
        len++;
    } while (u.left > 0);
    *rest = slice_make(rest->at + len, rest->len - len);
    return c;
}

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_among(const struct range *ranges, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* Controls of both sets; what joins, separates or reorders without being seen; tags; what is no character at all. */
static const struct range unseen[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},     {0x180E, 0x180E},
                                      {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xD800, 0xDFFF},   {0xFEFF, 0xFEFF},
                                      {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0x110000, UINT32_MAX}};

/* The blocks of combining marks, and variation selectors. */
static const struct range combining[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x610, 0x61A},   {0x64B, 0x65F},
                                         {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0x3099, 0x309A},
                                         {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

/* Unicode Standard Annex 11, wide and full width, block by block. */
static const struct range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
                                    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x1B2FF},
                                    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

#define IS_AMONG(ranges, c) is_among(ranges, sizeof(ranges) / sizeof *(ranges), c)

int utf8_columns(uint32_t c)
{
    if (c >= ' ' && c <= '~')
        return 1;
    return IS_AMONG(unseen, c) ? -1 : IS_AMONG(combining, c) ? 0 : IS_AMONG(wide, c) ? 2 : 1;
}
