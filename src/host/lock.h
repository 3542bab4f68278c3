/*
 * lock: one run at a time on this host.
 *
 * Layer: host. A kernel lock on a file: it ends with the process, however that ends. The file stays.
 */
#ifndef HOST_LOCK_H
#define HOST_LOCK_H

#include "base/error.h"

#include <stdbool.h>

#define LOCK_FOLDER "/run/mirrorvip"
#define LOCK_FILE LOCK_FOLDER "/lock"

/*
 * Takes the lock until the process ends. BUSY names the process that holds it. A host where the file cannot be made or
 * opened has no lock, and that is no reason to let the VIP go: true.
 */
bool lock_take(struct err *e);

#endif
