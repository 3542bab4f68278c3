"""Faults: what can go wrong with one request, as a small set of independent parts.

A fault chooses requests (service, match, table, instance; then nth, count, every) and says, step by step in the
order of a request's life, what is different for them:

    delay_s   wait before the request is looked at
    apply     whether to carry it out; if not given: yes, unless there is a `code`
    stale_s   describe from this far in the past, but no further back than the fault was set
    code      answer with this error (and `message`) in place of the true answer
    body      answer with this body, well framed
    status    answer with this HTTP status (400 for a `code`, if not given)
    hold_s    wait before the answer is sent, when what was asked is done already
    raw       send these bytes in place of the whole answer, head and all
    cut       send only so many bytes, then end;  0: send nothing
    drip_s    wait so long after each `drip_bytes` bytes
    end       how the connection ends after it: "close", "reset", or "hang" (stay, say nothing); None: as usual

So "the write was done but its answer was lost" is Fault(match="ReplaceRoute", cut=0), and "the connection died
before the write was done" the same with apply=False. `body` and `raw` can be functions of the true bytes.

`match` is an action of EC2 or STS, the beginning of a metadata path, or "connect": the arrival of a connection, before
TLS, where only delay_s, raw, cut, drip_s and end mean anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Union

Bytes = Union[bytes, Callable[[bytes], bytes]]


def put(part: Bytes | None, true: bytes) -> bytes:
    """What a part of a fault makes of the true bytes."""
    return true if part is None else part if isinstance(part, bytes) else part(true)


@dataclass
class Fault:
    """One fault; the module's text says what the parts mean."""

    service: Literal["ec2", "sts", "imds", "container"] | None = None
    match: str | None = None
    table: str | None = None
    instance: str | None = None
    nth: int = 1
    count: int | None = None
    every: int = 1

    delay_s: float = 0.0
    apply: bool | None = None
    stale_s: float = 0.0
    code: str | None = None
    message: str = "A fault was set here."
    body: Bytes | None = None
    status: int | None = None
    hold_s: float = 0.0
    raw: Bytes | None = None
    cut: int | None = None
    drip_s: float = 0.0
    drip_bytes: int = 1
    end: Literal["close", "reset", "hang"] | None = None

    since: float = field(default_factory=time.monotonic)
    seen: int = 0
    hits: int = 0

    def wants(self, service: str, name: str, table: str | None, instance: str | None) -> bool:
        """Whether the request is one of those that the fault chooses from; counts them."""
        asked = ((self.service, service), (self.table, table), (self.instance, instance))
        if any(wanted not in (None, given) for wanted, given in asked):
            return False
        if self.match is None:
            if name == "connect":
                return False
        elif not (name.startswith(self.match) if name.startswith("/") else name == self.match):
            return False
        self.seen += 1
        place = self.seen - self.nth
        if place < 0 or place % self.every or (self.count is not None and self.hits >= self.count):
            return False
        self.hits += 1
        return True

    @property
    def applies(self) -> bool:
        """Whether what was asked for is done."""
        return self.code is None if self.apply is None else self.apply

    def moment(self) -> float | None:
        """When to describe from; None means now."""
        return max(time.monotonic() - self.stale_s, self.since) if self.stale_s else None


class Faults:
    """The faults that are set. The first that wants a request has it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[Fault] = []

    def add(self, fault: Fault | None = None, **parts: Any) -> Fault:
        """Set a fault, given whole or by its parts; it counts its `hits`."""
        fault = fault or Fault(**parts)
        with self._lock:
            self._set.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._set.remove(fault)

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def hit(self, service: str, name: str, table: str | None = None, instance: str | None = None) -> Fault | None:
        if not self._set:
            return None
        with self._lock:
            return next((fault for fault in self._set if fault.wants(service, name, table, instance)), None)
