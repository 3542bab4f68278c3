#include "wire/purpose.h"

#include <string.h>

enum { TAG, LENGTH, MORE_LENGTH, VALUE };

#define SEQUENCE 0x30
#define OCTET_STRING 0x04
#define OBJECT_IDENTIFIER 0x06
#define EXTENSIONS 0xA3 /* [3] of TBSCertificate */
#define LENGTH_BYTES_MOST 3

/* What is opened at each depth on the way to a purpose; all else is passed over. */
static const uint8_t path[] = {SEQUENCE, SEQUENCE, EXTENSIONS, SEQUENCE, SEQUENCE, OCTET_STRING, SEQUENCE};
enum { AT_SIGNED_PART = 1, IN_EXTENSION = 5, IN_PURPOSES = 7 };

_Static_assert(sizeof path == IN_PURPOSES && sizeof path == PURPOSE_DEPTH, "each has its end");

static const uint8_t extended_key_usage[] = {0x55, 0x1D, 0x25};                       /* 2.5.29.37 */
static const uint8_t any_purpose[] = {0x55, 0x1D, 0x25, 0x00};                        /* 2.5.29.37.0 */
static const uint8_t server_auth[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01}; /* 1.3.6.1.5.5.7.3.1 */

#define IS_OID(p, oid_) ((p)->oid_len == sizeof(oid_) && memcmp((p)->oid, (oid_), sizeof(oid_)) == 0)

void purpose_start(struct purpose *p)
{
    memset(p, 0, sizeof *p);
}

static bool is_on_path(const struct purpose *p)
{
    if (p->depth == IN_PURPOSES || p->tag != path[p->depth])
        return false;
    return (p->depth != AT_SIGNED_PART || !p->signed_part) && (p->depth != IN_EXTENSION || p->is_usage);
}

static void open_element(struct purpose *p)
{
    p->signed_part |= p->depth == AT_SIGNED_PART;
    p->listed |= p->depth == IN_EXTENSION;
    p->end[p->depth++] = p->at + p->length;
    p->part = TAG;
}

static void value_end(struct purpose *p)
{
    p->part = TAG;
    if (p->tag != OBJECT_IDENTIFIER)
        return;
    if (p->depth == IN_EXTENSION)
        p->is_usage = IS_OID(p, extended_key_usage);
    if (p->depth == IN_PURPOSES)
        p->serves |= IS_OID(p, server_auth) || IS_OID(p, any_purpose);
}

/* Tag and length have been read. An element that ends after the one around it leaves that one open: it is never whole. */
static void head_end(struct purpose *p)
{
    p->oid_len = 0;
    p->part = VALUE;
    if (is_on_path(p))
        open_element(p);
    else if (p->length == 0)
        value_end(p);
}

static void tag_byte(struct purpose *p, uint8_t byte)
{
    bool second = p->depth == 0 && p->at > 1; /* something after the certificate */
    p->bad |= second || (byte & 0x1F) == 0x1F;
    p->tag = byte;
    p->part = LENGTH;
}

/* Up to 127 it is the length; above, how many bytes of length follow, and none would be the indefinite form. */
static void length_byte(struct purpose *p, uint8_t byte)
{
    p->length_bytes = byte & 0x7F;
    p->bad |= byte == 0x80 || (byte > 0x80 && p->length_bytes > LENGTH_BYTES_MOST);
    p->length = byte < 0x80 ? byte : 0;
    p->part = MORE_LENGTH;
    if (byte < 0x80)
        head_end(p);
}

static void more_length_byte(struct purpose *p, uint8_t byte)
{
    p->length = p->length << 8 | byte;
    if (--p->length_bytes == 0)
        head_end(p);
}

static void value_byte(struct purpose *p, uint8_t byte)
{
    if (p->tag == OBJECT_IDENTIFIER && p->oid_len < sizeof p->oid)
        p->oid[p->oid_len++] = byte;
    if (--p->length == 0)
        value_end(p);
}

static void take_byte(struct purpose *p, uint8_t byte)
{
    static void (*const takes[])(struct purpose *p, uint8_t byte) = {tag_byte, length_byte, more_length_byte, value_byte};
    p->at++;
    takes[p->part](p, byte);
    while (p->part == TAG && p->depth > 0 && p->at == p->end[p->depth - 1])
        p->depth--;
}

void purpose_take(struct purpose *p, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len && !p->bad; i++)
        take_byte(p, (uint8_t)bytes.at[i]);
}

/* What is bad stays within a tag or a length. */
bool purpose_serves(const struct purpose *p)
{
    bool whole = p->signed_part && p->depth == 0 && p->part == TAG;
    return whole && (!p->listed || p->serves);
}
