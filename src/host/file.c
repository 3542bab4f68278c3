#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_trusted(const struct stat *st, enum file_owner owner)
{
    bool own = st->st_uid == 0 || (owner == FILE_TRUSTED && st->st_uid == getuid());
    return owner == FILE_ANY || (own && !(st->st_mode & (S_IWGRP | S_IWOTH)));
}

static bool check(int fd, const char *path, enum file_owner owner, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_USAGE, "%s is no regular file", path);
    if (!is_trusted(&st, owner))
        return err_set(e, ERR_USAGE, "%s must belong to root and be writable by nobody else; chown root %s && chmod go-w %s", path, path,
                       path);
    return true;
}

static bool read_all(int fd, const char *path, struct buf *text, struct err *e)
{
    for (;;) {
        if (text->len == text->cap)
            return err_set(e, ERR_USAGE, "%s is larger than %zu bytes", path, text->cap - 1);
        ssize_t got = read(fd, text->at + text->len, text->cap - text->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
        if (got == 0)
            return true;
        text->len += (size_t)got;
    }
}

bool file_read(const char *path, enum file_owner owner, struct buf *text, struct err *e)
{
    int fd;
    do {
        fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
    bool ok = check(fd, path, owner, e) && read_all(fd, path, text, e);
    (void)close(fd);
    return ok;
}

void file_look(const char *path, struct host_file *out)
{
    struct stat st;
    *out = (struct host_file){.exists = stat(path, &st) == 0};
    if (!out->exists)
        return;
    out->owner = st.st_uid;
    out->mode = st.st_mode & 07777;
}

static bool write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t count = write(fd, text.at, text.len);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0)
            text = slice_make(text.at + count, text.len - (size_t)count);
    }
    return fchmod(fd, 0644) == 0;
}

/* Under its name of before its place is taken there may be what a killed run has left. */
static bool write_new(const char *path, struct slice text)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, text);
    int cause = errno;
    ok = close(fd) == 0 && ok;
    errno = ok ? 0 : cause;
    return ok;
}

bool file_replace(const char *path, struct slice text, struct err *e)
{
    char beside_text[LIMIT_PATH + 16];
    struct buf beside = BUF_OF(beside_text);
    struct stat st;
    buf_putf(&beside, "%s.%d", path, (int)getpid());
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(e, ERR_USAGE, "%s is no regular file; name another", path);
    if (write_new(buf_text(&beside), text) && rename(beside_text, path) == 0)
        return true;
    int cause = errno;
    (void)unlink(beside_text);
    return err_set(e, ERR_USAGE, "%s cannot be written: %s; name a file in a folder that takes one from this user", path, strerror(cause));
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}
