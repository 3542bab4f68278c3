#include "app/observe.h"
#include "app/reach.h"
#include "app/verbs.h"
#include "aws/iam.h"
#include "wire/json_put.h"

#include <string.h>

#define WHY_MOST 360 /* bytes of the reason, so that the line holds what matters more */

/* Those beyond what a policy can name are counted only. */
struct arns {
    size_t count;
    struct iam_arn at[LIMIT_POLICY_TABLES];
};

/* What the statements speak of. */
struct subject {
    bool seen; /* the tables were listed; else `why` not */
    struct err why;
    struct account_id own;   /* this host's account */
    struct account_id owner; /* of the tables and their VPC */
    struct arns tables;
    struct iam_arn any_table;
    struct iam_arn vpcs[LIMIT_VIPS]; /* of each VIP; they may well be the same */
    struct iam_arn enis[LIMIT_VIPS];
};

static bool names_tables(const struct subject *s)
{
    return s->tables.count > 0 && s->tables.count <= LIMIT_POLICY_TABLES;
}

/* --- What there is */

static void add_table(const struct app *a, const struct table_id *id, struct subject *s)
{
    if (s->tables.count < LIMIT_POLICY_TABLES)
        s->tables.at[s->tables.count] = iam_arn_make(&a->region, &s->owner, "route-table", id->text);
    s->tables.count++;
}

/* Whether a VIP before this one, too, is to have it. */
static bool is_seen_before(const struct app *a, const struct vip *v, const struct table_id *id)
{
    for (const struct vip *other = a->vips; other < v; other++)
        for (size_t i = 0; i < other->plan.count; i++)
            if (table_id_eq(&other->plan.at[i].seen.id, id) && plan_selects(&other->plan, &other->plan.at[i]))
                return true;
    return false;
}

static void take_seen(const struct app *a, const struct vip *v, struct subject *s)
{
    for (size_t i = 0; i < v->plan.count; i++) {
        const struct plan_row *row = &v->plan.at[i];
        if (!plan_selects(&v->plan, row) || is_seen_before(a, v, &row->seen.id))
            continue;
        if (row->seen.owner.text[0])
            s->owner = row->seen.owner;
        add_table(a, &row->seen.id, s);
    }
}

static bool is_named_before(const struct app *a, const struct vip *v, const struct table_id *id)
{
    for (const struct vip *other = a->vips; other < v; other++)
        for (size_t i = 0; i < other->want->named_count; i++)
            if (table_id_eq(&other->want->named[i], id))
                return true;
    return false;
}

static void take_named(const struct app *a, const struct vip *v, struct subject *s)
{
    for (size_t i = 0; i < v->want->named_count; i++)
        if (!is_named_before(a, v, &v->want->named[i]))
            add_table(a, &v->want->named[i], s);
}

/* Where one VIP is to have all tables of the VPC, no list of others says more. */
static bool all_name_tables(const struct app *a)
{
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].want->named_count == 0)
            return false;
    return true;
}

/* Whether what was seen of one of them cannot be right. */
static bool any_is_wrong(const struct app *a)
{
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].plan.readings > 0 && a->vips[i].e.kind != ERR_OK)
            return true;
    return false;
}

static bool list(struct app *a, struct err *e)
{
    if (!reach_api(a, e))
        return false;
    observe_tables(a);
    return vips_are_well(a, e);
}

/*
 * Nothing may be allowed yet, not even to look: then what was named, or the whole VPC, stands for what would have been
 * seen. But what was seen and cannot be right is not put into a policy.
 */
static bool look(struct app *a, struct subject *s, struct err *e)
{
    s->seen = list(a, &s->why);
    if (s->seen) {
        vips_each(a, observe_any_selected);
        return vips_are_well(a, e);
    }
    if (!any_is_wrong(a) && s->why.kind != ERR_INTERRUPTED && s->why.kind != ERR_BUG)
        return true;
    *e = s->why;
    return false;
}

static bool know_host(struct app *a, struct account_id *own, struct err *e)
{
    return observe_host(a, e) && observe_identity(a, e) && vips_are_well(a, e) && observe_account(a, own, e);
}

static bool gather(struct app *a, struct subject *s, struct err *e)
{
    if (!know_host(a, &s->own, e) || !look(a, s, e))
        return false;
    s->owner = a->options.has_role ? role_arn_account(&a->options.role) : s->own;
    for (size_t i = 0; i < a->vip_count; i++)
        if (s->seen)
            take_seen(a, &a->vips[i], s);
        else if (all_name_tables(a))
            take_named(a, &a->vips[i], s);
    s->any_table = iam_arn_make(&a->region, &s->owner, "route-table", "*");
    for (size_t i = 0; i < a->vip_count; i++) {
        s->vpcs[i] = iam_arn_make(&a->region, &s->owner, "vpc", a->vips[i].selection.vpc.text);
        s->enis[i] = iam_arn_make(&a->region, &s->own, "network-interface", a->vips[i].eni.text);
    }
    return true;
}

/* --- What they need */

static bool is_first(const struct iam_arn *at, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (strcmp(at[before].text, at[i].text) == 0)
            return false;
    return true;
}

static void allow_moving(struct iam_policy *p, const struct app *a, const struct subject *s)
{
    iam_add(p, a->options.delete_routes ? "MoveAndDeleteRoutes" : "MoveRoutes");
    iam_allow(p, "ec2:ReplaceRoute");
    iam_allow(p, "ec2:CreateRoute");
    if (a->options.delete_routes)
        iam_allow(p, "ec2:DeleteRoute");
    if (names_tables(s)) {
        for (size_t i = 0; i < s->tables.count; i++)
            iam_on(p, s->tables.at[i].text);
        return;
    }
    iam_on(p, s->any_table.text);
    for (size_t i = 0; i < a->vip_count; i++)
        if (is_first(s->vpcs, i))
            iam_where(p, "ec2:Vpc", s->vpcs[i].text);
}

/* To describe can be limited to a region, and to nothing less. */
static void allow_looking(struct iam_policy *p, const struct app *a, const char *sid, const char *action)
{
    iam_add(p, sid);
    iam_allow(p, action);
    iam_on(p, "*");
    iam_where(p, "ec2:Region", a->region.text);
}

static void allow_fixing(struct iam_policy *p, const struct app *a, const struct subject *s)
{
    iam_add(p, "CheckAndFix");
    iam_allow(p, "ec2:ModifyNetworkInterfaceAttribute");
    for (size_t i = 0; i < a->vip_count; i++)
        if (is_first(s->enis, i))
            iam_on(p, s->enis[i].text);
}

/* A role of another account can change none of this one's interfaces, whatever it is allowed: the host looks after its own. */
static void allow_checking(struct iam_policy *host, struct iam_policy *worker, const struct app *a, const struct subject *s)
{
    struct account_id roles = role_arn_account(&a->options.role);
    bool is_foreign = a->options.has_role && !account_id_eq(&roles, &s->own);
    struct iam_policy *holder = is_foreign ? host : worker;
    allow_looking(holder, a, "Check", "ec2:DescribeNetworkInterfaces");
    if (is_foreign)
        allow_looking(worker, a, "Check", "ec2:DescribeSubnets");
    else
        iam_allow(worker, "ec2:DescribeSubnets");
    allow_fixing(holder, a, s);
}

/* Where a role is assumed it does the work, and the host's own identity assumes it. */
static void fill(struct iam_policy *host, struct iam_policy *role, const struct app *a, const struct subject *s)
{
    struct iam_policy *worker = a->options.has_role ? role : host;
    if (a->options.has_role) {
        iam_add(host, "AssumeRole");
        iam_allow(host, "sts:AssumeRole");
        iam_on(host, a->options.role.text);
    }
    allow_looking(worker, a, "ReadRouteTables", "ec2:DescribeRouteTables");
    allow_moving(worker, a, s);
    allow_checking(host, worker, a, s);
}

/* --- How it is said */

static void put_json(struct app *a, const struct iam_policy *host, const struct iam_policy *role)
{
    struct json_put j;
    json_put_start(&j, &a->out, 2);
    if (!a->options.has_role)
        iam_put_json(&j, NULL, host);
    else {
        json_put_object(&j, NULL);
        iam_put_json(&j, "Host", host);
        iam_put_json(&j, "Role", role);
    }
    json_put_end(&j);
}

static void put_hcl(struct app *a, const struct iam_policy *host, const struct iam_policy *role)
{
    iam_put_hcl(&a->out, a->options.has_role ? "mirrorvip_host" : "mirrorvip", host);
    if (!a->options.has_role)
        return;
    buf_putc(&a->out, '\n');
    iam_put_hcl(&a->out, "mirrorvip_role", role);
}

static void put_tables(struct buf *b, const struct app *a, const struct subject *s)
{
    size_t count = s->tables.count;
    bool named = names_tables(s);
    if (named)
        buf_putf(b, "%zu route table%s ", count, plural(count));
    else
        buf_puts(b, "every route table ");
    for (size_t i = 0; i < a->vip_count && (s->seen || !named); i++)
        if (is_first(s->vpcs, i))
            buf_putf(b, "%s%s", i > 0 ? ", " : "of ", a->vips[i].selection.vpc.text);
    if (!s->seen)
        buf_putf(b, "%s, in account %s, unseen", named ? "as named" : "", s->owner.text);
    else if (!named)
        buf_putf(b, ", as %zu are more than one policy can name", count);
}

static void put_result(struct buf *b, const struct app *a, const struct subject *s)
{
    struct slice said = slice_of(s->why.text);
    int why = (int)slice_cut(&said, ';').len;
    buf_puts(b, "what moving ");
    for (size_t i = 0; i < a->vip_count; i++)
        buf_putf(b, "%s%s", i > 0 ? ", " : "", cidr_text(a->vips[i].placement.destination).text);
    buf_puts(b, " takes, in ");
    put_tables(b, a, s);
    if (!a->options.has_role && !account_id_eq(&s->own, &s->owner))
        buf_putf(b, ", of use only to an identity of their account, %s, as one that --assume-role names", s->owner.text);
    if (a->options.has_role)
        buf_puts(b, ", Host for this host's own identity, Role for the role that it assumes");
    if (!s->seen)
        buf_putf(b, ": %.*s", why < WHY_MOST ? why : WHY_MOST, s->why.text);
}

bool policy(struct app *a, struct buf *result, struct err *e)
{
    struct subject s = {.seen = false};
    struct iam_policy host = {.full = false}, role = {.full = false};
    if (!gather(a, &s, e))
        return false;
    fill(&host, &role, a, &s);
    if (a->options.terraform)
        put_hcl(a, &host, &role);
    else
        put_json(a, &host, &role);
    put_result(result, a, &s);
    return !a->out.full || err_set(e, ERR_BUG, "a policy does not fit its memory");
}
