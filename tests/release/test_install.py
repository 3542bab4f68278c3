"""install.sh: in a tree of busybox alone, as a user would; and what it takes away again is what it has put there."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

SHELLS = {"dash": ["/bin/dash"], "busybox": ["/bin/busybox", "sh"]}
LIST = "usr/local/share/mirrorvip/installed"


def state(root: Path) -> dict[str, tuple[int, str]]:
    """Each thing in the tree: its mode, and what it holds."""
    found = {}
    for path in sorted(root.rglob("*")):
        held = os.readlink(path) if path.is_symlink() else sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
        found[str(path.relative_to(root))] = (path.lstat().st_mode, held)
    return found


def run(bundle: Path, root: Path, *more: str, shell: list[str] = SHELLS["dash"]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*shell, bundle / "install.sh", "--root", root, *more], capture_output=True, text=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host's tree, with a few things of its own in it."""
    root = tmp_path / "root"
    for folder in ("etc/systemd/system", "usr/local/sbin", "usr/share/doc"):
        (root / folder).mkdir(parents=True)
    (root / "etc/mirrorvip.conf").write_text("vip = 10.9.0.1\n")
    (root / "usr/local/sbin/other").write_text("of somebody else\n")
    return root


@pytest.mark.parametrize("shell", SHELLS)
def test_what_it_puts_there_it_takes_away(bundle: Path, root: Path, shell: str) -> None:
    before = state(root)
    for _ in range(2):
        done = run(bundle, root, shell=SHELLS[shell])
        assert done.returncode == 0 and not done.stderr, done.stderr
        there = state(root)
        added = {f"/{path}" for path in there.keys() - before.keys() if there[path][1] != "none"} - {f"/{LIST}"}
        assert added == set(done.stdout.split()) and before.items() <= there.items()
    assert there["usr/local/sbin/mirrorvip"] == (0o100755, sha256((bundle / "mirrorvip").read_bytes()).hexdigest())
    assert there["usr/lib/ocf/resource.d/mirrorvip/aws-vpc-move-ip"][1] == "/usr/local/sbin/mirrorvip"
    for place in ("usr/local/share/man/man8/mirrorvip.8", "etc/systemd/system/mirrorvip-follow.service", "usr/local/share/mirrorvip/mirrorvip.tmpfiles",
                  "usr/local/share/mirrorvip/iris/ZMIRROR.mac", "usr/local/share/doc/mirrorvip/licences/musl"):
        assert there[place][0] == 0o100644
    # Each file of the bundle is somewhere, but for what is about the bundle.
    held = {value for _, value in there.values()}
    assert all(value in held for name, (_, value) in state(bundle).items() if name != "SHA256SUMS")
    done = run(bundle, root, "--uninstall", shell=SHELLS[shell])
    assert done.returncode == 0 and not done.stderr and state(root) == before


def test_in_a_tree_of_busybox_alone(bundle: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(bundle, root / "bundle")
    for folder in ("bin", "dev"):
        (root / folder).mkdir()
    os.mknod(root / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    shutil.copy(str(shutil.which("busybox")), root / "bin/busybox")
    subprocess.run(["chroot", root, "/bin/busybox", "--install", "-s", "/bin"], check=True)
    before = state(root)

    def inside(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["/usr/sbin/chroot", root, *argv], capture_output=True, text=True, env={"PATH": "/bin"})
    done = inside("/bundle/install.sh")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert inside("/usr/local/sbin/mirrorvip", "version").stdout.startswith("mirrorvip ")
    # The bundle need not be there any more.
    done = inside("/usr/local/share/mirrorvip/install.sh", "--uninstall")
    assert done.returncode == 0 and not done.stderr and state(root) == before


def test_what_is_not_its_own_stays(bundle: Path, root: Path) -> None:
    (root / "usr/local/sbin/mirrorvip").write_text("an older one, put here by hand\n")
    before = state(root)
    done = run(bundle, root)
    assert done.returncode == 1 and f"{root}/usr/local/sbin/mirrorvip is there" in done.stderr and state(root) == before
    (root / "usr/local/sbin/mirrorvip").unlink()
    assert run(bundle, root).returncode == 0
    changed, beside = root / "etc/systemd/system/mirrorvip-follow.service", root / "usr/local/share/mirrorvip/mine"
    changed.write_text("changed by hand\n")
    beside.write_text("")
    there = state(root)
    done = run(bundle, root)
    assert done.returncode == 1 and str(changed) in done.stderr and state(root) == there
    done = run(bundle, root, "--uninstall")
    assert done.returncode == 1 and f"left alone, as changed since: /{changed.relative_to(root)}" in done.stderr
    kept = state(root)
    del before["usr/local/sbin/mirrorvip"]
    assert {path for path in kept.keys() - before.keys() if kept[path][1] != "none"} == {str(changed.relative_to(root)), str(beside.relative_to(root))}
    done = run(bundle, root, "--uninstall")
    assert done.returncode == 1 and "nothing is known to be installed" in done.stderr and state(root) == kept


@pytest.fixture
def newer(bundle: Path, tmp_path: Path) -> Iterator[Path]:
    """The next version: a file changed, one gone, one new."""
    at = Path(shutil.copytree(bundle, tmp_path / "newer"))
    (at / "mirrorvip.conf").write_text("# another\n")
    (at / "systemd/mirrorvip-check.timer").unlink()
    (at / "systemd/mirrorvip-more.service").write_text("[Service]\n")
    files = sorted(str(path.relative_to(at)) for path in at.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    done = subprocess.run(["sha256sum", *files], cwd=at, capture_output=True, text=True, check=True)
    (at / "SHA256SUMS").write_text(done.stdout)
    yield at


def test_a_newer_one_replaces_it(bundle: Path, newer: Path, root: Path) -> None:
    before = state(root)
    assert run(bundle, root).returncode == 0
    done = run(newer, root)
    assert done.returncode == 0, done.stderr
    assert (root / "usr/local/share/mirrorvip/mirrorvip.conf").read_text() == "# another\n"
    assert not (root / "etc/systemd/system/mirrorvip-check.timer").exists() and (root / "etc/systemd/system/mirrorvip-more.service").exists()
    assert run(bundle, root, "--uninstall").returncode == 0 and state(root) == before


def test_a_newer_one_has_no_longer_what_was_changed(bundle: Path, newer: Path, root: Path) -> None:
    """It stays, and is not forgotten."""
    before = state(root)
    changed = root / "etc/systemd/system/mirrorvip-check.timer"
    assert run(bundle, root).returncode == 0
    changed.write_text("changed by hand\n")
    done = run(newer, root)
    assert done.returncode == 0 and done.stderr == f"install.sh: left alone, as changed since: /{changed.relative_to(root)}\n"
    done = run(newer, root, "--uninstall")
    assert done.returncode == 1 and f"left alone, as changed since: /{changed.relative_to(root)} \n" in done.stderr
    assert changed.read_text() == "changed by hand\n"
    changed.unlink()
    assert state(root) == before


def test_it_fails_on_the_way(bundle: Path, root: Path) -> None:
    """What it has put there by then is taken away again by --uninstall."""
    before = state(root)
    (root / "usr/share/bash-completion").write_text("a file where a folder must be\n")
    hindered = state(root)
    done = run(bundle, root)
    assert done.returncode != 0 and done.stderr and state(root) != hindered
    done = run(bundle, root, "--uninstall")
    assert done.returncode == 0, done.stderr
    assert state(root) == hindered
    (root / "usr/share/bash-completion").unlink()
    assert run(bundle, root).returncode == 0
    assert run(bundle, root, "--uninstall").returncode == 0 and state(root) == before


def test_it_is_killed_on_the_way(bundle: Path, root: Path, tmp_path: Path) -> None:
    """With a file half copied."""
    before = state(root)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "cp").write_text('#!/bin/sh\nhead -c 100 "$1" >"$2"\ncase $1 in *.8) kill -KILL $PPID ;; esac\nexec /bin/cp "$@"\n')
    (tmp_path / "tools" / "cp").chmod(0o755)
    done = subprocess.run(["/bin/dash", bundle / "install.sh", "--root", root], capture_output=True, env={"PATH": f"{tmp_path}/tools:/usr/bin:/bin"})
    assert done.returncode != 0 and any(path.endswith(".mirrorvip-new") for path in state(root))
    done = subprocess.run(["/bin/dash", bundle / "install.sh", "--root", root, "--uninstall"], capture_output=True)
    assert done.returncode == 0 and state(root) == before, done.stderr


def test_a_damaged_bundle_is_refused(bundle: Path, root: Path, tmp_path: Path) -> None:
    damaged = Path(shutil.copytree(bundle, tmp_path / "damaged"))
    with open(damaged / "mirrorvip", "r+b") as program:
        program.seek(1000)
        program.write(b"!")
    before = state(root)
    done = run(damaged, root)
    assert done.returncode == 1 and "not as SHA256SUMS says" in done.stderr and state(root) == before


def test_what_lies_beside_the_bundle_is_not_installed(bundle: Path, root: Path, tmp_path: Path) -> None:
    at = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    (at / "systemd/more.service").write_text("[Service]\nExecStart=/bin/false\n")
    done = run(at, root)
    assert done.returncode == 0 and "/usr/local/sbin/mirrorvip\n" in done.stdout and "more.service" not in done.stdout
    assert not (root / "etc/systemd/system/more.service").exists()


def test_a_bundle_that_may_not_run_where_it_is(bundle: Path, root: Path, tmp_path: Path) -> None:
    """Into another tree it is installed all the same, with its modes; into this one it is not, and why is said."""
    at = Path(shutil.copytree(bundle, tmp_path / "bundle"))

    def noexec(*argv: str | Path) -> subprocess.CompletedProcess[str]:
        script = f'mount --bind {at} {at} && mount -o remount,bind,noexec {at} && exec "$@"'
        return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *argv], capture_output=True, text=True)
    done = noexec("sh", at / "install.sh", "--root", root)
    assert done.returncode == 0, done.stderr
    there = state(root)
    assert [there[place][0] for place in ("usr/local/sbin/mirrorvip", "usr/local/share/mirrorvip/iris/may-i")] == [0o100755] * 2
    done = noexec("sh", at / "install.sh", "--prefix", tmp_path / "prefix")
    assert done.returncode == 1 and "may programs run where it is unpacked?" in done.stderr and not (tmp_path / "prefix").exists()


def test_a_link_half_made(bundle: Path, root: Path) -> None:
    """Killed before it gave the link its name; what that points to is not on this host."""
    before = state(root)
    assert run(bundle, root).returncode == 0
    aside = root / "usr/lib/ocf/resource.d/mirrorvip/aws-vpc-move-ip.mirrorvip-new"
    for more in ([], ["--uninstall"]):
        aside.symlink_to("/nonexistent/mirrorvip")
        done = run(bundle, root, *more)
        assert done.returncode == 0 and not aside.is_symlink(), done.stderr
    assert state(root) == before


def test_what_cannot_be_taken_away_is_not_forgotten(bundle: Path, root: Path, tmp_path: Path) -> None:
    before = state(root)
    assert run(bundle, root).returncode == 0
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "rm").write_text('#!/bin/sh\ncase "$*" in *.8) echo not this one >&2; exit 1 ;; esac\nexec /bin/rm "$@"\n')
    (tmp_path / "tools" / "rm").chmod(0o755)
    argv = ["/bin/dash", bundle / "install.sh", "--root", root, "--uninstall"]
    done = subprocess.run(argv, capture_output=True, text=True, env={"PATH": f"{tmp_path}/tools:/usr/bin:/bin"})
    assert done.returncode == 1 and "run it again" in done.stderr and (root / LIST).exists()
    assert run(bundle, root, "--uninstall").returncode == 0 and state(root) == before


@pytest.mark.parametrize("end", ["", "/"])
def test_another_prefix(bundle: Path, root: Path, end: str) -> None:
    """The program, what it brings and the list are there, and nothing in /usr/local."""
    before = state(root)
    more = ("--prefix", f"/opt/mirrorvip{end}")
    done = subprocess.run(["/bin/dash", bundle / "install.sh", "--root", f"{root}{end}", *more], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr.endswith("in a copy, make it /opt/mirrorvip/sbin/mirrorvip\n"), done.stderr
    there = state(root)
    assert {"opt/mirrorvip/sbin/mirrorvip", "opt/mirrorvip/share/mirrorvip/installed", "opt/mirrorvip/share/man/man8/mirrorvip.8"} <= there.keys()
    assert there["usr/lib/ocf/resource.d/mirrorvip/aws-vpc-move-ip"][1] == "/opt/mirrorvip/sbin/mirrorvip"
    assert not any(path.startswith("usr/local/") for path in there.keys() - before.keys())
    done = run(bundle, root, "--uninstall")
    assert done.returncode == 1 and state(root) == there
    assert run(bundle, root, "--uninstall", *more).returncode == 0 and state(root) == before


@pytest.mark.parametrize("prefix", ["/opt/a b", "/opt/*", "/opt/../../x", "/opt/..", "opt", "/opt\n/x"])
def test_a_prefix_that_is_no_plain_path(bundle: Path, root: Path, prefix: str) -> None:
    before = state(root)
    done = run(bundle, root, "--prefix", prefix)
    assert done.returncode == 1 and "--prefix must" in done.stderr and state(root) == before


@pytest.mark.parametrize("link", ["usr/local/sbin", "usr/local", "usr/local/share/mirrorvip"])
def test_a_tree_with_a_link_that_leads_out_of_it(bundle: Path, root: Path, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(root / link, ignore_errors=True)
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(outside)
    before = state(root)
    done = run(bundle, root)
    assert done.returncode == 1 and f"{root}/{link} leads out of {root}" in done.stderr
    assert state(root) == before and not list(outside.iterdir())


@pytest.fixture
def outside(root: Path, tmp_path: Path) -> Path:
    """A file of this host, in a folder that a link in the tree leads to."""
    (tmp_path / "outside").mkdir()
    (root / "srv").symlink_to(tmp_path / "outside")
    (tmp_path / "outside/file").write_text("of this host\n")
    (root / LIST).parent.mkdir(parents=True)
    return tmp_path / "outside/file"


@pytest.mark.parametrize("more", [[], ["--uninstall"]], ids=["install", "uninstall"])
def test_an_installed_tree_that_was_turned_against_this_host(bundle: Path, root: Path, outside: Path, more: list[str]) -> None:
    """Its list names a file behind a link, or one beside the tree; or it is one of this host itself, where nothing is then done."""
    ours = sha256(outside.read_bytes()).hexdigest()
    beside = Path(shutil.copy(outside, f"{root}-beside"))
    for line, says in ((f"{ours} /srv/file", "leads out of"), (f"{ours} /../{beside.name}", "leads out of"), (f"{ours} -beside", "is not a list of this script"),
                       ("folder -beside/x", "is not a list of this script")):
        (root / LIST).write_text(f"{line}\n")
        before = state(root)
        done = run(bundle, root, *more)
        assert done.returncode == 1 and says in done.stderr and state(root) == before and outside.exists() and beside.exists(), line
    (root / LIST).unlink()
    (root / LIST).parent.rmdir()
    (root / LIST).parent.symlink_to(outside.parent)
    (outside.parent / "installed").write_text("")
    done = run(bundle, root, *more)
    assert done.returncode == 1 and "leads out of" in done.stderr and (outside.parent / "installed").exists()


def test_a_list_that_is_a_link(bundle: Path, root: Path, outside: Path) -> None:
    """To what root would write to."""
    (root / LIST).symlink_to(outside)
    done = run(bundle, root)
    assert done.returncode == 1 and "is a link" in done.stderr and outside.read_text() == "of this host\n"


def test_a_list_aside_that_is_a_link(bundle: Path, root: Path, outside: Path) -> None:
    """Where the next list is made."""
    assert run(bundle, root).returncode == 0
    (root / f"{LIST}.new").symlink_to(outside)
    done = run(bundle, root)
    assert done.returncode == 0 and outside.read_text() == "of this host\n" and not (root / f"{LIST}.new").is_symlink(), done.stderr


def test_a_list_that_has_as_its_own_what_is_not(bundle: Path, root: Path, outside: Path) -> None:
    """A folder, or a link to one of this host, where a file is to be put, and not into it."""
    place = root / "usr/local/sbin/mirrorvip"
    for make, what in ((place.mkdir, "other"), (lambda: place.symlink_to(outside.parent), f"link:{outside.parent}")):
        make()
        (root / LIST).write_text(f"{what} /usr/local/sbin/mirrorvip\n")
        before = state(root)
        done = run(bundle, root)
        assert done.returncode == 1 and "is not a list of this script" in done.stderr and state(root) == before
        assert list(outside.parent.iterdir()) == [outside]
        (place.unlink if place.is_symlink() else place.rmdir)()


def test_a_root_that_is_nothing(bundle: Path, tmp_path: Path) -> None:
    """As of a variable that is not set: this host is not meant."""
    argv = ["/bin/dash", bundle / "install.sh", "--root", "", "--prefix", tmp_path / "prefix", "--uninstall"]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 64 and done.stderr.startswith("use: install.sh ")


def test_a_folder_in_the_list_is_one_name(bundle: Path, root: Path) -> None:
    """However it is written."""
    assert run(bundle, root).returncode == 0
    for name in ("etc/a", "etc/a b", "etc/*"):
        (root / name).mkdir()
    with open(root / LIST, "a") as listed:
        listed.write("folder /etc/a b\nfolder /etc/*\n")
    assert run(bundle, root, "--uninstall").returncode == 0
    assert (root / "etc/a").exists() and not (root / "etc/a b").exists() and not (root / "etc/*").exists()


def test_a_root_that_gives_away_nothing(bundle: Path, root: Path) -> None:
    """What it makes can be read by all, as man and systemd must, whatever the umask."""
    done = subprocess.run(["/bin/dash", bundle / "install.sh", "--root", root], umask=0o077, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(mode & 0o777 in (0o755, 0o644, 0o777) for path, (mode, _) in state(root).items() if "mirrorvip" in path)


def test_without_sha256sum_and_from_within(bundle: Path, root: Path, tmp_path: Path) -> None:
    """The sums of the list are then cksum's, and what is not checked is said. Called by its bare name."""
    (tmp_path / "tools").mkdir()
    for tool in ("cksum", "sed", "sort", "grep", "mkdir", "rm", "cp", "mv", "ln", "chmod", "readlink", "rmdir"):
        (tmp_path / "tools" / tool).symlink_to(str(shutil.which(tool)))
    before = state(root)

    def bare(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["/bin/dash", "install.sh", "--root", root, *more], cwd=bundle, capture_output=True, text=True, env={"PATH": str(tmp_path / "tools")})
    done = bare()
    assert done.returncode == 0 and done.stderr == "install.sh: not checked: the files of the bundle, as sha256sum is not there\n"
    (root / "usr/local/share/mirrorvip/mirrorvip.conf").write_text("changed\n")
    done = bare()
    assert done.returncode == 1 and "mirrorvip.conf is there and not as this script has put it" in done.stderr
    shutil.copy(bundle / "mirrorvip.conf", root / "usr/local/share/mirrorvip")
    assert bare("--uninstall").returncode == 0 and state(root) == before


def test_the_bundle_that_is_checked_is_the_one_that_is_installed(bundle: Path, root: Path, tmp_path: Path) -> None:
    """Whatever cd would take for it."""
    for place in ("here", "elsewhere"):
        shutil.copytree(bundle, tmp_path / place / "bundle")
    (tmp_path / "here/bundle/mirrorvip").write_text("damaged\n")
    done = subprocess.run(["/bin/dash", "bundle/install.sh", "--root", root], cwd=tmp_path / "here", capture_output=True, text=True,
                          env=os.environ | {"CDPATH": str(tmp_path / "elsewhere")})
    assert done.returncode == 1 and "not as SHA256SUMS says" in done.stderr
