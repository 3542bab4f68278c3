/*
 * pace: all at once until AWS objects, then what its bucket has earned, and never twice without a pause.
 */
#include "core/pace.h"
#include "made.h"

#define SECOND UINT64_C(1000000)
#define HALF (UINT32_MAX / 2 + 1)

static struct pace p;

static void wrote(enum retry_reason undone, size_t spent, size_t left, uint64_t began_us, uint64_t ended_us)
{
    const struct pace_batch batch = {began_us, ended_us, true, spent, left, undone};
    pace_wrote(&p, &batch);
}

static void assert_wait(size_t to_write, uint64_t at_us, uint64_t left_us, uint32_t random, uint64_t expected_us)
{
    uint64_t wait_us = 77;
    assert_true(pace_wait(&p, to_write, at_us, left_us, random, &wait_us));
    assert_int_equal(wait_us, expected_us);
}

static void assert_no_time(size_t to_write, uint64_t at_us, uint64_t left_us, uint32_t random)
{
    uint64_t wait_us;
    assert_false(pace_wait(&p, to_write, at_us, left_us, random, &wait_us));
}

/* Nothing stands in the way of the first writes, nor of others that AWS has just told us how to do. */
static void test_all_at_once(void **state)
{
    (void)state;
    pace_start(&p);
    assert_false(pace_must_pause(&p));
    assert_int_equal(pace_most(&p, 0), SIZE_MAX);
    wrote(RETRY_NEVER, 40, 0, SECOND, SECOND);
    assert_false(pace_must_pause(&p));
    assert_int_equal(pace_most(&p, SECOND), SIZE_MAX);
}

/* The first look after writes is at once, the next ones come later and later, and writes begin it again. */
static void test_looks(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_NEVER, 1, 0, 0, 0);
    assert_wait(0, 0, 1, UINT32_MAX, 0);
    assert_wait(0, 0, 10 * SECOND, HALF, 50000);
    assert_wait(0, 0, 10 * SECOND, HALF, 100000);
    assert_wait(0, 0, 10 * SECOND, HALF, 200000);
    assert_no_time(0, 0, 200000, HALF);
    wrote(RETRY_NEVER, 1, 0, 0, 0);
    assert_wait(0, 0, 1, UINT32_MAX, 0);
}

/* Of a hundred the bucket had fifty; then five a second, and one to find out; the last five when they are earned, the look's time included. */
static void test_slow(void **state)
{
    static const struct {
        uint64_t after_us;
        size_t most;
    } rows[] = {{0, 1}, {199999, 1}, {200000, 2}, {500000, 3}, {SECOND, 6}, {20 * SECOND, 51}};
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 50, 5 * SECOND, 5 * SECOND);
    assert_false(p.shared);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(pace_most(&p, 5 * SECOND + rows[i].after_us), rows[i].most);
    assert_true(pace_must_pause(&p));
    assert_wait(0, 5 * SECOND, 20 * SECOND, 0, SECOND / 2);
    assert_false(pace_must_pause(&p));
    wrote(RETRY_THROTTLED, 2, 48, 5 * SECOND + 520000, 5 * SECOND + 540000);
    assert_int_equal(p.look_us, 20000);
    assert_true(pace_must_pause(&p));
    assert_wait(0, 5 * SECOND + 540000, 20 * SECOND, UINT32_MAX, SECOND - 1);
    /* 0.54 s have earned two, and 0.14 s of the next. */
    wrote(RETRY_THROTTLED, 5, 43, 6 * SECOND + 540000, 6 * SECOND + 540000);
    assert_false(p.shared);
    assert_int_equal(p.level_us, 140000);
}

/* The last ones are written when they are earned: no pause is left to chance, and none is longer than that. */
static void test_last_few(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 5, 0, 100000);
    assert_wait(0, 100000, 20 * SECOND, UINT32_MAX, 5 * 200000 + 10000 - 100000);
    wrote(RETRY_NEVER, 5, 0, 1050000, 1080000);
    assert_wait(0, 1080000, SECOND, UINT32_MAX, 0);
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 8, 0, 0);
    assert_wait(0, 0, 20 * SECOND, HALF, 3 * SECOND / 4);
    wrote(RETRY_THROTTLED, 3, 5, 790000, 800000);
    assert_false(p.shared);
    assert_int_equal(p.look_us, 40000);
    assert_wait(0, 800000, 20 * SECOND, UINT32_MAX, 5 * 200000 + 10000 - 200000 - 40000);
}

/* Asked to slow down long before this run alone would have been: others draw from it, and the pause is left to chance. */
static void test_shared(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 10, 1, 0, 20000);
    assert_true(p.shared);
    assert_wait(0, 20000, 10 * SECOND, 0, SECOND / 2);
    assert_int_equal(pace_most(&p, 20000 + SECOND / 2), 3);
    wrote(RETRY_THROTTLED, 0, 1, SECOND, SECOND);
    assert_wait(0, SECOND, 10 * SECOND, UINT32_MAX, SECOND - 1);
    wrote(RETRY_NEVER, 1, 0, 2 * SECOND, 2 * SECOND);
    assert_true(pace_must_pause(&p));
    assert_no_time(1, 2 * SECOND, SECOND / 2, 0);
}

/* One pause is enough: what is left to write after it is written, and a look before that is at once. */
static void test_one_pause(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 8, 0, 0);
    assert_wait(8, 0, 20 * SECOND, HALF, 3 * SECOND / 4);
    assert_false(pace_must_pause(&p));
    assert_wait(8, 3 * SECOND / 4, 20 * SECOND, HALF, 0);
    assert_wait(8, 3 * SECOND / 4, 20 * SECOND, HALF, 50000);
}

/* A bucket that held more than is written here is no riddle: what is left is as if it had been empty. */
static void test_larger(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 80, 2, 0, 0);
    assert_false(p.shared);
    assert_wait(0, 0, 10 * SECOND, UINT32_MAX, 410000);
}

/* When all is written there is nothing to pause for: the look that verifies is at once. */
static void test_slow_but_done(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 1, 0, 0);
    wrote(RETRY_NEVER, 1, 0, SECOND, SECOND);
    assert_wait(0, SECOND, SECOND, UINT32_MAX, 0);
}

/* A connection that did not come about is tried again sooner, but less and less so. */
static void test_no_connection(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_CONNECT, 0, 1, 0, 0);
    assert_int_equal(pace_most(&p, 0), SIZE_MAX);
    assert_true(pace_must_pause(&p));
    assert_wait(1, 0, SECOND, HALF, 50000);
    assert_false(pace_must_pause(&p));
    wrote(RETRY_CONNECT, 0, 1, 0, 0);
    assert_wait(1, 0, SECOND, HALF, 100000);
    wrote(RETRY_NEVER, 1, 0, 0, 0);
    wrote(RETRY_CONNECT, 0, 1, 0, 0);
    assert_wait(1, 0, SECOND, HALF, 50000);
}

/* Between two readings a second, or half of what is left where that is less. */
static void test_confirm(void **state)
{
    static const uint64_t rows[][2] = {
        {0, 0}, {1000, 500}, {SECOND, SECOND / 2}, {3 * SECOND / 2, 3 * SECOND / 4}, {2 * SECOND - 2, SECOND - 1}, {2 * SECOND, SECOND}, {5 * SECOND / 2, SECOND},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(pace_confirm_us(rows[i][0]), rows[i][1]);
}

/* Where it lies exactly at a bound. */
static void test_bounds(void **state)
{
    (void)state;
    pace_start(&p);
    wrote(RETRY_THROTTLED, 49, 1, 0, 0); /* one was left, and not to be had */
    assert_true(p.shared);
    assert_int_equal(p.level_us, 0);
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 5, 0, 10000); /* earned in a second, the longest pause */
    assert_wait(0, 10000, 20 * SECOND, 0, SECOND);
    pace_start(&p);
    wrote(RETRY_THROTTLED, 50, 1, 0, 0);
    wrote(RETRY_NEVER, 1, 0, 0, 0); /* nothing is left to write, nor earned */
    assert_wait(0, 0, SECOND, UINT32_MAX, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_looks),         cmocka_unit_test(test_slow),
        cmocka_unit_test(test_slow_but_done), cmocka_unit_test(test_last_few), cmocka_unit_test(test_shared), cmocka_unit_test(test_one_pause), cmocka_unit_test(test_confirm), cmocka_unit_test(test_bounds), cmocka_unit_test(test_larger), cmocka_unit_test(test_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
