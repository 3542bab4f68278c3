"""What the benchmark says of what it has measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import page, plots
from bench.__main__ import FIGURES, HERE, README, RESULTS
from bench.cases import CASES, HEAVY, why_not
from bench.programs import CURL, MIRRORVIP, MOVE_IP, PROGRAMS, SCRIPT, Program
from bench.record import Case, Limit, Record, Run
from bench.stage import Stage

# Of each program: its start, and each table's own share, which a late answer lengthens.
PACES = {MIRRORVIP: (0.01, 0.0001, False), SCRIPT: (0.6, 0.002, True), MOVE_IP: (1.0, 5.4, True), CURL: (0.008, 0.0005, False)}
Change = Callable[[Program, Case, Run], Run]


def run_of(program: Program, case: Case) -> Run:
    start_s, each_s, one_by_one = PACES[program]
    late_s = case.latency_ms / 1000 * (2 * case.tables if one_by_one else 2)
    waits_s = (case.tables - 50) / 5 if case.bucket else 0
    last_s = start_s + case.tables * each_s + late_s + waits_s
    return Run(last_s + 0.001, start_s / 3, 80_000, case.tables, 2, last_s / 2, last_s, 0.004 if program is SCRIPT else 0)


def made(change: Change = lambda program, case, run: run, *, peak_kb: int = 2000, outage_ms: float = 80, size: int = 380_000) -> Record:
    """A whole record, all of it good."""
    record = Record({"conditions": "2026-01-01, a machine", "binary_bytes": size})
    for case in CASES:
        record.add_limit(case, Limit(0.008, 0.001 + case.latency_ms / 1000, 0.001 + case.latency_ms / 1000))
        for program in (program for program in PROGRAMS if not why_not(record, program, case)):
            record.add_run(program.name, case, change(program, case, run_of(program, case)))
            if program is MIRRORVIP:
                record.add(case=case, program=program.name, peak_kb=peak_kb)
            elif not program.processes:
                record.add(case=case, program=program.name, peak_kb=64_000)
    for name, each_ms in ((MIRRORVIP.name, outage_ms), (SCRIPT.name, 900), (MOVE_IP.name, 27_000)):
        record.add(program=name, outage_ms=each_ms)
    return record


def spoiled(program: Program, case: Case, **parts: object) -> Change:
    return lambda each, where, run: replace(run, **parts) if (each, where) == (program, case) else run  # type: ignore[arg-type]


def missed(record: Record) -> list[tuple[str, str]]:
    return [(bar.case, bar.bar) for bar in page.bars(record) if not bar.met]


def test_all_bars_can_be_met() -> None:
    assert missed(made()) == [] and len(page.bars(made())) == 16


@pytest.mark.parametrize("change, what", [
    (spoiled(MIRRORVIP, Case(1, 0), wall_s=0.02), ("1 table, 0 ms", "wall time at most 1/40 of script's")),
    (spoiled(MIRRORVIP, Case(1, 0), cpu_s=0.004), ("1 table, 0 ms", "CPU time at most 1/60 of script's")),
    (spoiled(MIRRORVIP, Case(1, 30), last_write_s=0.082), ("1 table, 30 ms", "last write at most 1.15 of the limit")),
    (spoiled(MIRRORVIP, Case(20, 30), wall_s=0.16), ("20 tables, 30 ms", "wall time at most 1/12 of script's")),
    (spoiled(MIRRORVIP, Case(20, 30), last_write_s=0.109), ("20 tables, 30 ms", "last write no later than curl's and one latency, 108 ms")),
    (spoiled(MIRRORVIP, Case(100, 30), wall_s=0.35), ("100 tables, 30 ms", "wall time at most 1/20 of script's")),
    (spoiled(MIRRORVIP, Case(60, 30, True), last_write_s=2.11), ("60 tables, 30 ms, bucket", "last write at most 1.05 of the bucket's own 2 s")),
    (spoiled(MIRRORVIP, Case(100, 30, True), last_write_s=10.6), ("100 tables, 30 ms, bucket", "last write at most 1.05 of the bucket's own 10 s")),
    (spoiled(MIRRORVIP, HEAVY, cpu_s=0.02), ("200 tables, 0 ms, 500 routes each", "CPU time at most 1/20 of script's")),
    (spoiled(MIRRORVIP, Case(20, 0), wall_s=0.25), ("20 tables, 0 ms", "wall time at most 1/500 of aws-vpc-move-ip's")),
    (spoiled(MIRRORVIP, Case(5, 100), longest_gap_s=0.001), ("all", "time without a route: 0")),
    (spoiled(MIRRORVIP, Case(5, 100), failed="status 9, 4 of 5 routes moved: why"), ("all", "every route moved by every run"))])
def test_a_bar_that_is_not_met(change: Change, what: tuple[str, str]) -> None:
    assert missed(made(change)) == [what]


def test_a_bar_of_size_or_outage_that_is_not_met() -> None:
    assert missed(made(peak_kb=3073)) == [("200 tables, 0 ms, 500 routes each", "memory at most 3,072 kB")]
    assert missed(made(size=400_001)) == [("all", "binary at most 400 kB")]
    assert missed(made(outage_ms=901)) == [("5 tables, 30 ms", "a client without an answer, ours the least")]


def test_who_takes_no_part_or_fails_is_said() -> None:
    why = "status 1, 180 of 200 routes moved, 1 table left without a route: botocore says why"
    said = page.whole(made(spoiled(SCRIPT, Case(200, 30, True), failed=why)))
    assert f"- script, 200 tables, 30 ms, bucket: 1 of 1 failed: {why}\n" in said
    assert "| curl, not run: it repeats no throttled write " in said and "| aws-vpc-move-ip, not run: about 540 s " in said
    for program in PROGRAMS:
        assert len(re.findall(rf"^\| [^|]*\| {program.name}[ ,]", said, re.MULTILINE)) == len(CASES)


def test_an_interrupted_record_goes_on(tmp_path: Path) -> None:
    path, case = tmp_path / "figures.jsonl", Case(5, 30)
    first, second = (Run(wall_s, 0.1, 5, 7, 1, 0.2, 0.3, 0) for wall_s in (0.4, 0.6))
    Record.begin(path, {"conditions": ""}).add_run("script", case, first)
    with path.open("a") as file:
        file.write('{"program": "scr')
    Record.go_on(path).add_run("script", case, second)
    found = Record.read(path).figures("script", case)
    assert found and (found.runs, found.wall_s, found.requests) == (2, 0.5, 7)


def test_what_a_stage_sees() -> None:
    """Of those who do their work, and of one who does nothing."""
    idle = replace(CURL, name="idle", argv=lambda stage: ["/bin/true"])
    with Stage(2) as stage:
        stage.set(20, False)
        ours, script, curl, nothing = (stage.run(program) for program in (MIRRORVIP, SCRIPT, CURL, idle))
        assert 300 < stage.peak(MIRRORVIP).resident_kb < page.MEMORY_BAR_KB < stage.peak(CURL).resident_kb
    assert (ours.failed, script.failed, curl.failed) == ("", "", "")
    assert (ours.requests, script.requests, curl.requests, nothing.requests) == (4, 6, 2, 0)
    assert ours.longest_gap_s == curl.longest_gap_s == 0 and script.longest_gap_s > 0.02
    assert 0.04 < ours.first_write_s <= ours.last_write_s < ours.wall_s
    assert nothing.failed.startswith("status 0, 0 of 2 routes moved") and nothing.last_write_s == 0


def test_what_is_shown_is_what_was_recorded() -> None:
    record = Record.read(FIGURES)
    assert RESULTS.read_text() == page.whole(record)
    assert README.read_text() == page.with_table(README.read_text(), record) and "\n| case " in README.read_text()
    for each in (plots.time, plots.memory, plots.outage):
        assert (HERE / f"{each.__name__}.svg").read_text() == each(record)
