/*
 * world_linux: struct world carried out on this host.
 *
 * Layer: host.
 */
#ifndef HOST_WORLD_LINUX_H
#define HOST_WORLD_LINUX_H

#include "base/error.h"
#include "base/world.h"

#include <stdbool.h>

/*
 * Reads the trust anchors, makes the guard ready, confines the process. `ca_bundle` and `guard` may be empty: the built-in
 * roots, no guard; so a run that will not use them cannot fail for them. `forget` overwrites the caller's secrets: a child
 * calls it before anything else. There is one such world.
 */
bool world_linux_open(struct world *w, const char *ca_bundle, const char *guard, void (*forget)(void), struct err *e);
/*
 * For a service, which has no more of a world than the clocks, the signals and its rounds: confines the process, unless it
 * `keeps_rights` to write a file where its caller may. `work` is what a round does, in a process of its own, to fill its
 * report; it opens a world for itself.
 */
void world_linux_serve(struct world *w, bool keeps_rights, void (*work)(void *report));
/* Closes what is open and overwrites what was secret. */
void world_linux_close(void);

#endif
