"""The random source: the kernel's call, on an old kernel its device, and nothing else."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from . import calls, trace
from .rig import BINARY, Rig, Run

_GETRANDOM = 318
CALLS = "/run/calls"
NO_CALL = ("-e", "inject=getrandom:error=ENOSYS")
DEVICE = "/dev/urandom"


def run(rig: Rig, *strace: str) -> Run:
    began = time.monotonic()
    argv = ["strace", "-o", CALLS, "-e", "trace=getrandom,open,read", *strace, *rig.argv("acquire")]
    return rig.end(rig.place.start(argv, env=rig.environment()), began)


def traced(rig: Rig) -> list[str]:
    return rig.place.call(Path(CALLS).read_text).splitlines()


def refused(rig: Rig, done: Run, *says: str) -> None:
    assert done.kind == "BUG" and "no random source" in done.text and all(each in done.text for each in says), done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


def answered(rig: Rig, which: Callable[[int], int | None]) -> tuple[Run, int]:
    """What the n-th getrandom says, and how often it was asked. Not by strace, which has the call not made at all: the
    program's own filter would end it for that.
    """
    asked = 0

    def returned(call: trace.Call) -> int | None:
        nonlocal asked
        asked += call.number == _GETRANDOM
        return which(asked) if call.number == _GETRANDOM else None
    return trace.run(rig, "acquire", returned=returned), asked


def test_34_the_call_is_interrupted(rig: Rig) -> None:
    done, asked = answered(rig, lambda n: -errno.EINTR if n in range(2, 7) else None)
    assert done.kind == "OK" and asked > 6, done.err
    rig.is_here(ReplaceRoute=1)


def test_34_the_call_gives_a_byte_at_a_time(rig: Rig) -> None:
    done, asked = answered(rig, lambda n: 1)
    assert done.kind == "OK" and asked > 32, done.err
    rig.is_here(ReplaceRoute=1)


def not_ready(rig: Rig, held_s: float, deadline: int, signals: Collection[signal.Signals] = ()) -> Run:
    """Soon after a boot: the call would block, and a child that waits in it gets through only so much later."""
    program: list[int] = []

    def answer(call: calls.Call) -> int | None:
        if call.process == 0:
            program.append(call.pid)
            # At the start, and before the first connection that needs it.
            return -errno.EAGAIN if call.nth <= 2 else None
        for each in signals:
            os.kill(program[0], each)
        time.sleep(held_s)
        return None
    return calls.run(rig, rig.argv("acquire", "--deadline", str(deadline)), ["getrandom"], answer, deadline_s=deadline)


def test_34_the_pool_is_ready_later(rig: Rig) -> None:
    done = not_ready(rig, 0.3, 20)
    assert done.kind == "OK" and done.seconds > 0.3, done.err
    rig.is_here(ReplaceRoute=1)


def test_34_the_pool_is_not_ready_in_time(rig: Rig) -> None:
    done = not_ready(rig, 3, 2)
    assert done.kind == "DEADLINE" and "random source is not ready" in done.text and done.seconds < 2, done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


def test_34_126_a_signal_while_it_is_awaited(rig: Rig) -> None:
    done = not_ready(rig, 1, 20, [signal.SIGTERM])
    assert done.kind == "INTERRUPTED" and "random source" in done.text and done.seconds < 1, done.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("error", [errno.EPERM, errno.EFAULT, errno.ENOSYS])
def test_34_the_call_fails(rig: Rig, error: int) -> None:
    """ENOSYS too, where it was there at the start: then the device has not been opened."""
    done, _ = answered(rig, lambda n: -error if n > 1 else None)
    refused(rig, done, "getrandom: ", os.strerror(error))


def test_34_a_kernel_without_the_call(rig: Rig) -> None:
    """The device is read for each connection, and was opened before files are no longer to be had."""
    done = run(rig, *NO_CALL)
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)
    opened = [call for call in traced(rig) if DEVICE in call]
    assert len(opened) == 1 and (fd := re.search(r"= (\d+)$", opened[0])), opened
    assert [call for call in traced(rig) if call.startswith(f"read({fd[1]}, ") and call.endswith("= 32")]


DEVICES = {
    "absent": ("mount -t tmpfs tmpfs /dev", "No such file"),
    "a-file": (f"mount --bind /etc/passwd {DEVICE}", "No such device"),
    "another-device": (f"mount --bind /dev/zero {DEVICE}", "No such device"),
}


@pytest.mark.parametrize(("set_up", "says"), DEVICES.values(), ids=DEVICES)
def test_34_neither_the_call_nor_the_device(rig: Rig, set_up: str, says: str) -> None:
    began = time.monotonic()
    inside = ["unshare", "--mount", "sh", "-c", f'{set_up} && exec "$@"', "sh", "strace", "-o", CALLS, *NO_CALL, *rig.argv("acquire")]
    child = rig.place.start(inside, env=rig.environment(PATH="/usr/bin:/bin"))
    refused(rig, rig.end(child, began), DEVICE, says)


def test_34_no_instruction_of_the_processors_is_asked() -> None:
    """What RDRAND gives is no matter: neither it nor RDSEED is in the program."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", BINARY], check=True, capture_output=True, text=True).stdout
    assert code.count("\tcall") > 1000
    assert not re.search(r"\trd(rand|seed)\b", code)
