/*
 * plan: every small world. A world is one or two route tables, what they show at first, and then every sequence of what
 * may become of our writes and of what may be seen next. `struct story` knows of each table what a careful reader of
 * plan.h would have noted, and says what must come next; single scenes below name the cases that matter most.
 */
#include "core/plan.h"
#include "made.h"
#include "support.h"

#define ENI_OURS "eni-0a1b2c3d4e5f67890"
#define ENI_OLD "eni-0dddddddddddddddd"
#define ENI_FOREIGN "eni-0ffffffffffffffff"

/* What a reading may show of one table. */
enum view { OURS, OLD, FOREIGN, NONE, OURS_DEAD, OLD_DEAD, PROPAGATED, EDGE, AMBIGUOUS, MISSING };
#define FIRST_VIEWS MISSING /* a first reading can show all but a table that it lacks */

static bool shows_route(enum view view)
{
    return view != NONE && view != PROPAGATED && view != MISSING;
}

static const char *target_in(enum view view)
{
    return view == OURS || view == OURS_DEAD ? ENI_OURS : view == FOREIGN ? ENI_FOREIGN : ENI_OLD;
}

static const char *const table_ids[] = {"rtb-00000001", "rtb-00000002", "rtb-00000003"};

static struct ec2_table table_showing(size_t index, enum view view)
{
    struct ec2_table table = {.id = made_table(table_ids[index]), .vpc = made_vpc("vpc-00000001")};
    table.edge = view == EDGE;
    table.ambiguous = view == AMBIGUOUS;
    if (shows_route(view)) {
        table.route = (struct ec2_route){.present = true, .alive = view != OURS_DEAD && view != OLD_DEAD};
        table.route.eni = made_eni(target_in(view));
        (void)snprintf(table.route.target, sizeof table.route.target, "%s", target_in(view));
    }
    if (view == PROPAGATED)
        table.propagated = (struct ec2_route){.present = true, .alive = true, .target = "vgw-00000001"};
    return table;
}

/* Made once: there are many readings. */
static const struct ec2_table *table_once(size_t index, enum view view)
{
    static struct ec2_table made[COUNT(table_ids)][MISSING];
    if (!made[index][view].id.text[0])
        made[index][view] = table_showing(index, view);
    return &made[index][view];
}

static bool see(struct plan *p, const enum view *views, size_t count, struct err *e)
{
    static struct ec2_tables tables;
    tables.count = 0;
    for (size_t i = 0; i < count; i++)
        if (views[i] != MISSING)
            tables.at[tables.count++] = *table_once(i, views[i]);
    return plan_see(p, &tables, e);
}

static void see_well(struct plan *p, const enum view *views, size_t count)
{
    struct err e = {0};
    assert_went_well(see(p, views, count, &e), &e);
}

/* Whom a limited plan may take from: the old owner, alive or dead. */
static const struct plan_owners only_old = {.limited = true, .count = 1, .at = {{ENI_OLD}}};

static void start(struct plan *p, bool create_missing)
{
    struct eni_id eni = made_eni(ENI_OURS);
    struct vpc_id vpc = made_vpc("vpc-00000001");
    plan_start(p, &vpc, &eni, made_cidr("10.9.0.1/32"), create_missing);
}

/* What may become of a write. */
enum outcome { DONE, NO_ROUTE, EXISTS, LOST, UNDONE, REFUSED, OUTCOMES };

static void take(struct plan *p, struct plan_row *row, enum outcome outcome)
{
    static const enum query_answer answers[] = {[DONE] = QUERY_DONE, [NO_ROUTE] = QUERY_NO_ROUTE, [EXISTS] = QUERY_ROUTE_EXISTS};
    plan_writing(row);
    if (outcome == LOST)
        plan_lost(p, row, &(struct err){ERR_NETWORK, "cut"});
    else if (outcome == UNDONE)
        plan_undone(p, row, &(struct err){ERR_THROTTLED, "slow down"});
    else if (outcome == REFUSED)
        plan_failed(p, row, &(struct err){ERR_REFUSED, "UnauthorizedOperation"});
    else
        plan_answered(row, answers[outcome]);
}

/* --- What must come next */

struct story {
    bool named;
    bool limited;
    bool had_route;
    bool was_here;
    bool contested;
    unsigned same; /* readings in a row that showed the latest */
    bool wanted; /* is to say here */
    enum view latest;
    enum view found; /* by the latest write that could not have come after one of ours */
    unsigned writes;
    bool confirmed;
    bool answered; /* a write was confirmed by its answer, not by a reading */
    bool lost;
    bool undone;
    bool must_look;
    bool must_create;
    bool must_replace;
    bool refused;
};

static bool is_write(enum plan_next next)
{
    return next == PLAN_REPLACE || next == PLAN_CREATE;
}

/* Neither ours nor what our write found. */
static bool is_foreign(const struct story *s)
{
    return shows_route(s->latest) && strcmp(target_in(s->latest), ENI_OURS) != 0 &&
           !(shows_route(s->found) && strcmp(target_in(s->latest), target_in(s->found)) == 0);
}

static bool has_tried(const struct story *s)
{
    return s->confirmed || s->lost || s->undone || s->must_replace;
}

static enum plan_next expected_next(const struct story *s)
{
    if (!s->wanted || s->latest == OURS)
        return PLAN_NOTHING;
    if (s->refused || s->latest == AMBIGUOUS || s->latest == MISSING)
        return PLAN_FAILED;
    if (s->must_look)
        return PLAN_LOOK;
    if (has_tried(s) && is_foreign(s))
        return s->same > 1 ? PLAN_CONFLICT : PLAN_LOOK;
    if (s->confirmed || s->contested || (s->was_here && shows_route(s->latest)))
        return PLAN_LOOK;
    if (s->writes == PLAN_WRITES_MOST)
        return PLAN_FAILED;
    bool old_has_it = s->latest == OLD || s->latest == OLD_DEAD;
    if (s->limited && (s->must_create || !(old_has_it || s->latest == OURS_DEAD)))
        return PLAN_KEEP;
    return s->must_replace || (shows_route(s->latest) && !s->must_create) ? PLAN_REPLACE : PLAN_CREATE;
}

static void story_see(struct story *s, enum view view, bool create_missing)
{
    s->same = s->latest == view ? s->same + 1 : 1;
    s->latest = view;
    s->must_look = false;
    s->had_route |= shows_route(view) || view == PROPAGATED;
    s->was_here |= view == OURS;
    s->confirmed |= s->lost && view == OURS;
    s->contested |= has_tried(s) && is_foreign(s);
    if (view != MISSING)
        s->wanted = view != EDGE && (s->had_route || s->named || create_missing);
}

static void story_write(struct story *s, enum outcome outcome)
{
    s->writes += outcome != UNDONE;
    if (!s->lost && shows_route(s->latest))
        s->found = s->latest;
    s->confirmed |= outcome == DONE;
    s->answered |= outcome == DONE;
    s->lost |= outcome == LOST;
    s->undone |= outcome == UNDONE;
    s->refused |= outcome == REFUSED;
    if (outcome != LOST && outcome != UNDONE && outcome != REFUSED) {
        s->must_create = outcome == NO_ROUTE;
        s->must_replace = outcome == EXISTS;
    }
    s->must_look = outcome == DONE || outcome == EXISTS || outcome == LOST || outcome == UNDONE;
}

/* --- Worlds */

#define MOST_TABLES 2
#define MOST_DEPTH 8

struct bounds {
    size_t tables;
    unsigned depth;
    size_t outcomes;
    enum outcome outcome[OUTCOMES];
    size_t views;
    enum view view[8];
};

struct scene {
    struct story at[MOST_TABLES];
    bool create_missing;
    unsigned good; /* readings in a row that showed all here */
    bool stale;    /* a reading after a confirmed write did not show it */
};

/* One plan for each step of the way: a step is tried, and the plan before it is still there. */
static struct plan plans[MOST_DEPTH + 1];

static struct plan *plan_copy(unsigned depth)
{
    struct plan *from = &plans[depth], *to = &plans[depth - 1];
    memcpy(to, from, offsetof(struct plan, at) + from->count * sizeof from->at[0]);
    return to;
}

static void scene_see(struct scene *scene, const enum view *views, size_t count)
{
    size_t wanted = 0, here = 0;
    for (size_t i = 0; i < count; i++) {
        struct story *s = &scene->at[i];
        story_see(s, views[i], scene->create_missing);
        wanted += s->wanted;
        here += s->wanted && s->latest == OURS;
        scene->stale |= expected_next(s) == PLAN_LOOK;
    }
    scene->good = wanted == here ? scene->good + 1 : 0;
}

static void check(const struct plan *p, const struct scene *scene, size_t count)
{
    struct plan_tally tally = plan_count(p);
    size_t writes = 0, here = 0, wanted = 0;
    bool all_answered = true;
    for (size_t i = 0; i < count; i++) {
        const struct story *s = &scene->at[i];
        enum plan_next next = plan_next(p, &p->at[i]);
        if (next != expected_next(s))
            fail_msg("next is %d, not %d: latest %d, found %d, writes %u, confirmed %d, lost %d", next, expected_next(s), s->latest, s->found,
                     s->writes, s->confirmed, s->lost);
        /* Said once more without the order of expected_next(): what must never be. */
        assert_false(is_write(next) && (s->latest == OURS || s->confirmed || s->must_look || s->writes >= PLAN_WRITES_MOST));
        assert_false(is_write(next) && (s->latest == EDGE || s->latest == AMBIGUOUS || s->latest == MISSING));
        assert_false(next == PLAN_CONFLICT && !has_tried(s));
        assert_false(is_write(next) && s->contested);
        assert_int_equal(plan_selects(p, &p->at[i]), s->wanted);
        writes += is_write(next);
        wanted += s->wanted;
        here += s->wanted && s->latest == OURS;
        all_answered &= !s->wanted || s->answered;
    }
    assert_int_equal(tally.selected, wanted);
    assert_int_equal(tally.skipped, count - wanted);
    assert_int_equal(tally.here, here);
    assert_int_equal(tally.to_write, writes);
    assert_int_equal(plan_is_done(&tally), here == wanted);
    assert_int_equal(plan_is_settled(p), scene->good >= (scene->stale || !all_answered ? 2 : 1));
    if (plan_is_settled(p))
        assert_int_equal(here, wanted);
}

static void explore(const struct bounds *b, const struct scene *scene, unsigned depth);

/* The choice numbered `number` gives each table its digit in base `base`; NULL when a table that has no choice got one. */
static bool digits_of(size_t number, size_t base, const bool *chooses, size_t count, size_t *digits)
{
    for (size_t i = 0; i < count; i++, number /= base) {
        digits[i] = number % base;
        if (!chooses[i] && digits[i] > 0)
            return false;
    }
    return true;
}

static size_t choices(size_t base, size_t count)
{
    return count == 1 ? base : base * base;
}

static void explore_writes(const struct bounds *b, const struct scene *scene, unsigned depth, const bool *writes)
{
    size_t digits[MOST_TABLES];
    for (size_t number = 0; number < choices(b->outcomes, b->tables); number++) {
        if (!digits_of(number, b->outcomes, writes, b->tables, digits))
            continue;
        struct scene after = *scene;
        struct plan *p = plan_copy(depth);
        for (size_t i = 0; i < b->tables; i++)
            if (writes[i]) {
                take(p, &p->at[i], b->outcome[digits[i]]);
                story_write(&after.at[i], b->outcome[digits[i]]);
            }
        explore(b, &after, depth - 1);
    }
}

static void explore_readings(const struct bounds *b, const struct scene *scene, unsigned depth)
{
    static const bool all[MOST_TABLES] = {true, true};
    size_t digits[MOST_TABLES];
    for (size_t number = 0; number < choices(b->views, b->tables); number++) {
        enum view views[MOST_TABLES];
        struct scene after = *scene;
        (void)digits_of(number, b->views, all, b->tables, digits);
        for (size_t i = 0; i < b->tables; i++)
            views[i] = b->view[digits[i]];
        see_well(plan_copy(depth), views, b->tables);
        scene_see(&after, views, b->tables);
        explore(b, &after, depth - 1);
    }
}

/* As the program does it: writes while there is something to write, then looks, until that is enough. */
static void explore(const struct bounds *b, const struct scene *scene, unsigned depth)
{
    struct plan *p = &plans[depth];
    struct plan_tally tally = plan_count(p);
    bool writes[MOST_TABLES] = {false};
    check(p, scene, b->tables);
    if (depth == 0 || tally.conflicts > 0 || plan_is_settled(p))
        return;
    for (size_t i = 0; i < b->tables; i++)
        writes[i] = is_write(expected_next(&scene->at[i]));
    if (tally.to_write > 0)
        explore_writes(b, scene, depth, writes);
    else
        explore_readings(b, scene, depth);
}

static void explore_from(const struct bounds *b, const enum view *first, bool create_missing, bool named, bool limited)
{
    unsigned depth = is_whole() ? b->depth : 3 * b->depth / 4;
    struct plan *p = &plans[depth];
    struct scene scene = {.create_missing = create_missing};
    for (size_t i = 0; i < b->tables; i++)
        scene.at[i] = (struct story){.found = NONE, .limited = limited};
    start(p, create_missing);
    if (limited)
        plan_allow_owners(p, &only_old);
    if (named) {
        struct table_id id = made_table(table_ids[0]);
        plan_name(p, &id);
        scene.at[0].named = true;
    }
    see_well(p, first, b->tables);
    scene_see(&scene, first, b->tables);
    explore(b, &scene, depth);
}

/* Policy and naming, four ways. */
static void explore_all_from(const struct bounds *b, const enum view *first, bool limited)
{
    for (int way = 0; way < 4; way++)
        if (!(way & 2) || first[0] != EDGE) /* a gateway's table cannot be named */
            explore_from(b, first, way & 1, way & 2, limited);
}

static void test_one_table(void **state)
{
    static const struct bounds b = {1, MOST_DEPTH, OUTCOMES, {DONE, NO_ROUTE, EXISTS, LOST, UNDONE, REFUSED}, 6, {OURS, OLD, FOREIGN, NONE, OURS_DEAD, MISSING}};
    (void)state;
    for (enum view view = OURS; view < FIRST_VIEWS; view++)
        explore_all_from(&b, &view, false);
}

static void test_two_tables(void **state)
{
    static const struct bounds b = {2, 3, 5, {DONE, NO_ROUTE, LOST, UNDONE, REFUSED}, 4, {OURS, OLD, FOREIGN, NONE}};
    (void)state;
    for (enum view one = OURS; one < FIRST_VIEWS; one++)
        for (enum view two = OURS; two < FIRST_VIEWS; two++)
            explore_all_from(&b, (enum view[]){one, two}, false);
}

/* Faults, row 138: a route may be taken from the old owner only. */
static void test_limited(void **state)
{
    static const struct bounds b = {1, 6, OUTCOMES, {DONE, NO_ROUTE, EXISTS, LOST, UNDONE, REFUSED}, 6, {OURS, OLD, FOREIGN, NONE, OLD_DEAD, PROPAGATED}};
    (void)state;
    for (enum view view = OURS; view < FIRST_VIEWS; view++)
        explore_all_from(&b, &view, true);
}

/* --- Scenes */

static struct plan plan;

static void first_reading(enum view view, bool create_missing)
{
    start(&plan, create_missing);
    see_well(&plan, &view, 1);
}

static void reading(enum view view)
{
    see_well(&plan, &view, 1);
}

static void assert_next(enum plan_next next)
{
    assert_int_equal(plan_next(&plan, &plan.at[0]), next);
}

/* One reading raises a doubt, a second that agrees is a conflict. */
static void reading_twice(enum view view)
{
    reading(view);
    assert_next(PLAN_LOOK);
    reading(view);
    assert_next(PLAN_CONFLICT);
}

static void test_what_a_table_says(void **state)
{
    static const struct {
        enum view view;
        enum plan_says says;
        enum plan_next all;      /* with the policy to create what is missing */
        enum plan_next existing; /* without it */
    } rows[] = {
        {OURS, PLAN_HERE, PLAN_NOTHING, PLAN_NOTHING},
        {OLD, PLAN_ELSEWHERE, PLAN_REPLACE, PLAN_REPLACE},
        {NONE, PLAN_NOWHERE, PLAN_CREATE, PLAN_NOTHING},
        {OURS_DEAD, PLAN_BLACKHOLE, PLAN_REPLACE, PLAN_REPLACE},
        {OLD_DEAD, PLAN_BLACKHOLE, PLAN_REPLACE, PLAN_REPLACE},
        {PROPAGATED, PLAN_PROPAGATED, PLAN_CREATE, PLAN_CREATE},
        {EDGE, PLAN_EDGE, PLAN_NOTHING, PLAN_NOTHING},
        {AMBIGUOUS, PLAN_AMBIGUOUS, PLAN_FAILED, PLAN_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        first_reading(rows[i].view, true);
        assert_int_equal(plan.at[0].says, rows[i].says);
        assert_next(rows[i].all);
        first_reading(rows[i].view, false);
        assert_next(rows[i].existing);
    }
    assert_string_equal(plan_says_word(PLAN_HERE), "here");
    assert_string_equal(plan_says_word(PLAN_GONE), "gone");
}

/* A gateway's table is none of ours, whatever else may be said of it. */
static void test_gateway_before_all(void **state)
{
    static struct ec2_tables tables = {.count = 1};
    struct err e = {0};
    (void)state;
    tables.at[0] = table_showing(0, EDGE);
    tables.at[0].ambiguous = true;
    start(&plan, true);
    assert_went_well(plan_see(&plan, &tables, &e), &e);
    assert_int_equal(plan.at[0].says, PLAN_EDGE);
    assert_next(PLAN_NOTHING);
}

/* A static route that is dead is replaced even where a gateway propagates a living one. */
static void test_static_beside_propagated(void **state)
{
    static struct ec2_tables tables = {.count = 1};
    struct err e = {0};
    (void)state;
    tables.at[0] = table_showing(0, OLD);
    tables.at[0].propagated = table_showing(0, PROPAGATED).propagated;
    start(&plan, true);
    assert_went_well(plan_see(&plan, &tables, &e), &e);
    assert_int_equal(plan.at[0].says, PLAN_ELSEWHERE);
    assert_next(PLAN_REPLACE);
}

/* Faults, rows 88 and 89: an old picture after the write, then new, old, new, new. */
static void test_stale_needs_two_good_readings(void **state)
{
    static const struct {
        enum view view;
        bool settled;
    } rows[] = {{OLD, false}, {OURS, false}, {OLD, false}, {OURS, false}, {OURS, true}};
    (void)state;
    first_reading(OLD, true);
    take(&plan, &plan.at[0], DONE);
    assert_next(PLAN_LOOK);
    assert_false(plan_is_settled(&plan));
    for (size_t i = 0; i < COUNT(rows); i++) {
        reading(rows[i].view);
        assert_next(rows[i].view == OURS ? PLAN_NOTHING : PLAN_LOOK);
        assert_int_equal(plan_is_settled(&plan), rows[i].settled);
    }
    assert_int_equal(plan.at[0].writes, 1);
}

static void test_fresh_needs_one(void **state)
{
    (void)state;
    first_reading(OLD, true);
    take(&plan, &plan.at[0], DONE);
    reading(OURS);
    assert_true(plan_is_settled(&plan));
}

/* Without a write that AWS has confirmed "here" may be the picture of an earlier term of this host. */
static void test_unconfirmed_needs_two(void **state)
{
    (void)state;
    first_reading(OURS, true);
    assert_false(plan_is_settled(&plan));
    reading(OURS);
    assert_true(plan_is_settled(&plan));
    reading(FOREIGN);
    assert_false(plan_is_settled(&plan));
    first_reading(OLD, true);
    take(&plan, &plan.at[0], LOST);
    reading(OURS);
    assert_false(plan_is_settled(&plan));
    reading(OURS);
    assert_true(plan_is_settled(&plan));
}

/* How often in a row the same was told. */
static void test_alike(void **state)
{
    static const struct {
        enum view view;
        unsigned alike;
    } rows[] = {{OURS, 1}, {OURS, 2}, {OLD, 1}, {FOREIGN, 1}, {FOREIGN, 2}, {OURS_DEAD, 1}, {OURS, 1}, {OURS, 2}, {OURS, 3}, {NONE, 1}, {OURS, 1}, {MISSING, 1}, {OURS, 1}, {OURS, 2}};
    (void)state;
    first_reading(OLD, true);
    for (size_t i = 0; i < COUNT(rows); i++) {
        reading(rows[i].view);
        assert_int_equal(plan.at[0].alike, rows[i].alike);
        assert_int_equal(plan.readings, i + 2);
    }
}

/* Faults, row 85: no route, then one after all. The one from before may be replaced; another owner came in between. */
static void test_race_to_create(void **state)
{
    (void)state;
    first_reading(OLD, true);
    take(&plan, &plan.at[0], NO_ROUTE);
    assert_next(PLAN_CREATE);
    assert_string_equal(plan_owner(&plan), "nobody");
    take(&plan, &plan.at[0], EXISTS);
    assert_next(PLAN_LOOK);
    reading(OLD);
    assert_next(PLAN_REPLACE);
    assert_string_equal(plan_owner(&plan), ENI_OLD);
    take(&plan, &plan.at[0], DONE);
    reading(OLD);
    assert_next(PLAN_LOOK);
    reading_twice(FOREIGN);
    first_reading(NONE, true);
    take(&plan, &plan.at[0], EXISTS);
    assert_next(PLAN_LOOK);
    reading_twice(FOREIGN);
    reading(OURS); /* it was a run of ours */
    assert_next(PLAN_NOTHING);
}

/* Faults, rows 13 and 83: a lost answer is looked after before anything is repeated. */
static void test_lost(void **state)
{
    (void)state;
    first_reading(OLD, true);
    for (unsigned i = 0; i < PLAN_WRITES_MOST; i++) {
        assert_next(PLAN_REPLACE);
        take(&plan, &plan.at[0], LOST);
        assert_next(PLAN_LOOK);
        reading(OLD);
    }
    assert_next(PLAN_FAILED);
    reading_twice(FOREIGN);
    reading(OURS); /* one of them was carried out after all */
    assert_next(PLAN_NOTHING);
    reading(OURS);
    assert_true(plan_is_settled(&plan));
}

/* Faults, row 90. */
static void test_conflict(void **state)
{
    static const enum view owners[] = {OLD, NONE, OLD_DEAD, OURS_DEAD, PROPAGATED};
    (void)state;
    for (size_t i = 0; i < COUNT(owners); i++) {
        first_reading(owners[i], true);
        take(&plan, &plan.at[0], DONE);
        reading_twice(FOREIGN);
        assert_int_equal(plan_count(&plan).conflicts, 1);
        assert_int_equal(plan.at[0].writes, 1);
    }
}

/* A third owner that is shown once may be a former one. Whoever is shown next, the table is not written any more. */
static void test_doubt(void **state)
{
    static const enum view views[] = {OURS, OLD, NONE, OURS, FOREIGN, MISSING, FOREIGN, OURS, OURS};
    static const enum outcome outcomes[] = {DONE, LOST, UNDONE, EXISTS};
    (void)state;
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        first_reading(OLD, true);
        take(&plan, &plan.at[0], outcomes[i]);
        assert_int_equal(plan_count(&plan).in_doubt, 0);
        reading(FOREIGN);
        assert_next(PLAN_LOOK);
        assert_int_equal(plan_count(&plan).in_doubt, 1);
        for (size_t v = 0; v < COUNT(views); v++) {
            reading(views[v]);
            assert_next(views[v] == OURS ? PLAN_NOTHING : views[v] == MISSING ? PLAN_FAILED : PLAN_LOOK);
            assert_int_equal(plan_count(&plan).in_doubt, views[v] == FOREIGN);
        }
        assert_true(plan_is_settled(&plan));
    }
}

/* A route that vanishes under us is missed, even where no missing route would be created. */
static void test_vanished_route(void **state)
{
    (void)state;
    start(&plan, false);
    see_well(&plan, (enum view[]){OLD, OURS}, 2);
    take(&plan, &plan.at[0], DONE);
    see_well(&plan, (enum view[]){OURS, NONE}, 2);
    assert_false(plan_is_settled(&plan));
    assert_int_equal(plan_next(&plan, &plan.at[1]), PLAN_CREATE);
}

/* What AWS would not take now may be written again, but only after a look that shows nobody else in its place. */
static void test_undone(void **state)
{
    (void)state;
    first_reading(OLD, true);
    for (unsigned i = 0; i < 2 * PLAN_WRITES_MOST; i++) {
        take(&plan, &plan.at[0], UNDONE);
        assert_next(PLAN_LOOK);
        reading(OLD);
        assert_next(PLAN_REPLACE);
    }
    assert_int_equal(plan_why(&plan, &plan.at[0])->kind, ERR_THROTTLED);
    take(&plan, &plan.at[0], UNDONE);
    reading_twice(FOREIGN);
}

/* What nobody was sent changes nothing: it may be sent as long as the latest reading shows nobody else. */
static void test_put_off(void **state)
{
    (void)state;
    first_reading(OLD, true);
    for (unsigned i = 0; i < 2 * PLAN_WRITES_MOST; i++) {
        plan_writing(&plan.at[0]);
        plan_put_off(&plan, &plan.at[0], &(struct err){ERR_NETWORK, "too late"});
        assert_next(PLAN_REPLACE);
    }
    assert_int_equal(plan_why(&plan, &plan.at[0])->kind, ERR_NETWORK);
    reading(FOREIGN);
    assert_next(PLAN_LOOK);
    reading(FOREIGN);
    assert_next(PLAN_CONFLICT);
}

/* An answer that was lost four times is told as the reason; a confirmed write needs none. */
static void test_why(void **state)
{
    (void)state;
    first_reading(OLD, true);
    assert_null(plan_why(&plan, &plan.at[0]));
    for (unsigned i = 0; i < PLAN_WRITES_MOST; i++) {
        take(&plan, &plan.at[0], LOST);
        reading(OLD);
    }
    assert_next(PLAN_FAILED);
    assert_int_equal(plan_why(&plan, &plan.at[0])->kind, ERR_NETWORK);
    reading(OURS); /* one of them was carried out */
    assert_null(plan_why(&plan, &plan.at[0]));
    first_reading(OLD, true);
    take(&plan, &plan.at[0], UNDONE);
    assert_int_equal(plan_why(&plan, &plan.at[0])->kind, ERR_THROTTLED);
    take(&plan, &plan.at[0], LOST);
    assert_int_equal(plan_why(&plan, &plan.at[0])->kind, ERR_NETWORK);
    take(&plan, &plan.at[0], DONE);
    assert_null(plan_why(&plan, &plan.at[0]));
    take(&plan, &plan.at[0], REFUSED);
    assert_int_equal(plan_why(&plan, &plan.at[0])->kind, ERR_REFUSED);
}

/* A table that was ours without a write of this run, and then is another's: it is looked at again, never fought for. */
static void test_taken_route(void **state)
{
    (void)state;
    start(&plan, true);
    see_well(&plan, (enum view[]){OLD, OURS}, 2);
    take(&plan, &plan.at[0], DONE);
    see_well(&plan, (enum view[]){OURS, FOREIGN}, 2);
    assert_int_equal(plan_next(&plan, &plan.at[1]), PLAN_LOOK);
    assert_false(plan_is_settled(&plan));
}

/* Faults, rows 87 and 153. */
static void test_tally(void **state)
{
    (void)state;
    start(&plan, true);
    see_well(&plan, (enum view[]){OLD, OLD, OURS}, 3);
    take(&plan, &plan.at[0], DONE);
    take(&plan, &plan.at[1], REFUSED);
    see_well(&plan, (enum view[]){OURS, OLD, OURS}, 3);
    struct plan_tally tally = plan_count(&plan);
    assert_int_equal(tally.selected, 3);
    assert_int_equal(tally.here, 2);
    assert_int_equal(tally.written, 1);
    assert_int_equal(tally.failed, 1);
    assert_false(plan_is_done(&tally));
    see_well(&plan, (enum view[]){OURS, MISSING, OURS}, 3);
    assert_string_equal(plan_says_word(plan.at[1].says), "gone");
    assert_int_equal(plan_count(&plan).failed, 1);
    assert_false(plan_is_settled(&plan));
}

/* A named table is not here before a reading has shown it, and must be in the first one; later it may only fail. */
static void test_named(void **state)
{
    (void)state;
    struct table_id id = made_table(table_ids[1]);
    struct err e = {0};
    start(&plan, false);
    plan_name(&plan, &id);
    plan_name(&plan, &id);
    assert_int_equal(plan.count, 1);
    struct plan_tally tally = plan_count(&plan);
    assert_false(plan_is_done(&tally));
    assert_false(plan_is_settled(&plan));
    assert_failed(see(&plan, (enum view[]){OURS, MISSING}, 2, &e), &e, ERR_REFUSED, "rtb-00000002 does not exist");
    assert_false(plan_is_settled(&plan));

    err_clear(&e);
    start(&plan, true);
    plan_name(&plan, &id);
    assert_failed(see(&plan, (enum view[]){OURS, EDGE}, 2, &e), &e, ERR_REFUSED, "rtb-00000002 is a gateway's");

    err_clear(&e);
    start(&plan, true);
    plan.vpc = made_vpc("vpc-00000002");
    plan_name(&plan, &id);
    assert_failed(see(&plan, (enum view[]){MISSING, OLD}, 2, &e), &e, ERR_REFUSED, "rtb-00000002 belongs to vpc-00000001, this host to vpc-00000002");

    err_clear(&e);
    start(&plan, false);
    plan_name(&plan, &id);
    see_well(&plan, (enum view[]){MISSING, NONE}, 2);
    assert_next(PLAN_CREATE);
    see_well(&plan, (enum view[]){MISSING, MISSING}, 2);
    assert_next(PLAN_FAILED);
}

/* Each that was named is looked for; what another plan named is not. */
static void test_several_named(void **state)
{
    (void)state;
    struct table_id one = made_table(table_ids[0]), two = made_table(table_ids[1]);
    struct err e = {0};
    start(&plan, true);
    plan_name(&plan, &one);
    plan_name(&plan, &two);
    assert_failed(see(&plan, (enum view[]){OLD, MISSING}, 2, &e), &e, ERR_REFUSED, "rtb-00000002 does not exist");
    start(&plan, true);
    plan_name(&plan, &one);
    reading(OLD);
    assert_next(PLAN_REPLACE);
}

static struct ec2_tables many;

static void make_many(size_t count, unsigned first)
{
    many.count = count;
    for (size_t i = 0; i < count; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "rtb-%08x", (unsigned)i + first);
        many.at[i] = table_showing(0, OLD);
        many.at[i].id = made_table(id);
    }
}

/* As many as there may be, all written, and seen again; then others beside them, which may not go unsaid. */
static void test_as_many_as_there_may_be(void **state)
{
    (void)state;
    struct err e = {0}, cut = {.kind = ERR_NETWORK};
    memset(cut.text, 'x', sizeof cut.text - 1);
    start(&plan, true);
    make_many(LIMIT_TABLES, 0);
    assert_went_well(plan_see(&plan, &many, &e), &e);
    assert_int_equal(plan_count(&plan).to_write, LIMIT_TABLES);
    for (size_t i = 0; i < plan.count; i++)
        take(&plan, &plan.at[i], DONE);
    plan_lost(&plan, &plan.at[0], &cut);
    assert_went_well(plan_see(&plan, &many, &e), &e);
    assert_int_equal(plan_count(&plan).to_look, LIMIT_TABLES);
    assert_memory_equal(&plan.why[0], &cut, sizeof cut);
    make_many(LIMIT_TABLES, 1);
    assert_failed(plan_see(&plan, &many, &e), &e, ERR_REFUSED, "more than 256 route tables");
    assert_false(plan_is_settled(&plan));
}

/* Whose the tables are, and whether that is here. */
static void test_owner(void **state)
{
    static const struct {
        size_t count;
        enum view views[3];
        bool create_missing;
        const char *owner;
        enum plan_place place;
    } rows[] = {
        {0, {OURS}, true, "nobody", PLAN_PLACE_UNKNOWN},
        {1, {OURS}, true, ENI_OURS, PLAN_PLACE_HERE},
        {1, {OLD}, true, ENI_OLD, PLAN_PLACE_ELSEWHERE},
        {1, {OLD_DEAD}, true, ENI_OLD, PLAN_PLACE_UNKNOWN},
        {1, {NONE}, true, "nobody", PLAN_PLACE_UNKNOWN},
        {1, {NONE}, false, "nobody", PLAN_PLACE_UNKNOWN},
        {1, {PROPAGATED}, true, "vgw-00000001", PLAN_PLACE_UNKNOWN},
        {1, {EDGE}, true, "nobody", PLAN_PLACE_UNKNOWN},
        {2, {OLD, OLD}, true, ENI_OLD, PLAN_PLACE_ELSEWHERE},
        {2, {OLD, OURS}, true, "several targets", PLAN_PLACE_UNKNOWN},
        {2, {OLD, NONE}, true, "several targets", PLAN_PLACE_UNKNOWN},
        {2, {OLD, NONE}, false, ENI_OLD, PLAN_PLACE_ELSEWHERE},
        {3, {EDGE, OURS, OURS}, true, ENI_OURS, PLAN_PLACE_HERE},
        {3, {OURS, OURS, OLD}, true, "several targets", PLAN_PLACE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&plan, rows[i].create_missing);
        see_well(&plan, rows[i].views, rows[i].count);
        assert_string_equal(plan_owner(&plan), rows[i].owner);
        assert_int_equal(plan_place(&plan), rows[i].place);
    }
}

/* Only from those that are named, and from nobody where that is said; what is kept from us counts as a conflict. */
static void test_allowed_owners(void **state)
{
    static const struct plan_owners ours = {.limited = true}, nobody = {.limited = true, .nobody = true},
                                    two = {.limited = true, .count = 2, .at = {{"eni-0eeeeeeeeeeeeeeee"}, {ENI_OLD}, {ENI_FOREIGN}}};
    static const struct {
        const struct plan_owners *allowed;
        enum view view;
        enum plan_next next;
    } rows[] = {
        {&ours, OLD, PLAN_KEEP}, {&ours, OURS_DEAD, PLAN_REPLACE}, {&ours, NONE, PLAN_KEEP}, {&ours, PROPAGATED, PLAN_KEEP},
        {&nobody, OLD, PLAN_KEEP}, {&nobody, NONE, PLAN_CREATE}, {&nobody, PROPAGATED, PLAN_KEEP},
        {&two, OLD, PLAN_REPLACE}, {&two, OLD_DEAD, PLAN_REPLACE}, {&two, FOREIGN, PLAN_KEEP}, {&two, NONE, PLAN_KEEP},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&plan, true);
        plan_allow_owners(&plan, rows[i].allowed);
        reading(rows[i].view);
        assert_next(rows[i].next);
        assert_int_equal(plan_count(&plan).conflicts, rows[i].next == PLAN_KEEP);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_table_says),
        cmocka_unit_test(test_gateway_before_all),
        cmocka_unit_test(test_static_beside_propagated),
        cmocka_unit_test(test_stale_needs_two_good_readings),
        cmocka_unit_test(test_fresh_needs_one),
        cmocka_unit_test(test_unconfirmed_needs_two),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_race_to_create),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_vanished_route),
        cmocka_unit_test(test_taken_route),
        cmocka_unit_test(test_undone),
        cmocka_unit_test(test_put_off),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_tally),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_several_named),
        cmocka_unit_test(test_as_many_as_there_may_be),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_allowed_owners),
        cmocka_unit_test(test_one_table),
        cmocka_unit_test(test_two_tables),
        cmocka_unit_test(test_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
