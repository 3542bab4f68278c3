#include "app/report.h"

void report_put_text(struct buf *b, struct slice result, const struct err *e)
{
    if (e->kind == ERR_OK)
        buf_put(b, result);
    else
        err_put(b, e);
}

void report_put_end(struct buf *b, struct slice result, const struct err *e)
{
    buf_putf(b, "%s: ", err_name(e->kind));
    report_put_text(b, result, e);
}

void report_put_steps(struct buf *b, const struct app *a)
{
    if (a->options.verbose)
        timeline_put(&a->timeline, a->started_us, b);
}

void report_put_chart(struct buf *b, const struct app *a, const struct screen *screen)
{
    if (a->options.verbose)
        timeline_put_chart(&a->timeline, a->started_us, screen, b);
}
