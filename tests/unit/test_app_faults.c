/*
 * faults: every effect of every verb goes wrong in every plausible way, once and from then on. What each failure may come to,
 * by the kind of effect and by what becomes of it, stands in `causes`: kinds of an end and what its text says. Beside that
 * holds of each end that it is one line with a cause and a cure, and the exit status of its kind; that what the run has
 * written is what its kind says; and that the same command, when the fault is gone, ends as it does in a good run.
 * The world itself checks the rest: see scripted_world.h. With WHOLE in the environment; else one effect of each STRIDE.
 */
#include "scripted_world.h"

#include "app/report.h"

#define STRIDE 9

static struct scripted s;
static struct app app;
static struct ran ran;

#define VIP "--vip", "10.9.0.1"

/* --- Scenes: a verb, and the world that it finds */

/* Two tables, which send the VIP to the other host. */
static void away(void)
{
    scripted_start(&s, 2);
}

static void away_and_up(void)
{
    away();
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

static void here_and_down(void)
{
    away();
    region_target(&s.region, 0, OUR_ENI);
    region_target(&s.region, 1, OUR_ENI);
}

static void here(void)
{
    here_and_down();
    host_add(&s, "eth0:1", "10.9.0.1", 32);
}

static void here_to_delete(void)
{
    here();
    s.may_delete = true;
}

static void checked(void)
{
    here();
    s.region.source_dest_check = true;
}

static void two_away(void)
{
    away();
    s.sections = "[web]\nvip = 10.9.0.1\n[db]\nvip = 10.9.0.2\n";
    (void)region_add(&s.region, "10.9.0.2/32");
}

static void slow_to_show(void)
{
    away();
    s.region.stale_reads = 2;
}

static void mixed(void)
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
    static unsigned first;
    if (first > 0)
        return first;
    away();
    RUN(&s, &app, &ran, "acquire", VIP);
    return first = find_effect(&s, "ReplaceRoute", 1);
}

static void throttled(void)
{
    unsigned n = first_write();
    away();
    add_fault(&s, n - 2, n - 2, THROTTLED);
    add_fault(&s, n + 2, n + 3, THROTTLED);
}

static void lost(void)
{
    unsigned n = first_write();
    away();
    s.region.stale_reads = 1;
    add_fault(&s, n, n, LOST_BEFORE);
    add_fault(&s, n + 1, n + 1, LOST_AFTER);
}

/* The first keys are refused; so are, of a role, those that it is assumed with. */
static void expired(void)
{
    away();
    s.region.valid = 2;
}

static void by_pacemaker(void)
{
    static const char *const environment[] = {"OCF_RESKEY_ip=10.9.0.1", NULL};
    s.environment = environment;
}

static void away_by_pacemaker(void)
{
    away();
    by_pacemaker();
}

static void here_by_pacemaker(void)
{
    here();
    by_pacemaker();
}

/* What the kernel tells of the process that runs, and of keepalived, which has started it. */
static void by_keepalived(void)
{
    static const struct scripted_file files[] = {
        {"/proc/self/stat", "700 (mirrorvip) R 600 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 9000 1 80\n"},
        {"/proc/600/stat", "600 (keepalived) S 1 600 600 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 3000 1 80\n"},
    };
    s.files = files;
    s.file_count = COUNT(files);
    s.now_us = 100 * SECOND;
}

static void away_by_keepalived(void)
{
    away();
    by_keepalived();
}

static void here_by_keepalived(void)
{
    here();
    by_keepalived();
}

/* What a good run leaves behind. */
enum leaves { COMES, GOES, GOES_WITH_ROUTES, FOLLOWS_UP, FOLLOWS_DOWN, LOOKS, FIXES };

static const struct scene {
    const char *name;
    void (*set)(void);
    const char *arguments[8];
    enum leaves leaves;
    enum err_kind good;
} scenes[] = {
    {"acquire", away, {"acquire", VIP, "-v"}, COMES, ERR_OK},
    {"acquire, two VIPs", two_away, {"acquire"}, COMES, ERR_OK},
    {"acquire, slow readings", slow_to_show, {"acquire", VIP}, COMES, ERR_OK},
    {"acquire, mixed tables", mixed, {"acquire", VIP}, COMES, ERR_OK},
    {"acquire, throttled", throttled, {"acquire", VIP}, COMES, ERR_OK},
    {"acquire, lost answers", lost, {"acquire", VIP}, COMES, ERR_OK},
    {"acquire, expired keys", expired, {"acquire", VIP}, COMES, ERR_OK},
    {"acquire, as a role", expired, {"acquire", VIP, "--assume-role", ROLE_ARN}, COMES, ERR_OK},
    {"acquire, here already", here, {"acquire", VIP}, COMES, ERR_OK},
    {"acquire --dry-run", away, {"acquire", VIP, "--dry-run"}, LOOKS, ERR_DIFFERS},
    {"release", here, {"release", VIP}, GOES, ERR_OK},
    {"release --route", here_to_delete, {"release", VIP, "--route"}, GOES_WITH_ROUTES, ERR_OK},
    {"status, here", here, {"status", VIP}, LOOKS, ERR_OK},
    {"status, away", away, {"status", VIP}, LOOKS, ERR_DIFFERS},
    {"check", here, {"check", VIP}, LOOKS, ERR_OK},
    {"check --fix", checked, {"check", VIP, "--fix"}, FIXES, ERR_OK},
    {"policy", away, {"policy", VIP, "--route"}, LOOKS, ERR_OK},
    {"follow, standby", away, {"follow", VIP}, FOLLOWS_DOWN, ERR_OK},
    {"follow, demoted", away_and_up, {"follow", VIP}, FOLLOWS_DOWN, ERR_OK},
    {"follow, primary", here, {"follow", VIP}, FOLLOWS_UP, ERR_OK},
    {"follow, promoted", here_and_down, {"follow", VIP}, FOLLOWS_UP, ERR_OK},
    {"ocf start", away_by_pacemaker, {"ocf", "start"}, COMES, ERR_OK},
    {"ocf stop", here_by_pacemaker, {"ocf", "stop"}, GOES, ERR_OK},
    {"ocf monitor", here_by_pacemaker, {"ocf", "monitor"}, LOOKS, ERR_OK},
    {"ocf monitor, away", away_by_pacemaker, {"ocf", "monitor"}, LOOKS, ERR_DIFFERS},
    {"ocf validate-all", here_by_pacemaker, {"ocf", "validate-all"}, LOOKS, ERR_OK},
    {"notify MASTER", away_by_keepalived, {"notify", VIP, "INSTANCE", "VI_1", "MASTER", "150"}, COMES, ERR_OK},
    {"notify BACKUP", here_by_keepalived, {"notify", VIP, "INSTANCE", "VI_1", "BACKUP", "100"}, GOES, ERR_OK},
};

static bool alias_is_up(void)
{
    static const struct label label = {"eth0:1"};
    return host_at(&s, &label, (struct ip){4, {10, 9, 0, 1}}) != NULL;
}

static unsigned count_targets(const char *target)
{
    unsigned count = 0;
    for (size_t i = 0; i < s.region.count; i++)
        count += !s.region.tables[i].edge && strcmp(s.region.tables[i].target, target) == 0;
    return count;
}

static bool others_are_ours(void)
{
    for (size_t j = 0; j < s.region.other_count; j++)
        for (size_t i = 0; i < s.region.count; i++)
            if (strcmp(s.region.others[j].tables[i].target, OUR_ENI) != 0)
                return false;
    return true;
}

static bool is_as_left(const struct scene *scene)
{
    switch (scene->leaves) {
    case COMES:
        return region_is_ours(&s.region) && others_are_ours() && alias_is_up();
    case GOES:
        return !alias_is_up();
    case GOES_WITH_ROUTES:
        return !alias_is_up() && count_targets("") == s.region.count;
    case FOLLOWS_UP:
        return alias_is_up();
    case FOLLOWS_DOWN:
        return !alias_is_up();
    case FIXES:
        return !s.region.source_dest_check || strstr(ran.out, "warning  source/dest"); /* who may not look warns */
    case LOOKS:
        break;
    }
    return true;
}

/* --- What each failure may come to */

/* Of a question to the API, or of a write: its kind, and a part of what is said. */
static const struct cause {
    enum err_kind kind;
    const char *says;
} causes[OUTCOME_COUNT] = {
    [NO_CONNECTION] = {ERR_NETWORK, "Connection refused"},
    [NO_PASSAGE] = {ERR_NETWORK, "Connection refused"},
    [NO_TLS] = {ERR_TLS, "the certificate is not trusted"},
    [LOST_BEFORE] = {ERR_NETWORK, "the other side ended the connection"},
    [LOST_AFTER] = {ERR_NETWORK, "the other side ended the connection"},
    [CUT_SHORT] = {ERR_NETWORK, "the other side ended the connection"},
    [HANGS_BEFORE] = {ERR_NETWORK, "no answer in the time there was"},
    [HANGS_AFTER] = {ERR_NETWORK, "no answer in the time there was"},
    [FAILS_500] = {ERR_NETWORK, "HTTP 500 InternalError"},
    [FAILS_500_AFTER] = {ERR_NETWORK, "HTTP 500 InternalError"},
    [UNAVAILABLE] = {ERR_NETWORK, "HTTP 503 Unavailable"},
    [THROTTLED] = {ERR_THROTTLED, "HTTP 503 RequestLimitExceeded"},
    [FORBIDDEN] = {ERR_REFUSED, "HTTP 403 UnauthorizedOperation"},
    [BAD_TOKEN] = {ERR_REFUSED, "HTTP 400 ExpiredToken"},
    [NO_SUCH_ENI] = {ERR_REFUSED, "HTTP 400 InvalidNetworkInterfaceID.NotFound"},
    [STALE_401] = {ERR_REFUSED, "HTTP 401"},
    [MOVED] = {ERR_NETWORK, "unexpected redirect (HTTP 302)"},
    [PORTAL] = {ERR_NETWORK, "not the API"},
    [EMPTY_200] = {ERR_NETWORK, "not whole"},
    [BAD_XML] = {ERR_NETWORK, "repl"},
    [OTHER_XML] = {ERR_NETWORK, "'DescribeVpcsResponse'"},
    [SAYS_FALSE] = {ERR_NETWORK, ""},
    [GARBAGE] = {ERR_NETWORK, "malformed reply"},
    [NO_LENGTH] = {ERR_NETWORK, "malformed reply"},
    [STOPPED] = {ERR_DEADLINE, "time"},
    [SIGNALLED] = {ERR_INTERRUPTED, "a signal asked to end"},
    [SIGNALLED_BEFORE] = {ERR_NETWORK, "the other side ended the connection"}, /* where no signal may end it any more */
    [SIGNALLED_AFTER] = {ERR_INTERRUPTED, "a signal asked to end"},
};

/* Of what the host does itself; OK: the run goes on without. */
static const struct cause host_causes[METADATA] = {
    [LOCK] = {ERR_BUSY, "another run"},
    [ADDRESSES] = {ERR_IFACE, "cannot list the addresses"},
    [INTERFACE] = {ERR_IFACE, "eth0: No such device"},
    [ALIAS_SET] = {ERR_IFACE, "cannot add the alias"},
    [ALIAS_REMOVE] = {ERR_IFACE, "cannot remove the alias"},
    [RESOLVE] = {ERR_NETWORK, "cannot resolve "},
    [GUARD] = {ERR_NOTPRIMARY, "the guard"},
};

static bool is_of_signal(enum outcome_name goes)
{
    return outcomes[goes].way == SIGNAL_BEFORE || outcomes[goes].way == SIGNAL_SENT;
}

static bool is_metadata(const struct event *event)
{
    return event->effect == METADATA || strstr(event->text, "metadata service");
}

/* Whether what has gone wrong with this effect explains such an end. */
static bool explains(const struct event *event, const struct err *e)
{
    const struct cause *cause = &causes[event->goes];
    if (event->goes == GOES_WELL)
        return false;
    if (is_of_signal(event->goes) && e->kind == ERR_INTERRUPTED)
        return strstr(e->text, "a signal asked to end") != NULL;
    if (event->goes == STOPPED && event->effect != GUARD)
        return (e->kind == ERR_DEADLINE || e->kind == ERR_IDENTITY) && (strstr(e->text, "time") || strstr(e->text, "deadline"));
    if (event->effect < METADATA)
        cause = &host_causes[event->effect];
    else if (is_metadata(event) || (e->kind == ERR_IDENTITY && strncmp(event->text, "AssumeRole", 10) == 0))
        return e->kind == ERR_IDENTITY;
    return cause->kind != ERR_OK && e->kind == cause->kind && strstr(e->text, cause->says);
}

/* The region's own refusals, which the scene asks for, are no effect that went wrong. */
static bool is_explained(const struct scene *scene)
{
    for (unsigned n = 1; n <= s.effects; n++)
        if (explains(&s.events[n], &ran.e))
            return true;
    return scene->set == expired && (ran.e.kind == ERR_REFUSED || ran.e.kind == ERR_IDENTITY) && strstr(ran.e.text, "HTTP 400 ExpiredToken");
}

/* --- What must hold of each end */

/* What was written is told: by nothing where nothing may be; only by these where something was. */
static const char *judge_writes(const struct scene *scene)
{
    unsigned routes = count_of(&s, "ReplaceRoute") + count_of(&s, "CreateRoute"), applied = 0;
    for (size_t i = 0; i < s.region.count; i++)
        applied += s.region.tables[i].applied + s.region.others[0].tables[i].applied;
    unsigned others = writes_sent(&s) - routes;
    if (routes > 0 && scene->leaves != COMES)
        return "a route was written";
    if (others > 0 && scene->leaves != (count_of(&s, "DeleteRoute") > 0 ? GOES_WITH_ROUTES : FIXES))
        return "something else was written";
    if (ran.e.kind == ERR_INTERRUPTED && routes > 0)
        return "INTERRUPTED, but a write was sent";
    bool tells = ran.ok || ran.e.kind == ERR_PARTIAL || ran.e.kind == ERR_UNVERIFIED || ran.e.kind == ERR_CONFLICT;
    return scene->leaves == COMES && !tells && applied > 0 ? "it says nothing of what it has written" : NULL;
}

static const char *judge_kind(const struct scene *scene)
{
    enum err_kind kind = ran.e.kind;
    if (kind == ERR_OK || kind == ERR_DIFFERS)
        return kind != scene->good ? "a good run says otherwise" : kind == ERR_OK && !is_as_left(scene) ? "OK, but it is not so" : NULL;
    if ((kind == ERR_PARTIAL && scene->leaves == COMES) || (kind == ERR_UNVERIFIED && (scene->leaves == COMES || scene->leaves == FIXES)))
        return writes_sent(&s) > 0 ? NULL : "nothing was written that could be seen in part";
    return is_explained(scene) ? NULL : "nothing that went wrong explains such an end";
}

/* One line: the kind, a cause and, behind the only ';', a cure. */
static const char *judge_text(void)
{
    char line[REPORT_END];
    struct buf b = BUF_OF(line);
    report_put_end(&b, slice_of(ran.result), &ran.e);
    const char *text = buf_text(&b), *cure = strchr(text, ';');
    size_t name = strlen(err_name(ran.e.kind));
    for (const char *at = text; *at; at++)
        if (*at < ' ' || *at > '~')
            return "a line that cannot be printed";
    if (strncmp(text, err_name(ran.e.kind), name) != 0 || strncmp(text + name, ": ", 2) != 0 || strlen(text) < name + 10)
        return "a line without its kind or its cause";
    return ran.ok || (cure && strlen(cure) > 5 && !strchr(cure + 1, ';')) ? NULL : "a line without one cause and one cure";
}

static const char *judge_status(const struct scene *scene)
{
    bool stopped = scene->set == away_by_pacemaker && ran.e.kind == ERR_DIFFERS;
    int status = app.options.asked == VERB_OCF ? ocf_status(&app.options, &ran.e) : err_status(ran.e.kind);
    int expected = ran.ok ? 0 : app.options.asked != VERB_OCF ? err_status(ran.e.kind) : stopped ? 7 : 1;
    return status != expected || (status == 0) != ran.ok ? "an exit status of another kind" : NULL;
}

static void run(const struct scene *scene)
{
    run_arguments(&s, &app, scene->arguments, &ran);
}

static void judge(const struct scene *scene, unsigned n, enum outcome_name goes, const char *when, const char *also)
{
    const char *wrong = s.broken[0] ? s.broken : also;
    wrong = wrong ? wrong : judge_writes(scene);
    wrong = wrong ? wrong : judge_kind(scene);
    wrong = wrong ? wrong : judge_text();
    wrong = wrong ? wrong : judge_status(scene);
    if (!wrong)
        return;
    print_error("%s, effect %u, %s, %s: %s\nthe run: %s: '%s%s'\n", scene->name, n, outcomes[goes].name, when, wrong, err_name(ran.e.kind), ran.e.text,
                ran.result);
    print_events(&s);
    fail();
}

/* And after it the same once more, with nothing that goes wrong. */
static void check_at(const struct scene *scene, unsigned n, enum outcome_name goes, bool from_then_on)
{
    scene->set();
    s.seed = n * 7919 + (unsigned)goes;
    add_fault(&s, n, from_then_on ? UINT32_MAX : n, goes);
    run(scene);
    judge(scene, n, goes, from_then_on ? "from then on" : "once", NULL);
    scripted_heal(&s);
    run(scene);
    judge(scene, n, goes, "when it is gone", ran.e.kind != scene->good || !is_as_left(scene) ? "it does not end well" : NULL);
}

static void test_everywhere(void **state)
{
    const struct scene *scene = *state;
    unsigned step = is_whole() ? 1 : STRIDE, runs = 0;
    scene->set();
    run(scene);
    judge(scene, 0, GOES_WELL, "well", ran.e.kind != scene->good || !is_as_left(scene) ? "it does not end well" : NULL);
    unsigned count = s.effects;
    for (int goes = GOES_WELL + 1; goes < OUTCOME_COUNT; goes++)
        for (unsigned n = is_whole() ? 1 : 1 + (unsigned)goes % STRIDE; n <= count; n += step, runs += 2) {
            check_at(scene, n, (enum outcome_name)goes, false);
            check_at(scene, n, (enum outcome_name)goes, true);
        }
    print_message("%s: %u effects, %u runs with a fault\n", scene->name, count, runs);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_everywhere, scenes);
    return suite_run(&suite, "app/faults");
}
