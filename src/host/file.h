/*
 * file: a small file read whole, with the checks that keep a trap from being one.
 *
 * Layer: host. A FIFO or device does not hang it, a large file does not fill memory.
 */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include "base/error.h"
#include "base/text.h"
#include "base/world.h"

enum file_owner {
    FILE_ANY,     /* anybody's */
    FILE_TRUSTED, /* root's or the caller's own, and writable by nobody else */
    FILE_ROOTS,   /* root's, and writable by nobody else */
};

/* Appends the file's bytes. USAGE when it is missing, no regular file, larger than the buffer, or not as trusted as asked. */
bool file_read(const char *path, enum file_owner owner, struct buf *text, struct err *e);
/* Owner and permission bits. */
void file_look(const char *path, struct host_file *out);
/* Whether there is anything at that path. */
bool file_exists(const char *path);

#endif
