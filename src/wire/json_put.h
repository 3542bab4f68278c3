/*
 * json_put: a JSON document (RFC 8259) written into a buffer, member by member: brackets, commas, escapes and line breaks
 * are its business and not the caller's.
 *
 * Layer: wire, pure.
 * Trust: strings are untrusted. Bytes that are no UTF-8 become U+FFFD, and all that a terminal would obey or hide is
 * escaped, so that the document may be shown as it is.
 * Limits: LIMIT_JSON_DEPTH. What would be no JSON (nested too deeply, a key in an array, none in an object, a second value
 * at the top, nothing left to close) leaves the buffer full, as what does not fit does.
 */
#ifndef WIRE_JSON_PUT_H
#define WIRE_JSON_PUT_H

#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct json_put {
    struct buf *out;
    unsigned indent; /* blanks for each level, a member a line; 0: all on one line */
    uint8_t depth;
    bool empty; /* the object or array that is open has no member yet */
    char closes[LIMIT_JSON_DEPTH];
};

void json_put_start(struct json_put *j, struct buf *out, unsigned indent);
/* `key` is the member's name in an object, a literal; NULL in an array and for the document itself. */
void json_put_object(struct json_put *j, const char *key);
void json_put_array(struct json_put *j, const char *key);
/* Closes the object or array opened last. */
void json_put_close(struct json_put *j);
void json_put_string(struct json_put *j, const char *key, struct slice text);
void json_put_number(struct json_put *j, const char *key, int64_t number);
void json_put_bool(struct json_put *j, const char *key, bool is);
void json_put_null(struct json_put *j, const char *key);
/* A string, or null where the text is NULL or empty. */
void json_put_text(struct json_put *j, const char *key, const char *text);
/* Closes all that is open, and ends the line. */
void json_put_end(struct json_put *j);

#endif
