"""A process as others see it: what it is allowed, what it has open, its children, its end, and which secrets it holds."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .rig import Rig

# System calls of x86-64.
OPENAT, EXECVE, FORK, PTRACE, IOCTL, CLOSE = 257, 59, 57, 101, 16, 3


def status(pid: int) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())


def descriptors(pid: int) -> dict[int, str]:
    folder = f"/proc/{pid}/fd"
    return {int(fd): os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)}


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def gone(pid: int) -> bool:
    """Whether it has ended. One that nobody reaps may lie there still."""
    try:
        return status(pid)["State"].startswith("Z")
    except FileNotFoundError:
        return True


def ends_soon(pid: int) -> bool:
    until = time.monotonic() + 1
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return gone(pid)


def held(rig: Rig, data: bytes) -> list[str]:
    """Which of the secrets that this run came to know are in these bytes."""
    key = rig.region.credentials(rig.scene.b)
    static = rig.region.static_key
    kinds: dict[str, list[str | None]] = {"secret key": [key.secret_key, static.secret_key], "session token": [key.token],
                                          "IMDS token": [*rig.tokens]}
    return sorted({name for name, values in kinds.items() for value in values if value and value[:24].encode() in data})
