#include "app/check/checks.h"
#include "app/keys.h"
#include "app/reach.h"
#include "base/stamp.h"

#define PATIENCE_US UINT64_C(2000000)

/* --- Where they come from */

/* The name of the role that the instance profile gives, for a policy that lacks something. */
static void note_role(struct app *a)
{
    struct slice body;
    struct err ignored = {0};
    if (a->chain.source != CHAIN_INSTANCE || !metadata_get(&a->metadata, IMDS_ROLES_PATH, a->write_deadline_us, &body, &ignored))
        return;
    (void)imds_role_decode(body, &a->profile_role, &ignored);
}

static const char *put_whose(struct buf *b, const struct app *a)
{
    const char *source = chain_source_word(a->chain.source), *role = a->profile_role.text;
    buf_putf(b, "%s of ", a->api.credentials.access_key);
    if (a->chain.role_count > 0)
        buf_putf(b, "%s, assumed with %s of the %s", a->chain.roles[a->chain.role_count - 1].arn.text,
                 a->sts.credentials.access_key, source);
    else
        buf_putf(b, "the %s%s%s", source, role[0] ? "'s role " : "", role);
    return buf_text(b);
}

static void tell_keys(struct app *a, struct findings *f)
{
    char text[LIMIT_ROLE_ARN + 384];
    struct buf b = BUF_OF(text);
    const char *whose = put_whose(&b, a);
    int64_t until_s = a->api.credentials.expires_s, now_s = a->world.utc_s(a->world.host) + a->metadata.fetch.skew_s;
    if (until_s == 0)
        findings_add(f, FINDING_OK, "credentials", "%s", whose);
    else if (until_s > now_s)
        findings_add(f, FINDING_OK, "credentials", "%s, good until %s", whose, stamp_text(until_s).text);
    else
        findings_add(f, FINDING_WARNING, "credentials", "%s, expired at %s; see that the role is still there and may be assumed", whose,
                     stamp_text(until_s).text);
}

/* --- Whose they are to AWS. A failover does not need to know, so it is not waited for long. */

static uint64_t soon(const struct app *a)
{
    uint64_t until_us = app_now_us(a) + PATIENCE_US;
    return until_us < a->write_deadline_us ? until_us : a->write_deadline_us;
}

/* Who has named an endpoint for EC2 alone may have no way to STS, or not want one. */
static bool reach_caller(struct app *a, struct err *e)
{
    if (a->options.has_endpoint && !a->options.has_sts_endpoint && !chain_asks_sts(&a->chain))
        return err_set(e, ERR_NETWORK, "--endpoint-url names an endpoint for EC2 alone");
    return reach_sts(a, soon(a), e);
}

static bool ask_caller(struct app *a, struct err *e)
{
    char form[64];
    struct buf body = BUF_OF(form);
    struct call *call = &a->sts_call;
    sts_put_get_caller_identity(&body);
    sts_reply_start_identity(&a->sts_reply, &a->caller);
    call_start(call, &a->sts_reply.query, &body, false);
    keys_swap(a);
    a->sts.renew = NULL;
    calls_run(&a->world, &a->sts, call, 1, soon(a), true);
    keys_swap(a);
    wipe(&a->sts_reply, sizeof a->sts_reply);
    *e = call->exchange.err;
    return call->end == CALL_ANSWERED && call->answer == QUERY_DONE;
}

static void tell_caller(const struct app *a, const struct err *why, struct findings *f)
{
    struct slice said = slice_of(why->text);
    if (why->kind == ERR_OK)
        findings_add(f, FINDING_OK, "credentials", "to AWS they are those of %s, in account %s", a->caller.arn, a->caller.account.text);
    else
        findings_add(f, FINDING_OK, "credentials", "in whose account they are is not known: %.*s", (int)slice_cut(&said, ';').len,
                     why->text);
}

bool check_credentials(struct app *a, struct findings *f)
{
    struct err e = {0}, why = {0};
    bool reached = reach_caller(a, &why);
    if (!reach_keys(a, &e))
        return findings_fail(f, "credentials", &e);
    note_role(a);
    tell_keys(a, f);
    if (reached && !ask_caller(a, &why))
        a->caller = (struct sts_identity){.arn = ""};
    tell_caller(a, &why, f);
    return true;
}
