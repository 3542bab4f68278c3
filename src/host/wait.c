#include "host/wait.h"

#include "host/clock.h"

#include <signal.h>
#include <time.h>

int wait_ready(struct pollfd *polled, size_t count, uint64_t until_us)
{
    uint64_t now_us = clock_now_us();
    uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
    struct timespec left = {(time_t)(left_us / 1000000), (long)(left_us % 1000000) * 1000};
    sigset_t none;
    sigemptyset(&none);
    return ppoll(polled, count, &left, &none);
}
