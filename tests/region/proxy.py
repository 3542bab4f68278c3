"""An HTTP proxy that understands CONNECT and nothing else, keeps what it was sent, and can be told to misbehave."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable
from typing import Literal

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
UNKNOWN = (b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
           b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nno!\n")


class Proxy:
    """Serves from the start of its `with` to its end. `connect` makes the connection to a host and port that it is asked for.

    What it says once it has the head of a request is the next of `answers`; the last one stays. `then` is what it does
    next: carry bytes to and fro, or one of the ways not to. `password` is the Basic authorization that it demands.
    """

    def __init__(self, listener: socket.socket, connect: Callable[[str, int], socket.socket]):
        self.port: int = listener.getsockname()[1]
        self.answers = [CONNECTED]
        self.then: Literal["carry", "close", "reset", "hang"] = "carry"
        self.password = ""
        self.heads: list[bytes] = []
        # What came beside heads from whom it has not carried, and the first bytes of each that it has.
        self.stray = bytearray()
        self.carried: list[bytes] = []
        self._listener, self._connect = listener, connect
        self._done = threading.Event()
        self._open: set[socket.socket] = {listener}

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for each in list(self._open):
            _end(each)
        self._listener.close()

    def _accept(self) -> None:
        while not self._done.is_set():
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        self._open.add(wire)
        try:
            with wire:
                head, rest = _head(wire)
                self.heads.append(head)
                self.stray += rest
                self._respond(wire, head)
        except OSError:
            pass
        finally:
            self._open.discard(wire)

    def _respond(self, wire: socket.socket, head: bytes) -> None:
        if self.password and f"\r\nProxy-Authorization: Basic {self.password}\r\n".encode() not in head:
            wire.sendall(UNKNOWN)
            return
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        carries = self.then == "carry" and re.search(rb"HTTP/1\.[01] 2", answer)
        far = self._connect(*_target(head)) if carries else None
        wire.sendall(answer)
        if far:
            self._carry(wire, far)
        elif self.then == "hang":
            while more := wire.recv(65536):
                self.stray += more
        elif self.then == "reset":
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        self._open.add(far)
        with far:
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            self.carried.append(first := near.recv(65536))
            far.sendall(first)
            _copy(near, far)
            back.join()
        self._open.discard(far)


def _head(wire: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = wire.recv(65536)
        if not more:
            raise ConnectionError("it ended in its head")
        data += more
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _target(head: bytes) -> tuple[str, int]:
    host, _, port = head.split(b" ")[1].decode().rpartition(":")
    return host, int(port)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    _end(sink)


def _end(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
