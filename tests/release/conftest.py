"""Fixtures: a release that nobody changes, and the hosts and regions of the fault tests."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from faults.conftest import one_table, rig, three, three_tables

from .bundles import PROGRAM, pack, tree, unpacked

__all__ = ["bundle", "one_table", "packed", "release", "rig", "three", "three_tables"]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Path, Path]:
    """The tree that it was made of, and the release; once for all processes of pytest, whichever comes first."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "packed"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "out" / "SHA256SUMS").exists():
            done = pack(tree(folder / "tree"), folder / "out")
            assert done.returncode == 0, done.stderr
    return folder / "tree", folder / "out"


@pytest.fixture
def release(packed: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the release, to do with as one likes."""
    return Path(shutil.copytree(packed[1], tmp_path / "release"))


@pytest.fixture(scope="session")
def bundle(packed: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's bundle, unpacked."""
    return unpacked(packed[1] / PROGRAM, tmp_path_factory.mktemp("bundle"))
