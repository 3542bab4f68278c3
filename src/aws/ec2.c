#include "aws/ec2.h"

#include "wire/uri.h"

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

/* By filter in both cases: a plain list of ids could not be paged, and one id that is gone would fail the whole call. */
void ec2_put_describe_tables(struct buf *b, const struct ec2_selection *which, struct slice page)
{
    buf_puts(b, "Action=DescribeRouteTables" VERSION);
    if (which->named == 0) {
        buf_puts(b, "&Filter.1.Name=vpc-id");
        put_indexed(b, "Filter.1.Value.", 1, which->vpc.text);
    } else {
        buf_puts(b, "&Filter.1.Name=route-table-id");
        for (size_t i = 0; i < which->named; i++)
            put_indexed(b, "Filter.1.Value.", i + 1, which->names[i].text);
    }
    buf_puts(b, "&MaxResults=");
    buf_put_u64(b, PAGE_SIZE);
    if (page.len > 0) {
        buf_puts(b, "&NextToken=");
        uri_put_encoded(b, page);
    }
}

static const char *const write_names[] = {"ReplaceRoute", "CreateRoute", "DeleteRoute"};

void ec2_put_write(struct buf *b, enum ec2_write write, const struct table_id *table, struct cidr destination,
                   const struct eni_id *eni)
{
    buf_puts(b, "Action=");
    buf_puts(b, write_names[write]);
    buf_puts(b, VERSION "&RouteTableId=");
    buf_puts(b, table->text);
    buf_puts(b, "&DestinationCidrBlock=");
    uri_put_encoded(b, slice_of(cidr_text(destination).text));
    if (write != EC2_DELETE_ROUTE) {
        buf_puts(b, "&NetworkInterfaceId=");
        buf_puts(b, eni->text);
    }
}

/*
 * The shape of the replies: which element under which place leads to which place. What leads nowhere is UNKNOWN, and so
 * is everything inside it.
 */
enum place {
    UNKNOWN,
    DOCUMENT,
    REPLY,
    RETURN,
    NEXT_TOKEN,
    TABLES,
    TABLE,
    TABLE_ID,
    TABLE_VPC,
    ASSOCIATIONS,
    ASSOCIATION,
    ASSOCIATION_GATEWAY,
    TAGS,
    TAG,
    TAG_KEY,
    TAG_VALUE,
    ROUTES,
    ROUTE,
    ROUTE_DESTINATION,
    ROUTE_STATE,
    ROUTE_ORIGIN,
    ROUTE_ENI,
    ROUTE_TARGET,
    FAILURE,
    ERRORS,
    ERROR,
    ERROR_CODE,
    ERROR_MESSAGE,
};

static const struct {
    uint8_t from;
    uint8_t to;
    const char *name;
} steps[] = {
    {DOCUMENT, FAILURE, "Response"},
    {FAILURE, ERRORS, "Errors"},
    {ERRORS, ERROR, "Error"},
    {ERROR, ERROR_CODE, "Code"},
    {ERROR, ERROR_MESSAGE, "Message"},
    {REPLY, RETURN, "return"},
    {REPLY, NEXT_TOKEN, "nextToken"},
    {REPLY, TABLES, "routeTableSet"},
    {TABLES, TABLE, "item"},
    {TABLE, TABLE_ID, "routeTableId"},
    {TABLE, TABLE_VPC, "vpcId"},
    {TABLE, ROUTES, "routeSet"},
    {TABLE, ASSOCIATIONS, "associationSet"},
    {TABLE, TAGS, "tagSet"},
    {ASSOCIATIONS, ASSOCIATION, "item"},
    {ASSOCIATION, ASSOCIATION_GATEWAY, "gatewayId"},
    {TAGS, TAG, "item"},
    {TAG, TAG_KEY, "key"},
    {TAG, TAG_VALUE, "value"},
    {ROUTES, ROUTE, "item"},
    {ROUTE, ROUTE_DESTINATION, "destinationCidrBlock"},
    {ROUTE, ROUTE_STATE, "state"},
    {ROUTE, ROUTE_ORIGIN, "origin"},
    {ROUTE, ROUTE_ENI, "networkInterfaceId"},
    {ROUTE, ROUTE_TARGET, "gatewayId"},
    {ROUTE, ROUTE_TARGET, "natGatewayId"},
    {ROUTE, ROUTE_TARGET, "transitGatewayId"},
    {ROUTE, ROUTE_TARGET, "vpcPeeringConnectionId"},
    {ROUTE, ROUTE_TARGET, "egressOnlyInternetGatewayId"},
    {ROUTE, ROUTE_TARGET, "localGatewayId"},
    {ROUTE, ROUTE_TARGET, "carrierGatewayId"},
    {ROUTE, ROUTE_TARGET, "coreNetworkArn"},
};

static uint8_t place_of(uint8_t from, struct slice name)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].from == from && slice_is(name, steps[i].name))
            return steps[i].to;
    return UNKNOWN;
}

static void reply_start(struct ec2_reply *r, const char *action)
{
    memset(r, 0, offsetof(struct ec2_reply, xml));
    r->action = action;
    r->place[0] = DOCUMENT;
    xml_start(&r->xml);
}

void ec2_reply_start_write(struct ec2_reply *r, enum ec2_write write)
{
    reply_start(r, write_names[write]);
}

void ec2_reply_restart_write(struct ec2_reply *r)
{
    reply_start(r, r->action);
}

void ec2_reply_start_tables(struct ec2_reply *r, struct cidr destination, struct ec2_tables *tables, struct buf *next_page)
{
    reply_start(r, "DescribeRouteTables");
    r->destination = destination;
    r->tables = tables;
    r->next_page = next_page;
    next_page->len = 0;
    next_page->full = false;
}

/* "ACTIONResponse" */
static bool is_own_root(const struct ec2_reply *r, struct slice name)
{
    size_t len = strlen(r->action);
    return slice_starts(name, r->action) && slice_is(slice_make(name.at + len, name.len - len), "Response");
}

static bool may_repeat(uint8_t place)
{
    return place == UNKNOWN || place == TABLE || place == ASSOCIATION || place == TAG || place == ROUTE || place == ROUTE_TARGET || place == ERROR;
}

/* Notes that the place has been seen in the element around it; false when it must not be seen again. */
static bool note_place(struct ec2_reply *r, unsigned depth, uint8_t place)
{
    uint32_t bit = UINT32_C(1) << place;
    bool again = r->inside[depth - 1] & bit;
    r->inside[depth - 1] |= bit;
    r->inside[depth] = 0;
    return !again || may_repeat(place);
}

static bool open_element(struct ec2_reply *r, struct err *e)
{
    unsigned depth = xml_depth(&r->xml);
    struct slice name = xml_name(&r->xml);
    uint8_t place = place_of(r->place[depth - 1], name);
    if (depth == 1 && is_own_root(r, name))
        place = REPLY;
    if (depth == 1 && place == UNKNOWN)
        return err_set(e, ERR_NETWORK, "not a reply to %s: it is a '%s'", r->action, err_printable(name).text);
    if (!note_place(r, depth, place))
        return err_set(e, ERR_NETWORK, "a reply to %s holds '%s' twice in one place", r->action, err_printable(name).text);
    r->place[depth] = place;
    if (place == TABLE)
        memset(&r->table, 0, sizeof r->table);
    if (place == ROUTE) {
        memset(&r->route, 0, sizeof r->route);
        r->matches = false;
        r->is_propagated = false;
    }
    if (place == TAG) {
        r->is_name_tag = false;
        r->tag_value[0] = '\0';
    }
    return true;
}

/* Text for people only, cut at the array's size. */
static void show(struct slice text, char *to, size_t cap)
{
    struct printable shown = err_printable(text);
    size_t len = strlen(shown.text) < cap ? strlen(shown.text) : cap - 1;
    memcpy(to, shown.text, len);
    to[len] = '\0';
}

static bool no_id(struct err *e, const char *what, struct slice text)
{
    return err_set(e, ERR_NETWORK, "a reply names a %s '%s', which none can be", what, err_printable(text).text);
}

static bool route_eni(struct ec2_route *route, struct slice text, struct err *e)
{
    if (text.len == 0)
        return true;
    show(text, route->target, sizeof route->target);
    return eni_id_make(text, &route->eni) || no_id(e, "network interface", text);
}

static bool table_end(struct ec2_reply *r, struct err *e)
{
    if (!r->table.id.text[0] || !r->table.vpc.text[0])
        return err_set(e, ERR_NETWORK, "a reply holds a route table without its id or its VPC");
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
        show(slice_of("unknown target"), to->target, sizeof to->target);
}

/* An element has ended whose text means something at its place. */
static bool close_element(struct ec2_reply *r, struct err *e)
{
    struct slice text = xml_text(&r->xml);
    struct cidr cidr;
    switch (r->place[xml_depth(&r->xml)]) {
    case RETURN:
        r->returned = slice_is(text, "true");
        return true;
    case NEXT_TOKEN:
        if (r->next_page)
            buf_put(r->next_page, text);
        return text.len <= LIMIT_PAGE_TOKEN || err_set(e, ERR_NETWORK, "a reply's NextToken is longer than %d bytes", LIMIT_PAGE_TOKEN);
    case TABLE_ID:
        return table_id_make(text, &r->table.id) || no_id(e, "route table", text);
    case TABLE_VPC:
        return vpc_id_make(text, &r->table.vpc) || no_id(e, "VPC", text);
    case TABLE:
        return table_end(r, e);
    case ASSOCIATION_GATEWAY:
        r->table.edge |= text.len > 0;
        return true;
    case TAG_KEY:
        r->is_name_tag = slice_is(text, "Name");
        return true;
    case TAG_VALUE:
        show(text, r->tag_value, sizeof r->tag_value);
        return true;
    case TAG:
        if (r->is_name_tag)
            memcpy(r->table.name, r->tag_value, sizeof r->table.name);
        return true;
    case ROUTE_DESTINATION:
        r->matches = cidr_make(text, &cidr) && cidr_eq(cidr, r->destination);
        return true;
    case ROUTE_STATE:
        r->route.alive = slice_is(text, "active");
        return true;
    case ROUTE_ORIGIN:
        r->is_propagated = !slice_is(text, "CreateRoute") && !slice_is(text, "CreateRouteTable");
        return true;
    case ROUTE_ENI:
        return route_eni(&r->route, text, e);
    case ROUTE_TARGET:
        if (!r->route.target[0])
            show(text, r->route.target, sizeof r->route.target);
        return true;
    case ROUTE:
        route_end(r);
        return true;
    case ERROR_CODE:
        show(text, r->code, sizeof r->code);
        return true;
    case ERROR_MESSAGE:
        show(text, r->message, sizeof r->message);
        return true;
    default:
        return true;
    }
}

static bool decode(struct ec2_reply *r, struct slice body, struct err *e)
{
    for (;;) {
        switch (xml_next(&r->xml, &body, e)) {
        case XML_MORE:
            return true;
        case XML_OPEN:
            if (!open_element(r, e))
                return false;
            break;
        case XML_CLOSE:
            if (!close_element(r, e))
                return false;
            break;
        default:
            return false;
        }
    }
}

bool ec2_reply_take(struct ec2_reply *r, unsigned status, struct slice body, struct err *e)
{
    if (r->garbled || decode(r, body, e))
        return true;
    if (status == 200)
        return false;
    err_clear(e);
    r->garbled = true;
    return true;
}

/* code, what it means; SDKs agree on the throttling codes, EC2 itself uses the first two */
static const struct {
    const char *code;
    enum ec2_answer answer;
} codes[] = {
    {"RequestLimitExceeded", EC2_THROTTLED},
    {"EC2ThrottledException", EC2_THROTTLED},
    {"Throttling", EC2_THROTTLED},
    {"ThrottlingException", EC2_THROTTLED},
    {"ThrottledException", EC2_THROTTLED},
    {"RequestThrottled", EC2_THROTTLED},
    {"RequestThrottledException", EC2_THROTTLED},
    {"TooManyRequestsException", EC2_THROTTLED},
    {"SlowDown", EC2_THROTTLED},
    {"BandwidthLimitExceeded", EC2_THROTTLED},
    {"AuthFailure", EC2_UNAUTHENTIC},
    {"ExpiredToken", EC2_UNAUTHENTIC},
    {"InvalidClientTokenId", EC2_UNAUTHENTIC},
    {"InvalidSignatureException", EC2_UNAUTHENTIC},
    {"RequestExpired", EC2_UNAUTHENTIC},
    {"RequestTimeTooSkewed", EC2_UNAUTHENTIC},
    {"SignatureDoesNotMatch", EC2_UNAUTHENTIC},
    {"UnrecognizedClientException", EC2_UNAUTHENTIC},
    {"InvalidRoute.NotFound", EC2_NO_ROUTE},
    {"RouteAlreadyExists", EC2_ROUTE_EXISTS},
};

static enum ec2_answer answer_of(const struct ec2_reply *r, unsigned status)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (slice_is(slice_of(r->code), codes[i].code))
            return codes[i].answer;
    /* The one error that only its words tell apart from others of its code. */
    if (slice_is(slice_of(r->code), "InvalidParameterValue") && slice_starts(slice_of(r->message), "There is no route defined"))
        return EC2_NO_ROUTE;
    return status == 429 ? EC2_THROTTLED : status >= 500 ? EC2_PASSING : EC2_REFUSED;
}

bool ec2_reply_end(struct ec2_reply *r, unsigned status, enum ec2_answer *answer, struct err *e)
{
    if (status != 200) {
        *answer = answer_of(r, status);
        return true;
    }
    if (!xml_is_done(&r->xml) || r->place[1] != REPLY)
        return err_set(e, ERR_NETWORK, "the reply to %s is not whole", r->action);
    *answer = r->tables || r->returned ? EC2_DONE : EC2_PASSING;
    return true;
}

/* code or the beginning of a message, what to do */
static const struct {
    const char *beginning;
    const char *cure;
} cures[] = {
    {"UnauthorizedOperation", "allow this action in the role's policy"},
    {"Route destination doesn't match any subnet CIDR blocks",
     "a VIP inside the VPC's CIDR needs the whole CIDR of a spare subnet as destination (--vip ADDRESS/PREFIX), "
     "or choose a VIP outside every CIDR of the VPC"},
    {"Route target is not supported", "a destination inside the VPC's CIDR may only point to a network interface"},
    {"RouteLimitExceeded", "raise the quota of routes for this table, or remove one"},
    {"InvalidRouteTableID.NotFound", "name a route table that exists"},
    {"AuthFailure", "check the credentials and this host's clock"},
    {"SignatureDoesNotMatch", "check the credentials and this host's clock"},
    {"RequestExpired", "check this host's clock"},
};

static const char *cure_of(const struct ec2_reply *r)
{
    for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
        if (slice_starts(slice_of(r->code), cures[i].beginning) || slice_starts(slice_of(r->message), cures[i].beginning))
            return cures[i].cure;
    return "";
}

/* AWS adds an encoded blob of some kilobytes that only another API can read; the words before it may be cut. */
static struct slice message_without_blob(const struct ec2_reply *r)
{
    const char *blob = strstr(r->message, "Encoded ");
    struct slice text = slice_of(r->message);
    if (blob)
        text.len = (size_t)(blob - r->message);
    return slice_trim(text);
}

bool ec2_explain(const struct ec2_reply *r, unsigned status, enum ec2_answer answer, struct err *e)
{
    static const enum err_kind kinds[] = {
        [EC2_NO_ROUTE] = ERR_REFUSED,     [EC2_ROUTE_EXISTS] = ERR_REFUSED, [EC2_THROTTLED] = ERR_THROTTLED,
        [EC2_UNAUTHENTIC] = ERR_REFUSED,  [EC2_PASSING] = ERR_NETWORK,      [EC2_REFUSED] = ERR_REFUSED,
    };
    const char *cure = cure_of(r);
    struct printable message = err_printable(message_without_blob(r));
    if (status == 200)
        return err_set(e, kinds[answer], "%s: AWS answered without saying that it did it", r->action);
    return err_set(e, kinds[answer], "%s: HTTP %u %s%s%s%s%s", r->action, status, r->code[0] ? r->code : "without an error code",
                   message.text[0] ? ": " : "", message.text, cure[0] ? "; " : "", cure);
}
