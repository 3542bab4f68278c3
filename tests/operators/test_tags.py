"""The tables by a tag: just those that have it, whoever is asked and however the tag is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from faults.rig import Rig, opened


@pytest.fixture(scope="module")
def six_tables() -> Iterator[Rig]:
    with opened(tables=6) as rig:
        yield rig


@pytest.fixture
def rig(six_tables: Rig) -> Rig:
    """Tables 0 to 2 are of the pair, 3 is of another, 4 and 5 have no tag; of the first three 1 is of the test stage."""
    six_tables.reset()
    tags = [{"mirrorvip": "yes"}, {"mirrorvip": "yes", "stage": "test"}, {"mirrorvip": "yes"}, {"mirrorvip": "yes*"}, {}, {"mirrorvip2": "yes"}]
    for number, (table, more) in enumerate(zip(six_tables.scene.tables, tags)):
        six_tables.region.tables[table].tags = {"Name": f"app-{number}"} | more
        # A listing is kept as text until the routes change.
        for snapshot in six_tables.region.tables[table].history:
            snapshot.xml = None
    return six_tables


def moved(rig: Rig) -> list[int]:
    """The numbers of the tables that point here."""
    return [number for number, owner in enumerate(rig.owners()) if owner == "B"]


def filters(rig: Rig) -> set[tuple[str, ...]]:
    """What each listing was asked to be of."""
    return {tuple(value for name, value in sorted(request.params.items()) if name.startswith("Filter."))
            for request in rig.region.log.actions("DescribeRouteTables")}


@pytest.mark.parametrize(("tags", "here"), [
    (["mirrorvip=yes"], [0, 1, 2]), (["mirrorvip=yes", "stage=test"], [1]), (["mirrorvip=yes,stage=test"], [1]), (["mirrorvip=yes*"], [3]),
    (["Name=app-4"], [4])])
def test_just_those_move(rig: Rig, tags: list[str], here: list[int]) -> None:
    """A '*' is one, and nobody is asked for tables without the tag."""
    run = rig.run("acquire", *(word for tag in tags for word in ("--tag", tag)))
    assert run.kind == "OK" and f"{len(here)} of {len(here)} route tables" in run.text, run.err
    assert moved(rig) == here and rig.writes() == {"ReplaceRoute": len(here)}
    [asked] = filters(rig)
    assert asked[:2] == ("vpc-id", rig.scene.vpc) and len(asked) == 2 + 2 * sum(tag.count("=") for tag in tags)
    again = rig.run("acquire", *(word for tag in tags for word in ("--tag", tag)))
    assert again.kind == "OK" and rig.writes() == {"ReplaceRoute": len(here)}, again.err


def test_from_the_environment_and_the_configuration(rig: Rig) -> None:
    rig.place.write("/etc/mirrorvip.conf", "tag = mirrorvip=yes, stage=test\n")
    assert rig.run().kind == "OK" and moved(rig) == [1]
    assert rig.run(env={"MIRRORVIP_TAG": "mirrorvip=yes"}).kind == "OK" and moved(rig) == [0, 1, 2]
    # Who names tables at the command line means those.
    assert rig.run("acquire", "--route-table", rig.scene.tables[5]).kind == "OK" and moved(rig) == [0, 1, 2, 5]


def test_a_missing_route_is_made_in_tagged_tables_alone(rig: Rig) -> None:
    for table in rig.scene.tables[2:5]:
        rig.region.set_route(table, rig.scene.destination, None)
    rig.region.log.changes.clear()
    rig.may_delete = True  # the rule that no table is without a route: here some were so before
    assert rig.run("acquire", "--tag", "mirrorvip=yes", "--tables", "existing").kind == "OK"
    assert moved(rig) == [0, 1]
    assert rig.run("acquire", "--tag", "mirrorvip=yes").kind == "OK"
    assert moved(rig) == [0, 1, 2] and rig.owners()[3:5] == ["None", "None"]
    assert rig.writes() == {"ReplaceRoute": 2, "CreateRoute": 1}


def test_other_verbs_look_at_the_same(rig: Rig) -> None:
    assert rig.run("acquire", "--tag", "mirrorvip=yes").kind == "OK"
    status = rig.run("status", "--tag", "mirrorvip=yes")
    assert status.kind == "OK" and "app-2" in status.out and "app-3" not in status.out, status.err
    assert rig.run("status", "--tag", "Name=app-3").kind == "DIFFERS"
    check = rig.run("check", "--tag", "mirrorvip=yes,stage=test")
    assert re.findall(r"^ok +table +(\S+) says", check.out, re.MULTILINE) == [rig.scene.tables[1]], check.out
    assert f"follows {rig.scene.tables[0]}, which a failover leaves alone" in check.out
    assert f"; aws ec2 create-tags --resources {rig.scene.tables[0]} --tags 'Key=mirrorvip,Value=yes' 'Key=stage,Value=test'\n" in check.out
    rig.may_delete = True
    assert rig.run("release", "--route", "--tag", "mirrorvip=yes,stage=test").kind == "OK"
    assert rig.owners() == ["B", "None", "B", "A", "A", "A"]


def test_nobody_has_it(rig: Rig) -> None:
    run = rig.run("acquire", "--tag", "mirrorvip=no", deadline=4)
    assert run.kind == "REFUSED" and "has the tag" in run.text and "correct --tag" in run.text, run.err
    rig.nothing_was_written()


@pytest.mark.parametrize(("more", "says"), [
    (["--tag", "mirrorvip"], "'mirrorvip' is no tag"), (["--tag", "a=1", "--tag", "a=2"], "two values of the tag 'a'"),
    (["--tag", "a=1", "--route-table", "rtb-0123456789abcdef0"], "leave --route-table or --tag out")])
def test_what_cannot_be_meant(rig: Rig, more: list[str], says: str) -> None:
    run = rig.run("acquire", *more)
    assert run.kind == "USAGE" and says in run.text, run.err
    rig.nothing_was_attempted()
