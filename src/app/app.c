#include "app/app.h"

uint64_t app_now_us(const struct app *a)
{
    return a->world.now_us(a->world.host);
}

void app_wipe(struct app *a)
{
    wipe(&a->options.credentials, sizeof a->options.credentials);
    wipe(a->options.proxy.reveal, sizeof a->options.proxy.reveal);
    wipe(&a->api.credentials, sizeof a->api.credentials);
    wipe(&a->sts.credentials, sizeof a->sts.credentials);
    wipe(&a->sts_reply, sizeof a->sts_reply);
    wipe(&a->metadata.token, sizeof a->metadata.token);
    wipe(a->metadata.text, sizeof a->metadata.text);
}
