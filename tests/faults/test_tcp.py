"""Connections: that do not come about, break, drip or end early; how many there are, and what each carries."""

from __future__ import annotations

import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from world.until import wait_until

from .middle import Change, Place, through
from .rig import API, API_NAME, CA_FILE, NOWHERE, Rig, in_thread, opened
from .servers import real


def test_8_the_first_address_is_dead(rig: Rig) -> None:
    run = rig.run("acquire", *real(rig, NOWHERE, API), endpoint=False)
    assert run.kind == "OK" and run.seconds < 2, run.err
    rig.is_here(ReplaceRoute=1)


def test_8_the_first_address_refuses(rig: Rig) -> None:
    run = rig.run("acquire", *real(rig, "10.109.2.10", API), endpoint=False)
    assert run.kind == "OK" and run.seconds < 1, run.err
    rig.is_here(ReplaceRoute=1)


def test_8_a_dead_address_is_tried_once(three: Rig) -> None:
    """Further connections begin with the one that worked."""
    rules = ["add table ip test", "add chain ip test packets { type filter hook output priority 0; }",
             f"add rule ip test packets ip daddr {NOWHERE} tcp flags syn counter"]
    three.place.run(["nft", "; ".join(rules)], check=True)
    try:
        three.fault(match="ReplaceRoute", delay_s=0.2)
        assert three.run("acquire", *real(three, NOWHERE, API), endpoint=False).kind == "OK"
        counted = three.place.run(["nft", "list", "table", "ip", "test"], check=True).stdout
    finally:
        three.place.run(["nft", "delete", "table", "ip", "test"], check=True)
    assert "counter packets 1 " in counted and three.connections("ec2") > 1, counted
    three.is_here(ReplaceRoute=3)


def test_11_nobody_answers(rig: Rig) -> None:
    run = rig.run("acquire", *real(rig, NOWHERE), endpoint=False, deadline=2)
    assert run.kind in ("NETWORK", "DEADLINE") and API_NAME in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


def test_12_refused(rig: Rig) -> None:
    run = rig.run("acquire", *real(rig, "10.109.2.10"), endpoint=False, deadline=1)
    assert run.kind == "NETWORK" and "Connection refused" in run.text and API_NAME in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("end", ["close", "reset"])
def test_12_the_first_connections_end_at_once(rig: Rig, end: str) -> None:
    rig.fault(service="ec2", match="connect", cut=0, end=end, count=2)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("end", ["close", "reset"])
def test_12_every_connection_ends_at_once(rig: Rig, end: str) -> None:
    rig.fault(service="ec2", match="connect", cut=0, end=end)
    run = rig.run(deadline=1)
    assert run.kind == "NETWORK", run.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_12_13_the_answer_to_a_write_is_lost(rig: Rig, end: str, apply: bool) -> None:
    rig.fault(match="ReplaceRoute", cut=0, end=end, apply=apply, count=1)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1 if apply else 2)
    order = [request.action for request in rig.region.log.requests if request.service == "ec2"]
    # Never a second write before a look.
    assert order[:3] == ["DescribeRouteTables", "ReplaceRoute", "DescribeRouteTables"]


def test_13_every_answer_to_a_write_is_lost(rig: Rig) -> None:
    rig.fault(match="ReplaceRoute", cut=0, apply=False)
    run = rig.run(deadline=3)
    # None was seen to move, but any of the lost ones may yet be carried out.
    assert run.kind in ("UNVERIFIED", "PARTIAL"), run.err
    order = [request.action for request in rig.region.log.requests if request.service == "ec2"]
    assert ("ReplaceRoute", "ReplaceRoute") not in list(zip(order, order[1:])) and rig.owners() == ["A"]
    rig.recovers()


ENDS: dict[str, dict[str, object]] = {
    "as-announced": {"raw": lambda true: true.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)},
    "without-a-word": {"raw": lambda true: true, "end": "close"},
}


@pytest.mark.parametrize("fault", ENDS.values(), ids=ENDS)
def test_12_29_a_write_that_no_connection_came_about_for(rig: Rig, fault: dict[str, object]) -> None:
    """The one that the tables were read over has ended, and what answers now speaks no TLS: no write has left, so that none is in doubt."""
    rig.fault(match="DescribeRouteTables", count=1, **fault)
    rig.fault(service="ec2", match="connect", nth=2, raw=b"SSH-2.0-OpenSSH_9.2\r\n", end="close")
    rig.place.run(["rm", "-f", "/run/go"], check=True)
    rig.place.write("/usr/local/sbin/guard", "#!/bin/sh\nuntil test -e /run/go; do sleep 0.01; done\n", 0o755)
    began, more = time.monotonic(), ("--route-table", rig.scene.tables[0], "--guard", "/usr/local/sbin/guard")
    child = rig.start("acquire", "--deadline", "10", *more)
    wait_until(lambda: any(connection.closed for connection in rig.region.log.connections if connection.service == "ec2"))
    rig.place.write("/run/go", "")
    run = rig.end(child, began, 10)
    assert run.kind == "TLS" and "does not speak TLS" in run.text and run.seconds < 5, run.err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize(("match", "size"), [("DescribeRouteTables", 1), ("DescribeRouteTables", 400), ("/latest/api/token", 1)])
def test_14_a_slow_drip(rig: Rig, match: str, size: int) -> None:
    rig.fault(match=match, drip_s=0.3, drip_bytes=size)
    run = rig.run(deadline=1)
    assert run.kind in ("NETWORK", "DEADLINE", "IDENTITY"), run.err
    rig.nothing_was_written()
    rig.recovers()


def test_14_a_drip_after_a_write(rig: Rig) -> None:
    rig.fault(match="ReplaceRoute", drip_s=0.3, count=1)
    run = rig.run(deadline=2)
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


def test_17_waiting_costs_nothing(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables", nth=2)
    began, child = time.monotonic(), rig.start("acquire", "--deadline", "3")
    gate.wait()

    def ticks() -> int:
        return sum(map(int, Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    before = ticks()
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(1)
    assert ticks() - before <= 2  # hundredths of a second
    gate.open()
    assert rig.end(child, began, 3).kind == "OK"


@pytest.mark.parametrize("end", ["close", "reset"])
def test_20_the_peer_has_gone_when_we_write(rig: Rig, end: str) -> None:
    rig.fault(match="DescribeRouteTables", raw=lambda true: true, end=end)
    assert rig.run().kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_20_the_peer_goes_while_we_write(rig: Rig) -> None:
    # It resets the connection with our bytes unread: the next send meets EPIPE or ECONNRESET.
    listener = rig.place.call(socket.create_server, ("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def hang_up() -> None:
        with suppress(OSError):
            while True:
                listener.accept()[0].close()
    server = in_thread(hang_up)
    run = rig.run("acquire", "--endpoint-url", f"https://localhost:{port}", "--ca-bundle", CA_FILE, endpoint=False, deadline=1)
    listener.shutdown(socket.SHUT_RDWR)
    server.join()
    listener.close()
    assert run.kind == "NETWORK", run.err
    rig.nothing_was_written()
    rig.recovers()


def test_20_each_connection_ends_under_its_second_request(rig: Rig) -> None:
    """The first write is lost so; the next one is not entrusted to a connection that has served already."""
    ended: list[Place] = []

    def once() -> Change:
        asked: list[bytes] = []

        def change(place: Place, record: bytes) -> bytes:
            if (place.sender, place.kind) == ("program", 23):
                asked.append(record)
                if len(asked) > 1:
                    ended.append(place)
                    raise ConnectionError
            return record
        return change
    with through(rig, once) as options:
        run = rig.run("acquire", *options, endpoint=False)
    assert run.kind == "OK" and len(ended) == 1, run.err
    rig.is_here(ReplaceRoute=1)


# What is asked, and over what.

def test_one_table_takes_one_tls_connection_and_three_calls(rig: Rig) -> None:
    rig.region.chance.seed(1)
    rig.with_alias()
    assert rig.run("acquire", "--route-table", rig.scene.tables[0]).kind == "OK"
    assert rig.connections("ec2") == 1 and rig.connections("imds") == 1
    asked = Counter(request.action for request in rig.region.log.requests)
    assert {name: count for name, count in asked.items() if not name.startswith("/")} == {"DescribeRouteTables": 2, "ReplaceRoute": 1}
    assert all(count == 1 for name, count in asked.items() if name.startswith("/")) and asked["/latest/api/token"] == 1
    assert not any("document" in name or "instance-id" in name for name in asked)


def test_the_connection_is_there_before_the_keys_are(rig: Rig) -> None:
    """And secured: it is moved while the metadata service is asked."""
    gate = rig.gate("/latest/meta-data/iam/security-credentials/", service="imds")
    began, child = time.monotonic(), rig.start()
    gate.wait()
    wait_until(lambda: any(connection.tls for connection in rig.region.log.connections if connection.service == "ec2"))
    assert not rig.asked("ec2")
    gate.open()
    assert rig.end(child, began).kind == "OK"
    rig.is_here(ReplaceRoute=1)


def test_what_failed_ahead_is_told_once(rig: Rig) -> None:
    """Not tried again before it is told, nor after it, since nothing would be otherwise."""
    rig.fault(service="imds", match="/latest/meta-data/iam/security-credentials/", delay_s=0.3, count=1)
    rig.fault(service="ec2", match="connect", raw=b"SSH-2.0-OpenSSH_9.2\r\n", end="close")
    done = rig.run(deadline=3)
    assert done.kind == "TLS" and rig.connections("ec2") == 1, done.err
    rig.recovers()


def test_further_connections_come_about_while_the_first_answer_is_awaited(three: Rig) -> None:
    three.fault(match="DescribeRouteTables", delay_s=1, count=1)
    assert three.run("acquire", "--route-table", ",".join(three.scene.tables)).kind == "OK"
    three.is_here(ReplaceRoute=3)
    told = next(request.answered for request in three.region.log.requests if request.service == "ec2")
    connections = [connection for connection in three.region.log.connections if connection.service == "ec2"]
    assert len(connections) == 3 and told and all(connection.opened < told - 0.2 for connection in connections)
    assert [connection.resumed for connection in connections] == [False, True, True]


@pytest.fixture(scope="module")
def forty() -> Iterator[Rig]:
    with opened(tables=40) as rig:
        yield rig


def test_forty_tables_take_sixteen_connections_at_most(forty: Rig) -> None:
    forty.reset()
    forty.region.latency_ms = 20
    run = forty.run()
    assert run.kind == "OK", run.err
    forty.is_here(ReplaceRoute=40)
    log = [connection for connection in forty.region.log.connections if connection.service == "ec2"]
    assert 2 <= len(log) <= 16, len(log)
    # All at once: more than one write was under way at any time. One that came late may have found nothing left to do.
    writes = forty.region.log.actions("ReplaceRoute")
    assert len({write.connection for write in writes}) * 2 > len(log)
    assert max(write.received for write in writes) - min(write.received for write in writes) < 0.02 * 40
