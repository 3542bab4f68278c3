"""Signatures: made by botocore, checked by us."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from region import Refused, sigv4
from region.conftest import FORM, refusal

VECTORS = json.loads(Path(__file__).with_name("sigv4-vectors.json").read_text())
# 2015-08-30 12:36:00 UTC, the moment of all vectors.
MOMENT = 1440938160.0
BODY = "Action=DescribeVpcs&Version=2016-11-15"


def check(case, now=MOMENT, **changed):
    headers = {"host": case["host"], "content-type": FORM, "x-amz-date": case["amz_date"],
               "authorization": case["authorization"]}
    if case["token"]:
        headers["x-amz-security-token"] = case["token"]
    headers |= changed.pop("headers", {})
    key = sigv4.Key(VECTORS["access_key"], VECTORS["secret_key"], "arn", case["token"])
    return sigv4.verify("POST", "/", "", headers, changed.get("body", case["body"]).encode(), now=now,
                        keys={key.access_key: key}, region=changed.get("region", case["region"]),
                        service=case["service"])


@pytest.fixture(params=VECTORS["cases"], ids=lambda case: case["name"])
def case(request):
    return request.param


def test_every_step_of_the_vectors(case):
    headers = {"host": case["host"], "content-type": FORM, "x-amz-date": case["amz_date"],
               "x-amz-security-token": case["token"]}
    scope, signed, claimed = re.search(
        "Credential=[^/]+/(.*), SignedHeaders=(.*), Signature=(.*)", case["authorization"]).groups()
    canonical = sigv4.canonical_request("POST", "/", "", headers, signed.split(";"), case["body"].encode())
    text = sigv4.string_to_sign(case["amz_date"], scope, canonical)
    assert canonical == case["canonical_request"]
    assert text == case["string_to_sign"]
    assert sigv4.signature(VECTORS["secret_key"], scope, text) == claimed


def test_the_vectors_are_accepted(case):
    assert check(case).access_key == VECTORS["access_key"]
    assert check(case, now=MOMENT + 299) and check(case, now=MOMENT - 299)


@pytest.mark.parametrize("changed, code", [
    ({"body": "Action=DeleteRoute"}, "SignatureDoesNotMatch"),
    ({"headers": {"host": "ec2.eu-west-1.amazonaws.com"}}, "SignatureDoesNotMatch"),
    ({"headers": {"x-amz-date": "20150830T123601Z"}}, "SignatureDoesNotMatch"),
    ({"headers": {"x-amz-date": "20150831T123600Z"}}, "SignatureDoesNotMatch"),
    ({"headers": {"x-amz-date": "30 August"}}, "IncompleteSignature"),
    ({"headers": {"x-amz-unsigned": "1"}}, "SignatureDoesNotMatch"),
    ({"headers": {"x-amz-security-token": "another"}}, None),
    ({"headers": {"authorization": "Basic YTpi"}}, "IncompleteSignature"),
    ({"region": "eu-west-1"}, "SignatureDoesNotMatch"),
    ({"now": MOMENT + 301}, "RequestExpired"),
    ({"now": MOMENT - 301}, "AuthFailure"),
])
def test_anything_changed_is_refused(case, changed, code):
    with pytest.raises(Refused) as caught:
        check(case, **dict(changed))
    # An extra token is not among the signed headers of a request without one; with one it is simply wrong.
    assert caught.value.code == (code or ("AuthFailure" if case["token"] else "SignatureDoesNotMatch"))


def test_every_character_of_the_signature_counts(raw):
    good = raw.headers(BODY)
    assert raw.send(BODY, good).status == 200
    head, _, claimed = good["Authorization"].rpartition("=")
    for at in range(0, 64, 9):
        other = claimed[:at] + ("0" if claimed[at] != "0" else "1") + claimed[at + 1:]
        reply = raw.send(BODY, good | {"Authorization": f"{head}={other}"})
        assert reply.status == 403 and "<Code>SignatureDoesNotMatch</Code>" in reply.text


def test_no_signature_at_all(raw):
    reply = raw.send(BODY, {"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status == 400 and "AWSAccessKeyId" in reply.text


def test_keys(connect, scene):
    region = scene.region
    key = region.credentials(scene.a)
    assert key.access_key.startswith("ASIA") and 900 < len(key.token) < 1100
    connect(key).describe_vpcs()
    assert region.log.requests[-1].access_key == key.access_key

    def told(**changed):
        parts = {"access_key": key.access_key, "secret_key": key.secret_key, "token": key.token} | changed
        return refusal(connect(sigv4.Key(arn="", **parts)).describe_vpcs)[:2]
    assert told(token="x") == ("AuthFailure", 401)
    assert told(token=None) == ("AuthFailure", 401)
    assert told(access_key="ASIA0123456789ABCDEF") == ("AuthFailure", 401)
    assert told(secret_key="x" * 40) == ("SignatureDoesNotMatch", 403)
    expired = region.rotate_credentials(scene.a, lifetime_s=-1)
    assert refusal(connect(expired).describe_vpcs)[:2] == ("RequestExpired", 400)
    region.revoke(key)
    assert told() == ("AuthFailure", 401)


def test_the_clock_of_the_region(api, scene, raw):
    scene.region.clock_offset_s = 600
    assert refusal(api.describe_vpcs)[:2] == ("RequestExpired", 400)
    scene.region.clock_offset_s = -600
    assert refusal(api.describe_vpcs)[:2] == ("AuthFailure", 401)
    date = parsedate_to_datetime(raw(BODY).headers["Date"]).timestamp()
    assert date - time.time() == pytest.approx(-600, abs=3)


def test_another_region(connect, scene):
    code, status, message = refusal(connect(region_name="us-east-1").describe_vpcs)
    assert (code, status) == ("SignatureDoesNotMatch", 403) and "'us-east-1'" in message


def test_nothing_secret_is_logged(connect, scene):
    key = scene.region.credentials(scene.a)
    connect(key).describe_vpcs()
    text = repr(scene.region.log) + repr(key)
    assert key.access_key in text and key.secret_key not in text and key.token not in text
