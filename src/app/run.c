#include "app/run.h"

#include "app/ends.h"
#include "app/front/monitor.h"
#include "app/front/notice.h"
#include "app/front/ocf.h"
#include "app/options/help.h"
#include "app/verbs.h"

#define RESERVE_US UINT64_C(3000000) /* kept for verifying */

#ifndef MIRRORVIP_VERSION
#define MIRRORVIP_VERSION "unknown"
#endif

/* With a short deadline a quarter of it is kept instead. */
static uint64_t write_deadline(uint64_t now_us, uint64_t allowed_us)
{
    uint64_t reserve_us = allowed_us / 4 < RESERVE_US ? allowed_us / 4 : RESERVE_US;
    return now_us + allowed_us - reserve_us;
}

static bool help(struct app *a)
{
    help_put(&a->out, a->options.about);
    return true;
}

static bool version(struct app *a)
{
    buf_puts(&a->out, "mirrorvip " MIRRORVIP_VERSION "\n");
    return true;
}

static bool metadata(struct app *a)
{
    ocf_put_metadata(&a->out);
    return true;
}

static bool parameters(struct buf *result)
{
    buf_puts(result, "the parameters can be used");
    return true;
}

static void start_clock(struct app *a)
{
    uint64_t allowed_us = (uint64_t)a->options.deadline_s * 1000000;
    a->started_us = app_now_us(a);
    a->deadline_us = a->started_us + allowed_us;
    a->write_deadline_us = write_deadline(a->started_us, allowed_us);
}

/* Not who follows: it looks most of the time, and locks when it finds something to change. */
static bool changes_something(const struct options *o)
{
    return (o->verb == VERB_ACQUIRE && !o->dry_run) || o->verb == VERB_RELEASE;
}

/* First of all, and only for who changes something: to look is always allowed. Who waits does so as long as it can still write then. */
static bool lock(struct app *a, struct err *e)
{
    const char *none = NULL;
    bool waits = a->options.wait;
    if (!changes_something(&a->options))
        return true;
    if (!a->world.lock(a->world.host, a->write_deadline_us, waits, &none, e))
        return ocf_goes_on(&a->options, e);
    if (none || waits)
        timeline_add(&a->timeline, "lock", a->started_us, app_now_us(a), "%s%s", none ? "none: " : "taken", none ? none : "");
    return true;
}

/* False: what keeps all VIPs that have not ended from going on. */
static bool carry_out(struct app *a, struct err *all)
{
    switch (a->options.verb) {
    case VERB_ACQUIRE:
        return acquire(a, all);
    case VERB_RELEASE:
        return release(a, all);
    case VERB_FOLLOW:
        return follow(a, all);
    case VERB_STATUS:
        return status(a, all);
    case VERB_OCF:
        return monitor(a, all);
    case VERB_CHECK:
    case VERB_POLICY:
    case VERB_NOTIFY:
    case VERB_HELP:
    case VERB_VERSION:
        break;
    }
    return err_set(all, ERR_BUG, "a verb that nothing carries out");
}

static bool dispatch(struct app *a, struct buf *result, struct err *e)
{
    struct err all = {0};
    vips_start(a);
    if (!notice_begin(a, e) || !lock(a, e) || !notice_holds(a, e))
        return false;
    if (a->options.verb == VERB_CHECK)
        return check(a, result, e);
    if (a->options.verb == VERB_POLICY)
        return policy(a, result, e);
    (void)carry_out(a, &all);
    return ends_make(a, &all, result, e);
}

/* AWS's own word, which a signature was corrected by, comes before the metadata service's, which nobody has vouched for. */
static int64_t skew_of(const struct app *a, const char **whose)
{
    int64_t told_s = a->metadata.fetch.skew_s;
    *whose = a->skew.s != 0 ? "AWS's" : "the metadata service's";
    if (a->skew.s != 0)
        return a->skew.s;
    return told_s > SKEW_S || told_s < -SKEW_S ? told_s : 0;
}

/* A clock that is off fails certificates and signatures, if not now then at the next failover: say so whenever it is known. */
static bool name_skew(const struct app *a, bool ok, struct buf *result, struct err *e)
{
    char text[96];
    struct buf b = BUF_OF(text);
    const char *whose;
    int64_t skew_s = skew_of(a, &whose);
    if (skew_s == 0)
        return ok;
    buf_putf(&b, "this host's clock is %lld s %s %s", (long long)(skew_s < 0 ? -skew_s : skew_s), skew_s < 0 ? "ahead of" : "behind",
             whose);
    if (!ok)
        return err_prefix(e, "%s", buf_text(&b));
    buf_putf(result, "; %s", buf_text(&b));
    return true;
}

bool run_verb(struct app *a, struct buf *result, struct err *e)
{
    if (a->options.verb == VERB_HELP)
        return help(a);
    if (a->options.verb == VERB_VERSION)
        return version(a);
    if (a->options.action == OCF_METADATA)
        return metadata(a);
    if (a->options.action == OCF_PARAMETERS)
        return parameters(result);
    start_clock(a);
    bool ok = dispatch(a, result, e);
    return name_skew(a, ok, result, e);
}
