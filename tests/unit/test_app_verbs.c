/*
 * verbs: status, dry-run, release, help and version: what they print, what they change, and that those which only look
 * write nothing, whatever goes wrong.
 */
#include "scripted_world.h"

#include "app/reach.h"

static struct scripted s;
static struct app app;
static struct ran ran;

/* Table 1 is here, 2 elsewhere, 3 has none, 4 is a gateway's. */
static void four_tables(void)
{
    scripted_start(&s, 4);
    region_target(&s.region, 0, OUR_ENI);
    region_target(&s.region, 2, "");
    s.region.tables[3].edge = true;
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

static void all_here(void)
{
    scripted_start(&s, 2);
    region_target(&s.region, 0, OUR_ENI);
    region_target(&s.region, 1, OUR_ENI);
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

/* Neither a lock is taken nor anything changed. */
static void assert_only_looked(void)
{
    assert_int_equal(count_of(&s, "lock"), 0);
    assert_int_equal(count_of(&s, "guard"), 0);
    assert_int_equal(count_of(&s, "alias"), 0);
    assert_int_equal(count_of(&s, "remove"), 0);
    assert_int_equal(writes_sent(&s), 0);
}

/* --- status */

static void test_status_differs(void **state)
{
    (void)state;
    four_tables();
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_DIFFERS, "1 of 3 route tables send 10.9.0.1/32 here, and the alias is up");
    assert_string_equal(ran.out, "vip          10.9.0.1, on eth0:1\n"
                                 "destination  10.9.0.1/32, overlay\n"
                                 "this host    " OUR_ENI " in " OUR_VPC ", eu-central-1\n"
                                 "owner        several targets\n"
                                 "\n"
                                 "ROUTE TABLE            NAME            TARGET                 SAYS\n"
                                 "rtb-00000001           table 00000001  " OUR_ENI "  here\n"
                                 "rtb-00000002           table 00000002  " OLD_ENI "  elsewhere\n"
                                 "rtb-00000003           table 00000003  -                      nowhere\n"
                                 "rtb-00000004           table 00000004  " OLD_ENI "  edge (skipped: a gateway's own)\n");
    assert_only_looked();
}

static void test_status_here(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: 2 of 2 route tables send 10.9.0.1/32 to " OUR_ENI);
    assert_non_null(strstr(ran.out, "owner        " OUR_ENI " (this host)\n"));
    assert_only_looked();
}

/* The routes alone are not the whole: without the alias the host drops what comes. */
static void test_status_without_alias(void **state)
{
    (void)state;
    all_here();
    s.addresses.count--;
    RUN(&s, &app, &ran, "status", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_DIFFERS, "2 of 2 route tables send 10.9.0.1/32 here, and the alias is missing");
    assert_non_null(strstr(ran.out, "vip          10.9.0.1, not on eth0\n"));
}

/* A label may hold what no route can lead to. */
static void test_status_of_no_vip(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    host_add(&s, "eth0:1", "169.254.10.1", 32);
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_USAGE, "169.254.10.1 cannot be a VIP: it is a link-local address");
    assert_only_looked();
}

static void test_status_without_tables(void **state)
{
    (void)state;
    all_here();
    s.region.count = 0;
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_DIFFERS, "0 of 0 route tables");
    assert_non_null(strstr(ran.out, "owner        nobody\n"));
}

/* Row 109: a kernel that hardens less is told of, and no more. */
static void test_reduced_hardening(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "status");
    assert_null(strstr(ran.timeline, "hardening"));
    unsigned seal = find_effect(&s, "seal", 1);
    all_here();
    add_fault(&s, seal, seal, NO_CONNECTION);
    RUN(&s, &app, &ran, "status");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here");
    assert_non_null(strstr(ran.timeline, "  hardening    reduced: without Landlock, seccomp\n"));
}

/* --- check */

/* What one line of the findings says, without how it says it. */
static void assert_found(const char *severity, const char *about, const char *part)
{
    char beginning[32];
    struct slice rest = slice_of(ran.out);
    (void)snprintf(beginning, sizeof beginning, "%-9s%-15s", severity, about);
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        if (slice_starts(line, beginning) && memmem(line.at, line.len, part, strlen(part)))
            return;
    }
    fail_msg("no %s of %s: '%s' in\n%s", severity, about, part, ran.out);
}

static unsigned findings_of(const char *severity)
{
    unsigned count = 0;
    for (struct slice rest = slice_of(ran.out); rest.len > 0;)
        count += slice_starts(slice_cut(&rest, '\n'), severity);
    return count;
}

static void test_check(void **state)
{
    (void)state;
    four_tables();
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "nothing was found that keeps 10.9.0.1 from coming here, with 0 warnings");
    assert_string_equal(ran.out,
                        "ok       configuration  /etc/mirrorvip.conf is root's, and nobody else may write it\n"
                        "ok       guard          there is none, so the VIP comes to whoever calls acquire\n"
                        "ok       alias          10.9.0.1 is on eth0:1\n"
                        "ok       rights         none is needed, as 10.9.0.1 is up\n"
                        "ok       interface      eth0 is up and has a link\n"
                        "ok       identity       " OUR_ENI ", the one that has the MAC of eth0, " OUR_MAC ", on " OUR_INSTANCE " in " OUR_VPC "\n"
                        "ok       metadata       169.254.169.254 answers, to version 2 of its protocol, and its hop limit, which it does not tell, lets a token come here\n"
                        "ok       clock          this host's is 0 s behind the metadata service's\n"
                        "ok       path           packets of the VPC's clients come in by eth0, and answers leave by it\n"
                        "ok       placement      10.9.0.1 is outside every CIDR of the VPC, so the route's destination is the VIP alone: 10.9.0.1/32\n"
                        "ok       region         eu-central-1, where this instance is\n"
                        "ok       endpoint       ec2.eu-central-1.amazonaws.com, the region's public endpoint\n"
                        "ok       credentials    ASIAEXAMPLE of the instance profile's role mirror-vip, good until 2026-01-01T06:00:00Z\n"
                        "ok       credentials    to AWS they are those of arn:aws:sts::" OUR_ACCOUNT ":assumed-role/mirror-vip/" OUR_INSTANCE ", in account "
                        OUR_ACCOUNT "\n"
                        "ok       clock          this host's is 0 s behind AWS's\n"
                        "ok       API            ec2.eu-central-1.amazonaws.com: its certificate is good, and it lists 4 route tables\n"
                        "ok       table          rtb-00000001 says here: " OUR_ENI "\n"
                        "ok       table          rtb-00000002 says elsewhere: " OLD_ENI "\n"
                        "ok       table          rtb-00000003 says nowhere: nobody\n"
                        "ok       table          rtb-00000004 says edge, and is left alone\n"
                        "ok       subnets        all 3 follow route tables that a failover writes\n"
                        "ok       permission     of 3 route tables ReplaceRoute is permitted on 3, CreateRoute on 3, and DeleteRoute, which nothing "
                        "needs but release --route, on 3: by dry runs, which tell of permission alone\n"
                        "ok       permission     ModifyNetworkInterfaceAttribute of " OUR_ENI ", which nothing needs but check --fix, is permitted\n"
                        "ok       source/dest    the check of " OUR_ENI " is off\n");
    assert_only_looked();
    assert_int_equal(count_of(&s, "dry ReplaceRoute"), 3);
    assert_int_equal(count_of(&s, "dry CreateRoute"), 3);
    assert_int_equal(count_of(&s, "dry DeleteRoute"), 3);
    for (size_t i = 0; i < s.region.count; i++)
        assert_int_equal(s.region.tables[i].applied, 0);
}

/* One run tells all that is wrong; the first failure gives the end its kind. */
static void test_check_fails(void **state)
{
    (void)state;
    four_tables();
    s.addresses.count--;
    s.rights.may_change_addresses = false;
    s.interface.carrier = false;
    s.region.tables[0].dead = true;
    s.region.tables[1].twice = true;
    s.region.source_dest_check = true;
    add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_IFACE, "5 failures and 3 warnings, first: rights: this process has no CAP_NET_ADMIN to add the alias: "
                                      "the capability of the program's file is not given here; do what is said of it");
    assert_found("failure", "interface", "eth0 is without a link; ip link show eth0");
    assert_found("warning", "table", "rtb-00000001 says blackhole: " OUR_ENI " is dead, until the host that should have the VIP takes it; mirrorvip acquire");
    assert_found("failure", "table", "rtb-00000002 says ambiguous");
    assert_found("failure", "permission", "rtb-00000003: CreateRoute: HTTP 403 UnauthorizedOperation: You are not authorized.; aws iam put-role-policy "
                                          "--role-name mirror-vip --policy-name mirrorvip-CreateRoute-rtb-00000003 --policy-document "
                                          "'{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"ec2:CreateRoute\", "
                                          "\"Resource\": \"arn:aws:ec2:eu-central-1:*:route-table/rtb-00000003\"}]}'");
    assert_found("warning", "permission", "rtb-00000001, once it has no route: CreateRoute: HTTP 403 UnauthorizedOperation: You are not authorized.; aws iam "
                                          "put-role-policy --role-name mirror-vip --policy-name mirrorvip-CreateRoute-rtb-00000001 ");
    assert_found("ok", "permission", "of 3 route tables ReplaceRoute is permitted on 3, CreateRoute on 0, and DeleteRoute, ");
    assert_found("failure", "source/dest", "; aws ec2 modify-network-interface-attribute --network-interface-id " OUR_ENI " --no-source-dest-check");
    assert_only_looked();
}

static void test_check_of_a_spare_subnet(void **state)
{
    static const struct {
        const char *vip;
        const char *subnet;
        unsigned free;
        enum err_kind kind;
        const char *says;
    } rows[] = {
        {"10.109.10.254/27", "10.109.10.224/27", 27, ERR_OK, "10.109.10.224/27 is a subnet of the VPC, subnet-0000ffff, and nobody is in it"},
        {"10.109.10.254/28", "10.109.10.224/27", 27, ERR_USAGE,
         "nearest that can be is 10.109.10.224/27, the spare subnet that it is in; mirrorvip check --vip 10.109.10.254/27"},
        {"10.109.10.254/27", "10.109.10.224/27", 20, ERR_USAGE, "10.109.10.224/27, subnet-0000ffff, has 7 of its addresses taken"},
        {"10.109.10.250/29", "10.109.10.248/29", 0, ERR_USAGE, "an overlay; mirrorvip check --vip 10.110.10.250/32"}, /* AWS has none as small */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 1);
        region_target(&s.region, 0, "");
        s.region.subnet = rows[i].subnet;
        s.region.subnet_free = rows[i].free;
        RUN(&s, &app, &ran, "check", "--vip", rows[i].vip);
        assert_ended(&s, &ran, rows[i].kind, rows[i].kind == ERR_OK ? "nothing was found" : "first: placement: ");
        assert_found(rows[i].kind == ERR_OK ? "ok" : "failure", "placement", rows[i].says);
        assert_found("ok", "source/dest", "is off");
    }
}

/* What mends a placement is said where the VIP was said: on the host, on the command line, in the file, in its section of it. */
static void test_check_of_where_the_vip_is_said(void **state)
{
    static const struct {
        const char *sections;
        const char *option;
        const char *says;
    } rows[] = {
        {NULL, NULL, "ip addr del 10.109.10.254/28 dev eth0 && ip addr add 10.109.10.254/27 dev eth0 label eth0:1"},
        {NULL, "10.109.10.254/28", "mirrorvip check --vip 10.109.10.254/27"},
        {"vip = 10.109.10.254/28\n", NULL, "sed -i 's,^ *vip *=.*,vip = 10.109.10.254/27,' /etc/mirrorvip.conf"},
        {"[web]\nvip = 10.109.10.254/28\n", NULL, "sed -i '/\\[ *web *]/,/^ *vip *=/s,^ *vip *=.*,vip = 10.109.10.254/27,' /etc/mirrorvip.conf"},
        {NULL, "10.109.77.20/28", "a subnet that could be made; aws ec2 create-subnet --vpc-id " OUR_VPC " --cidr-block 10.109.77.16/28"},
        {NULL, "10.109.77.20/32", "--cidr-block 10.109.77.16/28 && mirrorvip check --vip 10.109.77.20/28"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 1);
        region_target(&s.region, 0, "");
        s.region.subnet = "10.109.10.224/27";
        s.region.subnet_free = 27;
        s.sections = rows[i].sections;
        if (!rows[i].option)
            host_add(&s, "eth0:1", "10.109.10.254", 28);
        if (rows[i].option)
            RUN(&s, &app, &ran, "check", "--vip", rows[i].option);
        else
            RUN(&s, &app, &ran, "check");
        assert_int_equal(ran.e.kind, ERR_USAGE);
        assert_found("failure", "placement", rows[i].says);
        assert_null(strstr(ran.out, "&& \n"));
    }
}

/* Ahead or behind, and by how much it matters. */
static void test_check_of_the_clock(void **state)
{
    static const struct {
        int64_t error_s;
        const char *severity;
        const char *says;
    } rows[] = {
        {0, "ok", "this host's is 0 s behind the metadata service's"},
        {3600, "warning", "this host's is 3600 s ahead of the metadata service's; chronyc makestep"},
        {-3600, "warning", "this host's is 3600 s behind the metadata service's; chronyc makestep"},
        {7 * 3600, "warning", "this host's is 25200 s ahead of"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        all_here();
        s.clock_error_s = rows[i].error_s;
        RUN(&s, &app, &ran, "check");
        assert_ended(&s, &ran, ERR_OK, "");
        assert_found(rows[i].severity, "clock", rows[i].says);
        assert_found("ok", "credentials", "good until 2026-01-01T06:00:00Z"); /* by the time that others have */
    }
}

/* The tables are where the instance is, whoever asks for another region. */
static void test_check_of_the_region(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "check", "--region", "eu-central-1");
    assert_found("ok", "region", "eu-central-1, where this instance is");
    RUN(&s, &app, &ran, "check", "--region", "eu-west-1");
    assert_int_equal(ran.e.kind, ERR_USAGE);
    assert_found("failure", "region", "eu-west-1 is asked, but this instance and its route tables are in eu-central-1; leave out --region, and AWS_REGION");
    s.sections = "region = eu-west-1\n";
    RUN(&s, &app, &ran, "check");
    assert_found("failure", "region", "; sed -i 's/^ *region *=.*/region = eu-central-1/' /etc/mirrorvip.conf");
}

static void test_check_of_an_interface(void **state)
{
    static const char *const attached[] = {"", "i-0fffffffffffffff0"};
    (void)state;
    for (size_t i = 0; i < COUNT(attached); i++) {
        four_tables();
        s.region.attached = attached[i];
        RUN(&s, &app, &ran, "check");
        assert_ended(&s, &ran, ERR_REFUSED, attached[i][0] ? "is attached to i-0fffffffffffffff0, and not to this host" : "is attached to nothing");
        assert_int_equal(findings_of("failure"), 1);
    }
    four_tables();
    add_reply_fault(&s, "DescribeNetworkInterfaces", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "source/dest", "--policy-name mirrorvip-DescribeNetworkInterfaces --policy-document "
                                           "'{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", "
                                           "\"Action\": \"ec2:DescribeNetworkInterfaces\", \"Resource\": \"*\"}]}'");
}

/* A role of another account may know nothing of this host's interface: that is looked at with the host's own keys. */
static void test_check_as_a_role(void **state)
{
    (void)state;
    four_tables();
    add_reply_fault(&s, "DescribeNetworkInterfaces", 1, UINT32_MAX, NO_SUCH_ENI);
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_REFUSED, "first: source/dest: DescribeNetworkInterfaces: HTTP 400 InvalidNetworkInterfaceID.NotFound");
    RUN(&s, &app, &ran, "check", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_REFUSED, "first: source/dest: DescribeNetworkInterfaces: HTTP 400 InvalidNetworkInterfaceID.NotFound");
    assert_found("ok", "credentials", "ASIAROLE of " ROLE_ARN ", assumed with ASIAEXAMPLE of the instance profile");
    four_tables();
    s.region.source_dest_check = true;
    RUN(&s, &app, &ran, "check", "--fix", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_false(s.region.source_dest_check);
    add_reply_fault(&s, "DescribeNetworkInterfaces", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "source/dest", "; aws iam put-role-policy --role-name mirror-vip --policy-name mirrorvip-DescribeNetworkInterfaces ");
}

/* Whose the keys are is asked of STS, and nothing depends on it; but who they are of tells what gives a permission. */
static void test_check_of_the_caller(void **state)
{
    static const struct {
        const char *arn;
        const char *account;
        const char *cure;
    } rows[] = {
        {"arn:aws:sts::" OUR_ACCOUNT ":assumed-role/other/i-1", OUR_ACCOUNT, "; aws iam put-role-policy --role-name other --policy-name "},
        {"arn:aws:iam::" OUR_ACCOUNT ":user/a/b/Anna", OUR_ACCOUNT, "; aws iam put-user-policy --user-name Anna --policy-name "},
        {"arn:aws:iam::" OUR_ACCOUNT ":user/Anna", OUR_ACCOUNT, "; aws iam put-user-policy --user-name Anna --policy-name "},
        {"arn:aws:iam::" OUR_ACCOUNT ":user/a`b", OUR_ACCOUNT, "; aws iam put-user-policy --user-name mirror-vip --policy-name "},
        {"arn:aws:iam::" OUR_ACCOUNT ":root", OUR_ACCOUNT, "; aws iam put-role-policy --role-name mirror-vip --policy-name "},
        {"arn:aws:sts::999999999999:assumed-role/other/i-1", "999999999999",
         "; name a role of its account, " OUR_ACCOUNT ", with --assume-role, as the keys are of 999999999999"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char says[256];
        four_tables();
        s.region.caller_arn = rows[i].arn;
        s.region.caller_account = rows[i].account;
        add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, FORBIDDEN);
        RUN(&s, &app, &ran, "check");
        (void)snprintf(says, sizeof says, "to AWS they are those of %s, in account %s", rows[i].arn, rows[i].account);
        assert_found("ok", "credentials", says);
        assert_found("failure", "permission", rows[i].cure);
    }
    four_tables();
    add_reply_fault(&s, "GetCallerIdentity", 1, UINT32_MAX, HANGS_BEFORE);
    uint64_t from_us = s.now_us;
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_found("ok", "credentials", "in whose account they are is not known: ");
    assert_true(s.now_us - from_us < 3 * SECOND);
    RUN(&s, &app, &ran, "check", "--endpoint-url", "https://vpce-1.example");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_found("ok", "credentials", "is not known: --endpoint-url names an endpoint for EC2 alone");
    four_tables();
    RUN(&s, &app, &ran, "check", "--endpoint-url", "https://vpce-1.example");
    assert_int_equal(count_of(&s, "GetCallerIdentity"), 0);
    RUN(&s, &app, &ran, "check", "--endpoint-url", "https://vpce-1.example", "--sts-endpoint-url", "https://vpce-2.example");
    assert_int_equal(count_of(&s, "GetCallerIdentity"), 1);
    struct err e = {0};
    unsigned before = s.effects;
    assert_true(region_make(S("xx-west-1"), &app.region));
    app.options.has_sts_endpoint = false;
    assert_refused(reach_sts(&app, app.deadline_us, &e), &e, ERR_USAGE, "region xx-west-1 belongs to no partition");
    assert_int_equal(s.effects, before);
}

/* A bucket that a failover needs is not emptied: all are asked about, but no faster than AWS pays back. */
static void test_check_is_sparing(void **state)
{
    (void)state;
    scripted_start(&s, 42);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_found("ok", "permission", "of 42 route tables ReplaceRoute is permitted on 42, CreateRoute on 42, and DeleteRoute, which nothing needs but "
                                     "release --route, on 42: ");
    for (unsigned from = 1; from <= s.effects; from++) {
        unsigned together = 0;
        for (unsigned n = from; n <= s.effects && s.events[n].at_us < s.events[from].at_us + SECOND; n++)
            together += strncmp(s.events[n].text, "dry CreateRoute", 15) == 0;
        assert_true(together <= 20 + 5);
    }
    scripted_start(&s, 20);
    add_reply_fault(&s, "dry ", 1, UINT32_MAX, THROTTLED);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_THROTTLED, "first: permission: nobody knows of 20 of 20 route tables: ReplaceRoute: HTTP 503");
    assert_int_equal(count_of(&s, "dry "), 20);
    assert_int_equal(findings_of("failure"), 1);
}

/* What there is no time for is named, with the deadline that would do. */
static void test_check_out_of_time(void **state)
{
    (void)state;
    scripted_start(&s, 200);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
    unsigned asked = (unsigned)count_of(&s, "dry ReplaceRoute");
    assert_int_equal(asked, 90);
    assert_ended(&s, &ran, ERR_OK, "nothing was found");
    assert_int_equal(findings_of("warning"), 200 - asked);
    assert_found("warning", "permission", "rtb-000000c8 was not asked about before the deadline came; mirrorvip check --deadline 44");
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1", "--deadline", "44");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    scripted_start(&s, 30);
    add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, THROTTLED);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_THROTTLED, "first: permission: nobody knows of 30 of 30 route tables: CreateRoute: HTTP 503");
}

/* What EC2 says of the route itself it says to who may write it. */
static void test_check_of_what_comes_after_permission(void **state)
{
    static const char *const said[] = {"RouteAlreadyExists", "InvalidRoute.NotFound"};
    (void)state;
    for (size_t i = 0; i < COUNT(said); i++) {
        four_tables();
        s.region.dry_run = said[i];
        RUN(&s, &app, &ran, "check");
        assert_ended(&s, &ran, ERR_OK, "0 warnings");
        assert_found("ok", "permission", "of 3 route tables ReplaceRoute is permitted on 3, CreateRoute on 3, and DeleteRoute, which nothing needs but "
                                         "release --route, on 3: ");
    }
}

/* What the kernel would do is asked of the VIP where it is up, of the interface's own address where it is not. */
static void test_check_of_the_path(void **state)
{
    static const struct {
        struct host_path path;
        const char *severity;
        const char *says;
    } rows[] = {
        {{PASSAGE_OPEN, PASSAGE_OPEN, {"eth1"}, {0}}, "failure", "would leave by eth1, and not leave by eth0; ip route replace default via 10.109.1.1 dev eth0 table 1097 "
                                                            "&& ip rule add pref 1 from 10.9.0.1 lookup 1097"},
        {{PASSAGE_SHUT, PASSAGE_OPEN, {"eth1"}, {0}}, "failure", "nor come in there past rp_filter; ip route replace"},
        {{PASSAGE_OPEN, PASSAGE_SHUT, {""}, {0}}, "failure", "would be dropped, and not leave by eth0; ip route replace"},
        {{PASSAGE_SHUT, PASSAGE_OPEN, {"eth0"}, {0}}, "failure", "rp_filter drops what a client at 10.109.0.1 sends to 10.9.0.1 by eth0; "
                                                            "sysctl -w net/ipv4/conf/eth0/rp_filter=2"},
        {{PASSAGE_UNKNOWN, PASSAGE_UNKNOWN, {""}, {0}}, "ok", "the kernel could not be asked"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        bool up = i % 2 == 0;
        four_tables();
        s.addresses.count -= !up;
        s.path = rows[i / 2].path;
        RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
        assert_found(rows[i / 2].severity, "path", rows[i / 2].says);
        assert_int_equal(ran.e.kind, rows[i / 2].severity[0] == 'f' ? ERR_IFACE : ERR_OK);
        assert_string_equal(ip_text(s.asked_own).text, up ? "10.9.0.1" : "10.109.1.10");
        assert_string_equal(ip_text(s.asked_client).text, "10.109.0.1");
    }
    four_tables();
    s.region.vpc_cidrs = "10.109.1.0/24"; /* this host's subnet is all of it */
    RUN(&s, &app, &ran, "check");
    assert_string_equal(ip_text(s.asked_client).text, "10.109.1.255");
}

/* Of IPv6 it is asked about the VIP itself even if that is not up; what comes in only if it is. Its router is whom the kernel knows. */
static void test_check_of_the_path_of_ipv6(void **state)
{
    static const struct {
        struct host_path path;
        const char *router;
        const char *severity;
        const char *says;
    } rows[] = {
        {{PASSAGE_SHUT, PASSAGE_OPEN, {"eth0"}, {0}}, "", "ok", "answers to the VPC's clients leave by eth0"},
        {{PASSAGE_UNKNOWN, PASSAGE_OPEN, {"eth0"}, {0}}, "", "ok", "answers to the VPC's clients leave by eth0"},
        {{PASSAGE_SHUT, PASSAGE_OPEN, {"eth1"}, {0}}, "fe80::1", "failure", "would leave by eth1, and not leave by eth0; ip -6 route replace default via fe80::1 "
                                                                           "dev eth0 table 1097 && ip -6 rule add pref 1 from fd12:3456::1 lookup 1097"},
        {{PASSAGE_SHUT, PASSAGE_SHUT, {""}, {0}}, "", "failure", "would be dropped, and not leave by eth0; ip -6 route show dev eth0"},
        {{PASSAGE_OPEN, PASSAGE_UNKNOWN, {""}, {0}}, "", "ok", "the kernel could not be asked"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        four_tables();
        s.region.vpc_ipv6_cidrs = "2001:db8:6d00::/56";
        (void)slice_copy(slice_of("fd12:3456::1/128"), s.region.destination, sizeof s.region.destination);
        s.path = rows[i].path;
        assert_true(!rows[i].router[0] || ip_make(slice_of(rows[i].router), &s.path.router));
        RUN(&s, &app, &ran, "check", "--vip", "fd12:3456::1");
        assert_found(rows[i].severity, "path", rows[i].says);
        assert_string_equal(ip_text(s.asked_own).text, "fd12:3456::1");
        assert_string_equal(ip_text(s.asked_client).text, "2001:db8:6d00::1");
    }
    s.region.vpc_ipv6_cidrs = NULL;
    RUN(&s, &app, &ran, "check", "--vip", "fd12:3456::1");
    assert_found("ok", "path", "the VPC has no IPv6");
}

static void test_check_of_rights(void **state)
{
    static const struct {
        struct host_rights rights;
        enum err_kind kind;
        const char *severity;
        const char *says;
    } rows[] = {
        {{true, false, false, true, "/m"}, ERR_OK, "ok", "CAP_NET_ADMIN is there to add the alias, also for another user"},
        {{true, false, false, false, "/m"}, ERR_OK, "warning", "the program's file has no capability; setcap cap_net_admin+ep /m"},
        {{true, false, true, true, "/m"}, ERR_OK, "warning", "mounted nosuid, so that its capability does not count; ip addr add 10.9.0.1/32 dev eth0 label eth0:1"},
        {{false, false, false, false, "/m"}, ERR_IFACE, "failure", "the program's file has no capability; setcap cap_net_admin+ep /m"},
        {{false, false, false, false, ""}, ERR_IFACE, "failure", "the program's file has no capability; ip addr add"},
        {{false, true, false, true, "/m"}, ERR_IFACE, "failure", "no_new_privs keeps the capability of the program's file from counting; ip addr add"},
        {{false, true, false, false, "/m"}, ERR_IFACE, "failure", "the program's file has no capability; ip addr add"},
        {{false, false, true, true, "/m"}, ERR_IFACE, "failure", "mounted nosuid"},
        {{false, false, false, true, "/m"}, ERR_IFACE, "failure", "is not given here; ip addr add"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        four_tables();
        s.addresses.count--;
        s.rights = rows[i].rights;
        RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
        assert_int_equal(ran.e.kind, rows[i].kind);
        assert_found(rows[i].severity, "rights", rows[i].says);
    }
}

static void test_check_of_the_configuration(void **state)
{
    static const struct {
        struct host_file file;
        const char *severity;
        const char *says;
    } rows[] = {
        {{false, 0, 0}, "ok", "there is no /etc/mirrorvip.conf"},
        {{true, 0, 0644}, "ok", "is root's"},
        {{true, 0, 0600}, "warning", "cannot be read by the run of another user, as IRIS's is; chmod a+r /etc/mirrorvip.conf"},
        {{true, 1000, 0644}, "warning", "belongs to user 1000, so no other user's run accepts it; chown root /etc/mirrorvip.conf"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        four_tables();
        s.config = rows[i].file;
        RUN(&s, &app, &ran, "check");
        assert_ended(&s, &ran, ERR_OK, rows[i].severity[0] == 'o' ? "0 warnings" : "1 warning");
        assert_found(rows[i].severity, "configuration", rows[i].says);
    }
}

static void test_check_of_the_guard(void **state)
{
    static const struct {
        struct host_file program;
        bool says_no;
        uint64_t takes_us;
        enum err_kind kind;
        const char *severity;
        const char *says;
        bool here;
    } rows[] = {
        {{true, 0, 0755}, false, 0, ERR_OK, "ok", "it says yes, as it should where the VIP is", true},
        {{true, 0, 0755}, true, 0, ERR_OK, "warning", "it says no (status 1), though the VIP is here; /g --x && echo yes", true},
        {{true, 0, 0755}, true, 0, ERR_OK, "ok", "it says no, as it should where the VIP is not", false},
        {{true, 0, 0755}, false, 0, ERR_OK, "warning", "it says yes, though the VIP is not here; /g --x || echo no", false},
        {{true, 0, 0644}, false, 0, ERR_NOTPRIMARY, "failure", "/g cannot be run, so acquire would never write; chmod a+x /g", false},
        {{false, 0, 0}, false, 0, ERR_NOTPRIMARY, "failure", "there is no /g, so acquire would never write; correct guard =", false},
        {{true, 0, 0755}, false, 60 * SECOND, ERR_NOTPRIMARY, "failure", "did not end in time; time /g --x", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        (rows[i].here ? all_here : four_tables)();
        s.guard_program = rows[i].program;
        s.guard_says_no = rows[i].says_no;
        s.guard_us = rows[i].takes_us;
        RUN(&s, &app, &ran, "check", "--guard", "/g --x");
        assert_int_equal(ran.e.kind, rows[i].kind);
        assert_found(rows[i].severity, "guard", rows[i].says);
        assert_int_equal(count_of(&s, "guard"), rows[i].program.mode == 0755);
    }
}

/* --fix: the one write is sent where the check is on, and what is read back counts. */
static void test_check_fixes(void **state)
{
    (void)state;
    four_tables();
    RUN(&s, &app, &ran, "check", "--fix");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_int_equal(count_of(&s, "ModifyNetworkInterfaceAttribute"), 0);
    s.region.source_dest_check = true;
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_REFUSED, "1 failure");
    RUN(&s, &app, &ran, "check", "--fix");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_found("ok", "source/dest", "the check of " OUR_ENI " was on, and has been turned off");
    assert_false(s.region.source_dest_check);
    for (int lost = LOST_BEFORE; lost <= LOST_AFTER; lost++) {
        four_tables();
        s.region.source_dest_check = true;
        add_reply_fault(&s, "ModifyNetworkInterfaceAttribute", 1, UINT32_MAX, (enum outcome_name)lost);
        RUN(&s, &app, &ran, "check", "--fix");
        assert_ended(&s, &ran, lost == LOST_AFTER ? ERR_OK : ERR_NETWORK, lost == LOST_AFTER ? "0 warnings" : "1 failure");
        assert_int_equal(count_of(&s, "ModifyNetworkInterfaceAttribute"), 1);
    }
    four_tables();
    s.region.source_dest_check = true;
    s.region.check_stays = true;
    RUN(&s, &app, &ran, "check", "--fix");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "was to be turned off, but that is not seen");
}

/* Tables that a failover leaves alone: whose subnets they are, and what makes them one of the others. */
static void test_check_of_coverage(void **state)
{
    (void)state;
    four_tables();
    RUN(&s, &app, &ran, "check", "--route-table", "rtb-00000002");
    assert_ended(&s, &ran, ERR_OK, "2 warnings");
    assert_found("warning", "subnets", "subnet-00000001, 10.109.1.0/24, follows rtb-00000001, which a failover leaves alone, so its clients "
                                       "do not reach 10.9.0.1; name rtb-00000001, too, by --route-table");
    RUN(&s, &app, &ran, "check", "--tables", "existing");
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "subnets", "follows rtb-00000003, which a failover leaves alone, so its clients do not reach 10.9.0.1; aws ec2 create-route "
                                       "--route-table-id rtb-00000003 --destination-cidr-block 10.9.0.1/32 --network-interface-id " OUR_ENI);
    s.sections = "route-table = rtb-00000002\n";
    RUN(&s, &app, &ran, "check");
    assert_found("warning", "subnets", "; sed -i 's/rtb-00000002/&, rtb-00000001/' /etc/mirrorvip.conf");
}

/* Where a policy leaves nothing to write there is nothing to move. */
static void test_check_of_a_policy_that_selects_nothing(void **state)
{
    (void)state;
    all_here();
    region_target(&s.region, 0, "");
    region_target(&s.region, 1, "");
    RUN(&s, &app, &ran, "check", "--tables", "existing");
    assert_int_equal(ran.e.kind, ERR_REFUSED);
    assert_found("failure", "tables", "; mirrorvip acquire --tables all");
}

static void test_check_of_a_propagated_route(void **state)
{
    (void)state;
    all_here();
    region_target(&s.region, 1, "");
    (void)snprintf(s.region.tables[1].propagated, sizeof s.region.tables[1].propagated, "vgw-00000001");
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "nothing was found");
    assert_found("ok", "table", "rtb-00000002 says propagated: vgw-00000001, which a static route comes before");
}

/* Whom it asks, and why. */
static void test_check_of_the_endpoint(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "check");
    assert_found("ok", "endpoint", "ec2.eu-central-1.amazonaws.com, the region's public endpoint");
    RUN(&s, &app, &ran, "check", "--fips", "true");
    assert_found("ok", "endpoint", "ec2-fips.eu-central-1.amazonaws.com, the region's FIPS endpoint");
    RUN(&s, &app, &ran, "check", "--dual-stack", "true");
    assert_found("ok", "endpoint", "ec2.eu-central-1.api.aws, the region's dual-stack endpoint");
    RUN(&s, &app, &ran, "check", "--proxy", "http://p.example:3128");
    assert_found("ok", "endpoint", "the region's public endpoint, through the proxy p.example");
}

/* --- check: what only some hosts show */

/* One that no route can lead to is told before any table is listed, and with it the nearest that can be, if that is known. */
static void test_check_of_no_placement(void **state)
{
    static const struct {
        const char *vpc_cidrs;
        bool unknown; /* which subnets there are */
        const char *says;
    } rows[] = {
        {"10.109.0.0/16", false, ", and the nearest that can be is 10.110.1.77/32, an overlay; mirrorvip check --vip 10.110.1.77/32"},
        {"10.109.0.0/16", true, "would swallow this host's own address 10.109.1.10 on eth0; the VIP needs a subnet of its own"},
        {"10.108.0.0/16\n10.109.0.0/16\n10.110.0.0/16", false, "would swallow this host's own address 10.109.1.10 on eth0; the VIP needs"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        scripted_start(&s, 1);
        s.region.vpc_cidrs = rows[i].vpc_cidrs;
        if (rows[i].unknown)
            add_reply_fault(&s, "DescribeSubnets", 1, UINT32_MAX, FORBIDDEN);
        RUN(&s, &app, &ran, "check", "--vip", "10.109.1.77/24");
        assert_ended(&s, &ran, ERR_USAGE, "1 failure");
        assert_found("failure", "placement", rows[i].says);
        assert_found("ok", "source/dest", "is off");
    }
    scripted_start(&s, 1);
    s.region.odd_path = INTERFACES "subnet-ipv4-cidr-block";
    s.region.odd_status = 404;
    s.region.odd_body = "";
    RUN(&s, &app, &ran, "check", "--vip", "10.109.10.254/27");
    assert_ended(&s, &ran, ERR_IDENTITY, "1 failure");
    assert_found("failure", "placement", "eth0 (MAC " OUR_MAC ") is no network interface of this instance; correct --interface");
}

/* What nobody knows of the subnets is no failure, unless none can be as small. */
static void test_check_of_unknown_subnets(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    add_reply_fault(&s, "DescribeSubnets", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--vip", "10.109.10.254/27");
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "subnets", "--policy-name mirrorvip-DescribeSubnets ");
    RUN(&s, &app, &ran, "check", "--vip", "10.109.10.250/29");
    assert_ended(&s, &ran, ERR_USAGE, "1 failure and 1 warning");
    assert_found("failure", "placement", "10.109.10.248/29 is inside the VPC, but no subnet of it is just that; give --vip");
    scripted_start(&s, 1);
    add_reply_fault(&s, "DescribeSubnets", 1, UINT32_MAX, NO_SUCH_ENI);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1", "--assume-role", ROLE_ARN); /* of an account that may not know them */
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "subnets", "nobody knows: DescribeSubnets: HTTP 400");
}

/* Of a subnet without IPv4 nobody tells who is in it; one that is not there could be made. */
static void test_check_of_a_subnet_of_ipv6(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    s.region.vpc_ipv6_cidrs = "2001:db8:6d00::/56";
    s.region.subnet = "2001:db8:6d00:77::/64";
    RUN(&s, &app, &ran, "check", "--vip", "2001:db8:6d00:77::9/64");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_found("ok", "placement", "2001:db8:6d00:77::/64 is a subnet of the VPC, subnet-0000ffff");
    assert_null(strstr(ran.out, "nobody is in it"));
    s.region.subnet = "";
    RUN(&s, &app, &ran, "check", "--vip", "2001:db8:6d00:77::9/64");
    assert_ended(&s, &ran, ERR_USAGE, "1 failure");
    assert_found("failure", "placement", "a subnet that could be made; aws ec2 create-subnet --vpc-id " OUR_VPC
                                         " --ipv6-native --ipv6-cidr-block 2001:db8:6d00:77::/64");
}

/* Whose clients are left behind, and what makes their table one of the others: a tag, a route to whoever has the VIP. */
static void test_check_of_more_coverage(void **state)
{
    (void)state;
    four_tables();
    s.region.tagged = "rtb-00000002";
    RUN(&s, &app, &ran, "check", "--tag", "Tier=app,Net=1");
    assert_ended(&s, &ran, ERR_OK, "2 warnings");
    assert_found("warning", "subnets", "follows rtb-00000001, which a failover leaves alone, so its clients do not reach 10.9.0.1; aws ec2 create-tags "
                                       "--resources rtb-00000001 --tags 'Key=Tier,Value=app' 'Key=Net,Value=1'");
    four_tables();
    s.region.subnet = "10.109.10.224/27";
    RUN(&s, &app, &ran, "check", "--route-table", "rtb-00000002");
    assert_found("warning", "subnets", "subnet-00000001, 10.109.1.0/24, and 1 more, follow rtb-00000001, which a failover leaves alone, so their clients "
                                       "do not reach 10.9.0.1; name rtb-00000001, too, by --route-table");
    assert_int_equal(findings_of("warning"), 2);
    scripted_start(&s, 2);
    s.region.vpc_ipv6_cidrs = "2001:db8:6d00::/56";
    (void)slice_copy(slice_of("fd12:3456::1/128"), s.region.destination, sizeof s.region.destination);
    region_target(&s.region, 1, "");
    RUN(&s, &app, &ran, "check", "--vip", "fd12:3456::1", "--tables", "existing");
    assert_found("warning", "subnets", "; aws ec2 create-route --route-table-id rtb-00000002 --destination-ipv6-cidr-block fd12:3456::1/128 "
                                       "--network-interface-id " OLD_ENI);
}

/* Keys that last, that have expired, that are not there; and STS is asked where a role is, whatever endpoint EC2 has. */
static void test_check_of_the_keys(void **state)
{
    static const char *const environment[] = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=" SECRET_KEY, NULL};
    static const char *const nobodys[] = {"HOME=/root", "AWS_PROFILE=ops", NULL};
    (void)state;
    all_here();
    s.environment = environment;
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_found("ok", "credentials", "AKIAENV of the environment");
    assert_null(strstr(ran.out, "good until"));
    assert_int_equal(count_of(&s, ROLES), 0);
    s.environment = nobodys;
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_IDENTITY, "1 failure");
    assert_found("failure", "credentials", "profile ops is named by the environment");
    all_here();
    pass(&s, 7 * 3600 * SECOND);
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "credentials", "ASIAEXAMPLE of the instance profile's role mirror-vip, expired at 2026-01-01T06:00:00Z; see that the role");
    all_here();
    RUN(&s, &app, &ran, "check", "--endpoint-url", "https://vpce-1.example", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
    assert_int_equal(count_of(&s, "GetCallerIdentity"), 1);
}

/* Where STS does not say whose the keys are, where they come from says who is to be allowed. */
static void test_check_of_an_unknown_caller(void **state)
{
    static const char *const web[] = {"AWS_WEB_IDENTITY_TOKEN_FILE=/token", "AWS_ROLE_ARN=" IDENTITY_ARN, NULL};
    static const char *const keys[] = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=" SECRET_KEY, NULL};
    static const struct scripted_file token = {"/token", BEARER_TOKEN "\n"};
    static const struct {
        const char *const *environment;
        const char *role;
        const char *cure;
    } rows[] = {
        {NULL, NULL, "; aws iam put-role-policy --role-name mirror-vip "},
        {NULL, ROLE_ARN, "; aws iam put-role-policy --role-name mirror-routes "},
        {web, NULL, "; aws iam put-role-policy --role-name web "},
        {keys, NULL, "; allow it: {"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        four_tables();
        s.files = &token;
        s.file_count = 1;
        s.environment = rows[i].environment;
        add_reply_fault(&s, "GetCallerIdentity", 1, UINT32_MAX, FORBIDDEN);
        add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, FORBIDDEN);
        if (rows[i].role)
            RUN(&s, &app, &ran, "check", "--assume-role", rows[i].role);
        else
            RUN(&s, &app, &ran, "check");
        assert_found("failure", "permission", rows[i].cure);
    }
    four_tables();
    s.region.ownerless = true;
    s.region.caller_account = "999999999999"; /* nobody knows that the tables are another's */
    add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check");
    assert_found("failure", "permission", rows[0].cure);
    four_tables();
    s.region.caller_arn = "arn:aws:iam::210987654321:user/Anna"; /* who signs is the host, and not whom STS knows */
    add_reply_fault(&s, "DescribeNetworkInterfaces", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--assume-role", ROLE_ARN);
    assert_found("warning", "source/dest", rows[0].cure);
}

/* Who cannot tell its own account goes on as the role. */
static void test_check_of_an_unknown_account(void **state)
{
    (void)state;
    four_tables();
    s.region.odd_path = INTERFACES "owner-id";
    s.region.odd_status = 404;
    s.region.odd_body = "";
    add_reply_fault(&s, "DescribeNetworkInterfaces", 1, UINT32_MAX, NO_SUCH_ENI);
    RUN(&s, &app, &ran, "check", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "1 warning");
    assert_found("warning", "source/dest", "nobody knows: DescribeNetworkInterfaces: HTTP 400");
}

/* What may not be turned off is told with what allows it; what is not seen afterwards has not been. */
static void test_check_cannot_fix(void **state)
{
    (void)state;
    four_tables();
    s.region.source_dest_check = true;
    add_reply_fault(&s, "ModifyNetworkInterfaceAttribute", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--fix");
    assert_ended(&s, &ran, ERR_REFUSED, "1 failure");
    assert_found("failure", "source/dest", "--policy-name mirrorvip-ModifyNetworkInterfaceAttribute-" OUR_ENI " ");
    assert_true(s.region.source_dest_check);
    four_tables();
    s.region.source_dest_check = true;
    add_reply_fault(&s, "DescribeNetworkInterfaces", 2, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--fix");
    assert_ended(&s, &ran, ERR_UNVERIFIED, "was to be turned off, but that is not seen");
}

/* A guard's word is held against what is known, and where no table was read that is nothing. */
static void test_check_of_the_guard_alone(void **state)
{
    (void)state;
    all_here();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check", "--guard", "/g");
    assert_int_equal(ran.e.kind, ERR_REFUSED);
    assert_found("warning", "guard", "it says yes, though the VIP is not here");
}

/* A password is nobody else's, but only where it is in that file. */
static void test_check_of_a_password(void **state)
{
    static const char *const environment[] = {"MIRRORVIP_PROXY=http://me:secret@p.example:3128", NULL};
    static const char in_file[] = "proxy = http://me:secret@p.example:3128\n";
    (void)state;
    all_here();
    s.sections = in_file;
    RUN(&s, &app, &ran, "check");
    assert_found("warning", "configuration", "holds the proxy's password, and everybody may read it; chmod o-r /etc/mirrorvip.conf");
    s.config.mode = 0600;
    RUN(&s, &app, &ran, "check");
    assert_found("ok", "configuration", "is root's, and nobody else may write it");
    all_here();
    s.environment = environment;
    RUN(&s, &app, &ran, "check");
    assert_found("ok", "configuration", "is root's, and nobody else may write it");
}

/* An alias that cannot be, or that this host would speak from, and how it is put up; an interface that is down. */
static void test_check_of_the_alias(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    host_add(&s, "eth0:1", "10.109.1.77", 32);
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_IFACE, "1 failure");
    assert_found("failure", "alias", "eth0:1 holds 10.109.1.77 already; ip addr add 10.9.0.1/32 dev eth0");
    scripted_start(&s, 2);
    s.region.vpc_ipv6_cidrs = "2001:db8:6d00::/56";
    s.rights.may_change_addresses = false;
    host_add(&s, "eth0", "2001:db8:6d00:1::10", 64);
    RUN(&s, &app, &ran, "check", "--vip", "fd12:3456::1");
    assert_found("failure", "rights", "; ip addr add fd12:3456::1/128 dev eth0 preferred_lft 0 nodad");
    assert_string_equal(ip_text(s.asked_own).text, "fd12:3456::1");
    host_add(&s, "eth0", "fd12:3456::1", 128);
    s.addresses.at[s.addresses.count - 1].speaks = true;
    RUN(&s, &app, &ran, "check", "--vip", "fd12:3456::1");
    assert_found("warning", "alias", "this host may speak from it, and the answers go to whoever has the VIP; "
                                     "ip addr change fd12:3456::1/128 dev eth0 preferred_lft 0");
    all_here();
    s.interface.up = false;
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_IFACE, "first: interface: eth0 is down");
    assert_found("failure", "interface", "; ip link set eth0 up");
    all_here();
    s.addresses.at[1] = s.addresses.at[2]; /* the VIP before the interface's own address */
    s.addresses.count = 2;
    host_add(&s, "eth0", "10.109.1.10", 24);
    s.path = (struct host_path){PASSAGE_OPEN, PASSAGE_OPEN, {"eth1"}, {0}};
    RUN(&s, &app, &ran, "check");
    assert_found("failure", "path", "; ip route replace default via 10.109.1.1 dev eth0 table 1097");
}

/* The machine itself says which instance keeps silent; a region that nobody else tells is taken as it is asked for. */
static void test_check_of_silent_metadata(void **state)
{
    (void)state;
    all_here();
    s.asset_tag = OUR_INSTANCE "\n";
    s.region.odd_path = "/latest/meta-data/instance-id";
    s.region.odd_status = 403;
    s.region.odd_body = "";
    RUN(&s, &app, &ran, "check");
    assert_found("failure", "metadata", "; aws ec2 modify-instance-metadata-options --instance-id " OUR_INSTANCE " --http-endpoint enabled");
    all_here();
    s.region.odd_path = "/latest/meta-data/placement/region";
    s.region.odd_status = 404;
    s.region.odd_body = "";
    RUN(&s, &app, &ran, "check", "--region", "eu-central-1");
    assert_ended(&s, &ran, ERR_OK, "0 warnings");
}

/* A name that is not found has the usual cure, unless there is a better one. */
static void test_check_of_the_name(void **state)
{
    static const struct {
        enum outcome_name goes;
        const char *cure;
    } rows[] = {{NO_CONNECTION, "; echo 'nameserver 169.254.169.253' >/etc/resolv.conf"}, {NO_PASSAGE, "; start the name server"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        all_here();
        RUN(&s, &app, &ran, "check");
        unsigned resolve = find_effect(&s, "resolve", 1);
        all_here();
        add_fault(&s, resolve, resolve, rows[i].goes);
        RUN(&s, &app, &ran, "check");
        assert_ended(&s, &ran, ERR_NETWORK, "1 failure");
        assert_found("failure", "name", rows[i].cure);
    }
}

/* A certificate that nobody here trusts: where else trust may be found, said where it would count. */
static void test_check_of_trust(void **state)
{
    static const struct {
        const char *sections;
        const char *bundle;
        const char *cure;
    } rows[] = {
        {NULL, NULL, "; echo 'ca-bundle = /etc/ssl/certs/ca-certificates.crt' >>/etc/mirrorvip.conf"},
        {"[web]\nvip = 10.9.0.1\n", NULL, "; sed -i '1i ca-bundle = /etc/ssl/certs/ca-certificates.crt' /etc/mirrorvip.conf"},
        {NULL, "/ca.pem", "; an inspecting proxy needs --ca-bundle"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int fails = 0; fails < 2; fails++) {
            unsigned listing = fails ? find_effect(&s, "DescribeRouteTables", 1) : 0;
            all_here();
            s.sections = rows[i].sections;
            s.untrusted = true;
            add_fault(&s, listing, fails ? UINT32_MAX : 0, NO_TLS);
            if (rows[i].bundle)
                RUN(&s, &app, &ran, "check", "--ca-bundle", rows[i].bundle);
            else
                RUN(&s, &app, &ran, "check");
        }
        assert_int_equal(ran.e.kind, ERR_TLS);
        assert_found("failure", "API", rows[i].cure);
    }
}

/* Tables that cannot be right, or that are none: named ones that are not there, gateways' alone, none with the tag, one that AWS has shut off. */
static void test_check_of_odd_tables(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "check", "--route-table", "rtb-0000000f");
    assert_int_equal(ran.e.kind, ERR_REFUSED);
    assert_found("failure", "tables", "rtb-0000000f does not exist");
    all_here();
    s.region.tables[0].edge = s.region.tables[1].edge = true;
    RUN(&s, &app, &ran, "check");
    assert_int_equal(ran.e.kind, ERR_REFUSED);
    assert_found("failure", "tables", "(2 skipped); name one with --route-table");
    all_here();
    s.region.count = 0;
    RUN(&s, &app, &ran, "check", "--tag", "Tier=app");
    assert_int_equal(ran.e.kind, ERR_REFUSED);
    assert_found("failure", "tables", "no route table of " OUR_VPC " has the tag of --tag; tag one, or correct --tag");
    all_here();
    s.region.tables[0].filtered = true;
    RUN(&s, &app, &ran, "check");
    assert_found("warning", "table", "rtb-00000001 says blackhole: " OUR_ENI " is filtered, until");
}

/* What answers a dry run as if it had been a write is not EC2. */
static void answer_as_written(struct scripted *world, struct buf *reply)
{
    if (world->events[world->effects].effect != DRY_RUN)
        return;
    reply->len = 0;
    put_reply(reply, &world->region, 200, XML, "<ReplaceRouteResponse><return>true</return></ReplaceRouteResponse>");
}

static void test_check_without_dry_runs(void **state)
{
    (void)state;
    four_tables();
    s.damage = answer_as_written;
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_NETWORK, "1 failure");
    assert_found("failure", "permission", "nobody knows of 3 of 3 route tables: ReplaceRoute: what answers knows no dry run");
    assert_int_equal(count_of(&s, "dry ReplaceRoute"), 3);
    assert_int_equal(count_of(&s, "dry CreateRoute"), 0);
}

/* A host that tells nothing, a VIP that cannot be, a token that does not come, a name that comes too late. */
static void test_check_ends_early(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "check");
    unsigned addresses = find_effect(&s, "addresses", 1), resolve = find_effect(&s, "resolve", 1);
    all_here();
    add_fault(&s, addresses, addresses, NO_CONNECTION);
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_IFACE, "1 failure and 0 warnings, first: alias: cannot list the addresses");
    all_here();
    RUN(&s, &app, &ran, "check", "--vip", "10.9.0.1", "--interface", "eth7");
    assert_ended(&s, &ran, ERR_IFACE, "1 failure and 0 warnings, first: alias: 10.9.0.1 is on eth0");
    all_here();
    add_reply_fault(&s, "/latest/api/token", 1, UINT32_MAX, LOST_BEFORE);
    RUN(&s, &app, &ran, "check");
    assert_found("failure", "metadata", "; aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-put-response-hop-limit 2");
    all_here();
    add_fault(&s, resolve, resolve, STOPPED);
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_DEADLINE, "first: name: the name ec2.eu-central-1.amazonaws.com was not found in time");
}

/* What is refused for another reason has no policy for a cure; what is not needed yet may be, once there is a route. */
static void test_check_of_other_refusals(void **state)
{
    (void)state;
    four_tables();
    add_reply_fault(&s, "dry CreateRoute", 1, UINT32_MAX, NO_SUCH_ENI);
    RUN(&s, &app, &ran, "check");
    assert_found("failure", "permission", "rtb-00000003: CreateRoute: HTTP 400 InvalidNetworkInterfaceID.NotFound");
    assert_null(strstr(ran.out, "put-role-policy"));
    four_tables();
    add_reply_fault(&s, "dry ReplaceRoute", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "check");
    assert_found("warning", "permission", "rtb-00000003, once it has a route: ReplaceRoute: HTTP 403");
    all_here();
    RUN(&s, &app, &ran, "check");
    unsigned listing = find_effect(&s, "DescribeRouteTables", 1);
    all_here();
    add_fault(&s, listing, UINT32_MAX, NO_TLS);
    RUN(&s, &app, &ran, "check");
    assert_ended(&s, &ran, ERR_TLS, "first: API: list route tables: the certificate is not trusted");
}

/* --- acquire --dry-run */

/* The alias would have the destination's prefix, whatever was given for it. */
static void test_dry_run(void **state)
{
    (void)state;
    four_tables();
    s.addresses.count--;
    RUN(&s, &app, &ran, "acquire", "--dry-run", "--vip", "10.9.0.1/24");
    assert_ended(&s, &ran, ERR_DIFFERS, "dry run: 2 of 3 route tables would be written, and the alias set; run it without --dry-run");
    assert_string_equal(ran.out, "eth0:1  add 10.9.0.1/32\n"
                                 "rtb-00000001  here: nothing\n"
                                 "rtb-00000002  elsewhere: ReplaceRoute\n"
                                 "rtb-00000003  nowhere: CreateRoute\n"
                                 "rtb-00000004  edge: nothing\n");
    assert_only_looked();
}

static void test_dry_run_here(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "acquire", "--dry-run");
    assert_ended(&s, &ran, ERR_OK, "dry run: nothing to do, 10.9.0.1 is here");
    assert_only_looked();
}

/* What the alias alone lacks, and what is its owner's to keep, or cannot be at all. */
static void test_dry_run_of_less(void **state)
{
    (void)state;
    four_tables();
    s.region.tables[1].twice = true;
    RUN(&s, &app, &ran, "acquire", "--dry-run");
    assert_ended(&s, &ran, ERR_DIFFERS, "dry run: 1 of 3 route tables would be written, and the alias kept");
    assert_non_null(strstr(ran.out, "rtb-00000002  ambiguous: cannot be written\n"));
    all_here();
    s.region.tables[1].twice = true;
    RUN(&s, &app, &ran, "acquire", "--dry-run");
    assert_ended(&s, &ran, ERR_DIFFERS, "dry run: 0 of 2 route tables would be written, and the alias kept");
    all_here();
    s.addresses.count--;
    RUN(&s, &app, &ran, "acquire", "--dry-run", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_DIFFERS, "dry run: 0 of 2 route tables would be written, and the alias set");
    scripted_start(&s, 1);
    RUN(&s, &app, &ran, "acquire", "--dry-run", "--vip", "10.9.0.1", "--only-if-owner", FOREIGN_ENI);
    assert_ended(&s, &ran, ERR_CONFLICT, "rtb-00000001 belongs to " OLD_ENI ", whom --only-if-owner does not name");
    assert_non_null(strstr(ran.out, "rtb-00000001  elsewhere: its owner's to keep\n"));
    scripted_start(&s, 1);
    host_add(&s, "eth0:1", "10.109.1.77", 32);
    RUN(&s, &app, &ran, "acquire", "--dry-run", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_IFACE, "eth0:1 holds 10.109.1.77 already");
    assert_string_equal(ran.out, "");
    assert_only_looked();
}

/* --- release */

static void test_release(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "release");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 was taken off eth0:1");
    assert_int_equal(s.effects, 3); /* lock, addresses, remove: AWS is not asked */
    assert_string_equal(s.events[3].text, "remove eth0:1 10.9.0.1");
    assert_int_equal(s.addresses.count, 2);
    scripted_heal(&s);
    RUN(&s, &app, &ran, "release", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 was not on eth0");
    assert_int_equal(count_of(&s, "remove"), 0);
}

/* What is down needs no interface, whichever it would be put up on. */
static void test_release_of_what_is_nowhere(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.addresses.count = 1;
    host_add(&s, "ens5", "10.109.1.10", 24);
    host_add(&s, "ens6", "10.109.3.10", 24);
    RUN(&s, &app, &ran, "release", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 was not on this host");
    scripted_heal(&s);
    RUN(&s, &app, &ran, "release", "--route", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_USAGE, "which interface is to carry the VIP?");
    scripted_heal(&s);
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_USAGE, "which interface is to carry the VIP?");
}

static void test_release_refused(void **state)
{
    (void)state;
    all_here();
    s.no_lock = "Permission denied";
    RUN(&s, &app, &ran, "release", "-v");
    assert_non_null(strstr(ran.timeline, "lock         none: Permission denied"));
    all_here();
    s.locked_until_us = UINT64_MAX;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_BUSY, "pid 4711");
    assert_int_equal(s.addresses.count, 3);
    all_here();
    add_fault(&s, 3, 3, NO_CONNECTION);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_IFACE, "cannot remove the alias");
    assert_int_equal(s.effects, 3);
}

/* Only what points here goes, our dead route included, and no dead one of another's. */
static void test_release_route(void **state)
{
    (void)state;
    four_tables();
    region_target(&s.region, 3, OUR_ENI);
    s.region.tables[3].edge = false;
    s.region.tables[3].dead = true;
    s.region.tables[1].dead = true;
    s.may_delete = true;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 was taken off eth0:1; 2 routes deleted");
    assert_int_equal(count_of(&s, "DeleteRoute"), 2);
    assert_int_equal(writes_sent(&s), 2);
    assert_string_equal(s.region.tables[0].target, "");
    assert_string_equal(s.region.tables[1].target, OLD_ENI);
    assert_string_equal(s.region.tables[3].target, "");
}

static void test_release_route_elsewhere(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    s.may_delete = true;
    RUN(&s, &app, &ran, "release", "--route", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "was not on eth0; 0 routes deleted");
    assert_int_equal(writes_sent(&s), 0);
}

static void test_release_route_fails(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    add_reply_fault(&s, "DeleteRoute rtb-00000002", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_REFUSED, "not all routes are deleted: rtb-00000002: DeleteRoute: HTTP 403");
    assert_non_null(strstr(ran.e.text, "; mend that, and run it again with --vip 10.9.0.1/32"));
    assert_string_equal(s.region.tables[0].target, "");
    assert_string_equal(s.region.tables[1].target, OUR_ENI);
    scripted_heal(&s);
    RUN(&s, &app, &ran, "release", "--route", "--vip", "10.9.0.1/32");
    assert_ended(&s, &ran, ERR_OK, "1 route deleted");
}

static void take_all(struct scripted *world)
{
    for (size_t i = 0; i < world->region.count; i++)
        region_target(&world->region, i, OLD_ENI);
}

/* While AWS makes us wait, another host acquires: what points there now is none of ours. */
static void take_all_in_pause(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT && count_of(world, "DeleteRoute") > 0)
        take_all(world);
}

/* The first reading was an old picture. */
static void take_all_before_deletion(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT)
        take_all(world);
}

static void test_release_route_of_another(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    s.before = take_all_before_deletion;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "; 0 routes deleted");
    assert_int_equal(count_of(&s, "DeleteRoute"), 0);
    assert_string_equal(s.region.tables[1].target, OLD_ENI);
}

static void test_release_route_taken_meanwhile(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    s.before = take_all_in_pause;
    add_reply_fault(&s, "DeleteRoute", 1, 2, THROTTLED);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "; 0 routes deleted");
    assert_int_equal(count_of(&s, "DeleteRoute"), 2);
    assert_string_equal(s.region.tables[0].target, OLD_ENI);
    assert_string_equal(s.region.tables[1].target, OLD_ENI);
}

/* What AWS has lost meanwhile is gone all the same; what it throttles to the end is told as that. */
static void tell_nothing_there(struct scripted *world, struct buf *reply)
{
    if (strcmp(world->events[world->effects].text, "DeleteRoute rtb-00000001") != 0)
        return;
    reply->len = 0;
    put_error(reply, &world->region, 400, "InvalidRoute.NotFound", "no route with destination-cidr-block 10.9.0.1/32 in route table");
}

static void test_release_route_gone_already(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    s.damage = tell_nothing_there;
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "; 2 routes deleted");
    assert_int_equal(count_of(&s, "DeleteRoute"), 2);
}

/* AWS is not asked again without a pause; and once it lets it, it is over at once. */
static void test_release_route_throttled_once(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    add_reply_fault(&s, "DeleteRoute", 1, 2, THROTTLED);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_OK, "; 2 routes deleted");
    assert_int_equal(count_of(&s, "DeleteRoute"), 4);
    assert_string_equal(s.events[find_effect(&s, "DeleteRoute", 2) + 1].text, "wait");
    assert_true(ran.ended_us - app.started_us < 10 * SECOND);
}

static void test_release_route_throttled_to_the_end(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    add_reply_fault(&s, "DeleteRoute", 1, UINT32_MAX, THROTTLED);
    RUN(&s, &app, &ran, "release", "--route");
    assert_ended(&s, &ran, ERR_THROTTLED, "not all routes are deleted: rtb-00000001: DeleteRoute: HTTP 503");
    assert_string_equal(s.region.tables[0].target, OUR_ENI);
    assert_string_equal(s.region.tables[1].target, OUR_ENI);
}

/* A signal ends a release between two attempts. */
static void interrupt_in_pause(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    world->interrupted |= effect == WAIT && count_of(world, "DeleteRoute") > 0;
}

static void test_release_route_interrupted(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    s.before = interrupt_in_pause;
    add_reply_fault(&s, "DeleteRoute", 1, UINT32_MAX, THROTTLED);
    RUN(&s, &app, &ran, "release", "--route");
    assert_false(ran.ok);
    assert_int_equal(count_of(&s, "DeleteRoute"), 2);
    unsigned pause = find_effect(&s, "DeleteRoute", 2) + 1;
    assert_true(s.events[pause + 1].at_us - s.events[pause].at_us < 1000);
}

/* A signal comes with AWS's wish for a pause: there is none. */
static void interrupt_with_reply(struct scripted *world, struct buf *reply)
{
    (void)reply;
    world->interrupted |= world->events[world->effects].effect == WRITE;
}

static void test_release_route_interrupted_at_once(void **state)
{
    (void)state;
    all_here();
    s.may_delete = true;
    s.damage = interrupt_with_reply;
    add_reply_fault(&s, "DeleteRoute rtb-00000002", 1, UINT32_MAX, THROTTLED);
    add_reply_fault(&s, "DeleteRoute rtb-00000001", 1, UINT32_MAX, THROTTLED);
    RUN(&s, &app, &ran, "release", "--route");
    assert_false(ran.ok);
    assert_int_equal(count_of(&s, "DeleteRoute"), 1);
}

/* A VIP that is nowhere must be named, with the interface or without. */
static void test_release_of_what_nobody_names(void **state)
{
    (void)state;
    scripted_start(&s, 2);
    RUN(&s, &app, &ran, "release");
    assert_ended(&s, &ran, ERR_USAGE, "no address is labelled eth0:1; set up the alias, or give --vip ADDRESS");
    host_add(&s, "eth0:1", "10.9.0.1", 32);
    RUN(&s, &app, &ran, "release", "--vip", "10.9.0.1", "--interface", "eth7");
    assert_ended(&s, &ran, ERR_IFACE, "10.9.0.1 is on eth0, and eth7, which --interface names, has no address");
    assert_int_equal(count_of(&s, "remove"), 0);
}

/* --- help and version need no world */

static void try_verb(enum verb verb, enum verb about)
{
    struct buf result = BUF_OF(ran.result);
    memset(&app, 0, sizeof app);
    memset(&ran, 0, sizeof ran);
    scripted_start(&s, 1);
    options_start(&app.options, false);
    app.options.verb = verb;
    app.options.about = about;
    app.world = scripted_world(&s);
    app.out = BUF_OF(ran.out);
    assert_true(run_verb(&app, &result, &ran.e));
    (void)buf_text(&app.out);
    assert_false(app.out.full);
    assert_int_equal(s.effects, 0);
    assert_int_equal(result.len, 0);
}

static void test_help(void **state)
{
    (void)state;
    try_verb(VERB_HELP, VERB_HELP);
#define X(verb, word, what) assert_non_null(strstr(ran.out, "\n  " word " "));
    VERBS(X)
#undef X
#define X(option, name, value, restricted, verbs, help) assert_non_null(strstr(ran.out, "\n  --" name " "));
    OPTIONS(X)
#undef X
#define X(kind, status, severity, meaning, cure) assert_non_null(strstr(ran.out, " " #status " " #kind " "));
    ERR_KINDS(X)
#undef X
}

static void test_help_of_a_verb(void **state)
{
    static const char *const words[VERB_COUNT] = {
#define X(verb, word, what) word,
        VERBS(X)
#undef X
    };
    (void)state;
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        char head[64], example[64];
        if (verb == VERB_HELP)
            continue;
        (void)snprintf(head, sizeof head, "mirrorvip %s [OPTION ...]: ", words[verb]);
        (void)snprintf(example, sizeof example, "\nexample\n  mirrorvip %s", words[verb]);
        try_verb(VERB_HELP, (enum verb)verb);
        assert_int_equal(strncmp(ran.out, head, strlen(head)), 0);
        assert_null(strstr(ran.out, "\n\n\n"));
        assert_non_null(strstr(ran.out, "\n   0 OK "));
        assert_non_null(strstr(ran.out, example));
#define X(option, name, value, restricted, verbs, help) assert_int_equal(strstr(ran.out, "\n  --" name " ") != NULL, (verbs) >> verb & 1);
        OPTIONS(X)
#undef X
    }
}

static void test_version(void **state)
{
    (void)state;
    try_verb(VERB_VERSION, VERB_HELP);
    assert_string_equal(ran.out, "mirrorvip test\n");
}

/* A verb that never comes so far as to be carried out is an error of the program's own. */
static void test_no_verb(void **state)
{
    static const enum verb none[] = {VERB_NOTIFY, VERB_COUNT};
    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        struct buf result = BUF_OF(ran.result);
        app_forget(&app);
        ran_forget(&ran);
        scripted_start(&s, 1);
        options_start(&app.options, false);
        app.options.verb = none[i];
        app.world = scripted_world(&s);
        s.app = &app;
        assert_refused(run_verb(&app, &result, &ran.e), &ran.e, ERR_BUG, "a verb that nothing carries out");
        assert_int_equal(s.effects, 0);
    }
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_status_differs);
    SUITE_TEST(&suite, test_status_here);
    SUITE_TEST(&suite, test_status_without_alias);
    SUITE_TEST(&suite, test_status_of_no_vip);
    SUITE_TEST(&suite, test_status_without_tables);
    SUITE_TEST(&suite, test_reduced_hardening);
    SUITE_TEST(&suite, test_check);
    SUITE_TEST(&suite, test_check_fails);
    SUITE_TEST(&suite, test_check_of_a_spare_subnet);
    SUITE_TEST(&suite, test_check_of_where_the_vip_is_said);
    SUITE_TEST(&suite, test_check_of_the_clock);
    SUITE_TEST(&suite, test_check_of_the_region);
    SUITE_TEST(&suite, test_check_of_an_interface);
    SUITE_TEST(&suite, test_check_as_a_role);
    SUITE_TEST(&suite, test_check_of_the_caller);
    SUITE_TEST(&suite, test_check_is_sparing);
    SUITE_TEST(&suite, test_check_out_of_time);
    SUITE_TEST(&suite, test_check_of_what_comes_after_permission);
    SUITE_TEST(&suite, test_check_of_the_path);
    SUITE_TEST(&suite, test_check_of_the_path_of_ipv6);
    SUITE_TEST(&suite, test_check_of_rights);
    SUITE_TEST(&suite, test_check_of_the_configuration);
    SUITE_TEST(&suite, test_check_of_the_guard);
    SUITE_TEST(&suite, test_check_fixes);
    SUITE_TEST(&suite, test_check_of_coverage);
    SUITE_TEST(&suite, test_check_of_a_policy_that_selects_nothing);
    SUITE_TEST(&suite, test_check_of_a_propagated_route);
    SUITE_TEST(&suite, test_check_of_the_endpoint);
    SUITE_TEST(&suite, test_check_of_no_placement);
    SUITE_TEST(&suite, test_check_of_unknown_subnets);
    SUITE_TEST(&suite, test_check_of_a_subnet_of_ipv6);
    SUITE_TEST(&suite, test_check_of_more_coverage);
    SUITE_TEST(&suite, test_check_of_the_keys);
    SUITE_TEST(&suite, test_check_of_an_unknown_caller);
    SUITE_TEST(&suite, test_check_of_an_unknown_account);
    SUITE_TEST(&suite, test_check_cannot_fix);
    SUITE_TEST(&suite, test_check_of_the_guard_alone);
    SUITE_TEST(&suite, test_check_of_a_password);
    SUITE_TEST(&suite, test_check_of_the_alias);
    SUITE_TEST(&suite, test_check_of_silent_metadata);
    SUITE_TEST(&suite, test_check_of_the_name);
    SUITE_TEST(&suite, test_check_of_trust);
    SUITE_TEST(&suite, test_check_of_odd_tables);
    SUITE_TEST(&suite, test_check_without_dry_runs);
    SUITE_TEST(&suite, test_check_ends_early);
    SUITE_TEST(&suite, test_check_of_other_refusals);
    SUITE_TEST(&suite, test_dry_run);
    SUITE_TEST(&suite, test_dry_run_here);
    SUITE_TEST(&suite, test_dry_run_of_less);
    SUITE_TEST(&suite, test_release);
    SUITE_TEST(&suite, test_release_of_what_is_nowhere);
    SUITE_TEST(&suite, test_release_refused);
    SUITE_TEST(&suite, test_release_route);
    SUITE_TEST(&suite, test_release_route_elsewhere);
    SUITE_TEST(&suite, test_release_route_taken_meanwhile);
    SUITE_TEST(&suite, test_release_route_of_another);
    SUITE_TEST(&suite, test_release_route_fails);
    SUITE_TEST(&suite, test_release_route_gone_already);
    SUITE_TEST(&suite, test_release_route_throttled_once);
    SUITE_TEST(&suite, test_release_route_throttled_to_the_end);
    SUITE_TEST(&suite, test_release_route_interrupted);
    SUITE_TEST(&suite, test_release_route_interrupted_at_once);
    SUITE_TEST(&suite, test_release_of_what_nobody_names);
    SUITE_TEST(&suite, test_help);
    SUITE_TEST(&suite, test_help_of_a_verb);
    SUITE_TEST(&suite, test_version);
    SUITE_TEST(&suite, test_no_verb);
    return suite_run(&suite, "app/verbs");
}
