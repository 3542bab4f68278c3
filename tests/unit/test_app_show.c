/*
 * show: one look as table, JSON and metrics: what each says, in what width, and that no name that somebody has given to a
 * table becomes more than text.
 */
#include "made.h"
#include "support.h"

#include "app/show/show.h"
#include "wire/json.h"

#define ENI "eni-0578496293b62bc23"
#define OTHER "eni-088930e6810326285"

static struct look look;
static char text[SHOW_TEXT];
static struct screen screen;

static struct look_table *add_table(const char *id, const char *name, const char *target, enum plan_says says)
{
    struct look_vip *v = &look.vips[0];
    struct look_table *table = &v->at[v->count++];
    table->id = made_table(id);
    assert_true(slice_copy(slice_of(name), table->name, sizeof table->name));
    assert_true(slice_copy(slice_of(target), table->target, sizeof table->target));
    table->says = says;
    table->selected = true;
    v->tally.selected++;
    v->tally.here += says == PLAN_HERE;
    return table;
}

static void leave_alone(struct look_table *table)
{
    table->selected = false;
    look.vips[0].tally.selected--;
    look.vips[0].tally.skipped++;
}

static void own(const char *owner)
{
    assert_true(slice_copy(slice_of(owner), look.vips[0].owner, sizeof look.vips[0].owner));
}

static void start(void)
{
    struct look_vip *v = &look.vips[0];
    memset(&look, 0, sizeof look);
    screen = (struct screen){.utf8 = true};
    look.utc_s = 1764107404;
    look.spent_us = 18250;
    look.eni = v->eni = made_eni(ENI);
    look.vpc = v->vpc = made_vpc("vpc-02e3f8f9bae5d8b40");
    look.region = made_region("eu-central-1");
    look.count = 1;
    v->vip = made_ip("10.9.0.1");
    v->interface = made_label("eth0");
    v->label = made_label("eth0:1");
    v->alias_up = true;
    v->placed = true;
    v->overlay = true;
    v->destination = made_cidr("10.9.0.1/32");
    v->read = true;
}

/* What a table can say, each once. */
static void start_all(void)
{
    start();
    (void)err_set(&look.e, ERR_DIFFERS, "1 of 6 route tables send 10.9.0.1/32 here, and the alias is up");
    own(PLAN_SEVERAL);
    (void)add_table("rtb-00000001", "a", ENI, PLAN_HERE);
    (void)add_table("rtb-00000002", "", OTHER, PLAN_ELSEWHERE);
    (void)add_table("rtb-00000003", "c", "", PLAN_NOWHERE);
    (void)add_table("rtb-00000004", "d", OTHER, PLAN_BLACKHOLE);
    (void)add_table("rtb-00000005", "e", "vgw-1", PLAN_PROPAGATED);
    (void)add_table("rtb-00000006", "f", ENI, PLAN_AMBIGUOUS);
    leave_alone(add_table("rtb-00000007", "g", "", PLAN_EDGE));
    leave_alone(add_table("rtb-00000008", "h", "", PLAN_NOWHERE));
}

static const char *shown(enum form form)
{
    struct buf out = BUF_OF(text);
    show_put(&look, form, &screen, &out);
    (void)buf_text(&out);
    assert_false(out.full);
    return text;
}

static const char *table_at(size_t columns)
{
    screen.columns = columns;
    return shown(FORM_TABLE);
}

#define HEAD "vip          10.9.0.1, on eth0:1\n"                                     \
             "destination  10.9.0.1/32, overlay\n"                                    \
             "this host    " ENI " in vpc-02e3f8f9bae5d8b40, eu-central-1\n"

/* --- The table */

static void test_all_that_a_table_says(void **state)
{
    (void)state;
    start_all();
    assert_string_equal(table_at(0), HEAD "owner        several targets\n"
                                          "\n"
                                          "ROUTE TABLE            NAME  TARGET                 SAYS\n"
                                          "rtb-00000001           a     " ENI "  here\n"
                                          "rtb-00000002           -     " OTHER "  elsewhere\n"
                                          "rtb-00000003           c     -                      nowhere\n"
                                          "rtb-00000004           d     " OTHER "  blackhole\n"
                                          "rtb-00000005           e     vgw-1                  propagated\n"
                                          "rtb-00000006           f     " ENI "  ambiguous\n"
                                          "rtb-00000007           g     -                      edge (skipped: a gateway's own)\n"
                                          "rtb-00000008           h     -                      nowhere (skipped: no route)\n");
}

/* What a run that failed has come to know, and no more. */
static void test_what_is_not_known(void **state)
{
    (void)state;
    start();
    look.vips[0].read = false;
    assert_string_equal(table_at(0), HEAD);
    look.vips[0].placed = false;
    look.vips[0].alias_up = false;
    assert_string_equal(table_at(0), "vip          10.9.0.1, not on eth0\n");
    look.count = 0;
    assert_string_equal(table_at(0), "");
}

static void test_names_in_columns(void **state)
{
    (void)state;
    start();
    own(OTHER);
    (void)add_table("rtb-00000001", "z\xc3\xbcrich", OTHER, PLAN_ELSEWHERE);
    (void)add_table("rtb-00000002", "\xe6\x9d\xb1\xe4\xba\xac", OTHER, PLAN_ELSEWHERE);
    (void)add_table("rtb-00000003", "e\xcc\x81", OTHER, PLAN_ELSEWHERE);
    assert_non_null(strstr(table_at(0), "ROUTE TABLE            NAME    TARGET                 SAYS\n"
                                        "rtb-00000001           z\xc3\xbcrich  " OTHER "  elsewhere\n"
                                        "rtb-00000002           \xe6\x9d\xb1\xe4\xba\xac    " OTHER "  elsewhere\n"
                                        "rtb-00000003           e\xcc\x81       " OTHER "  elsewhere\n"));
    /* A terminal of eight bits would take bytes of theirs for controls. */
    screen.utf8 = false;
    assert_non_null(strstr(table_at(0), "rtb-00000001           z?rich  " OTHER));
    assert_non_null(strstr(table_at(0), "rtb-00000002           ??      " OTHER));
}

/* First the name gives way, then what stands right; and no line is longer, whatever is in it. */
static void test_widths(void **state)
{
    (void)state;
    start_all();
    (void)add_table("rtb-000f135ac57059764", "the private tables of the second zone", OTHER, PLAN_ELSEWHERE);
    (void)add_table("rtb-000f135ac57059765", "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1", OTHER, PLAN_ELSEWHERE);
    assert_non_null(strstr(table_at(80), "rtb-000f135ac57059764  the private tables of>  " OTHER "  elsewhere\n"));
    assert_non_null(strstr(table_at(60), "\nrtb-000f135ac57059764  the pri>  " OTHER "  els>\n"));
    assert_non_null(strstr(table_at(30), "\nrtb-000f135ac57059764  the pr>\n"));
    assert_non_null(strstr(table_at(20), "\nrtb-000f135ac570597>\n"));
    assert_non_null(strstr(table_at(20), "vip          10.9.0>\n"));
    for (size_t columns = 1; columns < 200; columns++) {
        for (struct slice rest = slice_of(table_at(columns)); rest.len > 0;) {
            char line[256];
            assert_true(slice_copy(slice_cut(&rest, '\n'), line, sizeof line));
            if (line_columns(&screen, line) > columns)
                fail_msg("%zu columns: '%s'", columns, line);
        }
    }
}

static void test_colours(void **state)
{
    (void)state;
    start_all();
    assert_null(strchr(table_at(80), '\x1b'));
    screen.colours = true;
    assert_non_null(strstr(table_at(80), "  \x1b[32mhere\x1b[0m\n"));
    assert_non_null(strstr(table_at(80), "  \x1b[33melsewhere\x1b[0m\n"));
    assert_non_null(strstr(table_at(80), "  \x1b[31mblackhole\x1b[0m\n"));
    assert_non_null(strstr(table_at(80), "\x1b[1mROUTE TABLE\x1b[0m          "));
    /* The same without them. */
    static char plain[SHOW_TEXT], bare[SHOW_TEXT];
    struct buf b = BUF_OF(bare);
    (void)memcpy(plain, table_at(80), sizeof plain);
    screen.colours = false;
    for (const char *at = plain; *at; at++) {
        if (*at == '\x1b')
            at = strchr(at, 'm');
        else
            buf_putc(&b, *at);
    }
    assert_string_equal(buf_text(&b), table_at(80));
}

/* --- A table that changes */

static void test_changes(void **state)
{
    static struct show_changes changes;
    struct buf out = BUF_OF(text);
    (void)state;
    start_all();
    memset(&changes, 0, sizeof changes);
    changes.at_s[2] = changes.latest_s = 1764107404;
    changes.at_s[5] = 1764107400;
    show_table(&look, &look.vips[0], &changes, &screen, &out);
    assert_non_null(strstr(buf_text(&out), "\nCHANGED     ROUTE TABLE            NAME  TARGET                 SAYS\n"
                                           "            rtb-00000001           a     " ENI "  here\n"
                                           "            rtb-00000002           -     " OTHER "  elsewhere\n"
                                           "21:50:04Z*  rtb-00000003           c     -                      nowhere\n"));
    assert_non_null(strstr(text, "\n21:50:00Z   rtb-00000006 "));
    /* Where not all have room, those first that have changed last. */
    out.len = 0;
    changes.rows = 4;
    show_table(&look, &look.vips[0], &changes, &screen, &out);
    assert_non_null(strstr(buf_text(&out), "SAYS\n"
                                           "21:50:04Z*  rtb-00000003           c     -                      nowhere\n"
                                           "21:50:00Z   rtb-00000006           f     " ENI "  ambiguous\n"
                                           "            rtb-00000001           a     " ENI "  here\n"
                                           "and 5 more, 0 of them here\n"));
    out.len = 0;
    changes.rows = 8;
    show_table(&look, &look.vips[0], &changes, &screen, &out);
    assert_non_null(strstr(buf_text(&out), "SAYS\n            rtb-00000001 "));
    assert_null(strstr(text, " more, "));
}

/* --- JSON */

#define JSON_END_OF(kind, status, message) "{\"version\":1,\"kind\":\"" kind "\",\"exit_status\":" status ",\"message\":\"" message "\",\"time\":1764107404,\"duration_ms\":18,"
#define JSON_HOST "\"region\":\"eu-central-1\",\"vpc\":\"vpc-02e3f8f9bae5d8b40\",\"eni\":\"" ENI "\",\"vips\":["
#define JSON_VIP "{\"vip\":\"10.9.0.1\",\"interface\":\"eth0\",\"label\":\"eth0:1\",\"alias_up\":true,\"destination\":\"10.9.0.1/32\",\"placement\":\"overlay\","

static void test_json(void **state)
{
    (void)state;
    start();
    (void)strcpy(look.result, "10.9.0.1 is here");
    own(ENI);
    (void)add_table("rtb-00000001", "a\"b", ENI, PLAN_HERE);
    leave_alone(add_table("rtb-00000002", "", "", PLAN_EDGE));
    assert_string_equal(shown(FORM_JSON), JSON_END_OF("OK", "0", "10.9.0.1 is here") JSON_HOST JSON_VIP
                        "\"agree\":true,\"owner\":\"" ENI "\",\"here\":true,\"tables\":["
                        "{\"id\":\"rtb-00000001\",\"name\":\"a\\\"b\",\"target\":\"" ENI "\",\"state\":\"here\",\"skipped\":null},"
                        "{\"id\":\"rtb-00000002\",\"name\":null,\"target\":null,\"state\":\"edge\",\"skipped\":\"a gateway's own\"}]}]}\n");
}

static void test_json_of_owners(void **state)
{
    (void)state;
    start();
    own(PLAN_SEVERAL);
    assert_non_null(strstr(shown(FORM_JSON), "\"agree\":false,\"owner\":null,\"here\":false"));
    own(PLAN_NOBODY);
    assert_non_null(strstr(shown(FORM_JSON), "\"agree\":true,\"owner\":null,\"here\":false"));
}

static void test_json_of_what_is_not_known(void **state)
{
    (void)state;
    start();
    (void)err_set(&look.e, ERR_NETWORK, "no answer");
    look.vips[0].read = false;
    assert_string_equal(shown(FORM_JSON), JSON_END_OF("NETWORK", "6", "no answer; check name resolution, routes and security groups towards the EC2 endpoint")
                        JSON_HOST JSON_VIP "\"agree\":null,\"owner\":null,\"here\":null,\"tables\":null}]}\n");
    memset(&look, 0, sizeof look);
    (void)err_set(&look.e, ERR_USAGE, "bad; mend it");
    assert_string_equal(shown(FORM_JSON), "{\"version\":1,\"kind\":\"USAGE\",\"exit_status\":2,\"message\":\"bad; mend it\",\"time\":0,\"duration_ms\":0,"
                                          "\"region\":null,\"vpc\":null,\"eni\":null,\"vips\":[]}\n");
}

/* As many tables as there may be, each as long as it may be, in every form; and the document is one. */
static void test_the_longest(void **state)
{
    struct json j;
    enum json_kind kind;
    struct slice token;
    struct err e = {0};
    char scratch[2048];
    (void)state;
    start();
    memset(look.e.text, '"', sizeof look.e.text - 1);
    look.e.kind = ERR_DIFFERS;
    for (unsigned i = 0; i < LIMIT_TABLES; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "rtb-%017x", i);
        struct look_table *table = add_table(id, "", "", PLAN_PROPAGATED);
        memset(table->name, '\x01', sizeof table->name - 1);
        memset(table->target, 'x', sizeof table->target - 1);
        table->selected = false;
    }
    screen.colours = true;
    (void)shown(FORM_TABLE);
    (void)shown(FORM_PROMETHEUS);
    json_start(&j, slice_of(shown(FORM_JSON)), BUF_OF(scratch));
    do
        assert_accepted(json_next(&j, &kind, &token, &e), &e);
    while (kind != JSON_END);
}

/* --- Metrics */

#define METRIC(name, help) "# HELP mirrorvip_" name " " help "\n# TYPE mirrorvip_" name " gauge\n"
#define RUN_METRICS(up, status)                                                                             \
    METRIC("up", "Whether the last run could tell where the VIP is.") "mirrorvip_up " up "\n"                \
    METRIC("last_run_exit_status", "Exit status of the last run.") "mirrorvip_last_run_exit_status " status "\n" \
    METRIC("last_run_timestamp_seconds", "When the last run ended.") "mirrorvip_last_run_timestamp_seconds 1764107404\n" \
    METRIC("last_run_duration_seconds", "How long the last run took.") "mirrorvip_last_run_duration_seconds 0.018250\n" \
    METRIC("alias_up", "Whether this host has the VIP as an address.") "mirrorvip_alias_up{vip=\"10.9.0.1\"} 1\n"

static void test_metrics(void **state)
{
    (void)state;
    start_all();
    own(OTHER);
    assert_string_equal(shown(FORM_PROMETHEUS), RUN_METRICS("1", "1")
                        METRIC("here", "Whether the VIP is wholly here: the alias up, every selected route table pointing here.")
                        "mirrorvip_here{vip=\"10.9.0.1\"} 0\n"
                        METRIC("owner_info", "Whom the selected route tables send the VIP to.")
                        "mirrorvip_owner_info{vip=\"10.9.0.1\",owner=\"" OTHER "\"} 1\n"
                        METRIC("route_tables", "Selected route tables, by what they say of the VIP.")
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"here\"} 1\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"elsewhere\"} 1\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"nowhere\"} 1\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"blackhole\"} 1\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"propagated\"} 1\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"edge\"} 0\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"ambiguous\"} 1\n"
                        "mirrorvip_route_tables{vip=\"10.9.0.1\",state=\"gone\"} 0\n"
                        METRIC("route_tables_skipped", "Route tables that are left alone.")
                        "mirrorvip_route_tables_skipped{vip=\"10.9.0.1\"} 2\n");
}

static void test_metrics_of_a_failure(void **state)
{
    (void)state;
    start();
    (void)err_set(&look.e, ERR_NETWORK, "no answer");
    look.vips[0].read = false;
    const char *metrics = shown(FORM_PROMETHEUS);
    assert_int_equal(strncmp(metrics, RUN_METRICS("0", "6"), strlen(RUN_METRICS("0", "6"))), 0);
    assert_null(strstr(metrics, "\nmirrorvip_here"));
    assert_null(strstr(metrics, "\nmirrorvip_route_tables"));
    assert_null(strstr(metrics, "\nmirrorvip_owner_info"));
}

/* Of two VIPs one was not read: whoever watches "up" alone is told. */
static void test_metrics_of_one_of_two(void **state)
{
    (void)state;
    start_all();
    look.count = 2;
    look.vips[1] = look.vips[0];
    look.vips[1].vip = made_ip("10.9.0.2");
    look.vips[1].read = false;
    const char *metrics = shown(FORM_PROMETHEUS);
    assert_non_null(strstr(metrics, "\nmirrorvip_up 0\n"));
    assert_non_null(strstr(metrics, "\nmirrorvip_here{vip=\"10.9.0.1\"} 0\n"));
    assert_null(strstr(metrics, "\nmirrorvip_here{vip=\"10.9.0.2\"}"));
}

static void test_here(void **state)
{
    (void)state;
    start();
    assert_false(look_is_here(&look.vips[0])); /* no table is no proof */
    (void)add_table("rtb-00000001", "", ENI, PLAN_HERE);
    assert_true(look_is_here(&look.vips[0]));
    look.vips[0].alias_up = false;
    assert_false(look_is_here(&look.vips[0]));
    look.vips[0].alias_up = true;
    look.vips[0].read = false;
    assert_false(look_is_here(&look.vips[0]));
}

/* Where it would lead to is not known before the metadata service has answered; a spare subnet is no overlay. */
static void test_json_of_a_placement(void **state)
{
    (void)state;
    start();
    look.vips[0].overlay = false;
    assert_non_null(strstr(shown(FORM_JSON), "\"placement\":\"subnet\""));
    look.vips[0].placed = false;
    assert_non_null(strstr(shown(FORM_JSON), "\"destination\":null,\"placement\":null"));
}

/* What has ended before it began has an end, and no more. */
static void test_a_look_at_nothing(void **state)
{
    static struct app app;
    struct buf result = {NULL, 0, 0, false};
    struct err e = {0};
    (void)state;
    start();
    (void)err_set(&e, ERR_USAGE, "no VIP; give one");
    look_make(&look, &app, 7, &result, &e);
    assert_int_equal(look.count, 0);
    assert_int_equal(look.utc_s, 7);
    assert_int_equal(look.e.kind, ERR_USAGE);
    assert_string_equal(look.region.text, "");
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_all_that_a_table_says);
    SUITE_TEST(&suite, test_what_is_not_known);
    SUITE_TEST(&suite, test_names_in_columns);
    SUITE_TEST(&suite, test_widths);
    SUITE_TEST(&suite, test_colours);
    SUITE_TEST(&suite, test_changes);
    SUITE_TEST(&suite, test_json);
    SUITE_TEST(&suite, test_json_of_owners);
    SUITE_TEST(&suite, test_json_of_what_is_not_known);
    SUITE_TEST(&suite, test_json_of_a_placement);
    SUITE_TEST(&suite, test_a_look_at_nothing);
    SUITE_TEST(&suite, test_the_longest);
    SUITE_TEST(&suite, test_metrics);
    SUITE_TEST(&suite, test_metrics_of_a_failure);
    SUITE_TEST(&suite, test_metrics_of_one_of_two);
    SUITE_TEST(&suite, test_here);
    return suite_run(&suite, "app/show");
}
