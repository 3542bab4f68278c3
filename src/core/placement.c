#include "core/placement.h"

#define SHORTEST_PREFIX 16 /* the largest subnet that AWS knows */

bool placement_vip_check(struct ip vip, struct err *e)
{
    static const struct {
        struct cidr range;
        const char *name;
    } forbidden[] = {
        {{{0x00000000}, 8}, "of this network (0.0.0.0/8)"},
        {{{0x7F000000}, 8}, "a loopback address"},
        {{{0xA9FE0000}, 16}, "a link-local address"},
        {{{0xE0000000}, 3}, "a multicast, reserved or broadcast address"},
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (cidr_has(forbidden[i].range, vip))
            return err_set(e, ERR_USAGE, "%s cannot be a VIP: it is %s", ip_text(vip).text, forbidden[i].name);
    return true;
}

static const struct cidr *cidr_of_vpc(const struct vpc_cidrs *vpc, struct ip vip)
{
    for (size_t i = 0; i < vpc->count; i++)
        if (cidr_has(vpc->at[i], vip))
            return &vpc->at[i];
    return NULL;
}

static bool is_first_or_last(struct cidr subnet, struct ip ip)
{
    if (subnet.prefix >= 31)
        return false;
    uint32_t host_bits = UINT32_MAX >> subnet.prefix;
    return (ip.bits & host_bits) == 0 || (ip.bits & host_bits) == host_bits;
}

static bool spare_subnet_check(struct ip vip, struct cidr subnet, struct cidr vpc, const struct host_addresses *addresses,
                               struct err *e)
{
    if (subnet.prefix < SHORTEST_PREFIX || !cidr_within(subnet, vpc))
        return err_set(e, ERR_USAGE,
                       "%s is inside the VPC's %s, so its prefix must be that of a spare subnet there, and /%u is not; "
                       "give --vip ADDRESS/PREFIX of one, or choose a VIP outside every CIDR of the VPC",
                       ip_text(vip).text, cidr_text(vpc).text, subnet.prefix);
    if (is_first_or_last(subnet, vip))
        return err_set(e, ERR_USAGE, "%s is the network or broadcast address of %s; choose another VIP there", ip_text(vip).text,
                       cidr_text(subnet).text);
    for (size_t i = 0; i < addresses->count; i++)
        if (addresses->at[i].ip.bits != vip.bits && cidr_has(subnet, addresses->at[i].ip))
            return err_set(e, ERR_USAGE,
                           "the destination %s would swallow this host's own address %s on %s; the VIP needs a subnet of its own",
                           cidr_text(subnet).text, ip_text(addresses->at[i].ip).text, addresses->at[i].label.text);
    return true;
}

bool placement_make(struct ip vip, uint8_t prefix, const struct vpc_cidrs *vpc, const struct host_addresses *addresses,
                    struct placement *placement, struct err *e)
{
    const struct cidr *around = cidr_of_vpc(vpc, vip);
    struct placement made = {cidr_around(vip, around ? prefix : 32), !around};
    if (!placement_vip_check(vip, e))
        return false;
    if (around && !spare_subnet_check(vip, made.destination, *around, addresses, e))
        return false;
    *placement = made;
    return true;
}

bool placement_subnet_check(const struct placement *placement, struct cidr own_subnet, struct err *e)
{
    if (!cidr_within(placement->destination, own_subnet) && !cidr_within(own_subnet, placement->destination))
        return true;
    return err_set(e, ERR_USAGE,
                   "the destination %s lies in this host's own subnet %s; the VIP needs a spare subnet, or must lie outside the VPC",
                   cidr_text(placement->destination).text, cidr_text(own_subnet).text);
}
