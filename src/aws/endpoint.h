/*
 * endpoint: which host answers for a service in a region.
 *
 * Layer: aws, pure.
 * Specification: the partitions as AWS publishes them with its SDKs; the region's name alone gives the partition. Whether
 * a region has a FIPS or dual-stack host is not known here: where it has none, the name does not resolve.
 * Trust: a region may come from a peer, so the finished host is checked once more by its pattern.
 */
#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include "base/error.h"
#include "base/value.h"

#include <stdbool.h>

/* Which of a service's hosts in a region. */
struct endpoint_variant {
    bool fips;       /* with cryptography validated to FIPS 140 */
    bool dual_stack; /* with IPv6 addresses too */
};

/* Port 443, https. A region of an unknown partition is USAGE: name the endpoint then. */
bool endpoint_make(const char *service, const struct region *region, struct endpoint_variant variant, struct origin *origin, struct err *e);
/* The partition's name in an ARN: "aws-cn"; "aws" for an unknown one. */
const char *endpoint_partition(const struct region *region);

#endif
