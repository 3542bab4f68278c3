/*
 * split: one harness for the incremental readers. A reader writes down all that it says as a text, its trace; the
 * trace of an input must be the same whichever way the input is cut.
 */
#ifndef UNIT_SPLIT_H
#define UNIT_SPLIT_H

#include "support.h"

#define SPLIT_TRACE 16384

struct split_reader {
    void *state;
    void (*start)(void *state);
    /* Takes a piece; false when it has said its last word. The piece is gone after the call. */
    bool (*take)(void *state, struct slice piece, struct buf *trace);
    /* Writes what the end of the input leaves. */
    void (*end)(void *state, struct buf *trace);
};

static inline bool split_take(const struct split_reader *r, struct slice piece, struct buf *trace)
{
    struct slice copy = slice_dup(piece);
    bool more = r->take(r->state, copy, trace);
    slice_free(copy);
    return more;
}

/* In pieces of `size` bytes after a first one of `first`. The trace is NUL-terminated. */
static inline void split_trace(const struct split_reader *r, struct slice input, size_t first, size_t size,
                               char trace[SPLIT_TRACE])
{
    struct buf b = {trace, 0, SPLIT_TRACE, false};
    struct slice rest = input;
    bool more = true;
    r->start(r->state);
    for (size_t want = first; more && rest.len > 0; want = size) {
        size_t len = want < rest.len ? want : rest.len;
        more = split_take(r, slice_make(rest.at, len), &b);
        rest = slice_make(rest.at + len, rest.len - len);
    }
    if (more)
        r->end(r->state, &b);
    (void)buf_text(&b);
    assert_false(b.full);
}

static inline void split_assert(const struct split_reader *r, struct slice input, size_t first, size_t size,
                                const char *expected)
{
    char trace[SPLIT_TRACE];
    split_trace(r, input, first, size, trace);
    if (strcmp(trace, expected) == 0)
        return;
    print_error("a first piece of %zu of %zu bytes, then pieces of %zu:\n  %s\nexpected:\n  %s\n", first, input.len, size,
                trace, expected);
    fail();
}

/*
 * Where to cut next. Inputs of many thousand bytes are cut at each offset near both ends, where what differs from row to
 * row is, and at some in between.
 */
static inline size_t split_next(size_t at, size_t len)
{
    size_t near = len < 3000 ? len : len < 100000 ? 100 : 3;
    size_t step = len < 100000 ? 211 : len / 3;
    if (at < near || at + near >= len)
        return at + 1;
    return at + step + near < len ? at + step : len - near;
}

/*
 * Whole, byte by byte, and cut in two at each offset. A megabyte goes byte by byte only with WHOLE in the environment, else in
 * pieces of a prime number of bytes, so that they end everywhere in what the reader looks at in one go.
 */
static inline void split_check(const struct split_reader *r, struct slice input, const char *expected)
{
    split_assert(r, input, input.len, 1, expected);
    split_assert(r, input, 1, input.len < 100000 || is_whole() ? 1 : 61, expected);
    for (size_t at = 1; at < input.len; at = split_next(at, input.len))
        split_assert(r, input, at, input.len, expected);
}

/* Whatever one wrong byte makes of an input, whole and byte by byte must agree on it; the sanitizers watch the rest. */
static inline void split_check_damaged(const struct split_reader *r, struct slice input)
{
    static const char wrong[] = {'\0', '\n', '\r', ' ', '0', ':', ';', '<', '>', '&', '"', 'x', '\x80'};
    struct slice copy = slice_dup(input);
    char *damaged = (char *)(uintptr_t)copy.at;
    for (size_t at = 0; at < input.len; at++) {
        for (size_t i = 0; i < sizeof wrong; i++) {
            char whole[SPLIT_TRACE];
            damaged[at] = wrong[i];
            split_trace(r, copy, copy.len, 1, whole);
            split_assert(r, copy, 1, 1, whole);
        }
        damaged[at] = input.at[at];
    }
    slice_free(copy);
}

#endif
