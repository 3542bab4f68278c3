#include "app/policy/allow.h"
#include "app/check/checks.h"

/* --- Looking */

static bool is_done(const struct call *call)
{
    return call->end == CALL_ANSWERED && call->answer == QUERY_DONE;
}

static const struct call *look(struct app *a, const struct vip *v, struct ec2_interface *seen)
{
    struct buf body = BUF_OF(a->bodies[0]);
    ec2_put_describe_interface(&body, &v->eni);
    ec2_reply_start_interface(&a->replies[0], &v->eni, seen);
    return check_ask(a, &a->replies[0].query, &body, false);
}

/* --- --fix */

static const struct call *turn_off(struct app *a, const struct vip *v)
{
    struct buf body = BUF_OF(a->bodies[0]);
    ec2_put_no_check(&body, &v->eni);
    ec2_write_reply_start_no_check(&a->written[0]);
    return check_ask(a, &a->written[0].query, &body, true);
}

/* What counts is what is read back, not what the write was answered with. */
static void fix(struct app *a, const struct vip *v, struct findings *f)
{
    char resource[64];
    struct buf b = BUF_OF(resource);
    struct ec2_interface seen;
    const struct call *call = turn_off(a, v);
    struct err why = call->exchange.err;
    bool forbidden = call->end == CALL_ANSWERED && call->http.status == 403;
    buf_putf(&b, "network-interface/%s", v->eni.text);
    if (forbidden)
        (void)allow_advise(a, call->reply->action, buf_text(&b), &why);
    if (!is_done(look(a, v, &seen)) || seen.source_dest_check)
        (void)err_set(&why, ERR_UNVERIFIED, "the check of %s was to be turned off, but that is not seen", v->eni.text);
    else
        err_clear(&why);
    if (why.kind != ERR_OK)
        (void)findings_fail(f, "source/dest", &why);
    else
        findings_add(f, FINDING_OK, "source/dest", "the check of %s was on, and has been turned off", v->eni.text);
}

/* --- Of an interface that AWS knows: is it this host's, and does it let the VIP's packets pass? */

static void judge(struct app *a, const struct vip *v, const struct instance_id *instance, const struct ec2_interface *seen,
                  struct findings *f)
{
    struct err e = {0};
    const char *eni = v->eni.text;
    if (!instance_id_eq(&seen->instance, instance))
        (void)err_set(&e, ERR_REFUSED,
                      "%s is attached to %s, and not to this host, %s; aws ec2 describe-network-interfaces --network-interface-ids %s", eni,
                      seen->instance.text[0] ? seen->instance.text : "nothing", instance->text, eni);
    else if (seen->source_dest_check && a->options.fix) {
        fix(a, v, f);
        return;
    } else if (seen->source_dest_check)
        (void)err_set(&e, ERR_REFUSED,
                      "the check of %s is on, so that AWS drops what is sent to the VIP; "
                      "aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check",
                      eni, eni);
    if (e.kind != ERR_OK)
        (void)findings_fail(f, "source/dest", &e);
    else
        findings_add(f, FINDING_OK, "source/dest", "the check of %s is off", eni);
}

void check_eni(struct app *a, const struct vip *v, const struct instance_id *instance, struct findings *f)
{
    struct ec2_interface seen;
    const struct call *call = look(a, v, &seen);
    if (is_done(call))
        judge(a, v, instance, &seen, f);
    else
        check_unknown(a, call, "source/dest", f);
}
