/*
 * retry: what is worth another attempt, and when.
 *
 * Layer: core, pure: a function of what happened, how often, how much time is left, and a random number.
 * Specification: exponential back-off with full jitter, as the AWS SDKs do it, with shorter steps: a client waits.
 */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum retry_reason {
    RETRY_NEVER,     /* another attempt would end the same */
    RETRY_CONNECT,   /* no connection, or the answer was lost on the way */
    RETRY_FAILURE,   /* the other side had a failure of its own */
    RETRY_THROTTLED, /* asked to slow down */
    RETRY_LOOK,      /* a read that may show an older state: look again */
};

/* Attempt 0 is the first. `left_us` is the time until no attempt may begin. False: do not try again. */
bool retry_wait(enum retry_reason reason, unsigned attempt, uint64_t left_us, uint32_t random, uint64_t *wait_us);

#endif
