"""The release binary in the world: it must move the VIP, as IRIS calls it, and carry the client along."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from region.scene import Placement
from world import BINARY, World
from world.memory import peak
from world.world import CA_FILE, INSTALLED

MEMORY_LIMIT_KB = 4096


def writes(w: World) -> dict[str, int]:
    """How many requests would have changed a route, by action."""
    return dict(Counter(request.action for request in w.region.log.requests
                        if request.action in ("CreateRoute", "ReplaceRoute", "DeleteRoute")))


def seconds_without_route(w: World) -> float:
    return sum(w.region.log.seconds_without_route(table, w.scene.destination, time.monotonic())
               for table in w.scene.tables)


def all_at(w: World, host: str) -> bool:
    return w.scene.owners() == [{"A": w.scene.a, "B": w.scene.b}[host].eni] * len(w.scene.tables)


# The main job.

def test_spare_subnet_without_any_option() -> None:
    with World(tables=3) as w:
        done = w.b.mirrorvip("acquire")
        assert done.returncode == 0, done.stderr
        assert all_at(w, "B")
        assert w.b.addresses() == {"10.109.2.10/24": "eth0", "10.109.10.254/27": "eth0:1"}
        assert w.client.ask() == "B"


def test_overlay_adds_the_alias() -> None:
    with World(tables=2, destination="overlay", alias=False) as w:
        w.a.add_alias()
        assert w.client.ask() == "A"
        done = w.b.mirrorvip("acquire", "--vip", "10.9.0.1")
        assert done.returncode == 0, done.stderr
        assert all_at(w, "B")
        assert w.b.addresses() == {"10.109.2.10/24": "eth0", "10.9.0.1/32": "eth0:1"}
        assert w.client.ask() == "B"


def test_a_client_is_carried_when_a_host_dies() -> None:
    with World(tables=3) as w, w.client.watch() as watch:
        assert watch.wait_for("A")
        w.a.die()
        assert watch.wait_for(None)
        done = w.b.mirrorvip("acquire", "-v")
        assert done.returncode == 0, done.stderr
        assert watch.wait_for("B")
        assert [sample.answer for sample in watch.answers()] == ["A", None, "B"]


@pytest.mark.parametrize("destination", ["overlay6", "spare6"])
def test_a_client_of_ipv6_is_carried_when_a_host_dies(destination: Placement) -> None:
    with World(tables=3, destination=destination, alias=False) as w:
        w.a.add_alias()
        with w.client.watch() as watch:
            assert watch.wait_for("A")
            w.a.die()
            assert watch.wait_for(None)
            prefix = w.scene.destination.partition("/")[2]
            done = w.b.mirrorvip("acquire", "--vip", f"{w.scene.vip}/{prefix}")
            assert done.returncode == 0, done.stderr
            assert watch.wait_for("B")
            # A link that has just come up may lose what is asked first.
            assert [sample.answer for sample in watch.answers()][-3:] == ["A", None, "B"]
        assert all_at(w, "B") and writes(w) == {"ReplaceRoute": 3}
        assert w.router_routes()[w.scene.destination] == "2001:db8:6d00:2::10"
        assert w.b.addresses6() == {"2001:db8:6d00:2::10/64": True, f"{w.scene.vip}/{prefix}": False}


def test_routes_that_are_black_holes_are_moved() -> None:
    with World(tables=2) as w:
        w.a.die(stopped=True)
        done = w.b.mirrorvip("acquire")
        assert done.returncode == 0, done.stderr
        assert all_at(w, "B") and w.client.ask() == "B"
        assert writes(w) == {"ReplaceRoute": 2}


def test_there_and_back() -> None:
    with World(tables=2) as w:
        for host, name in ((w.b, "B"), (w.a, "A"), (w.b, "B")):
            done = host.mirrorvip("acquire")
            assert done.returncode == 0, done.stderr
            assert all_at(w, name) and w.client.ask() == name


def test_a_route_that_is_missing_is_made() -> None:
    with World(tables=2, routed=False) as w:
        done = w.b.mirrorvip("acquire")
        assert done.returncode == 0, done.stderr
        assert all_at(w, "B") and w.client.ask() == "B"
        assert writes(w) == {"CreateRoute": 2}


# No more than it must.

@pytest.mark.parametrize("tables", [1, 20])
def test_each_table_is_written_once_and_never_without_a_route(tables: int) -> None:
    with World(tables=tables) as w:
        done = w.b.mirrorvip("acquire")
        assert done.returncode == 0, done.stderr
        assert writes(w) == {"ReplaceRoute": tables}
        assert seconds_without_route(w) == 0
        again = w.b.mirrorvip("acquire")
        assert again.returncode == 0, again.stderr
        assert writes(w) == {"ReplaceRoute": tables}


def test_a_dry_run_writes_nothing() -> None:
    with World(tables=2, destination="overlay", alias=False) as w:
        done = w.b.mirrorvip("acquire", "--vip", "10.9.0.1", "--dry-run")
        assert done.returncode == 1, done.stderr
        assert writes(w) == {} and all_at(w, "A")
        assert w.b.addresses() == {"10.109.2.10/24": "eth0"}


def test_memory_with_a_hundred_tables() -> None:
    with World(tables=100) as w:
        most = peak(w.b, [INSTALLED, "acquire", "-v"], {"AWS_CA_BUNDLE": CA_FILE})
        assert most.status == 0 and all_at(w, "B")
        assert writes(w) == {"ReplaceRoute": 100}
        assert 0 < most.resident_kb <= MEMORY_LIMIT_KB


# The other verbs.

def test_status_says_where_the_vip_is() -> None:
    with World(tables=2) as w:
        before = w.b.mirrorvip("status")
        assert before.returncode == 1, before.stderr
        assert all(table in before.stdout for table in w.scene.tables) and w.scene.a.eni in before.stdout
        assert w.a.mirrorvip("status").returncode == 0
        assert w.b.mirrorvip("acquire").returncode == 0
        after = w.b.mirrorvip("status")
        assert after.returncode == 0, after.stderr
        assert w.scene.b.eni in after.stdout
        assert w.a.mirrorvip("status").returncode == 1
        assert w.region.log.count("ReplaceRoute") == 2


def test_release_takes_the_alias_down_and_leaves_the_routes() -> None:
    with World(tables=2) as w:
        done = w.a.mirrorvip("release")
        assert done.returncode == 0, done.stderr
        assert w.a.addresses() == {"10.109.1.10/24": "eth0"}
        assert writes(w) == {} and all_at(w, "A")
        assert w.client.ask(0.05) is None


def test_release_route_deletes_only_what_points_here() -> None:
    with World(tables=3) as w:
        kept = w.scene.tables[1]
        w.region.set_route(kept, w.scene.destination, w.scene.b.eni)
        done = w.a.mirrorvip("release", "--route")
        assert done.returncode == 0, done.stderr
        assert w.scene.owners() == [None, w.scene.b.eni, None]
        assert writes(w) == {"DeleteRoute": 2}
        assert w.a.addresses() == {"10.109.1.10/24": "eth0"}


def test_107_a_demoted_host_reaches_the_new_primary() -> None:
    with World(tables=3) as w:
        assert w.b.mirrorvip("acquire").returncode == 0
        # The alias is still there: the old primary talks to itself.
        assert w.client.ask() == "B" and w.a.ask() == "A" and w.b.ask() == "B"
        for host in (w.a, w.b):
            done = host.mirrorvip("follow", "--vip", "10.109.10.254/27")
            assert done.returncode == 0, done.stderr
        assert w.a.addresses() == {"10.109.1.10/24": "eth0"}
        assert w.a.ask() == "B" and w.b.ask() == "B" and w.client.ask() == "B"
        # And back, with the alias named, as it is down there.
        assert w.a.mirrorvip("acquire", "--vip", "10.109.10.254/27").returncode == 0
        # Its own acquisition was long ago.
        w.b.call(os.utime, "/run/mirrorvip/lock", (0, 0))
        assert w.b.mirrorvip("follow", "--vip", "10.109.10.254/27").returncode == 0
        assert w.a.ask() == "A" and w.b.ask() == "A" and w.client.ask() == "A"
        assert writes(w) == {"ReplaceRoute": 6}


# As others call it.

def test_as_iris_calls_it_with_the_alias_in_place() -> None:
    with World(tables=2) as w:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\n")
        assert w.b.run_like_iris(INSTALLED, "acquire") == 0
        assert all_at(w, "B") and w.client.ask() == "B"
        assert w.b.run_like_iris(INSTALLED, "status") == 0
        assert w.b.run_like_iris(INSTALLED, "acquire", "--no-such-option") == 2


def test_as_iris_calls_it_with_a_file_capability() -> None:
    with World(destination="overlay", alias=False) as w:
        w.b.write("/etc/mirrorvip.conf", f"ca-bundle = {CA_FILE}\nvip = 10.9.0.1\n")
        assert w.b.run_like_iris(INSTALLED, "acquire") == 12
        w.b.run(["setcap", "cap_net_admin+ep", INSTALLED], check=True)
        assert w.b.run_like_iris(INSTALLED, "acquire") == 0
        assert w.b.addresses()["10.9.0.1/32"] == "eth0:1"
        assert all_at(w, "B") and w.client.ask() == "B"


def test_in_an_empty_root_with_only_a_hosts_file() -> None:
    with World() as w:
        w.b.write("/run/jail/mirrorvip", BINARY.read_bytes(), 0o755)
        w.b.write("/run/jail/ca.pem", Path(w.ca_file).read_bytes())
        w.b.write("/run/jail/etc/hosts", w.b.run(["cat", "/etc/hosts"]).stdout)
        done = w.b.run(["chroot", "/run/jail", "/mirrorvip", "acquire", "--ca-bundle", "/ca.pem"])
        assert done.returncode == 0, done.stderr
        assert all_at(w, "B") and w.client.ask() == "B"


def test_without_the_regions_ca_it_trusts_nobody() -> None:
    with World() as w:
        done = w.b.run([INSTALLED, "acquire"], env={})
        assert done.returncode == 15, done.stderr
        assert not w.region.log.count("DescribeRouteTables") and all_at(w, "A")
