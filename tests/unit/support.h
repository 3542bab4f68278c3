/*
 * support: what the unit tests share. A test file is tables: each row becomes a cmocka test of its own, under the row's
 * name, so that a failure names the clause that does not hold.
 */
#ifndef UNIT_SUPPORT_H
#define UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"

/* A literal as a slice, NULs inside it included; the braces serve a static table, the other form an expression. */
#define LIT(literal) {(literal), sizeof(literal) - 1}
#define S(literal) slice_make((literal), sizeof(literal) - 1)

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- Rows to tests */

struct suite {
    size_t count;
    struct CMUnitTest tests[600];
};

static inline void suite_add(struct suite *suite, const char *name, CMUnitTestFunction test, const void *row)
{
    if (suite->count == COUNT(suite->tests))
        abort();
    suite->tests[suite->count++] = (struct CMUnitTest){name, test, NULL, NULL, (void *)(uintptr_t)row};
}

/* `test` sees the row as `*state`; a row's struct has a `name`. */
#define SUITE_ROWS(suite, test, rows)                                 \
    do {                                                              \
        for (size_t row_ = 0; row_ < COUNT(rows); row_++)             \
            suite_add((suite), (rows)[row_].name, (test), &(rows)[row_]); \
    } while (0)
#define SUITE_TEST(suite, test) suite_add((suite), #test, (test), NULL)

static inline int suite_run(const struct suite *suite, const char *name)
{
    return _cmocka_run_group_tests(name, suite->tests, suite->count, NULL, NULL);
}

/* With WHOLE in the environment what is exhaustive goes as far as it is meant to, else as far as a second or two allow. */
static inline bool is_whole(void)
{
    return getenv("WHOLE") != NULL;
}

/* --- Inputs */

/*
 * A copy in a block of exactly its size, so that the sanitizer sees a read past its end, and one after its release by
 * code that kept a pointer into it. Even an empty one has an address of its own.
 */
static inline struct slice slice_dup(struct slice s)
{
    char *copy = calloc(1, s.len > 0 ? s.len : 1);
    if (!copy)
        abort();
    if (s.len > 0)
        memcpy(copy, s.at, s.len);
    return slice_make(s.len > 0 ? copy : copy + 1, s.len);
}

static inline void slice_free(struct slice s)
{
    free((char *)(uintptr_t)s.at - (s.len > 0 ? 0 : 1));
}

/* An input that may be too long to be written out: `head`, then `fill` so many times, then `tail`. */
struct input {
    struct slice head;
    struct slice fill;
    size_t times;
    struct slice tail;
};

#define INPUT(literal) {LIT(literal), {NULL, 0}, 0, {NULL, 0}}
#define LONG_INPUT(head, fill, times, tail) {LIT(head), LIT(fill), (times), LIT(tail)}

static inline struct slice input_make(const struct input *in)
{
    size_t len = in->head.len + in->fill.len * in->times + in->tail.len;
    char *at = malloc(len > 0 ? len : 1);
    if (!at)
        abort();
    struct buf b = {at, 0, len, false};
    buf_put(&b, in->head);
    for (size_t i = 0; i < in->times; i++)
        buf_put(&b, in->fill);
    buf_put(&b, in->tail);
    return slice_make(len > 0 ? at : at + 1, len);
}

/* --- Assertions */

#define assert_slice(actual, expected) assert_slice_((actual), (expected), __FILE__, __LINE__)
static inline void assert_slice_(struct slice actual, struct slice expected, const char *file, int line)
{
    if (slice_eq(actual, expected))
        return;
    print_error("'%.*s' (%zu bytes) is not '%.*s' (%zu bytes)\n", (int)actual.len, actual.at, actual.len,
                (int)expected.len, expected.at, expected.len);
    _fail(file, line);
}

/* Refused, with this kind and this in its text. */
#define assert_refused(answer, e, kind_, part) assert_refused_((answer), (e), (kind_), (part), __FILE__, __LINE__)
static inline void assert_refused_(bool answer, const struct err *e, enum err_kind kind, const char *part,
                                   const char *file, int line)
{
    if (!answer && e->kind == kind && strstr(e->text, part))
        return;
    print_error("%s, %s: '%s'; expected: refused, %s: '...%s...'\n", answer ? "accepted" : "refused", err_name(e->kind),
                e->text, err_name(kind), part);
    _fail(file, line);
}

#define assert_accepted(answer, e) assert_accepted_((answer), (e), __FILE__, __LINE__)
static inline void assert_accepted_(bool answer, const struct err *e, const char *file, int line)
{
    if (answer && e->kind == ERR_OK)
        return;
    print_error("%s, %s: '%s'; expected: accepted\n", answer ? "accepted" : "refused", err_name(e->kind), e->text);
    _fail(file, line);
}

#endif
