#include "core/findings.h"

#include "base/format.h"

#include <stdarg.h>

#define FINDING_WIDTH 9 /* "failure" and a gap */
#define ABOUT_WIDTH 15  /* "configuration" and a gap */

void findings_start(struct findings *f, struct buf *out, bool as_json)
{
    *f = (struct findings){.out = out, .as_json = as_json};
    if (!as_json)
        return;
    json_put_start(&f->json, out, 2);
    json_put_object(&f->json, NULL);
    json_put_number(&f->json, "version", FINDINGS_VERSION);
    json_put_array(&f->json, "findings");
}

static void put_line(struct buf *b, const char *level, const char *about, const char *text)
{
    buf_put_padded(b, level, FINDING_WIDTH);
    buf_put_padded(b, about, ABOUT_WIDTH);
    buf_puts(b, text);
    buf_putc(b, '\n');
}

static void put_member(struct json_put *j, const char *level, const char *about, const char *text)
{
    struct slice rest = slice_of(text);
    struct slice seen = slice_cut(&rest, ';'), cure = slice_trim(rest);
    json_put_object(j, NULL);
    json_put_text(j, "level", level);
    json_put_text(j, "about", about);
    json_put_string(j, "seen", seen);
    if (cure.len > 0)
        json_put_string(j, "cure", cure);
    else
        json_put_null(j, "cure");
    json_put_close(j);
}

static void put(struct findings *f, enum finding finding, const char *about, const char *what)
{
    static const char *const words[] = {"ok", "warning", "failure"};
    char told[LIMIT_FINDING_TEXT];
    struct buf b = BUF_OF(told);
    if (f->whose)
        buf_putf(&b, "%s: ", f->whose);
    buf_puts(&b, what);
    const char *text = buf_text(&b);
    f->count[finding]++;
    if (f->as_json)
        put_member(&f->json, words[finding], about, text);
    else
        put_line(f->out, words[finding], about, text);
}

static void put_error(struct findings *f, enum finding finding, const char *about, const struct err *why)
{
    char text[LIMIT_FINDING_TEXT];
    struct buf b = BUF_OF(text);
    err_put(&b, why);
    put(f, finding, about, buf_text(&b));
}

void findings_add(struct findings *f, enum finding finding, const char *about, const char *format, ...)
{
    char text[LIMIT_ERR_TEXT];
    va_list args;
    va_start(args, format);
    (void)format_args(text, sizeof text, format, args);
    va_end(args);
    put(f, finding, about, text);
}

void findings_warn(struct findings *f, const char *about, const struct err *why)
{
    put_error(f, FINDING_WARNING, about, why);
}

bool findings_fail(struct findings *f, const char *about, const struct err *why)
{
    put_error(f, FINDING_FAILURE, about, why);
    if (f->count[FINDING_FAILURE] == 1) {
        f->first = *why;
        if (f->whose)
            (void)err_prefix(&f->first, "%s", f->whose);
        (void)err_prefix(&f->first, "%s", about);
        (void)err_advise(&f->first, "do what is said of it");
    }
    return false;
}

static void put_result(struct findings *f)
{
    json_put_close(&f->json);
    json_put_object(&f->json, "result");
    json_put_text(&f->json, "kind", err_name(f->first.kind));
    json_put_number(&f->json, "status", err_status(f->first.kind));
    json_put_number(&f->json, "failures", (int64_t)f->count[FINDING_FAILURE]);
    json_put_number(&f->json, "warnings", (int64_t)f->count[FINDING_WARNING]);
    json_put_end(&f->json);
}

bool findings_end(struct findings *f, struct err *e)
{
    size_t failures = f->count[FINDING_FAILURE], warnings = f->count[FINDING_WARNING];
    if (f->as_json)
        put_result(f);
    if (failures == 0)
        return true;
    *e = f->first;
    return err_prefix(e, "%zu failure%s and %zu warning%s, first", failures, plural(failures), warnings, plural(warnings));
}
