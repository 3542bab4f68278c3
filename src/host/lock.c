#include "host/lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* The descriptor stays open until the end: closing it would give the lock back. */
bool lock_take(struct err *e)
{
    struct flock mine = whole_file();
    struct flock theirs = whole_file();
    (void)mkdir(LOCK_FOLDER, 0755);
    int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0 || fcntl(fd, F_SETLK, &mine) == 0)
        return true;
    if (fcntl(fd, F_GETLK, &theirs) != 0 || theirs.l_type == F_UNLCK)
        return err_set(e, ERR_BUSY, "another run on this host holds %s; wait for it to end", LOCK_FILE);
    return err_set(e, ERR_BUSY, "another run on this host, process %ld, is at work; wait for it to end", (long)theirs.l_pid);
}
