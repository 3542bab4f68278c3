/*
 * faults: every effect of an acquisition goes wrong in every plausible way, once and from then on. Which words the run
 * ends with is for other tests; here stands what must hold whatever happens, and that a second run, when the fault is
 * gone, ends well. The world itself checks the rest: see scripted_world.h.
 */
#include "scripted_world.h"

#define STRIDE 9

static struct scripted s;
static struct app app;
static struct ran ran;
static bool as_role;

/* What the tables say at first, and how slowly readings follow. */
static void scene_moved(void)
{
    scripted_start(&s, 2);
}

static void scene_stale(void)
{
    scripted_start(&s, 2);
    s.region.stale_reads = 2;
}

static void scene_mixed(void)
{
    scripted_start(&s, 3);
    region_target(&s.region, 0, "");
    s.region.tables[1].dead = true;
    s.region.tables[2].edge = true;
    s.region.page_size = 2;
}

/* Something has gone wrong already, so that pauses, repetitions and second looks can go wrong as well. */
static unsigned first_write(void)
{
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
    return find_effect(&s, "ReplaceRoute", 1);
}

static void scene_throttled(void)
{
    scripted_start(&s, 2);
    unsigned n = first_write();
    scripted_start(&s, 2);
    add_fault(&s, n - 2, n - 2, THROTTLED);
    add_fault(&s, n + 2, n + 3, THROTTLED);
}

static void scene_lost(void)
{
    scripted_start(&s, 2);
    unsigned n = first_write();
    scripted_start(&s, 2);
    s.region.stale_reads = 1;
    add_fault(&s, n, n, LOST_BEFORE);
    add_fault(&s, n + 1, n + 1, LOST_AFTER);
}

static void scene_expired(void)
{
    scripted_start(&s, 2);
    s.region.valid = 2;
}

/* As a role, whose first keys are refused, as are those that it is assumed with. */
static void scene_role(void)
{
    scripted_start(&s, 2);
    s.region.valid = 2;
    as_role = true;
}

static const struct scene {
    const char *name;
    void (*set)(void);
} scenes[] = {
    {"moved", scene_moved},         {"stale", scene_stale}, {"mixed", scene_mixed},
    {"throttled", scene_throttled}, {"lost", scene_lost},   {"expired", scene_expired},
    {"role", scene_role},
};

struct row {
    char name[96];
    void (*scene)(void);
    enum outcome_name goes;
    bool from_then_on;
};

static void run(void)
{
    if (as_role)
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "-v", "--assume-role", ROLE_ARN);
    else
        RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1", "-v");
}

/* Only these may be the end of a run that has moved something. */
static bool is_quiet(enum err_kind kind)
{
    return kind != ERR_OK && kind != ERR_PARTIAL && kind != ERR_UNVERIFIED && kind != ERR_CONFLICT;
}

static unsigned writes_applied(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < s.region.count; i++)
        count += s.region.tables[i].applied;
    return count;
}

static void fail_at(const struct row *row, unsigned n, const char *why)
{
    print_error("%s, effect %u: %s\nthe run: %s: '%s%s'\n", row->name, n, why, err_name(ran.e.kind), ran.e.text, ran.result);
    print_events(&s);
    fail();
}

/* After the fault has gone: the same command on the same host brings all tables here. */
static void check_second_run(const struct row *row, unsigned n)
{
    scripted_heal(&s);
    run();
    if (s.broken[0])
        fail_at(row, n, s.broken);
    if (!ran.ok || !region_is_ours(&s.region))
        fail_at(row, n, "the second run did not bring all here");
}

static void check_at(const struct row *row, unsigned n)
{
    row->scene();
    s.seed = n * 7919 + (unsigned)row->goes;
    add_fault(&s, n, row->from_then_on ? UINT32_MAX : n, row->goes);
    run();
    if (s.broken[0])
        fail_at(row, n, s.broken);
    if (ran.ok && !region_is_ours(&s.region))
        fail_at(row, n, "OK, but not all tables are ours");
    if (is_quiet(ran.e.kind) && writes_applied() > 0)
        fail_at(row, n, "it says nothing of what it has written");
    if (ran.e.kind == ERR_INTERRUPTED && writes_sent(&s) > 0)
        fail_at(row, n, "INTERRUPTED, but a write was sent");
    check_second_run(row, n);
}

static void test_everywhere(void **state)
{
    const struct row *row = *state;
    as_role = false;
    row->scene();
    run();
    assert_ended(&s, &ran, ERR_OK, "is here");
    unsigned count = s.effects;
    unsigned first = is_whole() ? 1 : 1 + (unsigned)row->goes % STRIDE;
    for (unsigned n = first; n <= count; n += is_whole() ? 1 : STRIDE)
        check_at(row, n);
}

int main(void)
{
    static struct row rows[COUNT(scenes) * OUTCOME_COUNT * 2];
    static struct suite suite;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row *row = &rows[i];
        const struct scene *scene = &scenes[i % COUNT(scenes)];
        row->scene = scene->set;
        row->from_then_on = i / COUNT(scenes) % 2;
        row->goes = (enum outcome_name)(i / COUNT(scenes) / 2);
        (void)snprintf(row->name, sizeof row->name, "%s, %s: %s", scene->name, row->from_then_on ? "from then on" : "once",
                       outcomes[row->goes].name);
        if (row->goes != GOES_WELL)
            suite_add(&suite, row->name, test_everywhere, row);
    }
    return suite_run(&suite, "app/faults");
}
