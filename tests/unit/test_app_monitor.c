/*
 * monitor: what a cluster's monitor and its validate-all come to. A VIP that is up is never said to have stopped for what
 * cannot be known just now: a cluster would fence a host for it. Faults, row 156.
 */
#include "scripted_world.h"

static struct scripted s;
static struct app app;
static struct ran ran;

#define IP "OCF_RESKEY_ip=10.9.0.1"

static const char *const asks[] = {IP, NULL};
static const char *const probes[] = {IP, "OCF_RESKEY_CRM_meta_interval=0", NULL};
static const char *const asks_not[] = {IP, "OCF_RESKEY_monapi=no", NULL};

static void all_here(void)
{
    scripted_start(&s, 2);
    region_target(&s.region, 0, OUR_ENI);
    region_target(&s.region, 1, OUR_ENI);
    host_add(&s, "eth0:1", "10.9.0.1", 32);
    s.environment = asks;
}

/* Nothing is taken, nothing changed. */
static void assert_only_looked(void)
{
    assert_int_equal(count_of(&s, "lock"), 0);
    assert_int_equal(count_of(&s, "alias"), 0);
    assert_int_equal(count_of(&s, "remove"), 0);
    assert_int_equal(writes_sent(&s), 0);
}

static void monitors(enum err_kind kind, const char *part)
{
    RUN(&s, &app, &ran, "ocf", "monitor");
    assert_ended(&s, &ran, kind, part);
    assert_only_looked();
}

static void test_here(void **state)
{
    (void)state;
    all_here();
    monitors(ERR_OK, "10.9.0.1 is here: 2 of 2 route tables");
}

/* Only what was seen twice, a second apart, has failed; to a probe it has stopped. */
static void test_elsewhere(void **state)
{
    (void)state;
    all_here();
    region_target(&s.region, 1, OLD_ENI);
    monitors(ERR_CONFLICT, "1 of 2 route tables send 10.9.0.1/32 here, and the alias is up");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
    all_here();
    region_target(&s.region, 1, OLD_ENI);
    s.environment = probes;
    monitors(ERR_DIFFERS, "1 of 2 route tables send 10.9.0.1/32 here, and the alias is up");
}

static void comes_back(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT)
        region_target(&world->region, 1, OUR_ENI);
}

static void test_elsewhere_once(void **state)
{
    (void)state;
    all_here();
    region_target(&s.region, 1, OLD_ENI);
    s.before = comes_back;
    monitors(ERR_OK, "10.9.0.1 is here: 2 of 2 route tables");
}

/* The host's own side is known without AWS, and asked first. */
static void test_not_up(void **state)
{
    (void)state;
    all_here();
    s.addresses.count--;
    monitors(ERR_DIFFERS, "10.9.0.1 is on no interface that is up and has a link");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 0);
    all_here();
    s.interface.carrier = false;
    monitors(ERR_IFACE, "10.9.0.1 is on no interface that is up and has a link");
    s.environment = probes;
    monitors(ERR_DIFFERS, "10.9.0.1 is on no interface that is up and has a link");
    all_here();
    s.interface.up = false;
    monitors(ERR_IFACE, "10.9.0.1 is on no interface that is up and has a link");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 0);
}

static void test_without_asking(void **state)
{
    (void)state;
    all_here();
    s.environment = asks_not;
    region_target(&s.region, 1, OLD_ENI);
    monitors(ERR_OK, "10.9.0.1 is up, and AWS was not asked");
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 0);
}

/* The answer comes, and then the process is held up for a minute. */
static void held_up(struct scripted *world, struct buf *reply)
{
    (void)reply;
    if (count_of(world, "DescribeRouteTables") == 1)
        world->paused_until_us = world->now_us += 60 * UINT64_C(1000000);
}

/* Beyond its deadline it looks no more, and says that it does not know. */
static void test_held_up(void **state)
{
    (void)state;
    all_here();
    region_target(&s.region, 1, OLD_ENI);
    s.damage = held_up;
    monitors(ERR_OK, "10.9.0.1 is up, and whether AWS sends it here is not known: DEADLINE");
}

/* Whatever keeps AWS from answering, before the tables or there, at once or in the second reading. */
static void test_what_cannot_be_known(void **state)
{
    static const struct {
        const char *effect;
        enum outcome_name goes;
        const char *says;
    } rows[] = {
        {INTERFACES, STALE_401, "10.9.0.1 is up, and whether AWS sends it here is not known: IDENTITY"},
        {"DescribeRouteTables", FORBIDDEN, "10.9.0.1 is up, and whether AWS sends it here is not known: REFUSED"},
        {"DescribeRouteTables", NO_PASSAGE, "10.9.0.1 is up, and whether AWS sends it here is not known: NETWORK"},
        {"DescribeRouteTables", THROTTLED, "10.9.0.1 is up, and whether AWS sends it here is not known: THROTTLED"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
            all_here();
            if (elsewhere)
                region_target(&s.region, 1, OLD_ENI);
            add_reply_fault(&s, rows[i].effect, 1, 99, rows[i].goes);
            monitors(ERR_OK, rows[i].says);
        }
}

/* What is wrongly configured is said as that, whatever is up: no time will mend it. */
static void test_what_cannot_be(void **state)
{
    static const char *const inside[] = {"OCF_RESKEY_ip=10.109.1.77", NULL};
    (void)state;
    all_here();
    s.addresses.count--;
    host_add(&s, "eth0:1", "10.109.1.77", 32);
    s.environment = inside;
    monitors(ERR_USAGE, "the destination 10.109.1.77/32 lies in this host's own subnet 10.109.1.0/24");
}

/* What the host does not tell is no answer. */
static void test_the_host_is_silent(void **state)
{
    (void)state;
    all_here();
    RUN(&s, &app, &ran, "ocf", "monitor");
    unsigned count = s.effects;
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here");
    for (unsigned n = 1; n <= count; n++) {
        all_here();
        add_fault(&s, n, n, NO_PASSAGE);
        RUN(&s, &app, &ran, "ocf", "monitor");
        assert_true(ran.e.kind != ERR_DIFFERS && !s.broken[0]);
        assert_only_looked();
    }
}

/* Of a VIP that is not up nobody need say on which of several interfaces it would be; who names one that cannot be told is told so. */
static void test_several_interfaces(void **state)
{
    (void)state;
    all_here();
    s.addresses.count--;
    for (size_t i = 0; i < s.addresses.count; i++)
        if (strcmp(s.addresses.at[i].label.text, "eth0") == 0)
            s.addresses.at[i].label.text[3] = '1';
    host_add(&s, "eth2", "10.109.2.20", 24);
    monitors(ERR_DIFFERS, "10.9.0.1 is on no interface that is up and has a link");
    RUN(&s, &app, &ran, "ocf", "validate-all");
    assert_int_equal(ran.e.kind, ERR_USAGE);
    assert_only_looked();
}

static void test_validates(void **state)
{
    (void)state;
    all_here();
    s.addresses.count--;
    RUN(&s, &app, &ran, "ocf", "validate-all");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 can be had here");
    assert_only_looked();
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 0);
}

/* What it says of itself, and of its parameters alone, it says without a look at anything. */
static const char *const parameters_alone[] = {IP, "OCF_CHECK_LEVEL=0", NULL};

static void test_without_a_look(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    s.environment = asks;
    RUN(&s, &app, &ran, "ocf", "meta-data");
    assert_int_equal(ran.e.kind, ERR_OK);
    assert_non_null(strstr(ran.out, "<parameter name=\"ip\" required=\"1\">"));
    assert_non_null(strstr(ran.out, "<parameter name=\"monapi\" required=\"0\">"));
    assert_non_null(strstr(ran.out, "<content type=\"boolean\"/>"));
    assert_non_null(strstr(ran.out, "<action name=\"start\" timeout=\"60s\"/>"));
    assert_non_null(strstr(ran.out, "<action name=\"monitor\" timeout=\"20s\" interval=\"30s\" depth=\"0\"/>"));
    s.environment = parameters_alone;
    RUN(&s, &app, &ran, "ocf", "validate-all");
    assert_int_equal(ran.e.kind, ERR_OK);
    assert_int_equal(s.effects, 0);
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_here);
    SUITE_TEST(&suite, test_elsewhere);
    SUITE_TEST(&suite, test_elsewhere_once);
    SUITE_TEST(&suite, test_not_up);
    SUITE_TEST(&suite, test_without_asking);
    SUITE_TEST(&suite, test_held_up);
    SUITE_TEST(&suite, test_what_cannot_be_known);
    SUITE_TEST(&suite, test_what_cannot_be);
    SUITE_TEST(&suite, test_the_host_is_silent);
    SUITE_TEST(&suite, test_several_interfaces);
    SUITE_TEST(&suite, test_validates);
    SUITE_TEST(&suite, test_without_a_look);
    return suite_run(&suite, "app/monitor");
}
