"""HTTP/1.1 by hand, because a test server must decide every byte of the framing itself.

Reading is strict: the client under test is ours, and what a lenient server forgives it would never learn.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from .errors import Refused

HEAD_LIMIT = 32 * 1024
BODY_LIMIT = 1024 * 1024

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 412: "Precondition Failed", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}

_REQUEST_LINE = re.compile(r"([A-Z]+) (/[!-~]*) HTTP/1\.1")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")


@dataclass(slots=True)
class Request:
    """A whole request. Header names are in lower case, each once."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def last(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


@dataclass(slots=True)
class Reply:
    """What to answer. `error` is for the log; `close` ends the connection after it; `hops` is how far it gets."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    close: bool = False
    hops: int | None = None


class Reader:
    """Takes requests, one after the other, from a function like `socket.recv`."""

    def __init__(self, receive: Callable[[int], bytes]):
        self._receive = receive
        self._buffer = b""

    def next(self) -> Request | None:
        """The next request; None when the peer has ended properly between two. `Refused` if it is malformed."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise Refused("BadRequest", "The head is too long")
            if not self._fill():
                if self._buffer:
                    raise Refused("BadRequest", "The request ends in its head")
                return None
        request, length = _parse_head(self._buffer[:end])
        whole = end + 4 + length
        while len(self._buffer) < whole:
            if not self._fill():
                raise Refused("BadRequest", "The request ends in its body")
        request.body, self._buffer = self._buffer[end + 4:whole], self._buffer[whole:]
        return request

    def _fill(self) -> bool:
        more = self._receive(65536)
        self._buffer += more
        return bool(more)


def _parse_head(head: bytes) -> tuple[Request, int]:
    """The request without its body, and how long that is."""
    line, *rest = head.decode("latin-1").split("\r\n")
    match = _REQUEST_LINE.fullmatch(line)
    if not match:
        raise Refused("BadRequest", "The request line is malformed")
    headers: dict[str, str] = {}
    for text in rest:
        found = _FIELD.fullmatch(text)
        if not found or found[1].lower() in headers:
            raise Refused("BadRequest", "A header is malformed or comes twice")
        headers[found[1].lower()] = found[2]
    length = headers.get("content-length", "0")
    if "host" not in headers or "transfer-encoding" in headers or not re.fullmatch("[0-9]{1,7}", length):
        raise Refused("BadRequest", "Host and Content-Length are what this server needs")
    if int(length) > BODY_LIMIT:
        raise Refused("BadRequest", "The body is too long")
    path, _, query = match[2].partition("?")
    return Request(match[1], path, query, headers, b""), int(length)


@lru_cache(maxsize=8)
def _date(second: int) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(second))


def encode(reply: Reply, now: float, chunked: random.Random | None = None) -> bytes:
    """The reply's bytes. With a source of chance the body comes in chunks, cut anywhere, sometimes with trailers."""
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines.append(f"Date: {_date(int(now))}")
    if reply.close:
        lines.append("Connection: close")
    lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(reply.body)}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + (_chunks(reply.body, chunked) if chunked else reply.body)


def _chunks(body: bytes, chance: random.Random) -> bytes:
    parts, at = [], 0
    # Up to about ten chunks: small ones in small bodies, so that elements, and entities, are cut in the middle.
    top = max(16, len(body) // 5)
    while at < len(body):
        size = chance.randint(1, top)
        piece = body[at:at + size]
        parts += [f"{len(piece):{chance.choice('xX')}}\r\n".encode(), piece, b"\r\n"]
        at += size
    trailer = b"X-Amzn-Trailer: 1\r\n" if chance.random() < 0.25 else b""
    return b"".join(parts) + b"0\r\n" + trailer + b"\r\n"
