#include "app/front/notice.h"

#include <string.h>

/* A word from its low end: 2 bits of role, 22 of a process's id, and when it was started in the kernel's ticks. */
#define ROLE(word) ((enum notice_role)((word) & 3))
#define PROCESS(word) ((int64_t)((word) >> 2 & 0x3FFFFF))
#define STARTED(word) ((word) >> 24)

#define TICK_US 10000     /* USER_HZ is 100 on all that this runs on */
#define FIRST_PROCESS 1   /* it tells nothing itself: whose parent it is has lost the one that did */
#define FEW_PROCESSES 16384 /* that are started in a tick at most: a larger step is that from the last id to the first */

/* The states of keepalived.conf(5), and Patroni's roles ("primary" since its version 4). */
static const char here[] = "MASTER MASTER_PRIORITY MASTER_RX_LOWER_PRI master primary promoted standby_leader";
static const char away[] = "BACKUP BACKUP_PRIORITY FAULT STOP DELETED replica demoted uninitialized";

static bool is_among(const char *words, struct slice word)
{
    for (struct slice rest = slice_of(words); rest.len > 0;)
        if (slice_eq(slice_cut(&rest, ' '), word))
            return true;
    return false;
}

static enum notice_role role_of(struct slice word)
{
    return is_among(here, word) ? NOTICE_HERE : is_among(away, word) ? NOTICE_AWAY : NOTICE_NONE;
}

static enum notice_role understand(const struct options *o, struct slice *name)
{
    const struct slice *word = o->words;
    bool by_keepalived = o->word_count >= 3 && (slice_is(word[0], "INSTANCE") || slice_is(word[0], "GROUP"));
    bool by_patroni = o->word_count == 3 && slice_starts(word[0], "on_");
    *name = word[by_patroni ? 2 : 1];
    if (by_keepalived)
        return role_of(word[2]);
    if (by_patroni)
        return slice_is(word[0], "on_stop") ? NOTICE_AWAY : role_of(word[1]);
    return o->word_count == 2 && slice_is(word[0], "again") ? NOTICE_AGAIN : NOTICE_NONE;
}

bool notice_take(struct options *o, struct err *e)
{
    o->notice = understand(o, &o->notifier);
    o->verb = o->notice == NOTICE_AWAY ? VERB_RELEASE : VERB_ACQUIRE;
    o->wait = true;
    /* How often is the command line's to say, so that a manager that calls it once has it end. */
    o->set |= UINT64_C(1) << OPTION_EVERY;
    return o->notice != NOTICE_NONE ||
           err_set(e, ERR_USAGE, "that is no notice; give INSTANCE|GROUP NAME STATE PRIORITY as keepalived does, "
                                 "on_... ROLE CLUSTER as Patroni does, or again NAME");
}

/* FNV-1a: a name for a name, whatever bytes that has. */
static uint32_t hash_of(struct slice name)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.at[i]) * UINT32_C(16777619);
    return hash;
}

/* The fields of proc(5)'s stat, of which the second may hold anything: 1, 4 and 22. One that is dead, but not yet buried, is none. */
static bool stat_decode(struct slice text, uint64_t *process, uint64_t *parent, uint64_t *started)
{
    const char *end = memrchr(text.at, ')', text.len);
    if (!end || !slice_u64(slice_cut(&text, ' '), PROCESS(UINT64_MAX), process))
        return false;
    struct slice field = {0}, rest = slice_make(end, (size_t)(text.at + text.len - end));
    for (int number = 2; number <= 22; number++) {
        field = slice_cut(&rest, ' ');
        if (number == 3 && slice_is(field, "Z"))
            return false;
        if (number == 4 && !slice_u64(field, PROCESS(UINT64_MAX), parent))
            return false;
    }
    return slice_u64(field, UINT64_MAX >> 24, started);
}

/* Which process that is: a word without a role. 0 when there is none, or the kernel does not tell. */
static uint64_t word_of(const struct app *a, const char *whose, uint64_t *parent)
{
    const struct world *w = &a->world;
    char bytes[1024], name[40];
    struct buf text = BUF_OF(bytes), path = BUF_OF(name);
    struct err ignored = {0};
    uint64_t process, started;
    buf_putf(&path, "/proc/%s/stat", whose);
    if (!w->read_file(w->host, buf_text(&path), &text, &ignored) || !stat_decode(buf_slice(&text), &process, parent, &started))
        return 0;
    return started << 24 | process << 2;
}

static uint64_t word_of_number(const struct app *a, uint64_t process)
{
    char text[24];
    struct buf number = BUF_OF(text);
    buf_putf(&number, "%llu", (unsigned long long)process);
    return word_of(a, buf_text(&number), &process);
}

static bool is_later(uint64_t word, uint64_t than)
{
    int64_t step = PROCESS(word) - PROCESS(than);
    if (STARTED(word) != STARTED(than))
        return STARTED(word) > STARTED(than);
    return step < -FEW_PROCESSES || (step > 0 && step <= FEW_PROCESSES);
}

/* One that is of a time to come is of before the host booted. */
static bool is_of_this_boot(const struct app *a, uint64_t word)
{
    return STARTED(word) <= app_now_us(a) / TICK_US;
}

static bool take_again(struct app *a, struct err *e)
{
    _Atomic uint64_t *latest = a->notice.latest;
    uint64_t teller = latest ? atomic_load(&latest[1]) : 0;
    a->notice.own = latest ? atomic_load(latest) : 0;
    if (teller == 0 || word_of_number(a, (uint64_t)PROCESS(teller)) != teller)
        return err_set(e, ERR_NOTPRIMARY, "nothing was said by one that still runs; it is carried out when it is");
    a->options.verb = ROLE(a->notice.own) == NOTICE_AWAY ? VERB_RELEASE : VERB_ACQUIRE;
    return true;
}

static void enter(struct app *a, uint64_t teller)
{
    struct notice *n = &a->notice;
    uint64_t latest = atomic_load(n->latest);
    while (!(is_of_this_boot(a, latest) && is_later(latest, n->own)))
        if (atomic_compare_exchange_weak(n->latest, &latest, n->own)) {
            atomic_store(&n->latest[1], teller);
            return;
        }
}

bool notice_begin(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    char name[24];
    struct buf b = BUF_OF(name);
    uint64_t teller = 0;
    if (a->options.notice == NOTICE_NONE)
        return true;
    buf_putf(&b, "notice-%08x", (unsigned)hash_of(a->options.notifier));
    a->notice.latest = w->shared(w->host, buf_text(&b), a->options.notice != NOTICE_AGAIN);
    if (a->options.notice == NOTICE_AGAIN)
        return take_again(a, e);
    a->notice.own = word_of(a, "self", &teller);
    if (a->notice.own != 0)
        a->notice.own |= a->options.notice;
    if (a->notice.latest && a->notice.own != 0)
        enter(a, teller == FIRST_PROCESS ? 0 : word_of_number(a, teller));
    return notice_holds(a, e);
}

bool notice_holds(const struct app *a, struct err *e)
{
    const struct notice *n = &a->notice;
    return !n->latest || n->own == 0 || atomic_load(n->latest) == n->own ||
           err_set(e, ERR_NOTPRIMARY, "a later notice has come; its own run carries it out");
}
