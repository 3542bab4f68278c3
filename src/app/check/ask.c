#include "app/policy/allow.h"
#include "app/check/checks.h"

const struct call *check_ask(struct app *a, struct query_reply *reply, const struct buf *body, bool writes)
{
    struct call *call = &a->calls[0];
    call_start(call, reply, body, writes);
    calls_run(&a->world, &a->api, call, 1, a->write_deadline_us, true);
    return call;
}

/*
 * What only a check asks may be forbidden, or be another account's that knows nothing of it: a failover needs it no more
 * than the permission.
 */
void check_unknown(const struct app *a, const struct call *call, const char *about, struct findings *f)
{
    struct err why = call->exchange.err;
    bool answered = call->end == CALL_ANSWERED;
    if (answered && call->http.status == 403)
        (void)allow_advise(a, call->reply->action, NULL, &why);
    if (!answered || (call->http.status != 403 && (a->chain.role_count == 0 || a->as_host))) {
        (void)findings_fail(f, about, &why);
        return;
    }
    (void)err_prefix(&why, "nobody knows");
    findings_warn(f, about, &why);
}
