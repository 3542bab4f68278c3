#include "aws/sts.h"

#include "base/stamp.h"
#include "wire/uri.h"

#include <string.h>

#define VERSION "&Version=2011-06-15"

static const char *const names[] = {"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"};

static void put_action(struct buf *b, enum sts_action action, const struct sts_role *role, const struct eni_id *eni)
{
    buf_puts(b, "Action=");
    buf_puts(b, names[action]);
    buf_puts(b, VERSION "&DurationSeconds=900&RoleSessionName=");
    if (role->session.text[0]) {
        uri_put_encoded(b, slice_of(role->session.text));
    } else {
        buf_puts(b, "mirrorvip-");
        buf_puts(b, eni->text);
    }
    buf_puts(b, "&RoleArn=");
    uri_put_encoded(b, slice_of(role->arn.text));
}

void sts_put_assume_role(struct buf *b, const struct sts_role *role, const struct eni_id *eni)
{
    put_action(b, STS_ASSUME_ROLE, role, eni);
    if (role->external.text[0]) {
        buf_puts(b, "&ExternalId=");
        uri_put_encoded(b, slice_of(role->external.text));
    }
}

void sts_put_assume_role_with_web_identity(struct buf *b, const struct sts_role *role, const struct bearer *token, const struct eni_id *eni)
{
    put_action(b, STS_ASSUME_ROLE_WITH_WEB_IDENTITY, role, eni);
    buf_puts(b, "&WebIdentityToken=");
    uri_put_encoded(b, slice_of(token->reveal));
}

void sts_put_get_caller_identity(struct buf *b)
{
    buf_puts(b, "Action=GetCallerIdentity" VERSION);
}

enum place { RESULT = QUERY_OWN, CREDENTIALS, ACCESS_KEY, SECRET_KEY, TOKEN, EXPIRATION, IDENTITY, ACCOUNT, ARN };

static const struct query_step in_reply[] = {
    {"AssumeRoleResult", RESULT},
    {"AssumeRoleWithWebIdentityResult", RESULT},
    {"GetCallerIdentityResult", IDENTITY},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_result[] = {{"Credentials", CREDENTIALS}, {"", QUERY_UNKNOWN}};
static const struct query_step in_credentials[] = {
    {"AccessKeyId", ACCESS_KEY},
    {"SecretAccessKey", SECRET_KEY},
    {"SessionToken", TOKEN},
    {"Expiration", EXPIRATION},
    {"", QUERY_UNKNOWN},
};
static const struct query_step in_identity[] = {{"Account", ACCOUNT}, {"Arn", ARN}, {"", QUERY_UNKNOWN}};

static const struct query_step *const steps[QUERY_PLACES] = {
    [QUERY_REPLY] = in_reply,
    [RESULT] = in_result,
    [CREDENTIALS] = in_credentials,
    [IDENTITY] = in_identity,
};

static struct sts_reply *own(struct query_reply *q)
{
    return (struct sts_reply *)q;
}

static void restart(struct query_reply *q)
{
    wipe(&own(q)->found, sizeof own(q)->found);
    if (own(q)->identity)
        *own(q)->identity = (struct sts_identity){.arn = ""};
}

static void open_element(struct query_reply *q, uint8_t place)
{
    (void)q;
    (void)place;
}

/* A text of LIMIT_XML_TEXT bytes may have been cut. */
static bool copy_without_blanks(struct slice text, char *to, size_t cap)
{
    struct buf b = {to, 0, cap, false};
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.at[i]))
            buf_putc(&b, text.at[i]);
    (void)buf_text(&b);
    return text.len < LIMIT_XML_TEXT && !b.full;
}

/* "arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION", "arn:PARTITION:iam::ACCOUNT:user/PATH/NAME", or what else there is. */
static void take_arn(struct sts_identity *who, struct slice arn)
{
    struct slice rest = arn;
    query_show(arn, who->arn, sizeof who->arn);
    for (unsigned i = 0; i < 5; i++)
        (void)slice_cut(&rest, ':');
    struct slice kind = slice_cut(&rest, '/'), name = slice_cut(&rest, '/');
    who->is_user = slice_is(kind, "user");
    while (who->is_user && rest.len > 0)
        name = slice_cut(&rest, '/');
    if (who->is_user || slice_is(kind, "assumed-role"))
        (void)role_name_make(name, &who->name);
}

static bool close_element(struct query_reply *q, uint8_t place, struct slice text, struct err *e)
{
    struct credentials *c = &own(q)->found;
    bool fits = true;
    if (place == ACCESS_KEY)
        fits = copy_without_blanks(text, c->access_key, sizeof c->access_key);
    if (place == SECRET_KEY)
        fits = copy_without_blanks(text, c->secret_key.reveal, sizeof c->secret_key.reveal);
    if (place == TOKEN)
        fits = copy_without_blanks(text, c->session_token.reveal, sizeof c->session_token.reveal);
    if (place == EXPIRATION)
        (void)stamp_text_decode(text, &c->expires_s);
    if (place == ARN && own(q)->identity)
        take_arn(own(q)->identity, text);
    if (place == ACCOUNT && own(q)->identity)
        (void)account_id_make(text, &own(q)->identity->account);
    return fits || err_set(e, ERR_IDENTITY, "credentials: a key or a token is longer than any");
}

static bool end(struct query_reply *q, enum query_answer *answer, struct err *e)
{
    struct sts_reply *r = own(q);
    const char *token = r->found.session_token.reveal;
    *answer = QUERY_DONE;
    if (r->identity)
        return r->identity->account.text[0] || err_set(e, ERR_IDENTITY, "no account");
    if (!token[0])
        return err_set(e, ERR_IDENTITY, "credentials: no session token");
    if (!credentials_make(slice_of(r->found.access_key), slice_of(r->found.secret_key.reveal), slice_of(token), r->credentials, e))
        return false;
    r->credentials->expires_s = r->found.expires_s;
    return true;
}

/* STS asks the identity provider, who may have been out of reach. */
static const struct query_code codes[] = {
    {"IDPCommunicationError", "", QUERY_PASSING},
};

static const struct query_cure cures[] = {
    {"ExpiredTokenException", "have the token's file written anew"},
    {"InvalidIdentityToken", "check the token's file and the role's identity provider"},
    {"AccessDenied", "let this host's own role call sts:AssumeRole, and the role trust it and what --external-id says"},
};

static const struct query_kind kind = {
    .steps = steps,
    .codes = codes,
    .code_count = sizeof codes / sizeof *codes,
    .cures = cures,
    .cure_count = sizeof cures / sizeof *cures,
    .restart = restart,
    .open = open_element,
    .close = close_element,
    .end = end,
};

void sts_reply_start(struct sts_reply *r, enum sts_action action, struct credentials *credentials)
{
    r->credentials = credentials;
    r->identity = NULL;
    query_start(&r->query, &kind, names[action], BUF_OF(r->text));
}

void sts_reply_start_identity(struct sts_reply *r, struct sts_identity *identity)
{
    r->identity = identity;
    query_start(&r->query, &kind, names[STS_GET_CALLER_IDENTITY], BUF_OF(r->text));
}
