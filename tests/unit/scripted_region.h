/*
 * scripted_region: a small AWS region and its metadata service in memory: bytes of a request in, bytes of a reply out.
 *
 * It knows what a failover needs: route tables of one VPC, their routes to one destination, keys and clocks that a
 * signature must agree with, session tokens that a metadata item must be asked for with. Replies have the shape that AWS
 * gives them, other routes and unknown elements included.
 */
#ifndef UNIT_SCRIPTED_REGION_H
#define UNIT_SCRIPTED_REGION_H

#include "support.h"

#include "base/limits.h"

#include <stdio.h>
#include <time.h>

#define OUR_ENI "eni-0a1b2c3d4e5f67890"
#define OLD_ENI "eni-0dddddddddddddddd"
#define FOREIGN_ENI "eni-0ffffffffffffffff"
#define OUR_INSTANCE "i-0123456789abcdef0"
#define OUR_VPC "vpc-0123456789abcdef0"
#define OUR_ACCOUNT "111122223333"
#define OUR_MAC "02:00:00:00:00:0a"
#define OTHER_ENI "eni-0b1c2d3e4f5061728"
#define OTHER_VPC "vpc-0bbbbbbbbbbbbbbbb"
#define OTHER_MAC "02:00:00:00:00:0b"
#define EPOCH_UTC_S 1767225600 /* 2026-01-01 */
#define OVERLAY "10.9.0.1/32"
#define SECRET_KEY "wJalrXUtnFEMI-K7MDENG-bPxRfiCYSECRET"
#define SESSION_TOKEN "FwoGZXIvYXdzEBYaDSECRETSESSION"
#define ROLE_ARN "arn:aws:iam::210987654321:role/net/mirror-routes"
#define ROLE_TOKEN "IQoJb3JpZ2luSECRETROLE"
#define METADATA_TOKEN "AQAEASECRETMETADATATOKEN"
#define BEARER_TOKEN "eyJSECRETBEARER"
#define IDENTITY_ARN "arn:aws:iam::123456789012:role/web"
#define CONTAINER_PATH "/v2/credentials"
#define INTERFACES "/latest/meta-data/network/interfaces/macs/" OUR_MAC "/"
#define OTHER_INTERFACES "/latest/meta-data/network/interfaces/macs/" OTHER_MAC "/"
#define ROLES "/latest/meta-data/iam/security-credentials/"

/* Targets are ids of 21 bytes at most; an empty one is no route. */
struct region_table {
    char id[24];
    bool edge;
    bool dead;        /* the static route is a blackhole, */
    bool filtered;    /* or shut off by AWS */
    bool twice;       /* shown with two static routes */
    bool abroad;      /* it belongs to the other VPC */
    char target[24];
    char propagated[24];
    char before[24];  /* what readings show while they are stale */
    bool dead_before;
    unsigned stale;   /* readings left that do */
    unsigned applied; /* writes carried out */
    unsigned unexplained; /* writes sent that were not plainly refused */
};

/* Another destination: the same tables, as far as the routes to it go. */
#define MOST_OTHERS 2
#define OTHER_TABLES 130
struct region_other {
    char destination[24];
    struct region_table tables[OTHER_TABLES];
};

struct scripted_region {
    size_t count;
    struct region_table tables[LIMIT_TABLES];
    char destination[LIMIT_ADDRESS_TEXT];
    size_t other_count;
    struct region_other others[MOST_OTHERS];
    bool bare;            /* a listing has no more than the routes to the destination */
    unsigned order;       /* of its tables, and of the elements in each: see nth_of() */
    size_t page_size;     /* tables on a page; 0: all */
    unsigned stale_reads; /* after a write so many readings show what was before it */
    unsigned readings;
    bool knows_all_enis; /* not ours alone */
    bool two_vpcs;       /* the instance has a second interface, in another VPC */
    enum { PAGES_END, PAGES_REPEAT, PAGES_GO_ON } pages; /* a listing that has no end: the same page again, or ever new empty ones */
    int64_t utc_s;        /* AWS's clock */
    /* Keys: those handed out have the number `given`; those with a number below `valid` are refused. */
    unsigned given;
    unsigned valid;
    unsigned roles; /* the same of a role's keys; once there are any, only they are good for EC2 */
    /* Metadata: the number of the token that is accepted, and what is answered instead of an item. */
    unsigned metadata_token;
    const char *odd_path;
    unsigned odd_status;
    const char *odd_body;
    const char *vpc_cidrs;
    const char *vpc_ipv6_cidrs; /* NULL: there is no such item, nor one of the subnet */
    const char *caller_arn; /* whose the keys are, */
    const char *caller_account;
    const char *dry_run; /* the code that a dry run is answered with, which is permitted */
    /* Of our ENI, for who asks. */
    bool source_dest_check;
    bool check_stays; /* on, whatever is said of it */
    const char *attached; /* to which instance; empty: to none */
    const char *subnet; /* the CIDR of the VPC's spare one; empty: there is none */
    unsigned subnet_free; /* addresses of it */
    const char *tagged; /* the one table that has the tags which are asked for; NULL: all have them */
    bool ownerless;     /* tables do not tell whose they are */
};

static inline void region_start(struct scripted_region *r, size_t count)
{
    *r = (struct scripted_region){.count = count, .destination = OVERLAY, .utc_s = EPOCH_UTC_S, .vpc_cidrs = "10.109.0.0/16", .dry_run = "DryRunOperation",
                                  .caller_arn = "arn:aws:sts::" OUR_ACCOUNT ":assumed-role/mirror-vip/" OUR_INSTANCE, .caller_account = OUR_ACCOUNT,
                                  .attached = OUR_INSTANCE, .subnet = "", .subnet_free = 27};
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(r->tables[i].id, sizeof r->tables[i].id, "rtb-%08zx", i + 1);
        (void)snprintf(r->tables[i].target, sizeof r->tables[i].target, OLD_ENI);
    }
}

static inline struct region_table *region_find(struct scripted_region *r, const char *id)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->tables[i].id, id) == 0)
            return &r->tables[i];
    return NULL;
}

static inline void region_target(struct scripted_region *r, size_t index, const char *target)
{
    assert_true(slice_copy(slice_of(target), r->tables[index].target, sizeof r->tables[index].target));
}

/* The tables get a route to one more destination, which the other host has. */
static inline struct region_other *region_add(struct scripted_region *r, const char *destination)
{
    struct region_other *other = &r->others[r->other_count++];
    assert_true(r->other_count <= MOST_OTHERS && r->count <= OTHER_TABLES);
    memcpy(other->tables, r->tables, r->count * sizeof *r->tables);
    assert_true(slice_copy(slice_of(destination), other->destination, sizeof other->destination));
    return other;
}

/* The table as far as its routes to this destination go. */
static inline struct region_table *region_at(struct scripted_region *r, struct region_table *t, const char *destination)
{
    for (size_t i = 0; i < r->other_count; i++)
        if (t && strcmp(r->others[i].destination, destination) == 0)
            return &r->others[i].tables[t - r->tables];
    assert_string_equal(destination, r->destination);
    return t;
}

/* Every table that a run is to bring here is here. */
static inline bool region_is_ours(const struct scripted_region *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!r->tables[i].edge && (strcmp(r->tables[i].target, OUR_ENI) != 0 || r->tables[i].dead))
            return false;
    return true;
}

/* --- Requests */

struct request {
    struct slice text;
    struct slice body;
};

static inline struct request request_of(struct slice text)
{
    const char *end = memmem(text.at, text.len, "\r\n\r\n", 4);
    if (!end)
        fail_msg("a request without an end of its head: %.*s", (int)text.len, text.at);
    size_t head = (size_t)(end - text.at) + 4;
    return (struct request){text, slice_make(text.at + head, text.len - head)};
}

/* The value of a header, "" when there is none. */
static inline void request_header(const struct request *r, const char *name, char *to, size_t cap)
{
    struct slice rest = slice_make(r->text.at, r->text.len - r->body.len);
    to[0] = '\0';
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        struct slice key = slice_cut(&line, ':');
        struct slice value = slice_make(line.at, line.len > 0 ? line.len - 1 : 0);
        if (slice_is_nocase(key, name))
            assert_true(slice_copy(slice_trim(value), to, cap));
    }
}

/* The path of a request line. */
static inline void request_path(const struct request *r, char *to, size_t cap)
{
    struct slice rest = r->text;
    (void)slice_cut(&rest, ' ');
    assert_true(slice_copy(slice_cut(&rest, ' '), to, cap));
}

static inline char hex_pair(const char *at)
{
    char pair[3] = {at[0], at[1], '\0'};
    return (char)strtol(pair, NULL, 16);
}

/* A field of the form, decoded; "" when there is none. */
static inline const char *form_field(const struct request *r, const char *name, char *to, size_t cap)
{
    struct slice rest = r->body;
    to[0] = '\0';
    while (rest.len > 0) {
        struct slice value = slice_cut(&rest, '&');
        struct buf b = {to, 0, cap, false};
        if (!slice_is(slice_cut(&value, '='), name))
            continue;
        for (size_t i = 0; i < value.len; i++) {
            bool escaped = value.at[i] == '%' && i + 2 < value.len;
            buf_putc(&b, escaped ? hex_pair(value.at + i + 1) : value.at[i]);
            i += escaped ? 2 : 0;
        }
        return buf_text(&b);
    }
    return to;
}

/* Of either family. */
static inline const char *form_destination(const struct request *r, char *to, size_t cap)
{
    return form_field(r, "DestinationCidrBlock", to, cap)[0] ? to : form_field(r, "DestinationIpv6CidrBlock", to, cap);
}

/* --- Replies */

static inline void put_date(struct buf *b, int64_t utc_s)
{
    char text[40];
    time_t at = (time_t)utc_s;
    (void)strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&at));
    buf_puts(b, text);
}

/* A listing comes in chunks, as EC2 sends it; everything else with its length. */
static inline void put_reply(struct buf *b, const struct scripted_region *r, unsigned status, const char *type, const char *body)
{
    size_t len = strlen(body);
    buf_putf(b, "HTTP/1.1 %u %s\r\nDate: ", status, status == 200 ? "OK" : "Other");
    put_date(b, r->utc_s);
    buf_putf(b, "\r\nContent-Type: %s\r\n", type);
    if (status >= 300 && status < 400)
        buf_puts(b, "Location: https://elsewhere.example/\r\n");
    if (len < 2000) {
        buf_putf(b, "Content-Length: %zu\r\n\r\n", len);
        buf_puts(b, body);
        return;
    }
    buf_puts(b, "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < len; at += 1000) {
        size_t size = len - at < 1000 ? len - at : 1000;
        buf_putf(b, "%zx\r\n", size);
        buf_put(b, slice_make(body + at, size));
        buf_puts(b, "\r\n");
    }
    buf_puts(b, "0\r\n\r\n");
}

static inline void put_error(struct buf *b, const struct scripted_region *r, unsigned status, const char *code, const char *message)
{
    char body[1024];
    (void)snprintf(body, sizeof body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>%s</Code><Message>%s</Message>"
                                      "</Error></Errors><RequestID>4f9a</RequestID></Response>", code, message);
    put_reply(b, r, status, "text/xml;charset=UTF-8", body);
}

/* Which of `count` comes `k`th in the order of this number, of count! that there are; number 0 is the order that AWS has. */
static inline unsigned nth_of(unsigned order, unsigned k, unsigned count)
{
    unsigned taken = 0, which = 0;
    for (unsigned i = 0; i <= k; i++, order /= count - i + 1) {
        unsigned skip = order % (count - i);
        for (which = 0; taken >> which & 1 || skip-- > 0;)
            which++;
        taken |= 1u << which;
    }
    return which;
}

static inline void put_target(struct buf *b, const char *target)
{
    if (strncmp(target, "eni-", 4) == 0)
        buf_putf(b, "<instanceId>i-0123456789abcdef0</instanceId><networkInterfaceId>%s</networkInterfaceId>", target);
    else
        buf_putf(b, "<gatewayId>%s</gatewayId>", target);
}

static inline void put_route(struct buf *b, unsigned order, const char *destination, const char *target, const char *state, const char *origin)
{
    const char *element = strchr(destination, ':') ? "destinationIpv6CidrBlock" : "destinationCidrBlock";
    buf_puts(b, "<item>");
    for (unsigned k = 0; k < 4; k++) {
        unsigned which = nth_of(order, k, 4);
        if (which == 0)
            buf_putf(b, "<%s>%s</%s>", element, destination, element);
        else if (which == 1)
            put_target(b, target);
        else
            buf_putf(b, which == 2 ? "<state>%s</state>" : "<origin>%s</origin>", which == 2 ? state : origin);
    }
    buf_puts(b, "</item>");
}

static inline void put_static(struct buf *b, unsigned order, struct region_table *t, const char *destination)
{
    bool stale = t->stale > 0;
    const char *target = stale ? t->before : t->target;
    const char *state = (stale ? t->dead_before : t->dead) ? "blackhole" : t->filtered ? "filtered" : "active";
    t->stale -= stale;
    if (target[0])
        put_route(b, order, destination, target, state, "CreateRoute");
}

/* All that lead to one destination. */
static inline void put_routes_to(struct buf *b, unsigned order, struct region_table *t, const char *destination)
{
    for (unsigned k = 0; k < 3; k++) {
        unsigned which = nth_of(order, k, 3);
        if (which == 0)
            put_static(b, order, t, destination);
        else if (which == 1 && t->twice)
            put_route(b, order, destination, FOREIGN_ENI, "active", "CreateRoute");
        else if (which == 2 && t->propagated[0])
            put_route(b, order, destination, t->propagated, "active", "EnableVgwRoutePropagation");
    }
}

static inline void put_routes(struct buf *b, struct scripted_region *r, struct region_table *t)
{
    unsigned count = 3 + (unsigned)r->other_count;
    buf_puts(b, "<routeSet>");
    for (unsigned k = 0; k < count; k++) {
        unsigned which = nth_of(r->order, k, count);
        struct region_other *other = which > 1 && which < count - 1 ? &r->others[which - 2] : NULL;
        if (which == 1)
            put_routes_to(b, r->order, t, r->destination);
        else if (other)
            put_routes_to(b, r->order, &other->tables[t - r->tables], other->destination);
        else if (!r->bare)
            put_route(b, r->order, which == 0 ? "10.109.0.0/16" : "0.0.0.0/0", which == 0 ? "local" : "igw-0123456789abcdef0", "active",
                      which == 0 ? "CreateRouteTable" : "CreateRoute");
    }
    buf_puts(b, "</routeSet>");
}

static inline void put_associations(struct buf *b, const struct scripted_region *r, const struct region_table *t)
{
    buf_puts(b, "<associationSet><item><routeTableAssociationId>rtbassoc-0123</routeTableAssociationId>");
    if (t->edge)
        buf_puts(b, "<gatewayId>igw-0123456789abcdef0</gatewayId>");
    else
        buf_putf(b, "<subnetId>subnet-%s</subnetId>", t->id + 4);
    buf_putf(b, "<main>false</main></item>%s</associationSet>", t == r->tables ? "<item><main>true</main></item>" : "");
}

static inline void put_table(struct buf *b, struct scripted_region *r, struct region_table *t)
{
    unsigned count = r->bare ? 4 : 7;
    buf_puts(b, "<item>");
    for (unsigned k = 0; k < count; k++) {
        unsigned which = nth_of(r->order, k, count);
        if (which == 0)
            buf_putf(b, "<routeTableId>%s</routeTableId>", t->id);
        else if (which == 1)
            buf_putf(b, "<vpcId>%s</vpcId>", t->abroad ? OTHER_VPC : OUR_VPC);
        else if (which == 2)
            buf_puts(b, r->ownerless ? "" : "<ownerId>" OUR_ACCOUNT "</ownerId>");
        else if (which == 3)
            put_routes(b, r, t);
        else if (which == 4)
            put_associations(b, r, t);
        else if (which == 5)
            buf_puts(b, "<propagatingVgwSet/>");
        else
            buf_putf(b, "<tagSet><item><key>Name</key><value>table %s</value></item></tagSet>", t->id + 4);
    }
    buf_puts(b, "</item>");
}

/* The filter of a request lets all tables of a VPC pass, those that have its tags, or those it names. */
static inline bool is_asked_for(const struct scripted_region *r, const struct request *q, const struct region_table *t)
{
    char name[32], value[64];
    const char *id = t->id;
    if (r->two_vpcs && t->abroad != (strcmp(form_field(q, "Filter.1.Value.1", value, sizeof value), OTHER_VPC) == 0))
        return false;
    if (r->tagged && slice_starts(slice_of(form_field(q, "Filter.2.Name", value, sizeof value)), "tag:"))
        return strcmp(r->tagged, id) == 0;
    if (strcmp(form_field(q, "Filter.1.Name", value, sizeof value), "route-table-id") != 0)
        return true;
    for (unsigned i = 1;; i++) {
        (void)snprintf(name, sizeof name, "Filter.1.Value.%u", i);
        if (!form_field(q, name, value, sizeof value)[0])
            return false;
        if (strcmp(value, id) == 0)
            return true;
    }
}

/* Those of a page; before them or behind them the rest of the reply, which the order says as well. */
static inline void put_page(struct buf *b, struct scripted_region *r, const struct request *q, size_t from, size_t to)
{
    buf_puts(b, "<routeTableSet>");
    for (size_t i = from; i < to; i++) {
        struct region_table *t = &r->tables[r->order > 0 ? nth_of(r->order, (unsigned)i, (unsigned)r->count) : i];
        if (is_asked_for(r, q, t))
            put_table(b, r, t);
    }
    buf_puts(b, "</routeTableSet>");
}

static inline void put_next_page(struct buf *b, const struct scripted_region *r, size_t to)
{
    if (to < r->count)
        buf_putf(b, "<nextToken>page=%zu</nextToken>", to);
    else if (r->pages != PAGES_END)
        buf_putf(b, "<nextToken>page=%zu</nextToken>", r->count + (r->pages == PAGES_GO_ON ? r->readings : 1));
}

static inline void region_list(struct scripted_region *r, const struct request *q, struct buf *b)
{
    static char text[LIMIT_TABLES * 2048];
    char field[64];
    struct buf body = BUF_OF(text);
    size_t from = (size_t)strtoul(form_field(q, "NextToken", field, sizeof field) + (field[0] ? strlen("page=") : 0), NULL, 10);
    if (from > r->count)
        from = r->count;
    size_t to = r->page_size > 0 && from + r->page_size < r->count ? from + r->page_size : r->count;
    r->readings++;
    buf_puts(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeRouteTablesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">");
    for (unsigned k = 0; k < 3; k++) {
        unsigned which = nth_of(r->order, k, 3);
        if (which == 0)
            buf_puts(&body, "<requestId>59dbff89</requestId>");
        else if (which == 1)
            put_page(&body, r, q, from, to);
        else
            put_next_page(&body, r, to);
    }
    buf_puts(&body, "</DescribeRouteTablesResponse>");
    put_reply(b, r, 200, "text/xml;charset=UTF-8", buf_text(&body));
}

static inline void region_set(struct scripted_region *r, struct region_table *t, const char *target)
{
    memcpy(t->before, t->target, sizeof t->before);
    t->dead_before = t->dead;
    t->stale = r->stale_reads;
    t->applied++;
    t->dead = t->filtered = false;
    assert_true(slice_copy(slice_of(target), t->target, sizeof t->target));
}

/* ReplaceRoute, CreateRoute, DeleteRoute. */
static inline void region_write(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char action[32], id[64], destination[64], eni[64], body[256];
    (void)form_field(q, "Action", action, sizeof action);
    struct region_table *t = region_find(r, form_field(q, "RouteTableId", id, sizeof id));
    bool creates = strcmp(action, "CreateRoute") == 0;
    t = region_at(r, t, form_destination(q, destination, sizeof destination));
    (void)form_field(q, "NetworkInterfaceId", eni, sizeof eni);
    if (!t) {
        put_error(b, r, 400, "InvalidRouteTableID.NotFound", "The routeTable ID does not exist");
    } else if (creates && t->target[0]) {
        put_error(b, r, 400, "RouteAlreadyExists", "The route identified by " OVERLAY " already exists.");
    } else if (!creates && !t->target[0]) {
        put_error(b, r, 400, "InvalidParameterValue", "There is no route defined for '" OVERLAY "' in the route table. Use CreateRoute instead.");
    } else if (eni[0] && strcmp(eni, OUR_ENI) != 0 && !r->knows_all_enis) {
        put_error(b, r, 400, "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID does not exist");
    } else {
        region_set(r, t, eni);
        (void)snprintf(body, sizeof body, "<%sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>59dbff89</requestId>"
                                          "<return>true</return></%sResponse>", action, action);
        put_reply(b, r, 200, "text/xml;charset=UTF-8", body);
    }
}

static inline int64_t stamp_utc_s(const char *stamp)
{
    struct tm at = {0};
    assert_int_equal(sscanf(stamp, "%4d%2d%2dT%2d%2d%2dZ", &at.tm_year, &at.tm_mon, &at.tm_mday, &at.tm_hour, &at.tm_min, &at.tm_sec), 6);
    at.tm_year -= 1900;
    at.tm_mon -= 1;
    return timegm(&at);
}

/* A role's keys, where it has been assumed; but the host's interface is of its own account, and the role of another. */
static inline bool is_authentic(const struct scripted_region *r, const struct request *q, bool for_sts, bool by_host, struct buf *b)
{
    char stamp[32], token[LIMIT_SESSION_TOKEN + 1], expected[64], scope[256];
    bool of_role = !by_host && r->roles > 0;
    unsigned number = of_role ? r->roles : r->given;
    request_header(q, "X-Amz-Date", stamp, sizeof stamp);
    request_header(q, "X-Amz-Security-Token", token, sizeof token);
    request_header(q, "Authorization", scope, sizeof scope);
    assert_non_null(strstr(scope, for_sts ? "/eu-central-1/sts/" : "/ec2/"));
    /* Keys that were not handed out here come from the environment, without a token. */
    (void)snprintf(expected, sizeof expected, "%s%u", of_role ? ROLE_TOKEN : SESSION_TOKEN, number);
    if (number == 0)
        expected[0] = '\0';
    int64_t late_s = r->utc_s - stamp_utc_s(stamp);
    if (late_s > 300 || late_s < -300)
        put_error(b, r, 400, "RequestExpired", "Request has expired.");
    else if (strcmp(token, expected) != 0 || number < r->valid)
        put_error(b, r, 400, "ExpiredToken", "The security token included in the request is expired");
    else
        return true;
    return false;
}

/* Whoever has signed. */
static inline void region_tell_caller(struct scripted_region *r, struct buf *b)
{
    char body[512];
    (void)snprintf(body, sizeof body, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><UserId>X</UserId><Account>%s</Account>"
                                      "</GetCallerIdentityResult></GetCallerIdentityResponse>", r->caller_arn, r->caller_account);
    put_reply(b, r, 200, "text/xml", body);
}

/* By who shows a token, and has signed nothing. */
static inline void region_identify(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char field[128], body[1024];
    request_header(q, "Authorization", field, sizeof field);
    assert_string_equal(field, "");
    assert_string_equal(form_field(q, "RoleArn", field, sizeof field), IDENTITY_ARN);
    if (strcmp(form_field(q, "WebIdentityToken", field, sizeof field), BEARER_TOKEN) != 0) {
        put_reply(b, r, 400, "text/xml", "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no JWT</Message></Error></ErrorResponse>");
        return;
    }
    (void)snprintf(body, sizeof body, "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                                      "<AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>" SECRET_KEY "</SecretAccessKey><SessionToken>" SESSION_TOKEN
                                      "%u</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>", ++r->given);
    put_reply(b, r, 200, "text/xml", body);
}

static inline void region_assume(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char field[128], body[1024];
    assert_string_equal(form_field(q, "RoleArn", field, sizeof field), ROLE_ARN);
    assert_string_equal(form_field(q, "RoleSessionName", field, sizeof field), "mirrorvip-" OUR_ENI);
    (void)snprintf(body, sizeof body, "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
                                      "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>" SECRET_KEY "</SecretAccessKey><SessionToken>\n " ROLE_TOKEN
                                      "%u\n</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>", ++r->roles);
    put_reply(b, r, 200, "text/xml", body);
}

static inline void region_interface(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char field[64], body[1024], attachment[256];
    assert_string_equal(form_field(q, "NetworkInterfaceId.1", field, sizeof field), OUR_ENI);
    (void)snprintf(attachment, sizeof attachment, "<attachment><attachmentId>eni-attach-0123</attachmentId><instanceId>%s</instanceId></attachment>", r->attached);
    (void)snprintf(body, sizeof body, "<DescribeNetworkInterfacesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><networkInterfaceSet><item>"
                                      "<networkInterfaceId>" OUR_ENI "</networkInterfaceId>%s<sourceDestCheck>%s</sourceDestCheck><groupSet><item>"
                                      "<groupId>sg-0123</groupId></item><item/></groupSet></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>",
                   r->attached[0] ? attachment : "", r->source_dest_check ? "true" : "false");
    put_reply(b, r, 200, "text/xml;charset=UTF-8", body);
}

/* Of IPv4, with a block of IPv6 too where the VPC has one; or of IPv6 alone. */
static inline void put_subnet(struct buf *b, const struct scripted_region *r, unsigned number, const char *cidr, unsigned free)
{
    bool only_v6 = strchr(cidr, ':') != NULL;
    buf_putf(b, "<item><subnetId>subnet-%08x</subnetId>", number);
    if (!only_v6)
        buf_putf(b, "<cidrBlock>%s</cidrBlock>", cidr);
    buf_putf(b, "<availableIpAddressCount>%u</availableIpAddressCount><ipv6CidrBlockAssociationSet>", only_v6 ? 0 : free);
    if (only_v6)
        buf_putf(b, "<item><ipv6CidrBlock>%s</ipv6CidrBlock></item>", cidr);
    else if (r->vpc_ipv6_cidrs)
        buf_putf(b, "<item><ipv6CidrBlock>2001:db8:6d00:%x::/64</ipv6CidrBlock></item>", number & 0xff);
    buf_puts(b, "</ipv6CidrBlockAssociationSet></item>");
}

/* One for each table, the first one that of this host, and the spare one, which follows the main table. */
static inline void region_subnets(struct scripted_region *r, const struct request *q, struct buf *b)
{
    static char text[LIMIT_TABLES * 384];
    char vpc[64], cidr[32];
    struct buf body = BUF_OF(text);
    assert_string_equal(form_field(q, "Filter.1.Value.1", vpc, sizeof vpc), OUR_VPC);
    buf_puts(&body, "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><subnetSet>");
    for (unsigned i = 0; i < r->count && i < 200; i++) {
        (void)snprintf(cidr, sizeof cidr, "10.109.%u.0/24", i < 9 ? i + 1 : i + 20);
        if (!r->tables[i].edge)
            put_subnet(&body, r, i + 1, cidr, 200);
    }
    if (r->subnet[0])
        put_subnet(&body, r, 0xffff, r->subnet, r->subnet_free);
    buf_puts(&body, "</subnetSet></DescribeSubnetsResponse>");
    put_reply(b, r, 200, "text/xml;charset=UTF-8", buf_text(&body));
}

static inline void region_modify(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char field[64];
    assert_string_equal(form_field(q, "NetworkInterfaceId", field, sizeof field), OUR_ENI);
    assert_string_equal(form_field(q, "SourceDestCheck.Value", field, sizeof field), "false");
    r->source_dest_check &= r->check_stays;
    put_reply(b, r, 200, "text/xml;charset=UTF-8", "<ModifyNetworkInterfaceAttributeResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
                                                   "<return>true</return></ModifyNetworkInterfaceAttributeResponse>");
}

static inline void region_answer(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char action[48], dry[8];
    bool assumes = strcmp(form_field(q, "Action", action, sizeof action), "AssumeRole") == 0;
    bool asks_whose = strcmp(action, "GetCallerIdentity") == 0;
    if (strcmp(action, "AssumeRoleWithWebIdentity") == 0) {
        region_identify(r, q, b);
        return;
    }
    if (!is_authentic(r, q, assumes || asks_whose, assumes || strstr(action, "NetworkInterface"), b))
        return;
    if (assumes)
        region_assume(r, q, b);
    else if (asks_whose)
        region_tell_caller(r, b);
    else if (strcmp(action, "DescribeRouteTables") == 0)
        region_list(r, q, b);
    else if (strcmp(action, "DescribeNetworkInterfaces") == 0)
        region_interface(r, q, b);
    else if (strcmp(action, "DescribeSubnets") == 0)
        region_subnets(r, q, b);
    else if (strcmp(form_field(q, "DryRun", dry, sizeof dry), "true") == 0)
        put_error(b, r, 412, r->dry_run, "Request would have succeeded, but DryRun flag is set.");
    else if (strcmp(action, "ModifyNetworkInterfaceAttribute") == 0)
        region_modify(r, q, b);
    else
        region_write(r, q, b);
}

/* --- The metadata service */

/* Of the second interface. */
static inline bool other_item(const char *item, char *body, size_t cap)
{
    static const char *const items[][2] = {{"interface-id", OTHER_ENI}, {"vpc-id", OTHER_VPC}, {"vpc-ipv4-cidr-blocks", "10.110.0.0/16"}};
    for (size_t i = 0; i < COUNT(items); i++)
        if (strcmp(item, items[i][0]) == 0)
            return slice_copy(slice_of(items[i][1]), body, cap);
    return false;
}

static inline bool metadata_item(struct scripted_region *r, const char *path, char *body, size_t cap)
{
    if (r->two_vpcs && slice_starts(slice_of(path), OTHER_INTERFACES))
        return other_item(path + strlen(OTHER_INTERFACES), body, cap);
    if (strcmp(path, INTERFACES "interface-id") == 0)
        (void)snprintf(body, cap, OUR_ENI);
    else if (strcmp(path, INTERFACES "owner-id") == 0)
        (void)snprintf(body, cap, OUR_ACCOUNT);
    else if (strcmp(path, INTERFACES "vpc-id") == 0)
        (void)snprintf(body, cap, OUR_VPC);
    else if (strcmp(path, INTERFACES "vpc-ipv4-cidr-blocks") == 0)
        (void)snprintf(body, cap, "%s", r->vpc_cidrs);
    else if (strcmp(path, INTERFACES "subnet-ipv4-cidr-block") == 0)
        (void)snprintf(body, cap, "10.109.1.0/24");
    else if (r->vpc_ipv6_cidrs && strcmp(path, INTERFACES "vpc-ipv6-cidr-blocks") == 0)
        (void)snprintf(body, cap, "%s", r->vpc_ipv6_cidrs);
    else if (r->vpc_ipv6_cidrs && strcmp(path, INTERFACES "subnet-ipv6-cidr-blocks") == 0)
        (void)snprintf(body, cap, "2001:db8:6d00:1::/64\n2001:db8:6d00:101::/64");
    else if (strcmp(path, "/latest/meta-data/instance-id") == 0)
        (void)snprintf(body, cap, OUR_INSTANCE);
    else if (strcmp(path, "/latest/meta-data/placement/region") == 0)
        (void)snprintf(body, cap, "eu-central-1");
    else if (strcmp(path, ROLES) == 0)
        (void)snprintf(body, cap, "mirror-vip");
    else if (strcmp(path, ROLES "mirror-vip") == 0)
        (void)snprintf(body, cap, "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"" SECRET_KEY
                                  "\",\"Token\":\"" SESSION_TOKEN "%u\",\"Expiration\":\"2026-01-01T06:00:00Z\"}", ++r->given);
    else
        return false;
    return true;
}

/* A container's credential server stands where the metadata service does. */
static inline void container_answer(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char token[128], body[512];
    request_header(q, "Authorization", token, sizeof token);
    (void)snprintf(body, sizeof body, "{\"RoleArn\":\"x\",\"AccessKeyId\":\"ASIATASK\",\"SecretAccessKey\":\"" SECRET_KEY "\",\"Token\":\"" SESSION_TOKEN
                                      "%u\",\"Expiration\":\"2026-01-01T06:00:00Z\"}", r->given + 1);
    if (strcmp(token, BEARER_TOKEN) != 0) {
        put_reply(b, r, 403, "application/json", "{\"code\":\"AccessDenied\"}");
        return;
    }
    r->given++;
    put_reply(b, r, 200, "application/json", body);
}

static inline void metadata_answer(struct scripted_region *r, const struct request *q, struct buf *b)
{
    char path[160], token[128], ttl[16], expected[64], body[1024];
    request_path(q, path, sizeof path);
    request_header(q, "X-aws-ec2-metadata-token", token, sizeof token);
    request_header(q, "X-aws-ec2-metadata-token-ttl-seconds", ttl, sizeof ttl);
    (void)snprintf(expected, sizeof expected, METADATA_TOKEN "%u", r->metadata_token);
    if (r->odd_path && strcmp(path, r->odd_path) == 0)
        put_reply(b, r, r->odd_status, "text/plain", r->odd_body);
    else if (strcmp(path, CONTAINER_PATH) == 0)
        container_answer(r, q, b);
    else if (slice_starts(q->text, "PUT ") && strcmp(path, "/latest/api/token") == 0 && ttl[0])
        put_reply(b, r, 200, "text/plain", expected);
    else if (strcmp(token, expected) != 0)
        put_reply(b, r, 401, "text/html", "<html>Unauthorized</html>");
    else if (metadata_item(r, path, body, sizeof body))
        put_reply(b, r, 200, "text/plain", body);
    else
        put_reply(b, r, 404, "text/html", "<html>Not Found</html>");
}

#endif
