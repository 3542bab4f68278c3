#include "app/timeline.h"

#include "app/line.h"
#include "base/format.h"

#include <stdarg.h>
#include <string.h>

static void add(struct timeline *t, const char *what, uint64_t from_us, uint64_t to_us, const char *format, va_list args)
{
    struct timeline_mark *mark = &t->at[t->count++];
    mark->what = what;
    mark->from_us = from_us;
    mark->to_us = to_us;
    (void)format_args(mark->detail, sizeof mark->detail, format, args);
}

void timeline_add(struct timeline *t, const char *what, uint64_t from_us, uint64_t to_us, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (t->count < LIMIT_MARKS)
        add(t, what, from_us, to_us, format, args);
    va_end(args);
}

void timeline_add_part(struct timeline *t, uint64_t from_us, uint64_t to_us, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (t->count < LIMIT_MARKS / 2)
        add(t, NULL, from_us, to_us, format, args);
    va_end(args);
}

static void put_ms(struct buf *b, uint64_t us)
{
    buf_putf(b, "%5u.%u ms", (unsigned)(us / 1000), (unsigned)(us / 100 % 10));
}

void timeline_put(const struct timeline *t, uint64_t origin_us, struct buf *b)
{
    for (size_t i = 0; i < t->count; i++) {
        if (!t->at[i].what)
            continue;
        put_ms(b, t->at[i].from_us - origin_us);
        buf_puts(b, "  +");
        put_ms(b, t->at[i].to_us - t->at[i].from_us);
        buf_putf(b, "  %-11s  %s\n", t->at[i].what, t->at[i].detail);
    }
}

/* --- The chart */

#define TIME_WIDTH 10 /* "12345.6 ms" */
#define BARS_LEAST 10
#define COLUMNS_USUAL 76

/* The run in as many cells as there is room for. */
struct chart {
    uint64_t from_us;
    uint64_t spent_us;
    size_t label_width;
    size_t cells;
};

static const char *label_of(const struct timeline_mark *mark)
{
    return mark->what ? mark->what : mark->detail;
}

static bool are_alike(const struct timeline_mark *a, const struct timeline_mark *b)
{
    return strcmp(label_of(a), label_of(b)) == 0;
}

static struct chart chart_of(const struct timeline *t, uint64_t origin_us, const struct screen *screen)
{
    size_t given = screen->columns > 0 ? screen->columns : COLUMNS_USUAL;
    size_t columns = given < TIMELINE_CHART_COLUMNS ? given : TIMELINE_CHART_COLUMNS;
    struct chart c = {.from_us = origin_us, .spent_us = 1};
    for (size_t i = 0; i < t->count; i++) {
        size_t width = strlen(label_of(&t->at[i])) + (t->at[i].what ? 0 : 2);
        uint64_t spent_us = t->at[i].to_us - origin_us;
        c.label_width = width > c.label_width ? width : c.label_width;
        c.spent_us = spent_us > c.spent_us ? spent_us : c.spent_us;
    }
    size_t others = c.label_width + TIME_WIDTH + 4;
    c.cells = columns > others + BARS_LEAST ? columns - others : BARS_LEAST;
    return c;
}

/* However short it was, it is seen. */
static void draw(char *cells, const struct chart *c, const struct timeline_mark *mark)
{
    size_t first = (size_t)((mark->from_us - c->from_us) * c->cells / c->spent_us);
    size_t end = (size_t)(((mark->to_us - c->from_us) * c->cells + c->spent_us - 1) / c->spent_us);
    first = first < c->cells ? first : c->cells - 1;
    end = end > first ? end : first + 1;
    memset(cells + first, '=', end - first);
}

static void put_bar(const struct timeline *t, size_t first, const struct chart *c, const struct screen *screen, struct buf *b)
{
    char cells[TIMELINE_CHART_COLUMNS + 1] = "", label[sizeof t->at[0].detail + 2], time[32];
    struct buf label_text = BUF_OF(label), time_text = BUF_OF(time);
    uint64_t spent_us = 0;
    struct line l;
    memset(cells, '.', c->cells);
    for (size_t i = first; i < t->count; i++) {
        if (!are_alike(&t->at[i], &t->at[first]))
            continue;
        draw(cells, c, &t->at[i]);
        spent_us += t->at[i].to_us - t->at[i].from_us;
    }
    buf_putf(&label_text, "%s%s", t->at[first].what ? "" : "  ", label_of(&t->at[first]));
    put_ms(&time_text, spent_us);
    line_start(&l, b, screen);
    line_cell(&l, STYLE_PLAIN, buf_text(&label_text), c->label_width);
    line_cell(&l, t->at[first].what ? STYLE_GOOD : STYLE_FAINT, cells, c->cells);
    line_put(&l, STYLE_PLAIN, buf_text(&time_text));
    line_end(&l);
}

static bool is_first(const struct timeline *t, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (are_alike(&t->at[i], &t->at[at]))
            return false;
    return true;
}

void timeline_put_chart(const struct timeline *t, uint64_t origin_us, const struct screen *screen, struct buf *b)
{
    struct chart c = chart_of(t, origin_us, screen);
    for (size_t i = 0; i < t->count; i++)
        if (is_first(t, i))
            put_bar(t, i, &c, screen, b);
}
