#include "host/output.h"

#include "host/clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define PATIENCE_US 100000
#define PIECE 4096 /* a pipe that poll calls writable takes this much without blocking (POSIX's PIPE_BUF) */

void output_write(int fd, struct slice text)
{
    uint64_t until_us = clock_now_us() + PATIENCE_US;
    while (text.len > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (poll(&ready, 1, clock_left_ms(until_us)) <= 0 || !(ready.revents & POLLOUT))
            return;
        ssize_t count = write(fd, text.at, text.len < PIECE ? text.len : PIECE);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (count > 0)
            text = slice_make(text.at + count, text.len - (size_t)count);
    }
}
