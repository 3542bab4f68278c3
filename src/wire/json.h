/*
 * json: a strict scanner for one small JSON document that is wholly in memory (RFC 8259), token by token.
 *
 * Layer: wire, pure.
 * Trust: the document is untrusted; anything outside the grammar is refused, and so are bad UTF-8, lone surrogates,
 * a byte order mark, and nesting beyond LIMIT_JSON_DEPTH. Duplicate keys are for the caller to see.
 * Lifetime: the text of a token is valid until the next call (keys and strings are decoded into the scratch buffer).
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum json_kind {
    JSON_OBJECT, /* { */
    JSON_ARRAY,  /* [ */
    JSON_CLOSE,  /* } or ] */
    JSON_KEY,    /* `text` is the key, decoded */
    JSON_STRING, /* `text` is the value, decoded */
    JSON_NUMBER, /* `text` is the number as written */
    JSON_WORD,   /* `text` is true, false or null */
    JSON_END,    /* the document is complete and nothing but white space follows */
};

struct json {
    struct slice rest;
    struct buf scratch;
    uint8_t depth;
    uint8_t state;
    char open[LIMIT_JSON_DEPTH];
};

/* `scratch` holds one decoded key or string at a time; one that does not fit is refused. */
void json_start(struct json *j, struct slice document, struct buf scratch);
/* After JSON_END and after false it must not be called. Kind IDENTITY: every JSON that this program reads is metadata. */
bool json_next(struct json *j, enum json_kind *kind, struct slice *text, struct err *e);

#endif
