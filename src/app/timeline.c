#include "app/timeline.h"

#include <stdarg.h>
#include <stdio.h>

void timeline_add(struct timeline *t, const char *what, uint64_t from_us, uint64_t to_us, const char *format, ...)
{
    if (t->count == LIMIT_MARKS)
        return;
    t->at[t->count].what = what;
    t->at[t->count].from_us = from_us;
    t->at[t->count].to_us = to_us;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(t->at[t->count].detail, sizeof t->at[t->count].detail, format, args);
    va_end(args);
    t->count++;
}

static void put_ms(struct buf *b, uint64_t us)
{
    buf_putf(b, "%5u.%u ms", (unsigned)(us / 1000), (unsigned)(us / 100 % 10));
}

void timeline_put(const struct timeline *t, uint64_t origin_us, struct buf *b)
{
    for (size_t i = 0; i < t->count; i++) {
        put_ms(b, t->at[i].from_us - origin_us);
        buf_puts(b, "  +");
        put_ms(b, t->at[i].to_us - t->at[i].from_us);
        buf_putf(b, "  %-11s  %s\n", t->at[i].what, t->at[i].detail);
    }
}
