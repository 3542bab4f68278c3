"""Signals: before a write the run ends at once; after one it looks first. Killed, it leaves a host that can go on."""

from __future__ import annotations

import re
import signal
import threading
import time
from pathlib import Path

import pytest

from world.until import wait_until

from .dns import serving
from .rig import CA_FILE, Rig, Run

ROLES = "/latest/meta-data/iam/security-credentials/"
BEFORE_A_WRITE = ["/latest/api/token", "/latest/meta-data/placement/region", ROLES, "DescribeRouteTables"]


def signalled(rig: Rig, at: str, *signals: signal.Signals, deadline: int = 5, more: tuple[str, ...] = (), **fault: object) -> tuple[Run, float]:
    """A run that gets signals while it waits for a reply that never comes; and how long it took to end then."""
    gate = rig.gate(at, **fault)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", str(deadline), *more)
    gate.wait()
    for each in signals:
        child.send_signal(each)
    sent = time.monotonic()
    run = rig.end(child, began, deadline)
    return run, time.monotonic() - sent


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda which: which.name)
@pytest.mark.parametrize("at", BEFORE_A_WRITE)
def test_126_before_a_write(rig: Rig, at: str, which: signal.Signals) -> None:
    run, took = signalled(rig, at, which)
    assert run.kind == "INTERRUPTED" and took < 0.5, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("at", ["DescribeRouteTables", "/latest/api/token"])
def test_130_two_in_a_row(rig: Rig, at: str) -> None:
    run, took = signalled(rig, at, signal.SIGTERM, signal.SIGINT, signal.SIGTERM)
    assert run.kind == "INTERRUPTED" and took < 0.5, run.err
    rig.nothing_was_written()


def test_126_in_a_write_that_was_carried_out(rig: Rig) -> None:
    run, _ = signalled(rig, "ReplaceRoute", signal.SIGTERM, deadline=3)
    assert run.kind in ("OK", "UNVERIFIED"), run.err
    rig.is_here(ReplaceRoute=1)
    rig.recovers()


def test_126_in_a_write_that_was_not_carried_out(rig: Rig) -> None:
    run, _ = signalled(rig, "ReplaceRoute", signal.SIGTERM, deadline=3, apply=False)
    # A write was under way: it goes on to bring the VIP here, or says that it does not know; never OK with the route elsewhere.
    assert run.kind == "UNVERIFIED" or (run.kind == "OK" and rig.owners() == ["B"]), run.err
    rig.recovers()


def test_126_in_a_write_that_is_not_sent_in_time(rig: Rig) -> None:
    """Its connection comes when the guard's yes is too old, and the signal meanwhile."""
    rig.fault(service="ec2", match="connect", nth=2, delay_s=3)
    rig.fault(match="DescribeRouteTables", end="close")
    rig.place.write("/usr/local/sbin/guard", "#!/bin/sh\n", 0o755)
    began = time.monotonic()
    child = rig.start("acquire", "--deadline", "10", "--route-table", rig.scene.tables[0], "--guard", "/usr/local/sbin/guard")
    while rig.connections("ec2") < 2:
        time.sleep(0.01)
    child.terminate()
    run = rig.end(child, began, 10)
    assert run.kind == "INTERRUPTED", run.err
    rig.nothing_was_written()
    rig.recovers()


def test_126_in_a_reply_that_has_stopped(rig: Rig) -> None:
    """That it has is not why the run ends."""
    rig.fault(match="DescribeRouteTables", cut=700, end="hang")
    began, child = time.monotonic(), rig.start()
    wait_until(lambda: rig.region.log.count("DescribeRouteTables") > 0)
    time.sleep(0.1)  # for the bytes to be there
    child.terminate()
    run = rig.end(child, began)
    assert run.kind == "INTERRUPTED" and "a signal asked to end" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_126_in_the_verification(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables", nth=2)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "3")
    gate.wait()
    child.terminate()
    gate.open()
    run = rig.end(child, began, 3)
    assert run.kind in ("OK", "UNVERIFIED"), run.err
    rig.is_here(ReplaceRoute=1)
    rig.recovers()


def test_126_while_it_waits_between_attempts(rig: Rig) -> None:
    answered = threading.Event()

    def note(true: bytes) -> bytes:
        answered.set()
        return true
    rig.fault(match="DescribeRouteTables", code="RequestLimitExceeded", status=503, raw=note)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "10")
    assert answered.wait(10)
    sent = time.monotonic()
    child.terminate()
    run = rig.end(child, began, 10)
    assert run.kind == "INTERRUPTED" and time.monotonic() - sent < 0.5, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_126_while_the_guard_runs(rig: Rig) -> None:
    rig.place.write("/usr/local/sbin/guard", "#!/bin/sh\nmkfifo /run/fifo\necho >/run/fifo\nexec sleep 60\n", 0o755)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "4", "--guard", "/usr/local/sbin/guard")
    rig.place.run(["sh", "-c", "until test -p /run/fifo; do :; done; cat /run/fifo; rm /run/fifo"], check=True)
    sent = time.monotonic()
    child.terminate()
    run = rig.end(child, began, 4)
    assert run.kind == "INTERRUPTED" and time.monotonic() - sent < 0.5, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_126_while_a_name_is_looked_up(rig: Rig) -> None:
    asked = threading.Event()
    with serving(rig, lambda query, kind: asked.set() or []):  # type: ignore[func-returns-value]
        began, child = time.monotonic(), rig.start("acquire", "--ca-bundle", CA_FILE, endpoint=False)
        assert asked.wait(10)
        sent = time.monotonic()
        child.terminate()
        run = rig.end(child, began)
    assert run.kind == "INTERRUPTED" and time.monotonic() - sent < 0.5, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("at", [*BEFORE_A_WRITE, "ReplaceRoute"])
@pytest.mark.parametrize("apply", [True, False])
def test_127_killed_and_run_again(three: Rig, at: str, apply: bool) -> None:
    gate = three.gate(at, apply=apply)
    child = three.start()
    gate.wait()
    child.kill()
    child.communicate()
    three.hold_region_to_the_rules()
    if at != "ReplaceRoute":
        three.nothing_was_written()
    three.recovers()


@pytest.mark.parametrize("at", ["DescribeRouteTables", "/latest/api/token"])
def test_41_135_stopped_until_the_deadline_has_passed(rig: Rig, at: str) -> None:
    gate = rig.gate(at)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "1")
    gate.wait()
    child.send_signal(signal.SIGSTOP)
    gate.open()
    time.sleep(1.1)  # What passes is the program's own time: there is nothing to wait for.
    child.send_signal(signal.SIGCONT)
    run = rig.end(child, began, 1.5)
    assert run.kind in ("DEADLINE", "IDENTITY", "NETWORK"), run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("which", [signal.SIGTSTP, signal.SIGTTOU, signal.SIGWINCH, signal.SIGPIPE], ids=lambda which: which.name)
def test_129_others_change_nothing(rig: Rig, which: signal.Signals) -> None:
    gate = rig.gate("DescribeRouteTables")
    began, child = time.monotonic(), rig.start()
    gate.wait()
    child.send_signal(which)
    time.sleep(0.05)  # A stop that has not been heeded yet would be taken back.
    child.send_signal(signal.SIGCONT)
    gate.open()
    assert rig.end(child, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_129_its_caller_dies(rig: Rig) -> None:
    """That is no signal, and no reason to end: the VIP is to be here all the same. SIGHUP, if a session's end sends it, is one: row 126."""
    gate = rig.gate("DescribeRouteTables")
    caller = rig.place.start(["sh", "-c", '"$@" >/dev/null 2>/run/said; :', "sh", *rig.argv("acquire")], env=rig.environment())
    gate.wait()
    caller.kill()
    caller.communicate()  # At once: the run holds none of its pipes.
    gate.open()
    until = time.monotonic() + 5
    while not (said := rig.place.call(Path("/run/said").read_text)) and time.monotonic() < until:
        time.sleep(0.01)
    assert said.startswith("mirrorvip: OK: ") and said.count("\n") == 1, said
    rig.is_here(ReplaceRoute=1)
    rig.recovers()


CALLS = ("-e", "trace=recvfrom,sendto", "-o", "/run/calls")


def receptions(rig: Rig) -> int:
    """How often the traced run has asked for bytes before it began its first write."""
    lines = rig.place.call(Path("/run/calls").read_text).splitlines()
    # Of the records with application data the first asks for the tables, the second is the write.
    sent = [at for at, line in enumerate(lines) if re.match(r'sendto\(\d+, "\\27', line)]
    # The last look, whether the connection is still alive, is part of the write.
    return sum(line.startswith("recvfrom") for line in lines[:sent[1]]) - 1 if len(sent) > 1 else len(lines)


def test_126_as_the_last_bytes_before_a_write_come_in(rig: Rig) -> None:
    """The signal comes when there is something to read: the program does not wait again before the write."""
    rig.place.run(["strace", *CALLS, *rig.argv("acquire")], env=rig.environment(), check=True)
    rig.is_here(ReplaceRoute=1)
    for _ in range(20):
        which = receptions(rig)
        rig.reset()
        inject = ("-e", f"inject=recvfrom:signal=SIGTERM:when={which}")
        began = time.monotonic()
        child = rig.place.start(["strace", *CALLS, *inject, *rig.argv("acquire")], env=rig.environment())
        run = rig.end(child, began)
        # If the same bytes came in fewer pieces than the time before, the write came before the signal.
        if which <= receptions(rig):
            break
    assert run.kind == "INTERRUPTED", run.err
    rig.nothing_was_written()
