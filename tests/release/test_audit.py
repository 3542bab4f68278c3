"""The watch over BearSSL and musl: what it says is proved of the binary, and it speaks of the versions that are pinned."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from world import BINARY

from .bundles import ROOT


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """A copy of the folder, with the one cached file that is looked into."""
    at = Path(shutil.copytree(ROOT / "vendor", tmp_path / "vendor", ignore=shutil.ignore_patterns("cache")))
    (at / "cache").mkdir()
    [patches] = (ROOT / "vendor" / "cache").glob("musl_*.debian.tar.xz")
    shutil.copy(patches, at / "cache")
    return at


def audit(vendor: Path, *more: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([vendor / "audit", f"{BINARY}.debug", *more], capture_output=True, text=True)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1))


def test_none_is_known_to_reach_us(vendor: Path) -> None:
    done = audit(vendor)
    assert done.returncode == 0 and not done.stderr, done.stderr
    rows = [line for line in (vendor / "defects").read_text().splitlines() if line and not line.startswith("#")]
    assert len(rows) > 5 and done.stdout.count("  reaches us: ") == len(rows) and done.stdout.count(", because ") >= len(rows)
    assert all(len(row.split(" | ")) == 6 for row in rows)


CHANGES = {
    "the lock has moved on": ("lock", "1.2.5-3.1~deb13u1", "1.2.5-4", "look for defects again"),
    "a function is linked after all": ("defects", "absent iconv", "absent getaddrinfo", "not so: absent getaddrinfo"),
    "a function is not linked": ("defects", "linked qsort", "linked bsearch", "not so: linked bsearch"),
    "a patch is not applied": ("defects", "patched 0002-", "patched 0003-", "not so: patched 0003-"),
    "one reaches us": ("defects", "| no |", "| yes |", "reaches us"),
    "no answer": ("defects", "| no |", "| maybe |", "neither yes, no nor unsure"),
    "no such proof": ("defects", "absent iconv", "believed iconv", "not so: believed iconv"),
}


@pytest.mark.parametrize(("file", "old", "new", "says"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_so_is_told(vendor: Path, file: str, old: str, new: str, says: str) -> None:
    change(vendor / file, old, new)
    done = audit(vendor)
    assert done.returncode == 1 and says in done.stderr, done.stdout + done.stderr


def test_it_is_proved_of_each_program(vendor: Path, tmp_path: Path) -> None:
    """What another one has, as that of the other machine may have it; under the name that it has within musl, too."""
    (tmp_path / "other.c").write_text("void __iconv(void);\nvoid __iconv(void)\n{\n}\n")
    subprocess.run(["gcc", "-c", "-o", tmp_path / "other.o", tmp_path / "other.c"], check=True)
    done = audit(vendor, tmp_path / "other.o")
    assert done.returncode == 1 and "not so: absent iconv\n" in done.stderr and "not so: linked qsort\n" in done.stderr
    assert audit(vendor, Path(f"{BINARY}.debug")).returncode == 0
