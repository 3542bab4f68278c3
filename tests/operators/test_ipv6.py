"""A VIP of IPv6 from end to end: its routes, its alias, and all else that is there as it was."""

from __future__ import annotations

import errno
import json
import os
import platform
import random
import re
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv6Address

import pytest

from faults import trace
from faults.rig import INSTALLED, OWN, OWN6, Rig, opened
from faults.test_iface import no_new_privileges
from faults.trace import Call
from region import Route

# linux/if_addr.h
NODAD, DADFAILED, DEPRECATED, TENTATIVE, PERMANENT = 0x02, 0x08, 0x20, 0x40, 0x80
AF_NETLINK, SOCKET, SENDTO, RECVFROM = 16, 41, 44, 45
X86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
NO_SUCH = "0123456789abcdef0"


@pytest.fixture(scope="module")
def overlays() -> Iterator[Rig]:
    with opened(tables=3, destination="overlay6") as rig:
        yield rig


@pytest.fixture(scope="module")
def spares() -> Iterator[Rig]:
    with opened(tables=3, destination="spare6") as rig:
        yield rig


@pytest.fixture
def overlay(overlays: Rig) -> Rig:
    overlays.reset()
    return overlays


@pytest.fixture
def spare(spares: Rig) -> Rig:
    spares.reset()
    return spares


@pytest.fixture(params=["overlay", "spare"])
def either(request: pytest.FixtureRequest) -> Rig:
    """A VIP outside the VPC, and one in a spare subnet of it."""
    rig: Rig = request.getfixturevalue(request.param)
    return rig


def send(rig: Rig, owner: str) -> None:
    for table in rig.scene.tables:
        rig.region.set_route(table, rig.scene.destination, {"A": rig.scene.a.eni, "B": rig.scene.b.eni}[owner])
    rig.region.log.clear()


def is_up(rig: Rig) -> None:
    """The alias is there, good at once, and no address that the host speaks from; its own is as ever."""
    [address] = rig.alias_at
    assert rig.addresses() == OWN | OWN6 | rig.alias_at
    assert rig.flags6()[address] & (NODAD | DEPRECATED | TENTATIVE | PERMANENT) == NODAD | DEPRECATED | PERMANENT
    assert rig.flags6()[next(iter(OWN6))] & (DEPRECATED | TENTATIVE | PERMANENT) == PERMANENT


def is_down(rig: Rig) -> None:
    assert rig.addresses() == OWN | OWN6


# acquire

def test_acquire(either: Rig) -> None:
    run = either.run()
    assert run.kind == "OK" and f"3 of 3 route tables send {either.scene.destination} to {either.scene.b.eni}" in run.text, run.err
    either.is_here(ReplaceRoute=3)
    is_up(either)
    for request in either.written():
        assert request.params["DestinationIpv6CidrBlock"] == either.scene.destination and "DestinationCidrBlock" not in request.params
    either.recovers()


def test_a_client_can_be_served_at_once_and_the_host_does_not_speak_from_it(overlay: Rig) -> None:
    assert overlay.run().kind == "OK"
    with overlay.place.call(socket.create_server, (overlay.scene.vip, 0), family=socket.AF_INET6):
        pass  # a tentative address could not be bound to
    # Of all addresses of the host the VIP is the most like this one.
    beside = str(IPv6Address(overlay.scene.vip) + 1)
    overlay.place.ip(f"route add {beside}/128 dev eth0")
    try:
        with overlay.place.call(socket.socket, socket.AF_INET6, socket.SOCK_DGRAM) as door:
            door.connect((beside, 9))
            assert f"{door.getsockname()[0]}/64" in OWN6
    finally:
        overlay.place.ip(f"route del {beside}/128 dev eth0")


def test_each_table_by_what_it_says(overlay: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere and blackhole are replaced; nowhere and propagated are created; an edge table is left alone."""
    monkeypatch.setattr(overlay, "hold_region_to_the_rules", lambda: None)  # A route comes from nowhere.
    region, scene = overlay.region, overlay.scene
    first, second, third = scene.tables
    region.set_route(second, scene.destination, None)
    region.set_route(third, scene.destination, scene.a.eni, state="blackhole")
    propagated = region.add_route_table(scene.vpc)
    region.set_route(propagated, scene.destination, f"vgw-{NO_SUCH}", origin="EnableVgwRoutePropagation")
    edge = region.add_route_table(scene.vpc, gateway=f"igw-{NO_SUCH}")
    region.log.clear()
    says = dict(re.findall(r"^(rtb-\w+) .* (elsewhere|nowhere|blackhole|propagated|edge)\b", overlay.run("status").out, re.MULTILINE))
    assert says == {first: "elsewhere", second: "nowhere", third: "blackhole", propagated: "propagated", edge: "edge"}
    run = overlay.run()
    assert run.kind == "OK" and "(4 moved, 0 were here, 1 skipped)" in run.text, run.err
    assert overlay.writes() == {"ReplaceRoute": 2, "CreateRoute": 2}
    assert {table: region.routes(table)[scene.destination] for table in (*scene.tables, propagated)} == dict.fromkeys(
        (*scene.tables, propagated), Route(scene.b.eni))
    assert scene.destination not in region.routes(edge)


def test_only_existing_routes(overlay: Rig) -> None:
    overlay.region.set_route(overlay.scene.tables[1], overlay.scene.destination, None)
    overlay.region.log.clear()
    run = overlay.run("acquire", "--tables", "existing")
    assert run.kind == "OK" and overlay.owners() == ["B", "None", "B"], run.err
    assert overlay.writes() == {"ReplaceRoute": 2}


def test_the_routes_of_ipv4_beside_it_are_as_they_were(either: Rig) -> None:
    """An IPv4 VIP of the same pair, the ways out of both families, and a part and a whole of its own destination."""
    region, scene = either.region, either.scene
    others = {"10.9.0.1/32": scene.a.eni, "0.0.0.0/0": f"igw-{NO_SUCH}", "::/0": f"eigw-{NO_SUCH}", "fd12:3456::/127": scene.a.eni,
              "2001:db8:6d00:1::/64": scene.a.eni, "fd12:3456::/32": f"tgw-{NO_SUCH}"}
    for table in scene.tables:
        region.add_routes(table, others)
    region.log.clear()
    before = [region.routes(table) for table in scene.tables]
    assert all(len(routes) == len(others) + 3 for routes in before)
    assert either.run().kind == "OK" and either.writes() == {"ReplaceRoute": 3}
    assert [region.routes(table) for table in scene.tables] == [
        routes | {scene.destination: Route(scene.b.eni)} for routes in before]


def test_a_dry_run(either: Rig) -> None:
    run = either.run("acquire", "--dry-run")
    assert run.kind == "DIFFERS" and "3 of 3 route tables would be written, and the alias set" in run.text, run.err
    [address] = either.alias_at
    assert f"eth0  add {address}\n" in run.out and run.out.count("elsewhere: ReplaceRoute") == 3
    either.nothing_was_written()
    is_down(either)
    assert either.run().kind == "OK"
    run = either.run("acquire", "--dry-run")
    assert run.kind == "OK" and run.out.count("here: nothing") == 3, run.err


def test_a_vpc_without_ipv6() -> None:
    """There is no such item of metadata, so all is outside; and what the host has of IPv4 does not matter."""
    with opened(tables=1) as rig:
        run = rig.run("acquire", "--dry-run", "--vip", "fd12:3456::1", vip=False)
        assert run.kind == "DIFFERS" and "eth0  add fd12:3456::1/128\n" in run.out and "nowhere: CreateRoute" in run.out, run.err
        assert [request.error for request in rig.region.log.requests if request.action.endswith("vpc-ipv6-cidr-blocks")] == ["NotFound"]


@pytest.mark.parametrize(("vip", "says"), [
    ("2001:db8:6d00:fe::", "subnet-router anycast"), ("2001:db8:6d00:fe::1/40", "must be that of a spare subnet"),
    ("2001:db8:6d00:2::77/64", "swallow this host's own address 2001:db8:6d00:2::10 on eth0"),
    ("2001:db8:6d00:2::77/128", "own subnet 2001:db8:6d00:2::/64"), ("2001:db8:6d00:2::10/128", "own subnet 2001:db8:6d00:2::/64")])
def test_a_place_where_no_vip_can_be(spare: Rig, vip: str, says: str) -> None:
    run = spare.run("acquire", "--vip", vip if "/" in vip else f"{vip}/64", vip=False)
    assert run.kind == "USAGE" and says in run.text, run.err
    spare.nothing_was_written()
    is_down(spare)
    assert not spare.asked("ec2")


@pytest.mark.parametrize("vip", ["::", "::1", "::ffff:10.9.0.1", "fe80::1", "ff02::1", "fd00:ec2::254", "64:ff9b::a09:1"])
def test_an_address_that_is_none(overlay: Rig, vip: str) -> None:
    run = overlay.run("acquire", "--vip", vip, vip=False)
    assert run.kind == "USAGE" and f"{IPv6Address(vip)} cannot be a VIP" in run.text, run.err
    overlay.nothing_was_attempted()


def test_inside_the_vpc_without_being_a_whole_subnet(spare: Rig) -> None:
    """AWS decides, and its refusal is explained. The alias may be there then."""
    for table in spare.scene.tables:
        spare.region.set_route(table, spare.scene.destination, None)
    spare.region.log.clear()
    spare.alias_at, alias_at = {f"{spare.scene.vip}/128": "eth0"}, spare.alias_at
    try:
        run = spare.run("acquire", "--vip", spare.scene.vip, vip=False)
    finally:
        spare.without_alias()
        spare.alias_at = alias_at
    assert run.kind == "REFUSED" and "Route destination doesn't match any subnet CIDR blocks" in run.text, run.err
    assert spare.owners() == ["None"] * 3 and not spare.region.log.changes


# status, check

def test_status(either: Rig) -> None:
    run = either.run("status")
    assert run.kind == "DIFFERS" and "and the alias is missing" in run.text, run.err
    assert f"{either.scene.vip}, not on eth0\n" in run.out and run.out.count(f"{either.scene.a.eni}  elsewhere") == 3
    assert either.run().kind == "OK"
    run = either.run("status")
    assert run.kind == "OK" and f"{either.scene.vip}, on eth0\n" in run.out, run.err
    assert f"{either.scene.destination}, {'overlay' if either.scene.destination.endswith('/128') else 'spare subnet'}\n" in run.out
    assert run.out.count(f"{either.scene.b.eni}  here") == 3


def test_status_as_json(either: Rig) -> None:
    either.with_alias()
    told = json.loads(either.run("status", "--json").out)
    [vip] = told["vips"]
    assert (vip["vip"], vip["interface"], vip["alias_up"], vip["destination"]) == (either.scene.vip, "eth0", True, either.scene.destination)
    assert (vip["placement"] == "overlay") == either.scene.destination.endswith("/128")
    assert [table["id"] for table in vip["tables"]] == either.scene.tables and vip["owner"] == either.scene.a.eni


def test_check(either: Rig) -> None:
    run = either.run("check")
    assert run.kind == "OK", run.err
    assert f"{either.scene.vip} is not up, and would be added on eth0\n" in run.out
    assert (f"{either.scene.destination} is a subnet of the VPC, " in run.out) == (either.scene.destination.endswith("/64"))
    assert "answers to the VPC's clients leave by eth0" in run.out and "all 3 follow route tables that a failover writes" in run.out and "1 warning" in run.text, run.out
    assert sorted(either.dry_runs()) == sorted((action, table) for action in ("CreateRoute", "DeleteRoute", "ReplaceRoute") for table in either.scene.tables)
    either.nothing_was_written()
    is_down(either)


@pytest.mark.parametrize("vip", ["2001:db8:6d00:fe::1/60", "2001:db8:6d00:77::1/64", "2001:db8:6d00:fe::1/96"])
def test_check_of_what_is_no_subnet(spare: Rig, vip: str) -> None:
    run = spare.run("check", "--vip", vip, vip=False)
    assert run.kind == "USAGE" and "is inside the VPC, but no subnet of it is just that" in run.text, run.err


def test_check_names_the_subnets_that_are_left(overlay: Rig) -> None:
    """With their addresses of the VIP's family, and a command that makes a route of it."""
    main, subnets = overlay.scene.tables[:2]
    run = overlay.run("check", "--route-table", subnets)
    [line] = [line for line in run.out.splitlines() if " subnets " in line]
    assert run.kind == "OK" and f"2001:db8:6d00:fe::/64, follows {main}, " in line, run.out
    overlay.region.set_route(main, overlay.scene.destination, None)
    overlay.region.log.clear()
    run = overlay.run("check", "--tables", "existing")
    assert f"; aws ec2 create-route --route-table-id {main} --destination-ipv6-cidr-block {overlay.scene.destination} " in run.out, run.out


def test_check_of_an_alias_that_only_another_can_put_up(overlay: Rig) -> None:
    """Its cure puts it up as acquire would: this host does not speak from it."""
    run = overlay.run("check", user="nobody", preexec_fn=no_new_privileges)
    [line] = [line for line in run.out.splitlines() if line.startswith("failure") and " rights " in line]
    assert run.kind == "IFACE" and line.endswith(f"; ip addr add {overlay.scene.vip}/128 dev eth0 preferred_lft 0 nodad"), line
    overlay.place.run(line.partition("; ")[2].split(), check=True)
    run = overlay.run("check", user="nobody")
    assert run.kind == "OK" and "0 warnings" in run.text, run.out


def test_check_finds_that_the_host_speaks_from_the_vip(overlay: Rig) -> None:
    """And its cure, as it is printed, is one."""
    overlay.place.ip("addr add fd12:3456::1/128 dev eth0 nodad noprefixroute")
    run = overlay.run("check")
    assert run.kind == "OK" and "1 warning" in run.text, run.err
    [line] = [line for line in run.out.splitlines() if line.startswith("warning")]
    overlay.place.run(line.partition("; ")[2].split(), check=True)
    run = overlay.run("check")
    assert run.kind == "OK" and "0 warnings" in run.text, run.err
    assert overlay.run("release").kind == "OK"
    is_down(overlay)


# release

def test_release(either: Rig) -> None:
    either.with_alias()
    run = either.run("release")
    assert run.kind == "OK" and f"{either.scene.vip} was taken off eth0" in run.text, run.err
    is_down(either)
    either.nothing_was_written()
    run = either.run("release")
    assert run.kind == "OK" and f"{either.scene.vip} was not on eth0" in run.text, run.err


def test_release_of_the_routes_that_point_here(either: Rig) -> None:
    assert either.run().kind == "OK"
    kept = either.scene.tables[1]
    either.region.set_route(kept, either.scene.destination, either.scene.a.eni)
    either.region.log.clear()
    either.may_delete = True
    run = either.run("release", "--route")
    assert run.kind == "OK" and "2 routes deleted" in run.text, run.err
    is_down(either)
    assert either.owners() == ["None", "A", "None"] and either.writes() == {"DeleteRoute": 2}
    assert {request.params["DestinationIpv6CidrBlock"] for request in either.written()} == {either.scene.destination}


@pytest.mark.parametrize(("address", "label"), [("2001:db8:6d00:2::10", None), ("fd12:3456::1", "preferred"), ("fd12:3456::1", "lent")])
def test_an_address_that_the_host_speaks_from_is_no_alias(overlay: Rig, address: str, label: str | None) -> None:
    """The host's own; one that was set up like its own; one that it was lent, though it is old by now."""
    if label:
        overlay.place.ip(f"addr add {address}/128 dev eth0 nodad noprefixroute" + (" preferred_lft 0 valid_lft 3600" if label == "lent" else ""))
        overlay.added[f"{address}/128"] = "eth0"
    for verb in ("follow", "release"):
        run = overlay.run(verb, "--vip", address, vip=False)
        if verb == "follow" and not label:
            assert run.kind == "USAGE" and "own subnet" in run.text, run.err
        else:
            assert run.kind == "IFACE" and f"{address} is an address that this host speaks from" in run.text, run.err
            assert f"; ip addr change {address}/" in run.text and "preferred_lft 0" in run.text
    overlay.nothing_was_written()
    # As a VIP it serves all the same: acquire leaves it as it is.
    if label:
        assert overlay.run().kind == "OK"
        overlay.is_here(ReplaceRoute=3)
    assert overlay.addresses() == OWN | OWN6 | overlay.added


# follow

def test_follow(either: Rig) -> None:
    """The alias changes after the process is sealed: that the filter lets it is part of it."""
    send(either, "B")
    run = either.run("follow")
    assert run.kind == "OK" and "the alias was put up" in run.text, run.err
    is_up(either)
    assert either.run("follow").text.endswith("the alias is up")
    send(either, "A")
    either.place.call(os.utime, "/run/mirrorvip/lock", (0, 0))  # its own change was long ago
    run = either.run("follow")
    assert run.kind == "OK" and "the alias was taken down" in run.text, run.err
    is_down(either)
    assert not either.writes()


# Beside a VIP of IPv4

def test_both_families_in_one_run(overlay: Rig) -> None:
    """Two sections: each has its own metadata, its own parameter of a write, and its own kind of alias."""
    region, scene = overlay.region, overlay.scene
    overlay.others["10.9.0.1/32"] = "eth0:1"
    for table in scene.tables:
        region.set_route(table, "10.9.0.1/32", scene.a.eni)
    region.log.clear()
    overlay.place.write("/etc/mirrorvip.conf", "[four]\nvip = 10.9.0.1\n[six]\nvip = fd12:3456::1\n")
    run = overlay.run("acquire", vip=False)
    assert run.kind == "OK" and "2 of 2 VIPs are here: four (10.9.0.1), six (fd12:3456::1)" in run.text, run.err
    assert overlay.owners() == ["B"] * 3 and overlay.writes() == {"ReplaceRoute": 6}
    assert [region.routes(table)["10.9.0.1/32"] for table in scene.tables] == [Route(scene.b.eni)] * 3
    by = {"10.9.0.1/32": "DestinationCidrBlock", scene.destination: "DestinationIpv6CidrBlock"}
    assert sorted(request.params[by[where]] for where in by for request in overlay.written() if by[where] in request.params) == sorted([*by] * 3)
    items = [request.action.rpartition("/")[2] for request in region.log.requests if request.service == "imds"]
    assert items.count("vpc-ipv4-cidr-blocks") == items.count("vpc-ipv6-cidr-blocks") == 1
    assert overlay.addresses() == OWN | OWN6 | overlay.alias_at | {"10.9.0.1/32": "eth0:1"}
    assert overlay.run("status", vip=False).kind == "OK"
    assert overlay.run("release", vip=False).kind == "OK"
    is_down(overlay)


# The host

def test_no_right_to(overlay: Rig) -> None:
    run = overlay.run(user="nobody")
    assert run.kind == "IFACE" and "eth0: adding the alias needs CAP_NET_ADMIN" in run.text, run.err
    overlay.nothing_was_written()
    is_down(overlay)
    overlay.with_alias()
    run = overlay.run("release", user="nobody")
    assert run.kind == "IFACE" and "eth0: taking the alias down needs CAP_NET_ADMIN" in run.text, run.err
    is_up(overlay)
    # With the alias there, no right is needed.
    assert overlay.run(user="nobody").kind == "OK"


def test_no_such_interface(overlay: Rig) -> None:
    run = overlay.run("acquire", "--interface", "ens5")
    assert run.kind == "IFACE" and "ens5: no such interface" in run.text, run.err
    is_down(overlay)


def test_it_is_on_another_interface(overlay: Rig) -> None:
    overlay.place.ip("addr add fd12:3456::1/128 dev lo")
    try:
        run = overlay.run("acquire", "--interface", "eth0")
        assert run.kind == "IFACE" and "fd12:3456::1 is on lo, not on eth0" in run.text, run.err
    finally:
        overlay.place.ip("addr del fd12:3456::1/128 dev lo")
    overlay.nothing_was_written()


def test_hundreds_of_addresses(overlay: Rig) -> None:
    """More than the kernel tells in one piece; and too many."""
    overlay.with_alias()
    def addresses(first: int, last: int) -> list[str]:
        return [f"fd77::{number:x}/128 dev lo" for number in range(first, last)]
    overlay.place.ip(*(f"addr add {address}" for address in addresses(0, 700)))
    try:
        run = overlay.run()
        assert run.kind == "OK" and overlay.writes() == {"ReplaceRoute": 3}, run.err
        overlay.place.ip(*(f"addr add {address}" for address in addresses(700, 1100)))
        run = overlay.run()
        assert run.kind == "IFACE" and "more than 1024 addresses" in run.text, run.err
    finally:
        overlay.place.run(["ip", "-6", "addr", "flush", "dev", "lo", "to", "fd77::/64"], check=True)


def test_ipv6_is_switched_off_on_the_interface() -> None:
    with opened(tables=1, destination="overlay6") as rig:
        rig.own, rig.first_routes6 = OWN, set()
        rig.place.run(["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"], check=True)
        run = rig.run()
        assert run.kind == "IFACE" and "eth0: IPv6 is switched off there; sysctl -w" in run.text, run.err
        rig.nothing_was_written()
        # The cure, as it is given.
        rig.place.run(run.text.partition("; ")[2].split(), check=True)
        rig.recovers()


def test_another_on_the_link_has_it() -> None:
    """The kernel answers nobody at such an address, so that it is not there; and that is not passed over."""
    with opened(tables=1, destination="overlay6") as rig:
        rig.place.ip("addr add fd12:3456::1/128 dev other nodad", "addr add fd12:3456::1/128 dev eth0")
        until = time.monotonic() + 10
        while rig.flags6()["fd12:3456::1/128"] & TENTATIVE and time.monotonic() < until:
            time.sleep(0.05)
            if rig.flags6()["fd12:3456::1/128"] & DADFAILED:
                break
        assert rig.flags6()["fd12:3456::1/128"] & DADFAILED
        rig.place.ip("addr del fd12:3456::1/128 dev other")
        run = rig.run()
        assert run.kind == "IFACE" and "adding the alias: File exists" in run.text, run.err
        rig.nothing_was_written()


@X86_64
def test_a_vip_of_ipv4_needs_nothing_of_it() -> None:
    """Not so much as the question: a host may forbid it."""
    def sockets(rig: Rig) -> set[int]:
        families: set[int] = set()

        def returned(call: Call) -> None:
            if call.number == SOCKET:
                families.add(call.arguments[0])
        assert trace.run(rig, "acquire", returned=returned).kind == "OK"
        return families
    with opened(tables=1) as v4, opened(tables=1, destination="overlay6") as v6:
        assert AF_NETLINK not in sockets(v4) and AF_NETLINK in sockets(v6)


@X86_64
@pytest.mark.parametrize("error", [errno.EAFNOSUPPORT, errno.ENOBUFS, errno.EAGAIN], ids=errno.errorcode.get)
@pytest.mark.parametrize("call", [SOCKET, SENDTO, RECVFROM])
@pytest.mark.parametrize("socket", [1, 2], ids=["listing", "adding"])
def test_netlink_fails(overlay: Rig, socket: int, call: int, error: int) -> None:
    """Of the first socket, which lists the addresses, or of the second, which adds one: then it is there all the same."""
    sockets: list[int] = []

    def returned(back: Call) -> int | None:
        if back.number == SOCKET and back.arguments[0] == AF_NETLINK:
            sockets.append(back.result)
        mine = back.number == SOCKET and back.arguments[0] == AF_NETLINK or back.number != SOCKET and back.arguments[0] == (sockets or [-1])[-1]
        return -error if back.number == call and mine and len(sockets) == socket else None
    run = trace.run(overlay, "acquire", returned=returned)
    assert run.kind == "IFACE" and os.strerror(error) in run.text, run.err
    overlay.nothing_was_written()
    assert overlay.alias == (socket == 2 and call != SOCKET)
    overlay.recovers()
    is_up(overlay)


# Killed

def looks_at_the_addresses(call: Call) -> bool:
    return call.number == SOCKET and call.arguments[0] == AF_NETLINK


@X86_64
@pytest.mark.parametrize("verb", ["acquire", "release"])
def test_killed_around_the_change_of_the_alias(overlay: Rig, verb: str) -> None:
    """Whatever it was at, the next run ends it: there is nothing half done."""
    left: list[bool] = []
    number = 0
    while left[-2:] != [verb == "acquire"] * 2:
        overlay.reset()
        if verb == "release":
            overlay.with_alias()
        trace.killed(overlay, verb, after=trace.Nth(looks_at_the_addresses, number))
        overlay.nothing_was_written()
        left.append(overlay.alias)
        assert overlay.addresses() in (OWN | OWN6, OWN | OWN6 | overlay.alias_at)
        if overlay.alias:
            is_up(overlay)
        assert overlay.run(verb).kind == "OK"
        if verb == "acquire":
            overlay.is_here(ReplaceRoute=3)
            is_up(overlay)
        else:
            is_down(overlay)
        number += 1 if verb == "release" else 3
    assert left[0] == (verb == "release") and len(left) < 60


# The text of an address, beside Python's

def texts(count: int) -> Iterator[str]:
    """Some that are addresses, and some that are near to it."""
    chance = random.Random(4291)
    for _ in range(count):
        groups = [chance.choice(["0", "0", "0", "1", "db8", "fd12", "0042", "ABCD", "ffff"]) for _ in range(chance.choice([8, 8, 8, 7, 9, 3]))]
        if chance.random() < 0.2:
            groups[-2:] = [chance.choice(["10.9.0.1", "0.0.0.0", "1.2.3", "256.1.1.1", "1.2.3.04"])]
        text = ":".join(groups)
        if chance.random() < 0.5:
            # Some groups, or none, become "::".
            first = chance.randrange(len(groups) + 1)
            last = min(len(groups), first + chance.randrange(5))
            text = ":".join(groups[:first]) + "::" + ":".join(groups[last:])
        if chance.random() < 0.3:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(":.g0%/ -") + text[at + chance.randrange(2):]
        yield text


def read(text: str) -> str | None:
    """As Python reads it, in RFC 5952's form."""
    if "%" in text:  # zones, which Python knows
        return None
    try:
        return str(IPv6Address(text))
    except ValueError:
        return None


def test_an_address_is_read_and_written_as_python_does(overlay: Rig) -> None:
    """What `release` says holds the address, as it was understood."""
    good = bad = 0
    for text in texts(400):
        if "/" in text or not text.strip() or ":" not in text:
            continue
        said = overlay.place.run([INSTALLED, "release", f"--vip={text}"]).stderr
        found = re.search(r"mirrorvip: [A-Z]+: (?:--vip: )?(\S+) (?:was not on|cannot be a VIP)", said)
        assert (found[1] if found else None) == read(text), (text, said)
        assert found or "is no IP address" in said, said
        good, bad = good + bool(found), bad + (not found)
    assert good > 100 and bad > 100
