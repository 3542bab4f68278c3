/*
 * metadata: items fetched from the instance metadata service, one after the other; see app/fetch.h for how patiently.
 *
 * Layer: app.
 * Trust: see aws/imds.h. The session token never leaves this struct.
 */
#ifndef APP_METADATA_H
#define APP_METADATA_H

#include "app/fetch.h"
#include "aws/imds.h"
#include "base/error.h"
#include "base/world.h"

#include <stdbool.h>
#include <stdint.h>

struct metadata {
    struct fetch fetch; /* first, so that it leads back to the whole */
    struct origin origin;
    struct imds_token token;
    bool has_token;
    const char *path; /* of the item in flight */
};

/* In an object of zeros, or once more in the same one. */
void metadata_start(struct metadata *m, const struct world *w, const struct origin *origin);
/* GET of an item; a token is fetched first when there is none. `*body` is valid until the next call. IDENTITY. */
bool metadata_get(struct metadata *m, const char *path, uint64_t deadline_us, struct slice *body, struct err *e);

#endif
