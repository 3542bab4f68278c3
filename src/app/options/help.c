#include "app/options/help.h"

#include "base/error.h"

#define OPTION_WIDTH 26 /* of "--name VALUE" */

static const struct {
    const char *name;
    const char *value;
    const char *help;
    uint32_t verbs;
} options[OPTION_COUNT] = {
#define X(option, name, value, restricted, verbs, help) {name, value, help, verbs},
    OPTIONS(X)
#undef X
};

static const struct {
    const char *word;
    const char *what;
} verbs[VERB_COUNT] = {
#define X(verb, word, what) {word, what},
    VERBS(X)
#undef X
};

#define END(kind) (UINT32_C(1) << ERR_##kind)

/* What a verb's own help says beyond its line in the list; that of help is the whole. */
static const struct {
    const char *text;
    const char *example;
    uint32_t ends; /* a bit for each kind that its caller should know of */
} stories[VERB_COUNT] = {
    [VERB_ACQUIRE] = {"For the host that has just become primary. It puts the alias up if it is missing, reads the route\n"
                      "tables, and, all at once, replaces the routes that send the VIP elsewhere and creates the missing\n"
                      "ones. Then it reads again, until every table is seen to point here. What is right is not written.\n",
                      "mirrorvip acquire --dry-run --verbose",
                      END(OK) | END(DIFFERS) | END(NOTPRIMARY) | END(BUSY) | END(PARTIAL) | END(UNVERIFIED) | END(CONFLICT) | END(IFACE)},
    [VERB_RELEASE] = {"For a host that is to have the VIP no longer. The alias is taken down; AWS is not asked, and the route\n"
                      "tables stay as they are. With --route, for a teardown, the routes that still point here are deleted,\n"
                      "and no others.\n",
                      "mirrorvip release", END(OK) | END(BUSY) | END(REFUSED) | END(IFACE)},
    [VERB_FOLLOW] = {"The route tables are the truth: where all of them send the VIP here, the alias is put up; where all of\n"
                     "them send it to another host, it is taken down; where they differ or cannot be read, it stays as it\n"
                     "is. No route is written. With --every it is a service, which a signal ends.\n",
                     "mirrorvip follow --vip 10.9.0.1 --every 10", END(OK) | END(DIFFERS) | END(BUSY) | END(IFACE)},
    [VERB_CHECK] = {"For the standby, and for cron. It looks at all that a failover to this host needs, and goes on after a\n"
                    "failure, so that one run tells everything. Each line is ok, a warning or a failure, with what was seen\n"
                    "and what to do. Whether a write is permitted is asked by dry runs. The exit status is that of the\n"
                    "first failure; warnings do not count.\n",
                    "mirrorvip check",
                    END(OK) | END(USAGE) | END(NOTPRIMARY) | END(IDENTITY) | END(NETWORK) | END(REFUSED) | END(IFACE) | END(TLS)},
    [VERB_STATUS] = {"What each route table says of the VIP: here, elsewhere, nowhere (no such route) or blackhole (AWS\n"
                     "marks the target as dead); and who has it, if they agree. --json and --prometheus are for programs,\n"
                     "--watch looks again and again.\n",
                     "mirrorvip status --watch", END(OK) | END(DIFFERS)},
    [VERB_POLICY] = {"For whoever sets up the roles. It prints what the role of this host must be allowed for the route tables\n"
                     "that it finds, each statement with its purpose as Sid: JSON to paste, or HCL for Terraform. With\n"
                     "--assume-role there are two: Host for this host's own role, Role for the one that it assumes. It works\n"
                     "before anything is allowed: then it speaks of the tables that were named, or of the whole VPC.\n",
                     "mirrorvip policy --route", END(OK) | END(IDENTITY) | END(REFUSED)},
    [VERB_OCF] = {"The agent's parameters are OCF_RESKEY_ip and those of aws-vpc-move-ip besides; meta-data lists them. A link of that\n"
                  "name is the agent as well. A monitor says that the VIP has stopped only where that is known. The exit status is\n"
                  "the standard's: 0, 1, 2 for what stands wrong here, 3, 6 for a wrong parameter, 7 not running.\n",
                  "mirrorvip ocf meta-data", END(OK)},
    [VERB_NOTIFY] = {"It takes what keepalived adds, INSTANCE|GROUP NAME STATE PRIORITY, or Patroni, on_... ROLE CLUSTER. Of two\n"
                     "notices the later one counts, whichever run is faster. 'again NAME' carries out the last one once more; with\n"
                     "--every it is a service, so that what was lost between two hosts comes right.\n",
                     "mirrorvip notify --vip 10.109.10.254/27 INSTANCE VI_1 MASTER 100",
                     END(OK) | END(NOTPRIMARY) | END(BUSY) | END(CONFLICT)},
    [VERB_VERSION] = {"The version and the commit, what it is made of, and the roots that it trusts.\n", "mirrorvip version", END(OK)},
};

static void put_row(struct buf *b, const char *left, size_t width, const char *right)
{
    buf_puts(b, "  ");
    buf_put_padded(b, left, width);
    buf_puts(b, right);
    buf_putc(b, '\n');
}

/* `whose`: in a list of all, whose it is stands before what belongs to some verbs only. */
static void put_option(struct buf *b, size_t i, bool whose)
{
    char left[64], right[256];
    struct buf l = BUF_OF(left), r = BUF_OF(right);
    buf_putf(&l, "--%s %s", options[i].name, options[i].value ? options[i].value : "");
    if (whose && (options[i].verbs & OF_RUNS) != OF_RUNS) {
        options_put_verbs(&r, options[i].verbs, ", ");
        buf_puts(&r, ": ");
    }
    buf_puts(&r, options[i].help);
    put_row(b, buf_text(&l), OPTION_WIDTH, buf_text(&r));
}

static void put_ends(struct buf *b, uint32_t ends)
{
    for (enum err_kind kind = ERR_OK; kind <= ERR_BUG; kind++) {
        char left[32];
        struct buf l = BUF_OF(left);
        if (!(ends >> kind & 1))
            continue;
        buf_putf(&l, "%2d %s", err_status(kind), err_name(kind));
        put_row(b, buf_text(&l), 16, err_meaning(kind));
    }
}

static void put_all(struct buf *b)
{
    buf_puts(b, "mirrorvip VERB [OPTION ...]: one IP address for a pair of hosts in two AWS zones\n\nverbs\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        put_row(b, verbs[i].word, 10, verbs[i].what);
    buf_puts(b, "\noptions (the keys of " CONFIG_FILE " are the same, without dashes)\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        put_option(b, i, true);
    buf_puts(b, "\nexit status\n");
    put_ends(b, UINT32_MAX);
}

static void put_one(struct buf *b, enum verb about)
{
    buf_putf(b, "mirrorvip %s [OPTION ...]: %s\n\n", verbs[about].word, verbs[about].what);
    buf_puts(b, stories[about].text);
    buf_puts(b, "\noptions\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options[i].verbs >> about & 1)
            put_option(b, i, false);
    buf_puts(b, "\nexit status, among those that 'mirrorvip help' lists\n");
    put_ends(b, stories[about].ends);
    buf_putf(b, "\nexample\n  %s\n", stories[about].example);
}

void help_put(struct buf *b, enum verb about)
{
    if (about == VERB_HELP)
        put_all(b);
    else
        put_one(b, about);
}
