/*
 * watch: what is shown of look after look: a line for each change where nothing can be drawn over, else a picture in the
 * size of the terminal, with what has moved marked; and how it ends.
 */
#include "made.h"
#include "support.h"

#include "app/show/watch.h"

#define US "eni-0578496293b62bc23"
#define THEM "eni-088930e6810326285"
#define BEGAN 1764107404 /* 2025-11-25T21:50:04Z */
#define SECOND UINT64_C(1000000)

static struct app app;
static struct look looks[8];
static struct {
    uint64_t now_us;
    uint64_t began_us[8];
    size_t count;
    size_t done;
    size_t silent;   /* the look that leaves no report, from 1 on; 0: none */
    bool asked_in_last; /* the signal comes while the last look is on its way */
    bool gone;       /* nobody sees what is shown */
    struct screen screen;
    char shown[1 << 20];
} stage;

static uint64_t stage_now_us(void *host)
{
    (void)host;
    return stage.now_us;
}

static int64_t stage_utc_s(void *host)
{
    (void)host;
    return BEGAN + (int64_t)(stage.now_us / SECOND);
}

static uint32_t stage_random(void *host)
{
    (void)host;
    return 0;
}

static void stage_wait(void *host, uint64_t until_us, bool interruptible)
{
    (void)host;
    assert_true(interruptible && until_us > stage.now_us);
    stage.now_us = until_us;
}

static bool stage_interrupted(void *host)
{
    (void)host;
    return stage.done == stage.count;
}

static bool stage_round(void *host, void *report, size_t size, uint64_t deadline_us, struct err *e)
{
    (void)host;
    assert_int_equal(size, look_size(app.vip_count));
    assert_int_equal(deadline_us, stage.now_us + 21 * SECOND);
    stage.began_us[stage.done] = stage.now_us;
    memcpy(report, &looks[stage.done], size);
    ((struct look *)report)->utc_s = stage_utc_s(NULL);
    stage.done++;
    return stage.done != stage.silent || err_set(e, ERR_BUG, "a round ended without a word; see why");
}

static void stage_screen(void *host, struct screen *screen)
{
    (void)host;
    *screen = stage.screen;
}

static bool stage_show(void *host, struct slice text)
{
    (void)host;
    assert_true(strlen(stage.shown) + text.len < sizeof stage.shown);
    strncat(stage.shown, text.at, text.len);
    return !stage.gone;
}

/* --- The looks */

static struct look_vip *next_look(void)
{
    struct look *look = &looks[stage.count++];
    struct look_vip *v = &look->vips[0];
    memset(look, 0, sizeof *look);
    look->eni = v->eni = made_eni(US);
    look->count = 1;
    v->vip = made_ip("10.9.0.1");
    v->interface = made_label("eth0");
    v->label = made_label("eth0:1");
    v->alias_up = true;
    v->placed = v->read = true;
    v->destination = made_cidr("10.9.0.1/32");
    return v;
}

static void add(struct look_vip *v, unsigned number, const char *target)
{
    struct look_table *table = &v->at[v->count++];
    char id[16];
    (void)snprintf(id, sizeof id, "rtb-%08x", number);
    table->id = made_table(id);
    (void)snprintf(table->name, sizeof table->name, "app-%u", number);
    (void)snprintf(table->target, sizeof table->target, "%s", target);
    table->says = strcmp(target, US) == 0 ? PLAN_HERE : target[0] ? PLAN_ELSEWHERE : PLAN_NOWHERE;
    table->selected = true;
}

/* The tables 1, 2 and so on send the VIP there; the end is as these words have it. */
static void look_of(enum err_kind kind, const char *end, const char *const *targets)
{
    struct look_vip *v = next_look();
    struct look *look = &looks[stage.count - 1];
    for (unsigned i = 0; targets[i]; i++)
        add(v, i + 1, targets[i]);
    if (kind == ERR_OK)
        (void)strcpy(look->result, end);
    else
        (void)err_set(&look->e, kind, "%s", end);
}
#define LOOK(kind, end, ...) look_of((kind), (end), (const char *const[]){__VA_ARGS__, NULL})

static void fail_look(enum err_kind kind, const char *end)
{
    LOOK(kind, end, US);
    looks[stage.count - 1].count = 0;
}

static void start(void)
{
    memset(&stage, 0, sizeof stage);
    memset(&app, 0, sizeof app);
    app.vip_count = 1;
    app.options.deadline_s = 20;
    app.world = (struct world){.now_us = stage_now_us, .utc_s = stage_utc_s, .random = stage_random, .wait = stage_wait,
                               .interrupted = stage_interrupted, .round = stage_round, .screen = stage_screen, .show = stage_show};
}

static struct look last;

static const char *watched(void)
{
    static char room[WATCH_TEXT];
    assert_true(watch(&app, BUF_OF(room), &last));
    return stage.shown;
}

/* --- Lines */

static void test_a_line_for_each_change(void **state)
{
    (void)state;
    start();
    LOOK(ERR_DIFFERS, "0 of 2; acquire", THEM, THEM);
    LOOK(ERR_DIFFERS, "0 of 2; acquire", THEM, THEM);
    LOOK(ERR_DIFFERS, "1 of 2; acquire", THEM, US);
    LOOK(ERR_OK, "2 of 2", US, US);
    LOOK(ERR_OK, "2 of 2", US, US);
    assert_string_equal(watched(), "2025-11-25T21:50:04Z DIFFERS: 0 of 2; acquire\n"
                                   "2025-11-25T21:50:08Z rtb-00000002 (app-2): elsewhere " THEM " -> here " US "\n"
                                   "2025-11-25T21:50:08Z DIFFERS: 1 of 2; acquire\n"
                                   "2025-11-25T21:50:10Z rtb-00000001 (app-1): elsewhere " THEM " -> here " US "\n"
                                   "2025-11-25T21:50:10Z OK: 2 of 2\n");
    assert_int_equal(last.e.kind, ERR_OK);
}

static void test_tables_that_come_and_go(void **state)
{
    (void)state;
    start();
    LOOK(ERR_DIFFERS, "x; y", THEM, "");
    LOOK(ERR_DIFFERS, "x; y", THEM);
    LOOK(ERR_DIFFERS, "x; y", "", US);
    assert_string_equal(watched(), "2025-11-25T21:50:04Z DIFFERS: x; y\n"
                                   "2025-11-25T21:50:06Z rtb-00000002 (app-2): nowhere -> not there\n"
                                   "2025-11-25T21:50:08Z rtb-00000001 (app-1): elsewhere " THEM " -> nowhere\n"
                                   "2025-11-25T21:50:08Z rtb-00000002 (app-2): not there -> here " US "\n");
}

static void test_the_alias(void **state)
{
    (void)state;
    start();
    LOOK(ERR_OK, "x", US);
    LOOK(ERR_OK, "x", US);
    looks[1].vips[0].alias_up = false;
    LOOK(ERR_OK, "x", US);
    assert_string_equal(watched(), "2025-11-25T21:50:04Z OK: x\n"
                                   "2025-11-25T21:50:06Z alias 10.9.0.1: up -> taken down\n"
                                   "2025-11-25T21:50:08Z alias 10.9.0.1: taken down -> up\n");
}

/* Of two VIPs one cannot be read for a while: its tables have not gone, nor come back. */
static void test_one_of_two_is_not_read(void **state)
{
    (void)state;
    start();
    app.vip_count = 2;
    for (size_t i = 0; i < 3; i++) {
        LOOK(ERR_DIFFERS, "x; y", THEM);
        looks[i].count = 2;
        looks[i].vips[1] = looks[i].vips[0];
        looks[i].vips[1].vip = made_ip("10.9.0.2");
    }
    looks[1].vips[1].read = false;
    looks[1].vips[1].count = 0;
    assert_string_equal(watched(), "2025-11-25T21:50:04Z DIFFERS: x; y\n");
}

/* A table that is left alone from now on has changed, too; one without a name has its id alone. */
static void test_left_alone(void **state)
{
    (void)state;
    start();
    LOOK(ERR_DIFFERS, "x; y", THEM);
    LOOK(ERR_DIFFERS, "x; y", THEM);
    looks[1].vips[0].at[0].selected = false;
    looks[1].vips[0].at[0].name[0] = '\0';
    assert_string_equal(watched(), "2025-11-25T21:50:04Z DIFFERS: x; y\n"
                                   "2025-11-25T21:50:06Z rtb-00000001: elsewhere " THEM " -> elsewhere " THEM "\n");
}

static void twice(struct look *look)
{
    look->count = 2;
    look->vips[1] = look->vips[0];
    look->vips[1].vip = made_ip("10.9.0.2");
}

/* A look that knows of one VIP only comes before one of both: of the second there is nothing to compare. */
static void test_one_of_two_is_not_there(void **state)
{
    (void)state;
    start();
    app.vip_count = 2;
    LOOK(ERR_DIFFERS, "x; y", THEM);
    LOOK(ERR_DIFFERS, "x; y", THEM);
    twice(&looks[1]);
    assert_string_equal(watched(), "2025-11-25T21:50:04Z DIFFERS: x; y\n");
}

/* A round that was taken over by whom it talked to leads its reader no further than its own report. */
static void test_what_is_no_look(void **state)
{
    (void)state;
    start();
    LOOK(ERR_OK, "x", US);
    for (int i = 0; i < 5; i++)
        LOOK(ERR_OK, "z", US);
    looks[1].count = 2;
    looks[2].vips[0].count = LIMIT_TABLES + 1;
    looks[3].vips[0].at[0].says = (enum plan_says)77;
    looks[4].e.kind = (enum err_kind)77;
    memset(looks[5].vips[0].at[0].target, 'y', sizeof looks[5].vips[0].at[0].target);
    static const char first[] = "2025-11-25T21:50:04Z OK: x\n"
                                "2025-11-25T21:50:06Z BUG: a round has left a report that none can be; ";
    const char *said = watched();
    assert_int_equal(strncmp(said, first, sizeof first - 1), 0);
    said = strstr(said, "2025-11-25T21:50:14Z ");
    assert_non_null(said);
    assert_string_equal(said, "2025-11-25T21:50:14Z rtb-00000001 (app-1): here " US " -> here yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n"
                              "2025-11-25T21:50:14Z OK: z\n");
}

/* What keeps it from knowing is told once for each kind; what moved meanwhile is told when it knows again. */
static void test_looks_that_fail(void **state)
{
    (void)state;
    start();
    LOOK(ERR_DIFFERS, "x; y", THEM);
    fail_look(ERR_NETWORK, "no answer; look");
    fail_look(ERR_NETWORK, "no route; look");
    fail_look(ERR_THROTTLED, "slowly; wait");
    LOOK(ERR_OK, "z", US);
    stage.silent = 6;
    LOOK(ERR_OK, "z", US);
    LOOK(ERR_OK, "z", US);
    assert_string_equal(watched(), "2025-11-25T21:50:04Z DIFFERS: x; y\n"
                                   "2025-11-25T21:50:06Z NETWORK: no answer; look\n"
                                   "2025-11-25T21:50:10Z THROTTLED: slowly; wait\n"
                                   "2025-11-25T21:50:12Z rtb-00000001 (app-1): elsewhere " THEM " -> here " US "\n"
                                   "2025-11-25T21:50:12Z OK: z\n"
                                   "2025-11-25T21:50:14Z BUG: a round ended without a word; see why\n"
                                   "2025-11-25T21:50:16Z OK: z\n");
}

/* --- Pictures */

static const char *picture(size_t number)
{
    char *at = stage.shown;
    for (; number > 0; number--) {
        at = strstr(at + 1, "\x1b[H");
        assert_non_null(at);
    }
    char *end = strstr(at + 1, "\x1b[H");
    static char one[1 << 16];
    (void)snprintf(one, sizeof one, "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
    return one;
}

static void test_pictures(void **state)
{
    (void)state;
    start();
    stage.screen = (struct screen){.columns = 140, .rows = 24, .redrawn = true};
    app.options.every_s = 5;
    LOOK(ERR_DIFFERS, "0 of 2; acquire", THEM, THEM);
    LOOK(ERR_DIFFERS, "1 of 2; acquire", THEM, US);
    fail_look(ERR_NETWORK, "no answer; look");
    LOOK(ERR_DIFFERS, "1 of 2; acquire", THEM, US);
    (void)watched();
    assert_non_null(strstr(picture(0), "\x1b[Hmirrorvip status, 21:50:04Z, every 5 s; q ends it\x1b[K\n"
                                       "DIFFERS: 0 of 2; acquire\x1b[K\n"
                                       "no change since 21:50:04Z\x1b[K\n"
                                       "\x1b[K\n"
                                       "vip          10.9.0.1, on eth0:1\x1b[K\n"));
    assert_non_null(strstr(picture(0), "\n            rtb-00000002           app-2  " THEM "  elsewhere\x1b[K\n\x1b[J"));
    assert_non_null(strstr(picture(1), "\nlast change 21:50:09Z  rtb-00000002 (app-2): elsewhere " THEM " -> here " US));
    assert_non_null(strstr(picture(1), "\n21:50:09Z*  rtb-00000002           app-2  " US "  here\x1b[K\n"));
    /* What is known stays to be seen, and of when it is. */
    assert_non_null(strstr(picture(2), "\nNETWORK: no answer; look\x1b[K\nthis is of 21:50:09Z\x1b[K\n"));
    assert_non_null(strstr(picture(2), "\n21:50:09Z   rtb-00000002           app-2  " US "  here\x1b[K\n"));
    assert_non_null(strstr(picture(3), "\nlast change 21:50:09Z  rtb-00000002"));
    assert_non_null(strstr(picture(3), "\n21:50:09Z   rtb-00000002 "));
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* 200 tables on a screen of any height: it does not roll, and shows what has moved. */
static void test_heights(void **state)
{
    (void)state;
    for (size_t rows = 13; rows < 40; rows++) {
        start();
        stage.screen = (struct screen){.columns = 100, .rows = rows, .redrawn = true};
        for (unsigned look = 0; look < 2; look++) {
            struct look_vip *v = next_look();
            for (unsigned i = 0; i < 200; i++)
                add(v, i, look == 1 && i == 150 ? US : THEM);
        }
        (void)watched();
        assert_true(lines_of(picture(0)) < rows && lines_of(picture(0)) + 3 > rows);
        assert_true(lines_of(picture(1)) < rows);
        assert_non_null(strstr(picture(1), "SAYS\x1b[K\n21:50:06Z*  rtb-00000096 "));
        assert_non_null(strstr(picture(1), " of them here\x1b[K\n"));
    }
}

/* Before anything is known there is its end alone. */
static void test_a_picture_of_nothing(void **state)
{
    (void)state;
    start();
    stage.screen = (struct screen){.columns = 140, .rows = 24, .redrawn = true};
    fail_look(ERR_NETWORK, "no answer; look");
    (void)watched();
    assert_non_null(strstr(picture(0), "NETWORK: no answer; look\x1b[K\nno change since 21:50:04Z\x1b[K\n"));
}

/* Two VIPs share the screen, each with one row at least, however low it is; of a height that is not known all rows are shown. */
static void test_heights_of_two(void **state)
{
    static const struct {
        size_t rows;
        bool all;
    } screens[] = {{2, false}, {9, false}, {60, true}, {0, true}};
    (void)state;
    for (size_t i = 0; i < COUNT(screens); i++) {
        start();
        app.vip_count = 2;
        stage.screen = (struct screen){.columns = 140, .rows = screens[i].rows, .redrawn = true};
        LOOK(ERR_OK, "x", US, US, US);
        twice(&looks[0]);
        (void)watched();
        assert_non_null(strstr(picture(0), "10.9.0.1"));
        assert_non_null(strstr(picture(0), "10.9.0.2"));
        assert_int_equal(strstr(picture(0), "rtb-00000003") != NULL, screens[i].all);
        assert_int_equal(strstr(picture(0), " of them here") == NULL, screens[i].all);
    }
}

/* --- How it ends, and when it looks */

static void test_its_end(void **state)
{
    static char room[WATCH_TEXT];
    (void)state;
    start();
    assert_false(watch(&app, BUF_OF(room), &last)); /* before it began */
    start();
    fail_look(ERR_INTERRUPTED, "a signal asked to end");
    assert_false(watch(&app, BUF_OF(room), &last)); /* in the first look */
    start();
    LOOK(ERR_OK, "x", US);
    fail_look(ERR_INTERRUPTED, "a signal asked to end");
    (void)watched(); /* in the second */
    assert_int_equal(last.e.kind, ERR_OK);
    start();
    LOOK(ERR_OK, "x", US);
    LOOK(ERR_DIFFERS, "x; y", THEM);
    stage.silent = 2;
    (void)watched(); /* and that was gone before it could say so */
    assert_string_equal(last.result, "x");
    start();
    LOOK(ERR_DIFFERS, "x; y", THEM);
    LOOK(ERR_OK, "x", US);
    stage.gone = true;
    (void)watched(); /* nobody looks any more */
    assert_int_equal(stage.done, 1);
    assert_int_equal(last.e.kind, ERR_DIFFERS);
}

static void test_pace(void **state)
{
    static const uint32_t given[] = {0, 1, 7};
    static const uint64_t used[] = {WATCH_DEFAULT_S, 1, 7};
    (void)state;
    for (size_t i = 0; i < COUNT(given); i++) {
        start();
        app.options.every_s = given[i];
        for (unsigned look = 0; look < 4; look++)
            LOOK(ERR_OK, "x", US);
        (void)watched();
        for (size_t look = 0; look < 4; look++)
            assert_int_equal(stage.began_us[look], look * used[i] * SECOND);
    }
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_a_line_for_each_change);
    SUITE_TEST(&suite, test_tables_that_come_and_go);
    SUITE_TEST(&suite, test_the_alias);
    SUITE_TEST(&suite, test_one_of_two_is_not_read);
    SUITE_TEST(&suite, test_left_alone);
    SUITE_TEST(&suite, test_one_of_two_is_not_there);
    SUITE_TEST(&suite, test_what_is_no_look);
    SUITE_TEST(&suite, test_looks_that_fail);
    SUITE_TEST(&suite, test_pictures);
    SUITE_TEST(&suite, test_heights);
    SUITE_TEST(&suite, test_a_picture_of_nothing);
    SUITE_TEST(&suite, test_heights_of_two);
    SUITE_TEST(&suite, test_its_end);
    SUITE_TEST(&suite, test_pace);
    return suite_run(&suite, "app/watch");
}
