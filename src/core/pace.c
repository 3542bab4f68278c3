#include "core/pace.h"

#define SECOND_US UINT64_C(1000000)
#define WRITE_US (SECOND_US / 5) /* earns one */
#define BUCKET_US (50 * WRITE_US)
/* Long enough that a few writes have been earned, short enough that the VIP does not wait for them. */
#define PAUSE_MOST_US SECOND_US
#define PAUSE_LEAST_US (SECOND_US / 2)
#define MARGIN_US (SECOND_US / 100) /* for a request's way to take less time than that of one before */

uint64_t pace_confirm_us(uint64_t left_us)
{
    return left_us / 2 < SECOND_US ? left_us / 2 : SECOND_US;
}

void pace_start(struct pace *p)
{
    *p = (struct pace){.last = {.undone = RETRY_NEVER}, .level_us = BUCKET_US};
}

static uint64_t less(uint64_t a_us, uint64_t b_us)
{
    return a_us > b_us ? a_us - b_us : 0;
}

static uint64_t level_at(const struct pace *p, uint64_t at_us)
{
    uint64_t level_us = p->level_us + less(at_us, p->last.ended_us);
    return level_us < BUCKET_US ? level_us : BUCKET_US;
}

/* Who is asked to slow down has found less than one: at the latest when the writes began, and more has been earned since. */
static void see_throttled(struct pace *p, const struct pace_batch *batch)
{
    uint64_t most_us = WRITE_US + batch->ended_us - batch->began_us;
    p->slow = true;
    if (p->level_us < most_us)
        return;
    p->shared = true;
    p->level_us = 0;
}

void pace_wrote(struct pace *p, const struct pace_batch *batch)
{
    p->level_us = less(level_at(p, batch->began_us) + batch->ended_us - batch->began_us, batch->spent * WRITE_US);
    p->look_us = p->paused ? less(batch->began_us, p->paused_to_us) : 0;
    p->undone_rounds = batch->undone == RETRY_NEVER ? 0 : p->undone_rounds + 1;
    p->last = *batch;
    p->paused = false;
    p->looks = 0;
    if (batch->undone == RETRY_THROTTLED)
        see_throttled(p, batch);
}

bool pace_must_pause(const struct pace *p)
{
    return (p->last.undone != RETRY_NEVER || p->slow) && !p->paused;
}

/* What was earned, and one to find out whether others have left more. */
size_t pace_most(const struct pace *p, uint64_t at_us)
{
    return p->slow ? 1 + (size_t)(level_at(p, at_us) / WRITE_US) : SIZE_MAX;
}

/* Until all that are left have been earned, if that is soon; else, or where it cannot be known, some time. */
static uint64_t pause(const struct pace *p, size_t to_write, uint64_t at_us, uint32_t random)
{
    uint64_t earned_us = less((to_write + p->last.left) * WRITE_US + MARGIN_US, level_at(p, at_us));
    if (!p->shared && earned_us <= PAUSE_MOST_US)
        return less(earned_us, p->look_us);
    return PAUSE_LEAST_US + ((PAUSE_MOST_US - PAUSE_LEAST_US) * random >> 32);
}

bool pace_wait(struct pace *p, size_t to_write, uint64_t at_us, uint64_t left_us, uint32_t random, uint64_t *wait_us)
{
    *wait_us = 0;
    bool more = to_write > 0 || p->last.undone != RETRY_NEVER;
    if (!more || !pace_must_pause(p))
        return p->looks++ == 0 || retry_wait(RETRY_LOOK, p->looks - 2, left_us, random, wait_us);
    p->paused = true;
    if (!p->slow)
        return retry_wait(p->last.undone, p->undone_rounds - 1, left_us, random, wait_us);
    *wait_us = pause(p, to_write, at_us, random);
    p->paused_to_us = at_us + *wait_us;
    return *wait_us < left_us;
}
