"""STS as boto3 sees it, and that the keys it gives work for EC2."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from region import Region, Scene, mirror_pair
from region.conftest import refusal
from region.server import Server
from region.sigv4 import Key
from region.sts import Role

OWNER = "210987654321"


@pytest.fixture
def scene() -> Scene:
    return mirror_pair(tables=2, shared_from=OWNER)


@pytest.fixture
def role(scene: Scene) -> Role:
    return scene.region.add_role("net/mirror-routes", ["mirror"], account=OWNER, external_id="a:b/c@d")


@pytest.fixture
def sts(scene: Scene, server: Server) -> Callable[..., Any]:
    """Makes a boto3 client of STS that tries once, by default with the keys of host B."""
    def make(key: Key | None = None) -> Any:
        key = key or scene.region.credentials(scene.b)
        return boto3.client("sts", endpoint_url=server.sts_url, verify=server.ca_file, aws_access_key_id=key.access_key,
                            aws_secret_access_key=key.secret_key, aws_session_token=key.token,
                            config=Config(region_name=scene.region.name, retries={"total_max_attempts": 1}, read_timeout=5))
    return make


def asked(role: Role, **more: Any) -> dict[str, Any]:
    return {"RoleArn": role.arn, "RoleSessionName": "mirrorvip-eni-1", "ExternalId": role.external_id, "DurationSeconds": 900} | more


def key_of(told: dict[str, Any]) -> Key:
    each = told["Credentials"]
    return Key(each["AccessKeyId"], each["SecretAccessKey"], told["AssumedRoleUser"]["Arn"], each["SessionToken"],
               each["Expiration"].timestamp())


def test_a_roles_keys_write_what_ones_own_may_not(scene: Scene, role: Role, sts: Callable[..., Any], connect: Callable[..., Any]) -> None:
    route = {"RouteTableId": scene.tables[0], "DestinationCidrBlock": scene.destination, "NetworkInterfaceId": scene.b.eni}
    own = connect(scene.region.credentials(scene.b))
    assert len(own.describe_route_tables()["RouteTables"]) == 2
    code, status, message = refusal(own.replace_route, **route)
    assert (code, status) == ("UnauthorizedOperation", 403) and f":{OWNER}:route-table/" in message
    key = key_of(sts().assume_role(**asked(role)))
    assert key.arn == f"arn:aws:sts::{OWNER}:assumed-role/mirror-routes/mirrorvip-eni-1"
    assert 890 < (key.expires or 0) - time.time() < 901
    connect(key).replace_route(**route)
    assert scene.owners() == [scene.b.eni, scene.a.eni]
    assert [(entry.service, entry.access_key) for entry in scene.region.log.actions("AssumeRole", "ReplaceRoute")][1:] == [
        ("sts", scene.region.credentials(scene.b).access_key), ("ec2", key.access_key)]


def test_who_may_not(scene: Scene, role: Role, sts: Callable[..., Any]) -> None:
    def denied(client: Any, **more: Any) -> None:
        code, status, message = refusal(client.assume_role, **asked(role, **more))
        assert (code, status) == ("AccessDenied", 403) and "is not authorized to perform: sts:AssumeRole on resource: arn:" in message
    denied(sts(scene.region.static_key))
    denied(sts(), ExternalId="other")
    denied(sts(), RoleArn=role.arn + "x")
    scene.region.deny("sts:AssumeRole")
    denied(sts())
    scene.region.allow("sts:AssumeRole")
    assert sts().assume_role(**asked(role))["Credentials"]


def test_an_account_may_be_trusted_as_a_whole(scene: Scene, sts: Callable[..., Any]) -> None:
    role = scene.region.add_role("open", [f"arn:aws:iam::{scene.region.account}:root"])
    for key in (scene.region.static_key, scene.region.credentials(scene.a)):
        assert sts(key).assume_role(RoleArn=role.arn, RoleSessionName="me")["Credentials"]


SUBJECT = "system:serviceaccount:iris:mirror"


@pytest.fixture
def nobody(server: Server, scene: Scene) -> Any:
    """A client of STS without keys."""
    return boto3.client("sts", endpoint_url=server.sts_url, verify=server.ca_file,
                        config=Config(region_name=scene.region.name, retries={"total_max_attempts": 1}, read_timeout=5,
                                      signature_version=UNSIGNED))


def test_a_web_identity_gets_keys(scene: Scene, nobody: Any, connect: Callable[..., Any]) -> None:
    role, token = scene.region.add_role("web", [SUBJECT]), scene.region.add_web_identity(SUBJECT)
    told = nobody.assume_role_with_web_identity(RoleArn=role.arn, RoleSessionName="me", WebIdentityToken=token)
    assert told["AssumedRoleUser"]["Arn"] == role.session("me")
    assert len(connect(key_of(told)).describe_route_tables()["RouteTables"]) == 2
    # The token is a secret, and there is no key.
    [asked] = scene.region.log.actions("AssumeRoleWithWebIdentity")
    assert asked.access_key is None and token not in repr(asked)


def test_who_is_not_known(scene: Scene, nobody: Any) -> None:
    role, token = scene.region.add_role("web", [SUBJECT]), scene.region.add_web_identity(SUBJECT)
    old = scene.region.add_web_identity(SUBJECT, time.time() - 1)
    other = scene.region.add_web_identity("system:serviceaccount:other:mirror")

    def denied(**more: Any) -> tuple[str, int]:
        return refusal(nobody.assume_role_with_web_identity,
                       **{"RoleArn": role.arn, "RoleSessionName": "me", "WebIdentityToken": token} | more)[:2]
    assert denied(WebIdentityToken=token + "x") == ("InvalidIdentityToken", 400)
    assert denied(WebIdentityToken=old) == ("ExpiredTokenException", 400)
    assert denied(WebIdentityToken=other) == denied(RoleArn=role.arn + "x") == ("AccessDenied", 403)
    assert denied(DurationSeconds=3601) == ("ValidationError", 400)
    scene.region.deny("sts:AssumeRoleWithWebIdentity")
    assert denied() == ("AccessDenied", 403)


@pytest.mark.parametrize("more", [{"DurationSeconds": 3601}, {"RoleSessionName": "a b"}, {"ExternalId": "semi;colon"}])
def test_what_cannot_be_asked(role: Role, sts: Callable[..., Any], more: dict[str, Any]) -> None:
    assert refusal(sts().assume_role, **asked(role, **more))[:2] == ("ValidationError", 400)


def test_keys_that_are_no_good(scene: Scene, role: Role, sts: Callable[..., Any], connect: Callable[..., Any]) -> None:
    key = scene.region.rotate_credentials(scene.b, -10)
    assert refusal(sts(key).assume_role, **asked(role))[:2] == ("ExpiredToken", 403)
    scene.region.revoke(key)
    assert refusal(sts(key).assume_role, **asked(role))[:2] == ("InvalidClientTokenId", 403)
    key = scene.region.rotate_credentials(scene.b)
    wrong = Key(key.access_key, "x" * 40, key.arn, key.token, key.expires)
    assert refusal(sts(wrong).assume_role, **asked(role))[:2] == ("SignatureDoesNotMatch", 403)
    made = key_of(sts(key).assume_role(**asked(role)))
    scene.region.clock_offset_s = 899
    assert sts(key).assume_role(**asked(role))
    scene.region.clock_offset_s = 901
    code, status, message = refusal(sts(key).assume_role, **asked(role))
    assert (code, status) == ("SignatureDoesNotMatch", 403) and "expired" in message
    assert refusal(connect(made).describe_vpcs)[0] == "RequestExpired"


def test_a_signature_for_ec2_is_none_for_sts(role: Role, raw: Any, server: Server) -> None:
    body = f"Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn={role.arn}"
    context = ssl.create_default_context(cafile=server.ca_file)
    wire = http.client.HTTPSConnection("127.0.0.1", server.sts_ports[0], context=context, timeout=5)
    wire.request("POST", "/", body, raw.headers(body) | {"Host": f"127.0.0.1:{server.api_port}"})
    reply = wire.getresponse()
    assert reply.status == 403 and b"scoped to correct service: &apos;sts&apos;" in reply.read().replace(b"'", b"&apos;")
    wire.close()


@pytest.mark.parametrize(("code", "status"), [("Throttling", 400), ("InternalFailure", 500)])
def test_faults(scene: Scene, role: Role, sts: Callable[..., Any], code: str, status: int) -> None:
    scene.region.faults.add(service="sts", match="AssumeRole", count=1, code=code, status=status)
    assert refusal(sts().assume_role, **asked(role))[:2] == (code, status)
    scene.region.latency_ms = 50
    began = time.monotonic()
    assert sts().assume_role(**asked(role))
    assert time.monotonic() - began > 0.05


def test_a_role_of_another_partition() -> None:
    region = Region("cn-north-1")
    assert region.add_role("it", ["mirror"]).arn == "arn:aws-cn:iam::123456789012:role/it"


def test_whose_keys_they_are(scene: Scene, role: Role, sts: Callable[..., Any]) -> None:
    """Whoever has keys may ask, whatever he may not do; and for nobody else's."""
    scene.region.enforce("mirror")
    told = sts().get_caller_identity()
    assert (told["Account"], told["Arn"]) == (scene.region.account, f"arn:aws:sts::{scene.region.account}:assumed-role/mirror/{scene.b.id}")
    assert sts(scene.region.static_key).get_caller_identity()["Arn"] == f"arn:aws:iam::{scene.region.account}:user/operator"
    unknown = Key("ASIAUNKNOWN", "x" * 40, "", "token")
    assert refusal(sts(unknown).get_caller_identity)[:2] == ("InvalidClientTokenId", 403)
