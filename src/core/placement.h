/*
 * placement: from the VIP and what is known of the VPC to the route's destination.
 *
 * Layer: core, pure.
 * Specification: Amazon VPC User Guide, "Route table rules": a destination inside a CIDR of the VPC must be the whole
 * CIDR of a subnet; one outside is an overlay, for which we use VIP/32 or /128. Amazon VPC User Guide, "Subnet sizing": /16 to
 * /28, of IPv6 /44 to /64 in steps of four.
 */
#ifndef CORE_PLACEMENT_H
#define CORE_PLACEMENT_H

#include "aws/ec2.h"
#include "aws/imds.h"
#include "base/error.h"
#include "base/value.h"
#include "base/world.h"

#include <stdbool.h>

struct placement {
    struct cidr destination;
    bool overlay; /* else a spare subnet */
};

/* Whether a subnet can be so small. */
bool placement_can_be_subnet(struct cidr cidr);

/*
 * Refuses what no VIP can be: this-network, loopback, link-local, multicast and broadcast addresses; of IPv6 those, what is
 * reserved, and what EC2 keeps for itself. Unique local ones are good. USAGE.
 */
bool placement_vip_check(struct ip vip, struct err *e);
/*
 * `prefix` is that of the alias, or as given with the VIP. `addresses` are the host's own: a destination that holds
 * another of them would draw its own traffic away. `vpc` are the VPC's blocks of the VIP's family. USAGE with the rule in words.
 */
bool placement_make(struct ip vip, uint8_t prefix, const struct vpc_cidrs *vpc, const struct host_addresses *addresses,
                    struct placement *placement, struct err *e);
/* For a spare subnet: it must not be, or share an address with, one that this host itself is in. USAGE. */
bool placement_subnet_check(const struct placement *placement, struct cidr own_subnet, struct err *e);

/* What makes a placement that is not legal a legal one, with the least change; `vip` and `destination` are those then. */
struct placement_nearest {
    enum {
        NEAREST_SUBNET,     /* the VIP stays, with the prefix of the spare subnet that it is in */
        NEAREST_NEW_SUBNET, /* it stays, once there is a subnet of that CIDR */
        NEAREST_OVERLAY,    /* another VIP, outside every CIDR of the VPC */
    } what;
    struct ip vip;
    struct cidr destination;
};

/* How many addresses of a subnet are taken, but for AWS's own; a spare one has none. 0 where it has no IPv4. */
uint64_t placement_taken(const struct ec2_subnet *subnet);
/* `subnets` are all of the VPC's. A new one has the prefix asked for, else the smallest that AWS makes. False: there is no such choice. */
bool placement_find_nearest(struct ip vip, uint8_t prefix, const struct vpc_cidrs *vpc, const struct ec2_subnets *subnets,
                            struct placement_nearest *nearest);

#endif
