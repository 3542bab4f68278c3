#include "host/shared.h"

#include "base/limits.h"
#include "base/text.h"
#include "host/lock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_only_this(int fd)
{
    struct stat is;
    return fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_nlink == 1;
}

/* Their room is taken first, since to write where there is none would kill the run. */
_Atomic uint64_t *shared_words(const char *name, bool make)
{
    char text[LIMIT_PATH];
    struct buf path = BUF_OF(text);
    void *words = MAP_FAILED;
    if (make)
        (void)lock_make_folder();
    buf_putf(&path, LOCK_FOLDER "/%s", name);
    int fd = open(buf_text(&path), O_RDWR | (make ? O_CREAT : 0) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd >= 0 && is_only_this(fd) && fallocate(fd, 0, 0, 2 * sizeof(uint64_t)) == 0)
        words = mmap(NULL, 2 * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    return words == MAP_FAILED ? NULL : words;
}
