#include "app/reach.h"

#include "app/keys.h"
#include "app/observe.h"

static bool resolve(struct app *a, const struct origin *origin, uint64_t deadline_us, struct err *e)
{
    const struct world *w = &a->world;
    const struct origin *to = origin_hop(origin);
    uint64_t from_us = app_now_us(a);
    bool unresolved = false;
    if (!w->resolve(w->host, origin, deadline_us, &unresolved, e))
        return false;
    if (unresolved)
        timeline_add(&a->timeline, "name", from_us, app_now_us(a), "%s of --endpoint-ip, as nobody tells %s", to->address, to->host);
    else
        timeline_add(&a->timeline, "name", from_us, app_now_us(a), "%s", to->host);
    return true;
}

/* All that will be asked, but the metadata service, which has been. */
static bool resolve_all(struct app *a, struct err *e)
{
    bool asks_container = a->chain.source == CHAIN_CONTAINER;
    uint64_t until_us = a->write_deadline_us;
    return resolve(a, &a->api.origin, until_us, e) && (!chain_asks_sts(&a->chain) || resolve(a, &a->sts.origin, until_us, e)) &&
           (!asks_container || resolve(a, &a->chain.container.origin, until_us, e));
}

/* What is lacking never stands between a host and its VIP. */
static void seal(struct app *a)
{
    uint64_t from_us = app_now_us(a);
    const char *lacking = a->world.seal(a->world.host, a->options.verb == VERB_FOLLOW);
    if (lacking)
        timeline_add(&a->timeline, "hardening", from_us, app_now_us(a), "reduced: without %s", lacking);
}

bool reach_names(struct app *a, struct err *e)
{
    return resolve_all(a, e);
}

bool reach_sts(struct app *a, uint64_t deadline_us, struct err *e)
{
    return chain_asks_sts(&a->chain) || (observe_sts(a, e) && resolve(a, &a->sts.origin, deadline_us, e));
}

bool reach_keys(struct app *a, struct err *e)
{
    if (!keys_prepare(a, e))
        return false;
    seal(a);
    return keys_get(a, e);
}

bool reach_api(struct app *a, struct err *e)
{
    return !vip_next(a, NULL) || (reach_names(a, e) && reach_keys(a, e));
}
