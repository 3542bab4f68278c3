#include "app/report.h"

static void put_error(struct buf *b, const struct err *e)
{
    buf_puts(b, e->text);
    if (!err_says_cure(e)) {
        buf_puts(b, "; ");
        buf_puts(b, err_cure(e->kind));
    }
}

void report_put_end(struct buf *b, const struct buf *result, const struct err *e)
{
    buf_putf(b, "%s: ", err_name(e->kind));
    if (e->kind == ERR_OK)
        buf_put(b, buf_slice(result));
    else
        put_error(b, e);
}

void report_put_steps(struct buf *b, const struct app *a)
{
    if (a->options.verbose)
        timeline_put(&a->timeline, a->started_us, b);
}
