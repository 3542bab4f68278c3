/*
 * sigv4: requests signed with AWS Signature Version 4.
 *
 * Layer: aws, pure; SHA-256 and HMAC are BearSSL's.
 * Specification: "Signature Version 4 signing process", AWS4-HMAC-SHA256, for the one kind of request that the Query
 * APIs take: POST / with a form body. Signed are content-type, host, x-amz-date and, where there is a token,
 * x-amz-security-token.
 */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include "aws/credentials.h"
#include "base/text.h"
#include "base/value.h"

#include <stdint.h>

/* Where a signature is good: region and service ("ec2"). */
struct sigv4_scope {
    const char *region;
    const char *service;
};

/*
 * Appends a whole HTTP request. `utc_s` is read once by the caller and used for both the stamp and the day of the scope.
 * A buffer that does not suffice is left `full`; nothing of it may be sent then.
 */
void sigv4_put_post(struct buf *b, const struct origin *origin, struct sigv4_scope scope, const struct credentials *c,
                    int64_t utc_s, struct slice body);

/* The same without a signature, for what STS takes from who has no keys yet. */
void sigv4_put_unsigned_post(struct buf *b, const struct origin *origin, struct slice body);

#endif
