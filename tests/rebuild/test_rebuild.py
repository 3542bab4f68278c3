"""A release of a clean clone, made again out of its own source bundle by somebody else, somewhere else, without a network."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rebuild import debian
from release.bundles import ROOT, unpacked

ELF = ROOT / "tests" / "check" / "elf"
MACHINES = ("x86_64", "aarch64")
LIMIT = 400_000


def bundle(released: Path, machine: str) -> Path:
    [path] = released.glob(f"mirrorvip-*-linux-{machine}.tar.gz")
    return path


PAGES = {"x86_64": 0x1000, "aarch64": 0x10000}  # as large as the kernels of each may have them


@pytest.mark.parametrize("machine", MACHINES)
def test_149_what_it_is_for_each_machine(released: Path, machine: str, tmp_path: Path) -> None:
    program = unpacked(bundle(released, machine), tmp_path) / "mirrorvip"
    assert bundle(released, machine).stat().st_size <= LIMIT and program.stat().st_size <= LIMIT
    done = subprocess.run([ELF, program], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    header = subprocess.run(["readelf", "-hW", program], capture_output=True, text=True, check=True).stdout
    assert {"x86_64": "X86-64", "aarch64": "AArch64"}[machine] in header
    segments = [line.split() for line in subprocess.run(["readelf", "-lW", program], capture_output=True, text=True, check=True).stdout.splitlines()]
    loaded = [row for row in segments if row and row[0] == "LOAD"]
    assert all(int(row[-1], 16) == PAGES[machine] for row in loaded)
    # It grows by what is added to it, and does not fill the file up to the next page of 64 kB.
    assert program.stat().st_size - sum(int(row[4], 16) for row in loaded) < 3 * 0x1000
    # What is closed after it is relocated ends with a page, however large, so that all of it is.
    [sealed] = [row for row in segments if row and row[0] == "GNU_RELRO"]
    start, end = int(sealed[2], 16) & -PAGES[machine], int(sealed[2], 16) + int(sealed[5], 16)
    assert end % PAGES[machine] == 0
    run = [] if machine == os.uname().machine else [f"qemu-{machine}", "-p", str(PAGES[machine]), "-strace"]
    done = subprocess.run([*run, program, "version"], capture_output=True, text=True, check=True)
    said = done.stdout
    assert not run or re.search(rf"mprotect\(0x[0-9a-f]*{start:x},{end - start},PROT_READ\) = 0", done.stderr), done.stderr
    [source] = released.glob("mirrorvip-*-source.tar.gz")
    version, commit, _ = (unpacked(source, tmp_path) / "VERSION").read_text().split()
    assert said.startswith(f"mirrorvip {version}\ncommit   {commit}\n") and source.name == f"mirrorvip-{version}-source.tar.gz"


def test_146_another_machine_makes_the_same_bytes(released: Path, tmp_path: Path) -> None:
    """A Debian with nothing of this one in it but the kernel; and by another path, user, order of files, and so on."""
    with debian.another(tmp_path / "debian") as root:
        shutil.copytree(released, root / "srv" / "release")
        done = debian.run(root, "/srv/release/verify", "--rebuild", "/srv/release")
    assert done.returncode == 2 and not done.stderr, done.stdout + done.stderr
    same = [line for line in done.stdout.splitlines() if line.endswith("the source makes the same")]
    assert len(same) == len(MACHINES) + 1 and "BAD" not in done.stdout, done.stdout
    # What it could not check is who made it, and that the network is cut off, which somebody else has done.
    assert all("SHA256SUMS: who made it" in line or "no network" in line for line in done.stdout.splitlines() if line.startswith("not checked"))


def test_147_one_byte_of_any_file(released: Path, tmp_path: Path) -> None:
    chance = random.Random(147)
    out = Path(shutil.copytree(released, tmp_path / "out"))
    for path in sorted(out.iterdir()):
        whole = path.read_bytes()
        for at in {0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(8))}:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1:])
            done = subprocess.run([ROOT / "release" / "verify", out], capture_output=True, text=True)
            assert done.returncode == 1, f"{path.name}, byte {at}"
            assert path.name == "SHA256SUMS" or f"BAD          {path.name}: not as SHA256SUMS says\n" in done.stdout
        path.write_bytes(whole)


def test_a_source_that_makes_something_else(released: Path, tmp_path: Path) -> None:
    """A program that does not come of its source is found out, though every sum and every signature fits."""
    out = Path(shutil.copytree(released, tmp_path / "out"))
    [program] = out.glob("mirrorvip-*-linux-x86_64.tar.gz")
    folder = unpacked(program, tmp_path)
    with open(folder / "mirrorvip", "ab") as file:
        file.write(b"!")
    subprocess.run(["tar", "-C", tmp_path, "-czf", program, folder.name], check=True)
    files = sorted(path.name for path in out.iterdir() if path.name != "SHA256SUMS")
    (out / "SHA256SUMS").write_text(subprocess.run(["sha256sum", *files], cwd=out, capture_output=True, text=True, check=True).stdout)
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    # The one machine is enough, and half the time.
    tools = tmp_path / "tools"
    tools.mkdir()
    for each in ("/usr/bin", "/usr/sbin"):
        for tool in Path(each).iterdir():
            if not tool.name.startswith("aarch64-") and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    done = subprocess.run([ROOT / "release" / "verify", "--rebuild", out], env=env | {"PATH": str(tools)}, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
    assert f"BAD          {program.name}: the source makes another" in done.stdout
    assert "not checked  what the source makes for aarch64: aarch64-linux-gnu-gcc is not installed" in done.stdout
