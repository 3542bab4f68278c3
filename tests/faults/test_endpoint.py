"""Endpoints: whichever host the region's name, the options and the environment lead to is the one that is asked, and what is signed is for it.

The region takes no signature whose scope is not its own. Its names are in /etc/hosts, and its certificate has no others.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import botocore.loaders
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from region import tls

from .rig import API, API_NAME, CA_FILE, Rig, Run, opened

CA = ("--ca-bundle", CA_FILE)
PRINTER = Path(__file__).parents[2] / "build" / "unit" / "test_aws_endpoint"


def run(rig: Rig, *more: str, name: str, address: str = API, env: Mapping[str, str] | None = None) -> Run:
    """A run for which the API is to be found under this name alone."""
    rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{address} {name}\n")
    return rig.run("acquire", *CA, *more, endpoint=False, env=env, deadline=4)


def moved(rig: Rig, *more: str, name: str, **options: str | Mapping[str, str]) -> None:
    done = run(rig, *more, name=name, **options)  # type: ignore[arg-type]
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)
    assert {request.host for request in rig.region.log.requests if request.service == "ec2"} == {name}


FIPS, DUAL = {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}


@pytest.mark.parametrize(("env", "name"), [
    ({}, API_NAME),
    (FIPS, "ec2-fips.eu-central-1.amazonaws.com"),
    (DUAL, "ec2.eu-central-1.api.aws"),
    (FIPS | DUAL, "ec2-fips.eu-central-1.api.aws"),
    (FIPS | {"MIRRORVIP_FIPS": "false"}, API_NAME),
    ({"AWS_ENDPOINT_URL": "https://nowhere.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, API_NAME),
    ({"AWS_ENDPOINT_URL": "https://nowhere.example", "AWS_ENDPOINT_URL_EC2": f"https://{API_NAME}"}, API_NAME),
], ids=["plain", "fips", "dual-stack", "both", "not-fips", "ignored", "ec2-first"])
def test_95_the_environment_says_which(rig: Rig, env: dict[str, str], name: str) -> None:
    moved(rig, name=name, env=env)


@pytest.mark.parametrize(("region", "options", "name"), [
    ("cn-north-1", (), "ec2.cn-north-1.amazonaws.com.cn"),
    ("cn-north-1", ("--dual-stack", "true"), "ec2.cn-north-1.api.amazonwebservices.com.cn"),
    ("us-gov-west-1", (), "ec2.us-gov-west-1.amazonaws.com"),
    ("us-gov-west-1", ("--fips", "true"), "ec2.us-gov-west-1.amazonaws.com"),
    ("us-gov-west-1", ("--fips", "true", "--dual-stack", "true"), "ec2-fips.us-gov-west-1.api.aws"),
    ("eusc-de-east-1", (), "ec2.eusc-de-east-1.amazonaws.eu"),
    ("us-isob-east-1", (), "ec2.us-isob-east-1.sc2s.sgov.gov"),
])
def test_95_partitions(elsewhere: dict[str, Rig], region: str, options: tuple[str, ...], name: str) -> None:
    rig = elsewhere[region]
    rig.reset()
    moved(rig, *options, name=name)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[dict[str, Rig]]:
    class Rigs(dict[str, Rig]):
        """Each opened when it is asked for, and until the next one is."""

        open = None

        def __missing__(self, name: str) -> Rig:
            self.close()
            self.open = opened(name=name)
            self[name] = self.open.__enter__()
            return self[name]

        def close(self) -> None:
            self.clear()
            if self.open:
                self.open.__exit__(None, None, None)
            self.open = None

    rigs = Rigs()
    yield rigs
    rigs.close()


@contextmanager
def private(rig: Rig) -> Iterator[str]:
    """The API at an interface in the VPC, with the wildcard certificate that AWS has there: a URL that leads to it."""
    name = "vpce-0a1b2c3d4e5f67890-a1b2c3d4.ec2.eu-central-1.vpce.amazonaws.com"
    made = tls.server_context(("*.ec2.eu-central-1.vpce.amazonaws.com", "ec2.eu-central-1.vpce.amazonaws.com"))
    rig.place.ip("addr replace 10.109.2.99/32 dev lo")
    with rig.region.serve([rig.listener("10.109.2.99", 443)], {}, context=made):
        yield f"https://{name}"


def test_95_a_vpc_endpoint(rig: Rig) -> None:
    with private(rig) as url:
        moved(rig, "--endpoint-url", url, name=url.removeprefix("https://"), address="10.109.2.99")


def test_95_a_vpc_endpoint_of_another_region(rig: Rig) -> None:
    """The scope is the region's that was named, whatever the host is called; here that is a mistake, and AWS says so."""
    with private(rig) as url:
        done = run(rig, "--endpoint-url", url, "--region", "us-east-1", name=url.removeprefix("https://"), address="10.109.2.99")
    assert done.kind == "REFUSED" and "us-east-1" in done.text, done.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("variant", [("--fips", "true"), ("--dual-stack", "true")])
def test_95_an_endpoint_and_a_variant(rig: Rig, variant: tuple[str, str]) -> None:
    done = rig.run("acquire", *variant, deadline=3)
    assert done.kind == "USAGE" and "leave one of them out" in done.text, done.err
    rig.nothing_was_attempted()
    rig.recovers()


def test_95_a_partition_that_is_not_known(rig: Rig) -> None:
    done = run(rig, "--region", "us-isoz-east-1", name=API_NAME)
    assert done.kind == "USAGE" and "give --endpoint-url" in done.text, done.err
    assert not rig.connections("ec2")
    rig.nothing_was_written()
    rig.recovers()


def test_95_botocore_knows_the_same_hosts() -> None:
    """Every region of every partition that botocore's rules give a host for, and it is ours."""
    assert PRINTER.exists(), "run make check first"
    loader = botocore.loaders.create_loader()
    partitions = loader.load_data("partitions")
    regions = [name for partition in partitions["partitions"] for name in partition["regions"] if not name.endswith("-global")]
    lines, hosts = [], []
    for service in ("ec2", "sts"):
        rules = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region, fips, dual in product(regions, (False, True), (False, True)):
            try:
                url = rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual, UseGlobalEndpoint=False).url
            except EndpointProviderError:
                # Its data say that the partition has no such endpoint; newer data say otherwise.
                assert fips or dual
                continue
            lines.append(f"{service} {region} {'fips ' if fips else ''}{'dual' if dual else ''}")
            hosts.append(url.removeprefix("https://"))
    assert len(lines) >= 2 * 2 * len(regions) > 100
    said = subprocess.run([PRINTER, *lines], capture_output=True, text=True, check=True).stdout.splitlines()
    assert dict(zip(lines, said)) == dict(zip(lines, hosts))
    assert len(said) == len(lines)


# IPv6, as far as the services go.

def test_the_api_has_an_ipv6_address(rig: Rig) -> None:
    rig.place.ip("addr replace 2001:db8::1/128 dev lo nodad")
    with rig.region.serve([rig.listener("2001:db8::1", 443)], {}):
        moved(rig, name=API_NAME, address="2001:db8::1")
    assert {connection.peer.rpartition(":")[0] for connection in rig.region.log.connections if connection.service == "ec2"} == {"2001:db8::1"}


def test_the_endpoint_is_an_ipv6_address(rig: Rig) -> None:
    port = 8443
    with rig.region.serve([rig.listener("::1", port)], {}):
        # BearSSL takes no address for a name, so what is connected to is not yet believed.
        done = rig.run("acquire", "--endpoint-url", f"https://[::1]:{port}", *CA, endpoint=False, deadline=3)
    assert done.kind == "TLS", done.err
    rig.nothing_was_written()


@pytest.mark.parametrize(("options", "env"), [
    ((), {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}),
    (("--imds-endpoint", "http://[fd00:ec2::254]"), {}),
    (("--imds-endpoint", "http://[fd00:ec2::254]:80/"), {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv4"}),
], ids=["mode", "url", "url-first"])
def test_metadata_over_ipv6(rig: Rig, options: tuple[str, ...], env: dict[str, str]) -> None:
    rig.place.ip("addr replace fd00:ec2::254/128 dev lo nodad")
    with rig.region.serve([], {rig.scene.b.id: rig.listener("fd00:ec2::254", 80)}):
        done = rig.raw(rig.argv("acquire", *options), env)
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)
    assert {request.host for request in rig.region.log.requests if request.service == "imds"} == {"[fd00:ec2::254]"}
