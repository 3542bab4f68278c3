"""The page of results says what was measured, of the tests that each row of the table of faults has, and it is there."""

from __future__ import annotations

import re
from collections import Counter

from . import page
from .beside import MIRRORVIP, PROGRAMS, SCENARIOS, Outcome
from .record import Record


def ran(test: str, **facts: object) -> Record:
    parts: dict[str, object] = {"verb": "acquire", "again": False, "kind": "OK", "status": 0, "seconds": 0.1, "deadline_s": 20.0,
                                "writes": {"ReplaceRoute": 1}, "here": 1, "elsewhere": 0, "nowhere": 0, "lost": 0, "secrets": 0}
    return Record(test=f"faults/test_x.py::{test}", **parts | facts)  # type: ignore[arg-type]


def test_a_row_that_is_not_run_as_written_says_why() -> None:
    assert all(len(why) > 40 for why in page.otherwise().values())


def test_which_rows_a_test_is_for() -> None:
    names = {"test_11_12_refused": [11, 12], "test_29_it_is_said[29-ssh]": [29], "test_87_the_second_fails[84-table]": [87],
             "test_a_chain[23-reversed]": [23], "test_a_chain[good]": [], "test_x": []}
    assert {name: page.rows_of(name) for name in names} == names


def test_a_row_without_a_test() -> None:
    numbers = {row.number for row in page.table()}
    assert set(page.untested({})) == numbers - page.unit_tests().keys()
    assert not page.untested(dict.fromkeys(numbers, 1))


def test_a_line_of_the_page() -> None:
    records = [ran("test_11_nobody_answers", kind="NETWORK", status=6, seconds=2.5, deadline_s=2.0, writes={}, here=0, elsewhere=1),
               ran("test_11_12_refused[x]", kind="NETWORK", status=6, seconds=0.2, writes={}, here=0, elsewhere=1),
               ran("test_11_nobody_answers", again=True), ran("test_1_x"), ran("test_a_run_without_a_row")]
    lines = list(page.faults(records, Counter({11: 2})))
    assert [re.match(r"\| (\d+)", line)[1] for line in lines[2:]] == [str(row.number) for row in page.table()]  # type: ignore[index]
    cells = next(line for line in lines if line.startswith("| 11 ")).strip("| ").split(" | ")
    assert cells[3].split(", ")[0] == "2"
    assert cells[4:] == ["2", "NETWORK 2", "2.50 of 2", "none", "0/1/0"]


def test_what_is_to_be_nothing_is_counted() -> None:
    bad = [ran("test_1_x", seconds=21.0), ran("test_1_x", elsewhere=1), ran("test_1_x", nowhere=1, lost=1), ran("test_1_x", lost=2, secrets=3),
           ran("test_1_x", again=True, status=6, kind="NETWORK"), ran("test_1_x", verb="release", elsewhere=1)]
    assert list(page.totals(bad).values()) == [1, 3, 1, 2, 3, 1]
    assert not any(page.totals([ran("test_1_x"), ran("test_1_x", status=9, kind="PARTIAL", elsewhere=1)]).values())


def test_a_program_that_says_what_is_not_so_is_shown_up() -> None:
    good = Outcome(0, False, 0.1, Counter(ReplaceRoute=3), 3, 0, 0, 0.0)
    bad = Outcome(0, False, 9.0, Counter(CreateRoute=1, DeleteRoute=2), 1, 1, 1, 8.0)
    [_, _, line, sums] = page.beside([(SCENARIOS[0], {"ours": good, "theirs": bad})])
    ours, theirs = line.strip("| ").split(" | ")[2:]
    assert "3 Replace; 3/0/0" in ours and "**" not in ours
    assert "1 Create 2 Delete; 1/1/1 **no route** **untrue**" in theirs
    assert "1 of 1 wholly here, 0 tables left without a route, 0 untrue" in sums


def test_the_page_is_of_these_faults_and_all_that_is_to_be_nothing_is() -> None:
    """Written by `make faults`: again when a row, a scenario or what a run comes to has changed."""
    written, others = page.RESULTS.read_text().split("## The same faults for others")
    assert [line.split("|")[2:4] for line in re.findall(r"^\| \d+(?: \\\*)? \| \w+ \|.*", written, re.MULTILINE)] == [
        [f" {row.area} ", f" {row.fault} "] for row in page.table()]
    totals = dict(re.findall(r"^\| (.*) \| (\d+) \|$", written, re.MULTILINE))
    assert totals == dict.fromkeys(page.totals([]), "0")
    assert re.findall(r"^\| \d+ \| ([^|]*) \| (?:status|killed|no end)", others, re.MULTILINE) == [each.what for each in SCENARIOS]
    assert f"| # | fault | {' | '.join(each.name for each in PROGRAMS)} |" in others
    assert PROGRAMS[0] is MIRRORVIP
