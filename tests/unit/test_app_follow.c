/*
 * follow: the alias is where all tables send the VIP, and stays as it is while that is not known; and the service, which
 * says what is new and no more. Faults, rows 107, 154, 155.
 */
#include "scripted_world.h"

#include "app/service.h"

static struct scripted s;
static struct app app;
static struct ran ran;

static void set_tables(const char *target)
{
    for (size_t i = 0; i < s.region.count; i++)
        region_target(&s.region, i, target);
}

static bool alias_is_up(void)
{
    return s.addresses.count == 3;
}

static void scene_standby(void)
{
    scripted_start(&s, 2);
}

static void scene_demoted(void)
{
    scripted_start(&s, 2);
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

static void scene_primary(void)
{
    scene_demoted();
    set_tables(OUR_ENI);
}

static void scene_promoted(void)
{
    scripted_start(&s, 2);
    set_tables(OUR_ENI);
}

static void run(void)
{
    RUN(&s, &app, &ran, "follow", "--vip", "10.9.0.1");
}

/* --- What is known */

static void test_as_it_should_be(void **state)
{
    (void)state;
    scene_primary();
    run();
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: all of 2 route tables send 10.9.0.1/32 to " OUR_ENI ", and the alias is up");
    assert_true(alias_is_up() && !app.vips[0].alias_changed);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 1);
    scene_standby();
    run();
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is elsewhere: all of 2 route tables send 10.9.0.1/32 to " OLD_ENI ", and the alias is down");
    assert_true(!alias_is_up() && !app.vips[0].alias_changed);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 1);
    assert_int_equal(count_of(&s, "claim"), 0);
}

/* Two readings, the second a second later, then the lock, then the change. */
static void test_107_demoted(void **state)
{
    (void)state;
    scene_demoted();
    run();
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is elsewhere: all of 2 route tables send 10.9.0.1/32 to " OLD_ENI ", and the alias was taken down");
    assert_true(!alias_is_up() && app.vips[0].alias_changed);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
    unsigned claim = find_effect(&s, "claim the lock", 1);
    assert_true(find_effect(&s, "DescribeRouteTables", 2) < claim && claim < find_effect(&s, "remove eth0:1 10.9.0.1", 1));
    assert_true(find_effect(&s, "wait", 1) == find_effect(&s, "DescribeRouteTables", 1) + 1);
    assert_int_equal(writes_sent(&s), 0);
}

static void test_promoted(void **state)
{
    (void)state;
    scene_promoted();
    run();
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: all of 2 route tables send 10.9.0.1/32 to " OUR_ENI ", and the alias was put up");
    assert_true(alias_is_up() && app.vips[0].alias_changed);
    assert_int_equal(writes_sent(&s), 0);
}

/* As a killed run has left it. */
static void test_narrowed(void **state)
{
    (void)state;
    scripted_start(&s, 1);
    host_add(&s, "eth0:1", "10.9.0.1", 8);
    set_tables(OUR_ENI);
    run();
    assert_ended(&s, &ran, ERR_OK, "and the alias was put up");
    assert_int_equal(s.addresses.at[2].prefix, 32);
}

/* --- What is not */

struct unknown {
    const char *name;
    void (*set)(void);
    const char *says;
};

static void split(void)
{
    region_target(&s.region, 0, OUR_ENI);
    region_target(&s.region, 1, OLD_ENI);
}

static void nowhere(void)
{
    region_target(&s.region, 0, "");
}

static void dead(void)
{
    s.region.tables[1].dead = true;
}

static void ours_dead(void)
{
    set_tables(OUR_ENI);
    s.region.tables[0].dead = s.region.tables[1].dead = true;
}

static void ambiguous(void)
{
    s.region.tables[0].twice = true;
}

static void none(void)
{
    s.region.count = 0;
}

static const struct unknown unknowns[] = {
    {"the tables disagree", split, "1 of 2 route tables send 10.9.0.1/32 here, and the others not all to another host"},
    {"one leads nowhere", nowhere, "0 of 2"},
    {"a dead target", dead, "0 of 2"},
    {"ours, and dead", ours_dead, "0 of 2"},
    {"two routes", ambiguous, "0 of 2"},
    {"no table", none, "0 of 0"},
};

static void test_unknown(void **state)
{
    const struct unknown *row = *state;
    void (*const scenes[])(void) = {scene_standby, scene_demoted};
    for (size_t i = 0; i < COUNT(scenes); i++) {
        scenes[i]();
        row->set();
        run();
        assert_ended(&s, &ran, ERR_DIFFERS, row->says);
        assert_non_null(strstr(ran.e.text, "the alias stays as it is: "));
        assert_int_equal(alias_is_up(), i == 1);
        assert_int_equal(count_of(&s, "claim") + writes_sent(&s), 0);
    }
}

/* Tables without the route count only where all are to have it. */
static void test_existing(void **state)
{
    (void)state;
    scene_demoted();
    nowhere();
    RUN(&s, &app, &ran, "follow", "--vip", "10.9.0.1", "--tables", "existing");
    assert_ended(&s, &ran, ERR_OK, "all of 1 route tables");
    assert_false(alias_is_up());
}

/* One reading may be an old picture. */
static void other_owner(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    (void)world;
    if (effect == WAIT)
        set_tables(strcmp(s.region.tables[0].target, OUR_ENI) == 0 ? OLD_ENI : OUR_ENI);
}

static void test_readings_differ(void **state)
{
    (void)state;
    scene_demoted();
    s.before = other_owner;
    run();
    assert_ended(&s, &ran, ERR_DIFFERS, "the alias stays as it is: two readings of the route tables differ");
    assert_true(alias_is_up());
}

/* The second reading says nothing that is one place. */
static void split_in_pause(struct scripted *world, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == WAIT)
        region_target(&world->region, 0, "");
}

static void test_second_reading_unknown(void **state)
{
    (void)state;
    scene_demoted();
    s.before = split_in_pause;
    run();
    assert_ended(&s, &ran, ERR_DIFFERS, "the alias stays as it is: 0 of ");
    assert_true(alias_is_up());
}

/* A host that tells nothing at the moment of the change. */
static void test_addresses_unknown_at_the_change(void **state)
{
    (void)state;
    scene_demoted();
    run();
    unsigned again = find_effect(&s, "addresses", 2);
    scene_demoted();
    add_fault(&s, again, again, NO_CONNECTION);
    run();
    assert_ended(&s, &ran, ERR_IFACE, "cannot list the addresses");
    assert_true(alias_is_up());
}

/* --- Another run on this host */

static void test_while_another_run_is_at_work(void **state)
{
    (void)state;
    scene_demoted();
    s.locked_until_us = UINT64_MAX;
    run();
    assert_ended(&s, &ran, ERR_BUSY, "the alias stays as it is: another run holds the lock");
    assert_int_equal(s.effects, 1);
    scene_demoted();
    s.locked_meanwhile = true;
    run();
    assert_ended(&s, &ran, ERR_BUSY, "at work meanwhile");
    assert_true(alias_is_up());
    scene_demoted();
    s.no_lock = "Permission denied";
    run();
    assert_ended(&s, &ran, ERR_IFACE, "the alias stays as it is: without a lock nothing tells");
    assert_true(alias_is_up());
    assert_non_null(strstr(ran.timeline, "lock         none: Permission denied"));
}

/* Two old pictures in a row must not take the alias from a host that has just acquired the VIP; to put it up harms nobody. */
static void test_shortly_after_another_run(void **state)
{
    static const uint64_t idle_us[] = {1, 60 * SECOND - 1};
    (void)state;
    for (size_t i = 0; i < COUNT(idle_us); i++) {
        scene_demoted();
        s.idle_us = idle_us[i];
        run();
        assert_ended(&s, &ran, ERR_BUSY, i == 0 ? "was at work 0 s ago" : "was at work 59 s ago");
        assert_non_null(strstr(ran.e.text, "it is taken down when 60 s have passed since"));
        assert_true(alias_is_up());
    }
    scene_demoted();
    s.idle_us = 60 * SECOND;
    run();
    assert_ended(&s, &ran, ERR_OK, "was taken down");
    scene_promoted();
    s.idle_us = 1;
    run();
    assert_ended(&s, &ran, ERR_OK, "was put up");
}

/* Between the readings and the lock another has done what is to be done. */
static void take_down_at_claim(struct scripted *world, unsigned n, enum effect effect)
{
    if (effect == LOCK && n > 1)
        world->addresses.count = 2;
}

static void test_done_meanwhile(void **state)
{
    (void)state;
    scene_demoted();
    s.before = take_down_at_claim;
    run();
    assert_ended(&s, &ran, ERR_OK, "and the alias is down");
    assert_int_equal(count_of(&s, "remove"), 0);
}

/* A host that was paused knows nothing of what has become of the tables meanwhile. */
static void test_paused(void **state)
{
    (void)state;
    scene_demoted();
    run();
    unsigned claim = find_effect(&s, "claim", 1);
    scene_demoted();
    add_fault(&s, claim, claim, STOPPED);
    run();
    assert_ended(&s, &ran, ERR_DEADLINE, "the deadline came before the alias was changed");
    assert_true(alias_is_up());
}

static void test_the_interface(void **state)
{
    (void)state;
    scene_promoted();
    s.interface.up = false;
    run();
    assert_ended(&s, &ran, ERR_IFACE, "eth0 is down");
    assert_int_equal(count_of(&s, "claim"), 0);
    scene_promoted();
    host_add(&s, "eth0:1", "10.9.0.7", 32);
    run();
    assert_ended(&s, &ran, ERR_IFACE, "eth0:1 holds 10.9.0.7 already");
    scene_demoted();
    run();
    unsigned change = s.effects;
    scene_demoted();
    add_fault(&s, change, change, NO_CONNECTION);
    run();
    assert_ended(&s, &ran, ERR_IFACE, "cannot remove the alias");
    assert_true(alias_is_up() && !app.vips[0].alias_changed);
}

/* --- The service */

#define HERE {.kind = ERR_OK, .place = {PLAN_PLACE_HERE}, .end = "here"}
#define ELSEWHERE {.kind = ERR_OK, .place = {PLAN_PLACE_ELSEWHERE}, .end = "elsewhere"}
#define TAKEN_DOWN {.kind = ERR_OK, .place = {PLAN_PLACE_ELSEWHERE}, .changed = true, .end = "taken down"}
#define PUT_UP {.kind = ERR_OK, .place = {PLAN_PLACE_HERE}, .changed = true, .end = "put up"}
#define FAILS(kind_) {.kind = ERR_##kind_, .end = #kind_}

static struct {
    uint64_t now_us;
    uint64_t round_us; /* that a round takes */
    uint32_t random;
    const struct service_report *rounds;
    size_t count;
    size_t done;
    size_t silent; /* the round that leaves no report, from 1 on; 0: none */
    uint64_t began_us[4096];
    enum err_kind kind; /* of the latest */
    char said[4096];
} served;

static uint64_t served_now_us(void *host)
{
    (void)host;
    return served.now_us;
}

static uint32_t served_random(void *host)
{
    (void)host;
    return served.random;
}

static void served_wait(void *host, uint64_t until_us, bool interruptible)
{
    (void)host;
    assert_true(interruptible && until_us > served.now_us);
    served.now_us = until_us;
}

static bool served_interrupted(void *host)
{
    (void)host;
    return served.done == served.count;
}

static bool served_round(void *host, void *report, size_t size, uint64_t deadline_us, struct err *e)
{
    (void)host;
    assert_int_equal(size, sizeof(struct service_report));
    assert_int_equal(deadline_us, served.now_us + 21 * SECOND);
    served.began_us[served.done] = served.now_us;
    memcpy(report, &served.rounds[served.done++], size);
    served.kind = served.rounds[served.done - 1].kind;
    if (served.done == served.silent || (unsigned)served.kind > ERR_BUG)
        served.kind = ERR_BUG;
    served.now_us += served.round_us;
    return served.done != served.silent || err_set(e, ERR_BUG, "no round");
}

static void served_say(void *host, struct slice steps, struct slice end, enum err_kind kind)
{
    (void)host;
    assert_true(strlen(served.said) + end.len + 1 < sizeof served.said);
    assert_int_equal(steps.len, 0);
    assert_int_equal(kind, served.kind);
    strncat(served.said, end.at, end.len);
    strcat(served.said, "\n");
}

static const char *serve(const struct service_report *rounds, size_t count, const char *every)
{
    struct buf result = BUF_OF(ran.result);
    const char *const arguments[] = {"follow", "--vip", "10.9.0.1", "--every", every};
    struct err e = {0};
    memset(&app, 0, sizeof app);
    memset(served.said, 0, sizeof served.said);
    options_start(&app.options, false);
    assert_true(options_take_arguments(&app.options, COUNT(arguments), (char *const *)(uintptr_t)arguments, &e));
    app.world = (struct world){.now_us = served_now_us, .random = served_random, .wait = served_wait, .interrupted = served_interrupted,
                               .round = served_round, .say = served_say};
    served.rounds = rounds;
    served.count = count;
    served.done = 0;
    assert_true(service(&app, &result));
    assert_int_equal(served.done, count);
    (void)buf_text(&result);
    return served.said;
}
#define SERVE(...) serve((const struct service_report[]){__VA_ARGS__}, COUNT(((const struct service_report[]){__VA_ARGS__})), "10")

static void test_it_says_what_is_new(void **state)
{
    (void)state;
    assert_string_equal(SERVE(HERE, HERE, HERE), "here\n");
    assert_string_equal(ran.result, "a signal ended the service, and the alias of 10.9.0.1 was left up");
    assert_string_equal(SERVE(HERE, ELSEWHERE, ELSEWHERE, HERE), "here\nelsewhere\nhere\n");
    assert_string_equal(SERVE(ELSEWHERE, TAKEN_DOWN, TAKEN_DOWN), "elsewhere\ntaken down\ntaken down\n");
    assert_string_equal(ran.result, "a signal ended the service, and the alias of 10.9.0.1 was left down");
}

static void test_154_not_one_per_try(void **state)
{
    static struct service_report hour[360];
    static const struct service_report failing = FAILS(NETWORK), good = HERE;
    (void)state;
    for (size_t i = 0; i < COUNT(hour); i++)
        hour[i] = failing;
    hour[0] = hour[COUNT(hour) - 1] = good;
    assert_string_equal(serve(hour, COUNT(hour), "10"), "here\nNETWORK\nhere\n");
    serve(hour, COUNT(hour) - 1, "10");
    assert_string_equal(ran.result, "a signal ended the service, and the alias of 10.9.0.1 was left as it was");
    /* Each cause once, however often they alternate; and anew when one has known in between. */
    assert_string_equal(SERVE(FAILS(NETWORK), FAILS(DIFFERS), FAILS(NETWORK), FAILS(DIFFERS), HERE, FAILS(NETWORK)),
                        "NETWORK\nDIFFERS\nhere\nNETWORK\n");
    assert_string_equal(SERVE(HERE, FAILS(INTERRUPTED)), "here\n");
}

static void test_155_one_line_for_each_change(void **state)
{
    (void)state;
    assert_string_equal(SERVE(PUT_UP, TAKEN_DOWN, PUT_UP, FAILS(DIFFERS), FAILS(DIFFERS), TAKEN_DOWN, ELSEWHERE),
                        "put up\ntaken down\nput up\nDIFFERS\ntaken down\n");
}

static void test_a_round_without_a_report(void **state)
{
    static struct service_report no_report = {.end = "nothing"};
    (void)state;
    served.silent = 2;
    assert_string_equal(SERVE(HERE, TAKEN_DOWN, HERE), "here\nBUG: no round; report it with the output of -v\nhere\n");
    served.silent = 3;
    assert_string_equal(SERVE(HERE, HERE, HERE), "here\n"); /* a signal had come */
    served.silent = 0;
    no_report.kind = (enum err_kind)77;
    assert_string_equal(SERVE(HERE, no_report, HERE), "here\nBUG: a round has left a report that none can be; report it with the output of -v\nhere\n");
}

/* At once, then at a moment of this host's own, then never two in an interval. */
static void test_pace(void **state)
{
    static const uint32_t randoms[] = {0, 0x40000000, 0x80000000, UINT32_MAX};
    static const uint64_t second_us[] = {10 * SECOND, 12500000, 15 * SECOND, 20 * SECOND};
    static const uint64_t takes_us[] = {1, 3 * SECOND, 10 * SECOND, 25 * SECOND};
    (void)state;
    for (size_t i = 0; i < COUNT(randoms); i++)
        for (size_t j = 0; j < COUNT(takes_us); j++) {
            served.random = randoms[i];
            served.round_us = takes_us[j];
            uint64_t from_us = served.now_us;
            SERVE(HERE, HERE, HERE, HERE);
            assert_int_equal(served.began_us[0], from_us);
            if (takes_us[j] <= 3 * SECOND)
                assert_in_range(served.began_us[1] - from_us, second_us[i] - 1000, second_us[i]);
            for (size_t k = 1; k < 4; k++) {
                uint64_t apart_us = served.began_us[k] - served.began_us[k - 1];
                assert_true(apart_us >= 10 * SECOND && (k == 1 || apart_us % (10 * SECOND) == 0));
                assert_true(apart_us <= 20 * SECOND || apart_us <= takes_us[j] + 10 * SECOND);
            }
        }
    served.random = 0;
    served.round_us = 0;
}

static void test_each_alias_is_named(void **state)
{
    struct buf result = BUF_OF(ran.result);
    struct err e = {0};
    (void)state;
    memset(&app, 0, sizeof app);
    served.done = served.count = 0;
    options_start(&app.options, false);
    assert_true(options_take_config(&app.options, S("[web]\nvip = 10.9.0.1\n[db]\nvip = 10.9.0.2\n"), &e));
    app.world = (struct world){.now_us = served_now_us, .random = served_random, .wait = served_wait, .interrupted = served_interrupted,
                               .round = served_round, .say = served_say};
    assert_true(service(&app, &result));
    assert_string_equal(buf_text(&result), "a signal ended the service, and the alias of 10.9.0.1 was left as it was, "
                                           "the alias of 10.9.0.2 was left as it was");
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_as_it_should_be);
    SUITE_TEST(&suite, test_107_demoted);
    SUITE_TEST(&suite, test_promoted);
    SUITE_TEST(&suite, test_narrowed);
    SUITE_ROWS(&suite, test_unknown, unknowns);
    SUITE_TEST(&suite, test_existing);
    SUITE_TEST(&suite, test_readings_differ);
    SUITE_TEST(&suite, test_second_reading_unknown);
    SUITE_TEST(&suite, test_addresses_unknown_at_the_change);
    SUITE_TEST(&suite, test_while_another_run_is_at_work);
    SUITE_TEST(&suite, test_shortly_after_another_run);
    SUITE_TEST(&suite, test_done_meanwhile);
    SUITE_TEST(&suite, test_paused);
    SUITE_TEST(&suite, test_the_interface);
    SUITE_TEST(&suite, test_it_says_what_is_new);
    SUITE_TEST(&suite, test_each_alias_is_named);
    SUITE_TEST(&suite, test_154_not_one_per_try);
    SUITE_TEST(&suite, test_155_one_line_for_each_change);
    SUITE_TEST(&suite, test_a_round_without_a_report);
    SUITE_TEST(&suite, test_pace);
    return suite_run(&suite, "app/follow");
}
