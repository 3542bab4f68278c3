/*
 * timeline: where the time of a run went, step by step.
 *
 * Layer: app, pure. Steps beyond LIMIT_MARKS are dropped: a timeline is a help, not a record.
 */
#ifndef APP_TIMELINE_H
#define APP_TIMELINE_H

#include "base/limits.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of all that timeline_put() may say. */
#define TIMELINE_TEXT (LIMIT_MARKS * 160)

struct timeline {
    size_t count;
    struct {
        const char *what; /* a literal */
        uint64_t from_us;
        uint64_t to_us;
        char detail[112];
    } at[LIMIT_MARKS];
};

/* Adds a step that ran from `from_us` to `to_us`, with a few words on what it found. */
void timeline_add(struct timeline *t, const char *what, uint64_t from_us, uint64_t to_us, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* A line for each step: when it began, counted from `origin_us`, how long it took, what it found. */
void timeline_put(const struct timeline *t, uint64_t origin_us, struct buf *b);

#endif
