"""`policy` prints enough and no more: with the region holding the host to it every verb does its work, and with any
statement, action or resource taken away one does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from faults.rig import Rig, Run, opened
from region.iam import SIZE_LIMIT, Policy

from . import hcl

OWNER = "210987654321"
ROLE = f"arn:aws:iam::{OWNER}:role/net/mirror-routes"
DEADLINE_S = 5

Document = dict[str, Any]


@pytest.fixture(scope="module")
def own_vpc() -> Iterator[Rig]:
    with opened(tables=3) as rig:
        yield rig


@pytest.fixture
def own(own_vpc: Rig) -> Rig:
    start(own_vpc)
    return own_vpc


@pytest.fixture(scope="module")
def shared_vpc() -> Iterator[Rig]:
    with opened(tables=2, shared_from=OWNER) as rig:
        rig.region.add_role("net/mirror-routes", ["mirror"], account=OWNER)
        yield rig


@pytest.fixture
def shared(shared_vpc: Rig) -> Rig:
    start(shared_vpc)
    return shared_vpc


def start(rig: Rig) -> None:
    rig.reset()
    rig.may_delete = True  # The last table has no route at first, and none has one at the end.
    rig.region.set_route(rig.scene.tables[-1], rig.scene.destination, None)
    rig.region.log.clear()


def options(rig: Rig) -> list[str]:
    """What every verb is told in a VPC that another account shares."""
    return ["--assume-role", ROLE, "--sts-endpoint-url", f"https://localhost:{rig.sts_port}"] if rig.region.roles else []


def run(rig: Rig, verb: str, *more: str, **how: Any) -> Run:
    return rig.run(verb, *options(rig), *more, deadline=DEADLINE_S, **how)


def printed(rig: Rig, *more: str, **how: Any) -> tuple[Any, Run]:
    """What `policy` prints and how it ends; it writes nothing."""
    ended = run(rig, "policy", *more, **how)
    assert ended.kind == "OK" and not rig.writes() and not rig.alias, ended.err
    return json.loads(ended.out), ended


def enforce(rig: Rig, document: Any) -> None:
    """Hold the host's role, and the other account's where there is one, to what was printed for it."""
    if rig.region.roles:
        assert list(document) == ["Host", "Role"]
        hold(rig, "mirror", document["Host"])
        hold(rig, ROLE, document["Role"])
    else:
        hold(rig, "mirror", document)


def hold(rig: Rig, role: str, document: Document) -> None:
    """A policy from which all has been taken is none."""
    rig.region.enforce(role, *([document] if document["Statement"] else []))


# The verbs. Each says whether it could do all of its work.

def dry_run(rig: Rig) -> bool:
    return run(rig, "acquire", "--dry-run").kind == "DIFFERS"


def acquire(rig: Rig) -> bool:
    ended = run(rig, "acquire")
    assert (ended.kind == "OK") == (set(rig.owners()) == {"B"})
    return ended.kind == "OK"


def status(rig: Rig) -> bool:
    return run(rig, "status").kind == "OK"


def follow(rig: Rig) -> bool:
    return run(rig, "follow").kind == "OK"


def check(rig: Rig) -> bool:
    """Without a warning: to know nothing of something is none of what it is for."""
    ended = run(rig, "check")
    return ended.kind == "OK" and "0 warnings" in ended.text


def fix(rig: Rig) -> bool:
    """In a VPC that another account shares the interface is this account's: the role may not touch it, but the host may."""
    rig.region.set_source_dest_check(rig.scene.b.eni, True)
    ended = run(rig, "check", "--fix")
    return ended.kind == "OK" and not rig.region.enis[rig.scene.b.eni].source_dest_check


def release(rig: Rig) -> bool:
    ended = run(rig, "release", "--route")
    return ended.kind == "OK" and set(rig.owners()) == {"None"}


VERBS: list[Callable[[Rig], bool]] = [dry_run, acquire, status, follow, check, fix, release]


def first_failure(rig: Rig, document: Any) -> str | None:
    """The first verb that could not do its work under these policies, from a fresh start."""
    start(rig)
    enforce(rig, document)
    return next((verb.__name__ for verb in VERBS if not verb(rig)), None)


def statements(document: Any) -> Iterator[list[Any]]:
    """The list of statements of each policy in the document."""
    for policy in [document] if "Statement" in document else document.values():
        yield policy["Statement"]


def less(document: Any) -> Iterator[tuple[str, Any]]:
    """The document with one statement, one action, or one resource taken away, each in turn."""
    for which, listed in enumerate(statements(document)):
        for number, statement in enumerate(listed):
            made = deepcopy(document)
            del list(statements(made))[which][number]
            yield statement["Sid"], made
            for part in ("Action", "Resource"):
                for at, text in enumerate(statement[part] if len(statement[part]) > 1 else []):
                    made = deepcopy(document)
                    del list(statements(made))[which][number][part][at]
                    yield text, made


def is_policy(document: Any) -> bool:
    """Whether AWS would take each of them."""
    return all(Policy.read(policy) for policy in ([document] if "Statement" in document else document.values()))


@pytest.mark.parametrize("vpc", ["own", "shared"])
def test_enough_and_no_more(vpc: str, request: pytest.FixtureRequest) -> None:
    rig: Rig = request.getfixturevalue(vpc)
    document, _ = printed(rig, "--route")
    assert is_policy(document) and first_failure(rig, document) is None
    failures = {name: first_failure(rig, made) for name, made in less(document)}
    assert len(failures) >= 8 and None not in failures.values(), failures


def test_nothing_but_tables_that_are_written(own: Rig) -> None:
    """A gateway's table, and one of another VPC, are none of them; nor is a deletion that nobody asked for."""
    region = own.region
    edge, other = (region.add_route_table(own.scene.vpc, gateway="igw-0123456789abcdef0"),
                   region.add_route_table(region.add_vpc("10.8.0.0/16"), main=True))
    document, ended = printed(own)
    assert "3 route tables" in ended.text
    policy = Policy.read(document)
    context = region.context(own.scene.tables[0])
    for table in (*own.scene.tables, edge, other):
        allowed = [action for action in ("CreateRoute", "ReplaceRoute", "DeleteRoute")
                   if policy.allows(f"ec2:{action}", region.arn(table), context)]
        assert allowed == (["CreateRoute", "ReplaceRoute"] if table in own.scene.tables else [])
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert sids == ["ReadRouteTables", "MoveRoutes", "Check", "CheckAndFix"]
    # Another region is none of its business, though its tables were called the same.
    assert not policy.allows("ec2:DescribeRouteTables", "*", {"ec2:Region": "eu-west-1"})


def test_only_this_interface(own: Rig) -> None:
    document, _ = printed(own)
    policy, region = Policy.read(document), own.region
    for eni, allowed in ((own.scene.b.eni, True), (own.scene.a.eni, False)):
        assert policy.allows("ec2:ModifyNetworkInterfaceAttribute", region.arn(eni), region.context(eni)) == allowed


# Before anything is allowed.

def test_from_nothing(own: Rig) -> None:
    """The first policy lets it see the tables; the second names them."""
    own.region.enforce("mirror")
    first, ended = printed(own, "--route")
    assert f"every route table of {own.scene.vpc}, in account {own.region.account}, unseen: list route tables: DescribeRouteTables: HTTP 403 UnauthorizedOperation" in ended.text
    assert is_policy(first) and first_failure(own, first) is None
    # Not even the whole VPC is the whole account.
    other = own.region.add_route_table(own.region.add_vpc("10.8.0.0/16"), main=True)
    policy = Policy.read(first)
    for table, allowed in ((own.scene.tables[0], True), (other, False)):
        assert policy.allows("ec2:ReplaceRoute", own.region.arn(table), own.region.context(table)) == allowed
    own.region.delete_table(other)
    start(own)
    own.region.enforce("mirror", first)
    second, ended = printed(own, "--route")
    assert "in 3 route tables of" in ended.text and second != first and first_failure(own, second) is None


def test_from_nothing_by_name(own: Rig) -> None:
    own.region.enforce("mirror")
    named = [argument for table in own.scene.tables for argument in ("--route-table", table)]
    document, ended = printed(own, "--route", *named)
    assert f"3 route tables as named, in account {own.region.account}, unseen" in ended.text
    own.region.enforce("mirror", document)
    assert printed(own, "--route")[0] == document
    assert first_failure(own, document) is None


def test_from_nothing_in_a_shared_vpc(shared: Rig) -> None:
    """The host may not even assume the role: whose tables they are says the role's own ARN."""
    shared.region.enforce("mirror")
    document, ended = printed(shared, "--route")
    assert f"in account {OWNER}, unseen" in ended.text and f": role {ROLE}: " in ended.text and "AccessDenied" in ended.text
    assert is_policy(document) and first_failure(shared, document) is None


def test_another_accounts_tables_without_a_role_of_it(shared: Rig) -> None:
    """They can be seen, but not written: what is printed is true of their account only, and the line says so."""
    ended = shared.run("policy", deadline=DEADLINE_S)
    assert ended.kind == "OK" and f"of use only to an identity of their account, {OWNER}, " in ended.text, ended.err
    assert f"{OWNER}:route-table/{shared.scene.tables[0]}" in ended.out
    assert "of use only" not in printed(shared)[1].text


def test_no_role_on_the_instance(own: Rig) -> None:
    own.fault(service="imds", match="/latest/meta-data/iam/security-credentials/", status=404, body=b"")
    document, ended = printed(own, "--route")
    assert "unseen: no IAM role is attached to this instance" in ended.text
    assert first_failure(own, document) is None


def test_no_metadata(own: Rig) -> None:
    ended = own.run("policy", "--imds-endpoint", "http://127.0.0.1:9", deadline=2)
    assert ended.kind == "IDENTITY" and not ended.out, ended.err


# Terraform.

@pytest.mark.parametrize(("vpc", "names"), [("own", {"mirrorvip": None}), ("shared", {"mirrorvip_host": "Host", "mirrorvip_role": "Role"})])
def test_hcl_says_what_json_says(vpc: str, names: dict[str, str | None], request: pytest.FixtureRequest) -> None:
    rig: Rig = request.getfixturevalue(vpc)
    for more in ((), ("--route",)):
        document, _ = printed(rig, *more)
        ended = run(rig, "policy", "--terraform", *more)
        assert ended.kind == "OK" and hcl.formatted(ended.out) == ended.out, ended.out
        assert hcl.policies(ended.out) == {name: document[part] if part else document for name, part in names.items()}


def test_hcl_before_anything_is_allowed(own: Rig) -> None:
    own.region.enforce("mirror")
    document, _ = printed(own)
    ended = run(own, "policy", "--terraform")
    assert hcl.formatted(ended.out) == ended.out and hcl.policies(ended.out) == {"mirrorvip": document}


# Everywhere, and for many.

@pytest.mark.parametrize(("name", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eusc-de-east-1", "aws-eusc")])
def test_partitions(name: str, partition: str) -> None:
    with opened(tables=2, name=name) as rig:
        start(rig)
        document, _ = printed(rig, "--route")
        assert f"arn:{partition}:ec2:{name}:{rig.region.account}:route-table/{rig.scene.tables[0]}" in str(document)
        assert "arn:aws:" not in str(document)
        assert first_failure(rig, document) is None


@pytest.mark.parametrize("tables", [60, 61])
def test_as_many_as_a_policy_can_name(tables: int) -> None:
    """In the region with the longest ARNs; where they are too many the VPC stands for them."""
    with opened(tables=tables, name="us-gov-west-1") as rig:
        start(rig)
        document, ended = printed(rig, "--route")
        assert is_policy(document) and ("as 61 are more than one policy can name" in ended.text) == (tables > 60)
        assert (len(json.dumps(document).replace(" ", "")) > SIZE_LIMIT * 3 // 4) == (tables <= 60)
        enforce(rig, document)
        assert acquire(rig)
