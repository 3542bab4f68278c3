/*
 * sts: AssumeRole of the Security Token Service: the form out, the role's credentials in.
 *
 * Layer: aws, pure.
 * Specification: AWS STS API Reference, version 2011-06-15.
 * Trust: a reply is untrusted; see query.h and credentials.h. White space in a key or token is of the layout, and is left
 * out. Expiration is not looked at: AWS decides.
 * Lifetime: a reply holds secrets; whoever started it wipes it.
 */
#ifndef AWS_STS_H
#define AWS_STS_H

#include "aws/credentials.h"
#include "aws/query.h"
#include "base/text.h"
#include "base/value.h"

/*
 * AssumeRole for as short as AWS allows, which is longer than any run. `external` may be empty. The session's name, which
 * the role's owner finds in his logs, is this program's and the interface's: "mirrorvip-eni-...".
 */
void sts_put_assume_role(struct buf *b, const struct role_arn *role, const struct external_id *external, const struct eni_id *eni);

struct sts_reply {
    struct query_reply query; /* first, so that it leads back to the whole */
    struct credentials *credentials;
    struct credentials found; /* so far, unchecked */
};

/* A whole reply with status 200 puts the role's credentials into `*credentials`, or is IDENTITY. */
void sts_reply_start(struct sts_reply *r, struct credentials *credentials);

#endif
