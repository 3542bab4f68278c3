#include "aws/chain.h"

#include "aws/profile.h"

#include <string.h>

static const char *const words[] = {
#define X(source, word) word,
    CHAIN_SOURCES(X)
#undef X
};

const char *chain_source_word(enum chain_source source)
{
    return words[source];
}

void chain_put_passed(struct buf *b, const struct chain *chain)
{
    size_t end = chain->by_profile ? CHAIN_ENVIRONMENT + 1 : (size_t)chain->source;
    for (size_t i = 0; i < end; i++) {
        buf_puts(b, i > 0 ? ", " : "");
        buf_puts(b, words[i]);
    }
}

bool chain_asks_sts(const struct chain *chain)
{
    return chain->role_count > 0 || chain->source == CHAIN_WEB_IDENTITY;
}

bool chain_path(const struct chain_environment *env, enum chain_file file, char path[LIMIT_PATH])
{
    struct slice named = file == CHAIN_FILE_CREDENTIALS ? env->credentials_file : env->config_file;
    struct slice rest = named.len > 0 ? named : slice_of(file == CHAIN_FILE_CREDENTIALS ? "~/.aws/credentials" : "~/.aws/config");
    struct buf b = {path, 0, LIMIT_PATH, false};
    if (slice_skip(&rest, "~/")) {
        buf_put(&b, env->home);
        buf_putc(&b, '/');
    }
    buf_put(&b, rest);
    (void)buf_text(&b);
    return !b.full && (named.len > 0 || env->home.len > 0);
}

/* --- Profiles */

/* One profile, as each of the two files has it. */
struct pair {
    struct slice name;
    struct profile in[CHAIN_FILES];
};

/* The search: what it goes by, the profile that it has come to, and what it has found. */
struct finder {
    const struct chain_environment *env;
    bool is_source; /* the profile is one that another names: the environment's web identity is not its */
    struct slice texts[CHAIN_FILES];
    struct pair profile;
    struct chain *chain;
};

static bool go_to_profile(struct finder *f, struct slice name, struct err *e)
{
    static const enum profile_file files[CHAIN_FILES] = {PROFILE_CREDENTIALS_FILE, PROFILE_CONFIG_FILE};
    char path[LIMIT_PATH];
    f->profile.name = name;
    for (int i = 0; i < CHAIN_FILES; i++)
        if (!profile_find(f->texts[i], files[i], name, &f->profile.in[i], e)) {
            (void)chain_path(f->env, (enum chain_file)i, path);
            return err_prefix(e, "%s", err_printable(slice_of(path)).text);
        }
    return true;
}

static bool is_present(const struct pair *p)
{
    return p->in[CHAIN_FILE_CREDENTIALS].present || p->in[CHAIN_FILE_CONFIG].present;
}

static struct slice value_of(const struct pair *p, enum profile_key key)
{
    struct slice first = p->in[CHAIN_FILE_CREDENTIALS].value[key];
    return first.at ? first : p->in[CHAIN_FILE_CONFIG].value[key];
}

static bool has(const struct pair *p, enum profile_key key)
{
    return value_of(p, key).at != NULL;
}

static bool no(const struct pair *p, const char *what, struct err *e)
{
    return err_set(e, ERR_IDENTITY, "profile %s %s", err_printable(p->name).text, what);
}

static bool in_profile(const struct pair *p, struct err *e)
{
    return err_prefix(e, "profile %s", err_printable(p->name).text);
}

/* --- The sources, each a step of the search: `*found` where it is set up, whether or not that is in order */

static bool take_environment(struct finder *f, bool *found, struct err *e)
{
    (void)e;
    *found = f->env->has_keys;
    f->chain->keys = f->env->keys; /* the source is CHAIN_ENVIRONMENT from the start */
    return true;
}

static bool role_make(struct slice arn, struct slice session, struct slice external, struct sts_role *role, struct err *e)
{
    struct sts_role made = {.external = {""}, .session = {""}};
    if (!role_arn_make(arn, &made.arn))
        return err_set(e, ERR_IDENTITY, "'%s' is no role, as arn:aws:iam::123456789012:role/NAME; correct it", err_printable(arn).text);
    if (session.len > 0 && !session_name_make(session, &made.session))
        return err_set(e, ERR_IDENTITY, "'%s' is no name of a session; correct it", err_printable(session).text);
    if (external.len > 0 && !external_id_make(external, &made.external))
        return err_set(e, ERR_IDENTITY, "'%s' is no external id; correct it", err_printable(external).text);
    *role = made;
    return true;
}

/* What the environment says, or, where it is silent, the profile. */
static struct slice either(const struct finder *f, struct slice environment, enum profile_key key)
{
    return environment.len > 0 && !f->is_source ? environment : value_of(&f->profile, key);
}

static bool take_web_identity(struct finder *f, bool *found, struct err *e)
{
    struct chain *c = f->chain;
    struct slice file = either(f, f->env->token_file, PROFILE_WEB_IDENTITY_TOKEN_FILE);
    struct slice arn = either(f, f->env->role_arn, PROFILE_ROLE_ARN);
    struct slice session = either(f, f->env->role_session_name, PROFILE_ROLE_SESSION_NAME);
    *found = file.len > 0;
    if (!*found)
        return true;
    c->source = CHAIN_WEB_IDENTITY;
    if (arn.len == 0)
        return err_set(e, ERR_IDENTITY, "web identity: there is a token's file, but no role; set AWS_ROLE_ARN, or role_arn in the profile");
    if (!slice_copy(file, c->token_file, sizeof c->token_file))
        return err_set(e, ERR_IDENTITY, "web identity: the path of the token's file is longer than %d bytes; shorten it",
                       LIMIT_PATH - 1);
    return role_make(arn, session, slice_of(""), &c->identity, e) || err_prefix(e, "web identity");
}

static bool refuse_sso(struct finder *f, bool *found, struct err *e)
{
    *found = has(&f->profile, PROFILE_SSO_ACCOUNT_ID) || has(&f->profile, PROFILE_SSO_ROLE_NAME);
    return !*found || no(&f->profile, "is one of IAM Identity Center (SSO), which a person logs in to; name another with AWS_PROFILE", e);
}

static bool take_keys(struct finder *f, enum chain_file file, enum chain_source source, bool *found, struct err *e)
{
    const struct slice *value = f->profile.in[file].value;
    *found = value[PROFILE_ACCESS_KEY].at != NULL;
    if (!*found)
        return true;
    f->chain->source = source;
    if (!value[PROFILE_SECRET_KEY].at)
        return no(&f->profile, "has an aws_access_key_id, but no aws_secret_access_key in the same file; give both", e);
    return credentials_make(value[PROFILE_ACCESS_KEY], value[PROFILE_SECRET_KEY], value[PROFILE_SESSION_TOKEN], &f->chain->keys, e) ||
           in_profile(&f->profile, e);
}

static bool take_credentials_file(struct finder *f, bool *found, struct err *e)
{
    return take_keys(f, CHAIN_FILE_CREDENTIALS, CHAIN_CREDENTIALS_FILE, found, e);
}

static bool refuse_process(struct finder *f, bool *found, struct err *e)
{
    *found = has(&f->profile, PROFILE_CREDENTIAL_PROCESS);
    return !*found || no(&f->profile, "has a credential_process, and no other program is run here; name another with AWS_PROFILE", e);
}

static bool take_config_file(struct finder *f, bool *found, struct err *e)
{
    return take_keys(f, CHAIN_FILE_CONFIG, CHAIN_CONFIG_FILE, found, e);
}

static bool take_container(struct finder *f, bool *found, struct err *e)
{
    struct chain *c = f->chain;
    const struct chain_environment *env = f->env;
    bool relative = env->container_relative.len > 0;
    *found = relative || env->container_full.len > 0;
    if (!*found)
        return true;
    c->source = CHAIN_CONTAINER;
    c->token = env->authorization;
    if (!slice_copy(env->authorization_file, c->token_file, sizeof c->token_file))
        return err_set(e, ERR_IDENTITY, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is longer than %d bytes; shorten it", LIMIT_PATH - 1);
    bool ok = relative ? container_make_relative(env->container_relative, &c->container, e)
                       : container_make_full(env->container_full, &c->container, e);
    return ok || err_prefix(e, "AWS_CONTAINER_CREDENTIALS_%s_URI", relative ? "RELATIVE" : "FULL");
}

static bool take_instance(struct finder *f, bool *found, struct err *e)
{
    (void)found; /* no step comes after it */
    f->chain->source = CHAIN_INSTANCE;
    return !f->env->no_instance ||
           err_set(e, ERR_IDENTITY, "no credentials are set up, and AWS_EC2_METADATA_DISABLED keeps the instance's role from being asked "
                                    "for; unset it");
}

/* --- A profile's role */

static bool names_role(const struct pair *p)
{
    return has(p, PROFILE_ROLE_ARN) && !has(p, PROFILE_WEB_IDENTITY_TOKEN_FILE);
}

static bool has_keys(const struct pair *p)
{
    return has(p, PROFILE_ACCESS_KEY) || has(p, PROFILE_SECRET_KEY);
}

/* By its name a source is taken whatever else is set up. The environment's keys would have come before the role. */
static bool take_named_source(struct finder *f, struct err *e)
{
    const struct pair *p = &f->profile;
    struct slice source = value_of(p, PROFILE_CREDENTIAL_SOURCE);
    bool found;
    if (slice_is(source, "Ec2InstanceMetadata"))
        return take_instance(f, &found, e);
    if (slice_is(source, "EcsContainer"))
        return take_container(f, &found, e) &&
               (found || no(p, "takes its keys from a container's server, and none is set up; correct credential_source", e));
    if (slice_is(source, "Environment"))
        return no(p, "takes its keys from the environment, and none are there; set them, or correct credential_source", e);
    return no(p, "has a credential_source that is none; give Ec2InstanceMetadata or EcsContainer", e);
}

static bool add_role(struct finder *f, struct err *e)
{
    const struct pair *p = &f->profile;
    struct sts_role role;
    bool has_source = has(p, PROFILE_CREDENTIAL_SOURCE), has_profile = has(p, PROFILE_SOURCE_PROFILE);
    if (has(p, PROFILE_MFA_SERIAL))
        return no(p, "has an mfa_serial, and nobody is here to be asked for the code; name another with AWS_PROFILE", e);
    if (has_source && has_profile)
        return no(p, "has both source_profile and credential_source; leave one of them", e);
    if (!has_source && !has_profile)
        return no(p, "has a role_arn, but neither source_profile nor credential_source; give one of them", e);
    return (role_make(value_of(p, PROFILE_ROLE_ARN), value_of(p, PROFILE_ROLE_SESSION_NAME), value_of(p, PROFILE_EXTERNAL_ID), &role, e) &&
            chain_add_role(f->chain, &role, e)) ||
           in_profile(p, e);
}

static void reverse_roles(struct chain *c)
{
    for (size_t i = 0; i < c->role_count / 2; i++) {
        struct sts_role role = c->roles[i];
        c->roles[i] = c->roles[c->role_count - 1 - i];
        c->roles[c->role_count - 1 - i] = role;
    }
}

/* --- The whole */

static bool take_roles(struct finder *f, bool *found, struct err *e);

static bool (*const steps[])(struct finder *f, bool *found, struct err *e) = {
    take_environment, take_roles, take_web_identity, refuse_sso, take_credentials_file, refuse_process, take_config_file, take_container,
    take_instance,
};
enum { FIRST_OF_PROFILE = 2, END_OF_PROFILE = 7, END = sizeof steps / sizeof *steps }; /* what a profile that another names can have */

static bool take_first(struct finder *f, int from, int end, bool *found, struct err *e)
{
    for (int i = from; i < end && !*found; i++)
        if (!steps[i](f, found, e))
            return false;
    return true;
}

static bool take_source_profile(struct finder *f, struct err *e)
{
    bool found = false;
    f->is_source = true;
    return take_first(f, FIRST_OF_PROFILE, END_OF_PROFILE, &found, e) &&
           (found || no(&f->profile, "is named as source_profile and has no keys; correct that", e));
}

/* From role to role, the last to become first, to whose keys are the first. Profiles that name each other end at LIMIT_ROLES. */
static bool take_roles(struct finder *f, bool *found, struct err *e)
{
    const struct pair *p = &f->profile;
    *found = names_role(p);
    if (!*found)
        return true;
    f->chain->by_profile = true;
    do {
        if (!add_role(f, e))
            return false;
        if (has(p, PROFILE_CREDENTIAL_SOURCE))
            return take_named_source(f, e);
        if (!go_to_profile(f, value_of(p, PROFILE_SOURCE_PROFILE), e))
            return false;
        if (!is_present(p))
            return no(p, "is named as source_profile and does not exist; correct that", e);
    } while (!has_keys(p) && names_role(p));
    return take_source_profile(f, e);
}

static bool take_region(struct finder *f, struct err *e)
{
    struct chain *c = f->chain;
    struct slice name = value_of(&f->profile, PROFILE_REGION);
    c->has_region = name.len > 0;
    if (!c->has_region || region_make(name, &c->region))
        return true;
    (void)err_set(e, ERR_IDENTITY, "'%s' is no region, as eu-central-1; correct it", err_printable(name).text);
    return in_profile(&f->profile, e);
}

bool chain_find(const struct chain_environment *env, struct slice credentials, struct slice config, struct chain *chain, struct err *e)
{
    struct finder f = {.env = env, .texts = {credentials, config}, .chain = chain};
    bool is_named = env->profile.len > 0, found = false;
    if (!go_to_profile(&f, is_named ? env->profile : slice_of("default"), e))
        return false;
    if (is_named && !is_present(&f.profile))
        return no(&f.profile, "is named by the environment and stands in no file; correct AWS_PROFILE", e);
    bool ok = take_region(&f, e) && take_first(&f, 0, END, &found, e);
    reverse_roles(chain);
    return ok;
}

bool chain_add_role(struct chain *chain, const struct sts_role *role, struct err *e)
{
    if (chain->role_count == LIMIT_ROLES)
        return err_set(e, ERR_IDENTITY, "more than %d roles one after the other, or a circle of them; correct source_profile", LIMIT_ROLES);
    chain->roles[chain->role_count++] = *role;
    return true;
}
