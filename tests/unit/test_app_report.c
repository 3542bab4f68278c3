/* report: the last line of a run and its steps, and what a service hears of a round: bounded, whole, and no more than asked for. */
#include "app/report.h"
#include "app/service.h"
#include "support.h"

static struct app app;

static const char *end_of(const char *result_text, enum err_kind kind, const char *error_text)
{
    static char text[REPORT_END];
    struct buf b = BUF_OF(text);
    char said[LIMIT_ERR_TEXT];
    struct buf result = BUF_OF(said);
    struct err e = {0};
    buf_puts(&result, result_text);
    if (kind != ERR_OK)
        (void)err_set(&e, kind, "%s", error_text);
    report_put_end(&b, buf_slice(&result), &e);
    assert_false(b.full);
    return buf_text(&b);
}

/* What happened; what to do: the text's own cure, or its kind's. */
static void test_end(void **state)
{
    (void)state;
    assert_string_equal(end_of("it is here", ERR_OK, ""), "OK: it is here");
    assert_string_equal(end_of("half a result", ERR_TLS, "no trust"), "TLS: no trust; check this host's clock and --ca-bundle");
    assert_string_equal(end_of("", ERR_USAGE, "no VIP; give one"), "USAGE: no VIP; give one");
}

/* The longest text of each kind leaves room for its cure. */
static void test_longest_end(void **state)
{
    char longest[LIMIT_ERR_TEXT];
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (enum err_kind kind = ERR_DIFFERS; kind <= ERR_BUG; kind++) {
        const char *cure = err_cure(kind), *line = end_of("", kind, longest);
        assert_true(strlen(line) > strlen(cure));
        assert_string_equal(line + strlen(line) - strlen(cure), cure);
    }
}

static void three_steps(bool verbose)
{
    memset(&app, 0, sizeof app);
    app.options.verbose = verbose;
    app.started_us = 5000000;
    timeline_add(&app.timeline, "name", 5000000, 5001500, "ec2.example");
    timeline_add(&app.timeline, "credentials", 5001500, 5001500, "AKID of %s", "env");
    timeline_add(&app.timeline, "read", 17345678, 18000000, "3 route tables");
}

static void test_steps(void **state)
{
    char text[TIMELINE_TEXT];
    struct buf b = BUF_OF(text);
    (void)state;
    three_steps(false);
    report_put_steps(&b, &app);
    assert_int_equal(b.len, 0);
    three_steps(true);
    report_put_steps(&b, &app);
    assert_string_equal(buf_text(&b), "    0.0 ms  +    1.5 ms  name         ec2.example\n"
                                      "    1.5 ms  +    0.0 ms  credentials  AKID of env\n"
                                      "12345.6 ms  +  654.3 ms  read         3 route tables\n");
}

/* As many as are kept, each as long as can be, after the longest deadline: all are said. */
static void test_most_steps(void **state)
{
    char text[TIMELINE_TEXT], detail[200];
    struct buf b = BUF_OF(text);
    const uint64_t most_us = (uint64_t)DEADLINE_MOST_S * 1000000;
    size_t lines = 0;
    (void)state;
    memset(&app, 0, sizeof app);
    app.options.verbose = true;
    memset(detail, 'x', sizeof detail - 1);
    detail[sizeof detail - 1] = '\0';
    for (size_t i = 0; i < LIMIT_MARKS + 3; i++)
        timeline_add(&app.timeline, "credentials", most_us, 2 * most_us, "%s", detail);
    report_put_steps(&b, &app);
    assert_false(b.full);
    for (size_t i = 0; i < b.len; i++)
        lines += text[i] == '\n';
    assert_int_equal(lines, LIMIT_MARKS);
}

/* A round hands back how it ended, what it changed, and its steps where they are asked for. */
static void test_round(void **state)
{
    static struct service_report report;
    char said[] = "it is elsewhere";
    struct buf result = {said, sizeof said - 1, sizeof said, false};
    struct err e = {0};
    (void)state;
    three_steps(true);
    app.vip_count = 1;
    app.vips[0].place = PLAN_PLACE_ELSEWHERE;
    app.vips[0].alias_changed = true;
    service_report_make(&app, &result, &e, &report);
    assert_int_equal(report.kind, ERR_OK);
    assert_int_equal(report.place[0], PLAN_PLACE_ELSEWHERE);
    assert_true(report.changed);
    assert_string_equal(report.end, "OK: it is elsewhere");
    assert_non_null(strstr(report.steps, "read         3 route tables\n"));
    three_steps(false);
    (void)err_set(&e, ERR_NETWORK, "no way; look");
    service_report_make(&app, &result, &e, &report);
    assert_int_equal(report.kind, ERR_NETWORK);
    assert_false(report.changed);
    assert_string_equal(report.end, "NETWORK: no way; look");
    assert_string_equal(report.steps, "");
}

/* Of several VIPs one that has failed is nowhere that is known. */
static void test_round_of_two(void **state)
{
    static struct service_report report;
    char said[] = "1 of 2";
    struct buf result = {said, sizeof said - 1, sizeof said, false};
    struct err e = {0};
    (void)state;
    three_steps(false);
    app.vip_count = 2;
    app.vips[0].place = PLAN_PLACE_HERE;
    app.vips[1].place = PLAN_PLACE_ELSEWHERE;
    app.vips[1].alias_changed = true;
    (void)err_set(&app.vips[1].e, ERR_IFACE, "no interface");
    service_report_make(&app, &result, &e, &report);
    assert_int_equal(report.place[0], PLAN_PLACE_HERE);
    assert_int_equal(report.place[1], PLAN_PLACE_UNKNOWN);
    assert_false(report.changed);
    app.vips[0].plan.at[0].had_route = true;
    app.vips[0].plan.count = 1;
    app.vips[0].plan.at[0].says = PLAN_HERE;
    app.vips[0].plan.at[0].written = true;
    service_report_make(&app, &result, &e, &report);
    assert_true(report.changed);
}

/* The chart is for who asks for steps. */
static void test_chart(void **state)
{
    static const struct screen screen = {.columns = 100};
    char text[TIMELINE_TEXT];
    struct buf b = BUF_OF(text);
    (void)state;
    three_steps(false);
    report_put_chart(&b, &app, &screen);
    assert_int_equal(b.len, 0);
    three_steps(true);
    report_put_chart(&b, &app, &screen);
    assert_non_null(strstr(buf_text(&b), "credentials"));
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_end);
    SUITE_TEST(&suite, test_longest_end);
    SUITE_TEST(&suite, test_steps);
    SUITE_TEST(&suite, test_most_steps);
    SUITE_TEST(&suite, test_round);
    SUITE_TEST(&suite, test_round_of_two);
    SUITE_TEST(&suite, test_chart);
    return suite_run(&suite, "app/report");
}
