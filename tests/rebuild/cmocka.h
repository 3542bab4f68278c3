/*
 * cmocka: what the unit tests use of that library, for a machine that it is not installed for. A test ends with its first
 * assertion that does not hold; the group's status is how many have failed.
 */
#ifndef REBUILD_CMOCKA_H
#define REBUILD_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*CMUnitTestFunction)(void **state);

struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test_func;
    void *setup_func;
    void *teardown_func;
    void *initial_state;
};

static jmp_buf cmocka_end;

__attribute__((format(printf, 1, 2), unused)) static void print_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
}

__attribute__((noreturn, unused)) static void _fail(const char *file, int line)
{
    print_error("%s:%d: does not hold\n", file, line);
    longjmp(cmocka_end, 1);
}

#define print_message print_error
/* Leaks are for the other machine's sanitizer. */
#define test_malloc malloc
#define test_free free
#define fail() _fail(__FILE__, __LINE__)
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), fail())

#define cmocka_holds(condition) ((condition) ? (void)0 : _fail(__FILE__, __LINE__))
#define assert_true(c) cmocka_holds(c)
#define assert_false(c) cmocka_holds(!(c))
#define assert_null(p) cmocka_holds((p) == NULL)
#define assert_non_null(p) cmocka_holds((p) != NULL)
#define assert_ptr_equal(a, b) cmocka_holds((const void *)(a) == (const void *)(b))
/* As the library has it: both as the widest of integers. */
#define assert_int_equal(a, b) cmocka_holds((uintmax_t)(a) == (uintmax_t)(b))
#define assert_int_not_equal(a, b) cmocka_holds((uintmax_t)(a) != (uintmax_t)(b))
#define assert_in_range(v, low, high) cmocka_holds((uintmax_t)(v) >= (uintmax_t)(low) && (uintmax_t)(v) <= (uintmax_t)(high))
#define assert_string_equal(a, b) cmocka_holds(strcmp((a), (b)) == 0)
#define assert_string_not_equal(a, b) cmocka_holds(strcmp((a), (b)) != 0)
#define assert_memory_equal(a, b, size) cmocka_holds(memcmp((a), (b), (size)) == 0)
#define assert_memory_not_equal(a, b, size) cmocka_holds(memcmp((a), (b), (size)) != 0)

#define cmocka_unit_test(f) {#f, (f), NULL, NULL, NULL}
#define cmocka_run_group_tests(tests, setup, teardown) _cmocka_run_group_tests(#tests, (tests), sizeof(tests) / sizeof *(tests), (setup), (teardown))
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
    _cmocka_run_group_tests((name), (tests), sizeof(tests) / sizeof *(tests), (setup), (teardown))

__attribute__((unused)) static int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t count, void *setup, void *teardown)
{
    volatile size_t i, failed = 0;
    if (setup != NULL || teardown != NULL) {
        print_error("%s: FAILED, for nothing here sets a group up\n", group);
        return 255;
    }
    for (i = 0; i < count; i++) {
        void *state = tests[i].initial_state;
        if (setjmp(cmocka_end) == 0) {
            tests[i].test_func(&state);
            continue;
        }
        print_error("%s: %s FAILED\n", group, tests[i].name);
        failed++;
    }
    print_error("[  PASSED  ] %zu test(s).\n", count - failed);
    return failed > 255 ? 255 : (int)failed;
}

#endif
