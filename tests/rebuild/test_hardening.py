"""The table of release/SECURITY.md says what checksec and hardening-check say."""

from __future__ import annotations

import re
import subprocess

import pytest

from release.bundles import ROOT
from world import BINARY

TABLE = [[cell.strip() for cell in line.strip("|").split("|")] for line in
         (ROOT / "release/SECURITY.md").read_text().partition("## Hardening\n")[2].splitlines() if line.startswith("| ")][1:]
CHECKSEC, HARDENING_CHECK = ({row[0]: row[column] for row in TABLE} for column in (3, 4))
# The rows by what the tools call them.
NAMES = {"Position Independent Executable": "PIE and ASLR", "Stack protected": "stack protector", "Fortify Source functions": "`_FORTIFY_SOURCE`",
         "Read-only relocations": "RELRO", "Immediate binding": "bound at start", "Stack clash protection": "stack clash protection",
         "Control flow integrity": "control flow integrity"}


def test_hardening_check() -> None:
    done = subprocess.run(["hardening-check", BINARY], capture_output=True, text=True)
    said = dict(re.findall(r"^ ([A-Z][\w -]+): (yes|no|unknown)", done.stdout, re.MULTILINE))
    assert said.keys() == NAMES.keys(), done.stdout
    for name, word in said.items():
        assert HARDENING_CHECK[NAMES[name]].startswith(f"{word}:"), (name, word)


@pytest.mark.parametrize(("column", "row"), enumerate(["RELRO", "stack protector", "NX, W^X", "PIE and ASLR"]))
def test_checksec(column: int, row: str) -> None:
    done = subprocess.run(["checksec", f"--file={BINARY}", "--output=csv"], capture_output=True, text=True)
    said = done.stdout.strip().split(",")
    assert CHECKSEC[row].startswith(f"{said[column]}:"), said
    assert CHECKSEC["no heap, no RPATH, no symbols"] == f"{', '.join(said[4:7])}: right" and CHECKSEC["`_FORTIFY_SOURCE`"].startswith(f"{said[7]}:")
