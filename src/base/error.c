#include "base/error.h"

#include "base/format.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    const char *meaning;
    const char *cure;
    int status;
    enum severity severity;
} kinds[] = {
#define X(kind, status, severity, meaning, cure) {#kind, meaning, cure, status, SEVERITY_##severity},
    ERR_KINDS(X)
#undef X
};

bool err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
    if (e->kind != ERR_OK)
        return false;
    va_list args;
    va_start(args, format);
    (void)format_args(e->text, sizeof e->text, format, args);
    va_end(args);
    e->kind = kind;
    return false;
}

bool err_prefix(struct err *e, const char *format, ...)
{
    char tail[LIMIT_ERR_TEXT];
    memcpy(tail, e->text, sizeof tail);
    va_list args;
    va_start(args, format);
    (void)format_args(e->text, sizeof e->text, format, args);
    va_end(args);
    struct buf b = {e->text, strlen(e->text), sizeof e->text, false};
    buf_puts(&b, ": ");
    buf_put(&b, slice_make(tail, strnlen(tail, b.cap - b.len - 1)));
    (void)buf_text(&b);
    return false;
}

bool err_advise(struct err *e, const char *format, ...)
{
    struct slice happened = slice_of(e->text);
    struct buf b = {e->text, slice_cut(&happened, ';').len, sizeof e->text - 1, false};
    va_list args;
    buf_puts(&b, "; ");
    va_start(args, format);
    (void)format_args(b.at + b.len, sizeof e->text - b.len, format, args);
    va_end(args);
    return false;
}

void err_clear(struct err *e)
{
    e->kind = ERR_OK;
    e->text[0] = '\0';
}

int err_status(enum err_kind kind)
{
    return kinds[kind].status;
}

enum severity err_severity(enum err_kind kind)
{
    return kinds[kind].severity;
}

const char *err_name(enum err_kind kind)
{
    return kinds[kind].name;
}

const char *err_meaning(enum err_kind kind)
{
    return kinds[kind].meaning;
}

const char *err_cure(enum err_kind kind)
{
    return kinds[kind].cure;
}

bool err_says_cure(const struct err *e)
{
    return strchr(e->text, ';') != NULL;
}

void err_put(struct buf *b, const struct err *e)
{
    buf_puts(b, e->text);
    if (!err_says_cure(e)) {
        buf_puts(b, "; ");
        buf_puts(b, err_cure(e->kind));
    }
}

static char printable_byte(char c)
{
    return c == ';' ? ',' : c >= ' ' && c <= '~' ? c : '?';
}

struct printable err_printable(struct slice untrusted)
{
    struct printable out;
    size_t kept = untrusted.len < LIMIT_UNTRUSTED_TEXT ? untrusted.len : LIMIT_UNTRUSTED_TEXT;
    for (size_t i = 0; i < kept; i++)
        out.text[i] = printable_byte(untrusted.at[i]);
    memcpy(out.text + kept, kept < untrusted.len ? "..." : "", kept < untrusted.len ? 4 : 1);
    return out;
}
