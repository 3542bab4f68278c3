#include "host/child.h"

#include "host/clock.h"
#include "host/process.h"
#include "host/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 3
#define STANDARD_SIGNALS 31 /* those beyond are real-time signals, some of them the C library's own */

static void (*forget_secrets)(void);

void child_forgets(void (*forget)(void))
{
    forget_secrets = forget;
}

void child_tie(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    /* It may have ended before it was tied to. */
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
}

/* The socket becomes the first descriptor after the standard ones, and the last. */
static int only_descriptor(int fd)
{
    if (fd != FIRST_FD && dup3(fd, FIRST_FD, O_CLOEXEC) != FIRST_FD)
        _exit(EXIT_FAILURE);
    process_close_from(FIRST_FD + 1);
    return FIRST_FD;
}

static void default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int each = 1; each <= STANDARD_SIGNALS; each++)
        (void)signal(each, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

bool child_start(struct child *c, void (*work)(const void *context, int fd), const void *context)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        child_tie(parent);
        if (forget_secrets)
            forget_secrets();
        int fd = only_descriptor(pair[1]);
        (void)setpgid(0, 0);
        default_signals();
        work(context, fd);
        _exit(EXIT_SUCCESS);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        int cause = errno;
        (void)close(pair[0]);
        errno = cause;
        return false;
    }
    /* In both processes, so that the group is there whichever runs first. */
    (void)setpgid(pid, pid);
    *c = (struct child){pid, pair[0]};
    return true;
}

ssize_t child_read(struct child *c, void *bytes, size_t len, uint64_t deadline_us, bool interruptible)
{
    size_t got = 0;
    /* The clock is asked as well: who is interrupted again and again is never told that the time has come. */
    while (got < len) {
        if (clock_now_us() >= deadline_us)
            return -1;
        struct pollfd poll_fd = {.fd = c->fd, .events = POLLIN};
        int ready = interruptible && process_interrupted() ? 0 : wait_ready(&poll_fd, 1, deadline_us);
        if (ready == 0)
            return -1;
        ssize_t more = ready > 0 ? read(c->fd, (char *)bytes + got, len - got) : -1;
        if (more < 0 && errno != EINTR && errno != EAGAIN)
            return -1;
        if (more == 0)
            break;
        got += more > 0 ? (size_t)more : 0;
    }
    return (ssize_t)got;
}

void child_end(struct child *c)
{
    if (c->pid == 0)
        return;
    (void)close(c->fd);
    (void)kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *c = (struct child){0, -1};
}
