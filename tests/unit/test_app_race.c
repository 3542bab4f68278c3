/*
 * race: two hosts acquire one VIP at once, or one acquires what the other gives back, or follows. The binary's own objects of
 * core and app run twice, side by side, against one region, and at each effect that the other host could notice a scheduler
 * says whose is next and what becomes of it: every such order up to the bounds below, then some beyond them at random. With
 * WHOLE in the environment the bounds lie further out, and those at random are over a million: minutes. Faults, rows 41, 90,
 * 134, 135.
 *
 * A run is a coroutine that stops before each reading, each write and the guard; all else goes well and takes its time
 * on the host's own clock. A request is signed when its host stops: to be stopped there is to be stopped after the
 * signature. A late write is one whose host has given it up, or has died, and that is carried out at any time afterwards.
 * The guard asks the one oracle that knows which host is primary; at first that is A. Signatures are not modelled. A release
 * without --route, as a cluster's stop is, does nothing that the other host could notice, so there is no race of it.
 */
#include "scripted_region.h"
#include "share.h"

#include "app/run.h"
#include "aws/sigv4.h"

#include <ucontext.h>

#define SECOND UINT64_C(1000000)
#define EXCHANGE_US UINT64_C(2000)
#define PAUSE_US (60 * SECOND)
#define MOST_TABLES 3
#define MOST_VERSIONS 64
#define MOST_STEPS 400
#define MOST_LATE 16

enum { A, B, HOSTS, OTHER = HOSTS, NOBODY, OWNERS };

/* What a host runs; a release has the time for another attempt. */
enum runs { ACQUIRES, RELEASES, FOLLOWS, RUNS };
#define COMMON "--vip", "10.9.0.1", "--region", "eu-central-1", "--deadline"
static const char *const command_lines[RUNS][9] = {
    [ACQUIRES] = {"acquire", COMMON, "2"}, [RELEASES] = {"release", "--route", COMMON, "6"}, [FOLLOWS] = {"follow", COMMON, "2"}};

static const char *const enis[] = {"eni-0aaaaaaaaaaaaaaaa", "eni-0bbbbbbbbbbbbbbbb", OLD_ENI, ""};

#define EFFECTS(X) X(READ, "reads") X(GUARD, "asks its guard") X(WRITE, "writes") X(ARRIVAL, "has a late write arrive:") X(ROLE, "becomes primary")
enum effect {
#define X(effect, word) effect,
    EFFECTS(X)
#undef X
};

#define WAYS(X)                                  \
    X(WELL, "")                                  \
    X(STALE, "an old picture")                   \
    X(UNSENT, "not sent")                        \
    X(LOST_BEFORE, "answer lost, not carried out") \
    X(LOST_AFTER, "answer lost, carried out")    \
    X(LATE, "answer lost, on its way")           \
    X(THROTTLED, "throttled")                    \
    X(HANGS, "no answer in time, on its way")    \
    X(PAUSED, "after a pause of a minute")       \
    X(KILLED, "never: it is killed")
enum way {
#define X(way, word) way,
    WAYS(X)
#undef X
};

/* What may go wrong with each; all go well. */
static const struct {
    size_t count;
    enum way at[8];
} faults[] = {
    [READ] = {4, {STALE, LOST_BEFORE, PAUSED, KILLED}},
    [GUARD] = {2, {PAUSED, KILLED}},
    [WRITE] = {8, {UNSENT, LOST_BEFORE, LOST_AFTER, LATE, THROTTLED, HANGS, PAUSED, KILLED}},
};

/* What a run has done to, and seen of, one table. */
struct side {
    enum { NEVER, CONFIRMED, UNKNOWN, REFUSED } written;
    bool may_be_done; /* one of them was confirmed, or its answer was lost */
    bool looked;      /* since it was sent */
    int first;        /* the owner that the first reading showed; OWNERS: none has yet */
    int shown;        /* by the latest */
    int shown_before; /* by the one before */
    unsigned version; /* the same */
    bool taken;       /* a reading showed an owner that came during the run */
    bool deleted;     /* it was said that there is no route */
};

struct host {
    struct app app;
    ucontext_t context;
    char stack[256 * 1024];
    int name;
    enum runs runs;
    bool alias;
    enum { WAITS, ENDED, DEAD } state;
    /* What it waits before, and what is to become of it. */
    enum effect effect;
    unsigned table;
    enum way way;
    uint64_t now_us;
    unsigned yes_at; /* the step at which the guard let it write; 0: never */
    bool said_no;
    struct side sides[MOST_TABLES];
    bool ok;
    struct err e;
    char text[LIMIT_ERR_TEXT];
};

/* One state of a table's route. */
struct version {
    int owner;
    int by;          /* the host whose write made it; OWNERS: it was so at first */
    unsigned yes_at; /* what let that write pass */
    unsigned at;     /* the step */
};

struct late {
    int host;
    unsigned table;
    unsigned yes_at;
    size_t len;
    char body[WRITE_BODY_MAX];
};

struct step {
    uint8_t who;
    uint8_t effect;
    uint8_t table;
    uint8_t way;
};

static struct race {
    /* The scene. */
    size_t tables;
    enum runs runs[HOSTS];
    bool guarded;
    bool random;
    unsigned faults_left;
    uint64_t seed;
    /* The world. */
    struct scripted_region region;
    struct version versions[MOST_TABLES][MOST_VERSIONS];
    unsigned count[MOST_TABLES];
    int primary;
    bool handed_over;
    size_t late_count;
    struct late late[MOST_LATE];
    size_t steps;
    struct step trace[MOST_STEPS];
    char broken[160];
} race;

static struct host hosts[HOSTS];
static ucontext_t scheduler;

/* What all races together have come to. */
struct tally {
    unsigned long races;
    unsigned long ends[ERR_BUG + 1];
    unsigned long lost_to_late;     /* the last that the guard let write said OK, and has not all */
    unsigned long lost_to_deletion; /* who acquires said OK, and a table has no route */
    unsigned long two_aliases;      /* who acquires said OK, and the other, who follows, has ended with its alias up */
};
static struct tally *tally;

/* The shortest of those in which nothing goes wrong: a write that comes late, and a deletion. */
static struct shortest {
    size_t steps;
    struct step trace[MOST_STEPS];
} late_write, late_deletion;

__attribute__((format(printf, 1, 2))) static void broken(const char *format, ...)
{
    va_list args;
    if (race.broken[0])
        return;
    va_start(args, format);
    (void)vsnprintf(race.broken, sizeof race.broken, format, args);
    va_end(args);
}

static void put_trace(const struct step *trace, size_t steps)
{
    static const char *const words[] = {
#define X(id, word) word,
        EFFECTS(X)
    };
    static const char *const ways[] = {
        WAYS(X)
#undef X
    };
    for (size_t i = 0; i < steps; i++) {
        const struct step *s = &trace[i];
        print_message("  %2zu %c %s", i + 1, 'A' + s->who, words[s->effect]);
        if (s->effect == WRITE || s->effect == ARRIVAL)
            print_message(" table %u", s->table + 1u);
        print_message("%s%s\n", s->way == WELL ? "" : ": ", ways[s->way]);
    }
}

/* --- Choices: by a path that is gone through in order, or by chance */

#define MOST_CHOICES 400
static struct {
    size_t length, at;
    struct {
        unsigned count, picked;
    } choices[MOST_CHOICES];
} path;

static uint32_t chance(void)
{
    race.seed = race.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(race.seed >> 32);
}

static unsigned choose(size_t count)
{
    if (count == 1)
        return 0;
    if (race.random)
        return (unsigned)((uint64_t)chance() * count >> 32);
    if (path.at == path.length) {
        assert_true(path.length < MOST_CHOICES);
        path.choices[path.length].count = (unsigned)count;
        path.choices[path.length++].picked = 0;
    }
    assert_int_equal(path.choices[path.at].count, count);
    return path.choices[path.at++].picked;
}

static bool path_next(void)
{
    while (path.length > 0 && ++path.choices[path.length - 1].picked == path.choices[path.length - 1].count)
        path.length--;
    path.at = 0;
    return path.length > 0;
}

static enum way choose_way(enum effect effect)
{
    if (race.random ? chance() >> 29 != 0 : race.faults_left == 0)
        return WELL;
    unsigned picked = choose(faults[effect].count + 1);
    if (picked == 0)
        return WELL;
    race.faults_left -= !race.random;
    return faults[effect].at[picked - 1];
}

/* --- The region */

static const struct version *latest(unsigned table)
{
    return &race.versions[table][race.count[table] - 1];
}

static int owner_of(const char *eni)
{
    int owner = 0;
    while (strcmp(enis[owner], eni) != 0)
        owner++;
    return owner;
}

static void version_add(unsigned table, int by, unsigned yes_at)
{
    assert_true(race.count[table] < MOST_VERSIONS);
    race.versions[table][race.count[table]++] =
        (struct version){owner_of(race.region.tables[table].target), by, yes_at, (unsigned)race.steps};
}

/* Carries a write out. What becomes of it may be a refusal. */
static void carry_out(const struct late *write, struct buf *reply)
{
    struct slice body = slice_make(write->body, write->len);
    unsigned before = race.region.tables[write->table].applied;
    region_write(&race.region, &(struct request){body, body}, reply);
    if (race.region.tables[write->table].applied == before)
        return;
    version_add(write->table, write->host, write->yes_at);
    if (latest(write->table)->owner == NOBODY && race.runs[write->host] != RELEASES)
        broken("table %u has lost its route", write->table + 1);
}

/* What is shown of each table: the latest, or the one before, or by chance any. */
static void show(struct host *h, bool stale, struct request *q, struct buf *reply)
{
    for (unsigned i = 0; i < race.tables; i++) {
        struct side *side = &h->sides[i];
        side->version = race.count[i] - 1;
        if (stale && side->version > 0)
            side->version = race.random ? choose(race.count[i]) : side->version - 1;
        side->shown_before = side->shown;
        side->shown = race.versions[i][side->version].owner;
        side->first = side->first == OWNERS ? side->shown : side->first;
        side->taken |= side->shown != side->first && side->shown != h->name && side->shown != NOBODY;
        side->looked = true;
        race.region.tables[i].stale = 1;
        memcpy(race.region.tables[i].before, enis[side->shown], strlen(enis[side->shown]) + 1);
    }
    region_list(&race.region, q, reply);
}

/* --- A host's world. What the other cannot notice goes well. */

static uint64_t now_us(void *host)
{
    return ((struct host *)host)->now_us++;
}

static int64_t utc_s(void *host)
{
    (void)host;
    return race.region.utc_s;
}

/* In the middle, so that pauses have the length that they have on average. */
static uint32_t random_bits(void *host)
{
    (void)host;
    return race.random ? chance() : UINT32_MAX / 2;
}

static void wait_until(void *host, uint64_t until_us, bool interruptible)
{
    struct host *h = host;
    (void)interruptible;
    h->now_us = until_us > h->now_us ? until_us : h->now_us;
}

static bool interrupted(void *host)
{
    (void)host;
    return false;
}

/* The other may go on from here. */
static enum way stop_before(struct host *h, enum effect effect, unsigned table)
{
    h->effect = effect;
    h->table = table;
    (void)swapcontext(&h->context, &scheduler);
    h->now_us += h->way == PAUSED ? PAUSE_US : EXCHANGE_US;
    return h->way;
}

static void ended(struct exchange *x, enum exchange_end end, enum err_kind kind, const char *why)
{
    x->end = end;
    err_clear(&x->err);
    if (kind != ERR_OK)
        (void)err_set(&x->err, kind, "%s", why);
}

static void deliver(struct exchange *x, const struct buf *reply)
{
    struct err e = {0};
    enum exchange_take taken = x->take(x, buf_slice(reply), &e);
    if (taken != EXCHANGE_DONE)
        broken("a good reply is not understood: %s", e.text);
    ended(x, EXCHANGE_WHOLE, ERR_OK, NULL);
}

/* Nothing is deleted but what two readings in a row have shown to be its own, and has not deleted yet. */
static void check_deletion(const struct host *h, unsigned table)
{
    const struct side *side = &h->sides[table];
    if (side->shown != h->name || side->shown_before != h->name)
        broken("%c deletes table %u, which it has not seen to be its own twice", 'A' + h->name, table + 1);
    if (h->now_us >= h->app.write_deadline_us)
        broken("%c deletes after its last moment", 'A' + h->name);
    if (side->deleted)
        broken("%c deletes table %u a second time", 'A' + h->name, table + 1);
    if (side->written == UNKNOWN && !side->looked)
        broken("%c deletes table %u again without a look", 'A' + h->name, table + 1);
}

/* What no write may be, whatever has gone before. */
static void check_write(const struct host *h, unsigned table)
{
    const struct side *side = &h->sides[table];
    if (h->now_us >= h->app.write_deadline_us)
        broken("%c writes after its last moment", 'A' + h->name);
    if (h->said_no || (race.guarded && h->yes_at == 0))
        broken("%c writes, and no guard has let it", 'A' + h->name);
    if (side->written == CONFIRMED)
        broken("%c writes table %u a second time", 'A' + h->name, table + 1);
    if (side->written == UNKNOWN && !side->looked)
        broken("%c writes table %u again without a look", 'A' + h->name, table + 1);
    if (side->taken && side->written != NEVER)
        broken("%c fights for table %u", 'A' + h->name, table + 1);
}

static void host_writes(struct host *h, struct exchange *x, const struct request *q, enum way way)
{
    static char text[4096];
    struct buf reply = BUF_OF(text);
    struct side *side = &h->sides[h->table];
    struct late write = {h->name, h->table, h->yes_at, q->body.len, ""};
    memcpy(write.body, q->body.at, q->body.len);
    if (h->runs == FOLLOWS)
        broken("%c follows, and writes", 'A' + h->name);
    else if (h->runs == RELEASES)
        check_deletion(h, h->table);
    else
        check_write(h, h->table);
    side->looked = false;
    if ((way == LATE || way == HANGS) && race.late_count < MOST_LATE)
        race.late[race.late_count++] = write;
    if (way == THROTTLED)
        put_error(&reply, &race.region, 503, "RequestLimitExceeded", "Request limit exceeded.");
    if (way == WELL || way == PAUSED || way == LOST_AFTER)
        carry_out(&write, &reply);
    bool answered = way == WELL || way == PAUSED || way == THROTTLED;
    bool done = strstr(buf_text(&reply), "<return>true") != NULL;
    side->written = !answered ? UNKNOWN : done ? CONFIRMED : REFUSED;
    side->may_be_done |= !answered || done;
    side->deleted |= answered && way != THROTTLED && race.region.tables[h->table].target[0] == '\0';
    if (answered)
        deliver(x, &reply);
    else
        ended(x, EXCHANGE_LOST, way == HANGS ? ERR_DEADLINE : ERR_NETWORK, "no answer");
}

static void host_reads(struct host *h, struct exchange *x, struct request *q, enum way way)
{
    static char text[LIMIT_TABLES * 64];
    struct buf reply = BUF_OF(text);
    if (way == LOST_BEFORE) {
        ended(x, EXCHANGE_LOST, ERR_NETWORK, "no answer");
        return;
    }
    show(h, way == STALE, q, &reply);
    deliver(x, &reply);
}

static unsigned table_of(const struct request *q)
{
    char id[64];
    struct region_table *t = region_find(&race.region, form_field(q, "RouteTableId", id, sizeof id));
    return t ? (unsigned)(t - race.region.tables) : 0;
}

static void ask_api(struct host *h, struct exchange *x, struct request *q, uint64_t deadline_us)
{
    bool reads = slice_starts(q->body, "Action=DescribeRouteTables");
    enum way way = stop_before(h, reads ? READ : WRITE, table_of(q));
    if (h->now_us >= deadline_us)
        ended(x, EXCHANGE_UNSENT, ERR_DEADLINE, "no time");
    else if (way == UNSENT)
        ended(x, EXCHANGE_UNSENT, ERR_NETWORK, "no connection");
    else if (reads)
        host_reads(h, x, q, way);
    else
        host_writes(h, x, q, way);
    if (way == HANGS && deadline_us > h->now_us)
        h->now_us = deadline_us;
}

static void ask_metadata(struct host *h, struct exchange *x, const struct request *q)
{
    char text[2048];
    struct buf reply = BUF_OF(text);
    race.region.odd_body = enis[h->name];
    metadata_answer(&race.region, q, &reply);
    deliver(x, &reply);
}

static void exchange(void *host, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us, bool interruptible)
{
    (void)interruptible;
    for (size_t i = 0; i < count; i++) {
        char text[2048];
        struct buf bytes = BUF_OF(text);
        struct err e = {0};
        if (!set[i]->put(set[i], &bytes, &e))
            broken("a request that cannot be made: %s", e.text);
        struct request q = request_of(buf_slice(&bytes));
        if (origin->tls)
            ask_api(host, set[i], &q, deadline_us);
        else
            ask_metadata(host, set[i], &q);
    }
}

/* In place of the signature. The link takes this one, and leaves the program's. */
void sigv4_put_post(struct buf *b, const struct origin *to, struct sigv4_scope scope, const struct credentials *credentials, int64_t at_s,
                    struct slice body)
{
    (void)to, (void)scope, (void)credentials, (void)at_s;
    buf_puts(b, "POST / HTTP/1.1\r\n\r\n");
    buf_put(b, body);
}

void sigv4_put_unsigned_post(struct buf *b, const struct origin *to, struct slice body)
{
    (void)b, (void)to, (void)body;
    fail_msg("a request that nobody signs");
}

static void expect(void *host, const struct origin *origin, size_t count)
{
    (void)host;
    (void)origin;
    (void)count;
}

static bool resolve(void *host, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e)
{
    (void)host, (void)origin, (void)deadline_us, (void)e;
    *unresolved = false;
    return true;
}

/* None: the host is believed. */
static void asset_tag(void *host, struct buf *tag)
{
    (void)host;
    (void)tag;
}

static const struct world_spent *spent(void *host)
{
    static const struct world_spent none;
    (void)host;
    return &none;
}

static bool addresses(void *host, bool ipv6, struct host_addresses *out, struct err *e)
{
    const struct host *h = host;
    (void)ipv6, (void)e;
    out->count = h->alias ? 2 : 1;
    out->at[0] = (struct host_address){.label = {"eth0"}, .ip = {4, {10, 109, 1, 10}}, .prefix = 24};
    out->at[1] = (struct host_address){.label = {"eth0:1"}, .ip = {4, {10, 9, 0, 1}}, .prefix = 32};
    return true;
}

/* Every table, by its last two readings: this host's, or others'. */
static bool all_shown(const struct host *h, bool here)
{
    bool all = true;
    for (size_t i = 0; i < race.tables; i++) {
        const struct side *side = &h->sides[i];
        all &= side->shown < NOBODY && side->shown_before < NOBODY && (side->shown == h->name) == here && (side->shown_before == h->name) == here;
    }
    return all;
}

static bool alias_set(void *host, const struct label *label, struct ip ip, uint8_t prefix, struct err *e)
{
    struct host *h = host;
    (void)label, (void)ip, (void)prefix, (void)e;
    if (h->runs != ACQUIRES && !all_shown(h, true))
        broken("%c puts the alias up, and has not seen twice that the VIP is there", 'A' + h->name);
    h->alias = true;
    return true;
}

static bool alias_remove(void *host, const struct label *label, struct ip ip, struct err *e)
{
    struct host *h = host;
    (void)label, (void)ip, (void)e;
    if (h->runs == FOLLOWS && !all_shown(h, false))
        broken("%c takes the alias down, and has not seen twice that the VIP is elsewhere", 'A' + h->name);
    h->alias = false;
    return true;
}

static bool interface(void *host, const struct label *name, struct host_interface *out, struct err *e)
{
    (void)host, (void)name, (void)e;
    *out = (struct host_interface){mac_make((const uint8_t[]){2, 0, 0, 0, 0, 10}), true, true};
    return true;
}

static bool lock(void *host, uint64_t until_us, bool waits, const char **none, struct err *e)
{
    (void)host, (void)until_us, (void)waits, (void)e;
    *none = NULL;
    return true;
}

static bool lock_watch(void *host, uint64_t *idle_us, const char **none, struct err *e)
{
    (void)host, (void)e;
    *idle_us = UINT64_MAX;
    *none = NULL;
    return true;
}

static bool lock_claim(void *host, struct err *e)
{
    (void)host, (void)e;
    return true;
}

static bool guard(void *host, uint64_t deadline_us, bool interruptible, int *said, struct err *e)
{
    struct host *h = host;
    *said = 0;
    (void)interruptible;
    if (!race.guarded)
        return true;
    (void)stop_before(h, GUARD, 0);
    h->said_no = race.primary != h->name || h->now_us >= deadline_us;
    if (!h->said_no)
        h->yes_at = (unsigned)race.steps;
    return !h->said_no || err_set(e, ERR_NOTPRIMARY, "the guard said no");
}

static const char *seal(void *host, bool changes_alias)
{
    (void)host, (void)changes_alias;
    return NULL;
}

/* --- A race */

static void run(int name)
{
    struct host *h = &hosts[name];
    struct buf result = BUF_OF(h->text);
    h->ok = run_verb(&h->app, &result, &h->e);
    h->state = ENDED;
}

/* Made once: the texts of the command line are taken in the same way each time. */
static const struct options *options_once(enum runs runs)
{
    static struct options made[RUNS];
    struct options *o = &made[runs];
    struct err e = {0};
    int count = 0;
    if (o->chain.has_keys)
        return o;
    while (count < (int)COUNT(command_lines[runs]) && command_lines[runs][count])
        count++;
    options_start(o, false);
    assert_true(options_take_arguments(o, count, (char *const *)(uintptr_t)command_lines[runs], &e));
    o->chain.has_keys = credentials_make(S("AKIDEXAMPLE"), S(SECRET_KEY), S(""), &o->chain.keys, &e);
    assert_true(o->chain.has_keys);
    return o;
}

/* Of the megabytes of an app only what a run of so few tables looks at before it has set it. */
static void app_forget(struct app *a)
{
    struct vip *v = &a->vips[0];
    memset(a, 0, offsetof(struct app, vips));
    memset(v, 0, offsetof(struct vip, tables));
    v->tables.count = 0;
    memset(&v->plan, 0, offsetof(struct plan, at));
    a->timeline.count = 0;
}

static void host_start(int name)
{
    struct host *h = &hosts[name];
    app_forget(&h->app);
    h->runs = race.runs[name];
    h->app.options = *options_once(h->runs);
    h->app.world = (struct world){h, now_us, utc_s, random_bits, wait_until, interrupted, expect, exchange, resolve, spent, addresses, interface,
                                  .asset_tag = asset_tag, .alias_set = alias_set, .alias_remove = alias_remove, .lock = lock,
                                  .lock_watch = lock_watch, .lock_claim = lock_claim, .guard = guard, .seal = seal};
    h->name = name;
    h->state = WAITS;
    h->now_us = SECOND;
    h->yes_at = 0;
    h->said_no = false;
    h->ok = false;
    err_clear(&h->e);
    for (size_t i = 0; i < race.tables; i++)
        h->sides[i] = (struct side){.first = OWNERS, .shown = OWNERS, .shown_before = OWNERS};
    (void)getcontext(&h->context);
    h->context.uc_stack.ss_sp = h->stack;
    h->context.uc_stack.ss_size = sizeof h->stack;
    h->context.uc_link = &scheduler;
    makecontext(&h->context, (void (*)(void))run, 1, name);
    (void)swapcontext(&scheduler, &h->context); /* to before its first reading */
}

static void race_start(const int *owners)
{
    race.region.count = race.tables;
    race.primary = A;
    race.handed_over = false;
    race.late_count = race.steps = 0;
    race.broken[0] = '\0';
    for (unsigned i = 0; i < race.tables; i++) {
        memcpy(race.region.tables[i].target, enis[owners[i]], strlen(enis[owners[i]]) + 1);
        race.count[i] = 0;
        version_add(i, OWNERS, 0);
    }
    for (int name = A; name < HOSTS; name++) {
        hosts[name].alias = true;
        host_start(name);
    }
}

static void note(int who, enum effect effect, unsigned table, enum way way)
{
    if (race.steps == MOST_STEPS)
        fail_msg("the race has no end");
    race.trace[race.steps++] = (struct step){(uint8_t)who, (uint8_t)effect, (uint8_t)table, (uint8_t)way};
}

static void host_goes_on(struct host *h)
{
    h->way = choose_way(h->effect);
    note(h->name, h->effect, h->table, h->way);
    if (h->way == KILLED)
        h->state = DEAD;
    else
        (void)swapcontext(&scheduler, &h->context);
}

static void hand_over(void)
{
    race.primary = race.primary == A ? B : A;
    race.handed_over = true;
    note(race.primary, ROLE, 0, WELL);
}

static void arrive(size_t number)
{
    char text[4096];
    struct buf reply = BUF_OF(text);
    struct late write = race.late[number];
    race.late[number] = race.late[--race.late_count];
    note(write.host, ARRIVAL, write.table, WELL);
    carry_out(&write, &reply);
}

/* Until both have ended; then what is still on its way arrives, or never does. */
static void race_run(void)
{
    for (;;) {
        struct host *waiting[HOSTS];
        size_t count = 0;
        for (int name = A; name < HOSTS; name++)
            if (hosts[name].state == WAITS)
                waiting[count++] = &hosts[name];
        bool may_hand_over = race.guarded && count > 0 && (race.random ? chance() >> 30 == 0 : !race.handed_over);
        size_t actors = count + race.late_count + (may_hand_over || count == 0);
        unsigned picked = choose(actors);
        if (picked < count)
            host_goes_on(waiting[picked]);
        else if (picked < count + race.late_count)
            arrive(picked - count);
        else if (count == 0)
            return;
        else
            hand_over();
    }
}

/* --- What must be so at its end */

static bool says_it_wrote(enum err_kind kind)
{
    return kind == ERR_OK || kind == ERR_PARTIAL || kind == ERR_UNVERIFIED || kind == ERR_CONFLICT;
}

static bool has_written(int name)
{
    for (unsigned i = 0; i < race.tables; i++)
        for (unsigned v = 1; v < race.count[i]; v++)
            if (race.versions[i][v].by == name)
                return true;
    return false;
}

static bool may_have_written(const struct host *h)
{
    for (size_t i = 0; i < race.tables; i++)
        if (h->sides[i].may_be_done)
            return true;
    return false;
}

/* Whoever gives back has nothing left: what it has seen last is not its own, or is deleted. */
static void check_release(const struct host *h)
{
    if (h->alias)
        broken("%c has ended with its alias up", 'A' + h->name);
    for (unsigned i = 0; h->ok && i < race.tables; i++)
        if (h->sides[i].shown == h->name && !h->sides[i].deleted)
            broken("%c says OK, and has left table %u", 'A' + h->name, i + 1);
}

/* And whoever follows has its alias where the tables have shown the VIP. */
static void check_follow(const struct host *h)
{
    for (unsigned i = 0; h->ok && i < race.tables; i++)
        if ((h->sides[i].shown == h->name) != h->alias)
            broken("%c says OK, and its alias is not as table %u says", 'A' + h->name, i + 1);
}

/* What a run says is what it has seen. */
static void check_acquire(const struct host *h)
{
    bool all = true, any_foreign = false;
    for (size_t i = 0; i < race.tables; i++) {
        const struct side *side = &h->sides[i];
        all &= side->shown == h->name && (side->written == NEVER || side->looked);
        any_foreign |= side->shown != h->name && side->shown < NOBODY && side->shown == side->shown_before;
    }
    if (h->ok && !all)
        broken("%c says OK, and its last reading does not", 'A' + h->name);
    if (h->e.kind == ERR_CONFLICT && !any_foreign)
        broken("%c says CONFLICT, and has not seen another owner twice", 'A' + h->name);
    if (!says_it_wrote(h->e.kind) && has_written(h->name))
        broken("%c says %s, but has written", 'A' + h->name, err_name(h->e.kind));
    bool stopped = h->e.kind == ERR_NOTPRIMARY || (may_have_written(h) && (h->e.kind == ERR_PARTIAL || h->e.kind == ERR_UNVERIFIED));
    if (h->said_no ? !stopped : h->e.kind == ERR_NOTPRIMARY)
        broken("%c says %s, and its guard something else", 'A' + h->name, err_name(h->e.kind));
}

static void check_end(const struct host *h)
{
    static void (*const checks[RUNS])(const struct host *h) = {check_acquire, check_release, check_follow};
    if (h->ok != (h->e.kind == ERR_OK) || h->e.kind == ERR_BUG)
        broken("%c has no proper end: %s", 'A' + h->name, h->e.text);
    checks[h->runs](h);
    tally->ends[h->e.kind]++;
}

/* The one that its guard let write last; NULL: neither. */
static const struct host *last_let(void)
{
    const struct host *last = hosts[A].yes_at > hosts[B].yes_at ? &hosts[A] : &hosts[B];
    return last->yes_at > 0 ? last : NULL;
}

static void keep_shortest(struct shortest *shortest)
{
    for (size_t i = 0; i < race.steps; i++)
        if (race.trace[i].way != WELL)
            return;
    if (shortest->steps > 0 && shortest->steps <= race.steps)
        return;
    shortest->steps = race.steps;
    memcpy(shortest->trace, race.trace, race.steps * sizeof *race.trace);
}

/*
 * The last that was let write owns what it says it owns. What no run can prevent without a compare-and-swap: a write that
 * the guard had let pass before, and that comes after the picture that the last reading showed.
 */
static void check_owner(void)
{
    const struct host *last = last_let();
    bool lost = false;
    for (unsigned i = 0; last && last->ok && i < race.tables; i++) {
        const struct version *now = latest(i);
        if (now->owner == last->name)
            continue;
        lost = true;
        if (now->by == OWNERS || now->by == last->name || race.count[i] - 1 <= last->sides[i].version)
            broken("table %u is not %c's, who said OK, and nobody took it", i + 1, 'A' + last->name);
        else if (now->yes_at == 0 || now->yes_at >= last->yes_at)
            broken("table %u was taken from %c by a write that no guard had let pass before", i + 1, 'A' + last->name);
    }
    tally->lost_to_late += lost;
    if (lost)
        keep_shortest(&late_write);
}

/*
 * A table has no route after the OK of who acquires only by a deletion that comes after its last reading; that this was
 * decided by what the table said before is check_deletion's. The other never has it then: it gives back.
 */
static void check_owner_beside_release(const struct host *h)
{
    bool lost = false;
    for (unsigned i = 0; h->ok && i < race.tables; i++) {
        const struct version *now = latest(i);
        if (now->owner == h->name)
            continue;
        lost = true;
        if (now->owner != NOBODY || now->by == h->name || race.count[i] - 1 <= h->sides[i].version)
            broken("table %u is not %c's, who said OK, and was not deleted after that", i + 1, 'A' + h->name);
    }
    tally->lost_to_deletion += lost;
    if (lost)
        keep_shortest(&late_deletion);
}

/* Its next round, which nobody disturbs, has the alias where the tables, if they agree, send the VIP: whatever this one was shown. */
static void check_next_round(struct host *h, const struct host *acquirer)
{
    size_t here = 0, elsewhere = 0;
    tally->two_aliases += acquirer->ok && h->state == ENDED && h->alias;
    host_start(h->name);
    for (h->way = WELL; h->state == WAITS;)
        (void)swapcontext(&scheduler, &h->context);
    for (unsigned i = 0; i < race.tables; i++) {
        here += latest(i)->owner == h->name;
        elsewhere += latest(i)->owner != h->name && latest(i)->owner != NOBODY;
    }
    if ((here == race.tables && !h->alias) || (elsewhere == race.tables && h->alias))
        broken("%c's next round leaves the alias %s", 'A' + h->name, h->alias ? "up" : "down");
}

/* A acquires; what B does there decides what must have become of it. */
static void check_outcome(void)
{
    if (race.runs[B] == RELEASES)
        check_owner_beside_release(&hosts[A]);
    else if (race.runs[B] == FOLLOWS)
        check_next_round(&hosts[B], &hosts[A]);
    else if (race.guarded)
        check_owner();
}

static void race_once(const int *owners)
{
    race_start(owners);
    race_run();
    for (int name = A; name < HOSTS; name++)
        if (hosts[name].state == ENDED)
            check_end(&hosts[name]);
    check_outcome();
    tally->races++;
    if (!race.broken[0])
        return;
    print_message("%s\nof %zu tables, at first %s's:\n", race.broken, race.tables, enis[owners[0]]);
    put_trace(race.trace, race.steps);
    for (int name = A; name < HOSTS; name++)
        print_message("  %c: %s %s\n", 'A' + name, hosts[name].state == ENDED ? err_name(hosts[name].e.kind) : "dead", hosts[name].e.text);
    fail();
}

/* --- Every order within bounds */

struct bounds {
    const char *name;
    size_t tables;
    bool guarded;
    unsigned faults;
    int owners[MOST_TABLES];
    enum runs b; /* A acquires */
};

static const struct bounds bounds[] = {
    {"another's table, guarded, one fault", 1, true, 1, {OTHER}, ACQUIRES},
    {"A's table, guarded, one fault", 1, true, 1, {A}, ACQUIRES},
    {"a table without a route, guarded, one fault", 1, true, 1, {NOBODY}, ACQUIRES},
    {"another's table, one fault", 1, false, 1, {OTHER}, ACQUIRES},
    {"A's table, one fault", 1, false, 1, {A}, ACQUIRES},
    {"a table without a route, one fault", 1, false, 1, {NOBODY}, ACQUIRES},
    {"two tables of another, guarded, no fault", 2, true, 0, {OTHER, OTHER}, ACQUIRES},
    {"two tables, one without a route, guarded, no fault", 2, true, 0, {NOBODY, OTHER}, ACQUIRES},
    {"two tables, no fault", 2, false, 0, {A, OTHER}, ACQUIRES},
    {"B's table, which B gives back, one fault", 1, false, 1, {B}, RELEASES},
    {"B's table, which B gives back, guarded, no fault", 1, true, 0, {B}, RELEASES},
    {"two tables of B's, who gives back, no fault", 2, false, 0, {B, B}, RELEASES},
    {"B's table, which B follows, one fault", 1, false, 1, {B}, FOLLOWS},
    {"another's table, which B follows, one fault", 1, false, 1, {OTHER}, FOLLOWS},
    {"two tables of B's, who follows, no fault", 2, false, 0, {B, B}, FOLLOWS},
};

static const struct bounds further[] = {
    {"A's table, guarded, two faults", 1, true, 2, {A}, ACQUIRES},
    {"two tables of B's, who gives back, one fault", 2, false, 1, {B, B}, RELEASES},
    {"B's table, which B follows, two faults", 1, false, 2, {B}, FOLLOWS},
};

static void scene_set(size_t tables, enum runs b, bool guarded, bool random)
{
    region_start(&race.region, tables);
    race.region.knows_all_enis = true;
    race.region.odd_path = INTERFACES "interface-id";
    race.region.odd_status = 200;
    race.region.bare = true;
    race.tables = tables;
    race.runs[A] = ACQUIRES;
    race.runs[B] = b;
    race.guarded = guarded;
    race.random = random;
}

static void put_tally(const char *name)
{
    print_message("%s: %lu races;", name, tally->races);
    for (size_t kind = 0; kind <= ERR_BUG; kind++)
        if (tally->ends[kind] > 0)
            print_message(" %s %lu", err_name((enum err_kind)kind), tally->ends[kind]);
    print_message("; the last let write lost what it had to a write let before: %lu; to a deletion: %lu; two aliases: %lu\n", tally->lost_to_late,
                  tally->lost_to_deletion, tally->two_aliases);
}

static void test_every_order(void **state)
{
    const struct bounds *b = *state;
    static struct tally here;
    here = (struct tally){0};
    tally = &here;
    path.length = path.at = 0;
    scene_set(b->tables, b->b, b->guarded, false);
    do {
        race.faults_left = b->faults;
        race_once(b->owners);
    } while (path_next());
    put_tally(b->name);
    assert_true(here.ends[ERR_OK] > 0);
}

/* --- At random */

/* What B does in all of them, and what is sure to be said by one of the two at least once. */
static const struct at_random {
    const char *name;
    enum runs b;
    unsigned long whole;
    unsigned long part;
    enum err_kind said[8];
} at_random[] = {
    {"at random", ACQUIRES, 1000000, 5000,
     {ERR_OK, ERR_NOTPRIMARY, ERR_NETWORK, ERR_THROTTLED, ERR_PARTIAL, ERR_UNVERIFIED, ERR_CONFLICT, ERR_DEADLINE}},
    {"at random, B gives back", RELEASES, 100000, 2000, {ERR_OK, ERR_NETWORK, ERR_UNVERIFIED, ERR_DEADLINE}},
    {"at random, B follows", FOLLOWS, 100000, 2000, {ERR_OK, ERR_NETWORK, ERR_DIFFERS, ERR_DEADLINE}},
};
static const struct at_random *walked;

static unsigned long count_at_random(void)
{
    return is_whole() ? walked->whole : walked->part;
}

static void walk(unsigned long first, unsigned long step, void *share)
{
    tally = share;
    for (unsigned long i = first; i < count_at_random(); i += step) {
        int owners[MOST_TABLES];
        race.seed = i * UINT64_C(0x9E3779B97F4A7C15);
        scene_set(1 + chance() % MOST_TABLES, walked->b, chance() >> 30 != 0, true);
        for (size_t t = 0; t < race.tables; t++)
            owners[t] = (int)(chance() % OWNERS);
        race_once(owners);
    }
}

static void test_random_orders(void **state)
{
    size_t count;
    struct tally all = {0};
    walked = *state;
    const struct tally *each = share_out(walk, sizeof *each, &count);
    for (size_t i = 0; i < count; i++) {
        all.races += each[i].races;
        all.lost_to_late += each[i].lost_to_late;
        all.lost_to_deletion += each[i].lost_to_deletion;
        all.two_aliases += each[i].two_aliases;
        for (size_t kind = 0; kind <= ERR_BUG; kind++)
            all.ends[kind] += each[i].ends[kind];
    }
    tally = &all;
    put_tally(walked->name);
    assert_true(all.races == count_at_random());
    for (size_t i = 0; i < COUNT(walked->said); i++)
        assert_true(all.ends[walked->said[i]] > 0);
}

/*
 * Without a fault at all: A was let write, and does so after B has read back and said OK; or B deletes what it has seen twice
 * to be its own, after A has written, read back and said OK. README, "What it cannot do".
 */
static void test_what_is_not_guaranteed(void **state)
{
    static const struct step write[] = {
        {A, READ, 0, WELL}, {A, GUARD, 0, WELL}, {B, READ, 0, WELL},  {B, ROLE, 0, WELL},  {B, GUARD, 0, WELL},
        {B, WRITE, 0, WELL}, {B, READ, 0, WELL}, {A, WRITE, 0, WELL}, {A, READ, 0, WELL},
    };
    static const struct step deletion[] = {
        {A, READ, 0, WELL}, {B, READ, 0, WELL}, {B, READ, 0, WELL}, {A, WRITE, 0, WELL}, {A, READ, 0, WELL}, {B, WRITE, 0, WELL},
    };
    (void)state;
    print_message("What is not guaranteed, at the shortest, of two that acquire:\n");
    put_trace(late_write.trace, late_write.steps);
    print_message("and where B gives back:\n");
    put_trace(late_deletion.trace, late_deletion.steps);
    assert_int_equal(late_write.steps, COUNT(write));
    assert_memory_equal(late_write.trace, write, sizeof write);
    assert_int_equal(late_deletion.steps, COUNT(deletion));
    assert_memory_equal(late_deletion.trace, deletion, sizeof deletion);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_every_order, bounds);
    if (is_whole())
        SUITE_ROWS(&suite, test_every_order, further);
    SUITE_TEST(&suite, test_what_is_not_guaranteed);
    SUITE_ROWS(&suite, test_random_orders, at_random);
    return suite_run(&suite, "app/race");
}
