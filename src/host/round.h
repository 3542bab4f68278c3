/*
 * round: one round of a service, in a process of its own (host/child), which hands back what it has come to.
 *
 * Layer: host. The child notes signals as the service does, and is ended with it, however that ends.
 */
#ifndef HOST_ROUND_H
#define HOST_ROUND_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a round does: it fills the report. */
void round_start(void (*work)(void *report));
/*
 * Does a round, which fills `report`. BUG when it has not: it did not begin, ended otherwise, or
 * was ended when the deadline came. When a signal asks the service to end, it asks the round, and awaits its report for a
 * second.
 */
bool round_run(void *report, size_t size, uint64_t deadline_us, struct err *e);

#endif
