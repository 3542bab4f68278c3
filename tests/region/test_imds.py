"""The metadata service: by hand, and as boto3 uses it."""

from __future__ import annotations

import http.client
import json
import time

import boto3
import pytest
from botocore.credentials import InstanceMetadataProvider
from botocore.utils import InstanceMetadataFetcher

TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"


@pytest.fixture
def ask(scene, server):
    """Sends one request over a connection that is kept, and gives (status, text, headers)."""
    connections = {host.id: http.client.HTTPConnection("127.0.0.1", server.imds_ports[host.id], timeout=5)
                   for host in (scene.a, scene.b)}

    def send(method, path, headers=None, host=scene.a):
        connections[host.id].request(method, path, headers=headers or {})
        reply = connections[host.id].getresponse()
        return reply.status, reply.read().decode(), reply.headers
    yield send
    for connection in connections.values():
        connection.close()


@pytest.fixture
def get(ask):
    token = ask("PUT", "/latest/api/token", {TTL: "60"})[1]
    return lambda path: ask("GET", path, {TOKEN: token})[:2]


def test_version_1_is_refused(ask):
    assert ask("GET", "/latest/meta-data/instance-id")[0] == 401
    assert ask("GET", "/latest/meta-data/instance-id", {TOKEN: "made up"})[0] == 401


@pytest.mark.parametrize("headers, status", [
    ({TTL: "1"}, 200), ({TTL: "21600"}, 200), ({}, 400), ({TTL: "0"}, 400), ({TTL: "21601"}, 400), ({TTL: "abc"}, 400),
    ({TTL: "60", "X-Forwarded-For": "1.2.3.4"}, 403)])
def test_the_token(ask, headers, status):
    told, text, reply = ask("PUT", "/latest/api/token", headers)
    assert told == status
    if status == 200:
        assert reply[TTL] == headers[TTL] and text.isascii() and "\n" not in text


def test_a_token_ends_and_belongs_to_one_instance(ask, scene):
    ask("PUT", "/latest/api/token", {TTL: "60"}, host=scene.b)
    token = {TOKEN: ask("PUT", "/latest/api/token", {TTL: "1"})[1]}
    assert ask("GET", "/latest/meta-data/instance-id", token)[:2] == (200, scene.a.id)
    assert ask("GET", "/latest/meta-data/instance-id", token, host=scene.b)[0] == 401
    time.sleep(1.05)
    assert ask("GET", "/latest/meta-data/instance-id", token)[0] == 401


def test_the_items(get, scene):
    base, interface = "/latest/meta-data/", f"/latest/meta-data/network/interfaces/macs/{scene.a.mac}/"
    assert get(base + "mac") == (200, scene.a.mac)
    assert get(base + "placement/region") == (200, "eu-central-1")
    assert get(base + "placement/availability-zone/") == (200, "eu-central-1a")
    assert get(base + "services/domain") == (200, "amazonaws.com")
    assert get(base + "services/partition") == (200, "aws")
    assert get(base + "network/interfaces/macs/") == (200, scene.a.mac + "/")
    assert get(interface + "interface-id") == (200, scene.a.eni)
    assert get(interface + "vpc-id") == (200, scene.vpc)
    assert get(interface + "subnet-id") == (200, scene.a.subnet)
    assert get(interface + "subnet-ipv4-cidr-block") == (200, "10.109.1.0/24")
    assert get(interface + "vpc-ipv4-cidr-blocks") == (200, "10.109.0.0/16")
    assert get(interface + "local-ipv4s") == (200, "10.109.1.10")
    assert get(interface + "device-number") == (200, "0")
    assert get(interface + "owner-id") == (200, "123456789012")
    for item in ("vpc-ipv6-cidr-blocks", "subnet-ipv6-cidr-blocks", "ipv6s"):
        assert get(interface + item)[0] == 404
    assert get(base + "no-such-thing")[0] == 404
    assert "network/" in get(base)[1].split("\n")
    document = json.loads(get("/latest/dynamic/instance-identity/document")[1])
    assert (document["accountId"], document["region"], document["instanceId"], document["privateIp"]) == (
        "123456789012", "eu-central-1", scene.a.id, "10.109.1.10")


def test_the_items_of_ipv6_are_there_where_it_is(get, scene):
    scene.region.vpcs[scene.vpc].cidrs.append("2001:db8:6d00::/56")
    scene.region.subnets[scene.subnets["a"]].ipv6 += ["2001:db8:6d00:1::/64", "2001:db8:6d00:101::/64"]
    scene.region.enis[scene.a.eni].ipv6.append("2001:db8:6d00:1::10")
    interface = f"/latest/meta-data/network/interfaces/macs/{scene.a.mac}/"
    assert get(interface + "vpc-ipv6-cidr-blocks") == (200, "2001:db8:6d00::/56")
    assert get(interface + "vpc-ipv4-cidr-blocks") == (200, "10.109.0.0/16")
    assert get(interface + "subnet-ipv6-cidr-blocks") == (200, "2001:db8:6d00:1::/64\n2001:db8:6d00:101::/64")
    assert get(interface + "ipv6s") == (200, "2001:db8:6d00:1::10")


def test_two_interfaces(get, scene):
    second = scene.region.add_eni(scene.subnets["a"], "10.109.1.77", instance=scene.a.id)
    macs = get("/latest/meta-data/network/interfaces/macs/")[1].split("\n")
    assert sorted(macs) == sorted([scene.a.mac + "/", second.mac + "/"])
    assert get(f"/latest/meta-data/network/interfaces/macs/{second.mac}/device-number") == (200, "1")


def test_the_role(get, scene):
    assert get("/latest/meta-data/iam/security-credentials/") == (200, "mirror")
    told = json.loads(get("/latest/meta-data/iam/security-credentials/mirror")[1])
    key = scene.region.credentials(scene.a)
    assert (told["Code"], told["AccessKeyId"], told["SecretAccessKey"], told["Token"]) == (
        "Success", key.access_key, key.secret_key, key.token)
    assert told["Expiration"].endswith("Z")
    scene.a.role = None
    assert get("/latest/meta-data/iam/security-credentials/")[0] == 404


def test_an_expired_key_is_renewed_unless_told_otherwise(get, scene):
    def told():
        return json.loads(get("/latest/meta-data/iam/security-credentials/mirror")[1])["AccessKeyId"]
    expired = scene.region.rotate_credentials(scene.a, lifetime_s=-10).access_key
    scene.region.renew_credentials = False
    assert told() == expired
    scene.region.renew_credentials = True
    assert told() != expired and told() == told()


def test_disabled(ask, scene):
    scene.a.metadata = False
    assert ask("PUT", "/latest/api/token", {TTL: "60"})[0] == 403


def test_one_connection_for_all(get, scene):
    for _ in range(5):
        get("/latest/meta-data/mac")
    assert len([entry for entry in scene.region.log.connections if entry.service == "imds"]) == 1
    assert [entry.instance for entry in scene.region.log.requests] == [scene.a.id] * 6


def test_botos_own_provider(server, scene, connect):
    fetcher = InstanceMetadataFetcher(base_url=server.imds_url(scene.b.id) + "/")
    credentials = InstanceMetadataProvider(fetcher).load()
    key = scene.region.credentials(scene.b)
    assert (credentials.access_key, credentials.secret_key) == (key.access_key, key.secret_key)
    assert credentials.token == key.token
    assert connect(key).describe_vpcs()["Vpcs"]
    assert "PUT" in {entry.params["method"] for entry in scene.region.log.actions("/latest/api/token")}


def test_botos_chain_by_the_environment(server, scene, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.imds_url(scene.a.id))
    session = boto3.session.Session(region_name=scene.region.name)
    client = session.client("ec2", endpoint_url=server.endpoint_url, verify=server.ca_file)
    assert client.describe_route_tables()["RouteTables"]
    assert scene.region.log.requests[-1].access_key == scene.region.credentials(scene.a).access_key
