#include "aws/endpoint.h"

/* The first prefix that a region's name begins with decides, so the longer stands before the shorter. */
static const struct {
    const char *region_prefix;
    const char *suffix;
} partitions[] = {
    {"cn-", "amazonaws.com.cn"},
    {"eusc-", "amazonaws.eu"},
    {"us-isob-", "sc2s.sgov.gov"},
    {"us-isof-", "csp.hci.ic.gov"},
    {"us-iso-", "c2s.ic.gov"},
    {"eu-isoe-", "cloud.adc-e.uk"},
    {"us-", "amazonaws.com"}, /* GovCloud too */
    {"eu-", "amazonaws.com"},
    {"ap-", "amazonaws.com"},
    {"sa-", "amazonaws.com"},
    {"ca-", "amazonaws.com"},
    {"me-", "amazonaws.com"},
    {"af-", "amazonaws.com"},
    {"il-", "amazonaws.com"},
    {"mx-", "amazonaws.com"},
};

static const char *suffix_of(const struct region *region)
{
    for (size_t i = 0; i < sizeof partitions / sizeof *partitions; i++)
        if (slice_starts(slice_of(region->text), partitions[i].region_prefix))
            return partitions[i].suffix;
    return NULL;
}

bool endpoint_make(const char *service, const struct region *region, struct origin *origin, struct err *e)
{
    struct origin made = {.port = 443, .tls = true};
    const char *suffix = suffix_of(region);
    if (!suffix)
        return err_set(e, ERR_USAGE, "region %s belongs to no partition that this version knows; give --endpoint-url", region->text);
    struct buf b = BUF_OF(made.host);
    buf_putf(&b, "%s.%s.%s", service, region->text, suffix);
    *origin = made;
    return true;
}
