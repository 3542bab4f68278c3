/*
 * findings: what a preflight finds, as it comes: how bad it is, what it is about, what was seen and, unless all is well,
 * what to do. A line each, or as members of a JSON document, which findings_end() completes:
 *
 *   {"findings": [{"level": "ok" or "warning" or "failure", "about": TEXT, "seen": TEXT, "cure": TEXT or null}, ...],
 *    "result": {"kind": TEXT, "status": NUMBER, "failures": NUMBER, "warnings": NUMBER}}
 *
 * Layer: core, pure.
 * Text: as an error's (base/error.h): what was seen, then, after the one ';', what to do, as a command where there is one.
 */
#ifndef CORE_FINDINGS_H
#define CORE_FINDINGS_H

#include "base/error.h"
#include "base/text.h"
#include "wire/json_put.h"

#include <stdbool.h>
#include <stddef.h>

#define FINDINGS_VERSION 1 /* of the document: raised when a member changes its meaning or goes */

enum finding {
    FINDING_OK,
    FINDING_WARNING, /* a failover would succeed all the same, or nobody knows */
    FINDING_FAILURE, /* one to this host would not */
};

struct findings {
    struct buf *out;
    bool as_json;
    struct json_put json;
    const char *whose; /* of several, as a literal or the configuration has it: before what was seen; NULL: of all */
    size_t count[FINDING_FAILURE + 1];
    struct err first; /* failure */
};

void findings_start(struct findings *f, struct buf *out, bool as_json);
/* `about` is a word or two, a literal. */
void findings_add(struct findings *f, enum finding finding, const char *about, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What an error says of `about`, as no more than a warning. */
void findings_warn(struct findings *f, const char *about, const struct err *why);
/* The same as a failure. Always false, so that `return findings_fail(...)` reads well. */
bool findings_fail(struct findings *f, const char *about, const struct err *why);
/* False when there is a failure: `*e` has the kind of the first one and what was seen, and how many there are. */
bool findings_end(struct findings *f, struct err *e);

#endif
