/*
 * mutate: inputs made of others by chance, the same ones in every run. Whatever comes of that, a reader does not crash
 * (the sanitizers watch) and does not hang.
 *
 * The corpus of a reader is the table of its own cases. A million inputs are what each change must pass (faults 55, 67), a
 * tenth of them in `make check`; a fuzzer that looks for new paths for a day is another thing, and not part of these tests.
 */
#ifndef UNIT_MUTATE_H
#define UNIT_MUTATE_H

#include "split.h"

#define MUTATE_CHANGES 4
#define MUTATE_SEED 256    /* bytes of an input that others are made of: the long ones are about limits, not about syntax */
#define MUTATE_BYTES 1024 /* of one that was made */

struct mutate {
    uint64_t state;
    size_t count;
    struct slice corpus[600];
    char made[MUTATE_BYTES];
};

static inline size_t mutate_count(void)
{
    return is_whole() ? 1000000 : 100000;
}

static inline void mutate_start(struct mutate *m)
{
    m->state = 0x9E3779B97F4A7C15;
    m->count = 0;
}

static inline void mutate_add(struct mutate *m, const struct input *input)
{
    if (input->head.len + input->fill.len * input->times + input->tail.len > MUTATE_SEED)
        return;
    assert_true(m->count < COUNT(m->corpus));
    m->corpus[m->count++] = input_make(input);
}

#define MUTATE_ROWS(m, rows)                            \
    do {                                                \
        for (size_t row_ = 0; row_ < COUNT(rows); row_++) \
            mutate_add((m), &(rows)[row_].input);       \
    } while (0)

static inline void mutate_end(struct mutate *m)
{
    while (m->count > 0)
        slice_free(m->corpus[--m->count]);
}

/* Below `limit`, which is not 0: xorshift64*, its upper half. */
static inline size_t mutate_below(struct mutate *m, size_t limit)
{
    m->state ^= m->state >> 12;
    m->state ^= m->state << 25;
    m->state ^= m->state >> 27;
    return (size_t)(m->state * 0x2545F4914F6CDD1D >> 32) % limit;
}

static inline struct slice mutate_seed(struct mutate *m)
{
    return m->corpus[mutate_below(m, m->count)];
}

static inline struct slice mutate_range(struct mutate *m, struct slice s)
{
    size_t from = mutate_below(m, s.len + 1);
    return slice_make(s.at + from, mutate_below(m, s.len - from + 1));
}

/* What comes instead of what is taken out: nothing, any byte, or a part of an input, where syntax is. */
static inline struct slice mutate_put(struct mutate *m, char *byte)
{
    size_t kind = mutate_below(m, 4);
    *byte = (char)mutate_below(m, 256);
    return kind == 0 ? slice_make(byte, 0) : kind == 1 ? slice_make(byte, 1) : mutate_range(m, mutate_seed(m));
}

static inline void mutate_change(struct mutate *m, struct buf *b)
{
    char byte;
    size_t at = mutate_below(m, b->len + 1);
    size_t left = b->len - at;
    size_t out = mutate_below(m, (left < 4 || mutate_below(m, 8) == 0 ? left : 4) + 1);
    struct slice in = mutate_put(m, &byte);
    if (b->len - out + in.len > b->cap)
        return;
    memmove(b->at + at + in.len, b->at + at + out, left - out);
    if (in.len > 0)
        memcpy(b->at + at, in.at, in.len);
    b->len = b->len - out + in.len;
}

/* The next input: one of the corpus with a few changes. It is there until the next call. */
static inline struct slice mutate_next(struct mutate *m)
{
    struct buf b = BUF_OF(m->made);
    buf_put(&b, mutate_seed(m));
    for (size_t left = 1 + mutate_below(m, MUTATE_CHANGES); left > 0; left--)
        mutate_change(m, &b);
    return buf_slice(&b);
}

/* In pieces, it says of each what it says of the whole. */
static inline void mutate_check(struct mutate *m, const struct split_reader *r)
{
    for (size_t i = 0; i < mutate_count(); i++) {
        char whole[SPLIT_TRACE];
        struct slice input = mutate_next(m);
        size_t first = 1 + mutate_below(m, input.len + 1), size = 1 + mutate_below(m, input.len + 1);
        split_trace(r, input, input.len, 1, whole);
        split_assert(r, input, first, size, whole);
    }
}

#endif
