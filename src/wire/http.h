/*
 * http: HTTP/1.1 messages of a client (RFC 9112): requests appended to a buffer, replies framed as they arrive.
 *
 * Layer: wire, pure.
 * Trust: a reply is untrusted. The reader is total: it accepts any bytes in pieces of any size, gives the same answer
 * for every split, and keeps a few hundred bytes whatever comes. It is stricter than the RFC demands where laxness
 * serves nobody: CRLF only, no folded lines, no chunk extensions, no Content-Length beside Transfer-Encoding, no
 * content coding, no reply without a length (the end of the connection is never the end of a message), no 204, 205 or 304.
 * Limits: LIMIT_HTTP_HEAD, LIMIT_HTTP_BODY, LIMIT_HTTP_INTERIM.
 */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>
#include <stdint.h>

/* "METHOD PATH HTTP/1.1" and Host. */
void http_put_request(struct buf *b, const char *method, const char *path, const struct origin *origin);
void http_put_header(struct buf *b, const char *name, struct slice value);
/* CONNECT to the origin through its proxy, whole: only where to, and who asks (RFC 9110, section 9.3.6). */
void http_put_connect(struct buf *b, const struct origin *origin);
/* Content-Length where there is a body, the empty line, the body. */
void http_put_body(struct buf *b, struct slice body);

enum http_event {
    HTTP_MORE, /* all input is used up; the message goes on */
    HTTP_BODY, /* `*body` is the next piece of the body */
    HTTP_END,  /* the message is complete; what is left of the input is not part of it */
    HTTP_BAD,  /* refused; the error says why */
};

struct http_reply {
    /* What the head said; valid from the first HTTP_BODY or HTTP_END on. */
    unsigned status;    /* 200 to 599 */
    bool keep;          /* the connection may serve another request */
    bool has_date;
    int64_t date_utc_s; /* of the Date header */
    bool xml;           /* Content-Type is text/xml or application/xml, or there is none */

    /* The reader's own state. */
    uint8_t state;
    uint8_t header; /* which header the line is */
    uint8_t interim;
    bool old;       /* HTTP/1.0 */
    bool head_only;
    bool has_length;
    bool chunked;
    uint8_t name_len;
    uint8_t value_len;
    bool value_cut;
    char name[20];
    char value[64];
    uint32_t head_bytes;
    uint64_t body_bytes;
    uint64_t length; /* bytes left of the body or of the chunk */
};

/* Makes the reader ready for one reply. */
void http_reply_start(struct http_reply *r);
/* For one to CONNECT: it ends with its head, whatever that says of a length or a coding; any status from 200 on is an answer. */
void http_reply_start_connect(struct http_reply *r);
/* Takes bytes off the front of `*in` until there is something to say. After HTTP_END and HTTP_BAD it must not be called. */
enum http_event http_next(struct http_reply *r, struct slice *in, struct slice *body, struct err *e);

#endif
