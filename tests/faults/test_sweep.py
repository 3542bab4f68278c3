"""A signal at each system call of a good run: it ends in good order, or is killed and run again, or is stopped too long."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pytest

from world.until import wait_until

from .process import children
from .rig import Rig, in_thread, opened

CALLS = "/run/calls"
# The first is the start itself; the last ends the run.
NOT_SWEPT = {"execve", "exit_group"}


@contextmanager
def queue(count: int) -> Iterator[SimpleQueue[Rig]]:
    free: SimpleQueue[Rig] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(count):
            free.put(stack.enter_context(opened(tables=1)))
        yield free


@pytest.fixture(scope="module")
def rigs() -> Iterator[SimpleQueue[Rig]]:
    with queue(2) as free:
        yield free


def traced(rig: Rig, *inject: str, verb: str = "acquire", more: tuple[str, ...] = ()) -> list[str]:
    return ["strace", "-o", CALLS, *inject, *rig.argv(verb, *more)]


def lines(rig: Rig) -> list[str]:
    return rig.place.call(Path(CALLS).read_text).splitlines()


def name(line: str) -> str:
    return line.partition("(")[0]


class Point(NamedTuple):
    """The nth call of a name, in a run that may differ a little from the next."""

    call: str
    nth: int

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


def points_of(trace: list[str]) -> list[Point]:
    found: list[Point] = []
    count: Counter[str] = Counter()
    for line in trace:
        call = name(line)
        if re.fullmatch(r"[a-z_0-9]+", call) and call not in NOT_SWEPT:
            count[call] += 1
            found.append(Point(call, count[call]))
    return found


def calls(rig: Rig) -> list[Point]:
    rig.reset()
    rig.place.run(traced(rig), env=rig.environment(), check=True)
    rig.is_here(ReplaceRoute=1)
    return points_of(lines(rig))


def points(rigs: SimpleQueue[Rig]) -> list[Point]:
    """What each of a few runs makes: one makes a few calls more than another, as its bytes come in."""
    rig = rigs.get()
    found = calls(rig)
    for _ in range(2):
        again = set(calls(rig))
        found = [point for point in found if point in again]
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
    with ThreadPoolExecutor(rigs.qsize()) as pool:
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
    assert came_to["INTERRUPTED"] > 30 and came_to["OK"] > 0, came_to


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
    assert came_to["killed"] > 80 and came_to["ended"] < came_to["killed"] / 2, came_to


def stopped(rig: Rig, number: int, point: Point) -> str:
    """Stopped at a call until the deadline has passed."""
    rig.record_tokens()
    began = time.monotonic()
    child = rig.place.start(traced(rig, *point.inject(signal.SIGSTOP), more=("--deadline", "1")), env=rig.environment())

    def go_on() -> None:
        time.sleep(1.3)  # The program's own time is to pass.
        with suppress(FileNotFoundError):  # It has ended: it made fewer of these calls.
            for pid in children(child.pid):
                os.kill(pid, signal.SIGCONT)
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


# follow, which waits before it changes the alias, so that more of them at once cost no more.

@pytest.fixture(scope="module")
def following() -> Iterator[SimpleQueue[Rig]]:
    with queue(6) as free:
        yield free


def follows(rig: Rig, *inject: str, more: tuple[str, ...] = ("--deadline", "3")) -> subprocess.Popen[str]:
    """The alias is up, and the tables send the VIP elsewhere."""
    rig.with_alias()
    rig.record_tokens()
    return rig.place.start(traced(rig, *inject, verb="follow", more=more), env=rig.environment())


def follow_points(rigs: SimpleQueue[Rig]) -> list[Point]:
    rig = rigs.get()
    rig.reset()
    run = rig.end(follows(rig), time.monotonic())
    assert run.kind == "OK" and not rig.alias, run.err
    found = points_of(lines(rig))
    rigs.put(rig)
    assert len(found) > 80
    return found


def follow_signalled(rig: Rig, number: int, point: Point) -> str:
    which = ASKS_TO_END[number % len(ASKS_TO_END)]
    began = time.monotonic()
    child = follows(rig, *point.inject(which))
    by_default = child.wait(25) == -which
    if by_default:
        assert rig.alias and not rig.writes()
        return "killed"
    run = rig.end(child, began)
    # It has taken the alias down and says so, or has left it up.
    assert run.kind in ("INTERRUPTED", "OK") and rig.alias == (run.kind == "INTERRUPTED"), run.err
    rig.nothing_was_written()
    return run.kind


def test_126_follow_is_signalled_at_each_call(following: SimpleQueue[Rig]) -> None:
    found = follow_points(following)
    # Of the first half, which acquire has as well, some must do.
    half = len(found) // 2
    came_to = sweep(following, found[:half:4] + found[half:], follow_signalled)
    assert came_to["INTERRUPTED"] > 20 and came_to["OK"] > 0, came_to


def follow_killed(rig: Rig, number: int, point: Point) -> str:
    child = follows(rig, *point.inject(signal.SIGKILL))
    child.communicate(timeout=25)
    left = "up" if rig.alias else "down"
    rig.nothing_was_written()
    assert rig.own_routes() == ["10.109.2.0/24"]
    # No lock is left, and the next one does what is left to do.
    run = rig.run("follow", deadline=3)
    assert run.kind == "OK" and not rig.alias, run.err
    return left


def test_127_follow_is_killed_around_the_change(following: SimpleQueue[Rig]) -> None:
    came_to = sweep(following, follow_points(following)[-24:], follow_killed)
    assert came_to["up"] > 0 and came_to["down"] > 0, came_to


def service_signalled(rig: Rig, number: int, point: Point) -> str:
    which = ASKS_TO_END[number % len(ASKS_TO_END)]
    child = follows(rig, *point.inject(which), more=("--every", "1"))
    said = child.communicate(timeout=10)[1]
    rig.nothing_was_written()
    assert rig.alias == ("was taken down" not in said)
    if child.returncode == -which:
        return "killed"
    assert child.returncode == 0 and said.count("ended the service") == 1, said
    return "OK"


def test_126_a_service_is_signalled_at_each_call(following: SimpleQueue[Rig]) -> None:
    """Its own calls: its rounds are runs of follow."""
    rig = following.get()
    rig.reset()
    child = follows(rig, more=("--every", "1"))
    wait_until(lambda: not rig.alias)
    time.sleep(0.1)  # Until it waits for its next round.
    [service] = children(child.pid)
    os.kill(service, signal.SIGTERM)
    assert child.communicate(timeout=10)[1].count("ended the service") == 1
    trace = lines(rig)
    # Those before the signal that ended this one come in any other.
    found = points_of(trace[:trace.index(next(line for line in trace if line.startswith("--- SIGTERM")))])
    following.put(rig)
    came_to = sweep(following, found, service_signalled)
    assert came_to["OK"] > 20, came_to


def test_41_135_stopped_at_each_call_around_the_write(rigs: SimpleQueue[Rig]) -> None:
    rig = rigs.get()
    rig.reset()
    rig.place.run(traced(rig), env=rig.environment(), check=True)
    trace = lines(rig)
    rigs.put(rig)
    # In another run the same call may stand some lines further on, as its bytes come in.
    around = range(writing(trace) - 17, writing(trace) + 8)
    count: Counter[str] = Counter()
    found = []
    for at, line in enumerate(trace):
        count[name(line)] += 1
        if at in around:
            found.append(Point(name(line), count[name(line)]))
    came_to = sweep(rigs, found, stopped)
    assert came_to["DEADLINE"] >= 1 and came_to["OK"] + came_to["UNVERIFIED"] >= 1, came_to


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
