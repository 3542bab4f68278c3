"""verify: what a site can find out about a release before it takes it."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from .bundles import PROGRAM, ROOT, SOURCE

SIGN = ROOT / "release" / "tools" / "sign"
# The signer, the file that it makes.
SIGNERS = {"minisign": "SHA256SUMS.minisig", "signify": "SHA256SUMS.sig"}


def key(signer: str, folder: Path) -> tuple[Path, Path]:
    """A new pair of keys, the secret one first, to be thrown away."""
    folder.mkdir()
    secret, public = folder / "releaser.sec", folder / "releaser.pub"
    argv = {"minisign": ["minisign", "-G", "-W", "-f"], "signify": ["signify-openbsd", "-G", "-n"]}[signer]
    subprocess.run([*argv, "-s", secret, "-p", public], check=True, capture_output=True, cwd=folder)
    return secret, public


def sign(signer: str, secret: Path, release: Path) -> None:
    subprocess.run([SIGN, signer, secret, release], check=True, capture_output=True)


def verify(release: Path, *more: str | Path, path: str | None = None, shell: str = "/bin/sh") -> subprocess.CompletedProcess[str]:
    env = {"PATH": path or os.environ["PATH"]}
    return subprocess.run([shell, ROOT / "release" / "verify", *more, release], capture_output=True, text=True, env=env, timeout=60)


def bad(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("BAD").strip() for line in done.stdout.splitlines() if line.startswith("BAD ")]


@pytest.mark.parametrize("signer", SIGNERS)
def test_a_signed_release_is_good(release: Path, tmp_path: Path, signer: str) -> None:
    secret, public = key(signer, tmp_path / "keys")
    sign(signer, secret, release)
    done = verify(release, f"--{signer}", public)
    assert done.returncode == 0 and not done.stderr, done.stdout
    files = {path.name for path in release.iterdir()} - {"SHA256SUMS"}
    assert {line.split()[1].rstrip(":") for line in done.stdout.splitlines()} == files
    assert all(line.startswith("good ") for line in done.stdout.splitlines())


def test_the_folder_that_is_signed(release: Path, tmp_path: Path) -> None:
    """That of `make release`, unless another is named; and by a signer whose signature verify knows."""
    secret, public = key("minisign", tmp_path / "keys")
    tools = tmp_path / "tree/release/tools"
    tools.mkdir(parents=True)
    shutil.copy(SIGN, tools)
    out = release.rename(tmp_path / "tree/release/out")
    subprocess.run([tools / "sign", "minisign", secret], check=True, capture_output=True)
    assert verify(out, "--minisign", public).returncode == 0
    done = subprocess.run([tools / "sign", "gpg", secret], capture_output=True, text=True)
    assert done.returncode == 64 and done.stderr.startswith("use: sign ")


def test_with_sha256sum_alone(release: Path, tmp_path: Path) -> None:
    """In busybox's shell as well, with nothing else to call; and what it could not check, it says."""
    (tmp_path / "tools").mkdir()
    for tool in ("sha256sum", "sh", "busybox"):
        (tmp_path / "tools" / tool).symlink_to(str(shutil.which(tool)))
    keys = key("minisign", tmp_path / "keys")
    sign("minisign", keys[0], release)
    for shell in ("/bin/dash", str(tmp_path / "tools" / "busybox")):
        more = [Path("sh")] if shell.endswith("busybox") else []
        argv = [shell, *more, ROOT / "release" / "verify", "--minisign", keys[1], release]
        done = subprocess.run(argv, capture_output=True, text=True, env={"PATH": str(tmp_path / "tools")})
        assert done.returncode == 2 and not done.stderr, done.stdout + done.stderr
        assert "not checked  SHA256SUMS.minisig: minisign is not installed" in done.stdout
        assert done.stdout.count("good ") == len(list(release.iterdir())) - 2
        (release / SOURCE).rename(release / "aside")
        done = subprocess.run(argv, capture_output=True, text=True, env={"PATH": str(tmp_path / "tools")})
        (release / "aside").rename(release / SOURCE)
        assert done.returncode == 1 and bad(done) == [f"{SOURCE}: missing", "aside: not in SHA256SUMS"]
    done = verify(release, path=str(tmp_path / "tools"), shell="/bin/dash")
    assert done.returncode == 2 and "not checked  SHA256SUMS: who made it" in done.stdout


def test_147_one_byte_of_any_file(release: Path, tmp_path: Path) -> None:
    """Wherever it is, verify names the file: of the small ones each byte of the first and last lines, of all a few at random."""
    chance = random.Random(147)
    options: list[str | Path] = []
    for signer in SIGNERS:
        secret, public = key(signer, tmp_path / signer)
        sign(signer, secret, release)
        options += [f"--{signer}", public]
    assert verify(release, *options).returncode == 0
    for path in sorted(release.iterdir()):
        whole = path.read_bytes()
        places = {0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(1))}
        if path.suffix in (".minisig", ".sig"):
            places |= {at + step for at, byte in enumerate(whole) if byte == 10 for step in (-2, -1, 0, 1) if at + step < len(whole)}
        for at in places:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1:])
            done = verify(release, *options)
            assert done.returncode == 1, f"{path.name}, byte {at}: {done.stdout}"
            said = bad(done)
            assert any(line.startswith(f"{path.name}: ") or path.name == "SHA256SUMS" and "SHA256SUMS" in line for line in said), (path.name, at, said)
        path.write_bytes(whole)
    # What the signers pass over: bits of the last letter, and what comes after the last line.
    for path in (release / name for name in SIGNERS.values()):
        whole = path.read_bytes()
        last = [at - 1 for at, byte in enumerate(whole) if byte == ord("=") and whole[at - 1] != ord("=")]
        letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        others = [whole[:at] + bytes([letters[letters.index(whole[at]) ^ 1]]) + whole[at + 1:] for at in last]
        assert len(last) == whole.count(b"\n") // 2
        for other in (*others, whole[:-1], whole + b"\n", whole + b"\0", whole + b"x"):
            path.write_bytes(other)
            done = verify(release, *options)
            assert done.returncode == 1 and len(bad(done)) == 1 and bad(done)[0].startswith(f"{path.name}: not a signature"), (other, done.stdout)
        path.write_bytes(whole)
    assert verify(release, *options).returncode == 0


@pytest.mark.parametrize("signer", SIGNERS)
def test_147_a_signature_that_does_not_vouch(release: Path, tmp_path: Path, signer: str) -> None:
    mine, other = key(signer, tmp_path / "mine"), key(signer, tmp_path / "other")
    signature = release / SIGNERS[signer]

    def refused(says: str, public: Path = mine[1]) -> None:
        done = verify(release, f"--{signer}", public)
        assert done.returncode == 1 and bad(done) == [f"{signature.name}: {says}"], done.stdout
    refused("missing, so nobody vouches for SHA256SUMS")
    sign(signer, other[0], release)
    refused(f"not a signature of this SHA256SUMS by the holder of {mine[1]}")
    # Of another file, by the right key.
    sums = (release / "SHA256SUMS").read_bytes()
    (release / "SHA256SUMS").write_bytes(b"something else\n")
    sign(signer, mine[0], release)
    (release / "SHA256SUMS").write_bytes(sums)
    refused(f"not a signature of this SHA256SUMS by the holder of {mine[1]}")
    sign(signer, mine[0], release)
    assert verify(release, f"--{signer}", mine[1]).returncode == 0
    done = verify(release, f"--{signer}", tmp_path / "none.pub")
    assert done.returncode == 1 and bad(done) == [f"{tmp_path}/none.pub: there is no such key"]


def test_147_a_signature_that_nobody_looked_at(release: Path, tmp_path: Path) -> None:
    keys = {signer: key(signer, tmp_path / signer) for signer in SIGNERS}
    for signer, (secret, _) in keys.items():
        sign(signer, secret, release)
    for signer, other in zip(SIGNERS, reversed(SIGNERS), strict=True):
        done = verify(release, f"--{signer}", keys[signer][1])
        assert done.returncode == 2 and f"not checked  {SIGNERS[other]}: no key for {other} was named\n" in done.stdout, done.stdout


@pytest.mark.parametrize("signer", SIGNERS)
def test_147_what_one_is_told_to_begin_with(release: Path, tmp_path: Path, signer: str) -> None:
    """The commands of SECURITY.md, which need nothing that whoever forges a release could have forged."""
    secret, public = key(signer, tmp_path / "keys")
    sign(signer, secret, release)
    [block] = re.findall(r"```sh\n(.*?)```", (ROOT / "release/SECURITY.md").read_text(), re.DOTALL)
    who, what = (line.strip() for line in block.strip().splitlines())
    [command] = [each.strip() for each in who.split("# or:") if each.strip().startswith(signer)]
    command = command.replace("signify", "signify-openbsd").replace("mirrorvip.pub", str(public))

    def succeeds(script: str) -> bool:
        return subprocess.run(["sh", "-c", script], cwd=release, capture_output=True).returncode == 0
    assert str(public) in command and succeeds(command) and succeeds(what)
    (release / "verify").write_text("#!/bin/sh\nexit 0\n")
    assert succeeds(command) and not succeeds(what)
    sums = subprocess.run(["sha256sum", *re.findall(r"  (\S+)", (release / "SHA256SUMS").read_text())], cwd=release, capture_output=True, check=True)
    (release / "SHA256SUMS").write_bytes(sums.stdout)
    assert succeeds(what) and not succeeds(command)


def test_147_a_forged_list(release: Path, tmp_path: Path) -> None:
    """All sums fit, but nobody has signed them."""
    secret, public = key("minisign", tmp_path / "keys")
    sign("minisign", secret, release)
    (release / "verify").write_text("#!/bin/sh\nexit 0\n")
    listed = subprocess.run(["sha256sum", *sorted(path.name for path in release.iterdir() if path.name not in ("SHA256SUMS", "SHA256SUMS.minisig"))],
                            cwd=release, capture_output=True, text=True, check=True)
    (release / "SHA256SUMS").write_text(listed.stdout)
    done = verify(release, "--minisign", public)
    assert done.returncode == 1 and len(bad(done)) == 1 and bad(done)[0].startswith("SHA256SUMS.minisig: not a signature of this SHA256SUMS")


def test_147_a_file_too_many_or_too_few(release: Path) -> None:
    """Whatever it is called: a name may look like two that are listed, or like what a terminal obeys."""
    odd = [f"{PROGRAM} {SOURCE}", r"a\033[2J", "a\033[2J", "a\ngood         verify", "extra", ".hidden", "..hidden"]
    for name in odd:
        (release / name).write_text("")
    links = {"link": "/nonexistent", "top": "/"}
    for name, to in links.items():
        (release / name).symlink_to(to)
    (release / SOURCE).unlink()
    done = verify(release)
    assert done.returncode == 1 and bad(done)[0] == f"{SOURCE}: missing"
    assert sorted(bad(done)[1:]) == sorted(f"{re.sub('[^ -~]', '?', name)}: not in SHA256SUMS" for name in [*odd, *links])
    assert "\033" not in done.stdout and done.stdout.splitlines().count("good         verify") == 1
    for name in [*odd, *links]:
        (release / name).unlink()
    (release / "SHA256SUMS").unlink()
    assert bad(verify(release)) == ["SHA256SUMS: missing"]


@pytest.mark.parametrize("signer", SIGNERS)
def test_147_what_one_would_wait_for(release: Path, tmp_path: Path, signer: str) -> None:
    """A FIFO is no file of a release, whichever it stands for."""
    secret, public = key(signer, tmp_path / "keys")
    sign(signer, secret, release)
    for name in ("SHA256SUMS", SOURCE, SIGNERS[signer]):
        (release / name).rename(tmp_path / name)
        os.mkfifo(release / name)
        assert f"{name}: missing" in bad(verify(release, f"--{signer}", public))[0]
        (tmp_path / name).replace(release / name)
    assert verify(release, f"--{signer}", public).returncode == 0


def test_147_what_is_no_list(release: Path, tmp_path: Path) -> None:
    """Each line is a sum and the name of a file in the folder, and has an end, and no zero; or it is bad."""
    whole = (release / "SHA256SUMS").read_text()
    [line] = [line for line in whole.splitlines() if line.endswith("verify")]
    outside = tmp_path / "verify"
    outside.write_bytes((release / "verify").read_bytes())
    for other in (line.upper(), line[1:], line.replace("  ", " "), line.replace("  ", " *"), f"{line[:66]}../verify", f"{line[:66]}{outside}", f"{line[:66]}./verify", ""):
        (release / "SHA256SUMS").write_text(f"{whole}{other}\n")
        done = verify(release)
        assert done.returncode == 1 and bad(done) == ["SHA256SUMS: not a list of sums"], (other, done.stdout)
    for other in (whole.removesuffix("\n"), f"{whole[:-1]}\0", f"{whole}\0", f"{whole[:70]}\0{whole[70:]}"):
        (release / "SHA256SUMS").write_text(other)
        done = verify(release)
        assert done.returncode == 1 and bad(done) == ["SHA256SUMS: not a list of sums"], (other, done.stdout)
    (release / "SHA256SUMS").write_text(whole.removesuffix("\n"))
    (release / whole.split()[-1]).write_text("")
    assert bad(verify(release)) == [f"{whole.split()[-1]}: not as SHA256SUMS says", "SHA256SUMS: not a list of sums"]


@pytest.mark.parametrize("more", [["--minisign"], ["--signify"], ["--nothing"], ["/tmp"]])
def test_a_use_that_there_is_not(release: Path, more: list[str]) -> None:
    done = subprocess.run([ROOT / "release" / "verify", release, *more], capture_output=True, text=True)
    assert done.returncode == 64 and not done.stdout and done.stderr.startswith("use: verify ")


def test_a_folder_that_is_nothing(release: Path) -> None:
    """As of a variable that is not set: not the one that it lies in."""
    done = subprocess.run([release / "verify", ""], capture_output=True, text=True)
    assert done.returncode == 64 and not done.stdout and done.stderr.startswith("use: verify ")


def test_where_it_lies(release: Path, tmp_path: Path) -> None:
    """It looks at the folder that it is in; a key may lie there, too, of the other signer's only."""
    keys = {signer: key(signer, tmp_path / signer) for signer in SIGNERS}
    for signer, (secret, public) in keys.items():
        sign(signer, secret, release)
        shutil.copy(public, release / f"{signer}.pub")
    options = [f"--{signer}={signer}.pub" for signer in SIGNERS]
    for argv in (["./verify"], ["sh", "verify"]):
        done = subprocess.run([*argv, *" ".join(options).replace("=", " ").split()], cwd=release, capture_output=True, text=True)
        assert done.returncode == 0 and not bad(done), done.stdout + done.stderr
    done = verify(release, "--minisign", release / "signify.pub", "--signify", release / "minisign.pub")
    assert done.returncode == 1 and all("not a signature" in line for line in bad(done)) and len(bad(done)) == 2


def tools(at: Path, *without: str) -> str:
    """A PATH of all that is on this one, but for these."""
    at.mkdir()
    for folder in ("/usr/bin", "/usr/sbin"):
        for tool in Path(folder).iterdir():
            if tool.name not in without and not (at / tool.name).is_symlink():
                (at / tool.name).symlink_to(tool)
    return str(at)


def test_with_nothing_to_check_by(release: Path, tmp_path: Path) -> None:
    done = verify(release, path=tools(tmp_path / "tools", "sha256sum"))
    assert done.returncode == 2 and "not checked  all files: sha256sum is not installed\n" in done.stdout and "good" not in done.stdout


# Stands in for make: it notes how it was called and which interfaces there are, and has "made" what lies beside it.
MAKE = """#!/bin/sh
cd "$TMPDIR" && cd "$OLDPWD" || exit
echo "$@" >{seen}
sed -n 's/^ *\\([^ :]*\\):.*/\\1/p' /proc/net/dev >>{seen}
mkdir -p release/out && cp {made}/*.tar.gz release/out
"""


@pytest.fixture
def made(release: Path, tmp_path: Path) -> Path:
    """The folder of what that has "made": what is here, until it is changed."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "made").mkdir()
    for bundle in release.glob("*.tar.gz"):
        shutil.copy(bundle, tmp_path / "made")
    (tmp_path / "tools" / "make").write_text(MAKE.format(seen=tmp_path / "seen", made=tmp_path / "made"))
    (tmp_path / "tools" / "make").chmod(0o755)
    (tmp_path / "seen").write_text("")
    (tmp_path / "seen").chmod(0o666)
    for folder in (*tmp_path.parents[:3], tmp_path, release):
        if folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path / "made"


def rebuilt(release: Path, made: Path, *more: str | Path, become: Sequence[str] = (), path: str = "", at: str = "/tmp") -> subprocess.CompletedProcess[str]:
    argv = [*become, ROOT / "release" / "verify", "--rebuild", *more, release]
    env = {"PATH": f"{made.parent}/tools:{path or os.environ['PATH']}", "TMPDIR": at, "CDPATH": ".:/"}
    return subprocess.run(argv, cwd=made.parent, capture_output=True, text=True, env=env)


@pytest.mark.parametrize("become", [[], ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]], ids=["root", "nobody"])
def test_146_what_the_source_makes_is_compared(release: Path, made: Path, become: list[str]) -> None:
    """The build itself is tests/rebuild's; this is about what it is given, and what is said of its end."""
    done = rebuilt(release, made, become=become)
    assert done.returncode == 2 and not bad(done) and done.stdout.count("the source makes the same") == 2, done.stdout + done.stderr
    command, *interfaces = (made.parent / "seen").read_text().splitlines()
    assert command.startswith("release ARCHS=") and "x86_64" in command and interfaces == ["lo"]
    with open(made / SOURCE, "ab") as file:
        file.write(b"!")
    done = rebuilt(release, made, become=become)
    assert done.returncode == 1 and len(bad(done)) == 1 and bad(done)[0].startswith(f"{SOURCE}: the source makes another"), done.stdout


def test_146_it_is_built_beside(release: Path, made: Path) -> None:
    """In a folder that is named by where one is."""
    done = rebuilt(release, made, at="made")
    assert done.returncode == 2 and done.stdout.count("the source makes the same") == 2, done.stdout + done.stderr
    assert {path.name for path in made.iterdir()} == {path.name for path in release.glob("*.tar.gz")}


def test_146_a_source_that_cannot_be_built(release: Path, made: Path) -> None:
    (made.parent / "tools" / "make").write_text("#!/bin/sh\necho no rule >&2\nexit 2\n")
    done = rebuilt(release, made)
    assert done.returncode == 1 and bad(done) == ["the source bundle cannot be built: no rule"]


def test_146_what_is_bad_is_not_built(release: Path, made: Path) -> None:
    (release / "extra").write_text("")
    assert rebuilt(release, made).returncode == 1 and (made.parent / "seen").read_text() == ""


@pytest.mark.parametrize(("without", "says"), [
    ("patch", "what the source makes: patch is not installed"), ("unshare", "that the build needs no network: it cannot be cut off here"),
    ("gcc", "what the source makes: gcc is not installed")])
def test_146_a_tool_that_is_lacking(release: Path, made: Path, tmp_path: Path, without: str, says: str) -> None:
    secret, public = key("minisign", tmp_path / "keys")
    sign("minisign", secret, release)
    done = rebuilt(release, made, "--minisign", public, path=tools(tmp_path / "lacking", without))
    assert done.returncode == 2 and [line for line in done.stdout.splitlines() if not line.startswith("good ")] == [f"not checked  {says}"], done.stdout


@pytest.mark.parametrize("place", ["mount -t tmpfs -o noexec tmpfs", "mount --bind /sys"])
def test_146_nowhere_to_build(release: Path, tmp_path: Path, place: str) -> None:
    """Nothing runs there, or nothing can be put there: of what could not be made, nothing is said to be good."""
    secret, public = key("minisign", tmp_path / "keys")
    sign("minisign", secret, release)
    (tmp_path / "place").mkdir()
    argv = [ROOT / "release" / "verify", "--rebuild", "--minisign", public, release]
    done = subprocess.run(["unshare", "--mount", "sh", "-c", f'{place} "$TMPDIR" && exec "$@"', "sh", *argv], capture_output=True, text=True,
                          env=os.environ | {"TMPDIR": str(tmp_path / "place")})
    assert done.returncode == 2 and not done.stderr and "let TMPDIR name another folder" in done.stdout, done.stdout + done.stderr


def test_146_bundles_of_other_machines(release: Path, made: Path, tmp_path: Path) -> None:
    """One that the source does not make, one that cannot be made here, and one that it makes and that is not here."""
    secret, public = key("minisign", tmp_path / "keys")
    shutil.copy(release / PROGRAM, made / PROGRAM.replace("x86_64", "s390x"))
    more = [PROGRAM.replace("x86_64", machine) for machine in ("riscv64", "aarch64")]
    for name in more:
        shutil.copy(release / PROGRAM, release / name)
    with open(release / "SHA256SUMS", "a") as sums:
        subprocess.run(["sha256sum", *more], cwd=release, stdout=sums, check=True)
    sign("minisign", secret, release)
    done = rebuilt(release, made, "--minisign", public, path=tools(tmp_path / "lacking", "aarch64-linux-gnu-gcc"))
    assert done.returncode == 1 and bad(done) == [f"{PROGRAM.replace('x86_64', 's390x')}: the source makes it, but it is not here"]
    (made / PROGRAM.replace("x86_64", "s390x")).unlink()
    done = rebuilt(release, made, "--minisign", public, path=str(tmp_path / "lacking"))
    lacking = ["what the source makes for aarch64: aarch64-linux-gnu-gcc is not installed", *(f"{name}: the source has not made it here" for name in reversed(more))]
    assert done.returncode == 2 and [line for line in done.stdout.splitlines() if not line.startswith("good ")] == [f"not checked  {each}" for each in lacking]
