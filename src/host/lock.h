/*
 * lock: one run at a time on this host.
 *
 * Layer: host. A kernel lock on a file: it ends with the process, however that ends. The file stays.
 * Trust: who can write to the file can hold up a run, so it is its maker's alone, or belongs to whom
 * release/mirrorvip.tmpfiles says. Who cannot open it has no lock, and is not kept apart from those who can.
 * The file's time is when the lock was last taken for a whole run: so one that only looked can tell whether another has been
 * at work meanwhile, or shortly before.
 */
#ifndef HOST_LOCK_H
#define HOST_LOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define LOCK_FOLDER "/run/mirrorvip"
#define LOCK_FILE LOCK_FOLDER "/lock"

/* Makes the folder where there is none; it can be looked into by all, whatever the umask. Errno, or 0. */
int lock_make_folder(void);
/*
 * Takes the lock until the process ends: true, and *none is NULL. A claim of another run has until `until_us` to end,
 * and if this one `waits`, so has a whole run; else, or then, BUSY names that process. It is never taken from one that
 * lives, however long that has been stopped. INTERRUPTED when a signal came meanwhile. Where the file cannot be made,
 * opened or locked there is no lock, and that is no reason to let the VIP go: true, and *none says why.
 */
bool lock_take(uint64_t until_us, bool waits, const char **none, struct err *e);
/*
 * See struct world. `lock_watch` holds the lock no longer than it takes to see that it can be had, and so that nobody is kept
 * from it; `lock_claim` opens no file. Where there is no lock, as above, both are true.
 */
bool lock_watch(uint64_t *idle_us, const char **none, struct err *e);
bool lock_claim(struct err *e);

#endif
