/*
 * grammar: one kind of input that this program reads, as a fuzzer and as an oracle of another make see it: a function that
 * tells what an input means. What holds of every input of every grammar is in fuzz.c; what holds of one alone, in its `check`.
 *
 * A reader's meaning is told in its own grammar where that can be: then what it told is an input too, and means the same.
 */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAMMAR_INPUT 4096 /* bytes of an input at most */
#define GRAMMAR_TOLD 65536 /* bytes that tell what one means */

/*
 * An input cut into pieces: one of `first` bytes, the others of `size`. Each is a copy of its own, which has exactly its bytes
 * and is gone when the next one is taken, so that the sanitizers see a read past its end or after its time.
 */
struct pieces {
    struct slice rest;
    size_t first;
    size_t size;
    char *copy;
};

static inline bool pieces_next(struct pieces *p, struct slice *piece)
{
    size_t len = p->first < p->rest.len ? p->first : p->rest.len;
    free(p->copy);
    p->copy = NULL;
    if (len == 0)
        return false;
    p->copy = malloc(len);
    if (!p->copy)
        abort();
    memcpy(p->copy, p->rest.at, len);
    *piece = slice_make(p->copy, len);
    p->rest = slice_make(p->rest.at + len, p->rest.len - len);
    p->first = p->size;
    return true;
}

/* All that is left, for a reader that wants it at once; empty when it is. */
static inline struct slice pieces_all(struct pieces *p)
{
    struct slice all = slice_make("", 0);
    p->first = p->rest.len;
    (void)pieces_next(p, &all);
    return all;
}

struct grammar {
    const char *name;
    bool in_pieces; /* its reader takes an input as it arrives: the same is told however it is cut */
    bool is_own;    /* what is told of an input that is taken is in the grammar itself, and the same is told of that */
    /* Puts what the input means; or false, and why it is refused. */
    bool (*tell)(struct pieces *in, struct buf *out);
    void (*check)(struct slice input); /* may be NULL */
};

#define GRAMMARS(X) \
    X(cidr)         \
    X(config)       \
    X(container)    \
    X(credentials)  \
    X(ec2)          \
    X(http)         \
    X(imds)         \
    X(json)         \
    X(notice)       \
    X(options)      \
    X(pem)          \
    X(profile)      \
    X(proxy)        \
    X(purpose)      \
    X(sts)          \
    X(uri)          \
    X(xml)

#define X(name) extern const struct grammar grammar_##name;
GRAMMARS(X)
#undef X

/* What must hold; a fuzzer keeps the input for which it does not. */
#define claim(holds)                                                                                      \
    do {                                                                                                  \
        if (!(holds)) {                                                                                   \
            (void)fprintf(stderr, "%s:%d: %s: does not hold: %s\n", __FILE__, __LINE__, __func__, #holds); \
            abort();                                                                                      \
        }                                                                                                 \
    } while (0)

/* Bytes in hexadecimal, up to what is none. Returns how many. */
static inline size_t unhex(const char *text, void *to, size_t cap)
{
    uint8_t *bytes = to;
    size_t len = 0;
    unsigned byte;
    for (; len < cap && sscanf(text, "%2x", &byte) == 1; text += 2)
        bytes[len++] = (uint8_t)byte;
    return len;
}

/* Of every refusal: a kind, one line of printable text, at most one ';' in it. Always false. */
static inline bool refused(struct buf *out, const struct err *e)
{
    const char *semicolon = strchr(e->text, ';');
    claim(e->kind != ERR_OK && e->text[0] && (!semicolon || !strchr(semicolon + 1, ';')));
    for (const char *at = e->text; *at; at++)
        claim(*at >= ' ' && *at <= '~');
    out->len = 0;
    buf_putf(out, "%s: %s", err_name(e->kind), e->text);
    return false;
}

#endif
