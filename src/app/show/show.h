/*
 * show: a look in the forms that people and programs read. What README and manual say of them is a promise: fields and
 * metrics are added, not changed or taken away, or SHOW_VERSION is raised.
 *
 * Layer: app, pure.
 */
#ifndef APP_SHOW_H
#define APP_SHOW_H

#include "app/line.h"
#include "app/show/look.h"

#define SHOW_VERSION 1
#define SHOW_ROW 640 /* bytes of one table in any form, and more */
#define SHOW_TEXT (LIMIT_VIPS * LIMIT_TABLES * SHOW_ROW + 8192)

/* For who looks again and again: when each table was seen to change, and how many of them may be shown. */
struct show_changes {
    int64_t at_s[LIMIT_TABLES]; /* of the VIP's tables, one for one; 0: never */
    int64_t latest_s;           /* what has changed then is marked */
    size_t rows;                /* 0: all */
};

/* What is known of one VIP, a line for each table; NULL: a single look. */
void show_table(const struct look *look, const struct look_vip *v, const struct show_changes *changes, const struct screen *screen,
                struct buf *out);
/* The whole look as a JSON object on a line. */
void show_json(const struct look *look, struct buf *out);
/* The whole look in Prometheus's text format, version 0.0.4. */
void show_prometheus(const struct look *look, struct buf *out);
/* In the form that was asked for. */
void show_put(const struct look *look, enum form form, const struct screen *screen, struct buf *out);

#endif
