"""The policies that the region enforces: what they allow, what is none, and that EC2 and STS keep to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import boto3
import pytest
from botocore.config import Config

from region import Scene, mirror_pair
from region.conftest import refusal
from region.iam import SIZE_LIMIT, Malformed, Policy
from region.server import Server

OWNER = "210987654321"
TABLE = "arn:aws:ec2:eu-central-1:123456789012:route-table/rtb-0123456789abcdef0"
HERE = {"ec2:Region": "eu-central-1"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def where(**values: Any) -> dict[str, Any]:
    return {"StringEquals": {f"ec2:{name}": value for name, value in values.items()}}


@pytest.mark.parametrize(("statement", "action", "resource", "allowed"), [
    (allow("ec2:ReplaceRoute", TABLE), "ec2:ReplaceRoute", TABLE, True),
    (allow("ec2:ReplaceRoute", TABLE), "ec2:CreateRoute", TABLE, False),
    (allow("ec2:replaceroute", TABLE), "ec2:ReplaceRoute", TABLE, True),
    (allow(["ec2:CreateRoute", "ec2:Replace*"], TABLE), "ec2:ReplaceRoute", TABLE, True),
    (allow("ec2:ReplaceRoute", TABLE), "ec2:ReplaceRoute", TABLE.replace("f0", "f1"), False),
    (allow("ec2:ReplaceRoute", TABLE), "ec2:ReplaceRoute", TABLE + "0", False),
    (allow("ec2:ReplaceRoute", TABLE[:-1] + "?"), "ec2:ReplaceRoute", TABLE, True),
    (allow("ec2:ReplaceRoute", TABLE.split("/")[0] + "/*"), "ec2:ReplaceRoute", TABLE, True),
    (allow("ec2:ReplaceRoute", TABLE.split("/")[0] + "/*"), "ec2:ReplaceRoute", TABLE.replace("route-table", "subnet"), False),
    (allow("ec2:ReplaceRoute", "*"), "ec2:ReplaceRoute", TABLE, True),
    # What cannot be limited to a resource is allowed on all, or not at all.
    (allow("ec2:DescribeRouteTables", "*"), "ec2:DescribeRouteTables", "*", True),
    (allow("ec2:DescribeRouteTables", TABLE), "ec2:DescribeRouteTables", "*", False),
    (allow("ec2:DescribeRouteTables", TABLE.split("/")[0] + "/*"), "ec2:DescribeRouteTables", "*", False),
    (allow("ec2:*", "*", Condition=where(Region="eu-central-1")), "ec2:DescribeRouteTables", "*", True),
    (allow("ec2:*", "*", Condition=where(Region=["eu-west-1", "eu-central-1"])), "ec2:DescribeRouteTables", "*", True),
    (allow("ec2:*", "*", Condition=where(Region="eu-west-1")), "ec2:DescribeRouteTables", "*", False),
    # What a request does not tell equals nothing.
    (allow("ec2:*", "*", Condition=where(Region="eu-central-1", Vpc="vpc")), "ec2:DescribeRouteTables", "*", False),
])
def test_what_a_statement_allows(statement: dict[str, Any], action: str, resource: str, allowed: bool) -> None:
    assert Policy.read(json.dumps(policy(statement))).allows(action, resource, HERE) == allowed
    assert Policy.read(policy(allow("sts:AssumeRole"), statement)).allows(action, resource, HERE) == allowed


GOOD = policy(allow(["ec2:ReplaceRoute"], [TABLE], Sid="One", Condition=where(Region="eu-central-1")))


@pytest.mark.parametrize("spoil", [
    lambda p: p.update(Version="2008-10-17"),
    lambda p: p.pop("Version"),
    lambda p: p.update(Id="x"),
    lambda p: p.update(Statement=[]),
    lambda p: p["Statement"].append(deepcopy(p["Statement"][0])),
    lambda p: p["Statement"][0].update(Effect="Deny"),
    lambda p: p["Statement"][0].update(NotAction="ec2:X"),
    lambda p: p["Statement"][0].pop("Resource"),
    lambda p: p["Statement"][0].update(Sid="a b"),
    lambda p: p["Statement"][0].update(Action=[]),
    lambda p: p["Statement"][0].update(Action=["ec2:A", "ec2:A"]),
    lambda p: p["Statement"][0].update(Action="ReplaceRoute"),
    lambda p: p["Statement"][0].update(Action="s3:GetObject"),
    lambda p: p["Statement"][0].update(Resource="rtb-0123456789abcdef0"),
    lambda p: p["Statement"][0].update(Resource="arn:aws:ec2:eu-central-1::route-table/*"),
    lambda p: p["Statement"][0].update(Condition={}),
    lambda p: p["Statement"][0].update(Condition={"StringLike": {"ec2:Region": "eu-*"}}),
    lambda p: p["Statement"][0].update(Condition=where(Regoin="eu-central-1")),
    lambda p: p["Statement"][0].update(Resource=[f"{TABLE[:-3]}{number:03x}" for number in range(SIZE_LIMIT // len(TABLE))]),
])
def test_what_is_no_policy(spoil: Callable[[Any], object]) -> None:
    assert Policy.read(GOOD)
    document = deepcopy(GOOD)
    spoil(document)
    with pytest.raises(Malformed):
        Policy.read(document)


def route(scene: Scene, number: int = 0) -> dict[str, Any]:
    return {"RouteTableId": scene.tables[number], "DestinationCidrBlock": scene.destination, "NetworkInterfaceId": scene.b.eni}


def test_ec2_keeps_to_them(scene: Scene, connect: Callable[..., Any]) -> None:
    region, ec2 = scene.region, connect(scene.region.credentials(scene.b))
    ec2.replace_route(**route(scene))
    region.enforce("mirror", policy(allow("ec2:ReplaceRoute", region.arn(scene.tables[0]))))
    ec2.replace_route(**route(scene))
    code, status, message = refusal(ec2.replace_route, **route(scene, 1))
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert f"ec2:ReplaceRoute on resource: {region.arn(scene.tables[1])} because no identity-based policy allows" in message
    assert refusal(ec2.create_route, **route(scene))[0] == "UnauthorizedOperation"
    assert refusal(ec2.describe_route_tables)[0] == "UnauthorizedOperation"
    # A dry run says which; and who has no policy is not held to any.
    assert refusal(ec2.replace_route, DryRun=True, **route(scene))[:2] == ("DryRunOperation", 412)
    assert refusal(ec2.replace_route, DryRun=True, **route(scene, 1))[0] == "UnauthorizedOperation"
    assert connect().describe_route_tables()["RouteTables"]
    region.enforce("mirror", policy(allow("ec2:DescribeRouteTables", Condition=where(Region="eu-central-1"))),
                   policy(allow("ec2:CreateRoute", region.arn(scene.tables[2]))))
    assert ec2.describe_route_tables()["RouteTables"] and refusal(ec2.replace_route, **route(scene))[0] == "UnauthorizedOperation"
    assert refusal(ec2.create_route, **route(scene, 2))[0] == "RouteAlreadyExists"
    region.enforce("mirror", policy(allow("ec2:DescribeRouteTables", Condition=where(Region="eu-west-1"))))
    assert refusal(ec2.describe_route_tables)[0] == "UnauthorizedOperation"
    region.reset()
    ec2.replace_route(**route(scene, 1))


def test_iam_gives_a_role_a_policy(scene: Scene, server: Server, connect: Callable[..., Any]) -> None:
    """Beside those it has, or in place of the one of that name; all else that it is asked is refused."""
    region, ec2 = scene.region, connect(scene.region.credentials(scene.b))
    port, key = server.add_iam(("127.0.0.1", 0)), scene.region.static_key
    iam = boto3.client("iam", endpoint_url=f"https://127.0.0.1:{port}", verify=server.ca_file, aws_access_key_id=key.access_key,
                       aws_secret_access_key=key.secret_key, region_name=region.name, config=Config(retries={"total_max_attempts": 1}))
    region.enforce("mirror", policy(allow("ec2:DescribeRouteTables")))
    assert refusal(ec2.replace_route, **route(scene))[0] == "UnauthorizedOperation"
    arn = f"arn:aws:ec2:eu-central-1:*:route-table/{scene.tables[0]}"
    asked = {"RoleName": "mirror", "PolicyName": "one", "PolicyDocument": json.dumps(policy(allow("ec2:ReplaceRoute", arn)))}
    iam.put_role_policy(**asked)
    ec2.replace_route(**route(scene))
    assert ec2.describe_route_tables()["RouteTables"] and refusal(ec2.replace_route, **route(scene, 1))[0] == "UnauthorizedOperation"
    iam.put_role_policy(**asked | {"PolicyDocument": json.dumps(policy(allow("ec2:CreateRoute")))})
    assert refusal(ec2.replace_route, **route(scene))[0] == "UnauthorizedOperation"
    assert refusal(iam.put_role_policy, **asked | {"RoleName": "nobody"})[:2] == ("NoSuchEntity", 404)
    assert refusal(iam.put_role_policy, **asked | {"PolicyDocument": "{}"})[0] == "MalformedPolicyDocument"
    assert refusal(iam.put_role_policy, **asked | {"PolicyName": "a b"})[0] == "ValidationError"
    assert refusal(iam.get_role, RoleName="mirror")[0] == "InvalidAction"


def test_the_vpc_of_a_table_and_of_an_interface(scene: Scene, connect: Callable[..., Any]) -> None:
    region, ec2 = scene.region, connect(scene.region.credentials(scene.b))
    vpc = f"arn:aws:ec2:eu-central-1:{region.account}:vpc/{scene.vpc}"
    off = {"NetworkInterfaceId": scene.b.eni, "SourceDestCheck": {"Value": False}}
    for value, works in ((vpc, True), (vpc + "0", False)):
        region.enforce("mirror", policy(allow(["ec2:ReplaceRoute", "ec2:ModifyNetworkInterfaceAttribute"], Condition=where(Vpc=value))))
        for call, asked in ((ec2.replace_route, route(scene)), (ec2.modify_network_interface_attribute, off)):
            assert call(**asked) if works else refusal(call, **asked)[0] == "UnauthorizedOperation"


def test_an_interface_is_its_accounts() -> None:
    """The owner of a VPC that is shared sees who is in it, but may not change another account's interface."""
    scene = mirror_pair(shared_from=OWNER)
    foreign = f"arn:aws:sts::{OWNER}:assumed-role/it/me"
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        scene.region.authorize("ModifyNetworkInterfaceAttribute", scene.b.eni, foreign)
    scene.region.authorize("DescribeNetworkInterfaces", None, foreign)
    scene.region.authorize("ModifyNetworkInterfaceAttribute", scene.b.eni, f"arn:aws:sts::{scene.region.account}:assumed-role/mirror/me")


@pytest.mark.parametrize("account", [OWNER, "123456789012"])
def test_sts_keeps_to_them(scene: Scene, server: Server, account: str) -> None:
    """Another account's role must be allowed on both sides; one's own only by its trust policy."""
    role = scene.region.add_role("net/it", ["mirror"], account=account)
    key = scene.region.credentials(scene.b)
    sts = boto3.client("sts", endpoint_url=server.sts_url, verify=server.ca_file, aws_access_key_id=key.access_key,
                       aws_secret_access_key=key.secret_key, aws_session_token=key.token,
                       config=Config(region_name=scene.region.name, retries={"total_max_attempts": 1}))
    asked = {"RoleArn": role.arn, "RoleSessionName": "me"}
    assert sts.assume_role(**asked)
    scene.region.enforce("mirror", policy(allow("sts:AssumeRole", role.arn)))
    assert sts.assume_role(**asked)
    scene.region.enforce("mirror", policy(allow("sts:AssumeRole", role.arn + "s")))
    if account == OWNER:
        assert refusal(sts.assume_role, **asked)[:2] == ("AccessDenied", 403)
    else:
        assert sts.assume_role(**asked)


def test_a_roles_session_is_held_to_the_roles_policies(scene: Scene) -> None:
    """Whatever path the role has: its session does not tell."""
    role = scene.region.add_role("net/deep/it", ["mirror"])
    scene.region.enforce(role.arn, policy(allow("ec2:CreateRoute")))
    scene.region.authorize("CreateRoute", scene.tables[0], role.session("me"))
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        scene.region.authorize("ReplaceRoute", scene.tables[0], role.session("me"))
