#include "aws/credentials.h"

#include "base/stamp.h"
#include "wire/json.h"

#include <string.h>

static bool is_header_text(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~')
            return false;
    return true;
}

static bool field(struct slice text, bool required, char *to, size_t cap, const char *name, struct err *e)
{
    if (required && text.len == 0)
        return err_set(e, ERR_IDENTITY, "credentials: %s is empty", name);
    if (!is_header_text(text))
        return err_set(e, ERR_IDENTITY, "credentials: %s holds a byte that no key has", name);
    return slice_copy(text, to, cap) || err_set(e, ERR_IDENTITY, "credentials: %s is longer than %zu bytes", name, cap - 1);
}

bool credentials_make(struct slice access_key, struct slice secret_key, struct slice session_token, struct credentials *c,
                      struct err *e)
{
    struct credentials made = {.expires_s = 0};
    bool ok = field(access_key, true, made.access_key, sizeof made.access_key, "the access key id", e) &&
              field(secret_key, true, made.secret_key.reveal, sizeof made.secret_key.reveal, "the secret access key", e) &&
              field(session_token, false, made.session_token.reveal, sizeof made.session_token.reveal, "the session token", e);
    /* The scope of a signature is split at '/', and a header at ',': neither may stand in the id. */
    if (ok && !slice_only_alnum_or(access_key, "_"))
        ok = err_set(e, ERR_IDENTITY, "credentials: the access key id is not of letters, digits and _");
    if (ok)
        *c = made;
    wipe(&made, sizeof made);
    return ok;
}

void credentials_wipe(struct credentials *c)
{
    if (!c->access_key[0])
        return;
    wipe_text(c->access_key);
    wipe_text(c->secret_key.reveal);
    wipe_text(c->session_token.reveal);
    c->expires_s = 0;
}

bool bearer_make(struct slice text, struct bearer *bearer, struct err *e)
{
    text = slice_trim_of(text, " \t\r\n");
    bool fits = text.len > 0;
    for (size_t i = 0; fits && i < text.len; i++)
        fits = text.at[i] >= ' ' && text.at[i] <= '~';
    return (fits && slice_copy(text, bearer->reveal, sizeof bearer->reveal)) ||
           err_set(e, ERR_IDENTITY, "it holds no token of one line and at most %d bytes; have it written anew", LIMIT_BEARER);
}

/* The members that matter, in the order of `names`. */
enum { CODE, ACCESS_KEY, SECRET_KEY, TOKEN, TEXTS, EXPIRATION = TEXTS, MEMBERS };

struct members {
    char scratch[LIMIT_SESSION_TOKEN]; /* longer strings are refused by the scanner */
    char text[TEXTS][LIMIT_SESSION_TOKEN];
    size_t len[TEXTS];
    bool seen[TEXTS];
    int64_t expires_s;
};

static int member_of(struct slice key)
{
    static const char *const names[MEMBERS] = {"Code", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"};
    for (int i = 0; i < MEMBERS; i++)
        if (slice_is(key, names[i]))
            return i;
    return MEMBERS;
}

static bool member_set(struct members *m, int which, enum json_kind kind, struct slice text, struct err *e)
{
    if (which == EXPIRATION) {
        (void)(kind == JSON_STRING && stamp_text_decode(text, &m->expires_s));
        return true;
    }
    if (m->seen[which])
        return err_set(e, ERR_IDENTITY, "credentials: a member twice");
    if (kind != JSON_STRING)
        return err_set(e, ERR_IDENTITY, "credentials: a member that is no string");
    m->seen[which] = true;
    m->len[which] = text.len;
    memcpy(m->text[which], text.at, text.len);
    return true;
}

/* The object's own members; values that are objects or arrays are passed over. */
static bool members_take(struct json *j, struct members *m, struct err *e)
{
    enum json_kind kind;
    struct slice text;
    int which = MEMBERS;
    do {
        if (!json_next(j, &kind, &text, e))
            return false;
        if (kind == JSON_KEY)
            which = j->depth == 1 ? member_of(text) : MEMBERS;
        else if (which != MEMBERS && !member_set(m, which, kind, text, e))
            return false;
        else
            which = MEMBERS;
    } while (kind != JSON_END);
    return true;
}

static bool begins_object(struct json *j, struct err *e)
{
    enum json_kind kind;
    struct slice text;
    return json_next(j, &kind, &text, e) && (kind == JSON_OBJECT || err_set(e, ERR_IDENTITY, "credentials: not a JSON object"));
}

static struct slice member(const struct members *m, int which)
{
    return slice_make(m->text[which], m->len[which]);
}

static bool members_use(const struct members *m, struct credentials *c, struct err *e)
{
    if (m->seen[CODE] && !slice_is(member(m, CODE), "Success"))
        return err_set(e, ERR_IDENTITY, "credentials: the metadata service says Code '%s'; is the role's trust policy in order?",
                       err_printable(member(m, CODE)).text);
    if (m->len[TOKEN] == 0)
        return err_set(e, ERR_IDENTITY, "credentials: no session token");
    if (!credentials_make(member(m, ACCESS_KEY), member(m, SECRET_KEY), member(m, TOKEN), c, e))
        return false;
    c->expires_s = m->expires_s;
    return true;
}

bool credentials_decode(struct slice document, struct credentials *c, struct err *e)
{
    struct members m = {.expires_s = 0};
    struct json j;
    json_start(&j, document, BUF_OF(m.scratch));
    bool ok = begins_object(&j, e) && members_take(&j, &m, e) && members_use(&m, c, e);
    wipe(&m, sizeof m);
    return ok;
}
