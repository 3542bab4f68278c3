/* timeline: a line for each step, and a chart in which each is where it was, however short and however many they are. */
#include "made.h"
#include "support.h"

#include "app/timeline.h"

#define ORIGIN 5000000

static struct timeline t;
static char text[TIMELINE_CHART];

static void start(void)
{
    memset(&t, 0, sizeof t);
}

static void step(const char *what, uint64_t from_us, uint64_t to_us)
{
    timeline_add(&t, what, ORIGIN + from_us, ORIGIN + to_us, "found by %s", what);
}

static void part(const char *what, uint64_t from_us, uint64_t to_us)
{
    timeline_add_part(&t, ORIGIN + from_us, ORIGIN + to_us, "%s", what);
}

static const char *chart(size_t columns)
{
    struct screen screen = {.columns = columns};
    struct buf b = BUF_OF(text);
    timeline_put_chart(&t, ORIGIN, &screen, &b);
    (void)buf_text(&b);
    assert_false(b.full);
    return text;
}

static const char *lines(void)
{
    struct buf b = BUF_OF(text);
    timeline_put(&t, ORIGIN, &b);
    return buf_text(&b);
}

static void a_failover(void)
{
    start();
    step("metadata", 0, 2900);
    step("alias", 2900, 2900);
    step("read", 3000, 10000);
    step("write", 10000, 16000);
    part("rtb-00000001", 10500, 14000);
    part("rtb-00000002", 10500, 16000);
    step("verify", 16000, 20000);
}

static void test_lines(void **state)
{
    (void)state;
    a_failover();
    assert_string_equal(lines(), "    0.0 ms  +    2.9 ms  metadata     found by metadata\n"
                                 "    2.9 ms  +    0.0 ms  alias        found by alias\n"
                                 "    3.0 ms  +    7.0 ms  read         found by read\n"
                                 "   10.0 ms  +    6.0 ms  write        found by write\n"
                                 "   16.0 ms  +    4.0 ms  verify       found by verify\n");
}

static void test_chart(void **state)
{
    (void)state;
    a_failover();
    assert_string_equal(chart(48), "metadata        ===.................      2.9 ms\n"
                                   "alias           ..=.................      0.0 ms\n"
                                   "read            ...=======..........      7.0 ms\n"
                                   "write           ..........======....      6.0 ms\n"
                                   "  rtb-00000001  ..........====......      3.5 ms\n"
                                   "  rtb-00000002  ..........======....      5.5 ms\n"
                                   "verify          ................====      4.0 ms\n");
}

/* One bar for steps of one kind, each at its place. */
static void test_rounds(void **state)
{
    (void)state;
    start();
    step("write", 0, 5000);
    part("rtb-00000001", 1000, 2000);
    step("verify", 5000, 6000);
    step("write", 15000, 20000);
    part("rtb-00000001", 15000, 16000);
    step("verify", 20000, 20000);
    assert_string_equal(chart(48), "write           =====..........=====     10.0 ms\n"
                                   "  rtb-00000001  .=.............=....      2.0 ms\n"
                                   "verify          .....=.............=      1.0 ms\n");
}

/* No line is longer than the screen is wide, or than is of use. */
static void test_widths(void **state)
{
    (void)state;
    a_failover();
    for (size_t columns = 0; columns < 300; columns++) {
        size_t most = columns == 0 ? 76 : columns > TIMELINE_CHART_COLUMNS ? TIMELINE_CHART_COLUMNS : columns;
        for (struct slice rest = slice_of(chart(columns)); rest.len > 0;)
            assert_in_range(slice_cut(&rest, '\n').len, columns < 40 ? 0 : most, most);
    }
}

static void test_many_steps(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 2 * LIMIT_MARKS; i++) {
        static char names[2 * LIMIT_MARKS][16];
        (void)snprintf(names[i], sizeof names[i], "step %u", i);
        step(names[i], i, i + 1);
        part(names[i], i, i + 1);
    }
    assert_int_equal(t.count, LIMIT_MARKS);
    /* Parts are left out before steps are. */
    assert_null(strstr(chart(100), "\n  step 30 "));
    assert_non_null(strstr(chart(100), "\nstep 47 "));
    /* A run that took no time, or none of whose steps did. */
    start();
    assert_string_equal(chart(80), "");
    step("alias", 0, 0);
    assert_non_null(strstr(chart(40), "alias  =......."));
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_lines);
    SUITE_TEST(&suite, test_chart);
    SUITE_TEST(&suite, test_rounds);
    SUITE_TEST(&suite, test_widths);
    SUITE_TEST(&suite, test_many_steps);
    return suite_run(&suite, "app/timeline");
}
