#include "app/service.h"

#include "app/rounds.h"

#include <string.h>

/* What was said last. Of what keeps a round from knowing each kind is said once, until one knows again. */
struct said {
    bool known;
    enum plan_place place[LIMIT_VIPS];
    uint32_t kinds;
};

static bool is_news(struct said *said, const struct service_report *r)
{
    uint32_t kind = UINT32_C(1) << r->kind;
    bool known = r->kind == ERR_OK;
    bool same = known ? said->known && memcmp(said->place, r->place, sizeof said->place) == 0 : (said->kinds & kind) != 0;
    said->known = known;
    memcpy(said->place, r->place, sizeof said->place);
    said->kinds = known ? 0 : said->kinds | kind;
    return !same || r->changed;
}

void service_report_make(const struct app *a, const struct buf *result, const struct err *e, struct service_report *report)
{
    struct buf steps = BUF_OF(report->steps), end = BUF_OF(report->end);
    report->kind = e->kind;
    report->changed = false;
    for (size_t i = 0; i < LIMIT_VIPS; i++) {
        bool known = i < a->vip_count && a->vips[i].e.kind == ERR_OK;
        report->place[i] = known ? a->vips[i].place : PLAN_PLACE_UNKNOWN;
        report->changed |= known && (a->vips[i].alias_changed || plan_count(&a->vips[i].plan).written > 0);
    }
    report_put_steps(&steps, a);
    report_put_end(&end, buf_slice(result), e);
    (void)buf_text(&steps);
    (void)buf_text(&end);
}

/* It is as little trusted as those whom the round has talked to. */
static bool report_take(struct service_report *r, struct err *e)
{
    r->steps[sizeof r->steps - 1] = r->end[sizeof r->end - 1] = '\0';
    return (unsigned)r->kind <= ERR_BUG || err_set(e, ERR_BUG, "a round has left a report that none can be");
}

/* False when it has no report, because a signal came before. */
static bool one_round(struct app *a, const struct rounds *rounds, struct service_report *r)
{
    const struct world *w = &a->world;
    struct err e = {0};
    a->started_us = app_now_us(a);
    if (rounds_next(rounds, r, sizeof *r, &e) && report_take(r, &e))
        return true;
    *r = (struct service_report){.kind = e.kind};
    struct buf end = BUF_OF(r->end);
    report_put_end(&end, slice_of(""), &e);
    (void)buf_text(&end);
    return !w->interrupted(w->host);
}

static const char *place_word(enum plan_place place)
{
    return place == PLAN_PLACE_HERE ? "up" : place == PLAN_PLACE_ELSEWHERE ? "down" : "as it was";
}

static void put_result(const struct app *a, const struct said *said, struct buf *result)
{
    buf_puts(result, "a signal ended the service, and ");
    for (size_t i = 0; i < a->vip_count; i++)
        buf_putf(result, "%sthe alias of %s was left %s", i > 0 ? ", " : "", ip_text(a->vips[i].want->alias.vip).text,
                 place_word(said->place[i]));
}

bool service(struct app *a, struct buf *result)
{
    static struct service_report report;
    const struct world *w = &a->world;
    struct said said = {0};
    struct rounds rounds;
    rounds_start(&rounds, w, a->options.deadline_s, a->options.every_s);
    vips_start(a);
    while (!w->interrupted(w->host)) {
        if (!one_round(a, &rounds, &report))
            break;
        if (report.kind != ERR_INTERRUPTED && is_news(&said, &report))
            w->say(w->host, slice_of(report.steps), slice_of(report.end), report.kind);
        rounds_wait(&rounds);
    }
    put_result(a, &said, result);
    return true;
}
