"""A release of the tree as it is now, with the binary that is there; made in a clone, as a release is of what is committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from world import BINARY

ROOT = Path(__file__).parents[2]
VERSION, COMMIT, EPOCH = "1.2.3", "0123456789abcdef0123456789abcdef01234567", 1_700_000_000
PROGRAM, SOURCE = f"mirrorvip-{VERSION}-linux-x86_64.tar.gz", f"mirrorvip-{VERSION}-source.tar.gz"
_AUTHOR = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).exists())


def tree(at: Path) -> Path:
    """The tree as it is, committed."""
    for name in tracked():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, at / name)
    for arguments in (["init", "-q"], ["add", "-A"], [*_AUTHOR, "commit", "-qm", "all"]):
        subprocess.run(["git", *arguments], cwd=at, check=True)
    shutil.copytree(ROOT / "vendor" / "cache", at / "vendor" / "cache")
    return at


def pack(at: Path, out: Path, env: Mapping[str, str] | None = None, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    """Pack the tree there into `out`."""
    argv = [at / "release/tools/pack", out, VERSION, COMMIT, str(EPOCH), f"x86_64={BINARY}"]
    return subprocess.run(argv, cwd=at, env=os.environ | (env or {}), umask=umask, capture_output=True, text=True)


def unpacked(bundle: Path, to: Path) -> Path:
    """The folder that is in the bundle."""
    subprocess.run(["tar", "-C", to, "-xzf", bundle], check=True)
    return to / bundle.name.removesuffix(".tar.gz")
