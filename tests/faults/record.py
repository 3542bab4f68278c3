"""What each run of the tests came to: a JSON line each, for the page that `python3 -m faults` writes.

Nothing is recorded unless the environment names a folder for it. Facts are noted before they are judged, so that the
page can show what broke a rule.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "MIRRORVIP_RECORDS"


@dataclass(frozen=True)
class Record:
    """One run: of which test, how it ended, and how it left the region."""

    test: str
    verb: str
    again: bool  # the fault was gone: the run that I8 asks for
    kind: str  # empty: its last line was not heard
    status: int
    seconds: float
    deadline_s: float
    writes: dict[str, int]
    here: int
    elsewhere: int
    nowhere: int
    lost: int  # tables whose route it has deleted, so that they were without one, unless that was asked for
    secrets: int  # found in what it said

    @property
    def late(self) -> bool:
        return self.seconds >= self.deadline_s + 1

    @property
    def untrue(self) -> bool:
        """It says that the VIP is here, and it is not, or not wholly."""
        return self.verb in ("acquire", "status") and self.status == 0 and self.elsewhere + self.nowhere > 0


def running() -> str:
    """The test that runs, as pytest names it."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]


def add(record: Record) -> None:
    folder = os.environ.get(FOLDER)
    if folder:
        # A file for each process; of its threads' lines each is one write.
        with open(Path(folder, f"{os.getpid()}.jsonl"), "a", buffering=1) as file:
            file.write(json.dumps(asdict(record)) + "\n")


def read(folder: Path) -> list[Record]:
    return [Record(**json.loads(line)) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
