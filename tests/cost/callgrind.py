"""A run under valgrind's callgrind: how many instructions it took, and what each function's share of them is."""

from __future__ import annotations

import ctypes
import errno
import re
import resource
import struct
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from faults.rig import Rig, Run
from world import BINARY

# The same code as the binary's, with its names.
NAMED = BINARY.with_suffix(".debug")
COUNTS = "/run/callgrind"
PATIENCE_S = 60

# From linux/prctl.h, linux/seccomp.h and asm/unistd_64.h.
_SET_SECCOMP, _MODE_FILTER, _PRCTL, _ALLOW, _ERRNO = 22, 2, 157, 0x7FFF0000, 0x00050000


@dataclass
class Costs:
    """Instructions: all, and by function those of its calls, with what they called."""

    total: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    inclusive: Counter[str] = field(default_factory=Counter)

    def per_call(self, function: str) -> float:
        return self.inclusive[function] / self.calls[function]


def _prepare() -> None:
    """The kernel has no seccomp for this process, as a filter would stop valgrind's own calls; and there are few descriptors,
    since valgrind knows no close_range and all that there could be are closed one by one."""
    def step(code: int, value: int, met: int = 0, missed: int = 0) -> bytes:
        return struct.pack("HBBI", code, met, missed, value)
    steps = (step(0x20, 0), step(0x15, _PRCTL, 0, 3), step(0x20, 16), step(0x15, _SET_SECCOMP, 0, 1), step(0x06, _ERRNO | errno.EINVAL), step(0x06, _ALLOW))
    program = ctypes.create_string_buffer(b"".join(steps))
    assert ctypes.CDLL(None).prctl(_SET_SECCOMP, _MODE_FILTER, struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)), 0, 0) == 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def counted(rig: Rig, verb: str, *more: str) -> tuple[Run, Costs]:
    """Run it to its end, hold it to the rules, and count, but not what the child does that resolves names."""
    _, *arguments = rig.argv(verb, *more, "--deadline", str(PATIENCE_S))
    under = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={COUNTS}", "--log-file=/run/valgrind", str(NAMED)]
    began = time.monotonic()
    run = rig.end(rig.place.start([*under, *arguments], env=rig.environment(), preexec_fn=_prepare), began, PATIENCE_S)
    return run, read(rig.place.call(Path(COUNTS).read_text))


def read(text: str) -> Costs:
    """What callgrind has written. A name stands where it is used first, and later its number does."""
    costs, names, called, at_call = Costs(), dict[str, str](), "", False
    for line in text.splitlines():
        if at_call:
            costs.inclusive[called] += int(line.split()[-1])
            at_call = False
        elif match := re.fullmatch(r"c?fn=\((\d+)\)(?: (.*))?", line):
            called = names.setdefault(match[1], match[2])
        elif match := re.fullmatch(r"calls=(\d+) .*", line):
            costs.calls[called] += int(match[1])
            at_call = True
        elif match := re.fullmatch(r"(?:totals|summary): (\d+)", line):
            costs.total = int(match[1])
    return costs
