/*
 * iam: a small IAM policy as a value, and the two ways to write it down: the JSON document that AWS takes, and the data
 * source that Terraform makes such a document of. Both are written from the same value, so that they cannot disagree.
 *
 * Layer: aws, pure.
 * Specification: IAM User Guide, grammar of the JSON policy language; the data source aws_iam_policy_document of Terraform's
 * AWS provider, laid out as "terraform fmt" does; what an action can be limited to: Service Authorization Reference.
 * Trust: what goes in is a literal or a validated value of base/value.h, none of which has a character that means
 * something inside a string of HCL.
 * Limits: IAM_STATEMENTS, IAM_ACTIONS, IAM_VALUES, LIMIT_POLICY_TABLES; what exceeds them is left out, and `full` says so, as does
 * the buffer that it is written to.
 * Lifetime: a policy looks at its texts only; they must outlive it.
 */
#ifndef AWS_IAM_H
#define AWS_IAM_H

#include "base/limits.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

#define IAM_STATEMENTS 6
#define IAM_ACTIONS 6
#define IAM_VALUES 16

/* "arn:PARTITION:ec2:REGION:ACCOUNT:KIND/ID"; the partition is the region's. */
struct iam_arn {
    char text[128];
};
/* `kind` is a literal, as "route-table"; `id` may be "*". */
struct iam_arn iam_arn_make(const struct region *region, const struct account_id *account, const char *kind, const char *id);

/* Allows each of the actions on each of the resources, under its condition, if it has one. */
struct iam_statement {
    const char *sid; /* what it is for: letters and digits, in one policy once */
    size_t action_count;
    const char *actions[IAM_ACTIONS];
    size_t resource_count;
    const char *resources[LIMIT_POLICY_TABLES];
    const char *key; /* of the request's context, which must equal one of the values; NULL: no condition */
    size_t value_count;
    const char *values[IAM_VALUES];
};

struct iam_policy {
    bool full;
    size_t count;
    struct iam_statement at[IAM_STATEMENTS];
};

/* A new statement that allows nothing yet; what is said afterwards is said of it. */
void iam_add(struct iam_policy *p, const char *sid);
void iam_allow(struct iam_policy *p, const char *action);
void iam_on(struct iam_policy *p, const char *resource);
/* The same `key` each time. */
void iam_where(struct iam_policy *p, const char *key, const char *value);

struct json_put;

/* The policy as a member of a JSON document, or as the whole of it (`key` NULL). */
void iam_put_json(struct json_put *j, const char *key, const struct iam_policy *p);
/* The policy as a block of HCL: data "aws_iam_policy_document" "NAME". */
void iam_put_hcl(struct buf *b, const char *name, const struct iam_policy *p);

#endif
