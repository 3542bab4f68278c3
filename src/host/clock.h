/*
 * clock: the two clocks of the program.
 *
 * Layer: host.
 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include <stdint.h>

/* Monotonic microseconds that go on while the host is suspended, so that a paused run does not outlive its deadline. */
uint64_t clock_now_us(void);
/* Seconds since 1970-01-01 UTC. */
int64_t clock_utc_s(void);
/* Milliseconds until `until_us`, rounded up, 0 when it has passed, INT32_MAX at most: poll's time-out. */
int clock_left_ms(uint64_t until_us);

#endif
