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
    credentials_wipe(&a->options.chain.keys);
    wipe_text(a->options.chain.authorization.reveal);
    credentials_wipe(&a->chain.keys);
    wipe_text(a->chain.token.reveal);
    wipe_text(a->options.proxy.reveal);
    credentials_wipe(&a->api.credentials);
    credentials_wipe(&a->sts.credentials);
    wipe_text(a->metadata.token.reveal);
    fetch_forget(&a->metadata.fetch);
    fetch_forget(&a->container);
}
