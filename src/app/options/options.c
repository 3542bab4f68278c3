#include "app/options/options.h"

#include "app/options/option.h"
#include "app/options/sections.h"
#include "aws/imds.h"
#include "wire/proxy.h"

#include <string.h>

static const struct {
    const char *name;
    const char *value; /* what stands for it in the help; NULL: it takes none */
    bool restricted;
    uint32_t verbs;
} known[OPTION_COUNT] = {
#define X(option, name, value, restricted, verbs, help) {name, value, restricted, verbs},
    OPTIONS(X)
#undef X
};

#define VERB_WORD(verb, word, what) " " word
#define VERB_WORDS VERBS(VERB_WORD)

static const char *const verb_words[VERB_COUNT] = {
#define X(verb, word, what) word,
    VERBS(X)
#undef X
};

/* Of two names for one option the first that is set counts. */
static const struct {
    const char *variable;
    enum option option;
} variables[] = {
    {"MIRRORVIP_VIP", OPTION_VIP},
    {"MIRRORVIP_INTERFACE", OPTION_INTERFACE},
    {"MIRRORVIP_ROUTE_TABLE", OPTION_ROUTE_TABLE},
    {"MIRRORVIP_TAG", OPTION_TAG},
    {"MIRRORVIP_TABLES", OPTION_TABLES},
    {"MIRRORVIP_REGION", OPTION_REGION},
    {"AWS_REGION", OPTION_REGION},
    {"AWS_DEFAULT_REGION", OPTION_REGION},
    {"MIRRORVIP_ENDPOINT_URL", OPTION_ENDPOINT_URL},
    {"AWS_ENDPOINT_URL_EC2", OPTION_ENDPOINT_URL},
    {"AWS_ENDPOINT_URL", OPTION_ENDPOINT_URL},
    {"MIRRORVIP_ENDPOINT_IP", OPTION_ENDPOINT_IP},
    {"MIRRORVIP_FIPS", OPTION_FIPS},
    {"AWS_USE_FIPS_ENDPOINT", OPTION_FIPS},
    {"MIRRORVIP_DUAL_STACK", OPTION_DUAL_STACK},
    {"AWS_USE_DUALSTACK_ENDPOINT", OPTION_DUAL_STACK},
    {"MIRRORVIP_ASSUME_ROLE", OPTION_ASSUME_ROLE},
    {"MIRRORVIP_EXTERNAL_ID", OPTION_EXTERNAL_ID},
    {"MIRRORVIP_STS_ENDPOINT_URL", OPTION_STS_ENDPOINT_URL},
    {"AWS_ENDPOINT_URL_STS", OPTION_STS_ENDPOINT_URL},
    {"AWS_ENDPOINT_URL", OPTION_STS_ENDPOINT_URL},
    {"MIRRORVIP_PROXY", OPTION_PROXY},
    {"https_proxy", OPTION_PROXY},
    {"HTTPS_PROXY", OPTION_PROXY},
    {"MIRRORVIP_CA_BUNDLE", OPTION_CA_BUNDLE},
    {"AWS_CA_BUNDLE", OPTION_CA_BUNDLE},
    {"MIRRORVIP_DEADLINE", OPTION_DEADLINE},
    {"MIRRORVIP_EVERY", OPTION_EVERY},
    {"MIRRORVIP_GUARD", OPTION_GUARD},
    {"MIRRORVIP_ONLY_IF_OWNER", OPTION_ONLY_IF_OWNER},
    {"MIRRORVIP_PROMETHEUS", OPTION_PROMETHEUS},
    {"MIRRORVIP_SECTION", OPTION_SECTION},
    {"MIRRORVIP_CONFIG", OPTION_CONFIG},
    {"MIRRORVIP_LOG", OPTION_LOG},
    {"MIRRORVIP_IMDS_ENDPOINT", OPTION_IMDS_ENDPOINT},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", OPTION_IMDS_ENDPOINT},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", OPTION_IMDS_ENDPOINT},
};

void options_start(struct options *o, bool secure)
{
    o->secure = secure;
    o->about = VERB_HELP;
    o->deadline_s = DEADLINE_DEFAULT_S;
    o->imds = imds_origin(false);
    memcpy(o->config, CONFIG_FILE, sizeof CONFIG_FILE);
}

static bool has(uint64_t set, enum option option)
{
    return set >> option & 1;
}

/* The two ways to say which tables. */
static bool selects(enum option option)
{
    return option == OPTION_ROUTE_TABLE || option == OPTION_TAG;
}

static bool has_selected(uint64_t set)
{
    return has(set, OPTION_ROUTE_TABLE) || has(set, OPTION_TAG);
}

/* A stronger source has said it, or, in the other way, which tables. */
static bool is_overruled(uint64_t stronger, enum option option)
{
    return has(stronger, option) || (selects(option) && has_selected(stronger));
}

static enum option option_of(struct slice name)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (slice_is(name, known[i].name))
            return (enum option)i;
    return OPTION_COUNT;
}

static bool is_repeatable(enum option option)
{
    return option == OPTION_ROUTE_TABLE || option == OPTION_TAG || option == OPTION_SECTION;
}

/* The arguments that are still to come, and which options had no value where they may have one. */
struct arguments {
    int left;
    char *const *at;
    uint64_t bare;
};

static bool may_be_bare(enum option option)
{
    return known[option].value && known[option].value[0] == '[';
}

/* Whether what comes next is no value: nothing, or an option. */
static bool is_bare(const struct arguments *rest)
{
    return rest->left == 0 || (rest->at[0][0] == '-' && rest->at[0][1]);
}

static struct slice next(struct arguments *rest)
{
    rest->left--;
    return slice_of(*rest->at++);
}

static struct slice long_form(struct slice argument)
{
    return slice_is(argument, "-v") ? slice_of("--verbose") : slice_is(argument, "-h") ? slice_of("--help") : argument;
}

void options_put_verbs(struct buf *b, uint32_t set, const char *last)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (set >> i & 1) {
            set &= ~(UINT32_C(1) << i);
            buf_puts(b, verb_words[i]);
            buf_puts(b, set == 0 ? "" : (set & (set - 1)) == 0 ? last : ", ");
        }
}

static bool belongs_to_others(enum option option, struct err *e)
{
    char text[128];
    struct buf b = BUF_OF(text);
    options_put_verbs(&b, known[option].verbs, " and ");
    return err_set(e, ERR_USAGE, "--%s belongs to %s", known[option].name, buf_text(&b));
}

/* "--name value", "--name=value", "--name" of an option without value, "-v", "-h". */
static bool take_argument(struct options *o, struct arguments *rest, uint64_t *seen, struct err *e)
{
    struct slice argument = next(rest);
    struct slice value = long_form(argument);
    if (!slice_skip(&value, "--"))
        return err_set(e, ERR_USAGE, "'%s' is no option", err_printable(argument).text);
    bool joined = memchr(value.at, '=', value.len) != NULL;
    enum option option = option_of(slice_cut(&value, '='));
    /* Without what follows '=': it may be a secret that somebody meant to give here. */
    if (option == OPTION_COUNT)
        return err_set(e, ERR_USAGE, "'%s' is no option", err_printable(slice_cut(&argument, '=')).text);
    const char *name = known[option].name;
    if (!(known[option].verbs >> o->verb & 1))
        return belongs_to_others(option, e);
    if (o->secure && known[option].restricted)
        return err_set(e, ERR_USAGE, "--%s may only stand in " CONFIG_FILE ", as this program has file capabilities", name);
    if (!known[option].value && joined)
        return err_set(e, ERR_USAGE, "--%s takes no value", name);
    bool bare = may_be_bare(option) && !joined && is_bare(rest);
    if (known[option].value && !joined && !bare) {
        if (rest->left == 0)
            return err_set(e, ERR_USAGE, "--%s needs a value: %s", name, known[option].value);
        value = next(rest);
    }
    if (has(*seen, option) && !is_repeatable(option) && known[option].value)
        return err_set(e, ERR_USAGE, "--%s stands twice", name);
    *seen |= UINT64_C(1) << option;
    if (bare)
        rest->bare |= UINT64_C(1) << option;
    return bare || option_take(o, option, value, e) || err_prefix(e, "--%s", name);
}

static bool take_verb(struct slice word, enum verb *verb, struct err *e)
{
    if (slice_is(word, "--help") || slice_is(word, "-h"))
        word = slice_of("help");
    if (slice_is(word, "--version"))
        word = slice_of("version");
    for (int i = 0; i < VERB_COUNT; i++)
        if (slice_is(word, verb_words[i])) {
            *verb = (enum verb)i;
            return true;
        }
    return err_set(e, ERR_USAGE, "'%s' is no verb; use one of:" VERB_WORDS, err_printable(word).text);
}

static bool arguments_check(const struct options *o, struct err *e)
{
    if (o->proxy.reveal[0])
        return err_set(e, ERR_USAGE, "--proxy has a password, which everybody on this host can see in a command line; "
                                     "put it into https_proxy or " CONFIG_FILE);
    return o->verb != VERB_STATUS || o->every_s == 0 || o->watch ||
           err_set(e, ERR_USAGE, "--every belongs to follow, and to status --watch");
}

/* A form is chosen on the command line; a file for it may be named anywhere. */
static bool take_forms(struct options *o, uint64_t seen, struct err *e)
{
    bool json = o->form == FORM_JSON, prometheus = has(seen, OPTION_PROMETHEUS);
    if (json + prometheus + o->watch > 1)
        return err_set(e, ERR_USAGE, "of --json, --prometheus and --watch only one can be had");
    if (prometheus)
        o->form = FORM_PROMETHEUS;
    return true;
}

/* The words of who calls a front end come behind all options. */
static bool begin_words(const struct options *o, const struct arguments *rest)
{
    return (o->verb == VERB_OCF || o->verb == VERB_NOTIFY) && rest->at[0][0] != '-';
}

/* More than there is room for nobody means, but to a resource agent, which passes over what stands behind its action. */
static bool take_words(struct options *o, struct arguments *rest, struct err *e)
{
    while (rest->left > 0) {
        if (o->word_count == LIMIT_WORDS)
            return o->verb == VERB_OCF || err_set(e, ERR_USAGE, "more than %d words behind the options", LIMIT_WORDS);
        o->words[o->word_count++] = next(rest);
    }
    return true;
}

bool options_take_arguments(struct options *o, int count, char *const *arguments, struct err *e)
{
    struct arguments rest = {.left = count, .at = arguments};
    uint64_t seen = 0;
    if (count < 1)
        return err_set(e, ERR_USAGE, "no verb; use one of:" VERB_WORDS);
    if (!take_verb(next(&rest), &o->verb, e))
        return false;
    if (o->verb == VERB_HELP && rest.left > 0 && !take_verb(next(&rest), &o->about, e))
        return false;
    o->asked = o->verb;
    while (rest.left > 0 && !begin_words(o, &rest))
        if (!take_argument(o, &rest, &seen, e))
            return false;
    if (!take_words(o, &rest, e))
        return false;
    o->set |= seen & ~rest.bare;
    if (o->about != VERB_HELP)
        o->verb = VERB_HELP;
    return arguments_check(o, e) && take_forms(o, seen, e);
}

struct slice options_variable(char *const *environment, const char *name)
{
    size_t len = strlen(name);
    for (char *const *at = environment; *at; at++)
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
            return slice_of(*at + len + 1);
    return slice_of("");
}

static struct slice first_of(char *const *environment, const char *name, const char *other)
{
    struct slice value = options_variable(environment, name);
    return value.len > 0 ? value : options_variable(environment, other);
}

static bool take_keys(struct chain_environment *c, char *const *environment, struct err *e)
{
    struct slice access_key = options_variable(environment, "AWS_ACCESS_KEY_ID");
    struct slice secret_key = options_variable(environment, "AWS_SECRET_ACCESS_KEY");
    if (access_key.len == 0)
        return true;
    if (secret_key.len == 0)
        return err_set(e, ERR_USAGE, "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set; set both, or neither");
    c->has_keys = credentials_make(access_key, secret_key, options_variable(environment, "AWS_SESSION_TOKEN"), &c->keys, e);
    return c->has_keys || err_prefix(e, "environment");
}

static bool take_authorization(struct chain_environment *c, char *const *environment, struct err *e)
{
    struct slice token = options_variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    return token.len == 0 || bearer_make(token, &c->authorization, e) || err_prefix(e, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

/* What leads to keys, if they are not there themselves. */
static bool take_chain(struct chain_environment *c, char *const *environment, struct err *e)
{
    const struct {
        const char *variable;
        struct slice *value;
    } words[] = {
        {"HOME", &c->home},
        {"AWS_SHARED_CREDENTIALS_FILE", &c->credentials_file},
        {"AWS_CONFIG_FILE", &c->config_file},
        {"AWS_ROLE_ARN", &c->role_arn},
        {"AWS_ROLE_SESSION_NAME", &c->role_session_name},
        {"AWS_WEB_IDENTITY_TOKEN_FILE", &c->token_file},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", &c->container_relative},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI", &c->container_full},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &c->authorization_file},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        *words[i].value = options_variable(environment, words[i].variable);
    if (c->profile.len == 0)
        c->profile = first_of(environment, "AWS_DEFAULT_PROFILE", "AWS_PROFILE");
    c->no_instance = slice_is_nocase(options_variable(environment, "AWS_EC2_METADATA_DISABLED"), "true");
    return take_keys(c, environment, e) && take_authorization(c, environment, e);
}

bool options_take_environment(struct options *o, char *const *environment, struct err *e)
{
    if (o->secure)
        return true;
    uint64_t stronger = o->set;
    bool no_endpoints = slice_is_nocase(options_variable(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        struct slice value = options_variable(environment, variables[i].variable);
        bool ignored = no_endpoints && slice_starts(slice_of(variables[i].variable), "AWS_ENDPOINT_URL");
        if (value.len == 0 || ignored || has(o->set, variables[i].option) || is_overruled(stronger, variables[i].option))
            continue;
        if (!option_take(o, variables[i].option, value, e))
            return err_prefix(e, "%s", variables[i].variable);
        if (variables[i].option == OPTION_PROXY && !slice_starts(slice_of(variables[i].variable), "MIRRORVIP_"))
            o->no_proxy = first_of(environment, "no_proxy", "NO_PROXY");
        o->set |= UINT64_C(1) << variables[i].option;
    }
    return take_chain(&o->chain, environment, e);
}

void options_forget_environment(char **environment)
{
    static const char *const secrets[] = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                          "MIRRORVIP_PROXY", "https_proxy", "HTTPS_PROXY"};
    for (char **at = environment; *at; at++) {
        struct slice rest = slice_of(*at);
        struct slice name = slice_cut(&rest, '=');
        for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
            if (slice_is(name, secrets[i]))
                wipe(*at + (rest.at - *at), rest.len);
    }
}

static bool is_config_text(struct slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] != '\t' && (line.at[i] < ' ' || line.at[i] > '~'))
            return false;
    return true;
}

/* What the command line alone may say stands in no file: it belongs to one run. */
static bool is_config_option(enum option option)
{
    return option != OPTION_COUNT && option != OPTION_CONFIG && option != OPTION_SECTION && known[option].value;
}

/* What each VIP may have of its own. */
static bool is_of_one_vip(enum option option)
{
    return option == OPTION_VIP || option == OPTION_INTERFACE || selects(option) || option == OPTION_TABLES ||
           option == OPTION_ONLY_IF_OWNER;
}

/* What a section says itself stands in place of what was said for all, and is not added to it. */
static void forget(struct want *want, enum option option, uint64_t seen)
{
    if (selects(option) && !has_selected(seen))
        want->named_count = want->tag_count = 0;
    if (option == OPTION_ONLY_IF_OWNER)
        want->allowed_owners = (struct plan_owners){.limited = false};
}

static bool take_key(struct options *o, enum option option, struct slice value, uint64_t *seen, struct err *e)
{
    const char *name = known[option].name;
    if (o->section_count > 0 && !is_of_one_vip(option))
        return err_set(e, ERR_USAGE, "'%s' is no key of a section, as it holds for the whole run; put it before the first section", name);
    if (has(*seen, option))
        return err_set(e, ERR_USAGE, "'%s' stands twice", name);
    if (value.len == 0)
        return err_set(e, ERR_USAGE, "'%s' has no value", name);
    if (!is_overruled(o->set, option))
        forget(section_current(o), option, *seen);
    *seen |= UINT64_C(1) << option;
    if (is_overruled(o->set, option))
        return true;
    o->from_file |= UINT64_C(1) << option;
    return option_take(o, option, value, e);
}

/* `seen` is of the section that the line is in. */
static bool take_line(struct options *o, struct slice line, uint64_t *seen, struct err *e)
{
    struct slice value = slice_trim(line);
    if (value.len == 0 || value.at[0] == '#')
        return true;
    if (!is_config_text(value))
        return err_set(e, ERR_USAGE, "a control or non-ASCII byte (is it saved with CR LF line ends?)");
    if (value.at[0] == '[') {
        *seen = 0;
        return section_begin(o, value, e);
    }
    if (!memchr(value.at, '=', value.len))
        return err_set(e, ERR_USAGE, "no 'key = value'");
    struct slice key = slice_trim(slice_cut(&value, '='));
    enum option option = option_of(key);
    if (!is_config_option(option))
        return err_set(e, ERR_USAGE, "'%s' is no key", err_printable(key).text);
    return take_key(o, option, slice_trim(value), seen, e);
}

bool options_is_from_file(const struct options *o, enum option option)
{
    return has(o->from_file, option);
}

bool options_take_config(struct options *o, struct slice text, struct err *e)
{
    uint64_t seen = 0;
    for (unsigned number = 1; text.len > 0; number++)
        if (!take_line(o, slice_cut(&text, '\n'), &seen, e))
            return err_prefix(e, "%s, line %u", o->config, number);
    return true;
}

void options_route(const struct options *o, struct origin *origin)
{
    bool used = o->proxy.origin.host[0] && !proxy_is_bypassed(o->no_proxy, origin);
    origin->proxy = used ? &o->proxy : NULL;
}

static bool selection_check(const struct want *want, struct err *e)
{
    return want->named_count == 0 || want->tag_count == 0 ||
           err_set(e, ERR_USAGE, "the tables are named one by one or by a tag, not both; leave --route-table or --tag out");
}

static bool selections_check(const struct options *o, struct err *e)
{
    for (size_t i = 0; i < o->section_count; i++)
        if (!selection_check(&o->sections[i], e))
            return err_prefix(e, "section '%s'", o->sections[i].name);
    return selection_check(&o->common, e);
}

bool options_check(const struct options *o, struct err *e)
{
    bool variant = o->variant.fips || o->variant.dual_stack;
    bool named = o->has_endpoint || (o->has_role && o->has_sts_endpoint);
    if (!sections_check(o, e))
        return false;
    if ((o->verb == VERB_FOLLOW || o->asked == VERB_NOTIFY) && o->section_count == 0 && !o->common.alias.has_vip)
        return err_set(e, ERR_USAGE, "%s must be told the VIP, as no label tells it while the alias is down; "
                                     "give --vip ADDRESS/PREFIX, or vip = in " CONFIG_FILE,
                       verb_words[o->asked]);
    if (!selections_check(o, e))
        return false;
    if (!o->has_role && o->external_id.text[0])
        return err_set(e, ERR_USAGE, "--external-id belongs to --assume-role");
    return !named || !variant ||
           err_set(e, ERR_USAGE, "the endpoint URL names the host itself, so neither --fips nor --dual-stack can go with it; "
                                 "leave one of them out");
}
