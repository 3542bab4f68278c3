"""What check finds of a VIP of IPv6, and that its printed cure is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from faults.rig import OWN6

from .standby import CONFIG, Standby, standby
from .test_check import Planted, bad, each, ip, named, sh

VIP = "2001:db8:6d00:fe::1"
FILE = re.escape(CONFIG)
BACK_BY_ETH0 = (rf"ip -6 route replace default via 2001:db8:6d00:2::1 dev eth0 table 1097 && ip -6 rule add pref 1 from {VIP} lookup 1097")


@pytest.fixture(scope="module")
def one() -> Iterator[Standby]:
    with standby(destination="spare6") as made:
        yield made


@pytest.fixture
def host(one: Standby) -> Iterator[Standby]:
    as_new(one)
    yield one
    as_new(one)


def as_new(host: Standby) -> None:
    host.rig.place.run(["sh", "-c", "while ip -6 rule del pref 1; do :; done; ip -6 rule del pref 100; ip -6 route flush table 1097"])
    host.rig.first_routes6 = host.rig.routes6() - {f"{VIP}/128"}
    host.reset()
    host.configure(vip=f"{VIP}/64")


def nowhere(host: Standby) -> None:
    """A VIP elsewhere has no route yet."""
    for table in host.rig.scene.tables:
        host.region.set_route(table, host.rig.scene.destination, None)
    host.region.log.clear()


def another_interface(host: Standby) -> None:
    host.rig.place.ip("link add eth1 type veth peer name other1", "link set other1 up", "link set eth1 up", "addr add 2001:db8:7700::2/64 dev eth1 nodad")


PLANTED = {
    "another prefix than the spare subnet's": Planted(
        lambda host: host.spare(f"{VIP}/60"), "placement", "the nearest that can be is 2001:db8:6d00:fe::/64, the spare subnet that it is in",
        rf"sed -i 's,\^ \*vip \*=\.\*,vip = {VIP}/64,' {FILE}", "USAGE", also=("rights",)),
    "a subnet that is not there": Planted(
        each(nowhere, lambda host: host.spare("2001:db8:6d00:77::1/64")), "placement",
        "the nearest that can be is 2001:db8:6d00:77::/64, a subnet that could be made",
        r"aws ec2 create-subnet --vpc-id vpc-[0-9a-f]{17} --ipv6-native --ipv6-cidr-block 2001:db8:6d00:77::/64", "USAGE", also=("rights",)),
    "a VIP in this host's own subnet": Planted(
        each(nowhere, lambda host: host.spare("2001:db8:6d00:2::77/64")), "placement", "the nearest that can be is fd01:db8:6d00:2::77/128, an overlay",
        rf"sed -i 's,\^ \*vip \*=\.\*,vip = fd01:db8:6d00:2::77/128,' {FILE}", "USAGE", also=("rights",)),
    "a rule drops the answers": Planted(
        sh(f"ip -6 rule add pref 100 from {VIP} blackhole"), "path", "would be dropped, and not leave by eth0", BACK_BY_ETH0, "IFACE"),
    "answers leave by another interface": Planted(
        each(another_interface, ip("route add 2001:db8:6d00::/57 dev eth1")), "path", "would leave by eth1, and not leave by eth0", BACK_BY_ETH0, "IFACE"),
    "the same of a VIP that is not up": Planted(
        each(another_interface, ip("route add 2001:db8:6d00::/57 dev eth1"), lambda host: host.rig.without_alias()), "path",
        "would leave by eth1, and not leave by eth0", BACK_BY_ETH0, "IFACE", also=("rights",)),
}


@pytest.mark.parametrize("name", PLANTED)
def test_it_is_named_and_its_cure_cures(host: Standby, name: str) -> None:
    row = PLANTED[name]
    row.plant(host)
    cure = named(host, row)
    assert re.fullmatch(row.cure, cure), cure
    assert not host.rig.writes()
    host.do(cure)
    run, found = host.check()
    assert run.kind == "OK", run.err
    assert row.about not in {finding.about for finding in bad(found)}, run.out


def test_all_is_well(host: Standby) -> None:
    run, found = host.check()
    assert run.kind == "OK" and not bad(found), run.out
    [path] = [finding for finding in found if finding.about == "path"]
    assert path.text == "packets of the VPC's clients come in by eth0, and answers leave by it"


def test_a_host_without_an_address_of_its_own(host: Standby) -> None:
    """Its answers need a way all the same, whether the VIP is up or not."""
    place, [own] = host.rig.place, OWN6
    host.without_rules = True
    host.rig.without_alias()
    place.ip(f"addr del {own} dev eth0", "route del 2001:db8:6d00::/56 dev eth0")
    try:
        run, found = host.check()
        [finding] = [finding for finding in found if finding.about == "path"]
        assert finding.level == "failure" and "would be dropped, and not leave by eth0" in finding.seen and finding.cure == "ip -6 route show dev eth0", run.out
        place.ip("route add 2001:db8:6d00::/56 via fe80::1 dev eth0")
        run, found = host.check()
        [finding] = [finding for finding in found if finding.about == "path"]
        assert (finding.level, finding.text) == ("ok", "answers to the VPC's clients leave by eth0"), run.out
        place.ip("route del 2001:db8:6d00::/56 via fe80::1 dev eth0")
    finally:
        place.run(["sh", "-c", f"ip addr add {own} dev eth0 nodad; ip route replace 2001:db8:6d00::/56 via 2001:db8:6d00:2::1 dev eth0"])
