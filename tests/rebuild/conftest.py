"""Fixtures: a release of what is committed, made in a clean clone, or the one in the folder RELEASE; and the fault tests' hosts."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from faults.conftest import one_table, rig
from release.bundles import ROOT

__all__ = ["one_table", "released", "rig"]


def make(clone: Path) -> None:
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "-s", "release"], cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of the bundles; made once for all processes of pytest, by whichever comes first."""
    if "RELEASE" in os.environ:
        return Path(os.environ["RELEASE"]).absolute()
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "clean"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "clone/release/out/SHA256SUMS").exists():
            make(folder / "clone")
    return folder / "clone" / "release" / "out"
