/*
 * iface6: the IPv6 addresses of this host's interfaces, seen and changed by rtnetlink(7).
 *
 * Layer: host.
 * Not by ioctl(2), as those of IPv4: SIOCGIFCONF does not list them, /proc may not be there and is no longer open to us once
 * the credentials are here, and SIOCSIFADDR with its struct in6_ifreq can say neither of two things that a VIP needs. It
 * must be good at once: the kernel would hold an address back for a second or more, to ask on the link whether another
 * has it (RFC 4862, section 5.4); in a VPC nobody else is on that link. And this host must not speak from it: of several
 * addresses the kernel may choose it as the source of any connection (RFC 6724), and the answers go to whoever the route
 * tables name. So it is added without the question, with a preferred lifetime of 0, and with no route but that of the
 * address itself; all in one request, so that a killed run leaves nothing half done.
 * There are no labels. What the colon is to one of IPv4, a preferred lifetime of 0 is here: it tells an alias from an
 * address of the host's own, which is never removed.
 */
#ifndef HOST_IFACE6_H
#define HOST_IFACE6_H

#include "base/error.h"
#include "base/world.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * See struct world. All errors are IFACE. The list is appended to what is there already; link-local addresses are left out, and so
 * are those that the kernel has found to be another's: it answers nobody there.
 */
bool iface6_addresses(struct host_addresses *out, struct err *e);
bool iface6_add(const struct label *interface, struct ip ip, uint8_t prefix, struct err *e);
bool iface6_remove(const struct label *interface, struct ip ip, struct err *e);

#endif
