#include "app/show/show.h"

#include "base/stamp.h"

#include <string.h>

#define ID_WIDTH 21    /* "rtb-" or "eni-" and 17 digits */
#define STATE_WIDTH 10 /* "propagated" */
#define TIME_WIDTH 10  /* "12:36:00Z*" */
#define NAME_LEAST 8
#define HEAD_WIDTH 11

static void put_head_line(const struct screen *screen, struct buf *out, const char *what, enum style style, const char *text)
{
    struct line l;
    line_start(&l, out, screen);
    line_cell(&l, STYLE_FAINT, what, HEAD_WIDTH);
    line_put(&l, style, text);
    line_end(&l);
}

static void put_head(const struct look *look, const struct look_vip *v, const struct screen *screen, struct buf *out)
{
    char text[256];
    struct buf b = BUF_OF(text);
    bool ours = strcmp(v->owner, v->eni.text) == 0;
    if (look->count > 1)
        put_head_line(screen, out, "section", STYLE_PLAIN, v->section);
    buf_putf(&b, "%s, %s %s", ip_text(v->vip).text, v->alias_up ? "on" : "not on", v->alias_up ? v->label.text : v->interface.text);
    put_head_line(screen, out, "vip", v->alias_up ? STYLE_PLAIN : STYLE_OTHER, buf_text(&b));
    if (!v->placed)
        return;
    b.len = 0;
    buf_putf(&b, "%s, %s", cidr_text(v->destination).text, v->overlay ? "overlay" : "spare subnet");
    put_head_line(screen, out, "destination", STYLE_PLAIN, buf_text(&b));
    b.len = 0;
    buf_putf(&b, "%s in %s, %s", v->eni.text, v->vpc.text, look->region.text);
    put_head_line(screen, out, "this host", STYLE_PLAIN, buf_text(&b));
    if (!v->read)
        return;
    b.len = 0;
    buf_putf(&b, "%s%s", v->owner, ours ? " (this host)" : "");
    put_head_line(screen, out, "owner", ours ? STYLE_GOOD : STYLE_OTHER, buf_text(&b));
}

static enum style style_of(const struct look_table *table)
{
    if (!table->selected)
        return STYLE_FAINT;
    return table->says == PLAN_HERE ? STYLE_GOOD : table->says == PLAN_ELSEWHERE ? STYLE_OTHER : STYLE_BAD;
}

static const char *state_of(const struct look_table *table, struct buf *b)
{
    buf_puts(b, plan_says_word(table->says));
    if (look_skipped(table))
        buf_putf(b, " (skipped: %s)", look_skipped(table));
    return buf_text(b);
}

/* The columns of the table, and which of its rows come first. */
struct table {
    const struct look_vip *v;
    const struct show_changes *changes; /* or NULL */
    const struct screen *screen;
    size_t name_width;
    size_t order[LIMIT_TABLES];
};

/* As wide as the widest name, but on a screen not so wide that a state has no room. */
static size_t name_width(const struct table *t)
{
    size_t widest = strlen("NAME"), columns = t->screen->columns;
    size_t others = (t->changes ? TIME_WIDTH + 2 : 0) + 2 * (ID_WIDTH + 2) + 2 + STATE_WIDTH;
    for (size_t i = 0; i < t->v->count; i++) {
        size_t width = line_columns(t->screen, t->v->at[i].name);
        widest = width > widest ? width : widest;
    }
    size_t room = columns > others + NAME_LEAST ? columns - others : NAME_LEAST;
    return columns > 0 && widest > room ? room : widest;
}

static bool all_fit(const struct table *t)
{
    return !t->changes || t->changes->rows == 0 || t->changes->rows >= t->v->count;
}

/* As AWS lists them; where not all have room those first that have changed last. */
static void put_in_order(struct table *t)
{
    for (size_t i = 0; i < t->v->count; i++) {
        size_t at = i;
        for (; !all_fit(t) && at > 0 && t->changes->at_s[t->order[at - 1]] < t->changes->at_s[i]; at--)
            t->order[at] = t->order[at - 1];
        t->order[at] = i;
    }
}

static void put_titles(const struct table *t, struct buf *out)
{
    struct line l;
    line_start(&l, out, t->screen);
    if (t->changes)
        line_cell(&l, STYLE_HEAD, "CHANGED", TIME_WIDTH);
    line_cell(&l, STYLE_HEAD, "ROUTE TABLE", ID_WIDTH);
    line_cell(&l, STYLE_HEAD, "NAME", t->name_width);
    line_cell(&l, STYLE_HEAD, "TARGET", ID_WIDTH);
    line_put(&l, STYLE_HEAD, "SAYS");
    line_end(&l);
}

static void put_moment(struct line *l, const struct show_changes *changes, int64_t at_s)
{
    char text[TIME_WIDTH + 1];
    struct buf b = BUF_OF(text);
    if (at_s > 0)
        buf_putf(&b, "%s%s", stamp_text(at_s).text + STAMP_TIME, at_s == changes->latest_s ? "*" : "");
    line_cell(l, at_s == changes->latest_s ? STYLE_HEAD : STYLE_PLAIN, buf_text(&b), TIME_WIDTH);
}

static void put_row(const struct table *t, size_t at, struct buf *out)
{
    const struct look_table *table = &t->v->at[at];
    char text[64];
    struct buf state = BUF_OF(text);
    struct line l;
    line_start(&l, out, t->screen);
    if (t->changes)
        put_moment(&l, t->changes, t->changes->at_s[at]);
    line_cell(&l, STYLE_PLAIN, table->id.text, ID_WIDTH);
    line_cell(&l, STYLE_PLAIN, table->name[0] ? table->name : "-", t->name_width);
    line_cell(&l, STYLE_PLAIN, table->target[0] ? table->target : "-", ID_WIDTH);
    line_put(&l, style_of(table), state_of(table, &state));
    line_end(&l);
}

static void put_rest(const struct table *t, size_t from, struct buf *out)
{
    char text[96];
    struct buf b = BUF_OF(text);
    struct line l;
    size_t here = 0;
    for (size_t i = from; i < t->v->count; i++)
        here += t->v->at[t->order[i]].says == PLAN_HERE;
    buf_putf(&b, "and %zu more, %zu of them here", t->v->count - from, here);
    line_start(&l, out, t->screen);
    line_put(&l, STYLE_FAINT, buf_text(&b));
    line_end(&l);
}

void show_table(const struct look *look, const struct look_vip *v, const struct show_changes *changes, const struct screen *screen,
                struct buf *out)
{
    struct table t = {.v = v, .changes = changes, .screen = screen};
    put_head(look, v, screen, out);
    if (!v->read)
        return;
    t.name_width = name_width(&t);
    put_in_order(&t);
    buf_putc(out, '\n');
    put_titles(&t, out);
    size_t rows = all_fit(&t) ? v->count : changes->rows - 1;
    for (size_t i = 0; i < rows; i++)
        put_row(&t, t.order[i], out);
    if (rows < v->count)
        put_rest(&t, rows, out);
}

void show_put(const struct look *look, enum form form, const struct screen *screen, struct buf *out)
{
    if (form == FORM_JSON)
        show_json(look, out);
    if (form == FORM_PROMETHEUS)
        show_prometheus(look, out);
    for (size_t i = 0; form == FORM_TABLE && i < look->count; i++) {
        buf_puts(out, i > 0 ? "\n" : "");
        show_table(look, &look->vips[i], NULL, screen, out);
    }
}
