/*
 * aws/iam: what a policy looks like as JSON and as HCL, to the letter; the ARNs of every partition; and that what does not
 * fit is noticed.
 */
#include "support.h"

#include "aws/iam.h"
#include "wire/json_put.h"

static char text[65536];

static struct iam_policy two_statements(void)
{
    struct iam_policy p = {0};
    iam_add(&p, "Read");
    iam_allow(&p, "ec2:DescribeRouteTables");
    iam_on(&p, "*");
    iam_where(&p, "ec2:Region", "eu-central-1");
    iam_where(&p, "ec2:Region", "eu-west-1");
    iam_add(&p, "Move");
    iam_allow(&p, "ec2:ReplaceRoute");
    iam_allow(&p, "ec2:CreateRoute");
    iam_on(&p, "arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-00000001");
    iam_on(&p, "arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-00000002");
    return p;
}

static void test_json(void **state)
{
    (void)state;
    struct iam_policy p = two_statements();
    struct buf b = BUF_OF(text);
    struct json_put j;
    json_put_start(&j, &b, 2);
    iam_put_json(&j, NULL, &p);
    json_put_end(&j);
    assert_false(p.full);
    assert_string_equal(buf_text(&b), "{\n"
                                      "  \"Version\": \"2012-10-17\",\n"
                                      "  \"Statement\": [\n"
                                      "    {\n"
                                      "      \"Sid\": \"Read\",\n"
                                      "      \"Effect\": \"Allow\",\n"
                                      "      \"Action\": [\n"
                                      "        \"ec2:DescribeRouteTables\"\n"
                                      "      ],\n"
                                      "      \"Resource\": [\n"
                                      "        \"*\"\n"
                                      "      ],\n"
                                      "      \"Condition\": {\n"
                                      "        \"StringEquals\": {\n"
                                      "          \"ec2:Region\": [\n"
                                      "            \"eu-central-1\",\n"
                                      "            \"eu-west-1\"\n"
                                      "          ]\n"
                                      "        }\n"
                                      "      }\n"
                                      "    },\n"
                                      "    {\n"
                                      "      \"Sid\": \"Move\",\n"
                                      "      \"Effect\": \"Allow\",\n"
                                      "      \"Action\": [\n"
                                      "        \"ec2:ReplaceRoute\",\n"
                                      "        \"ec2:CreateRoute\"\n"
                                      "      ],\n"
                                      "      \"Resource\": [\n"
                                      "        \"arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-00000001\",\n"
                                      "        \"arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-00000002\"\n"
                                      "      ]\n"
                                      "    }\n"
                                      "  ]\n"
                                      "}\n");
}

static void test_json_of_two(void **state)
{
    static const struct iam_policy none = {0};
    (void)state;
    struct buf b = BUF_OF(text);
    struct json_put j;
    json_put_start(&j, &b, 0);
    json_put_object(&j, NULL);
    iam_put_json(&j, "Host", &none);
    iam_put_json(&j, "Role", &none);
    json_put_end(&j);
    assert_string_equal(buf_text(&b), "{\"Host\":{\"Version\":\"2012-10-17\",\"Statement\":[]},\"Role\":{\"Version\":\"2012-10-17\",\"Statement\":[]}}\n");
}

static void test_hcl(void **state)
{
    (void)state;
    struct iam_policy p = two_statements();
    struct buf b = BUF_OF(text);
    iam_put_hcl(&b, "mirrorvip", &p);
    assert_string_equal(buf_text(&b), "data \"aws_iam_policy_document\" \"mirrorvip\" {\n"
                                      "  statement {\n"
                                      "    sid    = \"Read\"\n"
                                      "    effect = \"Allow\"\n"
                                      "    actions = [\n"
                                      "      \"ec2:DescribeRouteTables\",\n"
                                      "    ]\n"
                                      "    resources = [\n"
                                      "      \"*\",\n"
                                      "    ]\n"
                                      "\n"
                                      "    condition {\n"
                                      "      test     = \"StringEquals\"\n"
                                      "      variable = \"ec2:Region\"\n"
                                      "      values   = [\"eu-central-1\", \"eu-west-1\"]\n"
                                      "    }\n"
                                      "  }\n"
                                      "\n"
                                      "  statement {\n"
                                      "    sid    = \"Move\"\n"
                                      "    effect = \"Allow\"\n"
                                      "    actions = [\n"
                                      "      \"ec2:ReplaceRoute\",\n"
                                      "      \"ec2:CreateRoute\",\n"
                                      "    ]\n"
                                      "    resources = [\n"
                                      "      \"arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-00000001\",\n"
                                      "      \"arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-00000002\",\n"
                                      "    ]\n"
                                      "  }\n"
                                      "}\n");
}

static struct region region_of(const char *name)
{
    struct region region;
    assert_true(region_make(slice_of(name), &region));
    return region;
}

static void test_arns(void **state)
{
    static const char *const rows[][2] = {
        {"eu-central-1", "arn:aws:ec2:eu-central-1:123456789012:route-table/*"},
        {"cn-north-1", "arn:aws-cn:ec2:cn-north-1:123456789012:route-table/*"},
        {"us-gov-west-1", "arn:aws-us-gov:ec2:us-gov-west-1:123456789012:route-table/*"},
        {"eusc-de-east-1", "arn:aws-eusc:ec2:eusc-de-east-1:123456789012:route-table/*"},
        {"us-isob-east-1", "arn:aws-iso-b:ec2:us-isob-east-1:123456789012:route-table/*"},
    };
    static const struct account_id account = {"123456789012"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct region region = region_of(rows[i][0]);
        assert_string_equal(iam_arn_make(&region, &account, "route-table", "*").text, rows[i][1]);
    }
}

/* The longest that a name of a region, an account, a kind and an id can make. */
static void test_the_longest_arn(void **state)
{
    static const struct account_id account = {"123456789012"};
    (void)state;
    struct region region = region_of("us-gov-aaaaaaaaaaa-aaaaaaaaa-11");
    assert_int_equal(strlen(region.text), sizeof region.text - 1);
    struct iam_arn arn = iam_arn_make(&region, &account, "network-interface", "eni-0123456789abcdef0");
    assert_non_null(strstr(arn.text, ":network-interface/eni-0123456789abcdef0"));
}

static void test_full(void **state)
{
    (void)state;
    struct iam_policy p = {0};
    for (size_t i = 0; i < IAM_STATEMENTS; i++)
        iam_add(&p, "Some");
    for (size_t i = 0; i < LIMIT_POLICY_TABLES; i++)
        iam_on(&p, "*");
    for (size_t i = 0; i < IAM_ACTIONS; i++)
        iam_allow(&p, "ec2:CreateRoute");
    for (size_t i = 0; i < IAM_VALUES; i++)
        iam_where(&p, "ec2:Region", "eu-central-1");
    assert_false(p.full);
    struct iam_policy with[] = {p, p, p, p};
    iam_add(&with[0], "Other");
    iam_on(&with[1], "*");
    iam_allow(&with[2], "ec2:CreateRoute");
    iam_where(&with[3], "ec2:Region", "eu-central-1");
    for (size_t i = 0; i < COUNT(with); i++) {
        struct buf json = BUF_OF(text), hcl = BUF_OF(text);
        struct json_put j;
        json_put_start(&j, &json, 2);
        iam_put_json(&j, NULL, &with[i]);
        iam_put_hcl(&hcl, "x", &with[i]);
        assert_true(with[i].full && json.full && hcl.full);
    }
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_json);
    SUITE_TEST(&suite, test_json_of_two);
    SUITE_TEST(&suite, test_hcl);
    SUITE_TEST(&suite, test_arns);
    SUITE_TEST(&suite, test_the_longest_arn);
    SUITE_TEST(&suite, test_full);
    return suite_run(&suite, "aws/iam");
}
