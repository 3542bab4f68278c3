/*
 * ends: what a run has come to, out of how it has ended for each of its VIPs.
 *
 * Layer: app, pure.
 */
#ifndef APP_ENDS_H
#define APP_ENDS_H

#include "app/app.h"

/* The result line, or the error. `all`, unless OK, is why it is over for all that have not ended. */
bool ends_make(struct app *a, const struct err *all, struct buf *result, struct err *e);

#endif
