/*
 * iface: this host's interfaces and their IPv4 addresses, seen and changed by ioctl(2), as netdevice(7) has it.
 *
 * Layer: host.
 * Three things measured about that interface, which this module deals with. SIOCSIFADDR gives an address the mask of its
 * class first (a 10.x address brings a route for 10.0.0.0/8 with it), until SIOCSIFNETMASK some 50 us later: both run
 * back to back with all signals blocked, and a run killed in between is mended by the next one (core/alias). A
 * failing SIOCSIFADDR may have removed the address that the label had: a label that holds another one is never used.
 * SIOCSIFFLAGS "down" on a name without a colon takes the whole interface down: such a label is refused before any call.
 * On the label of a subnet's first address it takes the later addresses there down as well: that is refused, too.
 */
#ifndef HOST_IFACE_H
#define HOST_IFACE_H

#include "base/error.h"
#include "base/world.h"

#include <stdbool.h>
#include <stdint.h>

/* See struct world. All errors are IFACE. */
bool iface_addresses(struct host_addresses *out, struct err *e);
bool iface_interface(const struct label *name, struct host_interface *out, struct err *e);
bool iface_set(const struct label *label, struct ip ip, uint8_t prefix, struct err *e);
bool iface_remove(const struct label *label, struct ip ip, struct err *e);
/* Puts errno, which such a change has left, into words. Always false. */
bool iface_refused(const struct label *label, const char *doing, struct err *e);

#endif
