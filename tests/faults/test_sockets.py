"""The host's end of a connection: calls that are interrupted, fail or move a byte at a time, and paths that are shut."""

from __future__ import annotations

import errno
import os
import random
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from . import calls
from .rig import API_NAME, CA_FILE, Rig, Run, in_thread
from .servers import real


@contextmanager
def dropped(rig: Rig, hook: str, what: str) -> Iterator[None]:
    """The host's packet filter drops these packets without a word."""
    rules = ["add table ip test", f"add chain ip test packets {{ type filter hook {hook} priority 0; }}", f"add rule ip test packets {what} drop"]
    rig.place.run(["nft", "; ".join(rules)], check=True)
    try:
        yield
    finally:
        rig.place.run(["nft", "delete", "table", "ip", "test"], check=True)


def test_11_the_first_packet_is_dropped(rig: Rig) -> None:
    with dropped(rig, "output", "tcp dport 443 tcp flags syn"):
        run = rig.run("acquire", *real(rig, "198.51.100.1"), endpoint=False, deadline=2)
    assert run.kind in ("NETWORK", "DEADLINE") and API_NAME in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


# ---- A peer that does not read

class Middle:
    """What stands between the host and the API, and passes bytes on: the host's until they `stop`, the API's always.

    Where they stop nothing is read any more, so that the window, which is small, fills. Connections from the `first` on
    that are none of the first `count` do not stop.
    """

    def __init__(self, rig: Rig, stop: Callable[[int], bool], count: int):
        self._rig, self._stop, self._count = rig, stop, count
        self._listener = rig.place.call(self._listen)
        self.port: int = self._listener.getsockname()[1]
        self._end = threading.Event()
        self._wires: list[socket.socket] = [self._listener]
        self.stopped = 0
        in_thread(self._accept)

    @staticmethod
    def _listen() -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        made.bind(("127.0.0.1", 0))
        made.listen()
        return made

    def _accept(self) -> None:
        while not self._end.is_set():
            try:
                host = self._listener.accept()[0]
            except OSError:
                return
            api = self._rig.place.call(socket.create_connection, ("127.0.0.1", self._rig.api_port))
            self._wires += [host, api]
            stop = self._stop if len(self._wires) // 2 <= self._count else lambda _: False
            in_thread(lambda: self._pass(host, api, stop))

    def _pass(self, host: socket.socket, api: socket.socket, stop: Callable[[int], bool]) -> None:
        passed, reading = 0, [host, api]
        while not self._end.is_set():
            ready = select.select(reading, [], [], 0.1)[0]
            if host in ready and stop(passed):
                self.stopped += 1
                reading.remove(host)
                ready.remove(host)
            for wire in ready:
                try:
                    data = wire.recv(65536)
                    (api if wire is host else host).sendall(data)
                except OSError:
                    data = b""
                if not data:
                    host.close()
                    api.close()
                    return
                passed += len(data) if wire is host else 0

    def close(self) -> None:
        self._end.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for wire in self._wires:
            wire.close()


@contextmanager
def small_buffers(rig: Rig) -> Iterator[None]:
    """The host's kernel takes little that it cannot send."""
    def swap(text: str) -> str:
        path = Path("/proc/sys/net/ipv4/tcp_wmem")
        old = path.read_text()
        path.write_text(text)
        return old
    before = rig.place.call(swap, "1024 1024 1024")
    try:
        yield
    finally:
        rig.place.call(swap, before)


@contextmanager
def unread(rig: Rig, stop: Callable[[int], bool], count: int) -> Iterator[list[str]]:
    with small_buffers(rig):
        middle = Middle(rig, stop, count)
        try:
            yield ["--endpoint-url", f"https://localhost:{middle.port}", "--ca-bundle", CA_FILE]
        finally:
            middle.close()
    assert middle.stopped


HANDSHAKE = 230  # bytes that the host sends in it, at least


def test_15_nobody_reads_what_we_ask(rig: Rig) -> None:
    with unread(rig, lambda passed: passed >= HANDSHAKE, 99) as endpoint:
        run = rig.run("acquire", *endpoint, endpoint=False, deadline=2)
    assert run.kind in ("NETWORK", "DEADLINE"), run.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()


def test_15_nobody_reads_what_we_write(rig: Rig) -> None:
    # A part of the first write is with the kernel, and may yet arrive: it is looked for before it is repeated.
    with unread(rig, lambda passed: rig.region.log.count("DescribeRouteTables") > 0, 1) as endpoint:
        run = rig.run("acquire", *endpoint, endpoint=False, deadline=4)
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)
    order = [request.action for request in rig.region.log.requests if request.service == "ec2"]
    assert order[:3] == ["DescribeRouteTables", "DescribeRouteTables", "ReplaceRoute"]


def test_15_no_byte_of_a_write_leaves(rig: Rig) -> None:
    """The host's kernel takes nothing more once the tables are read: then no write is in doubt."""
    run, _ = answered(rig, ["sendto"], lambda call: -errno.EAGAIN if rig.region.log.count("DescribeRouteTables") else None, 3)
    assert run.kind == "NETWORK" and "nothing was written" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


# ---- Calls that want to be called again

MOVING = ("read", "recvfrom", "sendto")


def by_name(rig: Rig, deadline_s: int = 5) -> list[str]:
    return rig.argv("acquire", *real(rig, "198.51.100.1"), "--deadline", str(deadline_s), endpoint=False)


def answered(rig: Rig, names: list[str], answer: calls.Answer, deadline_s: int = 5) -> tuple[Run, float]:
    """A run with these calls answered so, and how many milliseconds it has worked for."""
    worked = []

    def also(call: calls.Call) -> int | None:
        if call.name != "exit_group":
            return answer(call)
        if call.process == 0:
            worked.append(int(Path(f"/proc/{call.pid}/schedstat").read_text().split()[0]) / 1e6)
        return None
    run = calls.run(rig, by_name(rig, deadline_s), [*names, "exit_group"], also, deadline_s=deadline_s)
    return run, worked[0]


# Not connect: what is interrupted there goes on by itself, which the kernel alone can do.
INTERRUPTED = ["getrandom", "open", "poll", "ppoll", "read", "recvfrom", "sendto", "wait4", "write"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_16_every_other_call_is_interrupted(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)

    def answer(call: calls.Call) -> int | None:
        return -errno.EINTR if call.process == 0 and chance.random() < 0.5 else None
    run, _ = answered(rig, INTERRUPTED, answer)
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


def test_16_every_call_moves_one_byte(rig: Rig) -> None:
    moved = dict.fromkeys(MOVING, 0)

    def room(wire: socket.socket) -> int:
        """The metadata service has a second for each reply, and every byte of these costs us a while."""
        return 1 if wire.getpeername()[1] == 443 else 32

    def move(call: calls.Call, fd: int) -> int:
        if call.name == "read":
            with call.memory("wb") as memory:
                return int(memory.write(os.read(fd, 1)))
        with socket.socket(fileno=os.dup(fd)) as wire:
            most = min(room(wire), call.arguments[2])
            if call.name == "sendto":
                with call.memory("rb") as memory:
                    return wire.send(memory.read(most))
            data = wire.recv(most, call.arguments[3])
            with call.memory("wb") as memory:
                return int(memory.write(data))

    def answer(call: calls.Call) -> int | None:
        """What the kernel would do if it had room for no more."""
        if call.process or not call.arguments[2]:
            return None
        fd = call.descriptor()
        try:
            moved[call.name] += 1
            return move(call, fd)
        except OSError as error:
            return -(error.errno or errno.EIO)
        finally:
            os.close(fd)
    run, _ = answered(rig, list(MOVING), answer, 20)
    assert run.kind == "OK", run.err
    assert min(moved.values()) > 1000, moved
    rig.is_here(ReplaceRoute=1)


def test_17_nine_of_ten_calls_find_nothing(rig: Rig) -> None:
    def answer(call: calls.Call) -> int | None:
        return -errno.EAGAIN if call.process == 0 and call.nth % 10 else None
    run, worked_ms = answered(rig, ["recvfrom", "sendto"], answer)
    assert run.kind == "OK" and worked_ms < 50, (run.err, worked_ms)
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("end", ["close", "reset", "hang"])
@pytest.mark.parametrize("match", ["connect", "/latest", "DescribeRouteTables", "ReplaceRoute"])
def test_17_a_peer_that_has_gone_costs_no_work(rig: Rig, match: str, end: str) -> None:
    # Half of it is there to be read when the end is: POLLIN, POLLHUP and POLLERR come together.
    rig.fault(match=match, cut=100, end=end, raw=None if match != "connect" else b"\x16\x03\x03\x00\x40")
    run, worked_ms = answered(rig, [], lambda call: None, 2)
    # A write whose answer is lost is looked for, and found.
    assert (run.kind == "OK") == (match == "ReplaceRoute") and worked_ms < 50, (run.err, worked_ms)
    rig.recovers()


# ---- A path that lets no large packet through

def test_18_no_large_packet_comes_through(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    runs: list[Run] = []
    thread = in_thread(lambda: runs.append(rig.run("acquire", *real(rig, "198.51.100.1"), endpoint=False, deadline=2)))
    gate.wait()
    with dropped(rig, "input", "tcp sport 443 meta length > 600"):
        gate.open()
        thread.join()
    assert runs[0].kind in ("NETWORK", "DEADLINE") and API_NAME in runs[0].text, runs[0].err
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("deadline", [1, 3])
def test_18_a_reply_that_stops_is_told_by_its_bytes(rig: Rig, deadline: int) -> None:
    rig.fault(match="DescribeRouteTables", cut=700, end="hang")
    run = rig.run(deadline=deadline)
    assert run.kind in ("NETWORK", "DEADLINE") and "stopped after 700 bytes" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()


# ---- Ports and memory run out

RUN_OUT = [("connect", errno.EADDRNOTAVAIL, "Address not available"), ("connect", errno.EAGAIN, "Resource temporarily unavailable"),
           ("socket", errno.ENOBUFS, "No buffer space available"), ("socket", errno.EMFILE, "No file descriptors available"),
           ("socket", errno.ENOMEM, "Out of memory")]
TO_API = {"connect": 2, "socket": 6}  # those before are for the metadata service and the interface


@pytest.mark.parametrize(("call", "error", "words"), RUN_OUT)
def test_19_what_has_run_out_for_a_moment_is_asked_for_again(rig: Rig, call: str, error: int, words: str) -> None:
    run, _ = answered(rig, [call], lambda made: -error if made.process == 0 and made.nth == TO_API[call] else None)
    assert run.kind == "OK", run.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize(("call", "error", "words"), RUN_OUT)
def test_19_what_has_run_out_is_named(rig: Rig, call: str, error: int, words: str) -> None:
    run, worked_ms = answered(rig, [call], lambda made: -error if made.process == 0 and made.nth >= TO_API[call] else None, 2)
    assert run.kind == "NETWORK" and words in run.text and worked_ms < 50, (run.err, worked_ms)
    rig.nothing_was_written()
    rig.recovers()


def test_19_no_port_is_left(rig: Rig) -> None:
    def take(rest: str) -> str:
        path = Path("/proc/sys/net/ipv4/ip_local_port_range")
        old = path.read_text()
        path.write_text(rest)
        return old
    before = rig.place.call(take, "61000 61000")
    try:
        with ExitStack() as stack:
            # One port: the connection to the metadata service has it, and this one has it towards the API.
            stack.enter_context(rig.place.call(socket.create_connection, ("198.51.100.1", 443)))
            run = rig.run("acquire", *real(rig, "198.51.100.1"), endpoint=False, deadline=2)
    finally:
        rig.place.call(take, before)
    assert run.kind == "NETWORK" and "Address not available" in run.text, run.err
    rig.nothing_was_written()
    rig.recovers()
