#include "app/keys.h"

static bool fetch_profiles(struct app *a, struct credentials *c, struct err *e)
{
    struct role_name role;
    struct slice body;
    char path[128];
    struct buf b = BUF_OF(path);
    if (!metadata_get(&a->metadata, IMDS_ROLES_PATH, a->deadline_us, &body, e) || !imds_role_decode(body, &role, e))
        return false;
    buf_puts(&b, IMDS_ROLES_PATH);
    buf_puts(&b, role.text);
    bool ok = metadata_get(&a->metadata, buf_text(&b), a->deadline_us, &body, e) && credentials_decode(body, c, e);
    wipe(a->metadata.text, sizeof a->metadata.text);
    return ok || err_prefix(e, "role %s", role.text);
}

static bool fetch_own(struct app *a, struct credentials *c, struct err *e)
{
    if (!a->options.has_credentials)
        return fetch_profiles(a, c, e);
    *c = a->options.credentials;
    return true;
}

/* What STS has answered and is no role's keys speaks of the role; anything else of the way there. */
static bool no_role(const struct app *a, const struct call *call, struct err *e)
{
    const struct err *cause = &call->exchange.err;
    bool answered = call->exchange.end == EXCHANGE_WHOLE || call->malformed;
    bool bare = answered && !err_says_cure(cause);
    return err_set(e, answered && cause->kind != ERR_THROTTLED ? ERR_IDENTITY : cause->kind, "role %s: %s%s", a->options.role.text,
                   cause->text, bare ? "; check the role and the STS endpoint" : "");
}

static bool assume(struct app *a, struct err *e)
{
    char form[LIMIT_REQUEST / 2];
    struct buf body = BUF_OF(form);
    struct call *call = &a->sts_call;
    sts_put_assume_role(&body, &a->options.role, &a->options.external_id, &a->vips[0].eni);
    if (body.full)
        return err_set(e, ERR_BUG, "the request for the role does not fit its buffer");
    sts_reply_start(&a->sts_reply, &a->api.credentials);
    call_start(call, &a->sts_reply.query, buf_slice(&body), false);
    calls_run(&a->world, &a->sts, call, 1, a->deadline_us, a->metadata.interruptible);
    wipe(&a->sts_reply, sizeof a->sts_reply);
    return (call->end == CALL_ANSWERED && call->answer == QUERY_DONE) || no_role(a, call, e);
}

static bool renew_own(void *context, struct err *e)
{
    struct app *a = context;
    return fetch_own(a, &a->sts.credentials, e);
}

static bool renew(void *context, struct err *e)
{
    struct app *a = context;
    if (!a->options.has_role)
        return fetch_own(a, &a->api.credentials, e);
    return fetch_own(a, &a->sts.credentials, e) && assume(a, e);
}

static bool get_own(struct app *a, struct credentials *c, struct err *e)
{
    uint64_t from_us = app_now_us(a);
    if (!fetch_own(a, c, e))
        return false;
    timeline_add(&a->timeline, "credentials", from_us, app_now_us(a), "%s from the %s", c->access_key,
                 a->options.has_credentials ? "environment" : "metadata service");
    return true;
}

static bool get_roles(struct app *a, struct err *e)
{
    uint64_t from_us = app_now_us(a);
    if (!assume(a, e))
        return false;
    timeline_add(&a->timeline, "role", from_us, app_now_us(a), "%s of %s", a->api.credentials.access_key, a->options.role.text);
    return true;
}

bool keys_get(struct app *a, struct err *e)
{
    bool from_metadata = !a->options.has_credentials;
    a->sts.context = a->api.context = a;
    a->sts.renew = from_metadata ? renew_own : NULL;
    a->api.renew = from_metadata || a->options.has_role ? renew : NULL;
    if (!a->options.has_role)
        return get_own(a, &a->api.credentials, e);
    return get_own(a, &a->sts.credentials, e) && get_roles(a, e);
}
