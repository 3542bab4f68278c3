"""TLS, message by message: a server that is wrong in one of them, a line that changes one bit."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from cryptography import x509

from world.until import wait_until

from . import calls, middle, tls12
from .chains import Purpose, issue, issuer, names, optional, usage
from .rig import Rig, Run, in_thread
from .servers import talking
from .tls12 import ALERT, APPLICATION, CHANGE_CIPHER_SPEC, FATAL, HANDSHAKE, HELLO_REQUEST, STEPS, WARNING, Session
from .trace import at_its_end, memory

# A record's head, what of its number is told, two bytes, the tag.
SEALED_ALERT = 5 + 8 + 2 + 16

Before = Callable[[Session], object]


def run(rig: Rig, deadline: int = 3, before: dict[str, Before] | None = None, runs: Callable[[list[str]], Run] | None = None,
        **changes: Any) -> tuple[Run, list[Session]]:
    """Against a server that is right but for this, and what came of each connection. `runs`, if not as usual, with these options."""
    by = issuer()
    chain = issue(by, (names("localhost"), usage("digital_signature"))), by
    sessions: list[Session] = []

    def talk(client: socket.socket) -> None:
        parts: dict[str, Any] = {"chain": chain} | changes
        sessions.append(Session(client, before=before or {}, **parts))
        with suppress(EOFError):
            sessions[-1].serve(rig.api_port, lambda address: rig.place.call(socket.create_connection, address))
    with talking(rig, talk) as options:
        return runs(options) if runs else rig.run("acquire", *options, endpoint=False, deadline=deadline), sessions


def taken(rig: Rig, done: Run) -> None:
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)


def refused(rig: Rig, done: Run, says: str, kind: str = "TLS") -> None:
    assert done.kind == kind and says in done.text, done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


def test_this_server_is_good(rig: Rig) -> None:
    """What the others differ from in one thing."""
    taken(rig, run(rig)[0])


@pytest.fixture
def slow(three: Rig) -> Rig:
    """Writes take so long that there is time for a connection for each."""
    three.fault(match="ReplaceRoute", delay_s=0.3)
    return three


def test_further_connections_resume_the_session_of_the_first(slow: Rig) -> None:
    """And one run's session is none of the next one's."""
    for _ in range(2):
        slow.send("A", "A", "A")
        assert slow.run().kind == "OK"
        first, *others = [connection.resumed for connection in slow.region.log.connections if connection.service == "ec2"]
        assert not first and others and all(others)


def test_where_no_session_is_kept_each_handshake_is_whole(slow: Rig) -> None:
    done, sessions = run(slow, deadline=10)
    assert done.kind == "OK" and len(sessions) > 1 and not any(session.offered for session in sessions), done.err
    slow.is_here(ReplaceRoute=3)


RESUMING: dict[str, Before] = {
    "is-refused": lambda session: session.alert(FATAL, 40),
    "ends": lambda session: session.wire.shutdown(socket.SHUT_RDWR),
    "is-only-claimed": lambda session: setattr(session, "id", session.offered),
}


@pytest.mark.parametrize("answer", RESUMING.values(), ids=RESUMING)
def test_where_resuming_fails_the_next_handshake_is_whole(slow: Rig, answer: Before) -> None:
    def hello(session: Session) -> None:
        session.id = b"\7" * 32
        if session.offered:
            answer(session)
    done, sessions = run(slow, deadline=10, before={"hello": hello})
    assert done.kind == "OK" and any(session.offered for session in sessions) and not sessions[-1].offered, done.err
    slow.is_here(ReplaceRoute=3)


def test_who_has_overheard_a_session_is_sent_no_request(slow: Rig) -> None:
    """It knows the id, but neither the secret nor a certificate that is good."""
    came: list[Session] = []
    served: set[int] = set()

    def hello(session: Session) -> None:
        came.append(session)
        session.id = session.offered or b"\7" * 32
        if session is not came[0]:
            session.shown = (issue(issuer(), (names("other.example"), usage("digital_signature"))), issuer())
    done, _ = run(slow, deadline=10, before={"hello": hello, "request": lambda session: served.add(came.index(session))})
    assert done.kind == "OK" and any(session.offered for session in came) and served == {0}, done.err
    slow.is_here(ReplaceRoute=3)


def test_a_session_that_was_only_offered_excuses_no_certificate(slow: Rig) -> None:
    """A server that takes up none must show one that is for a server, as at first."""
    by = issuer()
    purpose = optional(x509.ExtendedKeyUsage([Purpose.CLIENT_AUTH]))
    clients = issue(by, (names("localhost"), usage("digital_signature"), purpose)), by
    came: list[Session] = []
    served: list[Session] = []

    def hello(session: Session) -> None:
        came.append(session)
        session.id = bytes([len(came)]) * 32
        if session.offered:
            session.chain = clients
    done, _ = run(slow, deadline=10, before={"hello": hello, "request": served.append})
    assert done.kind == "OK" and any(session.offered for session in came), done.err
    assert not any(session.offered for session in served)
    slow.is_here(ReplaceRoute=3)


@pytest.mark.parametrize("speaks", [False, True], ids=["ended", "with-a-reply-to-nothing"])
def test_20_53_a_connection_that_is_none_any_more_carries_no_write(slow: Rig, speaks: bool) -> None:
    """While the guard is asked all of them end, those that were opened ahead too; or the one that has served says something more."""
    gate = slow.gate("DescribeRouteTables")
    slow.place.run(["rm", "-f", "/run/asked", "/run/go"], check=True)
    slow.place.write("/usr/local/sbin/guard", "#!/bin/sh\n>/run/asked\nuntil test -e /run/go; do sleep 0.01; done\n", 0o755)
    came, idle, served = list[Session](), list[Session](), list[Session]()

    def meanwhile() -> None:
        wait_until(lambda: sum(session.secured for session in came) == 3 and slow.all_is_read())
        gate.open()
        wait_until(lambda: slow.place.call(os.path.exists, "/run/asked"))
        idle.extend(came[:1] if speaks else came)
        served.clear()
        for session in idle:
            if speaks:
                session.send(APPLICATION, b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 0\r\n\r\n")
            else:
                session.wire.shutdown(socket.SHUT_RDWR)
        slow.place.write("/run/go", "")

    def runs(options: list[str]) -> Run:
        thread = in_thread(meanwhile)
        tables = ",".join(slow.scene.tables)
        done = slow.run("acquire", *options, "--guard", "/usr/local/sbin/guard", "--route-table", tables, endpoint=False)
        thread.join()
        return done
    done, _ = run(slow, runs=runs, before={"finished": came.append, "request": served.append})
    assert done.kind == "OK" and idle, done.err
    assert served and not [session for session in served if any(session is each for each in idle)]
    order = [request.action for request in slow.region.log.requests if request.service == "ec2"]
    assert order[:4] == ["DescribeRouteTables", *["ReplaceRoute"] * 3]
    slow.is_here(ReplaceRoute=3)


def test_34_no_two_handshakes_are_alike(rig: Rig) -> None:
    sessions = [session for _ in range(3) for session in run(rig)[1] if session.master]
    assert len({session.client_random for session in sessions}) == len({session.master for session in sessions}) == len(sessions) >= 3


def test_no_key_is_in_memory_at_the_end(rig: Rig) -> None:
    """Of what the connections were encrypted by."""
    pids, codes, memories = list[int](), list[int](), list[bytes]()
    seen = list[bool]()

    def runs(options: list[str]) -> Run:
        argv = rig.argv("acquire", *options, endpoint=False)
        codes.append(at_its_end(rig, argv, rig.environment(), lambda pid: memories.append(memory(pid)), pids.append))
        return rig.run("status")
    _, sessions = run(rig, runs=runs, before={"hello": lambda session: setattr(session, "id", b"\7" * 32),
                                              "request": lambda session: seen.append(session.master in memory(pids[0]))})
    assert codes == [0] and all(seen) and len(seen) >= 3
    [data] = memories
    assert not [session for session in sessions if session.master and session.master in data]
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("digest", [tls12.SHA_384, tls12.SHA_512])
def test_26_the_key_exchange_is_signed_with_a_longer_digest(rig: Rig, digest: int) -> None:
    taken(rig, run(rig, digest=digest)[0])


@pytest.mark.parametrize("sentinel", [b"DOWNGRD\1", b"DOWNGRD\0"])
def test_27_the_sentinel_of_a_newer_server(rig: Rig, sentinel: bytes) -> None:
    """RFC 8446, 4.1.3: the first says that the server knows TLS 1.3, which a client of TLS 1.2 is not warned by; the second
    is one only beside a version below, and there is none that this program goes on with.
    """
    taken(rig, run(rig, random=b"\5" * 24 + sentinel)[0])


OUT_OF_TURN = "what the server said is malformed, or out of turn"
NOT_OFFERED = "chose a cipher suite that was not offered"
NOT_ITS_OWN = "could not prove that the certificate is its own"

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "26-signed-with-sha-1": ({"digest": tls12.SHA_1}, OUT_OF_TURN),
    "27-version-1.3": ({"version": 0x0304}, "must offer TLS 1.2"),
    "27-version-of-nobody": ({"version": 0x7F7F}, "must offer TLS 1.2"),
    "28-cbc": ({"suite": 0xC009}, NOT_OFFERED),
    "28-3des": ({"suite": 0xC008}, NOT_OFFERED),
    "28-rc4": ({"suite": 0xC007}, NOT_OFFERED),
    "28-no-cipher": ({"suite": 0xC006}, NOT_OFFERED),
    "28-static-rsa": ({"suite": 0x009C}, NOT_OFFERED),
    "28-nothing-at-all": ({"suite": 0}, NOT_OFFERED),
    "29-compression": ({"compression": 1}, OUT_OF_TURN),
    "29-an-extension-not-asked-for": ({"extensions": b"\x33\x74\0\0"}, OUT_OF_TURN),
    "29-an-extension-cut": ({"extensions": b"\xff\1\0\5\0"}, OUT_OF_TURN),
    "29-renegotiation-of-another": ({"extensions": b"\xff\1\0\2\1\7"}, OUT_OF_TURN),
    "29-no-certificate": ({"shown": ()}, OUT_OF_TURN),
    "29-curve-not-offered": ({"curve": 15}, OUT_OF_TURN),
    "29-a-point-of-zeros": ({"point": b"\4" + b"\0" * 64}, OUT_OF_TURN),
    "29-a-point-cut": ({"point": b"\4" + b"\1" * 20}, OUT_OF_TURN),
    "33-signature": ({"spoil": lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])}, NOT_ITS_OWN),
    "33-no-signature": ({"spoil": lambda _: b""}, NOT_ITS_OWN),
    "33-finished": ({"spoil_finished": lambda data: bytes(12)}, "the handshake was altered on the way"),
}


@pytest.mark.parametrize(("changes", "says"), WRONG.values(), ids=WRONG)
def test_a_message_that_is_wrong(rig: Rig, changes: dict[str, Any], says: str) -> None:
    refused(rig, run(rig, **changes)[0], says)


def in_words(step: str) -> str:
    return step.replace(" ", "-")


@pytest.mark.parametrize("step", STEPS[:-1], ids=in_words)
def test_30_a_fatal_alert_at_each_step(rig: Rig, step: str) -> None:
    refused(rig, run(rig, before={step: lambda session: session.alert(FATAL, 80)})[0], "TLS alert 80, internal_error")


@pytest.mark.parametrize("step", STEPS[:-1], ids=in_words)
def test_30_the_goodbye_at_each_step(rig: Rig, step: str) -> None:
    refused(rig, run(rig, before={step: lambda session: session.alert(WARNING, 0)}, deadline=1)[0], "localhost", "NETWORK")


@pytest.mark.parametrize("step", STEPS, ids=in_words)
def test_30_warnings_at_each_step(rig: Rig, step: str) -> None:
    """They mean nothing, however many."""
    def warn(session: Session) -> None:
        for _ in range(100):
            session.alert(WARNING, 112)
    taken(rig, run(rig, before={step: warn})[0])


INTRUDERS = {
    "data": (APPLICATION, b"HTTP/1.1 200 OK\r\n"),
    "end-of-hello": (HANDSHAKE, bytes([tls12.HELLO_DONE, 0, 0, 0])),
    "change": (CHANGE_CIPHER_SPEC, b"\1"),
    "nothing-known": (99, b"?"),
}


OUT_OF = [(step, name) for step in STEPS[:-1] for name in INTRUDERS if (step, name) != ("done", "end-of-hello")]


@pytest.mark.parametrize(("step", "intruder"), OUT_OF, ids=lambda word: in_words(word))
def test_29_out_of_turn(rig: Rig, step: str, intruder: str) -> None:
    done, _ = run(rig, before={step: lambda session: session.send(*INTRUDERS[intruder])})
    assert done.kind == "TLS", done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()


def test_29_an_encrypted_record_that_is_too_large(rig: Rig) -> None:
    done, _ = run(rig, before={"request": lambda session: session.send(APPLICATION, b"x" * (tls12.RECORD_MOST + 1))})
    assert done.kind == "TLS" and "a record has a length that none may have" in done.text, done.err


def test_29_empty_records_before_each_reply(rig: Rig) -> None:
    def nothing(session: Session) -> None:
        for _ in range(1000):
            session.send(APPLICATION, b"")
    taken(rig, run(rig, before={"request": nothing}, deadline=10)[0])


@pytest.mark.parametrize("record", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""])
def test_53_a_record_behind_each_reply(rig: Rig, record: bytes) -> None:
    """It comes with the reply, and nobody has asked for it: a connection that has it carries no other request."""
    rig.region.framing = "length"
    asked: Counter[int] = Counter()
    done, _ = run(rig, behind=(record,), before={"request": lambda session: asked.update([id(session)])})
    taken(rig, done)
    assert set(asked.values()) == {1} and len(asked) >= 3


@pytest.mark.parametrize("times", [1, 100])
def test_31_renegotiation_is_asked_for(rig: Rig, times: int) -> None:
    """It is declined (no_renegotiation, RFC 5746, 4.5), and the run goes on as if nothing had been said."""
    def ask(session: Session) -> None:
        for _ in range(times):
            session.send(HANDSHAKE, bytes([HELLO_REQUEST, 0, 0, 0]))
    done, sessions = run(rig, before={"request": ask})
    taken(rig, done)
    assert (WARNING, 100) in sessions[0].alerts


@pytest.mark.parametrize("one_by_one", [False, True])
def test_31_nor_is_it_declined_without_an_end(rig: Rig, one_by_one: bool) -> None:
    """Who asks on, and takes no answer, would have to be remembered what it has sent meanwhile: its connection is given up."""
    declined = threading.Event()

    def ask(session: Session) -> None:
        declined.clear()
        for _ in range(9):
            session.send(HANDSHAKE, bytes([HELLO_REQUEST, 0, 0, 0]))
            if one_by_one:
                declined.wait(3)

    def no_room(call: calls.Call) -> int | None:
        if call.arguments[2] != SEALED_ALERT:
            return None
        declined.set()
        return -errno.EAGAIN

    def full(options: list[str]) -> Run:
        return calls.run(rig, rig.argv("acquire", *options, "--deadline", "3", endpoint=False), ["sendto"], no_room, deadline_s=3)
    done, _ = run(rig, before={"request": ask}, runs=full)
    assert done.kind == "NETWORK" and "localhost goes on sending, and does not take what it is answered; " in done.text, done.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("description", [20, 40, 80])
def test_30_a_fatal_alert_in_place_of_a_reply(rig: Rig, description: int) -> None:
    done, _ = run(rig, before={"request": lambda session: session.alert(FATAL, description)})
    assert done.kind == "TLS" and f"TLS alert {description}, " in done.text, done.err
    rig.nothing_was_written()
    rig.recovers()


def changed(rig: Rig, change: middle.Change) -> Run:
    rig.reset()
    with middle.between(rig, change) as options:
        return rig.run("acquire", *options, endpoint=False, deadline=2)


# In a record's kind, and in what it holds. A change of its length is a connection that stalls.
WHERE: tuple[Callable[[bytes], int], ...] = (lambda record: 0, lambda record: 5, lambda record: (5 + len(record)) // 2,
                                             lambda record: len(record) - 1)


def flipped(record: bytes, at: int) -> bytes:
    return record[:at] + bytes([record[at] ^ 1]) + record[at + 1:]


def test_33_a_bit_of_each_record(rig: Rig) -> None:
    """Of both sides' records, one at a time, in its kind and at the beginning, in the middle and at the end of what it
    holds: never a result that is not so.
    """
    seen: list[middle.Place] = []

    def note(place: middle.Place, record: bytes) -> bytes:
        seen.append(place)
        return record
    assert changed(rig, note).kind == "OK"
    requests = [place for place in seen if place.sender == "program" and place.kind == APPLICATION]
    replies = [place for place in seen if place.sender == "API" and place.kind == APPLICATION]
    assert len(requests) == 3 and len(replies) >= 3 and len(seen) > 12
    said = list[str]()
    for wanted in seen:
        # A record of a request and one of the reply to it come one after the other.
        early = seen.index(wanted) < seen.index(requests[1])
        for where in WHERE:
            run = changed(rig, lambda place, record: flipped(record, where(record)) if place == wanted else record)
            said.append(run.text)
            after = f"{wanted}, byte {WHERE.index(where)}: {run.err}"
            if early:
                assert run.kind in ("TLS", "NETWORK"), after
                rig.nothing_was_written()
            else:
                assert run.kind in ("OK", "UNVERIFIED"), after
                assert rig.owners() == ["B"] and rig.writes() == {"ReplaceRoute": 1}, after
    assert any("localhost: a record was altered on the way (" in text for text in said), said
    rig.recovers()
