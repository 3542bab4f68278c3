#include "core/placement.h"

bool placement_vip_check(struct ip vip, struct err *e)
{
    static const struct {
        const char *range;
        const char *name;
    } forbidden[] = {
        {"0.0.0.0/8", "of this network (0.0.0.0/8)"},
        {"127.0.0.0/8", "a loopback address"},
        {"169.254.0.0/16", "a link-local address"},
        {"224.0.0.0/3", "a multicast, reserved or broadcast address"},
        {"::/128", "the unspecified address"},
        {"::1/128", "the loopback address"},
        {"::ffff:0:0/96", "an IPv4 address mapped into IPv6"},
        {"::/8", "reserved (::/8)"},
        {"fe80::/10", "a link-local address"},
        {"ff00::/8", "a multicast address"},
        {"fd00:ec2::/32", "one that EC2 keeps for itself (fd00:ec2::/32)"},
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        struct cidr range;
        if (cidr_make(slice_of(forbidden[i].range), &range) && cidr_has(range, vip))
            return err_set(e, ERR_USAGE, "%s cannot be a VIP: it is %s", ip_text(vip).text, forbidden[i].name);
    }
    return true;
}

/* The largest subnet and the smallest, as prefixes. */
static uint8_t largest(struct ip ip)
{
    return ip_is_v6(ip) ? 44 : 16;
}

bool placement_can_be_subnet(struct cidr cidr)
{
    return cidr.prefix <= (ip_is_v6(cidr.base) ? 64 : 28);
}

static const struct cidr *cidr_of_vpc(const struct vpc_cidrs *vpc, struct ip vip)
{
    for (size_t i = 0; i < vpc->count; i++)
        if (cidr_has(vpc->at[i], vip))
            return &vpc->at[i];
    return NULL;
}

/* IPv6 knows no broadcast, and the first address of a subnet is that of any router there (RFC 4291, section 2.6.1). */
static const char *taken(struct cidr subnet, struct ip ip)
{
    bool v6 = ip_is_v6(ip);
    if (subnet.prefix + 1 >= ip_bits(ip))
        return NULL;
    if (v6)
        return ip_eq(ip, subnet.base) ? "subnet-router anycast" : NULL;
    return ip_eq(ip, subnet.base) || ip_eq(ip, cidr_last(subnet)) ? "network or broadcast" : NULL;
}

static bool spare_subnet_check(struct ip vip, struct cidr subnet, struct cidr vpc, const struct host_addresses *addresses,
                               struct err *e)
{
    const char *what = taken(subnet, vip);
    if (subnet.prefix < largest(vip) || !cidr_within(subnet, vpc))
        return err_set(e, ERR_USAGE,
                       "%s is inside the VPC's %s, so its prefix must be that of a spare subnet there, and /%u is not; "
                       "give --vip ADDRESS/PREFIX of one, or choose a VIP outside every CIDR of the VPC",
                       ip_text(vip).text, cidr_text(vpc).text, subnet.prefix);
    if (what)
        return err_set(e, ERR_USAGE, "%s is the %s address of %s; choose another VIP there", ip_text(vip).text, what,
                       cidr_text(subnet).text);
    for (size_t i = 0; i < addresses->count; i++)
        if (!ip_eq(addresses->at[i].ip, vip) && cidr_has(subnet, addresses->at[i].ip))
            return err_set(e, ERR_USAGE,
                           "the destination %s would swallow this host's own address %s on %s; the VIP needs a subnet of its own",
                           cidr_text(subnet).text, ip_text(addresses->at[i].ip).text, addresses->at[i].label.text);
    return true;
}

bool placement_make(struct ip vip, uint8_t prefix, const struct vpc_cidrs *vpc, const struct host_addresses *addresses,
                    struct placement *placement, struct err *e)
{
    const struct cidr *around = cidr_of_vpc(vpc, vip);
    struct placement made = {cidr_around(vip, around ? prefix : ip_bits(vip)), !around};
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
