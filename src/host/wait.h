/*
 * wait: the one way in which the program waits, and the moment at which signals reach it.
 *
 * Layer: host. The signals that ask a run to end are held back (host/process) but for this call and process_interrupted():
 * whoever asks that right before a wait misses none.
 */
#ifndef HOST_WAIT_H
#define HOST_WAIT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Waits until a descriptor is ready, a signal comes or `until_us`, on the clock of clock.h, has come: at once when it has
 * passed. The number of ready descriptors, 0 when the time has come, -1 with EINTR for a signal. Of a signal and a
 * descriptor at once only the descriptor is told, and the signal waits.
 */
int wait_ready(struct pollfd *polled, size_t count, uint64_t until_us);

#endif
