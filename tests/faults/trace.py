"""A process under ptrace: what it holds in memory when it ends, what its system calls say, and one that is not its own."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .rig import Rig, Run, in_thread

# From linux/ptrace.h and linux/wait.h.
_CONT, _DETACH, _GETREGS, _SETREGS, _SYSCALL, _SEIZE, _INTERRUPT = 7, 17, 12, 13, 24, 0x4206, 0x4207
_TRACESYSGOOD, _TRACEEXEC, _TRACEEXIT, _EXITKILL = 1, 0x10, 0x40, 0x100000
_EVENT_EXEC, _EVENT_EXIT, _WALL = 4, 6, 0x40000000
_AT_CALL = signal.SIGTRAP | 0x80  # with TRACESYSGOOD: it stopped at a system call, not for a signal
# struct user_regs_struct of x86-64, and places in it.
_REGISTERS = struct.Struct("27Q")
_RAX, _RDX, _RSI, _RDI, _ORIG_RAX, _RIP = 10, 12, 13, 14, 15, 16
# What the kernel leaves in RAX of a call that it will start again, ERESTARTSYS to ERESTART_RESTARTBLOCK.
_RESTARTS = range(2**64 - 516, 2**64 - 511)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, pid: int, data: object = 0) -> None:
    if _libc.ptrace(request, pid, None, data):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def regions(pid: int) -> list[tuple[int, bytes, str]]:
    """All that the process can write to: where each part begins, what it holds, and what it is called."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_, name = line.split()
            start, end = (int(each, 16) for each in span.split("-"))
            if "w" in rights:
                file.seek(start)
                found.append((start, file.read(end - start), name))
    return found


def memory(pid: int) -> bytes:
    """All that the process can write to, its stack and data."""
    return b"".join(held for _, held, _ in regions(pid))


def poke(pid: int, place: int, data: bytes) -> None:
    """Write into the memory of a process that is stopped."""
    with open(f"/proc/{pid}/mem", "r+b", 0) as file:
        file.seek(place)
        file.write(data)


def held(rig: Rig, argv: Sequence[str], env: Mapping[str, str], **more: Any) -> subprocess.Popen[str]:
    """Start it, but hold it back until its standard input ends: time to take hold of it."""
    return rig.place.start(["sh", "-c", 'read -r _; exec "$@"', "sh", *argv], env=env, stdin=subprocess.PIPE, **more)


def _end(child: subprocess.Popen[str], status: int) -> bool:
    """Whether that was the end of it; then it is noted, as nobody else can ask for it any more."""
    if os.WIFSTOPPED(status):
        return False
    child.returncode = os.waitstatus_to_exitcode(status)
    return True


def at_its_end(rig: Rig, argv: Sequence[str], env: dict[str, str], look: Callable[[int], object],
               meanwhile: Callable[[int], object] = lambda pid: None) -> int:
    """Run it; `look` at it when it is about to exit, with all its memory still there. Its exit status.

    `meanwhile` runs beside it, in a thread.
    """
    child = held(rig, argv, env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert child.stdin
    _ptrace(_SEIZE, child.pid, _TRACEEXIT)
    child.stdin.close()
    thread = in_thread(lambda: meanwhile(child.pid))
    looked = False
    while True:
        _, status = os.waitpid(child.pid, _WALL)
        if _end(child, status):
            thread.join()
            assert looked
            return child.returncode
        event = status >> 16
        if event == _EVENT_EXIT:
            look(child.pid)
            looked = True
        _ptrace(_CONT, child.pid, 0 if event else os.WSTOPSIG(status))


@dataclass(frozen=True)
class Call:
    """A system call that has come back."""

    pid: int
    number: int
    arguments: tuple[int, int, int]
    result: int  # or 2**64 less the errno


class Nth:
    """The first call that begins something, or the so-manieth after it."""

    def __init__(self, begins: Callable[[Call], bool], number: int):
        self.begins, self.left, self.begun = begins, number, False

    def __call__(self, call: Call) -> bool:
        self.begun = self.begun or self.begins(call)
        self.left -= self.begun
        return self.begun and self.left < 0


def _registers(pid: int) -> list[int]:
    buffer = ctypes.create_string_buffer(_REGISTERS.size)
    _ptrace(_GETREGS, pid, ctypes.addressof(buffer))
    return list(_REGISTERS.unpack(buffer.raw))


def _set_registers(pid: int, registers: list[int]) -> None:
    buffer = ctypes.create_string_buffer(_REGISTERS.pack(*registers), _REGISTERS.size)
    _ptrace(_SETREGS, pid, ctypes.addressof(buffer))


def _call(pid: int) -> Call:
    registers = _registers(pid)
    return Call(pid, registers[_ORIG_RAX], (registers[_RDI], registers[_RSI], registers[_RDX]), registers[_RAX])


def _answer(pid: int, result: int) -> None:
    registers = _registers(pid)
    registers[_RAX] = result % 2**64
    _set_registers(pid, registers)


def run(rig: Rig, verb: str, *more: str, returned: Callable[[Call], int | None], started: Callable[[int], object] = lambda pid: None,
        deadline: int = 20, endpoint: bool = True) -> Run:
    """Run it to its end, and hold it to the rules. It is stopped while `started` looks at it, before its first
    instruction, and while `returned` looks at each call that it has made, its children's not included, and may give
    another result. The kernel has carried it out: a filter sees nothing of that.
    """
    rig.record_tokens()
    child = held(rig, rig.argv(verb, *more, "--deadline", str(deadline), endpoint=endpoint), rig.environment())
    began = time.monotonic()
    watch = threading.Timer(deadline + 5, os.kill, (child.pid, signal.SIGKILL))
    watch.start()
    try:
        _follow(child, started, returned)
    finally:
        watch.cancel()
    return rig.end(child, began, deadline)


def killed(rig: Rig, verb: str, *more: str, after: Callable[[Call], bool]) -> None:
    """Run it, and kill it when a call has come back of which `after` says that it is the one."""
    child = held(rig, rig.argv(verb, *more), rig.environment())

    def returned(call: Call) -> None:
        if after(call):
            os.kill(call.pid, signal.SIGKILL)
    try:
        _follow(child, lambda pid: None, returned)
    except ProcessLookupError:
        child.wait()
    child.communicate()
    assert child.returncode == -signal.SIGKILL


def _is_shell(pid: int) -> bool:
    """What holds the program back may itself still be on its way into execution when it is taken hold of."""
    return os.path.samefile(f"/proc/{pid}/exe", "/bin/sh")


def _follow(child: subprocess.Popen[str], started: Callable[[int], object], returned: Callable[[Call], int | None]) -> None:
    assert child.stdin
    pid = child.pid
    _ptrace(_SEIZE, pid, _TRACESYSGOOD | _TRACEEXEC | _EXITKILL)
    child.stdin.close()
    child.stdin = None
    how, inside = _CONT, False
    while True:
        _, status = os.waitpid(pid, _WALL)
        if _end(child, status):
            return
        event, why = status >> 16, os.WSTOPSIG(status)
        if event == _EVENT_EXEC and not _is_shell(pid):
            started(pid)
            how, inside = _SYSCALL, True  # within execve
        elif why == _AT_CALL:
            if inside and (result := returned(_call(pid))) is not None:
                _answer(pid, result)
            inside = not inside
        _ptrace(how, pid, 0 if event or why == _AT_CALL else why)


def _stopped(pid: int) -> list[int]:
    _ptrace(_INTERRUPT, pid)
    os.waitpid(pid, _WALL)
    return _registers(pid)


def make_call(pid: int, number: int, *arguments: int) -> None:
    """Have the process, which waits in a system call, make another in its place; then it goes on by itself."""
    _ptrace(_SEIZE, pid)
    registers = _stopped(pid)
    # Until it waits it may be anywhere.
    while registers[_RAX] not in _RESTARTS:
        _ptrace(_CONT, pid)
        time.sleep(0.001)
        registers = _stopped(pid)
    # Back to the two bytes of `syscall`, with another number; and no restart of the one that was interrupted.
    registers[_RAX], registers[_ORIG_RAX], registers[_RIP] = number, 2**64 - 1, registers[_RIP] - 2
    for register, value in zip((_RDI, _RSI, _RDX), arguments):
        registers[register] = value
    _set_registers(pid, registers)
    _ptrace(_DETACH, pid)
