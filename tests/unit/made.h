/*
 * made: the validated words of src/base/value.h, straight from a test's literals; and cmocka with what it needs before it.
 */
#ifndef MADE_H
#define MADE_H

#include "base/error.h"
#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define MADE(type, name)                                      \
    __attribute__((unused)) static struct type made_##name(const char *text) \
    {                                                         \
        struct type made = {0};                               \
        if (!type##_make(slice_of(text), &made))              \
            fail_msg("'%s' is no " #name, text);              \
        return made;                                          \
    }
MADE(eni_id, eni)
MADE(table_id, table)
MADE(vpc_id, vpc)
MADE(region, region)
MADE(label, label)
MADE(ip, ip)
MADE(cidr, cidr)
#undef MADE

/* The call failed with this kind, and its text holds this. */
__attribute__((unused)) static void assert_failed(bool ok, const struct err *e, enum err_kind kind, const char *text)
{
    assert_false(ok);
    assert_string_equal(err_name(e->kind), err_name(kind));
    if (!strstr(e->text, text))
        fail_msg("'%s' does not say '%s'", e->text, text);
}

/* The call went well and left no error. */
__attribute__((unused)) static void assert_went_well(bool ok, const struct err *e)
{
    if (!ok || e->kind != ERR_OK)
        fail_msg("%s: %s", err_name(e->kind), e->text);
}

#endif
