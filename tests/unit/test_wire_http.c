/*
 * http: every vector goes in whole, byte by byte and cut at each offset, and must leave the same trace. The vectors are ours,
 * after the RFCs and after what has gone wrong in other parsers; in place of other projects' each names the clause that it is
 * about, and its trace is the verdict. Faults, rows 42 to 55.
 */
#include "mutate.h"

#include "wire/http.h"

#include <stdio.h>

/*
 * The trace of a reply: what its head said, its body in quotes, how it ended.
 *   200 'body' END @57     complete after 57 bytes; " close" and " other" say that `keep` and `xml` are false
 *   200 'bo' MORE          the input ended first
 *   200 'bo' BAD why       refused
 * Where nothing of head or body was told yet, only the last word stands there.
 */
struct reader {
    struct http_reply reply;
    size_t taken;
    bool told;
};

static void reader_start(void *state)
{
    struct reader *r = state;
    memset(r, 0x5a, sizeof *r); /* http_reply_start() is to leave nothing of this */
    http_reply_start(&r->reply);
    r->taken = 0;
    r->told = false;
}

static void tell_head(struct reader *r, struct buf *trace)
{
    if (r->told)
        return;
    r->told = true;
    buf_putf(trace, "%u%s%s '", r->reply.status, r->reply.keep ? "" : " close", r->reply.xml ? "" : " other");
}

static bool last_word(struct reader *r, struct buf *trace, const char *word)
{
    buf_putf(trace, "%s%s", r->told ? "' " : "", word);
    return false;
}

static bool reader_take(void *state, struct slice piece, struct buf *trace)
{
    struct reader *r = state;
    struct slice in = piece, body;
    struct err e = {0};
    for (;;) {
        enum http_event event = http_next(&r->reply, &in, &body, &e);
        assert_ptr_equal(in.at + in.len, piece.at + piece.len);
        switch (event) {
        case HTTP_MORE:
            assert_int_equal(in.len, 0);
            r->taken += piece.len;
            return true;
        case HTTP_BODY:
            assert_true(body.len > 0);
            assert_true(body.at >= piece.at && body.at + body.len == in.at);
            tell_head(r, trace);
            buf_put(trace, body);
            break;
        case HTTP_END:
            tell_head(r, trace);
            (void)last_word(r, trace, "END");
            buf_putf(trace, " @%zu", r->taken + piece.len - in.len);
            return false;
        default:
            assert_int_equal(event, HTTP_BAD);
            assert_refused(false, &e, ERR_NETWORK, "malformed reply: ");
            (void)last_word(r, trace, "BAD ");
            buf_puts(trace, strchr(e.text, ':') + 2);
            return false;
        }
        assert_int_equal(e.kind, ERR_OK);
    }
}

static void reader_end(void *state, struct buf *trace)
{
    (void)last_word(state, trace, "MORE");
}

static struct reader reader_state;
static const struct split_reader reader = {&reader_state, reader_start, reader_take, reader_end};

/* --- Replies that are complete */

#define OK "HTTP/1.1 200 OK\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"
#define HELLO "Content-Length: 5\r\n\r\nhello"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

#define FIXED_HEAD (sizeof(OK "Content-Length: 0\r\nX: \r\n\r\n") - 1)
#define FIXED_TRAILERS (sizeof(CHUNKED "X: \r\n\r\n") - 1)
#define INTERIM_HEAD "HTTP/1.1 100 C\r\nX: "
#define FIXED_INTERIM (sizeof(INTERIM_HEAD "\r\n\r\n" OK EMPTY) - 1)

struct good {
    const char *name;
    const char *trace; /* without END and what follows it */
    struct input input;
    size_t left; /* bytes that follow the reply */
};

static const struct good goods[] = {
    {"9112, 4: a status line with a reason", "200 ''", INPUT(OK EMPTY), 0},
    {"9112, 4: with an empty reason", "200 ''", INPUT("HTTP/1.1 200 \r\n" EMPTY), 0},
    {"9112, 4: without a reason or the blank before it", "200 ''", INPUT("HTTP/1.1 200\r\n" EMPTY), 0},
    {"9112, 4: with a reason of many words and bytes", "200 ''", LONG_INPUT("HTTP/1.1 200 a b\tc", "x", 1000, "\r\n" EMPTY), 0},
    {"9110, 15: the greatest status", "599 ''", INPUT("HTTP/1.1 599 ?\r\n" EMPTY), 0},
    {"9110, 15: a status unknown to us", "299 ''", INPUT("HTTP/1.1 299 ?\r\n" EMPTY), 0},
    {"9110, 15.4, fault 44: a redirect is a reply like others", "307 ''",
     INPUT("HTTP/1.1 307 T\r\nLocation: http://169.254.169.254/\r\n" EMPTY), 0},
    {"9110, 15.2, fault 43: an interim reply is passed over", "200 'hello'", INPUT("HTTP/1.1 100 Continue\r\n\r\n" OK HELLO), 0},
    {"9110, 15.2: and so is one with the greatest status", "200 'hello'", INPUT("HTTP/1.1 199 ?\r\n\r\n" OK HELLO), 0},
    {"9110, 15.2: its headers are forgotten", "200 'hello'",
     INPUT("HTTP/1.1 103 Hints\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n" OK HELLO), 0},
    {"9110, 15.2, fault 43: as many as the limit", "200 'hello'",
     LONG_INPUT("", "HTTP/1.1 100 Continue\r\n\r\n", LIMIT_HTTP_INTERIM, OK HELLO), 0},
    {"9110, 15.2: one less", "200 'hello'",
     LONG_INPUT("", "HTTP/1.1 100 Continue\r\n\r\n", LIMIT_HTTP_INTERIM - 1, OK HELLO), 0},

    {"9110, 15.2: between two interim replies of other kinds", "200 'hello'",
     INPUT("HTTP/1.1 102 P\r\nX: y\r\n\r\nHTTP/1.1 103 H\r\n\r\n" OK HELLO), 0},
    {"9110, 15.3.2: 201 is a reply like others", "201 'hello'", INPUT("HTTP/1.1 201 C\r\n" HELLO), 0},
    {"9110, 15.3.7: so is 206", "206 'hello'", INPUT("HTTP/1.1 206 P\r\nContent-Range: bytes 0-4/9\r\n" HELLO), 0},
    {"9110, 15.5.8: so is 407", "407 ''", INPUT("HTTP/1.1 407 P\r\nProxy-Authenticate: Basic\r\n" EMPTY), 0},
    {"9110, 15.6.4: so is 503", "503 ''", INPUT("HTTP/1.1 503 S\r\nRetry-After: 1\r\n" EMPTY), 0},
    {"9112, 4: blanks and tabs alone are a reason", "200 ''", INPUT("HTTP/1.1 200  \t \r\n" EMPTY), 0},

    {"9112, 6.2: Content-Length", "200 'hello'", INPUT(OK HELLO), 0},
    {"9112, 6.2: a name in another case", "200 'hello'", INPUT(OK "cOnTeNt-LENGTH: 5\r\n\r\nhello"), 0},
    {"9112, 6.2: leading zeros", "200 'hello'", INPUT(OK "Content-Length: 0005\r\n\r\nhello"), 0},
    {"9112, 6.3, fault 45: the same length twice", "200 'hello'", INPUT(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), 0},
    {"9112, 6.2: a value as long as we keep", "200 'hello'", LONG_INPUT(OK "Content-Length: ", "0", 63, "5\r\n\r\nhello"), 0},
    {"9112, 6.3: the same length three times, written in three ways", "200 'hello'",
     INPUT(OK "Content-Length: 5\r\nContent-Length: 05\r\ncontent-length:5\r\n\r\nhello"), 0},
    {"9112, 5.1: an underscore is no hyphen", "200 'hello'", INPUT(OK "Content_Length: 9\r\nTransfer_Encoding: chunked\r\n" HELLO), 0},
    {"9112, 5: the same unknown header often", "200 'hello'", INPUT(OK "Set-Cookie: a\r\nSet-Cookie: b\r\nSet-Cookie: a\r\n" HELLO), 0},
    {"9112, 5.1: a colon in a value", "200 'hello'", INPUT(OK "X: Content-Length: 9\r\n" HELLO), 0},
    {"9112, 5.1: a name that only begins like one of ours", "200 'hello'", INPUT(OK "Content-Length-X: 7\r\n" HELLO), 0},
    {"9112, 5.1: a name that goes on after we stop keeping it", "200 'hello'",
     INPUT(OK "Transfer-EncodingTransfer-Encoding: x\r\n" HELLO), 0},
    {"9112, 5.1: a name that one of ours begins with", "200 'hello'", INPUT(OK "Content: 7\r\n" HELLO), 0},
    {"9112, 5: a header without a value", "200 'hello'", INPUT(OK "X:\r\n" HELLO), 0},
    {"9112, 5.1: no blank after the colon", "200 'hello'", INPUT(OK "Content-Length:5\r\n\r\nhello"), 0},
    {"9112, 5.1: blanks and tabs on both sides", "200 'hello'", INPUT(OK "Content-Length: \t 5\t \r\n\r\nhello"), 0},
    {"9112, 5.1: more blanks before a value than we keep bytes", "200 'hello'",
     LONG_INPUT(OK "Content-Length:", " ", 100, "5\r\n\r\nhello"), 0},
    {"9110, 5.6.2: every punctuation mark of a name", "200 'hello'", INPUT(OK "!#$%&'*+-.^_`|~09azAZ: x\r\n" HELLO), 0},
    {"9110, 5.5: every mark in a value", "200 'hello'", INPUT(OK "X: \"(),/:;<=>?@[\\]{}\t~\r\n" HELLO), 0},
    {"9112, 6.2, fault 51: bytes after the body are not ours", "200 'hello'", INPUT(OK HELLO "more"), 4},
    {"9112, 9.3, fault 53: a second reply in the same segment", "200 'hello'", INPUT(OK HELLO OK EMPTY), sizeof(OK EMPTY) - 1},
    {"9112, 6: a body of CR, LF and NUL is bytes", "200 '\r\n\r\n\xff'", INPUT(OK "Content-Length: 5\r\n\r\n\r\n\r\n\xff"), 0},

    {"9112, 7.1: one chunk", "200 'hello'", INPUT(CHUNKED "5\r\nhello\r\n0\r\n\r\n"), 0},
    {"9112, 7.1: several", "200 'hello'", INPUT(CHUNKED "1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n"), 0},
    {"9112, 7.1: none but the last", "200 ''", INPUT(CHUNKED "0\r\n\r\n"), 0},
    {"9112, 7.1: hexadecimal in both cases, leading zeros", "200 'aaaaaaaaaabbbbbbbbbbb'",
     INPUT(CHUNKED "0A\r\naaaaaaaaaa\r\nb\r\nbbbbbbbbbbb\r\n000\r\n\r\n"), 0},
    {"9112, 7.1: a size of eight digits", "200 'h'", INPUT(CHUNKED "00000001\r\nh\r\n00000000\r\n\r\n"), 0},
    {"9112, 7.1: what looks like the end inside a chunk", "200 '\r\n0\r\n\r\n'", INPUT(CHUNKED "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), 0},
    {"9112, 7.1.2: trailers are read and forgotten", "200 'h'",
     INPUT(CHUNKED "1\r\nh\r\n0\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"), 0},
    {"9112, 7.1, fault 48: bytes after the end are not ours", "200 'h'", INPUT(CHUNKED "1\r\nh\r\n0\r\n\r\n" OK), sizeof OK - 1},
    {"9112, 7.1.2: a trailer says what a head would", "200 'h'",
     INPUT(CHUNKED "1\r\nh\r\n0\r\nTransfer-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\n\r\n"), 0},
    {"9112, 7.1.2: a trailer without a value", "200 'h'", INPUT(CHUNKED "1\r\nh\r\n0\r\nX:\r\n\r\n"), 0},
    {"9112, 7: the coding's name in another case", "200 'h'", INPUT(OK "transfer-encoding: CHUNKED\r\n\r\n1\r\nh\r\n0\r\n\r\n"), 0},

    {"9112, 9.3: HTTP/1.0 is read, and not kept", "200 close 'hello'", INPUT("HTTP/1.0 200 OK\r\n" HELLO), 0},
    {"9112, 9.3: nor for keep-alive", "200 close ''", INPUT("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" EMPTY), 0},
    {"9112, 9.6: close", "200 close ''", INPUT(OK "Connection: close\r\n" EMPTY), 0},
    {"9110, 7.6.1: one of several options, in any case", "200 close ''", INPUT(OK "Connection: keep-alive ,\tCLOSE , x\r\n" EMPTY), 0},
    {"9110, 7.6.1: another option", "200 ''", INPUT(OK "Connection: closed, not-close\r\n" EMPTY), 0},
    {"9110, 7.6.1: a header twice", "200 close ''", INPUT(OK "Connection: close\r\nConnection: keep-alive\r\n" EMPTY), 0},
    {"9110, 7.6.1: no option", "200 ''", INPUT(OK "Connection:\r\n" EMPTY), 0},
    {"9110, 7.6.1: more options than we keep may hold it", "200 close ''", LONG_INPUT(OK "Connection: ", "x, ", 30, "\r\n" EMPTY), 0},

    {"9110, 7.8: an upgrade that is offered is not taken", "200 ''", INPUT(OK "Connection: upgrade\r\nUpgrade: h2c\r\n" EMPTY), 0},
    {"9110, 7.6.1: a header that is not Connection", "200 ''", INPUT(OK "Proxy-Connection: close\r\nKeep-Alive: timeout=0\r\n" EMPTY), 0},

    {"9110, 8.3: text/xml", "200 ''", INPUT(OK "Content-Type: text/xml\r\n" EMPTY), 0},
    {"9110, 8.3: with a parameter, in another case", "200 ''", INPUT(OK "Content-Type: Application/XML ;charset=UTF-8\r\n" EMPTY), 0},
    {"9110, 8.3, fault 52: a captive portal's page", "200 other ''", INPUT(OK "Content-Type: text/html\r\n" EMPTY), 0},
    {"9110, 8.3: a type that only begins so", "200 other ''", INPUT(OK "Content-Type: text/xmlish\r\n" EMPTY), 0},
    {"9110, 8.3: an empty type", "200 other ''", INPUT(OK "Content-Type:\r\n" EMPTY), 0},
    {"9110, 8.3: of two types the last counts", "200 other ''",
     INPUT(OK "Content-Type: text/xml\r\nContent-Type: text/html\r\n" EMPTY), 0},
    {"9110, 8.4: identity in another case, twice", "200 ''",
     INPUT(OK "Content-Encoding: IDENTITY\r\ncontent-encoding: identity\r\n" EMPTY), 0},
    {"9110, 8.4: identity is no coding", "200 ''", INPUT(OK "Content-Encoding: identity\r\n" EMPTY), 0},

    {"LIMIT_HTTP_HEAD: one below", "200 ''",
     LONG_INPUT(OK "X: ", "x", LIMIT_HTTP_HEAD - FIXED_HEAD - 1, "\r\n" EMPTY), 0},
    {"LIMIT_HTTP_HEAD: at it", "200 ''", LONG_INPUT(OK "X: ", "x", LIMIT_HTTP_HEAD - FIXED_HEAD, "\r\n" EMPTY), 0},
    {"LIMIT_HTTP_HEAD: with trailers at it", "200 ''",
     LONG_INPUT(CHUNKED "0\r\nX: ", "x", LIMIT_HTTP_HEAD - FIXED_TRAILERS, "\r\n\r\n"), 0},
    {"LIMIT_HTTP_HEAD: with an interim reply at it", "200 ''",
     LONG_INPUT(INTERIM_HEAD, "x", LIMIT_HTTP_HEAD - FIXED_INTERIM, "\r\n\r\n" OK EMPTY), 0},
};

static void test_good(void **state)
{
    const struct good *row = *state;
    struct slice input = input_make(&row->input);
    char expected[SPLIT_TRACE];
    (void)snprintf(expected, sizeof expected, "%s END @%zu", row->trace, input.len - row->left);
    split_check(&reader, input, expected);
    slice_free(input);
}

/* RFC 9112, section 8, fault 51: a reply cut short is not complete, wherever the connection ends. */
static void test_good_prefixes(void **state)
{
    const struct good *row = *state;
    struct slice input = input_make(&row->input);
    size_t whole = input.len - row->left;
    for (size_t len = whole > 3000 ? whole - 100 : 0; len < whole; len++) {
        char trace[SPLIT_TRACE];
        split_trace(&reader, slice_make(input.at, len), len, 1, trace);
        assert_string_equal(trace + strlen(trace) - 4, "MORE");
    }
    slice_free(input);
}

static void test_good_damaged(void **state)
{
    const struct good *row = *state;
    struct slice input = input_make(&row->input);
    if (input.len < 500)
        split_check_damaged(&reader, input);
    slice_free(input);
}

/* --- Replies that go on, or are refused */

struct other {
    const char *name;
    const char *trace;
    struct input input;
};

static const struct other mores[] = {
    {"9112, 2.1: nothing", "MORE", INPUT("")},
    {"LIMIT_HTTP_BODY: one below in Content-Length", "MORE", INPUT(OK "Content-Length: 33554431\r\n\r\n")},
    {"LIMIT_HTTP_BODY: at it", "MORE", INPUT(OK "Content-Length: 33554432\r\n\r\n")},
    {"LIMIT_HTTP_BODY: one chunk at it", "MORE", INPUT(CHUNKED "2000000\r\n")},
    {"LIMIT_HTTP_BODY: two chunks at it", "200 'h' MORE", INPUT(CHUNKED "1\r\nh\r\n1ffffff\r\n")},
    {"9112, 7.1, fault 48: no last chunk", "200 'hello' MORE", INPUT(CHUNKED "5\r\nhello\r\n")},
    {"9112, 6.2, fault 51: a body that is too short", "200 'hell' MORE", INPUT(OK "Content-Length: 5\r\n\r\nhell")},
};

#define BAD_START "BAD it does not begin with HTTP/1.1"
#define BAD_STATUS "BAD its status is no number from 100 to 599"
#define BAD_MEANING "BAD its status has no meaning here"
#define BAD_INTERIM "BAD an interim reply with a body, or too many of them"
#define BAD_LENGTH "BAD its Content-Length is no number"
#define BAD_LENGTHS "BAD it has two lengths"
#define BAD_LARGE "BAD it is too large"
#define BAD_CODING "BAD its Transfer-Encoding is not just 'chunked'"
#define BAD_SIZE "BAD a chunk's size is no hexadecimal number"
#define BAD_CRLF "BAD a line or chunk does not end with CR LF"
#define BAD_HEAD "BAD its head or trailers are too long"
#define BAD_VALUE "BAD a header holds a control or non-ASCII byte"
#define BAD_NO_NAME "BAD a header has no name"
#define BAD_LINE "BAD a header begins with no name"
#define BAD_STATUS_LINE "BAD its status line holds a control or non-ASCII byte"
#define BAD_FRAME "BAD a header that frames it is too long"
#define BAD_ENCODED "BAD its body is encoded, which was not asked for"

static const struct other bads[] = {
    {"9112, 4, fault 42: a status of two digits", BAD_STATUS, INPUT("HTTP/1.1 20 OK\r\n" EMPTY)},
    {"9112, 4, fault 42: of four digits", BAD_STATUS, INPUT("HTTP/1.1 1000 OK\r\n" EMPTY)},
    {"9112, 4: of two digits without a reason", BAD_STATUS, INPUT("HTTP/1.1 20\r\n" EMPTY)},
    {"9112, 4: of four digits without a reason", BAD_STATUS, INPUT("HTTP/1.1 2000\r\n" EMPTY)},
    {"9112, 4, fault 42: two blanks before it", BAD_STATUS, INPUT("HTTP/1.1  200 OK\r\n" EMPTY)},
    {"9112, 4, fault 42: 99", BAD_STATUS, INPUT("HTTP/1.1 099 OK\r\n" EMPTY)},
    {"9112, 4: 600", BAD_STATUS, INPUT("HTTP/1.1 600 OK\r\n" EMPTY)},
    {"9112, 4: 000", BAD_STATUS, INPUT("HTTP/1.1 000 OK\r\n" EMPTY)},
    {"9112, 4: a fraction", BAD_STATUS, INPUT("HTTP/1.1 200.1 OK\r\n" EMPTY)},
    {"9112, 4: hexadecimal", BAD_STATUS, INPUT("HTTP/1.1 0xC OK\r\n" EMPTY)},
    {"9112, 4: a letter in it", BAD_STATUS, INPUT("HTTP/1.1 2x0 OK\r\n" EMPTY)},
    {"9112, 4: a sign in it", BAD_STATUS, INPUT("HTTP/1.1 +20 OK\r\n" EMPTY)},
    {"9112, 4: none", BAD_STATUS, INPUT("HTTP/1.1 \r\n" EMPTY)},
    {"9112, 4: a reason without a blank", BAD_STATUS, INPUT("HTTP/1.1 200OK\r\n" EMPTY)},
    {"9112, 4: a tab for the blank", BAD_STATUS, INPUT("HTTP/1.1 200\tOK\r\n" EMPTY)},
    {"9112, 4: a tab before the status", BAD_START, INPUT("HTTP/1.1\t200 OK\r\n" EMPTY)},
    {"9112, 2.3, fault 42: HTTP/2.0", BAD_START, INPUT("HTTP/2.0 200 OK\r\n" EMPTY)},
    {"9112, 2.3: HTTP/1.2", BAD_START, INPUT("HTTP/1.2 200 OK\r\n" EMPTY)},
    {"9112, 2.3: HTTP/0.9", BAD_START, INPUT("HTTP/0.9 200 OK\r\n" EMPTY)},
    {"9112, 2.3: HTTP/1.10", BAD_START, INPUT("HTTP/1.10 200 OK\r\n" EMPTY)},
    {"9112, 2.3: lower case", BAD_START, INPUT("http/1.1 200 OK\r\n" EMPTY)},
    {"9112, 2.3: only the version", BAD_START, INPUT("HTTP/1.1\r\n" EMPTY)},
    {"9112, 2.3: another protocol", BAD_START, INPUT("ICY 200 OK\r\n" EMPTY)},
    {"9112, 2.2: an empty line first", BAD_START, INPUT("\r\n" OK EMPTY)},
    {"9112, 2.2: a blank first", BAD_START, INPUT(" " OK EMPTY)},
    {"9113, 3.4: the preface of HTTP/2", BAD_START, INPUT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
    {"9112, 2.3: no slash", BAD_START, INPUT("HTTP 1.1 200 OK\r\n" EMPTY)},
    {"9112, 2.3: blanks inside", BAD_START, INPUT("HTTP / 1.1 200 OK\r\n" EMPTY)},
    {"9112, 3: a request", BAD_START, INPUT("GET / HTTP/1.1\r\n" EMPTY)},
    {"9112, 4: a TLS alert", BAD_STATUS_LINE, INPUT("\x15\x03\x01\0\x02\x02\x28")},
    {"9112, 4, fault 42: NUL in the reason", BAD_STATUS_LINE, INPUT("HTTP/1.1 200 O\0K\r\n" EMPTY)},
    {"9112, 4: a byte above ASCII in the reason", BAD_STATUS_LINE, INPUT("HTTP/1.1 200 \xc3\xa9\r\n" EMPTY)},
    {"9112, 4: DEL in the reason", BAD_STATUS_LINE, INPUT("HTTP/1.1 200 \x7f\r\n" EMPTY)},
    {"9112, 2.2, fault 50: LF ends the status line", BAD_STATUS_LINE, INPUT("HTTP/1.1 200 OK\n" EMPTY)},
    {"9112, 2.2, fault 50: CR alone after it", BAD_CRLF, INPUT("HTTP/1.1 200 OK\rX: y\r\n" EMPTY)},

    {"9110, 15.2, fault 43: one interim reply too many", BAD_INTERIM,
     LONG_INPUT("", "HTTP/1.1 100 Continue\r\n\r\n", LIMIT_HTTP_INTERIM + 1, OK HELLO)},
    {"9110, 15.2, fault 43: a thousand", BAD_INTERIM, LONG_INPUT("", "HTTP/1.1 100 Continue\r\n\r\n", 1000, OK HELLO)},
    {"9110, 8.6: an interim reply with a length", BAD_INTERIM, INPUT("HTTP/1.1 100 Continue\r\n" EMPTY OK HELLO)},
    {"9112, 6.1: an interim reply with chunks", BAD_INTERIM, INPUT("HTTP/1.1 100 C\r\nTransfer-Encoding: chunked\r\n\r\n" OK HELLO)},
    {"9110, 15.2.2, fault 43: 101", BAD_MEANING, INPUT("HTTP/1.1 101 Switching\r\n\r\n")},
    {"9110, 15.3.5, fault 43: 204", BAD_MEANING, INPUT("HTTP/1.1 204 No\r\n\r\n")},
    {"9110, 15.3.5, fault 43: 204 with a body", BAD_MEANING, INPUT("HTTP/1.1 204 No\r\n" HELLO)},
    {"9110, 15.3.6: 205", BAD_MEANING, INPUT("HTTP/1.1 205 Reset\r\n" EMPTY)},
    {"9110, 15.4.5, fault 43: 304", BAD_MEANING, INPUT("HTTP/1.1 304 Same\r\n" EMPTY)},

    {"9110, 8.6, fault 45: an empty length", BAD_LENGTH, INPUT(OK "Content-Length:\r\n\r\n")},
    {"9110, 8.6, fault 45: plus", BAD_LENGTH, INPUT(OK "Content-Length: +5\r\n\r\nhello")},
    {"9110, 8.6, fault 45: minus", BAD_LENGTH, INPUT(OK "Content-Length: -1\r\n\r\nhello")},
    {"9110, 8.6, fault 45: hexadecimal", BAD_LENGTH, INPUT(OK "Content-Length: 0x10\r\n\r\nhello")},
    {"9110, 8.6, fault 45: a list of the same", BAD_LENGTH, INPUT(OK "Content-Length: 5, 5\r\n\r\nhello")},
    {"9110, 8.6, fault 45: a list of others", BAD_LENGTH, INPUT(OK "Content-Length: 5, 6\r\n\r\nhello")},
    {"9110, 8.6: a list without a blank", BAD_LENGTH, INPUT(OK "Content-Length: 5,5\r\n\r\nhello")},
    {"9110, 8.6: a comma only", BAD_LENGTH, INPUT(OK "Content-Length: ,\r\n\r\n")},
    {"9110, 8.6: an exponent", BAD_LENGTH, INPUT(OK "Content-Length: 5e0\r\n\r\nhello")},
    {"9110, 8.6: quoted", BAD_LENGTH, INPUT(OK "Content-Length: \"5\"\r\n\r\nhello")},
    {"9110, 8.6: minus zero", BAD_LENGTH, INPUT(OK "Content-Length: -0\r\n\r\n")},
    {"9110, 8.6: blanks inside", BAD_LENGTH, INPUT(OK "Content-Length: 4 2\r\n\r\nhello")},
    {"9110, 8.6: a fraction", BAD_LENGTH, INPUT(OK "Content-Length: 5.0\r\n\r\nhello")},
    {"9112, 6.3, fault 45: two lengths", BAD_LENGTHS, INPUT(OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello")},
    {"9112, 6.3: two lengths, zero first", BAD_LENGTHS, INPUT(OK "Content-Length: 0\r\nContent-Length: 6\r\n\r\nhello")},
    {"LIMIT_HTTP_BODY: one above", BAD_LARGE, INPUT(OK "Content-Length: 33554433\r\n\r\n")},
    {"9110, 8.6, fault 45: 2^31", BAD_LARGE, INPUT(OK "Content-Length: 2147483648\r\n\r\n")},
    {"9110, 8.6, fault 45: 2^32 + 5", BAD_LARGE, INPUT(OK "Content-Length: 4294967301\r\n\r\nhello")},
    {"9110, 8.6, fault 45: 2^63", BAD_LARGE, INPUT(OK "Content-Length: 9223372036854775808\r\n\r\n")},
    {"9110, 8.6, fault 45: 2^64", BAD_LENGTH, INPUT(OK "Content-Length: 18446744073709551616\r\n\r\n")},
    {"9110, 8.6, fault 45: 99 digits", BAD_FRAME, LONG_INPUT(OK "Content-Length: ", "9", 99, "\r\n\r\n")},
    {"9110, 8.6: one byte more than we keep", BAD_FRAME, LONG_INPUT(OK "Content-Length: ", "0", 64, "5\r\n\r\nhello")},
    {"9112, 6.3: no length at all", "BAD it has no length", INPUT(OK "\r\nhello")},

    {"9112, 6.3, fault 46: chunks and a length", "BAD it has both Transfer-Encoding and Content-Length",
     INPUT(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")},
    {"9112, 6.3, fault 46: the other way round", "BAD it has both Transfer-Encoding and Content-Length",
     INPUT(OK "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n")},
    {"9112, 6.1, fault 46: chunked, gzip", BAD_CODING, INPUT(OK "Transfer-Encoding: chunked, gzip\r\n\r\n")},
    {"9112, 6.1: gzip, chunked", BAD_CODING, INPUT(OK "Transfer-Encoding: gzip, chunked\r\n\r\n")},
    {"9112, 6.1, fault 46: xchunked", BAD_CODING, INPUT(OK "Transfer-Encoding: xchunked\r\n\r\n")},
    {"9112, 6.1: chunked with a parameter", BAD_CODING, INPUT(OK "Transfer-Encoding: chunked;q=1\r\n\r\n")},
    {"9112, 6.1: chunked in a list of itself", BAD_CODING, INPUT(OK "Transfer-Encoding: chunked, chunked\r\n\r\n")},
    {"9112, 6.1: an empty element after it", BAD_CODING, INPUT(OK "Transfer-Encoding: chunked,\r\n\r\n")},
    {"9112, 6.1: an empty element before it", BAD_CODING, INPUT(OK "Transfer-Encoding: ,chunked\r\n\r\n")},
    {"9112, 6.1: identity after it", BAD_CODING, INPUT(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n")},
    {"9112, 6.1: a blank before its colon", BAD_NO_NAME, INPUT(OK "Transfer-Encoding : chunked\r\n\r\n")},
    {"9112, 6.1: a vertical tab before it", BAD_VALUE, INPUT(OK "Transfer-Encoding:\x0b" "chunked\r\n\r\n")},
    {"9112, 6.1: quoted", BAD_CODING, INPUT(OK "Transfer-Encoding: \"chunked\"\r\n\r\n")},
    {"9112, 6.1: empty", BAD_CODING, INPUT(OK "Transfer-Encoding:\r\n\r\n")},
    {"9112, 6.1: identity", BAD_CODING, INPUT(OK "Transfer-Encoding: identity\r\n\r\n")},
    {"9112, 6.1, fault 46: twice", BAD_CODING, INPUT(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")},
    {"9112, 6.1, fault 46: in HTTP/1.0", BAD_CODING, INPUT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")},
    {"9112, 6.1: one byte more than we keep", BAD_FRAME, LONG_INPUT(OK "Transfer-Encoding: chunked", " ", 58, "\r\n\r\n")},

    {"9112, 7.1, fault 47: minus", BAD_SIZE, INPUT(CHUNKED "-1\r\n")},
    {"9112, 7.1, fault 47: plus", BAD_SIZE, INPUT(CHUNKED "+1\r\nh\r\n")},
    {"9112, 7.1, fault 47: 0x", BAD_SIZE, INPUT(CHUNKED "0x1\r\nh\r\n")},
    {"9112, 7.1, fault 47: an underscore", BAD_SIZE, INPUT(CHUNKED "1_0\r\nh\r\n")},
    {"9112, 7.1: 'g'", BAD_SIZE, INPUT(CHUNKED "g\r\n")},
    {"9112, 7.1, fault 47: a blank after", BAD_SIZE, INPUT(CHUNKED "1 \r\nh\r\n")},
    {"9112, 7.1: a tab before", BAD_SIZE, INPUT(CHUNKED "\t1\r\nh\r\n")},
    {"9112, 7.1: NUL in it", BAD_SIZE, INPUT(CHUNKED "1\0\r\nh\r\n")},
    {"9112, 7.1: a byte above ASCII in it", BAD_SIZE, INPUT(CHUNKED "\xb1\r\nh\r\n")},
    {"9112, 7.1: a comma in it", BAD_SIZE, INPUT(CHUNKED "1,1\r\nh\r\n")},
    {"9112, 7.1: an 'h' for hexadecimal", BAD_SIZE, INPUT(CHUNKED "1h\r\nh\r\n")},
    {"9112, 7.1.1: an extension whose value hides a line's end", BAD_SIZE, INPUT(CHUNKED "1;a=\"\r\nh\r\n0\r\n\r\n\"\r\n")},
    {"9112, 7.1.1: an extension of the last", "200 'h' " BAD_SIZE, INPUT(CHUNKED "1\r\nh\r\n0;a\r\n\r\n")},
    {"9112, 7.1: a blank before", BAD_SIZE, INPUT(CHUNKED " 1\r\nh\r\n")},
    {"9112, 7.1, fault 47: no digit", "BAD a chunk has no size", INPUT(CHUNKED "\r\n\r\n")},
    {"9112, 7.1, fault 47: no digit for the last", "200 'h' BAD a chunk has no size", INPUT(CHUNKED "1\r\nh\r\n\r\n\r\n")},
    {"9112, 7.1, fault 47: nine digits", "BAD a chunk is too large", INPUT(CHUNKED "000000001\r\nh\r\n")},
    {"9112, 7.1, fault 47: 17 digits, 2^64 + 1", "BAD a chunk is too large", INPUT(CHUNKED "10000000000000001\r\nh\r\n")},
    {"9112, 7.1.1, fault 47: an extension", BAD_SIZE, INPUT(CHUNKED "1;a=b\r\nh\r\n0\r\n\r\n")},
    {"9112, 7.1.1, fault 47: one of a megabyte", BAD_SIZE, LONG_INPUT(CHUNKED "1;", "x", 1 << 20, "\r\nh\r\n0\r\n\r\n")},
    {"9112, 7.1, fault 47: no CR LF after the data", "200 'h' " BAD_CRLF, INPUT(CHUNKED "1\r\nh0\r\n\r\n")},
    {"9112, 7.1: more data than its size", "200 'h' " BAD_CRLF, INPUT(CHUNKED "1\r\nhello\r\n0\r\n\r\n")},
    {"9112, 7.1: less data than its size", "200 'h\r\n0\r' " BAD_CRLF, INPUT(CHUNKED "5\r\nh\r\n0\r\n\r\n\r\n\r\n")},
    {"9112, 7.1, fault 47: LF after the size", BAD_SIZE, INPUT(CHUNKED "1\nh\r\n0\r\n\r\n")},
    {"9112, 7.1: CR alone after the size", BAD_CRLF, INPUT(CHUNKED "1\rh\r\n0\r\n\r\n")},
    {"9112, 7.1, fault 47: LF after the data", "200 'h' " BAD_CRLF, INPUT(CHUNKED "1\r\nh\n0\r\n\r\n")},
    {"9112, 7.1: CR alone after the data", "200 'h' " BAD_CRLF, INPUT(CHUNKED "1\r\nh\r0\r\n\r\n")},
    {"9112, 7.1: LF ends the trailers", "200 'h' " BAD_LINE, INPUT(CHUNKED "1\r\nh\r\n0\r\n\n")},
    {"9112, 7.1: CR alone ends the trailers", "200 'h' " BAD_CRLF, INPUT(CHUNKED "1\r\nh\r\n0\r\n\rx")},
    {"9112, 7.1.2: a trailer without a colon", BAD_NO_NAME, INPUT(CHUNKED "0\r\nX y\r\n\r\n")},
    {"9112, 7.1.2: a trailer without a name", BAD_LINE, INPUT(CHUNKED "0\r\n: y\r\n\r\n")},
    {"9112, 7.1.2: a blank before a trailer's colon", BAD_NO_NAME, INPUT(CHUNKED "0\r\nX : y\r\n\r\n")},
    {"9112, 5.2: a folded trailer", BAD_LINE, INPUT(CHUNKED "0\r\nX: y\r\n z\r\n\r\n")},
    {"9112, 7.1.2: a control byte in a trailer", BAD_VALUE, INPUT(CHUNKED "0\r\nX: \x01\r\n\r\n")},
    {"9112, 7.1.2: LF ends a trailer", BAD_VALUE, INPUT(CHUNKED "0\r\nX: y\n\r\n")},
    {"9112, 7.1.2: CR alone ends a trailer", BAD_CRLF, INPUT(CHUNKED "0\r\nX: y\rZ: z\r\n\r\n")},
    {"LIMIT_HTTP_BODY: one chunk one above", BAD_LARGE, INPUT(CHUNKED "2000001\r\n")},
    {"LIMIT_HTTP_BODY: the most that eight digits say", BAD_LARGE, INPUT(CHUNKED "ffffffff\r\n")},
    {"LIMIT_HTTP_BODY: two chunks one above", "200 'h' " BAD_LARGE, INPUT(CHUNKED "1\r\nh\r\n2000000\r\n")},

    {"9112, 5.1, fault 49: no colon", BAD_NO_NAME, INPUT(OK "Server\r\n" EMPTY)},
    {"9112, 5.1, fault 49: a blank before the colon", BAD_NO_NAME, INPUT(OK "Content-Length : 5\r\n\r\nhello")},
    {"9112, 5.1: a tab before the colon", BAD_NO_NAME, INPUT(OK "Content-Length\t: 5\r\n\r\nhello")},
    {"9112, 5.1: no name", BAD_LINE, INPUT(OK ": x\r\n" EMPTY)},
    {"9112, 5.2, fault 49: a folded line", BAD_LINE, INPUT(OK "X: y\r\n z\r\n" EMPTY)},
    {"9112, 5.2: one folded with a tab", BAD_LINE, INPUT(OK "X: y\r\n\tz\r\n" EMPTY)},
    {"9112, 2.2, fault 49: a blank before the first header", BAD_LINE, INPUT(OK " X: y\r\n" EMPTY)},
    {"9110, 5.6.2, fault 49: NUL in a name", BAD_NO_NAME, INPUT(OK "X\0: y\r\n" EMPTY)},
    {"9110, 5.6.2: NUL for a name", BAD_LINE, INPUT(OK "\0: y\r\n" EMPTY)},
    {"9110, 5.6.2, fault 49: 0x80 in a name", BAD_NO_NAME, INPUT(OK "X\x80: y\r\n" EMPTY)},
    {"9110, 5.6.2, fault 49: CR in a name", BAD_NO_NAME, INPUT(OK "X\rY: y\r\n" EMPTY)},
    {"9110, 5.6.2: a bracket in a name", BAD_NO_NAME, INPUT(OK "X(Y): y\r\n" EMPTY)},
    {"9110, 5.5, fault 49: NUL in a value", BAD_VALUE, INPUT(OK "X: \0\r\n" EMPTY)},
    {"9110, 5.5, fault 49: 0x80 in a value", BAD_VALUE, INPUT(OK "X: \x80\r\n" EMPTY)},
    {"9110, 5.5: a form feed in a value", BAD_VALUE, INPUT(OK "X: y\fz\r\n" EMPTY)},
    {"9110, 5.5: an escape in a value", BAD_VALUE, INPUT(OK "X: \x1b[31m\r\n" EMPTY)},
    {"9110, 5.6.2: a tab in a name", BAD_NO_NAME, INPUT(OK "X\tY: y\r\n" EMPTY)},
    {"9110, 5.6.2: quotes around a name", BAD_LINE, INPUT(OK "\"X\": y\r\n" EMPTY)},
    {"9110, 5.6.2: a slash in a name", BAD_NO_NAME, INPUT(OK "X/Y: y\r\n" EMPTY)},
    {"9110, 5.5: DEL in a value", BAD_VALUE, INPUT(OK "X: \x7f\r\n" EMPTY)},
    {"9110, 5.5, fault 49: CR in a value", BAD_CRLF, INPUT(OK "X: y\rz\r\n" EMPTY)},
    {"9110, 5.5: CR CR LF", BAD_CRLF, INPUT(OK "X: y\r\r\n" EMPTY)},
    {"9112, 2.2, fault 50: LF ends a header", BAD_VALUE, INPUT(OK "X: y\n" EMPTY)},
    {"9112, 2.2, fault 50: LF ends the head", BAD_LINE, INPUT(OK "Content-Length: 5\r\n\nhello")},
    {"9112, 2.2, fault 50: CR alone ends the head", BAD_CRLF, INPUT(OK "Content-Length: 5\r\n\rhello")},

    {"9110, 8.4, fault 52: gzip", BAD_ENCODED, INPUT(OK "Content-Encoding: gzip\r\n" HELLO)},
    {"9110, 8.4: an empty coding", BAD_ENCODED, INPUT(OK "Content-Encoding:\r\n" HELLO)},
    {"9110, 8.4: a coding that nobody knows", BAD_ENCODED, INPUT(OK "Content-Encoding: zstd-2\r\n" HELLO)},
    {"9110, 8.4: identity first, then another", BAD_ENCODED, INPUT(OK "Content-Encoding: identity\r\nContent-Encoding: br\r\n" HELLO)},
    {"9110, 8.4: identity, gzip", BAD_ENCODED, INPUT(OK "Content-Encoding: identity, gzip\r\n" HELLO)},
    {"9110, 8.4: one byte more than we keep", BAD_FRAME, LONG_INPUT(OK "Content-Encoding: identity", " ", 57, "\r\n" HELLO)},

    {"LIMIT_HTTP_HEAD: one above", BAD_HEAD, LONG_INPUT(OK "X: ", "x", LIMIT_HTTP_HEAD - FIXED_HEAD + 1, "\r\n" EMPTY)},
    {"LIMIT_HTTP_HEAD: with trailers one above", BAD_HEAD,
     LONG_INPUT(CHUNKED "0\r\nX: ", "x", LIMIT_HTTP_HEAD - FIXED_TRAILERS + 1, "\r\n\r\n")},
    {"LIMIT_HTTP_HEAD: with an interim reply one above", BAD_HEAD,
     LONG_INPUT(INTERIM_HEAD, "x", LIMIT_HTTP_HEAD - FIXED_INTERIM + 1, "\r\n\r\n" OK EMPTY)},
    {"fault 48: trailers of a megabyte", BAD_HEAD, LONG_INPUT(CHUNKED "0\r\n", "X: y\r\n", 170000, "\r\n")},
    {"fault 49: 10,000 headers", BAD_HEAD, LONG_INPUT(OK, "X: y\r\n", 10000, EMPTY)},
    {"fault 49: a value of a megabyte", BAD_HEAD, LONG_INPUT(OK "X: ", "y", 1 << 20, "\r\n" EMPTY)},
    {"fault 49: a name of a megabyte", BAD_HEAD, LONG_INPUT(OK, "X", 1 << 20, ": y\r\n" EMPTY)},
    {"fault 49: a reason of a megabyte", BAD_HEAD, LONG_INPUT("HTTP/1.1 200 ", "x", 1 << 20, "\r\n" EMPTY)},
};

static void test_other(void **state)
{
    const struct other *row = *state;
    struct slice input = input_make(&row->input);
    split_check(&reader, input, row->trace);
    slice_free(input);
}

/* --- A body at its limit, to the end */

static void take_body(const char *head, const char *tail)
{
    static char megabyte[1 << 20];
    struct http_reply reply;
    struct slice in = slice_of(head), body;
    struct err e = {0};
    size_t sum = 0;
    http_reply_start(&reply);
    assert_int_equal(http_next(&reply, &in, &body, &e), HTTP_MORE);
    while (sum < LIMIT_HTTP_BODY) {
        in = slice_make(megabyte, sizeof megabyte);
        assert_int_equal(http_next(&reply, &in, &body, &e), HTTP_BODY);
        assert_int_equal(body.len, sizeof megabyte);
        sum += body.len;
    }
    in = slice_of(tail);
    assert_int_equal(http_next(&reply, &in, &body, &e), HTTP_END);
}

static void a_body_of_the_most_bytes_comes_to_its_end(void **state)
{
    (void)state;
    take_body(OK "Content-Length: 33554432\r\n\r\n", "");
    take_body(CHUNKED "2000000\r\n", "\r\n0\r\n\r\n");
}

/* --- Date */

struct date {
    const char *name;
    const char *headers;
    bool has;
    int64_t utc_s;
};

static const struct date dates[] = {
    {"9110, 6.6.1: Date", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", true, 784111777},
    {"9110, 6.6.1: none", "", false, 0},
    {"9110, 6.6.1: no date is none", "Date: yesterday\r\n", false, 0},
    {"9110, 6.6.1: bytes after it", "Date: Sun, 06 Nov 1994 08:49:37 GMT; and then more than is kept of a value\r\n", false, 0},
};

static void test_date(void **state)
{
    const struct date *row = *state;
    char text[256];
    struct buf b = BUF_OF(text);
    struct http_reply reply;
    struct slice body;
    struct err e = {0};
    buf_putf(&b, "%s%s%s", OK, row->headers, EMPTY);
    struct slice in = buf_slice(&b);
    http_reply_start(&reply);
    assert_int_equal(http_next(&reply, &in, &body, &e), HTTP_END);
    assert_int_equal(reply.has_date, row->has);
    if (row->has)
        assert_int_equal(reply.date_utc_s, row->utc_s);
}

/* --- Replies to CONNECT: the head is all of them */

static void connect_start(void *state)
{
    struct reader *r = state;
    reader_start(r);
    http_reply_start_connect(&r->reply);
}

static const struct split_reader connect_reader = {&reader_state, connect_start, reader_take, reader_end};

struct connect {
    const char *name;
    const char *trace;
    struct input input;
};

static const struct connect connects[] = {
    {"9110, 9.3.6: no length", "200 '' END @19", INPUT(OK "\r\n")},
    {"9110, 9.3.6: what follows is not of it", "200 '' END @19", INPUT(OK "\r\n\x16\x03\x03")},
    {"9110, 9.3.6: a length means nothing", "200 '' END @38", INPUT(OK HELLO)},
    {"9110, 9.3.6: nor do two", "200 '' END @57", INPUT(OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n")},
    {"9110, 9.3.6: nor a transfer coding", "200 '' END @47", INPUT(OK "Transfer-Encoding: x, gzip\r\n\r\n")},
    {"9110, 9.3.6: nor one that is too long to be kept", "200 '' END @10039",
     LONG_INPUT(OK "Transfer-Encoding: ", "x", 9999, "\r\n\r\n")},
    {"9112, 9.3: HTTP/1.0", "200 close '' END @19", INPUT("HTTP/1.0 200 OK\r\n\r\n")},
    {"9110, 9.3.6: any 2xx", "204 '' END @27", INPUT("HTTP/1.1 204 No Content\r\n\r\n")},
    {"9110, 9.3.6: a refusal with a coded body", "407 '' END @42", INPUT("HTTP/1.1 407 P\r\nContent-Encoding: gzip\r\n\r\nx")},
    {"9110, 15.2: an interim reply is passed over", "200 '' END @37", INPUT("HTTP/1.1 100 C\r\n\r\n" OK "\r\n")},
    {"LIMIT_HTTP_INTERIM: one above", "BAD an interim reply with a body, or too many of them",
     LONG_INPUT("", "HTTP/1.1 100 C\r\n\r\n", LIMIT_HTTP_INTERIM + 1, OK "\r\n")},
    {"9110, 15.2.2: another protocol is no answer", "BAD its status has no meaning here", INPUT("HTTP/1.1 101 S\r\n\r\n")},
    {"LIMIT_HTTP_HEAD: above it", "BAD its head or trailers are too long", LONG_INPUT(OK "X: ", "x", LIMIT_HTTP_HEAD, "\r\n\r\n")},
    {"9112, 2.1: no end", "MORE", INPUT(OK "X: y\r\n")},
};

static void test_connect(void **state)
{
    const struct connect *row = *state;
    struct slice input = input_make(&row->input);
    split_check(&connect_reader, input, row->trace);
    slice_free(input);
}

/* --- Requests */

static void a_request_is_method_path_host_headers_length_body(void **state)
{
    (void)state;
    struct origin origin = {.host = "ec2.us-east-1.amazonaws.com", .port = 443, .tls = true};
    char text[256];
    struct buf b = BUF_OF(text);
    http_put_request(&b, "POST", "/", &origin);
    http_put_header(&b, "X-Test", S("a b"));
    http_put_body(&b, S("Action=X"));
    assert_slice(buf_slice(&b), S("POST / HTTP/1.1\r\nHost: ec2.us-east-1.amazonaws.com\r\nX-Test: a b\r\n"
                                  "Content-Length: 8\r\n\r\nAction=X"));
}

static void a_request_to_a_proxy_says_where_to_and_who_asks(void **state)
{
    (void)state;
    struct proxy proxy = {.origin = {.host = "p.example", .port = 3128}};
    struct origin origin = {.host = "ec2.us-east-1.amazonaws.com", .port = 443, .tls = true, .proxy = &proxy};
    char text[256];
    struct buf b = BUF_OF(text);
    http_put_connect(&b, &origin);
    assert_slice(buf_slice(&b), S("CONNECT ec2.us-east-1.amazonaws.com:443 HTTP/1.1\r\nHost: ec2.us-east-1.amazonaws.com:443\r\n\r\n"));
    memcpy(proxy.reveal, "dTpw", 5);
    b.len = 0;
    http_put_connect(&b, &origin);
    assert_slice(buf_slice(&b), S("CONNECT ec2.us-east-1.amazonaws.com:443 HTTP/1.1\r\nHost: ec2.us-east-1.amazonaws.com:443\r\n"
                                  "Proxy-Authorization: Basic dTpw\r\n\r\n"));
}

static void a_request_without_body_has_no_length(void **state)
{
    (void)state;
    struct origin origin = {.host = "169.254.169.254", .port = 8080};
    char text[256];
    struct buf b = BUF_OF(text);
    http_put_request(&b, "GET", "/latest/", &origin);
    http_put_body(&b, S(""));
    assert_slice(buf_slice(&b), S("GET /latest/ HTTP/1.1\r\nHost: 169.254.169.254:8080\r\n\r\n"));
}

static void a_body_of_one_byte_has_a_length(void **state)
{
    (void)state;
    char text[64];
    struct buf b = BUF_OF(text);
    http_put_body(&b, S("x"));
    assert_slice(buf_slice(&b), S("Content-Length: 1\r\n\r\nx"));
}

static void a_request_too_long_for_its_buffer_says_so(void **state)
{
    (void)state;
    struct origin origin = {.host = "h", .port = 80};
    char text[32];
    struct buf b = BUF_OF(text);
    http_put_request(&b, "GET", "/", &origin);
    http_put_body(&b, S("123456789"));
    assert_true(b.full);
}

/* --- Inputs made of those above */

static void changed_inputs(void **state)
{
    (void)state;
    static struct mutate m;
    mutate_start(&m);
    MUTATE_ROWS(&m, goods);
    MUTATE_ROWS(&m, mores);
    MUTATE_ROWS(&m, bads);
    mutate_check(&m, &reader);
    mutate_end(&m);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_good, goods);
    SUITE_ROWS(&suite, test_good_prefixes, goods);
    SUITE_ROWS(&suite, test_good_damaged, goods);
    SUITE_ROWS(&suite, test_other, mores);
    SUITE_ROWS(&suite, test_other, bads);
    SUITE_TEST(&suite, a_body_of_the_most_bytes_comes_to_its_end);
    SUITE_ROWS(&suite, test_date, dates);
    SUITE_TEST(&suite, a_request_is_method_path_host_headers_length_body);
    SUITE_ROWS(&suite, test_connect, connects);
    SUITE_TEST(&suite, a_request_to_a_proxy_says_where_to_and_who_asks);
    SUITE_TEST(&suite, a_request_without_body_has_no_length);
    SUITE_TEST(&suite, a_body_of_one_byte_has_a_length);
    SUITE_TEST(&suite, a_request_too_long_for_its_buffer_says_so);
    SUITE_TEST(&suite, changed_inputs);
    return suite_run(&suite, "wire/http");
}
