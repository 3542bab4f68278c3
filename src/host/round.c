#include "host/round.h"

#include "host/child.h"
#include "host/clock.h"
#include "host/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define GRACE_US UINT64_C(1000000)

static void (*round_work)(void *report);

struct report {
    void *at;
    size_t size;
};

void round_start(void (*work)(void *report))
{
    round_work = work;
}

/* The child's own copy of the report is filled, and then sent; what does not fit into the socket waits for the reader. */
static void work_and_send(const void *context, int fd)
{
    const struct report *report = context;
    process_signals();
    round_work(report->at);
    (void)!write(fd, report->at, report->size);
}

bool round_run(void *report, size_t size, uint64_t deadline_us, struct err *e)
{
    struct child child;
    const struct report to = {report, size};
    if (!child_start(&child, work_and_send, &to))
        return err_set(e, ERR_BUG, "a round could not be started: %s; the next one tries again", strerror(errno));
    ssize_t got = child_read(&child, report, size, deadline_us, true);
    if (got < 0 && process_interrupted()) {
        (void)kill(child.pid, SIGTERM);
        got = child_read(&child, report, size, clock_now_us() + GRACE_US, false);
    }
    child_end(&child);
    return got == (ssize_t)size || err_set(e, ERR_BUG, "a round ended without a word of how; see what the kernel's log says of it");
}
