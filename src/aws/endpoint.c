#include "aws/endpoint.h"

struct partition {
    const char *name; /* in an ARN */
    const char *region_prefix; /* what stands before the last two words of a region's name */
    const char *suffix;
    const char *dual_stack_suffix;
    bool fips_throughout; /* its only endpoints are FIPS ones, under the plain name */
};

#define AWS "amazonaws.com", "api.aws", false

static const struct partition partitions[] = {
    {"aws", "us-", AWS},
    {"aws", "eu-", AWS},
    {"aws", "ap-", AWS},
    {"aws", "sa-", AWS},
    {"aws", "ca-", AWS},
    {"aws", "me-", AWS},
    {"aws", "af-", AWS},
    {"aws", "il-", AWS},
    {"aws", "mx-", AWS},
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", false},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", true},
    {"aws-eusc", "eusc-de-", "amazonaws.eu", "api.amazonwebservices.eu", false},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", false},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", false},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", false},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", false},
};

/* "eu-" takes "eu-central-1", but not "eu-isoe-west-1" nor a partition that comes into being after this was written. */
static bool is_in(const char *prefix, struct slice region)
{
    uint64_t number;
    if (!slice_skip(&region, prefix))
        return false;
    (void)slice_cut(&region, '-');
    return slice_u64(region, UINT64_MAX, &number);
}

static const struct partition *partition_of(const struct region *region)
{
    for (size_t i = 0; i < sizeof partitions / sizeof *partitions; i++)
        if (is_in(partitions[i].region_prefix, slice_of(region->text)))
            return &partitions[i];
    return NULL;
}

const char *endpoint_partition(const struct region *region)
{
    const struct partition *p = partition_of(region);
    return p ? p->name : "aws";
}

bool endpoint_make(const char *service, const struct region *region, struct endpoint_variant variant, struct origin *origin, struct err *e)
{
    struct origin made = {.port = 443, .tls = true};
    char text[sizeof made.host]; /* a region and a suffix take less than half of it */
    struct buf b = BUF_OF(text);
    const struct partition *p = partition_of(region);
    if (!p)
        return err_set(e, ERR_USAGE, "region %s belongs to no partition that this version knows; give --endpoint-url", region->text);
    bool says_fips = variant.fips && (variant.dual_stack || !p->fips_throughout);
    buf_putf(&b, "%s%s.%s.%s", service, says_fips ? "-fips" : "", region->text, variant.dual_stack ? p->dual_stack_suffix : p->suffix);
    if (!host_name_make(buf_slice(&b), made.host))
        return err_set(e, ERR_BUG, "region %s makes no host name", region->text);
    *origin = made;
    return true;
}
