/*
 * profile: what one of the two files that the SDKs share says of one profile.
 *
 * Layer: aws, pure: it is handed a file's text.
 * Specification: as botocore reads them, which is as Python's configparser does. A section is "[NAME]" in the credentials
 * file, "[profile NAME]" or "[default]" in the configuration file. A key and its value have '=' or ':' between them; a line
 * that begins with '#' or ';' is a comment; one that is indented deeper than the key before it belongs to that key's value.
 * Trust: the text is untrusted. A line that is none of these makes the whole file unfit, whatever section it stands in, and
 * so does a section or a key of the profile that stands twice. An error names the line and shows none of it, as it may hold
 * a secret.
 * Lifetime: the values are slices of the text.
 */
#ifndef AWS_PROFILE_H
#define AWS_PROFILE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/* Those that matter here; all others are passed over. */
#define PROFILE_KEYS(X)                                    \
    X(ACCESS_KEY, "aws_access_key_id")                     \
    X(SECRET_KEY, "aws_secret_access_key")                 \
    X(SESSION_TOKEN, "aws_session_token")                  \
    X(ROLE_ARN, "role_arn")                                \
    X(SOURCE_PROFILE, "source_profile")                    \
    X(CREDENTIAL_SOURCE, "credential_source")              \
    X(EXTERNAL_ID, "external_id")                          \
    X(ROLE_SESSION_NAME, "role_session_name")              \
    X(MFA_SERIAL, "mfa_serial")                            \
    X(WEB_IDENTITY_TOKEN_FILE, "web_identity_token_file")  \
    X(CREDENTIAL_PROCESS, "credential_process")            \
    X(SSO_ACCOUNT_ID, "sso_account_id")                    \
    X(SSO_ROLE_NAME, "sso_role_name")                      \
    X(REGION, "region")

enum profile_key {
#define X(key, name) PROFILE_##key,
    PROFILE_KEYS(X)
#undef X
    PROFILE_KEY_COUNT
};

enum profile_file { PROFILE_CREDENTIALS_FILE, PROFILE_CONFIG_FILE };

struct profile {
    bool present;
    struct slice value[PROFILE_KEY_COUNT]; /* `at` is NULL where the key is not there */
};

/* A file without the profile is no error. IDENTITY. */
bool profile_find(struct slice text, enum profile_file file, struct slice name, struct profile *profile, struct err *e);

#endif
