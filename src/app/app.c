#include "app/app.h"

uint64_t app_now_us(const struct app *a)
{
    return a->world.now_us(a->world.host);
}

uint64_t app_left_us(const struct app *a)
{
    uint64_t now_us = app_now_us(a);
    return a->write_deadline_us > now_us ? a->write_deadline_us - now_us : 0;
}

void app_wipe(struct app *a)
{
    wipe(&a->options.chain.keys, sizeof a->options.chain.keys);
    wipe(&a->options.chain.authorization, sizeof a->options.chain.authorization);
    wipe(&a->chain.keys, sizeof a->chain.keys);
    wipe(&a->chain.token, sizeof a->chain.token);
    wipe(a->options.proxy.reveal, sizeof a->options.proxy.reveal);
    wipe(&a->api.credentials, sizeof a->api.credentials);
    wipe(&a->sts.credentials, sizeof a->sts.credentials);
    wipe(&a->sts_reply, sizeof a->sts_reply);
    wipe(&a->metadata.token, sizeof a->metadata.token);
    wipe(a->metadata.fetch.text, sizeof a->metadata.fetch.text);
    wipe(a->container.text, sizeof a->container.text);
}
