"""How much memory a program had at its largest, as the kernel counted it."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .place import Place

# From linux/ptrace.h and linux/wait.h.
_CONT, _SEIZE, _OPTION_TRACEEXIT, _EVENT_EXIT, _WALL = 7, 0x4206, 0x40, 6, 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _libc.ptrace(request, pid, None, data):
        raise OSError(ctypes.get_errno(), "ptrace")


def peak_kb(place: Place, argv: Sequence[str], env: Mapping[str, str]) -> tuple[int, int]:
    """Run a program in the place: its exit status, and the most kB of it that were resident at once.

    `wait4` cannot tell: its ru_maxrss includes what the process was before exec, which here is Python. The
    status of the process, read when it is about to exit, speaks of the program alone. Its children do not count.
    """
    # Held back until it is traced, and what it says thrown away, so that nobody need read while it is.
    child = place.start(["sh", "-c", 'read -r _; exec "$@"', "sh", *argv], env=env, stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert child.stdin
    _ptrace(_SEIZE, child.pid, _OPTION_TRACEEXIT)
    child.stdin.close()
    peak = 0
    while True:
        _, status = os.waitpid(child.pid, _WALL)
        if not os.WIFSTOPPED(status):
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, peak
        event = status >> 16
        if event == _EVENT_EXIT:
            peak = int(Path(f"/proc/{child.pid}/status").read_text().split("VmHWM:")[1].split()[0])
        _ptrace(_CONT, child.pid, 0 if event else os.WSTOPSIG(status))
