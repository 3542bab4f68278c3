/*
 * line: a line for people, in columns, cut where the screen ends and coloured where that is wanted.
 *
 * Layer: app, pure.
 * Trust: text is untrusted: what a terminal would obey or hide is shown as '?', and so is, on a screen that may not know
 * UTF-8, all that is not ASCII. What does not fit ends with '>'.
 */
#ifndef APP_LINE_H
#define APP_LINE_H

#include "base/text.h"
#include "base/world.h"

#include <stdbool.h>
#include <stddef.h>

enum style { STYLE_PLAIN, STYLE_HEAD, STYLE_GOOD, STYLE_BAD, STYLE_OTHER, STYLE_FAINT };

struct line {
    struct buf *out;
    const struct screen *screen;
    size_t at; /* columns that are filled */
    bool cut;  /* nothing more fits */
};

void line_start(struct line *l, struct buf *out, const struct screen *screen);
void line_put(struct line *l, enum style style, const char *text);
/* The same in a cell: cut to `width` columns, and then blanks up to there and a gap. */
void line_cell(struct line *l, enum style style, const char *text, size_t width);
void line_end(struct line *l);
/* How many columns the text takes on that screen. */
size_t line_columns(const struct screen *screen, const char *text);

#endif
