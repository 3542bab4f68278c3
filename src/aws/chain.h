/*
 * chain: where a run's keys come from: the first of the places that the SDKs look at where something is set up. What is
 * wrong there is an error and no reason to look further.
 *
 * Layer: aws, pure: it is handed the environment's words and the text of the two shared files.
 * Specification: botocore's order: the keys of the environment; the role that a profile names (role_arn); a web identity;
 * the keys of the shared credentials file, those of the shared configuration file; a container's credential server; the
 * role of the instance. A profile is both files' sections of that name; where both have a key, the credentials file's counts.
 * What would need another program or a person, which is credential_process, SSO and MFA, is refused.
 * Trust: all of it is untrusted: every value is checked by its pattern.
 * Lifetime: a chain holds secrets; whoever has it wipes it. Nothing in it points into the texts.
 */
#ifndef AWS_CHAIN_H
#define AWS_CHAIN_H

#include "aws/container.h"
#include "aws/credentials.h"
#include "aws/sts.h"
#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>

/* What the environment says, empty where it says nothing; of what is no secret, slices of it. */
struct chain_environment {
    bool has_keys;
    struct credentials keys;
    struct slice profile;
    struct slice home;
    struct slice credentials_file;
    struct slice config_file;
    struct slice role_arn;
    struct slice role_session_name;
    struct slice token_file; /* of the web identity */
    struct slice container_relative;
    struct slice container_full;
    struct slice authorization_file; /* counts before: */
    struct bearer authorization;
    bool no_instance; /* its role is not to be asked for */
};

/* Whose the first keys are, and their name. The order is that in which they are looked for. */
#define CHAIN_SOURCES(X)                               \
    X(ENVIRONMENT, "environment")                      \
    X(WEB_IDENTITY, "web identity")                    \
    X(CREDENTIALS_FILE, "shared credentials file")     \
    X(CONFIG_FILE, "shared configuration file")        \
    X(CONTAINER, "container")                          \
    X(INSTANCE, "instance profile")

enum chain_source {
#define X(source, word) CHAIN_##source,
    CHAIN_SOURCES(X)
#undef X
};
const char *chain_source_word(enum chain_source source);

struct chain {
    enum chain_source source;
    bool by_profile;             /* a profile's role has led to it: no other source was looked at but the environment */
    struct credentials keys;     /* ENVIRONMENT and the two files */
    struct sts_role identity;    /* WEB_IDENTITY: the role that its token gives */
    struct container container;
    char token_file[LIMIT_PATH]; /* WEB_IDENTITY, CONTAINER; empty: no file has it */
    struct bearer token;         /* which it holds, or, of a container, the environment does */
    size_t role_count;
    struct sts_role roles[LIMIT_ROLES]; /* to become one after the other, the first one with the source's keys */
    bool has_region;
    struct region region;        /* the profile's */
};

enum chain_file { CHAIN_FILE_CREDENTIALS, CHAIN_FILE_CONFIG, CHAIN_FILES };
/* Where one of the two is: as the environment says, or below its HOME. False: there can be none. */
bool chain_path(const struct chain_environment *env, enum chain_file file, char path[LIMIT_PATH]);

/* Into a chain of zeros. The texts may be empty: no such file. IDENTITY. */
bool chain_find(const struct chain_environment *env, struct slice credentials, struct slice config, struct chain *chain, struct err *e);
/* One more role, to become last. IDENTITY. */
bool chain_add_role(struct chain *chain, const struct sts_role *role, struct err *e);
/* Whether STS is to be asked. */
bool chain_asks_sts(const struct chain *chain);
/* The sources where nothing was found: "environment, web identity"; none is the empty text. */
void chain_put_passed(struct buf *b, const struct chain *chain);

#endif
