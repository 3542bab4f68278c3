"""The same faults for all: mirrorvip, the script that it replaces, and Pacemaker's agent, on a host of its own each.

Nobody is told more than their users tell them: metadata and API are at their real addresses and under their real names,
the VIP is at eth0:1, and three route tables point to host A. What each leaves behind is noted as the region saw it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from peers import PEERS, Peer

from .rig import API, API_NAME, CA_FILE, IMDS, INSTALLED, NOWHERE, Rig, opened

MIRRORVIP = Peer("mirrorvip", [INSTALLED, "acquire"])
PROGRAMS = (MIRRORVIP, *PEERS)
PATIENCE_S = 60.0
MAKES_ROUTES = ("ReplaceRoute", "CreateRoute")


@dataclass(frozen=True)
class Scenario:
    """A fault, by the row that it belongs to."""

    row: int
    what: str
    stage: Callable[[Rig], None] = lambda rig: None
    trusted: bool = True  # the region's certificate is one that the host believes
    killed: bool = False  # as its first request to set a route arrives, which is not carried out


@dataclass(frozen=True)
class Outcome:
    """How a program ended, and how it left the region."""

    status: int | None  # None: it had not ended after PATIENCE_S
    killed: bool
    seconds: float
    writes: Counter[str]
    here: int
    elsewhere: int
    nowhere: int
    gap_s: float  # the longest that a table was without a route

    @property
    def untrue(self) -> bool:
        """It says that all is well, and the VIP is not, or not wholly, here."""
        return self.status == 0 and not self.killed and self.elsewhere + self.nowhere > 0


# ---- The faults

def each_write(rig: Rig, **parts: Any) -> None:
    for action in MAKES_ROUTES:
        rig.fault(match=action, **parts)


def all_here(rig: Rig) -> None:
    for table in rig.scene.tables:
        rig.region.set_route(table, rig.scene.destination, rig.scene.b.eni)


def one_missing(rig: Rig) -> None:
    rig.region.set_route(rig.scene.tables[1], rig.scene.destination, None)


def one_dead(rig: Rig) -> None:
    """Ours, and marked as dead."""
    rig.region.set_route(rig.scene.tables[1], rig.scene.destination, rig.scene.b.eni, state="blackhole")


def no_writing(rig: Rig) -> None:
    for action in MAKES_ROUTES:
        rig.region.deny(f"ec2:{action}")


def another_owner(rig: Rig) -> None:
    """Host A takes the last table back right after the write there."""
    last = rig.scene.tables[-1]

    def take(true: bytes) -> bytes:
        rig.region.set_route(last, rig.scene.destination, rig.scene.a.eni)
        return true
    each_write(rig, table=last, count=1, raw=take)


def one_deleted(rig: Rig) -> None:
    """A table goes when all that is read has been read."""
    def delete(true: bytes) -> bytes:
        rig.region.delete_table(rig.scene.tables[1])
        return true
    rig.fault(match="DescribeRouteTables", count=1, raw=delete)


def no_role(rig: Rig) -> None:
    rig.fault(service="imds", match="/latest/meta-data/iam/security-credentials/", status=404, body=b"")


def metadata_off(rig: Rig) -> None:
    rig.fault(service="imds", status=403, body=b"")


def clock_off(rig: Rig) -> None:
    rig.region.clock_offset_s = 16 * 60


def api_at(address: str) -> Callable[[Rig], None]:
    return lambda rig: rig.place.write("/etc/hosts", f"127.0.0.1 localhost\n{address} {API_NAME}\n")


def no_name(rig: Rig) -> None:
    """Nobody answers where the name server should be."""
    rig.place.write("/etc/hosts", "127.0.0.1 localhost\n")
    rig.place.write("/etc/resolv.conf", f"nameserver {NOWHERE}\n")


def faulty(match: str, **parts: Any) -> Callable[[Rig], None]:
    return lambda rig: void(rig.fault(match=match, **parts))


def writes(**parts: Any) -> Callable[[Rig], None]:
    return lambda rig: each_write(rig, **parts)


def void(_: object) -> None:
    pass


THROTTLED = {"code": "RequestLimitExceeded", "status": 503, "message": "Request limit exceeded."}
PORTAL = b"<html><body>Please log in.</body></html>"
SCENARIOS = (
    Scenario(2, "the name server is silent", no_name),
    Scenario(11, "the API's address is silent", api_at(NOWHERE)),
    Scenario(12, "a connection is reset under a write, which is not carried out", writes(count=1, apply=False, cut=0, end="reset")),
    Scenario(13, "the answer to a write is lost", writes(count=1, cut=0)),
    Scenario(14, "the answer to a write comes a byte a second", writes(count=1, drip_s=1)),
    Scenario(18, "the answer to a write never comes", writes(count=1, cut=0, end="hang")),
    Scenario(22, "the API's certificate is from an unknown root", trusted=False),
    Scenario(38, "the host's clock is 16 minutes off", clock_off),
    Scenario(52, "a portal answers the listing", faulty("DescribeRouteTables", body=PORTAL, status=200)),
    Scenario(73, "the metadata service is switched off", metadata_off),
    Scenario(73, "the instance has no role", no_role),
    Scenario(74, "the request for a token is never answered", faulty("/latest/api/token", cut=0, end="hang")),
    Scenario(80, "writing is not permitted", no_writing),
    Scenario(82, "five writes are throttled", writes(count=5, **THROTTLED)),
    Scenario(82, "all writes are throttled", writes(**THROTTLED)),
    Scenario(83, "a write fails inside AWS and was not carried out", writes(count=1, code="InternalError", status=500)),
    Scenario(85, "one table has no route yet", one_missing),
    Scenario(87, "one of three tables refuses", lambda rig: each_write(rig, table=rig.scene.tables[1], code="RouteLimitExceeded")),
    Scenario(88, "readings are a second old", faulty("DescribeRouteTables", nth=2, stale_s=1)),
    Scenario(90, "another host takes a table back after the write", another_owner),
    Scenario(91, "all is here already", all_here),
    Scenario(92, "one route is ours, and dead", one_dead),
    Scenario(127, "it is killed as its first write arrives", killed=True),
    Scenario(153, "a table is deleted between reading and writing", one_deleted),
)


# ---- One run

def set_the_stage(rig: Rig, scenario: Scenario) -> None:
    rig.reset()
    rig.with_alias()
    api_at(API)(rig)
    scenario.stage(rig)
    rig.region.log.clear()


def end(child: subprocess.Popen[str], timeout_s: float) -> int | None:
    """Its exit status; None, and it is no more, when it has not ended by then."""
    try:
        child.communicate(timeout=timeout_s)
        return child.returncode
    except subprocess.TimeoutExpired:
        # With all that it has started: it leads a session.
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return None


def run(rig: Rig, program: Peer, scenario: Scenario) -> Outcome:
    set_the_stage(rig, scenario)
    gates = [rig.gate(action, apply=False, cut=0) for action in MAKES_ROUTES] if scenario.killed else []
    argv = [*program.argv, *(["--ca-bundle", CA_FILE] if program is MIRRORVIP and scenario.trusted else [])]
    began = time.monotonic()
    child = rig.place.start(argv, env=program.environment(rig.scene, CA_FILE if scenario.trusted else None))
    if gates:
        until = time.monotonic() + PATIENCE_S
        while not any(gate.arrived.is_set() for gate in gates) and child.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        os.killpg(child.pid, signal.SIGKILL)
    status = end(child, PATIENCE_S)
    seconds = time.monotonic() - began
    for gate in gates:
        gate.open()
    return outcome(rig, status, bool(gates), seconds)


def outcome(rig: Rig, status: int | None, killed: bool, seconds: float) -> Outcome:
    owners, until = rig.owners(), time.monotonic()
    here, nowhere = owners.count("B"), owners.count("None")
    gaps = [rig.region.log.seconds_without_route(table, rig.scene.destination, until) for table in rig.scene.tables]
    return Outcome(status, killed, seconds, Counter(rig.writes()), here, len(owners) - here - nowhere, nowhere, max(gaps))


# ---- All of them

def of_program(program: Peer, scenarios: tuple[Scenario, ...]) -> Iterator[Outcome]:
    with opened(tables=3, imds_at=IMDS) as rig:
        program.prepare(rig.place)
        for scenario in scenarios:
            yield run(rig, program, scenario)


def outcomes(scenarios: tuple[Scenario, ...] = SCENARIOS) -> list[tuple[Scenario, dict[str, Outcome]]]:
    """Of each scenario what becomes of each program; the programs run side by side."""
    with ThreadPoolExecutor(len(PROGRAMS)) as pool:
        columns = list(pool.map(lambda program: list(of_program(program, scenarios)), PROGRAMS))
    names = [program.name for program in PROGRAMS]
    return [(scenario, dict(zip(names, row))) for scenario, row in zip(scenarios, zip(*columns))]
