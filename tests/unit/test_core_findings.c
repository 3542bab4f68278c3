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
    findings_start(&f, &out, false);
    findings_add(&f, FINDING_OK, "clock", "%d s", 3);
    findings_add(&f, FINDING_WARNING, "source/dest", "nobody knows; ask");
    assert_true(findings_end(&f, &e));
    assert_int_equal(e.kind, ERR_OK);
    assert_string_equal(buf_text(&out), "ok       clock          3 s\n"
                                        "warning  source/dest    nobody knows; ask\n");
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
    findings_start(&f, &out, false);
    assert_false(findings_fail(&f, "API", &tls));
    assert_failed(findings_end(&f, &e), &e, ERR_TLS, "1 failure and 0 warnings, first: API: unknown root");
    err_clear(&e);
    findings_add(&f, FINDING_WARNING, "table", "odd; look");
    assert_false(findings_fail(&f, "interface", &iface));
    assert_failed(findings_end(&f, &e), &e, ERR_TLS, "2 failures and 1 warning, first: API: unknown root");
    assert_string_equal(buf_text(&out), "failure  API            unknown root; check this host's clock and --ca-bundle\n"
                                        "warning  table          odd; look\n"
                                        "failure  interface      down; up\n");
}

/* As long as an error can be, with its kind's cure, of the section with the longest name. */
static void test_longest(void **state)
{
    char whose[LIMIT_SECTION];
    (void)state;
    memset(whose, 'w', sizeof whose - 1);
    whose[sizeof whose - 1] = '\0';
    for (enum err_kind kind = ERR_USAGE; kind <= ERR_BUG; kind++) {
        struct err e = {.kind = kind};
        struct buf out = BUF_OF(text);
        struct findings f;
        char end[128];
        (void)snprintf(end, sizeof end, "xx; %s\n", err_cure(kind));
        memset(e.text, 'x', sizeof e.text - 1);
        findings_start(&f, &out, false);
        f.whose = whose;
        assert_false(findings_fail(&f, "about", &e));
        assert_non_null(strstr(buf_text(&out), end));
    }
}

/* An error may be no more than a warning: it does not end the run. */
static void test_warnings(void **state)
{
    struct err why = {ERR_USAGE, "odd; look"}, bare = {ERR_TLS, "unknown root"}, e = {0};
    struct buf out = BUF_OF(text);
    struct findings f;
    (void)state;
    findings_start(&f, &out, false);
    findings_warn(&f, "subnets", &why);
    findings_warn(&f, "API", &bare);
    assert_true(findings_end(&f, &e));
    assert_int_equal(f.count[FINDING_WARNING], 2);
    assert_string_equal(buf_text(&out), "warning  subnets        odd; look\n"
                                        "warning  API            unknown root; check this host's clock and --ca-bundle\n");
}

/* Of several: whose it is stands before what was seen, in the end as well. */
static void test_whose(void **state)
{
    struct err down = {ERR_IFACE, "down; up"}, e = {0};
    struct buf out = BUF_OF(text);
    struct findings f;
    (void)state;
    findings_start(&f, &out, false);
    f.whose = "web";
    findings_add(&f, FINDING_OK, "alias", "it is up");
    assert_false(findings_fail(&f, "interface", &down));
    f.whose = NULL;
    findings_add(&f, FINDING_OK, "clock", "3 s");
    assert_string_equal(buf_text(&out), "ok       alias          web: it is up\n"
                                        "failure  interface      web: down; up\n"
                                        "ok       clock          3 s\n");
    assert_failed(findings_end(&f, &e), &e, ERR_IFACE, "first: interface: web: down; do what is said of it");
}

/* The same as members of a document, what was seen apart from what to do. */
static void test_json(void **state)
{
    struct err iface = {ERR_IFACE, "eth0 is \"down\"; ip link set eth0 up"}, e = {0};
    struct buf out = BUF_OF(text);
    struct findings f;
    (void)state;
    findings_start(&f, &out, true);
    findings_add(&f, FINDING_OK, "clock", "%d s", 3);
    findings_warn(&f, "subnets", &(struct err){ERR_REFUSED, "left; w"});
    assert_false(findings_fail(&f, "interface", &iface));
    assert_failed(findings_end(&f, &e), &e, ERR_IFACE, "1 failure and 1 warning, first: interface: eth0 is");
    assert_string_equal(buf_text(&out), "{\n"
                                        "  \"version\": 1,\n"
                                        "  \"findings\": [\n"
                                        "    {\n"
                                        "      \"level\": \"ok\",\n"
                                        "      \"about\": \"clock\",\n"
                                        "      \"seen\": \"3 s\",\n"
                                        "      \"cure\": null\n"
                                        "    },\n"
                                        "    {\n"
                                        "      \"level\": \"warning\",\n"
                                        "      \"about\": \"subnets\",\n"
                                        "      \"seen\": \"left\",\n"
                                        "      \"cure\": \"w\"\n"
                                        "    },\n"
                                        "    {\n"
                                        "      \"level\": \"failure\",\n"
                                        "      \"about\": \"interface\",\n"
                                        "      \"seen\": \"eth0 is \\\"down\\\"\",\n"
                                        "      \"cure\": \"ip link set eth0 up\"\n"
                                        "    }\n"
                                        "  ],\n"
                                        "  \"result\": {\n"
                                        "    \"kind\": \"IFACE\",\n"
                                        "    \"status\": 12,\n"
                                        "    \"failures\": 1,\n"
                                        "    \"warnings\": 1\n"
                                        "  }\n"
                                        "}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_whose),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
