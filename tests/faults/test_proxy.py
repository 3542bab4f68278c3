"""A proxy on the way to the API: it sees one CONNECT a connection, and carries TLS. Whatever it does, it is named, and nothing is written.

It knows the API's name; the host does not, but where a test says so.
"""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from region.proxy import CONNECTED, Proxy
from world.until import wait_until

from .rig import API, API_NAME, CA_FILE, NOWHERE, STATUS, Rig, Run
from .trace import at_its_end, memory

USER, PASSWORD = "mirror", "s3cr3t:p@ss/w%rd"
IN_URL = "mirror:s3cr3t%3Ap%40ss%2fw%25rd"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
PLAIN = f"CONNECT {API_NAME}:443 HTTP/1.1\r\nHost: {API_NAME}:443\r\n\r\n".encode()
KNOWN = PLAIN[:-2] + f"Proxy-Authorization: Basic {BASIC}\r\n\r\n".encode()
CA = ("--ca-bundle", CA_FILE)


@pytest.fixture
def proxy(rig: Rig) -> Iterator[Proxy]:
    def connect(host: str, port: int) -> socket.socket:
        assert (host, port) == (API_NAME, 443)
        return rig.place.call(socket.create_connection, (API, 443))
    with Proxy(rig.listener("127.0.0.1"), connect) as made:
        yield made


def url(proxy: Proxy, user: str = "") -> str:
    return f"http://{user}{'@' if user else ''}127.0.0.1:{proxy.port}"


def run(rig: Rig, *more: str, deadline: int = 5, **env: str) -> Run:
    done = rig.run("acquire", *CA, *more, endpoint=False, env=env, deadline=deadline)
    assert PASSWORD not in done.err + done.out and BASIC not in done.err + done.out and IN_URL not in done.err + done.out
    return done


def went_through(rig: Rig, proxy: Proxy, done: Run, head: bytes = PLAIN) -> None:
    """The VIP is here; all that the proxy was told is where to; the rest was TLS; and metadata went by it."""
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)
    assert proxy.heads == [head] * rig.connections("ec2") and proxy.heads
    assert not proxy.stray and all(re.match(rb"\x16\x03[\x01-\x03]", first) for first in proxy.carried)
    assert rig.connections("imds") == 1


def went_by(rig: Rig, proxy: Proxy, done: Run) -> None:
    assert done.kind == "OK", done.err
    rig.is_here(ReplaceRoute=1)
    assert not proxy.heads and rig.connections("ec2")


# Which proxy, and whether.

@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "MIRRORVIP_PROXY"])
def test_150_the_environment_names_it(rig: Rig, proxy: Proxy, name: str) -> None:
    went_through(rig, proxy, run(rig, "-v", **{name: url(proxy)}))


def test_150_the_command_line_names_it(rig: Rig, proxy: Proxy) -> None:
    done = run(rig, "-v", "--proxy", f"127.0.0.1:{proxy.port}/", NO_PROXY="*", HTTPS_PROXY="http://rubbish:0")
    went_through(rig, proxy, done)
    assert f"127.0.0.1, port {proxy.port}, a proxy" in done.err


def test_150_the_file_names_it(rig: Rig, proxy: Proxy) -> None:
    rig.place.write("/etc/mirrorvip.conf", f"proxy = {url(proxy, IN_URL)}\n", 0o600)
    proxy.password = BASIC
    went_through(rig, proxy, run(rig, "-v", NO_PROXY="*"), KNOWN)


def test_150_the_small_letters_come_first(rig: Rig, proxy: Proxy) -> None:
    went_through(rig, proxy, run(rig, https_proxy=url(proxy), HTTPS_PROXY="http://127.0.0.1:1", no_proxy="x.example", NO_PROXY="*"))


def test_150_it_is_asked_for_no_connection_that_may_not_be_needed(rig: Rig, proxy: Proxy) -> None:
    rig.fault(match="DescribeRouteTables", delay_s=0.2)
    went_through(rig, proxy, run(rig, HTTPS_PROXY=url(proxy)))
    assert len(proxy.heads) == 1


@pytest.mark.parametrize("exceptions",
                         ["*", ".amazonaws.com", "localhost, EC2.eu-central-1.amazonaws.com:443", "x.example 10.0.0.0/8,*.amazonaws.com"])
def test_150_exceptions(rig: Rig, proxy: Proxy, exceptions: str) -> None:
    rig.place.write("/etc/hosts", f"{API} {API_NAME}\n")
    went_by(rig, proxy, run(rig, HTTPS_PROXY=url(proxy), NO_PROXY=exceptions))


@pytest.mark.parametrize("exceptions", ["amazonaws.com.cn", "mazonaws.com", "amazonaws.com:80", "198.51.100.1", "ec2", "**", "sts.eu-central-1.amazonaws.com"])
def test_150_exceptions_that_are_none_for_the_api(rig: Rig, proxy: Proxy, exceptions: str) -> None:
    went_through(rig, proxy, run(rig, HTTPS_PROXY=url(proxy), NO_PROXY=exceptions))


def test_150_none_is_to_be_used(rig: Rig, proxy: Proxy) -> None:
    rig.place.write("/etc/hosts", f"{API} {API_NAME}\n")
    went_by(rig, proxy, run(rig, "--proxy", "none", HTTPS_PROXY=url(proxy)))


def test_78_what_is_for_plain_http_or_for_all_is_not_looked_at(rig: Rig, proxy: Proxy) -> None:
    rig.place.write("/etc/hosts", f"{API} {API_NAME}\n")
    went_by(rig, proxy, run(rig, **dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), url(proxy))))


# Its password.

def test_150_it_asks_for_a_password(rig: Rig, proxy: Proxy) -> None:
    proxy.password = BASIC
    gate = rig.gate("DescribeRouteTables")
    child = rig.start("acquire", *CA, "-v", endpoint=False, env={"HTTPS_PROXY": url(proxy, IN_URL)})
    gate.wait()
    # Whoever may look at the process does not find it where it was.
    environment = Path(f"/proc/{child.pid}/environ").read_bytes()
    gate.open()
    out, err = child.communicate(timeout=20)
    assert b"HTTPS_PROXY=" in environment and b"s3cr3t" not in environment
    assert child.returncode == 0, err
    assert PASSWORD not in out + err and BASIC not in out + err and "s3cr3t" not in out + err
    assert proxy.heads == [KNOWN] * rig.connections("ec2")
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize("user", ["", "mirror", "mirror:wrong"])
def test_150_it_does_not_know_the_password(rig: Rig, proxy: Proxy, user: str) -> None:
    """It is asked once: a proxy may lock out who tries again and again."""
    proxy.password = BASIC
    done = run(rig, HTTPS_PROXY=url(proxy, user))
    assert done.kind == "NETWORK" and "asks for a user and password that it knows (HTTP 407); put them into its URL" in done.text, done.err
    assert f"127.0.0.1:{proxy.port}" in done.text and done.seconds < 1, done.err
    assert len(proxy.heads) == 1
    rig.nothing_was_written()
    rig.recovers()


@pytest.mark.parametrize("hangs", [False, True])
def test_no_password_is_in_memory_at_the_end(rig: Rig, proxy: Proxy, hangs: bool) -> None:
    """Of a proxy that carries, and of one that was still to answer."""
    rig.place.write("/etc/mirrorvip.conf", f"proxy = {url(proxy, IN_URL)}\n", 0o600)
    proxy.password = BASIC
    if hangs:
        proxy.answers, proxy.then = [b""], "hang"
    gate = rig.gate("DescribeRouteTables")
    seen, found = list[list[str]](), list[list[str]]()

    def known(pid: int) -> list[str]:
        data = memory(pid)
        return [form for form in (PASSWORD, BASIC, IN_URL) if form.encode() in data]

    def meanwhile(pid: int) -> None:
        wait_until(lambda: bool(proxy.heads) if hangs else gate.arrived.is_set())
        seen.append(known(pid))
        gate.open()
    argv = rig.argv("acquire", *CA, "--deadline", "2", endpoint=False)
    code = at_its_end(rig, argv, rig.environment(), lambda pid: found.append(known(pid)), meanwhile)
    assert code == (STATUS["NETWORK"] if hangs else 0) and any(seen) and found == [[]], (seen, found)


@pytest.mark.parametrize(("options", "env", "says"), [
    (("--proxy", f"http://{IN_URL}@127.0.0.1:1"), {}, "which everybody on this host can see"),
    ((), {"HTTPS_PROXY": f"https://{IN_URL}@127.0.0.1:1"}, "TLS with the proxy itself is not supported"),
    ((), {"HTTPS_PROXY": f"socks5://{IN_URL}@127.0.0.1:1"}, "is not of the form"),
    ((), {"https_proxy": f"http://{IN_URL}@127.0.0.1:99999"}, "is not of the form"),
], ids=["in-argv", "tls", "socks", "port"])
def test_150_what_cannot_be_used(rig: Rig, options: tuple[str, ...], env: dict[str, str], says: str) -> None:
    done = run(rig, *options, **env)
    assert done.kind == "USAGE" and says in done.text and "s3cr3t" not in done.err, done.err
    rig.nothing_was_attempted()
    rig.recovers()


# What it may say when it has connected, and what it may do instead.

@pytest.mark.parametrize("answer", [
    b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
], ids=["old", "length", "coding", "204", "interim"])
def test_150_any_2xx_is_a_connection(rig: Rig, proxy: Proxy, answer: bytes) -> None:
    proxy.answers = [answer]
    went_through(rig, proxy, run(rig, HTTPS_PROXY=url(proxy)))


def failed(rig: Rig, proxy: Proxy, done: Run, says: str) -> None:
    """As NETWORK, naming the proxy, with no more said to it than where to; when it has come to reason, the same run succeeds."""
    # The last attempt of several is one that its time, or the run's, cuts short.
    cut = len(proxy.heads) > 1 and "no answer from" in done.text
    assert done.kind == "NETWORK" or (cut and done.kind == "DEADLINE"), done.err
    assert (says in done.text or cut) and f"127.0.0.1:{proxy.port}" in done.text, done.err
    assert proxy.heads and set(proxy.heads) == {PLAIN} and not rig.connections("ec2")
    assert not proxy.stray or proxy.stray[:1] == b"\x16"
    rig.nothing_was_written()
    proxy.answers, proxy.then = [CONNECTED], "carry"
    assert run(rig, HTTPS_PROXY=url(proxy)).kind == "OK"
    rig.is_here(ReplaceRoute=1)


FOR_GOOD = {
    "403": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n<html>", "HTTP 403"),
    "a-redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", "HTTP 302"),
    "more-than-a-head": (CONNECTED + b"\x16\x03\x03\x00\x10", "says more than that it has connected"),
    "a-header-of-1-MB": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n", "too long"),
    "10000-headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000 + b"\r\n", "too long"),
    "six-interim-replies": (b"HTTP/1.1 100 C\r\n\r\n" * 6 + CONNECTED, "malformed"),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "malformed"),
    "another-protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "malformed"),
    "bare-lf": (b"HTTP/1.1 200 OK\n\n", "malformed"),
}


@pytest.mark.parametrize("name", FOR_GOOD)
def test_150_what_it_says_it_will_say_again(rig: Rig, proxy: Proxy, name: str) -> None:
    answer, says = FOR_GOOD[name]
    proxy.answers, proxy.then = [answer], "hang"
    done = run(rig, HTTPS_PROXY=url(proxy))
    assert len(proxy.heads) == 1 and done.seconds < 1
    failed(rig, proxy, done, says)


@pytest.mark.parametrize(("answer", "then", "says"), [
    (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "close", "HTTP 502"),
    (b"", "hang", "no answer"),
    (b"HTTP/1.1 200 O", "hang", "no answer"),
    (b"", "close", "the proxy ended the connection (closed) before there was one to the host"),
    (b"", "reset", "the proxy ended the connection (Connection reset by peer) before there was one to the host"),
    (CONNECTED[:-2], "close", "the proxy ended the connection (closed) before"),
    (CONNECTED, "close", "ended the connection in the TLS handshake"),
    (CONNECTED, "hang", "no answer"),
], ids=["502", "hangs", "hangs-in-its-head", "closes", "resets", "closes-in-its-head", "200-then-closes", "200-then-hangs"])
def test_150_what_may_pass_is_tried_again(rig: Rig, proxy: Proxy, answer: bytes, then: str, says: str) -> None:
    proxy.answers, proxy.then = [answer], then  # type: ignore[assignment]
    done = run(rig, HTTPS_PROXY=url(proxy), deadline=2)
    assert len(proxy.heads) > 1
    failed(rig, proxy, done, says)


def test_150_what_has_passed(rig: Rig, proxy: Proxy) -> None:
    proxy.answers = [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", CONNECTED]
    done = run(rig, HTTPS_PROXY=url(proxy))
    assert done.kind == "OK" and proxy.heads == [PLAIN] * (rig.connections("ec2") + 1), done.err
    rig.is_here(ReplaceRoute=1)


@pytest.mark.parametrize(("where", "says"), [
    ("127.0.0.1:1", "cannot connect to the proxy 127.0.0.1, port 1: Connection refused"),
    (f"{NOWHERE}:3128", f"the proxy {NOWHERE}"),
    ("proxy.example", "the proxy: cannot resolve proxy.example"),
], ids=["refuses", "does-not-answer", "has-no-name"])
def test_150_it_is_not_there(rig: Rig, where: str, says: str) -> None:
    done = run(rig, HTTPS_PROXY=f"http://{where}", deadline=2)
    assert done.kind == "NETWORK" and says in done.text, done.err
    assert not rig.connections("ec2")
    rig.nothing_was_written()
    rig.recovers()


def test_150_a_certificate_of_its_own_is_not_believed(rig: Rig, proxy: Proxy) -> None:
    """One that looks into what it carries is found out: TLS is with the API, not with the proxy."""
    done = rig.run("acquire", endpoint=False, env={"HTTPS_PROXY": url(proxy)}, deadline=3)
    assert done.kind == "TLS" and "issued by nobody that is trusted" in done.text and f"127.0.0.1:{proxy.port}" in done.text, done.err
    assert not rig.asked("ec2")
    rig.nothing_was_written()
    rig.recovers()
