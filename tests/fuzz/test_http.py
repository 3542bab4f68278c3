"""HTTP beside Python's `http.client`, which takes nearly everything: what this program takes both take and mean the same, and what only it
refuses it refuses for one of the reasons of STRICTER."""

from __future__ import annotations

import http.client
import io
import random
import re
import socket

from .oracle import mutated, told

COUNT = 6000

# What this program says of a reply that http.client takes, and the clause by which it may.
STRICTER = {
    "the reply is not whole": "the end of the connection is never the end of a message (RFC 9112, 8)",
    "it does not begin with HTTP/1.1": "that, or HTTP/1.0 (2.3)",
    "its status is no number from 100 to 599": "three digits and a blank (4)",
    "its status has no meaning here": "101, 204, 205 and 304 answer no request of ours (RFC 9110, 15)",
    "its status line holds a control or non-ASCII byte": "4",
    "a header begins with no name": "no name, or a line that is folded (5.1, 5.2)",
    "a header has no name": "5.1",
    "a header holds a control or non-ASCII byte": "5.5 of RFC 9110; obs-text is none that AWS sends",
    "a line or chunk does not end with CR LF": "2.2 lets a reader be so lax; this one is not",
    "its Content-Length is no number": "6.3",
    "it has two lengths": "6.3",
    "it is too large": "LIMIT_HTTP_BODY",
    "its Transfer-Encoding is not just 'chunked'": "6.1",
    "it has both Transfer-Encoding and Content-Length": "6.1: they may be of a message within a message",
    "it has no length": "6.3: only the end of the connection would end it",
    "its body is encoded, which was not asked for": "RFC 9110, 8.4",
    "a chunk's size is no hexadecimal number": "7.1; nor are there extensions (7.1.1)",
    "a chunk has no size": "7.1",
    "a chunk is too large": "7.1",
    "an interim reply with a body, or too many of them": "RFC 9110, 15.2; LIMIT_HTTP_INTERIM",
    "a header that frames it is too long": "no length or coding is",
    "its head or trailers are too long": "LIMIT_HTTP_HEAD",
}


class _Connection:
    """What http.client takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self.data))  # type: ignore[arg-type]


def meaning(data: bytes) -> tuple[int, bytes] | None:
    # It takes a blank behind a coding for a part of it, which no blank there is (RFC 9110, 5.5).
    data = re.sub(rb"(?i)(\r\ntransfer-encoding:[ \t]*chunked)[ \t]+\r\n", rb"\1\r\n", data)
    reply = http.client.HTTPResponse(_Connection(data), method="POST")  # type: ignore[arg-type]
    try:
        reply.begin()
        return reply.status, reply.read()
    except (http.client.HTTPException, ValueError, socket.error):
        return None


def _chunked(chance: random.Random, body: bytes) -> bytes:
    made = b""
    while body:
        cut = chance.randint(1, len(body))
        made += f"{cut:{chance.choice(('x', 'X', '04x'))}}\r\n".encode() + body[:cut] + b"\r\n"
        body = body[cut:]
    return made + chance.choice((b"0\r\n\r\n", b"000\r\nX-Trailer: 1\r\n\r\n"))


def _reply(chance: random.Random) -> tuple[bytes, int, bytes]:
    body, status = chance.randbytes(chance.randint(0, 60)), chance.choice((200, 200, 206, 301, 400, 403, 503, 599))
    by_chunks = chance.random() < 0.5
    headers = [b"Date: Sun, 06 Nov 1994 08:49:37 GMT", b"Server:", b"X-A: b c\t", b"x-amzn-requestid:\t1-2", b"Connection: keep-alive",
               b"Content-Type: text/xml;charset=UTF-8"]
    headers = chance.sample(headers, chance.randint(0, len(headers)))
    headers.insert(chance.randint(0, len(headers)), chance.choice((b"Transfer-Encoding:chunked", b"transfer-encoding: Chunked")) if by_chunks
                   else b"%s: %d" % (chance.choice((b"Content-Length", b"CONTENT-LENGTH")), len(body)))
    interim = chance.choice((b"", b"", b"HTTP/1.1 100 Continue\r\n\r\n"))
    line = b"HTTP/1.%d %d%s\r\n" % (1 if by_chunks else chance.randint(0, 1), status, chance.choice((b"", b" ", b" OK then")))
    return interim + line + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + (_chunked(chance, body) if by_chunks else body), status, body


def test_replies_of_the_grammar_mean_the_same() -> None:
    chance = random.Random(9112)
    made = [_reply(chance) for _ in range(COUNT // 3)]
    for it, (data, status, body) in zip(told("http", (data for data, _, _ in made)), made):
        assert it.taken and meaning(it.meaning) == meaning(data) == (status, body), it


def test_changed_replies_mean_the_same_or_are_refused_for_a_reason() -> None:
    chance = random.Random(1)
    every, reasons = told("http", mutated("http", COUNT, (_reply(chance)[0] for _ in range(100)))), set()
    for it in every:
        if it.taken:
            theirs, ours = meaning(it.data), meaning(it.meaning)
            # http.client takes an interim reply other than 100 for the final one.
            assert ours is not None and (theirs == ours or (theirs is not None and 100 < theirs[0] < 200)), it
        elif meaning(it.data) is not None:
            reasons.add(it.why.removeprefix("malformed reply: "))
    assert reasons <= STRICTER.keys(), reasons - STRICTER.keys()
    assert 100 < sum(it.taken for it in every) < len(every) - 100
