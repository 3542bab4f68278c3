#include "host/lock.h"

#include "host/clock.h"
#include "host/process.h"
#include "host/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define LOOK_US UINT64_C(50000)
#define PATIENCE_US UINT64_C(30000) /* who follows holds the lock for a moment only: that alone makes nobody BUSY */

static int watched = -1;
static uint64_t watched_us;

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* Errno of what went wrong first, 0 if nothing did. The folder can be looked into by all, whatever the umask. */
static int lock_open(int *fd)
{
    int cause = 0;
    if (mkdir(LOCK_FOLDER, 0755) == 0)
        (void)chmod(LOCK_FOLDER, 0755);
    else if (errno != EEXIST)
        cause = errno;
    *fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (*fd >= 0)
        return 0;
    return cause != 0 ? cause : errno;
}

static bool is_taken(int cause)
{
    return cause == EAGAIN || cause == EACCES;
}

/* Errno of why it was not taken, 0 when it was. */
static int lock_try(int fd)
{
    struct flock mine = whole_file();
    return fcntl(fd, F_SETLK, &mine) == 0 ? 0 : errno;
}

/* 0: it has just ended, or is of another pid namespace. */
static pid_t lock_holder(int fd)
{
    struct flock theirs = whole_file();
    return fcntl(fd, F_GETLK, &theirs) == 0 && theirs.l_type != F_UNLCK && theirs.l_pid > 0 ? theirs.l_pid : 0;
}

/*
 * Linux tells of a process's end since 5.3. A look now and then serves where it does not, where the holder cannot be seen,
 * and where it had ended before it was asked for, so that its number may be another's.
 */
static void await_end(pid_t holder, uint64_t until_us)
{
    uint64_t look_us = clock_now_us() + LOOK_US;
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, holder, 0), .events = POLLIN};
    (void)wait_ready(&end, 1, look_us < until_us ? look_us : until_us);
    if (end.fd >= 0)
        (void)close(end.fd);
}

static bool busy(pid_t holder, struct err *e)
{
    if (holder == 0)
        return err_set(e, ERR_BUSY, "another run on this host holds %s; wait for it to end", LOCK_FILE);
    return err_set(e, ERR_BUSY, "another run on this host, process %ld, is at work; wait for it to end", (long)holder);
}

/* When the lock was last taken for a whole run; 0 when it never was. */
static uint64_t taken_us(int fd)
{
    uint64_t at_us = 0;
    return pread(fd, &at_us, sizeof at_us, 0) == sizeof at_us ? at_us : 0;
}

static void note_taken(int fd)
{
    uint64_t now_us = clock_now_us();
    (void)!pwrite(fd, &now_us, sizeof now_us, 0);
}

/* The descriptor stays open until the end: closing it would give the lock back. */
bool lock_take(uint64_t until_us, const char **none, struct err *e)
{
    int fd;
    int cause = lock_open(&fd);
    uint64_t least_us = clock_now_us() + PATIENCE_US;
    until_us = until_us < least_us ? least_us : until_us;
    *none = NULL;
    for (;;) {
        cause = fd >= 0 ? lock_try(fd) : cause;
        if (cause == 0) {
            note_taken(fd);
            return true;
        }
        if (fd < 0 || !is_taken(cause)) {
            *none = strerror(cause);
            return true;
        }
        pid_t holder = lock_holder(fd);
        if (clock_now_us() >= until_us)
            return busy(holder, e);
        if (process_interrupted())
            return err_set(e, ERR_INTERRUPTED, "a signal asked to end while another run on this host was at work");
        await_end(holder, until_us);
    }
}

/* First the time, then the look: who takes the lock in between is seen, who takes it later changes the time. */
bool lock_watch(const char **none, struct err *e)
{
    struct flock theirs = whole_file();
    int cause = lock_open(&watched);
    *none = NULL;
    if (cause != 0) {
        *none = strerror(cause);
        return true;
    }
    watched_us = taken_us(watched);
    return fcntl(watched, F_GETLK, &theirs) != 0 || theirs.l_type == F_UNLCK || busy(theirs.l_pid > 0 ? theirs.l_pid : 0, e);
}

bool lock_claim(struct err *e)
{
    int cause = watched < 0 ? ENOLCK : lock_try(watched);
    if (is_taken(cause))
        return busy(lock_holder(watched), e);
    return cause != 0 || taken_us(watched) == watched_us ||
           err_set(e, ERR_BUSY, "another run on this host has been at work meanwhile, and the alias was left to it");
}
