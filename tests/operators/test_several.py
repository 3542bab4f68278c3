"""Several VIPs, each a section of the configuration: all moved in one run, over the same connections."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from faults.rig import OWN, Rig, opened
from region.model import Eni, target_of
from world import World

VIPS = {"web": "10.9.0.1", "db": "10.9.0.2", "mq": "10.9.0.3"}
GUARD = "/usr/local/sbin/guard"


@pytest.fixture(scope="module")
def shared() -> Iterator[Rig]:
    with opened(tables=3) as rig:
        yield rig


@pytest.fixture
def rig(shared: Rig) -> Rig:
    shared.reset()
    return shared


def configure(rig: Rig, sections: dict[str, str], common: str = "") -> None:
    """These sections, with what each says beside its VIP; all tables send all VIPs to host A."""
    for number, name in enumerate(sections, 1):
        route(rig, name, rig.scene.a.eni)
        rig.others[f"{VIPS[name]}/32"] = f"eth0:{number}"
    rig.region.log.clear()
    text = "".join(f"[{name}]\nvip = {VIPS[name]}\n{more}\n" for name, more in sections.items())
    rig.place.write("/etc/mirrorvip.conf", f"{common}\n{text}")


def route(rig: Rig, name: str, eni: str) -> None:
    for table in rig.scene.tables:
        rig.region.set_route(table, f"{VIPS[name]}/32", eni)


def targets(rig: Rig, name: str) -> list[str | None]:
    return [target_of(rig.region.routes(table).get(f"{VIPS[name]}/32")) for table in rig.scene.tables]


def are_at(rig: Rig, eni: str, *names: str) -> bool:
    return all(targets(rig, name) == [eni] * len(rig.scene.tables) for name in names)


def written_to(rig: Rig) -> list[str]:
    """The destinations of all writes."""
    return sorted(request.params["DestinationCidrBlock"] for request in rig.written())


def guarded(rig: Rig, status: int = 0) -> str:
    """A guard that notes each time it is asked, as a line of the configuration."""
    rig.place.write(GUARD, f"#!/bin/sh\necho asked >>/run/asked\nexit {status}\n", 0o755)
    rig.place.write("/run/asked", "")
    return f"guard = {GUARD}\n"


def asked(rig: Rig) -> int:
    return len(rig.place.run(["cat", "/run/asked"]).stdout.splitlines())


# All of them.

def test_two_in_one_run(rig: Rig) -> None:
    """One lock, guard, metadata session and listing; all writes at once, over no more connections than there are writes."""
    named = f"route-table = {','.join(rig.scene.tables)}\n"
    configure(rig, {"web": named, "db": named}, guarded(rig))
    run = rig.run("acquire", "-v", vip=False)
    assert run.kind == "OK" and run.text.startswith("2 of 2 VIPs are here: web (10.9.0.1), db (10.9.0.2), "), run.err
    assert [line[:13] for line in run.out.splitlines()] == ["web: OK: 10.9", "db: OK: 10.9."]
    assert "6 of 6 written" in run.err and "web: 3 of 3 here, db: 3 of 3 here" in run.err
    assert are_at(rig, rig.scene.b.eni, "web", "db")
    assert rig.addresses() == OWN | {"10.9.0.1/32": "eth0:1", "10.9.0.2/32": "eth0:2"}
    assert rig.writes() == {"ReplaceRoute": 6} and asked(rig) == 1
    assert rig.region.log.count("DescribeRouteTables") == 2
    assert rig.connections("imds") == 1 and rig.connections("ec2") <= 6
    # As many requests of the metadata as one VIP costs: what one has found out, the other need not ask.
    metadata = rig.asked("imds")
    rig.reset()
    assert rig.run().kind == "OK" and rig.asked("imds") == metadata


def test_one_is_here_already(rig: Rig) -> None:
    """It costs no write and no alias of its own, whatever its label; another run has nothing to do for either."""
    configure(rig, {"web": "", "db": ""}, guarded(rig))
    route(rig, "web", rig.scene.b.eni)
    rig.region.log.clear()
    rig.add("10.9.0.1/32", "eth0:9")
    assert rig.run("acquire", vip=False).kind == "OK"
    assert written_to(rig) == ["10.9.0.2/32"] * 3 and are_at(rig, rig.scene.b.eni, "web", "db")
    assert rig.addresses() == OWN | {"10.9.0.1/32": "eth0:9", "10.9.0.2/32": "eth0:2"} and asked(rig) == 1
    assert rig.run("acquire", vip=False).kind == "OK"
    assert rig.writes() == {"ReplaceRoute": 3} and asked(rig) == 1


def test_three_and_one_is_refused(rig: Rig) -> None:
    """The others come here all the same, and it is told which did not; when it may be written, one write is left."""
    first, second, third = rig.scene.tables
    configure(rig, {"web": "", "db": f"route-table = {third}", "mq": ""}, f"route-table = {first}, {second}")
    rig.region.deny("ec2:ReplaceRoute", third)
    run = rig.run("acquire", vip=False)
    assert run.kind == "PARTIAL" and "2 of 3 VIPs are here, and db (10.9.0.2) is not: REFUSED: 0 of 1 route tables are here" in run.text, run.err
    assert [line.split(":")[:2] for line in run.out.splitlines()] == [["web", " OK"], ["db", " REFUSED"], ["mq", " OK"]]
    a, b = rig.scene.a.eni, rig.scene.b.eni
    assert targets(rig, "web") == targets(rig, "mq") == [b, b, a] and targets(rig, "db") == [a, a, a]
    assert rig.addresses() == OWN | {f"{vip}/32": f"eth0:{number}" for number, vip in enumerate(VIPS.values(), 1)}
    rig.region.allow("ec2:ReplaceRoute", third)
    before = len(rig.written())
    assert rig.run("acquire", vip=False).kind == "OK"
    assert targets(rig, "db") == [a, a, b] and len(rig.written()) == before + 1


def test_one_reading_of_many_pages(rig: Rig) -> None:
    configure(rig, {"web": "", "db": ""})
    rig.region.page_size, rig.region.empty_pages, rig.region.framing = 2, True, "chunked"
    assert rig.run("acquire", vip=False).kind == "OK"
    assert are_at(rig, rig.scene.b.eni, "web", "db") and rig.writes() == {"ReplaceRoute": 6}


def test_the_guard_says_no(rig: Rig) -> None:
    configure(rig, {"web": "", "db": ""}, guarded(rig, 1))
    run = rig.run("acquire", vip=False)
    assert run.kind == "NOTPRIMARY" and "0 of 2 VIPs are here" in run.text, run.err
    assert not rig.writes() and are_at(rig, rig.scene.a.eni, "web", "db") and asked(rig) == 1


def test_a_lost_answer_of_one(rig: Rig) -> None:
    """What may have been carried out is looked at, and not written again."""
    configure(rig, {"web": "", "db": ""})
    rig.fault(match="ReplaceRoute", nth=5, count=1, cut=0)
    assert rig.run("acquire", vip=False).kind == "OK"
    assert are_at(rig, rig.scene.b.eni, "web", "db") and rig.writes() == {"ReplaceRoute": 6}


def test_one_of_each_family() -> None:
    """The same host under an address of IPv4 and one of IPv6: one listing tells of both."""
    with opened(tables=2, destination="overlay6") as rig:
        route(rig, "db", rig.scene.a.eni)
        rig.others["10.9.0.2/32"] = "eth0:2"
        rig.region.log.clear()
        rig.place.write("/etc/mirrorvip.conf", f"[six]\nvip = {rig.scene.vip}\n[four]\nvip = 10.9.0.2\n")
        run = rig.run("acquire", vip=False)
        assert run.kind == "OK" and f"six ({rig.scene.vip}), four (10.9.0.2)" in run.text, run.err
        rig.is_here(ReplaceRoute=4)
        assert are_at(rig, rig.scene.b.eni, "db") and rig.addresses()["10.9.0.2/32"] == "eth0:2"
        assert rig.region.log.count("DescribeRouteTables") == 2 and rig.connections("imds") == 1


# Two interfaces.

def second_interface(rig: Rig) -> Eni:
    subnet = rig.region.add_subnet(rig.scene.vpc, "10.109.4.0/24", zone=rig.scene.b.zone)
    eni = rig.region.add_eni(subnet, "10.109.4.10", instance=rig.scene.b.id, source_dest_check=False)
    rig.place.ip(f"link add eth1 address {eni.mac} type veth peer name other1", "link set other1 up",
                 "addr add 10.109.4.10/24 dev eth1", "link set eth1 up")
    return eni


def addresses_of(rig: Rig, interface: str) -> dict[str, str]:
    shown = json.loads(rig.place.run(["ip", "-j", "-4", "addr", "show", "dev", interface]).stdout)
    return {each["local"]: each["label"] for each in shown[0]["addr_info"]}


def test_three_on_two_interfaces() -> None:
    """Each route leads to the interface that has the alias; one that is without a link keeps no VIP of the other."""
    with opened(tables=2) as rig:
        eni = second_interface(rig)
        configure(rig, {"web": "", "db": "interface = eth1", "mq": "interface = eth1"})
        run = rig.run("acquire", vip=False)
        assert run.kind == "OK", run.err
        assert are_at(rig, rig.scene.b.eni, "web") and are_at(rig, eni.id, "db", "mq")
        assert addresses_of(rig, "eth0") == {"10.109.2.10": "eth0", "10.9.0.1": "eth0:1"}
        assert addresses_of(rig, "eth1") == {"10.109.4.10": "eth1", "10.9.0.2": "eth1:2", "10.9.0.3": "eth1:3"}
        assert rig.connections("imds") == 1 and rig.writes() == {"ReplaceRoute": 6}
        items = [request.action for request in rig.region.log.requests if request.service == "imds"]
        assert sum("interface-id" in item for item in items) == 2
        configure(rig, {"web": "", "db": "interface = eth1", "mq": "interface = eth1"})
        rig.place.ip("link set other1 down")
        run = rig.run("acquire", vip=False)
        assert run.kind == "PARTIAL" and "1 of 3 VIPs is here, and db (10.9.0.2) is not: IFACE: eth1 is without a link" in run.text, run.err
        assert are_at(rig, rig.scene.b.eni, "web") and are_at(rig, rig.scene.a.eni, "db", "mq")
        assert run.seconds < 2.5


# The other verbs.

def test_status_and_release(rig: Rig) -> None:
    configure(rig, {"web": "", "db": ""})
    run = rig.run("status", vip=False)
    assert run.kind == "DIFFERS" and "0 of 2 VIPs are here, and web (10.9.0.1) is not: DIFFERS: " in run.text, run.err
    assert rig.run("acquire", vip=False).kind == "OK"
    run = rig.run("status", vip=False)
    assert run.kind == "OK" and run.text == "2 of 2 VIPs are here: web (10.9.0.1), db (10.9.0.2)"
    assert all(f"{VIPS[name]}/32" in run.out for name in ("web", "db"))
    run = rig.run("release", "--section", "db", vip=False)
    assert run.kind == "OK" and run.text == "10.9.0.2 was taken off eth0:2", run.err
    assert rig.addresses() == OWN | {"10.9.0.1/32": "eth0:1"}
    rig.may_delete = True
    run = rig.run("release", "--route", vip=False)
    assert run.kind == "OK" and "web: OK: 10.9.0.1 was taken off eth0:1; 3 routes deleted\n" in run.out, run.err
    assert rig.addresses() == OWN and targets(rig, "web") == targets(rig, "db") == [None] * 3


def test_follow(rig: Rig) -> None:
    """Each alias follows its own route."""
    configure(rig, {"web": "", "db": ""})
    route(rig, "web", rig.scene.b.eni)
    rig.place.ip("addr add 10.9.0.2/32 dev eth0 label eth0:2")
    run = rig.run("follow", vip=False)
    assert run.kind == "OK" and "2 of 2 VIPs are followed" in run.text, run.err
    assert rig.addresses() == OWN | {"10.9.0.1/32": "eth0:1"} and not rig.writes()


def test_one_of_them(rig: Rig) -> None:
    """Its label is that of its place in the file, and it ends as the only VIP there is does."""
    configure(rig, {"web": "", "db": ""})
    run = rig.run("acquire", "--section", "db", vip=False)
    assert run.kind == "OK" and run.text.startswith("10.9.0.2 is here: 3 of 3 route tables") and not run.out, run.err
    assert rig.addresses() == OWN | {"10.9.0.2/32": "eth0:2"}
    assert are_at(rig, rig.scene.a.eni, "web") and are_at(rig, rig.scene.b.eni, "db")


@pytest.mark.parametrize("more, config, says", [
    (["--vip", "10.9.0.9"], "[a]\nvip = 10.9.0.1\n", "none can be given for all"),
    (["--section", "b"], "[a]\nvip = 10.9.0.1\n", "there is no section 'b' in /etc/mirrorvip.conf"),
    ([], "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.1\n", "sections 'a' and 'b' have one VIP"),
    ([], "[a]\nregion = eu-west-1\n", "/etc/mirrorvip.conf, line 2: 'region' is no key of a section"),
])
def test_what_does_not_go_together(rig: Rig, more: list[str], config: str, says: str) -> None:
    rig.place.write("/etc/mirrorvip.conf", config)
    run = rig.run("acquire", *more, vip=False)
    assert run.kind == "USAGE" and says in run.text, run.err
    rig.nothing_was_attempted()


def test_destinations_that_overlap(rig: Rig) -> None:
    rig.place.write("/etc/mirrorvip.conf", "[a]\nvip = 10.109.10.254/27\n[b]\nvip = 10.109.10.253/27\n")
    run = rig.run("acquire", vip=False)
    assert run.kind == "USAGE" and "the routes of 'a' and 'b' overlap: 10.109.10.224/27 and 10.109.10.224/27" in run.text, run.err
    assert rig.addresses() == OWN and not rig.asked("ec2")


# With clients.

def test_clients_reach_both() -> None:
    """One VIP on each of two interfaces of the new host, both from another subnet."""
    with World(tables=2, destination="overlay", alias=False) as w:
        region, vips = w.region, [VIPS["web"], VIPS["db"]]
        home = region.add_subnet(w.scene.vpc, "10.109.4.0/24", zone=w.scene.b.zone)
        eni = region.add_eni(home, "10.109.4.10", instance=w.scene.b.id, source_dest_check=False)
        w.router.connect(w.b, home, eni.private_ip, eni.mac, name="eth1")
        for table in w.scene.tables:
            region.set_route(table, f"{vips[1]}/32", w.scene.a.eni)
        w.a.ip(*(f"addr add {vip}/32 dev eth0 label eth0:{number}" for number, vip in enumerate(vips, 1)))
        w.b.write("/etc/mirrorvip.conf", f"[web]\nvip = {vips[0]}\ninterface = eth0\n[db]\nvip = {vips[1]}\ninterface = eth1\n")
        assert [w.client.ask(vip=vip) for vip in vips] == ["A", "A"]
        w.a.die()
        assert [w.client.ask(vip=vip) for vip in vips] == [None, None]
        done = w.b.mirrorvip("acquire", "-v")
        assert done.returncode == 0, done.stderr
        assert [w.client.ask(vip=vip) for vip in vips] == ["B", "B"]
        assert [target_of(region.routes(table)[f"{vips[1]}/32"]) for table in w.scene.tables] == [eni.id] * 2
