#include "host/log.h"

#include "host/clock.h"
#include "host/output.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FACILITY_DAEMON (3 << 3)
#define LOG_MESSAGE 1024 /* bytes: the most that RFC 3164 allows, and more than any line of ours */

/* -1 with errno. A stream whose daemon does not accept is not waited for either. */
static int log_connect(int type)
{
    static const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&log, sizeof log) == 0)
        return fd;
    int cause = errno;
    (void)close(fd);
    errno = cause;
    return -1;
}

static bool log_line(int fd, bool stream, enum severity severity, struct slice line, uint64_t until_us)
{
    char message[LOG_MESSAGE];
    struct buf b = BUF_OF(message);
    buf_putf(&b, "<%d>mirrorvip[%d]: ", FACILITY_DAEMON | (int)severity, (int)getpid());
    buf_put(&b, line);
    if (stream)
        buf_putc(&b, '\0');
    return output_write(fd, buf_slice(&b), until_us);
}

const char *log_write(struct slice steps, struct slice end, enum severity severity)
{
    uint64_t until_us = clock_now_us() + OUTPUT_PATIENCE_US;
    int fd = log_connect(SOCK_DGRAM);
    bool stream = fd < 0 && errno == EPROTOTYPE;
    if (stream)
        fd = log_connect(SOCK_STREAM);
    if (fd < 0)
        return strerror(errno);
    bool taken = true;
    while (taken && steps.len > 0)
        taken = log_line(fd, stream, SEVERITY_INFO, slice_cut(&steps, '\n'), until_us);
    taken = taken && log_line(fd, stream, severity, end, until_us);
    (void)close(fd);
    return taken ? NULL : "it does not take what it is sent";
}
