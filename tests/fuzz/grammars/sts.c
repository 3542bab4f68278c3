/* sts: replies of the Security Token Service, and what is told of AssumeRole's: the same reply, with nothing but the credentials. */
#include "../grammar.h"

#include "aws/sts.h"
#include "base/stamp.h"

static struct sts_reply reply;

static bool take(struct pieces *in, enum query_answer *answer, struct err *e)
{
    struct slice piece;
    while (pieces_next(in, &piece))
        if (!query_take(&reply.query, 200, piece, e))
            return false;
    return query_end(&reply.query, 200, answer, e);
}

static void put_element(struct buf *out, const char *name, const char *text)
{
    buf_putf(out, "<%s>", name);
    for (; *text; text++)
        if (strchr("&<>", *text))
            buf_putf(out, "&#%d;", *text);
        else
            buf_putc(out, *text);
    buf_putf(out, "</%s>", name);
}

static bool tell(struct pieces *in, struct buf *out)
{
    struct credentials c = {0};
    enum query_answer answer;
    struct err e = {0};
    sts_reply_start(&reply, STS_ASSUME_ROLE, &c);
    if (!take(in, &answer, &e))
        return refused(out, &e);
    claim(answer == QUERY_DONE && c.access_key[0] && c.secret_key.reveal[0] && c.session_token.reveal[0]);
    buf_puts(out, "<AssumeRoleResponse><AssumeRoleResult><Credentials>");
    put_element(out, "AccessKeyId", c.access_key);
    put_element(out, "SecretAccessKey", c.secret_key.reveal);
    put_element(out, "SessionToken", c.session_token.reveal);
    put_element(out, "Expiration", stamp_text(c.expires_s).text);
    buf_puts(out, "</Credentials></AssumeRoleResult></AssumeRoleResponse>");
    return true;
}

/* Whose keys are: an account that is one, a role that is one or none. */
static void check(struct slice input)
{
    struct pieces in = {input, input.len, 1, NULL};
    struct sts_identity who = {0};
    struct account_id account;
    struct role_name name;
    enum query_answer answer;
    struct err e = {0};
    sts_reply_start_identity(&reply, &who);
    if (take(&in, &answer, &e)) {
        claim(account_id_make(slice_of(who.account.text), &account));
        claim(!who.name.text[0] || role_name_make(slice_of(who.name.text), &name));
    }
    free(in.copy);
}

const struct grammar grammar_sts = {"sts", .in_pieces = true, .is_own = true, tell, check};
