/*
 * metadata: items fetched from the instance metadata service, one after the other over one kept-alive connection.
 *
 * Layer: app. Each attempt has a second; what does not come, or comes malformed, and 401 and 5xx are tried again after 0.25,
 * 0.5 and 1 s, as the service may not be ready early in a boot.
 * Trust: see aws/imds.h. The session token never leaves this struct. The Date of a reply is what anybody on the way may have
 * written: it puts a wrong clock into words and decides nothing, so that no certificate is ever checked against it.
 */
#ifndef APP_METADATA_H
#define APP_METADATA_H

#include "aws/imds.h"
#include "base/error.h"
#include "base/world.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stdint.h>

struct metadata {
    const struct world *world;
    struct origin origin;
    struct imds_token token;
    bool has_token;
    bool interruptible;
    int64_t skew_s; /* the service's clock less this host's, by the last Date that it gave; 0 before there was one */

    /* The item in flight. */
    struct exchange exchange;
    const char *path;
    struct http_reply http;
    struct buf body;
    char text[LIMIT_IMDS_REPLY];
};

void metadata_start(struct metadata *m, const struct world *w, const struct origin *origin);
/* GET of an item; a token is fetched first when there is none. `*body` is valid until the next call. IDENTITY. */
bool metadata_get(struct metadata *m, const char *path, uint64_t deadline_us, struct slice *body, struct err *e);

#endif
