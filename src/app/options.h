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

#include "aws/credentials.h"
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

/* verb, word, what it does */
#define VERBS(X)                                                                              \
    X(ACQUIRE, "acquire", "bring the VIP here: the alias, then every route table")           \
    X(RELEASE, "release", "take the alias down; with --route also delete routes that point here") \
    X(FOLLOW, "follow", "put the alias up where the route tables send the VIP, take it down elsewhere") \
    X(CHECK, "check", "find what would make a failover to this host fail, and how to mend it; write nothing") \
    X(STATUS, "status", "show where the VIP is; exit status 0 only if it is wholly here")    \
    X(HELP, "help", "print this")                                                            \
    X(VERSION, "version", "print the version")

enum verb {
#define X(verb, word, what) VERB_##verb,
    VERBS(X)
#undef X
};

/* option, name, value, restricted to the configuration file under AT_SECURE, help */
#define OPTIONS(X)                                                                                                    \
    X(VIP, "vip", "ADDRESS[/PREFIX]", true, "the VIP; default: the address labelled eth0:1")                          \
    X(INTERFACE, "interface", "NAME", true, "the interface that carries it; default: eth0, or the only one")          \
    X(ROUTE_TABLE, "route-table", "ID", false, "a table to write, repeatable; default: all of the VPC")               \
    X(TABLES, "tables", "all|existing", false, "create missing routes, or only move those there are; default: all")   \
    X(REGION, "region", "NAME", false, "default: the instance's own")                                                 \
    X(ENDPOINT_URL, "endpoint-url", "URL", true, "the EC2 API, instead of the region's public endpoint")              \
    X(FIPS, "fips", "true|false", false, "ask the region's FIPS endpoint; default: false")                            \
    X(DUAL_STACK, "dual-stack", "true|false", false, "ask the region's endpoint that has IPv6 too; default: false")   \
    X(ASSUME_ROLE, "assume-role", "ARN", true, "work as this role, as in a VPC that another account shares")          \
    X(EXTERNAL_ID, "external-id", "ID", true, "what the role's owner asks for in addition")                          \
    X(STS_ENDPOINT_URL, "sts-endpoint-url", "URL", true, "the STS API, for --assume-role, instead of the region's public one") \
    X(ENDPOINT_IP, "endpoint-ip", "ADDRESS", true, "the EC2 API's address, for when no name server tells it")              \
    X(PROXY, "proxy", "URL|none", true, "the HTTP proxy that leads to the API; default: none")                        \
    X(CA_BUNDLE, "ca-bundle", "FILE", true, "trust these certificates (PEM) instead of Amazon's built-in roots")      \
    X(DEADLINE, "deadline", "SECONDS", false, "end by then, whatever happens; 1 to 600, default 20")                  \
    X(EVERY, "every", "SECONDS", false, "follow: again and again, so often, until a signal; 1 to 3600; default: once") \
    X(GUARD, "guard", "COMMAND", true, "run it just before the first write; write only if it exits 0")                \
    X(ONLY_IF_OWNER, "only-if-owner", "OWNERS", false,                                                                \
      "acquire: take it from none but these: ENIs, or 'nobody'; default: whoever has it")                            \
    X(CONFIG, "config", "FILE", true, "default: " CONFIG_FILE)                                                        \
    X(LOG, "log", "stderr|syslog", false, "syslog: the lines of standard error go to the system's log as well")             \
    X(IMDS_ENDPOINT, "imds-endpoint", "URL|IPv6", true, "the metadata service, instead of http://169.254.169.254")    \
    X(WAIT, "wait", NULL, false, "if another run on this host is at work, wait for its end")                          \
    X(DRY_RUN, "dry-run", NULL, false, "acquire: print the plan, write nothing")                                      \
    X(ROUTE, "route", NULL, false, "release: also delete the routes that point here")                                 \
    X(VERBOSE, "verbose", NULL, false, "-v: print the timeline of the run")

enum option {
#define X(option, name, value, restricted, help) OPTION_##option,
    OPTIONS(X)
#undef X
    OPTION_COUNT
};

struct options {
    enum verb verb;
    struct alias_want alias;
    size_t named_count;
    struct table_id named[LIMIT_NAMED_TABLES];
    bool existing_only;
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
    struct plan_owners allowed_owners;
    bool wait;
    bool dry_run;
    bool delete_routes;
    bool verbose;
    bool has_credentials; /* from the environment */
    struct credentials credentials;

    bool secure;
    uint32_t set; /* bit per option: by an earlier, stronger source */
};

/* Everything at its default. `secure`: the kernel's AT_SECURE. */
void options_start(struct options *o, bool secure);
/* The command line without the program's name. USAGE. */
bool options_take_arguments(struct options *o, int count, char *const *arguments, struct err *e);
/* NAME=VALUE strings, NULL-terminated, kept by the caller; an empty value counts as absent. USAGE, or IDENTITY for impossible keys. */
bool options_take_environment(struct options *o, char *const *environment, struct err *e);
/* Overwrites the secrets among them, which are in `options` now or not wanted: nobody who looks at this process later sees them. */
void options_forget_environment(char **environment);
/* The configuration file's text: lines of `key = value`, blank lines, lines that begin with '#'. USAGE with the line's number. */
bool options_take_config(struct options *o, struct slice text, struct err *e);
/* Has an API's origin reached through the proxy, if there is one and the origin is none of its exceptions. */
void options_route(const struct options *o, struct origin *origin);
/* What no source can see alone: whether all that was taken goes together and suffices. USAGE. */
bool options_check(const struct options *o, struct err *e);

/* The text of `mirrorvip help`. */
void options_put_help(struct buf *b);

#endif
