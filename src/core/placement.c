#include "core/placement.h"

#define AWSS_OWN 5 /* addresses that AWS takes of every subnet */

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
        (void)cidr_make(slice_of(forbidden[i].range), &range);
        if (cidr_has(range, vip))
            return err_set(e, ERR_USAGE, "%s cannot be a VIP: it is %s", ip_text(vip).text, forbidden[i].name);
    }
    return true;
}

/* The largest subnet and the smallest, as prefixes. */
static uint8_t largest(struct ip ip)
{
    return ip_is_v6(ip) ? 44 : 16;
}

static uint8_t smallest(struct ip ip)
{
    return ip_is_v6(ip) ? 64 : 28;
}

bool placement_can_be_subnet(struct cidr cidr)
{
    return cidr.prefix <= smallest(cidr.base);
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

uint64_t placement_taken(const struct ec2_subnet *subnet)
{
    if (subnet->cidr.prefix == 0)
        return 0;
    uint64_t all = (UINT64_C(1) << (32 - subnet->cidr.prefix)) - AWSS_OWN;
    return all > subnet->free ? all - subnet->free : 0;
}

/* The first subnet that has an address in common with a prefix. */
static const struct ec2_subnet *subnet_at(const struct ec2_subnets *subnets, struct cidr cidr)
{
    for (size_t i = 0; i < subnets->count; i++) {
        struct cidr other = ec2_subnet_like(&subnets->at[i], cidr);
        if (cidr_within(cidr, other) || cidr_within(other, cidr))
            return &subnets->at[i];
    }
    return NULL;
}

/* Of the addresses that nobody on the internet has (RFC 1918; RFC 6598, section 7; RFC 4193). */
static bool is_private(struct ip ip)
{
    static const char *const ranges[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fd00::/8"};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct cidr range;
        (void)cidr_make(slice_of(ranges[i]), &range);
        if (cidr_has(range, ip))
            return true;
    }
    return false;
}

static uint32_t bits_of(struct ip ip)
{
    return (uint32_t)ip.octets[0] << 24 | (uint32_t)ip.octets[1] << 16 | (uint32_t)ip.octets[2] << 8 | ip.octets[3];
}

static struct ip ip_of(uint32_t bits)
{
    return (struct ip){4, {(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits}};
}

/* Whether a VIP can be there, as an overlay. */
static bool take_overlay(struct ip ip, const struct vpc_cidrs *vpc, struct ip *found)
{
    struct err ignored = {.kind = ERR_OK};
    *found = ip;
    return is_private(ip) && !cidr_of_vpc(vpc, ip) && placement_vip_check(ip, &ignored);
}

/* The same place in the next block of that size, in the one before, or in 10.0.0.0/8. */
static bool find_overlay_v4(struct ip vip, struct cidr around, const struct vpc_cidrs *vpc, struct ip *found)
{
    uint32_t bits = bits_of(vip), size = (uint32_t)(UINT64_C(1) << (32 - around.prefix));
    return take_overlay(ip_of(bits + size), vpc, found) || take_overlay(ip_of(bits - size), vpc, found) ||
           take_overlay(ip_of(UINT32_C(10) << 24 | (bits & 0x00FFFFFF)), vpc, found);
}

/* In the block of that size that makes one twice as large with this one, or in fd00::/8, at one of two places. */
static bool find_overlay_v6(struct ip vip, struct cidr around, const struct vpc_cidrs *vpc, struct ip *found)
{
    unsigned last = around.prefix - 1u;
    struct ip beside = vip, local = vip;
    beside.octets[last / 8] ^= (uint8_t)(0x80 >> last % 8);
    local.octets[0] = 0xfd;
    if (take_overlay(beside, vpc, found) || take_overlay(local, vpc, found))
        return true;
    local.octets[1] ^= 1;
    return take_overlay(local, vpc, found);
}

/* IPv6 subnets come in every fourth size. */
static bool can_be_made(struct cidr cidr, struct ip vip, struct cidr around, const struct ec2_subnets *subnets)
{
    return cidr.prefix >= largest(vip) && placement_can_be_subnet(cidr) && (!ip_is_v6(vip) || cidr.prefix % 4 == 0) &&
           cidr_within(cidr, around) && !subnet_at(subnets, cidr) && !taken(cidr, vip);
}

/* Of one without IPv4 AWS does not tell whether somebody is in it. */
static bool is_spare(const struct ec2_subnet *subnet, struct ip vip)
{
    return subnet->cidr.base.size && placement_taken(subnet) == 0 && !taken(ec2_subnet_like(subnet, cidr_around(vip, ip_bits(vip))), vip);
}

static bool find_spare(struct ip vip, uint8_t prefix, struct cidr around, const struct ec2_subnets *subnets,
                       struct placement_nearest *nearest)
{
    struct cidr asked = cidr_around(vip, prefix), small = cidr_around(vip, smallest(vip));
    const struct ec2_subnet *holds = subnet_at(subnets, cidr_around(vip, ip_bits(vip)));
    if (holds && is_spare(holds, vip))
        *nearest = (struct placement_nearest){NEAREST_SUBNET, vip, ec2_subnet_like(holds, asked)};
    else if (can_be_made(asked, vip, around, subnets))
        *nearest = (struct placement_nearest){NEAREST_NEW_SUBNET, vip, asked};
    else if (can_be_made(small, vip, around, subnets))
        *nearest = (struct placement_nearest){NEAREST_NEW_SUBNET, vip, small};
    else
        return false;
    return true;
}

bool placement_find_nearest(struct ip vip, uint8_t prefix, const struct vpc_cidrs *vpc, const struct ec2_subnets *subnets,
                            struct placement_nearest *nearest)
{
    const struct cidr *around = cidr_of_vpc(vpc, vip);
    struct ip overlay;
    if (!around)
        return false;
    if (find_spare(vip, prefix, *around, subnets, nearest))
        return true;
    if (!(ip_is_v6(vip) ? find_overlay_v6 : find_overlay_v4)(vip, *around, vpc, &overlay))
        return false;
    *nearest = (struct placement_nearest){NEAREST_OVERLAY, overlay, cidr_around(overlay, ip_bits(overlay))};
    return true;
}
