/*
 * monitor: whether a resource runs here, for a cluster manager that restarts or moves what does not.
 *
 * Layer: app.
 */
#ifndef APP_MONITOR_H
#define APP_MONITOR_H

#include "app/app.h"

/*
 * DIFFERS when it does not: there is no alias. IFACE or CONFLICT when it does, but by halves: the alias is on an interface without a
 * link, or a route table sends the VIP elsewhere, which two readings must show; for a probe that is DIFFERS as well. Where AWS does
 * not tell, the alias alone counts, and it is OK. Of a validation only whether this host can have the VIP.
 */
bool monitor(struct app *a, struct err *e);

#endif
