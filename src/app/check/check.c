#include "app/check/checks.h"
#include "app/keys.h"
#include "app/observe.h"
#include "app/check/prove.h"
#include "app/verbs.h"

void check_speak_of(const struct app *a, const struct vip *v, struct findings *f)
{
    f->whose = v && a->vip_count > 1 ? v->want->name : NULL;
}

/* Those that it is over for since the last look, with what has ended it. */
static void tell_over(struct app *a, const char *about, struct findings *f)
{
    for (size_t i = 0; i < a->vip_count; i++) {
        struct vip *v = &a->vips[i];
        if (!v->over || v->e.kind == ERR_OK)
            continue;
        check_speak_of(a, v, f);
        (void)findings_fail(f, about, &v->e);
        err_clear(&v->e);
    }
    check_speak_of(a, NULL, f);
}

/* Before anybody is asked. False: there is nothing to be asked about. */
static bool check_host(struct app *a, struct findings *f)
{
    struct err e = {0};
    if (!observe_host(a, &e))
        return findings_fail(f, "alias", &e);
    tell_over(a, "alias", f);
    for (struct vip *v = NULL; (v = vip_next(a, v));) {
        check_speak_of(a, v, f);
        check_alias(a, v, f);
        check_rights(a, v, f);
        check_interface(a, v, f);
    }
    check_speak_of(a, NULL, f);
    return vip_next(a, NULL) != NULL;
}

/* Where the keys come from, which tells the region, too. */
static bool check_sources(struct app *a, struct findings *f)
{
    struct err e = {0};
    return keys_find(a, &e) || findings_fail(f, "credentials", &e);
}

/* Who this host is. It is over for a VIP that is misplaced, but `e` of it is told when its subnets are known. */
static bool check_self(struct app *a, struct instance_id *instance, struct findings *f)
{
    bool known = check_identity(a, instance, f);
    tell_over(a, "identity", f);
    if (!known || !vip_next(a, NULL))
        return false;
    for (struct vip *v = NULL; (v = vip_next(a, v));) {
        check_speak_of(a, v, f);
        check_path(a, v, f);
        check_placement(a, v, f);
    }
    check_speak_of(a, NULL, f);
    return check_endpoint(a, f) && check_credentials(a, f);
}

/* --- What AWS has of it: each VIP's tables and subnets, then the permissions, then the interfaces */

/* The VPC's subnets; NULL where nobody knows them. */
static const struct ec2_subnets *subnets_of(struct app *a, const struct vip *v, struct findings *f)
{
    if (vpc_id_eq(&a->subnets_vpc, &v->selection.vpc))
        return &a->subnets;
    bool known = check_list_subnets(a, v, f);
    a->subnets_vpc = known ? v->selection.vpc : (struct vpc_id){""};
    return known ? &a->subnets : NULL;
}

/* Of one that it is over for, only who is misplaced has still to be told why. */
static void check_place(struct app *a, struct vip *v, struct findings *f)
{
    bool placed = !v->over;
    check_speak_of(a, v, f);
    if (placed)
        check_tables(a, v, f);
    if (placed || v->e.kind != ERR_OK)
        check_subnets(a, v, subnets_of(a, v, f), f);
    check_speak_of(a, NULL, f);
}

static bool was_looked_at(const struct app *a, const struct vip *v)
{
    for (const struct vip *other = a->vips; other < v; other++)
        if (eni_id_eq(&other->eni, &v->eni))
            return true;
    return false;
}

/* An interface is its host's account's, and no role of another account may change it. */
static bool is_roles_own(struct app *a)
{
    struct account_id own, roles;
    struct err ignored = {0};
    if (a->chain.role_count == 0 || !observe_account(a, &own, &ignored))
        return true;
    roles = role_arn_account(&a->chain.roles[a->chain.role_count - 1].arn);
    return account_id_eq(&own, &roles);
}

/* Who has assumed the role signs from now on. */
static void sign_as_host(struct app *a)
{
    keys_swap(a);
    a->api.renew = NULL;
    a->as_host = true;
}

static void check_interfaces(struct app *a, const struct instance_id *instance, bool proved, struct findings *f)
{
    for (size_t i = 0; i < a->vip_count; i++) {
        const struct vip *v = &a->vips[i];
        if (!v->eni.text[0] || was_looked_at(a, v))
            continue;
        if (proved)
            prove_fix(a, v, f);
        check_eni(a, v, instance, f);
    }
}

static void check_aws(struct app *a, const struct instance_id *instance, struct findings *f)
{
    if (!check_listing(a, f))
        return;
    for (size_t i = 0; i < a->vip_count; i++)
        check_place(a, &a->vips[i], f);
    bool proved = prove_routes(a, f);
    if (!is_roles_own(a))
        sign_as_host(a);
    check_interfaces(a, instance, proved, f);
}

static void put_result(const struct app *a, const struct findings *f, struct buf *result)
{
    size_t warnings = f->count[FINDING_WARNING];
    buf_puts(result, "nothing was found that keeps ");
    for (size_t i = 0; i < a->vip_count; i++)
        buf_putf(result, "%s%s", i > 0 ? ", " : "", ip_text(a->vips[i].alias.vip).text);
    buf_putf(result, " from coming here, with %zu warning%s", warnings, plural(warnings));
}

bool check(struct app *a, struct buf *result, struct err *e)
{
    struct findings f;
    struct instance_id instance;
    findings_start(&f, &a->out, a->options.form == FORM_JSON);
    check_configuration(a, &f);
    bool guarded = check_guard_program(a, &f);
    if (check_host(a, &f) && check_sources(a, &f) && check_self(a, &instance, &f))
        check_aws(a, &instance, &f);
    tell_over(a, "placement", &f);
    if (guarded)
        check_guard(a, &f);
    if (!findings_end(&f, e))
        return false;
    put_result(a, &f, result);
    return true;
}
