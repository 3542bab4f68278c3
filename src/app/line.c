#include "app/line.h"

#include "wire/utf8.h"

#define GAP 2 /* between cells */

void line_start(struct line *l, struct buf *out, const struct screen *screen)
{
    *l = (struct line){.out = out, .screen = screen};
}

/* What is shown for the first character of the text, and how many columns it takes. */
static uint32_t take(const struct screen *screen, struct slice *text, size_t *columns)
{
    uint32_t c = utf8_take(text);
    int taken = utf8_columns(c);
    bool fit = taken >= 0 && (c < 0x80 || screen->utf8);
    *columns = fit ? (size_t)taken : 1;
    return fit ? c : '?';
}

size_t line_columns(const struct screen *screen, const char *text)
{
    size_t sum = 0, columns;
    for (struct slice rest = slice_of(text); rest.len > 0; sum += columns)
        (void)take(screen, &rest, &columns);
    return sum;
}

/* As many characters as have room. */
static size_t put_some(struct line *l, const char *text, size_t room)
{
    size_t filled = 0, columns;
    for (struct slice rest = slice_of(text); rest.len > 0; filled += columns) {
        uint32_t c = take(l->screen, &rest, &columns);
        if (filled + columns > room)
            break;
        (void)utf8_put(l->out, c);
    }
    return filled;
}

static void put_blanks(struct line *l, size_t count)
{
    for (; count > 0 && (l->screen->columns == 0 || l->at < l->screen->columns); count--) {
        buf_putc(l->out, ' ');
        l->at++;
    }
}

/* SGR, ECMA-48, section 8.3.117. */
static const char *const codes[] = {"", "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m"};

static void put_within(struct line *l, enum style style, const char *text, size_t room)
{
    bool coloured = l->screen->colours && style != STYLE_PLAIN && text[0];
    if (l->cut)
        return;
    buf_puts(l->out, coloured ? codes[style] : "");
    if (line_columns(l->screen, text) <= room) {
        l->at += put_some(l, text, room);
    } else if (room > 0) {
        l->at += put_some(l, text, room - 1) + 1;
        buf_putc(l->out, '>');
    }
    buf_puts(l->out, coloured ? "\x1b[0m" : "");
}

static size_t room_of(const struct line *l)
{
    size_t columns = l->screen->columns;
    return columns == 0 ? SIZE_MAX : columns > l->at ? columns - l->at : 0;
}

void line_put(struct line *l, enum style style, const char *text)
{
    size_t room = room_of(l);
    bool fits = line_columns(l->screen, text) <= room;
    put_within(l, style, text, room);
    l->cut = l->cut || !fits;
}

void line_cell(struct line *l, enum style style, const char *text, size_t width)
{
    size_t room = room_of(l), from = l->at;
    if (room < width) {
        line_put(l, style, text);
        l->cut = true;
        return;
    }
    put_within(l, style, text, width);
    put_blanks(l, width + GAP - (l->at - from));
}

void line_end(struct line *l)
{
    if (l->screen->redrawn)
        buf_puts(l->out, "\x1b[K");
    buf_putc(l->out, '\n');
}
