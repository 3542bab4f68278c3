/*
 * worlds: every small world. Up to three route tables, what each says of one VIP or of two, whether missing routes are created,
 * which aliases are up: from wherever it begins, one acquisition leaves nothing to do, writes each table that it must write
 * once and no other, and does the same whatever the order of the tables, of their pages and of the elements in a reply.
 * What a table comes to is told by `ends` alone. Two VIPs have two tables, in every fifth of these worlds; with WHOLE in the
 * environment three, and none is left out: minutes.
 */
#include "scripted_world.h"
#include "share.h"

#define MOST_TABLES 3
#define WEB "10.9.0.1"
#define DB "10.9.0.2"
#define GATEWAY "vgw-0123456789abcdef0"

static struct scripted s;
static struct app app;
static struct ran ran;

/* What a table says of a VIP at first; of two VIPs only those before VIEWS. */
enum view { HERE, ELSEWHERE, NOWHERE, BLACKHOLE, PROPAGATED, FILTERED, EDGE, VIEWS, HERE_DEAD = VIEWS, ALL_VIEWS };

/* And what is to become of it. */
static const struct {
    const char *says;
    const char *act;
    const char *target; /* at first */
    bool writes;
} ends[] = {
    [HERE] = {"here", "nothing", OUR_ENI, false},
    [ELSEWHERE] = {"elsewhere", "ReplaceRoute", OLD_ENI, true},
    [NOWHERE] = {"nowhere", "CreateRoute", "", true},
    [BLACKHOLE] = {"blackhole", "ReplaceRoute", OLD_ENI, true},
    [PROPAGATED] = {"propagated", "CreateRoute", "", true},
    [FILTERED] = {"blackhole", "ReplaceRoute", OUR_ENI, true},
    [EDGE] = {"edge", "nothing", OLD_ENI, false},
    [HERE_DEAD] = {"blackhole", "ReplaceRoute", OUR_ENI, true},
};

/* At first an alias is not there, or as it is to be, or as a killed run has left it. */
enum up { DOWN, UP, WIDE, UPS };

struct scene {
    unsigned vips;
    unsigned tables;
    bool existing; /* what is missing is not created */
    enum up up[2];
    enum view view[2][MOST_TABLES];
};

/* Of all worlds together. */
struct tally {
    unsigned long worlds;
    unsigned long written;
    unsigned long refused; /* no table is to carry a VIP */
};

static unsigned long power(unsigned long base, unsigned exponent)
{
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

static unsigned digit(unsigned long *number, unsigned base)
{
    unsigned found = (unsigned)(*number % base);
    *number /= base;
    return found;
}

static unsigned long count_scenes(unsigned vips, unsigned tables)
{
    return 2 * (vips == 1 ? UPS * power(ALL_VIEWS, tables) : 4 * power(VIEWS, 2 * tables));
}

/* False where a gateway's table would be one for one of the VIPs alone. */
static bool scene_make(unsigned vips, unsigned tables, unsigned long number, struct scene *scene)
{
    *scene = (struct scene){.vips = vips, .tables = tables, .existing = digit(&number, 2)};
    for (unsigned v = 0; v < vips; v++) {
        scene->up[v] = (enum up)digit(&number, vips == 1 ? UPS : 2);
        for (unsigned t = 0; t < tables; t++)
            scene->view[v][t] = (enum view)digit(&number, vips == 1 ? ALL_VIEWS : VIEWS);
    }
    for (unsigned t = 0; t < tables && vips > 1; t++)
        if ((scene->view[0][t] == EDGE) != (scene->view[1][t] == EDGE))
            return false;
    return true;
}

/* --- The world as it is at first */

static struct region_table *table_at(unsigned v, unsigned t)
{
    return v == 0 ? &s.region.tables[t] : &s.region.others[0].tables[t];
}

static void table_set(struct region_table *t, enum view view)
{
    assert_true(slice_copy(slice_of(ends[view].target), t->target, sizeof t->target));
    t->dead = view == BLACKHOLE || view == HERE_DEAD;
    t->filtered = view == FILTERED;
    t->edge = view == EDGE;
    if (view == PROPAGATED)
        memcpy(t->propagated, GATEWAY, sizeof GATEWAY);
}

/* The same world, listed in the order of that number; each odd one has a page for each table. */
static void scene_set(const struct scene *scene, unsigned order)
{
    scripted_start(&s, scene->tables);
    s.region.order = order;
    s.region.page_size = order % 2;
    s.sections = scene->vips > 1 ? "[web]\nvip = " WEB "\n[db]\nvip = " DB "\n" : NULL;
    if (scene->vips > 1)
        (void)region_add(&s.region, DB "/32");
    for (unsigned v = 0; v < scene->vips; v++) {
        for (unsigned t = 0; t < scene->tables; t++)
            table_set(table_at(v, t), scene->view[v][t]);
        if (scene->up[v] != DOWN)
            host_add(&s, v == 0 ? "eth0:1" : "eth0:2", v == 0 ? WEB : DB, scene->up[v] == WIDE ? 8 : 32);
    }
}

/* --- What must become of it */

static bool is_selected(const struct scene *scene, enum view view)
{
    return view != EDGE && (view != NOWHERE || !scene->existing);
}

static bool is_written(const struct scene *scene, enum view view)
{
    return ends[view].writes && is_selected(scene, view);
}

static unsigned count_selected(const struct scene *scene, unsigned v)
{
    unsigned count = 0;
    for (unsigned t = 0; t < scene->tables; t++)
        count += is_selected(scene, scene->view[v][t]);
    return count;
}

static unsigned count_written(const struct scene *scene, unsigned v)
{
    unsigned count = 0;
    for (unsigned t = 0; t < scene->tables; t++)
        count += is_written(scene, scene->view[v][t]);
    return count;
}

/* How many VIPs have a table that is to carry them. */
static unsigned count_possible(const struct scene *scene)
{
    unsigned count = 0;
    for (unsigned v = 0; v < scene->vips; v++)
        count += count_selected(scene, v) > 0;
    return count;
}

static enum err_kind end_of(const struct scene *scene)
{
    unsigned possible = count_possible(scene);
    return possible == scene->vips ? ERR_OK : possible > 0 ? ERR_PARTIAL : ERR_REFUSED;
}

static void put_scene(const struct scene *scene, unsigned order)
{
    print_error("order %u, --tables %s\n", order, scene->existing ? "existing" : "all");
    for (unsigned v = 0; v < scene->vips; v++) {
        print_error("  VIP %u, alias %s:", v + 1, scene->up[v] == DOWN ? "down" : scene->up[v] == UP ? "up" : "up, /8");
        for (unsigned t = 0; t < scene->tables; t++)
            print_error(" %s%s", ends[scene->view[v][t]].says, scene->view[v][t] == FILTERED ? " (filtered)" : "");
        print_error("\n");
    }
}

static void fail_in(const struct scene *scene, unsigned order, const char *why)
{
    put_scene(scene, order);
    print_error("%s\nthe run: %s: '%s%s'\n%s", why, err_name(ran.e.kind), ran.e.text, ran.result, ran.out);
    print_events(&s);
    fail();
}

static void check(bool holds, const struct scene *scene, const char *why)
{
    if (s.broken[0] || !holds)
        fail_in(scene, s.region.order, s.broken[0] ? s.broken : why);
}

/* Whether the VIP's tables are as they were: not one has been written, nor its alias changed. */
static bool is_untouched(const struct scene *scene, unsigned v)
{
    for (unsigned t = 0; t < scene->tables; t++)
        if (table_at(v, t)->applied > 0 || strcmp(table_at(v, t)->target, ends[scene->view[v][t]].target) != 0)
            return false;
    return count_of(&s, v == 0 ? "alias eth0:1" : "alias eth0:2") == 0;
}

/* Each table is what it is to become, by one write where there was one to do, and the alias is up as it is to be. */
static bool has_come(const struct scene *scene, unsigned v)
{
    static const struct label labels[] = {{"eth0:1"}, {"eth0:2"}};
    const struct ip ip = {4, {10, 9, 0, (uint8_t)(v + 1)}};
    const struct host_address *alias = host_at(&s, &labels[v], ip);
    for (unsigned t = 0; t < scene->tables; t++) {
        const struct region_table *table = table_at(v, t);
        bool written = is_written(scene, scene->view[v][t]);
        const char *target = written ? OUR_ENI : ends[scene->view[v][t]].target;
        if (table->applied != written || strcmp(table->target, target) != 0 || (written && (table->dead || table->filtered)))
            return false;
    }
    return alias && ip_eq(alias->ip, ip) && alias->prefix == 32;
}

/* --- The plan in words */

static void put_plan_of(struct buf *b, const struct scene *scene, unsigned v, bool done)
{
    if (scene->vips > 1)
        buf_putf(b, "%s%s\n", b->len > 0 ? "\n" : "", v == 0 ? "web" : "db");
    if (!done && scene->up[v] != UP)
        buf_putf(b, "eth0:%u  add 10.9.0.%u/32\n", v + 1, v + 1);
    for (unsigned k = 0; k < scene->tables; k++) {
        unsigned t = nth_of(s.region.order, k, scene->tables);
        enum view view = scene->view[v][t];
        bool here = done && is_written(scene, view);
        buf_putf(b, "%s  %s: %s\n", s.region.tables[t].id, ends[here ? HERE : view].says, here || !is_selected(scene, view) ? "nothing" : ends[view].act);
    }
}

static void run(const struct scene *scene, const char *more, const char *value)
{
    const char *const arguments[] = {"acquire", "--tables", scene->existing ? "existing" : "all", scene->vips == 1 ? "--vip" : more,
                                     scene->vips == 1 ? WEB "/32" : value, scene->vips == 1 ? more : NULL, NULL};
    s.effects = s.replies = s.looks = 0;
    run_arguments(&s, &app, arguments, &ran);
}

/* Of two VIPs the end of each stands below it. */
static bool is_shown(const struct scene *scene, struct buf *plan)
{
    const char *text = buf_text(plan);
    return scene->vips == 1 ? strcmp(ran.out, text) == 0 : strncmp(ran.out, text, plan->len) == 0;
}

/* All of it, and that it has done nothing. */
static void check_plan(const struct scene *scene, bool done)
{
    char text[1024];
    struct buf b = BUF_OF(text);
    unsigned left = 0;
    run(scene, "--dry-run", NULL);
    for (unsigned v = 0; v < scene->vips; v++) {
        if (count_selected(scene, v) == 0)
            continue;
        put_plan_of(&b, scene, v, done);
        left += !done && (count_written(scene, v) > 0 || scene->up[v] != UP);
    }
    enum err_kind kind = count_possible(scene) < scene->vips && !(left > 0 && count_selected(scene, 0) > 0) ? ERR_REFUSED : left > 0 ? ERR_DIFFERS : ERR_OK;
    check(is_shown(scene, &b), scene, buf_text(&b));
    check(ran.e.kind == kind, scene, "the plan ends otherwise");
    check(writes_sent(&s) == 0 && count_of(&s, "alias") == 0, scene, "a plan is carried out");
}

/* --- Each world */

static void acquire_all(const struct scene *scene, struct tally *tally)
{
    unsigned written = count_written(scene, 0) + (scene->vips > 1 ? count_written(scene, 1) : 0);
    run(scene, NULL, NULL);
    check(ran.e.kind == end_of(scene), scene, "it ends otherwise");
    check(writes_sent(&s) == written, scene, "it writes more or less than it must");
    for (unsigned v = 0; v < scene->vips; v++)
        check(has_come(scene, v), scene, v == 0 ? "the first VIP has not come" : "the second VIP has not come");
    tally->worlds++;
    tally->written += written;
    tally->refused += end_of(scene) != ERR_OK;
}

/* The plan, and the same again of the same world in another order; carried out once; then there is none left. */
static void try_world(const struct scene *scene, unsigned long number, struct tally *tally)
{
    unsigned order = (unsigned)(number * 2654435761u >> 8) % 5040;
    scene_set(scene, 0);
    check_plan(scene, false);
    s.region.order = order;
    s.region.page_size = order % 2;
    check_plan(scene, false);
    acquire_all(scene, tally);
    check_plan(scene, true);
    if (scene->vips == 1)
        return;
    scene_set(scene, order);
    run(scene, "--section", "web");
    check(count_selected(scene, 0) == 0 || ran.ok, scene, "one of two cannot be had");
    check(has_come(scene, 0), scene, "one of two has not come");
    check(is_untouched(scene, 1), scene, "another destination was touched");
}

static unsigned vips_tried, tables_tried;

static void try_share(unsigned long first, unsigned long step, void *tally)
{
    struct scene scene;
    unsigned long each = vips_tried > 1 && tables_tried > 1 && !is_whole() ? 5 : 1;
    for (unsigned long number = first * each; number < count_scenes(vips_tried, tables_tried); number += step * each)
        if (scene_make(vips_tried, tables_tried, number, &scene))
            try_world(&scene, number, tally);
}

static void test_worlds(unsigned vips, unsigned tables)
{
    size_t count;
    struct tally all = {0};
    vips_tried = vips;
    tables_tried = tables;
    const struct tally *each = share_out(try_share, sizeof *each, &count);
    for (size_t i = 0; i < count; i++) {
        all.worlds += each[i].worlds;
        all.written += each[i].written;
        all.refused += each[i].refused;
    }
    print_message("%u VIP%s, %u tables: %lu worlds, %lu tables written, %lu worlds where a VIP has none\n", vips, vips > 1 ? "s" : "", tables,
                  all.worlds, all.written, all.refused);
    assert_true(all.worlds > 0 && (tables == 0 || all.written > 0) && all.refused < all.worlds + (tables == 0));
}

static void test_one_vip(void **state)
{
    (void)state;
    for (unsigned tables = 0; tables <= MOST_TABLES; tables++)
        test_worlds(1, tables);
}

static void test_two_vips(void **state)
{
    unsigned most = is_whole() ? MOST_TABLES : MOST_TABLES - 1;
    (void)state;
    for (unsigned tables = 0; tables <= most; tables++)
        test_worlds(2, tables);
}

/* Every order there is of the tables and of the elements of each, for a world that has one of everything. */
static void test_every_order(void **state)
{
    static const struct scene scenes[] = {
        {1, 3, false, {DOWN}, {{HERE, ELSEWHERE, NOWHERE}}},
        {1, 3, true, {UP}, {{BLACKHOLE, PROPAGATED, EDGE}}},
        {2, 3, false, {UP, DOWN}, {{FILTERED, HERE, PROPAGATED}, {NOWHERE, BLACKHOLE, ELSEWHERE}}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++)
        for (unsigned order = 0; order < 5040; order += is_whole() ? 1 : 7) {
            scene_set(&scenes[i], order);
            check_plan(&scenes[i], false);
        }
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_one_vip);
    SUITE_TEST(&suite, test_two_vips);
    SUITE_TEST(&suite, test_every_order);
    return suite_run(&suite, "app/worlds");
}
