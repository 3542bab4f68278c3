/*
 * scripted_world: a host in front of a scripted region, behind `struct world`, with a clock that moves only when the
 * program does something. Every effect has a number, counted from 1, and can be made to go wrong in each plausible way.
 *
 * An exchange is carried out for real: the program's `put` gives bytes, the region answers them, and the reply goes
 * through the program's `take` in pieces of random size, each in a block of its own.
 * What no run may do, whatever goes wrong, is noted in `broken` as it happens.
 */
#ifndef UNIT_SCRIPTED_WORLD_H
#define UNIT_SCRIPTED_WORLD_H

#include "scripted_region.h"

#include "app/app.h"
#include "app/front/notice.h"
#include "app/front/ocf.h"
#include "app/run.h"
#include "app/show/show.h"

#define SECOND UINT64_C(1000000)
#define PAUSE_US (60 * SECOND)
#define EXCHANGE_US UINT64_C(2000)
/* Far more than any run needs: one that comes here turns in circles. */
#define MOST_EFFECTS 6000
#define MOST_LOOKS 400000

enum effect { READ_FILE, LOCK, ADDRESSES, INTERFACE, ALIAS_SET, ALIAS_REMOVE, RESOLVE, SEAL, GUARD, WAIT, METADATA, READ, DRY_RUN, WRITE, UNKNOWN };

/* What becomes of an effect. */
enum way {
    WELL,
    UNSENT, /* an exchange: no byte leaves; any other effect: it fails */
    LOST,   /* the connection ends without a byte of the reply */
    CUT,    /* it ends in the middle of the reply */
    HANGS,  /* nothing comes back until the deadline */
    SAYS,   /* this comes back instead of the reply */
    RAW,    /* the same, not in HTTP */
    STOPS,  /* the process is stopped for a minute, just before */
    SIGNAL_BEFORE,
    SIGNAL_SENT, /* after the request has left */
};

struct outcome {
    const char *name;
    enum way way;
    bool applied; /* the request was carried out all the same */
    enum err_kind kind;
    unsigned status;
    const char *type;
    const char *body;
};

#define XML "text/xml;charset=UTF-8"
#define ERROR_BODY(code, message) "<Response><Errors><Error><Code>" code "</Code><Message>" message "</Message></Error></Errors></Response>"

/* name, way, applied, then what the way needs */
#define OUTCOMES(X)                                                                                                          \
    X(GOES_WELL, "well", WELL, true, ERR_OK, 0, NULL, NULL)                                                                  \
    X(NO_CONNECTION, "unsent, NETWORK", UNSENT, false, ERR_NETWORK, 0, NULL, NULL)                                           \
    X(NO_PASSAGE, "unsent for good, NETWORK", UNSENT, false, ERR_NETWORK, 0, NULL, NULL)                                     \
    X(NO_TLS, "unsent, TLS", UNSENT, false, ERR_TLS, 0, NULL, NULL)                                                          \
    X(LOST_BEFORE, "lost, not carried out", LOST, false, ERR_NETWORK, 0, NULL, NULL)                                         \
    X(LOST_AFTER, "lost, carried out", LOST, true, ERR_NETWORK, 0, NULL, NULL)                                               \
    X(CUT_SHORT, "cut in the middle", CUT, true, ERR_NETWORK, 0, NULL, NULL)                                                 \
    X(HANGS_BEFORE, "hangs, not carried out", HANGS, false, ERR_DEADLINE, 0, NULL, NULL)                                     \
    X(HANGS_AFTER, "hangs, carried out", HANGS, true, ERR_DEADLINE, 0, NULL, NULL)                                           \
    X(FAILS_500, "500, not carried out", SAYS, false, ERR_OK, 500, XML, ERROR_BODY("InternalError", "An internal error"))    \
    X(FAILS_500_AFTER, "500, carried out", SAYS, true, ERR_OK, 500, XML, ERROR_BODY("InternalError", "An internal error"))   \
    X(UNAVAILABLE, "503 Unavailable", SAYS, false, ERR_OK, 503, XML, ERROR_BODY("Unavailable", "The service is unavailable")) \
    X(THROTTLED, "503 throttled", SAYS, false, ERR_OK, 503, XML, ERROR_BODY("RequestLimitExceeded", "Request limit exceeded.")) \
    X(FORBIDDEN, "403", SAYS, false, ERR_OK, 403, XML, ERROR_BODY("UnauthorizedOperation", "You are not authorized."))       \
    X(BAD_TOKEN, "400 ExpiredToken", SAYS, false, ERR_OK, 400, XML, ERROR_BODY("ExpiredToken", "The token is expired"))      \
    X(NO_SUCH_ENI, "400", SAYS, false, ERR_OK, 400, XML, ERROR_BODY("InvalidNetworkInterfaceID.NotFound", "No such interface")) \
    X(STALE_401, "401", SAYS, false, ERR_OK, 401, "text/html", "<html>Unauthorized</html>")                                  \
    X(MOVED, "302", SAYS, false, ERR_OK, 302, "text/html", "<html>Moved</html>")                                             \
    X(PORTAL, "200 HTML", SAYS, false, ERR_OK, 200, "text/html", "<html><body>Please log in</body></html>")                  \
    X(EMPTY_200, "200 empty", SAYS, false, ERR_OK, 200, XML, "")                                                             \
    X(BAD_XML, "200 bad XML", SAYS, true, ERR_OK, 200, XML, "<ReplaceRouteResponse><return>true</retu")                      \
    X(OTHER_XML, "200 other XML", SAYS, false, ERR_OK, 200, XML, "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>")   \
    X(SAYS_FALSE, "200 return false", SAYS, false, ERR_OK, 200, XML, "<ReplaceRouteResponse><return>false</return></ReplaceRouteResponse>") \
    X(GARBAGE, "garbage", RAW, true, ERR_OK, 0, NULL, "\x16\x03\x01 what is this?\r\n\r\n")                                  \
    X(NO_LENGTH, "a reply without length", RAW, true, ERR_OK, 0, NULL, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a/>") \
    X(STOPPED, "stopped for a minute", STOPS, true, ERR_OK, 0, NULL, NULL)                                                   \
    X(SIGNALLED, "a signal before", SIGNAL_BEFORE, true, ERR_OK, 0, NULL, NULL)                                              \
    X(SIGNALLED_BEFORE, "a signal, sent, not carried out", SIGNAL_SENT, false, ERR_OK, 0, NULL, NULL)                        \
    X(SIGNALLED_AFTER, "a signal, sent, carried out", SIGNAL_SENT, true, ERR_OK, 0, NULL, NULL)

enum outcome_name {
#define X(id, ...) id,
    OUTCOMES(X)
#undef X
    OUTCOME_COUNT
};

static const struct outcome outcomes[] = {
#define X(id, name, way, applied, kind, status, type, body) {name, way, applied, kind, status, type, body},
    OUTCOMES(X)
#undef X
};

/* A file of the host's. */
struct scripted_file {
    const char *path;
    const char *text;
};

/* Effects number `from` to `to` go so. */
struct fault {
    unsigned from;
    unsigned to;
    enum outcome_name goes;
};

/* Of the exchanges that were sent and whose text begins so, those from the `from`th to the `to`th go so. */
struct reply_fault {
    const char *beginning;
    unsigned from;
    unsigned to;
    enum outcome_name goes;
};

struct event {
    enum effect effect;
    enum outcome_name goes;
    uint64_t at_us;
    char text[192];
};

struct scripted {
    struct scripted_region region;
    struct app *app;
    const char *sections; /* the text of the configuration; NULL: there is none */
    /* The host. */
    uint64_t now_us;
    int64_t clock_error_s; /* this host's clock less AWS's */
    unsigned clock_reads;  /* of the host's time of day */
    bool interrupted;
    struct host_addresses addresses;
    struct host_interface interface;
    const char *asset_tag; /* NULL: none */
    struct host_rights rights;
    struct host_file config;
    struct host_file guard_program;
    struct host_path path;
    struct ip asked_own; /* the latest path that was asked about */
    struct ip asked_client;
    bool unresolved; /* no name server tells the API's name */
    bool untrusted;  /* where no TLS comes about, a bundle would help */
    const struct scripted_file *files;
    size_t file_count;
    const char *const *environment; /* NULL: none; ends with NULL */
    uint64_t locked_until_us; /* another run's end */
    bool locked_meanwhile; /* by another run, since the lock was looked at */
    uint64_t idle_us;      /* since another run on this host has ended; 0: there was none */
    const char *no_lock; /* why this host has none */
    _Atomic uint64_t shared[2]; /* the words that runs share, whatever their name */
    bool nothing_shared;     /* there is no place for it */
    bool shared_made;        /* they were to be made where they are not */
    bool guard_says_no;
    uint64_t guard_us;
    bool may_delete;
    struct world_spent spent;
    uint32_t seed;
    /* What goes wrong; `before` may do anything before effect number `n`. */
    size_t fault_count;
    struct fault faults[4];
    size_t reply_fault_count;
    struct reply_fault reply_faults[4];
    void (*before)(struct scripted *s, unsigned n, enum effect effect);
    void (*damage)(struct scripted *s, struct buf *reply); /* reply number `replies`, before it goes out */
    /* What happened. */
    unsigned effects;
    unsigned replies;
    unsigned closings; /* replies after which the connection was to end */
    unsigned looks; /* at the clock or the interruption flag */
    char expected_host[256]; /* the latest origin that exchanges were announced for, */
    size_t expected;         /* so many, */
    unsigned expected_after; /* after that effect */
    uint64_t paused_until_us;
    bool said_no;
    bool wrote;  /* or tried to */
    bool locked; /* only then an address is changed, */
    bool sealed; /* and not any more then */
    char broken[200];
    struct event events[MOST_EFFECTS + 1]; /* as many as there were effects */
};

__attribute__((format(printf, 2, 3))) static inline void broken(struct scripted *s, const char *format, ...)
{
    va_list args;
    if (s->broken[0])
        return;
    va_start(args, format);
    (void)vsnprintf(s->broken, sizeof s->broken, format, args);
    va_end(args);
}

static inline uint32_t next_random(struct scripted *s)
{
    s->seed = s->seed * 1664525 + 1013904223;
    return s->seed;
}

/* --- Time and signals */

/* Each look takes a microsecond, so that no loop stands still. */
static inline uint64_t look(struct scripted *s)
{
    if (++s->looks > MOST_LOOKS)
        fail_msg("the run looks at the clock for ever");
    return s->now_us++;
}

static inline uint64_t scripted_now_us(void *host)
{
    return look(host);
}

static inline int64_t scripted_utc_s(void *host)
{
    struct scripted *s = host;
    s->clock_reads++;
    return s->region.utc_s + s->clock_error_s;
}

static inline uint32_t scripted_random(void *host)
{
    return next_random(host);
}

static inline bool scripted_interrupted(void *host)
{
    struct scripted *s = host;
    (void)look(s);
    return s->interrupted;
}

/* --- Effects */

static inline enum outcome_name outcome_at(const struct scripted *s, unsigned n)
{
    for (size_t i = 0; i < s->fault_count; i++)
        if (n >= s->faults[i].from && n <= s->faults[i].to)
            return s->faults[i].goes;
    return GOES_WELL;
}

static inline void pass(struct scripted *s, uint64_t us)
{
    s->now_us += us;
    s->region.utc_s = EPOCH_UTC_S + (int64_t)(s->now_us / SECOND);
}

static inline struct event *effect_begin(struct scripted *s, enum effect effect, const char *text)
{
    if (++s->effects > MOST_EFFECTS)
        fail_msg("the run has no end: effect number %u is '%s'", s->effects, text);
    struct event *event = &s->events[s->effects];
    *event = (struct event){.effect = effect, .goes = outcome_at(s, s->effects), .at_us = s->now_us};
    (void)snprintf(event->text, sizeof event->text, "%s", text);
    if (s->before)
        s->before(s, s->effects, effect);
    enum way way = outcomes[event->goes].way;
    if (way == STOPS) {
        pass(s, PAUSE_US);
        s->paused_until_us = s->now_us;
    }
    s->interrupted |= way == SIGNAL_BEFORE || (way == SIGNAL_SENT && effect < METADATA);
    return event;
}

static inline bool effect_fails(const struct event *event)
{
    return outcomes[event->goes].way == UNSENT;
}

/* --- Of the host */

static inline void scripted_wait(void *host, uint64_t until_us, bool interruptible)
{
    struct scripted *s = host;
    (void)effect_begin(s, WAIT, "wait");
    if (!(interruptible && s->interrupted) && until_us > s->now_us)
        pass(s, until_us - s->now_us);
}

static inline bool scripted_lock(void *host, uint64_t until_us, bool waits, const char **none, struct err *e)
{
    struct scripted *s = host;
    struct event *event = effect_begin(s, LOCK, "lock");
    uint64_t end_us = s->locked_until_us < until_us ? s->locked_until_us : until_us;
    if (waits && end_us > s->now_us)
        pass(s, end_us - s->now_us);
    *none = s->no_lock;
    s->locked = !(s->locked_until_us > s->now_us || effect_fails(event));
    return s->locked || err_set(e, ERR_BUSY, "another run holds the lock: pid 4711");
}

static inline bool scripted_lock_watch(void *host, uint64_t *idle_us, const char **none, struct err *e)
{
    struct scripted *s = host;
    struct event *event = effect_begin(s, LOCK, "watch the lock");
    *none = s->no_lock;
    *idle_us = s->no_lock ? 0 : s->idle_us > 0 ? s->idle_us : UINT64_MAX;
    return !(s->locked_until_us > s->now_us || effect_fails(event)) || err_set(e, ERR_BUSY, "another run holds the lock: pid 4711");
}

static inline _Atomic uint64_t *scripted_shared(void *host, const char *name, bool make)
{
    struct scripted *s = host;
    if (strncmp(name, "notice-", 7) != 0)
        broken(s, "words are shared as '%s'", name);
    s->shared_made |= make;
    return s->nothing_shared ? NULL : s->shared;
}

static inline bool scripted_lock_claim(void *host, struct err *e)
{
    struct scripted *s = host;
    struct event *event = effect_begin(s, LOCK, "claim the lock");
    s->locked = !(s->locked_until_us > s->now_us || s->locked_meanwhile || effect_fails(event));
    return s->locked || err_set(e, ERR_BUSY, "another run has been at work meanwhile");
}

static inline bool scripted_addresses(void *host, bool ipv6, struct host_addresses *out, struct err *e)
{
    struct scripted *s = host;
    if (effect_fails(effect_begin(s, ADDRESSES, ipv6 ? "addresses of both families" : "addresses")))
        return err_set(e, ERR_IFACE, "cannot list the addresses: Permission denied");
    out->count = 0;
    for (size_t i = 0; i < s->addresses.count; i++)
        if (ipv6 || !ip_is_v6(s->addresses.at[i].ip))
            out->at[out->count++] = s->addresses.at[i];
    return true;
}

static inline bool scripted_interface(void *host, const struct label *name, struct host_interface *out, struct err *e)
{
    struct scripted *s = host;
    bool is_other = s->region.two_vpcs && strcmp(name->text, "eth1") == 0;
    if (effect_fails(effect_begin(s, INTERFACE, "interface")) || !(is_other || strcmp(name->text, "eth0") == 0))
        return err_set(e, ERR_IFACE, "%s: No such device", name->text);
    *out = s->interface;
    if (is_other)
        out->mac = mac_make((const uint8_t[]){2, 0, 0, 0, 0, 11});
    return true;
}

/* Not effects of their own: they cannot fail. */
static inline void scripted_rights(void *host, struct host_rights *out)
{
    const struct scripted *s = host;
    *out = s->rights;
}

static inline void scripted_file(void *host, const char *path, struct host_file *out)
{
    const struct scripted *s = host;
    *out = strcmp(path, CONFIG_FILE) == 0 ? s->config : s->guard_program;
}

static inline void scripted_path(void *host, const struct label *interface, struct ip own, struct ip client, struct host_path *out)
{
    struct scripted *s = host;
    s->asked_own = own;
    s->asked_client = client;
    assert_string_equal(interface->text, "eth0");
    *out = s->path;
}

/* Not an effect of its own: where it fails there is no tag. */
static inline void scripted_asset_tag(void *host, struct buf *tag)
{
    const struct scripted *s = host;
    buf_puts(tag, s->asset_tag ? s->asset_tag : "");
}

static inline bool scripted_read_file(void *host, const char *path, struct buf *text, struct err *e)
{
    struct scripted *s = host;
    char words[160];
    (void)snprintf(words, sizeof words, "read %s", path);
    bool fails = effect_fails(effect_begin(s, READ_FILE, words));
    if (s->sealed)
        broken(s, "%s was read after the process was sealed", path);
    for (size_t i = 0; i < s->file_count && !fails; i++)
        if (strcmp(path, s->files[i].path) == 0) {
            struct slice all = slice_of(s->files[i].text);
            bool fits = all.len < text->cap;
            buf_put(text, fits ? all : slice_make(all.at, text->cap));
            return fits || err_set(e, ERR_USAGE, "%s is larger than %zu bytes", path, text->cap - 1);
        }
    return err_set(e, ERR_USAGE, "%s: No such file or directory", path);
}

static inline void host_add(struct scripted *s, const char *label, const char *ip, uint8_t prefix)
{
    struct host_address *at = &s->addresses.at[s->addresses.count++];
    *at = (struct host_address){.prefix = prefix};
    assert_true(label_make(slice_of(label), &at->label));
    assert_true(ip_make(slice_of(ip), &at->ip));
}

/* What the label holds; of IPv6 that address, if it is there at all. */
static inline struct host_address *host_at(struct scripted *s, const struct label *label, struct ip ip)
{
    for (size_t i = 0; i < s->addresses.count; i++) {
        struct host_address *at = &s->addresses.at[i];
        if (label_eq(&at->label, label) && ip_is_v6(at->ip) == ip_is_v6(ip) && (!ip_is_v6(ip) || ip_eq(at->ip, ip)))
            return at;
    }
    return NULL;
}

/* A cluster's stop goes on without the lock: its host would be fenced. */
static inline void check_may_change(struct scripted *s)
{
    if ((!s->locked && s->app->options.action != OCF_STOP) || s->sealed)
        broken(s, "an address was changed %s", s->sealed ? "after the process was sealed" : "without the lock");
}

static inline bool scripted_alias_set(void *host, const struct label *label, struct ip ip, uint8_t prefix, struct err *e)
{
    struct scripted *s = host;
    struct host_address *at = host_at(s, label, ip);
    char text[80];
    (void)snprintf(text, sizeof text, "alias %s %s/%u", label->text, ip_text(ip).text, prefix);
    if (effect_fails(effect_begin(s, ALIAS_SET, text)))
        return err_set(e, ERR_IFACE, "cannot add the alias: Operation not permitted");
    check_may_change(s);
    if (at && !ip_eq(at->ip, ip))
        broken(s, "the label %s held another address", label->text);
    if (!at)
        host_add(s, label->text, ip_text(ip).text, prefix);
    else
        at->prefix = prefix;
    return true;
}

static inline bool scripted_alias_remove(void *host, const struct label *label, struct ip ip, struct err *e)
{
    struct scripted *s = host;
    struct host_address *at = host_at(s, label, ip);
    char text[80];
    (void)snprintf(text, sizeof text, "remove %s %s", label->text, ip_text(ip).text);
    if (effect_fails(effect_begin(s, ALIAS_REMOVE, text)))
        return err_set(e, ERR_IFACE, "cannot remove the alias: Operation not permitted");
    check_may_change(s);
    if ((!strchr(label->text, ':') && !ip_is_v6(ip)) || !at || !ip_eq(at->ip, ip) || at->speaks)
        broken(s, "an alias was to be removed that is none");
    else
        *at = s->addresses.at[--s->addresses.count];
    return true;
}

static inline bool scripted_guard(void *host, uint64_t deadline_us, bool interruptible, int *said, struct err *e)
{
    struct scripted *s = host;
    if (interruptible == s->wrote)
        broken(s, "a signal %s the guard", s->wrote ? "would end the run at" : "does not reach");
    struct event *event = effect_begin(s, GUARD, "guard");
    bool late = s->now_us + s->guard_us >= deadline_us;
    pass(s, !late ? s->guard_us : deadline_us > s->now_us ? deadline_us - s->now_us : 0);
    s->said_no |= s->guard_says_no || effect_fails(event) || late;
    *said = late || effect_fails(event) ? -1 : s->guard_says_no;
    if (s->said_no)
        return err_set(e, ERR_NOTPRIMARY, late ? "the guard did not end in time" : "the guard said no: exit status 1");
    return true;
}

/* No effect: whatever comes of it, it is told when it is needed. */
static inline void scripted_expect(void *host, const struct origin *origin, size_t count)
{
    struct scripted *s = host;
    (void)snprintf(s->expected_host, sizeof s->expected_host, "%s", origin->host);
    s->expected = count;
    s->expected_after = s->effects;
}

static inline bool scripted_resolve(void *host, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e)
{
    struct scripted *s = host;
    *unresolved = s->unresolved && origin->address[0];
    struct event *event = effect_begin(s, RESOLVE, "resolve");
    if (s->now_us >= deadline_us)
        return err_set(e, ERR_DEADLINE, "the name %s was not found in time", origin->host);
    return !effect_fails(event) || err_set(e, ERR_NETWORK, "cannot resolve %s%s", origin->host, event->goes == NO_PASSAGE ? "; start the name server" : "");
}

static inline const char *scripted_seal(void *host, bool changes_alias)
{
    struct scripted *s = host;
    s->sealed = !changes_alias;
    return effect_fails(effect_begin(host, SEAL, "seal")) ? "Landlock, seccomp" : NULL;
}

static inline const struct world_spent *scripted_spent(void *host)
{
    struct scripted *s = host;
    return &s->spent;
}

/* --- What happened */

/* How many effects have a text that begins so. */
static inline unsigned count_of(const struct scripted *s, const char *beginning)
{
    unsigned count = 0;
    for (unsigned n = 1; n <= s->effects; n++)
        count += strncmp(s->events[n].text, beginning, strlen(beginning)) == 0;
    return count;
}

/* The number of the `nth` effect of a text that begins so; 0 when there is none. */
static inline unsigned find_effect(const struct scripted *s, const char *beginning, unsigned nth)
{
    for (unsigned n = 1; n <= s->effects; n++)
        if (strncmp(s->events[n].text, beginning, strlen(beginning)) == 0 && nth-- == 1)
            return n;
    return 0;
}

static inline unsigned writes_sent(const struct scripted *s)
{
    unsigned count = 0;
    for (unsigned n = 1; n <= s->effects; n++)
        count += s->events[n].effect == WRITE;
    return count;
}

/* A line for each effect. */
static inline void print_events(const struct scripted *s)
{
    for (unsigned n = 1; n <= s->effects && n <= MOST_EFFECTS; n++)
        print_error("  %3u %s%s%s\n", n, s->events[n].text, s->events[n].goes != GOES_WELL ? ": " : "",
                    s->events[n].goes != GOES_WELL ? outcomes[s->events[n].goes].name : "");
}

/* --- Exchanges */

static inline void ended(struct exchange *x, enum exchange_end end, enum err_kind kind, const char *why)
{
    x->end = end;
    err_clear(&x->err);
    if (kind != ERR_OK)
        (void)err_set(&x->err, kind, "%s", why);
}

/* Pieces of 1 byte up to all; one in three deliveries is the whole at once. */
static inline void deliver(struct scripted *s, struct exchange *x, struct slice reply, bool ends_early)
{
    size_t most = next_random(s) >> 16 & 3 ? 1 + (next_random(s) >> 16) % 700 : reply.len;
    size_t left = ends_early ? reply.len / 2 : reply.len;
    for (const char *at = reply.at; left > 0;) {
        struct err e = {0};
        size_t len = 1 + (next_random(s) >> 8) % most;
        len = len < left ? len : left;
        struct slice piece = slice_dup(slice_make(at, len));
        enum exchange_take taken = x->take(x, piece, &e);
        slice_free(piece);
        at += len;
        left -= len;
        if (taken == EXCHANGE_BAD && e.kind == ERR_OK)
            broken(s, "a bad reply without an error");
        if (taken == EXCHANGE_BAD) {
            x->end = EXCHANGE_LOST;
            x->err = e;
            return;
        }
        if (taken != EXCHANGE_MORE) {
            s->closings += taken == EXCHANGE_CLOSE;
            ended(x, EXCHANGE_WHOLE, ERR_OK, NULL);
            return;
        }
    }
    ended(x, EXCHANGE_LOST, ERR_NETWORK, "the other side ended the connection");
}

static inline enum outcome_name outcome_of_reply(const struct scripted *s, const struct event *event)
{
    for (size_t i = 0; i < s->reply_fault_count; i++) {
        const struct reply_fault *f = &s->reply_faults[i];
        unsigned nth = strncmp(event->text, f->beginning, strlen(f->beginning)) == 0 ? count_of(s, f->beginning) : 0;
        if (nth >= f->from && nth <= f->to)
            return f->goes;
    }
    return event->goes;
}

/* Notes what the request is, and what no write may be. */
static inline void note_request(struct scripted *s, struct event *event, const struct request *q, bool to_api, uint64_t deadline_us)
{
    char action[48], id[64], dry[8], destination[48];
    if (!to_api) {
        request_path(q, event->text, sizeof event->text);
        event->effect = METADATA;
        return;
    }
    (void)form_field(q, "Action", action, sizeof action);
    bool reads = slice_starts(slice_of(action), "Describe") || slice_starts(slice_of(action), "AssumeRole") ||
                 slice_starts(slice_of(action), "Get");
    bool is_dry = strcmp(form_field(q, "DryRun", dry, sizeof dry), "true") == 0;
    event->effect = reads ? READ : is_dry ? DRY_RUN : WRITE;
    bool is_other = !reads && strcmp(form_destination(q, destination, sizeof destination), s->region.destination) != 0;
    (void)snprintf(event->text, sizeof event->text, "%s%s%s%s%s%s", is_dry ? "dry " : "", action, reads ? "" : " ",
                   form_field(q, "RouteTableId", id, sizeof id), is_other ? " " : "", is_other ? destination : "");
    if (event->effect != WRITE)
        return;
    if (strcmp(action, "DeleteRoute") == 0 && !s->may_delete)
        broken(s, "a route was to be deleted");
    s->wrote = true;
    if (deadline_us > s->app->write_deadline_us || s->now_us >= s->app->write_deadline_us)
        broken(s, "a write after the write deadline");
    if (s->said_no)
        broken(s, "a write after the guard said no");
}

/* A refusal is no write; what may have been one is counted against PLAN_WRITES_MOST. */
static inline void note_write(struct scripted *s, const struct request *q, const struct outcome *o)
{
    char id[64], destination[64];
    bool refused = o->way == SAYS && o->status >= 400 && o->status != 500 && o != &outcomes[UNAVAILABLE];
    struct region_table *t = region_find(&s->region, form_field(q, "RouteTableId", id, sizeof id));
    if (refused || !t)
        return;
    t = region_at(&s->region, t, form_destination(q, destination, sizeof destination));
    if (++t->unexplained > PLAN_WRITES_MOST)
        broken(s, "%s was written more than %d times", t->id, PLAN_WRITES_MOST);
}

static inline void check_route(struct scripted *s, const struct region_table *t)
{
    if (t->applied > 0 && !t->target[0] && !s->may_delete)
        broken(s, "%s has lost its route", t->id);
}

static inline void check_routes(struct scripted *s)
{
    for (size_t i = 0; i < s->region.count; i++) {
        check_route(s, &s->region.tables[i]);
        for (size_t j = 0; j < s->region.other_count; j++)
            check_route(s, &s->region.others[j].tables[i]);
    }
}

/* The reply of the region, or what comes in its place. */
static inline void answer(struct scripted *s, const struct outcome *o, const struct request *q, bool to_api, struct buf *reply)
{
    if (o->applied) {
        if (to_api)
            region_answer(&s->region, q, reply);
        else
            metadata_answer(&s->region, q, reply);
        check_routes(s);
    }
    if (o->way != SAYS && o->way != RAW)
        return;
    reply->len = 0;
    if (o->way == SAYS)
        put_reply(reply, &s->region, o->status, o->type, o->body);
    else
        buf_puts(reply, o->body);
}

/* The request has left. False: nothing comes back until the deadline. */
static inline bool exchange_sent(struct scripted *s, struct event *event, struct exchange *x, struct slice bytes, bool to_api,
                                 uint64_t deadline_us, bool interruptible)
{
    static char text[LIMIT_TABLES * 2048];
    struct request q = request_of(bytes);
    struct buf reply = BUF_OF(text);
    note_request(s, event, &q, to_api, deadline_us);
    event->goes = outcome_of_reply(s, event);
    const struct outcome *o = &outcomes[event->goes];
    if (event->effect == WRITE)
        note_write(s, &q, o);
    answer(s, o, &q, to_api, &reply);
    assert_false(reply.full);
    s->replies++;
    if (s->damage)
        s->damage(s, &reply);
    s->interrupted |= o->way == SIGNAL_SENT;
    pass(s, EXCHANGE_US);
    if (o->way == SIGNAL_SENT && interruptible)
        ended(x, EXCHANGE_LOST, ERR_INTERRUPTED, "a signal asked to end");
    else if (o->way == LOST)
        ended(x, EXCHANGE_LOST, o->kind, "the other side ended the connection");
    else if (o->way == HANGS)
        ended(x, EXCHANGE_LOST, ERR_DEADLINE, "no answer in the time there was");
    else if (o->way == SIGNAL_SENT && !o->applied)
        ended(x, EXCHANGE_LOST, ERR_NETWORK, "the other side ended the connection");
    else
        deliver(s, x, buf_slice(&reply), o->way == CUT);
    return o->way != HANGS;
}

/* Row 39: stamp and scope of a signature are of one reading of the clock, since the next one may be of another day. */
static inline bool request_put(struct scripted *s, struct exchange *x, bool to_api, struct buf *request, struct err *e)
{
    unsigned before = s->clock_reads;
    bool ok = x->put(x, request, e);
    if (s->clock_reads - before != (to_api ? 1 : 0))
        broken(s, "a request was made with %u readings of the clock", s->clock_reads - before);
    return ok;
}

static inline bool exchange_one(struct scripted *s, struct exchange *x, bool to_api, uint64_t deadline_us, bool interruptible)
{
    struct event *event = effect_begin(s, UNKNOWN, to_api ? "unsent to the API" : "unsent to the metadata service");
    const struct outcome *o = &outcomes[event->goes];
    char *text = malloc(LIMIT_REQUEST);
    struct buf request = {text, 0, LIMIT_REQUEST, false};
    bool comes = true;
    struct err e = {0};
    assert_non_null(text);
    x->final = event->goes == NO_PASSAGE;
    if (interruptible && s->interrupted)
        ended(x, EXCHANGE_UNSENT, ERR_INTERRUPTED, "a signal asked to end");
    else if (s->now_us >= deadline_us)
        ended(x, EXCHANGE_UNSENT, ERR_DEADLINE, "no answer in the time there was");
    else if (o->way == UNSENT)
        ended(x, EXCHANGE_UNSENT, o->kind,
              o->kind != ERR_TLS ? "Connection refused"
              : s->untrusted     ? "the certificate is not trusted; an inspecting proxy needs --ca-bundle"
                                 : "the certificate is not trusted");
    else if (request_put(s, x, to_api, &request, &e))
        comes = exchange_sent(s, event, x, buf_slice(&request), to_api, deadline_us, interruptible);
    else
        ended(x, EXCHANGE_UNSENT, e.kind, e.text);
    wipe(text, LIMIT_REQUEST);
    free(text);
    return comes;
}

/* Those that hang hang side by side. */
static inline void scripted_exchange(void *host, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us,
                                     bool interruptible)
{
    struct scripted *s = host;
    bool all_came = true;
    if (deadline_us > s->app->deadline_us)
        broken(s, "an exchange may last beyond the deadline");
    for (size_t i = 0; i < count; i++)
        all_came &= exchange_one(s, set[i], origin->tls, deadline_us, interruptible);
    if (!all_came && deadline_us > s->now_us)
        pass(s, deadline_us - s->now_us);
}

/* In place of the other: the host itself is not up to it. */
static inline void exchange_with_a_bug(void *host, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us,
                                       bool interruptible)
{
    (void)host, (void)origin, (void)deadline_us, (void)interruptible;
    for (size_t i = 0; i < count; i++)
        ended(set[i], EXCHANGE_UNSENT, ERR_BUG, "more than 4 peers");
}

static inline struct world scripted_world(struct scripted *s)
{
    return (struct world){
        .host = s,
        .now_us = scripted_now_us,
        .utc_s = scripted_utc_s,
        .random = scripted_random,
        .wait = scripted_wait,
        .interrupted = scripted_interrupted,
        .expect = scripted_expect,
        .exchange = scripted_exchange,
        .resolve = scripted_resolve,
        .spent = scripted_spent,
        .addresses = scripted_addresses,
        .interface = scripted_interface,
        .rights = scripted_rights,
        .file = scripted_file,
        .path = scripted_path,
        .asset_tag = scripted_asset_tag,
        .read_file = scripted_read_file,
        .alias_set = scripted_alias_set,
        .alias_remove = scripted_alias_remove,
        .lock = scripted_lock,
        .lock_watch = scripted_lock_watch,
        .lock_claim = scripted_lock_claim,
        .shared = scripted_shared,
        .guard = scripted_guard,
        .seal = scripted_seal,
    };
}

/* A standby host, eth0 only, and a region whose `count` tables all send the VIP to the other host. */
static inline void scripted_start(struct scripted *s, size_t count)
{
    memset(s, 0, offsetof(struct scripted, events));
    region_start(&s->region, count);
    host_add(s, "lo", "127.0.0.1", 8);
    host_add(s, "eth0", "10.109.1.10", 24);
    s->interface = (struct host_interface){mac_make((const uint8_t[]){2, 0, 0, 0, 0, 10}), true, true};
    s->spent = (struct world_spent){900, 1800, 3600};
    s->rights = (struct host_rights){.may_change_addresses = true, .has_file_capability = true, .program = "/usr/local/sbin/mirrorvip"};
    s->config = (struct host_file){.exists = true, .mode = 0644};
    s->guard_program = (struct host_file){.exists = true, .mode = 0755};
    s->path = (struct host_path){PASSAGE_OPEN, PASSAGE_OPEN, {"eth0"}, {0}};
    s->seed = 42;
    pass(s, 5 * SECOND);
}

static inline void add_fault(struct scripted *s, unsigned from, unsigned to, enum outcome_name goes)
{
    assert_true(s->fault_count < COUNT(s->faults));
    s->faults[s->fault_count++] = (struct fault){from, to, goes};
}

static inline void add_reply_fault(struct scripted *s, const char *beginning, unsigned from, unsigned to, enum outcome_name goes)
{
    assert_true(s->reply_fault_count < COUNT(s->reply_faults));
    s->reply_faults[s->reply_fault_count++] = (struct reply_fault){beginning, from, to, goes};
}

/* From the same host and region a new run, with nothing that goes wrong. */
static inline void scripted_heal(struct scripted *s)
{
    s->fault_count = s->reply_fault_count = 0;
    s->before = NULL;
    s->damage = NULL;
    s->interrupted = s->said_no = s->guard_says_no = s->wrote = false;
    s->locked_until_us = 0;
    s->effects = s->replies = s->looks = 0;
    for (size_t i = 0; i < s->region.count; i++) {
        s->region.tables[i].unexplained = 0;
        for (size_t j = 0; j < s->region.other_count; j++)
            s->region.others[j].tables[i].unexplained = 0;
    }
}

/* --- One run of the program */

struct ran {
    bool ok;
    struct err e;
    char result[LIMIT_ERR_TEXT];
    char out[SHOW_TEXT];
    char timeline[8192];
    uint64_t ended_us;
};

static inline bool holds_secret(const char *text)
{
    return strstr(text, SECRET_KEY) || strstr(text, SESSION_TOKEN) || strstr(text, ROLE_TOKEN) || strstr(text, METADATA_TOKEN) || strstr(text, BEARER_TOKEN) || strstr(text, "Signature=");
}

static inline const char *zero_or(const void *at, size_t len, const char *what)
{
    const char *bytes = at;
    return bytes[0] || memcmp(bytes, bytes + 1, len - 1) != 0 ? what : NULL;
}

/* Whatever went wrong: ended in time, with one kind, without a secret, and nothing forbidden was done. */
static inline void check_always(struct scripted *s, struct app *a, const struct ran *r)
{
    uint64_t end_us = a->deadline_us > s->paused_until_us ? a->deadline_us : s->paused_until_us;
    if (r->ended_us > end_us + SECOND)
        broken(s, "ended %u ms too late", (unsigned)((r->ended_us - end_us) / 1000));
    if (r->ok != (r->e.kind == ERR_OK) || r->ok != (r->result[0] != '\0') || r->ok != (r->e.text[0] == '\0'))
        broken(s, "not one end: ok %d, %s '%s', '%s'", r->ok, err_name(r->e.kind), r->e.text, r->result);
    if (r->e.kind == ERR_BUG)
        broken(s, "a BUG: %s", r->e.text);
    if (holds_secret(r->e.text) || holds_secret(r->out) || holds_secret(r->timeline) || holds_secret(r->result))
        broken(s, "a secret is shown");
    app_wipe(a);
    const char *left = zero_or(&a->api.credentials, sizeof a->api.credentials, "credentials");
    left = left ? left : zero_or(&a->sts.credentials, sizeof a->sts.credentials, "STS's credentials");
    left = left ? left : zero_or(&a->options.chain.keys, sizeof a->options.chain.keys, "the environment's credentials");
    left = left ? left : zero_or(&a->options.chain.authorization, sizeof a->options.chain.authorization, "the environment's token");
    left = left ? left : zero_or(&a->chain.keys, sizeof a->chain.keys, "the chain's credentials");
    left = left ? left : zero_or(&a->chain.token, sizeof a->chain.token, "the chain's token");
    left = left ? left : zero_or(a->container.text, sizeof a->container.text, "a container's answer");
    left = left ? left : zero_or(&a->sts_reply, sizeof a->sts_reply, "a reply of STS");
    left = left ? left : zero_or(&a->metadata.token, sizeof a->metadata.token, "a token");
    left = left ? left : zero_or(a->metadata.fetch.text, sizeof a->metadata.fetch.text, "a metadata item");
    if (left)
        broken(s, "%s is left after the wipe", left);
}

/* As main does when it has ended. */
static inline void show_status(struct app *a, const struct ran *r, const struct buf *result)
{
    static const struct screen pipe = {.utf8 = true};
    static struct look look;
    look_make(&look, a, 1764107404, result, &r->e);
    show_put(&look, a->options.form, &pipe, &a->out);
}

/* Of its megabytes only what a run looks at before it has set it. */
static inline void app_forget(struct app *a)
{
    for (struct vip *v = a->vips; v < a->vips + a->vip_count; v++) {
        memset(v, 0, offsetof(struct vip, tables));
        v->tables.count = 0;
        memset(&v->plan, 0, offsetof(struct plan, at));
    }
    for (size_t i = 0; i < LIMIT_TABLES && a->calls[i].reply; i++) {
        memset(&a->calls[i], 0, sizeof a->calls[i]);
        memset(&a->written[i], 0, sizeof a->written[i]);
    }
    memset(a->replies, 0, sizeof a->replies);
    memset(a, 0, offsetof(struct app, vips));
    memset(&a->sts_call, 0, sizeof *a - offsetof(struct app, sts_call));
}

static inline void ran_forget(struct ran *r)
{
    r->ok = false;
    err_clear(&r->e);
    r->result[0] = r->out[0] = r->timeline[0] = '\0';
}

static inline void take_config(struct scripted *s, struct options *o, struct err *e)
{
    if (s->sections && !options_take_config(o, slice_of(s->sections), e))
        fail_msg("the test's own configuration: %s", e->text);
}

/* `arguments` ends with NULL. `a` is made anew; the world goes on from where it is. */
static inline void run_arguments(struct scripted *s, struct app *a, const char *const *arguments, struct ran *r)
{
    struct buf result = BUF_OF(r->result), timeline = BUF_OF(r->timeline);
    int count = 0;
    app_forget(a);
    ran_forget(r);
    while (arguments[count])
        count++;
    options_start(&a->options, false);
    if (!options_take_arguments(&a->options, count, (char *const *)(uintptr_t)arguments, &r->e))
        fail_msg("the test's own arguments: %s", r->e.text);
    if (a->options.verb == VERB_NOTIFY && !notice_take(&a->options, &r->e))
        fail_msg("the test's own notice: %s", r->e.text);
    if (a->options.asked == VERB_OCF && !ocf_take(&a->options, (char *const *)(uintptr_t)s->environment, &r->e))
        fail_msg("the test's own resource: %s", r->e.text);
    take_config(s, &a->options, &r->e);
    if (s->environment && !options_take_environment(&a->options, (char *const *)(uintptr_t)s->environment, &r->e))
        fail_msg("the test's own environment: %s", r->e.text);
    a->world = scripted_world(s);
    s->locked = s->sealed = false;
    a->out = BUF_OF(r->out);
    s->app = a;
    r->ok = run_verb(a, &result, &r->e);
    r->ended_us = s->now_us;
    if (a->options.verb == VERB_STATUS)
        show_status(a, r, &result);
    (void)buf_text(&result);
    (void)buf_text(&a->out);
    timeline_put(&a->timeline, a->started_us, &timeline);
    (void)buf_text(&timeline);
    check_always(s, a, r);
}

#define RUN(s, a, r, ...) run_arguments((s), (a), (const char *const[]){__VA_ARGS__, NULL}, (r))

/* The end of a run, and with it that nothing forbidden was done on the way. */
#define assert_ended(s, r, kind, part) assert_ended_((s), (r), (kind), (part), __FILE__, __LINE__)
static inline void assert_ended_(struct scripted *s, const struct ran *r, enum err_kind kind, const char *part, const char *file, int line)
{
    const char *text = r->ok ? r->result : r->e.text;
    if (!s->broken[0] && r->e.kind == kind && strstr(text, part))
        return;
    print_error("%s: '%s'%s%s; expected %s: '...%s...'\n", err_name(r->e.kind), text, s->broken[0] ? "; broken: " : "", s->broken,
                err_name(kind), part);
    print_events(s);
    _fail(file, line);
}

#endif
