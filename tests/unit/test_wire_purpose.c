/*
 * purpose: the extended key usage of a certificate, wherever else its bytes may stand, and however they are cut. Faults,
 * row 25.
 */
#include "split.h"

#include "wire/purpose.h"

#define SERVER "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x01"
#define CLIENT "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02"
#define ANY "\x06\x04\x55\x1D\x25\x00"
#define USAGE_OID "\x06\x03\x55\x1D\x25"
#define OTHER_OID "\x06\x03\x55\x1D\x26"
#define CRITICAL "\x01\x01\xFF"

/* One element: tag, length in the form that its size asks for, or the form given, and what is in it. */
static void put(struct buf *b, char tag, struct slice inner, unsigned length_bytes)
{
    buf_putc(b, tag);
    if (length_bytes == 0 && inner.len < 128)
        buf_putc(b, (char)inner.len);
    unsigned form = length_bytes > 0 ? length_bytes : inner.len < 128 ? 0 : inner.len < 256 ? 1 : inner.len < 65536 ? 2 : 3;
    if (form > 0)
        buf_putc(b, (char)(0x80 | form));
    for (unsigned i = form; i > 0; i--)
        buf_putc(b, (char)(inner.len >> 8 * (i - 1)));
    buf_put(b, inner);
}

static char space[4][70000];
static struct buf spare(int n)
{
    return (struct buf){space[n], 0, sizeof space[n], false};
}

/* An extension: what stands before its value, and what is in the value. */
static void put_extension(struct buf *list, struct slice before, struct slice value, unsigned length_bytes)
{
    struct buf b = spare(0);
    buf_put(&b, before);
    put(&b, 0x04, value, length_bytes);
    put(list, 0x30, buf_slice(&b), 0);
}

struct row {
    const char *name;
    struct slice before;    /* of the extension; empty: it is not there */
    struct slice purposes;  /* in the list */
    char list;              /* the list's tag */
    size_t filler;          /* bytes of another extension */
    unsigned length_bytes;  /* of the value's length */
    const char *trailer;    /* after the certificate */
    bool serves;
};

static const struct row rows[] = {
    {"no extended key usage", LIT(""), LIT(""), 0x30, 5, 0, "", true},
    {"server", LIT(USAGE_OID), LIT(SERVER), 0x30, 5, 0, "", true},
    {"client", LIT(USAGE_OID), LIT(CLIENT), 0x30, 5, 0, "", false},
    {"client, critical", LIT(USAGE_OID CRITICAL), LIT(CLIENT), 0x30, 5, 0, "", false},
    {"server, critical", LIT(USAGE_OID CRITICAL), LIT(SERVER), 0x30, 5, 0, "", true},
    {"client and server", LIT(USAGE_OID), LIT(CLIENT SERVER), 0x30, 5, 0, "", true},
    {"server and client", LIT(USAGE_OID), LIT(SERVER CLIENT), 0x30, 5, 0, "", true},
    {"any", LIT(USAGE_OID), LIT(CLIENT ANY), 0x30, 5, 0, "", true},
    {"an empty list", LIT(USAGE_OID), LIT(""), 0x30, 5, 0, "", false},
    {"no list", LIT(USAGE_OID), LIT(SERVER), 0x31, 5, 0, "", false},
    {"a longer identifier", LIT(USAGE_OID), LIT("\x06\x09\x2B\x06\x01\x05\x05\x07\x03\x01\x01"), 0x30, 5, 0, "", false},
    {"a much longer identifier", LIT(USAGE_OID), LIT("\x06\x0C\x2B\x06\x01\x05\x05\x07\x03\x01\x01\x01\x01\x01"), 0x30, 5, 0, "", false},
    {"a shorter identifier", LIT(USAGE_OID), LIT("\x06\x07\x2B\x06\x01\x05\x05\x07\x03"), 0x30, 5, 0, "", false},
    {"another identifier as long as that of any", LIT(USAGE_OID), LIT("\x06\x04\x55\x1D\x25\x01"), 0x30, 5, 0, "", false},
    {"an empty identifier", LIT(USAGE_OID), LIT("\x06\x00"), 0x30, 5, 0, "", false},
    {"server, within something else", LIT(USAGE_OID), LIT("\x30\x0A" SERVER), 0x30, 5, 0, "", false},
    {"server, in another extension", LIT(OTHER_OID), LIT(CLIENT), 0x30, 5, 0, "", true},
    {"client after a long extension", LIT(USAGE_OID), LIT(CLIENT), 0x30, 300, 0, "", false},
    {"client after one of 64 kB", LIT(USAGE_OID), LIT(CLIENT), 0x30, 65600, 0, "", false},
    {"a long form of the length", LIT(USAGE_OID), LIT(CLIENT), 0x30, 5, 3, "", false},
    {"a length of four bytes", LIT(USAGE_OID), LIT(SERVER), 0x30, 5, 4, "", false},
    {"something after it", LIT(USAGE_OID), LIT(SERVER), 0x30, 5, 0, "\x30", false},
    {"a tag of two bytes", LIT(USAGE_OID), LIT("\x1F\x20\x00" SERVER), 0x30, 5, 0, "", false},
    {"an indefinite length", LIT(USAGE_OID), LIT("\x30\x80\x00\x00" SERVER), 0x30, 5, 0, "", false},
    {"an element longer than the list", LIT(USAGE_OID), LIT(SERVER "\x06\x01"), 0x30, 5, 0, "", false},
};

/* Where nobody looks: the same identifiers in the subject, and a whole extension after the signed part. */
#define TRAP "\xA3\x17\x30\x15\x30\x13" USAGE_OID "\x04\x0C\x30\x0A" SERVER

static struct slice certificate(const struct row *row)
{
    struct buf list = spare(1), inner = spare(2), whole = spare(3), value = spare(0);
    struct slice filler = slice_make(space[3], row->filler);
    put_extension(&list, S(OTHER_OID CRITICAL), filler, 0);
    if (row->before.len > 0) {
        struct buf purposes = spare(2);
        put(&purposes, row->list, row->purposes, 0);
        put_extension(&list, row->before, buf_slice(&purposes), row->length_bytes);
    }
    put_extension(&list, S(OTHER_OID), S(CLIENT SERVER), 0);
    put(&value, 0x30, buf_slice(&list), 0);
    buf_put(&inner, S("\xA0\x03\x02\x01\x02\x02\x01\x07\x30\x02\x05\x00"));
    put(&inner, 0x30, S(USAGE_OID CLIENT SERVER), 0);
    put(&inner, (char)0xA3, buf_slice(&value), 0);
    list = spare(1);
    put(&list, 0x30, buf_slice(&inner), 0);
    put(&list, 0x30, S(TRAP), 0);
    put(&list, 0x03, S("\0signature"), 0);
    put(&whole, 0x30, buf_slice(&list), 0);
    buf_puts(&whole, row->trailer);
    assert_false(whole.full || list.full || inner.full);
    return buf_slice(&whole);
}

static void start(void *state)
{
    purpose_start(state);
}

static bool take(void *state, struct slice piece, struct buf *trace)
{
    (void)trace;
    purpose_take(state, piece);
    return true;
}

static void end(void *state, struct buf *trace)
{
    buf_puts(trace, purpose_serves(state) ? "serves" : "does not");
}

static struct purpose purpose;
static const struct split_reader reader = {&purpose, start, take, end};

static void test_row(void **state)
{
    const struct row *row = *state;
    split_check(&reader, certificate(row), row->serves ? "serves" : "does not");
}

static void test_every_prefix(void **state)
{
    struct slice whole = certificate(&rows[1]);
    (void)state;
    for (size_t len = 0; len < whole.len; len++)
        split_assert(&reader, slice_make(whole.at, len), len, 1, "does not");
}

static void test_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        split_check_damaged(&reader, certificate(&rows[i]));
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_row, rows);
    SUITE_TEST(&suite, test_every_prefix);
    SUITE_TEST(&suite, test_damaged);
    return suite_run(&suite, "wire_purpose");
}
