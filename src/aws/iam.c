#include "aws/iam.h"

#include "aws/endpoint.h"
#include "base/format.h"
#include "wire/json_put.h"

struct iam_arn iam_arn_make(const struct region *region, const struct account_id *account, const char *kind, const char *id)
{
    struct iam_arn arn;
    (void)format_text(arn.text, sizeof arn.text, "arn:%s:ec2:%s:%s:%s/%s", endpoint_partition(region), region->text, account->text,
                      kind, id);
    return arn;
}

void iam_add(struct iam_policy *p, const char *sid)
{
    if (p->count == IAM_STATEMENTS)
        p->full = true;
    else
        p->at[p->count++] = (struct iam_statement){.sid = sid};
}

static struct iam_statement *last(struct iam_policy *p)
{
    return &p->at[p->count - 1];
}

static void append(struct iam_policy *p, const char **list, size_t *count, size_t most, const char *text)
{
    if (*count < most)
        list[(*count)++] = text;
    else
        p->full = true;
}

void iam_allow(struct iam_policy *p, const char *action)
{
    append(p, last(p)->actions, &last(p)->action_count, IAM_ACTIONS, action);
}

void iam_on(struct iam_policy *p, const char *resource)
{
    append(p, last(p)->resources, &last(p)->resource_count, LIMIT_POLICY_TABLES, resource);
}

void iam_where(struct iam_policy *p, const char *key, const char *value)
{
    last(p)->key = key;
    append(p, last(p)->values, &last(p)->value_count, IAM_VALUES, value);
}

/* --- JSON */

static void put_json_list(struct json_put *j, const char *key, const char *const *list, size_t count)
{
    json_put_array(j, key);
    for (size_t i = 0; i < count; i++)
        json_put_string(j, NULL, slice_of(list[i]));
    json_put_close(j);
}

static void put_json_condition(struct json_put *j, const struct iam_statement *s)
{
    json_put_object(j, "Condition");
    json_put_object(j, "StringEquals");
    put_json_list(j, s->key, s->values, s->value_count);
    json_put_close(j);
    json_put_close(j);
}

static void put_json_statement(struct json_put *j, const struct iam_statement *s)
{
    json_put_object(j, NULL);
    json_put_string(j, "Sid", slice_of(s->sid));
    json_put_string(j, "Effect", slice_of("Allow"));
    put_json_list(j, "Action", s->actions, s->action_count);
    put_json_list(j, "Resource", s->resources, s->resource_count);
    if (s->key)
        put_json_condition(j, s);
    json_put_close(j);
}

void iam_put_json(struct json_put *j, const char *key, const struct iam_policy *p)
{
    json_put_object(j, key);
    json_put_string(j, "Version", slice_of("2012-10-17"));
    json_put_array(j, "Statement");
    for (size_t i = 0; i < p->count; i++)
        put_json_statement(j, &p->at[i]);
    json_put_close(j);
    json_put_close(j);
    j->out->full |= p->full;
}

/* --- HCL: equals signs are aligned where they stand on lines one below the other, each with a whole value behind it */

static void put_hcl_list(struct buf *b, const char *name, const char *const *list, size_t count)
{
    buf_putf(b, "    %s = [\n", name);
    for (size_t i = 0; i < count; i++)
        buf_putf(b, "      \"%s\",\n", list[i]);
    buf_puts(b, "    ]\n");
}

static void put_hcl_condition(struct buf *b, const struct iam_statement *s)
{
    buf_putf(b,
             "\n    condition {\n"
             "      test     = \"StringEquals\"\n"
             "      variable = \"%s\"\n"
             "      values   = [",
             s->key);
    for (size_t i = 0; i < s->value_count; i++)
        buf_putf(b, "%s\"%s\"", i > 0 ? ", " : "", s->values[i]);
    buf_puts(b, "]\n    }\n");
}

static void put_hcl_statement(struct buf *b, const struct iam_statement *s)
{
    buf_putf(b,
             "  statement {\n"
             "    sid    = \"%s\"\n"
             "    effect = \"Allow\"\n",
             s->sid);
    put_hcl_list(b, "actions", s->actions, s->action_count);
    put_hcl_list(b, "resources", s->resources, s->resource_count);
    if (s->key)
        put_hcl_condition(b, s);
    buf_puts(b, "  }\n");
}

void iam_put_hcl(struct buf *b, const char *name, const struct iam_policy *p)
{
    buf_putf(b, "data \"aws_iam_policy_document\" \"%s\" {\n", name);
    for (size_t i = 0; i < p->count; i++) {
        buf_puts(b, i > 0 ? "\n" : "");
        put_hcl_statement(b, &p->at[i]);
    }
    buf_puts(b, "}\n");
    b->full |= p->full;
}
