#include "app/ends.h"

#include "app/report.h"

#define HAPPENED_MOST (LIMIT_ERR_TEXT / 2) /* bytes of what has happened to the first that failed, cut beyond */

/* What a VIP has come to where the verb has gone well. */
static const char *done_word(enum verb verb)
{
    return verb == VERB_RELEASE ? "released" : verb == VERB_FOLLOW ? "followed" : "here";
}

static bool is_moving(const struct app *a)
{
    return a->options.verb == VERB_ACQUIRE && !a->options.dry_run;
}

/* All or some of its tables may point here: an acquisition that ends otherwise has moved nothing. */
static bool may_be_here(const struct vip *v)
{
    return v->e.kind == ERR_OK || v->e.kind == ERR_PARTIAL || v->e.kind == ERR_UNVERIFIED;
}

/* The first that did not end well; what is only not seen yet comes after what has failed. NULL: there is none. */
static const struct vip *first_failed(const struct app *a)
{
    const struct vip *first = NULL;
    for (const struct vip *v = a->vips; v < a->vips + a->vip_count; v++) {
        if (v->e.kind == ERR_OK)
            continue;
        if (v->e.kind != ERR_UNVERIFIED)
            return v;
        first = first ? first : v;
    }
    return first;
}

static enum err_kind kind_of(const struct app *a, const struct vip *failed)
{
    bool any_here = false;
    for (size_t i = 0; i < a->vip_count; i++)
        any_here |= may_be_here(&a->vips[i]);
    return is_moving(a) && any_here && failed->e.kind != ERR_UNVERIFIED ? ERR_PARTIAL : failed->e.kind;
}

static bool one(const struct vip *v, struct buf *result, struct err *e)
{
    *e = v->e;
    if (e->kind == ERR_OK)
        buf_puts(result, v->result);
    return e->kind == ERR_OK;
}

static size_t count_good(const struct app *a)
{
    size_t good = 0;
    for (size_t i = 0; i < a->vip_count; i++)
        good += a->vips[i].e.kind == ERR_OK;
    return good;
}

/* What to do about it comes through whole. */
static bool some_failed(const struct app *a, const struct vip *failed, struct err *e)
{
    struct slice cure = slice_of(failed->e.text);
    struct slice happened = slice_cut(&cure, ';');
    size_t good = count_good(a);
    int shown = (int)(happened.len < HAPPENED_MOST ? happened.len : HAPPENED_MOST);
    if (cure.len == 0)
        cure = slice_of(err_cure(failed->e.kind));
    cure = slice_trim(cure);
    return err_set(e, kind_of(a, failed), "%zu of %zu VIPs %s %s, and %s (%s) is not: %s: %.*s; %.*s", good, a->vip_count,
                   good == 1 ? "is" : "are", done_word(a->options.verb), failed->want->name, ip_text(failed->want->alias.vip).text,
                   err_name(failed->e.kind), shown, happened.at, (int)cure.len, cure.at);
}

static bool all_good(const struct app *a, struct buf *result)
{
    buf_putf(result, "%zu of %zu VIPs are %s:", a->vip_count, a->vip_count, done_word(a->options.verb));
    for (size_t i = 0; i < a->vip_count; i++)
        buf_putf(result, "%s %s (%s)", i > 0 ? "," : "", a->vips[i].want->name, ip_text(a->vips[i].want->alias.vip).text);
    if (is_moving(a))
        buf_putf(result, ", %u ms", (unsigned)((app_now_us(a) - a->started_us) / 1000));
    return true;
}

/* A line for each. */
static void put_each(struct app *a)
{
    for (size_t i = 0; i < a->vip_count; i++) {
        const struct vip *v = &a->vips[i];
        buf_putf(&a->out, "%s: ", v->want->name);
        report_put_end(&a->out, slice_of(v->result), &v->e);
        buf_putc(&a->out, '\n');
    }
}

static bool any_over(const struct app *a)
{
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].over)
            return true;
    return false;
}

/* What keeps all of them from the start is said once. */
bool ends_make(struct app *a, const struct err *all, struct buf *result, struct err *e)
{
    if (all->kind != ERR_OK && !any_over(a)) {
        *e = *all;
        return false;
    }
    if (all->kind != ERR_OK)
        vips_fail(a, all);
    if (a->vip_count == 1)
        return one(&a->vips[0], result, e);
    if (a->options.verb != VERB_STATUS)
        put_each(a);
    const struct vip *failed = first_failed(a);
    return failed ? some_failed(a, failed, e) : all_good(a, result);
}
