"""The Makefile when something comes between."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Stand in for tar: it unpacks, takes half of it away again, and then fails or ends as Ctrl-C makes all of them end.
BROKEN_TAR = """#!/bin/sh
PATH=${{PATH#*:}}
tar "$@"
find "$2" -name '*[a-m].*' -delete
{end}
"""


def make(build: Path, *targets: str, first: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run make for targets in a build folder of one's own; commands are looked for in `first` first."""
    path = f"{first}:{os.environ['PATH']}" if first else os.environ["PATH"]
    return subprocess.run(["make", f"B={build}", *(f"{build}/{each}" for each in targets)], cwd=ROOT, capture_output=True,
                          text=True, start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                          env=os.environ | {"PATH": path, "MAKEFLAGS": "", "MAKELEVEL": "0"})


@pytest.mark.parametrize("end", ["exit 1", "kill -INT 0", "kill -KILL 0"])
@pytest.mark.parametrize("folder", ["bearssl-src", "certs"])
def test_an_unpacking_that_is_interrupted_is_done_again(tmp_path: Path, folder: str, end: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "tar").write_text(BROKEN_TAR.format(end=end))
    (tools / "tar").chmod(0o755)
    target = f"vendor/{folder}"
    assert make(tmp_path / "build", target, first=tools).returncode in (2, -signal.SIGINT, -signal.SIGKILL)
    again, whole = make(tmp_path / "build", target), make(tmp_path / "whole", target)
    assert again.returncode == whole.returncode == 0, again.stderr + whole.stderr
    ours, theirs = (sorted(path.name for path in (tmp_path / build / target).rglob("*")) for build in ("build", "whole"))
    assert ours == theirs


def test_a_tool_that_is_gone_is_noticed(tmp_path: Path) -> None:
    build, tools = tmp_path / "build", tmp_path / "tools"
    assert make(build, "vendor/certs").returncode == 0
    tools.mkdir()
    for folder in os.environ["PATH"].split(":"):
        for tool in Path(folder).glob("*"):
            if tool.name != "patch" and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    done = subprocess.run(["make", f"B={build}", f"{build}/vendor/certs"], cwd=ROOT, capture_output=True, text=True,
                          env={"PATH": str(tools)})
    assert done.returncode == 2 and "mirrorvip needs patch to build" in done.stdout


def test_a_cache_that_is_gone_is_filled_again(tmp_path: Path) -> None:
    """Though what was built of it is still there."""
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "vendor", checkout / "vendor")
    shutil.copytree(ROOT / "vendor" / "cache", tmp_path / "mine" / "mirrorvip")
    shutil.copy(ROOT / "Makefile", checkout)
    env = os.environ | {"MAKEFLAGS": "", "MAKELEVEL": "0", "XDG_CACHE_HOME": str(tmp_path / "mine")}
    for target in ("bearssl-src", "certs"):
        done = subprocess.run(["make", f"build/vendor/{target}"], cwd=checkout, capture_output=True, text=True, env=env)
        assert done.returncode == 0 and any((checkout / "build" / "vendor" / target).iterdir()), done.stderr
        shutil.rmtree(checkout / "vendor" / "cache")


ODD = [f"a{each}b" for each in " '\"$&;<>|()`%"]


@pytest.mark.parametrize("name", ["plain", "\u00fc", *ODD])
def test_a_path_that_a_shell_would_take_apart(tmp_path: Path, name: str) -> None:
    checkout = tmp_path / name
    shutil.copytree(ROOT / "vendor", checkout / "vendor", ignore=shutil.ignore_patterns("cache"))
    shutil.copy(ROOT / "Makefile", checkout)
    done = subprocess.run(["make", "help"], cwd=checkout, capture_output=True, text=True,
                          env=os.environ | {"MAKEFLAGS": "", "MAKELEVEL": "0"})
    if name in ODD:
        assert done.returncode == 2 and not done.stdout
        [line] = done.stderr.splitlines()
        assert "the path of the checkout must hold no blank" in line
    else:
        assert done.returncode == 0 and not done.stderr and "make demo" in done.stdout
