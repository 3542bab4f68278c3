#include "app/check/checks.h"
#include "app/observe.h"
#include "app/reach.h"

#include <string.h>

/* The two ways in which it keeps silent have each one setting of the instance. */
static void advise_metadata(const struct app *a, struct err *e)
{
    const struct fetch *m = &a->metadata.fetch;
    struct instance_id id;
    const char *instance = observe_board(a, &id) ? id.text : "INSTANCE";
    bool no_token = !a->metadata.has_token;
    if (m->exchange.end == EXCHANGE_WHOLE && m->http.status == 403)
        (void)err_advise(e, "aws ec2 modify-instance-metadata-options --instance-id %s --http-endpoint enabled --http-tokens required",
                         instance);
    else if (no_token && m->exchange.end == EXCHANGE_LOST)
        (void)err_advise(e, "aws ec2 modify-instance-metadata-options --instance-id %s --http-put-response-hop-limit 2", instance);
}

void check_clock(int64_t skew_s, const char *whose, struct findings *f)
{
    long long off_s = skew_s < 0 ? -skew_s : skew_s;
    bool bad = off_s > SKEW_S;
    findings_add(f, bad ? FINDING_WARNING : FINDING_OK, "clock", "this host's is %lld s %s %s%s", off_s, skew_s < 0 ? "ahead of" : "behind",
                 whose, bad ? "; chronyc makestep" : "");
}

bool check_identity(struct app *a, struct instance_id *instance, struct findings *f)
{
    struct err e = {0};
    if (!observe_self(a, &e) || (vip_next(a, NULL) && !observe_instance(a, instance, &e))) {
        advise_metadata(a, &e);
        return findings_fail(f, "metadata", &e);
    }
    for (struct vip *v = NULL; (v = vip_next(a, v));) {
        check_speak_of(a, v, f);
        findings_add(f, FINDING_OK, "identity", "%s, the one that has the MAC of %s, %s, on %s in %s", v->eni.text, v->alias.interface.text,
                     v->mac.text, instance->text, v->selection.vpc.text);
    }
    check_speak_of(a, NULL, f);
    findings_add(f, FINDING_OK, "metadata",
                 "%s answers, to version 2 of its protocol, and its hop limit, which it does not tell, lets a token come here",
                 a->metadata.fetch.origin->host);
    check_clock(a->metadata.fetch.skew_s, "the metadata service's", f);
    return true;
}

/* --- Whom it asks */

/* The tables are where the instance is. */
static bool check_region(struct app *a, struct findings *f)
{
    struct region home = a->region;
    struct err e = {0}, ignored = {0};
    bool elsewhere = a->options.has_region && observe_home(a, &home, &ignored) && strcmp(home.text, a->region.text) != 0;
    if (!elsewhere) {
        findings_add(f, FINDING_OK, "region", "%s, where this instance is", a->region.text);
        return true;
    }
    (void)err_set(&e, ERR_USAGE, "%s is asked, but this instance and its route tables are in %s", a->region.text, home.text);
    if (options_is_from_file(&a->options, OPTION_REGION))
        (void)err_advise(&e, "sed -i 's/^ *region *=.*/region = %s/' %s", home.text, a->options.config);
    else
        (void)err_advise(&e, "leave out --region, and AWS_REGION");
    return findings_fail(f, "region", &e);
}

static const char *origin_of(const struct app *a)
{
    const struct options *o = &a->options;
    return o->has_endpoint              ? "as --endpoint-url has it"
           : o->variant.fips            ? "the region's FIPS endpoint"
           : o->variant.dual_stack      ? "the region's dual-stack endpoint"
                                        : "the region's public endpoint";
}

bool check_endpoint(struct app *a, struct findings *f)
{
    const struct origin *api = &a->api.origin;
    const struct origin *hop = origin_hop(api);
    struct err e = {0};
    if (!check_region(a, f))
        return false;
    if (!reach_names(a, &e)) {
        if (e.kind == ERR_NETWORK && !err_says_cure(&e))
            (void)err_advise(&e, "echo 'nameserver 169.254.169.253' >/etc/resolv.conf");
        return findings_fail(f, "name", &e);
    }
    findings_add(f, FINDING_OK, "endpoint", "%s, %s%s%s", api->host, origin_of(a),
                 api->proxy ? ", through the proxy " : "", api->proxy ? hop->host : "");
    return true;
}
