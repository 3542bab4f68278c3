#include "core/findings.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDING_WIDTH 9 /* "failure" and a gap */
#define ABOUT_WIDTH 14  /* "source/dest", and so on */

void findings_start(struct findings *f, struct buf *out)
{
    *f = (struct findings){.out = out};
}

void findings_add(struct findings *f, enum finding finding, const char *about, const char *format, ...)
{
    static const char *const words[] = {"ok", "warning", "failure"};
    char text[LIMIT_ERR_TEXT + 128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    f->count[finding]++;
    buf_put_padded(f->out, words[finding], FINDING_WIDTH);
    buf_put_padded(f->out, about, ABOUT_WIDTH);
    buf_puts(f->out, text);
    buf_putc(f->out, '\n');
}

bool findings_fail(struct findings *f, const char *about, const struct err *why)
{
    char text[LIMIT_ERR_TEXT + 128];
    struct buf b = BUF_OF(text);
    err_put(&b, why);
    findings_add(f, FINDING_FAILURE, about, "%s", buf_text(&b));
    if (f->count[FINDING_FAILURE] == 1) {
        f->first = *why;
        (void)err_prefix(&f->first, "%s", about);
    }
    return false;
}

bool findings_end(const struct findings *f, struct err *e)
{
    size_t failures = f->count[FINDING_FAILURE];
    if (failures == 0)
        return true;
    *e = f->first;
    return err_prefix(e, "%zu failure%s and %zu warning%s, first", failures, failures == 1 ? "" : "s", f->count[FINDING_WARNING],
                      f->count[FINDING_WARNING] == 1 ? "" : "s");
}
