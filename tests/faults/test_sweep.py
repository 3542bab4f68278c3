"""A signal at each system call of a good run: it ends in good order, or is killed and run again, or is stopped too long."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import SimpleQueue

import pytest

from .rig import Rig, in_thread, opened

CALLS = "/run/calls"
RIGS = 2
# The first is the start itself; the last ends the run.
NOT_SWEPT = {"execve", "exit_group"}


@pytest.fixture(scope="module")
def rigs() -> Iterator[SimpleQueue[Rig]]:
    free: SimpleQueue[Rig] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(RIGS):
            free.put(stack.enter_context(opened(tables=1)))
        yield free


def traced(rig: Rig, *inject: str, more: tuple[str, ...] = ()) -> list[str]:
    return ["strace", "-o", CALLS, *inject, *rig.argv("acquire", *more)]


def lines(rig: Rig) -> list[str]:
    return rig.place.call(Path(CALLS).read_text).splitlines()


def name(line: str) -> str:
    return line.partition("(")[0]


class Point:
    """The nth call of a name, in a run that may differ a little from the next."""

    def __init__(self, call: str, nth: int):
        self.call, self.nth = call, nth

    def inject(self, which: signal.Signals) -> tuple[str, str]:
        return "-e", f"inject={self.call}:signal={which.name}:when={self.nth}"

    def place(self, trace: list[str]) -> int | None:
        """The line of it in a trace; None where the run made fewer of these calls."""
        found = [at for at, line in enumerate(trace) if name(line) == self.call]
        return found[self.nth - 1] if len(found) >= self.nth else None


def writing(trace: list[str]) -> int:
    """The line that sends the write: of the records with application data the first asks for the tables."""
    sent = [at for at, line in enumerate(trace) if re.match(r'sendto\(\d+, "\\27', line)]
    return sent[1] if len(sent) > 1 else len(trace)


def last_look(trace: list[str]) -> int:
    """The line that lets a signal in for the last time before the write."""
    return max((at for at, line in enumerate(trace[:writing(trace)]) if name(line) == "ppoll"), default=0)


def first_hold(trace: list[str]) -> int:
    """The line from which on signals are noted; before it they end the process, as they end any."""
    return next((at for at, line in enumerate(trace) if line.startswith("rt_sigprocmask(SIG_SETMASK, [HUP INT TERM]")), len(trace))


def points(rigs: SimpleQueue[Rig]) -> list[Point]:
    rig = rigs.get()
    rig.reset()
    rig.place.run(traced(rig), env=rig.environment(), check=True)
    rig.is_here(ReplaceRoute=1)
    found: list[Point] = []
    count: Counter[str] = Counter()
    for line in lines(rig):
        call = name(line)
        if re.fullmatch(r"[a-z_0-9]+", call) and call not in NOT_SWEPT:
            count[call] += 1
            found.append(Point(call, count[call]))
    rigs.put(rig)
    assert len(found) > 80
    return found


def sweep(rigs: SimpleQueue[Rig], found: list[Point], work: Callable[[Rig, int, Point], str]) -> Counter[str]:
    """`work` at each point, on as many rigs as there are. What it came to, counted."""
    def one(numbered: tuple[int, Point]) -> str:
        rig = rigs.get()
        try:
            rig.reset()
            return work(rig, *numbered)
        except AssertionError as error:
            raise AssertionError(f"at {numbered[1].call} number {numbered[1].nth}") from error
        finally:
            rigs.put(rig)
    with ThreadPoolExecutor(RIGS) as pool:
        return Counter(pool.map(one, enumerate(found)))


ASKS_TO_END = signal.SIGTERM, signal.SIGINT, signal.SIGHUP


def signalled(rig: Rig, number: int, point: Point) -> str:
    rig.record_tokens()
    which = ASKS_TO_END[number % len(ASKS_TO_END)]
    began = time.monotonic()
    child = rig.place.start(traced(rig, *point.inject(which)), env=rig.environment())
    by_default = child.wait(25) == -which
    trace = lines(rig)
    place = point.place(trace)
    if by_default:
        assert place is not None and place <= first_hold(trace)
        rig.nothing_was_written()
        rig.hold_region_to_the_rules()
        return "killed"
    run = rig.end(child, began)
    if run.kind == "INTERRUPTED":
        rig.nothing_was_written()
        assert place is not None and place < writing(trace)
    else:
        # A look that lets the signal in comes after it, and there was none before the write any more.
        assert run.kind == "OK" and (place is None or place >= last_look(trace)), run.err
        rig.is_here(ReplaceRoute=1)
    return run.kind


def test_126_a_signal_at_each_call(rigs: SimpleQueue[Rig]) -> None:
    came_to = sweep(rigs, points(rigs), signalled)
    assert came_to["INTERRUPTED"] > 30 and came_to["OK"] > 10, came_to


def killed(rig: Rig, number: int, point: Point) -> str:
    child = rig.place.start(traced(rig, *point.inject(signal.SIGKILL)), env=rig.environment())
    child.communicate(timeout=25)
    ended = "killed" if child.returncode == -signal.SIGKILL else "ended"
    rig.hold_region_to_the_rules()
    assert rig.own_routes() == ["10.109.2.0/24"] or ended == "killed"
    run = rig.run()
    assert run.kind == "OK", run.err
    assert rig.owners() == ["B"] and rig.alias and rig.writes()["ReplaceRoute"] == 1
    return ended


def test_127_killed_at_each_call_and_run_again(rigs: SimpleQueue[Rig]) -> None:
    came_to = sweep(rigs, points(rigs), killed)
    # One run makes a few calls more than another, as its bytes come in.
    assert came_to["killed"] > 80 and came_to["ended"] < came_to["killed"] / 10, came_to


def stopped(rig: Rig, number: int, point: Point) -> str:
    """Stopped at a call until the deadline has passed."""
    rig.record_tokens()
    began = time.monotonic()
    child = rig.place.start(traced(rig, *point.inject(signal.SIGSTOP), more=("--deadline", "1")), env=rig.environment())

    def go_on() -> None:
        time.sleep(1.3)  # The program's own time is to pass.
        with suppress(FileNotFoundError):  # It has ended: it made fewer of these calls.
            for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
                os.kill(int(pid), signal.SIGCONT)
    waker = in_thread(go_on)
    run = rig.end(child, began, 2)
    waker.join()
    trace = lines(rig)
    place = point.place(trace)
    late = [request for request in rig.region.log.actions("ReplaceRoute") if request.received > began + 1.1]
    assert not late
    if place is not None and place < writing(trace):
        assert run.kind in ("DEADLINE", "NETWORK", "IDENTITY"), run.err
        rig.nothing_was_written()
    else:
        assert run.kind in ("OK", "UNVERIFIED"), run.err
        assert rig.owners() == ["B"]
    return run.kind


def test_41_135_stopped_at_each_call_around_the_write(rigs: SimpleQueue[Rig]) -> None:
    rig = rigs.get()
    rig.reset()
    rig.place.run(traced(rig), env=rig.environment(), check=True)
    trace = lines(rig)
    rigs.put(rig)
    around = range(writing(trace) - 9, writing(trace) + 3)
    count: Counter[str] = Counter()
    found = []
    for at, line in enumerate(trace):
        count[name(line)] += 1
        if at in around:
            found.append(Point(name(line), count[name(line)]))
    came_to = sweep(rigs, found, stopped)
    assert came_to["DEADLINE"] >= 5 and came_to["OK"] + came_to["UNVERIFIED"] >= 1, came_to


def test_41_135_a_request_that_arrives_six_minutes_late_is_refused(rig: Rig) -> None:
    """What the kernel has been handed may arrive at any time. EC2 takes no signature that is five minutes old."""
    fault = rig.fault(match="ReplaceRoute", delay_s=0.7)
    child = rig.start()
    until = time.monotonic() + 10
    while not fault.hits and time.monotonic() < until:
        time.sleep(0.01)
    rig.region.clock_offset_s = 360
    child.kill()
    child.communicate()
    [write] = rig.region.log.actions("ReplaceRoute")
    until = time.monotonic() + 5
    while write.error is None and time.monotonic() < until:
        time.sleep(0.01)
    assert write.error == "RequestExpired"
    rig.hold_region_to_the_rules()
    assert rig.owners() == ["A"] and not rig.region.log.changes
    rig.region.clock_offset_s = 0
    rig.recovers()
