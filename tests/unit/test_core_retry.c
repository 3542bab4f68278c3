/* retry: the whole table of reasons and attempts; within the jitter's range, and never beyond the time that is left. */
#include "core/retry.h"
#include "made.h"

#define PLENTY UINT64_MAX
#define ATTEMPTS 12

/* The longest wait in milliseconds, by reason and attempt; the last one stays. */
static const struct {
    enum retry_reason reason;
    uint64_t most_ms[6];
} ceilings[] = {
    {RETRY_CONNECT, {100, 200, 400, 800, 1600, 2000}},
    {RETRY_FAILURE, {200, 400, 800, 1600, 2000, 2000}},
    {RETRY_THROTTLED, {500, 1000, 2000, 4000, 4000, 4000}},
    {RETRY_LOOK, {100, 200, 400, 800, 1000, 1000}},
};

static uint64_t ceiling_us(size_t reason, unsigned attempt)
{
    return ceilings[reason].most_ms[attempt < 5 ? attempt : 5] * 1000;
}

static void test_ceilings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ceilings); i++)
        for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
            uint64_t most = ceiling_us(i, attempt), wait;
            assert_true(retry_wait(ceilings[i].reason, attempt, PLENTY, 0, &wait));
            assert_int_equal(wait, 0);
            assert_true(retry_wait(ceilings[i].reason, attempt, PLENTY, UINT32_MAX, &wait));
            assert_int_equal(wait, most - 1);
            assert_true(retry_wait(ceilings[i].reason, attempt, PLENTY, UINT32_C(1) << 31, &wait));
            assert_int_equal(wait, most / 2);
        }
}

/* However many attempts there were, the arithmetic holds. */
static void test_endless_attempts(void **state)
{
    static const unsigned attempts[] = {63, 64, 65, 1000000, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(ceilings); i++)
        for (size_t j = 0; j < COUNT(attempts); j++) {
            uint64_t wait;
            assert_true(retry_wait(ceilings[i].reason, attempts[j], PLENTY, UINT32_MAX, &wait));
            assert_int_equal(wait, ceiling_us(i, ATTEMPTS) - 1);
        }
}

/* A wait that would end at the deadline or behind it is none. */
static void test_never_beyond_what_is_left(void **state)
{
    static const uint64_t left[] = {0, 1, 2, 999, 50000, 99999, 100000, 499999, 500000, 1999999, 2000000, 3999999, 4000000, PLENTY};
    static const uint32_t randoms[] = {0, 1, 43, UINT32_C(1) << 31, UINT32_MAX - 1, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(ceilings); i++)
        for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++)
            for (size_t l = 0; l < COUNT(left); l++)
                for (size_t r = 0; r < COUNT(randoms); r++) {
                    uint64_t wanted = 0, wait = 7;
                    assert_true(retry_wait(ceilings[i].reason, attempt, PLENTY, randoms[r], &wanted));
                    assert_int_equal(retry_wait(ceilings[i].reason, attempt, left[l], randoms[r], &wait), wanted < left[l]);
                    assert_int_equal(wait, wanted < left[l] ? wanted : 7);
                }
}

static void test_never(void **state)
{
    (void)state;
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t wait = 7;
        assert_false(retry_wait(RETRY_NEVER, attempt, PLENTY, 0, &wait));
        assert_int_equal(wait, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_endless_attempts),
        cmocka_unit_test(test_never_beyond_what_is_left),
        cmocka_unit_test(test_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
