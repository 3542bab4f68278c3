"""What answers in the API's place, byte by byte: nothing is believed that is not whole and well formed.

Each reply is given to the first reading, where nothing may be written after it, and to a write, whose outcome is
then unknown: the program must look, and must not say OK unless what it asked for is in force.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator

import pytest

from world.memory import peak

from .rig import Rig, opened

XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
OK = b"HTTP/1.1 200 OK\r\n"
TYPE = b"Content-Type: text/xml;charset=UTF-8\r\n"


def counted(body: bytes, head: bytes = OK + TYPE) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*parts: bytes, head: bytes = OK + TYPE) -> bytes:
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(parts)


def with_body(make: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A reply made of the body that the true reply has; the region counts it, see `framed`."""
    return lambda true: make(true.partition(b"\r\n\r\n")[2])


def length(value: bytes, *more: bytes) -> Callable[[bytes], bytes]:
    """The true body under another Content-Length; "%" stands for the right one."""
    def make(body: bytes) -> bytes:
        lines = b"".join(b"Content-Length: " + each.replace(b"%", b"%d" % len(body)) + b"\r\n" for each in (value, *more))
        return OK + TYPE + lines + b"\r\n" + body
    return with_body(make)


def head_line(line: bytes) -> Callable[[bytes], bytes]:
    return with_body(lambda body: counted(body, OK + TYPE + line))


def status_line(line: bytes) -> Callable[[bytes], bytes]:
    return with_body(lambda body: counted(body, line + b"\r\n" + TYPE))


def chunk_size(text: bytes) -> Callable[[bytes], bytes]:
    """The true body in one chunk whose size is written so; "%" stands for the right one."""
    return with_body(lambda body: chunked(text.replace(b"%", b"%x" % len(body)) + b"\r\n" + body + b"\r\n0\r\n\r\n"))


Reply = Callable[[bytes], bytes]

HTTP: dict[str, Reply] = {
    "42-HTTP/2.0": status_line(b"HTTP/2.0 200 OK"),
    "42-two-digits": status_line(b"HTTP/1.1 20 OK"),
    "42-two-blanks": status_line(b"HTTP/1.1  200 OK"),
    "42-99": status_line(b"HTTP/1.1 99 OK"),
    "42-1000": status_line(b"HTTP/1.1 1000 OK"),
    "42-nul": status_line(b"HTTP/1.1 200 O\0K"),
    "42-garbage": lambda true: b"\x15\x03\x01\x00\x02\x02\x28",
    "43-100-a-thousand-times": lambda true: b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + true,
    "43-100-six-times": lambda true: b"HTTP/1.1 100 Continue\r\n\r\n" * 6 + true,
    "43-101": status_line(b"HTTP/1.1 101 Switching Protocols"),
    "43-204-with-a-body": status_line(b"HTTP/1.1 204 No Content"),
    "43-304": status_line(b"HTTP/1.1 304 Not Modified"),
    "45-none": with_body(lambda body: OK + TYPE + b"\r\n" + body),
    "45-empty": length(b""),
    "45-plus": length(b"+%"),
    "45-negative": length(b"-1"),
    "45-hex": length(b"0x10"),
    "45-list": length(b"%, %"),
    "45-list-of-two": length(b"%, 6"),
    "45-two-that-differ": length(b"%", b"6"),
    "45-2^31": length(b"2147483648"),
    "45-2^63": length(b"9223372036854775808"),
    "45-2^64": length(b"18446744073709551616"),
    "45-99-digits": length(b"9" * 99),
    "46-length-and-chunked": with_body(lambda body: chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
                                                            head=OK + TYPE + b"Content-Length: 5\r\n")),
    "46-gzip-chunked": head_line(b"Transfer-Encoding: chunked, gzip\r\n"),
    "46-xchunked": head_line(b"Transfer-Encoding: xchunked\r\n"),
    "46-twice": with_body(lambda body: chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
                                               head=OK + TYPE + b"Transfer-Encoding: chunked\r\n")),
    "46-in-HTTP/1.0": with_body(lambda body: chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), head=b"HTTP/1.0 200 OK\r\n" + TYPE)),
    "47-negative": chunk_size(b"-1"),
    "47-plus": chunk_size(b"+%"),
    "47-0x": chunk_size(b"0x%"),
    "47-underscore": chunk_size(b"1_0"),
    "47-17-digits": chunk_size(b"1" * 17),
    "47-empty": chunk_size(b""),
    "47-blank": chunk_size(b"% "),
    "47-extension": chunk_size(b"%;ext=1"),
    "47-long-extension": chunk_size(b"%;" + b"x" * 1_000_000),
    "47-no-crlf-after": with_body(lambda body: chunked(b"%x\r\n%s0\r\n\r\n" % (len(body), body))),
    "47-lf-only": with_body(lambda body: chunked(b"%x\n%s\n0\n\n" % (len(body), body))),
    "48-trailers-of-1-MB": with_body(lambda body: chunked(b"%x\r\n%s\r\n0\r\n" % (len(body), body) + b"X: y\r\n" * 170_000 + b"\r\n")),
    "49-a-head-of-17-KB": head_line(b"X: " + b"y" * 17_000 + b"\r\n"),
    "49-ten-thousand-headers": head_line(b"X: y\r\n" * 10_000),
    "49-a-header-of-1-MB": head_line(b"X: " + b"y" * 1_000_000 + b"\r\n"),
    "49-no-colon": head_line(b"X\r\n"),
    "49-folded": head_line(b"X: y\r\n z\r\n"),
    "49-blank-before-colon": head_line(b"X : y\r\n"),
    "49-nul-in-name": head_line(b"X\0: y\r\n"),
    "49-0x80-in-name": head_line(b"X\x80: y\r\n"),
    "49-cr-in-name": head_line(b"X\rY: y\r\n"),
    "49-0x80-in-value": head_line(b"X: \x80\r\n"),
    "49-cr-in-value": head_line(b"X: y\rz\r\n"),
    "49-nul-in-value": head_line(b"X: y\0\r\n"),
    "50-bare-lf": lambda true: true.replace(b"\r\n", b"\n"),
    "50-bare-cr": lambda true: true.replace(b"\r\n", b"\r"),
    "52-gzip": head_line(b"Content-Encoding: gzip\r\n"),
    "52-a-portal": lambda true: counted(b"<html>Please log in</html>", OK + b"Content-Type: text/html\r\n"),
    "52-json": lambda true: counted(b"{}", OK + b"Content-Type: application/json\r\n"),
}

SHORT: dict[str, Reply] = {
    "48-no-last-chunk": with_body(lambda body: chunked(b"%x\r\n%s\r\n" % (len(body), body))),
    "51-a-body-that-is-short": length(b"1%"),
    "51-nothing-at-all": lambda true: b"",
    "51-half-a-head": lambda true: true[:20],
    "58-half-a-body": lambda true: true[:-30],
}


def xml(text: bytes) -> Callable[[bytes], bytes]:
    return lambda true: counted(text)


def edited(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """The true body with something changed in it; it must be there."""
    def make(body: bytes) -> bytes:
        assert old in body
        return counted(body.replace(old, new))
    return with_body(make)


MALFORMED: dict[str, Reply] = {
    "56-doctype": edited(b"\n<", b"\n<!DOCTYPE x>\n<"),
    "56-billion-laughs": edited(b"\n<", b'\n<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n<'),
    "56-external": edited(b"\n<", b'\n<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<'),
    "57-depth": xml(XML + b"<a>" * 100_000),
    "57-nine-attributes": edited(b"Response ", b"Response " + b" ".join(b'a%d="x"' % number for number in range(9)) + b" "),
    "57-a-name-of-1-KB": edited(b"<requestId>", b"<" + b"n" * 1024 + b"/><requestId>"),
    "59-comment": edited(b"\n<", b"\n<!-- a comment --><"),
    "59-cdata": edited(b"<requestId>", b"<requestId><![CDATA[x]]>"),
    "59-processing-instruction": edited(b"<requestId>", b"<?php x?><requestId>"),
    "59-bom": with_body(lambda body: counted(b"\xef\xbb\xbf" + body)),
    "59-wrong-closing-tag": edited(b"</requestId>", b"</requestid>"),
    "59-two-roots": edited(b"\n<", b"\n<a/><"),
    "59-text-after-root": lambda true: counted(true.partition(b"\r\n\r\n")[2] + b"x"),
    "59-nul": edited(b"<requestId>", b"<requestId>\0"),
    "59-bad-utf-8": edited(b"<requestId>", b"<requestId>\xc3\x28"),
    "59-utf-16": with_body(lambda body: counted(body.decode().encode("utf-16"))),
    "60-nul-reference": edited(b"<requestId>", b"<requestId>&#0;"),
    "60-past-the-end": edited(b"<requestId>", b"<requestId>&#x110000;"),
    "60-surrogate": edited(b"<requestId>", b"<requestId>&#xD800;"),
    "60-huge": edited(b"<requestId>", b"<requestId>&#99999999999;"),
    "60-unknown-entity": edited(b"<requestId>", b"<requestId>&foo;"),
    "62-another-root": edited(b"Response", b"Answer"),
    "65-empty": xml(b""),
    "65-no-return": xml(XML + b"<a/>"),
}

TABLE = b"<routeTableId>rtb-"
WRONG_IDS: dict[str, Reply] = {
    "61-a-path": edited(TABLE, b"<routeTableId>rtb-../../"),
    "61-300-characters": edited(TABLE, TABLE + b"0" * 300),
    "61-a-blank": edited(TABLE, b"<routeTableId>rtb- "),
    "61-crlf": edited(TABLE, b"<routeTableId>&#13;&#10;rtb-"),
    "61-an-empty-eni": edited(b"<networkInterfaceId>eni-", b"<networkInterfaceId>eni-</networkInterfaceId><x>"),
    "61-a-parameter": edited(TABLE, b"<routeTableId>rtb-0&amp;Action=DeleteRoute&amp;x="),
    "59-a-comment-in-an-id": edited(TABLE, b"<routeTableId>rtb-<!-- --><b/>"),
    "62-no-id": edited(b"routeTableId>", b"id>"),
}
LISTINGS = MALFORMED | WRONG_IDS
LISTINGS.pop("65-no-return")


@pytest.mark.parametrize("reply", HTTP.values(), ids=HTTP)
def test_http_to_the_first_reading(rig: Rig, reply: Callable[[bytes], bytes]) -> None:
    rig.region.framing = "length"
    rig.fault(match="DescribeRouteTables", raw=reply, end="close")
    run = rig.run(deadline=3)
    assert run.kind == "NETWORK" and run.text.startswith("list route tables: "), run.err
    # What cannot be understood will not be the second time either.
    assert rig.region.log.count("DescribeRouteTables") == 1
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("reply", SHORT.values(), ids=SHORT)
def test_a_reply_that_is_cut_is_asked_for_again(rig: Rig, reply: Callable[[bytes], bytes]) -> None:
    rig.region.framing = "length"
    rig.fault(match="DescribeRouteTables", raw=reply, end="close", count=1)
    assert rig.run(deadline=3).kind == "OK"
    rig.is_here(ReplaceRoute=1)
    assert rig.region.log.count("DescribeRouteTables") == 3


@pytest.mark.parametrize("reply", (HTTP | SHORT | MALFORMED).values(), ids=HTTP | SHORT | MALFORMED)
def test_any_of_it_to_a_write_that_was_carried_out(rig: Rig, reply: Callable[[bytes], bytes]) -> None:
    rig.region.framing = "length"
    rig.fault(match="ReplaceRoute", raw=reply, end="close", count=1)
    run = rig.run(deadline=3)
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("reply", LISTINGS.values(), ids=LISTINGS)
def test_xml_to_the_first_reading(rig: Rig, reply: Callable[[bytes], bytes]) -> None:
    rig.region.framing = "length"
    rig.fault(match="DescribeRouteTables", raw=reply, end="close")
    run = rig.run(deadline=3)
    assert run.kind == "NETWORK" and run.text.startswith("list route tables: "), run.err
    rig.nothing_was_written()
    assert rig.region.log.count("DescribeRouteTables") == 1
    rig.recovers()


OTHER_ROUTES = (b"<item><destinationPrefixListId>pl-0123456789abcdef0</destinationPrefixListId><gatewayId>vpce-0123456789abcdef0</gatewayId></item>"
                b"<item><destinationIpv6CidrBlock>::ffff:10.9.0.1/128</destinationIpv6CidrBlock><state>active</state></item>")

GOOD: dict[str, Reply] = {
    "42-no-reason": status_line(b"HTTP/1.1 200 "),
    "43-100-once": lambda true: b"HTTP/1.1 100 Continue\r\n\r\n" + true,
    "43-100-five-times": lambda true: b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + true,
    "45-the-same-twice": length(b"%", b"%"),
    "48-data-after-the-end": lambda true: true + b"HTTP/1.1 200 OK\r\n\r\n",
    "48-a-trailer": with_body(lambda body: chunked(b"%X\r\n%s\r\n00\r\nX: y\r\n\r\n" % (len(body), body))),
    "53-a-second-reply": lambda true: true + true,
    "53-a-second-reply-that-lies": lambda true: true + counted(b"<html/>"),
    "57-an-attribute-of-1-MB-which-is-forgotten": edited(b"Response ", b'Response a="' + b"x" * 1_000_000 + b'" '),
    "57-an-element-of-8-MB-which-is-forgotten": edited(b"<requestId>", b"<n>" + b"x" * 8_000_000 + b"</n><requestId>"),
    "57-a-million-elements": edited(b"<requestId>", b"<n/>" * 1_000_000 + b"<requestId>"),
    "60-references": edited(TABLE, b"<routeTableId>&#114;&#x74;b-"),
    "62-another-prefix": with_body(lambda body: counted(re.sub(rb"<(/?)(\w)", rb"<\1aws:\2", body))),
    "63-routes-of-other-kinds": edited(b"<routeSet>", b"<routeSet>" + OTHER_ROUTES),
    "62-unknown-elements": edited(b"<requestId>", b"<new><routeTableId>rtb-no</routeTableId></new><requestId>"),
    "62-a-tag-that-looks-like-a-table": edited(b"<tagSet>", b"<tagSet><item><key>k</key><value>rtb-0123456789abcdef0</value></item>"),
}


@pytest.mark.parametrize("reply", GOOD.values(), ids=GOOD)
def test_what_is_unusual_but_right(rig: Rig, reply: Callable[[bytes], bytes]) -> None:
    rig.region.framing = "length"
    rig.fault(match="DescribeRouteTables", raw=reply)
    assert rig.run(deadline=10).kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("reply", ["48-data-after-the-end", "53-a-second-reply"])
def test_51_53_what_follows_a_reply_is_not_read_and_ends_the_connection(rig: Rig, reply: str) -> None:
    rig.region.framing = "length"
    rig.fault(match="DescribeRouteTables", raw=GOOD[reply], count=1)
    assert rig.run(deadline=3).kind == "OK"
    rig.is_here(ReplaceRoute=1)
    used = [request.connection for request in rig.region.log.requests if request.service == "ec2"]
    assert len(used) == 3 and used[0] not in used[1:]


def test_53_a_reply_that_nobody_asked_for_yet(rig: Rig) -> None:
    """It comes on a kept connection, when the write is on its way: it is not the write's, which is lost, and looked for."""
    rig.region.framing = "length"
    padded = 8192

    def twice(true: bytes) -> bytes:
        body = true.partition(b"\r\n\r\n")[2]
        room = padded - len(counted(body, OK + TYPE + b"X: \r\n"))
        return counted(body, OK + TYPE + b"X: " + b"y" * room + b"\r\n") + true
    rig.fault(match="DescribeRouteTables", raw=twice, count=1, drip_bytes=padded, drip_s=0.05)
    assert rig.run(deadline=3).kind == "OK"
    assert rig.owners() == ["B"] and rig.alias
    # The region comes to the first write when it has sent all of that, be it after the second; a reading lies between.
    until = time.monotonic() + 5
    while any(connection.closed is None for connection in rig.region.log.connections) and time.monotonic() < until:
        time.sleep(0.01)
    assert rig.writes()["ReplaceRoute"] <= 2 and rig.region.log.count("DescribeRouteTables") >= 3


def test_47_more_bytes_than_any_listing_has(rig: Rig) -> None:
    megabyte = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    start = XML + b"<DescribeRouteTablesResponse><requestId>"
    rig.fault(match="DescribeRouteTables", raw=chunked(b"%x\r\n%s\r\n" % (len(start), start), megabyte * 33), end="close")
    run = rig.run(deadline=10)
    assert run.kind == "NETWORK" and "it is too large" in run.text, run.err
    assert rig.region.log.count("DescribeRouteTables") == 1
    rig.nothing_was_written()
    rig.recovers()


MUCH = {reply: replies[reply] for replies, names in (
    (HTTP, ["49-ten-thousand-headers", "49-a-header-of-1-MB", "48-trailers-of-1-MB", "47-long-extension"]),
    (MALFORMED, ["56-billion-laughs", "57-depth"]),
    (GOOD, ["57-an-attribute-of-1-MB-which-is-forgotten", "57-an-element-of-8-MB-which-is-forgotten", "57-a-million-elements"])) for reply in names}


@pytest.mark.parametrize("reply", MUCH.values(), ids=MUCH)
def test_49_56_57_memory_is_what_it_always_is(rig: Rig, reply: Reply) -> None:
    def most_kb() -> int:
        return peak(rig.place, rig.argv("status", "--deadline", "10"), rig.environment()).resident_kb
    rig.region.framing = "length"
    always = most_kb()
    rig.fault(match="DescribeRouteTables", raw=reply, end="close")
    assert most_kb() <= always + 64


@pytest.mark.parametrize("where", ["http://169.254.169.254/latest/meta-data/", "https://localhost:1/", "//elsewhere.example/", "/"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_44_a_redirect_is_never_followed(rig: Rig, status: int, where: str) -> None:
    answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
    rig.fault(match="DescribeRouteTables", raw=answer)
    run = rig.run(deadline=3)
    assert run.kind == "NETWORK" and f"unexpected redirect (HTTP {status})" in run.text, run.err
    # The credentials were sent once, and nobody was asked anything after it.
    assert rig.asked("ec2") == 1
    assert rig.region.log.requests[-1].service == "ec2"
    rig.nothing_was_written()
    rig.recovers()


def test_44_a_redirected_write_is_looked_at_and_not_repeated_elsewhere(rig: Rig) -> None:
    answer = b"HTTP/1.1 307 Elsewhere\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n"
    rig.fault(match="ReplaceRoute", raw=answer, count=1)
    assert rig.run(deadline=3).kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_54_byte_by_byte(rig: Rig, framing: str) -> None:
    rig.region.framing = framing  # type: ignore[assignment]
    rig.fault(service="ec2", drip_s=1e-9)
    rig.fault(service="imds", match="/latest/api/token", drip_s=1e-9)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def cut_at(true: bytes, place: int) -> bytes:
    return true[:place]


def altered_at(true: bytes, place: int) -> bytes:
    return true[:place] + bytes([true[place] ^ 1]) + true[place + 1:]


@pytest.mark.parametrize("damage", [cut_at, altered_at])
@pytest.mark.parametrize("match",
                         ["DescribeRouteTables", "ReplaceRoute", "/latest/api/token", "/latest/meta-data/iam/security-credentials/mirror"])
def test_142_a_reply_is_damaged_somewhere(rig: Rig, match: str, damage: Callable[[bytes, int], bytes]) -> None:
    """At each of its bytes in tests/unit/test_app_damage.c; here over a real connection, at twelve places."""
    chance = random.Random(match)
    for _ in range(12):
        rig.reset()
        rig.fault(match=match, count=1, raw=lambda true: damage(true, chance.randrange(len(true))), end="close")
        run = rig.run(deadline=4)
        assert run.kind != "OK" or (rig.owners() == ["B"] and rig.alias), run.err
        assert run.kind in ("OK", "PARTIAL", "UNVERIFIED", "CONFLICT") or rig.owners() == ["A"], run.err
        rig.recovers()


@pytest.mark.parametrize("cut", range(1, 1400, 350))
def test_58_a_listing_cut_anywhere_and_for_ever(rig: Rig, cut: int) -> None:
    rig.fault(match="DescribeRouteTables", cut=cut)
    run = rig.run(deadline=1)
    assert run.kind in ("NETWORK", "DEADLINE"), run.err
    rig.nothing_was_written()


@pytest.mark.parametrize("body", [b"", b"<html><body>Bad gateway</body></html>", b'{"message": "no"}', b"\0\xff\x1b[31m",
                                  XML + b"<Response><Errors><Error><Code>X\x1b[31mY</Code></Error></Errors></Response>",
                                  XML + b"<Response><Errors><Error><Code>Odd</Code><Message>" + b"m" * 1_000_000 +
                                  b"</Message></Error></Errors></Response>"],
                         ids=["empty", "html", "json", "binary", "escapes", "1-MB"])
def test_66_an_error_whose_body_is_anything(rig: Rig, body: bytes) -> None:
    rig.fault(match="DescribeRouteTables", status=400, body=body)
    run = rig.run(deadline=3)
    assert run.kind == "REFUSED" and "HTTP 400" in run.text and len(run.text) < 768, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("message", ["\u202e evil", "line\nmirrorvip: OK: all is well", "\x9b31m"])
def test_66_a_message_with_terminal_escapes(rig: Rig, message: str) -> None:
    rig.fault(match="DescribeRouteTables", code="Odd", message=message)
    run = rig.run(deadline=3)
    assert run.kind == "REFUSED" and "Odd: " in run.text, run.err
    rig.nothing_was_written()


def test_65_a_return_of_false_is_no_success(rig: Rig) -> None:
    rig.fault(match="ReplaceRoute", apply=False, raw=counted(XML + b"<ReplaceRouteResponse><return>false</return></ReplaceRouteResponse>"))
    run = rig.run(deadline=2)
    assert run.kind == "UNVERIFIED" and "without saying that it did it" in run.text, run.err
    assert rig.owners() == ["A"]
    # It looks before it repeats a write, and does not repeat it for ever.
    assert [request.action for request in rig.region.log.requests if request.service == "ec2"] == [
        "DescribeRouteTables", *["ReplaceRoute", "DescribeRouteTables"] * 4]
    rig.recovers()


def test_63_two_routes_to_the_vip_are_ambiguous(rig: Rig) -> None:
    twice = edited(b"<routeSet>", b"<routeSet><item><destinationCidrBlock>10.9.0.1/32</destinationCidrBlock><state>active</state>"
                   b"<origin>CreateRoute</origin><networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId></item>")
    rig.region.framing = "length"
    rig.fault(match="DescribeRouteTables", raw=twice)
    run = rig.run(deadline=3)
    assert run.kind == "REFUSED" and "ambiguous" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("state", ["blackhole", "filtered", "something-new"])
def test_63_a_route_of_ours_that_is_not_active_is_replaced(rig: Rig, state: str) -> None:
    # As AWS would, the region calls it active once it has been replaced.
    rig.region.set_route(rig.scene.tables[0], rig.scene.destination, rig.scene.a.eni, state=state)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_64_the_table_that_matters_is_on_the_second_page(three: Rig) -> None:
    three.region.page_size, three.region.empty_pages = 1, True
    three.region.set_route(min(three.scene.tables), three.scene.destination, three.scene.b.eni)
    three.region.log.clear()
    assert three.run().kind == "OK"
    three.is_here(ReplaceRoute=2)
    # Three pages with a table on each, an empty one before each; read once, and twice after the writes, as one was here already.
    assert three.region.log.count("DescribeRouteTables") == 3 * 6


def test_64_the_same_token_for_ever(rig: Rig) -> None:
    page = XML + b"<DescribeRouteTablesResponse><routeTableSet/><nextToken>again</nextToken></DescribeRouteTablesResponse>"
    rig.fault(match="DescribeRouteTables", raw=counted(page))
    run = rig.run(deadline=3)
    assert run.kind == "NETWORK" and "same page twice" in run.text, run.err
    assert rig.region.log.count("DescribeRouteTables") == 2
    rig.nothing_was_written()
    rig.recovers()


def test_64_endless_pages(rig: Rig) -> None:
    pages = iter(range(1000))
    empty = XML + b"<DescribeRouteTablesResponse><routeTableSet/><nextToken>t%d</nextToken></DescribeRouteTablesResponse>"
    rig.fault(match="DescribeRouteTables", raw=lambda true: counted(empty % next(pages)))
    run = rig.run()
    assert run.kind == "NETWORK" and "more than 64 pages" in run.text, run.err
    assert rig.region.log.count("DescribeRouteTables") == 64
    rig.nothing_was_written()
    rig.recovers()


@pytest.fixture(scope="module")
def most_tables() -> Iterator[Rig]:
    with opened(tables=256) as rig:
        yield rig


@pytest.fixture
def many(most_tables: Rig) -> Iterator[Rig]:
    """As many tables as are looked at, all at host B, five on a page: 52 pages."""
    most_tables.reset()
    for table in most_tables.scene.tables:
        most_tables.region.set_route(table, most_tables.scene.destination, most_tables.scene.b.eni)
    most_tables.region.log.clear()
    most_tables.region.page_size = 5
    yield most_tables


def test_64_more_than_fifty_pages_of_which_the_last_matters(many: Rig) -> None:
    many.region.set_route(max(many.scene.tables), many.scene.destination, many.scene.a.eni)
    many.region.log.clear()
    run = many.run()
    assert run.kind == "OK", run.err
    many.is_here(ReplaceRoute=1)
    assert many.region.log.count("DescribeRouteTables") == 3 * 52


def test_64_a_listing_that_ends_amid_its_pages(many: Rig) -> None:
    """The last page never comes: what was read so far is not taken for all."""
    many.region.set_route(min(many.scene.tables), many.scene.destination, many.scene.a.eni)
    many.region.log.clear()
    many.fault(match="DescribeRouteTables", nth=52, status=400, code="InvalidNextToken")
    run = many.run(deadline=4)
    assert run.kind == "REFUSED" and "InvalidNextToken" in run.text, run.err
    assert not many.writes()


def test_122_more_than_fifty_tables_by_name(many: Rig) -> None:
    named = many.scene.tables[:51]
    for table in many.scene.tables[:60]:
        many.region.set_route(table, many.scene.destination, many.scene.a.eni)
    many.region.log.clear()
    run = many.run("acquire", "--route-table", ",".join(named))
    assert run.kind == "OK", run.err
    assert many.writes() == {"ReplaceRoute": 51} and many.owners() == ["B"] * 51 + ["A"] * 9 + ["B"] * 196
