"""The preflight: each thing that would make a failover fail is named, with its cure; nothing is written, no lock is taken."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from .rig import OWN, Rig, Run, opened

LINE = re.compile(r"(ok|warning|failure) +(\S+(?: \S+)*?) {2,}(.*)")
PROVED_FIRST, A_SECOND = 20, 5
PROVED = "CreateRoute", "DeleteRoute", "ReplaceRoute"


def check(rig: Rig, *more: str, deadline: int | None = None, vip: bool = True, endpoint: bool = True) -> tuple[Run, list[tuple[str, str, str]]]:
    """The run, and its findings: how bad, of what, what. The alias is up, unless something is in its place."""
    if vip and rig.addresses() == OWN:
        rig.with_alias()
    before = rig.addresses(), rig.owners()
    run = rig.run("check", *more, deadline=deadline, vip=vip, endpoint=endpoint)
    assert not rig.writes() and not rig.region.log.changes and (rig.addresses(), rig.owners()) == before
    found = [LINE.fullmatch(line) for line in run.out.splitlines()]
    assert all(found), run.out
    return run, [(line[1], line[2], line[3]) for line in found if line]


def of(found: list[tuple[str, str, str]], severity: str) -> list[tuple[str, str]]:
    return [(about, text) for how, about, text in found if how == severity]


def test_all_is_well(three: Rig) -> None:
    run, found = check(three)
    assert run.kind == "OK", run.err
    assert [about for _, about, _ in found] == [
        "configuration", "guard", "alias", "rights", "interface", "identity", "metadata", "clock", "path", "placement", "region",
        "endpoint", "credentials", "credentials",
        "clock", "API", "table", "table", "table", "subnets", "permission", "permission", "source/dest"]
    assert {how for how, _, _ in found} == {"ok"}
    text = run.out
    assert three.scene.b.eni in text and three.scene.b.mac in text and three.scene.b.id in text and "10.9.0.1/32" in text
    assert three.region.credentials(three.scene.b).access_key in text
    assert sorted(three.dry_runs()) == sorted((action, table) for table in three.scene.tables for action in PROVED)
    # And what it said was so: nothing was spoiled on the way.
    three.recovers()


def test_it_takes_no_lock(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    child = rig.start("acquire")
    gate.wait()
    run = rig.run("check")
    assert run.kind == "OK", run.err
    gate.open()
    child.communicate(timeout=10)
    assert child.returncode == 0


def test_94_a_dry_run_that_is_permitted(three: Rig) -> None:
    """Whatever a table says now, whoever runs this may have to replace its route, or to create it; what deletes is asked about last."""
    first, second, third = three.scene.tables
    three.region.set_route(second, three.scene.destination, None)
    three.region.set_route(third, three.scene.destination, three.scene.b.eni)
    three.region.log.clear()
    run, found = check(three)
    assert run.kind == "OK", run.err
    for number, action in enumerate(("ReplaceRoute", "CreateRoute", "DeleteRoute")):
        assert sorted(three.dry_runs()[3 * number:3 * number + 3]) == sorted((action, table) for table in three.scene.tables)
    assert [request.error for request in three.written()] == ["DryRunOperation"] * 9
    says = [text.split()[2].rstrip(":") for _, about, text in found if about == "table"]
    assert says == ["elsewhere", "nowhere", "here"]


def test_94_what_is_said_of_the_route_is_said_to_who_may(three: Rig) -> None:
    """EC2 looks at permission first: who learns that there is a route already could have created one."""
    for table in three.scene.tables:
        three.fault(match="CreateRoute", table=table, code="RouteAlreadyExists", message="The route identified by 10.9.0.1/32 already exists.")
    run, found = check(three)
    assert run.kind == "OK", run.err
    assert [text for about, text in of(found, "ok") if about == "permission"][0].startswith(
        "of 3 route tables ReplaceRoute is permitted on 3, CreateRoute on 3, and DeleteRoute, which nothing needs but release --route, on 3: ")


@pytest.mark.parametrize("action", ["ReplaceRoute", "CreateRoute"])
def test_94_what_is_not_needed_yet_is_a_warning(three: Rig, action: str) -> None:
    """The next failover may be the one that needs it."""
    first, second, third = three.scene.tables
    if action == "ReplaceRoute":
        three.region.set_route(second, three.scene.destination, None)
        three.region.log.clear()
    three.region.deny(f"ec2:{action}", second)
    run, found = check(three)
    assert run.kind == "OK" and "1 warning" in run.text, run.err
    [(about, text)] = of(found, "warning")
    assert about == "permission" and text.startswith(f"{second}, once it has {'a' if action == 'ReplaceRoute' else 'no'} route: {action}: HTTP 403 ")
    assert f"; aws iam put-role-policy --role-name mirror --policy-name mirrorvip-{action}-{second} " in text
    three.region.allow(f"ec2:{action}", second)
    assert "0 warnings" in check(three)[0].text


@pytest.mark.parametrize("action", ["ReplaceRoute", "CreateRoute"])
def test_94_a_dry_run_that_is_not(three: Rig, action: str) -> None:
    first, second, third = three.scene.tables
    if action == "CreateRoute":
        three.region.set_route(second, three.scene.destination, None)
        three.region.log.clear()
    three.region.deny(f"ec2:{action}", second)
    run, found = check(three)
    assert run.kind == "REFUSED" and second in run.text, run.err
    [(about, text)] = of(found, "failure")
    assert about == "permission" and second in text and "UnauthorizedOperation" in text
    assert f'{{"Effect": "Allow", "Action": "ec2:{action}", "Resource": "arn:aws:ec2:eu-central-1:*:route-table/{second}"}}' in text
    assert "Encoded" not in run.out
    assert [about for about, text in of(found, "ok") if f"{action} is permitted on 2" in text or f"{action} on 2" in text] == ["permission"]
    three.region.allow(f"ec2:{action}", second)
    assert check(three)[0].kind == "OK"


def test_94_a_dry_run_of_a_table_that_has_gone(three: Rig) -> None:
    second = three.scene.tables[1]
    three.fault(match="ReplaceRoute", table=second, code="InvalidRouteTableID.NotFound", message="The routeTable ID does not exist")
    run, found = check(three)
    assert run.kind == "REFUSED", run.err
    [(about, text)] = of(found, "failure")
    assert about == "permission" and second in text and text.endswith("; name a route table that exists")


def test_94_a_dry_run_that_is_throttled_is_not_repeated(three: Rig) -> None:
    three.fault(match="ReplaceRoute", code="RequestLimitExceeded", status=503)
    run, found = check(three)
    assert run.kind == "THROTTLED" and len(three.dry_runs()) == 3, run.err
    [(about, text)] = of(found, "failure")
    assert about == "permission" and "3 of 3" in text
    three.recovers()


def test_94_an_answer_is_lost(three: Rig) -> None:
    three.fault(match="ReplaceRoute", table=three.scene.tables[0], cut=0)
    run, found = check(three)
    assert run.kind == "NETWORK", run.err
    assert of(found, "failure")[0][0] == "permission" and "1 of 3" in of(found, "failure")[0][1]
    assert any("of 3 route tables ReplaceRoute is permitted on 2, " in text for _, text in of(found, "ok"))


def test_94_who_knows_no_dry_run_is_named(rig: Rig) -> None:
    """Whatever answers says that it did it: then it is not EC2."""
    done = b'<ReplaceRouteResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return></ReplaceRouteResponse>'
    rig.fault(match="ReplaceRoute", body=done, status=200, apply=False)
    run, found = check(rig)
    assert run.kind == "NETWORK" and "dry run" in run.text, run.err


def test_many_tables_are_proved_no_faster_than_aws_pays_back() -> None:
    """The bucket is left to a failover."""
    with opened(tables=28) as rig:
        rig.region.throttle.on = True
        run, found = check(rig)
        assert run.kind == "OK" and "0 warnings" in run.text, run.err
        assert sorted(rig.dry_runs()) == sorted((action, table) for action in PROVED for table in rig.scene.tables)
        actions = [action for action, _ in rig.dry_runs()]
        assert all(set(actions[at:at + size]) == {action} for at, size, action in (
            (0, PROVED_FIRST, "ReplaceRoute"), (PROVED_FIRST, PROVED_FIRST, "CreateRoute"), (3 * PROVED_FIRST, A_SECOND, "ReplaceRoute")))
        assert run.seconds > 2
        assert any("of 28 route tables ReplaceRoute is permitted on 28, CreateRoute on 28, " in text for _, text in of(found, "ok"))
        # For what there is no time, there is a deadline that would do.
        rig.region.throttle.refill()
        rig.region.log.clear()
        run, found = check(rig, deadline=4)
        assert run.kind == "OK" and "8 warnings" in run.text, run.err
        asked = {table for _, table in rig.dry_runs()}
        assert len(asked) == PROVED_FIRST and sorted(of(found, "warning")) == sorted(
            ("permission", f"{table} was not asked about before the deadline came; mirrorvip check --deadline 7") for table in set(rig.scene.tables) - asked)
        rig.region.throttle.refill()
        assert "0 warnings" in check(rig, deadline=7)[0].text


def test_92_the_source_destination_check_is_on(rig: Rig) -> None:
    eni = rig.scene.b.eni
    rig.region.set_source_dest_check(eni, True)
    run, found = check(rig)
    assert run.kind == "REFUSED", run.err
    [(about, text)] = of(found, "failure")
    cure = f"aws ec2 modify-network-interface-attribute --network-interface-id {eni} --no-source-dest-check"
    assert about == "source/dest" and text.endswith(f"; {cure}") and run.text.endswith("; do what is said of it") and cure not in run.text
    assert rig.region.enis[eni].source_dest_check
    rig.region.set_source_dest_check(eni, False)
    assert check(rig)[0].kind == "OK"


@pytest.mark.parametrize("where", ["nowhere", "the other host"])
def test_92_the_interface_is_not_this_hosts(rig: Rig, where: str) -> None:
    """The metadata service still says that it is; the API says what holds."""
    other = None if where == "nowhere" else rig.scene.a.id
    gate = rig.gate("/latest/meta-data/iam/security-credentials/mirror")
    child = rig.start("check")
    gate.wait()
    rig.region.attach(rig.scene.b.eni, other)
    gate.open()
    out, err = child.communicate(timeout=10)
    assert child.returncode == 7 and not rig.writes(), err
    [text] = [line for line in out.splitlines() if line.startswith("failure")]
    assert "source/dest" in text and (other or "nothing") in text and rig.scene.b.id in text


def test_92_it_may_not_be_asked_for(rig: Rig) -> None:
    rig.region.deny("ec2:DescribeNetworkInterfaces")
    run, found = check(rig)
    assert run.kind == "OK" and "1 warning" in run.text, run.err
    [(about, text)] = of(found, "warning")
    assert about == "source/dest" and "; aws iam put-role-policy --role-name mirror --policy-name mirrorvip-DescribeNetworkInterfaces " in text


@pytest.fixture(scope="module")
def spare_one() -> Iterator[Rig]:
    with opened(tables=1) as rig:
        yield rig


@pytest.fixture
def inside(spare_one: Rig) -> Rig:
    """The VIP is inside the VPC; no table has its route yet."""
    spare_one.reset()
    spare_one.region.set_route(spare_one.scene.tables[0], spare_one.scene.destination, None)
    spare_one.region.log.clear()
    return spare_one


def check_vip(rig: Rig, vip: str) -> tuple[Run, list[tuple[str, str, str]]]:
    return check(rig, "--vip", vip, vip=False)


def test_93_a_whole_subnet(inside: Rig) -> None:
    run, found = check_vip(inside, "10.109.10.254/27")
    assert run.kind == "OK", run.err
    assert any(text.startswith("10.109.10.224/27 is a subnet of the VPC, ") for about, text in of(found, "ok") if about == "placement")


@pytest.mark.parametrize(("vip", "nearest"), [("10.109.10.254", "10.109.10.224/27"), ("10.109.10.254/15", "10.109.10.224/27"),
                                              ("10.109.10.254/28", "10.109.10.224/27"), ("10.109.77.1/24", "10.109.77.0/24"),
                                              ("10.109.2.77/26", "10.110.2.77/32")])
def test_93_inside_the_vpc_without_being_a_whole_subnet(inside: Rig, vip: str, nearest: str) -> None:
    """The nearest legal placement is named; and what does not depend on it is looked at all the same."""
    inside.region.set_source_dest_check(inside.scene.b.eni, True)
    run, found = check_vip(inside, vip)
    assert run.kind == "USAGE", run.err
    assert [about for about, _ in of(found, "failure")] == ["placement", "source/dest"]
    assert f", and the nearest that can be is {nearest}, " in of(found, "failure")[0][1]


def test_93_subnets_may_not_be_asked_for(inside: Rig) -> None:
    inside.region.deny("ec2:DescribeSubnets")
    run, found = check_vip(inside, "10.109.10.254/28")
    assert run.kind == "OK", run.err
    [text] = [text for about, text in of(found, "warning") if about == "subnets"]
    assert text.startswith("nobody knows: ") and "; aws iam put-role-policy --role-name mirror --policy-name mirrorvip-DescribeSubnets " in text
    # What no subnet can be is known without asking; then both legal placements are explained.
    run, found = check_vip(inside, "10.109.10.254/29")
    assert run.kind == "USAGE", run.err
    [text] = [text for about, text in of(found, "failure") if about == "placement"]
    assert "; give --vip ADDRESS/PREFIX of a spare subnet, or choose a VIP outside every CIDR of the VPC" in text


def test_one_run_tells_all(three: Rig) -> None:
    """Host, tables, permission and interface: each of four failures; the first one's kind is the end."""
    second = three.scene.tables[1]
    three.place.ip("link set other down")
    three.region.set_route(second, three.scene.destination, three.scene.a.eni, state="blackhole")
    three.region.log.clear()
    three.region.deny("ec2:ReplaceRoute", three.scene.tables[0])
    three.region.set_source_dest_check(three.scene.b.eni, True)
    try:
        run, found = check(three)
    finally:
        three.place.ip("link set other up")
    assert run.kind == "IFACE" and "3 failures and 1 warning" in run.text, run.err
    assert [about for about, _ in of(found, "failure")] == ["interface", "permission", "source/dest"]
    [(about, text)] = of(found, "warning")
    assert about == "table" and second in text and "blackhole" in text


def test_tables_that_cannot_be_listed(rig: Rig) -> None:
    rig.region.deny("ec2:DescribeRouteTables")
    rig.region.set_source_dest_check(rig.scene.b.eni, True)
    run, found = check(rig)
    assert run.kind == "REFUSED" and "DescribeRouteTables" in run.text, run.err
    assert [about for about, _ in of(found, "failure")] == ["API", "source/dest"] and not rig.dry_runs()


def test_no_table_is_selected(rig: Rig) -> None:
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, None)
    rig.region.log.clear()
    run, found = check(rig, "--tables", "existing")
    assert run.kind == "REFUSED" and not rig.dry_runs(), run.err
    assert [about for about, _ in of(found, "failure")] == ["tables"]
    assert any(text.endswith("nowhere, and is left alone") for about, text in of(found, "ok") if about == "table")


def test_a_table_that_is_none(rig: Rig) -> None:
    run, found = check(rig, "--route-table", "rtb-0123456789abcdef0")
    assert run.kind == "REFUSED" and [about for about, _ in of(found, "failure")] == ["tables"], run.err
    assert "API" in [about for about, _ in of(found, "ok")]


def test_the_api_is_not_reached(rig: Rig) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        run, found = check(rig, "--endpoint-url", f"https://localhost:{unused.getsockname()[1]}", endpoint=False, deadline=2)
    assert run.kind == "NETWORK", run.err
    assert [about for about, _ in of(found, "failure")] == ["API"]


def test_the_api_proves_nothing(rig: Rig) -> None:
    run, found = check(rig, "--endpoint-url", f"https://localhost:{rig.api_port}", endpoint=False)
    assert run.kind == "TLS" and [about for about, _ in of(found, "failure")] == ["API"], run.err


def test_no_metadata_service(rig: Rig) -> None:
    run, found = check(rig, "--imds-endpoint", "http://127.0.0.1:9", deadline=2)
    assert run.kind == "IDENTITY" and [about for about, _ in of(found, "failure")] == ["metadata"], run.err


def test_no_role_on_the_instance(rig: Rig) -> None:
    rig.fault(service="imds", match="/latest/meta-data/iam/security-credentials/", status=404, body=b"")
    run, found = check(rig)
    assert run.kind == "IDENTITY" and [about for about, _ in of(found, "failure")] == ["credentials"], run.err


def test_a_clock_that_is_off(rig: Rig) -> None:
    rig.region.clock_offset_s = 270
    run, found = check(rig)
    assert run.kind == "OK" and "2 warnings" in run.text, run.err
    for about, text in of(found, "warning"):
        assert about == "clock" and re.search(r"is (269|270|271) s behind .*; chronyc makestep", text)


def test_97_an_alias_that_could_not_be_added(rig: Rig) -> None:
    """Who may not change addresses learns it before the failover; where the alias is up he need not."""
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *rig.argv("check")]
    run = rig.raw(argv, env=rig.environment())
    assert run.kind == "IFACE" and "; setcap cap_net_admin+ep" in run.out, run.err
    assert "permission" in run.out
    rig.with_alias()
    assert rig.raw(argv, env=rig.environment()).kind == "OK"


def test_101_a_label_that_is_taken(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "hold_to_the_rules", lambda run, heard=True: None)  # The other address is the test's.
    rig.place.ip("addr add 10.9.0.7/32 dev eth0 label eth0:1")
    run, found = check(rig)
    assert run.kind == "IFACE" and [about for about, _ in of(found, "failure")] == ["alias"], run.err
    assert "10.9.0.7" in run.text
