"""A VPC that another account shares: only a role of that account may write its tables, and STS gives the role's keys."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .rig import API, API_NAME, CA_FILE, STS, STS_NAME, Rig, Run, opened
from .trace import at_its_end, memory

OWNER = "210987654321"
ROLE = f"arn:aws:iam::{OWNER}:role/net/mirror-routes"
EXTERNAL = "a:b/c@d"
PROFILE = "/latest/meta-data/iam/security-credentials/mirror"


@pytest.fixture(scope="module")
def shared_vpc() -> Iterator[Rig]:
    with opened(tables=2, shared_from=OWNER) as rig:
        yield rig


@pytest.fixture
def shared(shared_vpc: Rig) -> Iterator[Rig]:
    shared_vpc.reset()
    shared_vpc.region.roles.clear()
    shared_vpc.region.add_role("net/mirror-routes", ["mirror"], account=OWNER, external_id=EXTERNAL)
    yield shared_vpc


def options(rig: Rig, external: str = EXTERNAL, at: str | None = None) -> list[str]:
    return ["--assume-role", ROLE, "--external-id", external, "--sts-endpoint-url", at or f"https://localhost:{rig.sts_port}"]


def run(rig: Rig, *more: str, verb: str = "acquire", external: str = EXTERNAL, **how: Any) -> Run:
    return rig.run(verb, *options(rig, external), *more, **how)


def recovers(rig: Rig) -> None:
    """I8: the fault gone, the same run succeeds."""
    rig.region.faults.clear()
    ended = run(rig)
    assert ended.kind == "OK", ended.err
    assert rig.owners() == ["B"] * 2 and rig.alias


def refused(rig: Rig, *says: str, kind: str = "IDENTITY", external: str = EXTERNAL, deadline: int = 3) -> Run:
    """A run that gets no role's keys says which role's, and asks nothing of EC2."""
    ended = run(rig, external=external, deadline=deadline)
    assert ended.kind == kind and ROLE in ended.text and all(each in ended.text for each in says), ended.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    return ended


# What goes well.

def test_151_a_role_of_the_owners_account_writes(shared: Rig) -> None:
    ended = run(shared, "-v")
    assert ended.kind == "OK", ended.err
    shared.is_here(ReplaceRoute=2)
    log = shared.region.log
    (asked,) = log.actions("AssumeRole")
    assert asked.service == "sts" and asked.access_key == shared.region.credentials(shared.scene.b).access_key
    assert asked.params == {"Version": "2011-06-15", "DurationSeconds": "900", "RoleArn": ROLE, "ExternalId": EXTERNAL,
                            "RoleSessionName": f"mirrorvip-{shared.scene.b.eni}"}
    keys = {request.access_key for request in log.requests if request.service == "ec2"}
    assert len(keys) == 1 and shared.region.keys[keys.pop() or ""].arn == f"arn:aws:sts::{OWNER}:assumed-role/mirror-routes/mirrorvip-{shared.scene.b.eni}"
    # One connection to STS, and the timeline tells the way to EC2, not that to STS.
    assert shared.connections("sts") == 1
    assert re.search(rf" role +ASIA[A-Z2-7]+ of {ROLE}", ended.err) and f"localhost, port {shared.api_port}" in ended.err


def test_without_the_role_the_tables_are_read_but_not_written(shared: Rig) -> None:
    ended = shared.run(deadline=3)
    assert ended.kind == "REFUSED" and "UnauthorizedOperation" in ended.text, ended.err
    shared.region.log.clear()
    assert run(shared, verb="status").kind == "DIFFERS"
    assert not shared.writes() and shared.region.log.count("AssumeRole") == 1
    recovers(shared)


def test_check_names_the_account_that_must_give_a_role(shared: Rig) -> None:
    """No policy of the host's own account could help."""
    ended = shared.run("check", "--sts-endpoint-url", f"https://localhost:{shared.sts_port}")
    assert ended.kind == "REFUSED", ended.err
    refused = [line for line in ended.out.splitlines() if line.startswith("failure  permission ")]
    cure = f"; name a role of its account, {OWNER}, with --assume-role, as the keys are of {shared.region.account}"
    assert len(refused) == 2 and all(line.endswith(cure) for line in refused), ended.out
    ended = run(shared, verb="check")
    assert ended.kind == "OK" and f"arn:aws:sts::{OWNER}:assumed-role/mirror-routes/mirrorvip-{shared.scene.b.eni}, in account {OWNER}\n" in ended.out, ended.out
    assert shared.region.log.count("GetCallerIdentity") == 2


def test_fix_is_the_hosts_own(shared: Rig) -> None:
    """Its interface is of its own account: the role that writes the tables knows nothing of it."""
    host, eni = shared.region.credentials(shared.scene.b), shared.scene.b.eni
    shared.region.set_source_dest_check(eni, True)
    ended = run(shared, "--fix", verb="check")
    assert ended.kind == "OK" and not shared.region.enis[eni].source_dest_check, ended.out
    assert {request.access_key for request in shared.region.log.actions("DescribeNetworkInterfaces", "ModifyNetworkInterfaceAttribute")} == {host.access_key}
    assert host.access_key not in {request.access_key for request in shared.region.log.actions("DescribeRouteTables", "ReplaceRoute", "CreateRoute")}


def test_a_role_that_asks_for_no_external_id(shared: Rig) -> None:
    shared.region.add_role("net/mirror-routes", ["mirror"], account=OWNER)
    assert shared.run("acquire", "--assume-role", ROLE, env={"AWS_ENDPOINT_URL_STS": f"https://localhost:{shared.sts_port}"}).kind == "OK"
    assert "ExternalId" not in shared.region.log.actions("AssumeRole")[0].params
    shared.is_here(ReplaceRoute=2)


def test_from_the_configuration_and_with_the_environments_keys(shared: Rig) -> None:
    static = shared.region.static_key
    shared.region.add_role("net/mirror-routes", [static.arn], account=OWNER, external_id=EXTERNAL)
    shared.place.write("/etc/mirrorvip.conf",
                       f"assume-role = {ROLE}\nexternal-id = {EXTERNAL}\nsts-endpoint-url = https://localhost:{shared.sts_port}\n")
    ended = shared.run(env={"AWS_ACCESS_KEY_ID": static.access_key, "AWS_SECRET_ACCESS_KEY": static.secret_key})
    assert ended.kind == "OK", ended.err
    shared.is_here(ReplaceRoute=2)
    assert [request.access_key for request in shared.region.log.actions("AssumeRole")] == [static.access_key]
    assert not shared.region.log.count(PROFILE)


def test_both_names_are_found_before_the_process_is_sealed(shared: Rig) -> None:
    """Afterwards no file can be opened: not even this one."""
    shared.place.write("/etc/hosts", f"127.0.0.1 localhost\n{API} {API_NAME}\n{STS} {STS_NAME}\n")
    ended = shared.run("acquire", "--assume-role", ROLE, "--external-id", EXTERNAL, "--ca-bundle", CA_FILE, "-v", endpoint=False)
    assert ended.kind == "OK", ended.err
    shared.is_here(ReplaceRoute=2)
    assert {request.host for request in shared.region.log.requests if request.service != "imds"} == {API_NAME, STS_NAME}
    assert ended.err.count(" name ") == 2


def test_151_stss_own_name_is_not_found(shared: Rig) -> None:
    ended = shared.run("acquire", *options(shared, at="https://nowhere.invalid"), deadline=2)
    assert ended.kind == "NETWORK" and "nowhere.invalid" in ended.text, ended.err
    # No keys are fetched for what cannot be asked.
    assert not shared.region.log.count(PROFILE)
    shared.nothing_was_written()
    recovers(shared)


# What STS says no to.

def test_151_denied(shared: Rig) -> None:
    shared.region.deny("sts:AssumeRole")
    refused(shared, "AccessDenied", "sts:AssumeRole", "--external-id")
    assert shared.region.log.count("AssumeRole") == 1
    shared.region.allow("sts:AssumeRole")
    recovers(shared)


def test_151_not_trusted(shared: Rig) -> None:
    shared.region.add_role("net/mirror-routes", ["other"], account=OWNER, external_id=EXTERNAL)
    refused(shared, "AccessDenied")


def test_151_wrong_external_id(shared: Rig) -> None:
    refused(shared, "AccessDenied", external="wrong")
    recovers(shared)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredTokenException"])
def test_151_the_own_keys_are_fetched_once_more_and_then_no_more(shared: Rig, code: str) -> None:
    shared.fault(service="sts", match="AssumeRole", code=code, status=403, count=1)
    assert run(shared).kind == "OK"
    assert shared.region.log.count(PROFILE) == 2 and shared.region.log.count("AssumeRole") == 2
    shared.reset()
    fault = shared.fault(service="sts", match="AssumeRole", code=code, status=403)
    refused(shared, code)
    assert fault.hits == 2 and shared.region.log.count(PROFILE) == 2
    recovers(shared)


@pytest.mark.parametrize(("code", "status"),
                         [("Throttling", 400), ("ThrottlingException", 400), ("InternalFailure", 500), ("ServiceUnavailable", 503)])
def test_151_what_passes_is_asked_again(shared: Rig, code: str, status: int) -> None:
    shared.fault(service="sts", match="AssumeRole", code=code, status=status, count=2)
    assert run(shared).kind == "OK"
    assert shared.region.log.count("AssumeRole") == 3
    shared.is_here(ReplaceRoute=2)


def test_151_throttled_for_ever(shared: Rig) -> None:
    shared.fault(service="sts", match="AssumeRole", code="Throttling", status=400)
    refused(shared, "Throttling", kind="THROTTLED", deadline=1)
    recovers(shared)


@pytest.mark.parametrize("offset_s", [1000, -1000, 600])
def test_38_stss_clock_counts_for_ec2_as_well(shared: Rig, offset_s: int) -> None:
    shared.region.clock_offset_s = offset_s
    ended = run(shared)
    assert ended.kind == "OK" and "clock is" in ended.text, ended.err
    # STS bears more than EC2 does: of 600 s the latter is the first to speak.
    assert shared.region.log.count("AssumeRole") == (1 if offset_s == 600 else 2)
    assert shared.region.log.count("DescribeRouteTables") == (3 if offset_s == 600 else 2)
    shared.is_here(ReplaceRoute=2)


# What STS answers.

def wrapped(true: bytes) -> bytes:
    """Keys and token laid out as in AWS's own examples, over several lines."""
    def fold(match: re.Match[bytes]) -> bytes:
        name, text = match[1], match[2]
        return b"<%s>\n   %s\n   </%s>" % (name, b"\r\n\t ".join(text[at:at + 76] for at in range(0, len(text), 76)), name)
    return re.sub(rb"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]*)</\1>", fold, true)


@pytest.mark.parametrize("expiration",
                         [b"2099-01-01T00:00:00.123456Z", b"2099-01-01T00:00:00Z", b"2001-01-01T00:00:00.5Z", b"tomorrow", b""])
def test_151_white_space_and_any_expiration(shared: Rig, expiration: bytes) -> None:
    def body(true: bytes) -> bytes:
        return wrapped(re.sub(rb"(<Expiration>)[^<]*", rb"\g<1>" + expiration, true))
    shared.fault(service="sts", match="AssumeRole", body=body)
    ended = run(shared)
    assert ended.kind == "OK", ended.err
    shared.is_here(ReplaceRoute=2)


def without(name: bytes, put: bytes = b"") -> Any:
    return lambda true: re.sub(rb"<%s>[^<]*</%s>" % (name, name), put, true)


SECRET = b"s3cr3tS3CR3Ts3cr3tS3CR3T"
BODIES = {
    "empty": b"",
    "html": b"<html>Please log in</html>",
    "json": b'{"AssumeRoleResponse": 1}',
    "another-action": lambda true: true.replace(b"AssumeRole", b"GetSessionToken"),
    "cut": lambda true: true[:-40],
    "no-key": without(b"AccessKeyId"),
    "no-secret": without(b"SecretAccessKey"),
    "no-token": without(b"SessionToken"),
    "empty-token": without(b"SessionToken", b"<SessionToken> \n</SessionToken>"),
    "twice": without(b"SessionToken", b"<SessionToken>%s</SessionToken><SessionToken>other</SessionToken>" % SECRET),
    "elsewhere": lambda true: true.replace(b"Credentials>", b"Others>"),
    "crlf-by-reference": without(b"SessionToken", b"<SessionToken>%s&#1;X: y</SessionToken>" % SECRET),
    "not-ascii": without(b"SecretAccessKey", b"<SecretAccessKey>%s\xc3\xa9</SecretAccessKey>" % SECRET),
    "long-secret": without(b"SecretAccessKey", b"<SecretAccessKey>%s</SecretAccessKey>" % (SECRET * 6)),
    "4096": without(b"SessionToken", b"<SessionToken>%s</SessionToken>" % (b"t" * 4096)),
    "100-KB": without(b"SessionToken", b"<SessionToken>%s</SessionToken>" % (b"t" * 100_000)),
    "id-of-a-scope": without(b"AccessKeyId", b"<AccessKeyId>ASIA/eu</AccessKeyId>"),
    "doctype": lambda true: b"<!DOCTYPE x>" + true,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_151_an_answer_that_is_none(shared: Rig, body: Any) -> None:
    shared.fault(service="sts", match="AssumeRole", body=body)
    ended = refused(shared)
    assert SECRET.decode() not in ended.err
    assert shared.region.log.count("AssumeRole") == 1


def test_151_a_redirect_is_not_followed(shared: Rig) -> None:
    shared.fault(service="sts", match="AssumeRole",
                 raw=b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n")
    refused(shared, "redirect")
    assert shared.region.log.count("AssumeRole") == 1
    recovers(shared)


# What becomes of the time.

def test_151_20_s_slow(shared: Rig) -> None:
    shared.fault(service="sts", match="AssumeRole", hold_s=20)
    ended = run(shared, deadline=2)
    # Whether the last attempt ends at the deadline, or none fits in before it, is a matter of chance.
    assert ended.kind in ("DEADLINE", "NETWORK") and f"role {ROLE}: no answer" in ended.text and ended.seconds < 2.5, ended.err
    assert not shared.asked("ec2")
    shared.nothing_was_written()
    recovers(shared)


def test_151_slow_once(shared: Rig) -> None:
    """Half of the time is for another attempt, over a new connection."""
    shared.fault(service="sts", match="AssumeRole", hold_s=20, count=1)
    ended = run(shared, deadline=2)
    assert ended.kind == "OK" and shared.region.log.count("AssumeRole") == 2, ended.err
    shared.is_here(ReplaceRoute=2)


@pytest.mark.parametrize("end", ["close", "reset"])
def test_151_the_connection_ends(shared: Rig, end: str) -> None:
    shared.fault(service="sts", match="AssumeRole", cut=100, end=end, count=1)
    assert run(shared).kind == "OK"
    shared.reset()
    shared.fault(service="sts", match="connect", cut=0, end=end)
    refused(shared, kind="NETWORK", deadline=1)
    recovers(shared)


def test_151_126_a_signal_while_the_role_is_asked_for(shared: Rig) -> None:
    gate = shared.gate("AssumeRole")
    began, child = time.monotonic(), shared.start("acquire", *options(shared))
    gate.wait()
    child.terminate()
    ended = shared.end(child, began)
    assert ended.kind == "INTERRUPTED" and ended.seconds < 5, ended.err
    shared.nothing_was_written()
    gate.open()
    recovers(shared)


# Keys that end.

@pytest.mark.parametrize("action", ["DescribeRouteTables", "ReplaceRoute"])
def test_81_keys_and_role_are_fetched_once_more(shared: Rig, action: str) -> None:
    shared.fault(match=action, code="ExpiredToken", status=400, count=1)
    assert run(shared).kind == "OK"
    assert shared.owners() == ["B"] * 2
    assert shared.region.log.count(PROFILE) == 2 and shared.region.log.count("AssumeRole") == 2


def test_81_a_role_whose_keys_were_revoked(shared: Rig) -> None:
    gate = shared.gate("AssumeRole")
    began, child = time.monotonic(), shared.start("acquire", *options(shared))
    gate.wait()
    for key in [key for key in shared.region.keys.values() if ":assumed-role/mirror-routes/" in key.arn]:
        shared.region.revoke(key)
    gate.open()
    assert shared.end(child, began).kind == "OK"
    shared.is_here(ReplaceRoute=2)
    assert shared.region.log.count("AssumeRole") == 2


def test_81_a_role_that_is_not_given_again(shared: Rig) -> None:
    shared.fault(match="DescribeRouteTables", code="ExpiredToken", status=400)
    shared.fault(service="sts", match="AssumeRole", nth=2, code="AccessDenied", status=403)
    ended = run(shared, deadline=3)
    # The first cause: why the keys were to be fetched again.
    assert ended.kind == "REFUSED" and "ExpiredToken" in ended.text, ended.err
    shared.nothing_was_written()
    recovers(shared)


# Secrets.

def held(rig: Rig, data: bytes) -> int:
    """How many of the secrets that there are in the region, the roles' among them, are in these bytes."""
    return sum(secret[:24].encode() in data for secret in rig.secrets())


def test_while_it_works_the_roles_keys_are_in_its_memory(shared: Rig) -> None:
    """So that the next test would see them."""
    gate = shared.gate("DescribeRouteTables")
    began, child = time.monotonic(), shared.start("acquire", *options(shared))
    gate.wait()
    data = memory(child.pid)
    made = [key for key in shared.region.keys.values() if ":assumed-role/mirror-routes/" in key.arn][-1]
    assert made.secret_key[:24].encode() in data and (made.token or "")[:24].encode() in data and held(shared, data) >= 5
    gate.open()
    assert shared.end(child, began).kind == "OK"


@pytest.mark.parametrize("how", ["ok", "denied", "cut", "garbled", "lost", "interrupted"])
def test_no_secret_is_in_memory_at_the_end(shared: Rig, how: str) -> None:
    gate = shared.gate("AssumeRole") if how == "interrupted" else None
    if how == "denied":
        shared.region.deny("sts:AssumeRole")
    if how == "cut":
        shared.fault(service="sts", match="AssumeRole", body=lambda true: true[:true.index(b"</SessionToken>")])
    if how == "garbled":
        shared.fault(service="sts", match="AssumeRole", body=lambda true: true.replace(b"</Credentials>", b"</Else>"))
    if how == "lost":
        shared.fault(service="sts", match="AssumeRole", raw=lambda true: true, cut=900, end="reset")

    def meanwhile(pid: int) -> None:
        if gate:
            gate.wait()
            os.kill(pid, signal.SIGTERM)
    shared.record_tokens()
    found: list[int] = []
    argv = shared.argv("acquire", *options(shared), "--deadline", "1", "-v")
    code = at_its_end(shared, argv, shared.environment(), lambda pid: found.append(held(shared, memory(pid))), meanwhile)
    assert shared.tokens and found == [0]
    assert code == {"ok": 0, "denied": 5, "cut": 5, "garbled": 5, "lost": 6, "interrupted": 14}[how]


# What is not asked for.

@pytest.mark.parametrize(("more", "says"), [
    (["--assume-role", "mirror"], "is no role"), (["--assume-role", f"{ROLE}; rm"], "is no role"),
    (["--assume-role", ROLE, "--external-id", "a"], "external id"),
    (["--external-id", "abc"], "--assume-role"), (["--assume-role", ROLE, "--sts-endpoint-url", "http://localhost"], "https://")])
def test_125_what_cannot_be_asked_for(shared: Rig, more: list[str], says: str) -> None:
    ended = shared.run("acquire", *more)
    assert ended.kind == "USAGE" and says in ended.text, ended.err
    shared.nothing_was_attempted()
