/*
 * pace: when an acquisition may write more, how much at once, and how long it waits before it looks again.
 *
 * Layer: core, pure.
 * Specification: AWS's token bucket for ReplaceRoute and CreateRoute: 50 writes at once, then 5 a second for the whole
 * account. Until AWS says so, all is written at once; from then on a few at a time, as many as the bucket has earned.
 */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include "core/retry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace {
    unsigned looks;           /* since the last writes */
    enum retry_reason undone; /* why some of the last writes were not carried out; RETRY_NEVER: none is to be repeated */
    unsigned undone_rounds;   /* in a row */
    bool slow;                /* AWS has asked to slow down in this run */
    bool paused;              /* there was a pause since the last writes */
    uint64_t wrote_us;        /* when the last writes began */
};

/* How long to wait before a reading that is to confirm another, as one may be an old picture: a second, if there is time. */
uint64_t pace_confirm_us(uint64_t left_us);
void pace_start(struct pace *p);
/* Writes began at `at_us`; `undone` says why some of them were not carried out, or RETRY_NEVER. */
void pace_wrote(struct pace *p, enum retry_reason undone, uint64_t at_us);
/*
 * More writes need a pause, and a look after it, first: what was not carried out may have become another host's
 * meanwhile.
 */
bool pace_must_pause(const struct pace *p);
/* How many tables may be written at once, at least 1. */
size_t pace_most(const struct pace *p, uint64_t at_us);
/*
 * How long to wait until the next look: not at all for the first one after the writes, then longer and longer; before
 * more writes (`more_writes`) as long as their reason asks for. False: there is not so much time left.
 */
bool pace_wait(struct pace *p, bool more_writes, uint64_t left_us, uint32_t random, uint64_t *wait_us);

#endif
