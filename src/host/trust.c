#include "host/trust.h"

#include "base/text.h"
#include "host/anchors.h"
#include "host/file.h"

#include <string.h>

#define ANCHORS_MOST 512
#define STORE_BYTES (512 * 1024)
#define FILE_BYTES (1024 * 1024)

/* Names and keys of the anchors, one after the other; `used` says how far. */
static struct {
    br_x509_trust_anchor anchors[ANCHORS_MOST];
    size_t count;
    unsigned char bytes[STORE_BYTES];
    size_t used;
    bool full;
} store;

static char file_text[FILE_BYTES];

/* A certificate while it is decoded: its name is gathered in the store from `name` on. */
struct decoding {
    br_x509_decoder_context x509;
    size_t name;
    bool inside;
};

static unsigned char *keep(const void *data, size_t len)
{
    if (len > STORE_BYTES - store.used) {
        store.full = true;
        return store.bytes;
    }
    unsigned char *at = store.bytes + store.used;
    memcpy(at, data, len);
    store.used += len;
    return at;
}

static void name_part(void *context, const void *data, size_t len)
{
    (void)context;
    (void)keep(data, len);
}

/* A decoder that has failed would go on behind the check that failed, if it were given more. TRUNCATED is but: not at its end yet. */
static void der_part(void *context, const void *data, size_t len)
{
    struct decoding *d = context;
    int why = br_x509_decoder_last_error(&d->x509);
    if (why == BR_ERR_OK || why == BR_ERR_X509_TRUNCATED)
        br_x509_decoder_push(&d->x509, data, len);
}

/* BearSSL's own form of the key points into the decoder: the numbers are copied to where they stay. */
static br_x509_pkey keep_key(const br_x509_pkey *from)
{
    br_x509_pkey key = *from;
    if (key.key_type == BR_KEYTYPE_RSA) {
        key.key.rsa.n = keep(key.key.rsa.n, key.key.rsa.nlen);
        key.key.rsa.e = keep(key.key.rsa.e, key.key.rsa.elen);
    } else {
        key.key.ec.q = keep(key.key.ec.q, key.key.ec.qlen);
    }
    return key;
}

static void certificate_end(struct decoding *d)
{
    const br_x509_pkey *key = br_x509_decoder_get_pkey(&d->x509);
    if (!key) {
        store.used = d->name; /* not one that we could use */
        return;
    }
    if (store.count == ANCHORS_MOST) {
        store.full = true;
        return;
    }
    br_x509_trust_anchor *anchor = &store.anchors[store.count++];
    anchor->dn.data = store.bytes + d->name;
    anchor->dn.len = store.used - d->name;
    anchor->flags = br_x509_decoder_isCA(&d->x509) ? BR_X509_TA_CA : 0;
    anchor->pkey = keep_key(key);
}

static bool is_certificate(const char *label)
{
    return strcmp(label, "CERTIFICATE") == 0 || strcmp(label, "X509 CERTIFICATE") == 0;
}

static bool pem_event(br_pem_decoder_context *pem, struct decoding *d)
{
    switch (br_pem_decoder_event(pem)) {
    case BR_PEM_BEGIN_OBJ:
        d->inside = is_certificate(br_pem_decoder_name(pem));
        d->name = store.used;
        br_x509_decoder_init(&d->x509, name_part, d);
        br_pem_decoder_setdest(pem, d->inside ? der_part : NULL, d);
        return true;
    case BR_PEM_END_OBJ:
        if (d->inside)
            certificate_end(d);
        d->inside = false;
        return true;
    case BR_PEM_ERROR:
        return false;
    default:
        return true;
    }
}

static bool pem_push(br_pem_decoder_context *pem, struct decoding *d, struct slice text)
{
    while (text.len > 0) {
        size_t used = br_pem_decoder_push(pem, text.at, text.len);
        text = slice_make(text.at + used, text.len - used);
        if (!pem_event(pem, d))
            return false;
    }
    return true;
}

/* The decoder knows an end line by its newline, which the last one may lack. */
static bool pem_decode(struct slice text)
{
    br_pem_decoder_context pem;
    struct decoding d = {.inside = false};
    br_pem_decoder_init(&pem);
    return pem_push(&pem, &d, text) && pem_push(&pem, &d, slice_of("\n")) && !d.inside;
}

bool trust_open(struct trust *t, const char *path, struct err *e)
{
    struct buf text = BUF_OF(file_text);
    if (!path[0]) {
        *t = (struct trust){anchors_builtin, anchors_builtin_count};
        return true;
    }
    if (!file_read(path, FILE_ANY, &text, e))
        return false;
    if (!pem_decode(buf_slice(&text)))
        return err_set(e, ERR_USAGE, "%s is no intact PEM file", path);
    if (store.full)
        return err_set(e, ERR_USAGE, "%s holds more than %d certificates; give those that the API needs", path, ANCHORS_MOST);
    if (store.count == 0)
        return err_set(e, ERR_USAGE, "%s holds no certificate that can be used", path);
    *t = (struct trust){store.anchors, store.count};
    return true;
}
