/*
 * ec2: the forms to the byte; replies whole, in pieces, in other orders, with what AWS may add and what it never would
 * say; errors of every kind. Faults, rows 56 to 66 and 80 to 86.
 */
#include "aws/ec2.h"
#include "made.h"

#include <stdlib.h>

#define DESTINATION "10.9.0.1/32"
#define DESTINATION6 "fd12:3456::1/128"
#define ENI "eni-0a1b2c3d4e5f67890"

/* --- Forms */

static void test_describe_form(void **state)
{
    static const char *const ids[] = {"rtb-00000001", "rtb-00000002", "rtb-0a1b2c3d4e5f67890"};
    static const struct {
        size_t named;
        const char *page;
        const char *form;
    } rows[] = {
        {0, "", "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890&MaxResults=100"},
        {0, "a+b/c= &d\xFF",
         "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890&MaxResults=100"
         "&NextToken=a%2Bb%2Fc%3D%20%26d%FF"},
        {1, "", "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=route-table-id&Filter.1.Value.1=rtb-00000001&MaxResults=100"},
        {3, "t", "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=route-table-id&Filter.1.Value.1=rtb-00000001"
                 "&Filter.1.Value.2=rtb-00000002&Filter.1.Value.3=rtb-0a1b2c3d4e5f67890&MaxResults=100&NextToken=t"},
    };
    (void)state;
    struct table_id names[COUNT(ids)];
    for (size_t i = 0; i < COUNT(ids); i++)
        names[i] = made_table(ids[i]);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[1024];
        struct buf b = BUF_OF(text);
        struct ec2_selection which = {made_vpc("vpc-0a1b2c3d4e5f67890"), rows[i].named, names, 0, NULL};
        ec2_put_describe_tables(&b, &which, slice_of(rows[i].page));
        assert_string_equal(buf_text(&b), rows[i].form);
    }
}

/* All tags must match, each as it is written: a filter's value would be a pattern otherwise. */
static void test_tag_forms(void **state)
{
    static const char *const words[] = {"mirrorvip=yes", "a:b=*?\\x*", "empty=", "\xc3\xa9=1 2"};
    (void)state;
    struct tag tags[COUNT(words)];
    char text[1024];
    struct buf b = BUF_OF(text);
    for (size_t i = 0; i < COUNT(words); i++)
        assert_true(tag_make(slice_of(words[i]), &tags[i]));
    struct ec2_selection which = {made_vpc("vpc-0a1b2c3d4e5f67890"), 0, NULL, COUNT(tags), tags};
    ec2_put_describe_tables(&b, &which, slice_of(""));
    assert_string_equal(buf_text(&b), "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890"
                                      "&Filter.2.Name=tag%3Amirrorvip&Filter.2.Value.1=yes"
                                      "&Filter.3.Name=tag%3Aa%3Ab&Filter.3.Value.1=%5C%2A%5C%3F%5C%5Cx%5C%2A"
                                      "&Filter.4.Name=tag%3Aempty&Filter.4.Value.1="
                                      "&Filter.5.Name=tag%3A%C3%A9&Filter.5.Value.1=1%202&MaxResults=100");
}

/* As many tags as may be given, of the longest, beside the longest page token. */
static void test_longest_tag_form(void **state)
{
    static struct tag tags[LIMIT_TAGS];
    char token[LIMIT_PAGE_TOKEN], text[LIMIT_REQUEST];
    struct buf b = BUF_OF(text);
    (void)state;
    memset(token, '/', sizeof token);
    for (size_t i = 0; i < LIMIT_TAGS; i++) {
        memset(tags[i].key, '/', LIMIT_TAG_KEY);
        memset(tags[i].value, '/', LIMIT_TAG_VALUE);
    }
    struct ec2_selection which = {made_vpc("vpc-0a1b2c3d4e5f67890"), 0, NULL, LIMIT_TAGS, tags};
    ec2_put_describe_tables(&b, &which, slice_make(token, sizeof token));
    assert_false(b.full);
}

/* As many names as may be given, and the longest page token, all of it to be encoded, still make one request. */
static void test_longest_describe_form(void **state)
{
    (void)state;
    static struct table_id names[LIMIT_NAMED_TABLES];
    char token[LIMIT_PAGE_TOKEN], text[LIMIT_REQUEST - LIMIT_SESSION_TOKEN / 2];
    struct buf b = BUF_OF(text);
    for (size_t i = 0; i < LIMIT_NAMED_TABLES; i++)
        names[i] = made_table("rtb-0a1b2c3d4e5f67890");
    memset(token, '/', sizeof token);
    struct ec2_selection which = {made_vpc("vpc-0a1b2c3d4e5f67890"), LIMIT_NAMED_TABLES, names, 0, NULL};
    ec2_put_describe_tables(&b, &which, slice_make(token, sizeof token));
    assert_false(b.full);
}

static void test_write_forms(void **state)
{
    static const struct {
        enum ec2_write write;
        const char *destination;
        const char *form;
    } rows[] = {
        {EC2_REPLACE_ROUTE, DESTINATION,
         "Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-00000001&DestinationCidrBlock=10.9.0.1%2F32&NetworkInterfaceId=" ENI},
        {EC2_CREATE_ROUTE, "10.109.10.254/27",
         "Action=CreateRoute&Version=2016-11-15&RouteTableId=rtb-00000001&DestinationCidrBlock=10.109.10.224%2F27&NetworkInterfaceId=" ENI},
        {EC2_DELETE_ROUTE, DESTINATION, "Action=DeleteRoute&Version=2016-11-15&RouteTableId=rtb-00000001&DestinationCidrBlock=10.9.0.1%2F32"},
        {EC2_REPLACE_ROUTE, DESTINATION6,
         "Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-00000001&DestinationIpv6CidrBlock=fd12%3A3456%3A%3A1%2F128&NetworkInterfaceId=" ENI},
        {EC2_CREATE_ROUTE, "2001:DB8:6d00:fe::1/64",
         "Action=CreateRoute&Version=2016-11-15&RouteTableId=rtb-00000001&DestinationIpv6CidrBlock=2001%3Adb8%3A6d00%3Afe%3A%3A%2F64&NetworkInterfaceId=" ENI},
        {EC2_DELETE_ROUTE, DESTINATION6,
         "Action=DeleteRoute&Version=2016-11-15&RouteTableId=rtb-00000001&DestinationIpv6CidrBlock=fd12%3A3456%3A%3A1%2F128"},
    };
    (void)state;
    struct table_id table = made_table("rtb-00000001");
    struct eni_id eni = made_eni(ENI);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[256];
        struct buf b = BUF_OF(text);
        ec2_put_write(&b, rows[i].write, &table, made_cidr(rows[i].destination), &eni);
        assert_string_equal(buf_text(&b), rows[i].form);
    }
}

/* What asks whether a write is permitted is the write's own form behind what makes it none: no part of it is a write. */
static void test_dry_run_forms(void **state)
{
    (void)state;
    struct table_id table = made_table("rtb-0a1b2c3d4e5f67890");
    struct eni_id eni = made_eni(ENI);
    for (int write = EC2_REPLACE_ROUTE; write <= EC2_DELETE_ROUTE; write++) {
        char write_form[256], dry_form[256];
        struct buf w = BUF_OF(write_form), d = BUF_OF(dry_form);
        ec2_put_write(&w, (enum ec2_write)write, &table, made_cidr("1111:2222:3333:4444:5555:6666:7777:8888/128"), &eni);
        ec2_put_dry_run(&d, (enum ec2_write)write, &table, made_cidr("1111:2222:3333:4444:5555:6666:7777:8888/128"), &eni);
        assert_false(d.full);
        assert_null(strstr(buf_text(&w), "DryRun"));
        assert_int_equal(strncmp(buf_text(&d), "DryRun=true&Action=", strlen("DryRun=true&Action=")), 0);
        assert_string_equal(dry_form + strlen("DryRun=true&"), write_form);
    }
}

static void test_forms_of_what_a_check_asks(void **state)
{
    char text[256];
    struct buf b = BUF_OF(text);
    struct eni_id eni = made_eni(ENI);
    struct vpc_id vpc = made_vpc("vpc-0a1b2c3d4e5f67890");
    (void)state;
    ec2_put_describe_interface(&b, &eni);
    assert_string_equal(buf_text(&b), "Action=DescribeNetworkInterfaces&Version=2016-11-15&NetworkInterfaceId.1=" ENI);
    b = BUF_OF(text);
    ec2_put_describe_subnets(&b, &vpc, slice_of(""));
    assert_string_equal(buf_text(&b), "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890"
                                      "&MaxResults=100");
    b = BUF_OF(text);
    ec2_put_describe_associations(&b, &vpc, slice_of("a/b"));
    assert_string_equal(buf_text(&b), "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890"
                                      "&MaxResults=100&NextToken=a%2Fb");
    b = BUF_OF(text);
    ec2_put_no_check(&b, &eni);
    assert_string_equal(buf_text(&b), "Action=ModifyNetworkInterfaceAttribute&Version=2016-11-15&NetworkInterfaceId=" ENI "&SourceDestCheck.Value=false");
    b = BUF_OF(text);
    ec2_put_no_check_dry_run(&b, &eni);
    assert_string_equal(buf_text(&b), "DryRun=true&Action=ModifyNetworkInterfaceAttribute&Version=2016-11-15&NetworkInterfaceId=" ENI
                                      "&SourceDestCheck.Value=false");
}

/* --- Listings */

/* A listing as it was understood. */
struct listing {
    bool ok;
    enum query_answer answer;
    struct err e;
    char page[LIMIT_PAGE_TOKEN + 1];
    char text[8192]; /* a line for each table */
};

static void put_route(struct buf *b, const struct ec2_route *route)
{
    if (!route->present)
        buf_puts(b, " -");
    else
        buf_putf(b, " %s:%s:%s", route->alive ? "alive" : "dead", route->target, route->eni.text[0] ? route->eni.text : "-");
}

/* "ID VPC (NAME)[ edge][ ambiguous] STATIC PROPAGATED"; a route is "alive|dead:TARGET:ENI" or "-". */
static void put_table(struct buf *b, const struct ec2_table *table)
{
    buf_putf(b, "%s %s (%s)%s%s", table->id.text, table->vpc.text, table->name, table->edge ? " edge" : "",
             table->ambiguous ? " ambiguous" : "");
    put_route(b, &table->route);
    put_route(b, &table->propagated);
    buf_puts(b, "\n");
}

/* Feeds the pieces that `cut` bytes make, the last one shorter; 0 for all at once. Each in memory of its own size. */
static bool take_pieces(struct query_reply *r, unsigned status, struct slice xml, size_t cut, struct err *e)
{
    while (xml.len > 0) {
        size_t len = cut > 0 && cut < xml.len ? cut : xml.len;
        char *piece = malloc(len);
        memcpy(piece, xml.at, len);
        bool ok = query_take(r, status, slice_make(piece, len), e);
        free(piece);
        if (!ok)
            return false;
        xml = slice_make(xml.at + len, xml.len - len);
    }
    return true;
}

static struct ec2_tables tables;

/* A decoder's memory may hold anything before it is started. */
static void used(struct ec2_reply *r)
{
    memset(r, 0xFF, sizeof *r);
}

/* Two parts, each in pieces of `cut`: the way to every split. */
static const struct listing *list_parts_to(const char *destination, struct slice one, struct slice two, size_t cut)
{
    static struct listing l;
    static struct ec2_reply r;
    char token[LIMIT_PAGE_TOKEN];
    struct buf page = BUF_OF(token), text = BUF_OF(l.text);
    tables.count = 0;
    l.e = (struct err){0};
    l.answer = QUERY_REFUSED;
    used(&r);
    ec2_reply_start_tables(&r, made_cidr(destination), &tables, &page);
    l.ok = take_pieces(&r.query, 200, one, cut, &l.e) && take_pieces(&r.query, 200, two, cut, &l.e) && query_end(&r.query, 200, &l.answer, &l.e);
    for (size_t i = 0; i < tables.count; i++)
        put_table(&text, &tables.at[i]);
    (void)buf_text(&text);
    assert_true(slice_copy(buf_slice(&page), l.page, sizeof l.page));
    return &l;
}

static const struct listing *list_parts(struct slice one, struct slice two, size_t cut)
{
    return list_parts_to(DESTINATION, one, two, cut);
}

static const struct listing *list(const char *xml)
{
    return list_parts(slice_of(xml), slice_of(""), 0);
}

#define ROOT "<DescribeRouteTablesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
#define ROOT_END "</DescribeRouteTablesResponse>"

/* Everything that AWS is known to send, some of it in both its orders. */
static const char good[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" ROOT "<requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId><routeTableSet>"
    "<item><routeTableId>rtb-0a1b2c3d4e5f67890</routeTableId><vpcId>vpc-0a1b2c3d4e5f67890</vpcId><ownerId>123456789012</ownerId>"
    "<routeSet>"
    "<item><destinationCidrBlock>10.109.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state>"
    "<origin>CreateRouteTable</origin></item>"
    "<item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-01234567</egressOnlyInternetGatewayId>"
    "<state>active</state><origin>CreateRoute</origin></item>"
    "<item><destinationPrefixListId>pl-63a5400a</destinationPrefixListId><gatewayId>vpce-01234567</gatewayId><state>active</state>"
    "<origin>CreateRoute</origin></item>"
    "<item><destinationCidrBlock>10.9.0.1/32</destinationCidrBlock><instanceId>i-0a1b2c3d4e5f67890</instanceId>"
    "<instanceOwnerId>123456789012</instanceOwnerId><networkInterfaceId>" ENI "</networkInterfaceId><state>active</state>"
    "<origin>CreateRoute</origin></item>"
    "</routeSet>"
    "<associationSet><item><routeTableAssociationId>rtbassoc-01234567</routeTableAssociationId><routeTableId>rtb-0a1b2c3d4e5f67890</routeTableId>"
    "<main>true</main><associationState><state>associated</state></associationState></item></associationSet>"
    "<propagatingVgwSet/><tagSet><item><key>Name</key><value>private &amp; main</value></item><item><key>Env</key><value>prod</value></item>"
    "</tagSet></item>"
    "<item><tagSet><item><value>public</value><key>Name</key></item></tagSet><propagatingVgwSet><item><gatewayId>vgw-01234567</gatewayId></item>"
    "</propagatingVgwSet><routeSet><item><origin>EnableVgwRoutePropagation</origin><state>active</state><gatewayId>vgw-01234567</gatewayId>"
    "<destinationCidrBlock>10.9.0.1/32</destinationCidrBlock></item></routeSet><vpcId>vpc-0a1b2c3d4e5f67890</vpcId>"
    "<routeTableId>rtb-00000002</routeTableId></item>"
    "<item><routeTableId>rtb-00000003</routeTableId><vpcId>vpc-0a1b2c3d4e5f67890</vpcId><routeSet/><associationSet><item>"
    "<gatewayId>igw-01234567</gatewayId></item></associationSet><tagSet/></item>"
    "</routeTableSet><nextToken>AAAA+/==</nextToken>" ROOT_END "\n";

static const char good_means[] =
    "rtb-0a1b2c3d4e5f67890 vpc-0a1b2c3d4e5f67890 (private & main) alive:" ENI ":" ENI " -\n"
    "rtb-00000002 vpc-0a1b2c3d4e5f67890 (public) - alive:vgw-01234567:-\n"
    "rtb-00000003 vpc-0a1b2c3d4e5f67890 () edge - -\n";

static void assert_good(const struct listing *l)
{
    assert_went_well(l->ok, &l->e);
    assert_int_equal(l->answer, QUERY_DONE);
    assert_string_equal(l->text, good_means);
    assert_string_equal(l->page, "AAAA+/==");
}

/* Whole, byte by byte, in pieces of every size up to 64, and split once at every byte. */
static void test_good_listing_however_it_arrives(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= 64; cut++)
        assert_good(list_parts(slice_of(good), slice_of(""), cut));
    for (size_t at = 0; at < sizeof good; at++)
        assert_good(list_parts(slice_make(good, at), slice_of(good + at), 0));
}

/* Cut at any byte before the root's end it is never done, and what the text shows by then are whole tables only. */
static void test_cut_listing(void **state)
{
    (void)state;
    size_t whole = strlen(good) - 1; /* less the line feed behind the root */
    for (size_t len = 0; len < whole; len++) {
        const struct listing *l = list_parts(slice_make(good, len), slice_of(""), 0);
        assert_failed(l->ok, &l->e, ERR_NETWORK, "not whole");
        assert_int_equal(l->answer, QUERY_REFUSED); /* as it was before */
        assert_memory_equal(l->text, good_means, strlen(l->text));
        assert_true(l->text[0] == '\0' || l->text[strlen(l->text) - 1] == '\n');
    }
    assert_good(list_parts(slice_make(good, whole), slice_of(""), 0));
}

/* One bit of the reply turned, each in turn: understood, or refused as what it is. The sanitizers watch. */
static void test_flipped_listing(void **state)
{
    static char flipped[sizeof good];
    (void)state;
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(flipped, good, sizeof good);
            flipped[at] = (char)(flipped[at] ^ (char)(1u << bit));
            const struct listing *l = list_parts(slice_make(flipped, sizeof good - 1), slice_of(""), 0);
            if (!l->ok)
                assert_string_equal(err_name(l->e.kind), "NETWORK");
        }
}

/* What stands in a table beside its id and its VPC, and what it means. */
#define OF(route) "<routeSet><item>" route "</item></routeSet>"
#define TO "<destinationCidrBlock>10.9.0.1/32</destinationCidrBlock>"
#define HAS_ENI "<networkInterfaceId>" ENI "</networkInterfaceId>"
#define ACTIVE "<state>active</state>"
#define STATIC "<origin>CreateRoute</origin>"
#define AE "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"
#define TAG(key, value) "<item><key>" key "</key><value>" value "</value></item>"

static const struct {
    const char *xml;
    const char *means;
} tables_of[] = {
    {"", "() - -"},
    {"<routeSet/>", "() - -"},
    {OF(""), "() - -"},
    /* The order of elements does not matter, nor what is not known. */
    {OF(TO HAS_ENI ACTIVE STATIC), "() alive:" ENI ":" ENI " -"},
    {OF(STATIC ACTIVE HAS_ENI TO), "() alive:" ENI ":" ENI " -"},
    {OF(ACTIVE TO "<new><deep>1</deep></new>" STATIC HAS_ENI "<ipAddress>10.0.0.1</ipAddress>"), "() alive:" ENI ":" ENI " -"},
    {"<future/>" OF(TO HAS_ENI ACTIVE) "<future><item/></future>", "() alive:" ENI ":" ENI " -"},
    /* A destination that is not masked is meant masked; any other is another. */
    {OF("<destinationCidrBlock>10.9.0.1/31</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationCidrBlock>2</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationCidrBlock>32</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationCidrBlock>10.9.0.0/32</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationCidrBlock>10.9.0.1</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationCidrBlock>10.9.0.1/288</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationCidrBlock> 10.9.0.1/32</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationIpv6CidrBlock>::ffff:10.9.0.1/32</destinationIpv6CidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationIpv6CidrBlock>10.9.0.1/32</destinationIpv6CidrBlock>" HAS_ENI ACTIVE), "() - -"},
    {OF("<destinationPrefixListId>pl-63a5400a</destinationPrefixListId>" HAS_ENI ACTIVE), "() - -"},
    {OF(HAS_ENI ACTIVE STATIC), "() - -"},
    /* Only "active" is alive. */
    {OF(TO HAS_ENI "<state>blackhole</state>"), "() dead:" ENI ":" ENI " -"},
    {OF(TO HAS_ENI "<state>filtered</state>"), "() dead:" ENI ":" ENI " -"},
    {OF(TO HAS_ENI "<state>Active</state>"), "() dead:" ENI ":" ENI " -"},
    {OF(TO HAS_ENI "<state>active </state>"), "() dead:" ENI ":" ENI " -"},
    {OF(TO HAS_ENI "<state/>"), "() dead:" ENI ":" ENI " -"},
    {OF(TO HAS_ENI), "() dead:" ENI ":" ENI " -"},
    /* Every kind of target is shown; only an ENI can be ours. */
    {OF(TO "<gatewayId>igw-1</gatewayId>" ACTIVE), "() alive:igw-1:- -"},
    {OF(TO "<natGatewayId>nat-1</natGatewayId>" ACTIVE), "() alive:nat-1:- -"},
    {OF(TO "<transitGatewayId>tgw-1</transitGatewayId>" ACTIVE), "() alive:tgw-1:- -"},
    {OF(TO "<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>" ACTIVE), "() alive:pcx-1:- -"},
    {OF(TO "<localGatewayId>lgw-1</localGatewayId>" ACTIVE), "() alive:lgw-1:- -"},
    {OF(TO "<carrierGatewayId>cagw-1</carrierGatewayId>" ACTIVE), "() alive:cagw-1:- -"},
    {OF(TO "<coreNetworkArn>arn:aws:networkmanager::123456789012:core-network/cn-1</coreNetworkArn>" ACTIVE),
     "() alive:arn:aws:networkmanager::123456789012:core-netwo:- -"},
    {OF(TO "<gatewayId>a\xC3\xA4</gatewayId>" ACTIVE), "() alive:a??:- -"},
    {OF(TO "<instanceId>i-00000001</instanceId>" HAS_ENI ACTIVE), "() alive:" ENI ":" ENI " -"},
    {OF(TO "<networkInterfaceId/>" ACTIVE), "() alive:unknown target:- -"},
    {OF(TO "<gatewayId>x</gatewayId><natGatewayId>nat-1</natGatewayId>" ACTIVE), "() alive:x:- -"},
    /* The static route and the propagated one beside it; a route of unknown origin is none of ours. */
    {"<routeSet><item>" TO HAS_ENI ACTIVE STATIC "</item><item>" TO "<gatewayId>vgw-1</gatewayId>" ACTIVE
     "<origin>EnableVgwRoutePropagation</origin></item></routeSet>", "() alive:" ENI ":" ENI " alive:vgw-1:-"},
    {OF(TO HAS_ENI ACTIVE "<origin>Advertisement</origin>"), "() - alive:" ENI ":" ENI},
    {OF(TO HAS_ENI ACTIVE "<origin>Unheard</origin>"), "() - alive:" ENI ":" ENI},
    {OF(TO HAS_ENI ACTIVE "<origin>CreateRouteTable</origin>"), "() alive:" ENI ":" ENI " -"},
    /* Nothing of one route stays for the next. */
    {"<routeSet><item>" TO HAS_ENI ACTIVE "</item><item><gatewayId>igw-1</gatewayId></item></routeSet>", "() alive:" ENI ":" ENI " -"},
    {"<routeSet><item>" HAS_ENI ACTIVE "</item><item>" TO "<gatewayId>igw-1</gatewayId></item></routeSet>", "() dead:igw-1:- -"},
    /* Of a route to elsewhere nothing is looked at, once that is known; but all of the one behind it. */
    {"<routeSet><item><destinationCidrBlock>10.1.0.0/16</destinationCidrBlock><networkInterfaceId>none</networkInterfaceId><state/><state/></item><item>" TO
     HAS_ENI ACTIVE "</item></routeSet>", "() alive:" ENI ":" ENI " -"},
    {"<routeSet><item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock>" TO HAS_ENI ACTIVE "</item></routeSet>", "() alive:" ENI ":" ENI " -"},
    {"<routeSet><item>" TO "<origin>Advertisement</origin></item><item>" TO HAS_ENI ACTIVE "</item></routeSet>",
     "() alive:" ENI ":" ENI " dead:unknown target:-"},
    /* Two static routes to one destination. */
    {"<routeSet><item>" TO HAS_ENI ACTIVE "</item><item>" TO "<gatewayId>igw-1</gatewayId>" ACTIVE "</item></routeSet>",
     "() ambiguous alive:igw-1:- -"},
    /* Two propagated ones are no riddle: neither is ours. */
    {"<routeSet><item>" TO "<gatewayId>vgw-1</gatewayId>" ACTIVE "<origin>EnableVgwRoutePropagation</origin></item><item>" TO "<gatewayId>vgw-2</gatewayId>"
     ACTIVE "<origin>EnableVgwRoutePropagation</origin></item></routeSet>", "() - alive:vgw-2:-"},
    /* The first of two targets is shown. */
    {OF(TO "<gatewayId>igw-1</gatewayId><natGatewayId>nat-1</natGatewayId>" ACTIVE), "() alive:igw-1:- -"},
    /* Edge tables: a gateway among the associations, not among the routes or elsewhere. */
    {"<associationSet><item><gatewayId>igw-1</gatewayId></item></associationSet>", "() edge - -"},
    {"<associationSet><item><gatewayId>x</gatewayId></item></associationSet>", "() edge - -"},
    {"<associationSet><item><subnetId>subnet-1</subnetId></item><item><gatewayId>vgw-1</gatewayId></item></associationSet>", "() edge - -"},
    {"<associationSet><item><gatewayId/><main>true</main></item></associationSet>", "() - -"},
    {"<associationSet><item><more><gatewayId>igw-1</gatewayId></more></item></associationSet>", "() - -"},
    {"<propagatingVgwSet><item><gatewayId>vgw-1</gatewayId></item></propagatingVgwSet>", "() - -"},
    /* Tags. */
    {"<tagSet>" TAG("Name", "n") "</tagSet>", "(n) - -"},
    {"<tagSet><item><value>n</value><key>Name</key></item></tagSet>", "(n) - -"},
    {"<tagSet>" TAG("Env", "e") TAG("Name", "n") TAG("Team", "t") "</tagSet>", "(n) - -"},
    {"<tagSet>" TAG("name", "n") TAG("aws:Name", "n") "</tagSet>", "() - -"},
    {"<tagSet>" TAG("Name", "n") "<item><key>Other</key></item></tagSet>", "(n) - -"},
    {"<tagSet><item><key>Name</key></item><item><value>n</value></item></tagSet>", "() - -"},
    {"<tagSet>" TAG("Env", "e") "<item><key>Name</key></item></tagSet>", "() - -"},
    {"<tagSet>" TAG("Name", "a&#10;b\xC3\xA4&lt;") "</tagSet>", "(a?b\xC3\xA4<) - -"},
    /* What a terminal would obey or hide: CSI in one byte of two, and right to left. */
    {"<tagSet>" TAG("Name", "a\xC2\x9B" "2Jb\xE2\x80\xAE" "c") "</tagSet>", "(a?2Jb?c) - -"},
    /* A mark above the letter before it takes no column, and is shown. */
    {"<tagSet>" TAG("Name", "e\xCC\x81") "</tagSet>", "(e\xCC\x81) - -"},
    /* Cut between two characters. */
    {"<tagSet>" TAG("Name", "a" AE AE AE AE) "</tagSet>", "(a" AE AE AE "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4) - -"},
    {"<tagSet>" TAG("Name", "0123456789012345678901234567890123456789012345678901234567890123456789") "</tagSet>",
     "(0123456789012345678901234567890123456789012345678901234567890123) - -"},
    /* The same elements at another depth are others. */
    {"<tagSet>" TAG("Name", "<routeTableId>rtb-0000000f</routeTableId>n") "</tagSet>", "(n) - -"},
    {"<x><routeTableId>rtb-0000000f</routeTableId><vpcId>no</vpcId></x>", "() - -"},
    {"<routeSet><item><item>" TO HAS_ENI ACTIVE "</item></item></routeSet>", "() - -"},
    {"<routeSet>" TO HAS_ENI ACTIVE "</routeSet>", "() - -"},
    {OF(TO ACTIVE "<x>" HAS_ENI "</x>"), "() alive:unknown target:- -"},
    {OF(TO HAS_ENI "<x>" ACTIVE "</x>"), "() dead:" ENI ":" ENI " -"},
    {"<routeSet><entry>" TO HAS_ENI ACTIVE "</entry></routeSet>", "() - -"},
    /* A foreign prefix is dropped: names are local names. */
    {"<a:routeSet xmlns:a=\"urn:a\"><a:item>" TO "<b:networkInterfaceId xmlns:b='urn:b'>" ENI "</b:networkInterfaceId>" ACTIVE
     "</a:item></a:routeSet>", "() alive:" ENI ":" ENI " -"},
};

static const char *listing_of(const char *table)
{
    static char xml[4096];
    int length = snprintf(xml, sizeof xml,
                          ROOT "<routeTableSet><item><routeTableId>rtb-00000001</routeTableId>%s<vpcId>vpc-00000001</vpcId></item>"
                               "</routeTableSet>" ROOT_END, table);
    assert_in_range(length, 1, sizeof xml - 1);
    return xml;
}

/* What other listings hold is passed over in this one. */
static void test_other_listings(void **state)
{
    static const char others[] =
        "<subnetSet><item><subnetId>subnet-0000000a</subnetId></item></subnetSet>"
        "<networkInterfaceSet><item><networkInterfaceId>" ENI "</networkInterfaceId><sourceDestCheck>true</sourceDestCheck>"
        "<attachment><instanceId>no</instanceId></attachment></item></networkInterfaceSet>";
    static char xml[4096];
    (void)state;
    (void)snprintf(xml, sizeof xml, ROOT "%s<routeTableSet><item><routeTableId>rtb-00000001</routeTableId><vpcId>vpc-00000001</vpcId></item></routeTableSet>" ROOT_END, others);
    const struct listing *l = list(xml);
    assert_went_well(l->ok, &l->e);
    assert_string_equal(l->text, "rtb-00000001 vpc-00000001 () - -\n");
}

static void test_what_a_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tables_of); i++) {
        char wanted[512];
        const struct listing *l = list(listing_of(tables_of[i].xml));
        (void)snprintf(wanted, sizeof wanted, "rtb-00000001 vpc-00000001 %s\n", tables_of[i].means);
        assert_went_well(l->ok, &l->e);
        assert_string_equal(l->text, wanted);
    }
}

/* A destination of IPv6: by its number, and only where EC2 tells those of IPv6; the routes of IPv4 beside it are others. */
static void test_a_destination_of_ipv6(void **state)
{
#define TO6(text) "<destinationIpv6CidrBlock>" text "</destinationIpv6CidrBlock>"
    static const struct {
        const char *xml;
        const char *means;
    } rows[] = {
        {OF(TO6(DESTINATION6) HAS_ENI ACTIVE STATIC), "() alive:" ENI ":" ENI " -"},
        {OF(TO6("FD12:3456:0:0::1/128") HAS_ENI ACTIVE), "() alive:" ENI ":" ENI " -"},
        {OF(TO6(DESTINATION6) "<gatewayId>vgw-1</gatewayId>" ACTIVE "<origin>EnableVgwRoutePropagation</origin>"), "() - alive:vgw-1:-"},
        {OF(TO6(DESTINATION6) "<egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId>" ACTIVE), "() alive:eigw-1:- -"},
        {OF(TO6(DESTINATION6) HAS_ENI "<state>blackhole</state>"), "() dead:" ENI ":" ENI " -"},
        {OF(TO6("fd12:3456::/127") HAS_ENI ACTIVE), "() - -"},
        {OF(TO6("fd12:3456::/32") HAS_ENI ACTIVE), "() - -"},
        {OF(TO6("::/0") HAS_ENI ACTIVE), "() - -"},
        {OF(TO6("fd12:3456::2/128") HAS_ENI ACTIVE), "() - -"},
        {OF("<destinationCidrBlock>" DESTINATION6 "</destinationCidrBlock>" HAS_ENI ACTIVE), "() - -"},
        {OF(TO HAS_ENI ACTIVE), "() - -"},
        {"<routeSet><item>" TO "<gatewayId>igw-1</gatewayId>" ACTIVE "</item><item>" TO6(DESTINATION6) HAS_ENI ACTIVE "</item><item>" TO6("::/0")
         "<gatewayId>igw-1</gatewayId>" ACTIVE "</item></routeSet>", "() alive:" ENI ":" ENI " -"},
        {"<routeSet><item>" TO6(DESTINATION6) HAS_ENI ACTIVE "</item><item>" TO6(DESTINATION6) "<gatewayId>igw-1</gatewayId>" ACTIVE
         "</item></routeSet>", "() ambiguous alive:igw-1:- -"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char means[256];
        (void)snprintf(means, sizeof means, "rtb-00000001 vpc-00000001 %s\n", rows[i].means);
        const struct listing *l = list_parts_to(DESTINATION6, slice_of(listing_of(rows[i].xml)), slice_of(""), 7);
        assert_went_well(l->ok, &l->e);
        assert_string_equal(l->text, means);
    }
}

#define TABLE(id) "<item><routeTableId>" id "</routeTableId><vpcId>vpc-00000001</vpcId></item>"

static void test_refused_listings(void **state)
{
    static const struct {
        const char *xml;
        const char *refusal;
    } rows[] = {
        /* Ids that none can be: none of them gets into a request. */
        {ROOT "<routeTableSet>" TABLE("rtb-../..") "</routeTableSet>" ROOT_END, "a route table 'rtb-../..'"},
        {ROOT "<routeTableSet>" TABLE("") "</routeTableSet>" ROOT_END, "a route table ''"},
        {ROOT "<routeTableSet>" TABLE(" rtb-00000001") "</routeTableSet>" ROOT_END, "a route table ' rtb-00000001'"},
        {ROOT "<routeTableSet>" TABLE("rtb-00000001&#13;&#10;X:y") "</routeTableSet>" ROOT_END, "a route table 'rtb-00000001??X:y'"},
        {ROOT "<routeTableSet>" TABLE("rtb-00000001&amp;Action=DeleteRoute") "</routeTableSet>" ROOT_END, "a route table"},
        {ROOT "<routeTableSet>" TABLE("rtb-0000000A") "</routeTableSet>" ROOT_END, "a route table"},
        {ROOT "<routeTableSet>" TABLE("rtb-012345678901234567") "</routeTableSet>" ROOT_END, "a route table"},
        {ROOT "<routeTableSet>" TABLE(ENI) "</routeTableSet>" ROOT_END, "a route table"},
        {ROOT "<routeTableSet><item><routeTableId>rtb-00000001</routeTableId><vpcId>vpc-</vpcId></item></routeTableSet>" ROOT_END, "a VPC 'vpc-'"},
        {ROOT "<routeTableSet><item><routeTableId>rtb-00000001</routeTableId></item></routeTableSet>" ROOT_END, "without its id or its VPC"},
        {ROOT "<routeTableSet><item><ownerId>*</ownerId></item></routeTableSet>" ROOT_END, "a table's owner '*'"},
        {ROOT "<routeTableSet><item><vpcId>vpc-00000001</vpcId></item></routeTableSet>" ROOT_END, "without its id or its VPC"},
        {ROOT "<routeTableSet><item/></routeTableSet>" ROOT_END, "without its id or its VPC"},
        {ROOT "<routeTableSet>" TABLE("rtb-00000001") TABLE("rtb-00000001") "</routeTableSet>" ROOT_END, "rtb-00000001 twice"},
        {ROOT "<routeTableSet>" TABLE("rtb-00000001") TABLE("rtb-00000002") TABLE("rtb-00000002") "</routeTableSet>" ROOT_END, "rtb-00000002 twice"},
        /* Another root, or two; and what is no XML of AWS. */
        {"<ReplaceRouteResponse><return>true</return></ReplaceRouteResponse>", "not a reply to DescribeRouteTables: it is a 'ReplaceRouteResponse'"},
        {"<DescribeRouteTables/>", "not a reply"},
        {"<DescribeRouteTablesResponseX/>", "not a reply"},
        {"<html><body>Log in</body></html>", "it is a 'html'"},
        {ROOT ROOT_END ROOT ROOT_END, "not the XML expected"},
        {ROOT ROOT_END "x", "not the XML expected"},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]>" ROOT ROOT_END, "not the XML expected"},
        {ROOT "<!-- -->" ROOT_END, "not the XML expected"},
        {ROOT "<routeTableSet>" TABLE("<![CDATA[rtb-00000001]]>") "</routeTableSet>" ROOT_END, "not the XML expected"},
        {ROOT "<requestId>\x1b[2J</requestId>" ROOT_END, "not the XML expected"},
        {ROOT "<requestId>&foo;</requestId>" ROOT_END, "not the XML expected"},
        {"{\"tables\":[]}", "not the XML expected"},
        {"", "not whole"},
        {"  ", "not whole"},
        {ROOT, "not whole"},
        /* An error's document with status 200 is no listing. */
        {"<Response><Errors><Error><Code>InternalError</Code></Error></Errors></Response>", "not whole"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct listing *l = list(rows[i].xml);
        assert_failed(l->ok, &l->e, ERR_NETWORK, rows[i].refusal);
        assert_int_equal(l->answer, QUERY_REFUSED);
    }
}

/* An ENI counts as an id at any route, our destination's or not. */
static void test_refused_eni(void **state)
{
    static const char *const enis[] = {"eni-", "eni-xyz", "eni-0a1b2c3d4e5f67890 ", "eni-0a1b2c3d4e5f678901", "rtb-00000001"};
    (void)state;
    for (size_t i = 0; i < COUNT(enis); i++) {
        char table[256];
        (void)snprintf(table, sizeof table, OF(TO "<networkInterfaceId>%s</networkInterfaceId>" ACTIVE), enis[i]);
        const struct listing *l = list(listing_of(table));
        assert_failed(l->ok, &l->e, ERR_NETWORK, enis[i]);
        assert_string_equal(l->text, "");
    }
}

static void test_empty_listings(void **state)
{
    static const char *const rows[] = {
        ROOT ROOT_END,
        ROOT "<routeTableSet/>" ROOT_END,
        ROOT "<routeTableSet></routeTableSet><nextToken/>" ROOT_END,
        ROOT "<nextToken></nextToken>" ROOT_END,
        "<ec2:DescribeRouteTablesResponse xmlns:ec2=\"urn:other\"/>",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct listing *l = list(rows[i]);
        assert_went_well(l->ok, &l->e);
        assert_int_equal(l->answer, QUERY_DONE);
        assert_string_equal(l->text, "");
        assert_string_equal(l->page, "");
    }
}

/* A token at its limit is kept whole; a longer one is refused, never cut. Only the one at its own place counts. */
static void test_page_token(void **state)
{
    static const size_t lengths[] = {1, LIMIT_PAGE_TOKEN, LIMIT_PAGE_TOKEN + 1, LIMIT_XML_TEXT, LIMIT_XML_TEXT + 1, 20000};
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        static char xml[32768];
        struct buf b = BUF_OF(xml);
        buf_puts(&b, ROOT "<routeTableSet><nextToken>x</nextToken></routeTableSet><nextToken>");
        for (size_t at = 0; at < lengths[i]; at++)
            buf_putc(&b, 't');
        buf_puts(&b, "</nextToken>" ROOT_END);
        const struct listing *l = list(buf_text(&b));
        if (lengths[i] > LIMIT_PAGE_TOKEN) {
            assert_failed(l->ok, &l->e, ERR_NETWORK, "NextToken is longer than 2047");
        } else {
            assert_went_well(l->ok, &l->e);
            assert_int_equal(strlen(l->page), lengths[i]);
        }
    }
}

/* Pages append to one listing; a buffer that was too small before is as good as new for the next page. */
static void test_pages(void **state)
{
    (void)state;
    static struct ec2_reply r;
    char token[LIMIT_PAGE_TOKEN];
    struct buf page = {token, 5, sizeof token, true};
    struct err e = {0};
    enum query_answer answer;
    tables.count = 0;
    for (unsigned i = 0; i < 3; i++) {
        char xml[512];
        (void)snprintf(xml, sizeof xml, ROOT "<routeTableSet>" TABLE("rtb-0000000%u") "</routeTableSet><nextToken>%s</nextToken>" ROOT_END, i,
                       i < 2 ? "more" : "");
        ec2_reply_start_tables(&r, made_cidr(DESTINATION), &tables, &page);
        assert_went_well(query_take(&r.query, 200, slice_of(xml), &e) && query_end(&r.query, 200, &answer, &e), &e);
        assert_true(slice_is(buf_slice(&page), i < 2 ? "more" : ""));
        assert_false(page.full);
    }
    assert_int_equal(tables.count, 3);
}

static void test_as_many_tables_as_there_may_be(void **state)
{
    (void)state;
    for (size_t count = LIMIT_TABLES; count <= LIMIT_TABLES + 1; count++) {
        static char xml[65536];
        struct buf b = BUF_OF(xml);
        buf_puts(&b, ROOT "<routeTableSet>");
        for (size_t i = 0; i < count; i++)
            buf_putf(&b, TABLE("rtb-%08x"), (unsigned)i);
        buf_puts(&b, "</routeTableSet>" ROOT_END);
        assert_false(b.full);
        static struct ec2_reply r;
        char token[LIMIT_PAGE_TOKEN];
        struct buf page = BUF_OF(token);
        struct err e = {0};
        tables.count = 0;
        ec2_reply_start_tables(&r, made_cidr(DESTINATION), &tables, &page);
        bool ok = query_take(&r.query, 200, buf_slice(&b), &e);
        if (count <= LIMIT_TABLES)
            assert_went_well(ok, &e);
        else
            assert_failed(ok, &e, ERR_REFUSED, "more than 256 route tables");
        assert_int_equal(tables.count, LIMIT_TABLES);
    }
}

/* --- Answers to writes */

struct answered {
    bool ok;
    enum query_answer answer;
    struct err e;
    struct err said; /* by query_explain() */
    struct ec2_write_reply reply;
};

static const struct answered *answer_in_pieces(enum ec2_write write, unsigned status, struct slice body, size_t cut)
{
    static struct answered a;
    a.e = a.said = (struct err){0};
    a.answer = (enum query_answer)77;
    ec2_write_reply_start(&a.reply, write);
    a.ok = take_pieces(&a.reply.query, status, body, cut, &a.e) && query_end(&a.reply.query, status, &a.answer, &a.e);
    if (a.ok && a.answer != QUERY_DONE)
        assert_false(query_explain(&a.reply.query, status, a.answer, &a.said));
    return &a;
}

static const struct answered *answer(unsigned status, const char *body)
{
    return answer_in_pieces(EC2_REPLACE_ROUTE, status, slice_of(body), 0);
}

#define DONE_XML                                                                                                       \
    "<ReplaceRouteResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId><return>true</return>" \
    "</ReplaceRouteResponse>"
#define ERROR_XML(code, message)                                                                                        \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>" code "</Code><Message>" message \
    "</Message></Error></Errors><RequestID>1</RequestID></Response>"

static void test_done(void **state)
{
    static const char *const actions[] = {"ReplaceRoute", "CreateRoute", "DeleteRoute"};
    (void)state;
    for (size_t write = 0; write < COUNT(actions); write++)
        for (size_t root = 0; root < COUNT(actions); root++) {
            char xml[256];
            (void)snprintf(xml, sizeof xml, "<%sResponse><return>true</return></%sResponse>", actions[root], actions[root]);
            const struct answered *a = answer_in_pieces((enum ec2_write)write, 200, slice_of(xml), 0);
            if (write == root) {
                assert_went_well(a->ok, &a->e);
                assert_int_equal(a->answer, QUERY_DONE);
            } else {
                assert_failed(a->ok, &a->e, ERR_NETWORK, "not a reply to");
            }
        }
}

/* Faults, row 65: a 200 that does not say so is no success. */
static void test_not_done_with_200(void **state)
{
    static const char *const rows[] = {
        "<ReplaceRouteResponse><return>false</return></ReplaceRouteResponse>",
        "<ReplaceRouteResponse><return>TRUE</return></ReplaceRouteResponse>",
        "<ReplaceRouteResponse><return/></ReplaceRouteResponse>",
        "<ReplaceRouteResponse/>",
        "<ReplaceRouteResponse><x><return>true</return></x></ReplaceRouteResponse>",
        "<ReplaceRouteResponse><ReplaceRouteResponse><return>true</return></ReplaceRouteResponse></ReplaceRouteResponse>",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct answered *a = answer(200, rows[i]);
        assert_went_well(a->ok, &a->e);
        assert_int_equal(a->answer, QUERY_PASSING);
        assert_failed(false, &a->said, ERR_NETWORK, "ReplaceRoute: AWS answered without saying that it did it");
    }
}

/* What may be there once is there once: of two answers none is believed. */
static void test_twice(void **state)
{
    static const char *const rows[] = {
        "<ReplaceRouteResponse><return>true</return><return>true</return></ReplaceRouteResponse>",
        "<ReplaceRouteResponse><return>true</return><x/><return>false</return></ReplaceRouteResponse>",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct answered *a = answer(200, rows[i]);
        assert_failed(a->ok, &a->e, ERR_NETWORK, "'return' twice in one place");
    }
    static const char *const listings[] = {
        ROOT "<routeTableSet><item><routeTableId>rtb-00000001</routeTableId><routeTableId>rtb-00000002</routeTableId></item></routeTableSet>" ROOT_END,
        ROOT "<nextToken>a</nextToken><nextToken>b</nextToken>" ROOT_END,
        ROOT "<routeTableSet/><routeTableSet/>" ROOT_END,
    };
    for (size_t i = 0; i < COUNT(listings); i++) {
        const struct listing *l = list(listings[i]);
        assert_failed(l->ok, &l->e, ERR_NETWORK, "twice in one place");
    }
}

/* Of several errors the last one counts, as a whole. */
static void test_several_errors(void **state)
{
    (void)state;
    const struct answered *a = answer(400, "<Response><Errors><Error><Code>RouteAlreadyExists</Code><Message>m</Message></Error>"
                                           "<Error><Code>InvalidRoute.NotFound</Code><Message>n</Message></Error></Errors></Response>");
    assert_went_well(a->ok, &a->e);
    assert_int_equal(a->answer, QUERY_NO_ROUTE);
}

/* However it arrives; and cut at any byte it is never done. */
static void test_done_in_pieces(void **state)
{
    (void)state;
    struct slice whole = slice_of(DONE_XML);
    for (size_t cut = 0; cut < whole.len; cut++)
        assert_int_equal(answer_in_pieces(EC2_REPLACE_ROUTE, 200, whole, cut)->answer, QUERY_DONE);
    for (size_t len = 0; len < whole.len; len++) {
        const struct answered *a = answer_in_pieces(EC2_REPLACE_ROUTE, 200, slice_make(whole.at, len), 0);
        assert_failed(a->ok, &a->e, ERR_NETWORK, "the reply to ReplaceRoute is not whole");
        assert_int_equal(a->answer, 77);
    }
}

/* --- What a check asks */

#define INTERFACE(members) \
    "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item>" members "</item></networkInterfaceSet></DescribeNetworkInterfacesResponse>"
#define IS_OURS "<networkInterfaceId>" ENI "</networkInterfaceId>"
#define CHECK_IS(value) "<sourceDestCheck>" value "</sourceDestCheck>"
#define ON(instance) "<attachment><instanceOwnerId>123456789012</instanceOwnerId><instanceId>" instance "</instanceId></attachment>"

static bool take_interface(struct slice xml, size_t cut, struct ec2_interface *interface, struct err *e)
{
    static struct ec2_reply r;
    enum query_answer done;
    struct eni_id eni = made_eni(ENI);
    *e = (struct err){0};
    used(&r);
    ec2_reply_start_interface(&r, &eni, interface);
    return take_pieces(&r.query, 200, xml, cut, e) && query_end(&r.query, 200, &done, e) && done == QUERY_DONE;
}

static void test_interfaces(void **state)
{
    static const struct {
        const char *xml;
        const char *instance;
        bool check;
    } rows[] = {
        {INTERFACE(IS_OURS CHECK_IS("true") ON("i-00000001")), "i-00000001", true},
        {INTERFACE(ON("i-00000001") "<groupSet><item><groupId>sg-1</groupId></item><item/></groupSet>" CHECK_IS("false") IS_OURS), "i-00000001", false},
        {INTERFACE(IS_OURS CHECK_IS("false")), "", false},
        {"<DescribeNetworkInterfacesResponse><nextToken>more</nextToken><networkInterfaceSet><item>" IS_OURS CHECK_IS("true")
         "</item></networkInterfaceSet></DescribeNetworkInterfacesResponse>", "", true},
        {INTERFACE(IS_OURS CHECK_IS("true") "<attachment/>"), "", true},
        {INTERFACE(IS_OURS CHECK_IS("true") "<attachment><instanceId/></attachment>"), "", true},
        /* At another depth it is another. */
        {INTERFACE(IS_OURS CHECK_IS("false") "<x>" CHECK_IS("true") ON("i-00000002") "</x><instanceId>i-00000003</instanceId>"), "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t cut = 0; cut < 40; cut++) {
            struct ec2_interface interface = {{"i-0000000f"}, true};
            struct err e;
            assert_went_well(take_interface(slice_of(rows[i].xml), cut, &interface, &e), &e);
            assert_string_equal(interface.instance.text, rows[i].instance);
            assert_int_equal(interface.source_dest_check, rows[i].check);
        }
    for (size_t len = 0; len < strlen(rows[0].xml); len++) {
        struct ec2_interface interface;
        struct err e;
        assert_failed(take_interface(slice_make(rows[0].xml, len), 0, &interface, &e), &e, ERR_NETWORK, "not whole");
    }
}

static void test_refused_interfaces(void **state)
{
    static const struct {
        const char *xml;
        const char *says;
    } rows[] = {
        {"<DescribeNetworkInterfacesResponse><networkInterfaceSet/></DescribeNetworkInterfacesResponse>", "does not say whether"},
        {INTERFACE(IS_OURS), "does not say whether"},
        {INTERFACE(IS_OURS CHECK_IS("off")), "does not say whether"},
        {INTERFACE(IS_OURS CHECK_IS("")), "does not say whether"},
        {INTERFACE(CHECK_IS("false")), "does not say whether"},
        {INTERFACE("<networkInterfaceId>eni-00000002</networkInterfaceId>" CHECK_IS("false")), "does not say whether"},
        {INTERFACE(IS_OURS CHECK_IS("false") "</item><item>" IS_OURS CHECK_IS("false")), "'item' twice"},
        {INTERFACE(IS_OURS CHECK_IS("false") CHECK_IS("false")), "'sourceDestCheck' twice"},
        {INTERFACE(IS_OURS CHECK_IS("false") ON("i-1; reboot")), "names an instance 'i-1, reboot'"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ec2_interface interface;
        struct err e;
        assert_failed(take_interface(slice_of(rows[i].xml), 0, &interface, &e), &e, ERR_NETWORK, rows[i].says);
    }
}

#define SUBNETS(items) "<DescribeSubnetsResponse><subnetSet>" items "</subnetSet><nextToken>more</nextToken></DescribeSubnetsResponse>"
#define SUBNET(id, more) "<item><subnetId>" id "</subnetId>" more "</item>"
#define BLOCKS(v4, free, v6) \
    "<cidrBlock>" v4 "</cidrBlock><availableIpAddressCount>" free "</availableIpAddressCount>" \
    "<ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>" v6 "</ipv6CidrBlock></item></ipv6CidrBlockAssociationSet>"

static bool take_subnets(const char *xml, struct ec2_subnets *subnets, struct err *e)
{
    static struct ec2_reply r;
    char token[64];
    struct buf next = BUF_OF(token);
    enum query_answer done;
    struct err first = {0};
    used(&r);
    ec2_reply_start_subnets(&r, subnets, &next);
    (void)take_pieces(&r.query, 200, slice_of(xml), 7, &first);
    query_restart(&r.query);
    return take_pieces(&r.query, 200, slice_of(xml), 7, e) && query_end(&r.query, 200, &done, e) && done == QUERY_DONE && slice_is(buf_slice(&next), "more");
}

/* A listing appends; one that comes again is not there twice. */
static void test_subnets(void **state)
{
    static struct ec2_subnets s;
    struct err e = {0};
    (void)state;
    s = (struct ec2_subnets){0};
    assert_went_well(take_subnets(SUBNETS(SUBNET("subnet-0000000a", BLOCKS("10.8.0.0/24", "251", "2001:db8::/64")) SUBNET("subnet-0123456789abcdef0", "")), &s, &e), &e);
    assert_went_well(take_subnets(SUBNETS(SUBNET("subnet-0000000c", "<cidrBlock/><ipv6CidrBlockAssociationSet><item><ipv6CidrBlock/></item></ipv6CidrBlockAssociationSet>")), &s, &e), &e);
    assert_int_equal(s.count, 3);
    assert_string_equal(s.at[0].id.text, "subnet-0000000a");
    assert_string_equal(cidr_text(s.at[0].cidr).text, "10.8.0.0/24");
    assert_string_equal(cidr_text(s.at[0].cidr_v6).text, "2001:db8::/64");
    assert_int_equal(s.at[0].free, 251);
    assert_string_equal(cidr_text(ec2_subnet_like(&s.at[0], made_cidr("2001:db8::1/128"))).text, "2001:db8::/64");
    assert_string_equal(cidr_text(ec2_subnet_like(&s.at[0], made_cidr(DESTINATION))).text, "10.8.0.0/24");
    assert_string_equal(s.at[1].id.text, "subnet-0123456789abcdef0");
    for (size_t i = 1; i < s.count; i++)
        assert_int_equal(s.at[i].cidr.base.size + s.at[i].cidr_v6.base.size, 0);
    assert_string_equal(s.at[2].id.text, "subnet-0000000c");
}

static void test_subnets_refused(void **state)
{
    static const struct {
        const char *xml;
        const char *says;
    } rows[] = {
        {SUBNETS("<item/>"), "a subnet without its id"},
        {SUBNETS(SUBNET("subnet-1", "")), "names a subnet 'subnet-1'"},
        {SUBNETS(SUBNET("subnet-0000000a", "<cidrBlock>10.8.0.0</cidrBlock>")), "names a CIDR '10.8.0.0'"},
        {SUBNETS(SUBNET("subnet-0000000a", BLOCKS("10.8.0.0/24", "1", "2001:db8::"))), "names a CIDR '2001:db8::'"},
        {SUBNETS(SUBNET("subnet-0000000a", "<availableIpAddressCount>-1</availableIpAddressCount>")), "names a number of addresses '-1'"},
        {SUBNETS(SUBNET("subnet-0000000a", "<subnetId>subnet-0000000b</subnetId>")), "'subnetId' twice"},
    };
    static struct ec2_subnets s;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e = {0};
        s.count = 0;
        assert_failed(take_subnets(rows[i].xml, &s, &e), &e, ERR_NETWORK, rows[i].says);
    }
    struct err e = {0};
    s.count = LIMIT_SUBNETS;
    assert_failed(take_subnets(SUBNETS(SUBNET("subnet-0000000a", "")), &s, &e), &e, ERR_REFUSED, "more than 512 subnets");
}

/* Whom each follows; a table's id may stand behind its associations, and what is associated with a gateway is none. */
static void test_associations(void **state)
{
#define TABLES(items) "<DescribeRouteTablesResponse><routeTableSet>" items "</routeTableSet><nextToken>more</nextToken></DescribeRouteTablesResponse>"
#define TABLE_OF(id, associations) "<item><associationSet>" associations "</associationSet><vpcId>vpc-12345678</vpcId><routeTableId>" id "</routeTableId></item>"
    static struct ec2_reply r;
    static struct ec2_subnets s;
    char token[64];
    struct buf next = BUF_OF(token);
    enum query_answer done;
    struct err e = {0};
    (void)state;
    s = (struct ec2_subnets){0};
    assert_went_well(take_subnets(SUBNETS(SUBNET("subnet-0000000a", "") SUBNET("subnet-0000000b", "") SUBNET("subnet-0000000c", "")), &s, &e), &e);
    used(&r);
    ec2_reply_start_associations(&r, &s, &next);
    const char *xml = TABLES(TABLE_OF("rtb-00000001", "<item><main>true</main></item>")
                             TABLE_OF("rtb-00000002", "<item><subnetId>subnet-0000000b</subnetId><main>false</main></item><item><subnetId>subnet-0000ffff</subnetId></item>")
                             TABLE_OF("rtb-00000003", "<item><gatewayId>igw-0000000a</gatewayId></item>")
                             TABLE_OF("rtb-00000004", "<item><subnetId>subnet-0000000c</subnetId></item>"));
    for (size_t size = 1; size <= 64; size *= 8) {
        assert_went_well(take_pieces(&r.query, 200, slice_of(xml), size, &e) && query_end(&r.query, 200, &done, &e), &e);
        assert_int_equal(done, QUERY_DONE);
        assert_string_equal(s.main.text, "rtb-00000001");
        assert_string_equal(s.at[0].table.text, "");
        assert_string_equal(s.at[1].table.text, "rtb-00000002");
        assert_string_equal(s.at[2].table.text, "rtb-00000004");
        assert_true(slice_is(buf_slice(&next), "more"));
        query_restart(&r.query);
    }
    s.at[0].id = s.at[LIMIT_SUBNETS - 1].id = s.at[2].id; /* the first, and as many as there may be */
    s.count = LIMIT_SUBNETS;
    assert_went_well(take_pieces(&r.query, 200, slice_of(xml), 0, &e), &e);
    assert_string_equal(s.at[0].table.text, "rtb-00000004");
    assert_string_equal(s.at[LIMIT_SUBNETS - 1].table.text, "rtb-00000004");
    ec2_reply_start_associations(&r, &s, &next);
    assert_went_well(take_pieces(&r.query, 200, slice_of(TABLES(TABLE_OF("rtb-00000005", "<item><subnetId/></item>"))), 7, &e), &e);
    assert_string_equal(s.at[1].table.text, "rtb-00000002");
    ec2_reply_start_associations(&r, &s, &next);
    assert_failed(take_pieces(&r.query, 200, slice_of(TABLES(TABLE_OF("rtb-00000005", "<item><subnetId>subnet-1</subnetId></item>"))), 7, &e), &e, ERR_NETWORK,
                  "names a subnet 'subnet-1'");
}

/* Only EC2's own word for it says that a dry run would have been carried out; and of a real write it is a refusal. */
static void test_permitted(void **state)
{
    static const struct {
        unsigned status;
        const char *xml;
        bool permits;
    } rows[] = {
        {412, ERROR_XML("DryRunOperation", "Request would have succeeded, but DryRun flag is set."), true},
        {412, ERROR_XML("PreconditionFailed", "DryRunOperation"), false},
        {403, ERROR_XML("UnauthorizedOperation", "You are not authorized to perform this operation."), false},
        {200, DONE_XML, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct ec2_write_reply r;
        enum query_answer is;
        struct err e = {0};
        ec2_write_reply_start(&r, EC2_REPLACE_ROUTE);
        assert_went_well(take_pieces(&r.query, rows[i].status, slice_of(rows[i].xml), 0, &e) && query_end(&r.query, rows[i].status, &is, &e), &e);
        assert_int_equal(ec2_write_reply_permits(&r), rows[i].permits);
        assert_int_equal(is, rows[i].status == 200 ? QUERY_DONE : QUERY_REFUSED);
    }
}

/* A reader that is started again holds nothing of what it read before. */
static void test_restart(void **state)
{
    (void)state;
    static struct ec2_write_reply r;
    struct err e = {0};
    enum query_answer got;
    ec2_write_reply_start(&r, EC2_CREATE_ROUTE);
    assert_went_well(query_take(&r.query, 503, slice_of(ERROR_XML("RequestLimitExceeded", "m") "x"), &e), &e);
    query_restart(&r.query);
    assert_went_well(query_take(&r.query, 200, slice_of("<CreateRouteResponse><return>true</return></CreateRouteResponse>"), &e), &e);
    assert_went_well(query_end(&r.query, 200, &got, &e), &e);
    assert_int_equal(got, QUERY_DONE);
    assert_string_equal(r.query.code, "");
    assert_string_equal(r.query.message, "");
    /* That one said that it was done; the next one does not. */
    query_restart(&r.query);
    assert_went_well(query_take(&r.query, 200, slice_of("<CreateRouteResponse/>"), &e) && query_end(&r.query, 200, &got, &e), &e);
    assert_int_equal(got, QUERY_PASSING);
}

/* What one of two decoders refuses is refused, though the other one takes it. */
static void test_two_decoders(void **state)
{
    static struct ec2_reply one, other;
    static struct ec2_subnets s;
    char token[64];
    struct buf page = BUF_OF(token);
    struct err e = {0};
    (void)state;
    tables.count = 0;
    ec2_reply_start_tables(&one, made_cidr(DESTINATION), &tables, &page);
    ec2_reply_start_associations(&other, &s, NULL);
    one.query.also = &other.query;
    assert_failed(query_take(&one.query, 200, slice_of(ROOT "<routeTableSet>" TABLE("rtb-00000001") TABLE("rtb-00000001") "</routeTableSet>" ROOT_END), &e),
                  &e, ERR_NETWORK, "rtb-00000001 twice");
}

/* --- Another API's reply */

static uint8_t opened[16];
static size_t open_count;

static void forget(struct query_reply *r)
{
    (void)r;
    open_count = 0;
}

static void note(struct query_reply *r, uint8_t place)
{
    (void)r;
    opened[open_count++] = place;
}

static bool pass(struct query_reply *r, uint8_t place, struct slice text, struct err *e)
{
    (void)r, (void)place, (void)text, (void)e;
    return true;
}

/* What is longer than any name that is known, or begins as one, or has its beginning only, is not known, and nothing in it is told. */
static void test_steps(void **state)
{
    static const struct query_step in_reply[] = {
        {"b", QUERY_OWN + 3}, {"abc", QUERY_OWN}, {"ab", QUERY_OWN + 1}, {"a234567890123456789012345678901", QUERY_OWN + 2}, {"", QUERY_UNKNOWN}};
    static const struct query_step *const steps[QUERY_PLACES] = {[QUERY_REPLY] = in_reply};
    static const struct query_kind kind = {.steps = steps, .restart = forget, .open = note, .close = pass};
    static const uint8_t places[] = {QUERY_REPLY, QUERY_UNKNOWN, QUERY_OWN + 1, QUERY_UNKNOWN, QUERY_OWN, QUERY_UNKNOWN, QUERY_OWN + 2, QUERY_UNKNOWN, QUERY_UNKNOWN};
    static struct query_reply r;
    char text[8];
    struct err e = {0};
    (void)state;
    query_start(&r, &kind, "Do", BUF_OF(text));
    assert_went_well(query_take(&r, 200, slice_of("<DoResponse><a><ab/></a><ab><abc/></ab><abc/><abcd/><a234567890123456789012345678901/>"
                                                  "<a2345678901234567890123456789012/><a23456789012345678901234567890123/></DoResponse>"), &e), &e);
    assert_int_equal(open_count, COUNT(places));
    assert_memory_equal(opened, places, sizeof places);
}

static const struct {
    unsigned status;
    const char *code;
    enum query_answer answer;
    enum err_kind kind;
} codes[] = {
    {503, "RequestLimitExceeded", QUERY_THROTTLED, ERR_THROTTLED},
    {429, "", QUERY_THROTTLED, ERR_THROTTLED},
    {503, "EC2ThrottledException", QUERY_THROTTLED, ERR_THROTTLED},
    {400, "Throttling", QUERY_THROTTLED, ERR_THROTTLED},
    {400, "ThrottlingException", QUERY_THROTTLED, ERR_THROTTLED},
    {400, "ThrottledException", QUERY_THROTTLED, ERR_THROTTLED},
    {400, "RequestThrottled", QUERY_THROTTLED, ERR_THROTTLED},
    {400, "RequestThrottledException", QUERY_THROTTLED, ERR_THROTTLED},
    {400, "TooManyRequestsException", QUERY_THROTTLED, ERR_THROTTLED},
    {503, "SlowDown", QUERY_THROTTLED, ERR_THROTTLED},
    {503, "BandwidthLimitExceeded", QUERY_THROTTLED, ERR_THROTTLED},
    {401, "AuthFailure", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {400, "ExpiredToken", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {403, "InvalidClientTokenId", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {403, "InvalidSignatureException", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {400, "RequestExpired", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {403, "RequestTimeTooSkewed", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {403, "SignatureDoesNotMatch", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {403, "UnrecognizedClientException", QUERY_UNAUTHENTIC, ERR_REFUSED},
    {400, "InvalidRoute.NotFound", QUERY_NO_ROUTE, ERR_REFUSED},
    {400, "RouteAlreadyExists", QUERY_ROUTE_EXISTS, ERR_REFUSED},
    {210, "", QUERY_PASSING, ERR_NETWORK},
    {399, "", QUERY_PASSING, ERR_NETWORK},
    {499, "", QUERY_REFUSED, ERR_REFUSED},
    {500, "InternalError", QUERY_PASSING, ERR_NETWORK},
    {502, "", QUERY_PASSING, ERR_NETWORK},
    {503, "Unavailable", QUERY_PASSING, ERR_NETWORK},
    {503, "ServiceUnavailable", QUERY_PASSING, ERR_NETWORK},
    {504, "", QUERY_PASSING, ERR_NETWORK},
    {400, "InvalidParameterValue", QUERY_REFUSED, ERR_REFUSED},
    {400, "InvalidRouteTableID.NotFound", QUERY_REFUSED, ERR_REFUSED},
    {400, "InvalidNetworkInterfaceID.NotFound", QUERY_REFUSED, ERR_REFUSED},
    {400, "RouteLimitExceeded", QUERY_REFUSED, ERR_REFUSED},
    {400, "IncorrectState", QUERY_REFUSED, ERR_REFUSED},
    {403, "UnauthorizedOperation", QUERY_REFUSED, ERR_REFUSED},
    /* Nearly a code is not that code. */
    {400, "requestlimitexceeded", QUERY_REFUSED, ERR_REFUSED},
    {400, "InvalidRoute.NotFoundX", QUERY_REFUSED, ERR_REFUSED},
    {400, "", QUERY_REFUSED, ERR_REFUSED},
};

static void test_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        char xml[512], wanted[128];
        (void)snprintf(xml, sizeof xml, ERROR_XML("%s", "Because."), codes[i].code);
        const struct answered *a = answer(codes[i].status, xml);
        assert_went_well(a->ok, &a->e);
        assert_int_equal(a->answer, codes[i].answer);
        (void)snprintf(wanted, sizeof wanted, "ReplaceRoute: HTTP %u %s: Because.", codes[i].status,
                       codes[i].code[0] ? codes[i].code : "without an error code");
        assert_failed(false, &a->said, codes[i].kind, wanted);
    }
}

/* The errors whose words matter, and the cure that the final line offers. */
static void test_messages(void **state)
{
    static const struct {
        unsigned status;
        const char *xml;
        enum query_answer answer;
        const char *says;
    } rows[] = {
        {400, ERROR_XML("InvalidParameterValue", "There is no route defined for '10.9.0.1/32' in the route table. Use CreateRoute instead."),
         QUERY_NO_ROUTE, "There is no route defined"},
        {400, ERROR_XML("Other", "There is no route defined for '10.9.0.1/32'"), QUERY_REFUSED, "Other"},
        {400, ERROR_XML("InvalidParameterValue", "Route destination doesn't match any subnet CIDR blocks."), QUERY_REFUSED,
         "the whole CIDR of a spare subnet"},
        {400, ERROR_XML("InvalidParameterValue", "Route target is not supported. This route only supports interface and instance targets."),
         QUERY_REFUSED, "may only point to a network interface"},
        {400, ERROR_XML("RouteLimitExceeded", "The maximum number of routes has been reached."), QUERY_REFUSED, "raise the quota"},
        {400, ERROR_XML("InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-00000001' does not exist"), QUERY_REFUSED,
         "'rtb-00000001' does not exist; name a route table that exists"},
        {401, ERROR_XML("AuthFailure", "AWS was not able to validate the provided access credentials"), QUERY_UNAUTHENTIC, "this host's clock"},
        /* Of an encoded message only the plain words stay. */
        {403, ERROR_XML("UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: AbC-dEf_0123"),
         QUERY_REFUSED, "not authorized to perform this operation.; allow this action in the role's policy"},
        /* Elements in another order, under another root's prefix, and with more around them. */
        {400, "<a:Response xmlns:a=\"urn:a\"><RequestID>1</RequestID><Errors><Error><Message>m</Message><More/><Code>RouteAlreadyExists</Code>"
              "</Error></Errors></a:Response>", QUERY_ROUTE_EXISTS, "HTTP 400 RouteAlreadyExists: m"},
        /* A code at another place is none. */
        {400, "<Response><Code>RouteAlreadyExists</Code></Response>", QUERY_REFUSED, "without an error code"},
        {400, "<Response><Errors><Error><x><Code>RouteAlreadyExists</Code></x></Error></Errors></Response>", QUERY_REFUSED, "without an error code"},
        /* Success in words, but not in its status. */
        {500, DONE_XML, QUERY_PASSING, "HTTP 500 without an error code"},
        {400, DONE_XML, QUERY_REFUSED, "HTTP 400 without an error code"},
        /* Bodies that are no XML, or not to their end: the code where it came through, else the status. */
        {503, "<html><body><h1>503</h1></html>", QUERY_PASSING, "HTTP 503 without an error code"},
        {503, "", QUERY_PASSING, "HTTP 503 without an error code"},
        {403, "{\"message\":\"Forbidden\"}", QUERY_REFUSED, "HTTP 403 without an error code"},
        {400, "<Response><Errors><Error><Code>\x01SlowDown</Code></Error></Errors></Response>", QUERY_REFUSED, "without an error code"},
        {503, "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Mess", QUERY_THROTTLED, "HTTP 503 RequestLimitExceeded"},
        {400, "<Response><Errors><Error><Code>RouteAlreadyExists</Code></Error></Errors></Response>trailing", QUERY_ROUTE_EXISTS,
         "HTTP 400 RouteAlreadyExists"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice body = slice_of(rows[i].xml);
        for (size_t cut = 0; cut < 8; cut++) {
            const struct answered *a = answer_in_pieces(EC2_REPLACE_ROUTE, rows[i].status, body, cut);
            assert_went_well(a->ok, &a->e);
            assert_int_equal(a->answer, rows[i].answer);
            assert_failed(false, &a->said, a->said.kind, rows[i].says);
            assert_null(strstr(a->said.text, "AbC-dEf"));
        }
    }
}

/* Faults, row 66: whatever an error says, the terminal gets printable ASCII of a bounded length. */
static void test_hostile_messages(void **state)
{
    (void)state;
    const struct answered *a = answer(400, ERROR_XML("Bad\xC3\xA4&#10;Code", "a&#13;b&#9;\xE2\x80\xAE" "c%s%n&#10;d"));
    assert_failed(false, &a->said, ERR_REFUSED, "HTTP 400 Bad???Code: a?b????c%s%n");

    /* An escape byte is no XML: what came before it still counts. */
    a = answer(503, "<Response><Errors><Error><Code>SlowDown</Code><Message>\x1b[2J</Message></Error></Errors></Response>");
    assert_int_equal(a->answer, QUERY_THROTTLED);
    assert_null(strchr(a->said.text, '\x1b'));

    static char xml[1100000];
    struct buf b = BUF_OF(xml);
    buf_puts(&b, "<Response><Errors><Error><Code>");
    for (size_t i = 0; i < 1000; i++)
        buf_putc(&b, 'C');
    buf_puts(&b, "</Code><Message>");
    for (size_t i = 0; i < 1000000; i++)
        buf_putc(&b, 'm');
    buf_puts(&b, "</Message></Error></Errors></Response>");
    a = answer(400, buf_text(&b));
    assert_int_equal(a->answer, QUERY_REFUSED);
    assert_int_equal(strlen(a->reply.query.code), sizeof a->reply.query.code - 1);
    assert_true(strlen(a->said.text) < 64 + LIMIT_UNTRUSTED_TEXT + 64);
    assert_non_null(strstr(a->said.text, "mmm..."));
}

/* What a peer says is cut at the array's size, and no byte further. */
static void test_shown(void **state)
{
    static const struct {
        const char *text;
        const char *shown; /* in an array of five bytes, and three behind it */
    } rows[] = {{"", "\0......."}, {"abc", "abc\0...."}, {"abcd", "abcd\0..."}, {"abcde", "abcd\0..."}, {"abcdef", "abcd\0..."}, {"a\xFF", "a?\0....."}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char to[] = "........";
        query_show(slice_of(rows[i].text), to, 5);
        assert_memory_equal(to, rows[i].shown, sizeof to - 1);
    }
}

/* A status that is no success is none, whatever is in the body. */
static void test_other_statuses(void **state)
{
    static const unsigned statuses[] = {201, 202, 206, 301, 302, 307, 400, 403, 404, 429, 500, 503, 599};
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        const struct answered *a = answer(statuses[i], DONE_XML);
        assert_went_well(a->ok, &a->e);
        assert_int_not_equal(a->answer, QUERY_DONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe_form),
        cmocka_unit_test(test_tag_forms),
        cmocka_unit_test(test_longest_tag_form),
        cmocka_unit_test(test_longest_describe_form),
        cmocka_unit_test(test_write_forms),
        cmocka_unit_test(test_dry_run_forms),
        cmocka_unit_test(test_forms_of_what_a_check_asks),
        cmocka_unit_test(test_good_listing_however_it_arrives),
        cmocka_unit_test(test_cut_listing),
        cmocka_unit_test(test_flipped_listing),
        cmocka_unit_test(test_what_a_table_holds),
        cmocka_unit_test(test_a_destination_of_ipv6),
        cmocka_unit_test(test_refused_listings),
        cmocka_unit_test(test_refused_eni),
        cmocka_unit_test(test_empty_listings),
        cmocka_unit_test(test_page_token),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_as_many_tables_as_there_may_be),
        cmocka_unit_test(test_done),
        cmocka_unit_test(test_not_done_with_200),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_several_errors),
        cmocka_unit_test(test_done_in_pieces),
        cmocka_unit_test(test_interfaces),
        cmocka_unit_test(test_refused_interfaces),
        cmocka_unit_test(test_other_listings),
        cmocka_unit_test(test_subnets),
        cmocka_unit_test(test_subnets_refused),
        cmocka_unit_test(test_associations),
        cmocka_unit_test(test_permitted),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_two_decoders),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_hostile_messages),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_other_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
