/* placement: which addresses can be a VIP, and which destination follows. Faults, rows 21, 93 and 103. */
#include "core/placement.h"
#include "made.h"

/* "A/N B/N" */
static struct vpc_cidrs vpc_of(const char *text)
{
    struct vpc_cidrs vpc = {0};
    struct slice rest = slice_of(text);
    while (rest.len > 0)
        assert_true(cidr_make(slice_cut(&rest, ' '), &vpc.at[vpc.count++]));
    return vpc;
}

/* The host's own addresses: loopback, eth0 of both families and, under eth0:1, the VIP. */
static const struct host_addresses *host_with(struct ip vip)
{
    static struct host_addresses host;
    host.count = 4;
    host.at[0] = (struct host_address){.label = made_label("lo"), .ip = made_ip("127.0.0.1"), .prefix = 8};
    host.at[1] = (struct host_address){.label = made_label("eth0"), .ip = made_ip("10.109.1.20"), .prefix = 24};
    host.at[2] = (struct host_address){.label = made_label("eth0"), .ip = made_ip("2001:db8:6d00:1::20"), .prefix = 128, .speaks = true};
    host.at[3] = (struct host_address){.label = made_label("eth0:1"), .ip = vip, .prefix = ip_bits(vip)};
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
    {"10.9.5.7", 8, "10.0.0.0/8", "/8 is not", ERR_USAGE, false},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vip_check),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_refusal_explains),
        cmocka_unit_test(test_own_subnet),
        cmocka_unit_test(test_subnet_check),
        cmocka_unit_test(test_can_be_subnet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
