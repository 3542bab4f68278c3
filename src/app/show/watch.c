#include "app/show/watch.h"

#include "app/report.h"
#include "app/rounds.h"
#include "base/stamp.h"

#include <string.h>

/* What is known, and since when. */
struct watch {
    bool knows;           /* there was one */
    enum err_kind failed; /* how the latest one failed; OK: it did not */
    int64_t began_s;
    int64_t moved_s;      /* the latest change, 0: none since then */
    char moved[320];      /* its first line */
    struct show_changes changes[LIMIT_VIPS];
    enum err_kind said_kind; /* how the end was that was told last, */
    char said[REPORT_END];   /* and in words */
    struct look shown; /* the latest look that could tell */
};

/* --- What has changed */

/* A line of what changes; of the first of a look a copy is kept. */
static void note(struct watch *w, int64_t utc_s, struct buf *lines, struct buf *text)
{
    buf_putf(lines, "%s %s\n", stamp_text(utc_s).text, buf_text(text));
    if (w->moved_s != utc_s)
        (void)slice_copy(buf_slice(text), w->moved, sizeof w->moved);
    w->moved_s = utc_s;
    text->len = 0;
}

static const struct look_table *find(const struct look_vip *v, const struct table_id *id, size_t *at)
{
    for (*at = 0; *at < v->count; ++*at)
        if (table_id_eq(&v->at[*at].id, id))
            return &v->at[*at];
    return NULL;
}

static bool is_same(const struct look_table *a, const struct look_table *b)
{
    return a->says == b->says && a->selected == b->selected && strcmp(a->target, b->target) == 0;
}

static void put_side(struct buf *b, const struct look_table *table)
{
    if (!table)
        buf_puts(b, "not there");
    else
        buf_putf(b, "%s%s%s", plan_says_word(table->says), table->target[0] ? " " : "", table->target);
}

static void put_change(struct buf *b, const struct look_table *before, const struct look_table *after)
{
    const struct look_table *either = after ? after : before;
    buf_putf(b, "%s%s%s%s: ", either->id.text, either->name[0] ? " (" : "", either->name, either->name[0] ? ")" : "");
    put_side(b, before);
    buf_puts(b, " -> ");
    put_side(b, after);
}

/* The moments go with the tables, wherever they stand in the new look. */
static void compare_tables(struct watch *w, const struct look_vip *before, const struct look_vip *after, struct show_changes *changes,
                           int64_t utc_s, struct buf *lines)
{
    char text[320];
    struct buf line = BUF_OF(text);
    struct show_changes old = *changes;
    size_t at;
    memset(changes, 0, sizeof *changes);
    for (size_t i = 0; i < after->count; i++) {
        const struct look_table *was = find(before, &after->at[i].id, &at);
        changes->at_s[i] = was ? old.at_s[at] : 0;
        if (was && is_same(was, &after->at[i]))
            continue;
        changes->at_s[i] = utc_s;
        put_change(&line, was, &after->at[i]);
        note(w, utc_s, lines, &line);
    }
    for (size_t i = 0; i < before->count; i++)
        if (!find(after, &before->at[i].id, &at)) {
            put_change(&line, &before->at[i], NULL);
            note(w, utc_s, lines, &line);
        }
}

static void compare(struct watch *w, const struct look *look, struct buf *lines)
{
    char text[320];
    struct buf line = BUF_OF(text);
    for (size_t i = 0; i < look->count && i < w->shown.count; i++) {
        const struct look_vip *before = &w->shown.vips[i], *after = &look->vips[i];
        if (before->alias_up != after->alias_up) {
            buf_putf(&line, "alias %s: %s", ip_text(after->vip).text, after->alias_up ? "taken down -> up" : "up -> taken down");
            note(w, look->utc_s, lines, &line);
        }
        if (before->read && after->read)
            compare_tables(w, before, after, &w->changes[i], look->utc_s, lines);
        else /* of one VIP of several: nothing is known to have moved */
            memset(&w->changes[i], 0, sizeof w->changes[i]);
    }
}

static void take(struct watch *w, const struct look *look, struct buf *lines)
{
    w->failed = look_knows(look) ? ERR_OK : look->e.kind;
    if (w->failed != ERR_OK)
        return;
    if (w->knows)
        compare(w, look, lines);
    look_copy(&w->shown, look);
    w->knows = true;
}

/* --- Where nothing can be drawn over, lines */

/* How the look ended, if that is news: of what keeps it from knowing, the kind is. */
static void put_news(struct watch *w, const struct look *look, struct buf *out)
{
    char text[REPORT_END];
    struct buf end = BUF_OF(text);
    report_put_end(&end, slice_of(look->result), &look->e);
    bool same = strcmp(buf_text(&end), w->said) == 0 || (!look_knows(look) && look->e.kind == w->said_kind);
    if (same)
        return;
    w->said_kind = look->e.kind;
    memcpy(w->said, text, sizeof w->said);
    buf_putf(out, "%s %s\n", stamp_text(look->utc_s).text, text);
}

/* --- On a terminal, pictures */

static void put_text_line(struct buf *out, const struct screen *screen, enum style style, const char *text)
{
    struct line l;
    line_start(&l, out, screen);
    line_put(&l, style, text);
    line_end(&l);
}

static void put_title(const struct look *look, uint32_t every_s, const struct screen *screen, struct buf *out)
{
    char text[REPORT_END];
    struct buf b = BUF_OF(text);
    buf_putf(&b, "mirrorvip status, %s, every %u s; q ends it", stamp_text(look->utc_s).text + STAMP_TIME, (unsigned)every_s);
    put_text_line(out, screen, STYLE_FAINT, buf_text(&b));
    b.len = 0;
    report_put_end(&b, slice_of(look->result), &look->e);
    put_text_line(out, screen, look->e.kind == ERR_OK ? STYLE_GOOD : look_knows(look) ? STYLE_OTHER : STYLE_BAD, buf_text(&b));
}

static void put_latest(const struct watch *w, const struct look *look, const struct screen *screen, struct buf *out)
{
    char text[512];
    struct buf b = BUF_OF(text);
    bool news = w->moved_s == look->utc_s;
    if (w->failed != ERR_OK && w->knows)
        buf_putf(&b, "this is of %s", stamp_text(w->shown.utc_s).text + STAMP_TIME);
    else if (w->moved_s == 0)
        buf_putf(&b, "no change since %s", stamp_text(w->began_s).text + STAMP_TIME);
    else
        buf_putf(&b, "last change %s  %s", stamp_text(w->moved_s).text + STAMP_TIME, w->moved);
    put_text_line(out, screen, w->failed != ERR_OK ? STYLE_BAD : news ? STYLE_HEAD : STYLE_PLAIN, buf_text(&b));
}

static size_t lines_in(const struct buf *out)
{
    size_t count = 0;
    for (struct slice rest = buf_slice(out); rest.len > 0; count++)
        (void)slice_cut(&rest, '\n');
    return count;
}

#define HEAD_LINES 7 /* above the rows of a VIP, and one that stays free so that nothing rolls */

/* Each VIP that is still to come has an equal share of the lines that are left, but one row at least. */
static size_t rows_of(const struct watch *w, size_t at, const struct screen *screen, const struct buf *out)
{
    size_t filled = lines_in(out), left = screen->rows > filled ? screen->rows - filled : 0;
    size_t share = left / (w->shown.count - at);
    size_t head = HEAD_LINES + (w->shown.count > 1); /* its section's name */
    return screen->rows == 0 ? 0 : share > head + 1 ? share - head : 1;
}

static void draw(struct watch *w, const struct look *look, uint32_t every_s, const struct screen *screen, struct buf *out)
{
    buf_puts(out, "\x1b[H");
    put_title(look, every_s, screen, out);
    put_latest(w, look, screen, out);
    for (size_t i = 0; i < w->shown.count; i++) {
        struct show_changes *changes = &w->changes[i];
        put_text_line(out, screen, STYLE_PLAIN, "");
        changes->latest_s = w->failed == ERR_OK ? look->utc_s : 0;
        changes->rows = rows_of(w, i, screen, out);
        show_table(&w->shown, &w->shown.vips[i], changes, screen, out);
    }
    buf_puts(out, "\x1b[J");
}

/* --- The watch */

static bool show(struct watch *w, const struct world *world, const struct look *look, uint32_t every_s, struct buf *text)
{
    struct screen screen = {0};
    world->screen(world->host, &screen);
    text->len = 0;
    take(w, look, text);
    if (screen.redrawn) {
        text->len = 0;
        draw(w, look, every_s, &screen, text);
    } else {
        put_news(w, look, text);
    }
    return world->show(world->host, buf_slice(text));
}

bool watch(const struct app *a, struct buf text, struct look *look)
{
    static struct watch w;
    static struct look next;
    const struct world *world = &a->world;
    uint32_t every_s = a->options.every_s > 0 ? a->options.every_s : WATCH_DEFAULT_S;
    struct rounds rounds;
    bool any = false;
    memset(&w, 0, offsetof(struct watch, shown));
    w.began_s = world->utc_s(world->host);
    rounds_start(&rounds, world, a->options.deadline_s, every_s);
    while (!world->interrupted(world->host)) {
        struct err e = {0};
        bool ended = rounds_next(&rounds, &next, look_size(a->vip_count), &e) && look_take(&next, a->vip_count, &e);
        if (world->interrupted(world->host) && (!ended || next.e.kind == ERR_INTERRUPTED))
            break;
        if (!ended)
            look_fail(&next, world->utc_s(world->host), &e);
        look_copy(look, &next);
        any = true;
        if (!show(&w, world, look, every_s, &text))
            break;
        rounds_wait(&rounds);
    }
    return any;
}
