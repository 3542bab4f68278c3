#include "app/report.h"

void report_put_end(struct buf *b, const struct buf *result, const struct err *e)
{
    buf_putf(b, "%s: ", err_name(e->kind));
    if (e->kind == ERR_OK)
        buf_put(b, buf_slice(result));
    else
        err_put(b, e);
}

void report_put_steps(struct buf *b, const struct app *a)
{
    if (a->options.verbose)
        timeline_put(&a->timeline, a->started_us, b);
}
