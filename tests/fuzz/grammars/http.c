/* http: replies, and what is told of one: a reply that says the same in as few words as can be. */
#include "../grammar.h"

#include "base/stamp.h"
#include "wire/http.h"

#include <time.h>

static char body_bytes[GRAMMAR_INPUT];

/* True when the reply has come to its end; `used` is how many bytes of the input that took. */
static bool read_reply(struct pieces *in, bool connect, struct http_reply *r, struct buf *body, size_t *used, struct err *e)
{
    struct slice piece, part;
    size_t before = in->rest.len;
    (connect ? http_reply_start_connect : http_reply_start)(r);
    while (pieces_next(in, &piece)) {
        enum http_event event;
        while ((event = http_next(r, &piece, &part, e)) == HTTP_BODY) {
            claim(part.len > 0 && part.at + part.len == piece.at);
            buf_put(body, part);
        }
        *used = before - in->rest.len - piece.len;
        claim((event == HTTP_BAD) == (e->kind != ERR_OK));
        if (event != HTTP_MORE)
            return event == HTTP_END;
        claim(piece.len == 0);
    }
    return err_set(e, ERR_NETWORK, "the reply is not whole");
}

static void put_date(struct buf *out, int64_t utc_s)
{
    char text[40];
    time_t at = utc_s;
    struct tm fields;
    (void)strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&at, &fields));
    buf_puts(out, text);
}

static bool tell(struct pieces *in, struct buf *out)
{
    struct http_reply r;
    struct buf body = BUF_OF(body_bytes);
    struct err e = {0};
    size_t used;
    if (!read_reply(in, false, &r, &body, &used, &e))
        return refused(out, &e);
    claim(r.status >= 200 && r.status <= 599 && !body.full);
    buf_putf(out, "HTTP/1.1 %u\r\n", r.status);
    buf_puts(out, r.keep ? "" : "Connection: close\r\n");
    buf_puts(out, r.xml ? "" : "Content-Type: other\r\n");
    if (r.has_date)
        put_date(out, r.date_utc_s);
    buf_putf(out, "Content-Length: %zu\r\n\r\n", body.len);
    buf_put(out, buf_slice(&body));
    return true;
}

static bool is_whole(struct slice input, bool connect, size_t *used)
{
    struct pieces in = {input, input.len, 1, NULL};
    struct http_reply r;
    struct buf body = BUF_OF(body_bytes);
    struct err e = {0};
    bool whole = read_reply(&in, connect, &r, &body, used, &e);
    free(in.copy);
    return whole;
}

/* A reply ends with its last byte and not before; and a tunnel's says nothing beyond its head. */
static void check(struct slice input)
{
    for (int connect = 0; connect < 2; connect++) {
        size_t used, again;
        if (!is_whole(input, connect, &used))
            continue;
        claim(is_whole(slice_make(input.at, used), connect, &again) && again == used);
        claim(!is_whole(slice_make(input.at, used - 1), connect, &again));
        claim(!connect || memcmp(input.at + used - 4, "\r\n\r\n", 4) == 0);
    }
}

const struct grammar grammar_http = {"http", .in_pieces = true, .is_own = true, tell, check};
