/* pem: files of certificates, and what is told of one: of each trust anchor its name, and whether it may issue others. */
#include "../grammar.h"

/* The file is the input; the built-in roots are none. */
#include "host/trust.c"

const br_x509_trust_anchor anchors_builtin[1];
const size_t anchors_builtin_count = 0;

static struct slice content;

bool file_read(const char *path, enum file_owner owner, struct buf *text, struct err *e)
{
    (void)path;
    (void)owner;
    (void)e;
    buf_put(text, content);
    return true;
}

static bool is_stored(const void *at, size_t len)
{
    const unsigned char *first = at;
    return first >= store.bytes && len <= store.used && (size_t)(first - store.bytes) <= store.used - len;
}

/* Bytes of it that are in the store. */
static size_t claim_anchor(const br_x509_trust_anchor *anchor)
{
    const br_x509_pkey *key = &anchor->pkey;
    claim(is_stored(anchor->dn.data, anchor->dn.len));
    if (key->key_type == BR_KEYTYPE_RSA) {
        claim(is_stored(key->key.rsa.n, key->key.rsa.nlen) && is_stored(key->key.rsa.e, key->key.rsa.elen));
        return anchor->dn.len + key->key.rsa.nlen + key->key.rsa.elen;
    }
    claim(is_stored(key->key.ec.q, key->key.ec.qlen));
    return anchor->dn.len + key->key.ec.qlen;
}

static bool tell(struct pieces *in, struct buf *out)
{
    struct trust trust;
    struct err e = {0};
    store.count = store.used = 0;
    store.full = false;
    content = pieces_all(in);
    if (!trust_open(&trust, "file", &e))
        return refused(out, &e);
    claim(trust.count >= 1 && trust.count <= ANCHORS_MOST && trust.anchors == store.anchors);
    size_t stored = 0;
    for (size_t i = 0; i < trust.count; i++) {
        stored += claim_anchor(&trust.anchors[i]);
        buf_putf(out, "%s ", trust.anchors[i].flags & BR_X509_TA_CA ? "issuer" : "server");
        buf_put_hex(out, trust.anchors[i].dn.data, trust.anchors[i].dn.len);
        buf_putc(out, '\n');
    }
    claim(stored == store.used); /* nothing of what was passed over */
    return true;
}

/* The certificates of a file are those of its two halves, where both are files. */
static void check(struct slice input)
{
    size_t count[3] = {0};
    struct slice half = slice_make(input.at, input.len / 2);
    const struct slice parts[] = {input, half, slice_make(input.at + half.len, input.len - half.len)};
    char path[] = "file";
    for (size_t i = 0; i < 3; i++) {
        struct trust trust;
        struct err e = {0};
        store.count = store.used = 0;
        store.full = false;
        content = parts[i];
        if (!trust_open(&trust, path, &e))
            return;
        count[i] = trust.count;
    }
    claim(count[0] == count[1] + count[2]);
}

const struct grammar grammar_pem = {"pem", .is_own = false, tell, check};
