/*
 * file: a small file read whole, with the checks that keep a trap from being one; and one put in another's place.
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
/*
 * Puts a file of these bytes, which everybody may read, in the place of what regular file is there: whoever opens that path
 * finds all of the old one or all of the new one. It is made beside it, as PATH.PID, and is gone again when that fails.
 * Nothing waits for the disk: what a file tells of a host that has lost its power is over anyway. USAGE.
 */
bool file_replace(const char *path, struct slice text, struct err *e);
/* Whether there is anything at that path. */
bool file_exists(const char *path);

#endif
