"""One in the middle, between the program and the API: every record of TLS goes through its hands, and it may change one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from .rig import Rig
from .servers import talking


@dataclass(frozen=True)
class Place:
    """Which record of a run's first connection."""

    sender: str  # "program" or "API"
    number: int  # of its sender's
    kind: int  # ContentType


Change = Callable[[Place, bytes], bytes]


def _records(wire: socket.socket) -> Iterator[bytes]:
    held = b""
    while more := wire.recv(65536):
        held += more
        while len(held) >= 5 and len(held) >= (end := 5 + int.from_bytes(held[3:5], "big")):
            yield held[:end]
            held = held[end:]


def _carry(sender: str, source: socket.socket, sink: socket.socket, change: Change) -> None:
    with suppress(OSError):
        for number, record in enumerate(_records(source)):
            sink.sendall(change(Place(sender, number, record[0]), record))
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def through(rig: Rig, change_of: Callable[[], Change]) -> Iterator[list[str]]:
    """Its options lead the program through here, each connection with a change of its own. One that raises OSError ends it."""
    def talk(client: socket.socket) -> None:
        does = change_of()
        with rig.place.call(socket.create_connection, ("127.0.0.1", rig.api_port)) as api:
            back = threading.Thread(target=_carry, args=("API", api, client, does), daemon=True)
            back.start()
            _carry("program", client, api, does)
            back.join(5)
    with talking(rig, talk) as options:
        yield options


@contextmanager
def between(rig: Rig, change: Change) -> Iterator[list[str]]:
    """Connections after the first are left as they are."""
    first = threading.Semaphore(1)
    with through(rig, lambda: change if first.acquire(blocking=False) else lambda place, record: record) as options:
        yield options
