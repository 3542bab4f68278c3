#include "app/policy/allow.h"

#include "aws/endpoint.h"

#include <string.h>

/* The name at the end of a role's ARN. */
static const char *name_of(const struct role_arn *arn)
{
    return strrchr(arn->text, '/') + 1;
}

/* Who signs the requests to EC2, a role or a user; NULL where that is not known. */
static const char *signer_of(const struct app *a)
{
    const struct chain *c = &a->chain;
    if (!a->as_host && a->caller.name.text[0])
        return a->caller.name.text;
    if (!a->as_host && c->role_count > 0)
        return name_of(&c->roles[c->role_count - 1].arn);
    if (c->source == CHAIN_WEB_IDENTITY)
        return name_of(&c->identity.arn);
    return a->profile_role.text[0] ? a->profile_role.text : NULL;
}

static void put_statement(struct buf *b, const struct app *a, const char *action, const char *resource)
{
    buf_putf(b, "{\"Effect\": \"Allow\", \"Action\": \"ec2:%s\", \"Resource\": \"", action);
    if (resource)
        buf_putf(b, "arn:%s:ec2:%s:*:%s\"}", endpoint_partition(&a->region), a->region.text, resource);
    else
        buf_puts(b, "*\"}");
}

/* An inline policy of its own for each permission: one that is there already is not written over. */
static void put_name(struct buf *b, const char *action, const char *resource)
{
    const char *id = resource ? strchr(resource, '/') : NULL;
    buf_putf(b, "mirrorvip-%s%s%s", action, id ? "-" : "", id ? id + 1 : "");
}

bool allow_advise(const struct app *a, const char *action, const char *resource, struct err *e)
{
    char statement_text[256], name_text[128];
    struct buf statement = BUF_OF(statement_text), name = BUF_OF(name_text);
    const char *signer = signer_of(a), *what = a->caller.is_user && !a->as_host ? "user" : "role";
    put_statement(&statement, a, action, resource);
    put_name(&name, action, resource);
    if (!signer)
        return err_advise(e, "allow it: %s", buf_text(&statement));
    return err_advise(e, "aws iam put-%s-policy --%s-name %s --policy-name %s --policy-document "
                         "'{\"Version\": \"2012-10-17\", \"Statement\": [%s]}'",
                      what, what, signer, buf_text(&name), buf_text(&statement));
}
