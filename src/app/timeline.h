/*
 * timeline: where the time of a run went, step by step, in words and as a chart.
 *
 * Layer: app, pure. Steps beyond LIMIT_MARKS are dropped: a timeline is a help, not a record.
 */
#ifndef APP_TIMELINE_H
#define APP_TIMELINE_H

#include "base/limits.h"
#include "base/text.h"
#include "base/world.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of all that timeline_put() may say. */
#define TIMELINE_TEXT (LIMIT_MARKS * 224)
/* And of timeline_put_chart(). */
#define TIMELINE_CHART_COLUMNS 100
#define TIMELINE_CHART ((LIMIT_MARKS + 1) * (TIMELINE_CHART_COLUMNS + 16))

struct timeline {
    size_t count;
    struct timeline_mark {
        const char *what; /* a literal; NULL for a part of the step before it, which has its name in `detail` */
        uint64_t from_us;
        uint64_t to_us;
        char detail[176];
    } at[LIMIT_MARKS];
};

/* Adds a step that ran from `from_us` to `to_us`, with a few words on what it found. */
void timeline_add(struct timeline *t, const char *what, uint64_t from_us, uint64_t to_us, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Adds a part of the step added last, for the chart alone. While there are many steps their parts are left out. */
void timeline_add_part(struct timeline *t, uint64_t from_us, uint64_t to_us, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A line for each step: when it began, counted from `origin_us`, how long it took, what it found. */
void timeline_put(const struct timeline *t, uint64_t origin_us, struct buf *b);
/* A bar for each kind of step, and for each part, at its place on one scale; and how long they took in all. */
void timeline_put_chart(const struct timeline *t, uint64_t origin_us, const struct screen *screen, struct buf *b);

#endif
