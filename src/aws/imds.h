/*
 * imds: what the EC2 instance metadata service is asked, and what its answers mean. Version 2 only: every item is asked
 * for with a session token, and there is no way back to version 1.
 *
 * Layer: aws, pure.
 * Trust: a reply is untrusted; every value is checked by its pattern before it is used.
 */
#ifndef AWS_IMDS_H
#define AWS_IMDS_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>

#define IMDS_TOKEN_PATH "/latest/api/token"
#define IMDS_ROLES_PATH "/latest/meta-data/iam/security-credentials/"

/* An IMDSv2 session token: a secret of this host. */
struct imds_token {
    char reveal[LIMIT_IMDS_TOKEN + 1];
};

/* 169.254.169.254 or fd00:ec2::254, port 80, http. */
struct origin imds_origin(bool ipv6);

/* PUT for a token that lives `ttl_s` seconds (1 to 21600). */
void imds_put_token_request(struct buf *b, const struct origin *origin, unsigned ttl_s);
/* GET for an item; `path` is absolute. */
void imds_put_get(struct buf *b, const struct origin *origin, const struct imds_token *token, const char *path);

bool imds_token_decode(struct slice body, struct imds_token *token, struct err *e);
/* Turns a status that is not 200 into IDENTITY, with what to do about it. */
bool imds_status_check(unsigned status, const char *path, struct err *e);

/* The first line of the list of roles. */
bool imds_role_decode(struct slice body, struct role_name *role, struct err *e);

/* The CIDR blocks of a VPC or a subnet, of one family, one a line; there is at least one. */
struct vpc_cidrs {
    size_t count;
    struct cidr at[LIMIT_VPC_CIDRS];
};
bool imds_cidrs_decode(struct slice body, bool ipv6, struct vpc_cidrs *cidrs, struct err *e);

#endif
