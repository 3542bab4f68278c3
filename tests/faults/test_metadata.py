"""The metadata service: what it refuses, hides or invents ends as IDENTITY, with nothing asked of the API."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

import pytest

from .rig import OWN, Rig

TOKEN = "/latest/api/token"
REGION = "/latest/meta-data/placement/region"
MACS = "/latest/meta-data/network/interfaces/macs/"
ROLES = "/latest/meta-data/iam/security-credentials/"
MAC = "02:00:0a:6d:02:0a"
SECRET = "s3cr3tS3CR3Ts3cr3tS3CR3Ts3cr3tS3CR3Ts3cr"


def refused(rig: Rig, says: str, deadline: int = 3) -> None:
    """A run ends as IDENTITY saying so, before the API is asked; when the fault is gone, the next one succeeds."""
    run = rig.run(deadline=deadline)
    assert run.kind == "IDENTITY" and says in run.text, run.err
    assert SECRET not in run.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    # No fall-back to version 1: whatever was asked after a token was asked for with it.
    first = next((request for request in rig.region.log.requests if request.service == "imds"), None)
    assert first is None or first.action == TOKEN
    rig.recovers()


@pytest.mark.parametrize("end", ["close", "reset"])
def test_73_no_connection_comes_about(rig: Rig, end: str) -> None:
    rig.fault(service="imds", match="connect", cut=0, end=end)
    refused(rig, "does not answer")
    assert rig.addresses().keys() > OWN.keys()


def test_73_nobody_listens(rig: Rig) -> None:
    with rig.place.call(socket.create_server, ("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    run = rig.run(deadline=3, env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{port}"})
    assert run.kind == "IDENTITY" and "refused" in run.text, run.err
    assert not rig.region.log.connections
    rig.recovers()


@pytest.mark.parametrize(("status", "tries"), [(401, 4), (403, 1), (404, 1), (400, 1), (500, 4)])
def test_73_the_token_is_refused(rig: Rig, status: int, tries: int) -> None:
    fault = rig.fault(service="imds", match=TOKEN, apply=False, status=status)
    refused(rig, str(status), deadline=4)
    assert fault.hits == tries


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("path", [TOKEN, REGION, ROLES])
def test_73_a_failure_that_passes(rig: Rig, path: str, status: int) -> None:
    rig.fault(service="imds", match=path, apply=False, status=status, count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_73_a_token_that_has_become_stale(rig: Rig) -> None:
    rig.fault(service="imds", match=ROLES, apply=False, status=401, count=1)
    assert rig.run().kind == "OK"
    assert rig.region.log.count(TOKEN) == 2


def test_73_no_instance_profile(rig: Rig) -> None:
    rig.scene.b.role = None
    run = rig.run(deadline=3)
    assert run.kind == "IDENTITY" and "no IAM role is attached" in run.text, run.err
    assert not rig.asked("ec2")
    rig.scene.b.role = "mirror"
    rig.recovers()


def test_73_metadata_is_switched_off(rig: Rig) -> None:
    rig.scene.b.metadata = False
    run = rig.run(deadline=3)
    rig.scene.b.metadata = True
    assert run.kind == "IDENTITY" and "switched off" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_74_the_token_hangs(rig: Rig) -> None:
    fault = rig.fault(service="imds", match=TOKEN, cut=0, end="hang")
    run = rig.run()
    assert run.kind == "IDENTITY" and "hop limit" in run.text, run.err
    assert fault.hits == 4 and run.seconds < 6.5
    assert {request.action for request in rig.region.log.requests} == {TOKEN}
    rig.nothing_was_written()
    rig.recovers()


def test_77_a_packet_or_two_are_lost(rig: Rig) -> None:
    rig.fault(service="imds", match=REGION, cut=0, end="hang", count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("token", [b"", b"abc\r\nX-Evil: 1", b"a\nb", b"a b", b"\xff\xfe", b"t" * 1025, b"t" * 9000, b"\0"],
                         ids=["empty", "crlf", "lf", "blank", "binary", "1025", "9000", "nul"])
def test_75_a_token_that_is_none(rig: Rig, token: bytes) -> None:
    rig.fault(service="imds", match=TOKEN, body=token)
    refused(rig, "")


@pytest.mark.parametrize("region", [b"x@evil.com:443/#", b"us-east-1\n", b"a" * 300, b"", b"us-east-1.evil.com", b"US-EAST-1", b"us_east-1",
                                    b"../", b"eu-central-1 "])
def test_72_a_region_that_is_none(rig: Rig, region: bytes) -> None:
    rig.fault(service="imds", match=REGION, body=region)
    run = rig.run(deadline=3)
    assert run.kind == "IDENTITY" and "region" in run.text, run.err
    assert not rig.connections("ec2")
    refused(rig, "region")


@pytest.mark.parametrize(("item", "body"), [
    ("interface-id", b"eni-"), ("interface-id", b"eni-0123456789abcdef0\n"), ("interface-id", b"eni-0&Action=DeleteRoute"), ("interface-id", b""),
    ("vpc-id", b"vpc-../x"), ("vpc-id", b"<html>"), ("vpc-ipv4-cidr-blocks", b"10.0.0.0/33"),
    ("vpc-ipv4-cidr-blocks", b"10.0.0.0/16\n" * 65)])
def test_61_an_id_that_is_none(rig: Rig, item: str, body: bytes) -> None:
    rig.fault(service="imds", match=f"{MACS}{MAC}/{item}", body=body)
    refused(rig, "the ")


def test_an_interface_that_is_not_this_instances(rig: Rig) -> None:
    rig.place.ip("link set eth0 address 02:00:00:00:00:99")
    run = rig.run(deadline=3)
    rig.place.ip(f"link set eth0 address {MAC}")
    assert run.kind == "IDENTITY" and "02:00:00:00:00:99" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("roles", [b"../", b"a b", b"a%2f", b"a/b", b"x" * 65, b"", b"\nmirror", b"<html>"])
def test_76_a_role_that_is_none(rig: Rig, roles: bytes) -> None:
    rig.fault(service="imds", match=ROLES, body=roles, count=1)
    refused(rig, "role")
    assert not [request for request in rig.region.log.requests[:8] if request.action.startswith(ROLES) and request.action not in (ROLES, f"{ROLES}mirror")]


def test_76_of_two_roles_the_first(rig: Rig) -> None:
    rig.fault(service="imds", match=ROLES, body=b"mirror\nother", count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def document(**members: Any) -> bytes:
    whole = {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": SECRET, "Token": SECRET * 3,
             "Expiration": "2099-01-01T00:00:00Z"} | members
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


@pytest.mark.parametrize(("body", "says"), [
    pytest.param(document(Code="AssumeRoleUnauthorizedAccess"), "AssumeRoleUnauthorizedAccess", id="69-code"),
    pytest.param(document(Token=None), "no session token", id="69-no-token"),
    pytest.param(document(Token=""), "no session token", id="69-empty-token"),
    pytest.param(document(SecretAccessKey=""), "secret access key is empty", id="69-empty-secret"),
    pytest.param(document(SecretAccessKey=None), "secret access key is empty", id="69-no-secret"),
    pytest.param(document(AccessKeyId=7), "no string", id="69-number"),
    pytest.param(document()[:-1] + b', "Token": "other"}', "twice", id="69-twice"),
    pytest.param(document()[:-1] + rb', "\u0053ecretAccessKey": "other"}', "twice", id="69-twice-by-an-escape"),
    pytest.param(document()[:-1], "", id="69-cut"),
    pytest.param(b"[]", "not a JSON object", id="69-array"),
    pytest.param(b"<html>", "", id="69-html"),
    pytest.param(document() + b"{}", "", id="69-two-documents"),
    pytest.param(document(SecretAccessKey=SECRET + "\r\nX: y"), "no key has", id="71-crlf"),
    pytest.param(document(SecretAccessKey=SECRET + "\0"), "", id="71-nul"),
    pytest.param(document(SecretAccessKey=SECRET + "\u00e9"), "no key has", id="71-not-ascii"),
    pytest.param(document(Token="t" * 100_000), "longer than", id="71-100-KB"),
    pytest.param(document(Token="t" * 5000), "too long", id="71-5-KB"),
])
def test_credentials_that_are_none(rig: Rig, body: bytes, says: str) -> None:
    rig.fault(service="imds", match=f"{ROLES}mirror", body=body)
    refused(rig, says)


BOARD = "/sys/class/dmi/id/board_asset_tag"


def test_79_the_board_and_the_metadata_differ(rig: Rig) -> None:
    rig.place.write(BOARD, "i-0fedcba9876543210\n", 0o444)
    run = rig.run(deadline=3)
    assert run.kind == "IDENTITY" and "metadata mismatch" in run.text and rig.scene.b.id in run.text and "i-0fedcba9876543210" in run.text, run.err
    assert not rig.connections("ec2") and rig.addresses() == OWN
    rig.nothing_was_written()
    rig.place.call(os.remove, BOARD)
    rig.recovers()


@pytest.mark.parametrize("user", [None, "nobody"])
def test_79_the_board_and_the_metadata_agree(rig: Rig, user: str | None) -> None:
    """Everybody may read it."""
    rig.place.write(BOARD, f"{rig.scene.b.id}\n", 0o444)
    rig.with_alias()
    assert rig.run(user=user).kind == "OK"
    assert rig.region.log.count("/latest/meta-data/instance-id") == 1
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("tag", ["", "Not Specified\n", "x" * 5000, None])
def test_79_a_board_that_names_no_instance(rig: Rig, tag: str | None) -> None:
    if tag is not None:
        rig.place.write(BOARD, tag, 0o444)
    assert rig.run().kind == "OK"
    assert not rig.region.log.count("/latest/meta-data/instance-id")
    rig.is_here(ReplaceRoute=1)


def expiration(text: str | None) -> Any:
    """The true document, but for when it says that its keys end."""
    def change(true: bytes) -> bytes:
        members = json.loads(true)
        del members["Expiration"]
        return json.dumps(members if text is None else members | {"Expiration": text}).encode()
    return change


@pytest.mark.parametrize("text", ["tomorrow", "", "2026-13-45T99:99:99Z", "2001-01-01T00:00:00Z", "2026-01-01T00:00:00.123Z", None])
def test_70_when_keys_end_is_for_aws_to_say(rig: Rig, text: str | None) -> None:
    """Not as the row has it: a time that cannot be read, or is past by a clock that may be off, refuses no keys that AWS takes."""
    rig.fault(service="imds", match=f"{ROLES}mirror", body=expiration(text))
    assert rig.run().kind == "OK"
    assert rig.region.log.count(f"{ROLES}mirror") == 1
    rig.is_here(ReplaceRoute=1)


def test_70_keys_that_end_in_30_s(rig: Rig) -> None:
    rig.region.rotate_credentials(rig.scene.b, 30)
    rig.region.renew_credentials = False
    run = rig.run()
    rig.region.renew_credentials = True
    assert run.kind == "OK" and rig.region.log.count(f"{ROLES}mirror") == 1, run.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("lifetime_s", [-60.0, 0.0])
def test_70_credentials_that_have_expired(rig: Rig, lifetime_s: float) -> None:
    rig.region.rotate_credentials(rig.scene.b, lifetime_s)
    rig.region.renew_credentials = False
    run = rig.run(deadline=3)
    rig.region.renew_credentials = True
    # AWS says so: the documents's own Expiration would have to be compared with a clock that may be off.
    # So it is REFUSED, as in row 81.
    assert run.kind == "REFUSED" and "xpired" in run.text, run.err
    assert rig.region.log.count(f"{ROLES}mirror") == 2
    rig.nothing_was_written()
    rig.recovers()


def test_78_the_endpoint_is_not_the_callers_to_choose_with_file_capabilities(rig: Rig) -> None:
    rig.with_alias()
    program = "/usr/local/sbin/capable"
    rig.place.run(["cp", "/usr/local/sbin/mirrorvip", program], check=True)
    rig.place.run(["setcap", "cap_net_admin+ep", program], check=True)
    # Nobody is at the true address in here, and to be told so takes no time.
    run = rig.raw([program, "acquire", "--deadline", "1"], rig.environment(), user="nobody")
    assert run.kind == "IDENTITY" and "169.254.169.254" in run.text, run.err
    for option in ("--vip=10.9.0.1", "--endpoint-url=https://localhost", "--ca-bundle=/etc/hosts", "--guard=/bin/true", "--config=/etc/hosts",
                   "--imds-endpoint=http://127.0.0.1", "--proxy=http://127.0.0.1", "--interface=lo"):
        run = rig.raw([program, "acquire", option], user="nobody")
        assert run.kind == "USAGE" and "may only stand in" in run.text, run.err
    assert not rig.region.log.connections
    rig.place.call(os.remove, program)
