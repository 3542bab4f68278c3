/* findings: a line each, in columns; how many there are, and what the end is. */
#include "core/findings.h"
#include "made.h"

static char text[4096];

static void test_lines(void **state)
{
    struct buf out = BUF_OF(text);
    struct findings f;
    struct err e = {0};
    (void)state;
    findings_start(&f, &out);
    findings_add(&f, FINDING_OK, "clock", "%d s", 3);
    findings_add(&f, FINDING_WARNING, "source/dest", "nobody knows; ask");
    assert_true(findings_end(&f, &e));
    assert_int_equal(e.kind, ERR_OK);
    assert_string_equal(buf_text(&out), "ok       clock         3 s\n"
                                        "warning  source/dest   nobody knows; ask\n");
    assert_int_equal(f.count[FINDING_OK], 1);
    assert_int_equal(f.count[FINDING_WARNING], 1);
}

/* The first failure is the end's kind and words; one that says no cure gets its kind's. */
static void test_failures(void **state)
{
    struct err tls = {ERR_TLS, "unknown root"}, iface = {ERR_IFACE, "down; up"}, e = {0};
    struct buf out = BUF_OF(text);
    struct findings f;
    (void)state;
    findings_start(&f, &out);
    assert_false(findings_fail(&f, "API", &tls));
    assert_failed(findings_end(&f, &e), &e, ERR_TLS, "1 failure and 0 warnings, first: API: unknown root");
    err_clear(&e);
    findings_add(&f, FINDING_WARNING, "table", "odd; look");
    assert_false(findings_fail(&f, "interface", &iface));
    assert_failed(findings_end(&f, &e), &e, ERR_TLS, "2 failures and 1 warning, first: API: unknown root");
    assert_string_equal(buf_text(&out), "failure  API           unknown root; check this host's clock and --ca-bundle\n"
                                        "warning  table         odd; look\n"
                                        "failure  interface     down; up\n");
}

/* As long as an error can be, with its kind's cure. */
static void test_longest(void **state)
{
    struct err e = {.kind = ERR_IDENTITY};
    struct buf out = BUF_OF(text);
    struct findings f;
    (void)state;
    memset(e.text, 'x', sizeof e.text - 1);
    findings_start(&f, &out);
    assert_false(findings_fail(&f, "identity", &e));
    assert_non_null(strstr(buf_text(&out), "xx; check that IMDSv2 is enabled and an instance profile attached\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
