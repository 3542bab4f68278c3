"""A second Debian: of this one's release, unpacked afresh from its mirrors, with what the Makefile says that a release needs."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release.bundles import ROOT

_SOURCE = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)"
# Another user, time zone, language, umask, name of the host and number of jobs; no network but a loopback that is down. In the
# folder that it builds in, every list of files comes backwards. All that was started or mounted ends with the command.
_INSIDE = """set -e
mount --bind . /mnt # which that user may come through
cd /mnt
hostname elsewhere
mkdir -p srv/here srv/backwards
chmod 1777 srv/here
disorderfs -q --multi-user=yes --sort-dirents=yes --reverse-dirents=yes srv/here srv/backwards
umask 027
exec chroot --userspec=12345:12345 . env -i PATH=/usr/bin:/bin HOME=/nonexistent TMPDIR=/srv/backwards TZ=Pacific/Kiritimati \
    LC_ALL=tr_TR.UTF-8 MAKEFLAGS=-j3 "$@"
"""


def _packages() -> str:
    makefile = (ROOT / "Makefile").read_text()
    needed = [re.search(rf"^DEPS_{what} := (.*)$", makefile, re.MULTILINE) for what in ("build", "release")]
    return ",".join(name for each in needed if each for name in each[1].split())


def _sources(codename: str) -> str:
    """Its mirrors, as apt itself reads its configuration; of Debian's own archive alone."""
    listed = subprocess.run(["apt-get", "indextargets", "--format", _SOURCE, "Created-By: Packages", "Component: main"],
                            capture_output=True, text=True, check=True).stdout
    return "".join(f"{line}\n" for line in listed.splitlines() if re.search(rf" {codename}(-updates|-security)? main$", line))


@contextmanager
def another(root: Path) -> Iterator[Path]:
    codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
    done = subprocess.run(["mmdebstrap", "--variant=essential", f"--include={_packages()},locales", "--aptopt=Acquire::Retries 3",
                           "--dpkgopt=force-unsafe-io", "--customize-hook=chroot $1 localedef -i tr_TR -f UTF-8 tr_TR.UTF-8", codename, root, "-"],
                          input=_sources(codename), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    try:
        yield root
    finally:
        shutil.rmtree(root)


def run(root: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """The command on that machine."""
    apart = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child"]
    return subprocess.run([*apart, "sh", "-c", _INSIDE, "sh", *argv], cwd=root, capture_output=True, text=True)
