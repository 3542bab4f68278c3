/*
 * notice: what keepalived and Patroni say, and that of two notices the later one counts, whenever each run comes to know of
 * the other.
 */
#include "made.h"
#include "scripted_world.h"

static struct scripted s;
static struct app app;
static struct ran ran;

#define TELLER "600 (keepalived) S 1 600 600 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 3000 421888 80\n"

/* What the kernel tells of the process that runs, and of the one that has started it. */
static void process(const char *stat)
{
    static struct scripted_file files[2];
    files[0] = (struct scripted_file){"/proc/self/stat", stat};
    files[1] = (struct scripted_file){"/proc/600/stat", TELLER};
    s.files = files;
    s.file_count = 2;
}

#define STAT(pid, started) #pid " (a ) name) R 600 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 " #started " 421888 80 18446744073709551615\n"

#define WORD(started, pid, role) ((uint64_t)(started) << 24 | (uint64_t)(pid) << 2 | (role))

/* A host that has been up for 100 s. */
static void start(const char *stat)
{
    scripted_start(&s, 2);
    s.now_us = 100 * UINT64_C(1000000);
    process(stat);
}

#define NOTIFY(...) RUN(&s, &app, &ran, "notify", "--vip", "10.9.0.1", __VA_ARGS__)

/* --- What is said */

static void test_words(void **state)
{
    static const struct {
        const char *words[LIMIT_WORDS];
        enum verb verb; /* VERB_NOTIFY: it is no notice */
        const char *name;
    } rows[] = {
        {{"INSTANCE", "VI_1", "MASTER", "150"}, VERB_ACQUIRE, "VI_1"},
        {{"GROUP", "VG 1", "MASTER"}, VERB_ACQUIRE, "VG 1"},
        {{"INSTANCE", "VI_1", "MASTER_RX_LOWER_PRI", "150"}, VERB_ACQUIRE, "VI_1"},
        {{"INSTANCE", "VI_1", "MASTER_PRIORITY", "150"}, VERB_ACQUIRE, "VI_1"},
        {{"INSTANCE", "VI_1", "BACKUP", "100"}, VERB_RELEASE, "VI_1"},
        {{"INSTANCE", "VI_1", "FAULT", "0"}, VERB_RELEASE, "VI_1"},
        {{"INSTANCE", "VI_1", "STOP", "100"}, VERB_RELEASE, "VI_1"},
        {{"INSTANCE", "VI_1", "DELETED", "100"}, VERB_RELEASE, "VI_1"},
        {{"INSTANCE", "VI_1", "BACKUP_PRIORITY", "100"}, VERB_RELEASE, "VI_1"},
        {{"on_start", "master", "main"}, VERB_ACQUIRE, "main"},
        {{"on_role_change", "primary", "main"}, VERB_ACQUIRE, "main"},
        {{"on_restart", "promoted", "main"}, VERB_ACQUIRE, "main"},
        {{"on_role_change", "standby_leader", "main"}, VERB_ACQUIRE, "main"},
        {{"on_role_change", "replica", "main"}, VERB_RELEASE, "main"},
        {{"on_role_change", "demoted", "main"}, VERB_RELEASE, "main"},
        {{"on_stop", "master", "main"}, VERB_RELEASE, "main"},
        {{"on_stop", "whatever", "main"}, VERB_RELEASE, "main"},
        {{"again", "main"}, VERB_ACQUIRE, "main"},
        {{"INSTANCE", "VI_1", "master", "150"}, VERB_ACQUIRE, "VI_1"},
        {{"INSTANCE", "VI_1", "Master", "150"}, VERB_NOTIFY, ""},
        {{"INSTANCE", "VI_1", "", "150"}, VERB_NOTIFY, ""},
        {{"INSTANCE", "VI_1"}, VERB_NOTIFY, ""},
        {{"VRRP", "VI_1", "MASTER", "150"}, VERB_NOTIFY, ""},
        {{"on_start", "leader", "main"}, VERB_NOTIFY, ""},
        {{"on_start", "master"}, VERB_NOTIFY, ""},
        {{"on_start", "master", "main", "more"}, VERB_NOTIFY, ""},
        {{"again"}, VERB_NOTIFY, ""},
        {{NULL}, VERB_NOTIFY, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct options o = {.verb = VERB_NOTIFY};
        struct err e = {0};
        while (o.word_count < LIMIT_WORDS && rows[i].words[o.word_count]) {
            o.words[o.word_count] = slice_of(rows[i].words[o.word_count]);
            o.word_count++;
        }
        if (rows[i].verb == VERB_NOTIFY) {
            assert_failed(notice_take(&o, &e), &e, ERR_USAGE, "that is no notice");
            continue;
        }
        assert_went_well(notice_take(&o, &e), &e);
        assert_int_equal(o.verb, rows[i].verb);
        assert_true(slice_is(o.notifier, rows[i].name) && o.wait);
    }
}

/* An interval in the file is that of `follow`: a manager that has it done once more would never see its end. */
static void test_how_often(void **state)
{
    static const struct {
        const char *arguments[6];
        uint32_t every_s;
    } rows[] = {{{"notify", "again", "main"}, 0}, {{"notify", "--every", "7", "again", "main"}, 7}, {{"follow"}, 10}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct options o = {0};
        struct err e = {0};
        int count = 0;
        while (rows[i].arguments[count])
            count++;
        options_start(&o, false);
        assert_went_well(options_take_arguments(&o, count, (char *const *)(uintptr_t)rows[i].arguments, &e), &e);
        assert_went_well(o.verb != VERB_NOTIFY || notice_take(&o, &e), &e);
        assert_went_well(options_take_config(&o, slice_of("every = 10\n"), &e), &e);
        assert_int_equal(o.every_s, rows[i].every_s);
    }
}

/* --- Carried out */

static void test_master_and_backup(void **state)
{
    (void)state;
    start(STAT(700, 9000));
    NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: 2 of 2");
    assert_int_equal(s.shared[0], WORD(9000, 700, NOTICE_HERE));
    assert_int_equal(s.shared[1], WORD(3000, 600, 0));
    process(STAT(701, 9000));
    NOTIFY("INSTANCE", "VI_1", "BACKUP", "150");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 was taken off eth0:1");
    assert_int_equal(s.shared[0], WORD(9000, 701, NOTICE_AWAY));
    assert_int_equal(writes_sent(&s), 2);
}

/* The manager has died in the meantime, and the run has become a child of the first process, which always runs. */
static void test_an_orphan_has_no_manager(void **state)
{
    static const struct scripted_file files[] = {
        {"/proc/self/stat", "700 (mirrorvip) R 1 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 9000 421888 80\n"},
        {"/proc/1/stat", "1 (systemd) S 0 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 2 421888 80\n"}};
    (void)state;
    start("");
    s.files = files;
    s.file_count = COUNT(files);
    NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: 2 of 2");
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "nothing was said by one that still runs");
}

/* What is there when it comes: a process that was started later, or earlier. */
static void test_order(void **state)
{
    static const struct {
        uint64_t there;
        bool counts; /* the notice of this run, process 700, started at tick 9000 */
    } rows[] = {
        {0, true},
        {WORD(8999, 4000000, NOTICE_AWAY), true},
        {WORD(9001, 3, NOTICE_AWAY), false},
        {WORD(9000, 699, NOTICE_AWAY), true},
        {WORD(9000, 701, NOTICE_AWAY), false},
        {WORD(9000, 701, NOTICE_HERE), false},
        /* The processes' numbers have begun again in the meantime. */
        {WORD(9000, 4194303, NOTICE_AWAY), true},
        {WORD(9000, 32767, NOTICE_AWAY), true},
        {WORD(9000, 17085, NOTICE_AWAY), true}, /* one more than are started in a tick */
        {WORD(9000, 17084, NOTICE_AWAY), false},
        /* Of before the host booted: no process is started in time to come. */
        {WORD(10001, 701, NOTICE_AWAY), true},
        {WORD(10000, 701, NOTICE_AWAY), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(STAT(700, 9000));
        s.shared[0] = rows[i].there;
        NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
        if (rows[i].counts)
            assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here");
        else
            assert_ended(&s, &ran, ERR_NOTPRIMARY, "a later notice has come");
        assert_int_equal(s.shared[0], rows[i].counts ? WORD(9000, 700, NOTICE_HERE) : rows[i].there);
        assert_int_equal(writes_sent(&s), rows[i].counts ? 2 : 0);
        assert_int_equal(count_of(&s, "alias"), rows[i].counts ? 1 : 0);
    }
}

/* The processes' numbers began again between the two. */
static void test_the_numbers_begin_again(void **state)
{
    (void)state;
    start(STAT(4194000, 9000));
    s.shared[0] = WORD(9000, 300, NOTICE_AWAY);
    NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "a later notice has come");
    assert_int_equal(writes_sent(&s), 0);
}

/* A later notice comes at effect number `later_at`, whatever this run is doing. */
static unsigned later_at;

static void say_later(struct scripted *w, unsigned n, enum effect effect)
{
    (void)effect;
    if (n == later_at)
        w->shared[0] = WORD(9001, 3, NOTICE_AWAY);
}

/* A later notice while the guard is asked once more: what it says does not count any more, and no write follows. */
static void say_later_at_second_guard(struct scripted *w, unsigned n, enum effect effect)
{
    (void)n;
    if (effect == GUARD && count_of(w, "guard") == 2)
        w->shared[0] = WORD(9001, 3, NOTICE_AWAY);
}

static void test_later_while_the_guard_is_asked(void **state)
{
    (void)state;
    start(STAT(700, 9000));
    s.before = say_later_at_second_guard;
    add_reply_fault(&s, "ReplaceRoute rtb-00000002", 1, UINT32_MAX, THROTTLED);
    NOTIFY("--guard", "/bin/true", "INSTANCE", "VI_1", "MASTER", "150");
    assert_false(ran.ok);
    assert_int_equal(count_of(&s, "guard"), 2);
    for (unsigned n = find_effect(&s, "guard", 2); n <= s.effects; n++)
        assert_int_not_equal(s.events[n].effect, WRITE);
}

/* The effect that was the first write of a run. */
static unsigned write_at;

static void note_first_write(struct scripted *w, unsigned n, enum effect effect)
{
    (void)effect;
    if (write_at == 0 && writes_sent(w) > 0)
        write_at = n - 1;
}

/* Swept over all that a run does: nothing is written after it but what is on its way already, and the run ends. */
static void test_a_later_notice_comes_at_any_time(void **state)
{
    (void)state;
    start(STAT(700, 9000));
    s.before = note_first_write;
    NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
    unsigned all = s.effects;
    assert_true(write_at > 5 && write_at < all);
    for (later_at = 1; later_at <= all; later_at++) {
        start(STAT(700, 9000));
        s.before = say_later;
        NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
        assert_false(s.broken[0]);
        assert_int_equal(s.shared[0], WORD(9001, 3, NOTICE_AWAY));
        assert_int_equal(writes_sent(&s), later_at < write_at ? 0 : 2);
        assert_true(later_at < write_at ? ran.e.kind == ERR_NOTPRIMARY : ran.e.kind == ERR_OK || ran.e.kind == ERR_UNVERIFIED);
    }
}

static void test_while_it_waits_for_the_lock(void **state)
{
    (void)state;
    start(STAT(700, 9000));
    s.before = say_later;
    later_at = 3; /* the lock; before it is the kernel's word on two processes */
    host_add(&s, "eth0:1", "10.9.0.1", 32);
    NOTIFY("INSTANCE", "VI_1", "BACKUP", "150");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "a later notice has come");
    assert_int_equal(count_of(&s, "remove"), 0);
}

/* The order is then that of the lock. */
static void test_without_a_place_or_a_kernel_that_tells(void **state)
{
    (void)state;
    start(STAT(700, 9000));
    s.nothing_shared = true;
    NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here");
    static const char *const unknown[] = {"", "700", "700 (x", "x (y) R 1", "700 (x) R 1 1 1\n", "700 (x) R x 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 9000 1", STAT(4194304, 9000)};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        start(unknown[i]);
        s.shared[0] = WORD(9999, 3, NOTICE_AWAY);
        NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
        assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here");
        assert_int_equal(s.shared[0], WORD(9999, 3, NOTICE_AWAY));
    }
}

/* Another run enters its own between this one's look and its entry: of the two the later one stays. */
static uint64_t rivals;

static uint64_t now_us_with_a_rival(void *host)
{
    struct scripted *w = host;
    if (rivals != 0)
        w->shared[0] = rivals;
    rivals = 0;
    return scripted_now_us(host);
}

static void test_two_enter_at_once(void **state)
{
    static const struct {
        uint64_t rivals;
        bool counts;
    } rows[] = {{WORD(8999, 699, NOTICE_AWAY), true}, {WORD(9001, 3, NOTICE_AWAY), false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e = {0};
        start(STAT(700, 9000));
        NOTIFY("INSTANCE", "VI_1", "MASTER", "150");
        s.shared[0] = s.shared[1] = 0;
        rivals = rows[i].rivals;
        app.world.now_us = now_us_with_a_rival;
        assert_int_equal(notice_begin(&app, &e), rows[i].counts);
        assert_int_equal(e.kind, rows[i].counts ? ERR_OK : ERR_NOTPRIMARY);
        assert_int_equal(s.shared[0], rows[i].counts ? WORD(9000, 700, NOTICE_HERE) : rows[i].rivals);
        assert_int_equal(s.shared[1], rows[i].counts ? WORD(3000, 600, 0) : 0);
    }
}

/* --- Again */

static void test_again(void **state)
{
    (void)state;
    start("");
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "nothing was said");
    s.shared[0] = WORD(9000, 700, NOTICE_HERE);
    s.shared[1] = WORD(3000, 600, 0);
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 is here: 2 of 2");
    s.shared[0] = WORD(9000, 701, NOTICE_AWAY);
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_OK, "10.9.0.1 was taken off eth0:1");
    s.nothing_shared = true;
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "nothing was said");
    assert_false(s.shared_made); /* one who may be another user than the manager would keep that one from them */
}

/* A manager that has died may have been followed by another on the other host, and its number be somebody else's. */
static void test_again_of_one_that_has_died(void **state)
{
    static const uint64_t tellers[] = {0, WORD(3001, 600, 0), WORD(3000, 601, 0)};
    (void)state;
    for (size_t i = 0; i < COUNT(tellers); i++) {
        start("");
        s.shared[0] = WORD(9000, 700, NOTICE_HERE);
        s.shared[1] = tellers[i];
        NOTIFY("again", "VI_1");
        assert_ended(&s, &ran, ERR_NOTPRIMARY, "nothing was said by one that still runs");
        assert_int_equal(writes_sent(&s), 0);
    }
    /* Dead, but nobody has noticed it yet. */
    static const struct scripted_file dead = {"/proc/600/stat", "600 (keepalived) Z 1 600 600 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 3000 0 0\n"};
    s.files = &dead;
    s.file_count = 1;
    s.shared[1] = WORD(3000, 600, 0);
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "nothing was said by one that still runs");
}

static void test_again_gives_way(void **state)
{
    (void)state;
    start("");
    s.shared[0] = WORD(9000, 700, NOTICE_HERE);
    s.shared[1] = WORD(3000, 600, 0);
    s.before = say_later;
    later_at = 2;
    NOTIFY("again", "VI_1");
    assert_ended(&s, &ran, ERR_NOTPRIMARY, "a later notice has come");
    assert_int_equal(writes_sent(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_how_often),
        cmocka_unit_test(test_master_and_backup),
        cmocka_unit_test(test_an_orphan_has_no_manager),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_the_numbers_begin_again),
        cmocka_unit_test(test_later_while_the_guard_is_asked),
        cmocka_unit_test(test_a_later_notice_comes_at_any_time),
        cmocka_unit_test(test_while_it_waits_for_the_lock),
        cmocka_unit_test(test_two_enter_at_once),
        cmocka_unit_test(test_without_a_place_or_a_kernel_that_tells),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_again_of_one_that_has_died),
        cmocka_unit_test(test_again_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
