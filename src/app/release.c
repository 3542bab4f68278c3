#include "app/execute.h"
#include "app/hold.h"
#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"
#include "core/pace.h"

/* A pause before the next attempt; false when there is no time for one. */
static bool pause_again(struct app *a, unsigned attempt)
{
    const struct world *w = &a->world;
    uint64_t now_us = app_now_us(a);
    uint64_t left_us = a->write_deadline_us > now_us ? a->write_deadline_us - now_us : 0;
    uint64_t wait_us;
    if (w->interrupted(w->host) || !retry_wait(RETRY_THROTTLED, attempt, left_us, w->random(w->host), &wait_us))
        return false;
    w->wait(w->host, now_us + wait_us, true);
    return true;
}

/* Two readings: what both show is no old picture. */
static bool read_twice(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    if (!observe_tables(a, a->write_deadline_us, true, e))
        return false;
    if (!execute_may_delete(a))
        return true;
    uint64_t now_us = app_now_us(a);
    w->wait(w->host, now_us + pace_confirm_us(a->write_deadline_us > now_us ? a->write_deadline_us - now_us : 0), true);
    return observe_tables(a, a->write_deadline_us, true, e);
}

/*
 * Teardown: only routes that point here go, so that a release on the wrong host harms nobody; and only while they do, so
 * that each attempt stands on readings of its own.
 */
static bool delete_routes(struct app *a, size_t *deleted, struct err *e)
{
    if (!observe_identity(a, e) || !reach_api(a, e))
        return false;
    for (unsigned attempt = 0;; attempt++) {
        bool again = false;
        if (!read_twice(a, e))
            return false;
        if (execute_deletions(a, deleted, &again, e))
            return true;
        if (!again || !pause_again(a, attempt))
            return false;
        err_clear(e);
    }
}

/* The alias goes first: removing it is what sealing the process forbids afterwards, and it is what was asked for. */
bool release(struct app *a, struct buf *result, struct err *e)
{
    size_t deleted = 0;
    if (!observe_host(a, e) || !hold_down(a, e))
        return false;
    if (a->options.delete_routes && !delete_routes(a, &deleted, e))
        return err_prefix(e, "the alias is down, but not all routes are deleted; run it again with --vip %s/%u", ip_text(a->alias.vip).text,
                          a->alias.prefix);
    buf_putf(result, "%s %s %s", ip_text(a->alias.vip).text, a->alias.present ? "was taken off" : "was not on",
             a->alias.present ? a->alias.at.label.text : a->alias.interface.text);
    if (a->options.delete_routes)
        buf_putf(result, "; %zu route%s deleted", deleted, deleted == 1 ? "" : "s");
    return true;
}
