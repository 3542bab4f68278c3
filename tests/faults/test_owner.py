"""Whose a route is before the run, and whose it becomes beside it: whom it may be taken from, and another tool at work."""

from __future__ import annotations

import time

import pytest

from .rig import Rig

NEW_TARGETS = ["eni-0fedcba9876543210", "igw-0fedcba9876543210", "nat-0fedcba9876543210", "tgw-0fedcba9876543210", "vgw-0fedcba9876543210",
               "pcx-0fedcba9876543210", "vpce-0fedcba9876543210", "lgw-0fedcba9876543210"]


def foreign(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets that are neither host's are the test's own doing."""
    monkeypatch.setattr(rig, "hold_region_to_the_rules", lambda: None)


def from_owner(rig: Rig, *owners: str) -> tuple[str, str]:
    return "--only-if-owner", ",".join(owners or (rig.scene.a.eni,))


def test_138_from_the_one_named(three: Rig) -> None:
    assert three.run("acquire", *from_owner(three)).kind == "OK"
    three.is_here(ReplaceRoute=3)
    # What is here is as good as any, whoever is named.
    assert three.run("acquire", *from_owner(three)).kind == "OK"
    three.is_here(ReplaceRoute=3)


def test_138_from_the_one_named_who_is_dead(three: Rig) -> None:
    three.region.stop_instance(three.scene.a.id)
    assert three.run("acquire", *from_owner(three)).kind == "OK"
    three.is_here(ReplaceRoute=3)


def test_138_from_one_who_has_none_of_them(three: Rig) -> None:
    run = three.run("acquire", *from_owner(three, "eni-0fedcba9876543210"))
    assert run.kind == "CONFLICT" and three.scene.a.eni in run.text and "--only-if-owner" in run.text, run.err
    three.nothing_was_written()
    three.recovers()


@pytest.mark.parametrize("target", [None, *NEW_TARGETS])
def test_138_one_table_of_another_stops_all(three: Rig, monkeypatch: pytest.MonkeyPatch, target: str | None) -> None:
    foreign(three, monkeypatch)
    three.region.set_route(three.scene.tables[1], three.scene.destination, target)
    run = three.run("acquire", *from_owner(three))
    assert run.kind == "CONFLICT" and f"{three.scene.tables[1]} belongs to {target or 'nobody'}," in run.text, run.err
    assert not three.writes() and three.owners() == ["A", str(target), "A"]
    # The same in a dry run, which says so of that table.
    dry = three.run("acquire", "--dry-run", *from_owner(three))
    assert dry.kind == "CONFLICT" and sum(line.endswith(": its owner's to keep") for line in dry.out.splitlines()) == 1, dry.err
    three.recovers()


def test_138_from_nobody(three: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign(three, monkeypatch)
    for table in three.scene.tables[1:]:
        three.region.set_route(table, three.scene.destination, None)
    assert three.run("acquire", "--only-if-owner", "nobody").kind == "CONFLICT"
    assert not three.writes()
    assert three.run("acquire", *from_owner(three, three.scene.a.eni, "nobody")).kind == "OK"
    three.is_here(ReplaceRoute=1, CreateRoute=2)


def test_138_the_one_named_loses_it_after_the_reading(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """EC2 has no condition for a write: what changes between the last reading and the write cannot be seen."""
    foreign(rig, monkeypatch)
    other = rig.region.add_eni(rig.scene.subnets["a"], "10.109.1.77", instance=rig.scene.a.id)

    def take(true: bytes) -> bytes:
        rig.region.set_route(rig.scene.tables[0], rig.scene.destination, other.id)
        return true
    rig.fault(match="DescribeRouteTables", raw=take, count=1)
    assert rig.run("acquire", *from_owner(rig)).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_138_the_one_named_loses_it_before_the_next_reading(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first write is throttled; before the second there is a reading, and it shows another owner."""
    foreign(rig, monkeypatch)

    def take(true: bytes) -> bytes:
        rig.region.set_route(rig.scene.tables[0], rig.scene.destination, NEW_TARGETS[0])
        return true
    rig.fault(match="ReplaceRoute", code="RequestLimitExceeded", status=503, raw=take, count=1)
    run = rig.run("acquire", *from_owner(rig))
    assert run.kind == "CONFLICT" and NEW_TARGETS[0] in run.text, run.err
    assert rig.writes() == {"ReplaceRoute": 1} and rig.owners() == [NEW_TARGETS[0]]


@pytest.mark.parametrize("target", NEW_TARGETS)
def test_139_another_tool_writes_the_same_route(three: Rig, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    foreign(three, monkeypatch)
    second = three.scene.tables[1]

    def take(true: bytes) -> bytes:
        three.region.set_route(second, three.scene.destination, target)
        return true
    three.fault(match="ReplaceRoute", table=second, raw=take, count=1)
    run = three.run(deadline=3)
    assert run.kind == "CONFLICT" and f"{second} points to {target}" in run.text, run.err
    assert three.writes() == {"ReplaceRoute": 3} and three.owners() == ["B", target, "B"]
    written = [request.params["RouteTableId"] for request in three.region.log.actions("ReplaceRoute")]
    assert sorted(written) == sorted(three.scene.tables)


def test_139_another_tool_writes_while_it_verifies(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign(rig, monkeypatch)
    gate = rig.gate("ReplaceRoute")
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "3")
    gate.wait()
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, "tgw-0fedcba9876543210")
    gate.open()
    run = rig.end(child, began, 3)
    assert run.kind == "CONFLICT" and "tgw-0fedcba9876543210" in run.text, run.err
    assert rig.writes() == {"ReplaceRoute": 1}
