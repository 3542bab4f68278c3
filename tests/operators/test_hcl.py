"""The reader of HCL that the tests rely on: what it takes, what it refuses, and how it lays out."""

from __future__ import annotations

import pytest

from .hcl import Malformed, formatted, policies

GOOD = '''data "aws_iam_policy_document" "it" {
  statement {
    sid    = "One"
    effect = "Allow"
    actions = [
      "ec2:CreateRoute",
      "ec2:ReplaceRoute",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "ec2:Region"
      values   = ["eu-central-1"]
    }
  }
}
'''


def test_what_it_means() -> None:
    assert policies(GOOD) == {"it": {"Version": "2012-10-17", "Statement": [{
        "Sid": "One", "Effect": "Allow", "Action": ["ec2:CreateRoute", "ec2:ReplaceRoute"], "Resource": ["*"],
        "Condition": {"StringEquals": {"ec2:Region": ["eu-central-1"]}}}]}}
    assert list(policies(GOOD + "\n" + GOOD.replace('"it"', '"other"'))) == ["it", "other"]


@pytest.mark.parametrize(("old", "new"), [
    ('"One"', "One"), ('"One"', '"O${ne}"'), ('"One"', '"O%{ne}"'), ('"One"', '"O\\"ne"'), ('= "One"', '"One"'), ("sid    =", "sid    :"),
    ('"ec2:CreateRoute",\n', '"ec2:CreateRoute"\n'), ("resources =", "sid ="), ("resources", "resource"), ('"Allow"\n', '"Allow" '),
    ("statement {", 'statement { sid = "1"'), ("  }\n}\n", "  }\n"), ("}\n", "}\n}\n"), ("statement {", "statements {"),
    ("aws_iam_policy_document", "aws_iam_policy"),
    ("data ", "resource "), ('values   = ["eu-central-1"]', 'values   = "eu-central-1"'), ("condition", "conditions"),
    ('    sid    = "One"\n', "")])
def test_what_it_refuses(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(Malformed):
        policies(GOOD.replace(old, new, 1))


@pytest.mark.parametrize("spoiled", [
    GOOD.replace("sid    =", "sid ="), GOOD.replace("actions =", "actions   ="), GOOD.replace("values   =", "values ="),
    GOOD.replace("  statement", "statement"), GOOD.replace("      \"ec2", "    \"ec2"), GOOD.replace('"One"\n', '"One" \n'),
    GOOD.replace("    ]", "  ]")])
def test_the_layout(spoiled: str) -> None:
    assert formatted(GOOD) == GOOD
    assert spoiled != GOOD and formatted(spoiled) == GOOD and policies(spoiled) == policies(GOOD)
