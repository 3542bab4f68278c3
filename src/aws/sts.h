/*
 * sts: AssumeRole of the Security Token Service, with one's own keys or with a web identity's token: the form out, the
 * role's credentials in.
 *
 * Layer: aws, pure.
 * Specification: AWS STS API Reference, version 2011-06-15.
 * Trust: a reply is untrusted; see query.h and credentials.h. White space in a key or token is of the layout, and is left
 * out. Expiration is told, and nothing is refused for it: AWS decides.
 * Lifetime: a reply holds secrets; whoever started it wipes it.
 */
#ifndef AWS_STS_H
#define AWS_STS_H

#include "aws/credentials.h"
#include "aws/query.h"
#include "base/text.h"
#include "base/value.h"

/* Whom to become. */
struct sts_role {
    struct role_arn arn;
    struct external_id external; /* empty: none */
    struct session_name session; /* empty: this program's and the interface's, "mirrorvip-eni-..." */
};

/*
 * For as short as AWS allows, which is longer than any run. The session's name is what the role's owner finds in his logs.
 * What asks with a web identity's token goes unsigned, and holds a secret: the token.
 */
void sts_put_assume_role(struct buf *b, const struct sts_role *role, const struct eni_id *eni);
void sts_put_assume_role_with_web_identity(struct buf *b, const struct sts_role *role, const struct bearer *token,
                                           const struct eni_id *eni);

enum sts_action { STS_ASSUME_ROLE, STS_ASSUME_ROLE_WITH_WEB_IDENTITY };

struct sts_reply {
    struct query_reply query; /* first, so that it leads back to the whole */
    struct credentials *credentials;
    struct credentials found; /* so far, unchecked */
};

/* A whole reply with status 200 puts the role's credentials into `*credentials`, or is IDENTITY. */
void sts_reply_start(struct sts_reply *r, enum sts_action action, struct credentials *credentials);

#endif
