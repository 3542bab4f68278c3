"""The page of results: of each fault what happened, beside it what happens to what people use today."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .beside import Outcome, Scenario
from .record import Record

HERE = Path(__file__).parent
TESTS = HERE.parent
FAULTS, RESULTS = HERE / "FAULTS.md", HERE / "RESULTS.md"
MOST_KINDS = 3  # of different ends in one cell


@dataclass(frozen=True)
class Row:
    """A row of the table of faults."""

    number: int
    area: str
    fault: str
    expected: str


def table() -> list[Row]:
    found = re.findall(r"^\| (\d+) \| (\S+) \| (.*) \| (.*) \|$", FAULTS.read_text(), re.MULTILINE)
    return [Row(int(number), area, fault, expected) for number, area, fault, expected in found]


def otherwise() -> dict[int, str]:
    """The rows that cannot be run as they are written, and what is run instead."""
    section = FAULTS.read_text().partition("## Rows that are not run as written\n")[2].partition("\n## ")[0]
    notes = re.findall(r"^- \*\*([\d, ]+)\*\*: (.*?)(?=\n- |\n*\Z)", section, re.MULTILINE | re.DOTALL)
    return {int(number): " ".join(text.split()) for numbers, text in notes for number in numbers.split(",")}


# ---- Which tests a row has

def rows_of(test: str) -> list[int]:
    """The rows that a test's name begins with; where it names none, the row that the name of its case begins with."""
    match = re.match(r"test_((?:\d+_)+)", test) or re.match(r"[^[]*\[(\d+)-", test)
    return [int(number) for number in match[1].strip("_").split("_")] if match else []


def unit_tests() -> dict[int, list[str]]:
    """The unit tests that name a row in their head: "Faults, rows 12 to 14, 37"."""
    found: dict[int, list[str]] = {}
    for path in sorted((TESTS / "unit").glob("test_*.c")):
        head = " ".join(path.read_text().partition("*/")[0].replace("*", " ").split())
        match = re.search(r"Faults, rows? ([\d, toand]+)", head)
        for number in sorted(_numbers(match[1])) if match else ():
            found.setdefault(number, []).append(path.stem.removeprefix("test_"))
    return found


def _numbers(text: str) -> set[int]:
    """Of "12 to 14, 37 and 38"."""
    spans = re.findall(r"(\d+)(?: to (\d+))?", text)
    return {number for first, last in spans for number in range(int(first), int(last or first) + 1)}


def untested(tests: Mapping[int, int]) -> list[int]:
    """The rows that no test is for."""
    return [row.number for row in table() if not tests.get(row.number) and row.number not in unit_tests()]


# ---- The page

def of_row(records: Iterable[Record], number: int) -> list[Record]:
    return [record for record in records if number in rows_of(record.test.partition("::")[2])]


def _most(values: Iterable[str]) -> str:
    """The different ones, the most frequent first."""
    ranked = [value for value, _ in Counter(values).most_common()]
    return ", ".join(ranked[:MOST_KINDS]) + (", …" if len(ranked) > MOST_KINDS else "")


def _writes(writes: Mapping[str, int]) -> str:
    return " ".join(f"{count} {name.removesuffix('Route')}" for name, count in sorted(writes.items())) or "none"


def _cells(row: Row, runs: Sequence[Record], tests: int, units: Sequence[str]) -> list[str]:
    proof = ", ".join(([str(tests)] if tests else []) + [f"unit/{name}" for name in units])
    head = [str(row.number), row.area, row.fault, proof]
    if not runs:
        return [*head, "", "", "", "", ""]
    ends = Counter(run.kind or f"status {run.status}" for run in runs)
    longest = max(runs, key=lambda run: run.seconds - run.deadline_s)
    return [*head, str(len(runs)), ", ".join(f"{kind} {count}" for kind, count in ends.most_common()),
            f"{longest.seconds:.2f} of {longest.deadline_s:g}", _most(_writes(run.writes) for run in runs),
            _most(f"{run.here}/{run.elsewhere}/{run.nowhere}" for run in runs)]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


HEAD = ("#", "area", "fault or input", "tests", "runs", "ended", "nearest to its deadline, s", "writes", "tables at the end")


def faults(records: Sequence[Record], tests: Mapping[int, int]) -> Iterator[str]:
    units, other = unit_tests(), otherwise()
    yield _line(HEAD)
    yield _line("--:" if name in ("#", "runs") else "---" for name in HEAD)
    for row in table():
        runs = [record for record in of_row(records, row.number) if not record.again]
        cells = _cells(row, runs, tests.get(row.number, 0), units.get(row.number, ()))
        cells[0] += " \\*" if row.number in other else ""
        yield _line(cells)


def totals(records: Sequence[Record]) -> dict[str, int]:
    """What is to be 0, counted over all runs."""
    return {"tables ending with no route to the VIP that had one": sum(min(run.nowhere, run.lost) for run in records),
            "tables without a route at any moment on the way": sum(run.lost for run in records),
            "runs past deadline + 1 s": sum(run.late for run in records),
            "exit status 0 with a table not ours": sum(run.untrue for run in records),
            "secrets found in what was said": sum(run.secrets for run in records),
            "runs that failed when the fault was gone": sum(run.again and run.status != 0 for run in records)}


# ---- Beside it

def _outcome(each: Outcome) -> str:
    how = "killed" if each.killed else "no end" if each.status is None else f"status {each.status}"
    cell = f"{how}, {each.seconds:.2f} s; {_writes(each.writes)}; {each.here}/{each.elsewhere}/{each.nowhere}"
    if each.nowhere:
        cell += " **no route**"
    elif each.gap_s:
        cell += f" (no route for {each.gap_s * 1000:.0f} ms)"
    return cell + (" **untrue**" if each.untrue else "")


def beside(outcomes: Sequence[tuple[Scenario, Mapping[str, Outcome]]]) -> Iterator[str]:
    names = list(outcomes[0][1])
    yield _line(["#", "fault", *names])
    yield _line(["--:", *["---"] * (1 + len(names))])
    for scenario, row in outcomes:
        yield _line([str(scenario.row), scenario.what, *(_outcome(row[name]) for name in names)])
    counted = ((name, [row[name] for _, row in outcomes]) for name in names)
    sums = (f"{sum(each.here == 3 for each in column)} of {len(column)} wholly here, {sum(each.nowhere for each in column)} tables left "
            f"without a route, {sum(each.untrue for each in column)} untrue" for _, column in counted)
    yield _line(["", "**all**", *sums])


PAGE = """# What becomes of each fault

Written by `make faults`: {conditions}

{totals}

## The faults

One line for each row of [FAULTS.md](FAULTS.md), which says what is expected; every test asserts it, and the rules I1 to I8
after each run. "Tests" is how many there are, with the unit tests that try the same without a network. The rest is of the
runs of the release binary in them: how they ended, the one that came nearest to its deadline, the requests that the region
recorded, and how many tables were here / elsewhere / nowhere when the run had ended. A row with \\* is not run as it is
written; FAULTS.md says why, and what is run instead.

{faults}

## The same faults for others

On the same host, against the same region: mirrorvip as users call it, without an option; our rendition of the published
boto3 script that it replaces (`tests/peers/script.py`); and Pacemaker's `aws-vpc-move-ip start`, with Debian's boto3 and AWS
CLI. Three tables pointed to host A, unless the fault says otherwise. Each cell: how it ended and after how long (after {patience:g} s
it was stopped), the requests that the region recorded, and the tables here / elsewhere / nowhere at the end. **No route**:
a table was left with none. **Untrue**: status 0, and the VIP is not wholly here.

{beside}
"""


def text(conditions: str, records: Sequence[Record], tests: Mapping[int, int],
         outcomes: Sequence[tuple[Scenario, Mapping[str, Outcome]]], patience_s: float) -> str:
    again = sum(record.again for record in records)
    counts = [f"| over all {len(records) - again} runs with a fault and {again} when it was gone | |", "|---|--:|",
              *(_line([what, str(count)]) for what, count in totals(records).items())]
    return PAGE.format(conditions=conditions, totals="\n".join(counts), faults="\n".join(faults(records, tests)),
                       beside="\n".join(beside(outcomes)), patience=patience_s)
