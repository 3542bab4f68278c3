#include "app/metadata.h"

#define TOKEN_TTL_S 300 /* longer than any deadline but the longest, and a new token is fetched on 401 */

static void put(const struct fetch *f, struct buf *request)
{
    const struct metadata *m = (const struct metadata *)f;
    if (m->has_token)
        imds_put_get(request, &m->origin, &m->token, m->path);
    else
        imds_put_token_request(request, &m->origin, TOKEN_TTL_S);
}

void metadata_start(struct metadata *m, const struct world *w, const struct origin *origin)
{
    m->origin = *origin;
    m->has_token = false;
    fetch_start(&m->fetch, w, &m->origin);
    m->fetch.put = put;
}

/* A token that timed out while plain connections work is the sign of a hop limit of 1 seen from a container. */
static bool no_answer(const struct metadata *m, struct err *e)
{
    const struct err *cause = &m->fetch.exchange.err;
    if (cause->kind == ERR_INTERRUPTED || cause->kind == ERR_BUG)
        return err_set(e, cause->kind, "%s", cause->text);
    if (!m->has_token && m->fetch.exchange.end == EXCHANGE_LOST)
        return err_set(e, ERR_IDENTITY,
                       "the metadata service does not answer the request for a token (%s); "
                       "in a container raise the instance's metadata hop limit to 2",
                       cause->text);
    return err_set(e, ERR_IDENTITY,
                   "the metadata service does not answer (%s); check that it is enabled and that a firewall lets %s through", cause->text,
                   m->origin.host);
}

/* A stale token needs a new one, not another attempt with the old one. */
static bool fetch(struct metadata *m, const char *path, uint64_t deadline_us, struct err *e)
{
    m->path = path;
    m->fetch.passing_401 = !m->has_token;
    if (!fetch_run(&m->fetch, deadline_us))
        return no_answer(m, e);
    return !m->fetch.body.full ||
           err_set(e, ERR_IDENTITY, "the metadata service's answer for %s is longer than %d bytes", path, LIMIT_IMDS_REPLY);
}

static bool token_fetch(struct metadata *m, uint64_t deadline_us, struct err *e)
{
    m->has_token = false;
    wipe_text(m->token.reveal);
    m->has_token = fetch(m, IMDS_TOKEN_PATH, deadline_us, e) && imds_status_check(m->fetch.http.status, IMDS_TOKEN_PATH, e) &&
                   imds_token_decode(buf_slice(&m->fetch.body), &m->token, e);
    return m->has_token;
}

bool metadata_get(struct metadata *m, const char *path, uint64_t deadline_us, struct slice *body, struct err *e)
{
    if ((!m->has_token && !token_fetch(m, deadline_us, e)) || !fetch(m, path, deadline_us, e))
        return false;
    if (m->fetch.http.status == 401 && (!token_fetch(m, deadline_us, e) || !fetch(m, path, deadline_us, e)))
        return false;
    if (!imds_status_check(m->fetch.http.status, path, e))
        return false;
    *body = buf_slice(&m->fetch.body);
    return true;
}
