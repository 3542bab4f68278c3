"""The system calls of a run: seen one by one, and answered by the test instead of the kernel.

The kernel itself asks: a seccomp filter, set by watched.c just before it executes the program, hands the calls in
question to a thread here, which lets them pass or gives the result. All others run at full speed, and the program's own
filters stay in force beside it. Calls of its children are handed over as well, until they become another program.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .rig import BINARY, Rig, Run, in_thread

WATCHED = BINARY.parent / "watched"

# From linux/seccomp.h.
_RECV, _SEND, _CONTINUE = 0xC0502100, 0xC0182101, 1
# The first call of a process that another one has made: so they have their numbers in the order in which they begin.
_BEGINS = "set_tid_address"
_NOTICE, _REPLY = struct.Struct("QIIiIQ6Q"), struct.Struct("QqiI")

_libc = ctypes.CDLL(None, use_errno=True)


@cache
def numbers() -> dict[str, int]:
    """The system calls of this machine, by name."""
    text = subprocess.run(["gcc", "-E", "-dM", "-"], input="#include <sys/syscall.h>", capture_output=True, text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", text, re.MULTILINE)}


@cache
def names() -> dict[int, str]:
    return {number: name for name, number in numbers().items()}


@dataclass(frozen=True)
class Call:
    """A system call that waits for its answer: the `nth` of its name in its process; process 0 is the program."""

    name: str
    nth: int
    process: int
    pid: int
    arguments: tuple[int, ...]

    def descriptor(self) -> int:
        """A copy of the descriptor that is its first argument."""
        door = os.pidfd_open(self.pid)
        try:
            copy: int = _libc.syscall(numbers()["pidfd_getfd"], door, ctypes.c_int(self.arguments[0]), 0)
            if copy < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            return copy
        finally:
            os.close(door)

    def memory(self, mode: str) -> Any:
        """The caller's memory, at its second argument."""
        file = open(f"/proc/{self.pid}/mem", mode, 0)
        file.seek(self.arguments[1])
        return file


# What a call comes to: its result, negative for an errno; None lets the kernel carry it out.
Answer = Callable[[Call], "int | None"]


class _Listener:
    """Answers the calls of one program from its execution on."""

    def __init__(self, calls: Collection[str], answer: Answer):
        self._calls, self._answer = calls, answer
        self._here, self.there = socket.socketpair()
        self._processes: list[int] = []
        self._strangers: set[int] = set()
        self._counts: Counter[tuple[int, str]] = Counter()
        self._error: BaseException | None = None
        self._thread = in_thread(self._listen)

    def _listen(self) -> None:
        with self._here:
            _, [listener], _, _ = socket.recv_fds(self._here, 1, 1)
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        try:
            while poll.poll()[0][1] & select.POLLIN:
                self._serve(listener)
        finally:
            os.close(listener)

    def _serve(self, listener: int) -> None:
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(listener, _RECV, notice)
            fields = _NOTICE.unpack(notice)
            result = self._judge(fields[1], names()[fields[3]], fields[6:])
            reply = (fields[0], 0, 0, _CONTINUE) if result is None else (fields[0], max(result, 0), min(result, 0), 0)
            fcntl.ioctl(listener, _SEND, _REPLY.pack(*reply))
        except OSError as error:
            # The caller was killed meanwhile.
            if error.errno not in (errno.ENOENT, errno.ESRCH):
                raise

    def _judge(self, pid: int, name: str, arguments: tuple[int, ...]) -> int | None:
        if not self._processes:
            # Not yet the program.
            if name == "execve":
                self._processes.append(pid)
            return None
        if pid in self._strangers:
            return None
        if pid not in self._processes:
            self._processes.append(pid)
        result = self._ask(pid, name, arguments) if not self._calls or name in self._calls else None
        if name == "execve" and result is None:
            self._strangers.add(pid)
        return result

    def _ask(self, pid: int, name: str, arguments: tuple[int, ...]) -> int | None:
        process = self._processes.index(pid)
        self._counts[process, name] += 1
        try:
            return self._answer(Call(name, self._counts[process, name], process, pid, arguments))
        except BaseException as error:
            self._error = self._error or error
            return None

    def finish(self) -> None:
        self._thread.join(10)
        if self._error:
            raise self._error


def run(rig: Rig, argv: Sequence[str], calls: Collection[str], answer: Answer, env: Mapping[str, str] | None = None,
        deadline_s: float = 20, heard: bool = True) -> Run:
    """Run it with `answer` between these calls, all if none is named, and the kernel; to its end, held to the rules."""
    rig.record_tokens()
    listener = _Listener(calls, answer)
    began, numbered = time.monotonic(), ",".join(str(numbers()[name]) for name in {_BEGINS, *calls}) if calls else "all"
    with listener.there as there:
        child = rig.place.start([str(WATCHED), str(there.fileno()), numbered, *argv], env=rig.environment(**(env or {})),
                                pass_fds=[there.fileno()])
    try:
        return rig.end(child, began, deadline_s, heard)
    finally:
        listener.finish()
