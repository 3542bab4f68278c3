/*
 * resolve: a host name to socket addresses, within a time of its own.
 *
 * Layer: host. The C library's resolver knows no deadline and allocates, so it runs in a short-lived child that hands
 * back the addresses through a socket and is ended when its time is up; a second and a third one ask again. A child holds
 * no secret and no capability, and can open nothing but the resolver's two files, as far as the kernel can be asked to see
 * to it.
 * Trust: what the child says is checked as what a peer says. An answer that no API endpoint can have (this host,
 * link-local, multicast) is refused unless the operator named the origin himself.
 */
#ifndef HOST_RESOLVE_H
#define HOST_RESOLVE_H

#include "base/error.h"
#include "base/limits.h"
#include "base/value.h"
#include "host/child.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage socket;
    socklen_t len;
};

struct address_list {
    size_t count;
    struct address at[LIMIT_RESOLVED];
};

/* Begins to look it up, where that needs a child: resolve() goes on with it. */
void resolve_begin(const struct origin *origin, struct child *begun);
/*
 * Literal addresses need no child. `begun` is one that has been begun, or none, and is ended. When a name cannot be
 * resolved the address that the origin knows, if any, is taken, and
 * *unresolved says so. INTERRUPTED by a signal, else NETWORK with the resolver's own words; `deadline_us` is on the clock of
 * clock.h.
 */
bool resolve(const struct origin *origin, struct child *begun, uint64_t deadline_us, struct address_list *list, bool *unresolved,
             struct err *e);

#endif
