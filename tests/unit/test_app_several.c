/*
 * several: two VIPs, one section of the configuration each, moved in one run: what they share, and that neither keeps the
 * other, whatever goes wrong.
 */
#include "scripted_world.h"

#define WEB "10.9.0.1"
#define DB "10.9.0.2"
#define CONFIG "[web]\nvip = " WEB "\n[db]\nvip = " DB "\n"

static struct scripted s;
static struct app app;
static struct ran ran;
static struct region_other *db;

/* Two tables, which send both VIPs to the other host; no alias is up. */
static void two_vips(void)
{
    scripted_start(&s, 2);
    db = region_add(&s.region, DB "/32");
    s.sections = CONFIG;
}

static void target(struct region_table *tables, const char *eni)
{
    for (size_t i = 0; i < s.region.count; i++)
        assert_true(slice_copy(slice_of(eni), tables[i].target, sizeof tables[i].target));
}

static bool is_up(const char *ip)
{
    for (size_t i = 0; i < s.addresses.count; i++)
        if (strcmp(ip_text(s.addresses.at[i].ip).text, ip) == 0)
            return true;
    return false;
}

static bool is_here(const struct region_table *tables, const char *ip)
{
    for (size_t i = 0; i < s.region.count; i++)
        if (strcmp(tables[i].target, OUR_ENI) != 0)
            return false;
    return is_up(ip);
}

#define WEB_IS_HERE() is_here(s.region.tables, WEB)
#define DB_IS_HERE() is_here(db->tables, DB)

/* The line that a VIP has among those that the run shows begins so. */
static bool shows(const char *beginning)
{
    struct slice rest = slice_of(ran.out);
    while (rest.len > 0)
        if (slice_starts(slice_cut(&rest, '\n'), beginning))
            return true;
    return false;
}

/* --- acquire */

/* One listing serves both, and all writes go out together. */
static void test_both(void **state)
{
    (void)state;
    two_vips();
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here: web (10.9.0.1), db (10.9.0.2), ");
    assert_true(WEB_IS_HERE() && DB_IS_HERE());
    assert_true(shows("web: OK: 10.9.0.1 is here: 2 of 2 route tables send 10.9.0.1/32 to " OUR_ENI " (2 moved, 0 were here, 0 skipped), "));
    assert_true(shows("db: OK: 10.9.0.2 is here: 2 of 2 route tables send 10.9.0.2/32 to " OUR_ENI " (2 moved, 0 were here, 0 skipped), "));
    assert_int_equal(count_of(&s, "guard"), 1);
    assert_int_equal(count_of(&s, "lock"), 1);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
    assert_int_equal(count_of(&s, INTERFACES), 3);
    assert_int_equal(count_of(&s, "alias eth0:1 10.9.0.1/32"), 1);
    assert_int_equal(count_of(&s, "alias eth0:2 10.9.0.2/32"), 1);
    assert_int_equal(find_effect(&s, "ReplaceRoute", 4) - find_effect(&s, "ReplaceRoute", 1), 3);
    assert_int_equal(writes_sent(&s), 4);
    assert_non_null(strstr(ran.timeline, "read         2 route tables on 1 page, web: 0 of 2 here, db: 0 of 2 here\n"));
    assert_non_null(strstr(ran.timeline, "write        4 of 4 written\n"));
}

/* The reading after the writes, which is of db alone. */
static void slow_reading(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == UNKNOWN && count_of(world, "ReplaceRoute") == 2 && count_of(world, "DescribeRouteTables") == 1)
        pass(world, SECOND / 2);
}

/* A VIP that is here costs no write, and its two readings are a second apart although the other's follow at once, or late. */
static void test_one_is_here_already(void **state)
{
    (void)state;
    two_vips();
    s.before = slow_reading;
    target(s.region.tables, OUR_ENI);
    host_add(&s, "eth0:7", WEB, 32);
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_true(WEB_IS_HERE() && DB_IS_HERE());
    assert_int_equal(writes_sent(&s), 2);
    assert_int_equal(count_of(&s, "ReplaceRoute rtb-00000001 " DB "/32"), 1);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 3);
    assert_int_equal(count_of(&s, "alias"), 1);
    assert_in_range(ran.ended_us - app.started_us, SECOND, SECOND + SECOND / 10);
    assert_true(shows("web: OK: 10.9.0.1 is here: 2 of 2 route tables send 10.9.0.1/32 to " OUR_ENI " (0 moved, 2 were here, 0 skipped)"));
}

/* From this reading on what was written of web is shown; of db it never is. */
static unsigned shown_from;

static void show_web(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    for (size_t i = 0; count_of(world, "DescribeRouteTables") + 1 >= shown_from && i < world->region.count; i++)
        world->region.tables[i].stale = 0;
}

/* However late it is shown, its second reading comes, although there is no time to go on looking for the other. */
static void test_one_is_shown_late(void **state)
{
    (void)state;
    for (shown_from = 2;; shown_from++) {
        two_vips();
        s.region.stale_reads = UINT32_MAX;
        s.before = show_web;
        RUN(&s, &app, &ran, "acquire");
        if (count_of(&s, "DescribeRouteTables") < shown_from)
            break;
        assert_true(shows("web: OK: ") && shows("db: UNVERIFIED: "));
    }
    assert_true(shown_from > 4);
}

/* Of the sections only one: as if it were the only one, under its own label. */
static void test_one_of_them(void **state)
{
    (void)state;
    two_vips();
    RUN(&s, &app, &ran, "acquire", "--section", "db");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.2 is here: 2 of 2 route tables send 10.9.0.2/32 to " OUR_ENI " (2 moved, 0 were here, 0 skipped), ");
    assert_string_equal(ran.out, "");
    assert_true(DB_IS_HERE() && !is_up(WEB));
    assert_int_equal(count_of(&s, "alias eth0:2"), 1);
    assert_int_equal(writes_sent(&s), 2);
}

/* Where the two tables send each VIP. */
static void assert_targets(const char *web_first, const char *web_second, const char *db_first, const char *db_second)
{
    assert_string_equal(s.region.tables[0].target, web_first);
    assert_string_equal(s.region.tables[1].target, web_second);
    assert_string_equal(db->tables[0].target, db_first);
    assert_string_equal(db->tables[1].target, db_second);
}

/* Different tables need listings of their own. */
static void test_different_tables(void **state)
{
    (void)state;
    two_vips();
    s.sections = "[web]\nvip = " WEB "\nroute-table = rtb-00000001\n[db]\nvip = " DB "\nroute-table = rtb-00000002\n";
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_targets(OUR_ENI, OLD_ENI, OLD_ENI, OUR_ENI);
    assert_int_equal(writes_sent(&s), 2);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 4);
}

/* However late they begin to differ. */
static void test_different_last_tables(void **state)
{
    (void)state;
    scripted_start(&s, 3);
    db = region_add(&s.region, DB "/32");
    s.sections = "[web]\nvip = " WEB "\nroute-table = rtb-00000001,rtb-00000002\n"
                 "[db]\nvip = " DB "\nroute-table = rtb-00000001,rtb-00000003\n";
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_int_equal(writes_sent(&s), 4);
    assert_string_equal(s.region.tables[1].target, OUR_ENI);
    assert_string_equal(db->tables[2].target, OUR_ENI);
}

static void test_pages(void **state)
{
    (void)state;
    two_vips();
    s.region.page_size = 1;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_true(WEB_IS_HERE() && DB_IS_HERE());
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 4);
}

/* What was not carried out because AWS asked to slow down is made up for, of both. */
static void test_throttled(void **state)
{
    (void)state;
    two_vips();
    add_reply_fault(&s, "ReplaceRoute", 2, 4, THROTTLED);
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_true(WEB_IS_HERE() && DB_IS_HERE());
    assert_int_equal(count_of(&s, "guard"), 2); /* its first yes is old by then */
}

/* While one is held up the other, which was here long before, is taken: it is not said to be here in the end. */
static void taken_after_a_while(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    if (world->now_us > app.started_us + 4 * SECOND)
        target(world->region.tables, FOREIGN_ENI);
}

static void test_one_is_taken_while_the_other_is_throttled(void **state)
{
    (void)state;
    two_vips();
    add_reply_fault(&s, "ReplaceRoute rtb-00000001 " DB, 1, 9, THROTTLED);
    s.before = taken_after_a_while;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_PARTIAL, "1 of 2 VIPs is here, and web (10.9.0.1) is not: CONFLICT: while this run was at work another owner came: "
                                        "rtb-00000001 points to " FOREIGN_ENI);
    assert_true(DB_IS_HERE() && shows("db: OK: "));
    assert_int_equal(count_of(&s, "ReplaceRoute rtb-00000002"), 2);
}

/* It said yes once: what was written stays, and nothing more comes, of either. */
static void no_longer(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    world->guard_says_no |= effect == WAIT;
}

static void test_the_guard_changes_its_mind(void **state)
{
    (void)state;
    two_vips();
    add_reply_fault(&s, "ReplaceRoute", 2, 4, THROTTLED);
    s.before = no_longer;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_PARTIAL, "0 of 2 VIPs are here, and web (10.9.0.1) is not: PARTIAL: the guard said no: exit status 1: 1 of 2 route tables are here");
    assert_true(shows("db: NOTPRIMARY: nothing was written: the guard said no: exit status 1"));
    assert_string_equal(s.region.tables[0].target, OUR_ENI);
    assert_int_equal(count_of(&s, "ReplaceRoute"), 4);
    assert_int_equal(count_of(&s, "guard"), 2);
}

static void test_overlap(void **state)
{
    (void)state;
    two_vips();
    s.sections = "[web]\nvip = 10.109.10.254/27\n[db]\nvip = 10.109.10.253/28\n";
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_USAGE, "the routes of 'web' and 'db' overlap: 10.109.10.224/27 and 10.109.10.240/28; give each VIP");
    s.sections = "[web]\nvip = 10.109.10.253/28\n[db]\nvip = 10.109.10.254/27\n";
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_USAGE, "the routes of 'web' and 'db' overlap: 10.109.10.240/28 and 10.109.10.224/27; give each VIP");
    assert_string_equal(ran.out, "");
    assert_int_equal(count_of(&s, "alias"), 0);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 0);
}

/* What waits for one link waits once, whoever needs it. */
static void test_no_link(void **state)
{
    (void)state;
    two_vips();
    s.interface.carrier = false;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_IFACE, "0 of 2 VIPs are here, and web (10.9.0.1) is not: IFACE: eth0 is without a link");
    assert_int_equal(writes_sent(&s), 0);
    assert_in_range(ran.ended_us - app.started_us, SECOND, SECOND + SECOND / 2);
}

/* The tables with a tag: one listing for the same tags, one for each where they differ. */
static void test_tags(void **state)
{
    static const struct {
        const char *sections;
        unsigned listings; /* each is read once more after the writes */
    } rows[] = {
        {"[web]\nvip = " WEB "\ntag = a=1\n[db]\nvip = " DB "\ntag = a=1\n", 2},
        {"[web]\nvip = " WEB "\ntag = a=1\n[db]\nvip = " DB "\ntag = a=2\n", 4},
        {"[web]\nvip = " WEB "\ntag = a=1\n[db]\nvip = " DB "\n", 4},
        {"[web]\nvip = " WEB "\n[db]\nvip = " DB "\ntag = a=1\n", 4},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        two_vips();
        s.sections = rows[i].sections;
        RUN(&s, &app, &ran, "acquire");
        assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
        assert_true(WEB_IS_HERE() && DB_IS_HERE());
        assert_int_equal(count_of(&s, "DescribeRouteTables"), rows[i].listings);
    }
}

/* One of each family: what the metadata service says of one serves the other not. */
static void test_two_families(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    db = region_add(&s.region, "fd12:3456::2/128");
    s.region.vpc_ipv6_cidrs = "2001:db8:6d00::/56";
    s.sections = "[web]\nvip = " WEB "\n[db]\nvip = fd12:3456::2\n";
    host_add(&s, "eth0", "fd12:3456::2", 128);
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_true(WEB_IS_HERE() && is_here(db->tables, "fd12:3456::2"));
    assert_int_equal(count_of(&s, "alias"), 1); /* web's: the other one has been seen */
    assert_int_equal(count_of(&s, INTERFACES "vpc-ipv4-cidr-blocks"), 1);
    assert_int_equal(count_of(&s, INTERFACES "vpc-ipv6-cidr-blocks"), 1);
}

/* Nor does what it says of another interface, of which this one has gone. */
static void test_two_interfaces(void **state)
{
    (void)state;
    two_vips();
    host_add(&s, "eth1", "10.109.2.10", 24);
    s.sections = "[web]\nvip = " WEB "\n[db]\nvip = " DB "\ninterface = eth1\n";
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_PARTIAL, "1 of 2 VIPs is here, and db (10.9.0.2) is not: IFACE: eth1: No such device");
    assert_true(WEB_IS_HERE() && !is_up(DB));
    assert_string_equal(db->tables[0].target, OLD_ENI);
}

/* Each in its own VPC: the tables of each get the interface that is there. */
static void two_vpcs(void)
{
    two_vips();
    s.region.two_vpcs = s.region.knows_all_enis = s.region.tables[1].abroad = true;
    host_add(&s, "eth1", "10.110.1.10", 24);
    s.sections = "[web]\nvip = " WEB "\ninterface = eth0\n[db]\nvip = " DB "\ninterface = eth1\n";
}

static void test_two_vpcs(void **state)
{
    (void)state;
    two_vpcs();
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here");
    assert_targets(OUR_ENI, OLD_ENI, OLD_ENI, OTHER_ENI);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 4);
    assert_int_equal(count_of(&s, "alias eth1:2 " DB "/32"), 1);
}

/* What is not seen is all of both VPCs, and what is to be checked are both interfaces. */
static void test_policy_of_two_vpcs(void **state)
{
    static const char *const parts[] = {"vpc/" OUR_VPC, "vpc/" OTHER_VPC, "network-interface/" OUR_ENI, "network-interface/" OTHER_ENI};
    (void)state;
    two_vpcs();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "what moving 10.9.0.1/32, 10.9.0.2/32 takes, in every route table of " OUR_VPC ", " OTHER_VPC ", in account " OUR_ACCOUNT ", unseen: ");
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_non_null(strstr(ran.out, parts[i]));
}

/* One has failed before what keeps the other: each has its own word. */
static void test_one_after_the_other(void **state)
{
    (void)state;
    two_vips();
    host_add(&s, "eth0:2", DB, 32);
    s.sections = "[db]\nvip = " DB "\ninterface = eth7\n[web]\nvip = " WEB "\n";
    add_reply_fault(&s, "/latest/api/token", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_IFACE, "0 of 2 VIPs are here, and db (10.9.0.2) is not: IFACE: 10.9.0.2 is on eth0");
    assert_true(shows("db: IFACE: ") && shows("web: IDENTITY: "));
    assert_int_equal(writes_sent(&s), 0);
}

/* AWS's reason for each table, at its longest. */
static void refuse_at_length(struct scripted *world, struct buf *reply)
{
    char why[LIMIT_UNTRUSTED_TEXT];
    if (world->events[world->effects].effect != WRITE)
        return;
    memset(why, 'x', sizeof why - 1);
    why[0] = (char)('a' + world->replies % 26);
    why[sizeof why - 1] = '\0';
    reply->len = 0;
    put_error(reply, &world->region, 403, "UnauthorizedOperation", why);
}

/* What has happened is cut, what to do about it is not. */
static void test_a_long_story(void **state)
{
    (void)state;
    scripted_start(&s, 4);
    db = region_add(&s.region, DB "/32");
    s.sections = CONFIG;
    s.damage = refuse_at_length;
    RUN(&s, &app, &ran, "acquire");
    assert_false(ran.ok);
    const char *cure = strchr(ran.e.text, ';');
    assert_true(cure && cure[-1] == 'x' && strlen(cure) > 10);
    assert_true(strstr(ran.e.text, "rtb-00000001 (ReplaceRoute: HTTP 403") && !strstr(ran.e.text, "rtb-00000004"));
    assert_true(shows("web: ") && shows("db: "));
}

/* What keeps all of them is said once. */
static void test_none(void **state)
{
    (void)state;
    two_vips();
    s.locked_until_us = UINT64_MAX;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_BUSY, "another run holds the lock: pid 4711");
    assert_string_equal(ran.out, "");
    two_vips();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_REFUSED, "0 of 2 VIPs are here, and web (10.9.0.1) is not: REFUSED: list route tables: ");
    assert_true(shows("web: REFUSED: list route tables: ") && shows("db: REFUSED: list route tables: "));
}

/* The guard's no holds for all writes, and for no VIP that needs none. */
static void test_guard_says_no(void **state)
{
    (void)state;
    two_vips();
    s.guard_says_no = true;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "0 of 2 VIPs are here, and web (10.9.0.1) is not: NOTPRIMARY: nothing was written: the guard said no: exit status 1; run it on the primary");
    assert_int_equal(writes_sent(&s), 0);
    assert_int_equal(count_of(&s, "guard"), 1);
    two_vips();
    target(s.region.tables, OUR_ENI);
    s.guard_says_no = true;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_PARTIAL, "1 of 2 VIPs is here, and db (10.9.0.2) is not: NOTPRIMARY: ");
    assert_true(shows("web: OK: ") && shows("db: NOTPRIMARY: nothing was written: the guard said no: exit status 1; run it on the primary"));
    assert_int_equal(writes_sent(&s), 0);
    assert_int_equal(count_of(&s, "guard"), 1);
}

/* A VIP that loses its route after the guard's no is not brought back behind its back. */
static void lose_route(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT)
        target(world->region.tables, "");
}

static void test_the_guards_no_lasts(void **state)
{
    (void)state;
    two_vips();
    target(s.region.tables, OUR_ENI);
    s.guard_says_no = true;
    s.before = lose_route;
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "0 of 2 VIPs are here");
    assert_int_equal(count_of(&s, "guard"), 1);
    assert_int_equal(writes_sent(&s), 0);
}

/* --- One of them fails */

struct row {
    const char *name;
    const char *config;
    void (*set)(void);
    enum err_kind kind; /* of the whole */
    const char *part;
    const char *line; /* of db */
    bool up;          /* its alias, in the end */
};

static void label_is_taken(void)
{
    host_add(&s, "eth0:2", "10.9.0.99", 32);
}

static void forbidden(void)
{
    add_reply_fault(&s, "ReplaceRoute rtb-00000002 " DB, 1, UINT32_MAX, FORBIDDEN);
}

static void both_forbidden(void)
{
    forbidden();
    add_reply_fault(&s, "ReplaceRoute rtb-00000001 " DB, 1, UINT32_MAX, FORBIDDEN);
}

static void one_is_a_gateways(void)
{
    target(db->tables, OUR_ENI);
    assert_true(slice_copy(slice_of("igw-0123456789abcdef0"), db->tables[1].target, sizeof db->tables[1].target));
}

static void stale_for_ever(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    for (size_t i = 0; effect == UNKNOWN && i < world->region.count; i++)
        db->tables[i].stale = db->tables[i].applied > 0 ? 100 : 0;
}

static void never_seen(void)
{
    s.before = stale_for_ever;
}

static void stolen(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    if (db->tables[0].applied > 0 && db->tables[1].applied > 0 && world->region.tables[1].applied > 0)
        target(db->tables, FOREIGN_ENI);
}

static void taken_meanwhile(void)
{
    s.before = stolen;
}

static const struct row rows[] = {
    {"its interface is not there", "[db]\nvip = " DB "\ninterface = eth1\n[web]\nvip = " WEB "\n", NULL, ERR_PARTIAL,
     "1 of 2 VIPs is here, and db (10.9.0.2) is not: IFACE: eth1: No such device", "db: IFACE: eth1: No such device", false},
    {"its label is taken", CONFIG, label_is_taken, ERR_PARTIAL, "db (10.9.0.2) is not: IFACE: eth0:2 holds 10.9.0.99 already", "db: IFACE: eth0:2 holds", false},
    {"it is in the host's own subnet", "[db]\nvip = 10.109.1.77/24\n[web]\nvip = " WEB "\n", NULL, ERR_PARTIAL,
     "db (10.109.1.77) is not: USAGE: the destination 10.109.1.0/24 would swallow", "db: USAGE: ", false},
    {"a table that it names is not there", "[db]\nvip = " DB "\nroute-table = rtb-99999999\n[web]\nvip = " WEB "\n", NULL, ERR_PARTIAL,
     "db (10.9.0.2) is not: REFUSED: route table rtb-99999999 does not exist", "db: REFUSED: route table rtb-99999999", true},
    {"one of its writes is refused", CONFIG, forbidden, ERR_PARTIAL, "1 of 2 VIPs is here, and db (10.9.0.2) is not: PARTIAL: 1 of 2 route tables are here, not here: rtb-00000002",
     "db: PARTIAL: 1 of 2 route tables are here, not here: rtb-00000002 (ReplaceRoute: HTTP 403", true},
    {"all of its writes are refused", CONFIG, both_forbidden, ERR_PARTIAL, "1 of 2 VIPs is here, and db (10.9.0.2) is not: REFUSED: 0 of 2 route tables",
     "db: REFUSED: 0 of 2 route tables", true},
    {"its owner may not lose it", "[web]\nvip = " WEB "\n[db]\nvip = " DB "\nonly-if-owner = " FOREIGN_ENI "\n", NULL, ERR_PARTIAL,
     "db (10.9.0.2) is not: CONFLICT: rtb-00000001 belongs to " OLD_ENI, "db: CONFLICT: ", true},
    {"one of its owners cannot be named", "[web]\nvip = " WEB "\n[db]\nvip = " DB "\nonly-if-owner = " OLD_ENI "\n", one_is_a_gateways, ERR_PARTIAL,
     "db (10.9.0.2) is not: CONFLICT: rtb-00000002 belongs to igw-0123456789abcdef0", "db: CONFLICT: ", true},
    {"it is never seen", CONFIG, never_seen, ERR_UNVERIFIED, "1 of 2 VIPs is here, and db (10.9.0.2) is not: UNVERIFIED: 2 of 2 route tables were written, but",
     "db: UNVERIFIED: ", true},
    {"another owner comes", CONFIG, taken_meanwhile, ERR_PARTIAL, "db (10.9.0.2) is not: CONFLICT: while this run was at work another owner came: rtb-00000001 points to " FOREIGN_ENI,
     "db: CONFLICT: ", true},
};

static void test_one_fails(void **state)
{
    const struct row *row = *state;
    two_vips();
    s.sections = row->config;
    if (row->set)
        row->set();
    RUN(&s, &app, &ran, "acquire");
    assert_ended(&s, &ran, row->kind, row->part);
    assert_true(WEB_IS_HERE());
    assert_true(shows("web: OK: ") && shows(row->line));
    assert_int_equal(is_up(DB), row->up);
    assert_true(strchr(ran.e.text, ';') && strchr(ran.e.text, ';') == strrchr(ran.e.text, ';'));
}

/* --- Whatever goes wrong with any effect, of either */

static void check_told(const char *line, bool here)
{
    if (shows(line) && !here)
        broken(&s, "'%s' is said, and is not so", line);
}

static void run_with(unsigned effect, enum outcome_name goes)
{
    two_vips();
    add_fault(&s, effect, effect, goes);
    RUN(&s, &app, &ran, "acquire");
    check_told("web: OK: ", WEB_IS_HERE());
    check_told("db: OK: ", DB_IS_HERE());
    if (ran.ok && !(WEB_IS_HERE() && DB_IS_HERE()))
        broken(&s, "both are said to be here");
}

static void assert_unbroken(unsigned effect, enum outcome_name goes)
{
    if (!s.broken[0])
        return;
    print_error("effect %u, %s: %s: '%s'; %s\n%s", effect, outcomes[goes].name, err_name(ran.e.kind), ran.e.text, s.broken, ran.out);
    print_events(&s);
    fail();
}

static void test_everywhere(void **state)
{
    static char texts[64][160];
    unsigned effects;
    (void)state;
    two_vips();
    RUN(&s, &app, &ran, "acquire");
    effects = s.effects;
    assert_in_range(effects, 20, COUNT(texts) - 1);
    for (unsigned n = 1; n <= effects; n++)
        memcpy(texts[n], s.events[n].text, sizeof texts[n]);
    for (unsigned n = 1; n <= effects; n++)
        for (unsigned goes = GOES_WELL + 1; goes < OUTCOME_COUNT; goes++) {
            bool is_dbs = strstr(texts[n], DB) != NULL;
            run_with(n, goes);
            /* A minute that the host was stopped, or a signal, is nobody's own. */
            if (is_dbs && outcomes[goes].way < STOPS && !WEB_IS_HERE())
                broken(&s, "web is not here, for what went wrong with db");
            assert_unbroken(n, goes);
            scripted_heal(&s);
            s.sections = CONFIG;
            RUN(&s, &app, &ran, "acquire");
            if (!ran.ok || !WEB_IS_HERE() || !DB_IS_HERE())
                broken(&s, "the next run does not bring both here");
            assert_unbroken(n, goes);
        }
}

/* --- The other verbs */

static void test_status(void **state)
{
    (void)state;
    two_vips();
    target(s.region.tables, OUR_ENI);
    host_add(&s, "eth0:1", WEB, 32);
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_DIFFERS, "1 of 2 VIPs is here, and db (10.9.0.2) is not: DIFFERS: 0 of 2 route tables send 10.9.0.2/32 here, and the alias is missing");
    assert_non_null(strstr(ran.out, "10.9.0.1"));
    assert_non_null(strstr(ran.out, "10.9.0.2"));
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 1);
    target(db->tables, OUR_ENI);
    host_add(&s, "eth0:2", DB, 32);
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are here: web (10.9.0.1), db (10.9.0.2)");
}

static void test_dry_run(void **state)
{
    (void)state;
    two_vips();
    target(s.region.tables, OUR_ENI);
    host_add(&s, "eth0:1", WEB, 32);
    RUN(&s, &app, &ran, "acquire", "--dry-run");
    assert_ended(&s, &ran, ERR_DIFFERS, "1 of 2 VIPs is here, and db (10.9.0.2) is not: DIFFERS: dry run: 2 of 2 route tables would be written, and the alias set");
    assert_string_equal(ran.out, "web\n"
                                 "rtb-00000001  here: nothing\n"
                                 "rtb-00000002  here: nothing\n"
                                 "\n"
                                 "db\n"
                                 "eth0:2  add 10.9.0.2/32\n"
                                 "rtb-00000001  elsewhere: ReplaceRoute\n"
                                 "rtb-00000002  elsewhere: ReplaceRoute\n"
                                 "web: OK: dry run: nothing to do, 10.9.0.1 is here\n"
                                 "db: DIFFERS: dry run: 2 of 2 route tables would be written, and the alias set; run it without --dry-run\n");
    assert_int_equal(writes_sent(&s), 0);
    assert_int_equal(count_of(&s, "alias"), 0);
}

static void both_up(void)
{
    two_vips();
    host_add(&s, "eth0:1", WEB, 32);
    host_add(&s, "eth0:2", DB, 32);
}

static void test_release(void **state)
{
    (void)state;
    both_up();
    RUN(&s, &app, &ran, "release");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are released: web (10.9.0.1), db (10.9.0.2)");
    assert_true(!is_up(WEB) && !is_up(DB));
    both_up();
    add_fault(&s, 3, 3, NO_CONNECTION); /* lock, addresses, remove */
    RUN(&s, &app, &ran, "release");
    assert_ended(&s, &ran, ERR_IFACE, "1 of 2 VIPs is released, and web (10.9.0.1) is not: IFACE: cannot remove the alias");
    assert_true(is_up(WEB) && !is_up(DB));
    assert_true(shows("db: OK: 10.9.0.2 was taken off eth0:2"));
}

static void test_release_routes(void **state)
{
    (void)state;
    both_up();
    target(s.region.tables, OUR_ENI);
    target(db->tables, OUR_ENI);
    s.may_delete = true;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are released");
    assert_true(shows("web: OK: 10.9.0.1 was taken off eth0:1; 2 routes deleted") && shows("db: OK: 10.9.0.2 was taken off eth0:2; 2 routes deleted"));
    assert_int_equal(writes_sent(&s), 4);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
    both_up();
    target(s.region.tables, OUR_ENI);
    target(db->tables, OUR_ENI);
    s.may_delete = true;
    add_reply_fault(&s, "DeleteRoute rtb-00000001", 1, 1, FORBIDDEN);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_REFUSED, "1 of 2 VIPs is released, and web (10.9.0.1) is not: REFUSED: the alias is down, but not all routes are deleted: rtb-00000001: ");
    assert_true(shows("web: REFUSED: ") && shows("db: OK: "));
    assert_string_equal(db->tables[0].target, "");
    assert_string_equal(s.region.tables[0].target, OUR_ENI);
}

/* A deletion of one VIP that hangs does not make the other's late: by then another host may have taken what was seen here. */
static bool is_taken;

static void taken_soon(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)effect;
    if (is_taken || count_of(world, "DeleteRoute") == 0 || world->now_us < app.started_us + 3 * SECOND)
        return;
    is_taken = true;
    target(db->tables, FOREIGN_ENI);
}

static void test_release_leaves_what_was_taken(void **state)
{
    (void)state;
    both_up();
    target(s.region.tables, OUR_ENI);
    target(db->tables, OUR_ENI);
    s.may_delete = true;
    is_taken = false;
    add_reply_fault(&s, "DeleteRoute rtb-00000001", 1, 1, HANGS_BEFORE);
    s.before = taken_soon;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are released");
    assert_true(is_taken);
    assert_string_equal(db->tables[0].target, FOREIGN_ENI);
    assert_string_equal(db->tables[1].target, FOREIGN_ENI);
    assert_string_equal(s.region.tables[0].target, "");
}

static void comes_here(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT && count_of(world, "DeleteRoute") == 0)
        target(db->tables, OUR_ENI);
}

/* More than go out at once: what is left is deleted after readings of its own. */
static void test_release_of_many_routes(void **state)
{
    (void)state;
    scripted_start(&s, OTHER_TABLES);
    db = region_add(&s.region, DB "/32");
    s.sections = CONFIG;
    target(s.region.tables, OUR_ENI);
    target(db->tables, OUR_ENI);
    s.may_delete = true;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are released");
    for (size_t i = 0; i < OTHER_TABLES; i++)
        assert_true(!s.region.tables[i].target[0] && !db->tables[i].target[0]);
    assert_int_equal(writes_sent(&s), 2 * OTHER_TABLES);
    unsigned last_of_first = find_effect(&s, "DeleteRoute", LIMIT_TABLES), next = find_effect(&s, "DeleteRoute", LIMIT_TABLES + 1);
    assert_int_equal(find_effect(&s, "DescribeRouteTables", 2), last_of_first - LIMIT_TABLES);
    assert_true(last_of_first < find_effect(&s, "DescribeRouteTables", 3) && find_effect(&s, "DescribeRouteTables", 4) < next);
    /* And says so, where there is no time for them. */
    scripted_start(&s, OTHER_TABLES);
    db = region_add(&s.region, DB "/32");
    s.sections = CONFIG;
    target(s.region.tables, OUR_ENI);
    target(db->tables, OUR_ENI);
    s.may_delete = true;
    add_reply_fault(&s, "DeleteRoute rtb-0000007e " DB, 1, 1, SIGNALLED_AFTER);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "1 of 2 VIPs is released, and db (10.9.0.2) is not: UNVERIFIED: the alias is down, but not all routes are deleted: "
                                           "rtb-0000007f points here, but others were to be deleted first");
}

/* A route that only the second reading shows is not left behind as if there were none; nor deleted before a third has shown it. */
static void test_release_of_what_is_seen_late(void **state)
{
    (void)state;
    both_up();
    target(s.region.tables, OUR_ENI);
    target(db->tables, OLD_ENI);
    s.may_delete = true;
    s.before = comes_here;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are released");
    assert_true(shows("web: OK: 10.9.0.1 was taken off eth0:1; 2 routes deleted") && shows("db: OK: 10.9.0.2 was taken off eth0:2; 2 routes deleted"));
    assert_in_range(find_effect(&s, "DescribeRouteTables", 3), 1, find_effect(&s, "DeleteRoute rtb-00000001 " DB, 1));
}

/* Each alias goes where its own tables say. */
static void test_follow(void **state)
{
    (void)state;
    two_vips();
    target(s.region.tables, OUR_ENI);
    host_add(&s, "eth0:2", DB, 32);
    RUN(&s, &app, &ran, "follow");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are followed: web (10.9.0.1), db (10.9.0.2)");
    assert_true(is_up(WEB) && !is_up(DB));
    assert_true(shows("web: OK: 10.9.0.1 is here: all of 2 route tables send 10.9.0.1/32 to " OUR_ENI ", and the alias was put up"));
    assert_true(shows("db: OK: 10.9.0.2 is elsewhere: all of 2 route tables send 10.9.0.2/32 to " OLD_ENI ", and the alias was taken down"));
    assert_int_equal(count_of(&s, "claim the lock"), 1);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
    scripted_heal(&s);
    RUN(&s, &app, &ran, "follow");
    assert_ended(&s, &ran, ERR_OK, "2 of 2 VIPs are followed");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 1);
    assert_int_equal(count_of(&s, "claim the lock"), 0);
}

static void test_follow_knows_one(void **state)
{
    (void)state;
    two_vips();
    target(s.region.tables, OUR_ENI);
    db->tables[1].target[0] = '\0';
    host_add(&s, "eth0:2", DB, 32);
    RUN(&s, &app, &ran, "follow");
    assert_ended(&s, &ran, ERR_DIFFERS, "1 of 2 VIPs is followed, and db (10.9.0.2) is not: DIFFERS: the alias stays as it is: 0 of 2 route tables");
    assert_true(is_up(WEB) && is_up(DB));
    assert_true(shows("web: OK: ") && shows("db: DIFFERS: the alias stays as it is: "));
}

/* --- check and policy: what two VIPs share is asked about, and named, once */

static size_t times(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static void test_check(void **state)
{
    (void)state;
    two_vips();
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1, 10.9.0.2");
    assert_int_equal(count_of(&s, "DescribeNetworkInterfaces"), 1);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2); /* once more for the subnets that follow them */
}

/* What keeps one of them is told under its name, and the others are looked at all the same. */
static void test_check_of_one(void **state)
{
    (void)state;
    two_vips();
    host_add(&s, "eth0:7", DB, 32);
    s.sections = "[db]\nvip = " DB "\ninterface = eth7\n[web]\nvip = " WEB "\n";
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_IFACE, "1 failure");
    assert_non_null(strstr(ran.out, "10.9.0.2 is on eth0, and eth7, which --interface names, has no address"));
    assert_int_equal(count_of(&s, "dry ReplaceRoute"), 2);
    assert_int_equal(count_of(&s, "DescribeNetworkInterfaces"), 1);
}

/* A table that one of them leaves alone is asked about for the other. */
static void leave_the_first(void)
{
    two_vips();
    s.region.tables[0].target[0] = '\0';
    s.sections = "[web]\nvip = " WEB "\ntables = existing\n[db]\nvip = " DB "\n";
}

static void test_check_of_different_tables(void **state)
{
    (void)state;
    leave_the_first();
    add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check");
    assert_int_equal(count_of(&s, "dry ReplaceRoute rtb-00000001 " DB "/32"), 1);
    assert_int_equal(count_of(&s, "dry ReplaceRoute rtb-00000002"), 1);
    assert_int_equal(count_of(&s, "dry ReplaceRoute"), 2);
    assert_non_null(strstr(ran.out, "rtb-00000001, once it has no route: CreateRoute: HTTP 403"));
}

#define TABLE_1 "route-table/rtb-00000001\""
#define TABLE_2 "route-table/rtb-00000002\""

static void test_policy(void **state)
{
    (void)state;
    two_vips();
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "");
    assert_int_equal(times(ran.out, TABLE_1), 1);
    assert_int_equal(times(ran.out, TABLE_2), 1);
}

static void test_policy_of_different_tables(void **state)
{
    (void)state;
    two_vips();
    s.sections = "[web]\nvip = " WEB "\nroute-table = rtb-00000001\n[db]\nvip = " DB "\nroute-table = rtb-00000001,rtb-00000002\n";
    for (int forbidden = 0; forbidden < 2; forbidden++) {
        if (forbidden)
            add_reply_fault(&s, "DescribeRouteTables", 1, 9, FORBIDDEN);
        RUN(&s, &app, &ran, "policy");
        assert_ended(&s, &ran, ERR_OK, "");
        assert_int_equal(times(ran.out, TABLE_1), 1);
        assert_int_equal(times(ran.out, TABLE_2), 1);
    }
}

static void test_policy_of_one_that_leaves_a_table(void **state)
{
    (void)state;
    leave_the_first();
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "2 route tables");
    assert_int_equal(times(ran.out, TABLE_1), 1);
    assert_int_equal(times(ran.out, TABLE_2), 1);
}

/* Unseen, they have the VPC in common; and what is wrong with one of them makes no policy for the other. */
static void test_policy_of_the_whole(void **state)
{
    (void)state;
    two_vips();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "every route table of " OUR_VPC);
    assert_int_equal(times(ran.out, ":vpc/" OUR_VPC "\""), 1);
    two_vips();
    s.sections = "[web]\nvip = " WEB "\n[db]\nvip = " DB "\nroute-table = rtb-0000000f\n";
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_REFUSED, "rtb-0000000f does not exist");
    assert_string_equal(ran.out, "");
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_check);
    SUITE_TEST(&suite, test_policy);
    SUITE_TEST(&suite, test_policy_of_different_tables);
    SUITE_TEST(&suite, test_check_of_one);
    SUITE_TEST(&suite, test_check_of_different_tables);
    SUITE_TEST(&suite, test_policy_of_one_that_leaves_a_table);
    SUITE_TEST(&suite, test_policy_of_the_whole);
    SUITE_TEST(&suite, test_both);
    SUITE_TEST(&suite, test_one_is_here_already);
    SUITE_TEST(&suite, test_one_is_shown_late);
    SUITE_TEST(&suite, test_one_of_them);
    SUITE_TEST(&suite, test_different_tables);
    SUITE_TEST(&suite, test_different_last_tables);
    SUITE_TEST(&suite, test_pages);
    SUITE_TEST(&suite, test_throttled);
    SUITE_TEST(&suite, test_one_is_taken_while_the_other_is_throttled);
    SUITE_TEST(&suite, test_the_guard_changes_its_mind);
    SUITE_TEST(&suite, test_overlap);
    SUITE_TEST(&suite, test_no_link);
    SUITE_TEST(&suite, test_tags);
    SUITE_TEST(&suite, test_two_families);
    SUITE_TEST(&suite, test_two_interfaces);
    SUITE_TEST(&suite, test_two_vpcs);
    SUITE_TEST(&suite, test_policy_of_two_vpcs);
    SUITE_TEST(&suite, test_one_after_the_other);
    SUITE_TEST(&suite, test_a_long_story);
    SUITE_TEST(&suite, test_none);
    SUITE_TEST(&suite, test_guard_says_no);
    SUITE_TEST(&suite, test_the_guards_no_lasts);
    SUITE_ROWS(&suite, test_one_fails, rows);
    SUITE_TEST(&suite, test_everywhere);
    SUITE_TEST(&suite, test_status);
    SUITE_TEST(&suite, test_dry_run);
    SUITE_TEST(&suite, test_release);
    SUITE_TEST(&suite, test_release_routes);
    SUITE_TEST(&suite, test_release_leaves_what_was_taken);
    SUITE_TEST(&suite, test_release_of_many_routes);
    SUITE_TEST(&suite, test_release_of_what_is_seen_late);
    SUITE_TEST(&suite, test_follow);
    SUITE_TEST(&suite, test_follow_knows_one);
    return suite_run(&suite, "app/several");
}
