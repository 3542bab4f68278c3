/*
 * damage: each reply that an acquisition gets ends at each of its bytes, and has each of its bytes altered. Whatever the
 * program makes of it: OK only if all is here, silence on routes only if none was written, and the next run ends well.
 * With WHOLE in the environment; else one byte of each STRIDE. Faults, row 142.
 */
#include "scripted_world.h"

#define STRIDE 16

static struct scripted s;
static struct app app;
static struct ran ran;

/* What becomes of a byte. */
static const struct row {
    const char *name;
    bool ends;          /* it and all after it do not come */
    unsigned char keep; /* these bits of it stay, */
    unsigned char flip; /* and these are turned */
} rows[] = {
    {"the reply ends", true, 0, 0},         {"its lowest bit", false, 0xff, 0x01}, {"the case of a letter", false, 0xff, 0x20},
    {"its highest bit", false, 0xff, 0x80}, {"NUL", false, 0, 0},                  {"a tag begins", false, 0, '<'},
    {"CR", false, 0, '\r'},
};

/* The byte in question: of which reply, and how long that is. */
static const struct row *row;
static unsigned nth;
static size_t at;
static size_t length;

static void damage(struct scripted *world, struct buf *reply)
{
    if (world->replies != nth)
        return;
    length = reply->len;
    if (at >= length)
        return;
    if (row->ends)
        reply->len = at;
    else
        reply->at[at] = (char)((reply->at[at] & row->keep) ^ row->flip);
}

static void run(void)
{
    RUN(&s, &app, &ran, "acquire", "--vip", "10.9.0.1");
}

static void fail_here(const char *why)
{
    print_error("reply %u, byte %zu, %s: %s\nthe run: %s: '%s%s'\n", nth, at, row->name, why, err_name(ran.e.kind), ran.e.text, ran.result);
    print_events(&s);
    fail();
}

static bool has_written(void)
{
    for (size_t i = 0; i < s.region.count; i++)
        if (s.region.tables[i].applied > 0)
            return true;
    return false;
}

static bool may_have_written(enum err_kind kind)
{
    return kind == ERR_OK || kind == ERR_PARTIAL || kind == ERR_UNVERIFIED || kind == ERR_CONFLICT;
}

static void check(void)
{
    run();
    if (s.broken[0])
        fail_here(s.broken);
    if (ran.ok && !region_is_ours(&s.region))
        fail_here("OK, but not all tables are ours");
    if (has_written() && !may_have_written(ran.e.kind))
        fail_here("it says nothing of what it has written");
    if (ran.ok)
        return;
    scripted_heal(&s);
    run();
    if (s.broken[0] || !ran.ok || !region_is_ours(&s.region))
        fail_here("the second run did not bring all here");
}

static void test_each_byte(void **state)
{
    row = *state;
    scripted_start(&s, 1);
    run();
    assert_ended(&s, &ran, ERR_OK, "is here");
    unsigned replies = s.replies;
    for (nth = 1; nth <= replies; nth++)
        for (at = is_whole() ? 0 : nth % STRIDE, length = at + 1; at < length; at += is_whole() ? 1 : STRIDE) {
            scripted_start(&s, 1);
            s.seed = (uint32_t)(nth * 7919 + at);
            s.damage = damage;
            check();
        }
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_each_byte, rows);
    return suite_run(&suite, "app/damage");
}
