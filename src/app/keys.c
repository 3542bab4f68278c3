#include "app/keys.h"

/* --- Where they come from */

/* As the SDKs do, what cannot be opened is passed over: it is somebody else's, or there is nothing. What is too long is there. */
static bool read_shared(struct app *a, enum chain_file file, struct buf *text, struct err *e)
{
    struct err why = {0};
    char path[LIMIT_PATH];
    bool ok = !chain_path(&a->options.chain, file, path) || a->world.read_file(a->world.host, path, text, &why);
    return ok || text->len == 0 || err_set(e, ERR_IDENTITY, "%s; shorten it", why.text);
}

static bool add_own_role(struct app *a, struct err *e)
{
    struct sts_role role = {.arn = a->options.role, .external = a->options.external_id, .session = {""}};
    return !a->options.has_role || chain_add_role(&a->chain, &role, e);
}

bool keys_find(struct app *a, struct err *e)
{
    static char texts[2][LIMIT_SHARED_FILE + 1];
    struct buf credentials = BUF_OF(texts[0]), config = BUF_OF(texts[1]);
    bool ok = read_shared(a, CHAIN_FILE_CREDENTIALS, &credentials, e) && read_shared(a, CHAIN_FILE_CONFIG, &config, e) &&
              chain_find(&a->options.chain, buf_slice(&credentials), buf_slice(&config), &a->chain, e) && add_own_role(a, e);
    wipe(texts[0], credentials.len);
    wipe(texts[1], config.len);
    return ok;
}

static bool take_token(struct app *a, struct slice text, struct err *e)
{
    wipe_text(a->chain.token.reveal); /* the environment's, of which a shorter one would leave the end */
    return bearer_make(text, &a->chain.token, e) || err_prefix(e, "%s", a->chain.token_file);
}

bool keys_prepare(struct app *a, struct err *e)
{
    char text[LIMIT_BEARER + 64];
    struct buf b = BUF_OF(text);
    struct err why = {0};
    const char *path = a->chain.token_file;
    if (!path[0])
        return true;
    bool ok = a->world.read_file(a->world.host, path, &b, &why) ? take_token(a, buf_slice(&b), e)
                                                                : err_set(e, ERR_IDENTITY, "%s; have it written", why.text);
    wipe(text, sizeof text);
    return ok || err_prefix(e, "%s", chain_source_word(a->chain.source));
}

/* --- The first keys */

static bool fetch_instances(struct app *a, struct credentials *c, struct err *e)
{
    struct role_name role;
    struct slice body;
    char path[128];
    struct buf b = BUF_OF(path);
    if (!metadata_get(&a->metadata, IMDS_ROLES_PATH, a->deadline_us, &body, e) || !imds_role_decode(body, &role, e))
        return false;
    buf_puts(&b, IMDS_ROLES_PATH);
    buf_puts(&b, role.text);
    bool ok = metadata_get(&a->metadata, buf_text(&b), a->deadline_us, &body, e) && credentials_decode(body, c, e);
    fetch_forget(&a->metadata.fetch);
    return ok || err_prefix(e, "role %s", role.text);
}

static void put_container(const struct fetch *f, struct buf *request)
{
    const struct app *a = (const struct app *)((const char *)f - offsetof(struct app, container));
    container_put_get(request, &a->chain.container, &a->chain.token);
}

static bool ask_container(struct app *a, struct err *e)
{
    struct fetch *f = &a->container;
    const struct err *cause = &f->exchange.err;
    fetch_start(f, &a->world, &a->chain.container.origin);
    f->put = put_container;
    f->interruptible = a->metadata.fetch.interruptible;
    if (!fetch_run(f, a->deadline_us))
        return err_set(e, cause->kind == ERR_INTERRUPTED || cause->kind == ERR_BUG ? cause->kind : ERR_IDENTITY,
                       "no answer (%s); check AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI", cause->text);
    if (f->http.status != 200)
        return err_set(e, ERR_IDENTITY, "status %u; check the path and the authorization token", f->http.status);
    return !f->body.full || err_set(e, ERR_IDENTITY, "the answer is longer than %d bytes", LIMIT_IMDS_REPLY);
}

static bool fetch_container(struct app *a, struct credentials *c, struct err *e)
{
    bool ok = ask_container(a, e) && credentials_decode(buf_slice(&a->container.body), c, e);
    fetch_forget(&a->container);
    return ok || err_prefix(e, "container %s", a->chain.container.origin.host);
}

/* --- STS */

/* What STS has answered and is no role's keys speaks of the role; anything else of the way there. */
static bool no_role(const struct sts_role *role, const struct call *call, struct err *e)
{
    const struct err *cause = &call->exchange.err;
    bool answered = call->exchange.end == EXCHANGE_WHOLE || call->malformed;
    bool bare = answered && !err_says_cure(cause);
    return err_set(e, answered && cause->kind != ERR_THROTTLED ? ERR_IDENTITY : cause->kind, "role %s: %s%s", role->arn.text, cause->text,
                   bare ? "; check the role and the STS endpoint" : "");
}

static bool ask_sts(struct app *a, enum sts_action action, const struct sts_role *role, const struct buf *body, struct credentials *c,
                    struct err *e)
{
    struct call *call = &a->sts_call;
    sts_reply_start(&a->sts_reply, action, c);
    call_start(call, &a->sts_reply.query, body, false);
    calls_run(&a->world, &a->sts, call, 1, a->deadline_us, a->metadata.fetch.interruptible);
    wipe(&a->sts_reply, sizeof a->sts_reply);
    return (call->end == CALL_ANSWERED && call->answer == QUERY_DONE) || no_role(role, call, e);
}

static bool assume(struct app *a, const struct sts_role *role, struct credentials *c, struct err *e)
{
    char form[LIMIT_REQUEST / 2];
    struct buf body = BUF_OF(form);
    sts_put_assume_role(&body, role, &a->vips[0].eni);
    return ask_sts(a, STS_ASSUME_ROLE, role, &body, c, e);
}

/* Whoever has a token needs no keys: the request goes unsigned. */
static bool fetch_web_identity(struct app *a, struct credentials *c, struct err *e)
{
    char form[LIMIT_REQUEST - 1024]; /* the head comes before it */
    struct buf body = BUF_OF(form);
    credentials_wipe(&a->sts.credentials);
    sts_put_assume_role_with_web_identity(&body, &a->chain.identity, &a->chain.token, &a->vips[0].eni);
    bool fits = !body.full ||
                err_set(e, ERR_IDENTITY, "the token takes more than a request's bytes once it is encoded; have it written anew");
    bool ok = fits && ask_sts(a, STS_ASSUME_ROLE_WITH_WEB_IDENTITY, &a->chain.identity, &body, c, e);
    wipe(form, sizeof form);
    return ok || err_prefix(e, "web identity");
}

/* --- The whole */

static bool fetch_first(struct app *a, struct credentials *c, struct err *e)
{
    switch (a->chain.source) {
    case CHAIN_WEB_IDENTITY:
        return fetch_web_identity(a, c, e);
    case CHAIN_CONTAINER:
        return fetch_container(a, c, e);
    case CHAIN_INSTANCE:
        return fetch_instances(a, c, e);
    default: /* a variable's, or a file's */
        *c = a->chain.keys;
        return true;
    }
}

/* The keys that the last role is assumed with are STS's own. */
static struct credentials *after(struct app *a, size_t roles)
{
    return roles == a->chain.role_count ? &a->api.credentials : &a->sts.credentials;
}

static bool renew_first(void *context, struct err *e)
{
    struct app *a = context;
    return fetch_first(a, after(a, 0), e);
}

/* For STS's sake no more than a service's keys are fetched again: what STS itself has given is as new as the question. */
static bool assume_next(struct app *a, size_t i, struct err *e)
{
    bool may_be_old = i == 0 && (a->chain.source == CHAIN_CONTAINER || a->chain.source == CHAIN_INSTANCE);
    a->sts.renew = may_be_old ? renew_first : NULL;
    return assume(a, &a->chain.roles[i], after(a, i + 1), e);
}

static bool renew(void *context, struct err *e)
{
    struct app *a = context;
    bool ok = fetch_first(a, after(a, 0), e);
    for (size_t i = 0; ok && i < a->chain.role_count; i++)
        ok = assume_next(a, i, e);
    return ok;
}

static bool get_first(struct app *a, struct err *e)
{
    char text[96];
    struct buf passed = BUF_OF(text);
    uint64_t from_us = app_now_us(a);
    const struct credentials *c = after(a, 0);
    if (!fetch_first(a, after(a, 0), e))
        return false;
    chain_put_passed(&passed, &a->chain);
    timeline_add(&a->timeline, "credentials", from_us, app_now_us(a), "%s of the %s%s%s", c->access_key, chain_source_word(a->chain.source),
                 passed.len > 0 ? ", none of the " : "", buf_text(&passed));
    return true;
}

static bool get_role(struct app *a, size_t i, struct err *e)
{
    uint64_t from_us = app_now_us(a);
    if (!assume_next(a, i, e))
        return false;
    timeline_add(&a->timeline, "role", from_us, app_now_us(a), "%s of %s", after(a, i + 1)->access_key, a->chain.roles[i].arn.text);
    return true;
}

/* Keys of a variable or a file stay what they are. */
static bool is_renewable(const struct chain *c)
{
    return c->role_count > 0 || c->source == CHAIN_WEB_IDENTITY || c->source == CHAIN_CONTAINER || c->source == CHAIN_INSTANCE;
}

bool keys_get(struct app *a, struct err *e)
{
    a->sts.context = a->api.context = a;
    a->sts.renew = NULL;
    a->api.renew = is_renewable(&a->chain) ? renew : NULL;
    bool ok = get_first(a, e);
    for (size_t i = 0; ok && i < a->chain.role_count; i++)
        ok = get_role(a, i, e);
    return ok;
}

void keys_swap(struct app *a)
{
    struct credentials kept = a->api.credentials;
    a->api.credentials = a->sts.credentials;
    a->sts.credentials = kept;
    wipe(&kept, sizeof kept);
}
