/* credentials: the JSON of a credential server, and what is told of it: the same document, with nothing but the credentials. */
#include "../grammar.h"

#include "aws/credentials.h"
#include "base/stamp.h"

static void put_member(struct buf *out, const char *name, const char *text)
{
    buf_putf(out, "\"%s\":\"", name);
    for (; *text; text++)
        buf_putf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    buf_putc(out, '"');
}

static bool tell(struct pieces *in, struct buf *out)
{
    struct credentials c;
    struct err e = {0};
    if (!credentials_decode(pieces_all(in), &c, &e))
        return refused(out, &e);
    buf_putc(out, '{');
    put_member(out, "AccessKeyId", c.access_key);
    buf_putc(out, ',');
    put_member(out, "SecretAccessKey", c.secret_key.reveal);
    buf_putc(out, ',');
    put_member(out, "Token", c.session_token.reveal);
    buf_putc(out, ',');
    put_member(out, "Expiration", stamp_text(c.expires_s).text);
    buf_putc(out, '}');
    return true;
}

/* A bearer's token is what it is when it is read again. */
static void check(struct slice input)
{
    static struct bearer bearer, again;
    struct err e = {0};
    if (bearer_make(input, &bearer, &e))
        claim(bearer_make(slice_of(bearer.reveal), &again, &e) && strcmp(bearer.reveal, again.reveal) == 0);
}

const struct grammar grammar_credentials = {"credentials", .is_own = true, tell, check};
