"""`mirrorvip notify` under a real pair of keepalived, over unicast VRRP."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callers import keepalived
from callers.keepalived import INSTANCE, Pair
from faults.rig import INSTALLED, Rig, in_thread
from world import World
from world.until import wait_until

pytestmark = pytest.mark.xdist_group("keepalived")


@pytest.fixture
def pair() -> Iterator[Pair]:
    with World(tables=3, destination="overlay", alias=False) as world:
        yield Pair(world)


def test_its_whole_life(pair: Pair) -> None:
    """Stopped in good order, killed, cut off, and all of that in a flap: in the end the master has everything, and alone."""
    a, b = pair.world.a, pair.world.b
    pair.start(a, b)
    assert pair.comes_to(a)
    pair.stop(a)
    assert pair.comes_to(b)
    pair.start(a)
    assert pair.comes_to(a)
    pair.kill(a)
    with pair.world.client.watch() as watch:
        assert watch.wait_for("B", 15)
    pair.start(a)
    assert pair.comes_to(a)
    pair.cut()
    with pair.world.client.watch() as watch:
        assert watch.wait_for("B", 15)
    pair.heal()
    assert pair.settles_at(a)
    for _ in range(4):
        pair.flap()
    assert pair.settles_at(a)


def test_a_host_dies(pair: Pair) -> None:
    pair.start(pair.world.a, pair.world.b)
    assert pair.comes_to(pair.world.a)
    with pair.world.client.watch() as watch:
        assert watch.wait_for("A", 15)
        pair.world.a.die()
        assert watch.wait_for("B", 15)
    assert pair.world.scene.owners() == [pair.world.scene.b.eni] * 3


def test_the_sample_is_what_keepalived_takes(pair: Pair) -> None:
    done = pair.world.a.run(["keepalived", "--config-test"])
    assert done.returncode == 0, done.stderr
    pair.world.a.write("/etc/keepalived/keepalived.conf", keepalived.SAMPLE.read_text().replace("advert_int 0.2", "advert_int x"))
    assert pair.world.a.run(["keepalived", "--config-test"]).returncode != 0


# Of two notices the later one counts, whichever run is faster.

@pytest.fixture
def notified(three: Rig) -> Rig:
    three.place.write("/etc/mirrorvip.conf", f"vip = {three.vip}\nendpoint-url = https://localhost:{three.api_port}\n"
                                             "ca-bundle = /etc/ssl/region.pem\n")
    return three


def notice(rig: Rig, state: str, name: str = INSTANCE) -> subprocess.Popen[str]:
    return rig.place.start([INSTALLED, "notify", "INSTANCE", name, state, "100"], env=rig.environment())


def again(rig: Rig, name: str = INSTANCE) -> subprocess.CompletedProcess[str]:
    return rig.place.run([INSTALLED, "notify", "again", name], env=rig.environment())


def words(rig: Rig) -> list[str]:
    """The files that the runs on the host share, each with its name."""
    return [name for name in rig.place.run(["ls", "/run/mirrorvip"]).stdout.split() if name.startswith("notice-")]


def ended(child: subprocess.Popen[str]) -> str:
    _, err = child.communicate(timeout=25)
    return re.findall(r"^mirrorvip: (\w+): ", err, re.MULTILINE)[0]


@pytest.mark.parametrize("request_name", ["DescribeRouteTables", "ReplaceRoute"])
def test_backup_comes_while_master_is_at_work(notified: Rig, request_name: str) -> None:
    """It waits, the one before gives way before it writes, or writes once more, and the alias is down in the end."""
    gate = notified.gate(request_name, apply=None)
    first = notice(notified, "MASTER")
    gate.wait()
    second = notice(notified, "BACKUP")
    time.sleep(0.3)
    assert second.poll() is None
    gate.open()
    assert ended(first) in ("NOTPRIMARY", "OK", "UNVERIFIED", "PARTIAL")
    assert ended(second) == "OK" and notified.addresses() == notified.own
    if request_name == "DescribeRouteTables":
        notified.nothing_was_written()


def test_the_later_one_is_faster(notified: Rig) -> None:
    """As where the first is kept from running by the scheduler: it must not undo what the second has done."""
    first = notified.place.start(["sh", "-c", f"kill -STOP $$; exec {INSTALLED} notify INSTANCE {INSTANCE} BACKUP 100"], env=notified.environment())
    wait_until(lambda: Path(f"/proc/{first.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    assert ended(notice(notified, "MASTER")) == "OK"
    notified.is_here(ReplaceRoute=3)
    first.send_signal(18)
    assert ended(first) == "NOTPRIMARY"
    notified.is_here(ReplaceRoute=3)


def test_many_at_once(notified: Rig) -> None:
    """Started one after the other without a pause; the last one's word is what stands."""
    for last in ("MASTER", "BACKUP"):
        others = {"MASTER": "BACKUP", "BACKUP": "MASTER"}
        children = [notice(notified, last if number % 2 else others[last]) for number in range(8)]
        assert [ended(child) for child in children][-1] == "OK"
        assert notified.alias == (last == "MASTER")
    assert notified.owners() in (["B"] * 3, ["A"] * 3)


def test_instances_do_not_know_of_each_other(notified: Rig) -> None:
    assert ended(notice(notified, "MASTER", "VI_1")) == "OK"
    assert ended(notice(notified, "MASTER", "VI 2: other")) == "OK"
    done = again(notified, "VI_3")
    assert done.returncode == 3 and "nothing was said" in done.stderr


def test_the_word_is_made_by_who_has_something_to_say(notified: Rig) -> None:
    """Who only carries it out again may be another user than the manager, and would keep that one from it."""
    assert ended(notice(notified, "MASTER", "VI_2")) == "OK"
    theirs = words(notified)
    assert again(notified).returncode == 3 and words(notified) == theirs
    assert ended(notice(notified, "MASTER")) == "OK" and len(words(notified)) == len(theirs) + 1 == 2


def test_a_word_under_another_name_too_is_not_taken(notified: Rig) -> None:
    assert ended(notice(notified, "MASTER")) == "OK"
    word, = words(notified)
    notified.place.run(["ln", f"/run/mirrorvip/{word}", "/run/mirrorvip/other"], check=True)
    before = notified.place.run(["cksum", f"/run/mirrorvip/{word}"]).stdout
    assert ended(notice(notified, "BACKUP")) == "OK" and not notified.alias
    assert notified.place.run(["cksum", f"/run/mirrorvip/{word}"]).stdout == before


def test_again_mends_what_another_has_written(notified: Rig) -> None:
    """Once by hand; as a service within its interval, with a line for what has changed and none for the rest."""
    manager = notified.place.start(["sh", "-c", f"{INSTALLED} notify INSTANCE {INSTANCE} MASTER 100; echo; read _"],
                                   env=notified.environment(), stdin=subprocess.PIPE)
    assert manager.stdout and manager.stdout.readline()
    notified.send("A", "B", "A")
    assert again(notified).returncode == 0
    notified.is_here(ReplaceRoute=2)
    service = notified.place.start([INSTALLED, "notify", "--every", "1", "--deadline", "2", "again", INSTANCE], env=notified.environment())
    assert service.stderr
    lines: list[str] = []
    reader = in_thread(lambda: lines.extend(service.stderr or []))
    notified.rounds(3)
    notified.send("B", "A", "B")
    wait_until(lambda: notified.owners() == ["B"] * 3)
    notified.is_here(ReplaceRoute=1)
    notified.rounds(2)
    service.terminate()
    assert service.wait(10) == 0
    reader.join(5)
    # Whom it is taken from between two readings of a round comes to UNVERIFIED there, and to a write in the next.
    good = [line for line in lines if not line.startswith("mirrorvip: UNVERIFIED: ")]
    assert [line.split(": ")[1] for line in good] == ["OK", "OK", "OK"] and len(lines) - len(good) <= 1, lines
    assert "1 moved" in good[1] and "a signal ended the service" in good[2]
    # Of a manager that has died nobody knows what it would say.
    notified.send("B", "A", "B")
    manager.communicate()
    assert again(notified).returncode == 3
    assert notified.owners() == ["B", "A", "B"]


def test_without_a_place_for_the_word_the_lock_tells(notified: Rig) -> None:
    """As where /run cannot be written."""
    notified.place.write("/run/mirrorvip", "no folder")
    try:
        assert ended(notice(notified, "MASTER")) == "OK" and notified.alias
        assert ended(notice(notified, "BACKUP")) == "OK" and not notified.alias
    finally:
        notified.place.run(["rm", "/run/mirrorvip"], check=True)
