/*
 * pace: all at once until AWS objects, then what its bucket has earned, and never twice without a pause.
 */
#include "core/pace.h"
#include "made.h"

#define SECOND UINT64_C(1000000)
#define HALF (UINT32_MAX / 2 + 1)

static struct pace p;

static void assert_wait(bool more_writes, uint64_t left_us, uint32_t random, uint64_t expected_us)
{
    uint64_t wait_us = 77;
    assert_true(pace_wait(&p, more_writes, left_us, random, &wait_us));
    assert_int_equal(wait_us, expected_us);
}

static void assert_no_time(bool more_writes, uint64_t left_us, uint32_t random)
{
    uint64_t wait_us;
    assert_false(pace_wait(&p, more_writes, left_us, random, &wait_us));
}

/* Nothing stands in the way of the first writes, nor of others that AWS has just told us how to do. */
static void test_all_at_once(void **state)
{
    (void)state;
    pace_start(&p);
    assert_false(pace_must_pause(&p));
    assert_int_equal(pace_most(&p, 0), SIZE_MAX);
    pace_wrote(&p, RETRY_NEVER, SECOND);
    assert_false(pace_must_pause(&p));
    assert_int_equal(pace_most(&p, SECOND), SIZE_MAX);
}

/* The first look after writes is at once, the next ones come later and later, and writes begin it again. */
static void test_looks(void **state)
{
    (void)state;
    pace_start(&p);
    pace_wrote(&p, RETRY_NEVER, 0);
    assert_wait(false, 1, UINT32_MAX, 0);
    assert_wait(false, 10 * SECOND, HALF, 50000);
    assert_wait(false, 10 * SECOND, HALF, 100000);
    assert_wait(false, 10 * SECOND, HALF, 200000);
    assert_no_time(false, 200000, HALF);
    pace_wrote(&p, RETRY_NEVER, 0);
    assert_wait(false, 1, UINT32_MAX, 0);
}

/* Five a second, and one to find out; for the rest of the run, whatever the next writes come to. */
static void test_slow(void **state)
{
    static const struct {
        uint64_t after_us;
        size_t most;
    } rows[] = {{0, 1}, {199999, 1}, {200000, 2}, {500000, 3}, {SECOND, 6}, {10 * SECOND, 51}};
    (void)state;
    pace_start(&p);
    pace_wrote(&p, RETRY_THROTTLED, 5 * SECOND);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(pace_most(&p, 5 * SECOND + rows[i].after_us), rows[i].most);
    assert_true(pace_must_pause(&p));
    assert_wait(true, 10 * SECOND, 0, SECOND / 2);
    assert_false(pace_must_pause(&p));
    pace_wrote(&p, RETRY_NEVER, 6 * SECOND);
    assert_true(pace_must_pause(&p));
    assert_int_equal(pace_most(&p, 6 * SECOND), 1);
    assert_wait(true, 10 * SECOND, UINT32_MAX, SECOND - 1);
    pace_wrote(&p, RETRY_NEVER, 7 * SECOND);
    assert_no_time(true, SECOND / 2, 0);
}

/* When all is written there is nothing to pause for: the look that verifies is at once. */
static void test_slow_but_done(void **state)
{
    (void)state;
    pace_start(&p);
    pace_wrote(&p, RETRY_THROTTLED, 0);
    pace_wrote(&p, RETRY_NEVER, SECOND);
    assert_wait(false, SECOND, UINT32_MAX, 0);
}

/* A connection that did not come about is tried again sooner, but less and less so. */
static void test_no_connection(void **state)
{
    (void)state;
    pace_start(&p);
    pace_wrote(&p, RETRY_CONNECT, 0);
    assert_int_equal(pace_most(&p, 0), SIZE_MAX);
    assert_true(pace_must_pause(&p));
    assert_wait(true, SECOND, HALF, 50000);
    assert_false(pace_must_pause(&p));
    pace_wrote(&p, RETRY_CONNECT, 0);
    assert_wait(true, SECOND, HALF, 100000);
    pace_wrote(&p, RETRY_NEVER, 0);
    pace_wrote(&p, RETRY_CONNECT, 0);
    assert_wait(true, SECOND, HALF, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_looks),         cmocka_unit_test(test_slow),
        cmocka_unit_test(test_slow_but_done), cmocka_unit_test(test_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
