/* placement: which addresses can be a VIP, and which destination follows. Faults, rows 21, 93 and 103. */
#include "core/placement.h"
#include "made.h"

/* "A/N B/N"; what is in memory behind them is no block of the VPC. */
static struct vpc_cidrs vpc_of(const char *text)
{
    struct vpc_cidrs vpc = {0};
    struct slice rest = slice_of(text);
    while (rest.len > 0)
        assert_true(cidr_make(slice_cut(&rest, ' '), &vpc.at[vpc.count++]));
    vpc.at[vpc.count] = made_cidr("0.0.0.0/0");
    return vpc;
}

/* The host's own addresses: eth0 of both families, loopback and, under eth0:1, the VIP; behind them is one that it had. */
static const struct host_addresses *host_with(struct ip vip)
{
    static struct host_addresses host;
    host.count = 4;
    host.at[0] = (struct host_address){.label = made_label("eth0"), .ip = made_ip("10.109.1.20"), .prefix = 24};
    host.at[1] = (struct host_address){.label = made_label("lo"), .ip = made_ip("127.0.0.1"), .prefix = 8};
    host.at[2] = (struct host_address){.label = made_label("eth0"), .ip = made_ip("2001:db8:6d00:1::20"), .prefix = 128, .speaks = true};
    host.at[3] = (struct host_address){.label = made_label("eth0:1"), .ip = vip, .prefix = ip_bits(vip)};
    host.at[4] = (struct host_address){.label = made_label("eth0:2"), .ip = made_ip("10.109.200.9"), .prefix = 24};
    return &host;
}

static void test_vip_check(void **state)
{
    static const struct {
        const char *vip;
        const char *refusal;
    } rows[] = {
        {"0.0.0.0", "this network"},
        {"0.255.255.255", "this network"},
        {"1.0.0.0", NULL},
        {"10.9.0.1", NULL},
        {"126.255.255.255", NULL},
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"128.0.0.0", NULL},
        {"169.253.255.255", NULL},
        {"169.254.0.1", "link-local"},
        {"169.254.169.254", "link-local"},
        {"169.254.255.255", "link-local"},
        {"169.255.0.0", NULL},
        {"223.255.255.255", NULL},
        {"224.0.0.1", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "broadcast"},
        {"::", "the unspecified address"},
        {"::1", "the loopback address"},
        {"::2", "reserved"},
        {"::a09:1", "reserved"},
        {"::ffff:a09:1", "an IPv4 address mapped into IPv6"},
        {"64:ff9b::a09:1", "reserved"},
        {"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"},
        {"100::", NULL},
        {"2001:db8::1", NULL},
        {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
        {"fc00::1", NULL},
        {"fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
        {"fd00:ec2::", "EC2 keeps for itself"},
        {"fd00:ec2::254", "EC2 keeps for itself"},
        {"fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff", "EC2 keeps for itself"},
        {"fd00:ec3::", NULL},
        {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
        {"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
        {"fe80::1", "link-local"},
        {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
        {"fec0::", NULL},
        {"ff00::", "multicast"},
        {"ff02::1", "multicast"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip vip = made_ip(rows[i].vip);
        struct err e = {0};
        bool ok = placement_vip_check(vip, &e);
        if (rows[i].refusal) {
            assert_failed(ok, &e, ERR_USAGE, rows[i].refusal);
            assert_non_null(strstr(e.text, rows[i].vip));
        } else {
            assert_went_well(ok, &e);
        }
    }
}

#define VPC "10.109.0.0/16 100.64.0.0/17"
#define VPC6 "2001:db8:6d00::/56 2001:db8:7000::/44"

static const struct {
    const char *vip;
    uint8_t prefix;
    const char *vpc;
    const char *destination; /* or the refusal */
    enum err_kind kind;
    bool overlay;
} placements[] = {
    /* Outside every CIDR of the VPC: an overlay, whatever the prefix on the interface. */
    {"10.9.0.1", 32, VPC, "10.9.0.1/32", ERR_OK, true},
    {"10.9.0.1", 8, VPC, "10.9.0.1/32", ERR_OK, true},
    {"10.9.0.0", 24, VPC, "10.9.0.0/32", ERR_OK, true},
    {"10.110.0.0", 16, VPC, "10.110.0.0/32", ERR_OK, true},
    {"100.64.128.1", 24, VPC, "100.64.128.1/32", ERR_OK, true},
    /* Inside: the spare subnet around it. */
    {"10.109.10.254", 28, VPC, "10.109.10.240/28", ERR_OK, false},
    {"10.109.10.250", 27, VPC, "10.109.10.224/27", ERR_OK, false},
    {"10.109.200.7", 24, VPC, "10.109.200.0/24", ERR_OK, false},
    {"100.64.3.7", 24, VPC, "100.64.3.0/24", ERR_OK, false},
    {"10.109.5.7", 16, "10.109.0.0/16", "swallow this host's own address 10.109.1.20 on eth0", ERR_USAGE, false},
    /* A single address inside the VPC is no subnet, but that is for AWS to say. */
    {"10.109.5.7", 32, VPC, "10.109.5.7/32", ERR_OK, false},
    {"10.109.5.6", 31, VPC, "10.109.5.6/31", ERR_OK, false},
    /* Too wide, or wider than the VPC. */
    {"10.109.5.7", 15, VPC, "/15 is not", ERR_USAGE, false},
    {"10.109.5.7", 0, VPC, "/0 is not", ERR_USAGE, false},
    {"10.9.5.7", 15, "10.0.0.0/8", "/15 is not", ERR_USAGE, false},
    {"100.64.3.7", 16, VPC, "/16 is not", ERR_USAGE, false},
    /* The first and last address of the subnet. */
    {"10.109.10.224", 27, VPC, "network or broadcast address of 10.109.10.224/27", ERR_USAGE, false},
    {"10.109.10.255", 27, VPC, "network or broadcast address of 10.109.10.224/27", ERR_USAGE, false},
    {"10.109.10.4", 30, VPC, "network or broadcast address of 10.109.10.4/30", ERR_USAGE, false},
    /* The host's own subnet. */
    {"10.109.1.250", 24, VPC, "swallow this host's own address 10.109.1.20 on eth0", ERR_USAGE, false},
    {"10.109.1.17", 28, VPC, "swallow this host's own address", ERR_USAGE, false},
    /* Its neighbour. */
    {"10.109.1.33", 28, VPC, "10.109.1.32/28", ERR_OK, false},
    /* What no VIP can be, wherever it is. */
    {"127.0.0.2", 32, VPC, "loopback", ERR_USAGE, true},
    {"169.254.1.1", 24, "169.254.0.0/16", "link-local", ERR_USAGE, false},
    /* IPv6: outside every block of the VPC, or of a VPC that has none. */
    {"fd12:3456::1", 128, VPC6, "fd12:3456::1/128", ERR_OK, true},
    {"fd12:3456::1", 64, VPC6, "fd12:3456::1/128", ERR_OK, true},
    {"fd12:3456::", 8, VPC6, "fd12:3456::/128", ERR_OK, true},
    {"fd12:3456::1", 64, "", "fd12:3456::1/128", ERR_OK, true},
    {"2001:db8:6d00:100::1", 64, VPC6, "2001:db8:6d00:100::1/128", ERR_OK, true},
    /* Of the other family's blocks it is in none. */
    {"a6d:a6d::1", 64, VPC, "a6d:a6d::1/128", ERR_OK, true},
    /* Inside: the spare subnet around it. */
    {"2001:db8:6d00:fe::1", 64, VPC6, "2001:db8:6d00:fe::/64", ERR_OK, false},
    {"2001:db8:6d00:fe:ffff:ffff:ffff:ffff", 64, VPC6, "2001:db8:6d00:fe::/64", ERR_OK, false},
    {"2001:db8:6d00:f1::", 60, VPC6, "2001:db8:6d00:f0::/60", ERR_OK, false},
    {"2001:db8:700f:ffff::1", 44, VPC6, "2001:db8:7000::/44", ERR_OK, false},
    {"2001:db8:6d00:fe::1", 128, VPC6, "2001:db8:6d00:fe::1/128", ERR_OK, false},
    {"2001:db8:6d00:fe::", 128, VPC6, "2001:db8:6d00:fe::/128", ERR_OK, false},
    {"2001:db8:6d00:fe::", 127, VPC6, "2001:db8:6d00:fe::/127", ERR_OK, false},
    {"2001:db8:6d00:fe::", 64, VPC6, "subnet-router anycast address of 2001:db8:6d00:fe::/64", ERR_USAGE, false},
    {"2001:db8:6d00:fe::", 126, VPC6, "subnet-router anycast address", ERR_USAGE, false},
    {"2001:db8:6d00:fe::1", 55, VPC6, "inside the VPC's 2001:db8:6d00::/56", ERR_USAGE, false},
    {"2001:db8:7000:fe::1", 43, VPC6, "/43 is not", ERR_USAGE, false},
    {"2001:db8:7000:fe::1", 43, "2001:db8::/32", "/43 is not", ERR_USAGE, false},
    {"2001:db8:6d00:1::77", 64, VPC6, "swallow this host's own address 2001:db8:6d00:1::20 on eth0", ERR_USAGE, false},
    {"2001:db8:6d00:2::77", 64, VPC6, "2001:db8:6d00:2::/64", ERR_OK, false},
    {"fe80::1", 64, "fe80::/56", "link-local", ERR_USAGE, false},
};

static void test_make(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(placements); i++) {
        struct ip vip = made_ip(placements[i].vip);
        struct vpc_cidrs vpc = vpc_of(placements[i].vpc);
        struct placement placement = {.destination = made_cidr("192.0.2.0/24")};
        struct err e = {0};
        bool ok = placement_make(vip, placements[i].prefix, &vpc, host_with(vip), &placement, &e);
        if (placements[i].kind != ERR_OK) {
            assert_failed(ok, &e, placements[i].kind, placements[i].destination);
            assert_string_equal(cidr_text(placement.destination).text, "192.0.2.0/24");
            continue;
        }
        assert_went_well(ok, &e);
        assert_string_equal(cidr_text(placement.destination).text, placements[i].destination);
        assert_int_equal(placement.overlay, placements[i].overlay);
    }
}

/* The refusal of a prefix says what to write instead. */
static void test_refusal_explains(void **state)
{
    (void)state;
    struct ip vip = made_ip("10.109.5.7");
    struct vpc_cidrs vpc = vpc_of(VPC);
    struct placement placement;
    struct err e = {0};
    assert_failed(placement_make(vip, 8, &vpc, host_with(vip), &placement, &e), &e, ERR_USAGE, "--vip ADDRESS/PREFIX");
    assert_non_null(strstr(e.text, "10.109.0.0/16"));
    assert_non_null(strstr(e.text, "spare subnet"));
}

/* The host's own subnet, a part of it, and what holds it are no spare subnets; its neighbours are. */
static void test_subnet_check(void **state)
{
    static const struct {
        const char *destination;
        bool spare;
    } subnets[] = {
        {"10.109.2.0/24", false}, {"10.109.2.224/27", false}, {"10.109.2.77/32", false}, {"10.109.2.0/23", false},
        {"10.109.3.0/24", true},  {"10.109.1.224/27", true},  {"10.109.10.224/27", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(subnets); i++) {
        struct placement placement = {made_cidr(subnets[i].destination), false};
        struct err e = {0};
        bool ok = placement_subnet_check(&placement, made_cidr("10.109.2.0/24"), &e);
        if (subnets[i].spare)
            assert_went_well(ok, &e);
        else
            assert_failed(ok, &e, ERR_USAGE, "own subnet 10.109.2.0/24");
    }
}

/* The host's own subnet, a part of it and what is around it; its neighbours are others'. */
static void test_own_subnet(void **state)
{
    static const struct {
        const char *destination;
        bool good;
    } rows[] = {
        {"10.109.1.0/24", false},  {"10.109.1.128/25", false}, {"10.109.1.77/32", false}, {"10.109.0.0/23", false},
        {"10.109.0.0/24", true},   {"10.109.2.0/24", true},    {"10.109.2.0/23", true},   {"10.9.0.1/32", true},
        {"2001:db8:6d00:1::/64", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct placement placement = {.destination = made_cidr(rows[i].destination)};
        struct err e = {0};
        bool ok = placement_subnet_check(&placement, made_cidr("10.109.1.0/24"), &e);
        if (rows[i].good)
            assert_went_well(ok, &e);
        else
            assert_failed(ok, &e, ERR_USAGE, "lies in this host's own subnet 10.109.1.0/24");
    }
}

/* What AWS makes no subnet of, it need not be asked about. */
static void test_can_be_subnet(void **state)
{
    static const struct {
        const char *cidr;
        bool can;
    } rows[] = {
        {"10.109.0.0/16", true}, {"10.109.10.240/28", true}, {"10.109.10.248/29", false}, {"10.109.10.254/32", false},
        {"2001:db8:7000::/44", true}, {"2001:db8:6d00:fe::/64", true}, {"2001:db8:6d00:fe::/65", false}, {"2001:db8:6d00:fe::1/128", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(placement_can_be_subnet(made_cidr(rows[i].cidr)), rows[i].can);
}

/* --- The nearest legal choice. The VPC has 10.109.0.0/16, 192.168.8.0/24 and 172.16.0.0/16; its subnets, and how many addresses are free: */

static const struct {
    const char *cidr;
    uint64_t free;
    const char *cidr_v6;
} subnet_rows[] = {
    {"10.109.1.0/24", 250, "2001:db8:6d00:1::/64"},    /* somebody is there */
    {"10.109.10.224/27", 27, "2001:db8:6d00:fe::/64"}, /* nobody */
    {"192.168.8.0/25", 123, NULL},
    {NULL, 0, "2001:db8:6d00:6::/64"},
};

static const struct ec2_subnets *subnets_made(void)
{
    static struct ec2_subnets all;
    all.count = 0;
    for (size_t i = 0; i < COUNT(subnet_rows); i++) {
        struct ec2_subnet *subnet = &all.at[all.count++];
        *subnet = (struct ec2_subnet){.free = subnet_rows[i].free};
        assert_true(!subnet_rows[i].cidr || cidr_make(slice_of(subnet_rows[i].cidr), &subnet->cidr));
        assert_true(!subnet_rows[i].cidr_v6 || cidr_make(slice_of(subnet_rows[i].cidr_v6), &subnet->cidr_v6));
    }
    /* Of another VPC that was read before. */
    all.at[all.count].cidr = made_cidr("0.0.0.0/0");
    all.at[all.count].cidr_v6 = made_cidr("::/0");
    return &all;
}

static void test_nearest(void **state)
{
    static const struct {
        const char *vip;
        uint8_t prefix;
        int what; /* -1: there is none */
        const char *to;
        const char *destination;
    } rows[] = {
        {"10.109.10.254", 28, NEAREST_SUBNET, "10.109.10.254", "10.109.10.224/27"},
        {"10.109.10.230", 32, NEAREST_SUBNET, "10.109.10.230", "10.109.10.224/27"},
        {"10.109.10.224", 27, NEAREST_OVERLAY, "10.110.10.224", "10.110.10.224/32"}, /* the subnet's own first address */
        {"10.109.77.20", 28, NEAREST_NEW_SUBNET, "10.109.77.20", "10.109.77.16/28"},
        {"10.109.77.20", 24, NEAREST_NEW_SUBNET, "10.109.77.20", "10.109.77.0/24"},
        {"10.109.77.20", 32, NEAREST_NEW_SUBNET, "10.109.77.20", "10.109.77.16/28"}, /* no subnet is so small */
        {"10.109.77.20", 15, NEAREST_NEW_SUBNET, "10.109.77.20", "10.109.77.16/28"}, /* or so large */
        {"172.16.7.9", 16, NEAREST_NEW_SUBNET, "172.16.7.9", "172.16.0.0/16"}, /* this is the largest */
        {"10.109.77.16", 28, NEAREST_OVERLAY, "10.110.77.16", "10.110.77.16/32"},
        {"10.109.11.1", 20, NEAREST_NEW_SUBNET, "10.109.11.1", "10.109.11.0/28"}, /* others are in the larger one */
        {"10.109.1.10", 24, NEAREST_OVERLAY, "10.110.1.10", "10.110.1.10/32"},
        {"192.168.8.200", 25, NEAREST_NEW_SUBNET, "192.168.8.200", "192.168.8.128/25"},
        {"192.168.8.200", 20, NEAREST_NEW_SUBNET, "192.168.8.200", "192.168.8.192/28"},
        {"192.168.8.128", 25, NEAREST_OVERLAY, "192.168.9.128", "192.168.9.128/32"},
        {"10.9.0.1", 32, -1, NULL, NULL}, /* outside: nothing is wrong with it */
        {"2001:db8::1", 128, -1, NULL, NULL},
    };
    struct vpc_cidrs vpc = vpc_of("10.109.0.0/16 192.168.8.0/24 172.16.0.0/16");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct placement_nearest nearest;
        struct ip vip;
        assert_true(ip_make(slice_of(rows[i].vip), &vip));
        bool found = placement_find_nearest(vip, rows[i].prefix, &vpc, subnets_made(), &nearest);
        assert_int_equal(found, rows[i].what >= 0);
        if (!found)
            continue;
        assert_int_equal(nearest.what, rows[i].what);
        assert_string_equal(ip_text(nearest.vip).text, rows[i].to);
        assert_string_equal(cidr_text(nearest.destination).text, rows[i].destination);
    }
}

/* Where the next block is not private, the one before is taken; where neither is, 10.0.0.0/8. */
static void test_nearest_overlay_is_private(void **state)
{
    static const struct {
        const char *vpc;
        const char *vip;
        const char *to;
    } rows[] = {
        {"172.31.0.0/16", "172.31.0.0", "172.30.0.0"},
        {"192.168.0.0/16", "192.168.7.0", "10.168.7.0"},
        {"192.168.0.0/16", "192.168.7.15", "10.168.7.15"},
        {"10.255.0.0/16", "10.255.3.0", "10.254.3.0"},
        {"100.127.0.0/16", "100.127.1.0", "100.126.1.0"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vpc_cidrs vpc = vpc_of(rows[i].vpc);
        struct placement_nearest nearest;
        struct ip vip;
        assert_true(ip_make(slice_of(rows[i].vip), &vip));
        /* The first and the last address of any subnet are none for a VIP. */
        assert_true(placement_find_nearest(vip, 28, &vpc, subnets_made(), &nearest));
        assert_int_equal(nearest.what, NEAREST_OVERLAY);
        assert_string_equal(ip_text(nearest.vip).text, rows[i].to);
    }
}

/* Where the VPC has them all, or none of them could be a VIP, there is none to name. */
static void test_no_overlay(void **state)
{
    static const struct {
        const char *vpc;
        const char *vip;
        uint8_t prefix;
    } rows[] = {
        {"8.8.0.0/16 10.8.0.0/16", "8.8.7.0", 28},
        {"2001:db8:6d00::/56 fd01:db8:6d00::/56 fd00:db8:6d00::/56", "2001:db8:6d00:fe::", 64},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vpc_cidrs vpc = vpc_of(rows[i].vpc);
        struct placement_nearest nearest = {.vip = made_ip("192.0.2.1")};
        assert_false(placement_find_nearest(made_ip(rows[i].vip), rows[i].prefix, &vpc, subnets_made(), &nearest));
        assert_string_equal(ip_text(nearest.vip).text, "192.0.2.1");
    }
}

/* The same of IPv6: subnets come in every fourth size, an overlay is a unique local address, and EC2's own are left alone. */
static void test_nearest_of_ipv6(void **state)
{
    static const struct {
        const char *vpc;
        const char *vip;
        uint8_t prefix;
        int what; /* -1: there is none */
        const char *to;
        const char *destination;
    } rows[] = {
        {"2001:db8:6d00::/56", "2001:db8:6d00:fe::1", 60, NEAREST_SUBNET, "2001:db8:6d00:fe::1", "2001:db8:6d00:fe::/64"},
        {"2001:db8:6d00::/56", "2001:db8:6d00:fe::", 64, NEAREST_OVERLAY, "fd01:db8:6d00:fe::", "fd01:db8:6d00:fe::/128"},
        {"2001:db8:6d00::/56", "2001:db8:6d00:1::9", 64, NEAREST_OVERLAY, "fd01:db8:6d00:1::9", "fd01:db8:6d00:1::9/128"}, /* somebody is there */
        {"2001:db8:6d00::/56", "2001:db8:6d00:6::9", 64, NEAREST_OVERLAY, "fd01:db8:6d00:6::9", "fd01:db8:6d00:6::9/128"}, /* nobody knows */
        {"2001:db8:6d00::/56", "2001:db8:6d00:77::1", 128, NEAREST_NEW_SUBNET, "2001:db8:6d00:77::1", "2001:db8:6d00:77::/64"},
        {"2001:db8:6d00::/56", "2001:db8:6d00:77::1", 60, NEAREST_NEW_SUBNET, "2001:db8:6d00:77::1", "2001:db8:6d00:70::/60"},
        {"2001:db8:6d00::/56", "2001:db8:6d00:77::1", 62, NEAREST_NEW_SUBNET, "2001:db8:6d00:77::1", "2001:db8:6d00:77::/64"},
        {"2001:db8:6d00::/56", "2001:db8:6d00:f7::1", 60, NEAREST_NEW_SUBNET, "2001:db8:6d00:f7::1", "2001:db8:6d00:f7::/64"}, /* so here */
        {"2001:db8:6d00::/56", "2001:db8:6d00:7::1", 60, NEAREST_NEW_SUBNET, "2001:db8:6d00:7::1", "2001:db8:6d00:7::/64"}, /* others are in the larger one */
        {"2001:db8:7000::/44", "2001:db8:7000:1::1", 44, NEAREST_NEW_SUBNET, "2001:db8:7000:1::1", "2001:db8:7000::/44"}, /* this is the largest */
        {"2001:db8:6d00::/56 fd01:db8:6d00::/56", "2001:db8:6d00:fe::", 64, NEAREST_OVERLAY, "fd00:db8:6d00:fe::", "fd00:db8:6d00:fe::/128"},
        {"fd12:3400::/44", "fd12:3400:0:1::", 64, NEAREST_OVERLAY, "fd12:3400:10:1::", "fd12:3400:10:1::/128"},
        {"fd12:3400::/57", "fd12:3400:0:1::", 64, NEAREST_OVERLAY, "fd12:3400:0:81::", "fd12:3400:0:81::/128"},
        {"fd12:3400::/48", "fd12:3400:0:1::", 64, NEAREST_OVERLAY, "fd12:3400:1:1::", "fd12:3400:1:1::/128"},
        {"fd12:3400:1::/48", "fd12:3400:1:5::", 64, NEAREST_OVERLAY, "fd12:3400:0:5::", "fd12:3400:0:5::/128"},
        {"fd12:3400::/48 fd12:3400:1::/48", "fd12:3400::", 64, NEAREST_OVERLAY, "fd13:3400::", "fd13:3400::/128"},
        {"2a00:ec2::/32", "2a00:ec2::", 64, NEAREST_OVERLAY, "fd01:ec2::", "fd01:ec2::/128"},
        {"2001:db8:6d00::/56", "fd12:3456::1", 128, -1, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vpc_cidrs vpc = vpc_of(rows[i].vpc);
        struct placement_nearest nearest;
        struct ip vip;
        assert_true(ip_make(slice_of(rows[i].vip), &vip));
        bool found = placement_find_nearest(vip, rows[i].prefix, &vpc, subnets_made(), &nearest);
        assert_int_equal(found, rows[i].what >= 0);
        if (!found)
            continue;
        assert_string_equal(ip_text(nearest.vip).text, rows[i].to);
        assert_string_equal(cidr_text(nearest.destination).text, rows[i].destination);
        assert_int_equal(nearest.what, rows[i].what);
    }
}

static void test_taken(void **state)
{
    const struct ec2_subnets *all = subnets_made();
    static const uint64_t expected[] = {1, 0, 0, 0};
    (void)state;
    for (size_t i = 0; i < all->count; i++)
        assert_int_equal(placement_taken(&all->at[i]), expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vip_check),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_refusal_explains),
        cmocka_unit_test(test_own_subnet),
        cmocka_unit_test(test_subnet_check),
        cmocka_unit_test(test_can_be_subnet),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_nearest_overlay_is_private),
        cmocka_unit_test(test_no_overlay),
        cmocka_unit_test(test_nearest_of_ipv6),
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
