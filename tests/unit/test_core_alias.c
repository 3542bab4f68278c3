/* alias: which address is the VIP, where it belongs, and what is to be done. Faults, rows 98 to 102. */
#include "core/alias.h"
#include "made.h"

#define MOST 6

struct on {
    const char *label; /* NULL ends the list */
    const char *ip;
    uint8_t prefix;
};

/* The usual host, and whatever a case adds to it. */
#define LO {"lo", "127.0.0.1", 8}
#define ETH0 {"eth0", "10.109.1.20", 24}
#define ENS5 {"ens5", "10.109.1.20", 24}
#define ENS6 {"ens6", "10.109.2.20", 24}
#define LO6 {"lo", "::1", 128}
#define ETH0_6 {"eth0", "2001:db8:6d00:1::20", 128}
#define ENS6_6 {"ens6", "2001:db8:6d00:2::20", 128}
#define VIP6 "fd12:3456::1"

/* In memory behind the last address: of an earlier reading, and on no interface any more. */
#define LEFT "eth9"

static const struct host_addresses *host_of(const struct on *on)
{
    static struct host_addresses host;
    host.count = 0;
    for (; host.count < MOST && on[host.count].label; host.count++)
        host.at[host.count] =
            (struct host_address){.label = made_label(on[host.count].label), .ip = made_ip(on[host.count].ip), .prefix = on[host.count].prefix};
    host.at[host.count] = (struct host_address){.label = made_label(LEFT ":1"), .ip = made_ip("10.9.0.1"), .prefix = 32};
    return &host;
}

/* NULL and 0 mean that the operator did not say. */
static struct alias_want want_of(const char *vip, uint8_t prefix, const char *interface)
{
    struct alias_want want = {.has_vip = vip, .has_prefix = prefix > 0, .prefix = prefix, .has_interface = interface};
    if (vip)
        want.vip = made_ip(vip);
    if (interface)
        want.interface = made_label(interface);
    return want;
}

static const struct {
    struct on on[MOST];
    const char *vip;
    uint8_t prefix;
    const char *interface;
    /* Found: VIP/PREFIX, its interface, present or not, label. */
    const char *found;
    uint8_t found_prefix;
    const char *found_interface;
    bool present;
    const char *label;
} located[] = {
    /* Nothing said: the address labelled eth0:1, as most sites have it. */
    {{LO, ETH0, {"eth0:1", "10.109.10.254", 27}}, NULL, 0, NULL, "10.109.10.254", 27, "eth0", true, "eth0:1"},
    /* eth0:1 before any other, and before any other only when it is there. */
    {{LO, {"ens5:1", "10.9.0.2", 32}, {"eth0:1", "10.9.0.1", 32}}, NULL, 0, NULL, "10.9.0.1", 32, "eth0", true, "eth0:1"},
    {{LO, ENS5, {"ens5:1", "10.9.0.2", 32}}, NULL, 0, NULL, "10.9.0.2", 32, "ens5", true, "ens5:1"},
    /* Other labels are none. */
    {{LO, ETH0, {"eth0:2", "10.9.0.2", 32}, {"eth0:11", "10.9.0.3", 32}, {"eth0:1", "10.9.0.1", 32}}, NULL, 0, NULL, "10.9.0.1", 32,
     "eth0", true, "eth0:1"},
    /* An interface said: its label. */
    {{{"eth0:1", "10.9.0.1", 32}, {"ens5:1", "10.9.0.2", 32}}, NULL, 0, "ens5", "10.9.0.2", 32, "ens5", true, "ens5:1"},
    /* A VIP said: wherever it is, whatever its label and prefix; a prefix said wins. */
    {{LO, ETH0, {"eth0:1", "10.9.0.1", 32}}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "eth0", true, "eth0:1"},
    {{LO, ETH0, {"eth0:7", "10.9.0.1", 24}}, "10.9.0.1", 0, NULL, "10.9.0.1", 24, "eth0", true, "eth0:7"},
    {{LO, ETH0, {"eth0", "10.9.0.1", 32}}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "eth0", true, "eth0"},
    {{LO, ETH0, {"vip", "10.9.0.1", 32}}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "vip", true, "vip"},
    {{LO, ETH0, {"eth0:1", "10.109.10.254", 8}}, "10.109.10.254", 27, NULL, "10.109.10.254", 27, "eth0", true, "eth0:1"},
    {{LO, {"lo", "10.9.0.1", 32}, ETH0}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "lo", true, "lo"},
    /* A VIP that is nowhere: the interface said, else eth0, else the only one but lo. */
    {{LO, ETH0}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "eth0", false, "eth0:1"},
    {{LO, ETH0}, "10.109.10.254", 27, NULL, "10.109.10.254", 27, "eth0", false, "eth0:1"},
    {{LO, ENS5, ENS6, ETH0}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "eth0", false, "eth0:1"},
    {{LO, ENS5}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "ens5", false, "ens5:1"},
    {{ENS5}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "ens5", false, "ens5:1"},
    {{LO, {"e", "10.109.1.20", 24}}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "e", false, "e:1"},
    {{LO, ENS5, {"ens5:2", "10.109.1.21", 24}}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "ens5", false, "ens5:1"},
    {{LO, ENS5, ENS6}, "10.9.0.1", 0, "ens6", "10.9.0.1", 32, "ens6", false, "ens6:1"},
    {{LO, ENS5}, "10.9.0.1", 0, "absent0", "10.9.0.1", 32, "absent0", false, "absent0:1"},
    /* An interface with IPv6 alone does not make an IPv4 VIP doubtful. */
    {{LO, ENS5, LO6, ENS6_6}, "10.9.0.1", 0, NULL, "10.9.0.1", 32, "ens5", false, "ens5:1"},
    /* IPv6 has no labels: the interface is all there is to say. */
    {{LO, ETH0, LO6, ETH0_6, {"eth0", VIP6, 128}}, VIP6, 0, NULL, VIP6, 128, "eth0", true, "eth0"},
    {{LO, ETH0, {"ens6", VIP6, 64}}, VIP6, 0, NULL, VIP6, 64, "ens6", true, "ens6"},
    {{LO, ETH0, {"eth0", VIP6, 128}}, VIP6, 64, NULL, VIP6, 64, "eth0", true, "eth0"},
    {{LO, ETH0, LO6, ETH0_6}, VIP6, 0, NULL, VIP6, 128, "eth0", false, "eth0"},
    {{LO, ENS5, LO6}, VIP6, 64, NULL, VIP6, 64, "ens5", false, "ens5"},
    {{LO6, ENS6_6}, VIP6, 0, NULL, VIP6, 128, "ens6", false, "ens6"},
    {{LO, ENS5, ENS6_6}, VIP6, 0, "ens6", VIP6, 128, "ens6", false, "ens6"},
    /* And no label can be too long. */
    {{LO}, VIP6, 0, "a-long-name-01", VIP6, 128, "a-long-name-01", false, "a-long-name-01"},
    /* Not said, it is IPv4 even beside it. */
    {{LO, ETH0, ETH0_6, {"eth0", VIP6, 128}, {"eth0:1", "10.9.0.1", 32}}, NULL, 0, NULL, "10.9.0.1", 32, "eth0", true, "eth0:1"},
};

static void test_locate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(located); i++) {
        struct alias_want want = want_of(located[i].vip, located[i].prefix, located[i].interface);
        struct alias alias;
        struct err e = {0};
        assert_went_well(alias_locate(&want, host_of(located[i].on), &alias, &e), &e);
        assert_string_equal(ip_text(alias.vip).text, located[i].found);
        assert_int_equal(alias.prefix, located[i].found_prefix);
        assert_string_equal(alias.interface.text, located[i].found_interface);
        assert_int_equal(alias.present, located[i].present);
        assert_string_equal(alias.label.text, located[i].label);
        if (alias.present)
            assert_string_equal(alias.at.label.text, located[i].label);
    }
}

static void test_locate_refuses(void **state)
{
    static const struct {
        struct on on[MOST];
        const char *vip;
        const char *interface;
        enum err_kind kind;
        const char *text;
    } rows[] = {
        {{LO, ETH0}, NULL, NULL, ERR_USAGE, "give --vip ADDRESS"},
        {{LO, ETH0, {"eth0:2", "10.9.0.2", 32}}, NULL, NULL, ERR_USAGE, "no address is labelled eth0:1"},
        {{{"ens5:1", "10.9.0.1", 32}, {"ens6:1", "10.9.0.2", 32}}, NULL, NULL, ERR_USAGE, "say which with --interface"},
        {{LO, {"eth0:1", "10.9.0.1", 32}}, NULL, LEFT, ERR_USAGE, "no address is labelled " LEFT ":1"},
        {{LO}, NULL, "a-long-name-01", ERR_USAGE, "no room for an alias label"},
        {{LO, ENS5, ENS6}, "10.9.0.1", NULL, ERR_USAGE, "give --interface NAME"},
        {{LO, {"e", "10.109.1.20", 24}, ENS6}, "10.9.0.1", NULL, ERR_USAGE, "give --interface NAME"},
        {{LO}, "10.9.0.1", NULL, ERR_USAGE, "give --interface NAME"},
        {{{NULL, NULL, 0}}, "10.9.0.1", NULL, ERR_USAGE, "give --interface NAME"},
        {{LO}, "10.9.0.1", "a-long-name-01", ERR_USAGE, "no room for an alias label"},
        {{LO, ETH0, {"ens5:1", "10.9.0.1", 32}}, "10.9.0.1", "eth0", ERR_IFACE, "10.9.0.1 is on ens5, not on eth0"},
        {{ETH0, {"ens5:1", "10.9.0.1", 24}}, "10.9.0.1", "eth0", ERR_IFACE,
         "10.9.0.1 is on ens5, not on eth0 as --interface has it; ip addr del 10.9.0.1/24 dev ens5"},
        {{LO, ETH0, {"eth0:1", "10.9.0.1", 32}}, "10.9.0.1", LEFT, ERR_IFACE, "on eth0, and " LEFT ", which --interface names, has no address; correct"},
        {{LO, ENS5, LO6, ENS6_6}, VIP6, NULL, ERR_USAGE, "give --interface NAME"},
        {{LO, LO6}, VIP6, NULL, ERR_USAGE, "give --interface NAME"},
        {{LO, ETH0, {"ens5", VIP6, 128}}, VIP6, "eth0", ERR_IFACE, VIP6 " is on ens5, not on eth0"},
        {{LO, ETH0, ETH0_6, {"eth0", VIP6, 128}}, NULL, NULL, ERR_USAGE, "no address is labelled eth0:1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct alias_want want = want_of(rows[i].vip, 0, rows[i].interface);
        struct alias alias = {.prefix = 77};
        struct err e = {0};
        assert_failed(alias_locate(&want, host_of(rows[i].on), &alias, &e), &e, rows[i].kind, rows[i].text);
        assert_int_equal(alias.prefix, 77);
    }
}

/* What is there, what was said, the prefix that is wanted, and what follows. */
static const struct {
    struct on on[MOST];
    const char *vip;
    uint8_t prefix;
    enum alias_act act;
} decided[] = {
    {{LO, ETH0}, "10.9.0.1", 32, ALIAS_ADD},
    {{LO, ETH0, {"eth0:2", "10.9.0.2", 32}}, "10.9.0.1", 32, ALIAS_ADD},
    /* There already: left alone, whatever its prefix and label. */
    {{LO, ETH0, {"eth0:1", "10.9.0.1", 32}}, "10.9.0.1", 32, ALIAS_KEEP},
    {{LO, ETH0, {"eth0:1", "10.9.0.1", 24}}, "10.9.0.1", 32, ALIAS_KEEP},
    {{LO, ETH0, {"eth0:1", "10.109.10.254", 27}}, "10.109.10.254", 27, ALIAS_KEEP},
    {{LO, ETH0, {"eth0", "10.9.0.1", 8}}, "10.9.0.1", 32, ALIAS_KEEP},
    {{LO, ETH0, {"eth0:2", "10.9.0.1", 8}}, "10.9.0.1", 32, ALIAS_KEEP},
    {{LO, ETH0, {"eth0:11", "10.9.0.1", 8}}, "10.9.0.1", 32, ALIAS_KEEP},
    /* The mask of its class, under our label: a killed run left it. One class after the other. */
    {{LO, ETH0, {"eth0:1", "10.9.0.1", 8}}, "10.9.0.1", 32, ALIAS_NARROW},
    {{LO, ETH0, {"eth0:1", "127.255.255.255", 8}}, "127.255.255.255", 32, ALIAS_NARROW},
    {{LO, ETH0, {"eth0:1", "128.0.0.1", 8}}, "128.0.0.1", 32, ALIAS_KEEP},
    {{LO, ETH0, {"eth0:1", "172.31.0.1", 16}}, "172.31.0.1", 32, ALIAS_NARROW},
    {{LO, ETH0, {"eth0:1", "191.255.0.1", 16}}, "191.255.0.1", 32, ALIAS_NARROW},
    {{LO, ETH0, {"eth0:1", "192.168.7.9", 24}}, "192.168.7.9", 28, ALIAS_NARROW},
    {{LO, ETH0, {"eth0:1", "192.168.7.9", 16}}, "192.168.7.9", 28, ALIAS_KEEP},
    {{LO, ETH0, {"eth0:1", "223.255.255.1", 24}}, "223.255.255.1", 32, ALIAS_NARROW},
    /* The mask of its class is what was asked for. */
    {{LO, ETH0, {"eth0:1", "192.168.7.9", 24}}, "192.168.7.9", 24, ALIAS_KEEP},
    /* Found by its label alone: the administrator's, mask and all. */
    {{LO, ETH0, {"eth0:1", "10.9.0.1", 8}}, NULL, 32, ALIAS_KEEP},
    /* IPv6: no class, no label that another address could hold. */
    {{LO, ETH0, ETH0_6}, VIP6, 128, ALIAS_ADD},
    {{LO, ETH0, {"eth0:1", "10.9.0.77", 32}}, VIP6, 128, ALIAS_ADD},
    {{LO, ETH0, {"eth0", VIP6, 128}}, VIP6, 128, ALIAS_KEEP},
    {{LO, ETH0, {"eth0", VIP6, 64}}, VIP6, 128, ALIAS_KEEP},
    {{LO, ETH0, {"eth0", "a12::1", 8}}, "a12::1", 128, ALIAS_KEEP},
};

static void test_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decided); i++) {
        struct alias_want want = want_of(decided[i].vip, decided[i].prefix, NULL);
        struct alias alias;
        enum alias_act act = (enum alias_act)77;
        struct err e = {0};
        assert_went_well(alias_locate(&want, host_of(decided[i].on), &alias, &e), &e);
        assert_went_well(alias_decide(&want, &alias, decided[i].prefix, host_of(decided[i].on), &act, &e), &e);
        assert_int_equal(act, decided[i].act);
    }
}

/* The label holds another address: that one is not touched. Of a suffix there is but one label, any number or not. */
static void test_label_taken(void **state)
{
    static const struct {
        struct on on[MOST];
        const char *suffix;
        const char *text;
    } rows[] = {
        {{LO, ETH0, {"eth0:1", "10.9.0.77", 32}}, "", "eth0:1 holds 10.9.0.77 already"},
        {{LO, ETH0, {"eth0:v", "10.9.0.77", 32}}, "v", "eth0:v holds 10.9.0.77 already"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct alias_want want = want_of("10.9.0.1", 0, NULL);
        struct alias alias;
        enum alias_act act = (enum alias_act)77;
        struct err e = {0};
        want.any_number = rows[i].suffix[0] != '\0';
        memcpy(want.suffix, rows[i].suffix, strlen(rows[i].suffix));
        assert_went_well(alias_locate(&want, host_of(rows[i].on), &alias, &e), &e);
        assert_failed(alias_decide(&want, &alias, 32, host_of(rows[i].on), &act, &e), &e, ERR_IFACE, rows[i].text);
        assert_int_equal(act, 77);
    }
}

/* Where the first free number is to be taken, or a suffix: what is on the host, the label, and what the class's mask under it means. */
static void test_other_labels(void **state)
{
    static const struct {
        struct on on[MOST];
        const char *suffix;
        const char *label; /* NULL: no room */
        enum alias_act act;
    } rows[] = {
        {{LO, ETH0}, "", "eth0:1", ALIAS_ADD},
        {{LO, ETH0, {"eth0:1", "10.9.0.2", 32}}, "", "eth0:2", ALIAS_ADD},
        {{LO, ETH0, {"eth0:1", "10.9.0.2", 32}, {"eth0:2", "10.9.0.3", 32}, {"eth0:4", "10.9.0.4", 32}}, "", "eth0:3", ALIAS_ADD},
        {{LO, ETH0, {"eth0:1", "10.9.0.2", 32}}, "vip", "eth0:vip", ALIAS_ADD},
        {{LO, ETH0}, "0123456789", "eth0:0123456789", ALIAS_ADD},
        {{LO, ETH0}, "0123456789a", NULL, ALIAS_KEEP},
        {{LO, ETH0}, "0123456789abcde", NULL, ALIAS_KEEP},
        {{LO, ETH0}, "v", "eth0:v", ALIAS_ADD},
        {{LO, ETH0, {"eth0:3", "10.9.0.1", 32}}, "vip", "eth0:3", ALIAS_KEEP},
        {{LO, ETH0, {"eth0:3", "10.9.0.1", 8}}, "", "eth0:3", ALIAS_NARROW},
        {{LO, ETH0, {"eth0", "10.9.0.1", 8}}, "", "eth0", ALIAS_KEEP},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct alias_want want = want_of("10.9.0.1", 0, NULL);
        struct alias alias;
        enum alias_act act = (enum alias_act)77;
        struct err e = {0};
        want.any_number = true;
        memcpy(want.suffix, rows[i].suffix, strlen(rows[i].suffix));
        if (!rows[i].label) {
            assert_failed(alias_locate(&want, host_of(rows[i].on), &alias, &e), &e, ERR_USAGE, "no room for an alias label");
            continue;
        }
        assert_went_well(alias_locate(&want, host_of(rows[i].on), &alias, &e), &e);
        assert_string_equal(alias.label.text, rows[i].label);
        assert_went_well(alias_decide(&want, &alias, 32, host_of(rows[i].on), &act, &e), &e);
        assert_int_equal(act, rows[i].act);
    }
}

/* An interface whose name leaves no room for a label: the VIP that is there was not added under one. */
static void test_no_room_for_a_label(void **state)
{
    static const struct on on[MOST] = {LO, {"abcdefghijklmno", "10.9.0.1", 8}};
    (void)state;
    struct alias_want want = want_of("10.9.0.1", 0, NULL);
    struct alias alias;
    enum alias_act act;
    struct err e = {0};
    assert_went_well(alias_locate(&want, host_of(on), &alias, &e), &e);
    assert_went_well(alias_decide(&want, &alias, 32, host_of(on), &act, &e), &e);
    assert_int_equal(act, ALIAS_KEEP);
}

/* The first of all addresses counts as any other. */
static void test_first_of_all(void **state)
{
    static const struct on on[MOST] = {{"eth0:1", "10.9.0.1", 32}, ETH0};
    static const char *const vips[] = {"10.9.0.1", NULL};
    (void)state;
    for (size_t i = 0; i < COUNT(vips); i++) {
        struct alias_want want = want_of(vips[i], 0, "eth0");
        struct alias alias;
        struct err e = {0};
        assert_went_well(alias_locate(&want, host_of(on), &alias, &e), &e);
        assert_true(alias.present);
        assert_string_equal(alias.at.label.text, "eth0:1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locate),
        cmocka_unit_test(test_locate_refuses),
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_label_taken),
        cmocka_unit_test(test_other_labels),
        cmocka_unit_test(test_no_room_for_a_label),
        cmocka_unit_test(test_first_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
