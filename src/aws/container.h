/*
 * container: where a container's credential server is, and how it is asked.
 *
 * Layer: aws, pure.
 * Specification: the container credential provider of the SDKs: a path at 169.254.170.2 (ECS), or a whole URL (EKS Pod
 * Identity and others). Without TLS the URL may only lead to this host or to one of the link-local addresses that AWS has
 * for it, so that no key travels in the open.
 * Trust: the path is checked to be bytes that fit a request line.
 */
#ifndef AWS_CONTAINER_H
#define AWS_CONTAINER_H

#include "aws/credentials.h"
#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>

struct container {
    struct origin origin;
    char path[LIMIT_CONTAINER_PATH + 1]; /* with the query */
};

/* From a path that begins with '/'. IDENTITY. */
bool container_make_relative(struct slice path, struct container *c, struct err *e);
/* From a URL. IDENTITY. */
bool container_make_full(struct slice url, struct container *c, struct err *e);
/* GET; `authorization` may be empty. */
void container_put_get(struct buf *b, const struct container *c, const struct bearer *authorization);

#endif
