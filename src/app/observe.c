#include "app/observe.h"

#include "aws/endpoint.h"

#include <string.h>

bool observe_host(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    bool ipv6 = a->options.alias.has_vip && ip_is_v6(a->options.alias.vip);
    return w->addresses(w->host, ipv6, &a->addresses, e) && alias_locate(&a->options.alias, &a->addresses, &a->alias, e) &&
           placement_vip_check(a->alias.vip, e);
}

static bool is_absent(const struct app *a)
{
    return a->metadata.exchange.end == EXCHANGE_WHOLE && a->metadata.http.status == 404;
}

/* An item of the interface's own, found by its MAC address: never "the first". */
static bool interface_item(struct app *a, const char *item, struct slice *body, struct err *e)
{
    char path[128];
    struct buf b = BUF_OF(path);
    buf_putf(&b, "/latest/meta-data/network/interfaces/macs/%s/%s", a->mac.text, item);
    if (metadata_get(&a->metadata, buf_text(&b), a->write_deadline_us, body, e))
        return true;
    if (is_absent(a))
        return err_prefix(e, "%s (MAC %s) is no network interface of this instance; correct --interface", a->alias.interface.text,
                          a->mac.text);
    return false;
}

/* CIDR blocks of the VIP's family; without one of IPv6 there is no such item. */
static bool cidrs_item(struct app *a, const char *item_v4, const char *item_v6, struct vpc_cidrs *cidrs, struct err *e)
{
    bool ipv6 = ip_is_v6(a->alias.vip);
    struct slice body;
    if (interface_item(a, ipv6 ? item_v6 : item_v4, &body, e))
        return imds_cidrs_decode(body, ipv6, cidrs, e);
    if (!ipv6 || !is_absent(a))
        return false;
    err_clear(e);
    cidrs->count = 0;
    return true;
}

static bool no_id(const char *what, struct slice text, struct err *e)
{
    return err_set(e, ERR_IDENTITY, "the metadata service names a %s '%s', which none can be", what, err_printable(text).text);
}

static bool observe_eni(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    struct host_interface interface;
    struct slice body;
    if (!w->interface(w->host, &a->alias.interface, &interface, e))
        return false;
    a->mac = interface.mac;
    if (!interface_item(a, "interface-id", &body, e))
        return false;
    if (!eni_id_make(body, &a->eni))
        return no_id("network interface", body, e);
    if (!interface_item(a, "vpc-id", &body, e))
        return false;
    if (!vpc_id_make(body, &a->selection.vpc))
        return no_id("VPC", body, e);
    return cidrs_item(a, "vpc-ipv4-cidr-blocks", "vpc-ipv6-cidr-blocks", &a->vpc_cidrs, e);
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

static bool observe_region(struct app *a, struct err *e)
{
    const struct options *o = &a->options;
    struct slice body;
    a->region = o->region;
    if (!o->has_region) {
        if (!metadata_get(&a->metadata, "/latest/meta-data/placement/region", a->write_deadline_us, &body, e))
            return false;
        if (!region_make(body, &a->region))
            return no_id("region", body, e);
    }
    if (!api_make(a, "ec2", o->has_endpoint, &o->endpoint, &a->api, e))
        return false;
    memcpy(a->api.origin.address, o->endpoint_ip, sizeof o->endpoint_ip);
    return !o->has_role || api_make(a, "sts", o->has_sts_endpoint, &o->sts_endpoint, &a->sts, e);
}

/* Where the VIP belongs; only a spare subnet needs one more item. */
static bool find_placement(struct app *a, struct err *e)
{
    struct vpc_cidrs own;
    if (!placement_make(a->alias.vip, a->alias.prefix, &a->vpc_cidrs, &a->addresses, &a->placement, e))
        return false;
    if (a->placement.overlay)
        return true;
    if (!cidrs_item(a, "subnet-ipv4-cidr-block", "subnet-ipv6-cidr-blocks", &own, e))
        return false;
    for (size_t i = 0; i < own.count; i++)
        if (!placement_subnet_check(&a->placement, own.at[i], e))
            return false;
    return true;
}

bool observe_instance(struct app *a, struct instance_id *instance, struct err *e)
{
    struct slice body;
    return metadata_get(&a->metadata, "/latest/meta-data/instance-id", a->write_deadline_us, &body, e) &&
           (instance_id_make(body, instance) || no_id("instance", body, e));
}

bool observe_account(struct app *a, struct account_id *account, struct err *e)
{
    struct slice body;
    return interface_item(a, "owner-id", &body, e) && (account_id_make(body, account) || no_id("network interface's owner", body, e));
}

/*
 * What answers as metadata service must speak of this instance, where the machine itself says which one it is: on Nitro
 * alone, so that only there it costs one more item.
 */
static bool check_board(struct app *a, struct err *e)
{
    char text[64];
    struct buf tag = BUF_OF(text);
    struct instance_id board, told;
    a->world.asset_tag(a->world.host, &tag);
    struct slice rest = buf_slice(&tag);
    if (!instance_id_make(slice_cut(&rest, '\n'), &board))
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
    return check_board(a, e) && observe_eni(a, e) && observe_region(a, e);
}

bool observe_placement(struct app *a, struct err *e)
{
    if (!find_placement(a, e))
        return false;
    a->selection.named = a->options.named_count;
    a->selection.names = a->options.named;
    plan_start(&a->plan, &a->selection.vpc, &a->eni, a->placement.destination, !a->options.existing_only);
    plan_allow_owners(&a->plan, &a->options.allowed_owners);
    for (size_t i = 0; i < a->options.named_count; i++)
        plan_name(&a->plan, &a->options.named[i]);
    return true;
}

bool observe_identity(struct app *a, struct err *e)
{
    uint64_t from_us = app_now_us(a);
    if (!observe_self(a, e) || !observe_placement(a, e))
        return false;
    timeline_add(&a->timeline, "metadata", from_us, app_now_us(a), "%s, %s, %s", a->eni.text, a->selection.vpc.text, a->region.text);
    return true;
}

/* One page; `next` holds the token of this page before, and of the next one after. */
static bool observe_page(struct app *a, struct buf *next, uint64_t deadline_us, bool interruptible, struct err *e)
{
    char form[LIMIT_REQUEST / 2];
    struct buf body = BUF_OF(form);
    struct call *call = &a->calls[0];
    ec2_put_describe_tables(&body, &a->selection, buf_slice(next));
    if (body.full)
        return err_set(e, ERR_BUG, "the request for the route tables does not fit its buffer");
    ec2_reply_start_tables(&a->replies[0], a->placement.destination, &a->tables, next);
    call_start(call, &a->replies[0].query, buf_slice(&body), false);
    calls_run(&a->world, &a->api, call, 1, deadline_us, interruptible);
    if (call->end == CALL_ANSWERED && call->answer == QUERY_DONE)
        return true;
    *e = call->exchange.err;
    return err_prefix(e, "list route tables");
}

/* AWS may give an empty page with a token, but never the same token twice. */
static bool observe_pages(struct app *a, uint64_t deadline_us, bool interruptible, unsigned *pages, struct err *e)
{
    char token[LIMIT_PAGE_TOKEN], before[LIMIT_PAGE_TOKEN];
    struct buf next = BUF_OF(token);
    a->tables.count = 0;
    for (*pages = 1; *pages <= LIMIT_PAGES; ++*pages) {
        struct slice last = slice_make(before, next.len);
        memcpy(before, token, next.len);
        if (!observe_page(a, &next, deadline_us, interruptible, e))
            return false;
        if (next.len == 0)
            return true;
        if (slice_eq(last, buf_slice(&next)))
            return err_set(e, ERR_NETWORK, "list route tables: AWS gave the same page twice, so nothing can be concluded");
    }
    return err_set(e, ERR_NETWORK, "list route tables: more than %d pages", LIMIT_PAGES);
}

/* How the first connection came about is part of the first reading's time. */
static void add_connection(struct app *a, uint64_t from_us)
{
    const struct world_spent *spent = a->world.spent(a->world.host);
    const struct origin *to = origin_hop(&a->api.origin);
    uint64_t tls_us = from_us + spent->connect_us;
    timeline_add(&a->timeline, "connect", from_us, tls_us, "%s, port %u%s", to->host, to->port, a->api.origin.proxy ? ", a proxy" : "");
    timeline_add(&a->timeline, "TLS", tls_us, tls_us + spent->tls_us, "the API's certificate is good");
}

bool observe_tables(struct app *a, uint64_t deadline_us, bool interruptible, struct err *e)
{
    uint64_t from_us = app_now_us(a);
    unsigned pages;
    bool first = a->plan.readings == 0;
    if (!observe_pages(a, deadline_us, interruptible, &pages, e))
        return false;
    if (first)
        add_connection(a, from_us);
    if (!plan_see(&a->plan, &a->tables, e))
        return false;
    struct plan_tally tally = plan_count(&a->plan);
    timeline_add(&a->timeline, first ? "read" : "verify", from_us, app_now_us(a), "%zu route tables on %u page%s, %zu of %zu here",
                 a->tables.count, pages, pages == 1 ? "" : "s", tally.here, tally.selected);
    return true;
}

bool observe_any_selected(const struct app *a, struct err *e)
{
    struct plan_tally tally = plan_count(&a->plan);
    if (tally.selected > 0)
        return true;
    return err_set(e, ERR_REFUSED, "none of the %zu route tables of %s is to carry %s (%zu skipped); %s", a->plan.count,
                   a->selection.vpc.text, cidr_text(a->placement.destination).text, tally.skipped,
                   a->options.existing_only ? "use --tables all, or name one with --route-table" : "name one with --route-table");
}
