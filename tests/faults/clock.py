"""A false clock: what the program is told when it asks the kernel for the time of day, in the release binary as it is.

A program asks the vDSO, where nobody can step in. Here it starts with its pointer to the vDSO taken away, so that its C
library makes the call, as on a kernel without one, and the answer is changed as it comes out of the kernel. Time that
only runs, by which deadlines are kept, stays as it is.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

from . import trace
from .rig import Rig, Run

_CLOCK_GETTIME, _CLOCK_REALTIME = 228, 0
_AT_IGNORE, _AT_SYSINFO_EHDR = 1, 33

Clock = Callable[[int], float]
"""The Unix time that the program reads the n-th time, n from 0 on."""


def off_by(seconds: float) -> Clock:
    return lambda _: time.time() + seconds


def at(unix: float) -> Clock:
    """A clock that was set to this time when the program began."""
    return off_by(unix - time.time())


def _hide_vdso(pid: int) -> None:
    """In the auxiliary vector, of which /proc has a copy, and which itself lies on the stack."""
    vector = Path(f"/proc/{pid}/auxv").read_bytes()
    kinds = [kind for kind, _ in struct.iter_unpack("2Q", vector)]
    stack, held = next((start, held) for start, held, name in trace.regions(pid) if name == "[stack]")
    entry = stack + held.index(vector) + kinds.index(_AT_SYSINFO_EHDR) * 16
    trace.poke(pid, entry, struct.pack("Q", _AT_IGNORE))


def run(rig: Rig, clock: Clock, verb: str = "acquire", *more: str, deadline: int = 20, endpoint: bool = True) -> tuple[Run, int]:
    """Run it with this clock to its end, and hold it to the rules; and how often it read the clock."""
    reads = 0

    def returned(call: trace.Call) -> None:
        nonlocal reads
        which, answer, _ = call.arguments
        if call.number == _CLOCK_GETTIME and which == _CLOCK_REALTIME and call.result == 0:
            told = clock(reads)
            reads += 1
            trace.poke(call.pid, answer, struct.pack("2q", int(told // 1), int(told % 1 * 1e9)))
    return trace.run(rig, verb, *more, started=_hide_vdso, returned=returned, deadline=deadline, endpoint=endpoint), reads
