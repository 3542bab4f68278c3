"""A name server that answers as it is told to."""

from __future__ import annotations

import socket
import struct
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


@contextmanager
def serving(rig: Rig, answer: Answer, address: str = "127.0.0.1") -> Iterator[list[bytes]]:
    """Answer so at port 53 of the host; gives the queries that came."""
    def bind() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, 53))
        return made
    wire, queries = rig.place.call(bind), []

    def serve() -> None:
        while True:
            query, peer = wire.recvfrom(2048)
            if len(query) < 12:
                return
            queries.append(query)
            for packet in answer(query, type_of(query)):
                wire.sendto(packet, peer)
    thread = in_thread(serve)
    try:
        yield queries
    finally:
        # A datagram that is no query ends it.
        rig.place.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", (address, 53)))
        thread.join(5)
        wire.close()
