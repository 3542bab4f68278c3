"""What was measured: a file that grows by a line with every measurement, so that an interrupted benchmark can go on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple


class Case(NamedTuple):
    """Route tables of the VPC; what EC2's answers are late by; whether it throttles as AWS does; each table's routes, if more than two."""

    tables: int
    latency_ms: int
    bucket: bool = False
    routes: int = 0


@dataclass(frozen=True)
class Run:
    """One run to its end, and what the region saw of it. Times are from its start. `failed` tells what is not as it should be."""

    wall_s: float
    cpu_s: float
    largest_kb: int  # of the program or of a process that it started, or of who started it
    requests: int
    connections: int
    first_write_s: float
    last_write_s: float
    longest_gap_s: float
    failed: str = ""


@dataclass(frozen=True)
class Limit:
    """Seconds of each step that nobody is spared."""

    secure_s: float  # the name, the connection and the TLS handshake
    describe_s: float  # of all tables
    replace_s: float


@dataclass(frozen=True)
class Figures:
    """Of one program in one case: medians of the runs that moved every route, or of all where none did."""

    runs: int
    wall_s: float
    cpu_s: float
    largest_kb: float
    requests: float
    connections: float
    first_write_s: float
    last_write_s: float
    longest_gap_s: float
    failures: int
    failed: str


class Record:
    """All of it. `head` is what it was measured on."""

    def __init__(self, head: dict[str, Any], path: Path | None = None):
        self.head = head
        self._path = path
        self._runs: dict[tuple[str, Case], list[Run]] = defaultdict(list)
        self._peaks_kb: dict[tuple[str, Case], int] = {}
        self._limits: dict[Case, list[Limit]] = defaultdict(list)
        self._outages_ms: dict[str, list[float]] = defaultdict(list)

    # Growing. A line has what was measured by its kind, and of what.

    @classmethod
    def begin(cls, path: Path, head: dict[str, Any]) -> Record:
        """An empty one, to be kept there."""
        path.write_text(json.dumps(head) + "\n")
        return cls(head, path)

    @classmethod
    def read(cls, path: Path) -> Record:
        """The one that is kept there. Half of a line at its end is none."""
        head, *rows = path.read_text().rpartition("\n")[0].split("\n")
        record = cls(json.loads(head))
        for row in rows:
            record._take(**json.loads(row))
        return record

    @classmethod
    def go_on(cls, path: Path) -> Record:
        """The same, to which what is added is kept there, too."""
        record = cls.read(path)
        path.write_text(path.read_text().rpartition("\n")[0] + "\n")
        record._path = path
        return record

    def add(self, **row: Any) -> None:
        self._take(**row)
        if self._path:
            with self._path.open("a") as file:
                file.write(json.dumps(row) + "\n")

    def _take(self, case: list[Any] | None = None, program: str = "", run: dict[str, Any] | None = None, peak_kb: int = 0,
              limit: dict[str, float] | None = None, outage_ms: float = 0) -> None:
        where = Case(*case) if case else Case(0, 0)
        if run:
            self._runs[program, where].append(Run(**run))
        if peak_kb:
            self._peaks_kb[program, where] = peak_kb
        if limit:
            self._limits[where].append(Limit(**limit))
        if outage_ms:
            self._outages_ms[program].append(outage_ms)

    def add_run(self, program: str, case: Case, run: Run) -> None:
        self.add(program=program, case=case, run={name: _rounded(value) for name, value in asdict(run).items()})

    def add_limit(self, case: Case, limit: Limit) -> None:
        self.add(case=case._replace(bucket=False), limit={name: _rounded(value) for name, value in asdict(limit).items()})

    # Looking.

    def cases(self) -> list[Case]:
        return list(dict.fromkeys(case for _, case in self._runs))

    def count(self, program: str, case: Case) -> int:
        return len(self._runs.get((program, case), ()))

    def figures(self, program: str, case: Case) -> Figures | None:
        runs = self._runs.get((program, case), [])
        good = [run for run in runs if not run.failed] or runs
        if not good:
            return None
        medians = (median(column) for column in list(zip(*map(astuple, good)))[:-1])
        failures = [run.failed for run in runs if run.failed]
        return Figures(len(runs), *medians, failures=len(failures), failed=failures[0] if failures else "")

    def peak_kb(self, program: str, case: Case) -> int:
        """The most that was resident at once, in this case or else in one that differs by its latency or bucket; 0 if none is known."""
        known = {other: kb for (name, other), kb in self._peaks_kb.items()
                 if name == program and (other.tables, other.routes) == (case.tables, case.routes)}
        return known.get(case) or max(known.values(), default=0)

    def has_peak(self, program: str, case: Case) -> bool:
        return (program, case) in self._peaks_kb

    def count_limits(self, case: Case) -> int:
        return len(self._limits.get(case._replace(bucket=False), ()))

    def limit(self, case: Case) -> Limit:
        """Medians of its steps. The bucket is no matter of theirs."""
        return Limit(*(median(column) for column in zip(*map(astuple, self._limits[case._replace(bucket=False)]))))

    def count_outages(self, program: str) -> int:
        return len(self._outages_ms.get(program, ()))

    def outages_ms(self) -> dict[str, float]:
        """By program."""
        return {name: median(each) for name, each in self._outages_ms.items()}

    def expected_s(self, program: str, case: Case) -> float:
        """How long a run will take, by how long it took, there or with fewer tables; 0 if nothing is known."""
        if found := self.figures(program, case):
            return found.wall_s
        plain = Case(case.tables, case.latency_ms)
        if case != plain:
            return self.expected_s(program, plain)
        points = list(self._walls(program, case))[-2:]
        if not points:
            return 0
        (fewer, less_s), (most, most_s) = ((0, 0.0), *points)[-2:]
        return most_s + (case.tables - most) * (most_s - less_s) / (most - fewer)

    def _walls(self, program: str, case: Case) -> Iterator[tuple[int, float]]:
        for tables in sorted({each.tables for each in self.cases() if each.tables < case.tables}):
            if found := self.figures(program, Case(tables, case.latency_ms)):
                yield tables, found.wall_s


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value
