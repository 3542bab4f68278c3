#include "host/world_linux.h"

#include "host/child.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/guard.h"
#include "host/iface.h"
#include "host/iface6.h"
#include "host/lock.h"
#include "host/net.h"
#include "host/path.h"
#include "host/process.h"
#include "host/random.h"
#include "host/rights.h"
#include "host/round.h"
#include "host/shared.h"
#include "host/trust.h"
#include "host/wait.h"

static struct trust trust;
static struct net net;
static void (*forget_callers)(void);

static uint64_t now_us(void *host)
{
    (void)host;
    return clock_now_us();
}

static int64_t utc_s(void *host)
{
    (void)host;
    return clock_utc_s();
}

static uint32_t random_for_retries(void *host)
{
    (void)host;
    return random_bits();
}

static bool interrupted(void *host)
{
    (void)host;
    return process_interrupted();
}

static void wait_until(void *host, uint64_t until_us, bool interruptible)
{
    while (clock_now_us() < until_us && !(interruptible && interrupted(host)))
        (void)wait_ready(NULL, 0, until_us);
}

static void exchange(void *host, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us, bool interruptible)
{
    net_exchange(host, origin, set, count, deadline_us, interruptible);
}

static void expect(void *host, const struct origin *origin, size_t count)
{
    net_expect(host, origin, count);
}

static bool resolve_now(void *host, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e)
{
    return net_resolve(host, origin, deadline_us, unresolved, e);
}

static const struct world_spent *spent(void *host)
{
    const struct net *n = host;
    return &n->last->spent;
}

static bool addresses(void *host, bool ipv6, struct host_addresses *out, struct err *e)
{
    (void)host;
    return iface_addresses(out, e) && (!ipv6 || iface6_addresses(out, e));
}

static bool interface(void *host, const struct label *name, struct host_interface *out, struct err *e)
{
    (void)host;
    return iface_interface(name, out, e);
}

static void rights(void *host, struct host_rights *out)
{
    (void)host;
    rights_get(out);
}

static void file(void *host, const char *path, struct host_file *out)
{
    (void)host;
    file_look(path, out);
}

static void path(void *host, const struct label *interface, struct ip own, struct ip client, struct host_path *out)
{
    (void)host;
    path_ask(interface, own, client, out);
}

static void asset_tag(void *host, struct buf *tag)
{
    struct err ignored = {0};
    (void)host;
    if (!file_read("/sys/class/dmi/id/board_asset_tag", FILE_ANY, tag, &ignored))
        tag->len = 0;
}

static bool read_file(void *host, const char *path, struct buf *text, struct err *e)
{
    (void)host;
    return file_read(path, FILE_ANY, text, e);
}

static bool set(void *host, const struct label *label, struct ip ip, uint8_t prefix, struct err *e)
{
    (void)host;
    return ip_is_v6(ip) ? iface6_add(label, ip, prefix, e) : iface_set(label, ip, prefix, e);
}

static bool remove_alias(void *host, const struct label *label, struct ip ip, struct err *e)
{
    (void)host;
    return ip_is_v6(ip) ? iface6_remove(label, ip, e) : iface_remove(label, ip, e);
}

static bool lock(void *host, uint64_t until_us, bool waits, const char **none, struct err *e)
{
    (void)host;
    return lock_take(until_us, waits, none, e);
}

static bool watch_lock(void *host, uint64_t *idle_us, const char **none, struct err *e)
{
    (void)host;
    return lock_watch(idle_us, none, e);
}

static bool claim_lock(void *host, struct err *e)
{
    (void)host;
    return lock_claim(e);
}

static _Atomic uint64_t *shared(void *host, const char *name, bool make)
{
    (void)host;
    return shared_words(name, make);
}

static bool guard(void *host, uint64_t deadline_us, bool interruptible, int *said, struct err *e)
{
    (void)host;
    return guard_run(deadline_us, interruptible, said, e);
}

static const char *seal(void *host, bool changes_alias)
{
    (void)host;
    return process_seal(changes_alias);
}

static void forget_all(void)
{
    forget_callers();
    net_forget(&net);
}

bool world_linux_open(struct world *w, const char *ca_bundle, const char *guard_command, void (*forget)(void), struct err *e)
{
    forget_callers = forget;
    child_forgets(forget_all);
    if (!trust_open(&trust, ca_bundle, e) || !guard_prepare(guard_command, e))
        return false;
    random_open();
    process_confine();
    net_start(&net, &trust);
    *w = (struct world){
        .host = &net,
        .now_us = now_us,
        .utc_s = utc_s,
        .random = random_for_retries,
        .wait = wait_until,
        .interrupted = interrupted,
        .expect = expect,
        .exchange = exchange,
        .resolve = resolve_now,
        .spent = spent,
        .addresses = addresses,
        .interface = interface,
        .rights = rights,
        .file = file,
        .path = path,
        .asset_tag = asset_tag,
        .read_file = read_file,
        .alias_set = set,
        .alias_remove = remove_alias,
        .lock = lock,
        .lock_watch = watch_lock,
        .lock_claim = claim_lock,
        .shared = shared,
        .guard = guard,
        .seal = seal,
    };
    return true;
}

static bool run_round(void *host, void *report, size_t size, uint64_t deadline_us, struct err *e)
{
    (void)host;
    return round_run(report, size, deadline_us, e);
}

void world_linux_serve(struct world *w, bool keeps_rights, void (*work)(void *report))
{
    random_open();
    if (!keeps_rights)
        process_confine();
    round_start(work);
    *w = (struct world){
        .now_us = now_us,
        .utc_s = utc_s,
        .random = random_for_retries,
        .wait = wait_until,
        .interrupted = interrupted,
        .round = run_round,
    };
}

void world_linux_close(void)
{
    guard_end();
    net_end(&net);
}
