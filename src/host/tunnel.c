#include "host/tunnel.h"

void tunnel_start(struct tunnel *t, const struct origin *peer, struct buf *request)
{
    http_put_connect(request, peer);
    http_reply_start_connect(&t->reply);
}

static bool refused(const struct tunnel *t, const char *peer, struct err *e)
{
    unsigned status = t->reply.status;
    if (status == 407)
        return err_set(e, ERR_NETWORK, "%s: the proxy asks for a user and password that it knows (HTTP 407); put them into its URL", peer);
    if (status / 100 != 2)
        return err_set(e, ERR_NETWORK, "%s: the proxy does not connect to the host (HTTP %u); ask those who run it", peer, status);
    return err_set(e, ERR_NETWORK, "%s: the proxy says more than that it has connected; check that it is one", peer);
}

/* A proxy that could not reach the host (5xx) may do so the next time; one that will not, or cannot speak, will not then either. */
enum tunnel_take tunnel_take(struct tunnel *t, const char *peer, struct slice bytes, bool *final, struct err *e)
{
    struct slice none;
    enum http_event event = http_next(&t->reply, &bytes, &none, e);
    if (event == HTTP_MORE)
        return TUNNEL_MORE;
    if (event == HTTP_END && t->reply.status / 100 == 2 && bytes.len == 0)
        return TUNNEL_OPEN;
    if (event == HTTP_END)
        (void)refused(t, peer, e);
    else
        (void)err_prefix(e, "%s: the proxy", peer);
    *final = t->reply.status / 100 != 5;
    return TUNNEL_CLOSED;
}
