"""What EC2 says to a reading and to a write: whom the tables point to afterwards, and how often it was asked."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .rig import Rig, opened


def refused(rig: Rig, *says: str, kind: str = "REFUSED", deadline: int = 3) -> None:
    run = rig.run(deadline=deadline)
    assert run.kind == kind and all(each in run.text for each in says), run.err
    assert rig.owners() == ["A"] * len(rig.scene.tables) and not rig.region.log.changes


def test_80_describe_is_not_allowed(rig: Rig) -> None:
    rig.region.deny("ec2:DescribeRouteTables")
    refused(rig, "DescribeRouteTables", "UnauthorizedOperation")
    assert not rig.writes()
    rig.region.allow("ec2:DescribeRouteTables")
    rig.recovers()


def test_80_replace_is_not_allowed(three: Rig) -> None:
    three.region.deny("ec2:ReplaceRoute")
    run = three.run(deadline=3)
    assert run.kind == "REFUSED" and "ReplaceRoute" in run.text and "UnauthorizedOperation" in run.text, run.err
    assert "Encoded" not in run.text
    assert three.writes() == {"ReplaceRoute": 3} and three.owners() == ["A"] * 3
    three.region.allow("ec2:ReplaceRoute")
    three.recovers()


@pytest.mark.parametrize("code", ["AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "RequestExpired"])
def test_81_the_keys_are_fetched_once_more(rig: Rig, code: str) -> None:
    rig.fault(match="DescribeRouteTables", code=code, status=403, count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)
    assert rig.region.log.count("/latest/meta-data/iam/security-credentials/mirror") == 2


@pytest.mark.parametrize("code", ["AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_81_and_then_no_more(rig: Rig, code: str) -> None:
    fault = rig.fault(match="DescribeRouteTables", code=code, status=403)
    refused(rig, code)
    assert fault.hits == 2 and not rig.writes()
    assert rig.region.log.count("/latest/meta-data/iam/security-credentials/mirror") == 2
    rig.recovers()


def test_81_a_key_that_was_revoked_is_replaced(rig: Rig) -> None:
    old = rig.region.credentials(rig.scene.b)
    gate = rig.gate("/latest/meta-data/iam/security-credentials/mirror")
    began, child = time.monotonic(), rig.start()
    gate.wait()
    rig.region.revoke(old)
    rig.region.rotate_credentials(rig.scene.b)
    gate.open()
    assert rig.end(child, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("offset_s", [-1000, 1000, 400, -400, 10 * 365 * 86400])
def test_38_a_clock_that_is_off_is_put_right_once(rig: Rig, offset_s: int) -> None:
    rig.region.clock_offset_s = offset_s
    # The credentials' own expiry is by the region's clock.
    run = rig.run()
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize(("action", "code"), [("DescribeRouteTables", "EC2ThrottledException"), ("ReplaceRoute", "RequestLimitExceeded")])
def test_82_throttled_for_a_while(rig: Rig, action: str, code: str) -> None:
    rig.fault(match=action, code=code, status=503, count=2)
    assert rig.run().kind == "OK"
    assert rig.owners() == ["B"] and rig.writes() == {"ReplaceRoute": 3 if action == "ReplaceRoute" else 1}


def test_82_throttled_for_ever(rig: Rig) -> None:
    rig.fault(match="DescribeRouteTables", code="RequestLimitExceeded", status=503)
    refused(rig, "RequestLimitExceeded", kind="THROTTLED", deadline=2)
    assert not rig.writes()
    rig.recovers()


def test_82_writes_are_throttled_for_ever(rig: Rig) -> None:
    rig.fault(match="ReplaceRoute", code="RequestLimitExceeded", status=503)
    refused(rig, "RequestLimitExceeded", kind="THROTTLED", deadline=2)
    rig.recovers()


@pytest.mark.parametrize(("code", "status"), [("InternalError", 500), ("Unavailable", 503), ("InternalFailure", 500)])
@pytest.mark.parametrize("apply", [True, False])
def test_83_a_failure_of_awss_own_is_looked_at_before_it_is_repeated(rig: Rig, apply: bool, code: str, status: int) -> None:
    rig.fault(match="ReplaceRoute", code=code, status=status, apply=apply, count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1 if apply else 2)
    order = [request.action for request in rig.region.log.requests if request.service == "ec2"]
    first = order.index("ReplaceRoute")
    assert order[first + 1] == "DescribeRouteTables"


@pytest.mark.parametrize("code", ["InternalError", "Unavailable"])
def test_83_a_reading_that_fails_is_repeated(rig: Rig, code: str) -> None:
    rig.fault(match="DescribeRouteTables", code=code, status=503, count=2)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


REFUSALS = {
    "84-table": ("InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-0' does not exist"),
    "84-eni": ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0' does not exist"),
    "86-limit": ("RouteLimitExceeded", "The maximum number of routes has been reached."),
    "86-state": ("IncorrectState", "The VPN gateway is not attached."),
    "unknown": ("SomethingNew", "It has never been said before"),
}


@pytest.mark.parametrize(("code", "message"), REFUSALS.values(), ids=REFUSALS)
def test_87_the_second_of_three_tables_fails(three: Rig, code: str, message: str) -> None:
    second = three.scene.tables[1]
    three.fault(match="ReplaceRoute", table=second, code=code, message=message)
    run = three.run(deadline=3)
    assert run.kind == "PARTIAL" and second in run.text and code in run.text and "2 of 3" in run.text, run.err
    assert three.owners() == ["B", "A", "B"] and three.writes() == {"ReplaceRoute": 3}
    three.recovers()
    assert three.writes() == {"ReplaceRoute": 4}


@pytest.mark.parametrize(("code", "message"), REFUSALS.values(), ids=REFUSALS)
def test_84_86_the_only_table_fails(rig: Rig, code: str, message: str) -> None:
    rig.fault(match="ReplaceRoute", code=code, message=message)
    refused(rig, code, rig.scene.tables[0])
    assert rig.writes() == {"ReplaceRoute": 1}
    rig.recovers()


def vanish(rig: Rig, target: str | None) -> Any:
    """Between the reading and the write, the route becomes this."""
    def change(true: bytes) -> bytes:
        rig.region.set_route(rig.scene.tables[0], rig.scene.destination, target)
        return true
    return rig.fault(match="DescribeRouteTables", raw=change, count=1)


def test_85_no_route_to_replace(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "hold_region_to_the_rules", lambda: None)  # The test takes the route away itself.
    vanish(rig, None)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1, CreateRoute=1)


def test_85_a_route_where_there_was_none(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "hold_region_to_the_rules", lambda: None)
    """Who created it came while this run was at work, so it is not ours to fight. The next run takes it."""
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, None)
    vanish(rig, rig.scene.a.eni)
    run = rig.run()
    assert run.kind == "CONFLICT" and rig.scene.a.eni in run.text, run.err
    assert rig.writes() == {"CreateRoute": 1} and rig.owners() == ["A"]
    rig.recovers()


def test_85_the_route_that_was_there_comes_back(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone when it is to be replaced, there again when it is to be created: replaced once more."""
    monkeypatch.setattr(rig, "hold_region_to_the_rules", lambda: None)
    vanish(rig, None)

    def again(true: bytes) -> bytes:
        rig.region.set_route(rig.scene.tables[0], rig.scene.destination, rig.scene.a.eni)
        return true
    rig.fault(match="ReplaceRoute", raw=again, count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=2, CreateRoute=1)


def test_153_a_table_is_deleted_between_reading_and_write(three: Rig) -> None:
    second = three.scene.tables[1]

    def delete(true: bytes) -> bytes:
        three.region.delete_table(second)
        return true
    three.fault(match="DescribeRouteTables", raw=delete, count=1)
    run = three.run(deadline=3)
    assert run.kind == "PARTIAL" and second in run.text, run.err
    others = [three.region.routes(table)[three.scene.destination].target for table in three.scene.tables if table != second]
    assert others == [three.scene.b.eni] * 2


def stale(stale_s: float) -> None:
    """On a host and a region of its own, so that others need not wait."""
    with opened(tables=1) as rig:
        rig.fault(match="DescribeRouteTables", nth=2, stale_s=stale_s)
        run = rig.run(deadline=None if stale_s < 20 else 2)
        rig.is_here(ReplaceRoute=1)
        if stale_s < 20:
            assert run.kind == "OK" and run.seconds > stale_s and rig.region.log.count("DescribeRouteTables") >= 3, run.err
        else:
            assert run.kind == "UNVERIFIED" and rig.scene.tables[0] in run.text, run.err
            rig.recovers()


def test_88_readings_are_stale() -> None:
    """For a moment, for 1 s, for 5 s, and for longer than the deadline."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(stale, [0.1, 1, 5, 60]))


def test_89_readings_flap(rig: Rig) -> None:
    # New, old, new, old: until two in a row agree.
    rig.fault(match="DescribeRouteTables", nth=3, every=2, count=2, stale_s=60)
    rig.fault(match="DescribeRouteTables", nth=2, count=0)
    run = rig.run()
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


def test_90_another_owner_appears_after_our_write(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    other = rig.region.add_eni(rig.scene.subnets["a"], "10.109.1.77", instance=rig.scene.a.id)

    def take(true: bytes) -> bytes:
        rig.region.set_route(rig.scene.tables[0], rig.scene.destination, other.id)
        return true
    monkeypatch.setattr(rig, "hold_region_to_the_rules", lambda: None)  # The other owner is the test's.
    rig.fault(match="ReplaceRoute", raw=take, count=1)
    run = rig.run(deadline=3)
    assert run.kind == "CONFLICT" and other.id in run.text and rig.scene.tables[0] in run.text, run.err
    assert rig.writes() == {"ReplaceRoute": 1} and rig.scene.owners() == [other.id]
    # Twice: one that is shown once may have had it long ago.
    assert rig.region.log.count("DescribeRouteTables") == 3


def test_90_a_former_owner_who_is_shown_once(rig: Rig) -> None:
    other = rig.region.add_eni(rig.scene.subnets["a"], "10.109.1.77", instance=rig.scene.a.id)
    belonged_to(rig, other.id, nth=2)
    run = rig.run()
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)
    assert rig.region.log.count("DescribeRouteTables") == 4


def test_91_all_is_ours_already(three: Rig) -> None:
    for table in three.scene.tables:
        three.region.set_route(table, three.scene.destination, three.scene.b.eni)
    three.region.log.clear()
    three.with_alias()
    assert three.run().kind == "OK"
    three.is_here()
    # Twice: the first reading may be the picture of an earlier term of this host.
    assert three.region.log.count("DescribeRouteTables") == 2


def belonged_to(rig: Rig, owner: str, nth: int) -> None:
    """The VIP was there shortly before host A took it, and the nth reading still shows that."""
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, owner)
    rig.fault(match="DescribeRouteTables", nth=nth, count=1, stale_s=60)
    time.sleep(0.1)
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, rig.scene.a.eni)
    rig.region.log.clear()


def test_88_the_picture_of_an_earlier_term_is_no_proof(rig: Rig) -> None:
    belonged_to(rig, rig.scene.b.eni, nth=1)
    run = rig.run(deadline=4)
    # Nor is what another host has taken fought for.
    assert run.kind == "UNVERIFIED" and "so nothing was written to it" in run.text, run.err
    assert rig.owners() == ["A"] and not rig.writes()
    rig.recovers()


def test_88_nor_is_it_that_a_lost_write_was_carried_out(rig: Rig) -> None:
    belonged_to(rig, rig.scene.b.eni, nth=2)
    rig.fault(match="ReplaceRoute", apply=False, cut=0, end="reset", count=1)
    run = rig.run(deadline=4)
    assert run.kind != "OK" or rig.owners() == ["B"], run.err
    rig.recovers()


def test_88_a_deletion_does_not_stand_on_it(rig: Rig) -> None:
    belonged_to(rig, rig.scene.b.eni, nth=1)
    rig.may_delete = True
    run = rig.run("release", "--route")
    assert run.kind == "OK" and "; 0 routes deleted" in run.text, run.err
    assert rig.owners() == ["A"] and not rig.writes()


def test_92_a_black_hole_of_our_own_is_written_again(rig: Rig) -> None:
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, rig.scene.b.eni, state="blackhole")
    rig.region.log.clear()
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_92_our_own_interface_is_detached_meanwhile(rig: Rig) -> None:
    gate = rig.gate("/latest/meta-data/iam/security-credentials/mirror")
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "2")
    gate.wait()
    rig.region.attach(rig.scene.b.eni, None)
    gate.open()
    run = rig.end(child, began, 2)
    # The route is ours, but nobody can be reached by it: never OK.
    assert run.kind in ("UNVERIFIED", "REFUSED", "PARTIAL", "DEADLINE"), run.err
    assert rig.region.routes(rig.scene.tables[0])[rig.scene.destination].state == "blackhole"


def test_a_dry_run_writes_nothing_and_sets_no_alias(three: Rig) -> None:
    run = three.run("acquire", "--dry-run")
    assert run.kind == "DIFFERS" and all(f"{table}  elsewhere: ReplaceRoute" in run.out for table in three.scene.tables), run.err
    three.nothing_was_written()
    assert not three.alias


def test_status_says_who_has_it_and_writes_nothing(three: Rig) -> None:
    three.region.set_route(three.scene.tables[0], three.scene.destination, three.scene.b.eni)
    three.region.log.clear()
    run = three.run("status")
    assert run.kind == "DIFFERS" and "1 of 3" in run.text and "several targets" in run.out, run.err
    assert not three.writes() and not three.alias
