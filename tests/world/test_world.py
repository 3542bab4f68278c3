"""The world itself: it carries a client where the region's tables say, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from world import World
from world.world import CA_FILE, IMDS


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with World(tables=2) as w:
        yield w


@pytest.fixture
def w(shared: World) -> World:
    shared.region.reset()
    return shared


# Where packets go.

def test_the_client_follows_the_route(w: World) -> None:
    table, destination = w.scene.tables[0], w.scene.destination
    assert w.client.ask() == "A"
    assert w.router_routes()[destination] == w.scene.a.private_ip
    w.region.set_route(table, destination, w.scene.b.eni)
    assert w.client.ask() == "B"
    assert w.router_routes()[destination] == w.scene.b.private_ip


def test_without_a_route_nobody_answers(w: World) -> None:
    w.region.set_route(w.scene.tables[0], w.scene.destination, None)
    assert w.client.ask(0.05) is None
    assert w.scene.destination not in w.router_routes()


def test_only_the_table_of_the_clients_subnet_carries_the_client(w: World) -> None:
    w.region.set_route(w.scene.tables[1], w.scene.destination, w.scene.b.eni)
    assert w.client.ask() == "A"
    assert w.router_routes(w.scene.tables[1])[w.scene.destination] == w.scene.b.private_ip


def test_a_host_without_the_alias_does_not_answer(w: World) -> None:
    w.a.remove_alias()
    assert w.client.ask(0.05) is None
    w.a.add_alias()
    assert w.client.ask() == "A"


def test_a_watch_sees_a_planned_move_and_measures_it(w: World) -> None:
    with w.client.watch() as watch:
        assert watch.wait_for("A")
        w.region.set_route(w.scene.tables[0], w.scene.destination, w.scene.b.eni)
        assert watch.wait_for("B")
    assert {sample.answer for sample in watch.samples} >= {"A", "B"}
    assert watch.samples[-1].answer == "B"
    assert watch.outage_ms < 500


def test_ipv6_goes_where_its_own_routes_say() -> None:
    """The VPC's own of both families are there, too, and no unused address of it leads anywhere."""
    with World(tables=2, destination="spare6") as w:
        with w.client.watch() as watch:
            assert watch.wait_for("A")
        assert w.client.ask() == "A" and w.a.ask() == "A" and w.b.ask() == "B"
        w.region.set_route(w.scene.tables[0], w.scene.destination, w.scene.b.eni)
        assert w.client.ask() == "B"
        routes = w.router_routes()
        assert routes[w.scene.destination] == "2001:db8:6d00:2::10"
        assert routes["2001:db8:6d00::/56"] == routes["10.109.0.0/16"] == routes["default"] == "blackhole"
        assert routes["2001:db8:6d00:2::/64"] == routes["10.109.2.0/24"] == "to-B"
        w.b.remove_alias()
        assert w.client.ask(0.05) is None
        w.b.add_alias()
        assert w.client.ask() == "B"
        w.region.set_route(w.scene.tables[0], w.scene.destination, None)
        assert w.client.ask(0.05) is None and w.scene.destination not in w.router_routes()
        w.region.set_route(w.scene.tables[0], w.scene.destination, w.scene.a.eni)
        w.region.stop_instance(w.scene.a.id)
        assert w.client.ask(0.05) is None and w.router_routes()[w.scene.destination] == "blackhole"


# What a host is.

def test_a_host_looks_like_an_instance(w: World) -> None:
    assert w.b.addresses() == {"10.109.2.10/24": "eth0", "10.109.10.254/27": "eth0:1"}
    assert w.b.run(["cat", "/sys/class/net/eth0/address"]).stdout.strip() == w.scene.b.mac
    assert f"{w.region.hosts()[0]}" in w.b.run(["getent", "hosts", w.region.hosts()[0]]).stdout


def test_metadata_and_the_api_are_at_their_real_addresses(w: World) -> None:
    script = f"""
import ssl, urllib.error, urllib.request as u
put = u.Request("http://{IMDS}/latest/api/token", method="PUT", headers={{"X-aws-ec2-metadata-token-ttl-seconds": "60"}})
token = u.urlopen(put).read().decode()
get = u.Request("http://{IMDS}/latest/meta-data/instance-id", headers={{"X-aws-ec2-metadata-token": token}})
print(u.urlopen(get).read().decode())
try:
    u.urlopen("https://{w.region.hosts()[0]}/", context=ssl.create_default_context(cafile="{CA_FILE}"))
except urllib.error.HTTPError as error:
    print(error.code)
"""
    done = w.b.run([sys.executable, "-c", script])
    assert done.stdout.split()[0] == w.scene.b.id, done.stderr
    assert done.stdout.split()[1].startswith("4")


def test_what_a_host_writes_stays_in_it(w: World) -> None:
    for path in ("/etc/mirrorvip.conf", "/run/mirrorvip.lock", "/usr/local/sbin/tool"):
        w.a.write(path, "A's own")
        assert w.a.run(["cat", path]).stdout == "A's own"
        assert w.b.run(["test", "-e", path]).returncode == 1
        assert not os.path.exists(path) or Path(path).read_text() != "A's own"


def test_run_like_iris(w: World) -> None:
    # What the kernel says of the process itself; no shell could say it without open descriptors.
    look = ("import os, sys\n"
            "def is_open(fd):\n"
            "    try: return bool(os.fstat(fd))\n"
            "    except OSError: return False\n"
            "sys.exit(os.geteuid() != 65534 or os.getgroups() != [] or any(map(is_open, range(3)))\n"
            "         or not set(os.environ) <= {'LC_CTYPE'})")
    assert w.b.run_like_iris(sys.executable, "-I", "-c", look) == 0
    assert w.b.run_like_iris("/bin/sh", "-c", "exit 9") == 9
    assert w.b.run_like_iris("/no/such/program") == -1
    assert w.b.run_like_iris("/etc/passwd") == -1


def test_a_run_that_takes_too_long_is_ended(w: World) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        w.b.run(["sleep", "60"], timeout=0.05)


# How a host ends.

def test_a_dead_host_is_silent_and_a_stopped_one_a_black_hole() -> None:
    with World() as w:
        sleeper = w.a.start(["sleep", "60"])
        w.a.die()
        assert sleeper.returncode == -signal.SIGKILL
        assert w.client.ask(0.05) is None
        assert w.router_routes()[w.scene.destination] == w.scene.a.private_ip
        w.region.stop_instance(w.scene.a.id)
        assert w.router_routes()[w.scene.destination] == "blackhole"
        assert w.client.ask(0.05) is None
    with World() as w:
        w.b.die(stopped=True)
        assert w.client.ask() == "A"
        w.region.set_route(w.scene.tables[0], w.scene.destination, w.scene.b.eni)
        assert w.router_routes()[w.scene.destination] == "blackhole"


def test_two_worlds_side_by_side() -> None:
    with World() as one, World(destination="overlay") as two:
        one.region.set_route(one.scene.tables[0], one.scene.destination, one.scene.b.eni)
        assert (one.client.ask(), two.client.ask()) == ("B", "A")
        two.a.die()
        assert (one.client.ask(), two.client.ask(0.05)) == ("B", None)


# How a world ends.

OWNER = """
import sys
from world import World
with World() as w:
    w.a.start(["sleep", "1000"])
    with w.client.watch() as watch:
        print("up" if watch.wait_for("A") else "down", flush=True)
        sys.stdin.read(1)
    {end}
"""


class Process(NamedTuple):
    parent: int
    network: str
    started: float  # Seconds since boot.


def processes() -> dict[int, Process]:
    """All that live."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, *more = (entry / "stat").read_text().rpartition(")")[2].split()
            if state != "Z":
                started = int(more[17]) / os.sysconf("SC_CLK_TCK")
                found[int(entry.name)] = Process(int(parent), os.readlink(entry / "ns/net"), started)
        except OSError:
            continue
    return found


class Owner:
    """A process with a world, and what it has made so far: processes, networks, and files in a folder of its own."""

    def __init__(self, folder: Path, end: str = "pass"):
        self.folder = folder
        self.process = subprocess.Popen([sys.executable, "-c", OWNER.format(end=end)], env=os.environ | {"TMPDIR": str(folder)},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.family: set[int] = set()
        self.networks: set[str] = set()

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def wait_until_up(self) -> None:
        assert self.process.stdout and self.process.stdout.readline() == "up\n"
        self.look()

    def look(self) -> None:
        now, self.looked = processes(), time.clock_gettime(time.CLOCK_BOOTTIME)
        self.family = {self.process.pid}
        while more := {pid for pid, each in now.items() if each.parent in self.family} - self.family:
            self.family |= more
        self.networks = {now[pid].network for pid in self.family if pid in now} - {now[os.getpid()].network}

    def left(self) -> list[str]:
        """What is left of it, once that has had the time to go."""
        until = time.monotonic() + 15
        while True:
            # The kernel gives the numbers of processes and networks again; what began later may only have inherited them.
            now = {pid: each for pid, each in processes().items() if each.started < self.looked}
            left = ([f"process {pid}" for pid in self.family if pid in now] +
                    [f"process {pid} in its network" for pid, each in now.items() if each.network in self.networks] +
                    [str(path) for path in self.folder.glob("*")] +
                    [str(path) for place in ("/etc/netns", "/run/netns") for path in Path(place).glob("*")])
            if not left or time.monotonic() > until:
                return left
            time.sleep(0.02)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_world_ends_with_its_owner_whatever_ends_that(name: str, tmp_path: Path) -> None:
    with Owner(tmp_path) as owner:
        owner.wait_until_up()
        assert len(owner.networks) == 4 and len(owner.family) > 8 and len(list(tmp_path.iterdir())) == 1
        owner.process.send_signal(signal.Signals[name])
        assert owner.process.wait(10) != 0
        assert not owner.left()


@pytest.mark.parametrize("end, status", [("pass", 0), ("raise SystemExit(3)", 3), ("w.a.die()", 0)])
def test_a_world_that_ends_by_itself_leaves_nothing(end: str, status: int, tmp_path: Path) -> None:
    with Owner(tmp_path, end) as owner:
        owner.wait_until_up()
        owner.process.communicate("go")
        assert owner.process.returncode == status
        assert not owner.left()


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
@pytest.mark.parametrize("after_ms", [60, 150, 300, 500])
def test_interrupted_while_it_comes_up(after_ms: int, name: str, tmp_path: Path) -> None:
    with Owner(tmp_path) as owner:
        time.sleep(after_ms / 1000)
        # Stopped, so that it makes nothing new between the look and its end. Not so before SIGINT, which a process
        # that was stopped may take in another thread than Python's main one, and that then sleeps on.
        if name == "SIGKILL":
            owner.process.send_signal(signal.SIGSTOP)
        owner.look()
        owner.process.send_signal(signal.Signals[name])
        assert owner.process.wait(10) != 0
        assert not owner.left()


def test_its_end_touches_no_one_else(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "100"]) as bystander, World() as other:
        with Owner(tmp_path) as owner:
            owner.wait_until_up()
            owner.process.kill()
            assert not owner.left()
        assert other.client.ask() == "A"
        assert bystander.poll() is None
        bystander.kill()
