/*
 * guard: the operator's own command that says whether this host may have the VIP.
 *
 * Layer: host. The command is made ready in a child before any credentials are fetched and before the process gives up
 * its right to open files; it runs when asked. No shell; its words are split at blanks; its environment is PATH alone,
 * its descriptors are the null device.
 */
#ifndef HOST_GUARD_H
#define HOST_GUARD_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Starts the child that waits. An empty command: none. NOTPRIMARY when that fails: without its guard nothing may be written. */
bool guard_prepare(const char *command, struct err *e);
/*
 * Lets the command run. True when it ends with status 0 within 5 s and before the deadline, or when there is none. Else
 * NOTPRIMARY, or INTERRUPTED when a signal came meanwhile.
 */
bool guard_run(uint64_t deadline_us, struct err *e);
/* Ends the child, whether it ran or not. */
void guard_end(void);

#endif
