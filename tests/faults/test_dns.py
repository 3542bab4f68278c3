"""Names: what a name server does or does not say, and that a signed request goes only where an API can be."""

from __future__ import annotations

import errno
import re
import socket
import struct
import time

import pytest

from . import calls
from .dns import A, AAAA, Answer, addresses, record, reply, serving, serving_tcp, truncated, type_of
from .rig import API, API_NAME, CA_FILE, NOWHERE, Rig, Run

CA = ("--ca-bundle", CA_FILE)


def run(rig: Rig, deadline: int = 5) -> Run:
    return rig.run("acquire", *CA, endpoint=False, deadline=deadline)


def unresolved(rig: Rig, says: str = "") -> Run:
    done = run(rig)
    assert done.kind == "NETWORK" and f"cannot resolve {API_NAME}" in done.text and says in done.text, done.err
    assert not rig.connections("ec2") and done.seconds < 2.5
    rig.nothing_was_written()
    # The role's keys are fetched when there is somebody to send a signature to.
    assert not rig.region.log.count("/latest/meta-data/iam/security-credentials/mirror")
    return done


def test_an_honest_server(rig: Rig) -> None:
    with serving(rig, addresses(API)) as queries:
        assert run(rig).kind == "OK"
    assert queries and rig.owners() == ["B"]
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "nonsense\n\0\xff\nnameserver\nnameserver not-an-address\n" + "x" * 5000])
def test_1_without_a_list_of_servers_the_hosts_own_is_asked(rig: Rig, text: str | None) -> None:
    rig.place.run(["rm", "-f", "/etc/resolv.conf"])
    if text is not None:
        rig.place.write("/etc/resolv.conf", text)
    with serving(rig, addresses(API)):
        assert run(rig).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_1_nor_does_the_host_itself_answer(rig: Rig) -> None:
    rig.place.run(["rm", "-f", "/etc/resolv.conf"])
    unresolved(rig, "no name server of /etc/resolv.conf gives an answer")
    rig.recovers()


def test_2_3_nobody_answers_and_the_list_asks_for_patience(rig: Rig) -> None:
    rig.place.write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:60 attempts:10\nsearch a.example b.example\n")
    with serving(rig, lambda query, kind: []):
        unresolved(rig, "within 2 s")
    rig.recovers()


def test_2_an_address_for_when_nobody_answers(rig: Rig) -> None:
    with serving(rig, lambda query, kind: []) as queries:
        done = rig.run("acquire", "-v", *CA, "--endpoint-ip", API, endpoint=False)
    assert done.kind == "OK" and 2 <= done.seconds < 3 and queries, done.err
    assert re.search(rf"name +{API} of --endpoint-ip, as nobody tells {API_NAME}\n", done.err), done.err
    rig.is_here(ReplaceRoute=1)


def test_2_the_name_servers_word_comes_first(rig: Rig) -> None:
    with serving(rig, addresses(API)):
        done = rig.run("acquire", "-v", *CA, "--endpoint-ip", NOWHERE, endpoint=False)
    assert done.kind == "OK" and done.seconds < 1 and re.search(rf"name +{API_NAME}\n", done.err), done.err
    rig.is_here(ReplaceRoute=1)


def test_4_there_is_no_such_name(rig: Rig) -> None:
    with serving(rig, lambda query, kind: [reply(query, code=3)]):
        assert unresolved(rig).seconds < 1


def test_4_a_failure_that_passes(rig: Rig) -> None:
    asked = []

    def answer(query: bytes, kind: int) -> list[bytes]:
        asked.append(kind)
        return [reply(query, code=2)] if len(asked) < 3 else addresses(API)(query, kind)
    with serving(rig, answer):
        assert run(rig).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_4_a_failure_that_stays(rig: Rig) -> None:
    with serving(rig, lambda query, kind: [reply(query, code=2)]):
        unresolved(rig, "gives an answer within 2 s")


def test_4_refused(rig: Rig) -> None:
    with serving(rig, lambda query, kind: [reply(query, code=5)]):
        unresolved(rig)


def test_5_an_answer_that_is_cut_is_not_used(rig: Rig) -> None:
    with serving(rig, lambda query, kind: [reply(query, record("203.0.113.9") if kind == A else b"", count=kind == A, flags=0x8380)]):
        unresolved(rig)


def test_5_a_long_answer_is_asked_for_again_over_tcp(rig: Rig) -> None:
    # Forty addresses: more than a datagram holds, and more than are tried.
    with serving(rig, truncated), serving_tcp(rig, addresses(API, *["203.0.113.9"] * 39)) as asked:
        assert run(rig).kind == "OK"
    assert {type_of(query) for query in asked} == {A, AAAA}
    rig.is_here(ReplaceRoute=1)


def test_5_where_nobody_answers_over_tcp(rig: Rig) -> None:
    with serving(rig, truncated) as asked:
        unresolved(rig)
    assert asked


def test_9_the_name_server_restarts(rig: Rig) -> None:
    # A query that finds no socket is refused with an ICMP message, which the C library does not look at.
    with serving(rig, addresses(API), late_s=0.4):
        done = run(rig)
    assert done.kind == "OK" and done.seconds < 1.5, done.err
    rig.is_here(ReplaceRoute=1)


def test_9_the_first_query_is_lost(rig: Rig) -> None:
    asked = []

    def answer(query: bytes, kind: int) -> list[bytes]:
        asked.append(kind)
        return addresses(API)(query, kind) if len(asked) > 2 else []
    with serving(rig, answer):
        done = run(rig)
    assert done.kind == "OK" and done.seconds < 1.5, done.err
    rig.is_here(ReplaceRoute=1)


def test_9_a_slow_name_server_has_its_time(rig: Rig) -> None:
    def answer(query: bytes, kind: int) -> list[bytes]:
        time.sleep(0.3)
        return addresses(API)(query, kind)
    with serving(rig, answer):
        done = run(rig)
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)


def failing(rig: Rig, call: str, error: int, nth: int = 1, on: bool = True) -> Run:
    """A run whose look-up cannot make that call any more, but for those that only ask whether there is IPv4."""
    def answer(made: calls.Call) -> int | None:
        return -error if made.process > 0 and (made.nth >= nth if on else made.process == 1 and made.nth == nth) else None
    argv = rig.argv("acquire", *CA, "--deadline", "5", endpoint=False)
    with serving(rig, addresses(API)):
        return calls.run(rig, argv, [call], answer, deadline_s=5)


WORDS = {errno.EMFILE: "No file descriptors available", errno.EPERM: "Operation not permitted", errno.ENETUNREACH: "Network unreachable"}


# The first two sockets of a look-up only find out whether the host has IPv4 and IPv6.
@pytest.mark.parametrize(("call", "nth"), [("socket", 3), ("bind", 1)])
@pytest.mark.parametrize("error", [errno.EMFILE, errno.EPERM, errno.ENETUNREACH], ids=errno.errorcode.get)
def test_10_a_look_up_that_cannot_begin_says_why(rig: Rig, call: str, nth: int, error: int) -> None:
    done = failing(rig, call, error, nth)
    assert done.kind == "NETWORK" and WORDS[error] in done.text, done.err
    assert not rig.connections("ec2")
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize(("call", "nth"), [("socket", 3), ("bind", 1), ("sendto", 1)])
def test_10_a_look_up_that_cannot_begin_is_begun_again(rig: Rig, call: str, nth: int) -> None:
    done = failing(rig, call, errno.EMFILE, nth, on=False)
    assert done.kind == "OK" and done.seconds < 2, done.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENETUNREACH], ids=errno.errorcode.get)
def test_10_no_query_can_be_sent(rig: Rig, error: int) -> None:
    # The C library takes it for a query that was lost, so there is no errno to tell.
    done = failing(rig, "sendto", error)
    assert done.kind == "NETWORK" and "gives an answer within 2 s" in done.text, done.err
    assert not rig.connections("ec2")
    rig.nothing_was_written()


def test_140_no_memory_for_a_look_up(rig: Rig) -> None:
    # Nothing else allocates: tests/check/layers proves it.
    argv = rig.argv("acquire", *CA, "--deadline", "5", endpoint=False)
    asked = []

    def answer(made: calls.Call) -> int | None:
        asked.append(made.process)
        return -errno.ENOMEM
    with serving(rig, addresses(API)):
        done = calls.run(rig, argv, ["brk", "mmap", "mremap"], answer, deadline_s=5)
    assert done.kind == "NETWORK" and set(asked) == {1}, (done.err, asked)
    assert not rig.connections("ec2")
    rig.nothing_was_written()
    rig.recovers()


def loop(query: bytes) -> bytes:
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + query[12:] + b"\xc0\x0c"[:1] + bytes([len(query)]) + struct.pack("!HHIH", A, 1, 60, 4)


MALFORMED: dict[str, Answer] = {
    "compression-loop": lambda query, kind: [loop(query)],
    "rdlength-over-run": lambda query, kind: [reply(query, record(API)[:-6] + b"\xff\xff" + record(API)[-4:])],
    "five-bytes": lambda query, kind: [reply(query, record(API)[:-6] + b"\0\5" + b"12345")],
    "records-that-are-not-there": lambda query, kind: [reply(query, count=300)],
    "wrong-id-and-one-byte": lambda query, kind: [bytes([query[0] ^ 1]) + reply(query, record(API))[1:], query[:1]],
    "no-reply-at-all": lambda query, kind: [query],
    "wrong-type": lambda query, kind: [reply(query, record("2001:db8::1", AAAA) if kind == A else b"", count=1)],
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_6_a_malformed_answer_is_no_answer(rig: Rig, answer: Answer) -> None:
    with serving(rig, answer) as queries:
        done = run(rig)
    assert done.kind == "NETWORK" and queries, done.err
    assert not rig.connections("ec2")
    rig.nothing_was_written()


LAX: dict[str, Answer] = {
    "pointer-past-the-end": lambda query, kind: [reply(query, b"\xff\xff" + record(API)[2:])],
    "no-question": lambda query, kind: [reply(query, record(API), questions=0)],
}


@pytest.mark.parametrize("answer", LAX.values(), ids=LAX)
def test_6_what_the_c_library_forgives_leads_to_the_api_or_nowhere(rig: Rig, answer: Answer) -> None:
    with serving(rig, answer):
        assert run(rig).kind in ("OK", "NETWORK")
    rig.is_here(ReplaceRoute=1) if rig.connections("ec2") else rig.nothing_was_written()


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "ff02::1",
                                     "::ffff:127.0.0.1"])
def test_7_an_address_that_no_api_has(rig: Rig, address: str) -> None:
    with rig.place.call(socket.create_server, ("127.0.0.1", 443)) as trap, serving(rig, addresses(address)):
        trap.setblocking(False)
        done = run(rig)
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert done.kind == "NETWORK" and API_NAME in done.text, done.err
    assert not rig.connections("ec2")
    rig.nothing_was_written()


def test_7_among_others_it_is_passed_over(rig: Rig) -> None:
    with serving(rig, addresses("127.0.0.1", API, "169.254.169.254")):
        assert run(rig).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_7_an_operator_may_name_the_loopback(rig: Rig) -> None:
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)
