/*
 * ocf: what an action and a resource's parameters come to, before anything is done; what an end comes to as the standard's status.
 * Faults, row 156.
 */
#include "app/front/ocf.h"
#include "made.h"

static struct options o;

static void take(const char *action, const char *const *environment, struct err *e)
{
    char *const arguments[] = {(char *)(uintptr_t)"ocf", (char *)(uintptr_t)action};
    memset(e, 0, sizeof *e);
    bool secure = o.secure;
    memset(&o, 0, sizeof o);
    options_start(&o, secure);
    assert_true(options_take_arguments(&o, action ? 2 : 1, arguments, e));
    (void)(ocf_take(&o, (char *const *)(uintptr_t)environment, e) && options_take_environment(&o, (char *const *)(uintptr_t)environment, e));
}

#define TAKE(action, e, ...) take(action, (const char *const[]){__VA_ARGS__, NULL}, e)
#define IP "OCF_RESKEY_ip=10.9.0.1"

static void test_names(void **state)
{
    (void)state;
    assert_true(ocf_is_agent("aws-vpc-move-ip") && ocf_is_agent("/usr/lib/ocf/resource.d/mirrorvip/aws-vpc-move-ip"));
    assert_false(ocf_is_agent("mirrorvip") || ocf_is_agent("aws-vpc-move-ip/mirrorvip") || ocf_is_agent("") || ocf_is_agent("xaws-vpc-move-ip"));
}

static void test_actions(void **state)
{
    static const struct {
        const char *word;
        enum verb verb;
    } rows[] = {{"start", VERB_ACQUIRE}, {"stop", VERB_RELEASE}, {"monitor", VERB_OCF}, {"validate-all", VERB_OCF}, {"meta-data", VERB_OCF}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        TAKE(rows[i].word, &e, IP);
        assert_went_well(e.kind == ERR_OK, &e);
        assert_int_equal(o.verb, rows[i].verb);
        assert_int_equal(o.asked, VERB_OCF);
    }
}

/* A stronger source stays, of two parameters the first, and a parameter comes before the environment. */
static void test_precedence(void **state)
{
    struct err e;
    (void)state;
    TAKE("start", &e, "OCF_RESKEY_address=10.9.0.2", IP, "MIRRORVIP_VIP=10.9.0.3", "OCF_RESKEY_region=eu-west-1", "AWS_REGION=eu-west-2",
         "OCF_RESKEY_profile=mine", "AWS_PROFILE=theirs", "OCF_RESKEY_routing_table=rtb-00001111,rtb-00002222", "MIRRORVIP_ROUTE_TABLE=rtb-00003333");
    assert_went_well(e.kind == ERR_OK, &e);
    assert_true(ip_eq(o.common.alias.vip, made_ip("10.9.0.1")));
    assert_string_equal(o.region.text, "eu-west-1");
    assert_true(slice_is(o.chain.profile, "mine"));
    assert_int_equal(o.common.named_count, 2);
}

static void test_times(void **state)
{
    static const struct {
        const char *timeout;
        uint32_t deadline_s;
    } rows[] = {{"20000", 19}, {"3000", 2}, {"2000", 1}, {"1000", 1}, {"0", 1}, {"86400000", DEADLINE_MOST_S}, {"soon", DEADLINE_DEFAULT_S}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        struct err e;
        (void)snprintf(text, sizeof text, "OCF_RESKEY_CRM_meta_timeout=%s", rows[i].timeout);
        TAKE("start", &e, IP, text);
        assert_went_well(e.kind == ERR_OK, &e);
        assert_int_equal(o.deadline_s, rows[i].deadline_s);
    }
}

/* What the command line says of the time stays. */
static void test_a_time_that_is_given(void **state)
{
    static const char *const arguments[] = {"ocf", "--deadline", "7", "start"};
    static const char *const environment[] = {IP, "OCF_RESKEY_CRM_meta_timeout=20000", NULL};
    struct err e = {0};
    (void)state;
    memset(&o, 0, sizeof o);
    options_start(&o, false);
    assert_went_well(options_take_arguments(&o, 4, (char *const *)(uintptr_t)arguments, &e), &e);
    assert_went_well(ocf_take(&o, (char *const *)(uintptr_t)environment, &e), &e);
    assert_int_equal(o.deadline_s, 7);
}

/* Only a cluster manager hears of a reason. */
static void test_who_hears_a_reason(void **state)
{
    struct err e = {0};
    (void)state;
    memset(&o, 0, sizeof o);
    options_start(&o, false);
    o.asked = o.verb = VERB_ACQUIRE;
    (void)err_set(&e, ERR_PARTIAL, "so");
    assert_false(ocf_gives_reason(&o, &e));
    o.asked = VERB_OCF;
    assert_true(ocf_gives_reason(&o, &e));
}

static void test_whether_a_monitor_asks(void **state)
{
    static const struct {
        const char *variables[3];
        bool local_only;
    } rows[] = {
        {{NULL}, false},
        {{"OCF_RESKEY_monapi=true"}, false},
        {{"OCF_RESKEY_monapi=1"}, false},
        {{"OCF_RESKEY_monapi=YES"}, false},
        {{"OCF_RESKEY_monapi=on"}, false},
        {{"OCF_RESKEY_monapi=false"}, true},
        {{"OCF_RESKEY_monapi=0"}, true},
        {{"OCF_RESKEY_monapi=no", "OCF_RESKEY_CRM_meta_interval=10000"}, true},
        {{"OCF_RESKEY_monapi=no", "OCF_RESKEY_CRM_meta_interval=0"}, false},
        {{"OCF_RESKEY_monapi=no", "OCF_CHECK_LEVEL=10"}, false},
        {{"OCF_RESKEY_monapi=no", "OCF_CHECK_LEVEL=0"}, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        TAKE("monitor", &e, IP, rows[i].variables[0] ? rows[i].variables[0] : "A=", rows[i].variables[1] ? rows[i].variables[1] : "B=");
        assert_went_well(e.kind == ERR_OK, &e);
        assert_int_equal(o.local_only, rows[i].local_only);
    }
}

/* Of a label and of where the keys are; what is unset or empty is not there, and a stop looks at neither. */
static void test_other_parameters(void **state)
{
    static const struct {
        const char *action;
        const char *variable;
        const char *refused; /* NULL: taken */
        const char *suffix;
        const char *profile;
    } rows[] = {
        {"start", "OCF_RESKEY_iflabel=vip-1.a", NULL, "vip-1.a", ""},
        {"start", "OCF_RESKEY_iflabel=0123456789abcde", NULL, "0123456789abcde", ""},
        {"start", "OCF_RESKEY_iflabel=0123456789abcdef", "it cannot be '0123456789abcdef'", "", ""},
        {"start", "OCF_RESKEY_iflabel=a:b", "it cannot be 'a:b'", "", ""},
        {"start", "OCF_RESKEY_iflabel=", NULL, "", ""},
        {"stop", "OCF_RESKEY_iflabel=a:b", NULL, "", ""},
        {"start", "OCF_RESKEY_auth_type=key", NULL, "", "mine"},
        {"start", "OCF_RESKEY_auth_type=role", NULL, "", ""},
        {"start", "OCF_RESKEY_auth_type=none", "it cannot be 'none'", "", ""},
        {"start", "OCF_RESKEY_awscli=/usr/bin/aws", NULL, "", "mine"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        TAKE(rows[i].action, &e, IP, rows[i].variable, rows[i].suffix[0] ? "OCF_RESKEY_profile=default" : "OCF_RESKEY_profile=mine");
        if (rows[i].refused) {
            assert_failed(false, &e, ERR_USAGE, rows[i].refused);
            continue;
        }
        assert_went_well(e.kind == ERR_OK, &e);
        assert_string_equal(o.common.alias.suffix, rows[i].suffix);
        if (strstr(rows[i].variable, "auth_type") || strstr(rows[i].variable, "awscli") || rows[i].suffix[0])
            assert_true(slice_is(o.chain.profile, rows[i].profile));
    }
}

static void test_validation_by_level(void **state)
{
    struct err e;
    (void)state;
    TAKE("validate-all", &e, IP);
    assert_int_equal(o.verb, VERB_OCF);
    TAKE("validate-all", &e, IP, "OCF_CHECK_LEVEL=10");
    assert_int_equal(o.verb, VERB_CHECK);
}

/* Level 0 is of the parameters alone. */
static void test_parameters_alone(void **state)
{
    struct err e;
    (void)state;
    TAKE("validate-all", &e, IP, "OCF_CHECK_LEVEL=0");
    assert_int_equal(o.action, OCF_PARAMETERS);
    TAKE("validate-all", &e, IP);
    assert_int_equal(o.action, OCF_VALIDATE);
    TAKE("monitor", &e, IP, "OCF_CHECK_LEVEL=0");
    assert_int_equal(o.action, OCF_MONITOR);
}

static void test_versions(void **state)
{
    static const struct {
        const char *action;
        const char *version;
        enum err_kind kind;
    } rows[] = {
        {"start", "OCF_RA_VERSION_MAJOR=1", ERR_OK},      {"start", "OCF_RA_VERSION_MAJOR=", ERR_OK},
        {"start", "OCF_RA_VERSION_MAJOR=2", ERR_USAGE},   {"monitor", "OCF_RA_VERSION_MAJOR=11", ERR_USAGE},
        {"stop", "OCF_RA_VERSION_MAJOR=2", ERR_OK},       {"meta-data", "OCF_RA_VERSION_MAJOR=2", ERR_OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        TAKE(rows[i].action, &e, IP, rows[i].version);
        assert_int_equal(e.kind, rows[i].kind);
        assert_int_equal(ocf_status(&o, &e), rows[i].kind == ERR_OK ? 0 : 2);
    }
}

static void test_a_probe(void **state)
{
    struct err e;
    (void)state;
    TAKE("monitor", &e, IP, "OCF_RESKEY_CRM_meta_interval=0");
    assert_true(o.probes);
    TAKE("monitor", &e, IP, "OCF_RESKEY_CRM_meta_interval=10000");
    assert_false(o.probes);
    TAKE("monitor", &e, IP);
    assert_false(o.probes);
}

/* Monapi is of monitors: what else is done asks AWS. */
static void test_only_a_monitor_does_not_ask(void **state)
{
    struct err e;
    (void)state;
    TAKE("start", &e, IP, "OCF_RESKEY_monapi=false");
    assert_false(o.local_only);
}

/* An interface that is named has no say in a stop, whoever names it. */
static void test_where_a_stop_looks(void **state)
{
    struct err e;
    (void)state;
    TAKE("stop", &e, IP, "OCF_RESKEY_interface=eth7", "MIRRORVIP_INTERFACE=eth8");
    assert_went_well(e.kind == ERR_OK, &e);
    assert_true(options_take_config(&o, slice_of("interface = eth9"), &e));
    assert_false(o.common.alias.has_interface);
}

/*
 * A stop and a monitor go on without an environment or a file that can be used; they take none of its sections for their VIP, and
 * no interface of a file that was half read.
 */
static void test_who_goes_on(void **state)
{
    static const struct {
        const char *action;
        bool goes_on;
    } rows[] = {{"start", false}, {"stop", true}, {"monitor", true}, {"validate-all", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        TAKE(rows[i].action, &e, IP, "AWS_REGION=?");
        assert_int_equal(e.kind, ERR_USAGE);
        o.section_count = 1;
        o.common.alias.has_interface = i > 1; /* of a stop nobody takes it */
        assert_int_equal(ocf_goes_on(&o, &e), rows[i].goes_on);
        assert_int_equal(e.kind, rows[i].goes_on ? ERR_OK : ERR_USAGE);
        assert_int_equal(o.section_count, rows[i].goes_on ? 0 : 1);
        assert_int_equal(o.local_only, rows[i].goes_on);
        assert_int_equal(o.common.alias.has_interface, i > 2);
    }
}

/* Row 156. */
static void test_statuses(void **state)
{
    static const struct {
        const char *action;
        const char *variable;
        enum err_kind kind; /* of the run, where the parameters are good */
        int status;
    } rows[] = {
        {NULL, IP, ERR_OK, 2},
        {"promote", IP, ERR_OK, 3},
        {"start", "A=", ERR_OK, 6},
        {"stop", "A=", ERR_OK, 6},
        {"monitor", "A=", ERR_OK, 6},
        {"validate-all", "A=", ERR_OK, 6},
        {"meta-data", "A=", ERR_OK, 0},
        {"start", "OCF_RESKEY_ip=10.9", ERR_OK, 6},
        {"start", IP, ERR_OK, 0},
        {"start", IP, ERR_USAGE, 2},
        {"start", IP, ERR_DIFFERS, 1},
        {"start", IP, ERR_PARTIAL, 1},
        {"start", IP, ERR_UNVERIFIED, 1},
        {"start", IP, ERR_CONFLICT, 1},
        {"stop", IP, ERR_IFACE, 1},
        {"monitor", IP, ERR_DIFFERS, 7},
        {"monitor", IP, ERR_BUG, 1},
        {"validate-all", IP, ERR_IFACE, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        TAKE(rows[i].action, &e, rows[i].variable);
        if (e.kind == ERR_OK && rows[i].kind != ERR_OK)
            (void)err_set(&e, rows[i].kind, "so");
        assert_int_equal(ocf_status(&o, &e), rows[i].status);
        assert_int_equal(ocf_gives_reason(&o, &e), rows[i].status != 0 && e.kind != ERR_DIFFERS);
    }
}

static void test_the_caller_of_a_program_with_capabilities(void **state)
{
    struct err e;
    (void)state;
    o.secure = true;
    TAKE("start", &e, IP, "OCF_RESKEY_config=/tmp/x");
    assert_int_equal(e.kind, ERR_USAGE);
    assert_string_equal(o.config, CONFIG_FILE);
    o.secure = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_a_time_that_is_given),
        cmocka_unit_test(test_who_hears_a_reason),
        cmocka_unit_test(test_whether_a_monitor_asks),
        cmocka_unit_test(test_other_parameters),
        cmocka_unit_test(test_validation_by_level),
        cmocka_unit_test(test_parameters_alone),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_a_probe),
        cmocka_unit_test(test_only_a_monitor_does_not_ask),
        cmocka_unit_test(test_where_a_stop_looks),
        cmocka_unit_test(test_who_goes_on),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_the_caller_of_a_program_with_capabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
