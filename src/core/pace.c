#include "core/pace.h"

#define SECOND_US UINT64_C(1000000)
#define WRITES_PER_S 5
/* Long enough that a few writes have been earned, short enough that the VIP does not wait for them. */
#define PAUSE_MOST_US SECOND_US
#define PAUSE_LEAST_US (SECOND_US / 2)

uint64_t pace_confirm_us(uint64_t left_us)
{
    return left_us / 2 < SECOND_US ? left_us / 2 : SECOND_US;
}

void pace_start(struct pace *p)
{
    *p = (struct pace){.undone = RETRY_NEVER};
}

void pace_wrote(struct pace *p, enum retry_reason undone, uint64_t at_us)
{
    p->undone = undone;
    p->undone_rounds = undone == RETRY_NEVER ? 0 : p->undone_rounds + 1;
    p->slow |= undone == RETRY_THROTTLED;
    p->paused = false;
    p->wrote_us = at_us;
    p->looks = 0;
}

bool pace_must_pause(const struct pace *p)
{
    return (p->undone != RETRY_NEVER || p->slow) && !p->paused;
}

/* What was earned since the last writes, and one to find out whether others have left more. */
size_t pace_most(const struct pace *p, uint64_t at_us)
{
    return p->slow ? 1 + (size_t)((at_us - p->wrote_us) * WRITES_PER_S / SECOND_US) : SIZE_MAX;
}

bool pace_wait(struct pace *p, bool more_writes, uint64_t left_us, uint32_t random, uint64_t *wait_us)
{
    *wait_us = 0;
    if (!more_writes || !pace_must_pause(p))
        return p->looks++ == 0 || retry_wait(RETRY_LOOK, p->looks - 2, left_us, random, wait_us);
    p->paused = true;
    if (!p->slow)
        return retry_wait(p->undone, p->undone_rounds - 1, left_us, random, wait_us);
    *wait_us = PAUSE_LEAST_US + ((PAUSE_MOST_US - PAUSE_LEAST_US) * random >> 32);
    return *wait_us < left_us;
}
