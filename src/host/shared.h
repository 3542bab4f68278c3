/*
 * shared: words that all runs on this host share, each two in a file of their own beside the lock.
 *
 * Layer: host.
 * Trust: as for the lock: who can write to the file can hold up a run, so it is its maker's alone. One that has another name too
 * is not taken.
 */
#ifndef HOST_SHARED_H
#define HOST_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* See struct world. They can be looked at and changed to the end of the process, without a call. */
_Atomic uint64_t *shared_words(const char *name, bool make);

#endif
