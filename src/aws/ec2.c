#include "aws/ec2.h"

#include "wire/uri.h"
#include "wire/utf8.h"

#include <string.h>

#define VERSION "&Version=2016-11-15"
#define PAGE_SIZE 100 /* the most that AWS gives at once */

static void put_indexed(struct buf *b, const char *name, size_t index, const char *value)
{
    buf_putc(b, '&');
    buf_puts(b, name);
    buf_put_u64(b, index);
    buf_putc(b, '=');
    buf_puts(b, value);
}

/* A filter's value is a pattern, in which a backslash takes its meaning from '*', '?' and itself. */
static void put_literal(struct buf *b, const char *value)
{
    for (; *value; value++) {
        if (strchr("*?\\", *value))
            uri_put_encoded(b, slice_of("\\"));
        uri_put_encoded(b, slice_make(value, 1));
    }
}

static void put_tag_filter(struct buf *b, size_t number, const struct tag *tag)
{
    buf_putf(b, "&Filter.%zu.Name=tag%%3A", number);
    uri_put_encoded(b, slice_of(tag->key));
    buf_putf(b, "&Filter.%zu.Value.1=", number);
    put_literal(b, tag->value);
}

static void put_page(struct buf *b, struct slice page)
{
    buf_puts(b, "&MaxResults=");
    buf_put_u64(b, PAGE_SIZE);
    if (page.len > 0) {
        buf_puts(b, "&NextToken=");
        uri_put_encoded(b, page);
    }
}

/* Each family has parameters and filters of its own. */
static const char *of_family(struct cidr cidr, const char *v4, const char *v6)
{
    return ip_is_v6(cidr.base) ? v6 : v4;
}

/* What there is of a kind in the VPC. */
static void put_of_vpc(struct buf *b, const char *action, const struct vpc_id *vpc)
{
    buf_puts(b, "Action=");
    buf_puts(b, action);
    buf_puts(b, VERSION "&Filter.1.Name=vpc-id");
    put_indexed(b, "Filter.1.Value.", 1, vpc->text);
}

/* By filter in all cases: a plain list of ids could not be paged, and one id that is gone would fail the whole call. */
void ec2_put_describe_tables(struct buf *b, const struct ec2_selection *which, struct slice page)
{
    if (which->named == 0) {
        put_of_vpc(b, "DescribeRouteTables", &which->vpc);
        for (size_t i = 0; i < which->tagged; i++)
            put_tag_filter(b, i + 2, &which->tags[i]);
    } else {
        buf_puts(b, "Action=DescribeRouteTables" VERSION "&Filter.1.Name=route-table-id");
        for (size_t i = 0; i < which->named; i++)
            put_indexed(b, "Filter.1.Value.", i + 1, which->names[i].text);
    }
    put_page(b, page);
}

void ec2_put_describe_associations(struct buf *b, const struct vpc_id *vpc, struct slice page)
{
    put_of_vpc(b, "DescribeRouteTables", vpc);
    put_page(b, page);
}

void ec2_put_describe_subnets(struct buf *b, const struct vpc_id *vpc, struct slice page)
{
    put_of_vpc(b, "DescribeSubnets", vpc);
    put_page(b, page);
}

static const char *const write_names[] = {"ReplaceRoute", "CreateRoute", "DeleteRoute"};

void ec2_put_write(struct buf *b, enum ec2_write write, const struct table_id *table, struct cidr destination,
                   const struct eni_id *eni)
{
    buf_puts(b, "Action=");
    buf_puts(b, write_names[write]);
    buf_puts(b, VERSION "&RouteTableId=");
    buf_puts(b, table->text);
    buf_puts(b, of_family(destination, "&DestinationCidrBlock=", "&DestinationIpv6CidrBlock="));
    uri_put_encoded(b, slice_of(cidr_text(destination).text));
    if (write != EC2_DELETE_ROUTE) {
        buf_puts(b, "&NetworkInterfaceId=");
        buf_puts(b, eni->text);
    }
}

void ec2_put_dry_run(struct buf *b, enum ec2_write write, const struct table_id *table, struct cidr destination, const struct eni_id *eni)
{
    buf_puts(b, "DryRun=true&");
    ec2_put_write(b, write, table, destination, eni);
}

void ec2_put_no_check(struct buf *b, const struct eni_id *eni)
{
    buf_puts(b, "Action=ModifyNetworkInterfaceAttribute" VERSION "&NetworkInterfaceId=");
    buf_puts(b, eni->text);
    buf_puts(b, "&SourceDestCheck.Value=false");
}

void ec2_put_no_check_dry_run(struct buf *b, const struct eni_id *eni)
{
    buf_puts(b, "DryRun=true&");
    ec2_put_no_check(b, eni);
}

void ec2_put_describe_interface(struct buf *b, const struct eni_id *eni)
{
    buf_puts(b, "Action=DescribeNetworkInterfaces" VERSION);
    put_indexed(b, "NetworkInterfaceId.", 1, eni->text);
}

/* The shape of the replies. */
enum place {
    NEXT_TOKEN = QUERY_OWN,
    TABLES,
    TABLE,
    TABLE_ID,
    TABLE_VPC,
    TABLE_OWNER,
    ASSOCIATIONS,
    ASSOCIATION,
    ASSOCIATION_GATEWAY,
    ASSOCIATION_SUBNET,
    ASSOCIATION_MAIN,
    TAGS,
    TAG,
    TAG_KEY,
    TAG_VALUE,
    ROUTES,
    ROUTE,
    ROUTE_DESTINATION,
    ROUTE_DESTINATION_V6,
    ROUTE_STATE,
    ROUTE_ORIGIN,
    ROUTE_ENI,
    ROUTE_TARGET,
    INTERFACES,
    INTERFACE,
    INTERFACE_ID,
    INTERFACE_CHECK,
    ATTACHMENT,
    ATTACHMENT_INSTANCE,
    SUBNETS,
    SUBNET,
    SUBNET_ID,
    SUBNET_CIDR,
    SUBNET_BLOCKS,
    SUBNET_BLOCK,
    SUBNET_CIDR_V6,
    SUBNET_FREE,
};

static const struct query_step in_reply[] = {
    {"nextToken", NEXT_TOKEN},
    {"routeTableSet", TABLES},
    {"networkInterfaceSet", INTERFACES},
    {"subnetSet", SUBNETS},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_tables[] = {{"item", TABLE}, {"", QUERY_UNKNOWN}};
static const struct query_step in_table[] = {
    {"routeTableId", TABLE_ID},
    {"vpcId", TABLE_VPC},
    {"ownerId", TABLE_OWNER},
    {"routeSet", ROUTES},
    {"associationSet", ASSOCIATIONS},
    {"tagSet", TAGS},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_associations[] = {{"item", ASSOCIATION}, {"", QUERY_UNKNOWN}};
static const struct query_step in_association[] = {
    {"gatewayId", ASSOCIATION_GATEWAY},
    {"subnetId", ASSOCIATION_SUBNET},
    {"main", ASSOCIATION_MAIN},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_tags[] = {{"item", TAG}, {"", QUERY_UNKNOWN}};
static const struct query_step in_tag[] = {{"key", TAG_KEY}, {"value", TAG_VALUE}, {"", QUERY_UNKNOWN}};
static const struct query_step in_routes[] = {{"item", ROUTE}, {"", QUERY_UNKNOWN}};
static const struct query_step in_route[] = {
    {"destinationCidrBlock", ROUTE_DESTINATION},
    {"destinationIpv6CidrBlock", ROUTE_DESTINATION_V6},
    {"state", ROUTE_STATE},
    {"origin", ROUTE_ORIGIN},
    {"networkInterfaceId", ROUTE_ENI},
    {"gatewayId", ROUTE_TARGET},
    {"natGatewayId", ROUTE_TARGET},
    {"transitGatewayId", ROUTE_TARGET},
    {"vpcPeeringConnectionId", ROUTE_TARGET},
    {"egressOnlyInternetGatewayId", ROUTE_TARGET},
    {"localGatewayId", ROUTE_TARGET},
    {"carrierGatewayId", ROUTE_TARGET},
    {"coreNetworkArn", ROUTE_TARGET},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_interfaces[] = {{"item", INTERFACE}, {"", QUERY_UNKNOWN}};
static const struct query_step in_interface[] = {
    {"networkInterfaceId", INTERFACE_ID},
    {"sourceDestCheck", INTERFACE_CHECK},
    {"attachment", ATTACHMENT},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_attachment[] = {{"instanceId", ATTACHMENT_INSTANCE}, {"", QUERY_UNKNOWN}};
static const struct query_step in_subnets[] = {{"item", SUBNET}, {"", QUERY_UNKNOWN}};
static const struct query_step in_subnet[] = {
    {"subnetId", SUBNET_ID},
    {"cidrBlock", SUBNET_CIDR},
    {"ipv6CidrBlockAssociationSet", SUBNET_BLOCKS},
    {"availableIpAddressCount", SUBNET_FREE},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_subnet_blocks[] = {{"item", SUBNET_BLOCK}, {"", QUERY_UNKNOWN}};
static const struct query_step in_subnet_block[] = {{"ipv6CidrBlock", SUBNET_CIDR_V6}, {"", QUERY_UNKNOWN}};

static const struct query_step *const steps[QUERY_PLACES] = {
    [QUERY_REPLY] = in_reply,
    [TABLES] = in_tables,
    [TABLE] = in_table,
    [ASSOCIATIONS] = in_associations,
    [ASSOCIATION] = in_association,
    [TAGS] = in_tags,
    [TAG] = in_tag,
    [ROUTES] = in_routes,
    [ROUTE] = in_route,
    [INTERFACES] = in_interfaces,
    [INTERFACE] = in_interface,
    [ATTACHMENT] = in_attachment,
    [SUBNETS] = in_subnets,
    [SUBNET] = in_subnet,
    [SUBNET_BLOCKS] = in_subnet_blocks,
    [SUBNET_BLOCK] = in_subnet_block,
};

/* The decoder that the Query API's part is the first member of. */
static struct ec2_reply *own(struct query_reply *q)
{
    return (struct ec2_reply *)q;
}

static void table_start(struct ec2_reply *r)
{
    memset(&r->table, 0, sizeof r->table);
    r->is_main = false;
    for (size_t i = 0; r->followers && i < r->followers->count; i++)
        r->followers->at[i].is_of_open_table = false;
}

/* Of a hundred thousand: what counts is cleared, not all of it. */
static void route_start(struct ec2_reply *r)
{
    r->route.alive = r->route.filtered = false;
    r->route.target[0] = r->route.eni.text[0] = '\0';
    r->matches = r->is_propagated = false;
}

static void open_element(struct query_reply *q, uint8_t place)
{
    struct ec2_reply *r = own(q);
    if (place == TABLE)
        table_start(r);
    if (place == SUBNET)
        memset(&r->subnet, 0, sizeof r->subnet);
    if (place == ROUTE)
        route_start(r);
    if (place == TAG) {
        r->is_name_tag = false;
        r->tag_value[0] = '\0';
    }
}

static bool no_id(struct err *e, const char *what, struct slice text)
{
    return err_set(e, ERR_NETWORK, "a reply names %s '%s', which none can be", what, err_printable(text).text);
}

static bool route_eni(struct ec2_route *route, struct slice text, struct err *e)
{
    if (text.len == 0)
        return true;
    if (!eni_id_make(text, &route->eni))
        return no_id(e, "a network interface", text);
    memcpy(route->target, route->eni.text, sizeof route->eni.text);
    return true;
}

static bool association_subnet(struct ec2_reply *r, struct slice text, struct err *e)
{
    struct subnet_id id;
    if (!r->followers || text.len == 0)
        return true;
    if (!subnet_id_make(text, &id))
        return no_id(e, "a subnet", text);
    for (size_t i = 0; i < r->followers->count; i++)
        r->followers->at[i].is_of_open_table |= subnet_id_eq(&r->followers->at[i].id, &id);
    return true;
}

/* The table's id may stand behind its associations. */
static void follow_table(struct ec2_subnets *s, const struct table_id *id, bool is_main)
{
    if (is_main)
        s->main = *id;
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i].is_of_open_table)
            s->at[i].table = *id;
}

static bool subnet_end(struct ec2_reply *r, struct err *e)
{
    if (!r->subnet.id.text[0])
        return err_set(e, ERR_NETWORK, "a reply holds a subnet without its id");
    if (!r->subnets)
        return true;
    if (r->subnets->count == LIMIT_SUBNETS)
        return err_set(e, ERR_REFUSED, "more than %d subnets", LIMIT_SUBNETS);
    r->subnets->at[r->subnets->count++] = r->subnet;
    return true;
}

static bool table_end(struct ec2_reply *r, struct err *e)
{
    if (!r->table.id.text[0] || !r->table.vpc.text[0])
        return err_set(e, ERR_NETWORK, "a reply holds a route table without its id or its VPC");
    if (r->followers)
        follow_table(r->followers, &r->table.id, r->is_main);
    if (!r->tables)
        return true;
    for (size_t i = 0; i < r->tables->count; i++)
        if (table_id_eq(&r->tables->at[i].id, &r->table.id))
            return err_set(e, ERR_NETWORK, "a listing holds %s twice", r->table.id.text);
    if (r->tables->count == LIMIT_TABLES)
        return err_set(e, ERR_REFUSED, "more than %d route tables; name those that matter with --route-table", LIMIT_TABLES);
    r->tables->at[r->tables->count++] = r->table;
    return true;
}

static void route_end(struct ec2_reply *r)
{
    struct ec2_route *to = r->is_propagated ? &r->table.propagated : &r->table.route;
    if (!r->matches)
        return;
    r->table.ambiguous |= to->present && !r->is_propagated;
    *to = r->route;
    to->present = true;
    if (!to->target[0])
        query_show(slice_of("unknown target"), to->target, sizeof to->target);
}

static bool attachment_instance(struct ec2_reply *r, struct slice text, struct err *e)
{
    return !r->interface || text.len == 0 || instance_id_make(text, &r->interface->instance) || no_id(e, "an instance", text);
}

static bool interface_check(struct ec2_reply *r, struct slice text)
{
    r->tells_check = slice_is(text, "true") || slice_is(text, "false");
    if (r->interface)
        r->interface->source_dest_check = slice_is(text, "true");
    return true;
}

/* `v6`: it stands where EC2 tells prefixes of IPv6. Most prefixes of a listing have another length, and need not be read. */
static bool is_destination(const struct ec2_reply *r, struct slice text, bool v6)
{
    struct slice bits = text, address = slice_cut(&bits, '/');
    uint64_t prefix;
    struct ip ip;
    return ip_is_v6(r->destination.base) == v6 && slice_u64(bits, UINT8_MAX, &prefix) && prefix == r->destination.prefix &&
           ip_make(address, &ip) && cidr_has(r->destination, ip);
}

/* Nearly all routes of a listing lead elsewhere: the rest of one is not looked at, once the destination's own family is told. */
static void route_destination(struct ec2_reply *r, struct slice text, bool v6)
{
    r->matches |= is_destination(r, text, v6);
    if (!r->matches && ip_is_v6(r->destination.base) == v6)
        xml_skip(&r->query.xml);
}

/* For people, and so that every terminal and document may have it. Cut between two characters. */
static void show_name(struct slice text, char *to, size_t cap)
{
    struct buf b = {to, 0, cap - 1, false};
    size_t whole = 0;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        (void)utf8_put(&b, utf8_columns(c) < 0 ? '?' : c);
        whole = b.full ? whole : b.len;
    }
    to[whole] = '\0';
}

static bool close_element(struct query_reply *q, uint8_t place, struct slice text, struct err *e)
{
    struct ec2_reply *r = own(q);
    switch (place) {
    case NEXT_TOKEN:
        if (r->next_page)
            buf_put(r->next_page, text);
        return text.len <= LIMIT_PAGE_TOKEN || err_set(e, ERR_NETWORK, "a reply's NextToken is longer than %d bytes", LIMIT_PAGE_TOKEN);
    case TABLE_ID:
        return table_id_make(text, &r->table.id) || no_id(e, "a route table", text);
    case TABLE_VPC:
        return vpc_id_make(text, &r->table.vpc) || no_id(e, "a VPC", text);
    case TABLE_OWNER:
        return account_id_make(text, &r->table.owner) || no_id(e, "a table's owner", text);
    case TABLE:
        return table_end(r, e);
    case ASSOCIATION_GATEWAY:
        r->table.edge |= text.len > 0;
        return true;
    case ASSOCIATION_SUBNET:
        return association_subnet(r, text, e);
    case ASSOCIATION_MAIN:
        r->is_main |= slice_is(text, "true");
        return true;
    case TAG_KEY:
        r->is_name_tag = slice_is(text, "Name");
        return true;
    case TAG_VALUE:
        show_name(text, r->tag_value, sizeof r->tag_value);
        return true;
    case TAG:
        if (r->is_name_tag)
            memcpy(r->table.name, r->tag_value, sizeof r->table.name);
        return true;
    case ROUTE_DESTINATION:
    case ROUTE_DESTINATION_V6:
        route_destination(r, text, place == ROUTE_DESTINATION_V6);
        return true;
    case ROUTE_STATE:
        r->route.alive = slice_is(text, "active");
        r->route.filtered = slice_is(text, "filtered");
        return true;
    case ROUTE_ORIGIN:
        r->is_propagated = !slice_is(text, "CreateRoute") && !slice_is(text, "CreateRouteTable");
        return true;
    case ROUTE_ENI:
        return route_eni(&r->route, text, e);
    case ROUTE_TARGET:
        if (!r->route.target[0])
            query_show(text, r->route.target, sizeof r->route.target);
        return true;
    case ROUTE:
        route_end(r);
        return true;
    case INTERFACE_ID:
        r->is_eni = slice_is(text, r->eni.text);
        return true;
    case INTERFACE_CHECK:
        return interface_check(r, text);
    case ATTACHMENT_INSTANCE:
        return attachment_instance(r, text, e);
    case SUBNET_ID:
        return subnet_id_make(text, &r->subnet.id) || no_id(e, "a subnet", text);
    case SUBNET_CIDR:
        return text.len == 0 || cidr_make(text, &r->subnet.cidr) || no_id(e, "a CIDR", text);
    case SUBNET_CIDR_V6:
        return text.len == 0 || cidr_make(text, &r->subnet.cidr_v6) || no_id(e, "a CIDR", text);
    case SUBNET_FREE:
        return slice_u64(text, UINT32_MAX, &r->subnet.free) || no_id(e, "a number of addresses", text);
    case SUBNET:
        return subnet_end(r, e);
    default:
        return true;
    }
}

/* The listing's page begins again where it began before. */
static void restart(struct query_reply *q)
{
    struct ec2_reply *r = own(q);
    r->is_eni = r->tells_check = false;
    if (r->interface)
        memset(r->interface, 0, sizeof *r->interface);
    if (r->tables)
        r->tables->count = r->tables_before;
    if (r->subnets)
        r->subnets->count = r->subnets_before;
    if (!r->next_page)
        return;
    r->next_page->len = 0;
    r->next_page->full = false;
}

static bool end(struct query_reply *q, enum query_answer *answer, struct err *e)
{
    const struct ec2_reply *r = own(q);
    *answer = QUERY_DONE;
    return !r->interface || (r->is_eni && r->tells_check) ||
           err_set(e, ERR_NETWORK, "a reply does not say whether the source/destination check of %s is on", r->eni.text);
}

static const struct query_code codes[] = {
    {"InvalidRoute.NotFound", "", QUERY_NO_ROUTE},
    {"InvalidParameterValue", "There is no route defined", QUERY_NO_ROUTE},
    {"RouteAlreadyExists", "", QUERY_ROUTE_EXISTS},
};

static const struct query_cure cures[] = {
    {"UnauthorizedOperation", "allow this action in the role's policy"},
    {"Route destination doesn't match any subnet CIDR blocks",
     "a VIP inside the VPC's CIDR needs the whole CIDR of a spare subnet as destination (--vip ADDRESS/PREFIX), "
     "or choose a VIP outside every CIDR of the VPC"},
    {"Route target is not supported", "a destination inside the VPC's CIDR may only point to a network interface"},
    {"RouteLimitExceeded", "raise the quota of routes for this table, or remove one"},
    {"InvalidRouteTableID.NotFound", "name a route table that exists"},
};

#define BIT(place) (UINT64_C(1) << (place))

static const struct query_kind kind = {
    .steps = steps,
    .codes = codes,
    .code_count = sizeof codes / sizeof *codes,
    .cures = cures,
    .cure_count = sizeof cures / sizeof *cures,
    .repeatable = BIT(TABLE) | BIT(ASSOCIATION) | BIT(TAG) | BIT(ROUTE) | BIT(ROUTE_TARGET) | BIT(SUBNET) | BIT(SUBNET_BLOCK),
    .restart = restart,
    .open = open_element,
    .close = close_element,
    .end = end,
};

static void start(struct ec2_reply *r)
{
    r->tables = NULL;
    r->interface = NULL;
    r->subnets = r->followers = NULL;
    r->next_page = NULL;
}

void ec2_reply_start_tables(struct ec2_reply *r, struct cidr destination, struct ec2_tables *tables, struct buf *next_page)
{
    start(r);
    r->tables = tables;
    r->tables_before = tables->count;
    r->next_page = next_page;
    r->destination = destination;
    query_start(&r->query, &kind, "DescribeRouteTables", BUF_OF(r->text));
}

void ec2_reply_start_interface(struct ec2_reply *r, const struct eni_id *eni, struct ec2_interface *interface)
{
    start(r);
    r->interface = interface;
    r->eni = *eni;
    query_start(&r->query, &kind, "DescribeNetworkInterfaces", BUF_OF(r->text));
}

void ec2_reply_start_subnets(struct ec2_reply *r, struct ec2_subnets *subnets, struct buf *next_page)
{
    start(r);
    r->subnets = subnets;
    r->subnets_before = subnets->count;
    r->next_page = next_page;
    query_start(&r->query, &kind, "DescribeSubnets", BUF_OF(r->text));
}

void ec2_reply_start_associations(struct ec2_reply *r, struct ec2_subnets *subnets, struct buf *next_page)
{
    start(r);
    r->followers = subnets;
    r->next_page = next_page;
    query_start(&r->query, &kind, "DescribeRouteTables", BUF_OF(r->text));
}

struct cidr ec2_subnet_like(const struct ec2_subnet *subnet, struct cidr one)
{
    return ip_is_v6(one.base) ? subnet->cidr_v6 : subnet->cidr;
}

/* --- The reply to a write */

enum { RETURN = QUERY_OWN };

static const struct query_step in_write_reply[] = {{"return", RETURN}, {"", QUERY_UNKNOWN}};
static const struct query_step *const write_steps[QUERY_PLACES] = {[QUERY_REPLY] = in_write_reply};

static struct ec2_write_reply *own_write(struct query_reply *q)
{
    return (struct ec2_write_reply *)q;
}

static void write_restart(struct query_reply *q)
{
    own_write(q)->returned = false;
}

static void write_open(struct query_reply *q, uint8_t place)
{
    (void)q;
    (void)place;
}

static bool write_close(struct query_reply *q, uint8_t place, struct slice text, struct err *e)
{
    (void)e;
    if (place == RETURN)
        own_write(q)->returned = slice_is(text, "true");
    return true;
}

static bool write_end(struct query_reply *q, enum query_answer *answer, struct err *e)
{
    (void)e;
    *answer = own_write(q)->returned ? QUERY_DONE : QUERY_PASSING;
    return true;
}

static const struct query_kind write_kind = {
    .steps = write_steps,
    .codes = codes,
    .code_count = sizeof codes / sizeof *codes,
    .cures = cures,
    .cure_count = sizeof cures / sizeof *cures,
    .restart = write_restart,
    .open = write_open,
    .close = write_close,
    .end = write_end,
};

void ec2_write_reply_start(struct ec2_write_reply *r, enum ec2_write write)
{
    query_start(&r->query, &write_kind, write_names[write], BUF_OF(r->text));
}

void ec2_write_reply_start_no_check(struct ec2_write_reply *r)
{
    query_start(&r->query, &write_kind, "ModifyNetworkInterfaceAttribute", BUF_OF(r->text));
}

bool ec2_write_reply_permits(const struct ec2_write_reply *r)
{
    return strcmp(r->query.code, "DryRunOperation") == 0;
}
