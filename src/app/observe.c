#include "app/observe.h"

#include "app/keys.h"
#include "app/pages.h"
#include "aws/endpoint.h"

#include <string.h>

static bool any_is_v6(const struct app *a)
{
    bool any = false;
    for (size_t i = 0; i < a->vip_count; i++) {
        const struct alias_want *want = &a->vips[i].want->alias;
        any |= want->has_vip && ip_is_v6(want->vip);
    }
    return any;
}

/* One that is absent and is not to be put up: nobody need say where it would be; who does is told that it cannot be there. */
static bool is_merely_absent(const struct app *a, struct vip *v, struct err *e)
{
    const struct options *o = &a->options;
    const struct alias_want *want = &v->want->alias;
    bool stays_down = (o->verb == VERB_RELEASE && !o->delete_routes) || o->action == OCF_MONITOR;
    if (!stays_down || !want->has_vip || want->has_interface)
        return false;
    err_clear(e);
    v->alias = (struct alias){.vip = want->vip};
    return true;
}

static bool locate(struct app *a, struct vip *v, struct err *e)
{
    return (alias_locate(&v->want->alias, &a->addresses, &v->alias, e) || is_merely_absent(a, v, e)) &&
           placement_vip_check(v->alias.vip, e);
}

bool observe_host(struct app *a, struct err *e)
{
    if (!a->world.addresses(a->world.host, any_is_v6(a), &a->addresses, e))
        return false;
    vips_each(a, locate);
    return true;
}

static bool is_absent(const struct app *a)
{
    return a->metadata.fetch.exchange.end == EXCHANGE_WHOLE && a->metadata.fetch.http.status == 404;
}

/* An item of the interface's own, found by its MAC address: never "the first". */
static bool interface_item(struct app *a, const struct vip *v, const char *item, struct slice *body, struct err *e)
{
    char path[128];
    struct buf b = BUF_OF(path);
    buf_putf(&b, "/latest/meta-data/network/interfaces/macs/%s/%s", v->mac.text, item);
    if (metadata_get(&a->metadata, buf_text(&b), a->write_deadline_us, body, e))
        return true;
    if (is_absent(a))
        return err_prefix(e, "%s (MAC %s) is no network interface of this instance; correct --interface", v->alias.interface.text,
                          v->mac.text);
    return false;
}

/* CIDR blocks of the VIP's family; without one of IPv6 there is no such item. */
static bool cidrs_item(struct app *a, const struct vip *v, const char *item_v4, const char *item_v6, struct vpc_cidrs *cidrs, struct err *e)
{
    bool ipv6 = ip_is_v6(v->alias.vip);
    struct slice body;
    if (interface_item(a, v, ipv6 ? item_v6 : item_v4, &body, e))
        return imds_cidrs_decode(body, ipv6, cidrs, e);
    if (!ipv6 || !is_absent(a))
        return false;
    err_clear(e);
    cidrs->count = 0;
    return true;
}

static bool no_id(const char *what, struct slice text, struct err *e)
{
    return err_set(e, ERR_IDENTITY, "the metadata service names %s '%s', which none can be", what, err_printable(text).text);
}

/* A VIP of its family before it on the same interface, for which all has been found out. */
static const struct vip *neighbour(const struct app *a, const struct vip *v)
{
    for (const struct vip *other = a->vips; other < v; other++)
        if (!other->over && label_eq(&other->alias.interface, &v->alias.interface) &&
            ip_is_v6(other->alias.vip) == ip_is_v6(v->alias.vip))
            return other;
    return NULL;
}

static void copy_eni(const struct vip *from, struct vip *v)
{
    v->mac = from->mac;
    v->eni = from->eni;
    v->selection.vpc = from->selection.vpc;
    v->vpc_cidrs = from->vpc_cidrs;
}

static bool ask_eni(struct app *a, struct vip *v, struct err *e)
{
    const struct world *w = &a->world;
    struct host_interface interface;
    struct slice body;
    if (!w->interface(w->host, &v->alias.interface, &interface, e))
        return false;
    v->mac = interface.mac;
    if (!interface_item(a, v, "interface-id", &body, e))
        return false;
    if (!eni_id_make(body, &v->eni))
        return no_id("a network interface", body, e);
    if (!interface_item(a, v, "vpc-id", &body, e))
        return false;
    if (!vpc_id_make(body, &v->selection.vpc))
        return no_id("a VPC", body, e);
    return cidrs_item(a, v, "vpc-ipv4-cidr-blocks", "vpc-ipv6-cidr-blocks", &v->vpc_cidrs, e);
}

static bool observe_eni(struct app *a, struct vip *v, struct err *e)
{
    const struct vip *known = neighbour(a, v);
    if (!known)
        return ask_eni(a, v, e);
    copy_eni(known, v);
    return true;
}

/* At the origin that was named, else at the region's public endpoint; through a proxy where that is so. */
static bool api_make(struct app *a, const char *service, bool is_named, const struct origin *named, struct api *api, struct err *e)
{
    api->service = service;
    api->region = a->region;
    api->skew = &a->skew;
    api->origin = *named;
    if (!is_named && !endpoint_make(service, &a->region, a->options.variant, &api->origin, e))
        return false;
    options_route(&a->options, &api->origin);
    return true;
}

bool observe_sts(struct app *a, struct err *e)
{
    return api_make(a, "sts", a->options.has_sts_endpoint, &a->options.sts_endpoint, &a->sts, e);
}

bool observe_home(struct app *a, struct region *home, struct err *e)
{
    struct slice body;
    return metadata_get(&a->metadata, "/latest/meta-data/placement/region", a->write_deadline_us, &body, e) &&
           (region_make(body, home) || no_id("a region", body, e));
}

/* Tables that a VIP is likely to have where nobody names them. */
#define TABLES_USUAL 8

static size_t tables_expected(struct app *a)
{
    enum verb verb = a->options.verb;
    bool writes = (verb == VERB_ACQUIRE && !a->options.dry_run) || verb == VERB_RELEASE;
    size_t count = 0;
    for (struct vip *v = NULL; writes && (v = vip_next(a, v));)
        count += v->want->named_count > 0 ? v->want->named_count : TABLES_USUAL;
    return count > 0 ? count : 1;
}

/* The way to whom will be asked is begun while the metadata service is still answering. */
static void expect(struct app *a)
{
    const struct world *w = &a->world;
    if (chain_asks_sts(&a->chain))
        w->expect(w->host, &a->sts.origin, 1);
    w->expect(w->host, &a->api.origin, tables_expected(a));
}

static bool observe_region(struct app *a, struct err *e)
{
    const struct options *o = &a->options;
    a->region = o->has_region ? o->region : a->chain.region;
    if (!o->has_region && !a->chain.has_region && !observe_home(a, &a->region, e))
        return false;
    if (!api_make(a, "ec2", o->has_endpoint, &o->endpoint, &a->api, e))
        return false;
    memcpy(a->api.origin.address, o->endpoint_ip, sizeof o->endpoint_ip);
    if (chain_asks_sts(&a->chain) && !observe_sts(a, e))
        return false;
    expect(a);
    return true;
}

/* Where the VIP belongs; only a spare subnet needs one more item. */
static bool find_placement(struct app *a, struct vip *v, struct err *e)
{
    struct vpc_cidrs own;
    if (!placement_make(v->alias.vip, v->alias.prefix, &v->vpc_cidrs, &a->addresses, &v->placement, e))
        return false;
    if (v->placement.overlay)
        return true;
    if (!cidrs_item(a, v, "subnet-ipv4-cidr-block", "subnet-ipv6-cidr-blocks", &own, e))
        return false;
    for (size_t i = 0; i < own.count; i++)
        if (!placement_subnet_check(&v->placement, own.at[i], e))
            return false;
    return true;
}

bool observe_instance(struct app *a, struct instance_id *instance, struct err *e)
{
    struct slice body;
    return metadata_get(&a->metadata, "/latest/meta-data/instance-id", a->write_deadline_us, &body, e) &&
           (instance_id_make(body, instance) || no_id("an instance", body, e));
}

bool observe_account(struct app *a, struct account_id *account, struct err *e)
{
    struct slice body;
    return interface_item(a, &a->vips[0], "owner-id", &body, e) &&
           (account_id_make(body, account) || no_id("a network interface's owner", body, e));
}

bool observe_board(const struct app *a, struct instance_id *board)
{
    char text[64];
    struct buf tag = BUF_OF(text);
    a->world.asset_tag(a->world.host, &tag);
    struct slice rest = buf_slice(&tag);
    return instance_id_make(slice_cut(&rest, '\n'), board);
}

/*
 * What answers as metadata service must speak of this instance, where the machine itself says which one it is: on Nitro
 * alone, so that only there it costs one more item.
 */
static bool check_board(struct app *a, struct err *e)
{
    struct instance_id board, told;
    if (!observe_board(a, &board))
        return true;
    if (!observe_instance(a, &told, e))
        return false;
    return instance_id_eq(&board, &told) ||
           err_set(e, ERR_IDENTITY,
                   "metadata mismatch: the metadata service speaks of %s, but this machine's board says %s; check what answers at %s",
                   told.text, board.text, a->metadata.origin.host);
}

bool observe_self(struct app *a, struct err *e)
{
    metadata_start(&a->metadata, &a->world, &a->options.imds);
    if (!check_board(a, e) || !observe_region(a, e))
        return false;
    vips_each(a, observe_eni);
    return true;
}

bool observe_placement(struct app *a, struct vip *v, struct err *e)
{
    const struct want *want = v->want;
    if (!find_placement(a, v, e))
        return false;
    v->selection.named = want->named_count;
    v->selection.names = want->named;
    v->selection.tagged = want->tag_count;
    v->selection.tags = want->tags;
    plan_start(&v->plan, &v->selection.vpc, &v->eni, v->placement.destination, !want->existing_only);
    plan_allow_owners(&v->plan, &want->allowed_owners);
    for (size_t i = 0; i < want->named_count; i++)
        plan_name(&v->plan, &want->named[i]);
    return true;
}

static bool overlap(struct cidr a, struct cidr b)
{
    return cidr_within(a, b) || cidr_within(b, a);
}

/* Of two routes that share an address one would hide the other, at least in part. */
static bool check_overlaps(struct app *a, struct err *e)
{
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        for (struct vip *other = v; (other = vip_next(a, other));)
            if (overlap(v->placement.destination, other->placement.destination))
                return err_set(e, ERR_USAGE, "the routes of '%s' and '%s' overlap: %s and %s; give each VIP a destination of its own",
                               v->want->name, other->want->name, cidr_text(v->placement.destination).text,
                               cidr_text(other->placement.destination).text);
    return true;
}

bool observe_identity(struct app *a, struct err *e)
{
    uint64_t from_us = app_now_us(a);
    const struct vip *first = vip_next(a, NULL);
    if (!first)
        return true;
    if (!keys_find(a, e) || !observe_self(a, e))
        return false;
    vips_each(a, observe_placement);
    if (!check_overlaps(a, e))
        return false;
    first = vip_next(a, NULL);
    if (first)
        timeline_add(&a->timeline, "metadata", from_us, app_now_us(a), "%s, %s, %s", first->eni.text, first->selection.vpc.text,
                     a->region.text);
    return true;
}

/* VIPs whose tables one listing shows. */
struct group {
    size_t count;
    struct vip *at[LIMIT_VIPS];
};

static bool is_same_selection(const struct ec2_selection *a, const struct ec2_selection *b)
{
    bool same = vpc_id_eq(&a->vpc, &b->vpc) && a->named == b->named && a->tagged == b->tagged;
    for (size_t i = 0; same && i < a->named; i++)
        same = table_id_eq(&a->names[i], &b->names[i]);
    for (size_t i = 0; same && i < a->tagged; i++)
        same = tag_eq(&a->tags[i], &b->tags[i]);
    return same;
}

static void put_tables(const void *context, struct buf *body, struct slice page)
{
    const struct group *group = context;
    ec2_put_describe_tables(body, &group->at[0]->selection, page);
}

/* All of them read the one reply; what page comes next needs one alone. */
static void start_tables(void *context, struct ec2_reply *replies, struct buf *next)
{
    const struct group *group = context;
    for (size_t i = 0; i < group->count; i++) {
        struct vip *v = group->at[i];
        ec2_reply_start_tables(&replies[i], v->placement.destination, &v->tables, i == 0 ? next : NULL);
        replies[i].query.also = i + 1 < group->count ? &replies[i + 1].query : NULL;
    }
}

static bool list_tables(struct app *a, struct group *group, uint64_t deadline_us, bool interruptible, unsigned *pages, struct err *e)
{
    const struct pages tables = {"list route tables", put_tables, start_tables, group};
    for (size_t i = 0; i < group->count; i++)
        group->at[i]->tables.count = 0;
    return pages_read(a, &tables, deadline_us, interruptible, pages, e);
}

/* How the first connection came about, while keys were fetched and in the first reading's time. */
static void add_connection(struct app *a)
{
    const struct world_spent *spent = a->world.spent(a->world.host);
    const struct origin *to = origin_hop(&a->api.origin);
    timeline_add(&a->timeline, "connect", spent->began_us, spent->connected_us, "%s, port %u%s", to->host, to->port,
                 a->api.origin.proxy ? ", a proxy" : "");
    timeline_add(&a->timeline, "TLS", spent->connected_us, spent->secured_us, "the API's certificate is good");
    a->connected = true;
}

/* What the listing says of each. */
static void add_reading(struct app *a, const struct group *group, bool first, uint64_t from_us, unsigned pages)
{
    char text[112];
    struct buf b = BUF_OF(text);
    for (size_t i = 0; i < group->count; i++) {
        struct plan_tally tally = plan_count(&group->at[i]->plan);
        if (a->vip_count > 1)
            buf_putf(&b, ", %s: %zu of %zu here", group->at[i]->want->name, tally.here, tally.selected);
        else
            buf_putf(&b, ", %zu of %zu here", tally.here, tally.selected);
    }
    timeline_add(&a->timeline, first ? "read" : "verify", from_us, app_now_us(a), "%zu route tables on %u page%s%s",
                 group->at[0]->tables.count, pages, plural(pages), buf_text(&b));
}

static void look_together(struct app *a, struct group *group, uint64_t deadline_us, bool interruptible)
{
    uint64_t from_us = app_now_us(a);
    struct err e = {0};
    unsigned pages;
    bool first = group->at[0]->plan.readings == 0;
    bool ok = list_tables(a, group, deadline_us, interruptible, &pages, &e);
    bool seen = false;
    if (ok && !a->connected)
        add_connection(a);
    for (size_t i = 0; i < group->count; i++) {
        struct vip *v = group->at[i];
        v->stop = e;
        v->look_us = 0;
        seen |= ok && plan_see(&v->plan, &v->tables, &v->stop);
    }
    if (seen)
        add_reading(a, group, first, from_us, pages);
}

/* Of the VIPs that are due, from the first to the last, those that one listing serves: they are not due any more. */
static struct group gather(struct app *a, bool due[LIMIT_VIPS], size_t first)
{
    struct group group = {0};
    for (size_t i = first; i < a->vip_count; i++)
        if (due[i] && is_same_selection(&a->vips[first].selection, &a->vips[i].selection)) {
            group.at[group.count++] = &a->vips[i];
            due[i] = false;
        }
    return group;
}

void observe_look(struct app *a, uint64_t deadline_us, bool interruptible)
{
    bool due[LIMIT_VIPS] = {false};
    uint64_t now_us = app_now_us(a);
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        due[v - a->vips] = v->look_us <= now_us;
    for (size_t i = 0; i < a->vip_count; i++)
        if (due[i]) {
            struct group group = gather(a, due, i);
            look_together(a, &group, deadline_us, interruptible);
        }
}

static bool is_read(struct app *a, struct vip *v, struct err *e)
{
    (void)a;
    *e = v->stop;
    return e->kind == ERR_OK;
}

void observe_tables(struct app *a)
{
    observe_look(a, a->write_deadline_us, true);
    vips_each(a, is_read);
}

bool observe_any_selected(struct app *a, struct vip *v, struct err *e)
{
    struct plan_tally tally = plan_count(&v->plan);
    (void)a;
    if (tally.selected > 0)
        return true;
    if (v->plan.count == 0 && v->selection.tagged > 0)
        return err_set(e, ERR_REFUSED, "no route table of %s has the tag%s of --tag; tag one, or correct --tag", v->selection.vpc.text,
                       plural(v->selection.tagged));
    return err_set(e, ERR_REFUSED, "none of the %zu route tables of %s is to carry %s (%zu skipped); %s", v->plan.count,
                   v->selection.vpc.text, cidr_text(v->placement.destination).text, tally.skipped,
                   v->want->existing_only ? "use --tables all, or name one with --route-table" : "name one with --route-table");
}
