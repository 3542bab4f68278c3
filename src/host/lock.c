#include "host/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The descriptor stays open until the end: closing it would give the lock back. */
bool lock_take(const char **none, struct err *e)
{
    struct flock mine = whole_file();
    struct flock theirs = whole_file();
    int fd;
    int cause = lock_open(&fd);
    *none = NULL;
    if (cause == 0 && fcntl(fd, F_SETLK, &mine) != 0)
        cause = errno;
    if (cause == 0)
        return true;
    if (fd < 0 || (cause != EAGAIN && cause != EACCES)) {
        *none = strerror(cause);
        return true;
    }
    if (fcntl(fd, F_GETLK, &theirs) != 0 || theirs.l_type == F_UNLCK)
        return err_set(e, ERR_BUSY, "another run on this host holds %s; wait for it to end", LOCK_FILE);
    return err_set(e, ERR_BUSY, "another run on this host, process %ld, is at work; wait for it to end", (long)theirs.l_pid);
}
