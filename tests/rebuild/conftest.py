"""Fixtures: a release of what is committed, made in a clean clone, or the one in the folder RELEASE; and the fault tests' hosts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from faults.conftest import one_table, rig
from release.bundles import ROOT

__all__ = ["one_table", "released", "rig"]


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the bundles."""
    if "RELEASE" in os.environ:
        return Path(os.environ["RELEASE"]).absolute()
    clone = tmp_path_factory.mktemp("clean") / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "-s", "release"], cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return clone / "release" / "out"
