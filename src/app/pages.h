/*
 * pages: a listing of EC2's, page by page to its end.
 *
 * Layer: app.
 * Limits: LIMIT_PAGES.
 */
#ifndef APP_PAGES_H
#define APP_PAGES_H

#include "app/app.h"

struct pages {
    const char *doing; /* for an error: "list route tables" */
    /* Puts the request for the page of this token, empty for the first one. */
    void (*put)(const void *context, struct buf *body, struct slice page);
    /* Starts the decoders of its reply: the first, which puts the next one's token into `next`, and those that read `also`. */
    void (*start)(void *context, struct ec2_reply *replies, struct buf *next);
    void *context;
};

/* Reads all of it, `*count` pages. What is there after a failure means nothing. */
bool pages_read(struct app *a, const struct pages *which, uint64_t deadline_us, bool interruptible, unsigned *count, struct err *e);

#endif
