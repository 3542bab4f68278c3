/*
 * sts: AssumeRole of the Security Token Service, with one's own keys or with a web identity's token: the form out, the
 * role's credentials in. And GetCallerIdentity, which needs no permission: whose one's keys are.
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

void sts_put_get_caller_identity(struct buf *b);

enum sts_action { STS_ASSUME_ROLE, STS_ASSUME_ROLE_WITH_WEB_IDENTITY, STS_GET_CALLER_IDENTITY };

/* Whose keys are. All of it is empty while it is not known. */
struct sts_identity {
    char arn[LIMIT_UNTRUSTED_TEXT]; /* printable, cut beyond */
    struct account_id account;
    struct role_name name; /* the role's that it works as, or the user's; empty: it is neither */
    bool is_user;
};

struct sts_reply {
    struct query_reply query; /* first, so that it leads back to the whole */
    struct credentials *credentials;
    struct sts_identity *identity; /* one of these two */
    struct credentials found; /* so far, unchecked */
    char text[LIMIT_XML_TEXT];
};

/* A whole reply with status 200 puts the role's credentials into `*credentials`, or is IDENTITY. */
void sts_reply_start(struct sts_reply *r, enum sts_action action, struct credentials *credentials);
/* The same of GetCallerIdentity. */
void sts_reply_start_identity(struct sts_reply *r, struct sts_identity *identity);

#endif
