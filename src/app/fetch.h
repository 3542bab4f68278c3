/*
 * fetch: small answers of the services that a host has for itself (its metadata, a container's credentials), one after the
 * other over one kept-alive connection.
 *
 * Layer: app. Each attempt has a second; what does not come, or comes malformed, and 5xx are tried again after 0.25, 0.5 and
 * 1 s, as such a service may not be ready early in a boot.
 * Trust: an answer is untrusted and may be anything of LIMIT_IMDS_REPLY bytes. The Date of a reply is what anybody on the way
 * may have written: it puts a wrong clock into words and decides nothing, so that no certificate is ever checked against it.
 * Lifetime: an answer may hold a secret: whoever has asked for one forgets it. The next question overwrites it, too.
 */
#ifndef APP_FETCH_H
#define APP_FETCH_H

#include "base/error.h"
#include "base/world.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stdint.h>

struct fetch {
    const struct world *world;
    const struct origin *origin; /* kept by the caller */
    bool interruptible;
    int64_t skew_s; /* the service's clock less this host's, by the last Date that it gave; 0 before there was one */

    /* The question, set by whoever asks: how it is put, and whether an answer 401 may be another's soon. */
    void (*put)(const struct fetch *f, struct buf *request);
    bool passing_401;

    /* The answer. */
    struct exchange exchange;
    struct http_reply http;
    struct buf body;
    char text[LIMIT_IMDS_REPLY];
};

/* In an object of zeros, or once more in the same one. */
void fetch_start(struct fetch *f, const struct world *w, const struct origin *origin);
/* Overwrites the answer. */
void fetch_forget(struct fetch *f);
/* Attempts until there is an answer that another attempt would not better; false when there is none, and `exchange` says why. */
bool fetch_run(struct fetch *f, uint64_t deadline_us);

#endif
