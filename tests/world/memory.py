"""How much memory a program had at its largest, as the kernel counted it."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .place import Place

# From linux/ptrace.h and linux/wait.h.
_CONT, _SEIZE, _OPTION_TRACEEXIT, _EVENT_EXIT, _WALL = 7, 0x4206, 0x40, 6, 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _libc.ptrace(request, pid, None, data):
        raise OSError(ctypes.get_errno(), "ptrace")


class Peak(NamedTuple):
    """How a program ended, and the most kB of it that were resident at once, of its stack alone, too.

    The stack is counted in the pages that were ever touched, the caller's arguments and environment among them.
    """

    status: int
    resident_kb: int
    stack_kb: int


def _held_kb(pid: int) -> tuple[int, int]:
    """Of a process that is about to exit."""
    resident = Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1]
    stack = Path(f"/proc/{pid}/smaps").read_text().split("[stack]")[1].split("\nRss:")[1]
    return int(resident.split()[0]), int(stack.split()[0])


def peak(place: Place, argv: Sequence[str], env: Mapping[str, str]) -> Peak:
    """Run a program in the place to its end.

    `wait4` cannot tell: its ru_maxrss includes what the process was before exec, which here is Python. The
    status of the process, read when it is about to exit, speaks of the program alone. Its children do not count.
    """
    # Held back until it is traced, and what it says thrown away, so that nobody need read while it is.
    child = place.start(["sh", "-c", 'read -r _; exec "$@"', "sh", *argv], env=env, stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert child.stdin
    _ptrace(_SEIZE, child.pid, _OPTION_TRACEEXIT)
    child.stdin.close()
    held_kb = 0, 0
    while True:
        _, status = os.waitpid(child.pid, _WALL)
        if not os.WIFSTOPPED(status):
            child.returncode = os.waitstatus_to_exitcode(status)
            return Peak(child.returncode, *held_kb)
        event = status >> 16
        if event == _EVENT_EXIT:
            held_kb = _held_kb(child.pid)
        _ptrace(_CONT, child.pid, 0 if event else os.WSTOPSIG(status))
