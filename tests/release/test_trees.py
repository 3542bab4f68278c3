"""install.sh in the trees of three kinds of hosts, and an acquire from each: of Debian's, of RHEL's and of busybox alone."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.rig import API, API_NAME, CA_FILE, INSTALLED, Rig

from .test_install import state

# What install.sh calls, and the shell.
TOOLS = "chmod cp grep ln mkdir mv readlink rm rmdir sed sha256sum sort tr uname"


def put(root: Path, program: str, place: str) -> None:
    """A program of this machine and the libraries that it needs, in the tree."""
    source = Path(str(shutil.which(program))).resolve()
    told = subprocess.run(["ldd", source], capture_output=True, text=True).stdout
    for path in (*re.findall(r"(/\S+) \(0x", told), None):
        to = root / (path or place).lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path or source, to)
        to.chmod(0o755)


def merged(root: Path) -> None:
    """/bin and the like are links into /usr."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")


def debian(root: Path) -> None:
    merged(root)
    for tool in TOOLS.split():
        put(root, tool, f"/usr/bin/{tool}")
    put(root, "dash", "/usr/bin/sh")
    for folder in ("etc/systemd/system", "usr/share/bash-completion/completions", "usr/local/sbin", "usr/local/share/man"):
        (root / folder).mkdir(parents=True)
    (root / "etc/debian_version").write_text("12.0\n")


def rhel(root: Path) -> None:
    """A shell that is bash, no /usr/share/bash-completion, a man of its own in /usr/local."""
    merged(root)
    for tool in TOOLS.split():
        put(root, tool, f"/usr/bin/{tool}")
    put(root, "bash", "/usr/bin/bash")
    (root / "usr/bin/sh").symlink_to("bash")
    for folder in ("etc/systemd/system", "usr/lib/systemd/system", "usr/local/sbin", "etc/sysconfig"):
        (root / folder).mkdir(parents=True)
    (root / "etc/redhat-release").write_text("Red Hat Enterprise Linux release 9.0\n")


def busybox(root: Path) -> None:
    """As Alpine is: no systemd."""
    put(root, "busybox", "/bin/busybox")
    subprocess.run(["chroot", root, "/bin/busybox", "--install", "-s", "/bin"], check=True)
    (root / "etc").mkdir()
    (root / "etc/alpine-release").write_text("3.20\n")


@pytest.fixture(params=[debian, rhel, busybox], ids=lambda make: str(make.__name__))
def tree(request: pytest.FixtureRequest, tmp_path: Path, bundle: Path) -> Iterator[Path]:
    make: Callable[[Path], None] = request.param
    root = tmp_path / "root"
    root.mkdir()
    make(root)
    for folder in ("dev", "run", "proc", "tmp"):
        (root / folder).mkdir(exist_ok=True)
    os.mknod(root / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    shutil.copytree(bundle, root / "tmp/bundle")
    yield root


def inside(root: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/usr/sbin/chroot", root, *argv], capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def test_it_is_installed_and_moves_the_vip(tree: Path, rig: Rig) -> None:
    before = state(tree)
    done = inside(tree, "/tmp/bundle/install.sh")
    assert done.returncode == 0 and not done.stderr, done.stderr
    (tree / "etc/hosts").write_text(f"127.0.0.1 localhost\n{API} {API_NAME}\n")
    ca = tree / CA_FILE.lstrip("/")
    ca.parent.mkdir(parents=True, exist_ok=True)
    ca.write_bytes(rig.place.call(Path(CA_FILE).read_bytes))
    began = time.monotonic()
    rig.record_tokens()
    command = ["/usr/sbin/chroot", str(tree), *rig.argv("acquire", "--ca-bundle", CA_FILE, endpoint=False)]
    run = rig.end(rig.place.start(command, env=rig.environment()), began)
    assert INSTALLED in command and run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)
    (tree / "etc/hosts").unlink()
    ca.unlink()
    for folder in (ca.parent, tree / "run/mirrorvip"):
        shutil.rmtree(folder, ignore_errors=True)
    done = inside(tree, "/tmp/bundle/install.sh", "--uninstall")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert state(tree) == before
