"""The system's log: what it gets, and that no state of it can block or fail a run."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from world.until import wait_until

from .process import descriptors
from .rig import INSTALLED, Rig, Run, in_thread
from .service import serving

LOG = "/dev/log"
DAEMON = 3 << 3
CRITICAL, ERROR, WARNING, NOTICE, INFO = range(2, 7)


@contextmanager
def daemon(rig: Rig, kind: int = socket.SOCK_DGRAM, mode: int = 0o666) -> Iterator[socket.socket]:
    """The place's syslog: a socket where one is, which reads nothing unless it is told to."""
    def work() -> socket.socket:
        made = socket.socket(socket.AF_UNIX, kind)
        made.bind(LOG)
        os.chmod(LOG, mode)
        return made
    with rig.place.call(work) as made:
        if kind == socket.SOCK_STREAM:
            made.listen(1)
        try:
            yield made
        finally:
            rig.place.call(os.remove, LOG)


def datagrams(log: socket.socket) -> list[bytes]:
    """All that has come by now."""
    found = []
    log.setblocking(False)
    while True:
        try:
            found.append(log.recv(65536))
        except BlockingIOError:
            return found


def messages(log: list[bytes]) -> list[tuple[int, str]]:
    """Severity and text of each message, which is of mirrorvip and of one process."""
    found = [re.fullmatch(rb"<(\d+)>mirrorvip\[(\d+)\]: ([ -~]+)", each) for each in log]
    assert all(found), log
    assert len({each[2] for each in found if each}) <= 1
    assert all(int(each[1]) & ~7 == DAEMON for each in found if each)
    return [(int(each[1]) & 7, each[3].decode()) for each in found if each]


def said(run: Run, severity: int) -> list[tuple[int, str]]:
    """What stderr has got, as the log should have it: without the bars."""
    *steps, end = [line for line in run.err.splitlines() if not re.search(r"  [.=]{10,}  ", line)]
    return [*((INFO, step) for step in steps), (severity, end.removeprefix("mirrorvip: "))]


@pytest.mark.parametrize("verbose", [[], ["-v"]], ids=["the-end", "and-the-steps"])
def test_117_it_gets_what_stderr_gets(rig: Rig, verbose: list[str]) -> None:
    with daemon(rig) as log:
        run = rig.run("acquire", "--log", "syslog", *verbose)
        got = messages(datagrams(log))
    assert run.kind == "OK" and got == said(run, INFO) and len(got) > 5 * len(verbose), (run.err, got)
    rig.is_here(ReplaceRoute=1)


def test_117_only_if_asked(rig: Rig) -> None:
    with daemon(rig) as log:
        assert rig.run().kind == "OK" and rig.run("acquire", "--log", "stderr").kind == "OK"
        assert rig.raw([INSTALLED, "acquire", "--log", "journal"]).kind == "USAGE"
        child = rig.place.start([INSTALLED, "help"], env={"MIRRORVIP_LOG": "syslog"})
        assert child.communicate(timeout=5)[1] == "" and child.returncode == 0
        assert datagrams(log) == []


@pytest.mark.parametrize(("severity", "kind", "arguments"), [
    (NOTICE, "DIFFERS", ["status"]),
    (WARNING, "NOTPRIMARY", ["acquire", "--guard", "/bin/false"]),
    (ERROR, "USAGE", ["acquire", "--config", "/nowhere"]),
    (ERROR, "REFUSED", ["acquire", "--route-table", f"rtb-{1:017x}"]),
])
def test_117_the_severity_is_the_kinds(rig: Rig, severity: int, kind: str, arguments: list[str]) -> None:
    with daemon(rig) as log:
        run = rig.run(*arguments, env={"MIRRORVIP_LOG": "syslog"})
        assert run.kind == kind and messages(datagrams(log)) == said(run, severity), run.err
    rig.nothing_was_written()


def test_117_asked_for_by_the_file(rig: Rig) -> None:
    rig.place.write("/etc/mirrorvip.conf", "log = syslog\n")
    with daemon(rig) as log:
        run = rig.run()
        assert run.kind == "OK" and messages(datagrams(log)) == said(run, INFO), run.err


def test_66_117_a_peers_bytes_are_printable_there_too(rig: Rig) -> None:
    rig.fault(match="DescribeRouteTables", code="Odd", message="line\n<0>kernel: \x1b[31m all is well\u202e")
    with daemon(rig) as log:
        run = rig.run("acquire", "--log", "syslog")
        assert run.kind == "REFUSED" and messages(datagrams(log)) == said(run, ERROR), run.err
    rig.recovers()


def test_117_the_longest_line_comes_whole(rig: Rig) -> None:
    rig.fault(match="DescribeRouteTables", code="Odd", message="x" * 500)
    with daemon(rig) as log:
        run = rig.run("acquire", "--log", "syslog")
        assert run.kind == "REFUSED" and len(run.text) > 300 and messages(datagrams(log)) == said(run, ERROR), run.err


def test_117_a_daemon_that_reads_a_stream(rig: Rig) -> None:
    with daemon(rig, socket.SOCK_STREAM) as log:
        run = rig.run("acquire", "-v", "--log", "syslog")
        with log.accept()[0] as connection:
            stream = b"".join(iter(lambda: connection.recv(65536), b""))
    assert stream.endswith(b"\0") and messages(stream[:-1].split(b"\0")) == said(run, INFO), run.err


# What a log can be that takes nothing. Each gives what is to be said of it.

@contextmanager
def absent(rig: Rig) -> Iterator[str]:
    yield "No such file"


@contextmanager
def left_behind(rig: Rig) -> Iterator[str]:
    """By a daemon that has gone."""
    with daemon(rig) as log:
        log.close()
        yield "Connection refused"


@contextmanager
def full(rig: Rig) -> Iterator[str]:
    """The queue of a daemon that never reads."""
    def fill() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as others:
            others.connect(LOG)
            with pytest.raises(BlockingIOError):
                while True:
                    others.send(b"x")
    with daemon(rig):
        rig.place.call(fill)
        yield "does not take"


@contextmanager
def full_stream(rig: Rig) -> Iterator[str]:
    """A daemon that has stopped to accept, whose backlog is full."""
    def fill() -> list[socket.socket]:
        found = []
        with pytest.raises(BlockingIOError):
            while True:
                found.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
                found[-1].connect(LOG)
        return found
    with daemon(rig, socket.SOCK_STREAM):
        others = rig.place.call(fill)
        yield "unavailable"
        for other in others:
            other.close()


@contextmanager
def another_kind(rig: Rig) -> Iterator[str]:
    with daemon(rig, socket.SOCK_SEQPACKET):
        yield "wrong type"


@contextmanager
def no_socket(rig: Rig) -> Iterator[str]:
    rig.place.write(LOG, "")
    yield "Connection refused"


@contextmanager
def a_folder(rig: Rig) -> Iterator[str]:
    rig.place.call(os.mkdir, LOG)
    yield "Connection refused"


@pytest.mark.parametrize("state", [absent, left_behind, full, full_stream, another_kind, no_socket, a_folder],
                         ids=lambda state: state.__name__)
def test_117_no_state_of_it_blocks_or_fails_a_run(rig: Rig, state: Callable[[Rig], Iterator[str]]) -> None:
    rig.with_alias()
    assert rig.run().kind == "OK"
    with state(rig) as why:  # type: ignore[attr-defined]
        run = rig.run("acquire", "-v", "--log", "syslog")
        [log] = [line for line in run.err.splitlines() if " log " in line]
        assert run.kind == "OK" and "none: " in log and why in log, run.err
        # Where the time went is in the timeline: the log had a tenth of a second, and not more.
        spent = float(re.findall(r"([0-9.]+) ms", log)[1])
        assert (90 if state is full else 0) <= spent < 130, log
        # Without -v nothing is said of it.
        again = rig.run("acquire", "--log", "syslog")
        assert again.kind == "OK" and len(again.err.splitlines()) == 1, again.err
        # Nor is a run that is over before it began any other.
        bad = rig.run("acquire", "-v", "--log", "syslog", "--config", "/nowhere")
        assert bad.kind == "USAGE" and len(bad.err.splitlines()) == 1, bad.err
    rig.is_here(ReplaceRoute=1)


def test_117_one_that_may_not_be_written_to(rig: Rig) -> None:
    rig.with_alias()
    with daemon(rig, mode=0o600) as log:
        run = rig.run("acquire", "-v", "--log", "syslog", user="nobody")
        assert run.kind == "OK" and "none: Permission denied" in run.err, run.err
        assert datagrams(log) == []
    rig.is_here(ReplaceRoute=1)


def test_117_a_daemon_that_is_slow_gets_it_all(rig: Rig) -> None:
    """Its queue is full again and again, but it reads while the run waits for it: nothing is lost."""
    got: list[bytes] = []
    with daemon(rig) as log:
        log.settimeout(5)

        def read_slowly() -> None:
            while not got or b": OK: " not in got[-1]:
                got.append(log.recv(65536))
                time.sleep(0.004)
        reader = in_thread(read_slowly)
        run = rig.run("acquire", "-v", "--log", "syslog")
        reader.join(5)
    assert messages(got) == said(run, INFO), run.err


def test_117_a_daemon_that_was_started_anew_in_the_meantime(rig: Rig) -> None:
    gate = rig.gate("DescribeRouteTables")
    with daemon(rig):
        began, child = time.monotonic(), rig.start("acquire", "--log", "syslog")
        gate.wait()
    with daemon(rig) as log:
        gate.open()
        run = rig.end(child, began)
        assert run.kind == "OK" and messages(datagrams(log)) == said(run, INFO), run.err
    rig.is_here(ReplaceRoute=1)


def test_117_with_no_standard_error_to_write_to(rig: Rig) -> None:
    read, write = os.pipe()
    os.close(read)
    with daemon(rig) as log:
        child = rig.start("acquire", "--log", "syslog", stdout=write, stderr=write)
        os.close(write)
        assert child.wait(10) == 0
        [(severity, end)] = messages(datagrams(log))
    assert severity == INFO and end.startswith("OK: 10.9.0.1 is here")
    rig.is_here(ReplaceRoute=1)


def test_117_a_service_says_that_it_takes_nothing(rig: Rig) -> None:
    rig.with_alias()
    with serving(rig, "-v", "--log", "syslog") as service:
        wait_until(lambda: any("mirrorvip: OK" in line for line in service.lines))
        [at] = [at for at, line in enumerate(service.lines) if re.search(r" ms  log +none: No such file", line)]
        # After the steps of the round, before how it ended.
        assert "read" in "".join(service.lines[:at]) and "was taken down" in service.lines[at + 1]
        # And once of each.
        rig.send("B")
        wait_until(lambda: "is here" in service.lines[-1])
        assert sum(" log  " in line for line in service.lines) == sum("mirrorvip: OK" in line for line in service.lines) == 2, service.lines
    with serving(rig, "--log", "syslog") as service:
        assert "is here" in service.says("OK")


def test_117_a_service_tells_it_each_change_as_it_comes(rig: Rig) -> None:
    rig.with_alias()
    with daemon(rig) as log, serving(rig, "--log", "syslog") as service:
        log.settimeout(5)
        service.says("OK")
        first = messages([log.recv(65536)])
        assert first == [(INFO, service.lines[0].removeprefix("mirrorvip: ").rstrip())] and "was taken down" in first[0][1]
        rig.fault(match="DescribeRouteTables", code="UnauthorizedOperation", status=403)
        service.says("OK", "REFUSED")
        # It has closed what it had open for that; one may be its round's.
        assert sum(name.startswith("socket:") for name in descriptors(service.child.pid).values()) <= 1
        service.stop()
        severities = (ERROR, *(INFO for _ in service.lines[2:]))
        assert list(zip(severities, (line.removeprefix("mirrorvip: ").rstrip() for line in service.lines[1:]))) == messages(datagrams(log))
