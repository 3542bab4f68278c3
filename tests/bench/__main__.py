"""Measures mirrorvip beside what people use today, in turn, against one region, and records it below tests/bench.

Each measurement is kept in build/bench.jsonl as it is made, and --resume goes on from there. The status is 0 only if every
bar is met, and 3 if there was no time for every case.
"""

from __future__ import annotations

from world.interrupt import end_with_one_line

if __name__ == "__main__":
    end_with_one_line("bench")

import argparse
import hashlib
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from world import BINARY, machine
from world.place import Unable
from world.world import needs

from peers import Peer

from . import limit, outage, page, plots
from .cases import CASES, why_not
from .programs import PROGRAMS, Program
from .record import Case, Record
from .stage import Stage

HERE = Path(__file__).parent
FIGURES, RESULTS, README = HERE / "figures.jsonl", HERE / "RESULTS.md", HERE.parents[1] / "README.md"
UNDER_WAY = BINARY.with_name("bench.jsonl")

RUNS, MINUTES = 11, 14
# So much of the time each program has in each case. A run for the memory alone must be short, but for a first one.
SHARE_S, MEMORY_SHARE_S = 25, 3


class OutOfTime(Exception):
    """There was no time for every case."""


class Bench:
    """Rounds of all programs in all cases, as many as there is time for. What the record has is not measured again."""

    def __init__(self, record: Record, runs: int, minutes: float):
        self._record = record
        self._runs = runs
        self._end = time.monotonic() + minutes * 60
        self._stages: dict[tuple[int, int], Stage] = {}
        self._open = ExitStack()

    def measure(self) -> None:
        with self._open:
            for number in range(self._runs):
                for case in CASES:
                    self._measure_case(number, case)
                for program in outage.PROGRAMS:
                    self._measure_outage(number, program)

    def _measure_case(self, number: int, case: Case) -> None:
        for program in (program for program in PROGRAMS if not why_not(self._record, program, case)):
            expected_s = self._record.expected_s(program.name, case)
            if self._record.count(program.name, case) <= number and self._is_worth(number, expected_s):
                self._run(program, self._stage(case), case)
        if self._record.count_limits(case) <= number and self._is_worth(number, 1):
            self._record.add_limit(case, limit.measure(self._stage(case._replace(bucket=False))))

    def _run(self, program: Program, stage: Stage, case: Case) -> None:
        run = stage.run(program)
        self._record.add_run(program.name, case, run)
        _say(f"{page.name_of(case)}: {program.name} {page.seconds(run.wall_s)} {run.failed}")
        if not program.processes and not self._record.has_peak(program.name, case) and (
                run.wall_s < MEMORY_SHARE_S or not self._record.peak_kb(program.name, case)):
            self._record.add(case=case, program=program.name, peak_kb=stage.peak(program).resident_kb)

    def _measure_outage(self, number: int, program: Peer) -> None:
        expected_s = self._record.outages_ms().get(program.name, 0) / 1000
        if self._record.count_outages(program.name) <= number and self._is_worth(number, expected_s):
            try:
                outage_ms = outage.measure(program)
            except outage.NotCarried as why:
                _say(f"a client's outage: FAILED: {why}")
            else:
                self._record.add(program=program.name, outage_ms=round(outage_ms, 3))
                _say(f"a client's outage: {program.name} {page.seconds(outage_ms / 1000)}")

    def _is_worth(self, number: int, expected_s: float) -> bool:
        """Whether it is to be measured in the round of this number; in the first all is."""
        if number:
            return expected_s * (number + 1) <= SHARE_S and time.monotonic() + expected_s < self._end
        if time.monotonic() > self._end:
            raise OutOfTime("there was no time for every case; --resume goes on")
        return True

    def _stage(self, case: Case) -> Stage:
        """They stay open, since to build one takes seconds."""
        key = case.tables, case.routes
        if key not in self._stages:
            self._stages[key] = self._open.enter_context(Stage(*key))
        self._stages[key].set(case.latency_ms, case.bucket)
        return self._stages[key]


def _say(text: str) -> None:
    print(text.rstrip(), file=sys.stderr, flush=True)


def write(record: Record) -> None:
    """The page of results, the pictures, and README.md's table."""
    RESULTS.write_text(page.whole(record))
    plots.draw(HERE, record)
    README.write_text(page.with_table(README.read_text(), record))


def begin(resume: bool) -> Record:
    binary = {"binary_bytes": BINARY.stat().st_size, "binary_sha256": hashlib.sha256(BINARY.read_bytes()).hexdigest()}
    if not resume:
        return Record.begin(UNDER_WAY, {"conditions": machine.conditions()} | binary)
    if not UNDER_WAY.exists():
        raise Unable("there is nothing to go on from")
    record = Record.go_on(UNDER_WAY)
    if not binary.items() <= record.head.items():
        raise Unable("what was measured is of another binary")
    return record


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="of each program in each case, if it is quick; default: %(default)s")
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="N", help="after these none is begun; default: %(default)s")
    parser.add_argument("--resume", action="store_true", help="go on from where it was interrupted")
    parser.add_argument("--redraw", action="store_true", help="measure nothing; write page and pictures from what is recorded")
    options = parser.parse_args()
    if lack := needs() or (None if BINARY.exists() else "it needs build/mirrorvip: run make"):
        parser.error(lack)
    try:
        if not options.redraw:
            Bench(begin(options.resume), options.runs, options.minutes).measure()
            FIGURES.write_bytes(UNDER_WAY.read_bytes())
    except (OutOfTime, Unable) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 3 if isinstance(error, OutOfTime) else 2
    record = Record.read(FIGURES)
    write(record)
    print("\n".join(page.marks(record)))
    return 0 if all(bar.met for bar in page.bars(record)) else 1


if __name__ == "__main__":
    sys.exit(main())
