"""The bundles: what is in them, and that the same tree gives the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from world import BINARY

from .bundles import EPOCH, PROGRAM, ROOT, SOURCE, VERSION, pack, tracked, unpacked

LIMIT = 400_000
# A goal more for the Makefile.
SAID = "said:\n\t@echo $(VERSION) $(COMMIT) $(EPOCH)\n"


def sums(out: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}


def test_what_a_release_is(packed: tuple[Path, Path]) -> None:
    _, out = packed
    assert sorted(path.name for path in out.iterdir()) == sorted([
        "SHA256SUMS", "verify", PROGRAM, SOURCE, *(f"mirrorvip-{VERSION}.{kind}.json" for kind in ("spdx", "cdx", "provenance"))])
    listed = dict(reversed(line.split("  ")) for line in (out / "SHA256SUMS").read_text().splitlines())
    assert listed == {name: value for name, value in sums(out).items() if name != "SHA256SUMS"}
    assert (out / PROGRAM).stat().st_size <= LIMIT


@pytest.mark.parametrize("name", [PROGRAM, SOURCE])
def test_nothing_in_it_is_of_whoever_packed_it(packed: tuple[Path, Path], name: str) -> None:
    with tarfile.open(packed[1] / name) as archive:
        members = archive.getmembers()
    paths = [each.name.split("/") for each in members]
    assert len(paths) > 10 and paths == sorted(paths)
    folder = name.removesuffix(".tar.gz")
    for each in members:
        assert each.name == folder or each.name.startswith(f"{folder}/")
        assert (each.uid, each.gid, each.uname, each.gname, each.mtime) == (0, 0, "", "", EPOCH)
        assert each.mode in ((0o755,) if each.isdir() else (0o644, 0o755)), each.name


def test_the_programs_bundle_has_all_that_a_host_needs(bundle: Path) -> None:
    assert (bundle / "mirrorvip").read_bytes() == BINARY.read_bytes()
    held = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    ours = {name.removeprefix("release/") for name in tracked() if name.startswith("release/")}
    assert ours - held == {name for name in ours if name.startswith("tools/") or name in ("verify", "two-zones.svg")}
    assert held - ours == {"mirrorvip", "LICENSE", "README.md", "SHA256SUMS", *(f"licences/{name}" for name in ("README", "BearSSL", "musl", "musl-parts", "ca-certificates"))}
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=bundle, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(": OK") == len(held) - 1


def test_the_licences_are_whole(bundle: Path) -> None:
    texts = {path.name: path.read_text() for path in (bundle / "licences").iterdir()}
    assert "Thomas Pornin" in texts["BearSSL"] and "Rich Felker" in texts["musl"] and "Mozilla Public License" in texts["ca-certificates"]
    for name in ("BearSSL", "musl"):
        assert "Permission is hereby granted, free of charge" in texts[name] and "WITHOUT WARRANTY OF ANY KIND" in texts[name]
    # Of what musl took over from others, and of those who patched it.
    assert all(name in texts["musl-parts"] for name in ("debian/*", "Reiner Herrmann", "License: MIT", "License: BSD-2-clause"))
    assert all(re.search(rf"in {name}(?![\w-])", texts["README"]) for name in texts if name != "README") and "GCC Runtime Library Exception" in texts["README"]


def test_the_source_bundle_has_all_that_a_build_needs(packed: tuple[Path, Path], tmp_path: Path) -> None:
    source = unpacked(packed[1] / SOURCE, tmp_path)
    held = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    locked = re.findall(r"^\w+ +\S+ +\S+ +(\S+)", (ROOT / "vendor" / "lock").read_text(), re.MULTILINE)
    assert len(locked) == 4
    assert held == {*tracked(), *(f"vendor/cache/{name}" for name in locked), "VERSION", "SHA256SUMS"}
    done = subprocess.run(["make", "-s", "-f", "-", "-f", "Makefile", "said"], cwd=source, capture_output=True, text=True,
                          input=SAID)
    assert done.stdout.split() == (source / "VERSION").read_text().split(), done.stderr


@pytest.mark.parametrize(("tag", "version"), [("v9.8.7", "9.8.7"), ("9.8-rc1", "9.8-rc1"), (None, None)])
def test_the_version_comes_of_the_tag(packed: tuple[Path, Path], tmp_path: Path, tag: str | None, version: str | None) -> None:
    at = Path(shutil.copytree(packed[0], tmp_path / "tree"))

    def told(*argv: str) -> str:
        return subprocess.run(argv, cwd=at, capture_output=True, text=True, check=True, input=SAID).stdout.strip()
    if tag:
        told("git", "tag", tag)
    commit, epoch = told("git", "log", "-1", "--format=%H %ct").split()
    assert told("make", "-s", "-f", "-", "-f", "Makefile", "said") == f"{version or commit[:12]} {commit} {epoch}"


def test_146_whoever_packs_it_where_and_when(packed: tuple[Path, Path], tmp_path: Path) -> None:
    """From another path, in another time zone and language, with another umask, the files in another order; and from itself."""
    at, out = packed
    again = tmp_path / "another" / "path"
    shutil.copytree(at, again, copy_function=shutil.copy)
    for path in reversed(sorted(again.rglob("*"))):
        if path.is_file() and ".git/" not in str(path):
            path.rename(f"{path}.aside")
            Path(f"{path}.aside").rename(path)
            path.chmod(path.stat().st_mode & 0o700)
    (tmp_path / "temporary").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mirrorvip-1.0.0-source.tar.gz").write_text("of an earlier release\n")
    done = pack(again, tmp_path / "out", {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "TMPDIR": str(tmp_path / "temporary"),
                                          "GZIP": "--rsyncable", "TAR_OPTIONS": "--sparse --exclude=LICENSE", "GIT_CONFIG_GLOBAL": "/dev/null"}, umask=0o077)
    assert done.returncode == 0, done.stderr
    assert sums(tmp_path / "out") == sums(out) and not list((tmp_path / "temporary").iterdir())
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {name: 0o755 if name == "verify" else 0o644 for name in sums(out)}
    source = unpacked(out / SOURCE, tmp_path)
    done = pack(source, tmp_path / "from-source", {"TMPDIR": "vendor", "CDPATH": ".:/"})
    assert done.returncode == 0, done.stderr
    assert sums(tmp_path / "from-source") == sums(out)


# What the user's git may have been told, and where.
PASSED_OVER = {"nothing": ("config", ""), "what it does not track": ("config", "[status]\n\tshowUntrackedFiles = no\n"), "by its name": ("info/exclude", "more.c\n")}


@pytest.mark.parametrize(("file", "text"), PASSED_OVER.values(), ids=PASSED_OVER)
def test_what_is_not_committed_is_not_released(packed: tuple[Path, Path], tmp_path: Path, file: str, text: str) -> None:
    at = Path(shutil.copytree(packed[0], tmp_path / "tree"))
    with open(at / ".git" / file, "a") as told:
        told.write(text)
    (at / "src" / "more.c").write_text("")
    done = pack(at, tmp_path / "out")
    assert done.returncode == 1 and "src/more.c" in done.stderr and not (tmp_path / "out").exists()


def test_what_was_changed_after_it_was_fetched_is_not_released(packed: tuple[Path, Path], tmp_path: Path) -> None:
    at = Path(shutil.copytree(packed[0], tmp_path / "tree"))
    [file] = (at / "vendor/cache").glob("bearssl_*")
    with open(file, "ab") as upstream:
        upstream.write(b"!")
    done = pack(at, tmp_path / "out")
    assert done.returncode == 1 and f"{file} has the wrong SHA-256" in done.stderr and not (tmp_path / "out").exists()


def test_146_whatever_ends_of_lines_a_user_likes(packed: tuple[Path, Path], tmp_path: Path) -> None:
    at, again = packed[0], tmp_path / "again"
    subprocess.run(["git", "-c", "core.autocrlf=true", "clone", "-q", at, again], check=True)
    assert (again / "release/install.sh").read_bytes() == (at / "release/install.sh").read_bytes()


# What gcc, ld, configure and cd look for.
HEARD_OF = ("CDPATH", "CPATH", "CPPFLAGS", "C_INCLUDE_PATH", "LDFLAGS", "LD_RUN_PATH", "LIBCC", "LIBRARY_PATH")


def test_146_what_a_user_has_set_for_other_programs() -> None:
    done = subprocess.run(["make", "-s", "-f", "-", "-f", "Makefile", "heard"], cwd=ROOT, capture_output=True, text=True, check=True,
                          input="heard:\n\t@env\n", env=os.environ | dict.fromkeys(HEARD_OF, "/nonexistent"))
    assert not {line.partition("=")[0] for line in done.stdout.splitlines()} & set(HEARD_OF)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_whichever_machine_makes_it(tmp_path: Path, machine: str) -> None:
    """What is for another one is made by the compiler for that."""
    (tmp_path / "uname").write_text(f"#!/bin/sh\necho {machine}\n")
    (tmp_path / "uname").chmod(0o755)
    done = subprocess.run(["make", "-s", "-f", "-", "-f", "Makefile", "said"], cwd=ROOT, capture_output=True, text=True, check=True,
                          input="said:\n\t@echo $(foreach each,$(ARCHS),$(each):$(call cross,$(each))gcc:$(call built,$(each)))\n",
                          env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.stdout.split() == [f"{each}:gcc:build" if each == machine else f"{each}:{each}-linux-gnu-gcc:build/{each}" for each in ("x86_64", "aarch64")]


def test_the_version_says_what_it_is_made_of() -> None:
    said = subprocess.run([BINARY, "version"], capture_output=True, text=True, check=True).stdout
    lines = dict(line.split(maxsplit=1) for line in said.splitlines())
    lock = (ROOT / "vendor" / "lock").read_text()
    for name, package in (("BearSSL", "bearssl"), ("musl", "musl")):
        [version] = set(re.findall(rf"source/{package} +(\S+)", lock))
        assert lines[name].split(",")[0] == version
    [patches] = (ROOT / "vendor" / "cache").glob("musl_*.debian.tar.xz")
    with tarfile.open(patches) as archive:
        member = archive.extractfile("debian/patches/series")
        assert member
        series = member.read().decode().split()
    assert [f"{name}.patch" for name in lines["musl"].partition("patched: ")[2].split(", ")] == series
    roots = re.findall(r"^[0-9a-f]{64}  (\S+)\.crt$", (ROOT / "vendor" / "anchors").read_text(), re.MULTILINE)
    assert lines["trusts"].split(", ") == [name.replace("_", " ") for name in roots]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert re.fullmatch(r"[0-9a-f]{40}", lines["commit"]) and (lines["commit"] == commit or "dirty" in lines["mirrorvip"])
