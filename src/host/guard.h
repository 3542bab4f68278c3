/*
 * guard: the operator's own command that says whether this host may have the VIP.
 *
 * Layer: host. The command is made ready in a child (host/child), which holds no secret, before the process gives up its
 * rights to open files and run programs; it runs when asked, with the rights of who called the program. No shell; its
 * words are split at blanks; its environment is PATH alone, its descriptors are the null device. It ends with the run,
 * even if that is killed; what it has itself started ends with a run that ends in good order.
 */
#ifndef HOST_GUARD_H
#define HOST_GUARD_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Starts the child that waits. An empty command: none. NOTPRIMARY when that fails: without its guard nothing may be written. */
bool guard_prepare(const char *command, struct err *e);
/*
 * Lets the command run, each time anew. True when it ends with status 0 within 5 s and before the deadline, or when there is
 * none. Else NOTPRIMARY or, with `interruptible`, INTERRUPTED when a signal came meanwhile; and from then on always so.
 * `*said` is the status, or -1 where it did not end by itself or could not be run.
 */
bool guard_run(uint64_t deadline_us, bool interruptible, int *said, struct err *e);
/* Ends the child, and what it runs. */
void guard_end(void);

#endif
