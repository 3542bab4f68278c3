/*
 * policy: which tables, accounts and sides it speaks of: of what was seen, of what was named, and of what nothing may be
 * seen of yet; and what it does not make a policy of.
 */
#include "scripted_world.h"

static struct scripted s;
static struct app app;
static struct ran ran;

#define ARN(kind, id) "\"arn:aws:ec2:eu-central-1:" OUR_ACCOUNT ":" kind "/" id "\""
#define ROLES_ARN(kind, id) "\"arn:aws:ec2:eu-central-1:210987654321:" kind "/" id "\""

static size_t times(const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(ran.out, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static bool says(const char *part)
{
    return times(part) > 0;
}

/* The third of three is a gateway's, which no failover writes. */
static void three_tables(void)
{
    scripted_start(&s, 3);
    s.region.tables[2].edge = true;
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

static void test_what_was_seen(void **state)
{
    (void)state;
    three_tables();
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "what moving 10.9.0.1/32 takes, in 2 route tables of " OUR_VPC);
    assert_true(says(ARN("route-table", "rtb-00000001") ",\n        " ARN("route-table", "rtb-00000002") "\n"));
    assert_false(says("rtb-00000003") || says("ec2:Vpc") || says("DeleteRoute") || says("sts:"));
    assert_int_equal(times("\"Sid\""), 4);
    assert_true(says(ARN("network-interface", OUR_ENI)));
    assert_int_equal(times("\"ec2:Region\": [\n            \"eu-central-1\"\n"), 2);
    assert_int_equal(writes_sent(&s), 0);
    assert_int_equal(count_of(&s, "lock"), 0);
}

static void test_deletions_where_they_are_needed(void **state)
{
    (void)state;
    three_tables();
    (void)snprintf(s.region.destination, sizeof s.region.destination, "10.109.10.224/27");
    RUN(&s, &app, &ran, "policy", "--vip", "10.109.10.254/27", "--route");
    assert_ended(&s, &ran, ERR_OK, "10.109.10.224/27");
    assert_true(says("\"ec2:CreateRoute\",\n        \"ec2:DeleteRoute\"\n"));
}

static void test_hcl(void **state)
{
    (void)state;
    three_tables();
    RUN(&s, &app, &ran, "policy", "--terraform");
    assert_ended(&s, &ran, ERR_OK, "2 route tables");
    assert_true(slice_starts(slice_of(ran.out), "data \"aws_iam_policy_document\" \"mirrorvip\" {\n") && says(ARN("route-table", "rtb-00000002") ",\n"));
    RUN(&s, &app, &ran, "policy", "--terraform", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "2 route tables");
    assert_true(slice_starts(slice_of(ran.out), "data \"aws_iam_policy_document\" \"mirrorvip_host\" {\n") &&
                says("}\n\ndata \"aws_iam_policy_document\" \"mirrorvip_role\" {\n"));
}

/* The host assumes the role; all else is the role's. What was seen says whose the tables are. */
static void test_two_sides(void **state)
{
    (void)state;
    three_tables();
    RUN(&s, &app, &ran, "policy", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "2 route tables of " OUR_VPC ", Host for this host's own identity, Role for");
    const char *host = strstr(ran.out, "\"Host\": {"), *role = strstr(ran.out, "\"Role\": {");
    assert_true(host && role && host < role && strstr(ran.out, "sts:AssumeRole") < role && strstr(ran.out, "\"" ROLE_ARN "\"") < role);
    assert_int_equal(times("AssumeRole"), 2);
    assert_true(strstr(ran.out, "ec2:DescribeRouteTables") > role && strstr(ran.out, ARN("route-table", "rtb-00000001")) > role);
    assert_true(strstr(ran.out, "ec2:DescribeNetworkInterfaces") < role && strstr(ran.out, ARN("network-interface", OUR_ENI)) < role);
    assert_int_equal(times("NetworkInterface"), 2);
    add_reply_fault(&s, "AssumeRole", 1, UINT32_MAX, FORBIDDEN); /* this region knows one role only */
    RUN(&s, &app, &ran, "policy", "--assume-role", "arn:aws:iam::" OUR_ACCOUNT ":role/mirror");
    role = strstr(ran.out, "\"Role\": {");
    assert_true(role && strstr(ran.out, "ec2:DescribeNetworkInterfaces") > role && strstr(ran.out, ARN("network-interface", OUR_ENI)) > role);
}

/* --- Nothing is allowed yet */

static void test_all_of_the_vpc(void **state)
{
    static const enum outcome_name refusals[] = {FORBIDDEN, THROTTLED};
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        three_tables();
        add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, refusals[i]);
        RUN(&s, &app, &ran, "policy");
        assert_ended(&s, &ran, ERR_OK, "every route table of " OUR_VPC ", in account " OUR_ACCOUNT ", unseen: list route tables: DescribeRouteTables: HTTP");
        assert_null(strchr(ran.result, ';'));
        assert_true(says(ARN("route-table", "*")) && says("\"ec2:Vpc\": [\n            " ARN("vpc", OUR_VPC)) && !says("rtb-"));
    }
}

static void test_as_named(void **state)
{
    (void)state;
    three_tables();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "policy", "--route-table", "rtb-00000002", "--route-table", "rtb-0000000f");
    assert_ended(&s, &ran, ERR_OK, "2 route tables as named, in account " OUR_ACCOUNT ", unseen: list route tables: DescribeRouteTables: HTTP 403 UnauthorizedOperation");
    assert_true(says(ARN("route-table", "rtb-00000002") ",\n        " ARN("route-table", "rtb-0000000f") "\n"));
    assert_false(says("rtb-00000001") || says("ec2:Vpc"));
}

/* Until they are seen the tables are taken for the role's account's; this host's interface is its own. */
static void test_another_account_unseen(void **state)
{
    (void)state;
    three_tables();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, FORBIDDEN);
    RUN(&s, &app, &ran, "policy", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_OK, "in account 210987654321, unseen");
    assert_true(says(ROLES_ARN("route-table", "*")) && says("\"ec2:Vpc\"") && says(ROLES_ARN("vpc", OUR_VPC)) && says(ARN("network-interface", OUR_ENI)));
}

static void test_no_credentials(void **state)
{
    (void)state;
    three_tables();
    s.region.odd_path = ROLES;
    s.region.odd_status = 404;
    s.region.odd_body = "";
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "unseen: no IAM role is attached to this instance");
    assert_true(says(ARN("route-table", "*")));
}

/* The host's own account is not the tables': only one of theirs can be allowed anything. */
static void test_of_another_account(void **state)
{
    (void)state;
    three_tables();
    s.region.odd_path = INTERFACES "owner-id";
    s.region.odd_status = 200;
    s.region.odd_body = "999999999999";
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, ", of use only to an identity of their account, " OUR_ACCOUNT ", as one that --assume-role names");
    assert_true(says(ARN("route-table", "rtb-00000001")));
    s.region.ownerless = true; /* where the tables do not tell whose they are they are taken for the host's */
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_OK, "2 route tables of " OUR_VPC);
    assert_true(says("arn:aws:ec2:eu-central-1:999999999999:route-table/rtb-00000001") && !says(OUR_ACCOUNT));
}

/* --- What no policy is made of */

static void test_tables_that_were_seen_and_cannot_be_right(void **state)
{
    (void)state;
    three_tables();
    RUN(&s, &app, &ran, "policy", "--route-table", "rtb-0000000f");
    assert_ended(&s, &ran, ERR_REFUSED, "rtb-0000000f does not exist");
    assert_string_equal(ran.out, "");
    RUN(&s, &app, &ran, "policy", "--route-table", "rtb-00000003");
    assert_ended(&s, &ran, ERR_REFUSED, "rtb-00000003 is a gateway's");
    region_target(&s.region, 0, "");
    region_target(&s.region, 1, "");
    RUN(&s, &app, &ran, "policy", "--tables", "existing");
    assert_ended(&s, &ran, ERR_REFUSED, "none of the 3 route tables");
    assert_string_equal(ran.out, "");
}

static void test_a_host_that_is_none(void **state)
{
    (void)state;
    three_tables();
    RUN(&s, &app, &ran, "policy");
    unsigned addresses = find_effect(&s, "addresses", 1);
    three_tables();
    add_fault(&s, addresses, addresses, NO_CONNECTION);
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_IFACE, "cannot list the addresses");
    assert_string_equal(ran.out, "");
    three_tables();
    s.region.odd_path = INTERFACES "owner-id";
    s.region.odd_status = 200;
    s.region.odd_body = "*";
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_IDENTITY, "names a network interface's owner '*'");
    assert_string_equal(ran.out, "");
}

static void test_a_signal(void **state)
{
    (void)state;
    three_tables();
    add_reply_fault(&s, "DescribeRouteTables", 1, UINT32_MAX, SIGNALLED_BEFORE);
    RUN(&s, &app, &ran, "policy");
    assert_ended(&s, &ran, ERR_INTERRUPTED, "");
    assert_string_equal(ran.out, "");
}

/* What comes of a page of so long a token: that the next page cannot be asked for is no want of a permission. */
static void long_token(struct scripted *world, struct buf *reply)
{
    char body[LIMIT_PAGE_TOKEN + 128], token[LIMIT_PAGE_TOKEN];
    if (world->events[world->effects].effect != READ)
        return;
    memset(token, '/', sizeof token - 1);
    token[sizeof token - 1] = '\0';
    (void)snprintf(body, sizeof body, "<DescribeRouteTablesResponse><routeTableSet/><nextToken>%s</nextToken></DescribeRouteTablesResponse>", token);
    reply->len = 0;
    put_reply(reply, &world->region, 200, "text/xml", body);
}

static void test_a_bug(void **state)
{
    static char session[LIMIT_SESSION_TOKEN];
    static const char *const environment[] = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=" SECRET_KEY, session, NULL};
    static char names[60][16];
    const char *arguments[1 + 2 * COUNT(names) + 1] = {"policy"};
    (void)state;
    memset(session, 'x', sizeof session - 1);
    memcpy(session, "AWS_SESSION_TOKEN=", strlen("AWS_SESSION_TOKEN="));
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(names[i], sizeof names[i], "rtb-%08zx", i + 1);
        arguments[1 + 2 * i] = "--route-table";
        arguments[2 + 2 * i] = names[i];
    }
    three_tables();
    s.environment = environment;
    s.damage = long_token;
    run_arguments(&s, &app, arguments, &ran);
    assert_refused(ran.ok, &ran.e, ERR_BUG, "list route tables: a request does not fit its buffer of 12288 bytes");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 1);
    assert_string_equal(ran.out, "");
}

static void test_no_room(void **state)
{
    char text[256];
    struct buf result = BUF_OF(ran.result);
    (void)state;
    three_tables();
    RUN(&s, &app, &ran, "policy");
    app.out = BUF_OF(text);
    assert_refused(run_verb(&app, &result, &ran.e), &ran.e, ERR_BUG, "a policy does not fit its memory");
}

/* --- More than one policy can name */

static void test_many(void **state)
{
    (void)state;
    scripted_start(&s, LIMIT_POLICY_TABLES);
    RUN(&s, &app, &ran, "policy", "--vip", "10.9.0.1", "--route");
    assert_ended(&s, &ran, ERR_OK, "60 route tables of");
    assert_int_equal(times("route-table/rtb-"), LIMIT_POLICY_TABLES);
    scripted_start(&s, LIMIT_POLICY_TABLES + 1);
    RUN(&s, &app, &ran, "policy", "--vip", "10.9.0.1");
    assert_ended(&s, &ran, ERR_OK, "every route table of " OUR_VPC ", as 61 are more than one policy can name");
    assert_true(says(ARN("route-table", "*")) && says("ec2:Vpc") && !says("rtb-"));
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_what_was_seen);
    SUITE_TEST(&suite, test_deletions_where_they_are_needed);
    SUITE_TEST(&suite, test_hcl);
    SUITE_TEST(&suite, test_two_sides);
    SUITE_TEST(&suite, test_all_of_the_vpc);
    SUITE_TEST(&suite, test_as_named);
    SUITE_TEST(&suite, test_another_account_unseen);
    SUITE_TEST(&suite, test_no_credentials);
    SUITE_TEST(&suite, test_of_another_account);
    SUITE_TEST(&suite, test_tables_that_were_seen_and_cannot_be_right);
    SUITE_TEST(&suite, test_a_host_that_is_none);
    SUITE_TEST(&suite, test_a_signal);
    SUITE_TEST(&suite, test_a_bug);
    SUITE_TEST(&suite, test_no_room);
    SUITE_TEST(&suite, test_many);
    return suite_run(&suite, "app/policy");
}
