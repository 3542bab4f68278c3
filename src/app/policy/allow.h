/*
 * allow: what to do about an action that AWS does not permit: the command that permits it to the role that this run
 * works as, and the least of it.
 *
 * Layer: app.
 */
#ifndef APP_ALLOW_H
#define APP_ALLOW_H

#include "app/app.h"

/*
 * Advises it in `e`. `action` is EC2's, as "ReplaceRoute"; `resource` the part of an ARN that tells it, as "route-table/rtb-1",
 * or NULL for all there are. Always false.
 */
bool allow_advise(const struct app *a, const char *action, const char *resource, struct err *e);

#endif
