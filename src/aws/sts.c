#include "aws/sts.h"

#include "wire/uri.h"

#include <string.h>

void sts_put_assume_role(struct buf *b, const struct role_arn *role, const struct external_id *external, const struct eni_id *eni)
{
    buf_puts(b, "Action=AssumeRole&Version=2011-06-15&DurationSeconds=900&RoleSessionName=mirrorvip-");
    buf_puts(b, eni->text);
    buf_puts(b, "&RoleArn=");
    uri_put_encoded(b, slice_of(role->text));
    if (external->text[0]) {
        buf_puts(b, "&ExternalId=");
        uri_put_encoded(b, slice_of(external->text));
    }
}

enum place { RESULT = QUERY_OWN, CREDENTIALS, ACCESS_KEY, SECRET_KEY, TOKEN };

static const struct query_step steps[] = {
    {QUERY_REPLY, RESULT, "AssumeRoleResult"},
    {RESULT, CREDENTIALS, "Credentials"},
    {CREDENTIALS, ACCESS_KEY, "AccessKeyId"},
    {CREDENTIALS, SECRET_KEY, "SecretAccessKey"},
    {CREDENTIALS, TOKEN, "SessionToken"},
};

static struct sts_reply *own(struct query_reply *q)
{
    return (struct sts_reply *)q;
}

static void restart(struct query_reply *q)
{
    wipe(&own(q)->found, sizeof own(q)->found);
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
    return fits || err_set(e, ERR_IDENTITY, "credentials: a key or a token is longer than any");
}

static bool end(struct query_reply *q, enum query_answer *answer, struct err *e)
{
    struct sts_reply *r = own(q);
    const char *token = r->found.session_token.reveal;
    *answer = QUERY_DONE;
    if (!token[0])
        return err_set(e, ERR_IDENTITY, "credentials: no session token");
    return credentials_make(slice_of(r->found.access_key), slice_of(r->found.secret_key.reveal), slice_of(token), r->credentials, e);
}

static const struct query_cure cures[] = {
    {"AccessDenied", "let this host's own role call sts:AssumeRole, and the role trust it and what --external-id says"},
};

static const struct query_kind kind = {
    .steps = steps,
    .step_count = sizeof steps / sizeof *steps,
    .cures = cures,
    .cure_count = sizeof cures / sizeof *cures,
    .restart = restart,
    .open = open_element,
    .close = close_element,
    .end = end,
};

void sts_reply_start(struct sts_reply *r, struct credentials *credentials)
{
    r->credentials = credentials;
    query_start(&r->query, &kind, "AssumeRole");
}
