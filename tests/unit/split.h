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

/* Whole, byte by byte, and cut in two: at each offset, or in inputs of many thousand bytes at some and near both ends. */
static inline void split_check(const struct split_reader *r, struct slice input, const char *expected)
{
    size_t step = input.len < 3000 ? 1 : input.len < 100000 ? 211 : 65521;
    split_assert(r, input, input.len, 1, expected);
    split_assert(r, input, 1, 1, expected);
    for (size_t at = 1; at < input.len; at += at < 100 || at + 100 > input.len ? 1 : step)
        split_assert(r, input, at, input.len, expected);
}

#endif
