/*
 * monitor: whether a resource runs here, for a cluster manager that restarts or moves what does not.
 *
 * Layer: app.
 */
#ifndef APP_MONITOR_H
#define APP_MONITOR_H

#include "app/app.h"

/*
 * DIFFERS when it does not: the alias is not up on an interface with a link, or a route table sends the VIP elsewhere, which two
 * readings must show. Where AWS does not tell, the alias alone counts, and it is OK. Of a validation only whether this host can
 * have the VIP.
 */
bool monitor(struct app *a, struct err *e);

#endif
