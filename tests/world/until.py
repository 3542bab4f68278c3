"""Waiting for a state, where a time would be too short on one machine and too long on another."""

from __future__ import annotations

import time
from collections.abc import Callable


def comes_to(so: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it comes to be so in time."""
    until = time.monotonic() + seconds
    while not so():
        if time.monotonic() >= until:
            return False
        time.sleep(0.01)
    return True


def wait_until(so: Callable[[], bool], seconds: float = 15) -> None:
    assert comes_to(so, seconds), "it has not come to that"
