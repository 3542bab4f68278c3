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
#define MOMENT_AT 1 /* the byte that a claim locks, so that it can be told from a whole run */

static int watched = -1;
static bool can_lock; /* what is watched */
static struct timespec watched_at; /* when the lock had last been taken then */

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static struct flock moment(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = MOMENT_AT, .l_len = 1};
}

int lock_make_folder(void)
{
    if (mkdir(LOCK_FOLDER, 0755) != 0)
        return errno == EEXIST ? 0 : errno;
    (void)chmod(LOCK_FOLDER, 0755);
    return 0;
}

/* Errno of what went wrong first, 0 if nothing did. `*made`: there was no such file. */
static int lock_open(int *fd, bool *made)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int cause = lock_make_folder();
    *fd = open(LOCK_FILE, flags | O_CREAT | O_EXCL, 0600);
    *made = *fd >= 0;
    if (!*made && errno == EEXIST)
        *fd = open(LOCK_FILE, flags);
    if (*fd >= 0)
        return 0;
    return cause != 0 ? cause : errno;
}

static bool is_taken(int cause)
{
    return cause == EAGAIN || cause == EACCES;
}

/* Who claims meets it, who takes the whole waits for its end; two that look do not meet. */
static struct flock glance(void)
{
    return (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = MOMENT_AT, .l_len = 1};
}

/* Errno of why it was not taken, 0 when it was. Over a network it may be interrupted, though it does not wait for others. */
static int lock_try(int fd, struct flock mine)
{
    int cause;
    do
        cause = fcntl(fd, F_SETLK, &mine) == 0 ? 0 : errno;
    while (cause == EINTR);
    return cause;
}

/* Whose lock stands in the way, if any; process 0 when that is of another pid namespace. */
struct holder {
    bool there;
    bool claims; /* for the moment of a change */
    pid_t pid;
};

static struct holder lock_holder(int fd)
{
    struct flock theirs = whole_file();
    if (fcntl(fd, F_GETLK, &theirs) != 0 || theirs.l_type == F_UNLCK)
        return (struct holder){.there = false};
    return (struct holder){true, theirs.l_start == MOMENT_AT, theirs.l_pid > 0 ? theirs.l_pid : 0};
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

/* The file's own time, which needs no room in a file system that may be full. */
static void note_taken(int fd)
{
    (void)futimens(fd, NULL);
}

static void note_never(int fd)
{
    static const struct timespec never[2] = {{0}, {0}};
    (void)futimens(fd, never);
}

static struct timespec taken_at(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_mtim : (struct timespec){0};
}

/* Taken by a clock that has been set back since is taken just now. */
static uint64_t since_us(struct timespec at)
{
    int64_t seconds = clock_utc_s() - at.tv_sec;
    return seconds > 0 ? (uint64_t)seconds * 1000000 : 0;
}

/* The descriptor stays open until the end: closing it would give the lock back. */
bool lock_take(uint64_t until_us, bool waits, const char **none, struct err *e)
{
    int fd;
    bool made;
    int cause = lock_open(&fd, &made);
    *none = NULL;
    for (;;) {
        cause = fd >= 0 ? lock_try(fd, whole_file()) : cause;
        if (cause == 0) {
            note_taken(fd);
            return true;
        }
        if (fd < 0 || !is_taken(cause)) {
            *none = strerror(cause);
            return true;
        }
        struct holder holder = lock_holder(fd);
        if ((holder.there && !holder.claims && !waits) || clock_now_us() >= until_us)
            return busy(holder.pid, e);
        if (process_interrupted())
            return err_set(e, ERR_INTERRUPTED, "a signal asked to end while another run on this host was at work");
        await_end(holder.pid, until_us);
    }
}

/* Only a lock that can be had tells of others: errno of why it cannot, 0 when it could, and is given back. */
static int lock_glance(int fd)
{
    struct flock back = glance();
    int cause = lock_try(fd, glance());
    back.l_type = F_UNLCK;
    if (cause == 0)
        (void)lock_try(fd, back);
    return cause;
}

/* First the time, then the look: who takes the lock in between is seen, who takes it later changes the time. */
bool lock_watch(uint64_t *idle_us, const char **none, struct err *e)
{
    bool made = false;
    int cause = lock_open(&watched, &made);
    if (cause == 0) {
        if (made)
            note_never(watched);
        watched_at = taken_at(watched);
        cause = lock_glance(watched);
        if (is_taken(cause))
            return busy(lock_holder(watched).pid, e);
    }
    can_lock = cause == 0;
    *none = can_lock ? NULL : strerror(cause);
    *idle_us = can_lock ? since_us(watched_at) : 0;
    return true;
}

bool lock_claim(struct err *e)
{
    int cause = can_lock ? lock_try(watched, moment()) : 0;
    if (is_taken(cause))
        return busy(lock_holder(watched).pid, e);
    if (cause != 0)
        return err_set(e, ERR_IFACE, "the lock cannot be had: %s, and the alias was left alone", strerror(cause));
    struct timespec at = taken_at(watched);
    return !can_lock || (at.tv_sec == watched_at.tv_sec && at.tv_nsec == watched_at.tv_nsec) ||
           err_set(e, ERR_BUSY, "another run on this host has been at work meanwhile, and the alias was left to it");
}
