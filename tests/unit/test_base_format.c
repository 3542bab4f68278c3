/* format: what the C library's own snprintf writes is what it must write, for every conversion that it knows. */
#include "support.h"

#include "base/format.h"

#include <limits.h>
#include <stdio.h>

/* Both write it into room of every size, and must agree in all of it, and in the length. */
#define SAME(...)                                                                                                      \
    for (size_t cap = 0; cap < sizeof theirs; cap++) {                                                                 \
        memset(ours, '!', sizeof ours);                                                                                \
        memset(theirs, '!', sizeof theirs);                                                                            \
        int length = snprintf(theirs, cap, __VA_ARGS__);                                                               \
        assert_int_equal(format_text(ours, cap, __VA_ARGS__), length);                                                 \
        assert_memory_equal(ours, theirs, sizeof ours);                                                                \
    }

static char ours[80], theirs[80];

/* What is cut off on purpose. */
#pragma GCC diagnostic ignored "-Wformat-truncation"

static void numbers(void **state)
{
    (void)state;
    static const long long values[] = {0, 1, 9, 10, 99, 100, INT_MAX, INT_MIN, UINT_MAX, LLONG_MAX, LLONG_MIN, -1, -10};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        long long v = values[i];
        SAME("%d|%2d|%-5d|%12d|", (int)v, (int)v, (int)v, (int)v)
        SAME("%u|%5u|%-5u|%02u|%06u|", (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v)
        SAME("%x|%02x|%016x|%lx", (unsigned)v, (unsigned)v, (unsigned)v, (unsigned long)v)
        SAME("%ld|%lld|%zu", (long)v, v, (size_t)v)
        SAME("%lu|%llu|%-25zu|", (unsigned long)v, (unsigned long long)v, (size_t)v)
    }
}

static void strings(void **state)
{
    (void)state;
    static const char unended[4] = {'a', 'b', 'c', 'd'};
    SAME("as it is")
    SAME("%s|%11s|%-11s|%s", "", "right", "left", "longer than any width")
    SAME("%.2s|%.4s|%.0s|%5.2s|%-5.2s|", "abc", unended, "abc", "abc", "abc")
    SAME("%.*s|%.*s|%s", 3, "abcdef", 0, "abc", "after")
    SAME("%c%c|%3c|%-3c|", 'a', '\n', 'b', 'c')
    SAME("100%% of %s%%", "it")
}

static size_t unchecked(const char *format, ...)
{
    va_list args;
    va_start(args, format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size_t len = format_args(ours, sizeof ours, format, args);
#pragma GCC diagnostic pop
    va_end(args);
    return len;
}

/* Formats are ours, so these are defects; they must not take the run down. */
static void what_it_does_not_know(void **state)
{
    (void)state;
    assert_int_equal(unchecked("%f|%d", 7), 3);
    assert_string_equal(ours, "?|7");
    assert_int_equal(unchecked("cut off %"), 8);
    assert_int_equal(unchecked("cut off %-5"), 8);
    assert_string_equal(ours, "cut off ");
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, numbers);
    SUITE_TEST(&suite, strings);
    SUITE_TEST(&suite, what_it_does_not_know);
    return suite_run(&suite, "base/format");
}
