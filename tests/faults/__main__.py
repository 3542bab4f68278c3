"""Runs every test of a fault, then the same faults with what people use today, and writes RESULTS.md.

The status is 0 only if every test passed and all that is to be 0 is. `python3 -m faults --help` lists the options.
"""

from __future__ import annotations

from world.interrupt import end_with_one_line

if __name__ == "__main__":
    end_with_one_line("faults")

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from world import machine

from . import beside, page, record

FOLDERS = ("faults", "world", "callers", "release")


def run_tests(folder: Path, more: list[str]) -> int:
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(page.TESTS), "-q", "-n", str(2 * (os.cpu_count() or 1)),
            # Which holds the page that is now written anew.
            "--deselect", "faults/test_page.py::test_the_page_is_of_these_faults_and_all_that_is_to_be_nothing_is",
            f"--junitxml={folder / 'tests.xml'}", *(str(page.TESTS / name) for name in FOLDERS), *more]
    return subprocess.run(argv, env=os.environ | {record.FOLDER: str(folder)}).returncode


def count_tests(report: Path) -> Counter[int]:
    """How many tests each row has had."""
    names = (case.get("name", "") for case in ElementTree.parse(report).iter("testcase"))
    return Counter(row for name in names for row in page.rows_of(name))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m faults", description=__doc__)
    parser.add_argument("--record", type=Path, default=page.RESULTS, metavar="FILE", help="default: %(default)s")
    parser.add_argument("pytest", nargs="*", help="what else pytest is to be told, after --")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        failed = run_tests(Path(name), options.pytest)
        records, tests = record.read(Path(name)), count_tests(Path(name, "tests.xml"))
    if failed:
        print("faults: a test failed, and nothing was written", file=sys.stderr)
        return 1
    if lacking := page.untested(tests):
        print(f"faults: no test is for rows {lacking}, and nothing was written", file=sys.stderr)
        return 1
    print("the same faults with what people use today ...", file=sys.stderr, flush=True)
    outcomes = beside.outcomes()
    options.record.write_text(page.text(machine.conditions(), records, tests, outcomes, beside.PATIENCE_S))
    return 1 if any(page.totals(records).values()) else 0


if __name__ == "__main__":
    sys.exit(main())
