/*
 * placement: from the VIP and what is known of the VPC to the route's destination.
 *
 * Layer: core, pure.
 * Specification: Amazon VPC User Guide, "Route table rules": a destination inside a CIDR of the VPC must be the whole
 * CIDR of a subnet; one outside is an overlay, for which we use VIP/32.
 */
#ifndef CORE_PLACEMENT_H
#define CORE_PLACEMENT_H

#include "aws/imds.h"
#include "base/error.h"
#include "base/value.h"
#include "base/world.h"

#include <stdbool.h>

struct placement {
    struct cidr destination;
    bool overlay; /* else a spare subnet */
};

/* Refuses what no VIP can be: this-network, loopback, link-local, multicast and broadcast addresses. USAGE. */
bool placement_vip_check(struct ip vip, struct err *e);
/*
 * `prefix` is that of the alias, or as given with the VIP. `addresses` are the host's own: a destination that holds
 * another of them would draw its own traffic away. USAGE with the rule in words.
 */
bool placement_make(struct ip vip, uint8_t prefix, const struct vpc_cidrs *vpc, const struct host_addresses *addresses,
                    struct placement *placement, struct err *e);
/* For a spare subnet: it must not be, or share an address with, the one that this host itself is in. USAGE. */
bool placement_subnet_check(const struct placement *placement, struct cidr own_subnet, struct err *e);

#endif
