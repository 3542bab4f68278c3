"""vendor/fetch: what the binary is made of comes from here or from the user's cache, and has the SHA-256 of the lock, or stops the build."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .bundles import ROOT

FILES = re.findall(r"^\w+ +\S+ +\S+ +(\S+)", (ROOT / "vendor" / "lock").read_text(), re.MULTILINE)


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    at = Path(shutil.copytree(ROOT / "vendor", tmp_path / "vendor"))
    (tmp_path / "tools").mkdir()
    for tool in ("sh", "awk", "cat", "cp", "dirname", "grep", "mkdir", "mv", "sha256sum"):
        (tmp_path / "tools" / tool).symlink_to(str(shutil.which(tool)))
    return at


def fetch(vendor: Path) -> subprocess.CompletedProcess[str]:
    """Where there is no apt."""
    return subprocess.run([vendor / "fetch"], capture_output=True, text=True,
                          env={"PATH": str(vendor.parent / "tools"), "XDG_CACHE_HOME": str(vendor.parent / "home")})


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_full_cache_needs_nothing_else(vendor: Path) -> None:
    before = held(vendor / "cache")
    done = fetch(vendor)
    assert done.returncode == 0 and not done.stderr and held(vendor / "cache") == before and len(FILES) == 4


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_another(vendor: Path, name: str) -> None:
    """In the folder itself; and in the user's cache, from where it does not get here."""
    place, home = vendor / "cache" / name, vendor.parent / "home" / "mirrorvip"
    whole = place.read_bytes()
    place.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = fetch(vendor)
    assert done.returncode == 1 and f"{place} has the wrong SHA-256" in done.stderr
    home.mkdir(parents=True)
    place.rename(home / name)
    done = fetch(vendor)
    assert done.returncode == 1 and f"{home / name} has the wrong SHA-256" in done.stderr and not place.exists()
    (home / name).write_bytes(whole)
    assert fetch(vendor).returncode == 0 and place.read_bytes() == whole


def test_what_cannot_be_had_is_named(vendor: Path) -> None:
    for name in FILES[1:]:
        (vendor / "cache" / name).unlink()
    done = fetch(vendor)
    assert done.returncode == 1 and "put these files into" in done.stderr and all(name in done.stderr for name in FILES[1:])
