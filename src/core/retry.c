#include "core/retry.h"

#define MS UINT64_C(1000)

/* The longest wait before the second attempt, and before any. */
static const struct {
    uint64_t first_us;
    uint64_t most_us;
} steps[] = {
    [RETRY_CONNECT] = {100 * MS, 2000 * MS},
    [RETRY_FAILURE] = {200 * MS, 2000 * MS},
    /* AWS refills five writes a second: asking much faster only empties the bucket for the others. */
    [RETRY_THROTTLED] = {500 * MS, 4000 * MS},
    [RETRY_LOOK] = {100 * MS, 1000 * MS},
};

static uint64_t ceiling(enum retry_reason reason, unsigned attempt)
{
    uint64_t wait = steps[reason].first_us;
    for (unsigned i = 0; i < attempt && wait < steps[reason].most_us; i++)
        wait *= 2;
    return wait < steps[reason].most_us ? wait : steps[reason].most_us;
}

bool retry_wait(enum retry_reason reason, unsigned attempt, uint64_t left_us, uint32_t random, uint64_t *wait_us)
{
    if (reason == RETRY_NEVER)
        return false;
    uint64_t wait = ceiling(reason, attempt) * random >> 32;
    if (wait >= left_us)
        return false;
    *wait_us = wait;
    return true;
}
