/*
 * acquire: whole runs against a scripted world: the good one to the last effect, and each way in which one can end, with
 * its kind, its words, and the writes that the region saw. Faults, rows 63 to 65, 73, 76, 80 to 92, 98 to 106, 126, 136.
 */
#include "scripted_world.h"

static struct scripted s;
static struct app app;
static struct ran ran;

/* "Replace 1, Create 2": what was sent, in the order in which it was. */
static const char *writes(void)
{
    static char text[4096];
    struct buf b = BUF_OF(text);
    for (unsigned n = 1; n <= s.effects; n++) {
        const char *event = s.events[n].text;
        if (s.events[n].effect == WRITE)
            buf_putf(&b, "%s%.*s %lu", b.len > 0 ? ", " : "", (event[0] == 'R' ? 7 : 6), event,
                     strtoul(strrchr(event, '-') + 1, NULL, 16));
    }
    return buf_text(&b);
}

static void test_good(void **state)
{
    static const char *const expected[] = {
        "lock", "addresses", "/latest/api/token", "/latest/meta-data/placement/region", "interface", INTERFACES "interface-id",
        INTERFACES "vpc-id", INTERFACES "vpc-ipv4-cidr-blocks", "interface", "alias eth0:1 10.9.0.1/32", "resolve", "seal", ROLES,
        ROLES "mirror-vip", "DescribeRouteTables", "guard", "ReplaceRoute rtb-00000001", "ReplaceRoute rtb-00000002",
        "DescribeRouteTables",
    };
    (void)state;
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "-v");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: 2 of 2 route tables send 10.9.0.1/32 to " OUR_ENI " (2 moved, 0 were here, 0 skipped), 2");
    assert_string_equal(ran.out, "");
    assert_int_equal(s.effects, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(s.events[i + 1].text, expected[i]);
    assert_true(region_is_ours(&s.region));
}

/* The way to the API is begun as soon as its name is known, for as many writes as are likely, or asked for. */
static void test_expected(void **state)
{
    static const struct {
        const char *arguments[6];
        size_t expected;
    } rows[] = {
        {{"acquire", "--vip", "10.9.0.1"}, 8},
        {{"acquire", "--vip", "10.9.0.1", "--route-table", "rtb-00000001"}, 1},
        {{"acquire", "--vip", "10.9.0.1", "--route-table", "rtb-00000001,rtb-00000002"}, 2},
        {{"acquire", "--vip", "10.9.0.1", "--dry-run"}, 1},
        {{"status", "--vip", "10.9.0.1"}, 1},
        {{"release", "--vip", "10.9.0.1", "--route"}, 8},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 2);
        s.may_delete = true;
        run_arguments(&s, &app, rows[i].arguments, &ran);
        assert_string_equal(s.expected_host, "ec2.eu-central-1.amazonaws.com");
        assert_int_equal(s.expected, rows[i].expected);
        assert_int_equal(s.expected_after, find_effect(&s, "/latest/meta-data/placement/region", 1));
    }
}

/* Faults, row 79: asked only where the board gives an instance's id, and then the two must agree. */
static void test_board(void **state)
{
    static const struct {
        const char *tag;
        bool asked;
        bool good;
    } rows[] = {
        {"", false, true},
        {"Not Specified\n", false, true},
        {"eni-0123456789abcdef0\n", false, true},
        {"i-0123456789abcdef0x\n", false, true},
        {OUR_INSTANCE "\n", true, true},
        {OUR_INSTANCE, true, true},
        {"i-0fedcba9876543210\n", true, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 2);
        s.asset_tag = rows[i].tag;
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
        assert_ended(&s, &ran, rows[i].good ? ERR_OK : ERR_IDENTITY, rows[i].good ? "(2 moved," : "metadata mismatch: the metadata service speaks of " OUR_INSTANCE);
        assert_int_equal(count_of(&s, "/latest/meta-data/instance-id"), rows[i].asked);
        assert_int_equal(writes_sent(&s), rows[i].good ? 2 : 0);
        assert_int_equal(count_of(&s, "alias"), rows[i].good);
    }
    scripted_start(&s, 2);
    s.asset_tag = OUR_INSTANCE "\n";
    s.region.odd_path = "/latest/meta-data/instance-id";
    s.region.odd_status = 200;
    s.region.odd_body = "<html>";
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_IDENTITY, "the metadata service names an instance '<html>'");
}

/* With a role: both names before the seal, the own keys for STS, and the role's for EC2. */
static void test_role(void **state)
{
    static const char *const expected[] = {
        INTERFACES "vpc-ipv4-cidr-blocks", "resolve", "resolve", "seal", ROLES, ROLES "mirror-vip", "AssumeRole", "DescribeRouteTables",
    };
    (void)state;
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "status", "--vip", "10.9.0.1", "--assume-role", ROLE_ARN, "--external-id", "a/b");
    assert_ended(&s, &ran, ERR_DIFFERS, "0 of 2");
    unsigned from = find_effect(&s, expected[0], 1);
    assert_int_equal(s.effects, from + COUNT(expected) - 1);
    for (unsigned i = 0; i < COUNT(expected); i++)
        assert_string_equal(s.events[from + i].text, expected[i]);
    assert_non_null(strstr(ran.timeline, "ASIAROLE of " ROLE_ARN));
}

/* What keeps STS from answering is told as it is; what it answers and is no keys is of the role. */
static void test_no_role(void **state)
{
    static const struct {
        enum outcome_name goes;
        enum err_kind kind;
        const char *part;
    } rows[] = {
        {FORBIDDEN, ERR_IDENTITY, "role " ROLE_ARN ": AssumeRole: HTTP 403"},
        {PORTAL, ERR_IDENTITY, "its content is no XML; check the role and the STS endpoint"},
        {OTHER_XML, ERR_IDENTITY, "not a reply to AssumeRole"},
        {MOVED, ERR_IDENTITY, "unexpected redirect"},
        {GARBAGE, ERR_IDENTITY, "malformed reply"},
        {UNAVAILABLE, ERR_IDENTITY, "HTTP 503"},
        {THROTTLED, ERR_THROTTLED, "RequestLimitExceeded"},
        {LOST_BEFORE, ERR_NETWORK, "role " ROLE_ARN ": the other side ended the connection"},
        {SIGNALLED_AFTER, ERR_INTERRUPTED, "a signal asked to end"},
        {BAD_TOKEN, ERR_IDENTITY, "ExpiredToken"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 2);
        add_reply_fault(&s, "AssumeRole", 1, UINT32_MAX, rows[i].goes);
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--assume-role", ROLE_ARN);
        assert_ended(&s, &ran, rows[i].kind, rows[i].part);
        assert_int_equal(count_of(&s, "DescribeRouteTables"), 0);
    }
}

static void test_timeline(void **state)
{
    static const char *const steps[] = {"metadata", "alias", "name", "credentials", "connect", "TLS", "read", "write", "verify"};
    (void)state;
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    const char *at = ran.timeline;
    for (size_t i = 0; i < COUNT(steps); i++) {
        at = strstr(at, steps[i]);
        if (!at)
            fail_msg("no step '%s', or not in its place:\n%s", steps[i], ran.timeline);
    }
    assert_non_null(strstr(ran.timeline, "guard        /bin/true: yes"));
}

/* An address that had to be taken on trust is told. */
static void test_endpoint_ip_in_timeline(void **state)
{
    (void)state;
    for (int unresolved = 0; unresolved < 2; unresolved++) {
        scripted_start(&s, 2);
        s.unresolved = unresolved;
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--endpoint-ip", "203.0.113.7");
        assert_ended(&s, &ran, ERR_OK, "(2 moved,");
        assert_int_equal(strstr(ran.timeline, "name         203.0.113.7 of --endpoint-ip, as nobody tells ec2.eu-central-1.amazonaws.com\n") != NULL, unresolved);
        assert_int_equal(strstr(ran.timeline, "name         ec2.eu-central-1.amazonaws.com\n") == NULL, unresolved);
    }
}

static const char *chart_of(unsigned tables)
{
    static const struct screen screen = {.columns = 80};
    static char text[TIMELINE_CHART];
    struct buf b = BUF_OF(text);
    scripted_start(&s, tables);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    timeline_put_chart(&app.timeline, app.started_us, &screen, &b);
    return buf_text(&b);
}

/* A bar for each write; where there are many, for each few of them. The lines do not tell them. */
static void test_chart(void **state)
{
    (void)state;
    const char *few = chart_of(2);
    assert_non_null(strstr(few, "\nwrite "));
    assert_non_null(strstr(few, "\n  rtb-00000001  "));
    assert_non_null(strstr(few, "\n  rtb-00000002  "));
    assert_null(strstr(ran.timeline, "rtb-"));
    const char *many = chart_of(20);
    assert_non_null(strstr(many, "\n  rtb-00000001 +2  "));
    assert_non_null(strstr(many, "\n  rtb-00000013 +1  "));
    assert_null(strstr(many, "\n  rtb-00000002 "));
}

/* A second run has nothing to do, and a third owner's table is taken back. */
static void test_again(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    scripted_heal(&s);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(0 moved, 2 were here, 0 skipped)");
    assert_string_equal(writes(), "");
    assert_int_equal(count_of(&s, "alias"), 0);
    assert_int_equal(count_of(&s, "guard"), 0);
    region_target(&s.region, 1, FOREIGN_ENI);
    scripted_heal(&s);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(1 moved, 1 were here, 0 skipped)");
    assert_string_equal(writes(), "Replace 2");
}

/* Another run ends at half of this one's time, or never: what waits for it still has time to write, or says BUSY while it had. */
static void test_wait(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.locked_until_us = s.now_us + 10 * SECOND;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--wait");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_non_null(strstr(ran.timeline, " ms  lock         taken"));
    scripted_start(&s, 2);
    s.locked_until_us = UINT64_MAX;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--wait");
    assert_ended(&s, &ran, ERR_BUSY, "pid 4711");
    assert_int_equal(s.effects, 1);
    assert_in_range(ran.ended_us, app.write_deadline_us, app.write_deadline_us + 100);
}

/* As on the hosts of the first users: no option at all, the VIP is the address labelled eth0:1, its subnet a spare one. */
static void test_spare_subnet(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    host_add(&s, "eth0:1", "10.109.10.254", 27);
    (void)snprintf(s.region.destination, sizeof s.region.destination, "10.109.10.224/27");
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "10.109.10.254 is here: 2 of 2 route tables send 10.109.10.224/27 to " OUR_ENI);
    assert_string_equal(writes(), "Replace 1, Replace 2");
    assert_int_equal(count_of(&s, "alias"), 0);
}

/* The same for a VIP of IPv6; only what differs is looked at. A VPC without IPv6 has no such item, and all is outside it. */
static void test_ipv6(void **state)
{
    static const struct {
        const char *vpc;
        const char *vip;
        const char *destination;
        const char *alias;
        bool spare;
    } rows[] = {
        {NULL, "FD12:3456:0::1", "fd12:3456::1/128", "alias eth0 fd12:3456::1/128", false},
        {"2001:db8:6d00::/56", "fd12:3456::1/64", "fd12:3456::1/128", "alias eth0 fd12:3456::1/128", false},
        {"2001:db8:7000::/56\n2001:db8:6d00::/56", "2001:db8:6d00:fe::1/64", "2001:db8:6d00:fe::/64", "alias eth0 2001:db8:6d00:fe::1/64", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 2);
        host_add(&s, "eth0", "2001:db8:6d00:1::10", 128);
        s.region.vpc_ipv6_cidrs = rows[i].vpc;
        (void)snprintf(s.region.destination, sizeof s.region.destination, "%s", rows[i].destination);
        s.region.tables[1].target[0] = '\0';
        RUN(&s, &app, &ran, "acquire", "--vip", rows[i].vip);
        assert_ended(&s, &ran, ERR_OK, "is here: 2 of 2 route tables send ");
        assert_non_null(strstr(ran.result, rows[i].destination));
        assert_string_equal(writes(), "Replace 1, Create 2");
        assert_int_equal(count_of(&s, rows[i].alias), 1);
        assert_int_equal(count_of(&s, "alias"), 1);
        assert_int_equal(count_of(&s, INTERFACES "vpc-ipv6-cidr-blocks"), 1);
        assert_int_equal(count_of(&s, INTERFACES "subnet-ipv6-cidr-blocks"), rows[i].spare);
        assert_int_equal(count_of(&s, INTERFACES "vpc-ipv4") + count_of(&s, INTERFACES "subnet-ipv4"), 0);
        assert_true(region_is_ours(&s.region));
        /* And once more: found where it is. */
        scripted_heal(&s);
        RUN(&s, &app, &ran, "acquire", "--vip", rows[i].vip);
        assert_ended(&s, &ran, ERR_OK, "(0 moved, 2 were here");
        assert_int_equal(count_of(&s, "alias"), 0);
    }
}

/* Each of the subnet's blocks is this host's own; and a block of the wrong family in an item is none at all. */
static void test_ipv6_refused(void **state)
{
    static const struct {
        const char *vpc;
        const char *vip;
        enum err_kind kind;
        const char *part;
    } rows[] = {
        {"2001:db8:6d00::/56", "2001:db8:6d00:1::77/64", ERR_USAGE, "own subnet 2001:db8:6d00:1::/64"},
        {"2001:db8:6d00::/55", "2001:db8:6d00:101::77/64", ERR_USAGE, "own subnet 2001:db8:6d00:101::/64"},
        {"2001:db8:6d00::/56", "2001:db8:6d00:fe::1/48", ERR_USAGE, "its prefix must be that of a spare subnet"},
        {"10.109.0.0/16", "fd12:3456::1", ERR_IDENTITY, "names a CIDR block '10.109.0.0/16'"},
        {"", "fd12:3456::1", ERR_IDENTITY, "names no CIDR block"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 2);
        s.region.vpc_ipv6_cidrs = rows[i].vpc;
        RUN(&s, &app, &ran, "acquire", "--vip", rows[i].vip);
        assert_ended(&s, &ran, rows[i].kind, rows[i].part);
        assert_int_equal(count_of(&s, "alias"), 0);
        assert_int_equal(writes_sent(&s), 0);
    }
    /* Any status but 404 is no word that there is none. */
    scripted_start(&s, 2);
    s.region.odd_path = INTERFACES "vpc-ipv6-cidr-blocks";
    s.region.odd_status = 403;
    s.region.odd_body = "";
    RUN(&s, &app, &ran, "acquire", "--vip", "fd12:3456::1");
    assert_ended(&s, &ran, ERR_IDENTITY, "the metadata service refuses");
    assert_int_equal(writes_sent(&s), 0);
    /* And 404 is no error: what goes wrong later is the first. */
    scripted_start(&s, 2);
    s.interface.up = false;
    RUN(&s, &app, &ran, "acquire", "--vip", "fd12:3456::1");
    assert_ended(&s, &ran, ERR_IFACE, "eth0 is down");
}

/* Where the host's own subnet has no IPv6, a spare one cannot be that. */
static void test_ipv6_beside_a_subnet_without(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.region.vpc_ipv6_cidrs = "2001:db8:6d00::/56";
    s.region.odd_path = INTERFACES "subnet-ipv6-cidr-blocks";
    s.region.odd_status = 404;
    s.region.odd_body = "";
    (void)snprintf(s.region.destination, sizeof s.region.destination, "2001:db8:6d00:fe::/64");
    RUN(&s, &app, &ran, "acquire", "--vip", "2001:db8:6d00:fe::1/64");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_int_equal(writes_sent(&s), 2);
}

/* The prefix of an alias that a killed run left behind is set right. */
static void test_narrow(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    host_add(&s, "eth0:1", "10.9.0.1", 8);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_int_equal(count_of(&s, "alias eth0:1 10.9.0.1/32"), 1);
    assert_int_equal(s.addresses.at[2].prefix, 32);
}

/* What is wrong is renewed once for all calls that were in flight, not once for each. */
static void test_renewed_once(void **state)
{
    (void)state;
    scripted_start(&s, 3);
    s.region.valid = 2;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(3 moved,");
    assert_int_equal(count_of(&s, ROLES "mirror-vip"), 2);
    scripted_start(&s, 3);
    add_reply_fault(&s, "ReplaceRoute", 1, 3, BAD_TOKEN);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(3 moved,");
    assert_int_equal(count_of(&s, ROLES "mirror-vip"), 2);
    assert_int_equal(count_of(&s, "ReplaceRoute"), 6);
}

/* --- Rows: a world, a command, an end */

struct row {
    const char *name;
    size_t tables;
    void (*set)(void);
    const char *more[4]; /* arguments after "acquire --vip 10.9.0.1" */
    enum err_kind kind;
    const char *part;
    const char *writes; /* NULL: as chance has it */
};

static void test_row(void **state)
{
    const struct row *row = *state;
    const char *arguments[8] = {"acquire", "--vip", "10.9.0.1"};
    memcpy(arguments + 3, row->more, sizeof row->more);
    scripted_start(&s, row->tables);
    if (row->set)
        row->set();
    run_arguments(&s, &app, arguments, &ran);
    assert_ended(&s, &ran, row->kind, row->part);
    if (row->writes && strcmp(writes(), row->writes) != 0) {
        print_events(&s);
        assert_string_equal(writes(), row->writes);
    }
    if (ran.ok && !app.options.common.named_count && !app.options.common.existing_only)
        assert_true(region_is_ours(&s.region));
}

/* What the tables say. */

static void nowhere(void)
{
    region_target(&s.region, 0, "");
}

static void nowhere_at_all(void)
{
    region_target(&s.region, 0, "");
    region_target(&s.region, 1, "");
}

static void edge(void)
{
    s.region.tables[0].edge = true;
}

static void propagated(void)
{
    region_target(&s.region, 0, "");
    (void)snprintf(s.region.tables[0].propagated, sizeof s.region.tables[0].propagated, "vgw-0123456789abcdef0");
}

static void propagated_beside(void)
{
    propagated();
    region_target(&s.region, 0, OUR_ENI);
}

static void blackhole(void)
{
    s.region.tables[0].dead = true;
}

static void our_blackhole(void)
{
    region_target(&s.region, 0, OUR_ENI);
    s.region.tables[0].dead = true;
}

static void gateway(void)
{
    region_target(&s.region, 0, "igw-0123456789abcdef0");
}

static void second_foreign(void)
{
    region_target(&s.region, 1, FOREIGN_ENI);
}

static void first_ours(void)
{
    region_target(&s.region, 0, OUR_ENI);
}

static void ambiguous(void)
{
    s.region.tables[0].twice = true;
}

static void two_a_page(void)
{
    s.region.page_size = 2;
}

static void same_page(void)
{
    s.region.pages = PAGES_REPEAT;
}

static void endless_pages(void)
{
    s.region.pages = PAGES_GO_ON;
}

static void stale_for_3(void)
{
    s.region.stale_reads = 3;
}

static void stale_for_ever(void)
{
    s.region.stale_reads = 100000;
}

/* What becomes of requests. */

#define REPLY_FAULT(name, beginning, from, to, goes)            \
    static void name(void)                                      \
    {                                                           \
        add_reply_fault(&s, (beginning), (from), (to), (goes)); \
    }
REPLY_FAULT(second_forbidden, "ReplaceRoute rtb-00000002", 1, UINT32_MAX, FORBIDDEN)
REPLY_FAULT(all_forbidden, "ReplaceRoute", 1, UINT32_MAX, FORBIDDEN)
REPLY_FAULT(read_forbidden, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN)
REPLY_FAULT(read_portal, "DescribeRouteTables", 1, UINT32_MAX, PORTAL)
REPLY_FAULT(read_moved, "DescribeRouteTables", 1, UINT32_MAX, MOVED)
REPLY_FAULT(read_fails_twice, "DescribeRouteTables", 1, 2, UNAVAILABLE)
REPLY_FAULT(second_read_forbidden, "DescribeRouteTables", 2, UINT32_MAX, FORBIDDEN)
REPLY_FAULT(read_throttled, "DescribeRouteTables", 1, UINT32_MAX, THROTTLED)
REPLY_FAULT(writes_throttled_once, "ReplaceRoute", 1, 2, THROTTLED)
REPLY_FAULT(writes_throttled, "ReplaceRoute", 1, UINT32_MAX, THROTTLED)
REPLY_FAULT(write_lost_before, "ReplaceRoute rtb-00000001", 1, 1, LOST_BEFORE)
REPLY_FAULT(write_lost_after, "ReplaceRoute rtb-00000001", 1, 1, LOST_AFTER)
REPLY_FAULT(write_fails_500, "ReplaceRoute rtb-00000001", 1, 1, FAILS_500)
REPLY_FAULT(write_false_once, "ReplaceRoute rtb-00000001", 1, 1, SAYS_FALSE)
REPLY_FAULT(writes_false, "ReplaceRoute", 1, UINT32_MAX, SAYS_FALSE)
REPLY_FAULT(no_such_eni, "ReplaceRoute", 1, UINT32_MAX, NO_SUCH_ENI)
REPLY_FAULT(token_expired, "DescribeRouteTables", 1, UINT32_MAX, BAD_TOKEN)
REPLY_FAULT(signal_at_first_write, "ReplaceRoute", 1, 1, SIGNALLED_AFTER)
REPLY_FAULT(signal_at_read, "DescribeRouteTables", 1, 1, SIGNALLED_AFTER)
REPLY_FAULT(token_403, "/latest/api/token", 1, UINT32_MAX, FORBIDDEN)

/* What others do meanwhile. */

static void vanish(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD)
        region_target(&world->region, 0, "");
}

static void route_vanishes(void)
{
    s.before = vanish;
}

static void appear(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD)
        region_target(&world->region, 0, OLD_ENI);
}

static void route_appears(void)
{
    nowhere();
    s.before = appear;
}

static void delete_table(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD)
        world->region.tables[0] = world->region.tables[--world->region.count];
}

static void table_deleted(void)
{
    s.before = delete_table;
}

/* Before the reading that verifies, another host takes table 1. */
static void take_over(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    if (world->region.tables[0].applied > 0 && world->region.tables[1].applied > 0)
        region_target(&world->region, 0, FOREIGN_ENI);
}

static void taken_over(void)
{
    s.before = take_over;
}

/* All is here at first; before the reading that confirms it, another host takes table 1. */
static void take_over_what_is_here(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    if (world->region.readings == 1)
        region_target(&world->region, 0, FOREIGN_ENI);
}

static void here_and_taken_over(void)
{
    region_target(&s.region, 0, OUR_ENI);
    region_target(&s.region, 1, OUR_ENI);
    s.before = take_over_what_is_here;
}

/* While AWS makes us wait, another host takes the tables. */
static void take_over_in_pause(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT)
        region_target(&world->region, 0, FOREIGN_ENI);
}

static void taken_over_in_pause(void)
{
    writes_throttled_once();
    s.before = take_over_in_pause;
}

static void keys_expired(void)
{
    s.region.valid = 2;
}

static void clock_behind(void)
{
    s.clock_error_s = -900;
}

static void clock_ahead(void)
{
    s.clock_error_s = 86400;
}

/* EC2 forgives five minutes; what is known of the clock is said all the same. */
static void clock_a_little_behind(void)
{
    s.clock_error_s = -270;
}

static void clock_within_what_is_usual(void)
{
    s.clock_error_s = 240;
}

/* The first effect that asks the API, of a run in which all goes well. */
static unsigned first_reading(void)
{
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    unsigned n = find_effect(&s, "DescribeRouteTables", 1);
    scripted_start(&s, 2);
    return n;
}

static void no_tls(void)
{
    unsigned n = first_reading();
    add_fault(&s, n, UINT32_MAX, NO_TLS);
}

static void no_tls_and_clock_behind(void)
{
    no_tls();
    s.clock_error_s = -EPOCH_UTC_S;
}

static void no_tls_and_clock_far_ahead(void)
{
    no_tls();
    s.clock_error_s = INT64_C(1) << 33;
}

/* What the host says. */

static void guard_no(void)
{
    s.guard_says_no = true;
}

static void locked_out(void)
{
    s.locked_until_us = UINT64_MAX;
}

static void down(void)
{
    s.interface.up = false;
}

static void no_link(void)
{
    s.interface.carrier = false;
}

static void plug_in(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    world->interface.carrier |= effect == WAIT;
}

static void late_link(void)
{
    s.interface.carrier = false;
    s.before = plug_in;
}

static void on_already(void)
{
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

static void label_taken(void)
{
    host_add(&s, "eth0:1", "10.109.1.77", 32);
}

/* The guard ends a moment before the write deadline, and the moment passes. */
static void use_up_time(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD)
        world->guard_us = world->app->write_deadline_us - world->now_us - 1;
}

static void slow_guard(void)
{
    s.before = use_up_time;
}

static void guard_too_late(void)
{
    s.guard_us = 30 * SECOND;
}

/* From its second word on the guard says no. */
static void second_thoughts(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    world->guard_says_no = effect == GUARD && count_of(world, "guard") > 1;
}

static void no_more(void)
{
    add_reply_fault(&s, "ReplaceRoute rtb-00000002", 1, UINT32_MAX, THROTTLED);
    s.before = second_thoughts;
}

static void no_more_before_any(void)
{
    writes_throttled();
    s.before = second_thoughts;
}

static void no_more_after_lost(void)
{
    add_reply_fault(&s, "ReplaceRoute rtb-00000001", 1, UINT32_MAX, LOST_BEFORE);
    add_reply_fault(&s, "ReplaceRoute rtb-00000002", 1, UINT32_MAX, THROTTLED);
    s.before = second_thoughts;
}

static void signal_at_guard(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    world->interrupted |= effect == GUARD;
}

static void signalled_at_guard(void)
{
    s.before = signal_at_guard;
}

static void signalled_at_once(void)
{
    s.interrupted = true;
}

static void odd_item(const char *path, unsigned status, const char *body)
{
    s.region.odd_path = path;
    s.region.odd_status = status;
    s.region.odd_body = body;
}

static void no_role(void)
{
    odd_item(ROLES, 404, "<html>Not Found</html>");
}

static void odd_role(void)
{
    odd_item(ROLES, 200, "../../user-data");
}

static void odd_region(void)
{
    odd_item("/latest/meta-data/placement/region", 200, "x@evil.example:443/#");
}

static void odd_eni(void)
{
    odd_item(INTERFACES "interface-id", 200, "eni-0123&Action=DeleteVpc");
}

static void other_mac(void)
{
    s.interface.mac = mac_make((const uint8_t[]){2, 0, 0, 0, 0, 11});
}

static void failed_credentials(void)
{
    odd_item(ROLES "mirror-vip", 200, "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}");
}

#define BOTH "Replace 1, Replace 2"

static const struct row rows[] = {
    {"a table without a route", 2, nowhere, {0}, ERR_OK, "(2 moved,", "Create 1, Replace 2"},
    {"a table without a route, existing only", 2, nowhere, {"--tables", "existing"}, ERR_OK, "1 of 1 route tables", "Replace 2"},
    {"no route at all, existing only", 2, nowhere_at_all, {"--tables", "existing"}, ERR_REFUSED,
     "none of the 2 route tables of " OUR_VPC " is to carry 10.9.0.1/32 (2 skipped); use --tables all", ""},
    {"no route at all", 2, nowhere_at_all, {0}, ERR_OK, "(2 moved,", "Create 1, Create 2"},
    {"a table of a gateway", 2, edge, {0}, ERR_OK, "(1 moved, 0 were here, 1 skipped)", "Replace 2"},
    {"only a table of a gateway", 1, edge, {0}, ERR_REFUSED, "name one with --route-table", ""},
    {"a propagated route", 2, propagated, {0}, ERR_OK, "(2 moved,", "Create 1, Replace 2"},
    {"a propagated route, existing only", 2, propagated, {"--tables", "existing"}, ERR_OK, "(2 moved,", "Create 1, Replace 2"},
    {"a propagated route beside ours", 2, propagated_beside, {0}, ERR_OK, "(1 moved, 1 were here,", "Replace 2"},
    {"a blackhole", 2, blackhole, {0}, ERR_OK, "(2 moved,", BOTH},
    {"a blackhole of ours", 2, our_blackhole, {0}, ERR_OK, "(2 moved,", BOTH},
    {"a gateway's route", 2, gateway, {0}, ERR_OK, "(2 moved,", BOTH},
    {"two routes to the VIP", 2, ambiguous, {0}, ERR_PARTIAL, "rtb-00000001 (ambiguous)", "Replace 2"},
    {"two routes to the VIP in the only table", 1, ambiguous, {0}, ERR_REFUSED, "rtb-00000001 (ambiguous)", ""},
    {"a named table", 3, NULL, {"--route-table", "rtb-00000002"}, ERR_OK, "1 of 1 route tables", "Replace 2"},
    {"a named table without a route", 2, nowhere, {"--route-table=rtb-00000001", "--tables=existing"}, ERR_OK, "1 of 1", "Create 1"},
    {"two named tables without a route", 3, nowhere_at_all, {"--route-table=rtb-00000001,rtb-00000002", "--tables=existing"}, ERR_OK, "2 of 2",
     "Create 1, Create 2"},
    {"a named table that is not there", 2, NULL, {"--route-table=rtb-00000009"}, ERR_REFUSED,
     "rtb-00000009 does not exist in this account and region; correct --route-table", ""},
    {"three pages", 5, two_a_page, {0}, ERR_OK, "5 of 5", "Replace 1, Replace 2, Replace 3, Replace 4, Replace 5"},
    {"no table", 0, NULL, {0}, ERR_REFUSED, "none of the 0 route tables", ""},
    {"the same page twice", 2, same_page, {0}, ERR_NETWORK, "the same page twice", ""},
    {"pages without end", 2, endless_pages, {0}, ERR_NETWORK, "more than 64 pages", ""},
    {"stale readings", 2, stale_for_3, {0}, ERR_OK, "(2 moved,", BOTH},
    {"stale readings for ever", 2, stale_for_ever, {0}, ERR_UNVERIFIED, "2 of 2 route tables were written, but rtb-00000001 still shows " OLD_ENI, BOTH},
    {"one table forbidden", 3, second_forbidden, {0}, ERR_PARTIAL, "2 of 3 route tables are here, not here: rtb-00000002 (ReplaceRoute: HTTP 403",
     "Replace 1, Replace 2, Replace 3"},
    {"all forbidden", 2, all_forbidden, {0}, ERR_REFUSED, "UnauthorizedOperation: You are not authorized.), rtb-00000002; allow this action", BOTH},
    {"reading forbidden", 2, read_forbidden, {0}, ERR_REFUSED, "list route tables: DescribeRouteTables: HTTP 403", ""},
    {"a portal", 2, read_portal, {0}, ERR_NETWORK, "what answers is not the API", ""},
    {"a redirect", 2, read_moved, {0}, ERR_NETWORK, "unexpected redirect (HTTP 302), which is not followed", ""},
    {"reading fails twice", 2, read_fails_twice, {0}, ERR_OK, "(2 moved,", BOTH},
    {"reading throttled for ever", 2, read_throttled, {0}, ERR_THROTTLED, "RequestLimitExceeded", ""},
    {"reading back forbidden", 2, second_read_forbidden, {0}, ERR_UNVERIFIED, "were written, but reading back failed: list route tables", BOTH},
    {"writes throttled once", 2, writes_throttled_once, {0}, ERR_OK, "(2 moved,", NULL},
    {"writes throttled for ever", 2, writes_throttled, {0}, ERR_THROTTLED, "0 of 2 route tables are here", NULL},
    {"a write lost on its way", 2, write_lost_before, {0}, ERR_OK, "(2 moved,", BOTH ", Replace 1"},
    {"a write's answer lost", 2, write_lost_after, {0}, ERR_OK, "is here: 2 of 2", BOTH},
    {"a write fails with 500", 2, write_fails_500, {0}, ERR_OK, "is here: 2 of 2", BOTH ", Replace 1"},
    {"a write answered with false", 2, write_false_once, {0}, ERR_OK, "is here: 2 of 2", BOTH ", Replace 1"},
    {"writes answered with false", 1, writes_false, {0}, ERR_UNVERIFIED, "0 of 1 route tables are here", "Replace 1, Replace 1, Replace 1, Replace 1"},
    {"an interface that AWS does not know", 2, no_such_eni, {0}, ERR_REFUSED, "InvalidNetworkInterfaceID.NotFound", BOTH},
    {"a route that vanishes", 2, route_vanishes, {0}, ERR_OK, "(2 moved,", BOTH ", Create 1"},
    {"a route that appears", 2, route_appears, {0}, ERR_CONFLICT, "another owner came: rtb-00000001 points to ", "Create 1, Replace 2"},
    {"a table that is deleted", 3, table_deleted, {0}, ERR_PARTIAL, "2 of 3 route tables are here, not here: rtb-00000001 (ReplaceRoute: HTTP 400 "
     "InvalidRouteTableID.NotFound", "Replace 1, Replace 2, Replace 3"},
    {"another owner after our write", 2, taken_over, {0}, ERR_CONFLICT, "rtb-00000001 points to " FOREIGN_ENI " (1 of 2", BOTH},
    {"another owner where all was here", 2, here_and_taken_over, {0}, ERR_UNVERIFIED,
     "rtb-00000001 was here in one reading and at " FOREIGN_ENI " in a later one, so nothing was written to it; look", ""},
    {"another owner while AWS throttles", 2, taken_over_in_pause, {0}, ERR_CONFLICT, "rtb-00000001 points to " FOREIGN_ENI " (1 of 2", BOTH},
    {"from its owner only", 2, NULL, {"--only-if-owner", OLD_ENI}, ERR_OK, "(2 moved,", BOTH},
    {"from its owner only, who is dead", 2, blackhole, {"--only-if-owner", OLD_ENI}, ERR_OK, "(2 moved,", BOTH},
    {"from one who has it not", 2, NULL, {"--only-if-owner", FOREIGN_ENI}, ERR_CONFLICT,
     "rtb-00000001 belongs to " OLD_ENI ", whom --only-if-owner does not name (2 of 2 route tables may not be taken, 0 were written)", ""},
    {"from one who has not all", 3, second_foreign, {"--only-if-owner", OLD_ENI}, ERR_CONFLICT,
     "rtb-00000002 belongs to " FOREIGN_ENI ", whom --only-if-owner does not name (1 of 3 route tables may not be taken, 0 were written)", ""},
    {"from two owners", 3, second_foreign, {"--only-if-owner", OLD_ENI "," FOREIGN_ENI}, ERR_OK, "(3 moved,", "Replace 1, Replace 2, Replace 3"},
    {"from its owner only, one here", 2, first_ours, {"--only-if-owner", OLD_ENI}, ERR_OK, "(1 moved, 1 were here,", "Replace 2"},
    {"from its owner only, one here but dead", 2, our_blackhole, {"--only-if-owner", OLD_ENI}, ERR_OK, "(2 moved,", BOTH},
    {"from its owner only, a gateway has it", 2, gateway, {"--only-if-owner", OLD_ENI}, ERR_CONFLICT, "belongs to igw-0123456789abcdef0,", ""},
    {"from its owner only, one has none", 2, nowhere, {"--only-if-owner", OLD_ENI}, ERR_CONFLICT, "rtb-00000001 belongs to nobody,", ""},
    {"from its owner or nobody", 2, nowhere, {"--only-if-owner", OLD_ENI ",nobody"}, ERR_OK, "(2 moved,", "Create 1, Replace 2"},
    {"from nobody only", 2, nowhere, {"--only-if-owner", "nobody"}, ERR_CONFLICT, "rtb-00000002 belongs to " OLD_ENI ",", ""},
    {"from nobody, but a gateway propagates", 2, propagated, {"--only-if-owner", OLD_ENI ",nobody"}, ERR_CONFLICT,
     "rtb-00000001 belongs to vgw-0123456789abcdef0,", ""},
    {"from its owner only, who is taken over meanwhile", 2, taken_over_in_pause, {"--only-if-owner", OLD_ENI}, ERR_CONFLICT, "while this run was at work", BOTH},
    {"from its owner only, who gives it up", 2, route_vanishes, {"--only-if-owner", OLD_ENI}, ERR_CONFLICT, "belongs to nobody,", BOTH},
    {"expired keys", 2, keys_expired, {0}, ERR_OK, "(2 moved,", BOTH},
    {"keys that stay refused", 2, token_expired, {0}, ERR_REFUSED, "ExpiredToken", ""},
    {"a clock that is behind", 2, clock_behind, {0}, ERR_OK, "; this host's clock is 900 s behind AWS's", BOTH},
    {"a clock that is ahead", 2, clock_ahead, {0}, ERR_OK, "; this host's clock is 86400 s ahead of AWS's", BOTH},
    {"a clock that is a little behind", 2, clock_a_little_behind, {0}, ERR_OK, "; this host's clock is 270 s behind the metadata service's", BOTH},
    {"a certificate", 2, no_tls, {0}, ERR_TLS, "list route tables: the certificate", ""},
    {"a certificate, and a clock of 1970", 2, no_tls_and_clock_behind, {0}, ERR_TLS,
     "this host's clock is 1767225600 s behind the metadata service's: list route tables: the certificate", ""},
    {"a certificate, and a clock far ahead", 2, no_tls_and_clock_far_ahead, {0}, ERR_TLS,
     "this host's clock is 8589934592 s ahead of the metadata service's: list route tables: the certificate", ""},
    {"the guard says no", 2, guard_no, {0}, ERR_NOTPRIMARY, "the guard said no", ""},
    {"the guard takes too long", 2, guard_too_late, {0}, ERR_NOTPRIMARY, "in time", ""},
    {"no time left before the first write", 2, slow_guard, {0}, ERR_DEADLINE, "before the first write", ""},
    {"the guard says no to the rest", 2, no_more, {0}, ERR_PARTIAL,
     "the guard said no: exit status 1: 1 of 2 route tables are here, not here: rtb-00000002 (ReplaceRoute: HTTP 503 RequestLimitExceeded", BOTH},
    {"the guard says no before any is written", 2, no_more_before_any, {0}, ERR_NOTPRIMARY, "nothing was written: the guard said no", BOTH},
    {"the guard says no after a write that was lost", 2, no_more_after_lost, {0}, ERR_UNVERIFIED,
     "the guard said no: exit status 1: 0 of 2 route tables are here, not here: rtb-00000001", BOTH},
    {"another run", 2, locked_out, {0}, ERR_BUSY, "pid 4711", ""},
    {"an interface that is down", 2, down, {0}, ERR_IFACE, "eth0 is down, and the routes were left alone", ""},
    {"an interface without a link", 2, no_link, {0}, ERR_IFACE, "eth0 is without a link, and the routes were left alone", ""},
    {"a link that comes late", 2, late_link, {0}, ERR_OK, "(2 moved,", BOTH},
    {"the alias is on", 2, on_already, {0}, ERR_OK, "(2 moved,", BOTH},
    {"the label is taken", 2, label_taken, {0}, ERR_IFACE, "eth0:1 holds 10.109.1.77 already", ""},
    {"a signal at the guard", 2, signalled_at_guard, {0}, ERR_INTERRUPTED, "before anything was written", ""},
    {"a signal at once", 2, signalled_at_once, {0}, ERR_INTERRUPTED, "signal", ""},
    {"a signal while reading", 2, signal_at_read, {0}, ERR_INTERRUPTED, "list route tables", ""},
    {"a signal while writing", 2, signal_at_first_write, {0}, ERR_OK, "2 of 2", BOTH},
    {"metadata off", 2, token_403, {0}, ERR_IDENTITY, "enable IMDSv2", ""},
    {"no role", 2, no_role, {0}, ERR_IDENTITY, "no IAM role is attached", ""},
    {"a role that is a path", 2, odd_role, {0}, ERR_IDENTITY, "which no role can be called", ""},
    {"a region that is a URL", 2, odd_region, {0}, ERR_IDENTITY, "names a region 'x@evil.example:443/#'", ""},
    {"an interface id that is a form", 2, odd_eni, {0}, ERR_IDENTITY, "network interface 'eni-0123&Action=DeleteVpc'", ""},
    {"another instance's MAC", 2, other_mac, {0}, ERR_IDENTITY, "eth0 (MAC 02:00:00:00:00:0b) is no network interface of this instance", ""},
    {"credentials that failed", 2, failed_credentials, {0}, ERR_IDENTITY, "role mirror-vip: credentials: the metadata service says Code", ""},
    {"another region", 2, NULL, {"--region", "eu-west-1"}, ERR_OK, "(2 moved,", BOTH},
    {"an unknown partition", 2, NULL, {"--region", "mars-north-1"}, ERR_USAGE, "mars-north-1", ""},
};

static void test_usual_clock_is_not_named(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    clock_within_what_is_usual();
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_null(strstr(ran.result, "clock"));
}

static unsigned jumps_at;
static int64_t jumps_s;

static void jump(struct scripted *world, unsigned n, enum effect effect)
{
    (void)effect;
    if (n == jumps_at)
        world->clock_error_s = jumps_s;
}

/* Row 40: the time of day is set forward or back by an hour before any one of the run's effects. */
static void test_clock_jumps(void **state)
{
    static const int64_t by_s[] = {3600, -3600};
    (void)state;
    for (size_t i = 0; i < COUNT(by_s); i++) {
        jumps_s = by_s[i];
        for (jumps_at = 1; jumps_at <= 15; jumps_at++) {
            scripted_start(&s, 2);
            s.before = jump;
            RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
            assert_ended(&s, &ran, ERR_OK, "(2 moved,");
            assert_true(region_is_ours(&s.region));
        }
    }
}

/* No deadline comes earlier or later for it. */
static void test_deadline_when_the_clock_jumps(void **state)
{
    static const int64_t by_s[] = {3600, -3600};
    (void)state;
    for (size_t i = 0; i < COUNT(by_s); i++) {
        scripted_start(&s, 2);
        jumps_s = by_s[i];
        jumps_at = 5;
        s.before = jump;
        add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, HANGS_BEFORE);
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--deadline", "20");
        assert_ended(&s, &ran, ERR_NETWORK, "no answer in the time there was");
        assert_in_range(ran.ended_us - app.started_us, 15 * SECOND, 20 * SECOND);
    }
}

/* Once writing has begun a signal changes nothing: what was written is looked at, with pauses, until the deadline. */
static void test_signal_then_stale(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    stale_for_ever();
    signal_at_first_write();
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "2 of 2 route tables were written, but rtb-00000001 still shows " OLD_ENI);
    assert_in_range(s.region.readings, 15, 60);
    assert_in_range(count_of(&s, "wait"), 15, 60);
    assert_string_equal(writes(), "Replace 1, Replace 2");
}

/* Once the keys are taken from it, the metadata's buffer holds nothing of them. */
static void look_at_buffer(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD && zero_or(world->app->metadata.fetch.text, sizeof world->app->metadata.fetch.text, ""))
        broken(world, "keys are left in the metadata's buffer");
}

static void test_buffer_wiped(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.before = look_at_buffer;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
}

/* The last 3 s, or of a short run the last quarter, are for reading back. */
static void test_reserve(void **state)
{
    static const struct {
        const char *deadline;
        uint64_t for_writes_us;
    } deadlines[] = {{"1", 750000}, {"4", 3 * SECOND}, {"12", 9 * SECOND}, {"20", 17 * SECOND}, {"600", 597 * SECOND}};
    (void)state;
    for (size_t i = 0; i < COUNT(deadlines); i++) {
        scripted_start(&s, 2);
        writes_throttled();
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--deadline", deadlines[i].deadline);
        assert_ended(&s, &ran, ERR_THROTTLED, "0 of 2 route tables are here");
        assert_int_equal(app.write_deadline_us - app.started_us, deadlines[i].for_writes_us);
    }
}

/* Time may be up before the look that a throttled write waits for: it is told as throttled all the same. */
static void test_throttled_to_the_end(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 50; seed++) {
        scripted_start(&s, 2);
        s.seed = seed;
        writes_throttled();
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--deadline", "2");
        assert_ended(&s, &ran, ERR_THROTTLED, "0 of 2 route tables are here, not here: rtb-00000001 (ReplaceRoute: HTTP 503 RequestLimitExceeded");
        scripted_start(&s, 2);
        s.seed = seed;
        add_reply_fault(&s, "ReplaceRoute rtb-00000002", 1, UINT32_MAX, THROTTLED);
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--deadline", "2");
        assert_ended(&s, &ran, ERR_PARTIAL, "not here: rtb-00000002 (ReplaceRoute: HTTP 503 RequestLimitExceeded");
    }
}

/* Once AWS has asked to slow down, writes come in the few that its bucket has earned, each few after a look. */
static void test_pace(void **state)
{
    (void)state;
    scripted_start(&s, 60);
    add_reply_fault(&s, "ReplaceRoute", 51, 60, THROTTLED);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(60 moved,");
    assert_int_equal(count_of(&s, "ReplaceRoute"), 70);
    assert_in_range(count_of(&s, "wait"), 2, 6);
    assert_in_range(s.region.readings, count_of(&s, "wait") + 2, 2 * count_of(&s, "wait") + 4);
}

/* Only a link may come late: an interface that was set down stays so. */
static void test_down_at_once(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    down();
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_IFACE, "eth0 is down");
    assert_int_equal(count_of(&s, "wait"), 0);
}

/* A conflict is told when a second reading, a second later, agrees: no third would change who is meant to decide. */
static void test_conflict_seen_twice(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    taken_over();
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_CONFLICT, "find out which host is primary");
    assert_int_equal(s.region.readings, 3);
    assert_in_range(ran.ended_us - app.started_us, SECOND, SECOND + SECOND / 10);
}

/* After our writes, `left` readings show an owner of table 1 who is long gone. */
static unsigned shows_former;

static void show_former(struct scripted *world, unsigned n, enum effect effect)
{
    struct region_table *t = &world->region.tables[0];
    (void)n;
    (void)effect;
    if (t->applied == 0 || shows_former == 0 || t->stale > 0)
        return;
    memcpy(t->before, FOREIGN_ENI, sizeof FOREIGN_ENI);
    t->stale = shows_former;
    shows_former = 0;
}

/* A single reading that shows a third owner may be older than all that this run has seen. */
static void test_former_owner_seen_once(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    shows_former = 1;
    s.before = show_former;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_int_equal(shows_former, 0);
    assert_int_equal(s.region.readings, 4);
    assert_string_equal(writes(), "Replace 1, Replace 2");
    assert_true(region_is_ours(&s.region));
}

/* A third owner in every other reading is neither a conflict nor none. */
static void show_former_now_and_then(struct scripted *world, unsigned n, enum effect effect)
{
    struct region_table *t = &world->region.tables[0];
    (void)n;
    (void)effect;
    if (t->applied == 0 || t->stale > 0)
        return;
    const char *shown = world->region.readings % 2 ? FOREIGN_ENI : OLD_ENI;
    memcpy(t->before, shown, strlen(shown) + 1);
    t->stale = 1;
}

static void test_doubt_to_the_end(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.before = show_former_now_and_then;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "2 of 2 route tables were written, but rtb-00000001 has shown another owner, and no two readings agree");
    assert_string_equal(writes(), "Replace 1, Replace 2");
    assert_in_range(s.region.readings, 15, 60);
}

/* As long as there may be another owner of one table, none is written: here the second, which AWS has throttled. */
static void test_doubt_stops_writes(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    add_reply_fault(&s, "ReplaceRoute rtb-00000002", 1, 1, THROTTLED);
    shows_former = 1;
    s.before = show_former;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    unsigned second = find_effect(&s, "ReplaceRoute rtb-00000002", 2);
    unsigned readings = 0;
    for (unsigned n = 1; n < second; n++)
        readings += s.events[n].effect == READ;
    assert_int_equal(readings, 3);
}

/* The role may change while AWS makes the writes wait: each few of them need a yes that is not older than half a second. */
static void test_guard_asked_again(void **state)
{
    (void)state;
    scripted_start(&s, 60);
    add_reply_fault(&s, "ReplaceRoute", 51, 60, THROTTLED);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    assert_ended(&s, &ran, ERR_OK, "(60 moved,");
    assert_int_equal(count_of(&s, "guard"), 1 + count_of(&s, "wait"));
    scripted_start(&s, 2);
    add_reply_fault(&s, "ReplaceRoute rtb-00000001", 1, 1, LOST_BEFORE);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_string_equal(writes(), "Replace 1, Replace 2, Replace 1");
    assert_int_equal(count_of(&s, "guard"), 1);
}

/* However long a guard took, its yes is good from its end on; and it is ended when nothing may be written any more. */
static void test_guard_takes_its_time(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.guard_us = SECOND;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_int_equal(count_of(&s, "guard"), 1);
    scripted_start(&s, 2);
    s.guard_us = 30 * SECOND;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "the guard did not end in time");
    assert_int_equal(s.now_us, app.write_deadline_us);
}

/* A third of a second after the yes, and one more without a connection: the half second is counted from the yes. */
static void be_slow_twice(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == UNKNOWN && (count_of(world, "DescribeRouteTables") == 1 ? count_of(world, "ReplaceRoute") == 2 : count_of(world, "guard") == 1))
        pass(world, SECOND / 3);
}

static void test_a_yes_grows_old(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    add_reply_fault(&s, "ReplaceRoute rtb-00000001", 1, 1, LOST_BEFORE);
    s.before = be_slow_twice;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_string_equal(writes(), "Replace 1, Replace 2, Replace 1");
    assert_int_equal(count_of(&s, "guard"), 2);
}

/* What AWS does not let be read is not asked for again. */
static void test_refused_reading_ends_it(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    add_reply_fault(&s, "DescribeRouteTables", 2, 2, FORBIDDEN);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "UnauthorizedOperation");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
}

/* --- Ends that need more than one thing to go wrong */

/* No connection is free within the half second that a guard's yes is good for, `late_from` being the first such write. */
static unsigned late_from;

static void be_late(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == UNKNOWN && count_of(world, "guard") == 1 && count_of(world, "ReplaceRoute") + 1 == late_from) {
        late_from = 0;
        pass(world, SECOND);
    }
}

/* All of them are late, or all but the first: what was not sent is asked about again, and sent then. */
static void test_no_connection_in_time(void **state)
{
    (void)state;
    for (unsigned from = 1; from <= 2; from++) {
        scripted_start(&s, 3);
        s.before = be_late;
        late_from = from;
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
        assert_ended(&s, &ran, ERR_OK, "(3 moved,");
        assert_int_equal(count_of(&s, "guard"), 2);
        assert_int_equal(count_of(&s, "ReplaceRoute"), 3);
        unsigned readings = 0; /* what was only put off needs no look before it is written */
        for (unsigned n = 1; n < find_effect(&s, "ReplaceRoute", 3); n++)
            readings += s.events[n].effect == READ;
        assert_int_equal(readings, from);
    }
}

/* A signal while a link is waited for. */
static void interrupt_in_wait(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    world->interrupted |= effect == WAIT;
}

static void test_signal_while_waiting_for_a_link(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.interface.carrier = false;
    s.before = interrupt_in_wait;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_IFACE, "eth0 is without a link, and the routes were left alone");
    assert_int_equal(count_of(&s, "wait"), 1);
    assert_int_equal(writes_sent(&s), 0);
}

/* A route that was made, and that no reading shows. */
static void test_never_shown(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    region_target(&s.region, 0, "");
    s.region.stale_reads = UINT32_MAX;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "1 of 1 route tables were written, but rtb-00000001 still shows no route");
    assert_string_equal(s.region.tables[0].target, OUR_ENI);
}

/* The route has gone when it is to be replaced, and there is no time left to make another. */
static void vanish_too_late(struct scripted *world, struct buf *reply)
{
    if (world->events[world->effects].effect != WRITE)
        return;
    reply->len = 0;
    put_error(reply, &world->region, 400, "InvalidParameterValue", "There is no route defined for '10.9.0.1/32' in the route table.");
    pass(world, world->app->write_deadline_us - world->now_us);
}

static void test_vanished_too_late(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    s.damage = vanish_too_late;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_DEADLINE, "0 of 1 route tables are here, not here: rtb-00000001");
    assert_string_equal(writes(), "Replace 1");
}

/* Reasons at their longest: as many as there is room for. */
static void refuse_at_length(struct scripted *world, struct buf *reply)
{
    char why[LIMIT_UNTRUSTED_TEXT];
    if (world->events[world->effects].effect != WRITE)
        return;
    memset(why, 'x', sizeof why - 1);
    why[sizeof why - 1] = '\0';
    why[0] = (char)('a' + world->replies % 26);
    reply->len = 0;
    put_error(reply, &world->region, 403, "UnauthorizedOperation", why);
}

static void test_long_reasons(void **state)
{
    (void)state;
    scripted_start(&s, 20);
    s.damage = refuse_at_length;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_REFUSED, "0 of 20 route tables are here, not here: rtb-00000001 (ReplaceRoute: HTTP 403");
    assert_true(strstr(ran.e.text, "rtb-00000002") && !strstr(ran.e.text, "rtb-00000009"));
}

/* The guard's second yes comes after the last moment to write. */
static void late_yes(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD && count_of(world, "guard") == 2)
        pass(world, world->app->write_deadline_us - world->now_us - 1);
}

static void test_a_late_yes(void **state)
{
    (void)state;
    scripted_start(&s, 60);
    add_reply_fault(&s, "ReplaceRoute", 21, UINT32_MAX, THROTTLED);
    s.before = late_yes;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--guard", "/bin/true");
    assert_ended(&s, &ran, ERR_PARTIAL, "20 of 60 route tables are here");
    assert_int_equal(count_of(&s, "guard"), 2);
}

/* Keys that must be renewed for the writes are, although the metadata service has to be asked twice, or a signal comes. */
static void test_renewed_in_two_attempts(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    add_reply_fault(&s, "ReplaceRoute", 1, 1, BAD_TOKEN);
    add_reply_fault(&s, ROLES "mirror-vip", 2, 2, FAILS_500);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_int_equal(count_of(&s, ROLES "mirror-vip"), 3);
}

static void test_renewed_in_spite_of_a_signal(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    add_reply_fault(&s, "ReplaceRoute", 1, 2, BAD_TOKEN);
    add_reply_fault(&s, ROLES "mirror-vip", 2, 2, SIGNALLED_AFTER);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "(2 moved,");
    assert_int_equal(count_of(&s, ROLES "mirror-vip"), 2);
}

/* The one reading that shows it after an old picture comes too late for another. */
static void last_word_late(struct scripted *world, struct buf *reply)
{
    (void)reply;
    if (count_of(world, "DescribeRouteTables") == 3)
        pass(world, world->app->deadline_us - world->now_us);
}

static void test_no_last_word(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    s.region.stale_reads = 1;
    s.damage = last_word_late;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "1 of 1 route tables were written, but readings differ and the last word is missing");
    assert_true(region_is_ours(&s.region));
}

/* The only table becomes a gateway's while it is written: nothing is here any more. */
static void to_a_gateway(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    world->region.tables[0].edge |= writes_sent(world) > 0;
}

static void test_no_table_left(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    s.before = to_a_gateway;
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "0 of 0 route tables");
}

/* What kept a table away that has become a gateway's meanwhile is not what keeps the other one away. */
static void test_a_refused_table_to_a_gateway(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.before = to_a_gateway;
    add_reply_fault(&s, "ReplaceRoute", 1, 1, FORBIDDEN);
    add_reply_fault(&s, "ReplaceRoute", 2, 99, THROTTLED);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_THROTTLED, "0 of 1 route tables are here, not here: rtb-00000002");
}

/* EC2 may be asked by name in a region that nobody knows; STS cannot. */
static void test_role_in_an_unknown_region(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "--region", "mars-west-1", "--endpoint-url", "https://e.example", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_USAGE, "region mars-west-1 belongs to no partition");
    assert_int_equal(writes_sent(&s), 0);
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_good);
    SUITE_TEST(&suite, test_expected);
    SUITE_TEST(&suite, test_board);
    SUITE_TEST(&suite, test_role);
    SUITE_TEST(&suite, test_no_role);
    SUITE_TEST(&suite, test_timeline);
    SUITE_TEST(&suite, test_endpoint_ip_in_timeline);
    SUITE_TEST(&suite, test_chart);
    SUITE_TEST(&suite, test_again);
    SUITE_TEST(&suite, test_wait);
    SUITE_TEST(&suite, test_spare_subnet);
    SUITE_TEST(&suite, test_ipv6);
    SUITE_TEST(&suite, test_ipv6_refused);
    SUITE_TEST(&suite, test_ipv6_beside_a_subnet_without);
    SUITE_TEST(&suite, test_narrow);
    SUITE_TEST(&suite, test_renewed_once);
    SUITE_TEST(&suite, test_buffer_wiped);
    SUITE_TEST(&suite, test_reserve);
    SUITE_TEST(&suite, test_throttled_to_the_end);
    SUITE_TEST(&suite, test_pace);
    SUITE_TEST(&suite, test_down_at_once);
    SUITE_TEST(&suite, test_conflict_seen_twice);
    SUITE_TEST(&suite, test_former_owner_seen_once);
    SUITE_TEST(&suite, test_doubt_to_the_end);
    SUITE_TEST(&suite, test_doubt_stops_writes);
    SUITE_TEST(&suite, test_guard_asked_again);
    SUITE_TEST(&suite, test_guard_takes_its_time);
    SUITE_TEST(&suite, test_a_yes_grows_old);
    SUITE_TEST(&suite, test_refused_reading_ends_it);
    SUITE_TEST(&suite, test_no_connection_in_time);
    SUITE_TEST(&suite, test_signal_while_waiting_for_a_link);
    SUITE_TEST(&suite, test_never_shown);
    SUITE_TEST(&suite, test_vanished_too_late);
    SUITE_TEST(&suite, test_long_reasons);
    SUITE_TEST(&suite, test_a_late_yes);
    SUITE_TEST(&suite, test_renewed_in_two_attempts);
    SUITE_TEST(&suite, test_renewed_in_spite_of_a_signal);
    SUITE_TEST(&suite, test_no_last_word);
    SUITE_TEST(&suite, test_no_table_left);
    SUITE_TEST(&suite, test_a_refused_table_to_a_gateway);
    SUITE_TEST(&suite, test_role_in_an_unknown_region);
    SUITE_TEST(&suite, test_usual_clock_is_not_named);
    SUITE_TEST(&suite, test_clock_jumps);
    SUITE_TEST(&suite, test_deadline_when_the_clock_jumps);
    SUITE_TEST(&suite, test_signal_then_stale);
    SUITE_ROWS(&suite, test_row, rows);
    return suite_run(&suite, "app/acquire");
}
