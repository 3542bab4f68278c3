/*
 * options: what the run is asked to do. The command line comes before the environment, that before the configuration
 * file, that before the defaults; the names are the same everywhere.
 *
 * A proxy may be named as elsewhere (https_proxy before HTTPS_PROXY, as curl and Python have it), with its exceptions (no_proxy
 * before NO_PROXY). As with boto3, these are exceptions to what the environment names in that way: who names a proxy by an
 * option or in the file means it.
 *
 * Layer: app, pure: it is handed texts and reads nothing itself.
 * Trust: every value is checked where it is taken. Of a program with file capabilities (AT_SECURE) the caller is not
 * trusted: the environment is not looked at, and what says where the VIP is, whom to ask and whom to believe may only
 * stand in the configuration file.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "aws/chain.h"
#include "aws/endpoint.h"
#include "base/error.h"
#include "base/text.h"
#include "base/value.h"
#include "core/alias.h"
#include "core/plan.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_FILE "/etc/mirrorvip.conf"
#define DEADLINE_DEFAULT_S 20
#define DEADLINE_MOST_S 600
#define EVERY_MOST_S 3600
#define WATCH_DEFAULT_S 2

/* verb, word, what it does */
#define VERBS(X)                                                                                              \
    X(ACQUIRE, "acquire", "bring the VIP here: the alias, then every route table")                            \
    X(RELEASE, "release", "take the alias down; with --route also delete routes that point here")             \
    X(FOLLOW, "follow", "put the alias up where the route tables send the VIP, take it down elsewhere")       \
    X(CHECK, "check", "find what would make a failover to this host fail, and how to mend it; write nothing") \
    X(STATUS, "status", "show where the VIP is; exit status 0 only if it is wholly here")                     \
    X(POLICY, "policy", "print the IAM policy that the other verbs need here, and no more; write nothing")    \
    X(OCF, "ocf", "as a Pacemaker resource agent: ocf start|stop|monitor|validate-all|meta-data")             \
    X(NOTIFY, "notify", "as keepalived and Patroni call it: acquire on the primary, release elsewhere")       \
    X(HELP, "help", "print this, or what a verb does: help VERB")                                             \
    X(VERSION, "version", "print the version")

enum verb {
#define X(verb, word, what) VERB_##verb,
    VERBS(X)
#undef X
};
#define VERB_COUNT (VERB_VERSION + 1)

/* Which verbs an option belongs to. */
enum verb_set {
#define X(verb, word, what) OF_##verb = 1 << VERB_##verb,
    VERBS(X)
#undef X
    OF_RUNS = OF_HELP - 1, /* all that stand before help: they look at the region */
    OF_ANY = (1 << VERB_COUNT) - 1,
};

/*
 * option, name, value (in brackets: it may be left out), restricted to the configuration file under AT_SECURE, verbs that it
 * belongs to, help
 */
#define OPTIONS(X)                                                                                                                       \
    X(VIP, "vip", "ADDRESS[/PREFIX]", true, OF_RUNS, "the VIP; default: the address labelled eth0:1")                                    \
    X(INTERFACE, "interface", "NAME", true, OF_RUNS, "the interface that carries it; default: eth0, or the only one")                    \
    X(ROUTE_TABLE, "route-table", "ID", false, OF_RUNS, "a table to write, repeatable; default: all of the VPC")                         \
    X(TAG, "tag", "KEY=VALUE", false, OF_RUNS, "the tables to write are those that have this tag, repeatable: all of them")              \
    X(TABLES, "tables", "all|existing", false, OF_RUNS, "create missing routes, or only move those there are; default: all")             \
    X(REGION, "region", "NAME", false, OF_RUNS, "default: the instance's own")                                                           \
    X(ENDPOINT_URL, "endpoint-url", "URL", true, OF_RUNS, "the EC2 API, instead of the region's public endpoint")                        \
    X(FIPS, "fips", "true|false", false, OF_RUNS, "ask the region's FIPS endpoint; default: false")                                      \
    X(DUAL_STACK, "dual-stack", "true|false", false, OF_RUNS, "ask the region's endpoint that has IPv6 too; default: false")             \
    X(ASSUME_ROLE, "assume-role", "ARN", true, OF_RUNS, "work as this role, as in a VPC that another account shares")                    \
    X(EXTERNAL_ID, "external-id", "ID", true, OF_RUNS, "what the role's owner asks for in addition")                                     \
    X(STS_ENDPOINT_URL, "sts-endpoint-url", "URL", true, OF_RUNS, "the STS API, for --assume-role, instead of the region's public one")  \
    X(ENDPOINT_IP, "endpoint-ip", "ADDRESS", true, OF_RUNS, "the EC2 API's address, for when no name server tells it")                   \
    X(PROXY, "proxy", "URL|none", true, OF_RUNS, "the HTTP proxy that leads to the API; default: none")                                  \
    X(CA_BUNDLE, "ca-bundle", "FILE", true, OF_RUNS, "trust these certificates (PEM) instead of Amazon's built-in roots")                \
    X(DEADLINE, "deadline", "SECONDS", false, OF_RUNS, "end by then, whatever happens; 1 to 600, default 20")                            \
    X(EVERY, "every", "SECONDS", false, OF_FOLLOW | OF_STATUS | OF_NOTIFY,                                                               \
      "again and again, so often, until a signal; 1 to 3600; default: once, and every 2 with --watch")                                   \
    X(GUARD, "guard", "COMMAND", true, OF_ACQUIRE | OF_CHECK | OF_OCF | OF_NOTIFY,                                                       \
      "run it just before the first write; write only if it exits 0")                                                                    \
    X(ONLY_IF_OWNER, "only-if-owner", "OWNERS", false, OF_ACQUIRE,                                                                       \
      "take it from none but these: ENIs, or 'nobody'; default: whoever has it")                                                         \
    X(SECTION, "section", "NAME", false, OF_RUNS, "of the sections of the configuration only this one, repeatable; default: all")        \
    X(CONFIG, "config", "FILE", true, OF_RUNS, "default: " CONFIG_FILE)                                                                  \
    X(LOG, "log", "stderr|syslog", false, OF_RUNS, "syslog: the lines of standard error go to the system's log as well")                 \
    X(IMDS_ENDPOINT, "imds-endpoint", "URL|IPv6", true, OF_RUNS, "the metadata service, instead of http://169.254.169.254")              \
    X(WAIT, "wait", NULL, false, OF_ACQUIRE | OF_RELEASE, "if another run on this host is at work, wait for its end")                    \
    X(DRY_RUN, "dry-run", NULL, false, OF_ACQUIRE, "print the plan, write nothing")                                                      \
    X(ROUTE, "route", NULL, false, OF_RELEASE | OF_POLICY, "also delete the routes that point here, or allow it")                        \
    X(TERRAFORM, "terraform", NULL, false, OF_POLICY, "print it as data sources for Terraform, not as JSON")                             \
    X(JSON, "json", NULL, false, OF_STATUS | OF_CHECK, "show it as JSON")                                                                \
    X(PROMETHEUS, "prometheus", "[FILE]", false, OF_STATUS,                                                                              \
      "show it as metrics; with a file, or where one is configured, in that file")                                                       \
    X(WATCH, "watch", NULL, false, OF_STATUS, "look again and again, and show what moves")                                               \
    X(FIX, "fix", NULL, false, OF_CHECK, "turn the source/destination check off where it is on")                                         \
    X(VERBOSE, "verbose", NULL, false, OF_RUNS, "-v: print the timeline of the run")                                                     \
    X(HELP, "help", NULL, false, OF_ANY, "-h: print what the verb does, and its options")

enum option {
#define X(option, name, value, restricted, verbs, help) OPTION_##option,
    OPTIONS(X)
#undef X
    OPTION_COUNT
};
_Static_assert(OPTION_COUNT <= 64, "a bit for each option");

/* How `status` and `check` show what they have found. */
enum form { FORM_TABLE, FORM_JSON, FORM_PROMETHEUS };

/* Of a resource agent. */
enum ocf_action { OCF_UNKNOWN, OCF_START, OCF_STOP, OCF_MONITOR, OCF_VALIDATE, OCF_METADATA, OCF_PARAMETERS /* validated alone */ };

/* What a cluster manager says that this host is to do with the VIP. */
enum notice_role { NOTICE_NONE, NOTICE_HERE, NOTICE_AWAY, NOTICE_AGAIN /* what it has said last */ };

/* What is asked for of one VIP. */
struct want {
    char name[LIMIT_SECTION]; /* of its section; empty: there are none */
    struct alias_want alias;
    size_t named_count;
    struct table_id named[LIMIT_NAMED_TABLES];
    size_t tag_count;
    struct tag tags[LIMIT_TAGS]; /* then the tables that have all of these; never beside named ones */
    bool existing_only;
    struct plan_owners allowed_owners;
};

struct options {
    enum verb verb;     /* what is carried out */
    enum verb asked;    /* what the command line says: the same, but that ocf and notify stand for others */
    size_t word_count;  /* ocf, notify: what the command line ends with */
    struct slice words[LIMIT_WORDS];
    enum ocf_action action;
    bool bad_parameter; /* ocf: one of the resource's cannot be used, or is missing */
    bool local_only;    /* ocf monitor: AWS is not asked */
    bool probes;        /* ocf monitor: the first, which no start has come before */
    enum notice_role notice;
    struct slice notifier; /* notify: the instance, group or cluster that it speaks of */
    enum verb about;    /* what help is asked for; VERB_HELP: all of them */
    struct want common; /* as long as there are no sections, and then the defaults of all */
    size_t section_count;
    struct want sections[LIMIT_VIPS];
    size_t picked_count; /* 0: all of them */
    char picked[LIMIT_VIPS][LIMIT_SECTION];
    bool has_region;
    struct region region;
    bool has_endpoint;
    struct origin endpoint;
    char endpoint_ip[LIMIT_ADDRESS_TEXT]; /* empty: none */
    struct endpoint_variant variant; /* of the region's own, where no endpoint is named */
    bool has_role;
    struct role_arn role;
    struct external_id external_id; /* empty: none */
    bool has_sts_endpoint;
    struct origin sts_endpoint;
    struct proxy proxy;    /* an empty host: none */
    struct slice no_proxy; /* the environment's; only for a proxy of the environment's */
    struct origin imds;
    char ca_bundle[LIMIT_PATH]; /* empty: the built-in roots */
    uint32_t deadline_s;
    uint32_t every_s; /* 0: once */
    char guard[LIMIT_GUARD_COMMAND]; /* empty: none */
    char config[LIMIT_PATH];
    bool config_named; /* then it must be there */
    bool syslog;       /* the final line, and with `verbose` the timeline, go there too */
    bool wait;
    bool dry_run;
    bool delete_routes;
    bool terraform;
    enum form form;
    char prometheus_file[LIMIT_PATH]; /* where that form goes; empty: to stdout */
    bool watch;
    bool fix;
    bool verbose;
    struct chain_environment chain; /* AWS's own variables that lead to keys */

    bool secure;
    uint64_t set;       /* bit per option: by an earlier, stronger source */
    uint64_t from_file; /* the same: by the configuration file */
};

/* Everything at its default, in an object of zeros. `secure`: the kernel's AT_SECURE. */
void options_start(struct options *o, bool secure);
/* The command line without the program's name. USAGE. */
bool options_take_arguments(struct options *o, int count, char *const *arguments, struct err *e);
/*
 * NAME=VALUE strings, NULL-terminated, kept by the caller as long as the options; an empty value counts as absent. USAGE, or
 * IDENTITY for impossible keys.
 */
bool options_take_environment(struct options *o, char *const *environment, struct err *e);
/* One of them; empty when it is absent. */
struct slice options_variable(char *const *environment, const char *name);
/* Overwrites the secrets among them, which are in `options` now or not wanted: nobody who looks at this process later sees them. */
void options_forget_environment(char **environment);
/*
 * The configuration file's text: lines of `key = value`, blank lines, lines that begin with '#'; "[NAME]" begins a section, which
 * has the keys of one VIP. USAGE with the line's number.
 */
bool options_take_config(struct options *o, struct slice text, struct err *e);
/* Has an API's origin reached through the proxy, if there is one and the origin is none of its exceptions. */
void options_route(const struct options *o, struct origin *origin);
/* Whether an option's value is the configuration file's. */
bool options_is_from_file(const struct options *o, enum option option);
/* What no source can see alone: whether all that was taken goes together and suffices. USAGE. */
bool options_check(const struct options *o, struct err *e);

/* The words of the verbs of a set, with ", " between them, and `last` before the last one. */
void options_put_verbs(struct buf *b, uint32_t set, const char *last);

#endif
