#include "host/child.h"

#include "host/process.h"
#include "host/wait.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

bool child_start(struct child *c, void (*work)(const void *context, int fd), const void *context)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(pair[0]);
        (void)setpgid(0, 0);
        default_signals();
        work(context, pair[1]);
        _exit(0);
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

ssize_t child_read(struct child *c, void *bytes, size_t len, uint64_t deadline_us)
{
    size_t got = 0;
    while (got < len) {
        struct pollfd poll_fd = {.fd = c->fd, .events = POLLIN};
        int ready = wait_ready(&poll_fd, 1, deadline_us);
        if (ready == 0 || process_interrupted())
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
