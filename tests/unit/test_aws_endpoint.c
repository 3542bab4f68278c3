/* endpoint: a host for every partition, and none for what is no region. Faults, rows 72 and 95. */
#include "aws/endpoint.h"
#include "made.h"

enum { PLAIN, FIPS, DUAL, BOTH };

static struct endpoint_variant variant_of(int which)
{
    return (struct endpoint_variant){.fips = which == FIPS || which == BOTH, .dual_stack = which == DUAL || which == BOTH};
}

/* A row: the region, then its hosts, plain, FIPS, dual stack, and both. */
static void test_partitions(void **state)
{
    static const struct {
        const char *service;
        const char *region;
        const char *hosts[4];
    } rows[] = {
#define ROW(service, region, suffix, dual)                                                                                             \
    {service, region, {service "." region "." suffix, service "-fips." region "." suffix, service "." region "." dual, service "-fips." region "." dual}}
        ROW("ec2", "eu-central-1", "amazonaws.com", "api.aws"),
        ROW("sts", "eu-central-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "us-east-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "ap-southeast-2", "amazonaws.com", "api.aws"),
        ROW("ec2", "sa-east-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "ca-west-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "me-south-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "af-south-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "il-central-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "mx-central-1", "amazonaws.com", "api.aws"),
        ROW("ec2", "cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        ROW("ec2", "eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
        ROW("ec2", "us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov"),
        ROW("ec2", "us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"),
        ROW("ec2", "us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ROW("ec2", "eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
#undef ROW
        {"ec2", "us-gov-west-1",
         {"ec2.us-gov-west-1.amazonaws.com", "ec2.us-gov-west-1.amazonaws.com", "ec2.us-gov-west-1.api.aws", "ec2-fips.us-gov-west-1.api.aws"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int which = PLAIN; which <= BOTH; which++) {
            struct region region = made_region(rows[i].region);
            struct origin origin;
            struct err e = {0};
            char host[256];
            assert_went_well(endpoint_make(rows[i].service, &region, variant_of(which), &origin, &e), &e);
            assert_string_equal(origin.host, rows[i].hosts[which]);
            assert_true(host_name_make(slice_of(origin.host), host));
            assert_int_equal(origin.port, 443);
            assert_true(origin.tls);
            assert_false(origin.given);
        }
}

static void test_partitions_in_an_arn(void **state)
{
    static const char *const rows[][2] = {
        {"eu-central-1", "aws"},           {"mx-central-1", "aws"},        {"cn-north-1", "aws-cn"},       {"us-gov-west-1", "aws-us-gov"}, {"eusc-de-east-1", "aws-eusc"},
        {"us-iso-east-1", "aws-iso"},      {"us-isob-east-1", "aws-iso-b"}, {"us-isof-south-1", "aws-iso-f"}, {"eu-isoe-west-1", "aws-iso-e"}, {"xx-north-1", "aws"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct region region = made_region(rows[i][0]);
        assert_string_equal(endpoint_partition(&region), rows[i][1]);
    }
}

/* Also what may be a partition one day, and what only begins as one that is. */
static void test_unknown_partition(void **state)
{
    static const char *const regions[] = {"xx-north-1",     "use-east-1",     "eur-west-1",      "c-north-1",     "us-isog-east-1",
                                          "eu-isof-west-1", "eusc-fr-west-1", "eusc-de-1", "us-gov-iso-east-1", "cn-iso-east-1", "eusc-east-1"};
    (void)state;
    for (size_t i = 0; i < COUNT(regions); i++) {
        struct region region = made_region(regions[i]);
        struct origin origin = {.port = 7};
        struct err e = {0};
        assert_failed(endpoint_make("ec2", &region, variant_of(PLAIN), &origin, &e), &e, ERR_USAGE, "--endpoint-url");
        assert_non_null(strstr(e.text, regions[i]));
        assert_int_equal(origin.port, 7);
    }
}

/* However a region came to be, what makes no host name makes no endpoint. */
static void test_a_host_is_checked(void **state)
{
    static const struct region bad[] = {{"eu-x@evil.com:443/#-1"}, {"eu-central_1-1"}, {"eu-cen tral-1"}, {"us-a..b-1"}};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct origin origin = {.port = 7};
        struct err e = {0};
        assert_failed(endpoint_make("ec2", &bad[i], variant_of(PLAIN), &origin, &e), &e, ERR_BUG, "makes no host name");
        assert_int_equal(origin.port, 7);
    }
}

/* What would lead to another host never becomes a region, so that it never comes this far. */
static void test_no_regions(void **state)
{
    static const char *const texts[] = {
        "", "x@evil.com:443/#", "us-east-1\n", "us-east-1.evil.com", "us-east-1/", "us-east-1:80", "-us-east-1", "us--1", "us-east-",
        "us-east", "US-EAST-1", "us east 1", "us-east-1a", "169.254.169.254",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct region region;
        if (region_make(slice_of(texts[i]), &region))
            fail_msg("'%s' became a region", texts[i]);
    }
    char longer[301];
    struct region region;
    memset(longer, 'a', 300);
    memcpy(longer + 290, "-east-1", 8);
    assert_false(region_make(slice_of(longer), &region));
}

/* "SERVICE REGION [fips] [dual]", as the host that it makes or "-": for who compares with another's answers. */
static void print(const char *line)
{
    struct slice rest = slice_of(line);
    char service[16];
    struct region region;
    struct origin origin;
    struct err e = {0};
    if (!slice_copy(slice_cut(&rest, ' '), service, sizeof service) || !region_make(slice_cut(&rest, ' '), &region)) {
        puts("-");
        return;
    }
    struct endpoint_variant variant = {.fips = slice_starts(rest, "fips"), .dual_stack = strstr(line, " dual") != NULL};
    puts(endpoint_make(service, &region, variant, &origin, &e) ? origin.host : "-");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_partitions_in_an_arn),
        cmocka_unit_test(test_unknown_partition),
        cmocka_unit_test(test_a_host_is_checked),
        cmocka_unit_test(test_no_regions),
    };
    for (int i = 1; i < argc; i++)
        print(argv[i]);
    return argc > 1 ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
