#include "wire/http.h"

#include "base/stamp.h"
#include "wire/uri.h"

#include <string.h>

void http_put_request(struct buf *b, const char *method, const char *path, const struct origin *origin)
{
    buf_puts(b, method);
    buf_putc(b, ' ');
    buf_puts(b, path);
    buf_puts(b, " HTTP/1.1\r\nHost: ");
    uri_put_authority(b, origin);
    buf_puts(b, "\r\n");
}

void http_put_connect(struct buf *b, const struct origin *origin)
{
    buf_puts(b, "CONNECT ");
    uri_put_host_port(b, origin);
    buf_puts(b, " HTTP/1.1\r\nHost: ");
    uri_put_host_port(b, origin);
    buf_puts(b, "\r\n");
    if (origin->proxy->reveal[0]) {
        buf_puts(b, "Proxy-Authorization: Basic ");
        buf_puts(b, origin->proxy->reveal);
        buf_puts(b, "\r\n");
    }
    buf_puts(b, "\r\n");
}

void http_put_header(struct buf *b, const char *name, struct slice value)
{
    buf_puts(b, name);
    buf_puts(b, ": ");
    buf_put(b, value);
    buf_puts(b, "\r\n");
}

void http_put_body(struct buf *b, struct slice body)
{
    if (body.len > 0) {
        buf_puts(b, "Content-Length: ");
        buf_put_u64(b, body.len);
        buf_puts(b, "\r\n");
    }
    buf_puts(b, "\r\n");
    buf_put(b, body);
}

/*
 * The reader is one state machine over bytes. A line of the head is gathered as a name and a value, each cut at the
 * size of its array: a name that fills it is none of ours, and a value that was cut is none that we act on.
 */
enum {
    STATUS_LINE,  /* gathers into `value` until CR */
    STATUS_LF,
    LINE_START,   /* first byte of a header line, or the CR of the empty one */
    NAME,
    VALUE,
    VALUE_LF,
    HEAD_LF,      /* the LF of the empty line */
    BODY,
    CHUNK_SIZE,
    CHUNK_SIZE_LF,
    CHUNK,
    CHUNK_CR,
    CHUNK_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    TRAILER_END_LF,
};

enum { OTHER, CONTENT_LENGTH, TRANSFER_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, CONNECTION, DATE };

void http_reply_start(struct http_reply *r)
{
    memset(r, 0, sizeof *r);
}

void http_reply_start_connect(struct http_reply *r)
{
    http_reply_start(r);
    r->head_only = true;
}

static bool bad(struct err *e, const char *what)
{
    return err_set(e, ERR_NETWORK, "malformed reply: %s", what);
}

static bool is_token(char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_field_text(char c)
{
    return c == '\t' || (c >= ' ' && c <= '~');
}

/* False when the array is full, and the byte dropped. */
static bool gather(char c, char *into, size_t cap, uint8_t *len)
{
    bool room = *len < cap;
    if (room)
        into[(*len)++] = c;
    return room;
}

static void line_start(struct http_reply *r)
{
    r->name_len = 0;
    r->value_len = 0;
    r->value_cut = false;
}

/* "HTTP/1.1 200 Reason" or "HTTP/1.1 200"; the reason may be cut. */
static bool status_line(struct http_reply *r, struct err *e)
{
    struct slice line = slice_make(r->value, r->value_len);
    uint64_t status;
    r->old = slice_starts(line, "HTTP/1.0 ");
    if (!r->old && !slice_starts(line, "HTTP/1.1 "))
        return bad(e, "it does not begin with HTTP/1.1");
    bool reason = line.len > 12;
    if (line.len < 12 || !slice_u64(slice_make(line.at + 9, 3), 599, &status) || status < 100 || (reason && line.at[12] != ' '))
        return bad(e, "its status is no number from 100 to 599");
    if (status == 101 || (!r->head_only && (status == 204 || status == 205 || status == 304)))
        return bad(e, "its status has no meaning here");
    r->status = (unsigned)status;
    r->keep = !r->old;
    r->xml = true; /* unless Content-Type says otherwise */
    line_start(r);
    return true;
}

static uint8_t header_of(const struct http_reply *r)
{
    static const char *const names[] = {"",         "content-length", "transfer-encoding", "content-encoding", "content-type",
                                        "connection", "date"};
    for (uint8_t i = CONTENT_LENGTH; i <= DATE; i++)
        if (slice_is_nocase(slice_make(r->name, r->name_len), names[i]))
            return i;
    return OTHER;
}

static bool content_length(struct http_reply *r, struct slice value, struct err *e)
{
    uint64_t length;
    if (!slice_u64(value, UINT64_MAX, &length))
        return bad(e, "its Content-Length is no number");
    if (r->has_length && r->length != length)
        return bad(e, "it has two lengths");
    if (length > LIMIT_HTTP_BODY)
        return bad(e, "it is too large");
    r->has_length = true;
    r->length = length;
    return true;
}

static bool transfer_encoding(struct http_reply *r, struct slice value, struct err *e)
{
    if (r->chunked || r->old || !slice_is_nocase(value, "chunked"))
        return bad(e, "its Transfer-Encoding is not just 'chunked'");
    r->chunked = true;
    return true;
}

static bool is_xml_type(struct slice value)
{
    struct slice type = slice_cut(&value, ';');
    return slice_is_nocase(slice_trim(type), "text/xml") || slice_is_nocase(slice_trim(type), "application/xml");
}

/* "close" as one of the comma-separated options. */
static bool has_close(struct slice value)
{
    while (value.len > 0)
        if (slice_is_nocase(slice_trim(slice_cut(&value, ',')), "close"))
            return true;
    return false;
}

static bool header_line(struct http_reply *r, struct err *e)
{
    struct slice value = slice_trim(slice_make(r->value, r->value_len));
    uint8_t header = r->header;
    if (r->value_cut && !r->head_only && (header == CONTENT_LENGTH || header == TRANSFER_ENCODING || header == CONTENT_ENCODING))
        return bad(e, "a header that frames it is too long");
    bool cut = r->value_cut;
    line_start(r);
    if (r->head_only)
        return true;
    switch (header) {
    case CONTENT_LENGTH:
        return content_length(r, value, e);
    case TRANSFER_ENCODING:
        return transfer_encoding(r, value, e);
    case CONTENT_ENCODING:
        return slice_is_nocase(value, "identity") || bad(e, "its body is encoded, which was not asked for");
    case CONTENT_TYPE:
        r->xml = is_xml_type(value);
        return true;
    case CONNECTION:
        /* Options that were cut off may have held "close". */
        r->keep = r->keep && !cut && !has_close(value);
        return true;
    case DATE:
        r->has_date = stamp_date_decode(value, &r->date_utc_s);
        return true;
    default:
        return true;
    }
}

static bool head_end(struct http_reply *r, struct err *e)
{
    if (r->status < 200) {
        uint8_t seen = r->interim;
        uint32_t bytes = r->head_bytes;
        bool head_only = r->head_only;
        if (r->has_length || r->chunked || seen == LIMIT_HTTP_INTERIM)
            return bad(e, "an interim reply with a body, or too many of them");
        http_reply_start(r);
        r->interim = (uint8_t)(seen + 1);
        r->head_bytes = bytes;
        r->head_only = head_only;
        return true;
    }
    if (r->head_only) {
        r->state = BODY;
        return true;
    }
    if (r->chunked && r->has_length)
        return bad(e, "it has both Transfer-Encoding and Content-Length");
    if (!r->chunked && !r->has_length)
        return bad(e, "it has no length");
    r->state = r->chunked ? CHUNK_SIZE : BODY;
    return true;
}

static bool chunk_digit(struct http_reply *r, char c, struct err *e)
{
    char lower = ascii_lower(c);
    unsigned digit;
    if (ascii_is_digit(c))
        digit = (unsigned)(c - '0');
    else if (lower >= 'a' && lower <= 'f')
        digit = (unsigned)(lower - 'a' + 10);
    else
        return bad(e, "a chunk's size is no hexadecimal number");
    if (r->value_len == 8)
        return bad(e, "a chunk is too large");
    r->value_len++;
    r->length = r->length << 4 | digit;
    return true;
}

static bool chunk_size_end(struct http_reply *r, struct err *e)
{
    if (r->value_len == 0)
        return bad(e, "a chunk has no size");
    line_start(r);
    r->state = CHUNK_SIZE_LF;
    return true;
}

static bool expect(struct http_reply *r, char c, char wanted, uint8_t next, struct err *e)
{
    r->state = next;
    return c == wanted || bad(e, "a line or chunk does not end with CR LF");
}

/* First byte of a line of the head or of the trailers. */
static bool start_byte(struct http_reply *r, char c, uint8_t name, uint8_t end, struct err *e)
{
    if (c == '\r') {
        r->state = end;
        return true;
    }
    if (!is_token(c))
        return bad(e, "a header begins with no name");
    line_start(r);
    (void)gather(c, r->name, sizeof r->name, &r->name_len);
    r->state = name;
    return true;
}

static bool name_byte(struct http_reply *r, char c, uint8_t value, struct err *e)
{
    if (c == ':') {
        r->header = header_of(r);
        r->state = value;
        return true;
    }
    if (!is_token(c))
        return bad(e, "a header has no name");
    (void)gather(c, r->name, sizeof r->name, &r->name_len);
    return true;
}

static bool value_byte(struct http_reply *r, char c, uint8_t end, struct err *e)
{
    if (c == '\r') {
        r->state = end;
        return true;
    }
    if (!is_field_text(c))
        return bad(e, "a header holds a control or non-ASCII byte");
    /* Blanks before the value are not part of it and must not fill the array. */
    if (r->value_len > 0 || (c != ' ' && c != '\t'))
        r->value_cut |= !gather(c, r->value, sizeof r->value, &r->value_len);
    return true;
}

static bool head_byte(struct http_reply *r, char c, struct err *e)
{
    switch (r->state) {
    case STATUS_LINE:
        if (c == '\r') {
            r->state = STATUS_LF;
            return status_line(r, e);
        }
        if (!is_field_text(c))
            return bad(e, "its status line holds a control or non-ASCII byte");
        (void)gather(c, r->value, sizeof r->value, &r->value_len);
        return true;
    case STATUS_LF:
        return expect(r, c, '\n', LINE_START, e);
    case LINE_START:
        return start_byte(r, c, NAME, HEAD_LF, e);
    case NAME:
        return name_byte(r, c, VALUE, e);
    case VALUE:
        return value_byte(r, c, VALUE_LF, e);
    case VALUE_LF:
        return expect(r, c, '\n', LINE_START, e) && header_line(r, e);
    default:
        return expect(r, c, '\n', HEAD_LF, e) && head_end(r, e);
    }
}

/* The framing around chunks, and the trailers, which are read and forgotten. */
static bool chunk_byte(struct http_reply *r, char c, struct err *e)
{
    switch (r->state) {
    case CHUNK_SIZE:
        return c == '\r' ? chunk_size_end(r, e) : chunk_digit(r, c, e);
    case CHUNK_SIZE_LF:
        return expect(r, c, '\n', r->length > 0 ? CHUNK : TRAILER_START, e);
    case CHUNK_CR:
        return expect(r, c, '\r', CHUNK_LF, e);
    case CHUNK_LF:
        return expect(r, c, '\n', CHUNK_SIZE, e);
    case TRAILER_START:
        return start_byte(r, c, TRAILER_NAME, TRAILER_END_LF, e);
    case TRAILER_NAME:
        return name_byte(r, c, TRAILER_VALUE, e);
    case TRAILER_VALUE:
        return value_byte(r, c, TRAILER_LF, e);
    default:
        return expect(r, c, '\n', TRAILER_START, e);
    }
}

static struct slice body_take(struct http_reply *r, struct slice *in)
{
    size_t len = in->len < r->length ? in->len : (size_t)r->length;
    struct slice piece = slice_make(in->at, len);
    in->at += len;
    in->len -= len;
    r->length -= len;
    if (r->length == 0 && r->state == CHUNK)
        r->state = CHUNK_CR;
    return piece;
}

static bool is_head(const struct http_reply *r)
{
    return r->state <= HEAD_LF;
}

static bool framing_byte(struct http_reply *r, char c, struct err *e)
{
    bool counted = is_head(r) || r->state >= TRAILER_START;
    if (counted && ++r->head_bytes > LIMIT_HTTP_HEAD)
        return bad(e, "its head or trailers are too long");
    return is_head(r) ? head_byte(r, c, e) : chunk_byte(r, c, e);
}

enum http_event http_next(struct http_reply *r, struct slice *in, struct slice *body, struct err *e)
{
    for (;;) {
        if (r->state == BODY && r->length == 0)
            return HTTP_END;
        if (in->len == 0)
            return HTTP_MORE;
        if (r->state == BODY || r->state == CHUNK) {
            *body = body_take(r, in);
            return HTTP_BODY;
        }
        char c = in->at[0];
        bool was_size = r->state == CHUNK_SIZE;
        bool was_end = r->state == TRAILER_END_LF;
        in->at++;
        in->len--;
        if (!framing_byte(r, c, e))
            return HTTP_BAD;
        if (was_size && r->state == CHUNK_SIZE_LF && (r->body_bytes += r->length) > LIMIT_HTTP_BODY) {
            (void)bad(e, "it is too large");
            return HTTP_BAD;
        }
        if (was_end)
            return HTTP_END;
    }
}
