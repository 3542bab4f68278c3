#include "app/front/ocf.h"

#include "app/options/option.h"

#include <string.h>

#define AGENT "aws-vpc-move-ip"
#define PREFIX "OCF_RESKEY_"
#define SPARE_S 1 /* of the time that Pacemaker gives, so that the run says itself why it ends */

/* What a parameter is for: an option, or one of these. */
enum { NOTHING = OPTION_COUNT, LABEL, PROFILE, AUTH, MONITOR };

/* name, for, what it is, what there is to know. Of two for one option the first that is set counts. */
#define PARAMETERS(X)                                                                                                       \
    X("ip", OPTION_VIP, "VIP", "The address that clients use; inside the VPC with its spare subnet's prefix: 10.109.10.254/27") \
    X("address", OPTION_VIP, "VIP", "Older name of ip")                                                                     \
    X("routing_table", OPTION_ROUTE_TABLE, "Route tables", "Ids, with commas between; default: all of the VPC")             \
    X("routing_table_role", OPTION_ASSUME_ROLE, "Role", "ARN of the role to work as, where the tables are another account's") \
    X("interface", OPTION_INTERFACE, "Network interface", "Default: eth0, or the only one")                                 \
    X("iflabel", LABEL, "Label", "Of the alias, behind the interface and a colon; default: the first free number")          \
    X("region", OPTION_REGION, "AWS region", "Default: the instance's own")                                                 \
    X("auth_type", AUTH, "Keys", "key, the default: as profile says; role: no profile is looked at")                        \
    X("profile", PROFILE, "AWS profile", "default: the places where AWS's SDKs look, of which the instance's role is the last") \
    X("monapi", MONITOR, "Monitor asks AWS", "Default: true; false: for a probe alone")                                     \
    X("config", OPTION_CONFIG, "Configuration", "File of all other options; default: " CONFIG_FILE)                         \
    X("lookup_type", NOTHING, UNUSED, "The network interface is what counts")                                               \
    X("awscli", NOTHING, UNUSED, UNUSED)                                                                                    \
    X("curl_retries", NOTHING, UNUSED, UNUSED)                                                                              \
    X("curl_sleep", NOTHING, UNUSED, UNUSED)
#define UNUSED "Taken, but of no effect"

static const struct parameter {
    const char *name;
    const char *what;
    const char *more;
    uint8_t for_what;
} parameters[] = {
#define X(name, for_what, what, more) {name, what, more, for_what},
    PARAMETERS(X)
#undef X
};
#define PARAMETER_COUNT (sizeof parameters / sizeof *parameters)

/* In the order of enum ocf_action; what verb each stands for (of OCF itself: see app/front/monitor), and seconds. */
static const struct action {
    const char *word;
    uint8_t verb;
    uint8_t timeout_s;
    uint8_t interval_s;
} actions[] = {
    {"start", VERB_ACQUIRE, 60, 0},    {"stop", VERB_RELEASE, 20, 0},  {"monitor", VERB_OCF, 20, 30},
    {"validate-all", VERB_OCF, 20, 0}, {"meta-data", VERB_OCF, 5, 0},
};
#define ACTION_COUNT (sizeof actions / sizeof *actions)

bool ocf_is_agent(const char *name)
{
    const char *slash = strrchr(name, '/');
    return strcmp(slash ? slash + 1 : name, AGENT) == 0;
}

static struct slice variable(char *const *environment, const char *name)
{
    char text[48];
    struct buf b = BUF_OF(text);
    buf_putf(&b, PREFIX "%s", name);
    return options_variable(environment, buf_text(&b));
}

/* The shells' word for it, as the standard's agents take it. */
static bool is_true(struct slice value)
{
    return slice_is(value, "1") || slice_is_nocase(value, "true") || slice_is_nocase(value, "yes") || slice_is_nocase(value, "on");
}

/* The default profile is the SDKs' chain; another must be there. */
static void take_profile(struct options *o, char *const *environment, struct slice value)
{
    if (!slice_is(variable(environment, "auth_type"), "role") && !slice_is(value, "default"))
        o->chain.profile = value;
}

static bool take_option(struct options *o, enum option option, struct slice value, struct err *e)
{
    if (o->set >> option & 1)
        return true;
    o->set |= UINT64_C(1) << option;
    return option_take(o, option, value, e);
}

static bool cannot_be(struct slice value, struct err *e)
{
    return err_set(e, ERR_USAGE, "it cannot be '%s'", err_printable(value).text);
}

static bool take_parameter(struct options *o, char *const *environment, const struct parameter *p, struct err *e)
{
    struct slice value = variable(environment, p->name);
    if (value.len == 0 || (o->action == OCF_STOP && p->for_what != OPTION_VIP))
        return true;
    switch (p->for_what) {
    case NOTHING:
        return true;
    case LABEL:
        return (slice_only_alnum_or(value, "-_.") && slice_copy(value, o->common.alias.suffix, LIMIT_LABEL)) || cannot_be(value, e);
    case AUTH:
        return slice_is(value, "key") || slice_is(value, "role") || cannot_be(value, e);
    case PROFILE:
        take_profile(o, environment, value);
        return true;
    case MONITOR:
        o->local_only = o->action == OCF_MONITOR && !is_true(value);
        return true;
    default:
        return take_option(o, (enum option)p->for_what, value, e);
    }
}

static bool take_parameters(struct options *o, char *const *environment, struct err *e)
{
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        if (!take_parameter(o, environment, &parameters[i], e))
            return err_prefix(e, "%s", parameters[i].name);
    return o->common.alias.has_vip || err_set(e, ERR_USAGE, "there is no parameter ip; give the VIP");
}

/* Of a probe the interval is 0: it must know whether the resource runs where it should not. A stop takes the VIP from where it is. */
static void take_circumstances(struct options *o, char *const *environment)
{
    uint64_t timeout_ms, level;
    if (slice_u64(variable(environment, "CRM_meta_timeout"), UINT32_MAX, &timeout_ms) && !(o->set >> OPTION_DEADLINE & 1)) {
        uint64_t left_s = timeout_ms / 1000 > SPARE_S ? timeout_ms / 1000 - SPARE_S : 1;
        o->deadline_s = left_s < DEADLINE_MOST_S ? (uint32_t)left_s : DEADLINE_MOST_S;
        o->set |= UINT64_C(1) << OPTION_DEADLINE;
    }
    bool levelled = slice_u64(options_variable(environment, "OCF_CHECK_LEVEL"), UINT32_MAX, &level);
    bool deep = levelled && level > 0;
    o->probes = slice_is(variable(environment, "CRM_meta_interval"), "0");
    if (deep || o->probes)
        o->local_only = false;
    if (deep && o->action == OCF_VALIDATE)
        o->verb = VERB_CHECK;
    else if (levelled && o->action == OCF_VALIDATE)
        o->action = OCF_PARAMETERS;
    if (o->action == OCF_STOP)
        o->set |= UINT64_C(1) << OPTION_INTERFACE;
}

/* As the standard has it, what comes behind the action is not looked at. */
static enum ocf_action action_of(const struct options *o)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (o->word_count > 0 && slice_is(o->words[0], actions[i].word))
            return OCF_START + (enum ocf_action)i;
    return OCF_UNKNOWN;
}

/* The same of both sides, but that nothing keeps a resource from being stopped. */
static bool version_check(const struct options *o, struct slice major, struct err *e)
{
    return major.len == 0 || slice_is(major, "1") || o->action == OCF_STOP ||
           err_set(e, ERR_USAGE, "it is version 1.1 of the agents' API that is spoken here, not %s", err_printable(major).text);
}

bool ocf_take(struct options *o, char *const *environment, struct err *e)
{
    static char *const nothing[] = {NULL};
    o->action = action_of(o);
    if (o->action == OCF_UNKNOWN)
        return err_set(e, ERR_USAGE, "no action that is known; use one of: start stop monitor validate-all meta-data");
    o->verb = actions[o->action - OCF_START].verb;
    if (o->action == OCF_METADATA)
        return true;
    environment = o->secure ? nothing : environment;
    o->wait = o->common.alias.any_number = true;
    o->bad_parameter = !take_parameters(o, environment, e);
    take_circumstances(o, environment);
    return !o->bad_parameter && version_check(o, options_variable(environment, "OCF_RA_VERSION_MAJOR"), e);
}

bool ocf_goes_on(struct options *o, struct err *e)
{
    if (o->action != OCF_STOP && o->action != OCF_MONITOR)
        return false;
    o->local_only = true;
    o->section_count = o->picked_count = 0;
    o->common.alias.has_interface &= o->set >> OPTION_INTERFACE & 1;
    err_clear(e);
    return true;
}

int ocf_status(const struct options *o, const struct err *e)
{
    enum { SUCCESS = 0, GENERIC = 1, ARGUMENTS = 2, UNIMPLEMENTED = 3, CONFIGURED = 6, NOT_RUNNING = 7 };
    switch (e->kind) {
    case ERR_OK:
        return SUCCESS;
    case ERR_DIFFERS:
        return o->action == OCF_MONITOR ? NOT_RUNNING : GENERIC;
    case ERR_USAGE:
        return o->bad_parameter ? CONFIGURED : o->action == OCF_UNKNOWN && o->word_count > 0 ? UNIMPLEMENTED : ARGUMENTS;
    default:
        return GENERIC;
    }
}

bool ocf_gives_reason(const struct options *o, const struct err *e)
{
    return o->asked == VERB_OCF && e->kind != ERR_OK && e->kind != ERR_DIFFERS;
}

/* --- What it says of itself */

static void put_parameter(struct buf *b, const struct parameter *p)
{
    buf_putf(b,
             "<parameter name=\"%s\" required=\"%d\">\n<longdesc lang=\"en\">%s</longdesc>\n<shortdesc lang=\"en\">%s</shortdesc>\n"
             "<content type=\"%s\"/>\n</parameter>\n",
             p->name, p == parameters, p->more, p->what, p->for_what == MONITOR ? "boolean" : "string");
}

static void put_action(struct buf *b, const struct action *a)
{
    buf_putf(b, "<action name=\"%s\" timeout=\"%us\"", a->word, a->timeout_s);
    if (a->interval_s > 0)
        buf_putf(b, " interval=\"%us\" depth=\"0\"", a->interval_s);
    buf_puts(b, "/>\n");
}

void ocf_put_metadata(struct buf *b)
{
    buf_puts(b, "<?xml version=\"1.0\"?>\n<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n"
                "<resource-agent name=\"" AGENT "\" version=\"1.0\">\n<version>1.1</version>\n"
                "<longdesc lang=\"en\">It comes to the host that starts it: as an alias, and by the VPC's route tables, which are read "
                "back. What AWS does not tell fails no VIP that is up.</longdesc>\n"
                "<shortdesc lang=\"en\">Moves a VIP between AWS zones by route tables</shortdesc>\n<parameters>\n");
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        put_parameter(b, &parameters[i]);
    buf_puts(b, "</parameters>\n<actions>\n");
    for (size_t i = 0; i < ACTION_COUNT; i++)
        put_action(b, &actions[i]);
    buf_puts(b, "</actions>\n</resource-agent>\n");
}
