/*
 * call: one call of a Query API from its body to its meaning: signed, exchanged, decoded, and repeated where a
 * repetition can cure. Many at once.
 *
 * Layer: app.
 * A call that only reads is repeated until its deadline. A call that writes is attempted once: whoever repeats it must
 * have looked first, and the end says whether it was carried out, was not, or may have been.
 * Limits: as many calls as LIMIT_TABLES at once. A call holds no secret; its request exists only in the connection.
 */
#ifndef APP_CALL_H
#define APP_CALL_H

#include "aws/credentials.h"
#include "aws/query.h"
#include "base/value.h"
#include "base/world.h"
#include "core/retry.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stdint.h>

/* The Go SDK's rule: clocks that differ by more than this explain a refused signature. */
#define SKEW_S 240

/* AWS's clock less this host's, applied to signatures: 0 until AWS has refused one for it. Corrected once. */
struct skew {
    int64_t s;
    bool corrected;
};

/* Whom to ask, and as whom. What AWS has refused a signature for is corrected once: the clock, and the keys. */
struct api {
    const char *service; /* of the signature's scope, a literal: "ec2" */
    struct origin origin;
    struct region region;
    struct credentials credentials; /* without an access key: nothing is signed */
    struct skew *skew; /* one for all */
    /* Fetches the credentials again; NULL where they cannot be. */
    bool (*renew)(void *context, struct err *e);
    void *context;
    bool keys_renewed;
    unsigned corrections; /* how many of them there were */
};

enum call_end {
    CALL_PENDING,
    CALL_ANSWERED, /* `answer` says what; `err` puts any but DONE into words */
    CALL_LOST,     /* a write that may have been carried out; `err` says what happened */
    CALL_FAILED,   /* not carried out; `err` says why, and `again` whether another attempt could end better */
};

struct call {
    struct exchange exchange; /* the world's handle; first, so that it leads back to the call */
    const struct world *world;
    struct api *api;
    struct slice body; /* the form, kept by the caller */
    bool cut;          /* it did not fit there */
    bool writes;
    uint64_t begin_by_us; /* not sent any more after it; the caller may set it once the call has been started */
    struct http_reply http;
    struct query_reply *reply; /* kept by the caller */

    enum call_end end;
    enum query_answer answer;
    bool again;
    bool late;      /* not sent, since no connection was free for it by `begin_by_us` */
    bool malformed; /* the reply could not be understood */
    unsigned attempts;
    unsigned corrections; /* that its signature knew of */
    uint64_t due_us; /* the next attempt */
    uint64_t sent_us; /* when the latest one was sent, 0 if it was not, */
    uint64_t ended_us; /* and when its reply was there, or was given up */
};

/* Makes a call ready to run. `reply` has been started; it and the bytes of `body` must outlive the run. A full body is not sent. */
void call_start(struct call *c, struct query_reply *reply, const struct buf *body, bool writes);

/* Runs all at once until each has ended; none begins after `deadline_us`. Each says for itself how it ended. */
void calls_run(const struct world *w, struct api *api, struct call *calls, size_t count, uint64_t deadline_us, bool interruptible);

#endif
