/*
 * query: what the replies of all AWS Query APIs have in common: XML under the root that the action has, or an error with
 * a code and a message. What is inside the root is the business of each API, which says so in a `struct query_kind`.
 *
 * Layer: aws, pure.
 * Trust: a reply is untrusted. It is decoded as it arrives; an element counts only at its own path, order of elements
 * does not matter, unknown elements, and what an API skips, are passed over, what may be there once is there once.
 */
#ifndef AWS_QUERY_H
#define AWS_QUERY_H

#include "base/error.h"
#include "base/text.h"
#include "wire/xml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an answer means for the one who asked. */
enum query_answer {
    QUERY_DONE,         /* carried out */
    QUERY_NO_ROUTE,     /* there is no such route to replace or delete */
    QUERY_ROUTE_EXISTS, /* there is such a route already */
    QUERY_THROTTLED,    /* not carried out: too many requests */
    QUERY_UNAUTHENTIC,  /* not carried out: keys, token or clock */
    QUERY_PASSING,      /* AWS's own failure: it may have been carried out */
    QUERY_REFUSED,      /* not carried out, and asking again would not help */
};

/* Places of elements that all APIs have; an API's own begin with QUERY_OWN. */
enum query_place {
    QUERY_UNKNOWN, /* so is everything inside it */
    QUERY_DOCUMENT,
    QUERY_FAILURE, /* an error's, up to the message */
    QUERY_ERRORS,
    QUERY_ERROR,
    QUERY_ERROR_CODE,
    QUERY_ERROR_MESSAGE,
    QUERY_REPLY, /* the root that the action has */
    QUERY_OWN,
    QUERY_PLACES = 64, /* at most */
};

/* Which element leads to which place. A list of them ends with one without a name. */
struct query_step {
    char name[32];
    uint8_t to;
};

/* What an error code means; where one code has several meanings, with a message that begins so. */
struct query_code {
    const char *code;
    const char *beginning;
    enum query_answer answer;
};

/* What to do about an error whose code or message begins so. */
struct query_cure {
    const char *beginning;
    const char *cure;
};

struct query_reply;

/* One API's replies; of codes and cures its own, beside those of all. */
struct query_kind {
    const struct query_step *const *steps; /* for each of QUERY_PLACES what leads further from there, or NULL */
    const struct query_code *codes;
    size_t code_count;
    const struct query_cure *cures;
    size_t cure_count;
    uint64_t repeatable; /* a bit for each place that one element may hold more than once */
    /* Forgets what a reply before, which may have been cut, has left. */
    void (*restart)(struct query_reply *r);
    void (*open)(struct query_reply *r, uint8_t place);
    /* An element has ended; `text` means something at the places that the API knows. */
    bool (*close)(struct query_reply *r, uint8_t place, struct slice text, struct err *e);
    /* What a whole reply with status 200 comes to. */
    bool (*end)(struct query_reply *r, enum query_answer *answer, struct err *e);
};

/* The decoder of one reply: the first member of the API's own. */
struct query_reply {
    const struct query_kind *kind;
    const char *action;
    struct query_reply *also; /* another decoder of the same bytes, which may look for something else in them; NULL: none */

    /* Of an error; empty when there was none. */
    char code[64];
    char message[LIMIT_UNTRUSTED_TEXT + 4]; /* printable */

    /* The decoder's own state. */
    bool garbled;
    uint8_t place[LIMIT_XML_DEPTH + 1];
    uint64_t inside[LIMIT_XML_DEPTH + 1]; /* a bit for each place seen in the open element of that depth */
    struct xml xml;
};

/* A decoder for replies to `action`, a literal, alone: `also` may be set afterwards. `text` takes an element's. */
void query_start(struct query_reply *r, const struct query_kind *kind, const char *action, struct buf text);
/* The same once more, after a reply that did not come or was no success; `also` for the other one. */
void query_restart(struct query_reply *r);
/* Body bytes as they arrive, for both. With `status` 200 what is not the XML expected is NETWORK; an error's body may be anything. */
bool query_take(struct query_reply *r, unsigned status, struct slice body, struct err *e);
/* After the body's end. False when a reply with status 200 is not whole (NETWORK), or not what its API gives. */
bool query_end(struct query_reply *r, unsigned status, enum query_answer *answer, struct err *e);
/* Puts an answer other than DONE into words: status, code, message, and what to do where that is known. Always false. */
bool query_explain(const struct query_reply *r, unsigned status, enum query_answer answer, struct err *e);
/* A peer's text for people only, cut at the array's size. */
void query_show(struct slice text, char *to, size_t cap);

#endif
