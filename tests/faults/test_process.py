"""The process itself: what it inherits, what it gives up, what can be seen of it, and what it leaves in memory."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from world.until import wait_until

from . import calls
from .dns import serving
from .process import CLOSE, EXECVE, FORK, IOCTL, OPENAT, PTRACE, children, descriptors, ends_soon, held, status
from .rig import BINARY, CA_FILE, INSTALLED, Rig, Run
from .trace import at_its_end, make_call, memory

CREDENTIALS = "/latest/meta-data/iam/security-credentials/mirror"


@contextmanager
def waiting(rig: Rig, *more: str, at: str = "DescribeRouteTables", ends: str | None = "OK",
            **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A run while it waits for the reply to a request, the first reading unless told: then it is sealed."""
    gate = rig.gate(at)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "10", *more, **options)
    try:
        gate.wait()
        yield child
    finally:
        gate.open()
        if ends is None:
            child.kill()
            child.communicate()
    if ends:
        run: Run = rig.end(child, began, 10)
        assert run.kind == ends, run.err


def test_110_it_gives_up_what_it_does_not_need(rig: Rig) -> None:
    with waiting(rig) as child:
        now = status(child.pid)
        limits = Path(f"/proc/{child.pid}/limits").read_text()
    assert now["NoNewPrivs"] == "1" and now["Seccomp"] == "2" and now["Umask"] == "0077"
    assert {now[f"Cap{name}"] for name in ("Eff", "Prm", "Inh", "Amb")} == {"0" * 16}
    assert [line.split()[-3:-1] for line in limits.splitlines() if line.startswith("Max core file size")] == [["0", "0"]]
    rig.is_here(ReplaceRoute=1)


def test_before_it_is_sealed_it_has_one_capability(rig: Rig) -> None:
    with waiting(rig, at="/latest/api/token") as child:
        now = status(child.pid)
    assert now["CapEff"] == now["CapPrm"] == f"{1 << 12:016x}" and now["NoNewPrivs"] == "1"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
@pytest.mark.parametrize("number", [OPENAT, EXECVE, FORK, PTRACE, IOCTL, 157, 9, 10, 56, 90], ids=lambda number: f"call-{number}")
def test_110_a_forbidden_call_ends_it(rig: Rig, number: int) -> None:
    with waiting(rig, ends=None) as child:
        make_call(child.pid, number, 0, 0, 0)
        assert child.wait(5) == -signal.SIGSYS
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
def test_110_a_call_that_is_allowed_does_not(rig: Rig) -> None:
    with waiting(rig) as child:
        make_call(child.pid, CLOSE, 2**64 - 1)
    rig.is_here(ReplaceRoute=1)


# Kernels, and callers, that will not let it harden itself: the run goes on and says so to who asks.

LACKING = {
    "landlock_create_ruleset:error=ENOSYS": "Landlock",
    "landlock_create_ruleset:error=EOPNOTSUPP": "Landlock",
    "landlock_restrict_self:error=E2BIG": "Landlock",
    "prctl:error=EINVAL": "dumpable, no_new_privs, Landlock, seccomp",
    "prctl:error=EINVAL:when=4": "seccomp",
    "capset:error=EPERM": "capabilities",
    "capget:error=ENOSYS": "capabilities",
    "mprotect:error=EACCES": "RELRO",
    "prlimit64:error=EPERM": "core limit",
    "landlock_create_ruleset,prctl,capset,close_range:error=ENOSYS": "dumpable, no_new_privs, capabilities, Landlock, seccomp",
    "close_range:error=ENOSYS": "",
}


def hardening(run: Run) -> str:
    """What the run says that it had to do without."""
    found = re.search(r"  hardening    reduced: without (.+)\n", run.err)
    return found[1] if found else ""


@pytest.mark.parametrize(("inject", "without"), LACKING.items(), ids=LACKING)
def test_109_the_kernel_lacks_it(rig: Rig, inject: str, without: str) -> None:
    began = time.monotonic()
    run = rig.end(rig.place.start(["strace", "-o", "/dev/null", "-e", f"inject={inject}", *rig.argv("acquire", "-v")],
                                  env=rig.environment()), began)
    assert run.kind == "OK" and hardening(run) == without, run.err
    rig.is_here(ReplaceRoute=1)


def filtered() -> None:
    """As a container's seccomp profile does it: no new privileges, and EPERM for Landlock's calls and close_range."""
    def step(code: int, value: int, met: int = 0, missed: int = 0) -> bytes:
        return struct.pack("HBBI", code, met, missed, value)
    numbers = [436, 444, 445, 446]
    program = step(0x20, 0) + b"".join(step(0x15, number, len(numbers) - at) for at, number in enumerate(numbers)) + \
        step(0x06, 0x7FFF0000) + step(0x06, 0x00050000 | errno.EPERM)
    room = ctypes.create_string_buffer(program, len(program))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(room)), 0, 0) == 0


def test_109_the_caller_has_filtered_it_already(rig: Rig) -> None:
    run = rig.run("acquire", "-v", preexec_fn=filtered)
    assert run.kind == "OK" and hardening(run) == "Landlock", run.err
    rig.is_here(ReplaceRoute=1)


def relro() -> tuple[int, int]:
    """Where the program says that its relocated data is, to be read only: whole pages, from its base."""
    data = BINARY.read_bytes()
    offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    for at in range(offset, offset + size * count, size):
        kind, _, _, address, _, _, length, _ = struct.unpack_from("<IIQQQQQQ", data, at)
        if kind == 0x6474E552:
            return address & ~4095, (address + length) & ~4095
    raise AssertionError("no PT_GNU_RELRO")


def maps(pid: int) -> list[tuple[int, int, str]]:
    lines = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if line.endswith(INSTALLED)]
    return [(*(int(each, 16) for each in fields[0].split("-")), fields[1]) for fields in lines]  # type: ignore[misc]


def test_relocated_data_is_sealed(rig: Rig) -> None:
    with waiting(rig, at="/latest/api/token") as child:
        found = maps(child.pid)
    base, (start, end) = found[0][0], relro()
    assert start < end
    covering = [(max(low, base + start), min(high, base + end), rights) for low, high, rights in found if low < base + end and high > base + start]
    assert sum(high - low for low, high, _ in covering) == end - start
    assert {rights for _, _, rights in covering} == {"r--p"}
    assert not [rights for _, _, rights in found if "w" in rights and "x" in rights]


def test_three_runs_have_three_bases(rig: Rig) -> None:
    bases = set()
    for _ in range(3):
        with waiting(rig, at="/latest/api/token") as child:
            bases.add(maps(child.pid)[0][0])
    assert len(bases) == 3


PROBE = """
import ctypes, os, sys
pid = int(sys.argv[1])
def can(work):
    try:
        work()
        return "yes"
    except OSError:
        return "no"
def attach():
    if ctypes.CDLL(None).ptrace(0x4206, pid, None, None):
        raise OSError
print(can(lambda: open(f"/proc/{pid}/mem", "rb")), can(lambda: open(f"/proc/{pid}/environ").read()),
      can(lambda: os.listdir(f"/proc/{pid}/fd")), can(attach))
"""


def probed(rig: Rig, pid: int) -> str:
    """What another process of the same user can get at: memory, environment, descriptors, ptrace."""
    inside = status(pid)["NSpid"].split()[-1]
    return rig.place.run([sys.executable, "-c", PROBE, inside], user="nobody", check=True).stdout.strip()


def test_114_nobody_of_the_same_user_can_look_into_it(rig: Rig) -> None:
    rig.with_alias()
    with waiting(rig, user="nobody") as child:
        assert probed(rig, child.pid) == "no no no no"
    # What one can see of a process that does not hide.
    plain = rig.place.start(["cat"], user="nobody", stdin=subprocess.PIPE)
    assert probed(rig, plain.pid) == "yes yes yes yes"
    plain.communicate()


def test_115_inherited_descriptors_are_closed(rig: Rig) -> None:
    read, write = os.pipe()
    ours, theirs = socket.socketpair()
    with waiting(rig, "--route-table", rig.scene.tables[0], pass_fds=[write, theirs.fileno()]) as child:
        os.close(write)
        theirs.close()
        # The last copies of them are gone: who waits at the other end is told so.
        assert os.read(read, 1) == b"" and ours.recv(1) == b""
        left = descriptors(child.pid)
    os.close(read)
    ours.close()
    beyond = sorted(name for fd, name in left.items() if fd > 2)
    assert all(name.startswith("socket:") or name == "/run/mirrorvip/lock" for name in beyond) and len(beyond) == 3, beyond
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_115_closed_standard_descriptors_are_the_null_device(rig: Rig, closed: tuple[int, ...]) -> None:
    gate = rig.gate("DescribeRouteTables")
    child = rig.start("acquire", "-v", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: list(map(os.close, closed)))
    gate.wait()
    assert {name for fd, name in descriptors(child.pid).items() if fd <= 2} == {"/dev/null"}
    gate.open()
    assert child.wait(10) == 0
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("verbose", [[], ["-v"]])
@pytest.mark.parametrize("sink", ["/dev/full", "closed pipe", "full pipe"])
def test_116_output_that_goes_nowhere_does_not_matter(rig: Rig, sink: str, verbose: list[str]) -> None:
    read, write = os.pipe()
    if sink == "/dev/full":
        os.close(write)
        write = os.open(sink, os.O_WRONLY)
    if sink == "full pipe":
        os.set_blocking(write, False)
        while True:
            try:
                os.write(write, b"x" * 4096)
            except BlockingIOError:
                break
        os.set_blocking(write, True)
    else:
        os.close(read)
    began = time.monotonic()
    child = rig.start("acquire", *verbose, stdout=write, stderr=write)
    assert child.wait(10) == 0
    assert time.monotonic() - began < 1
    os.close(write)
    if sink == "full pipe":
        os.close(read)
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("more", [[], ["--every", "1"]], ids=["of-a-run", "of-a-service"])
def test_116_who_reads_the_end_has_a_tenth_of_a_second(rig: Rig, more: list[str]) -> None:
    waits: list[int] = []

    def note(call: calls.Call) -> None:
        waits.append(call.arguments[2])
        if more:
            os.kill(call.pid, signal.SIGTERM)
    run = calls.run(rig, rig.argv("follow", *more), ["poll"], note, heard=not more)
    assert run.kind == "OK" and waits and all(0 < wait <= 100 for wait in waits), (run.err, waits)


def test_116_output_to_a_file_that_may_not_grow(rig: Rig) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with tempfile.TemporaryFile() as file:
        child = rig.start("acquire", "-v", stdout=file, stderr=file, preexec_fn=limit)
        assert child.wait(10) == 0
    rig.is_here(ReplaceRoute=1)


def test_128_inherited_masks_and_dispositions_are_reset(rig: Rig) -> None:
    shut = [signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGCHLD, signal.SIGPIPE]

    def inherit() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, shut)
        for each in shut:
            signal.signal(each, signal.SIG_IGN)
    gate = rig.gate("DescribeRouteTables")
    began, child = time.monotonic(), rig.start(preexec_fn=inherit)
    gate.wait()
    child.terminate()
    run = rig.end(child, began)
    assert run.kind == "INTERRUPTED", run.err
    rig.nothing_was_written()
    rig.recovers()


def files_of(rig: Rig, env: dict[str, str]) -> list[str]:
    """What a run in this environment tries to open, and that it succeeds."""
    trace, began = "/run/trace", time.monotonic()
    extra = [word for name, value in env.items() for word in ("-E", f"{name}={value}")]
    run = rig.end(rig.place.start(["/usr/bin/strace", "-f", "-qq", "-o", trace, "-e", "trace=open,openat,readlink,execve", *extra,
                                   *rig.argv("acquire")], env=rig.environment()), began)
    assert run.kind == "OK" and len(run.err.splitlines()) == 1, run.err
    return re.findall(r'(?:open|openat|readlink)\([^"]*"([^"]*)"', rig.place.call(Path(trace).read_text))


@pytest.mark.parametrize("env", [{"LD_PRELOAD": "/nowhere.so", "LD_LIBRARY_PATH": "/tmp", "LD_AUDIT": "/nowhere.so", "LD_DEBUG": "all"},
                                 {"MALLOC_CHECK_": "3", "MALLOC_PERTURB_": "7", "MALLOC_TRACE": "/run/malloc",
                                  "GLIBC_TUNABLES": "glibc.malloc.check=3"},
                                 {"TZ": ":/etc/shadow", "TZDIR": "/tmp", "MUSL_LOCPATH": "/tmp", "LC_ALL": "tr_TR", "LANGUAGE": "x",
                                  "NLSPATH": "/tmp"},
                                 {"HOSTALIASES": "/etc/passwd", "LOCALDOMAIN": "x", "RES_OPTIONS": "debug"},
                                 {"PATH": "", "HOME": "", "IFS": "x", "TMPDIR": "/nowhere", "SSL_CERT_FILE": "/nowhere",
                                  "SSLKEYLOGFILE": "/run/keys"}],
                         ids=lambda env: next(iter(env)))
def test_113_145_the_environment_has_no_other_effect(rig: Rig, env: dict[str, str]) -> None:
    opened = files_of(rig, {})
    rig.reset()
    assert files_of(rig, env) == opened and CA_FILE in opened
    rig.is_here(ReplaceRoute=1)
    assert not rig.place.call(os.path.exists, "/run/malloc") and not rig.place.call(os.path.exists, "/run/keys")


def test_145_no_working_directory_and_no_umask(rig: Rig) -> None:
    rig.place.call(os.mkdir, "/run/gone")
    child = ("cd /run/gone; rmdir /run/gone; umask 0; " + 'exec "$@"')
    began = time.monotonic()
    started = rig.place.start(["sh", "-c", child, "sh", *rig.argv("acquire")], env=rig.environment())
    assert rig.end(started, began).kind == "OK"
    assert rig.place.call(os.stat, "/run/mirrorvip/lock").st_mode & 0o777 == 0o600
    assert rig.place.call(os.stat, "/run/mirrorvip").st_mode & 0o777 == 0o755
    assert rig.place.call(os.listdir, "/run/mirrorvip") == ["lock"]
    rig.is_here(ReplaceRoute=1)


# Secrets.

def test_while_it_works_secrets_are_in_its_memory(rig: Rig) -> None:
    """So that the next tests would see them."""
    with waiting(rig) as child:
        assert held(rig, memory(child.pid)) == ["IMDS token", "secret key", "session token"]


def test_a_connection_that_is_idle_holds_no_request(rig: Rig) -> None:
    """While the guard is asked the keys are in memory, as the next requests need them, but none that was signed before."""
    rig.place.run(["rm", "-f", "/run/asked", "/run/go"], check=True)
    rig.place.write("/usr/local/sbin/guard", "#!/bin/sh\n>/run/asked\nuntil test -e /run/go; do sleep 0.01; done\n", 0o755)
    began, child = time.monotonic(), rig.start("acquire", "--guard", "/usr/local/sbin/guard")
    wait_until(lambda: rig.place.call(os.path.exists, "/run/asked"))
    data, token = memory(child.pid), (rig.region.credentials(rig.scene.b).token or "")[:24].encode()
    rig.place.write("/run/go", "")
    assert rig.end(child, began).kind == "OK"
    assert token in data and not re.search(rb"(?i)security-token: *" + re.escape(token), data)
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("how", ["ok", "refused", "lost", "unsent"])
def test_no_secret_is_in_memory_at_the_end(rig: Rig, how: str) -> None:
    if how == "refused":
        rig.region.deny("ec2:DescribeRouteTables")
    if how == "lost":
        rig.fault(match="DescribeRouteTables", cut=100, end="reset")
    if how == "unsent":
        rig.fault(service="ec2", match="connect", cut=0)
    found: list[list[str]] = []
    rig.record_tokens()
    code = at_its_end(rig, rig.argv("acquire", "--deadline", "2", "-v"), rig.environment(),
                      lambda pid: found.append(held(rig, memory(pid))))
    assert rig.tokens and found == [[]] and (code == 0) == (how == "ok")


def test_no_key_of_the_environment_is_in_memory_at_the_end(rig: Rig) -> None:
    static = rig.region.static_key
    env = rig.environment(AWS_ACCESS_KEY_ID=static.access_key, AWS_SECRET_ACCESS_KEY=static.secret_key)
    found: list[list[str]] = []
    assert at_its_end(rig, rig.argv("acquire"), env, lambda pid: found.append(held(rig, memory(pid)))) == 0
    assert found == [[]]
    rig.is_here(ReplaceRoute=1)


def test_an_interrupted_run_leaves_no_secret_in_memory(rig: Rig) -> None:
    rig.record_tokens()
    gate = rig.gate("DescribeRouteTables")
    found: list[list[str]] = []

    def interrupt(pid: int) -> None:
        gate.wait()
        os.kill(pid, signal.SIGTERM)
    code = at_its_end(rig, rig.argv("acquire", "-v"), rig.environment(), lambda pid: found.append(held(rig, memory(pid))), interrupt)
    assert code == 14 and found == [[]]


# The children.

@contextmanager
def resolving(rig: Rig, **options: Any) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run while it waits for a name server that never answers, and the child that asks it."""
    asked = threading.Event()
    with serving(rig, lambda query, kind: asked.set() or []):  # type: ignore[func-returns-value]
        began, child = time.monotonic(), rig.start("acquire", "--ca-bundle", CA_FILE, endpoint=False, **options)
        assert asked.wait(10)
        yield child, children(child.pid)[0]
        if child.poll() is None:
            assert rig.end(child, began).kind == "NETWORK"
    child.communicate()


def test_the_resolvers_child_holds_nothing(rig: Rig) -> None:
    static = rig.region.static_key
    with resolving(rig, env={"AWS_ACCESS_KEY_ID": static.access_key, "AWS_SECRET_ACCESS_KEY": static.secret_key}) as (child, resolver):
        child.send_signal(signal.SIGSTOP)  # or another child would take its place meanwhile
        assert held(rig, memory(resolver)) == []
        now = status(resolver)
        assert {now[f"Cap{name}"] for name in ("Eff", "Prm", "Inh", "Amb")} == {"0" * 16}
        assert now["NoNewPrivs"] == "1" and now["Seccomp"] == "2"
        assert [fd for fd in descriptors(resolver) if fd > 2] == [3, 4]  # the run's, and the name server's
        assert held(rig, memory(child.pid)) == ["IMDS token", "secret key"]
        child.send_signal(signal.SIGCONT)
    rig.nothing_was_written()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="registers and numbers are those of x86-64")
@pytest.mark.parametrize("number", [EXECVE, FORK, PTRACE, IOCTL], ids=lambda number: f"call-{number}")
def test_a_call_that_no_resolver_makes_fails(rig: Rig, number: int) -> None:
    with resolving(rig) as (_, resolver):
        make_call(resolver, number, 0, 0, 0)
    rig.recovers()


def test_133_the_resolvers_child_ends_with_a_killed_run(rig: Rig) -> None:
    rig.place.write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:60 attempts:10\n")
    with resolving(rig) as (child, resolver):
        child.kill()
        assert ends_soon(resolver)


def test_the_resolvers_child_ends_with_a_run_that_has_no_use_for_it(rig: Rig) -> None:
    """Also where the kernel does not see to it: who waits for the end of what a run says would wait for the child's as well."""
    rig.place.write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:10 attempts:3\n")
    asked = threading.Event()
    rig.fault(service="imds", match="/latest/meta-data/network/", status=404, body=lambda true: b"" if asked.wait(5) else true)
    with serving(rig, lambda query, kind: asked.set() or []):  # type: ignore[func-returns-value]
        run = calls.run(rig, rig.argv("acquire", "--region", rig.region.name, "--ca-bundle", CA_FILE, endpoint=False), ["prctl"],
                        lambda call: -errno.EINVAL if call.process else None)
    assert run.kind == "IDENTITY" and run.seconds < 8, (run.err, run.seconds)
    rig.nothing_was_written()


def test_133_the_guard_ends_with_a_killed_run(rig: Rig) -> None:
    static = rig.region.static_key
    rig.place.write("/usr/local/sbin/guard", "#!/bin/sh\nmkfifo /run/fifo\necho >/run/fifo\nexec sleep 60\n", 0o755)
    env = {"AWS_ACCESS_KEY_ID": static.access_key, "AWS_SECRET_ACCESS_KEY": static.secret_key}
    child = rig.start("acquire", "--guard", "/usr/local/sbin/guard", env=env)
    rig.place.run(["sh", "-c", "until test -p /run/fifo; do :; done; cat /run/fifo; rm /run/fifo"], check=True)
    [waits] = children(child.pid)
    [guard] = children(waits)
    assert held(rig, memory(child.pid)) and not held(rig, memory(waits))
    child.kill()
    child.communicate()
    assert ends_soon(waits) and ends_soon(guard)
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("verb", [["status"], ["acquire", "--dry-run"]])
def test_who_will_not_write_starts_no_guard(rig: Rig, verb: list[str]) -> None:
    gate = rig.gate("/latest/api/token")
    child = rig.start(*verb, env={"MIRRORVIP_GUARD": "/bin/true"})
    gate.wait()
    assert not children(child.pid)
    gate.open()
    assert rig.end(child, time.monotonic()).kind == "DIFFERS"
