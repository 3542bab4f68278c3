/*
 * verdict: what an acquisition of one VIP has come to, as the kind of its end and in words.
 *
 * Layer: app, pure.
 */
#ifndef APP_VERDICT_H
#define APP_VERDICT_H

#include "app/app.h"

/*
 * True, and the result line, when every selected table was seen to point here, readings enough. Else CONFLICT, PARTIAL,
 * UNVERIFIED, or the kind of what stopped the writes.
 */
bool verdict_make(const struct app *a, const struct vip *v, struct buf *result, struct err *e);

#endif
