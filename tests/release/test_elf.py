"""Row 149: what the binary must not be, built on purpose, fails the build."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from world import BINARY

from .bundles import ROOT

ELF = ROOT / "tests" / "check" / "elf"
GOOD = ["-static-pie", "-Wl,-z,text,-z,relro,-z,now,-z,noexecstack,-z,separate-code"]
# What to build it with instead, and what elf says then.
BAD = {
    "an interpreter": (["-pie", *GOOD[1:]], "asks for an interpreter"),
    "a library": (["-pie", *GOOD[1:]], "needs a shared library"),
    "a path to libraries": ([*GOOD, "-Wl,-rpath,/x"], "says where to look for libraries"),
    "symbols": (GOOD, "has symbols"),
    "code that the loader writes": (["-static-pie", "-DTEXT", "-Wl,-z,notext"], "has text relocations"),
    "a fixed address": (["-static", "-no-pie"], "is not position independent"),
    "no RELRO": ([*GOOD, "-Wl,-z,norelro"], "has no RELRO segment"),
    "not bound at start": (["-pie", "-Wl,-z,lazy"], "is not bound at start"),
    "an executable stack": ([*GOOD, "-Wl,-z,execstack"], "has an executable stack"),
    "code that can be written": (["-static", "-nostdlib", "-Wl,-N,-e,main"], "has a segment both writable and executable"),
}


SOURCE = """int main(void) { return 0; }
#ifdef TEXT
__asm__(".text; .quad main");
#endif
"""


def built(folder: Path, flags: list[str]) -> Path:
    source, program = folder / "program.c", folder / "program"
    source.write_text(SOURCE)
    subprocess.run(["gcc", "-fPIE", *flags, "-o", program, source], check=True, capture_output=True)
    return program


@pytest.mark.parametrize(("flags", "says"), BAD.values(), ids=BAD)
def test_149_a_binary_that_must_not_be(tmp_path: Path, flags: list[str], says: str) -> None:
    done = subprocess.run([ELF, built(tmp_path, flags)], capture_output=True, text=True)
    assert done.returncode == 1 and says in done.stderr, done.stderr


def test_149_one_that_grew_too_large(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(BINARY.read_bytes() + bytes(400_000))
    done = subprocess.run([ELF, program], capture_output=True, text=True)
    assert done.returncode == 1 and "more than 400000" in done.stderr


@pytest.mark.parametrize("language", ["en", "fr", "tr"])
def test_149_the_binary_is_none_of_these(language: str) -> None:
    """Whatever language readelf speaks."""
    done = subprocess.run([ELF, BINARY], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": language})
    assert done.returncode == 0 and not done.stderr, done.stderr
