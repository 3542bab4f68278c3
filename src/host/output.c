#include "host/output.h"

#include "host/clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define PIECE 4096 /* a pipe that poll calls writable takes this much without blocking (POSIX's PIPE_BUF) */

bool output_write(int fd, struct slice text, uint64_t until_us)
{
    while (text.len > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        int count_ready = poll(&ready, 1, clock_left_ms(until_us));
        if (count_ready < 0 && errno == EINTR && clock_now_us() < until_us)
            continue;
        if (count_ready <= 0 || !(ready.revents & POLLOUT))
            return false;
        ssize_t count = write(fd, text.at, text.len < PIECE ? text.len : PIECE);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (count > 0)
            text = slice_make(text.at + count, text.len - (size_t)count);
    }
    return true;
}
