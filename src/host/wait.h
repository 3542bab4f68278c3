/*
 * wait: the one way in which the program waits, and the moment at which signals reach it.
 *
 * Layer: host. The signals that ask a run to end are held back (host/process) but for this call, so none is missed
 * between a look at what they said and the wait.
 */
#ifndef HOST_WAIT_H
#define HOST_WAIT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Waits until a descriptor is ready, a signal comes or `until_us`, on the clock of clock.h, has come: at once when it has
 * passed. The number of ready descriptors, 0 when the time has come, -1 with EINTR for a signal. Of a signal and a
 * descriptor at once only the descriptor is told: whoever must know of signals asks process_interrupted().
 */
int wait_ready(struct pollfd *polled, size_t count, uint64_t until_us);

#endif
