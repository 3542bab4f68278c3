"""A process under ptrace: what it holds in memory when it ends, and a system call that is not its own."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from .rig import Rig, in_thread

# From linux/ptrace.h and linux/wait.h.
_CONT, _DETACH, _GETREGS, _SETREGS, _SEIZE, _INTERRUPT = 7, 17, 12, 13, 0x4206, 0x4207
_TRACEEXIT, _EVENT_EXIT, _WALL = 0x40, 6, 0x40000000
# struct user_regs_struct of x86-64, and places in it.
_REGISTERS = struct.Struct("27Q")
_RAX, _RDX, _RSI, _RDI, _ORIG_RAX, _RIP = 10, 12, 13, 14, 15, 16

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, pid: int, data: object = 0) -> None:
    if _libc.ptrace(request, pid, None, data):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def memory(pid: int) -> bytes:
    """All that the process can write to, its stack and data."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(each, 16) for each in span.split("-"))
            if "w" in rights:
                file.seek(start)
                found.append(file.read(end - start))
    return b"".join(found)


def at_its_end(rig: Rig, argv: Sequence[str], env: dict[str, str], look: Callable[[int], object],
               meanwhile: Callable[[int], object] = lambda pid: None) -> int:
    """Run it; `look` at it when it is about to exit, with all its memory still there. Its exit status.

    `meanwhile` runs beside it, in a thread.
    """
    child = rig.place.start(["sh", "-c", 'read -r _; exec "$@"', "sh", *argv], env=env, stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert child.stdin
    _ptrace(_SEIZE, child.pid, _TRACEEXIT)
    child.stdin.close()
    thread = in_thread(lambda: meanwhile(child.pid))
    looked = False
    while True:
        _, status = os.waitpid(child.pid, _WALL)
        if not os.WIFSTOPPED(status):
            child.returncode = os.waitstatus_to_exitcode(status)
            thread.join()
            assert looked
            return child.returncode
        event = status >> 16
        if event == _EVENT_EXIT:
            look(child.pid)
            looked = True
        _ptrace(_CONT, child.pid, 0 if event else os.WSTOPSIG(status))


def make_call(pid: int, number: int, *arguments: int) -> None:
    """Have the process, which waits in a system call, make another in its place; then it goes on by itself."""
    _ptrace(_SEIZE, pid)
    _ptrace(_INTERRUPT, pid)
    os.waitpid(pid, _WALL)
    buffer = ctypes.create_string_buffer(_REGISTERS.size)
    _ptrace(_GETREGS, pid, ctypes.addressof(buffer))
    registers = list(_REGISTERS.unpack(buffer.raw))
    # Back to the two bytes of `syscall`, with another number; and no restart of the one that was interrupted.
    registers[_RAX], registers[_ORIG_RAX], registers[_RIP] = number, 2**64 - 1, registers[_RIP] - 2
    for register, value in zip((_RDI, _RSI, _RDX), arguments):
        registers[register] = value
    _ptrace(_SETREGS, pid, ctypes.addressof(ctypes.create_string_buffer(_REGISTERS.pack(*registers), _REGISTERS.size)))
    _ptrace(_DETACH, pid)
