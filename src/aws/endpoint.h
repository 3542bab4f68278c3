/*
 * endpoint: which host answers for a service in a region.
 *
 * Layer: aws, pure.
 * Specification: the partitions' DNS suffixes as AWS publishes them; the region's name alone gives the partition.
 */
#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include "base/error.h"
#include "base/value.h"

/* "SERVICE.REGION.SUFFIX", port 443, https. A region of an unknown partition is USAGE: name the endpoint then. */
bool endpoint_make(const char *service, const struct region *region, struct origin *origin, struct err *e);

#endif
