/* endpoint: a host for every partition, and none for what is no region. Faults, rows 72 and 95. */
#include "aws/endpoint.h"
#include "made.h"

static void test_partitions(void **state)
{
    static const struct {
        const char *service;
        const char *region;
        const char *host;
    } rows[] = {
        {"ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com"},
        {"sts", "eu-central-1", "sts.eu-central-1.amazonaws.com"},
        {"ec2", "us-east-1", "ec2.us-east-1.amazonaws.com"},
        {"ec2", "ap-southeast-2", "ec2.ap-southeast-2.amazonaws.com"},
        {"ec2", "sa-east-1", "ec2.sa-east-1.amazonaws.com"},
        {"ec2", "ca-west-1", "ec2.ca-west-1.amazonaws.com"},
        {"ec2", "me-south-1", "ec2.me-south-1.amazonaws.com"},
        {"ec2", "af-south-1", "ec2.af-south-1.amazonaws.com"},
        {"ec2", "il-central-1", "ec2.il-central-1.amazonaws.com"},
        {"ec2", "mx-central-1", "ec2.mx-central-1.amazonaws.com"},
        {"ec2", "cn-north-1", "ec2.cn-north-1.amazonaws.com.cn"},
        {"ec2", "us-gov-west-1", "ec2.us-gov-west-1.amazonaws.com"},
        {"ec2", "eusc-de-east-1", "ec2.eusc-de-east-1.amazonaws.eu"},
        {"ec2", "us-iso-east-1", "ec2.us-iso-east-1.c2s.ic.gov"},
        {"ec2", "us-isob-east-1", "ec2.us-isob-east-1.sc2s.sgov.gov"},
        {"ec2", "us-isof-south-1", "ec2.us-isof-south-1.csp.hci.ic.gov"},
        {"ec2", "eu-isoe-west-1", "ec2.eu-isoe-west-1.cloud.adc-e.uk"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct region region = made_region(rows[i].region);
        struct origin origin;
        struct err e = {0};
        char host[256];
        assert_went_well(endpoint_make(rows[i].service, &region, &origin, &e), &e);
        assert_string_equal(origin.host, rows[i].host);
        assert_true(host_name_make(slice_of(origin.host), host));
        assert_int_equal(origin.port, 443);
        assert_true(origin.tls);
        assert_false(origin.given);
    }
}

static void test_unknown_partition(void **state)
{
    static const char *const regions[] = {"xx-north-1", "use-east-1", "eur-west-1", "c-north-1"};
    (void)state;
    for (size_t i = 0; i < COUNT(regions); i++) {
        struct region region = made_region(regions[i]);
        struct origin origin = {.port = 7};
        struct err e = {0};
        assert_failed(endpoint_make("ec2", &region, &origin, &e), &e, ERR_USAGE, "--endpoint-url");
        assert_non_null(strstr(e.text, regions[i]));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_unknown_partition),
        cmocka_unit_test(test_no_regions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
