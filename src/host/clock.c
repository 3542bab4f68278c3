#include "host/clock.h"

#include <time.h>

uint64_t clock_now_us(void)
{
    struct timespec now = {0};
    /* CLOCK_BOOTTIME is as old as Linux 2.6.39. */
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t clock_utc_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

int clock_left_ms(uint64_t until_us)
{
    uint64_t now_us = clock_now_us();
    uint64_t left_ms = until_us > now_us ? (until_us - now_us + 999) / 1000 : 0;
    return left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}
