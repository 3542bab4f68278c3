"""`follow` as a service: one that runs, and what it says."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from world.until import wait_until

from .rig import Rig

LINE = re.compile(r"mirrorvip: ([A-Z]+): ([ -~]+)\n")


class Service:
    """A service that runs, and the lines that it has said so far."""

    def __init__(self, rig: Rig, *more: str, under: Sequence[str] = ()):
        self.rig, self.lines = rig, list[str]()
        rig.record_tokens()
        self.child = rig.place.start([*under, *rig.argv("follow", "--every", "1", "--deadline", "3", *more)], env=rig.environment())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.child.stderr
        for line in self.child.stderr:
            self.lines.append(line)

    def kinds(self) -> list[str]:
        return [found[1] if (found := LINE.fullmatch(line)) else line for line in self.lines]

    def says(self, *kinds: str) -> str:
        """Wait until it has said so much: these kinds and no others. What it said last."""
        wait_until(lambda: len(self.lines) >= len(kinds))
        assert self.kinds() == list(kinds), self.lines
        return self.lines[-1]

    def rounds(self, count: int) -> None:
        """Wait for so many more rounds to begin, and with them for as many to end."""
        self.rig.rounds(count)

    def stop(self, within: float = 0.5) -> str:
        """End it with a signal: its final line."""
        began, rig = time.monotonic(), self.rig
        self.child.terminate()
        assert self.child.wait(5) == 0 and time.monotonic() - began < within
        self._reader.join()
        self.child.communicate()
        assert all(LINE.fullmatch(line) for line in self.lines) and not rig.secrets_in("".join(self.lines))
        assert "a signal ended the service" in self.lines[-1] and sum("ended the service" in line for line in self.lines) == 1
        assert not rig.writes() and rig.own_routes() == ["10.109.2.0/24"]
        return self.lines[-1]


@contextmanager
def serving(rig: Rig, *more: str, under: Sequence[str] = ()) -> Iterator[Service]:
    """It is ended with what is done here; `under` is a command that it runs under."""
    service = Service(rig, *more, under=under)
    try:
        yield service
    finally:
        service.child.kill()
        service.child.wait()
