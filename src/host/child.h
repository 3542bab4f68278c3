/*
 * child: work in a process of its own, awaited with a deadline and ended when that has come, or when the run has gone.
 *
 * Layer: host. The child shares nothing with the run but one socket pair and what descriptors 0 to 2 are, and has
 * forgotten the run's secrets before its work begins.
 */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: none */
    int fd;    /* our end of the socket pair */
};

/* From here on `forget` is what a child calls first, to overwrite the secrets in its copy of the memory. */
void child_forgets(void (*forget)(void));
/* Starts `work(context, fd)` in a child with the default signals and a process group of its own; false with errno set. */
bool child_start(struct child *c, void (*work)(const void *context, int fd), const void *context);
/*
 * Reads until the child closes its end or `len` bytes are there; the number of bytes, or -1 when the deadline came first
 * or, with `interruptible`, a signal asked the run to end.
 */
ssize_t child_read(struct child *c, void *bytes, size_t len, uint64_t deadline_us, bool interruptible);
/* For a process just forked by `parent`: it is killed when that ends, however that ends. */
void child_tie(pid_t parent);
/* Ends the child, if it has not ended, and all that it has started; reaps it. */
void child_end(struct child *c);

#endif
