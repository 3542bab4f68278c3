"""follow: the alias goes where the tables send the VIP, and nowhere else while that is not known; once, or as a service."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from world.until import wait_until

from . import trace
from .process import CLOSE, EXECVE, FORK, IOCTL, OPENAT, PTRACE, children, descriptors, ends_soon, held, status
from .rig import Rig
from .service import serving
from .trace import Call, make_call, memory

FCNTL, FSTAT = 72, 5
F_SETFL, F_GETLK, F_SETLK, SIOCGIFCONF, SIOCSIFFLAGS, SIOCSIFHWADDR, TIOCSTI = 4, 5, 6, 0x8912, 0x8914, 0x8924, 0x5412


def listings(rig: Rig) -> int:
    return rig.region.log.count("DescribeRouteTables")


def as_it_was(rig: Rig, up: bool) -> None:
    assert rig.alias == up and not rig.writes() and not rig.region.log.changes


# Once.

@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("owner", ["A", "B"])
def test_107_the_alias_is_where_the_tables_say(three: Rig, owner: str, up: bool) -> None:
    three.send(*owner * 3)
    if up:
        three.with_alias()
    run = three.run("follow")
    assert run.kind == "OK" and f"is {'here' if owner == 'B' else 'elsewhere'}: all of 3 route tables" in run.text, run.err
    as_it_was(three, owner == "B")
    # One listing, and another before the alias changes.
    changed = up != (owner == "B")
    assert listings(three) == 1 + changed and (" was " in run.text) == changed
    assert three.run("follow").kind == "OK" and listings(three) == 2 + changed


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("owners", [("A", "B", "B"), ("B", "B", "A"), ("", "A", "A"), ("B", "", "B"), ("", "", "")], ids="".join)
def test_the_tables_disagree(three: Rig, owners: tuple[str, ...], up: bool) -> None:
    three.send(*owners)
    if up:
        three.with_alias()
    run = three.run("follow")
    assert run.kind == "DIFFERS" and "the alias stays as it is" in run.text, run.err
    as_it_was(three, up)


def test_a_target_that_is_dead(rig: Rig) -> None:
    rig.with_alias()
    rig.region.stop_instance(rig.scene.a.id)
    rig.region.log.clear()
    run = rig.run("follow")
    assert run.kind == "DIFFERS", run.err
    as_it_was(rig, True)


def test_it_must_be_told_the_vip(rig: Rig) -> None:
    rig.with_alias()
    run = rig.run("follow", vip=False)
    assert run.kind == "USAGE" and "--vip" in run.text, run.err
    run = rig.run("follow", "--every", "1", vip=False)
    assert run.kind == "USAGE" and "--vip" in run.text, run.err
    assert not rig.region.log.connections
    rig.place.write("/etc/mirrorvip.conf", "vip = 10.9.0.1\n")
    assert rig.run("follow", vip=False).kind == "OK"
    as_it_was(rig, False)


UNKNOWN = {
    "throttled": ({"match": "DescribeRouteTables", "code": "RequestLimitExceeded", "status": 503}, "THROTTLED"),
    "denied": ({"match": "DescribeRouteTables", "code": "UnauthorizedOperation", "status": 403}, "REFUSED"),
    "cut": ({"match": "DescribeRouteTables", "cut": 300}, "NETWORK"),
    "no API": ({"service": "ec2", "match": "connect", "end": "reset"}, "NETWORK"),
    "no metadata": ({"service": "imds", "match": "connect", "end": "reset"}, "IDENTITY"),
    "the second reading": ({"match": "DescribeRouteTables", "nth": 2, "code": "UnauthorizedOperation", "status": 403}, "REFUSED"),
}


@pytest.mark.parametrize(("fault", "kind"), UNKNOWN.values(), ids=UNKNOWN)
def test_154_what_is_not_known_changes_nothing(rig: Rig, fault: dict[str, object], kind: str) -> None:
    rig.with_alias()
    rig.fault(**fault)
    run = rig.run("follow", deadline=3)
    assert run.kind == kind and "the alias stays as it is" in run.text, run.err
    as_it_was(rig, True)
    rig.recovers()


def test_a_stale_reading_changes_nothing(rig: Rig) -> None:
    """It would cut the new primary off."""
    rig.with_alias()
    rig.fault(match="DescribeRouteTables", count=1, stale_s=60)
    rig.send("B")
    run = rig.run("follow")
    assert run.kind == "DIFFERS" and "two readings of the route tables differ" in run.text, run.err
    as_it_was(rig, True)


def test_it_has_no_right_to(rig: Rig) -> None:
    rig.place.run(["mkdir", "-m", "0777", "/run/mirrorvip"], check=True)
    rig.with_alias()
    run = rig.run("follow", user="nobody")
    assert run.kind == "IFACE" and "needs CAP_NET_ADMIN" in run.text, run.err
    as_it_was(rig, True)


def test_an_address_without_a_label(rig: Rig) -> None:
    """What the interfaces of netdevice(7) cannot take down."""
    rig.place.ip("addr add 10.9.0.1/32 dev eth0")
    child = rig.start("follow")
    _, err = child.communicate(timeout=10)
    assert child.returncode == 12 and "'eth0' is no alias label" in err, err
    assert "10.9.0.1/32" in rig.addresses() and not rig.writes()


# Beside acquire.

def test_88_old_pictures_do_not_take_the_alias_from_the_new_primary(rig: Rig) -> None:
    rig.fault(match="DescribeRouteTables", nth=3, stale_s=60)
    assert rig.run().kind == "OK"
    run = rig.run("follow")
    assert run.kind == "BUSY" and "was at work" in run.text, run.err
    assert rig.owners() == ["B"] and rig.alias
    # A minute later a reading that says so is believed.
    rig.region.faults.clear()
    rig.send("A")
    rig.place.call(os.utime, "/run/mirrorvip/lock", (0, 0))
    run = rig.run("follow")
    assert run.kind == "OK" and "was taken down" in run.text, run.err
    assert not rig.alias


@pytest.mark.parametrize(("age_s", "kind"), [(40, "BUSY"), (80, "OK"), (-80, "BUSY")])
def test_88_a_minute_must_have_passed_since_another_run(rig: Rig, age_s: int, kind: str) -> None:
    """By a clock that has been set back since it was just now."""
    assert rig.run().kind == "OK"
    rig.send("A")
    then = time.time() - age_s
    rig.place.call(os.utime, "/run/mirrorvip/lock", (then, then))
    run = rig.run("follow")
    assert run.kind == kind and rig.alias == (kind == "BUSY"), run.err


def test_without_a_lock_it_takes_nothing_down(rig: Rig) -> None:
    rig.place.write("/run/mirrorvip", "")
    rig.with_alias()
    run = rig.run("follow")
    assert run.kind == "IFACE" and "without a lock" in run.text and rig.alias, run.err
    rig.send("B")
    rig.without_alias()
    run = rig.run("follow")
    assert run.kind == "OK" and rig.alias, run.err


def unlockable(nths: range) -> Callable[[Call], int | None]:
    """Those of the calls that would lock fail, as in a file system without locks."""
    tries = 0

    def returned(call: Call) -> int | None:
        nonlocal tries
        if (call.number, call.arguments[1]) != (FCNTL, F_SETLK):
            return None
        tries += 1
        return -errno.ENOLCK if tries in nths else None
    return returned


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
def test_nor_where_nothing_can_be_locked(rig: Rig) -> None:
    """The file's time tells nothing there: who takes no lock does not set it."""
    rig.with_alias()
    rig.place.write("/run/mirrorvip/lock", "")
    rig.place.call(os.utime, "/run/mirrorvip/lock", (0, 0))
    run = trace.run(rig, "follow", returned=unlockable(range(1, 9)))
    assert run.kind == "IFACE" and "without a lock" in run.text and rig.alias, run.err
    rig.send("B")
    rig.without_alias()
    run = trace.run(rig, "follow", returned=unlockable(range(1, 9)))
    assert run.kind == "OK" and rig.alias, run.err
    rig.send("A")
    # The first looks, the second gives back, the third is the claim.
    run = trace.run(rig, "follow", returned=unlockable(range(3, 9)))
    assert run.kind == "IFACE" and "the lock cannot be had: No locks available" in run.text and rig.alias, run.err
    run = rig.run("follow")
    assert run.kind == "OK" and not rig.alias, run.err


def test_it_leaves_all_to_a_run_that_is_at_work(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    began, acquiring = time.monotonic(), rig.start()
    gate.wait()
    asked = len(rig.region.log.requests)
    run = rig.run("follow")
    assert run.kind == "BUSY" and "the alias stays as it is" in run.text, run.err
    assert len(rig.region.log.requests) == asked and rig.alias
    gate.open()
    assert rig.end(acquiring, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("nth", [1, 2])
def test_an_acquisition_comes_and_goes_while_it_reads(rig: Rig, nth: int) -> None:
    """What it has read is of before: taking the alias down by it would cut the new primary off."""
    rig.with_alias()
    gate = rig.gate("DescribeRouteTables", nth=nth)
    began, following = time.monotonic(), rig.start("follow")
    gate.wait()
    # Nor is an acquisition kept waiting by who only looks.
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)
    gate.open()
    run = rig.end(following, began)
    assert run.kind in (("BUSY",) if nth == 2 else ("DIFFERS", "BUSY")), run.err
    rig.is_here(ReplaceRoute=1)
    assert rig.run("follow").kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
def test_131_a_lock_that_is_held_for_a_moment_is_waited_for(rig: Rig) -> None:
    tries = []

    def returned(call: Call) -> int | None:
        if (call.number, call.arguments[1]) != (FCNTL, F_SETLK):
            return None
        tries.append(call)
        return -errno.EAGAIN if len(tries) == 1 else None
    run = trace.run(rig, "acquire", returned=returned)
    assert run.kind == "OK" and len(tries) == 2, run.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
def test_131_a_follow_that_changes_the_alias_is_waited_for(rig: Rig) -> None:
    """It claims the lock's second byte for that moment, which ends here when the acquisition has asked whose the lock is."""
    rig.place.write("/run/mirrorvip/lock", "")
    claim = rig.place.call(os.open, "/run/mirrorvip/lock", os.O_RDWR)
    fcntl.lockf(claim, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 1)
    asked = []

    def returned(call: Call) -> None:
        if call.number == FCNTL and call.arguments[1] in (F_GETLK, F_SETLK):
            asked.append(call.arguments[1])
        if asked == [F_SETLK, F_GETLK]:
            fcntl.lockf(claim, fcntl.LOCK_UN, 1, 1)
    try:
        run = trace.run(rig, "acquire", returned=returned)
    finally:
        os.close(claim)
    assert run.kind == "OK" and asked == [F_SETLK, F_GETLK, F_SETLK], run.err
    rig.is_here(ReplaceRoute=1)


# What it can still do when it has talked to the API.

@contextmanager
def sealed(rig: Rig) -> Iterator[subprocess.Popen[str]]:
    gate = rig.gate("DescribeRouteTables")
    child = rig.start("follow")
    gate.wait()
    yield child
    gate.open()
    child.kill()
    child.communicate()


def test_110_it_keeps_one_capability(rig: Rig) -> None:
    with sealed(rig) as child:
        now = status(child.pid)
    assert now["NoNewPrivs"] == "1" and now["Seccomp"] == "2"
    assert now["CapEff"] == now["CapPrm"] == f"{1 << 12:016x}" and now["CapInh"] == now["CapAmb"] == "0" * 16


FORBIDDEN = [(OPENAT, 0, 0), (EXECVE, 0, 0), (FORK, 0, 0), (PTRACE, 0, 0), (157, 0, 0), (9, 0, 0), (10, 0, 0), (56, 0, 0), (90, 0, 0),
             (FCNTL, 3, F_SETFL), (FCNTL, 3, 0), (IOCTL, 3, TIOCSTI), (IOCTL, 3, SIOCSIFHWADDR), (IOCTL, 3, 0), (18, 0, 0)]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
@pytest.mark.parametrize("call", FORBIDDEN, ids=lambda call: "-".join(map(str, call)))
def test_110_a_forbidden_call_ends_it(rig: Rig, call: tuple[int, ...]) -> None:
    with sealed(rig) as child:
        make_call(child.pid, *call)
        assert child.wait(5) == -signal.SIGSYS


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
@pytest.mark.parametrize("call", [(CLOSE, 2**64 - 1), (FCNTL, 2**64 - 1, F_SETLK), (FSTAT, 2**64 - 1), (IOCTL, 2**64 - 1, SIOCGIFCONF),
                                  (IOCTL, 2**64 - 1, SIOCSIFFLAGS)], ids=lambda call: "-".join(map(str, call)))
def test_110_a_call_that_is_allowed_does_not(rig: Rig, call: tuple[int, ...]) -> None:
    gate = rig.gate("DescribeRouteTables")
    began, child = time.monotonic(), rig.start("follow")
    gate.wait()
    make_call(child.pid, *call)
    gate.open()
    assert rig.end(child, began).kind == "OK"


# As a service.

def test_it_follows(rig: Rig) -> None:
    rig.with_alias()
    with serving(rig) as service:
        assert "was taken down" in service.says("OK")
        assert not rig.alias
        rig.send("B")
        assert "was put up" in service.says("OK", "OK")
        assert rig.alias
        service.rounds(2)
        service.says("OK", "OK")
        assert service.stop().endswith("of 10.9.0.1 was left up\n")
    assert rig.alias


def test_154_reading_fails_for_a_while(rig: Rig) -> None:
    rig.send("B")
    rig.with_alias()
    with serving(rig) as service:
        assert "is here" in service.says("OK")
        rig.fault(match="DescribeRouteTables", code="UnauthorizedOperation", status=403)
        assert "the alias stays as it is" in service.says("OK", "REFUSED")
        rig.send("A")
        service.rounds(4)
        service.says("OK", "REFUSED")
        assert rig.alias
        rig.region.faults.clear()
        assert "was taken down" in service.says("OK", "REFUSED", "OK")
        assert not rig.alias
        assert service.stop().endswith("was left down\n")


def test_155_the_route_flips_every_second(rig: Rig) -> None:
    flips = 6
    monitor = rig.place.start(["ip", "-4", "-o", "monitor", "address"])
    with serving(rig) as service:
        service.says("OK")
        for flip in range(flips):
            rig.send("AB"[flip % 2 == 0])
            time.sleep(1)  # The pace of the flips is the fault itself.
        # They end at A, so at last the alias is down, and that is all.
        service.rounds(3)
        assert not rig.alias
        said = len(service.lines)
        service.rounds(2)
        assert len(service.lines) == said <= 2 + 2 * flips, service.lines
        assert service.stop().endswith("was left down\n")
    monitor.terminate()
    events = [line for line in monitor.communicate()[0].splitlines() if "10.9.0.1/" in line]
    # What the kernel saw is what was said, and no more than one change for each flip.
    down = sum(line.startswith("Deleted") for line in events if "10.9.0.1/32" in line)
    said_down, said_up = (sum(f" was {word}" in line for line in service.lines) for word in ("taken down", "put up"))
    assert down == said_down == said_up <= flips / 2


def test_a_signal_ends_it_at_once(rig: Rig) -> None:
    rig.with_alias()
    gate = rig.gate("DescribeRouteTables")
    with serving(rig) as service:
        gate.wait()
        [round_] = children(service.child.pid)
        assert service.stop().endswith("was left as it was\n")
        assert ends_soon(round_) and service.kinds() == ["OK"]
    assert rig.alias


def test_the_rounds_end_with_it(rig: Rig) -> None:
    rig.with_alias()
    gate = rig.gate("DescribeRouteTables")
    with serving(rig) as service:
        gate.wait()
        [round_] = children(service.child.pid)
        service.child.kill()
        assert ends_soon(round_)
    assert rig.alias and not service.lines


def test_a_round_that_is_killed_is_not_the_end(rig: Rig) -> None:
    rig.with_alias()
    gate = rig.gate("DescribeRouteTables")
    with serving(rig) as service:
        gate.wait()
        os.kill(children(service.child.pid)[0], signal.SIGKILL)
        assert "a round ended without a word" in service.says("BUG")
        assert "was taken down" in service.says("BUG", "OK")
        service.stop()


def test_a_round_that_cannot_begin_is_told_as_that(rig: Rig) -> None:
    rig.with_alias()
    with serving(rig, under=["strace", "-D", "-o", "/dev/null", "-e", "inject=fork:error=EAGAIN:when=1"]) as service:
        assert "a round could not be started: Resource temporarily unavailable" in service.says("BUG")
        assert "was taken down" in service.says("BUG", "OK")
        service.stop()


def test_a_round_that_hangs_is_ended(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    with serving(rig) as service:
        gate.wait()
        [round_] = children(service.child.pid)
        os.kill(round_, signal.SIGSTOP)
        service.says("BUG")
        assert ends_soon(round_)
        service.stop()


def test_between_rounds_it_holds_nothing(rig: Rig) -> None:
    with serving(rig) as service:
        service.says("OK")
        wait_until(lambda: not children(service.child.pid) and max(descriptors(service.child.pid)) == 2)
        now = status(service.child.pid)
        assert held(rig, memory(service.child.pid)) == [] and rig.tokens
        assert now["CapEff"] == now["CapPrm"] == f"{1 << 12:016x}" and now["NoNewPrivs"] == "1"
        service.stop()


def test_131_acquire_beside_the_service(rig: Rig) -> None:
    """A failover to a host whose service runs: it is not kept waiting, and its alias stays."""
    with serving(rig) as service:
        assert "is elsewhere" in service.says("OK")
        run = rig.run()
        assert run.kind == "OK", run.err
        wait_until(lambda: "is here" in service.lines[-1])
        rig.is_here(ReplaceRoute=1)
        assert set(service.kinds()) <= {"OK", "BUSY", "DIFFERS"}
        assert not any(" was " in line for line in service.lines)
        rig.region.log.clear()
        service.stop()
    assert rig.alias
