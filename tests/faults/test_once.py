"""Who may write: the guard's yes, just before the first write; and one run on a host at a time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from world.until import wait_until

from .process import children
from .rig import Rig, opened

GUARD, MARK = "/usr/local/sbin/guard", "/run/guard-was-here"


def guard(rig: Rig, script: str) -> list[str]:
    """The options that name a guard which leaves a mark, then does this."""
    rig.place.run(["rm", "-f", MARK, GUARD])
    rig.place.write(GUARD, f"#!/bin/sh\necho x >>{MARK}\n{script}\n", 0o755)
    return ["--guard", GUARD]


def marks(rig: Rig) -> int:
    """How often the guard has run."""
    return int(rig.place.run(["sh", "-c", f"cat {MARK} 2>/dev/null | wc -l"], check=True).stdout)


def running(rig: Rig) -> list[str]:
    """The programs that run in the place. One that has ended may lie there for want of an init that reaps."""
    shown = rig.place.run(["ps", "-eo", "stat=,comm="], check=True).stdout.splitlines()
    return [line.split()[1] for line in shown if not line.startswith("Z")]


def test_the_guard_says_yes(three: Rig) -> None:
    assert three.run("acquire", *guard(three, "exit 0")).kind == "OK"
    three.is_here(ReplaceRoute=3)
    assert marks(three) == 1


NO = {
    "no": ("exit 1", "status 1"),
    "no-for-another-reason": ("exit 42", "status 42"),
    "127": ("exit 127", "could not be run"),
    "126": ("exit 126", "nothing was written"),
    "killed": ("kill -9 $$", "status 137"),
    "rubbish": ("head -c 1000000 /dev/urandom; exit 1", "status 1"),
}


@pytest.mark.parametrize(("script", "says"), NO.values(), ids=NO)
def test_136_137_the_guard_says_no(rig: Rig, script: str, says: str) -> None:
    run = rig.run("acquire", *guard(rig, script))
    assert run.kind == "NOTPRIMARY" and says in run.text, run.err
    rig.nothing_was_written()
    assert marks(rig) == 1
    rig.recovers()


def once(more: str) -> str:
    """A guard that says yes when it is first asked, and then does this."""
    return f"[ $(wc -l <{MARK}) -lt 2 ] || {{ {more}; }}"


NO_MORE = {"no": ("exit 1", "said no (status 1)"), "hangs": ("exec sleep 60", "did not end in its time")}


@pytest.mark.parametrize(("script", "says"), NO_MORE.values(), ids=NO_MORE)
def test_136_the_guard_is_asked_again_while_writes_go_on(three: Rig, script: str, says: str) -> None:
    """AWS throttles the second table, and before it is written again the role has changed."""
    second = three.scene.tables[1]
    three.fault(match="ReplaceRoute", table=second, code="RequestLimitExceeded", status=503)
    run = three.run("acquire", *guard(three, once(script)), deadline=4)
    assert run.kind == "PARTIAL" and says in run.text and f": 2 of 3 route tables are here, not here: {second} (" in run.text, run.err
    assert three.owners() == ["B", "A", "B"] and three.writes() == {"ReplaceRoute": 3} and marks(three) == 2
    assert "sleep" not in running(three) and "guard" not in running(three)
    three.recovers()


@pytest.mark.parametrize("says_no", [True, False], ids=["no", "yes"])
def test_136_the_guard_is_asked_again_where_the_api_is_slow(says_no: bool) -> None:
    """Sixteen writes at a time: the third lot comes when its yes is too old."""
    with opened(tables=40) as rig:
        rig.region.latency_ms = 300
        run = rig.run("acquire", *guard(rig, once("exit 1") if says_no else "exit 0"))
        assert run.kind == ("PARTIAL" if says_no else "OK"), run.err
        if says_no:
            written = rig.writes()["ReplaceRoute"]
            assert "said no" in run.text and f" {written} of 40 route tables are here" in run.text, run.err
            assert 0 < written < 40 and rig.owners().count("B") == written
            rig.region.latency_ms = 0
            rig.recovers()
        else:
            rig.is_here(ReplaceRoute=40)
        assert marks(rig) == 2


@pytest.mark.parametrize("fault", [{"end": "close"}, {"match": "ReplaceRoute", "apply": False, "cut": 0, "count": 1}], ids=["every", "one"])
def test_136_no_connection_comes_before_its_yes_is_too_old(rig: Rig, fault: dict[str, Any]) -> None:
    """The one that came too late is the next write's, though the API ends each after a reply, or has ended one under a request."""
    rig.fault(service="ec2", match="connect", delay_s=0.7)
    rig.fault(service="ec2", **fault)
    run = rig.run("acquire", "--route-table", rig.scene.tables[0], *guard(rig, "exit 0"), deadline=8)
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=fault.get("count", 0) + 1)
    assert 0 <= marks(rig) - (fault.get("count", 0) + 2) <= 2


def test_136_it_says_no_before_any_write_was_carried_out(rig: Rig) -> None:
    rig.fault(match="ReplaceRoute", code="RequestLimitExceeded", status=503)
    run = rig.run("acquire", *guard(rig, once("exit 1")), deadline=4)
    assert run.kind == "NOTPRIMARY" and run.text.startswith("nothing was written: the guard command said no"), run.err
    assert rig.owners() == ["A"] and rig.writes() == {"ReplaceRoute": 1} and marks(rig) == 2
    rig.recovers()


def test_126_136_a_signal_while_it_is_asked_again_ends_nothing(three: Rig) -> None:
    """Something is written, so the run goes on to the end of it."""
    three.fault(match="ReplaceRoute", table=three.scene.tables[1], code="RequestLimitExceeded", status=503, count=1)
    began, child = time.monotonic(), three.start("acquire", *guard(three, once("sleep 0.5")))
    until = began + 10
    while marks(three) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    child.terminate()
    run = three.end(child, began)
    assert run.kind == "OK", run.err
    three.is_here(ReplaceRoute=4)


@pytest.mark.parametrize("script", ["exec sleep 60", "sleep 60 & sleep 60", "trap '' TERM INT HUP; sleep 60"])
def test_137_the_guard_hangs(rig: Rig, script: str) -> None:
    run = rig.run("acquire", *guard(rig, script), deadline=1)
    assert run.kind == "NOTPRIMARY" and "did not end in its time" in run.text, run.err
    rig.nothing_was_written()
    assert "sleep" not in running(rig) and "guard" not in running(rig)
    rig.recovers()


def test_137_it_ends_with_a_run_that_is_killed(rig: Rig) -> None:
    child = rig.start("acquire", *guard(rig, "exec sleep 60"))
    wait_until(lambda: "sleep" in running(rig))
    child.kill()
    child.communicate()
    wait_until(lambda: "sleep" not in running(rig))
    rig.nothing_was_written()
    rig.recovers()


def test_137_it_has_five_seconds_of_a_long_run(rig: Rig) -> None:
    run = rig.run("acquire", *guard(rig, "exec sleep 60"))
    assert run.kind == "NOTPRIMARY" and "did not end in its time" in run.text and 5 <= run.seconds < 12, run.err
    rig.nothing_was_written()


@pytest.mark.parametrize("command", ["/nowhere/guard", "/etc/hosts", "/usr", "/usr/local/sbin/guard/x"])
def test_137_there_is_no_such_guard(rig: Rig, command: str) -> None:
    guard(rig, "exit 0")
    run = rig.run("acquire", "--guard", command)
    assert run.kind == "NOTPRIMARY" and "could not be run" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_no_shell_reads_the_guards_words(rig: Rig) -> None:
    rig.place.write(GUARD, '#!/bin/sh\nprintf "%s\\n" "$@" >/run/words\n', 0o755)
    assert rig.run("acquire", "--guard", f"{GUARD}  $(id) ; 'a\tb' > x").kind == "OK"
    assert rig.place.call(Path("/run/words").read_text).split("\n") == ["$(id)", ";", "'a", "b'", ">", "x", ""]


def test_what_the_guard_is_given(rig: Rig) -> None:
    # /proc/self of a child of its own shell, so that nothing is of the shell's making but the descriptor of the script.
    more = guard(rig, "tr '\\0' '\\n' </proc/$$/environ >/run/env; (ls -l /proc/$$/fd >/run/fds); "
                      "exec grep -E '^(SigBlk|SigIgn|Seccomp:)' /proc/self/status >/run/status")
    assert rig.run("acquire", *more, env={"EXAMPLE": "x", "PATH": "/tmp", "LD_PRELOAD": ""}).kind == "OK"

    def read(path: str) -> str:
        return rig.place.call(Path(path).read_text)
    assert read("/run/env") == "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
    assert [name for line in read("/run/fds").splitlines() if (name := line.split()[-1]) not in ("0", GUARD)] == ["/dev/null"] * 3
    status = dict(line.split() for line in read("/run/status").splitlines())
    # Signals from 32 on are the C libraries' own: whoever started the tests may have left one of them ignored.
    assert int(status["SigBlk:"], 16) == 0 and int(status["SigIgn:"], 16) & 0x7fffffff == 0 and status["Seccomp:"] == "0"


def test_the_guard_comes_between_reading_and_writing(rig: Rig) -> None:
    reading, writing = rig.gate("DescribeRouteTables"), rig.gate("ReplaceRoute")
    began, child = time.monotonic(), rig.start("acquire", *guard(rig, "exit 0"))
    reading.wait()
    assert marks(rig) == 0
    reading.open()
    writing.wait()
    assert marks(rig) == 1
    writing.open()
    assert rig.end(child, began).kind == "OK"
    assert marks(rig) == 1


def test_the_guard_is_not_asked_when_nothing_is_to_be_written(rig: Rig) -> None:
    more = guard(rig, "exit 1")
    assert rig.run("acquire", "--dry-run", *more).kind == "DIFFERS"
    assert rig.run("status", env={"MIRRORVIP_GUARD": GUARD}).kind == "DIFFERS"
    rig.nothing_was_written()
    assert rig.run().kind == "OK"
    assert rig.run("acquire", *more).kind == "OK"
    assert marks(rig) == 0 and "guard" not in running(rig)


def test_a_guard_that_takes_until_after_the_last_moment_for_a_write(rig: Rig) -> None:
    run = rig.run("acquire", *guard(rig, "sleep 0.85"), deadline=1)
    assert run.kind in ("NOTPRIMARY", "DEADLINE"), run.err
    rig.nothing_was_written()


# The lock.

LOCK = "/run/mirrorvip/lock"


def inside(pid: int) -> str:
    """The process's id as it knows it itself."""
    return next(line.split()[-1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("NSpid"))


@pytest.mark.parametrize("stopped", [False, True])
def test_131_132_two_runs_at_once(rig: Rig, stopped: bool) -> None:
    gate = rig.gate("DescribeRouteTables")
    began, first = time.monotonic(), rig.start()
    gate.wait()
    if stopped:
        first.send_signal(signal.SIGSTOP)
    asked = len(rig.region.log.requests)
    # The quickest of three: the bar is the program's, not the machine's that has other work to do.
    seconds = [rig.run() for _ in range(3)]
    for second in seconds:
        assert second.kind == "BUSY" and f"process {inside(first.pid)}," in second.text, second.err
    assert min(second.seconds for second in seconds) < 0.1
    assert len(rig.region.log.requests) == asked
    rig.nothing_was_written()
    # To look is always allowed.
    assert rig.run("status").kind == "DIFFERS"
    first.send_signal(signal.SIGCONT)
    gate.open()
    assert rig.end(first, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)
    rig.recovers()


def test_131_fifty_runs_at_once(three: Rig) -> None:
    gate = three.gate("DescribeRouteTables")
    began, first = time.monotonic(), three.start()
    gate.wait()
    others = [three.start() for _ in range(49)]
    assert {three.end(other, time.monotonic()).kind for other in others} == {"BUSY"}
    three.nothing_was_written()
    gate.open()
    assert three.end(first, began).kind == "OK"
    three.is_here(ReplaceRoute=3)


# What the kernel knows of a process's end, and what there is on one older than 5.3.
KERNELS = {"new": [], "old": ["strace", "-f", "-o", "/dev/null", "-e", "inject=pidfd_open:error=ENOSYS"]}


def start_waiting(rig: Rig, *more: str, kernel: str = "new") -> subprocess.Popen[str]:
    """A run that waits for another. It has tried in vain when this returns."""
    child = rig.place.start([*KERNELS[kernel], *rig.argv("acquire", "--wait", "-v", *more)], env=rig.environment())
    until = time.monotonic() + 5
    while not any(has_open(pid, LOCK) for pid in (child.pid, *children(child.pid))):
        assert child.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.02)
    return child


def has_open(pid: int, path: str) -> bool:
    try:
        return any(os.readlink(fd) == path for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.parametrize("kernel", KERNELS)
def test_132_a_run_waits_for_another(rig: Rig, kernel: str) -> None:
    gate = rig.gate("ReplaceRoute")
    began, first = time.monotonic(), rig.start()
    gate.wait()
    second = start_waiting(rig, kernel=kernel)
    asked = len(rig.region.log.requests)
    # It asks nobody anything while it waits: there is nothing to wait for.
    time.sleep(0.2)
    assert len(rig.region.log.requests) == asked and second.poll() is None
    gate.open()
    assert rig.end(first, began).kind == "OK"
    run = rig.end(second, began)
    assert run.kind == "OK" and "(0 moved, 1 were here" in run.text and re.search(r"ms +lock +taken\n", run.err), run.err
    rig.is_here(ReplaceRoute=1)


def test_132_a_run_goes_on_when_the_other_is_killed(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    began, first = time.monotonic(), rig.start()
    gate.wait()
    second = start_waiting(rig)
    first.kill()
    first.communicate()
    assert rig.end(second, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_132_many_wait_for_each_other(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    began, first = time.monotonic(), rig.start()
    gate.wait()
    others = [start_waiting(rig) for _ in range(5)]
    gate.open()
    assert [rig.end(each, began).kind for each in (first, *others)] == ["OK"] * 6
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("kernel", KERNELS)
def test_132_a_run_that_is_stopped_for_ever_keeps_its_lock(rig: Rig, kernel: str) -> None:
    gate = rig.gate("DescribeRouteTables")
    first_began, first = time.monotonic(), rig.start()
    gate.wait()
    first.send_signal(signal.SIGSTOP)
    asked = len(rig.region.log.requests)
    began = time.monotonic()
    run = rig.end(start_waiting(rig, "--deadline", "1", kernel=kernel), began, 1)
    assert run.kind == "BUSY" and f"process {inside(first.pid)}," in run.text, run.err
    assert run.seconds > 0.7 and len(rig.region.log.requests) == asked
    rig.nothing_was_written()
    first.send_signal(signal.SIGCONT)
    gate.open()
    assert rig.end(first, first_began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda which: which.name)
def test_126_132_a_signal_ends_the_wait(rig: Rig, which: signal.Signals) -> None:
    gate = rig.gate("DescribeRouteTables")
    first_began, first = time.monotonic(), rig.start()
    gate.wait()
    began = time.monotonic()
    second = start_waiting(rig)
    second.send_signal(which)
    sent = time.monotonic()
    assert rig.end(second, began).kind == "INTERRUPTED" and time.monotonic() - sent < 0.5
    rig.nothing_was_written()
    gate.open()
    assert rig.end(first, first_began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_132_the_other_is_in_a_pid_namespace_of_its_own(rig: Rig) -> None:
    """Its number is nobody's here, or another's: the end is seen all the same."""
    gate = rig.gate("DescribeRouteTables")
    began = time.monotonic()
    first = rig.place.start(["unshare", "--pid", "--fork", "--kill-child", *rig.argv("acquire")], env=rig.environment())
    # Seen from a third one, which is no parent of the first's.
    gate.wait()
    second = rig.place.start(["unshare", "--pid", "--fork", "--kill-child", *rig.argv("acquire", "--wait")], env=rig.environment())
    third = rig.place.run(["unshare", "--pid", "--fork", "--kill-child", *rig.argv("acquire")], env=rig.environment())
    assert third.returncode == 4 and f"holds {LOCK};" in third.stderr, third.stderr
    gate.open()
    assert rig.end(first, began).kind == "OK"
    assert rig.end(second, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_133_a_killed_run_leaves_no_lock(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    child = rig.start()
    gate.wait()
    child.kill()
    child.communicate()
    assert rig.place.call(os.path.exists, LOCK)
    rig.recovers()


def test_133_a_file_that_was_left_behind(rig: Rig) -> None:
    rig.place.write(LOCK, "4711\n")
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("target", ["/run/nothing-here", "/run/another-file"])
def test_133_a_link_is_not_followed(rig: Rig, target: str) -> None:
    rig.place.write("/run/another-file", "")
    rig.place.call(os.utime, "/run/another-file", (0, 0))
    rig.place.call(os.makedirs, "/run/mirrorvip")
    rig.place.call(os.symlink, target, LOCK)
    assert rig.run().kind == "OK"
    assert not rig.place.call(os.path.exists, "/run/nothing-here") and rig.place.call(os.stat, "/run/another-file").st_mtime == 0
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("make",
                         ["touch /run/mirrorvip", "mkdir -p /run/mirrorvip/lock", "mkdir /run/mirrorvip; mkfifo /run/mirrorvip/lock"])
def test_118_133_no_place_for_a_lock(rig: Rig, make: str) -> None:
    rig.place.run(["sh", "-c", make], check=True)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_118_no_right_to_make_one(rig: Rig) -> None:
    rig.with_alias()
    run = rig.run("acquire", "-v", user="nobody")
    assert run.kind == "OK" and re.search(r"lock +none: Permission denied\n", run.err), run.err
    rig.is_here(ReplaceRoute=1)
    assert not rig.place.call(os.path.exists, "/run/mirrorvip")


def test_118_the_file_of_another_user(rig: Rig) -> None:
    assert " lock " not in rig.run("acquire", "-v").err
    assert rig.place.call(os.stat, "/run/mirrorvip").st_mode & 0o777 == 0o755
    run = rig.run("acquire", "-v", user="nobody")
    assert run.kind == "OK" and re.search(r"lock +none: Permission denied\n", run.err), run.err


def test_118_a_file_system_without_locks(rig: Rig) -> None:
    began = time.monotonic()
    child = rig.place.start(["strace", "-o", "/dev/null", "-e", "inject=fcntl:error=ENOLCK", *rig.argv("acquire", "-v")],
                            env=rig.environment())
    run = rig.end(child, began)
    assert run.kind == "OK" and re.search(r"lock +none: No locks available\n", run.err), run.err
    rig.is_here(ReplaceRoute=1)


NO_ROOM = {
    "read-only": ("mount -o remount,ro /run", "mount -o remount,rw /run", "Read-only file system"),
    "no room for a file": ("mkdir /run/mirrorvip; mount -t tmpfs -o nr_inodes=1 tmpfs /run/mirrorvip", "umount /run/mirrorvip",
                           "No space left on device"),
}


@pytest.mark.parametrize(("make", "mend", "says"), NO_ROOM.values(), ids=NO_ROOM)
def test_118_the_file_system_takes_nothing(rig: Rig, make: str, mend: str, says: str) -> None:
    rig.place.run(["sh", "-c", make], check=True)
    try:
        run = rig.run("acquire", "-v")
        assert run.kind == "OK" and re.search(rf"lock +none: {says}\n", run.err), run.err
        rig.is_here(ReplaceRoute=1)
    finally:
        rig.place.run(["sh", "-c", mend], check=True)


def test_118_the_file_system_has_no_room_for_a_byte(rig: Rig) -> None:
    full = "mkdir /run/mirrorvip; mount -t tmpfs -o size=4k tmpfs /run/mirrorvip; >/run/mirrorvip/lock; head -c 4096 /dev/zero >/run/mirrorvip/full"
    rig.place.run(["sh", "-c", full], check=True)
    try:
        assert rig.run().kind == "OK"
        rig.is_here(ReplaceRoute=1)
    finally:
        rig.place.run(["umount", "/run/mirrorvip"], check=True)


@pytest.mark.parametrize("users", [("root", "nobody"), ("nobody", "root")])
def test_131_two_users_share_a_lock(rig: Rig, users: tuple[str, str]) -> None:
    """As release/mirrorvip.tmpfiles sets it up."""
    rig.with_alias()
    rig.place.run(["sh", "-c", f"mkdir -m 0770 /run/mirrorvip; umask 0117; >{LOCK}; chown nobody:root /run/mirrorvip {LOCK}"], check=True)
    gate = rig.gate("DescribeRouteTables")
    began, first = time.monotonic(), rig.start(user=users[0])
    gate.wait()
    assert rig.run(user=users[1]).kind == "BUSY"
    gate.open()
    assert rig.end(first, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)
