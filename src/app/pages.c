#include "app/pages.h"

#include <string.h>

/* One page; `next` holds the token of this page before, and of the next one after. */
static bool page_read(struct app *a, const struct pages *which, struct buf *next, uint64_t deadline_us, bool interruptible, struct err *e)
{
    char form[LIMIT_REQUEST];
    struct buf body = BUF_OF(form);
    struct call *call = &a->calls[0];
    which->put(which->context, &body, buf_slice(next));
    which->start(which->context, a->replies, next);
    call_start(call, &a->replies[0].query, &body, false);
    calls_run(&a->world, &a->api, call, 1, deadline_us, interruptible);
    if (call->end == CALL_ANSWERED && call->answer == QUERY_DONE)
        return true;
    *e = call->exchange.err;
    return err_prefix(e, "%s", which->doing);
}

/* AWS may give an empty page with a token, but never the same token twice. */
bool pages_read(struct app *a, const struct pages *which, uint64_t deadline_us, bool interruptible, unsigned *count, struct err *e)
{
    char token[LIMIT_PAGE_TOKEN], before[LIMIT_PAGE_TOKEN];
    struct buf next = BUF_OF(token);
    for (*count = 1; *count <= LIMIT_PAGES; ++*count) {
        struct slice last = slice_make(before, next.len);
        memcpy(before, token, next.len);
        if (!page_read(a, which, &next, deadline_us, interruptible, e))
            return false;
        if (next.len == 0)
            return true;
        if (slice_eq(last, buf_slice(&next)))
            return err_set(e, ERR_NETWORK, "%s: AWS gave the same page twice, so nothing can be concluded", which->doing);
    }
    return err_set(e, ERR_NETWORK, "%s: more than %d pages", which->doing, LIMIT_PAGES);
}
