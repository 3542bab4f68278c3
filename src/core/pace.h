/*
 * pace: when an acquisition may write more, how much at once, and how long it waits before it looks again.
 *
 * Layer: core, pure.
 * Specification: AWS's token bucket for ReplaceRoute and CreateRoute: 50 writes at once, then 5 a second for the whole
 * account. Until AWS says so, all is written at once; from then on a few at a time, as many as the bucket has earned. As long as
 * what AWS says agrees with what this run knows of the bucket, the last few are written at the moment at which they are earned;
 * where others draw from it as well, pauses are left to chance, so that all get their share.
 */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include "core/retry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes that were made at once, and how they ended. */
struct pace_batch {
    uint64_t began_us;
    uint64_t ended_us;
    bool sent;                /* one or more may have left this host */
    size_t spent;             /* so many were, or may have been, carried out or answered */
    size_t left;              /* so many were not carried out, but may be repeated */
    enum retry_reason undone; /* for which a pause is needed, for this reason; RETRY_NEVER: for none */
};

struct pace {
    unsigned looks; /* since the last writes */
    struct pace_batch last;
    unsigned undone_rounds; /* in a row */
    bool slow;              /* AWS has asked to slow down in this run */
    bool shared;            /* and sooner than this run alone would have made it */
    bool paused;            /* there was a pause since the last writes */
    uint64_t level_us;      /* what the bucket held when they ended, in the time that earns so much */
    uint64_t paused_to_us;
    uint64_t look_us;       /* how long it takes from the end of a pause to the next writes */
};

/* How long to wait before a reading that is to confirm another, as one may be an old picture: a second, if there is time. */
uint64_t pace_confirm_us(uint64_t left_us);
void pace_start(struct pace *p);
void pace_wrote(struct pace *p, const struct pace_batch *batch);
/*
 * More writes need a pause, and a look after it, first: what was not carried out may have become another host's
 * meanwhile.
 */
bool pace_must_pause(const struct pace *p);
/* How many tables may be written at once, at least 1. */
size_t pace_most(const struct pace *p, uint64_t at_us);
/*
 * How long to wait until the next look: not at all for the first one after the writes, then longer and longer; before
 * more writes, be it that tables are left `to_write` or that the last ones are to be repeated, as long as their
 * reason asks for. False: there is not so much time left.
 */
bool pace_wait(struct pace *p, size_t to_write, uint64_t at_us, uint64_t left_us, uint32_t random, uint64_t *wait_us);

#endif
