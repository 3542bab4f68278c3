#include "app/check/checks.h"
#include "app/observe.h"
#include "app/pages.h"

/* --- The listing */

static void put_subnets(const void *context, struct buf *body, struct slice page)
{
    const struct app *a = context;
    ec2_put_describe_subnets(body, &a->subnets_vpc, page);
}

static void start_subnets(void *context, struct ec2_reply *reply, struct buf *next)
{
    struct app *a = context;
    ec2_reply_start_subnets(reply, &a->subnets, next);
}

static void put_associations(const void *context, struct buf *body, struct slice page)
{
    const struct app *a = context;
    ec2_put_describe_associations(body, &a->subnets_vpc, page);
}

static void start_associations(void *context, struct ec2_reply *reply, struct buf *next)
{
    struct app *a = context;
    ec2_reply_start_associations(reply, &a->subnets, next);
}

bool check_list_subnets(struct app *a, const struct vip *v, struct findings *f)
{
    const struct pages subnets = {"list subnets", put_subnets, start_subnets, a};
    const struct pages associations = {"list route tables", put_associations, start_associations, a};
    struct err e = {0};
    unsigned pages;
    a->subnets_vpc = v->selection.vpc;
    a->subnets.count = 0;
    bool known = pages_read(a, &subnets, a->write_deadline_us, true, &pages, &e) &&
                 pages_read(a, &associations, a->write_deadline_us, true, &pages, &e);
    if (!known)
        check_unknown(a, &a->calls[0], "subnets", f);
    return known;
}

/* --- Placement */

void check_placement(struct app *a, struct vip *v, struct findings *f)
{
    v->over = !observe_placement(a, v, &v->e);
    if (v->over)
        return;
    findings_add(f, FINDING_OK, "placement", "%s is %s %s", ip_text(v->alias.vip).text,
                 v->placement.overlay ? "outside every CIDR of the VPC, so the route's destination is the VIP alone:"
                                      : "inside the VPC, so the route's destination must be a whole subnet of it:",
                 cidr_text(v->placement.destination).text);
}

/* How the VIP becomes another one, or gets another prefix: where it is said what it is. */
static void put_change(struct buf *b, const struct app *a, const struct vip *v, struct ip vip, uint8_t prefix)
{
    const struct alias *alias = &v->alias;
    const char *section = v->want->name;
    if (!v->want->alias.has_vip)
        buf_putf(b, "ip addr del %s/%u dev %s && ip addr add %s/%u dev %s label %s", ip_text(alias->vip).text, alias->at.prefix,
                 alias->interface.text, ip_text(vip).text, prefix, alias->interface.text, alias->at.label.text);
    else if (!options_is_from_file(&a->options, OPTION_VIP))
        buf_putf(b, "mirrorvip check --vip %s/%u", ip_text(vip).text, prefix);
    else if (section[0])
        buf_putf(b, "sed -i '/\\[ *%s *]/,/^ *vip *=/s,^ *vip *=.*,vip = %s/%u,' %s", section, ip_text(vip).text, prefix,
                 a->options.config);
    else
        buf_putf(b, "sed -i 's,^ *vip *=.*,vip = %s/%u,' %s", ip_text(vip).text, prefix, a->options.config);
}

static const char *put_cure(struct buf *b, const struct app *a, const struct vip *v, const struct placement_nearest *nearest)
{
    if (nearest->what == NEAREST_NEW_SUBNET)
        buf_putf(b, "aws ec2 create-subnet --vpc-id %s --%scidr-block %s", v->selection.vpc.text,
                 ip_is_v6(nearest->vip) ? "ipv6-native --ipv6-" : "", cidr_text(nearest->destination).text);
    if (nearest->what == NEAREST_NEW_SUBNET && nearest->destination.prefix != v->alias.prefix)
        buf_puts(b, " && ");
    if (nearest->what != NEAREST_NEW_SUBNET || nearest->destination.prefix != v->alias.prefix)
        put_change(b, a, v, nearest->vip, nearest->destination.prefix);
    return buf_text(b);
}

static const char *nearest_words(const struct placement_nearest *nearest)
{
    static const char *const words[] = {"the spare subnet that it is in", "a subnet that could be made", "an overlay"};
    return words[nearest->what];
}

/* A bad placement, with the nearest good one where there is one. */
static void misplaced(const struct app *a, const struct vip *v, const struct ec2_subnets *subnets, struct err *e, struct findings *f)
{
    char text[LIMIT_ERR_TEXT], happened_text[LIMIT_ERR_TEXT];
    struct buf cure = BUF_OF(text), happened = BUF_OF(happened_text);
    struct slice rest = slice_of(e->text);
    struct placement_nearest nearest;
    if (subnets && e->kind == ERR_USAGE && placement_find_nearest(v->alias.vip, v->alias.prefix, &v->vpc_cidrs, subnets, &nearest)) {
        buf_put(&happened, slice_cut(&rest, ';'));
        *e = (struct err){.kind = ERR_OK};
        (void)err_set(e, ERR_USAGE, "%s, and the nearest that can be is %s, %s", buf_text(&happened), cidr_text(nearest.destination).text,
                      nearest_words(&nearest));
        (void)err_advise(e, "%s", put_cure(&cure, a, v, &nearest));
    }
    (void)findings_fail(f, "placement", e);
}

static const struct ec2_subnet *subnet_of(const struct ec2_subnets *subnets, struct cidr destination)
{
    for (size_t i = 0; i < subnets->count; i++)
        if (cidr_eq(ec2_subnet_like(&subnets->at[i], destination), destination))
            return &subnets->at[i];
    return NULL;
}

static void check_spare(const struct app *a, const struct vip *v, const struct ec2_subnets *subnets, struct findings *f)
{
    const struct ec2_subnet *subnet = subnets ? subnet_of(subnets, v->placement.destination) : NULL;
    const struct cidr_text text = cidr_text(v->placement.destination);
    struct err e = {0};
    if (!subnets && placement_can_be_subnet(v->placement.destination))
        return;
    if (subnet && placement_taken(subnet) == 0) {
        findings_add(f, FINDING_OK, "placement", "%s is a subnet of the VPC, %s%s", text.text, subnet->id.text,
                     subnet->cidr.base.size > 0 ? ", and nobody is in it" : "");
        return;
    }
    if (subnet)
        (void)err_set(&e, ERR_USAGE, "%s, %s, has %llu of its addresses taken, and the route would draw what is sent to them to this host; "
                                     "give the VIP a subnet of its own, or choose one outside every CIDR of the VPC",
                      text.text, subnet->id.text, (unsigned long long)placement_taken(subnet));
    else
        (void)err_set(&e, ERR_USAGE, "%s is inside the VPC, but no subnet of it is just that; give --vip ADDRESS/PREFIX of a spare subnet, "
                                     "or choose a VIP outside every CIDR of the VPC", text.text);
    misplaced(a, v, subnets, &e, f);
}

/* --- Coverage: a subnet's clients follow one table, and reach the VIP only if a failover writes that */

static const struct table_id *table_of(const struct ec2_subnets *subnets, const struct ec2_subnet *subnet)
{
    return subnet->table.text[0] ? &subnet->table : &subnets->main;
}

static bool is_written(const struct plan *p, const struct table_id *id)
{
    for (size_t i = 0; i < p->count; i++)
        if (table_id_eq(&p->at[i].seen.id, id))
            return plan_selects(p, &p->at[i]);
    return false;
}

/* Who has no address of the VIP's family is no client of it. */
static bool is_left(const struct vip *v, const struct ec2_subnets *subnets, const struct ec2_subnet *subnet)
{
    struct cidr cidr = ec2_subnet_like(subnet, v->placement.destination);
    return cidr.base.size > 0 && !cidr_eq(cidr, v->placement.destination) && !is_written(&v->plan, table_of(subnets, subnet));
}

static void advise_tags(const struct want *want, const struct table_id *table, struct err *e)
{
    char text[LIMIT_ERR_TEXT];
    struct buf b = BUF_OF(text);
    for (size_t i = 0; i < want->tag_count; i++)
        buf_putf(&b, " 'Key=%s,Value=%s'", want->tags[i].key, want->tags[i].value);
    (void)err_advise(e, "aws ec2 create-tags --resources %s --tags%s", table->text, buf_text(&b));
}

static void advise_name(const struct app *a, const struct want *want, const struct table_id *table, struct err *e)
{
    if (options_is_from_file(&a->options, OPTION_ROUTE_TABLE))
        (void)err_advise(e, "sed -i 's/%s/&, %s/' %s", want->named[0].text, table->text, a->options.config);
    else
        (void)err_advise(e, "name %s, too, by --route-table", table->text);
}

/* What makes a table one of those that a failover writes. */
static void advise_selection(const struct app *a, const struct vip *v, const struct table_id *table, struct err *e)
{
    const char *owner = plan_owner(&v->plan);
    struct eni_id eni;
    if (v->want->named_count > 0)
        advise_name(a, v->want, table, e);
    else if (v->want->tag_count > 0)
        advise_tags(v->want, table, e);
    else
        (void)err_advise(e, "aws ec2 create-route --route-table-id %s --destination-%scidr-block %s --network-interface-id %s", table->text,
                         ip_is_v6(v->placement.destination.base) ? "ipv6-" : "", cidr_text(v->placement.destination).text,
                         eni_id_make(slice_of(owner), &eni) ? owner : v->eni.text);
}

/* All the subnets that follow one table, of which this is the first. */
static void warn_left(const struct app *a, const struct vip *v, const struct ec2_subnets *subnets, size_t first, struct findings *f)
{
    const struct table_id *table = table_of(subnets, &subnets->at[first]);
    char others_text[32];
    struct buf others = BUF_OF(others_text);
    struct cidr cidr = ec2_subnet_like(&subnets->at[first], v->placement.destination);
    struct err e = {0};
    size_t more = 0;
    for (size_t i = 0; i < subnets->count; i++) {
        bool same = is_left(v, subnets, &subnets->at[i]) && table_id_eq(table_of(subnets, &subnets->at[i]), table);
        if (same && i < first)
            return;
        more += same && i > first;
    }
    if (more > 0)
        buf_putf(&others, ", and %zu more", more);
    (void)err_set(&e, ERR_REFUSED, "%s, %s%s, follow%s %s, which a failover leaves alone, so %s clients do not reach %s",
                  subnets->at[first].id.text, cidr_text(cidr).text, buf_text(&others), more > 0 ? "" : "s", table->text,
                  more > 0 ? "their" : "its", ip_text(v->alias.vip).text);
    advise_selection(a, v, table, &e);
    findings_warn(f, "subnets", &e);
}

static void check_coverage(const struct app *a, const struct vip *v, const struct ec2_subnets *subnets, struct findings *f)
{
    size_t before = f->count[FINDING_WARNING];
    for (size_t i = 0; i < subnets->count; i++)
        if (is_left(v, subnets, &subnets->at[i]))
            warn_left(a, v, subnets, i, f);
    if (f->count[FINDING_WARNING] == before)
        findings_add(f, FINDING_OK, "subnets", "all %zu follow route tables that a failover writes", subnets->count);
}

void check_subnets(const struct app *a, struct vip *v, const struct ec2_subnets *subnets, struct findings *f)
{
    if (v->e.kind != ERR_OK) {
        misplaced(a, v, subnets, &v->e, f);
        err_clear(&v->e);
        return;
    }
    if (!v->placement.overlay)
        check_spare(a, v, subnets, f);
    if (subnets && !v->over)
        check_coverage(a, v, subnets, f);
}
