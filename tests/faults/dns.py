"""A name server that answers as it is told to."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .rig import Rig, in_thread

A, AAAA = 1, 28
# What to answer to a question: any number of packets. The arguments are the query and its type.
Answer = Callable[[bytes, int], list[bytes]]


def question_of(query: bytes) -> bytes:
    end = query.index(b"\0", 12) + 5
    return query[12:end]


def type_of(query: bytes) -> int:
    return int(struct.unpack("!H", question_of(query)[-4:-2])[0])


def record(address: str, kind: int = A) -> bytes:
    data = socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, address)
    return struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data


def reply(query: bytes, *records: bytes, code: int = 0, flags: int = 0x8180, questions: int = 1, count: int | None = None) -> bytes:
    head = query[:2] + struct.pack("!HHHHH", flags | code, questions, len(records) if count is None else count, 0, 0)
    return head + (question_of(query) if questions else b"") + b"".join(records)


def addresses(*given: str) -> Answer:
    """An honest server for one name."""
    return lambda query, kind: [reply(query, *(record(each, kind) for each in given if (":" in each) == (kind == AAAA)))]


def truncated(query: bytes, kind: int) -> list[bytes]:
    """The answer is too long for a datagram."""
    return [reply(query, flags=0x8380)]


@contextmanager
def serving(rig: Rig, answer: Answer, address: str = "127.0.0.1", late_s: float = 0) -> Iterator[list[bytes]]:
    """Answer so at port 53 of the host, or only when some time has passed; gives the queries that came."""
    def bind() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, 53))
        return made
    queries: list[bytes] = []
    wires: list[socket.socket] = []

    def serve() -> None:
        time.sleep(late_s)
        wires.append(rig.place.call(bind))
        bound.set()
        while True:
            query, peer = wires[0].recvfrom(2048)
            if len(query) < 12:
                return
            queries.append(query)
            for packet in answer(query, type_of(query)):
                wires[0].sendto(packet, peer)
    bound = threading.Event()
    thread = in_thread(serve)
    try:
        if not late_s:
            assert bound.wait(5)
        yield queries
    finally:
        assert bound.wait(5)
        # A datagram that is no query ends it.
        rig.place.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", (address, 53)))
        thread.join(5)
        wires[0].close()


@contextmanager
def serving_tcp(rig: Rig, answer: Answer, address: str = "127.0.0.1") -> Iterator[list[bytes]]:
    """The same over TCP, one query a connection."""
    listener, queries = rig.place.call(socket.create_server, (address, 53)), []

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire, wire.makefile("rb") as file:
                query = file.read(struct.unpack("!H", file.read(2))[0])
                queries.append(query)
                for packet in answer(query, type_of(query)):
                    wire.sendall(struct.pack("!H", len(packet)) + packet)
    thread = in_thread(serve)
    try:
        yield queries
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        listener.close()
